//! Settings of a programme, what people are asked to agree to, and who works there.

mod staff;

use app::{ConsentView, Error, Refused, Settings};
use axum::Router;
use axum::extract::{Path, RawForm, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::measure::{Day, Points, Text};
use domain::participant::Consent;
use domain::programme::Deed;

use super::super::Ours;
use super::partners::Sent;
use super::{Desk, desk};
use crate::State;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::{Cell, Column, Fact, Folio, FolioBlock as Block, Form, FormField as Field, Input, Section, Table};

const ROOM: &str = "/settings";

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/settings", get(show).post(change))
        .route(
            "/console/{slug}/settings/consent/{consent}",
            get(consent).post(set_consent),
        )
        .route(
            "/console/{slug}/settings/staff",
            get(staff::staff).post(staff::add_staff),
        )
        .route("/console/{slug}/settings/staff.csv", get(staff::csv))
        .route(
            "/console/{slug}/settings/staff/{login}/{role}",
            get(staff::removing).post(staff::remove),
        )
}

/// The settings as they are typed.
struct Typed {
    title: Text,
    unit: Text,
    rate: String,
    starts: String,
    joinable: bool,
}

impl Typed {
    fn of(settings: &Settings) -> Self {
        Typed {
            title: settings.title.clone(),
            unit: settings.unit.clone(),
            rate: Points::from_milli(settings.milli_per_g).to_string().replace(',', ""),
            starts: settings.starts.to_string(),
            joinable: settings.joinable,
        }
    }

    fn sent(sent: &Sent) -> Self {
        let text = |zh: &str, en: &str| Text {
            zh: sent.get(zh).to_owned(),
            en: sent.get(en).to_owned(),
        };
        Typed {
            title: text("title_zh", "title_en"),
            unit: text("unit_zh", "unit_en"),
            rate: sent.get("rate").to_owned(),
            starts: sent.get("starts").to_owned(),
            joinable: sent.get("joinable") == "1",
        }
    }

    fn read(&self) -> Result<Settings, Refused> {
        let invalid = |field: &str, what: String| Refused::Invalid {
            field: field.to_owned(),
            what,
        };
        let rate = Points::parse(self.rate.trim()).map_err(|e| invalid("rate", e.to_string()))?;
        let starts = Day::parse(self.starts.trim());
        Ok(Settings {
            title: self.title.clone(),
            unit: self.unit.clone(),
            milli_per_g: rate.milli(),
            joinable: self.joinable,
            starts: starts.ok_or_else(|| invalid("starts", "is not a date".to_owned()))?,
        })
    }
}

async fn show(Shared(state): Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    page(&state, &desk, None).await
}

fn reader(desk: &Desk) -> Result<(), Oops> {
    if desk.can(Deed::ReadSettings) {
        Ok(())
    } else {
        Err(desk.oops(Refused::NotFound("page for this role")))
    }
}

async fn page(state: &State, desk: &Desk, wrong: Option<(Typed, String, &Refused)>) -> Result<Response, Oops> {
    reader(desk)?;
    let lang = desk.lang;
    let now = Settings::of(&desk.programme);
    let texts = state
        .app
        .consent_texts(&desk.programme)
        .await
        .map_err(|e| desk.oops(e))?;
    let refused = wrong.as_ref().map(|(_, _, refused)| *refused);
    let mut folio = Folio {
        said: refused.map(|refused| (true, words(refused, None, lang))),
        acts: vec![(desk.at("/settings/staff"), lang.say("settings-staff"), false)],
        ..Folio::new(lang, lang.say("console-settings"))
    };
    if desk.can(Deed::ManageProgramme) {
        // after a refusal the mark stays that of what was seen, so that nobody overwrites unseen by trying again
        let (typed, mark) = match wrong {
            Some((typed, mark, _)) if refused != Some(&Refused::Changed) => (typed, mark),
            Some((typed, ..)) => (typed, now.mark()),
            None => (Typed::of(&now), now.mark()),
        };
        let form = settings_form(state, desk, &typed, mark, refused);
        folio = folio.with(Section::new("programme", lang.say("settings-programme")).with(Block::Form(form)));
    } else {
        folio.chips.push(("calm", lang.say("console-read-only")));
        let facts = settings_facts(desk, &now);
        folio = folio.with(Section::new("programme", lang.say("settings-programme")).with(Block::Facts(facts)));
    }
    folio = folio
        .with(
            Section::new("fixed", lang.say("settings-fixed"))
                .words(lang.say("settings-fixed-words"))
                .with(Block::Facts(vec![
                    Fact::new(lang.say("settings-address"), &desk.programme.slug),
                    Fact::new(lang.say("settings-zone"), &desk.programme.zone_name),
                    Fact::new(lang.say("settings-region"), &desk.programme.region),
                    Fact::new(lang.say("settings-rates"), rates(desk)),
                ])),
        )
        .with(
            Section::new("consents", lang.say("settings-consents"))
                .words(lang.say("settings-consents-words"))
                .wide()
                .with(Block::Table(consents(desk, &texts))),
        );
    let mut response = desk.page(ROOM, lang.say("console-settings"), folio.render())?;
    if let Some(refused) = refused {
        *response.status_mut() = status(refused);
    }
    Ok(response)
}

