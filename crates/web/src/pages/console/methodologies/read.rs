//! A methodology read, tried, and compared with another.

use std::collections::HashMap;
use std::sync::Arc;

use app::{Refused, try_act};
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use domain::evidence::Grade;
use domain::measure::{Day, Decimal};
use domain::methodology::diff::work;
use domain::methodology::{ClaimPart, InputKind, Methodology, Unquantified, Working};

use super::super::super::home::grade_words;
use super::super::super::why::{symbols, with_unit};
use super::super::super::{Ours, carbon};
use super::super::{Desk, desk};
use super::{ROOM, Standing, category_words, query, standing};
use crate::door::{Oops, Signed, words};
use crate::lang::Lang;
use crate::show::{
    Cell, Choice, Column, Fact, Folio, FolioBlock as Block, FormField as Field, Input, Section, Step, Table,
};

/// A published version by the words of its address.
fn published(state: &crate::State, desk: &Desk, id: &str, version: &str) -> Result<(i64, Arc<Methodology>), Oops> {
    let catalogue = state.app.catalogue();
    let found = catalogue.named(id, Some(version)).map_err(|e| desk.oops(e))?;
    Ok((found.number, Arc::clone(&found.methodology)))
}

fn address(desk: &Desk, methodology: &Methodology) -> String {
    desk.at(&format!("/methodologies/{}/{}", methodology.id, methodology.version))
}

pub(super) async fn sheet(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id, version)): Path<(String, String, String)>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let (number, methodology) = published(&state, &desk, &id, &version)?;
    let catalogue = state.app.catalogue();
    let in_force = catalogue.in_force(desk.programme.id);
    let in_force = in_force.map(|(_, version)| version.number).any(|one| one == number);
    let chip = if in_force {
        ("", lang.say("methodology-in-force"))
    } else {
        ("calm", lang.say("methodology-not-in-force"))
    };
    let here = address(&desk, &methodology);
    let compare = query(&[("old", &methodology.reference())]);
    let today = desk.programme.zone.day_of(state.app.now_us());
    let title = methodology.title.in_lang(lang.into());
    let folio = Folio {
        chips: vec![chip, ("calm", category_words(methodology.category, lang))],
        words: methodology.reference(),
        acts: vec![
            (
                desk.at(&format!("/methodologies/compare?{compare}")),
                lang.say("methodology-compare"),
                false,
            ),
            (format!("{here}/try"), lang.say("methodology-try"), true),
        ],
        sections: sections(&methodology, today, lang),
        ..Folio::new(lang, title)
    }
    .back(desk.at(ROOM), lang.say("console-methodologies"));
    desk.page(ROOM, title, folio.render())
}

/// Everything that a methodology says, for reading.
pub(super) fn sections(methodology: &Arc<Methodology>, today: Day, lang: Lang) -> Vec<Section> {
    let formula = |name: String, text: &str| Fact::new(name, symbols(text).replace("CO2e", " CO₂e"));
    let mut formulas: Vec<Fact> = methodology
        .steps
        .iter()
        .map(|step| {
            formula(
                format!("{} ({})", step.label.in_lang(lang.into()), step.name),
                &step.formula,
            )
        })
        .collect();
    formulas.push(formula(
        lang.say("methodology-baseline"),
        &methodology.formulas.baseline,
    ));
    formulas.push(formula(lang.say("methodology-project"), &methodology.formulas.project));
    if let Some(leakage) = &methodology.formulas.leakage {
        formulas.push(formula(lang.say("methodology-leakage"), leakage));
    }
    let mut sum = Section::new("sum", lang.say("methodology-formula")).with(Block::Formulas(formulas));
    if let Some(note) = &methodology.note {
        sum = sum.words(note.in_lang(lang.into()));
    }
    let weights = Grade::ALL.into_iter().map(|grade| {
        let weight = if methodology.accepts(grade) {
            methodology.weight(grade).to_string()
        } else {
            lang.say("methodology-not-accepted")
        };
        Fact::new(grade_words(grade, lang), weight)
    });
    let mut limits = caps(methodology, lang);
    limits.push(Fact::new(lang.say("methodology-claim"), claim(methodology, lang)));
    let headings = methodology.headings.iter().map(|(key, text)| {
        let name = lang.say(&format!("methodology-heading-{}", key.replace('_', "-")));
        Fact::new(name, text.in_lang(lang.into()))
    });
    vec![
        sum,
        Section::new("examples", lang.say("methodology-examples"))
            .words(lang.say("methodology-examples-words"))
            .with(Block::Table(examples(methodology, lang))),
        Section::new("inputs", lang.say("methodology-inputs")).with(Block::Table(inputs(methodology, lang))),
        Section::new("weights", lang.say("methodology-weights"))
            .with(Block::Facts(weights.collect()))
            .with(Block::Facts(limits)),
        Section::new("factors", lang.say("methodology-factors"))
            .wide()
            .with(Block::Table(factors(methodology, today, lang))),
        Section::new("headings", lang.say("methodology-headings"))
            .wide()
            .with(Block::Prose(headings.collect()))
            .with(Block::File(lang.say("methodology-file"), methodology.text.clone())),
    ]
}

