//! Everything under Me.

mod close;
mod people;
mod settings;

use std::sync::Arc;

use app::{Error, Refused};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use domain::measure::ParticipantId;
use domain::participant::{Consent, Kind};
use domain::programme::Programme;
use serde::Deserialize;

use super::{Me, Ours, carbon, html, me};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::me::{Appeal, Consent as Row, Door, Group};
use crate::show::{Agree, Appeals, Consents, Hat, Hub, Page, Person, Shell, TabWord, consent_title};
use crate::{State, asset};

pub(super) use people::origin;

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/me", get(hub))
        .route("/me/switch", post(switch))
        .route("/me/consents", get(consents).post(change_consent))
        .route("/me/appeals", get(appeals))
        .merge(settings::routes())
        .merge(people::routes())
        .merge(close::routes())
}

/// A form with nothing in it.
#[derive(Deserialize)]
struct Bare {
    csrf: String,
}

/// An instant in the programme's time.
pub(super) fn when(programme: &Programme, us: i64, lang: Lang) -> String {
    let date = programme.zone.day_of(us).date();
    let written = programme.zone.clock_time(us);
    let time = written.split(' ').nth(1).unwrap_or(&written);
    match lang {
        Lang::Zh => format!("{}年{}月{}日 {time}", date.year(), date.month(), date.day()),
        Lang::En => format!("{}, {time}", date.strftime("%-d %b %Y")),
    }
}

fn kind(kind: Kind, lang: Lang) -> String {
    lang.say(match kind {
        Kind::Person => "participant-person",
        Kind::SmallEntity => "participant-entity",
    })
}

/// As whom somebody can look at pages: nothing to choose for most.
pub(super) fn hats(me: &Me, lang: Lang) -> Vec<Hat> {
    if me.own.len() < 2 {
        return Vec::new();
    }
    let hat = |(own, programme): &(app::Own, Arc<Programme>)| Hat {
        value: own.participant.to_string(),
        alias: own.alias.clone(),
        words: format!("{} · {}", kind(own.kind, lang), programme.title.in_lang(lang.into())),
        here: own.participant == me.participant,
    };
    me.own.iter().map(hat).collect()
}

impl Me {
    fn kind(&self) -> Kind {
        let own = self.own.iter().find(|(own, _)| own.participant == self.participant);
        own.map_or(Kind::Person, |(own, _)| own.kind)
    }

    /// A page of this room.
    fn room(&self, lang: Lang, title: &str, inner: Result<String, askama::Error>) -> Result<Response, Oops> {
        let inner = inner.map_err(|e| Oops::template(&e, lang))?;
        let shell = self.shell(lang, lang.say(title), Page::Plain, Some(TabWord::Me), inner);
        let more = vec![asset::ME_CSS, asset::PASSKEY];
        html(&Shell { more, ..shell }, lang)
    }
}

/// Who is here, for a handler that only people with an account reach.
async fn mine(state: &State, signed: Signed, lang: Lang) -> Result<Me, Oops> {
    me(&state.app, signed).await.map_err(|e| Oops::new(e, lang))
}

/// The same, after a form that only a page of the session can have sent.
async fn checked(state: &State, signed: Signed, csrf: &str, lang: Lang) -> Result<Me, Oops> {
    let me = mine(state, signed, lang).await?;
    me.check(csrf).map_err(|e| Oops::new(e, lang))?;
    Ok(me)
}

/// The same page again, with the status of what was refused.
fn again(page: Result<Response, Oops>, refused: &Refused) -> Result<Response, Oops> {
    let mut response = page?;
    *response.status_mut() = crate::door::status(refused);
    Ok(response)
}

async fn hub(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = mine(&state, signed, lang).await?;
    let (app, programme) = (&state.app, &me.programme);
    let balances = app
        .balances(&me.caller, programme, me.participant)
        .await
        .map_err(oops)?;
    let view = app
        .participant(&me.caller, programme, me.participant)
        .await
        .map_err(oops)?;
    let appeals = app.appeals(&me.caller, programme, me.participant).await.map_err(oops)?;
    let stopped = app.stopped(&me.caller, programme, me.participant).await.map_err(oops)?;
    let say = |key: &str| lang.say(key);
    let open = appeals.iter().filter(|appeal| appeal.upheld.is_none()).count();
    let open = if open == 0 { String::new() } else { open.to_string() };
    let given = format!("{} / {}", view.consents.len(), Consent::ALL.len());
    let delegated = if view.consents.contains(&Consent::Delegation) {
        "participant-delegated"
    } else {
        "participant-not-delegated"
    };
    let mut account = vec![
        Door::new("audit", say("participant-consents"), given, "/me/consents"),
        Door::new(
            "signature",
            say("access-consent-delegation"),
            say(delegated),
            "/me/consents#c-delegation",
        ),
        Door::new("key", say("participant-settings"), "", "/me/settings"),
        Door::new(
            "globe",
            say("participant-language"),
            say("shell-language"),
            "/me/settings#lang",
        ),
    ];
    if me.kind() == Kind::SmallEntity {
        account.push(Door::new("people", say("participant-people"), "", "/me/people"));
    }
    if programme.joinable {
        account.push(Door::new(
            "house",
            say("participant-entity-new"),
            "",
            "/me/entities/new",
        ));
    }
    account.push(Door::new("down", say("participant-export"), "", "/me/export"));
    let books = vec![
        Door::new("chart", say("participant-statement"), "", "/me/statement"),
        Door::new("list", say("participant-records"), "", "/records"),
        Door::new("ticket", say("participant-vouchers"), "", "/vouchers"),
        Door::new("scale", say("participant-appeals"), open, "/me/appeals"),
    ];
    let group = |title: &str, doors| Group {
        title: lang.say(title),
        doors,
    };
    let person = Person {
        alias: me.alias.clone(),
        csrf: String::new(),
        hats: Vec::new(),
    };
    let page = Hub {
        lang,
        initial: person.initial(),
        alias: person.alias,
        words: format!("{} · {}", kind(me.kind(), lang), programme.title.in_lang(lang.into())),
        balance: me.points(balances.points_available_milli, lang),
        avoided: carbon(balances.reduction_mg, lang),
        stopped: stopped.map(|found| {
            let day = programme.zone.day_of(found.at_us).to_string();
            (
                lang.say_with("policy-stopped", &[("day", day.as_str())]),
                lang.say_with("policy-stopped-words", &[("why", found.why.as_str())]),
            )
        }),
        groups: vec![group("participant-books", books), group("participant-account", account)],
        csrf: me.csrf.clone(),
    };
    me.room(lang, "shell-tab-me", page.render())
}