/// A rate in words: `1 g for 1 g CO2e`.
fn rate_words(desk: &Desk, milli: i64) -> String {
    let unit = desk.programme.points.unit.in_lang(desk.lang.into());
    let rate = format!("{} {unit}", Points::from_milli(milli));
    desk.lang.say_with("settings-rate-words", &[("rate", rate.as_str())])
}

/// Every rate with the day from which it counts.
fn rates(desk: &Desk) -> String {
    let lang = desk.lang;
    let mut all = vec![rate_words(desk, desk.programme.points.milli_per_g)];
    all.extend(desk.programme.rates.iter().map(|(day, milli)| {
        let (day, rate) = (day.to_string(), rate_words(desk, *milli));
        lang.say_with("settings-rate-from", &[("day", day.as_str()), ("rate", rate.as_str())])
    }));
    all.join(" → ")
}

fn settings_facts(desk: &Desk, now: &Settings) -> Vec<Fact> {
    let lang = desk.lang;
    let yes = if now.joinable { "settings-yes" } else { "settings-no" };
    vec![
        Fact::new(lang.say("settings-title-zh"), &now.title.zh),
        Fact::new(lang.say("settings-title-en"), &now.title.en),
        Fact::new(lang.say("settings-unit-zh"), &now.unit.zh),
        Fact::new(lang.say("settings-unit-en"), &now.unit.en),
        Fact::new(lang.say("settings-rate"), rate_words(desk, now.milli_per_g)),
        Fact::new(lang.say("settings-starts"), now.starts.to_string()),
        Fact::new(lang.say("settings-joinable"), lang.say(yes)),
    ]
}

fn settings_form(state: &State, desk: &Desk, typed: &Typed, mark: String, refused: Option<&Refused>) -> Form {
    let lang = desk.lang;
    let wrong = |field: &str| match refused {
        Some(Refused::Invalid { field: wrong, .. }) if wrong == field => Some(lang.say(match field {
            "starts" => "settings-wrong-starts",
            "rate" => "settings-wrong-rate",
            _ => "settings-wrong-text",
        })),
        _ => None,
    };
    let line =
        |name: &str, label: &str, value: &str| Field::line(name, lang.say(label)).value(value).error(wrong(name));
    let day = state.app.rate_day(&desk.programme).to_string();
    let date = Input::Line {
        kind: "date",
        autocomplete: "off",
    };
    Form::new(desk.at(ROOM), &desk.csrf, lang.say("settings-save"))
        .with(Field::hidden("seen", mark))
        .with(line("title_zh", "settings-title-zh", &typed.title.zh))
        .with(line("title_en", "settings-title-en", &typed.title.en))
        .with(line("unit_zh", "settings-unit-zh", &typed.unit.zh))
        .with(line("unit_en", "settings-unit-en", &typed.unit.en))
        .with(
            line("rate", "settings-rate", &typed.rate)
                .hint(lang.say_with("settings-rate-hint", &[("day", day.as_str())])),
        )
        .with(
            Field::new("starts", lang.say("settings-starts"), date)
                .value(&typed.starts)
                .hint(lang.say("settings-starts-hint"))
                .error(wrong("starts")),
        )
        .with(
            Field::new("joinable", lang.say("settings-joinable"), Input::Check)
                .value(if typed.joinable { "1" } else { "" })
                .hint(lang.say("settings-joinable-hint")),
        )
}

async fn change(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    form: RawForm,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let sent = Sent::read(&form);
    desk.check(sent.get("csrf"))?;
    let typed = Typed::sent(&sent);
    let seen = sent.get("seen").to_owned();
    let outcome = match typed.read() {
        Ok(settings) => {
            state
                .app
                .change_settings(&desk.caller, &desk.programme, &seen, settings)
                .await
        }
        Err(refused) => Err(refused.into()),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&desk.at(ROOM)).into_response()),
        Err(Error::Refused(refused)) => page(&state, &desk, Some((typed, seen, &refused))).await,
        Err(error) => Err(desk.oops(error)),
    }
}

fn consent_name(consent: Consent, lang: Lang) -> String {
    lang.say(&format!("settings-consent-{}", consent.name().replace('_', "-")))
}