fn bounds(kind: &InputKind) -> String {
    match kind {
        InputKind::Number { unit, places, min, max } => {
            let shown = |steps: i64| Decimal::new(steps, *places).grouped();
            format!("{} – {} {}", shown(*min), shown(*max), unit.name())
                .trim_end()
                .to_owned()
        }
        InputKind::Choice(choices) => choices.join(" / "),
    }
}

fn inputs(methodology: &Methodology, lang: Lang) -> Table {
    let rows = methodology.inputs.iter().map(|input| {
        vec![
            Cell::Two {
                text: input.label.in_lang(lang.into()).to_owned(),
                below: input.name.clone(),
            },
            Cell::text(bounds(&input.kind)),
            Cell::text(input.default.map(|given| input.shown(given)).unwrap_or_default()),
        ]
    });
    Table {
        caption: lang.say("methodology-inputs"),
        columns: vec![
            Column::text(lang.say("methodology-input")),
            Column::text(lang.say("methodology-bounds")),
            Column::text(lang.say("methodology-default")),
        ],
        rows: rows.collect(),
        empty: lang.say("methodology-no-inputs"),
        ..Table::default()
    }
}

fn factors(methodology: &Methodology, today: Day, lang: Lang) -> Table {
    let mut rows = Vec::new();
    for factor in &methodology.factors {
        for row in &factor.rows {
            let place = match methodology.choice_of(factor, row) {
                Some((_, choice)) => format!("{} · {choice}", row.region),
                None => row.region.clone(),
            };
            let (tone, state) = match standing(factor, row, today) {
                Standing::InForce => ("", "methodology-factor-in-force"),
                Standing::Later => ("calm", "methodology-factor-later"),
                Standing::Superseded => ("wait", "methodology-factor-superseded"),
                Standing::Expired => ("no", "methodology-factor-expired"),
            };
            let until = row.valid_to.map(|day| day.to_string()).unwrap_or_default();
            let source = match row.url.as_deref().filter(|url| is_web(url)) {
                Some(url) => Cell::link(url, &row.source),
                None => Cell::text(&row.source),
            };
            rows.push(vec![
                Cell::Two {
                    text: factor.label.in_lang(lang.into()).to_owned(),
                    below: factor.name.clone(),
                },
                Cell::text(format!("{} {}", row.value, factor.unit.name().replace("CO2e", " CO₂e"))),
                Cell::text(place),
                Cell::text(row.year.to_string()),
                Cell::text(&row.kind),
                Cell::text(until),
                Cell::chip(tone, lang.say(state)),
                source,
            ]);
        }
    }
    let text = |key: &str| Column::text(lang.say(key));
    Table {
        caption: lang.say("methodology-factors"),
        columns: vec![
            text("methodology-factor"),
            Column::number(lang.say("methodology-value")),
            text("methodology-region"),
            Column::number(lang.say("methodology-year")),
            text("methodology-kind"),
            text("methodology-until"),
            text("methodology-state"),
            text("methodology-source"),
        ],
        rows,
        empty: lang.say("methodology-no-factors"),
        ..Table::default()
    }
}

/// Whether an address is one that a reader may follow.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn examples(methodology: &Arc<Methodology>, lang: Lang) -> Table {
    let rows = methodology.examples.iter().map(|example| {
        let inputs: Vec<String> = example
            .inputs
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let under = format!("{} · {} · {}", example.region, example.day, example.grade);
        let right = work(methodology, example).is_ok_and(|working| working.weighted == example.expect);
        let mark = if right {
            Cell::chip("", lang.say("methodology-right"))
        } else {
            Cell::chip("no", lang.say("methodology-wrong"))
        };
        let below = if inputs.is_empty() {
            under
        } else {
            format!("{} · {under}", inputs.join(", "))
        };
        vec![
            Cell::Two {
                text: example.name.clone(),
                below,
            },
            Cell::text(example.expect.show(lang.into())),
            mark,
        ]
    });
    Table {
        caption: lang.say("methodology-examples"),
        columns: vec![
            Column::text(lang.say("methodology-example")),
            Column::number(lang.say("methodology-expected")),
            Column::text(lang.say("methodology-state")),
        ],
        rows: rows.collect(),
        ..Table::default()
    }
}

