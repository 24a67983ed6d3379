//! Methodologies: read, try, compare, publish.

mod compare;
mod draft;
mod read;

use std::fmt::Write as _;
use std::sync::Arc;

use app::CreditedView;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State as Shared};
use axum::response::Response;
use axum::routing::{get, post};
use domain::measure::Day;
use domain::methodology::{Category, Factor, FactorRow, Methodology};
use domain::programme::Deed;
use serde::Deserialize;

use super::super::home::category_word;
use super::super::{Ours, carbon};
use super::{Desk, desk, rough};
use crate::State;
use crate::csv::attachment;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Cell, Choice, Column, Folio, FolioBlock as Block, FormField as Field, Input, Section, Sort, Table};

const ROOM: &str = "/methodologies";

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/methodologies", get(list))
        .route("/console/{slug}/methodologies.csv", get(csv))
        .route("/console/{slug}/methodologies/compare", get(compare::compare))
        .route("/console/{slug}/methodologies/{id}/{version}", get(read::sheet))
        .route("/console/{slug}/methodologies/{id}/{version}/try", get(read::attempt))
        .route(
            "/console/{slug}/methodologies/new",
            get(draft::ask)
                .post(draft::check)
                .layer(DefaultBodyLimit::max(FILE_BYTES)),
        )
        .route("/console/{slug}/methodologies/draft/{id}", get(draft::show))
        .route("/console/{slug}/methodologies/draft/{id}/publish", post(draft::publish))
}

/// A methodology file of the largest size with its form around it.
const FILE_BYTES: usize = 512 * 1024;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter {
    q: String,
    category: String,
    sort: String,
}

const CATEGORIES: [Category; 7] = [
    Category::Clothing,
    Category::Food,
    Category::Home,
    Category::Travel,
    Category::Goods,
    Category::Office,
    Category::Digital,
];

fn category_words(category: Category, lang: Lang) -> String {
    lang.say(&format!("methodology-category-{}", category_word(category)))
}

/// How the values of a factor stand on a day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    InForce,
    Later,
    Superseded,
    Expired,
}

fn standing(factor: &Factor, row: &FactorRow, today: Day) -> Standing {
    let newer = |other: &FactorRow| {
        factor.is_same_kind(row, other)
            && other.year > row.year
            && other.valid_from.is_none_or(|from| from <= today)
            && other.valid_to.is_none_or(|to| to >= today)
    };
    if row.valid_to.is_some_and(|to| to < today) {
        Standing::Expired
    } else if row.valid_from.is_some_and(|from| from > today) {
        Standing::Later
    } else if factor.rows.iter().any(newer) {
        Standing::Superseded
    } else {
        Standing::InForce
    }
}

/// A methodology in force, as the list sorts it.
struct Line {
    methodology: Arc<Methodology>,
    year: Option<i16>,
    /// Factors of which no value is in force any more.
    expired: bool,
    credited: CreditedView,
}

fn line(methodology: &Arc<Methodology>, today: Day, credited: CreditedView) -> Line {
    let rows = |factor: &Factor| {
        factor
            .rows
            .iter()
            .map(|row| standing(factor, row, today))
            .collect::<Vec<_>>()
    };
    let gone = |factor: &Factor| rows(factor).iter().all(|standing| *standing == Standing::Expired);
    Line {
        year: methodology
            .factors
            .iter()
            .flat_map(|f| &f.rows)
            .map(|row| row.year)
            .max(),
        expired: methodology.factors.iter().any(gone),
        methodology: Arc::clone(methodology),
        credited,
    }
}

/// What is in force, narrowed down and sorted.
async fn lines(state: &State, desk: &Desk, filter: &Filter) -> Result<Vec<Line>, Oops> {
    let credited = state.app.credited_lately(&desk.caller, &desk.programme).await;
    let credited = credited.map_err(|e| desk.oops(e))?;
    let catalogue = state.app.catalogue();
    let today = desk.programme.zone.day_of(state.app.now_us());
    let wanted = filter.q.trim().to_lowercase();
    let mut lines: Vec<Line> = catalogue
        .in_force(desk.programme.id)
        .map(|(_, in_force)| {
            let credited = credited.get(&in_force.number).copied().unwrap_or_default();
            line(&in_force.methodology, today, credited)
        })
        .filter(|line| {
            let m = &line.methodology;
            let names = [&m.id, &m.title.zh, &m.title.en, &m.behaviour];
            let found = names.iter().any(|name| name.to_lowercase().contains(&wanted));
            let category = filter.category.is_empty() || category_word(m.category) == filter.category;
            found && category
        })
        .collect();
    match filter.sort.as_str() {
        "year" => lines.sort_by_key(|line| line.year),
        "credited" => lines.sort_by_key(|line| std::cmp::Reverse(line.credited.mg)),
        _ => {}
    }
    Ok(lines)
}

