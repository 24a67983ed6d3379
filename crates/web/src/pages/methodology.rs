//! Methodologies and factors, open to all.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::Catalogue;
use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::evidence::Grade;
use domain::measure::Carbon;
use domain::methodology::{Context, Methodology, Said, catalogue, quantify};

use super::{Ours, for_all};
use crate::State;
use crate::csv::attachment;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::methodology::{
    CATEGORIES, category_icon, category_name, category_words, kind_words, region_words, safe, unit_words,
};
use crate::show::{
    Cell, Choice, Column, Fact, FactorBook, FormField, Input, Methodologies, MethodologyPage, Page, Paper, Shelf, Sort,
    Table, Version, Volume,
};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/methodologies", get(list))
        .route("/methodologies/{id}", get(newest))
        .route("/methodologies/{id}/{version}", get(paper))
        .route("/methodologies/{id}/{version}/file", get(file))
        .route("/factors", get(factors))
        .route("/factors.csv", get(factors_csv))
}

/// Name and value of everything in a query; later ones win.
pub(super) fn pairs(query: Option<&str>) -> BTreeMap<String, String> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

/// An address with a query of whatever is not empty.
pub(super) fn address<'a>(path: &str, query: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut said = form_urlencoded::Serializer::new(String::new());
    said.extend_pairs(query.into_iter().filter(|(_, value)| !value.is_empty()));
    match said.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

pub(super) fn href(methodology: &Methodology) -> String {
    format!("/methodologies/{}/{}", methodology.id, methodology.version)
}

/// The last published version of each methodology, by id.
fn latest(catalogue: &Catalogue) -> BTreeMap<&str, &Arc<Methodology>> {
    let published = catalogue.published();
    published
        .map(|version| (version.methodology.id.as_str(), &version.methodology))
        .collect()
}

/// What the first worked example avoids before evidence and ceilings count, and what was said in it.
pub(super) fn one_act(methodology: &Arc<Methodology>) -> Option<(Carbon, Vec<(String, String)>)> {
    let example = methodology.examples.first()?;
    let said = example.inputs.iter();
    let inputs = methodology
        .read_inputs(said.map(|(name, value)| (name.as_str(), Said::Text(value.as_str()))))
        .ok()?;
    let context = Context {
        region: &example.region,
        day: example.day,
        grade: example.grade,
    };
    let working = quantify(methodology, inputs, &context).ok()?;
    let pairs = methodology.inputs.iter().zip(working.inputs.iter());
    let shown = pairs.map(|(input, given)| (input.name.clone(), input.shown(given)));
    Some((working.gross, shown.filter(|(_, value)| value != "?").collect()))
}

async fn list(state: Ours, lang: Lang, signed: Signed, RawQuery(query): RawQuery) -> Result<Response, Oops> {
    let asked = pairs(query.as_deref());
    let q = asked.get("q").map(|q| q.trim().to_lowercase()).unwrap_or_default();
    let catalogue = state.app.catalogue();
    let latest = latest(&catalogue);
    let fits = |methodology: &Methodology| {
        let title = &methodology.title;
        let texts = [&methodology.id, &methodology.behaviour, &title.zh, &title.en];
        q.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&q))
    };
    let mut shelves = Vec::new();
    let mut count = 0;
    for category in CATEGORIES {
        let of_category = latest.values().filter(|m| m.category == category && fits(m));
        let volumes: Vec<Volume> = of_category.map(|methodology| volume(methodology, lang)).collect();
        count += volumes.len();
        if !volumes.is_empty() {
            shelves.push(Shelf {
                name: category_name(category),
                title: category_words(category, lang),
                icon: category_icon(category),
                volumes,
            });
        }
    }
    let typed = asked.get("q").cloned().unwrap_or_default();
    let page = Methodologies {
        lang,
        words: lang.say_with("paper-count", &[("count", count.to_string().as_str())]),
        search: FormField::line("q", lang.say("paper-search")).value(typed).optional(),
        shelves,
    };
    let title = lang.say("shell-methodologies");
    for_all(&state, lang, signed, title, Page::Plain, page.render()).await
}

