//! Methodologies: publishing a version, putting it in force, showing it.

use domain::activity::ClaimKey;
use domain::methodology::{Category, Methodology};
use domain::programme::{Deed, Programme};
use serde::Serialize;
use store::Db;

use crate::{App, Caller, Error, Refused};

/// A published version, for people and machines.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MethodologyView {
    /// `metro-trip@1.0.0`.
    pub reference: String,
    /// Its behaviour.
    pub behaviour: String,
    /// Its category.
    #[schema(value_type = String)]
    pub category: Category,
    /// The file, which holds everything: headings, inputs, factors with sources, formulas, examples.
    pub text: String,
}

impl App {
    /// Publishes a version; publishing the same text again changes nothing. `true` if it is new.
    pub async fn publish_methodology(
        &self,
        caller: &Caller,
        programme: &Programme,
        text: &str,
    ) -> Result<(String, bool), Error> {
        caller.may(Deed::PublishMethodology, programme.id, None)?;
        let methodology = Methodology::parse(text).map_err(Refused::from)?;
        let reference = methodology.reference();
        let (hash, now_us, programme) = (outside::chance::fingerprint(text), self.now_us(), programme.id);
        let about = format!("methodology {reference}");
        let note = self.note(caller, programme, "methodology.publish", about, &*methodology.behaviour);
        let published = self
            .0
            .store
            .write(ClaimKey::of(&[reference.as_bytes()]).0[0], async move |db: &mut Db| {
                let published = store::methodology::publish(db, &methodology, &hash, now_us).await?;
                if let Some((number, _)) = published {
                    store::methodology::put_in_force(db, programme, &methodology.behaviour, number, now_us).await?;
                    note.write(db).await?;
                }
                Ok(published)
            })
            .await?;
        self.reload_catalogue().await?;
        match published {
            Some((_, new)) => Ok((reference, new)),
            None => Err(Refused::Taken(format!(
                "{reference}, with another text: a published version never changes"
            ))
            .into()),
        }
    }
}