fn caps(methodology: &Methodology, lang: Lang) -> Vec<Fact> {
    let cap = |cap: &domain::methodology::Cap| {
        let per = match cap.per {
            domain::measure::Period::Day => "methodology-cap-day",
            domain::measure::Period::Month => "methodology-cap-month",
            domain::measure::Period::Year => "methodology-cap-year",
        };
        let count = cap.count.map(|count| {
            let count = count.to_string();
            lang.say_with("methodology-times", &[("count", count.as_str())])
        });
        let mass = cap.mass.map(|mass| mass.show(lang.into()));
        let both: Vec<String> = count.into_iter().chain(mass).collect();
        Fact::new(lang.say(per), both.join(" · "))
    };
    methodology.caps.iter().map(cap).collect()
}

fn claim(methodology: &Methodology, lang: Lang) -> String {
    let part = |part: &ClaimPart| match part {
        ClaimPart::Event => lang.say("methodology-claim-event"),
        ClaimPart::Participant => lang.say("methodology-claim-participant"),
        ClaimPart::Day => lang.say("methodology-claim-day"),
        ClaimPart::Start => lang.say("methodology-claim-start"),
        ClaimPart::Photo => lang.say("methodology-claim-photo"),
        ClaimPart::Input(at) => {
            let input = methodology.inputs.get(*at);
            input.map_or_else(String::new, |input| input.label.in_lang(lang.into()).to_owned())
        }
    };
    let mut parts: Vec<String> = methodology.claim.iter().map(part).collect();
    if methodology.exclusive {
        parts.push(lang.say("methodology-exclusive"));
    }
    parts.join(" · ")
}

pub(super) async fn attempt(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id, version)): Path<(String, String, String)>,
    Query(asked): Query<HashMap<String, String>>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let (_, methodology) = published(&state, &desk, &id, &version)?;
    let today = desk.programme.zone.day_of(state.app.now_us());
    let here = address(&desk, &methodology);
    let outcome = (asked.contains_key("grade")).then(|| tried(&methodology, &asked));
    let wrong = match &outcome {
        Some(Err(refused)) => Some(refused),
        _ => None,
    };
    let mut section = Section::new("try", lang.say("methodology-try"))
        .words(lang.say("methodology-try-words"))
        .with(Block::Ask(
            format!("{here}/try"),
            asked_fields(&desk, &methodology, &asked, today, wrong),
            lang.say("methodology-work-out"),
        ));
    if let Some(refused) = wrong.filter(|refused| field_of(refused).is_none()) {
        section.blocks.insert(0, Block::Say(true, words(refused, None, lang)));
    }
    let mut folio = Folio {
        words: methodology.reference(),
        ..Folio::new(lang, lang.say("methodology-try"))
    }
    .back(here, methodology.title.in_lang(lang.into()))
    .with(section);
    if let Some(Ok(working)) = &outcome {
        folio = folio.with(worked(working, lang));
    }
    desk.page(ROOM, lang.say("methodology-try"), folio.render())
}

/// The field of the form that a refusal is about.
fn field_of(refused: &Refused) -> Option<String> {
    match refused {
        Refused::Unquantified(Unquantified::NoFactor { .. }) => Some("region".to_owned()),
        Refused::Unquantified(why) => why.input().map(|input| format!("in-{input}")),
        Refused::Invalid { field, .. } => Some(field.clone()),
        _ => None,
    }
}

fn tried(methodology: &Arc<Methodology>, asked: &HashMap<String, String>) -> Result<Working, Refused> {
    let said: Vec<(String, String)> = methodology
        .inputs
        .iter()
        .filter_map(|input| Some((input.name.clone(), asked.get(&format!("in-{}", input.name))?.clone())))
        .collect();
    let get = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let invalid = |field: &str| Refused::Invalid {
        field: field.to_owned(),
        what: "is not readable".to_owned(),
    };
    let day = Day::parse(get("day")).ok_or_else(|| invalid("day"))?;
    let grade = Grade::parse(get("grade")).ok_or_else(|| invalid("grade"))?;
    try_act(methodology, &said, get("region").trim(), day, grade)
}