fn consents(desk: &Desk, texts: &[ConsentView]) -> Table {
    let lang = desk.lang;
    let rows = texts.iter().map(|view| {
        let name = consent_name(view.consent, lang);
        let since = view
            .text
            .as_ref()
            .map(|_| desk.programme.zone.clock_time(view.since_us));
        let text = match &view.text {
            Some(text) => text.in_lang(lang.into()).to_owned(),
            None => lang.say("settings-standard-words"),
        };
        vec![
            Cell::link(desk.at(&format!("/settings/consent/{}", view.consent.name())), name),
            Cell::text(text),
            Cell::text(since.unwrap_or_default()),
        ]
    });
    Table {
        caption: lang.say("settings-consents"),
        columns: vec![
            Column::text(lang.say("settings-consent")),
            Column::text(lang.say("settings-consent-text")),
            Column::text(lang.say("settings-since")),
        ],
        rows: rows.collect(),
        ..Table::default()
    }
}

fn named(desk: &Desk, name: &str) -> Result<Consent, Oops> {
    Consent::named(name).ok_or_else(|| desk.oops(Refused::NotFound("consent")))
}

async fn consent(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, name)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let consent = named(&desk, &name)?;
    consent_page(&state, &desk, consent, None).await
}

async fn consent_page(
    state: &State,
    desk: &Desk,
    consent: Consent,
    wrong: Option<(Text, &Refused)>,
) -> Result<Response, Oops> {
    reader(desk)?;
    let lang = desk.lang;
    let texts = state
        .app
        .consent_texts(&desk.programme)
        .await
        .map_err(|e| desk.oops(e))?;
    let own = texts
        .into_iter()
        .find(|view| view.consent == consent)
        .and_then(|view| view.text);
    let none = || Text {
        zh: String::new(),
        en: String::new(),
    };
    let refused = wrong.as_ref().map(|(_, refused)| *refused);
    let title = consent_name(consent, lang);
    let mut folio = Folio {
        said: refused.map(|refused| (true, words(refused, None, lang))),
        words: lang.say("settings-consents-words"),
        ..Folio::new(lang, &title)
    }
    .back(desk.at(ROOM), lang.say("console-settings"));
    if desk.can(Deed::ManageProgramme) {
        let text = wrong
            .as_ref()
            .map(|(text, _)| text.clone())
            .or(own)
            .unwrap_or_else(none);
        let error = |field: &str| {
            let about = matches!(refused, Some(Refused::Invalid { field: wrong, .. }) if wrong == field);
            about.then(|| lang.say("settings-wrong-words"))
        };
        let area = |name: &str, label: &str, value: &str| {
            Field::new(name, lang.say(label), Input::Area)
                .value(value)
                .error(error(name))
        };
        let form = Form::new(
            desk.at(&format!("/settings/consent/{}", consent.name())),
            &desk.csrf,
            lang.say("settings-consent-save"),
        )
        .with(area("zh", "settings-words-zh", &text.zh))
        .with(area("en", "settings-words-en", &text.en));
        folio = folio.with(
            Section::new("words", lang.say("settings-consent-text"))
                .words(lang.say("settings-consent-later"))
                .wide()
                .with(Block::Form(form)),
        );
    } else {
        let facts = match own {
            Some(text) => vec![
                Fact::new(lang.say("settings-words-zh"), text.zh),
                Fact::new(lang.say("settings-words-en"), text.en),
            ],
            None => vec![Fact::new(
                lang.say("settings-consent-text"),
                lang.say("settings-standard-words"),
            )],
        };
        folio = folio.with(
            Section::new("words", lang.say("settings-consent-text"))
                .wide()
                .with(Block::Prose(facts)),
        );
    }
    let mut response = desk.page(ROOM, title, folio.render())?;
    if let Some(refused) = refused {
        *response.status_mut() = status(refused);
    }
    Ok(response)
}

async fn set_consent(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, name)): Path<(String, String)>,
    form: RawForm,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let sent = Sent::read(&form);
    desk.check(sent.get("csrf"))?;
    let consent = named(&desk, &name)?;
    let text = |name: &str| sent.get(name).replace("\r\n", "\n").trim().to_owned();
    let text = Text {
        zh: text("zh"),
        en: text("en"),
    };
    let set = state
        .app
        .set_consent_text(&desk.caller, &desk.programme, consent, text.clone())
        .await;
    match set {
        Ok(()) => Ok(Redirect::to(&desk.at(ROOM)).into_response()),
        Err(Error::Refused(refused)) => consent_page(&state, &desk, consent, Some((text, &refused))).await,
        Err(error) => Err(desk.oops(error)),
    }
}
