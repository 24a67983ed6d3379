//! A competition at a glance: its rules as participants read them, its prizes, opening it and calling it off.

use app::{Error, PrizeStock, Refused};
use axum::Form as Posted;
use axum::Router;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use axum::routing::get;
use domain::competition::Stage;
use domain::measure::Decimal;
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::Ours;
use super::super::super::competition::words::rules as rules_in_words;
use super::super::audit::deeds;
use super::super::grouped;
use super::{At, need};
use crate::State;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::contest;
use crate::show::{Cell, Column, Fact, Folio, FolioBlock as Block, Form, FormField as Field, Input, Section, Table};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/competitions/{id}", get(about))
        .route("/console/{slug}/competitions/{id}/open", get(ask).post(open))
        .route("/console/{slug}/competitions/{id}/cancel", get(ask_cancel).post(cancel))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Done {
    pub(super) done: String,
}

impl Done {
    /// What was done, in words, if it is one of these.
    pub(super) fn words(&self, known: &[&str], lang: Lang) -> Option<(bool, String)> {
        let word = known.iter().find(|word| **word == self.done)?;
        Some((false, lang.say(&format!("contest-done-{word}"))))
    }
}

async fn about(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let stage = at.view.stage;
    let mut folio = Folio {
        said: done.words(&["saved", "opened", "cancelled"], lang),
        words: lang.say(&format!("contest-stage-{}-words", stage_word(stage))),
        ..at.folio("")
    };
    if at.desk.can(Deed::ManageCompetition) {
        if stage == Stage::Draft {
            folio.acts.push((at.to("/open"), lang.say("contest-open"), true));
            folio.acts.push((at.to("/edit"), lang.say("contest-edit"), false));
        }
        if matches!(stage, Stage::Draft | Stage::Open | Stage::Frozen) {
            folio.acts.push((at.to("/cancel"), lang.say("contest-cancel"), false));
        }
    }
    let all = state.app.competitions_listed(&at.desk.caller, &at.desk.programme).await;
    let all = all.map_err(|e| at.desk.oops(e))?;
    let listed = all.iter().find(|one| one.competition.id == at.id());
    if let Some(listed) = listed.filter(|one| !one.waits.is_empty()) {
        let links = listed.waits.iter().map(|one| {
            let (words, path) = need(*one, lang);
            let path = if stage == Stage::Draft { "/open" } else { path };
            (at.to(path), words)
        });
        let section = Section::new("waits", lang.say("contest-waits"));
        folio = folio.with(section.wide().with(Block::Links(links.collect())));
    }
    folio = folio
        .with(facts(&at, listed.map_or(0, |one| one.entrants)))
        .with(rules(&state, &at));
    let stock = state
        .app
        .prize_stock(&at.desk.caller, &at.desk.programme, at.id())
        .await;
    folio = folio.with(prizes(&at, &stock.map_err(|e| at.desk.oops(e))?));
    if let Some(table) = deeds(&state, &at.desk, &format!("competition {}", at.id())).await? {
        let log = Section::new("log", lang.say("console-audit"));
        folio = folio.with(log.wide().with(Block::Table(table)));
    }
    at.page(&folio)
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Draft => "draft",
        Stage::Open => "open",
        Stage::Frozen => "frozen",
        Stage::Closed => "closed",
        Stage::Cancelled => "cancelled",
    }
}

fn facts(at: &At, entrants: i64) -> Section {
    let (lang, view) = (at.lang(), &at.view);
    let word = |key: &str| lang.say(&format!("contest-fact-{key}"));
    let mut facts = vec![
        Fact::new(word("window"), format!("{} – {}", view.terms.first, view.terms.last)),
        Fact::new(word("entrants"), grouped(entrants)),
        Fact::new(word("final"), at.desk.time(view.ends_us)),
        Fact::new(word("audited"), at.desk.time(view.audited_us)),
    ];
    let when = [
        ("opened", view.opened_us),
        ("frozen", view.frozen_us),
        ("closed", view.closed_us.filter(|_| view.stage == Stage::Closed)),
        ("cancelled", view.closed_us.filter(|_| view.stage == Stage::Cancelled)),
    ];
    for (key, at_us) in when {
        facts.extend(at_us.map(|at_us| Fact::new(word(key), at.desk.time(at_us))));
    }
    facts.push(Fact::new(word("promise"), view.seed_hash.clone()));
    Section::new("facts", lang.say("contest-about"))
        .words(lang.say("contest-about-words"))
        .with(Block::Facts(facts))
}

