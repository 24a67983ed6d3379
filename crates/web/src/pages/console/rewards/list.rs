//! The rewards as a table, and as a file.

use app::RewardRow;
use axum::extract::{Path, Query};
use axum::response::Response;
use domain::measure::Decimal;
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::rewards::points_words;
use super::super::{Desk, Ours, address, desk, grouped};
use super::{ROOM, codes_left, money, sale};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Cell, Column, Counter, Part, Sort, Table};
use crate::{State, csv};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Sorted {
    sort: String,
}

/// The rewards, cheapest first unless they were asked for otherwise; what runs out, waits or goes best comes first.
async fn sorted(state: &State, desk: &Desk, asked: &Sorted) -> Result<Vec<RewardRow>, Oops> {
    let rows = state.app.reward_rows(&desk.caller, &desk.programme).await;
    let mut rows = rows.map_err(|e| desk.oops(e))?;
    match asked.sort.as_str() {
        "stock" => rows.sort_by_key(|row| row.reward.stock),
        "reserved" => rows.sort_by_key(|row| std::cmp::Reverse(row.reserved)),
        "handed-over" => rows.sort_by_key(|row| std::cmp::Reverse(row.handed_over)),
        _ => {}
    }
    Ok(rows)
}

pub(super) async fn list(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Sorted>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let rows = sorted(&state, &desk, &asked).await?;
    let number = |name: &str| Column::number(lang.say(&format!("rewards-column-{name}")));
    let sorting = |by: &str, name: &str, way: &'static str| {
        let known = ["stock", "reserved", "handed-over"].contains(&asked.sort.as_str());
        let here = if by.is_empty() { !known } else { asked.sort == by };
        Column {
            sort: Some(Sort {
                href: address(&desk.at(ROOM), &[("sort", by)]),
                now: if here { way } else { "none" },
            }),
            ..number(name)
        }
    };
    let text = |name: &str| Column::text(lang.say(&format!("rewards-column-{name}")));
    let table = Table {
        caption: lang.say("console-rewards"),
        columns: vec![
            text("title"),
            text("state"),
            sorting("", "price", "ascending"),
            sorting("stock", "stock", "ascending"),
            sorting("reserved", "reserved", "descending"),
            sorting("handed-over", "handed-over", "descending"),
            number("codes"),
            number("budget"),
        ],
        rows: rows
            .iter()
            .map(|row| {
                let (tone, words) = sale(row, lang);
                vec![
                    Cell::link(
                        desk.at(&format!("/rewards/{}", row.reward.id)),
                        row.reward.title.in_lang(lang.into()),
                    ),
                    Cell::chip(tone, words),
                    Cell::text(points_words(&desk.programme, row.reward.price_milli, lang)),
                    Cell::text(grouped(row.reward.stock)),
                    Cell::text(grouped(row.reserved)),
                    Cell::text(grouped(row.handed_over)),
                    Cell::text(codes_left(row)),
                    Cell::text(money(row.budget_left)),
                ]
            })
            .collect(),
        csv: Some(address(&desk.at("/rewards.csv"), &[("sort", asked.sort.as_str())])),
        empty: lang.say("rewards-none-yet"),
        ..Table::default()
    };
    let mut page = Counter::new(lang, lang.say("console-rewards"));
    if desk.can(Deed::ManageRewards) {
        page.acts.push((desk.at("/rewards/new"), lang.say("rewards-new")));
    }
    page.parts.push(Part {
        id: "list",
        title: lang.say("console-rewards"),
        table: Some(table),
        wide: true,
        ..Part::default()
    });
    desk.page(ROOM, page.title.clone(), page.render())
}

pub(super) async fn file(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Sorted>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let rows = sorted(&state, &desk, &asked).await?;
    let columns = [
        "title",
        "sponsor",
        "state",
        "price",
        "stock",
        "reserved",
        "handed-over",
        "codes",
        "cost",
        "budget",
    ];
    let names = columns.map(|column| lang.say(&format!("rewards-column-{column}")));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let cells = rows.into_iter().map(move |row| {
        vec![
            row.reward.title.in_lang(lang.into()).to_owned(),
            row.reward.sponsor.clone(),
            sale(&row, lang).1,
            Decimal::new(row.reward.price_milli, 3).to_string(),
            row.reward.stock.to_string(),
            row.reserved.to_string(),
            row.handed_over.to_string(),
            codes_left(&row),
            money(row.cost),
            money(row.budget_left),
        ]
    });
    Ok(csv::attachment(&format!("rewards-{slug}.csv"), &names, cells))
}