fn volume(methodology: &Arc<Methodology>, lang: Lang) -> Volume {
    let least = Grade::ALL.into_iter().find(|grade| methodology.accepts(*grade));
    let evidence = least.map_or_else(String::new, |grade| {
        format!("{grade} · {}", lang.say(&format!("activity-grade-{}", grade.index())))
    });
    Volume {
        title: methodology.title.in_lang(lang.into()).to_owned(),
        version: methodology.version.clone(),
        example: one_act(methodology).map_or_else(String::new, |(mass, _)| mass.show(lang.into())),
        evidence,
        href: href(methodology),
    }
}

async fn newest(state: Ours, lang: Lang, Path(id): Path<String>) -> Result<Response, Oops> {
    let catalogue = state.app.catalogue();
    let found = catalogue.named(&id, None).map_err(|e| Oops::new(e.into(), lang))?;
    Ok(axum::response::Redirect::to(&href(&found.methodology)).into_response())
}

async fn paper(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((id, version)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let catalogue = state.app.catalogue();
    let found = catalogue
        .named(&id, Some(&version))
        .map_err(|e| Oops::new(e.into(), lang))?;
    let methodology = &found.methodology;
    let when = |us: i64| {
        let utc = domain::measure::Zone::named("UTC");
        utc.map(|utc| utc.day_of(us).to_string()).unwrap_or_default()
    };
    let mut versions: Vec<Version> = catalogue
        .published()
        .filter(|other| other.methodology.id == id)
        .map(|other| Version {
            number: other.methodology.version.clone(),
            when: when(other.published_us),
            href: (other.number != found.number).then(|| href(&other.methodology)),
        })
        .collect();
    versions.reverse();
    let programmes = catalogue.programmes().iter().filter(|programme| {
        let mut in_force = catalogue.in_force(programme.id);
        in_force.any(|(_, version)| version.number == found.number)
    });
    let siblings = latest(&catalogue)
        .into_values()
        .filter(|other| other.behaviour == methodology.behaviour && other.id != methodology.id);
    let page = MethodologyPage {
        lang,
        paper: Paper::of(methodology, lang),
        facts: vec![Fact::new(lang.say("paper-published"), when(found.published_us))],
        file: format!("{}/file", href(methodology)),
        newest: versions.first().and_then(|version| version.href.clone()),
        versions,
        programmes: programmes
            .map(|programme| {
                let title = programme.title.in_lang(lang.into()).to_owned();
                (title, format!("/p/{}", programme.slug))
            })
            .collect(),
        siblings: siblings.map(|other| volume(other, lang)).collect(),
    };
    let title = page.paper.title.clone();
    for_all(&state, lang, signed, title, Page::Plain, page.render()).await
}

async fn file(state: Ours, lang: Lang, Path((id, version)): Path<(String, String)>) -> Result<Response, Oops> {
    let catalogue = state.app.catalogue();
    let found = catalogue
        .named(&id, Some(&version))
        .map_err(|e| Oops::new(e.into(), lang))?;
    let named = format!("attachment; filename=\"{id}-{version}.toml\"");
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, named),
    ];
    Ok((headers, found.methodology.text.clone()).into_response())
}

/// A value of the factor book.
struct Entry {
    label: String,
    unit: String,
    value: String,
    region: String,
    year: i16,
    kind: String,
    source: String,
    url: Option<String>,
    used_by: Vec<Arc<Methodology>>,
}

/// Every value of the latest versions; the same value in several methodologies is one entry.
fn entries(catalogue: &Catalogue, lang: Lang) -> Vec<Entry> {
    let mut book: BTreeMap<_, Entry> = BTreeMap::new();
    for methodology in latest(catalogue).into_values() {
        for factor in &methodology.factors {
            for row in &factor.rows {
                let mut label = factor.label.in_lang(lang.into()).to_owned();
                if let Some((_, choice)) = methodology.choice_of(factor, row) {
                    label = format!("{label} · {choice}");
                }
                let value = row.value.grouped();
                let key = (
                    label.clone(),
                    row.region.clone(),
                    row.year,
                    row.kind.clone(),
                    value.clone(),
                );
                let entry = book.entry((key, row.source.clone())).or_insert_with(|| Entry {
                    label,
                    unit: factor.unit.name().to_owned(),
                    value,
                    region: row.region.clone(),
                    year: row.year,
                    kind: row.kind.clone(),
                    source: row.source.clone(),
                    url: safe(row.url.as_deref()),
                    used_by: Vec::new(),
                });
                if entry.used_by.last().is_none_or(|last| last.id != methodology.id) {
                    entry.used_by.push(Arc::clone(methodology));
                }
            }
        }
    }
    book.into_values().collect()
}