/// The rules as participants read them.
fn rules(state: &State, at: &At) -> Section {
    let lang = at.lang();
    let catalogue = state.app.catalogue();
    let title = |behaviour: &String| {
        let found = catalogue.methodology_for(at.desk.programme.id, behaviour).ok();
        found.map_or_else(
            || behaviour.clone(),
            |found| found.methodology.title.in_lang(lang.into()).to_owned(),
        )
    };
    let behaviours: Vec<String> = at.terms().behaviours.iter().map(title).collect();
    let behaviours = behaviours.join(match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    });
    Section::new("rules", lang.say("contest-rules"))
        .words(lang.say("contest-rules-words"))
        .with(Block::List(rules_in_words(&at.view, &behaviours, None, lang)))
}

/// Prizes, what each needs, and whether it is there.
fn prizes(at: &At, stock: &[PrizeStock]) -> Section {
    let lang = at.lang();
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let row = |(place, one): (usize, &PrizeStock)| {
        let prize = at.terms().prizes.get(place);
        let to = prize.map(|prize| contest::winners(at.terms(), &prize.to, lang));
        vec![
            Cell::text(at.prize_title(place)),
            Cell::text(prize.map(|prize| at.what(prize)).unwrap_or_default()),
            Cell::text(to.unwrap_or_default()),
            Cell::text(grouped(one.pieces)),
            stock_cell(at, one),
        ]
    };
    let section = Section::new("prizes", lang.say("contest-prizes")).wide();
    if stock.is_empty() {
        return section.with(Block::Words(lang.say("contest-no-prizes")));
    }
    section.with(Block::Table(Table {
        caption: lang.say("contest-prizes"),
        columns: vec![
            Column::text(word("prize")),
            Column::text(word("what")),
            Column::text(word("to")),
            Column::number(word("pieces")),
            Column::text(word("aside")),
        ],
        rows: stock.iter().enumerate().map(row).collect(),
        ..Table::default()
    }))
}

/// Whether what a prize needs is there, or set aside.
fn stock_cell(at: &At, one: &PrizeStock) -> Cell {
    let lang = at.lang();
    if at.view.stage != Stage::Draft {
        let pieces = [
            ("aside", grouped(one.aside)),
            ("given", grouped(one.given)),
            ("returned", grouped(one.returned)),
        ];
        let words: Vec<(&str, &str)> = pieces.iter().map(|(key, text)| (*key, text.as_str())).collect();
        return Cell::text(lang.say_with("contest-aside", &words));
    }
    match (one.needed, one.there) {
        (Some(needed), Some(there)) => {
            let number = |number: i64| {
                if one.in_points {
                    let amount = at.desk.points(number);
                    format!("{} {}", amount.value, amount.unit)
                } else {
                    Decimal::new(number, 0).grouped()
                }
            };
            let (needed_text, there_text) = (number(needed), number(there));
            let values = [("needed", needed_text.as_str()), ("there", there_text.as_str())];
            if one.is_short() {
                Cell::chip("no", lang.say_with("contest-short", &values))
            } else {
                Cell::chip("", lang.say_with("contest-enough", &values))
            }
        }
        (Some(_), None) => Cell::chip("no", lang.say("contest-reward-gone")),
        _ => Cell::text(lang.say("contest-by-hand")),
    }
}

/// A page before something that cannot be undone, for who may do it.
async fn about_to(
    state: &State,
    (signed, lang): (Signed, Lang),
    (slug, id): (&str, &str),
    stages: &[Stage],
) -> Result<At, Oops> {
    let at = At::load(state, signed, lang, slug, id).await?;
    if at.desk.can(Deed::ManageCompetition) && stages.contains(&at.view.stage) {
        Ok(at)
    } else {
        Err(at.desk.oops(Refused::NotFound("page for this role")))
    }
}

async fn ask(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = about_to(&state, (signed, lang), (&slug, &id), &[Stage::Draft]).await?;
    open_page(&state, &at, None).await
}

