//! Results: closing, who won what, handing out, corrections, and the proof that all of it follows from the books.

mod files;
mod prizes;

use app::{AwardState, AwardView, CorrectionView, Error, PodiumView, Refused, Replay};
use axum::Form as Posted;
use axum::Router;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use axum::routing::{get, post};
use domain::competition::Stage;
use domain::measure::{Id, ParticipantId};
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::Ours;
use super::super::grouped;
use super::open::Done;
use super::{At, participant};
use crate::State;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::{Cell, Choice, Column, Fact, FolioBlock as Block, Form, FormField as Field, Input, Section, Table};

/// Places and awards that a page shows; the files have them all.
const SHOWN: usize = 50;

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/competitions/{id}/results", get(show))
        .route("/console/{slug}/competitions/{id}/results.csv", get(files::places_csv))
        .route("/console/{slug}/competitions/{id}/awards.csv", get(files::awards_csv))
        .route("/console/{slug}/competitions/{id}/leave.csv", get(files::leave_csv))
        .route("/console/{slug}/competitions/{id}/close", post(close))
        .route("/console/{slug}/competitions/{id}/replay", post(replay))
        .route("/console/{slug}/competitions/{id}/handout", post(hand_out))
        .route(
            "/console/{slug}/competitions/{id}/corrections/{correction}",
            post(decide),
        )
}

/// What was tried on the page.
#[derive(Default)]
struct Tried<'a> {
    said: Option<(bool, String)>,
    refused: Option<&'a Refused>,
    replay: Option<&'a Replay>,
}

async fn show(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let tried = Tried {
        said: done.words(&["closing", "given", "agreed", "declined"], lang),
        ..Tried::default()
    };
    page(&state, &at, &tried).await
}

async fn page(state: &State, at: &At, tried: &Tried<'_>) -> Result<Response, Oops> {
    let (lang, desk) = (at.lang(), &at.desk);
    let stage = at.view.stage;
    let mut folio = at.folio("/results");
    folio.said.clone_from(&tried.said);
    if !matches!(stage, Stage::Frozen | Stage::Closed) {
        let key = if stage == Stage::Cancelled {
            "contest-results-cancelled"
        } else {
            "contest-results-later"
        };
        let when = desk.time(at.view.ends_us);
        let words = lang.say_with(key, &[("when", when.as_str())]);
        let section = Section::new("places", lang.say("contest-results"));
        return at.page(&folio.with(section.wide().with(Block::Words(words))));
    }
    let podium = state
        .app
        .podium(
            &desk.caller,
            &desk.programme,
            at.id(),
            1,
            u32::try_from(SHOWN).unwrap_or(50),
        )
        .await;
    let podium = podium.map_err(|e| desk.oops(e))?;
    if stage == Stage::Frozen && desk.can(Deed::ManageCompetition) {
        folio = folio.with(closing(state, at).await?);
    }
    folio = folio.with(places(at, &podium));
    if at.terms().teams.is_some() {
        folio = folio.with(teams(at, &podium));
    }
    if stage == Stage::Closed && desk.can(Deed::ManageCompetition) {
        let awards = state.app.awards(&desk.caller, &desk.programme, at.id()).await;
        folio = folio.with(prizes::prizes(at, &awards.map_err(|e| desk.oops(e))?));
    } else {
        folio = folio.with(winners(at, &podium));
    }
    if stage == Stage::Closed && (desk.can(Deed::CorrectResult) || desk.can(Deed::ApproveCorrection)) {
        let asked = state.app.corrections(&desk.caller, &desk.programme, at.id()).await;
        folio
            .sections
            .extend(corrections(at, &asked.map_err(|e| desk.oops(e))?));
    }
    folio = folio.with(proof(at, &podium, tried.replay));
    match tried.refused {
        Some(refused) => at.page_with(&folio, status(refused)),
        None => at.page(&folio),
    }
}

