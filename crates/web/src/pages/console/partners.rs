//! Partners: letting them in, and what they sent.

mod feed;
mod signing;

use app::{Error, Key, PartnerCredentials, PartnerView, RecordView, Refused};
use axum::Router;
use axum::extract::{Path, Query, RawForm, State as Shared};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::measure::PartnerId;
use domain::programme::{Deed, Scope};
use serde::Deserialize;

use super::super::{Ours, carbon};
use super::audit::deeds;
use super::{Desk, desk};
use crate::State;
use crate::csv::of_table;
use crate::door::{Oops, Signed, reason_words, status, words};
use crate::lang::Lang;
use crate::show::{
    Cell, Choice, Column, Fact, Folio, FolioBlock as Block, Form, FormField as Field, Input, Section, Table,
};

const ROOM: &str = "/partners";

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/partners", get(list).post(create))
        .route("/console/{slug}/partners.csv", get(csv))
        .route("/console/{slug}/partners/{id}", get(show))
        .route("/console/{slug}/partners/{id}/feed.csv", get(feed::feed_csv))
        .route("/console/{slug}/partners/{id}/scopes", post(scopes))
        .route("/console/{slug}/partners/{id}/rotate", post(rotate))
        .route("/console/{slug}/partners/{id}/open", post(open))
        .route("/console/{slug}/partners/{id}/signing", post(signing::set))
}

/// A form whose fields may come several times, as boxes do.
pub(super) struct Sent(Vec<(String, String)>);

impl Sent {
    pub(super) fn read(form: &RawForm) -> Self {
        let query = format!("/?{}", String::from_utf8_lossy(&form.0));
        let read = query
            .parse::<Uri>()
            .ok()
            .and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
        Sent(read.map(|Query(pairs)| pairs).unwrap_or_default())
    }

    /// The value of a field; empty if it did not come.
    pub(super) fn get(&self, name: &str) -> &str {
        let mut pairs = self.0.iter();
        pairs.find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }
}

fn sent_scopes(sent: &Sent) -> Vec<Scope> {
    let text: Vec<&str> = sent.all("scopes").collect();
    Scope::list(&text.join(" ")).unwrap_or_default()
}

fn scope_field(chosen: &[Scope], error: Option<String>, lang: Lang) -> Field {
    let choices = Scope::ALL.into_iter().map(|scope| Choice {
        hint: Some(lang.say(&format!("partner-scope-{}-words", scope.name()))),
        ..Choice::new(
            scope.name(),
            lang.say(&format!("partner-scope-{}", scope.name())),
            chosen.contains(&scope),
        )
    });
    Field::new("scopes", lang.say("partner-scopes"), Input::Checks(choices.collect())).error(error)
}

fn scope_words(scopes: &[Scope], lang: Lang) -> String {
    let words: Vec<String> = scopes
        .iter()
        .map(|scope| lang.say(&format!("partner-scope-{}", scope.name())))
        .collect();
    words.join(" · ")
}

fn state_chip(open: bool, lang: Lang) -> (&'static str, String) {
    if open {
        ("", lang.say("partner-open"))
    } else {
        ("no", lang.say("partner-closed"))
    }
}

async fn list(Shared(state): Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    list_page(&state, &desk, "", &Scope::ALL, None).await
}