async fn open_page(state: &State, at: &At, refused: Option<&Refused>) -> Result<Response, Oops> {
    let lang = at.lang();
    let stock = state
        .app
        .prize_stock(&at.desk.caller, &at.desk.programme, at.id())
        .await;
    let stock = stock.map_err(|e| at.desk.oops(e))?;
    let short = stock.iter().any(PrizeStock::is_short);
    let late = at.today > at.terms().first;
    let mut missing = Vec::new();
    missing.extend(late.then(|| lang.say("contest-missing-first")));
    missing.extend(short.then(|| lang.say("contest-missing-prizes")));
    let form = Form {
        error: refused.map(|refused| open_words(refused, lang)),
        ..Form::new(at.to("/open"), &at.desk.csrf, lang.say("contest-open-go"))
    };
    let sure = Section::new("sure", lang.say("contest-open-sure")).words(lang.say("contest-open-words"));
    let mut sure = if missing.is_empty() {
        sure.with(Block::Form(form))
    } else {
        sure.with(Block::Say(true, lang.say("contest-missing")))
            .with(Block::List(missing))
    };
    if short {
        let to = at.desk.at("/competitions/settings");
        sure = sure.with(Block::Links(vec![(to, lang.say("contest-fund"))]));
    }
    let folio = Folio {
        chips: vec![super::stage_chip(at.view.stage, lang)],
        ..Folio::new(lang, lang.say("contest-open"))
    }
    .back(at.to(""), at.title())
    .with(sure)
    .with(rules(state, at))
    .with(prizes(at, &stock));
    match refused {
        Some(refused) => at.page_with(&folio, status(refused)),
        None => at.page(&folio),
    }
}

/// Why a competition was not opened.
fn open_words(refused: &Refused, lang: Lang) -> String {
    match refused {
        Refused::Invalid { field, .. } if field == "terms/first" => lang.say("contest-missing-first"),
        Refused::Invalid { field, .. } if field.starts_with("terms/prizes") => lang.say("contest-missing-prizes"),
        other => words(other, None, lang),
    }
}

#[derive(Deserialize)]
struct Sure {
    csrf: String,
}

async fn open(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<Sure>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&form.csrf)?;
    let opened = state
        .app
        .open_competition(&at.desk.caller, &at.desk.programme, at.id())
        .await;
    match opened {
        Ok(_) => Ok(at.go("?done=opened")),
        Err(Error::Refused(refused @ (Refused::Invalid { .. } | Refused::Settled(_)))) => {
            open_page(&state, &at, Some(&refused)).await
        }
        Err(error) => Err(at.desk.oops(error)),
    }
}

/// What can still be called off.
const ALIVE: [Stage; 3] = [Stage::Draft, Stage::Open, Stage::Frozen];

async fn ask_cancel(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = about_to(&state, (signed, lang), (&slug, &id), &ALIVE).await?;
    cancel_page(&at, "", None)
}

fn cancel_page(at: &At, reason: &str, refused: Option<&Refused>) -> Result<Response, Oops> {
    let lang = at.lang();
    let about_reason = matches!(refused, Some(Refused::Invalid { field, .. }) if field == "reason");
    let field = Field::new("reason", lang.say("contest-cancel-reason"), Input::Area)
        .value(reason)
        .hint(lang.say("contest-cancel-hint"))
        .error(about_reason.then(|| lang.say("contest-wrong-reason")));
    let form = Form {
        danger: true,
        error: refused
            .filter(|_| !about_reason)
            .map(|refused| words(refused, None, lang)),
        ..Form::new(at.to("/cancel"), &at.desk.csrf, lang.say("contest-cancel-go"))
    };
    let sure = Section::new("sure", lang.say("contest-cancel-sure"))
        .words(lang.say("contest-cancel-words"))
        .with(Block::Form(form.with(field)));
    let folio = Folio::new(lang, lang.say("contest-cancel"))
        .back(at.to(""), at.title())
        .with(sure);
    match refused {
        Some(refused) => at.page_with(&folio, status(refused)),
        None => at.page(&folio),
    }
}

#[derive(Deserialize)]
struct Why {
    csrf: String,
    #[serde(default)]
    reason: String,
}

async fn cancel(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<Why>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&form.csrf)?;
    let reason = form.reason.trim();
    let app = &state.app;
    let cancelled = app
        .cancel_competition(&at.desk.caller, &at.desk.programme, at.id(), reason)
        .await;
    match cancelled {
        Ok(_) => Ok(at.go("?done=cancelled")),
        Err(Error::Refused(refused @ (Refused::Invalid { .. } | Refused::Settled(_)))) => {
            cancel_page(&at, reason, Some(&refused))
        }
        Err(error) => Err(at.desk.oops(error)),
    }
}
