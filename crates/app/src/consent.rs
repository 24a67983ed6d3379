//! What people are asked to agree to.

use domain::measure::Text;
use domain::participant::Consent;
use domain::programme::{Deed, Programme};
use store::Db;
use store::consent::{self as books, ConsentText};

use crate::{App, Caller, Error, Refused};

/// Most bytes of a text in one language.
const TEXT_BYTES: usize = 8_000;

/// What a programme asks people to agree to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentView {
    /// For which.
    pub consent: Consent,
    /// Since when, in microseconds since the epoch; the beginning of the programme where nothing was changed.
    pub since_us: i64,
    /// The programme's own words; without them the words that come with the product are in force.
    pub text: Option<Text>,
}

impl App {
    /// What a programme asks people to agree to, each consent by itself, in the order of [`Consent::ALL`].
    pub async fn consent_texts(&self, programme: &Programme) -> Result<Vec<ConsentView>, Error> {
        let id = programme.id;
        let mut own = self
            .0
            .store
            .read(async move |db: &mut Db| books::texts(db, id).await)
            .await?;
        let view = |consent: Consent| {
            let own = own
                .iter()
                .position(|one| one.consent == consent)
                .map(|at| own.swap_remove(at));
            ConsentView {
                consent,
                since_us: own.as_ref().map_or(programme.starts_us, |own| own.since_us),
                text: own.map(|own| own.text),
            }
        };
        Ok(Consent::ALL.map(view).into())
    }

    /// Replaces what a programme asks people to agree to. Consents that were given stay in force: whoever changes
    /// what data are for asks again.
    pub async fn set_consent_text(
        &self,
        caller: &Caller,
        programme: &Programme,
        consent: Consent,
        text: Text,
    ) -> Result<(), Error> {
        caller.may(Deed::ManageProgramme, programme.id, None)?;
        Refused::unless_plain("zh", &text.zh, TEXT_BYTES)?;
        Refused::unless_plain("en", &text.en, TEXT_BYTES)?;
        let (id, now_us) = (programme.id, self.now_us());
        let note = self.note(caller, id, "consent.change", "", consent.name());
        let set = async move |db: &mut Db| {
            let before = books::texts(db, id).await?;
            let before = before.iter().find(|one| one.consent == consent);
            if before.is_some_and(|before| before.text == text) {
                return Ok(());
            }
            let new = ConsentText {
                consent,
                since_us: before.map_or(now_us, |before| now_us.max(before.since_us + 1)),
                text: text.clone(),
            };
            note.write(db).await?;
            books::insert_text(db, id, &new).await
        };
        Ok(self.0.store.write(0, set).await?)
    }
}