async fn list(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let lines = lines(&state, &desk, &filter).await?;
    let folio = Folio {
        acts: acts(&desk),
        words: lang.say("methodology-list-words"),
        ..Folio::new(lang, lang.say("console-methodologies"))
    }
    .with(
        Section::new("in-force", lang.say("methodology-in-force"))
            .wide()
            .with(Block::Table(table(&desk, &lines, &filter))),
    );
    desk.page(ROOM, lang.say("console-methodologies"), folio.render())
}

async fn csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let lines = lines(&state, &desk, &filter).await?;
    let head = [
        "behaviour",
        "methodology",
        "version",
        "title_zh",
        "title_en",
        "category",
        "newest_factor_year",
        "factor_expired",
        "acts_30_days",
        "credited_mg_30_days",
    ];
    let rows = lines.into_iter().map(|line| {
        let m = &line.methodology;
        vec![
            m.behaviour.clone(),
            m.id.clone(),
            m.version.clone(),
            m.title.zh.clone(),
            m.title.en.clone(),
            category_word(m.category).to_owned(),
            line.year.map(|year| year.to_string()).unwrap_or_default(),
            line.expired.to_string(),
            line.credited.acts.to_string(),
            line.credited.mg.to_string(),
        ]
    });
    Ok(attachment("methodologies.csv", &head, rows))
}

fn acts(desk: &Desk) -> Vec<(String, String, bool)> {
    let mut acts = vec![(
        desk.at("/methodologies/compare"),
        desk.lang.say("methodology-compare"),
        false,
    )];
    if desk.can(Deed::PublishMethodology) {
        acts.push((desk.at("/methodologies/new"), desk.lang.say("methodology-new"), true));
    }
    acts
}

fn table(desk: &Desk, lines: &[Line], filter: &Filter) -> Table {
    let lang = desk.lang;
    let here = desk.at(ROOM);
    let sorted = |by: &'static str, column: Column| {
        let query = query(&[("q", &filter.q), ("category", &filter.category), ("sort", by)]);
        let now = match (filter.sort == by, by) {
            (false, _) => "none",
            (true, "credited") => "descending",
            (true, _) => "ascending",
        };
        let href = format!("{here}?{query}");
        Column {
            sort: Some(Sort { href, now }),
            ..column
        }
    };
    let rows = lines.iter().map(|line| {
        let m = &line.methodology;
        let (tone, words) = if line.expired {
            ("no", "methodology-factor-expired")
        } else {
            ("", "methodology-factor-in-force")
        };
        vec![
            Cell::link(
                desk.at(&format!("/methodologies/{}/{}", m.id, m.version)),
                m.title.in_lang(lang.into()),
            ),
            Cell::Code(m.reference()),
            Cell::text(category_words(m.category, lang)),
            Cell::text(line.year.map(|year| year.to_string()).unwrap_or_default()),
            Cell::chip(tone, lang.say(words)),
            Cell::text(grouped(line.credited.acts)),
            Cell::text(carbon(rough(line.credited.mg), lang)),
        ]
    });
    let choice = |category: Category| {
        let word = category_word(category);
        Choice::new(word, category_words(category, lang), filter.category == word)
    };
    let mut choices = vec![Choice::new("", lang.say("part-any"), filter.category.is_empty())];
    choices.extend(CATEGORIES.map(choice));
    Table {
        caption: lang.say("methodology-in-force"),
        columns: vec![
            sorted("", Column::text(lang.say("methodology-title"))),
            Column::text(lang.say("methodology-version")),
            Column::text(lang.say("methodology-category")),
            sorted("year", Column::number(lang.say("methodology-newest-year"))),
            Column::text(lang.say("methodology-factors")),
            Column::number(lang.say("methodology-acts-30")),
            sorted("credited", Column::number(lang.say("methodology-credited-30"))),
        ],
        rows: rows.collect(),
        filters: vec![
            Field::line("q", lang.say("methodology-search"))
                .value(&filter.q)
                .optional(),
            Field::new("category", lang.say("methodology-category"), Input::Select(choices)).optional(),
            Field::hidden("sort", &filter.sort),
        ],
        filtered: !filter.q.is_empty() || !filter.category.is_empty(),
        csv: Some(
            match query(&[("q", &filter.q), ("category", &filter.category), ("sort", &filter.sort)]) {
                narrowed if narrowed.is_empty() => desk.at("/methodologies.csv"),
                narrowed => desk.at(&format!("/methodologies.csv?{narrowed}")),
            },
        ),
        here,
        empty: lang.say("methodology-none"),
        ..Table::default()
    }
}

/// A query of names and values; what is empty is left out.
fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                query.push(char::from(byte));
            } else {
                let _ = write!(query, "%{byte:02X}");
            }
        }
    }
    query
}

/// A count with its thousands apart.
fn grouped(count: i64) -> String {
    domain::measure::Decimal::new(count, 0).grouped()
}
