//! Two versions beside each other, and what the difference makes of their examples.

use std::sync::Arc;

use app::Refused;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use domain::measure::Carbon;
use domain::methodology::diff::{Difference, Part, differences, effects};
use domain::methodology::{Methodology, Unquantified};
use serde::Deserialize;

use super::super::super::why::symbols;
use super::super::super::{Ours, carbon};
use super::super::desk;
use super::ROOM;
use crate::door::{Oops, Signed, words};
use crate::lang::Lang;
use crate::show::{Cell, Choice, Column, Folio, FolioBlock as Block, FormField as Field, Input, Section, Side, Table};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Pair {
    old: String,
    new: String,
}

pub(super) async fn compare(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(pair): Query<Pair>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let catalogue = state.app.catalogue();
    let mut all: Vec<Arc<Methodology>> = catalogue.published().map(|p| Arc::clone(&p.methodology)).collect();
    all.sort_by_cached_key(|m| (m.behaviour.clone(), m.id.clone(), m.version.clone()));
    let find = |reference: &str| all.iter().find(|m| m.reference() == reference);
    let (old, new) = (find(&pair.old), find(&pair.new));
    let choices = |chosen: &str, behaviour: Option<&str>| {
        let fit = all
            .iter()
            .filter(|m| behaviour.is_none_or(|behaviour| m.behaviour == behaviour));
        fit.map(|m| {
            let label = format!("{} · {}", m.reference(), m.title.in_lang(lang.into()));
            Choice::new(m.reference(), label, m.reference() == chosen)
        })
        .collect()
    };
    let fields = vec![
        Field::new(
            "old",
            lang.say("methodology-old"),
            Input::Select(choices(&pair.old, None)),
        ),
        Field::new(
            "new",
            lang.say("methodology-new-one"),
            Input::Select(choices(&pair.new, old.map(|old| old.behaviour.as_str()))),
        ),
    ];
    let mut folio = Folio::new(lang, lang.say("methodology-compare"))
        .back(desk.at(ROOM), lang.say("console-methodologies"))
        .with(
            Section::new("pick", lang.say("methodology-pick"))
                .words(lang.say("methodology-pick-words"))
                .wide()
                .with(Block::Ask(
                    desk.at("/methodologies/compare"),
                    fields,
                    lang.say("methodology-compare"),
                )),
        );
    match (old, new) {
        (Some(old), Some(new)) if old.behaviour == new.behaviour || old.id == new.id => {
            folio.sections.extend(compared(old, new, lang));
        }
        (Some(_), Some(_)) => folio.said = Some((true, lang.say("methodology-other-behaviour"))),
        _ => {}
    }
    desk.page(ROOM, lang.say("methodology-compare"), folio.render())
}

fn about(difference: &Difference, lang: Lang) -> String {
    let part = lang.say(&format!("methodology-part-{}", difference.part.name()));
    let key = difference.name.replace('_', "-");
    let name = match difference.part {
        Part::About => lang.say(&format!("methodology-about-{key}")),
        Part::Heading => lang.say(&format!("methodology-heading-{key}")),
        Part::Cap => lang.say(&format!("methodology-cap-{key}")),
        Part::Formula if ["baseline", "project", "leakage"].contains(&key.as_str()) => {
            lang.say(&format!("methodology-{key}"))
        }
        _ => difference.name.clone(),
    };
    format!("{part} · {name}")
}

/// What differs between two versions, and what it makes of their examples.
pub(super) fn compared(old: &Arc<Methodology>, new: &Arc<Methodology>, lang: Lang) -> Vec<Section> {
    let said = |part: Part, text: Option<String>| {
        let text = text.unwrap_or_default();
        if part == Part::Formula { symbols(&text) } else { text }
    };
    let sides: Vec<Side> = differences(old, new, lang.into())
        .into_iter()
        .map(|difference| Side {
            name: about(&difference, lang),
            old: said(difference.part, difference.old),
            new: said(difference.part, difference.new),
        })
        .collect();
    let section = Section::new("differences", lang.say("methodology-differences")).wide();
    let differences = if sides.is_empty() {
        section.with(Block::Words(lang.say("methodology-no-differences")))
    } else {
        let heads = (old.reference(), new.reference());
        section.with(Block::Sides { heads, rows: sides })
    };
    let shown = |outcome: &Result<Carbon, Unquantified>| match outcome {
        Ok(mass) => mass.show(lang.into()),
        Err(why) => words(&Refused::Unquantified(why.clone()), None, lang),
    };
    let rows = effects(old, new).into_iter().map(|effect| {
        let change = match (&effect.old, &effect.new) {
            (Ok(old), Ok(new)) => change(old.mg(), new.mg(), lang),
            _ => String::new(),
        };
        vec![
            Cell::Two {
                text: effect.example.name.clone(),
                below: format!(
                    "{} · {} · {}",
                    effect.example.region, effect.example.day, effect.example.grade
                ),
            },
            Cell::text(shown(&effect.old)),
            Cell::text(shown(&effect.new)),
            Cell::text(change),
        ]
    });
    let table = Table {
        caption: lang.say("methodology-effects"),
        columns: vec![
            Column::text(lang.say("methodology-example")),
            Column::number(old.reference()),
            Column::number(new.reference()),
            Column::number(lang.say("methodology-change")),
        ],
        rows: rows.collect(),
        ..Table::default()
    };
    vec![
        differences,
        Section::new("effects", lang.say("methodology-effects"))
            .wide()
            .with(Block::Table(table)),
    ]
}

/// How much more or less something is: `−50 g`.
pub(super) fn change(old_mg: i64, new_mg: i64, lang: Lang) -> String {
    let by = new_mg.saturating_sub(old_mg);
    match by {
        0 => "±0".to_owned(),
        1.. => format!("+{}", carbon(by, lang)),
        _ => format!("−{}", carbon(by.saturating_neg(), lang)),
    }
}