fn asked_fields(
    desk: &Desk,
    methodology: &Methodology,
    asked: &HashMap<String, String>,
    today: Day,
    wrong: Option<&Refused>,
) -> Vec<Field> {
    let lang = desk.lang;
    let error = |name: &str| {
        let wrong = wrong.filter(|refused| field_of(refused).as_deref() == Some(name))?;
        Some(words(wrong, None, lang))
    };
    let value = |name: &str, otherwise: String| asked.get(name).cloned().unwrap_or(otherwise);
    let mut fields = Vec::new();
    for input in &methodology.inputs {
        let name = format!("in-{}", input.name);
        let given = value(&name, String::new());
        let field = match &input.kind {
            InputKind::Choice(choices) => {
                let mut all = vec![Choice::new("", "–", given.is_empty())];
                all.extend(
                    choices
                        .iter()
                        .map(|choice| Choice::new(choice, choice, *choice == given)),
                );
                Field::new(&name, input.label.in_lang(lang.into()), Input::Select(all))
            }
            InputKind::Number { .. } => Field::line(&name, input.label.in_lang(lang.into())).value(given),
        };
        let hint = match input.default {
            Some(default) => lang.say_with(
                "methodology-bounds-default",
                &[
                    ("bounds", bounds(&input.kind).as_str()),
                    ("value", input.shown(default).as_str()),
                ],
            ),
            None => bounds(&input.kind),
        };
        fields.push(field.hint(hint).error(error(&name)).optional());
    }
    let day = Input::Line {
        kind: "date",
        autocomplete: "off",
    };
    let best = Grade::ALL.into_iter().rev().find(|grade| methodology.accepts(*grade));
    let chosen = value("grade", best.map(|grade| grade.to_string()).unwrap_or_default());
    let grades = Grade::ALL.into_iter().filter(|grade| methodology.accepts(*grade));
    let grades = grades.map(|grade| {
        let name = grade.to_string();
        let is = name == chosen;
        Choice::new(name, grade_words(grade, lang), is)
    });
    fields.push(
        Field::line("region", lang.say("methodology-region"))
            .value(value("region", desk.programme.region.clone()))
            .error(error("region")),
    );
    fields.push(
        Field::new("day", lang.say("methodology-day"), day)
            .value(value("day", today.to_string()))
            .error(error("day")),
    );
    fields.push(
        Field::new("grade", lang.say("methodology-grade"), Input::Select(grades.collect())).error(error("grade")),
    );
    fields
}

/// A working, step by step, with the factors that it took.
fn worked(working: &Working, lang: Lang) -> Section {
    let explained = working.explain(lang.into());
    let step = |sign: &str, line: &domain::methodology::Line| Step {
        sign: sign.to_owned(),
        words: line.label.clone(),
        symbols: Some(symbols(&line.formula)).filter(|symbols| !symbols.is_empty()),
        value: with_unit(line, lang),
        numbers: None,
        sum: false,
    };
    let plain = |sign: &str, words: String, value: String, sum: bool| Step {
        sign: sign.to_owned(),
        words,
        symbols: None,
        numbers: None,
        value,
        sum,
    };
    let mut steps: Vec<Step> = explained.steps.iter().map(|line| step("", line)).collect();
    steps.push(step("", &explained.baseline));
    steps.push(step("−", &explained.project));
    steps.extend(explained.leakage.iter().map(|line| step("−", line)));
    steps.push(plain(
        "=",
        lang.say("methodology-gross"),
        carbon(working.gross.mg(), lang),
        false,
    ));
    let grade = working.grade.to_string();
    let weight = lang.say_with("activity-weight", &[("grade", grade.as_str())]);
    steps.push(plain("×", weight, working.weight.to_string(), false));
    steps.push(plain(
        "=",
        lang.say("methodology-before-caps"),
        carbon(working.weighted.mg(), lang),
        true,
    ));
    let factors = explained.factors.iter().map(|factor| {
        let value = format!("{} {}", factor.value, factor.unit.replace("CO2e", " CO₂e"));
        let value = format!(
            "{value} · {} {} · {} · {}",
            factor.region, factor.year, factor.kind, factor.source
        );
        Fact::new(&factor.label, value)
    });
    Section::new("worked", lang.say("activity-worked"))
        .words(lang.say("activity-rounding"))
        .with(Block::Working(steps))
        .with(Block::Prose(factors.collect()))
}