/// What narrows the factor book down, and in which order it stands.
struct Asked {
    q: String,
    kind: String,
    region: String,
    sort: String,
    page: usize,
}

impl Asked {
    fn read(query: Option<&str>) -> Self {
        let asked = pairs(query);
        let get = |name: &str| asked.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
        Asked {
            q: get("q"),
            kind: get("kind"),
            region: get("region"),
            sort: get("sort"),
            page: get("page").parse().unwrap_or(1).max(1),
        }
    }

    fn at(&self, path: &str, sort: &str, page: &str) -> String {
        let said = [("q", &self.q), ("kind", &self.kind), ("region", &self.region)];
        let said = said.map(|(name, value)| (name, value.as_str()));
        address(path, said.into_iter().chain([("sort", sort), ("page", page)]))
    }

    fn filtered(&self, catalogue: &Catalogue, lang: Lang) -> Vec<Entry> {
        let mut found = entries(catalogue, lang);
        let q = self.q.to_lowercase();
        found.retain(|entry| {
            let title = |methodology: &Arc<Methodology>| methodology.title.in_lang(lang.into()).to_lowercase();
            let said = |text: &str| text.to_lowercase().contains(&q);
            (q.is_empty()
                || said(&entry.label)
                || said(&entry.source)
                || entry.used_by.iter().any(|m| title(m).contains(&q)))
                && (self.kind.is_empty() || entry.kind == self.kind)
                && (self.region.is_empty() || entry.region == self.region)
        });
        match self.sort.trim_start_matches('-') {
            "region" => found.sort_by(|a, b| a.region.cmp(&b.region)),
            "year" => found.sort_by_key(|entry| entry.year),
            "kind" => found.sort_by(|a, b| a.kind.cmp(&b.kind)),
            _ => {}
        }
        if self.sort.starts_with('-') {
            found.reverse();
        }
        found
    }

    fn column(&self, column: Column, sort: &'static str) -> Column {
        let (now, next) = match self.sort.as_str() {
            here if here == sort => ("ascending", format!("-{sort}")),
            here if here.strip_prefix('-') == Some(sort) => ("descending", sort.to_owned()),
            "" if sort == "name" => ("ascending", "-name".to_owned()),
            _ => ("none", sort.to_owned()),
        };
        let href = self.at("/factors", &next, "");
        Column {
            sort: Some(Sort { href, now }),
            ..column
        }
    }
}

const PAGE: usize = 60;

async fn factors(state: Ours, lang: Lang, signed: Signed, RawQuery(query): RawQuery) -> Result<Response, Oops> {
    let asked = Asked::read(query.as_deref());
    let catalogue = state.app.catalogue();
    let found = asked.filtered(&catalogue, lang);
    let count = found.len();
    let from = (asked.page - 1).saturating_mul(PAGE);
    let rows: Vec<Vec<Cell>> = found
        .iter()
        .skip(from)
        .take(PAGE)
        .map(|entry| row(entry, lang))
        .collect();
    let next =
        (count > from.saturating_add(PAGE)).then(|| asked.at("/factors", &asked.sort, &(asked.page + 1).to_string()));
    let (kinds, regions) = choices(&catalogue, &asked, lang);
    let filters = vec![
        FormField::line("q", lang.say("paper-search"))
            .value(&asked.q)
            .optional(),
        FormField::new("kind", lang.say("activity-kind"), Input::Select(kinds)).optional(),
        FormField::new("region", lang.say("activity-region"), Input::Select(regions)).optional(),
    ];
    let values = Table {
        caption: lang.say("paper-book"),
        columns: vec![
            asked.column(Column::text(lang.say("activity-factor")), "name"),
            Column::number(lang.say("paper-value")),
            asked.column(Column::text(lang.say("activity-region")), "region"),
            asked.column(Column::text(lang.say("activity-year")), "year"),
            asked.column(Column::text(lang.say("activity-kind")), "kind"),
            Column::text(lang.say("activity-source")),
            Column::text(lang.say("paper-used-by")),
        ],
        rows,
        filters,
        filtered: !(asked.q.is_empty() && asked.kind.is_empty() && asked.region.is_empty()),
        here: "/factors".to_owned(),
        first: (asked.page > 1).then(|| asked.at("/factors", &asked.sort, "")),
        next,
        csv: Some(asked.at("/factors.csv", &asked.sort, "")),
        empty: lang.say("paper-nothing"),
    };
    let mut unknown: Vec<(String, Vec<String>)> = Vec::new();
    for category in CATEGORIES {
        let of_category = catalogue::UNKNOWN.iter().filter(|one| one.category == category);
        let names: Vec<String> = of_category
            .map(|one| if lang == Lang::Zh { one.zh } else { one.en }.to_owned())
            .collect();
        if !names.is_empty() {
            unknown.push((category_words(category, lang), names));
        }
    }
    let counted = |key: &str, count: usize| lang.say_with(key, &[("count", count.to_string().as_str())]);
    let page = FactorBook {
        lang,
        words: counted("paper-values", count),
        values,
        unknown,
        unknown_words: counted("paper-unknown-words", catalogue::UNKNOWN.len()),
    };
    let title = lang.say("paper-book");
    for_all(&state, lang, signed, title, Page::Plain, page.render()).await
}

