//! Overview: figures and charts.

use app::{CATEGORIES, DayFigures, Overview as Figures};
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use domain::measure::Day;
use domain::methodology::Category;
use domain::programme::Deed;
use serde::Deserialize;

use super::super::{Ours, carbon, split};
use super::{Desk, address, desk, grouped, rough, whole};
use crate::State;
use crate::csv::attachment;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Alarm, Chart, ChartBar, Fact, Overview, Segment, Sums};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{programme}", get(overview))
        .route("/console/{programme}/overview.csv", get(csv))
}

#[derive(Deserialize)]
struct Span {
    days: Option<String>,
}

impl Span {
    /// 30 days, or 90 where they are asked for.
    fn days(&self) -> i32 {
        if self.days.as_deref() == Some("90") { 90 } else { 30 }
    }
}

async fn overview(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(span): Query<Span>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let days = span.days();
    let found = state.app.overview(&desk.caller, &desk.programme, days).await;
    let found = found.map_err(|e| desk.oops(e))?;
    let mut page = view(&desk, &found, days);
    let competitions = state.app.competitions_listed(&desk.caller, &desk.programme).await;
    let competitions = competitions.map_err(|e| desk.oops(e))?;
    page.alarms.extend(competing(&desk, &competitions));
    desk.page("", lang.say("console-overview"), page.render())
}

async fn csv(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(span): Query<Span>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let found = state.app.overview(&desk.caller, &desk.programme, span.days()).await;
    let found = found.map_err(|e| desk.oops(e))?;
    let rows: Vec<Vec<String>> = found
        .daily
        .iter()
        .map(|one| {
            let numbers = [one.acts, one.refused, one.mg].map(|number| number.to_string());
            let mut row = vec![one.day.to_string(), category(one.category, lang)];
            row.extend(numbers);
            row
        })
        .collect();
    let header = ["day", "category", "acts_credited", "acts_refused", "credited_mg"];
    Ok(attachment(&format!("{slug}-days.csv"), &header, rows.into_iter()))
}

/// A category in words.
pub(super) fn category(category: Category, lang: Lang) -> String {
    let word = match category {
        Category::Clothing => "clothing",
        Category::Food => "food",
        Category::Home => "home",
        Category::Travel => "travel",
        Category::Goods => "goods",
        Category::Office => "office",
        Category::Digital => "digital",
    };
    lang.say(&format!("console-category-{word}"))
}

fn view(desk: &Desk, found: &Figures, days: i32) -> Overview {
    let lang = desk.lang;
    let [today, ..] = &found.periods;
    let active = super::Amount::new(grouped(today.active), format!("/ {}", grouped(found.participants)));
    let waits = found.waiting;
    let figures = vec![
        (
            lang.say("console-credited-today"),
            split(&carbon(rough(today.credited_mg), lang)),
        ),
        (lang.say("console-active-today"), active),
        (
            lang.say("console-outstanding"),
            desk.points(whole(found.supply.points_outstanding_milli)),
        ),
        (
            lang.say("console-waiting"),
            super::Amount::new(
                grouped(waits.appeals + waits.reversals + waits.orders + waits.submissions),
                "",
            ),
        ),
    ];
    let sums = |key: &str, value: &dyn Fn(&app::Period) -> String| Sums {
        name: lang.say(key),
        values: found.periods.iter().map(value).collect(),
    };
    let points = |milli| {
        let amount = desk.points(milli);
        format!("{} {}", amount.value, amount.unit)
    };
    let span = |count: i32| Segment {
        name: lang.say_with("console-days", &[("count", count.to_string().as_str())]),
        href: address(&desk.at(""), &[("days", count.to_string().as_str())]),
        here: count == days,
    };
    let charts = charts(desk, found, days);
    Overview {
        lang,
        today: found.today.to_string(),
        read_only: desk.is_reader(),
        figures,
        alarms: alarms(desk, found),
        periods: ["today", "week", "month"]
            .map(|word| lang.say(&format!("console-{word}")))
            .to_vec(),
        sums: vec![
            sums("console-credited", &|period| carbon(rough(period.credited_mg), lang)),
            sums("console-acts", &|period| grouped(period.acts)),
            sums("console-refused", &|period| grouped(period.refused)),
            sums("console-spent", &|period| points(whole(period.spent_milli))),
            sums("console-active", &|period| grouped(period.active)),
        ],
        supply: supply(desk, found),
        spans: vec![span(30), span(90)],
        empty: charts.is_empty().then(|| lang.say("console-no-figures")),
        charts,
        csv: address(&desk.at("/overview.csv"), &[("days", days.to_string().as_str())]),
    }
}

/// What was issued in points, and where it is: issued less spent less returned is outstanding; of that, some is held.
fn supply(desk: &Desk, found: &Figures) -> Vec<Fact> {
    let supply = &found.supply;
    let parts = [
        ("issued", supply.points_issued_milli),
        ("spent", supply.points_spent_milli),
        ("returned", supply.points_returned_milli),
        ("outstanding", supply.points_outstanding_milli),
        ("held", supply.points_held_milli),
    ];
    let fact = |(word, milli)| {
        let amount = desk.points(whole(milli));
        let name = desk.lang.say(&format!("console-supply-{word}"));
        Fact::new(name, format!("{} {}", amount.value, amount.unit))
    };
    parts.map(fact).to_vec()
}

