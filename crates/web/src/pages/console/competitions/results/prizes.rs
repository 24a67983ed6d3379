//! Who won what, how far each award is, and the form that hands them out.

use app::{AwardState, AwardView};
use domain::competition::What;

use super::super::super::grouped;
use super::super::At;
use super::SHOWN;
use crate::lang::Lang;
use crate::show::{Cell, Choice, Column, Fact, FolioBlock as Block, Form, FormField as Field, Input, Section, Table};

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

pub(super) fn prizes(at: &At, awards: &[AwardView]) -> Section {
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