/// The button that makes results final, or what still stands in the way.
async fn closing(state: &State, at: &At) -> Result<Section, Oops> {
    let (lang, desk) = (at.lang(), &at.desk);
    let days = state.app.signed_days(&desk.caller, &desk.programme, at.id()).await;
    let days = days.map_err(|e| desk.oops(e))?;
    let open = days.iter().filter(|day| !day.checked).count();
    let until = desk.time(at.view.audited_us);
    let early = state.app.now_us() < at.view.audited_us;
    let section = Section::new("close", lang.say("contest-close"));
    if open > 0 && early {
        let count = grouped(i64::try_from(open).unwrap_or(i64::MAX));
        let values = [("count", count.as_str()), ("when", until.as_str())];
        return Ok(section
            .words(lang.say_with("contest-close-waits", &values))
            .with(Block::Links(vec![(at.to("/audit"), lang.say("contest-tab-audit"))])));
    }
    let words = if early {
        lang.say_with("contest-close-early", &[("when", until.as_str())])
    } else {
        lang.say("contest-close-words")
    };
    let form = Form::new(at.to("/close"), &desk.csrf, lang.say("contest-close-go"));
    Ok(section.words(words).with(Block::Form(form)))
}

/// A name as the board has it.
fn named(name: Option<&str>, lang: Lang) -> String {
    name.map_or_else(|| lang.say("contest-nameless"), str::to_owned)
}

fn places(at: &At, podium: &PodiumView) -> Section {
    let lang = at.lang();
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let teams = at.terms().teams.is_some();
    let rows = podium.places.iter().map(|row| {
        let mut cells = vec![
            Cell::text(row.rank.to_string()),
            Cell::text(named(row.name.as_deref(), lang)),
            Cell::text(at.score(row.score)),
        ];
        cells.extend(teams.then(|| Cell::text(row.team.clone().unwrap_or_default())));
        cells.push(Cell::text(at.desk.time(row.reached_us)));
        cells
    });
    let mut columns = vec![
        Column::text(word("rank")),
        Column::text(word("alias")),
        Column::number(word("score")),
    ];
    columns.extend(teams.then(|| Column::text(word("team"))));
    columns.push(Column::text(word("reached")));
    let key = if podium.provisional {
        "contest-results-provisional"
    } else {
        "contest-results-final"
    };
    let count = grouped(i64::try_from(podium.entrants).unwrap_or(i64::MAX));
    let values = [("count", count.as_str())];
    let table = Table {
        caption: lang.say("contest-results"),
        columns,
        rows: rows.collect(),
        csv: Some(at.to("/results.csv")),
        empty: lang.say("contest-nobody"),
        ..Table::default()
    };
    Section::new("places", lang.say("contest-results"))
        .words(lang.say_with(key, &values))
        .wide()
        .with(Block::Table(table))
}

fn teams(at: &At, podium: &PodiumView) -> Section {
    let lang = at.lang();
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let rows = podium.teams.iter().take(SHOWN).map(|team| {
        let rank = team.rank.map(|rank| rank.to_string());
        let mean = team.sum / i64::from(team.members.max(1));
        vec![
            Cell::text(rank.unwrap_or_default()),
            Cell::text(&*team.name),
            Cell::text(team.members.to_string()),
            Cell::text(at.score(mean)),
        ]
    });
    Section::new("teams", lang.say("contest-tab-teams"))
        .words(lang.say("contest-teams-words"))
        .wide()
        .with(Block::Table(Table {
            caption: lang.say("contest-tab-teams"),
            columns: vec![
                Column::text(word("rank")),
                Column::text(word("team")),
                Column::number(word("members")),
                Column::number(word("score")),
            ],
            rows: rows.collect(),
            empty: lang.say("contest-no-teams"),
            ..Table::default()
        }))
}