fn alarms(desk: &Desk, found: &Figures) -> Vec<Alarm> {
    let lang = desk.lang;
    let verified = match found.verified {
        Some((at_us, true)) => lang.say_with("console-verified", &[("when", desk.time(at_us).as_str())]),
        Some((at_us, false)) => lang.say_with("console-verified-faulty", &[("when", desk.time(at_us).as_str())]),
        None => lang.say("console-balanced-detail"),
    };
    let sound = found.balanced && found.verified.is_none_or(|(_, sound)| sound);
    let mut alarms = vec![Alarm {
        tone: if sound { "" } else { "no" },
        icon: if sound { "check" } else { "no" },
        words: lang.say(if sound {
            "console-balanced"
        } else {
            "console-unbalanced"
        }),
        detail: verified,
        href: None,
    }];
    let orders = desk.can(Deed::ReadOrders).then(|| desk.at("/orders"));
    let waiting = &found.waiting;
    for (key, tone, count, href) in [
        ("console-failing-jobs", "no", waiting.jobs, Some(desk.at("/work"))),
        ("console-overdue-appeals", "no", waiting.overdue, Some(desk.at("/work"))),
        (
            "console-waiting-appeals",
            "wait",
            waiting.appeals,
            Some(desk.at("/work")),
        ),
        (
            "console-waiting-reversals",
            "wait",
            waiting.reversals,
            Some(desk.at("/work")),
        ),
        ("console-waiting-orders", "calm", waiting.orders, orders),
        (
            "console-waiting-photos",
            "wait",
            waiting.submissions,
            desk.can(Deed::ReadEvidence).then(|| desk.at("/review")),
        ),
    ] {
        if count > 0 {
            alarms.push(Alarm {
                tone,
                icon: if tone == "no" { "no" } else { "wait" },
                words: lang.say_with(key, &[("count", grouped(count).as_str())]),
                detail: String::new(),
                href,
            });
        }
    }
    alarms
}

/// Competitions that need something from somebody.
fn competing(desk: &Desk, all: &[app::CompetitionListed]) -> Vec<Alarm> {
    let lang = desk.lang;
    let alarm = |one: &app::CompetitionListed, need: &app::Need| {
        let (words, path) = super::competitions::need(*need, lang);
        Alarm {
            tone: "wait",
            icon: "compete",
            words,
            detail: one.competition.title.in_lang(lang.into()).to_owned(),
            href: Some(desk.at(&format!(
                "/competitions/{}{}",
                one.competition.id,
                // who only reads is led to the competition
                if desk.can(Deed::ManageCompetition) { path } else { "" }
            ))),
        }
    };
    let each = all
        .iter()
        .flat_map(|one| one.waits.iter().map(move |need| alarm(one, need)));
    each.collect()
}

/// What was credited by category, and how many acts were credited and refused, a bar for each of the last days.
fn charts(desk: &Desk, found: &Figures, days: i32) -> Vec<(String, Chart)> {
    let lang = desk.lang;
    if found.daily.is_empty() {
        return Vec::new();
    }
    let there = |category: &&Category| found.daily.iter().any(|one| one.category == **category && one.mg > 0);
    let shown: Vec<Category> = CATEGORIES.iter().filter(there).copied().collect();
    let first = found.today.epoch_days() - days + 1;
    let each: Vec<Day> = (0..days).map(|day| Day::from_epoch_days(first + day)).collect();
    let on = |day: Day| found.daily.iter().filter(move |one| one.day == day);
    // `11-24` of `2026-11-24`
    let label = |day: &Day| day.to_string().chars().skip(5).collect::<String>();
    let by_category = each.iter().map(|day| ChartBar {
        label: label(day),
        parts: shown
            .iter()
            .map(|category| {
                let mg: i64 = on(*day).filter(|one| one.category == *category).map(|one| one.mg).sum();
                (mg, carbon(rough(mg), lang))
            })
            .collect(),
    });
    let count = |day: Day, number: fn(&DayFigures) -> i64| on(day).map(number).sum::<i64>();
    let by_outcome = each.iter().map(|day| {
        let (acts, refused) = (count(*day, |one| one.acts), count(*day, |one| one.refused));
        ChartBar {
            label: label(day),
            parts: vec![(acts, grouped(acts)), (refused, grouped(refused))],
        }
    });
    let most = |number: fn(&DayFigures) -> i64| each.iter().map(|day| count(*day, number)).max().unwrap_or_default();
    let chart = |id: &str, key: &str, series, bars, top| Chart {
        id: id.to_owned(),
        words: lang.say(key),
        series,
        bars,
        axis: lang.say("console-day"),
        top,
    };
    let outcomes = ["console-acts", "console-refused"].map(|key| lang.say(key)).to_vec();
    let top = grouped(most(|one| one.acts + one.refused));
    let categories = shown.iter().map(|shown| category(*shown, lang)).collect();
    vec![
        (
            lang.say("console-chart-credited-title"),
            chart(
                "by-category",
                "console-chart-credited",
                categories,
                by_category.collect(),
                carbon(rough(most(|one| one.mg)), lang),
            ),
        ),
        (
            lang.say("console-chart-acts-title"),
            chart("by-outcome", "console-chart-acts", outcomes, by_outcome.collect(), top),
        ),
    ]
}