fn row(entry: &Entry, lang: Lang) -> Vec<Cell> {
    let title = |methodology: &Methodology| methodology.title.in_lang(lang.into()).to_owned();
    vec![
        Cell::Two {
            text: entry.label.clone(),
            below: unit_words(&entry.unit, lang),
        },
        Cell::text(&entry.value),
        Cell::text(region_words(&entry.region, lang)),
        Cell::text(entry.year.to_string()),
        Cell::text(kind_words(&entry.kind, lang)),
        match &entry.url {
            Some(url) => Cell::link(url, &entry.source),
            None => Cell::text(&entry.source),
        },
        match entry.used_by.as_slice() {
            [one] => Cell::link(href(one), title(one)),
            several => Cell::Two {
                text: lang.say_with("paper-used-by-many", &[("count", several.len().to_string().as_str())]),
                below: several.iter().map(|one| title(one)).collect::<Vec<_>>().join(" · "),
            },
        },
    ]
}

fn choices(catalogue: &Catalogue, asked: &Asked, lang: Lang) -> (Vec<Choice>, Vec<Choice>) {
    let all = entries(catalogue, lang);
    let list = |values: BTreeMap<String, String>, chosen: &str| {
        let any = Choice::new("", lang.say("part-any"), chosen.is_empty());
        let each = values
            .into_iter()
            .map(|(value, label)| Choice::new(value.as_str(), label, value == chosen));
        std::iter::once(any).chain(each).collect::<Vec<Choice>>()
    };
    let kinds = all.iter().map(|e| (e.kind.clone(), kind_words(&e.kind, lang)));
    let regions = all.iter().map(|e| (e.region.clone(), region_words(&e.region, lang)));
    (
        list(kinds.collect(), &asked.kind),
        list(regions.collect(), &asked.region),
    )
}

async fn factors_csv(state: Ours, lang: Lang, RawQuery(query): RawQuery) -> Response {
    let header = [
        "factor",
        "value",
        "unit",
        "region",
        "year",
        "kind",
        "source",
        "url",
        "methodologies",
    ];
    let asked = Asked::read(query.as_deref());
    let rows: Vec<Vec<String>> = asked
        .filtered(&state.app.catalogue(), lang)
        .into_iter()
        .map(|entry| {
            let used: Vec<String> = entry.used_by.iter().map(|m| m.reference()).collect();
            vec![
                entry.label,
                entry.value.replace(',', ""),
                entry.unit,
                entry.region,
                entry.year.to_string(),
                entry.kind,
                entry.source,
                entry.url.unwrap_or_default(),
                used.join(" "),
            ]
        })
        .collect();
    attachment("factors.csv", &header, rows.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_what_was_said() {
        assert_eq!(address("/factors", [("q", "a&b"), ("kind", "")]), "/factors?q=a%26b");
        assert_eq!(address("/factors", []), "/factors");
        assert_eq!(pairs(Some("q=a%26b&q=c")).get("q").map(String::as_str), Some("c"));
    }

    #[test]
    fn every_shipped_methodology_says_what_one_act_avoids() {
        for (name, text) in catalogue::FILES {
            let methodology = Methodology::parse(text).unwrap();
            let (mass, _) = one_act(&methodology).unwrap();
            assert!(mass.mg() > 0, "{name}");
        }
    }
}
