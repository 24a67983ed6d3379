//! Whether a partner signs what it sends: turning that on and off, and another secret.

use app::{Error, Key, PartnerView, SetSigning};
use axum::extract::{Path, RawForm, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use domain::measure::PartnerId;

use super::super::super::Ours;
use super::super::{Desk, desk};
use super::{ROOM, Sent, after, detail, partner_id};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Fact, Folio, FolioBlock as Block, Form, FormField as Field, Section};

/// Whether its events are signed.
pub(super) fn fact(desk: &Desk, partner: &PartnerView) -> Fact {
    let state = if partner.signs {
        "partner-signed-yes"
    } else {
        "partner-signed-no"
    };
    Fact::new(desk.lang.say("partner-signed"), desk.lang.say(state))
}

/// What can be done about it.
pub(super) fn section(desk: &Desk, partner: &PartnerView) -> Result<Section, Oops> {
    let lang = desk.lang;
    let form = |to: SetSigning| -> Result<Form, Oops> {
        let address = desk.at(&format!("/partners/{}/signing", partner.id));
        let submit = lang.say(&format!("partner-signing-{}", to.name()));
        Ok(Form {
            key: app::form_key().map_err(|e| desk.oops(e))?,
            danger: to == SetSigning::Off,
            ..Form::new(address, &desk.csrf, submit)
        }
        .with(Field::hidden("signing", to.name())))
    };
    let section = Section::new("signing", lang.say("partner-signing"));
    Ok(if partner.signs {
        section
            .words(lang.say("partner-signing-renew-words"))
            .with(Block::Form(form(SetSigning::Renew)?))
            .with(Block::Form(form(SetSigning::Off)?))
    } else {
        section
            .words(lang.say("partner-signing-on-words"))
            .with(Block::Form(form(SetSigning::On)?))
    })
}

pub(super) async fn set(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    form: RawForm,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let sent = Sent::read(&form);
    desk.check(sent.get("csrf"))?;
    let id = partner_id(&desk, &id)?;
    let to = SetSigning::ALL.into_iter().find(|to| to.name() == sent.get("signing"));
    let Some(to) = to else {
        let (field, what) = ("signing".to_owned(), "is none of on, renew and off".to_owned());
        return detail(&state, &desk, id, "", Some(&app::Refused::Invalid { field, what })).await;
    };
    let body = format!("{id}\n{}", to.name());
    let key = Key::new(&desk.caller, "partner.signing", sent.get("key"), body.as_bytes());
    let app = &state.app;
    match app.set_signing(&desk.caller, &desk.programme, id, to, Some(key)).await {
        Ok(Some(secret)) => {
            let partner = app.partner(&desk.caller, &desk.programme, id).await;
            let name = partner.map_err(|e: Error| desk.oops(e))?.name;
            secret_page(&desk, id, &name, secret)
        }
        done => after(&state, &desk, id, done.map(drop)).await,
    }
}

/// The one page on which this secret stands.
fn secret_page(desk: &Desk, id: PartnerId, name: &str, secret: String) -> Result<Response, Oops> {
    let lang = desk.lang;
    let folio = Folio::new(lang, name)
        .back(desk.at(&format!("/partners/{id}")), name)
        .with(
            Section::new("secret", lang.say("partner-signing-secret"))
                .wide()
                .with(Block::Say(true, lang.say("partner-once")))
                .with(Block::Secrets(vec![Fact::new("signing_secret", secret)]))
                .with(Block::Words(lang.say("partner-signing-how"))),
        );
    let mut response = desk.page(ROOM, lang.say("partner-signing-secret"), folio.render())?;
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}