async fn list_page(
    state: &State,
    desk: &Desk,
    name: &str,
    chosen: &[Scope],
    refused: Option<&Refused>,
) -> Result<Response, Oops> {
    let lang = desk.lang;
    let table = table(state, desk).await?;
    let mut folio = Folio {
        words: lang.say("partner-words"),
        said: refused.map(|refused| (true, words(refused, None, lang))),
        ..Folio::new(lang, lang.say("console-partners"))
    }
    .with(
        Section::new("list", lang.say("partner-list"))
            .wide()
            .with(Block::Table(table)),
    );
    if desk.can(Deed::ManageAccess) {
        let wrong = |field: &str| {
            let about = matches!(refused, Some(Refused::Invalid { field: wrong, .. }) if wrong == field);
            about.then(|| lang.say(&format!("partner-wrong-{field}")))
        };
        let form = Form {
            key: app::form_key().map_err(|e| desk.oops(e))?,
            ..Form::new(desk.at(ROOM), &desk.csrf, lang.say("partner-create"))
        }
        .with(
            Field::line("name", lang.say("partner-name"))
                .value(name)
                .hint(lang.say("partner-name-hint"))
                .error(wrong("name")),
        )
        .with(scope_field(chosen, wrong("scopes"), lang));
        folio = folio.with(
            Section::new("create", lang.say("partner-new"))
                .words(lang.say("partner-new-words"))
                .with(Block::Form(form)),
        );
    }
    let mut response = desk.page(ROOM, lang.say("console-partners"), folio.render())?;
    if let Some(refused) = refused {
        *response.status_mut() = status(refused);
    }
    Ok(response)
}

/// Every partner.
async fn table(state: &State, desk: &Desk) -> Result<Table, Oops> {
    let lang = desk.lang;
    let partners = state.app.partners(&desk.caller, &desk.programme).await;
    let partners = partners.map_err(|e| desk.oops(e))?;
    let rows = partners.iter().map(|partner| {
        let (tone, words) = state_chip(partner.open, lang);
        let made = partner.made_us.map(|made_us| desk.programme.zone.clock_time(made_us));
        vec![
            Cell::link(desk.at(&format!("/partners/{}", partner.id)), &partner.name),
            Cell::Code(partner.client_id.clone()),
            Cell::text(scope_words(&partner.scopes, lang)),
            Cell::text(made.unwrap_or_default()),
            Cell::chip(tone, words),
        ]
    });
    Ok(Table {
        caption: lang.say("console-partners"),
        columns: vec![
            Column::text(lang.say("partner-name")),
            Column::text(lang.say("partner-client")),
            Column::text(lang.say("partner-scopes")),
            Column::text(lang.say("partner-made")),
            Column::text(lang.say("partner-state")),
        ],
        rows: rows.collect(),
        here: desk.at(ROOM),
        csv: (!partners.is_empty()).then(|| desk.at("/partners.csv")),
        empty: lang.say("partner-none"),
        ..Table::default()
    })
}

async fn csv(Shared(state): Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let table = table(&state, &desk).await?;
    Ok(of_table(&format!("{slug}-partners.csv"), &table))
}

async fn create(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    form: RawForm,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let sent = Sent::read(&form);
    desk.check(sent.get("csrf"))?;
    let (name, scopes) = (sent.get("name").trim(), sent_scopes(&sent));
    let body = format!("{name}\n{}", Scope::words(&scopes));
    let key = Key::new(&desk.caller, "partner", sent.get("key"), body.as_bytes());
    let app = &state.app;
    match app
        .create_partner(&desk.caller, &desk.programme, name, &scopes, Some(key))
        .await
    {
        Ok(credentials) => secret_page(&desk, name, &credentials, StatusCode::CREATED),
        Err(Error::Refused(refused)) => list_page(&state, &desk, name, &scopes, Some(&refused)).await,
        Err(error) => Err(desk.oops(error)),
    }
}

