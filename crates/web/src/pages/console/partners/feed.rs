//! What a partner sent: by day, by hour, and what was wrong with it.

use app::{FeedHour, FeedView};
use axum::extract::{Path, State as Shared};
use axum::response::Response;
use domain::measure::{Day, PartnerId};

use super::super::super::{Ours, carbon};
use super::super::{Desk, desk};
use super::partner_id;
use crate::State;
use crate::csv::of_table;
use crate::door::{Oops, Signed, reason_words};
use crate::lang::Lang;
use crate::show::{Cell, Chart, ChartBar, Column, Fact, FolioBlock as Block, Section, Table};

const HOUR_US: i64 = 3_600_000_000;
const DAYS: i32 = 7;

/// What a partner sent, by the hour.
pub(super) async fn feed_csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let id = partner_id(&desk, &id)?;
    let since_us = desk.programme.zone.start_of(first_day(&state, &desk));
    let feed = state.app.feed(&desk.caller, &desk.programme, id, since_us).await;
    let feed = feed.map_err(|e| desk.oops(e))?;
    Ok(of_table(&format!("{slug}-feed.csv"), &by_hour(&desk, id, &feed)))
}

/// The first day of the week that a partner's page is about.
pub(super) fn first_day(state: &State, desk: &Desk) -> Day {
    let today = desk.programme.zone.day_of(state.app.now_us());
    Day::from_epoch_days(today.epoch_days() - DAYS + 1)
}

/// The last seven days as a chart.
pub(super) fn week(desk: &Desk, id: PartnerId, feed: &FeedView, first: Day) -> Section {
    let lang = desk.lang;
    let zone = &desk.programme.zone;
    let mut days = [FeedHour::default(); 7];
    for (hour, sent) in &feed.hours {
        let at = zone.day_of(hour * HOUR_US).epoch_days() - first.epoch_days();
        if let Some(day) = usize::try_from(at).ok().and_then(|at| days.get_mut(at)) {
            day.credited += sent.credited;
            day.refused += sent.refused;
            day.repeated += sent.repeated;
            day.faulty += sent.faulty;
            day.mg = day.mg.saturating_add(sent.mg);
        }
    }
    let count = |number: i64| domain::measure::Decimal::new(number, 0).grouped();
    let total = |of: fn(&FeedHour) -> i64| days.iter().map(of).fold(0_i64, i64::saturating_add);
    let figures = vec![
        Fact::new(lang.say("partner-credited"), count(total(|day| day.credited))),
        Fact::new(lang.say("partner-refused"), count(total(|day| day.refused))),
        Fact::new(lang.say("partner-repeated"), count(total(|day| day.repeated))),
        Fact::new(lang.say("partner-faulty"), count(total(|day| day.faulty))),
        Fact::new(lang.say("partner-mass"), carbon(total(|day| day.mg), lang)),
    ];
    let bars = days.iter().zip(first.epoch_days()..).map(|(day, number)| {
        let date = Day::from_epoch_days(number).date();
        let parts = [day.credited, day.refused, day.repeated, day.faulty];
        ChartBar {
            label: format!("{}-{}", date.month(), date.day()),
            parts: parts.map(|part| (part, count(part))).to_vec(),
        }
    });
    let sums = days
        .iter()
        .map(|day| day.credited + day.refused + day.repeated + day.faulty);
    let top = sums.max().unwrap_or_default();
    let section = Section::new("week", lang.say("partner-week"))
        .words(lang.say("partner-week-words"))
        .wide();
    if top == 0 {
        return section.with(Block::Words(lang.say("partner-nothing-sent")));
    }
    let chart = Chart {
        id: "feed".to_owned(),
        words: lang.say("partner-chart"),
        series: vec![
            lang.say("partner-credited"),
            lang.say("partner-refused"),
            lang.say("partner-repeated"),
            lang.say("partner-faulty"),
        ],
        bars: bars.collect(),
        axis: lang.say("partner-day"),
        top: count(top),
    };
    section
        .with(Block::Figures(figures))
        .with(Block::Chart(chart))
        .with(Block::Fold(lang.say("partner-by-hour"), by_hour(desk, id, feed)))
}

/// The hours in which something came, newest first, for who looks for a gap.
fn by_hour(desk: &Desk, id: PartnerId, feed: &FeedView) -> Table {
    let lang = desk.lang;
    let count = |number: i64| Cell::text(domain::measure::Decimal::new(number, 0).grouped());
    let rows = feed.hours.iter().rev().map(|(hour, sent)| {
        vec![
            Cell::text(desk.programme.zone.clock_time(hour * HOUR_US)),
            count(sent.credited),
            count(sent.refused),
            count(sent.repeated),
            count(sent.faulty),
            Cell::text(carbon(sent.mg, lang)),
        ]
    });
    Table {
        caption: lang.say("partner-by-hour"),
        columns: vec![
            Column::text(lang.say("partner-hour")),
            Column::number(lang.say("partner-credited")),
            Column::number(lang.say("partner-refused")),
            Column::number(lang.say("partner-repeated")),
            Column::number(lang.say("partner-faulty")),
            Column::number(lang.say("partner-mass")),
        ],
        rows: rows.collect(),
        csv: Some(desk.at(&format!("/partners/{id}/feed.csv"))),
        ..Table::default()
    }
}

pub(super) fn faults(desk: &Desk, feed: &FeedView) -> Section {
    let lang = desk.lang;
    let rows = feed.faults.iter().map(|fault| {
        vec![
            Cell::text(desk.programme.zone.clock_time(fault.at_us)),
            Cell::Code(fault.event.clone()),
            Cell::Two {
                text: reason_words(&fault.code, None, lang),
                below: fault.detail.clone(),
            },
        ]
    });
    let table = Table {
        caption: lang.say("partner-faults"),
        columns: vec![
            Column::text(lang.say("partner-when")),
            Column::text(lang.say("partner-event")),
            Column::text(lang.say("partner-why")),
        ],
        rows: rows.collect(),
        empty: lang.say("partner-no-faults"),
        ..Table::default()
    };
    Section::new("faults", lang.say("partner-faults"))
        .words(lang.say("partner-faults-words"))
        .wide()
        .with(Block::Table(table))
}
