//! All records of a person, and how records are shown in rows by day.

use std::collections::HashMap;

use app::{Error, RecordView, Standing, Which};
use axum::extract::Query;
use axum::response::Response;
use domain::measure::{Day, EntryId};
use domain::programme::Programme;
use serde::Deserialize;

use super::list::CATEGORIES;
use super::{Me, Ours, me};
use crate::door::{Oops, Signed, reason_words};
use crate::lang::Lang;
use crate::pages::carbon;
use crate::pages::home::{category_word, grade_words, icon};
use crate::show::{Choice, FormField, Icon, Input, Page, Record, RecordDay, Records, State};

/// Records on a page.
const PAGE: u32 = 50;

/// What the list is narrowed by, and where it begins. Unknown words narrow nothing.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    category: String,
    before: Option<String>,
}

/// The kinds of records in the order of their choices.
const KINDS: [(&str, Which, &str); 3] = [
    ("credited", Which::Credited, "activity-which-credited"),
    ("refused", Which::Refused, "activity-which-refused"),
    ("orders", Which::Orders, "activity-which-orders"),
];

pub(super) async fn records(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let before: Option<EntryId> = asked.before.as_ref().and_then(|before| before.parse().ok());
    let kind = KINDS.iter().find(|(word, ..)| *word == asked.state);
    let category = CATEGORIES.into_iter().find(|one| category_word(*one) == asked.category);
    let which = kind.map_or(Which::All, |(_, which, _)| *which);
    let (app, programme) = (&state.app, &me.programme);
    let page = app
        .statement_of(&me.caller, programme, me.participant, (which, category), before, PAGE)
        .await
        .map_err(oops)?;
    let all = which == Which::All && category.is_none();
    let mut shown = Vec::new();
    if all && before.is_none() {
        shown = app.waiting(&me.caller, programme, me.participant).await.map_err(oops)?;
    }
    shown.extend(page.entries);
    let choice = |word: &str, words: String, here: &str| Choice::new(word, words, word == here);
    let any = |here: &str| choice("", lang.say("activity-which-all"), here);
    let state_word = kind.map_or("", |(word, ..)| word);
    let category_here = category.map_or("", category_word);
    let kinds = KINDS
        .iter()
        .map(|(word, _, key)| choice(word, lang.say(key), state_word));
    let categories = CATEGORIES.into_iter().map(|one| {
        let word = category_word(one);
        choice(word, lang.say(&format!("activity-category-{word}")), category_here)
    });
    let select = |name: &str, key: &str, choices: Vec<Choice>| {
        FormField::new(name, lang.say(key), Input::Select(choices)).optional()
    };
    let narrowed = format!("state={state_word}&category={category_here}");
    let records = Records {
        lang,
        filters: vec![
            select(
                "state",
                "activity-state",
                std::iter::once(any(state_word)).chain(kinds).collect(),
            ),
            select(
                "category",
                "activity-category",
                std::iter::once(any(category_here)).chain(categories).collect(),
            ),
        ],
        filtered: !all,
        days: days(&state, &me, &shown, lang).await.map_err(oops)?,
        empty: lang.say(if all {
            "activity-records-first"
        } else {
            "activity-records-none"
        }),
        older: page.next.map(|next| format!("/records?{narrowed}&before={next}")),
        newest: before.map(|_| format!("/records?{narrowed}")),
    };
    me.act_page(lang, lang.say("activity-records"), Page::Plain, records.render())
}

/// Records by day, with the names of the orders that they are about.
async fn days(state: &Ours, me: &Me, records: &[RecordView], lang: Lang) -> Result<Vec<RecordDay>, Error> {
    let mut orders = HashMap::new();
    if records
        .iter()
        .any(|record| record.act.is_none() && record.about.is_some())
    {
        let known = state.app.orders(&me.caller, &me.programme, me.participant).await?;
        orders = known
            .into_iter()
            .map(|order| (order.id.number(), order.title.in_lang(lang.into()).to_owned()))
            .collect();
    }
    Ok(by_day(records, me, &orders, state.app.now_us(), lang))
}