/// Who wins what, while nothing is handed out yet, and for those who only read.
fn winners(at: &At, podium: &PodiumView) -> Section {
    let lang = at.lang();
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let rows = podium.winners.iter().map(|row| {
        let by = row.team.clone().or_else(|| row.rank.map(|rank| rank.to_string()));
        vec![
            Cell::text(row.title.in_lang(lang.into())),
            Cell::text(named(row.name.as_deref(), lang)),
            Cell::text(by.unwrap_or_default()),
        ]
    });
    Section::new("prizes", lang.say("contest-winners"))
        .wide()
        .with(Block::Table(Table {
            caption: lang.say("contest-winners"),
            columns: vec![
                Column::text(word("prize")),
                Column::text(word("alias")),
                Column::text(word("by")),
            ],
            rows: rows.collect(),
            empty: lang.say("contest-no-winners"),
            ..Table::default()
        }))
}

/// Changes of final results that were asked for, a section for each that is open and one for the rest.
fn corrections(at: &At, asked: &[CorrectionView]) -> Vec<Section> {
    let lang = at.lang();
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let name = |one: &CorrectionView| {
        if one.alias.is_empty() {
            one.participant.to_string()
        } else {
            one.alias.clone()
        }
    };
    let state = |one: &CorrectionView| match (one.decided_us, one.agreed) {
        (None, _) => Cell::chip("wait", lang.say("contest-correction-open")),
        (Some(_), true) => Cell::chip("", lang.say("contest-correction-agreed")),
        (Some(_), false) => Cell::chip("no", lang.say("contest-correction-declined")),
    };
    let rows = asked.iter().map(|one| {
        vec![
            Cell::link(at.to(&format!("/entrants/{}", one.participant)), name(one)),
            Cell::text(&*one.reason),
            Cell::text(at.desk.time(one.asked_us)),
            state(one),
        ]
    });
    let mut section = Section::new("corrections", lang.say("contest-corrections"))
        .words(lang.say("contest-corrections-words"))
        .wide()
        .with(Block::Table(Table {
            caption: lang.say("contest-corrections"),
            columns: vec![
                Column::text(word("alias")),
                Column::text(word("reason")),
                Column::text(word("asked")),
                Column::text(word("state")),
            ],
            rows: rows.collect(),
            empty: lang.say("contest-no-corrections"),
            ..Table::default()
        }));
    let open: Vec<&CorrectionView> = asked.iter().filter(|one| one.decided_us.is_none()).collect();
    if at.desk.can(Deed::ApproveCorrection) {
        for one in open {
            if one.own {
                section = section.with(Block::Say(true, lang.say("contest-correction-own")));
                continue;
            }
            let choices = vec![
                Choice::new("agree", lang.say("contest-correction-agree"), false),
                Choice::new("decline", lang.say("contest-correction-decline"), false),
            ];
            let who = name(one);
            let label = lang.say_with("contest-correction-about", &[("who", who.as_str())]);
            let form = Form::new(
                at.to(&format!("/corrections/{}", one.id)),
                &at.desk.csrf,
                lang.say("contest-correction-go"),
            );
            section = section.with(Block::Form(form.with(Field::new("say", label, Input::Select(choices)))));
        }
    }
    vec![section]
}

/// What proves the results, and what a recomputation said.
fn proof(at: &At, podium: &PodiumView, replay: Option<&Replay>) -> Section {
    let lang = at.lang();
    let word = |key: &str| lang.say(&format!("contest-proof-{key}"));
    let mut facts = vec![
        Fact::new(word("digest"), &*podium.digest),
        Fact::new(word("promise"), &*podium.seed_hash),
    ];
    facts.extend(podium.seed.as_ref().map(|seed| Fact::new(word("seed"), seed)));
    facts.push(Fact::new(word("revision"), podium.revision.to_string()));
    let mut section = Section::new("proof", lang.say("contest-proof"))
        .words(lang.say("contest-proof-words"))
        .wide()
        .with(Block::Facts(facts));
    if let Some(replay) = replay {
        section = section.with(match (replay.agrees, replay.sums_agree, replay.awards_agree) {
            (true, ..) => Block::Say(false, lang.say("contest-replay-same")),
            (false, false, _) => Block::Say(true, lang.say("contest-replay-sums")),
            (false, true, false) => Block::Say(true, lang.say("contest-replay-awards")),
            (false, true, true) => Block::Say(true, lang.say("contest-replay-digest")),
        });
        section = section.with(Block::Facts(vec![Fact::new(word("made"), &*replay.made)]));
    }
    let form = Form::new(at.to("/replay"), &at.desk.csrf, lang.say("contest-replay"));
    section.with(Block::Form(form))
}