#[derive(Deserialize)]
struct Switch {
    csrf: String,
    participant: String,
}

async fn switch(state: Ours, lang: Lang, signed: Signed, Form(form): Form<Switch>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = checked(&state, signed, &form.csrf, lang).await?;
    let wanted = form.participant.parse::<ParticipantId>();
    let wanted = wanted.map_err(|_| oops(Refused::NotFound("participant").into()))?;
    state.app.act_as(&me.caller, &me.token, wanted).await.map_err(oops)?;
    Ok(Redirect::to("/me").into_response())
}

async fn consents(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = mine(&state, signed, lang).await?;
    let (app, programme) = (&state.app, &me.programme);
    let view = app
        .participant(&me.caller, programme, me.participant)
        .await
        .map_err(oops)?;
    let log = app
        .consent_log(&me.caller, programme, me.participant)
        .await
        .map_err(oops)?;
    let texts = app.consent_texts(programme).await.map_err(oops)?;
    let partners = app.own_partners(&me.caller, programme, me.participant).await;
    let partners = partners.map_err(oops)?;
    let row = |(consent, agree): (Consent, Agree)| {
        let last = log.iter().find(|change| change.consent.is(consent));
        Row {
            name: consent.name(),
            title: agree.title,
            brief: agree.brief,
            text: agree.text,
            given: view.consents.contains(&consent),
            when: last
                .map(|change| when(programme, change.at_us, lang))
                .unwrap_or_default(),
            basic: consent == Consent::Programme,
        }
    };
    let page = Consents {
        lang,
        rows: Consent::ALL
            .into_iter()
            .zip(Agree::all(lang, &texts, &[]))
            .map(row)
            .collect(),
        log: log
            .iter()
            .map(|change| {
                let how = if change.given {
                    "participant-given"
                } else {
                    "participant-withdrawn"
                };
                let at = when(programme, change.at_us, lang);
                let what = match &change.consent {
                    app::Agreed::To(consent) => consent_title(lang, *consent),
                    app::Agreed::Partner(_, name) => {
                        lang.say_with("participant-partner-log", &[("partner", name.as_str())])
                    }
                };
                (what, lang.say(how), at)
            })
            .collect(),
        partners: partners
            .into_iter()
            .map(|partner| crate::show::me::Partner {
                id: partner.id.to_string(),
                name: partner.name,
                wanted: partner.wanted,
                words: lang.say(match (partner.wanted, partner.reported) {
                    (false, _) => "participant-partner-out",
                    (true, true) => "participant-partner-reported",
                    (true, false) => "participant-partner-may",
                }),
            })
            .collect(),
        csrf: me.csrf.clone(),
    };
    me.room(lang, "participant-consents", page.render())
}

#[derive(Deserialize)]
struct ChangeConsent {
    csrf: String,
    consent: String,
    /// The partner, where it is about one.
    partner: Option<String>,
    give: u8,
}

async fn change_consent(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Form(form): Form<ChangeConsent>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = checked(&state, signed, &form.csrf, lang).await?;
    if form.consent == "partner" {
        let partner = form.partner.as_deref().and_then(|id| id.parse().ok());
        let partner = partner.ok_or_else(|| oops(Refused::NotFound("partner").into()))?;
        state
            .app
            .set_partner_wanted(&me.caller, &me.programme, me.participant, partner, form.give == 1)
            .await
            .map_err(oops)?;
        return Ok(Redirect::to("/me/consents?done=changed").into_response());
    }
    // taking part is ended by closing the account, where it says what that means
    let consent = Consent::named(&form.consent).filter(|consent| *consent != Consent::Programme);
    let consent = consent.ok_or_else(|| oops(Refused::NotFound("consent").into()))?;
    let given = form.give == 1;
    state
        .app
        .set_consent(&me.caller, &me.programme, me.participant, consent, given)
        .await
        .map_err(oops)?;
    Ok(Redirect::to("/me/consents?done=changed").into_response())
}

async fn appeals(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let me = mine(&state, signed, lang).await?;
    let found = state.app.appeals(&me.caller, &me.programme, me.participant).await;
    let found = found.map_err(|e| Oops::new(e, lang))?;
    let row = |appeal: app::OwnAppeal| {
        let (state, tone) = match appeal.upheld {
            None => ("participant-appeal-waits", "wait"),
            Some(true) => ("participant-appeal-upheld", ""),
            Some(false) => ("participant-appeal-declined", "calm"),
        };
        Appeal {
            title: appeal.title.in_lang(lang.into()).to_owned(),
            when: when(&me.programme, appeal.made_us, lang),
            words: appeal.words,
            state: lang.say(state),
            tone,
            answer: appeal.answer,
            href: format!("/why/{}", appeal.record),
        }
    };
    let page = Appeals {
        lang,
        appeals: found.into_iter().map(row).collect(),
    };
    me.room(lang, "participant-appeals", page.render())
}