/// Records, newest first, by the civil day on which they happened or were booked.
pub(in crate::pages) fn by_day(
    records: &[RecordView],
    me: &Me,
    orders: &HashMap<i64, String>,
    now_us: i64,
    lang: Lang,
) -> Vec<RecordDay> {
    let zone = &me.programme.zone;
    let today = zone.day_of(now_us);
    let mut days: Vec<(Day, i64, RecordDay)> = Vec::new();
    let held_for = |spent: &RecordView| {
        let held = |one: &&RecordView| {
            let same = one.state == Standing::Held && one.about == spent.about;
            same && spent.booked_us - one.booked_us < 60_000_000
        };
        records.iter().find(held).filter(|_| spent.state == Standing::Spent)
    };
    // what is handed over at once is one line, not held and then spent
    let at_once: Vec<_> = records
        .iter()
        .filter_map(|spent| Some((spent.record?, held_for(spent)?.record?)))
        .collect();
    for record in records {
        if at_once.iter().any(|(_, held)| record.record == Some(*held)) {
            continue;
        }
        let at_us = record.act.as_ref().map_or(record.booked_us, |act| act.started_us);
        let day = zone.day_of(at_us);
        let place = days.iter().position(|(one, ..)| *one == day).unwrap_or_else(|| {
            let name = day_name(day, today, lang);
            let (total, records) = (None, Vec::new());
            days.push((day, 0, RecordDay { name, total, records }));
            days.len() - 1
        });
        let (_, mg, shown) = &mut days[place];
        if matches!(record.state, Standing::Credited | Standing::Raised) {
            *mg += record.mg;
        }
        let mut row = row(record, me, orders, lang);
        if let State::Points { amount } = &mut row.state
            && at_once.iter().any(|(spent, _)| record.record == Some(*spent))
        {
            amount.insert(0, '−');
        }
        shown.records.push(row);
    }
    // acts come in late: the days stand in their order, whatever the order of the books
    days.sort_by_key(|(day, ..)| std::cmp::Reverse(*day));
    let with_total = |(_, mg, day): (Day, i64, RecordDay)| RecordDay {
        total: (mg > 0).then(|| format!("+{}", carbon(mg, lang))),
        ..day
    };
    days.into_iter().map(with_total).collect()
}

/// A day as a reader says it.
pub(in crate::pages) fn day_name(day: Day, today: Day, lang: Lang) -> String {
    match today.epoch_days() - day.epoch_days() {
        0 => lang.say("home-day-today"),
        1 => lang.say("home-day-yesterday"),
        _ => {
            let date = day.date();
            let (month, number) = (date.month().to_string(), date.day().to_string());
            let weekday = weekday(day, lang);
            let parts = [
                ("month", month.as_str()),
                ("day", number.as_str()),
                ("weekday", weekday.as_str()),
            ];
            let name = lang.say_with("home-day", &parts);
            if date.year() == today.year() {
                name
            } else {
                format!("{} {name}", date.year())
            }
        }
    }
}

pub(in crate::pages) fn weekday(day: Day, lang: Lang) -> String {
    lang.say(&format!("home-weekday-{}", day.date().weekday().to_monday_one_offset()))
}

/// The time of day.
fn clock(programme: &Programme, at_us: i64) -> String {
    let whole = programme.zone.clock_time(at_us);
    whole.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// An instant as a reader says it.
pub(in crate::pages) fn moment(programme: &Programme, at_us: i64, now_us: i64, lang: Lang) -> String {
    let zone = &programme.zone;
    let day = day_name(zone.day_of(at_us), zone.day_of(now_us), lang);
    format!("{day} {}", clock(programme, at_us))
}

/// A record as a row.
pub(in crate::pages) fn row(record: &RecordView, me: &Me, orders: &HashMap<i64, String>, lang: Lang) -> Record {
    let Some(act) = &record.act else {
        return movement(record, me, orders, lang);
    };
    let amount = carbon(record.mg, lang);
    let state = match record.state {
        Standing::Submitted => State::Checking {
            amount: carbon(act.weighted_mg, lang),
        },
        Standing::InReview | Standing::MoreWanted => State::Review {
            amount: carbon(act.weighted_mg, lang),
            more: record.state == Standing::MoreWanted,
        },
        Standing::Refused | Standing::Appealed => {
            let code = record.reason.as_deref().unwrap_or("settled");
            State::Refused {
                reason: reason_words(code, record.detail.as_deref(), lang),
            }
        }
        Standing::Reversed => State::Reversed { amount },
        _ => State::Credited {
            amount: format!("+{amount}"),
        },
    };
    let sent = record.submission.map(|id| format!("/sent/{id}"));
    Record {
        icon: icon(&act.behaviour, act.category),
        title: act.title.in_lang(lang.into()).to_owned(),
        when: clock(&me.programme, act.started_us),
        evidence: Some(match record.about {
            Some(_) => lang.say("activity-raised"),
            None => grade_words(act.grade, lang),
        }),
        state,
        href: record.record.map(|id| format!("/why/{id}")).or(sent),
    }
}

/// Points that moved without an act.
fn movement(record: &RecordView, me: &Me, orders: &HashMap<i64, String>, lang: Lang) -> Record {
    let points = me.points(record.points_milli.abs(), lang);
    let (icon, key, sign) = match record.state {
        Standing::Reversal => (Icon::Leaf, "activity-reversal", "−"),
        Standing::Held => (Icon::Store, "activity-held", "−"),
        Standing::Released => (Icon::Store, "activity-released", "+"),
        Standing::Prize => (Icon::Store, "activity-prize", "+"),
        Standing::Returned => (Icon::Store, "activity-returned", "−"),
        _ => (Icon::Store, "activity-spent", ""),
    };
    let words = lang.say(key);
    let ordered = record.about.and_then(|about| orders.get(&about.number()));
    Record {
        icon,
        title: ordered.cloned().unwrap_or_else(|| words.clone()),
        when: clock(&me.programme, record.booked_us),
        evidence: ordered.map(|_| words),
        state: State::Points {
            amount: format!("{sign}{} {}", points.value, points.unit),
        },
        href: record.record.map(|id| format!("/why/{id}")),
    }
}