#[derive(Deserialize)]
struct Sure {
    csrf: String,
}

/// Back to the page with what was done, or the page with why it was not.
async fn after(state: &State, at: &At, done: &str, outcome: Result<(), Error>) -> Result<Response, Oops> {
    match outcome {
        Ok(()) => Ok(at.go(&format!("/results?done={done}"))),
        Err(Error::Refused(
            refused @ (Refused::Invalid { .. } | Refused::Settled(_) | Refused::SecondPerson | Refused::Changed),
        )) => {
            let tried = Tried {
                said: Some((true, words(&refused, None, at.lang()))),
                refused: Some(&refused),
                replay: None,
            };
            page(state, at, &tried).await
        }
        Err(error) => Err(at.desk.oops(error)),
    }
}

async fn close(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<Sure>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&form.csrf)?;
    let app = &state.app;
    let closed = app
        .close_competition(&at.desk.caller, &at.desk.programme, at.id())
        .await;
    after(&state, &at, "closing", closed.map(|_| ())).await
}

async fn replay(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<Sure>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&form.csrf)?;
    match state.app.replay(&at.desk.caller, &at.desk.programme, at.id()).await {
        Ok(replay) => {
            let key = if replay.agrees {
                "contest-replay-same"
            } else {
                "contest-replay-differs"
            };
            let tried = Tried {
                said: Some((!replay.agrees, lang.say(key))),
                refused: None,
                replay: Some(&replay),
            };
            page(&state, &at, &tried).await
        }
        Err(error) => after(&state, &at, "", Err(error)).await,
    }
}

#[derive(Deserialize)]
struct HandOut {
    csrf: String,
    which: String,
    #[serde(default)]
    words: String,
}

async fn hand_out(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<HandOut>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&form.csrf)?;
    let (app, desk) = (&state.app, &at.desk);
    let nothing = || desk.oops(Refused::NotFound("award"));
    let (prize, one) = match form.which.split_once('.') {
        Some((prize, who)) => (prize, Some(participant(desk, who)?)),
        None => (form.which.as_str(), None),
    };
    let prize: i64 = prize.parse().map_err(|_| nothing())?;
    let who: Vec<ParticipantId> = if let Some(one) = one {
        vec![one]
    } else {
        let awards = app.awards(&desk.caller, &desk.programme, at.id()).await;
        let awards = awards.map_err(|e| desk.oops(e))?.into_iter();
        let waits = |award: &AwardView| award.prize == prize && award.state == AwardState::Won;
        awards.filter(waits).map(|award| award.participant).collect()
    };
    let handed = app
        .hand_out_many(&desk.caller, &desk.programme, at.id(), prize, &who, &form.words)
        .await;
    after(&state, &at, "given", handed.map(|_| ())).await
}

#[derive(Deserialize)]
struct Decision {
    csrf: String,
    say: String,
}

async fn decide(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id, correction)): Path<(String, String, String)>,
    Posted(form): Posted<Decision>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&form.csrf)?;
    let correction: Id = correction
        .parse()
        .map_err(|_| at.desk.oops(Refused::NotFound("correction")))?;
    let agree = form.say == "agree";
    let app = &state.app;
    let decided = app
        .decide_correction(&at.desk.caller, &at.desk.programme, at.id(), correction, agree)
        .await;
    let done = if agree { "agreed" } else { "declined" };
    after(&state, &at, done, decided).await
}
