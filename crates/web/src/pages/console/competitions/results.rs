//! Results: closing, who won what, handing out, corrections, and the proof that all of it follows from the books.

use app::{AwardState, AwardView, CorrectionView, Error, PodiumView, Refused, Replay};
use axum::Form as Posted;
use axum::Router;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use axum::routing::{get, post};
use domain::competition::{Stage, What};
use domain::measure::{Decimal, Id, ParticipantId};
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::Ours;
use super::super::grouped;
use super::open::Done;
use super::{At, participant};
use crate::State;
use crate::csv::{attachment, in_pages};
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::{Cell, Choice, Column, Fact, FolioBlock as Block, Form, FormField as Field, Input, Section, Table};

/// Places and awards that a page shows; the files have them all.
const SHOWN: usize = 50;
/// Places that are read at once for a file.
const PIECE: u32 = 200;

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/competitions/{id}/results", get(show))
        .route("/console/{slug}/competitions/{id}/results.csv", get(places_csv))
        .route("/console/{slug}/competitions/{id}/awards.csv", get(awards_csv))
        .route("/console/{slug}/competitions/{id}/leave.csv", get(leave_csv))
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
        folio = folio.with(prizes(at, &awards.map_err(|e| desk.oops(e))?));
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
    let rows = podium.places.iter().map(|row| {
        vec![
            Cell::text(row.rank.to_string()),
            Cell::text(named(row.name.as_deref(), lang)),
            Cell::text(row.team.clone().unwrap_or_default()),
            Cell::text(at.score(row.score)),
            Cell::text(at.desk.time(row.reached_us)),
        ]
    });
    let key = if podium.provisional {
        "contest-results-provisional"
    } else {
        "contest-results-final"
    };
    let count = grouped(i64::try_from(podium.entrants).unwrap_or(i64::MAX));
    let values = [("count", count.as_str())];
    let table = Table {
        caption: lang.say("contest-results"),
        columns: vec![
            Column::number(word("rank")),
            Column::text(word("alias")),
            Column::text(word("team")),
            Column::number(word("score")),
            Column::text(word("reached")),
        ],
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
                Column::number(word("rank")),
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

/// The chip of an award's state.
fn award_chip(award: &AwardView, lang: Lang) -> (&'static str, String) {
    match award.state {
        AwardState::Won => ("wait", lang.say("contest-award-won")),
        AwardState::Given => ("", lang.say("contest-award-given")),
        AwardState::TakenBack => ("no", lang.say("contest-award-back")),
    }
}

fn award_name(award: &AwardView) -> String {
    if award.alias.is_empty() {
        award.participant.to_string()
    } else {
        award.alias.clone()
    }
}

/// What the winner has, by which staff knows it: the partner's name for it, or an account.
fn known_as(award: &AwardView) -> String {
    let known = award.reference.iter().chain(&award.accounts);
    known.cloned().collect::<Vec<_>>().join(" · ")
}

fn prizes(at: &At, awards: &[AwardView]) -> Section {
    let lang = at.lang();
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let row = |award: &AwardView| {
        let (tone, state) = award_chip(award, lang);
        let by = award.team.clone().or_else(|| award.rank.map(|rank| rank.to_string()));
        let given = award.given_us.map(|at_us| at.desk.time(at_us)).unwrap_or_default();
        let name = award_name(award);
        vec![
            Cell::text(award.title.in_lang(lang.into())),
            Cell::link(at.to(&format!("/entrants/{}", award.participant)), name),
            Cell::text(known_as(award)),
            Cell::text(by.unwrap_or_default()),
            Cell::chip(tone, state),
            if award.note.is_empty() {
                Cell::text(given)
            } else {
                Cell::Two {
                    text: given,
                    below: award.note.clone(),
                }
            },
        ]
    };
    // what waits comes first
    let waits = |award: &&AwardView| award.state == AwardState::Won;
    let first = awards.iter().filter(waits);
    let then = awards.iter().filter(|award| !waits(award));
    let table = Table {
        caption: lang.say("contest-winners"),
        columns: vec![
            Column::text(word("prize")),
            Column::text(word("alias")),
            Column::text(word("known-as")),
            Column::text(word("by")),
            Column::text(word("state")),
            Column::text(word("given")),
        ],
        rows: first.chain(then).take(4 * SHOWN).map(row).collect(),
        csv: Some(at.to("/awards.csv")),
        empty: lang.say("contest-no-winners"),
        ..Table::default()
    };
    let count = |state: AwardState| {
        let many = awards.iter().filter(|award| award.state == state).count();
        grouped(i64::try_from(many).unwrap_or(i64::MAX))
    };
    let mut section = Section::new("prizes", lang.say("contest-winners"))
        .wide()
        .with(Block::Figures(vec![
            Fact::new(lang.say("contest-award-won"), count(AwardState::Won)),
            Fact::new(lang.say("contest-award-given"), count(AwardState::Given)),
            Fact::new(lang.say("contest-award-back"), count(AwardState::TakenBack)),
        ]))
        .with(Block::Table(table));
    if awards.iter().any(|award| matches!(award.what, What::Leave { .. })) {
        section = section.with(Block::Links(vec![(at.to("/leave.csv"), lang.say("contest-leave-csv"))]));
    }
    if let Some(form) = hand_out_form(at, awards) {
        section = section.with(Block::Form(form));
    }
    section
}

/// The form that hands prizes out: those of a kind that wait together, or one alone.
fn hand_out_form(at: &At, awards: &[AwardView]) -> Option<Form> {
    let lang = at.lang();
    let mut choices: Vec<Choice> = Vec::new();
    let waiting = || awards.iter().filter(|award| award.state == AwardState::Won);
    for place in 0..at.terms().prizes.len() {
        let here = |award: &&AwardView| usize::try_from(award.prize) == Ok(place);
        let many = waiting().filter(here).count();
        if many > 1 {
            let (title, count) = (at.prize_title(place), many.to_string());
            let values = [("prize", title.as_str()), ("count", count.as_str())];
            choices.push(Choice::new(
                place.to_string(),
                lang.say_with("contest-hand-all", &values),
                false,
            ));
        }
        for award in waiting().filter(here).take(SHOWN) {
            let (title, name) = (at.prize_title(place), award_name(award));
            let value = format!("{place}.{}", award.participant);
            choices.push(Choice::new(value, format!("{title} · {name}"), false));
        }
    }
    if choices.is_empty() {
        return None;
    }
    let which = Field::new("which", lang.say("contest-hand-which"), Input::Select(choices));
    let note = Field::line("words", lang.say("contest-hand-words"))
        .hint(lang.say("contest-hand-hint"))
        .optional();
    let form = Form::new(at.to("/handout"), &at.desk.csrf, lang.say("contest-hand-go"));
    Some(form.with(which).with(note))
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
    let who: Vec<ParticipantId> = match one {
        Some(one) => vec![one],
        None => {
            let awards = app.awards(&desk.caller, &desk.programme, at.id()).await;
            let awards = awards.map_err(|e| desk.oops(e))?.into_iter();
            let waits = |award: &AwardView| award.prize == prize && award.state == AwardState::Won;
            awards.filter(waits).map(|award| award.participant).collect()
        }
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

async fn places_csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = with_results(&state, (signed, lang), &slug, &id).await?;
    let name = format!("{slug}-{}-results.csv", at.id());
    let header = ["rank", "name", "ticket", "team", "score", "shown", "reached"];
    let (app, caller) = (state.app.clone(), at.desk.caller.clone());
    let (programme, id, terms) = (at.desk.programme.clone(), at.id(), at.terms().clone());
    let last = terms.last;
    let page = move |first: u64| {
        let (app, caller, programme, terms) = (app.clone(), caller.clone(), programme.clone(), terms.clone());
        async move {
            let podium = app.podium(&caller, &programme, id, first, PIECE).await?;
            let next = (podium.places.len() == PIECE as usize).then(|| first.saturating_add(u64::from(PIECE)));
            let rows = podium.places.into_iter().map(|row| {
                vec![
                    row.rank.to_string(),
                    row.name.unwrap_or_default(),
                    row.ticket,
                    row.team.unwrap_or_default(),
                    row.score.to_string(),
                    terms.shown(row.score, last).to_string(),
                    programme.zone.clock_time(row.reached_us),
                ]
            });
            Ok::<_, Error>((rows.collect(), next))
        }
    };
    in_pages(&name, &header, 1, page).await.map_err(|e| at.desk.oops(e))
}

/// A competition whose results can be had as files.
async fn with_results(state: &State, (signed, lang): (Signed, Lang), slug: &str, id: &str) -> Result<At, Oops> {
    let at = At::load(state, signed, lang, slug, id).await?;
    if matches!(at.view.stage, Stage::Frozen | Stage::Closed) {
        Ok(at)
    } else {
        Err(at.desk.oops(Refused::NotFound("result")))
    }
}

async fn awards(state: &State, at: &At) -> Result<Vec<AwardView>, Oops> {
    let found = state.app.awards(&at.desk.caller, &at.desk.programme, at.id()).await;
    found.map_err(|e| at.desk.oops(e))
}

async fn awards_csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = with_results(&state, (signed, lang), &slug, &id).await?;
    let header = [
        "prize",
        "what",
        "participant",
        "alias",
        "reference",
        "accounts",
        "rank",
        "team",
        "state",
        "given",
        "note",
    ];
    let found = awards(&state, &at).await?;
    let row = |award: &AwardView| {
        let place = usize::try_from(award.prize).unwrap_or(usize::MAX);
        let prize = at.terms().prizes.get(place);
        let state = match award.state {
            AwardState::Won => "won",
            AwardState::Given => "given",
            AwardState::TakenBack => "taken_back",
        };
        vec![
            award.title.in_lang(lang.into()).to_owned(),
            prize.map(|prize| at.what(prize)).unwrap_or_default(),
            award.participant.to_string(),
            award.alias.clone(),
            award.reference.clone().unwrap_or_default(),
            award.accounts.join(" "),
            award.rank.map(|rank| rank.to_string()).unwrap_or_default(),
            award.team.clone().unwrap_or_default(),
            state.to_owned(),
            award.given_us.map(|at_us| at.desk.time(at_us)).unwrap_or_default(),
            award.note.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let name = format!("{slug}-{}-awards.csv", at.id());
    Ok(attachment(&name, &header, rows.into_iter()))
}

/// Leave days for whoever keeps them: one line a winner that still has it.
async fn leave_csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = with_results(&state, (signed, lang), &slug, &id).await?;
    let header = [
        "reference",
        "accounts",
        "participant",
        "alias",
        "days",
        "prize",
        "state",
    ];
    let found = awards(&state, &at).await?;
    let row = |award: &AwardView| {
        let What::Leave { half_days } = award.what else {
            return None;
        };
        let state = match award.state {
            AwardState::Won => "won",
            AwardState::Given => "given",
            AwardState::TakenBack => return None,
        };
        Some(vec![
            award.reference.clone().unwrap_or_default(),
            award.accounts.join(" "),
            award.participant.to_string(),
            award.alias.clone(),
            Decimal::new(i64::from(half_days) * 5, 1).to_string(),
            award.title.in_lang(lang.into()).to_owned(),
            state.to_owned(),
        ])
    };
    let rows: Vec<Vec<String>> = found.iter().filter_map(row).collect();
    let name = format!("{slug}-{}-leave.csv", at.id());
    Ok(attachment(&name, &header, rows.into_iter()))
}