/// The one page on which a secret stands.
fn secret_page(desk: &Desk, name: &str, made: &PartnerCredentials, code: StatusCode) -> Result<Response, Oops> {
    let lang = desk.lang;
    let secrets = vec![
        Fact::new("client_id", &made.client_id),
        Fact::new("client_secret", &made.client_secret),
    ];
    let folio = Folio::new(lang, name)
        .back(desk.at(&format!("/partners/{}", made.id)), name)
        .with(
            Section::new("secret", lang.say("partner-credentials"))
                .wide()
                .with(Block::Say(true, lang.say("partner-once")))
                .with(Block::Secrets(secrets))
                .with(Block::Words(lang.say("partner-token-words")))
                .with(Block::Links(vec![("/api/docs".to_owned(), lang.say("partner-docs"))])),
        );
    let mut response = desk.page(ROOM, lang.say("partner-credentials"), folio.render())?;
    *response.status_mut() = code;
    Ok(response)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Look {
    event: String,
}

fn partner_id(desk: &Desk, id: &str) -> Result<PartnerId, Oops> {
    id.parse().map_err(|_| desk.oops(Refused::NotFound("partner")))
}

async fn show(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Query(look): Query<Look>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let id = partner_id(&desk, &id)?;
    detail(&state, &desk, id, look.event.trim(), None).await
}

async fn detail(
    state: &State,
    desk: &Desk,
    id: PartnerId,
    event: &str,
    refused: Option<&Refused>,
) -> Result<Response, Oops> {
    let lang = desk.lang;
    let (app, programme) = (&state.app, &desk.programme);
    let oops = |e: Error| desk.oops(e);
    let partner = app.partner(&desk.caller, programme, id).await.map_err(oops)?;
    let first = feed::first_day(state, desk);
    let since_us = programme.zone.start_of(first);
    let sent = app.feed(&desk.caller, programme, id, since_us).await.map_err(oops)?;
    let found = if event.is_empty() {
        None
    } else {
        Some(
            app.partner_event(&desk.caller, programme, id, event)
                .await
                .map_err(oops)?,
        )
    };
    let facts = vec![
        Fact::new(lang.say("partner-client"), &partner.client_id),
        Fact::new(lang.say("partner-scopes"), scope_words(&partner.scopes, lang)),
        Fact::new(
            lang.say("partner-made"),
            partner
                .made_us
                .map_or_else(String::new, |made_us| programme.zone.clock_time(made_us)),
        ),
        signing::fact(desk, &partner),
    ];
    let mut folio = Folio {
        chips: vec![state_chip(partner.open, lang)],
        said: refused.map(|refused| (true, words(refused, None, lang))),
        ..Folio::new(lang, &partner.name)
    }
    .back(desk.at(ROOM), lang.say("console-partners"))
    .with(feed::week(desk, id, &sent, first))
    .with(lookup(desk, &partner, event, found.as_ref()))
    .with(Section::new("about", lang.say("partner-about")).with(Block::Facts(facts)));
    if desk.can(Deed::ManageAccess) {
        folio.sections.extend(changes(desk, &partner, refused));
        folio = folio.with(signing::section(desk, &partner)?);
    }
    folio = folio.with(feed::faults(desk, &sent));
    if let Some(table) = deeds(state, desk, &format!("partner {id}")).await? {
        let log = Section::new("log", lang.say("console-audit"));
        folio = folio.with(log.wide().with(Block::Table(table)));
    }
    let mut response = desk.page(ROOM, &partner.name, folio.render())?;
    if let Some(refused) = refused {
        *response.status_mut() = status(refused);
    }
    Ok(response)
}

fn lookup(desk: &Desk, partner: &PartnerView, event: &str, found: Option<&Option<RecordView>>) -> Section {
    let lang = desk.lang;
    let field = Field::line("event", lang.say("partner-event")).value(event);
    let here = desk.at(&format!("/partners/{}", partner.id));
    let section = Section::new("lookup", lang.say("partner-lookup"))
        .words(lang.say("partner-lookup-words"))
        .with(Block::Ask(here, vec![field], lang.say("partner-find")));
    match found {
        None => section,
        Some(None) => section.with(Block::Say(true, lang.say("partner-event-none"))),
        Some(Some(record)) => {
            let state = match &record.reason {
                Some(reason) => reason_words(reason, record.detail.as_deref(), lang),
                None => lang.say("partner-credited"),
            };
            let mut facts = vec![
                Fact::new(lang.say("partner-state"), state),
                Fact::new(lang.say("partner-mass"), carbon(record.mg, lang)),
                Fact::new(
                    lang.say("partner-booked"),
                    desk.programme.zone.clock_time(record.booked_us),
                ),
                Fact::new(lang.say("partner-participant"), record.participant.to_string()),
            ];
            if let Some(act) = &record.act {
                facts.push(Fact::new(lang.say("methodology-title"), act.title.in_lang(lang.into())));
                facts.push(Fact::new(lang.say("methodology-version"), &act.methodology));
            }
            if let Some(id) = record.record {
                facts.push(Fact::new(lang.say("methodology-record"), id.to_string()));
            }
            let section = section.with(Block::Facts(facts));
            match record.record.filter(|_| desk.can(Deed::ReadParticipant)) {
                Some(id) => {
                    let at = desk.at(&format!("/records/{}/{id}", record.participant));
                    section.with(Block::Links(vec![(at, lang.say("partner-open-record"))]))
                }
                None => section,
            }
        }
    }
}

fn changes(desk: &Desk, partner: &PartnerView, refused: Option<&Refused>) -> Vec<Section> {
    let lang = desk.lang;
    let form = |path: &str, submit: &str| {
        let address = desk.at(&format!("/partners/{}/{path}", partner.id));
        Form::new(address, &desk.csrf, lang.say(submit))
    };
    let none = matches!(refused, Some(Refused::Invalid { field, .. }) if field == "scopes");
    let scopes = scope_field(&partner.scopes, none.then(|| lang.say("partner-wrong-scopes")), lang);
    let mut rotate = form("rotate", "partner-rotate");
    rotate.danger = true;
    let sure = Field::new("sure", lang.say("partner-rotate-sure"), Input::Check);
    let (path, words) = if partner.open {
        ("partner-close", "partner-close-words")
    } else {
        ("partner-reopen", "partner-reopen-words")
    };
    let mut open = form("open", path).with(Field::hidden("open", if partner.open { "0" } else { "1" }));
    open.danger = partner.open;
    vec![
        Section::new("rights", lang.say("partner-scopes"))
            .words(lang.say("partner-scopes-words"))
            .with(Block::Form(form("scopes", "partner-save").with(scopes))),
        Section::new("rotate-secret", lang.say("partner-secret"))
            .words(lang.say("partner-rotate-words"))
            .with(Block::Form(rotate.with(sure))),
        Section::new("door", lang.say("partner-access"))
            .words(lang.say(words))
            .with(Block::Form(open)),
    ]
}

async fn scopes(
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
    let app = &state.app;
    let changed = app
        .set_partner_scopes(&desk.caller, &desk.programme, id, &sent_scopes(&sent))
        .await;
    after(&state, &desk, id, changed.map(|_| ())).await
}

/// Back to the partner, or the partner with what was wrong.
async fn after(state: &State, desk: &Desk, id: PartnerId, outcome: Result<(), Error>) -> Result<Response, Oops> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&desk.at(&format!("/partners/{id}"))).into_response()),
        Err(Error::Refused(refused)) => detail(state, desk, id, "", Some(&refused)).await,
        Err(error) => Err(desk.oops(error)),
    }
}

async fn rotate(
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
    if sent.get("sure") != "1" {
        let (field, what) = ("sure".to_owned(), "is needed".to_owned());
        let refused = Refused::Invalid { field, what };
        return detail(&state, &desk, id, "", Some(&refused)).await;
    }
    let app = &state.app;
    match app.rotate_partner_secret(&desk.caller, &desk.programme, id).await {
        Ok(credentials) => {
            let partner = app.partner(&desk.caller, &desk.programme, id).await;
            let partner = partner.map_err(|e| desk.oops(e))?;
            secret_page(&desk, &partner.name, &credentials, StatusCode::OK)
        }
        Err(error) => after(&state, &desk, id, Err(error)).await,
    }
}

async fn open(
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
    let open = sent.get("open") == "1";
    let changed = state.app.open_partner(&desk.caller, &desk.programme, id, open).await;
    after(&state, &desk, id, changed.map(|_| ())).await
}
