//! The first page: what this is, or what is mine.

use std::collections::HashMap;

use app::{Catalogue, Days, Error, RecordView, Refused};
use axum::response::{IntoResponse, Redirect, Response};
use domain::evidence::Grade;
use domain::measure::Day;
use domain::methodology::Category;
use domain::programme::Programme;

use super::activity::{by_day, by_hand, counts_in, earns, weekday};
use super::{Me, Ours, carbon, me};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Act, Fact, Home, Icon, Page, Week};

pub(super) async fn home(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    if signed.caller.participants().is_empty() && !signed.caller.desks().is_empty() {
        return Ok(Redirect::to("/console").into_response());
    }
    let address = signed.address.clone();
    match me(&state.app, signed).await {
        Ok(me) => mine(&state, lang, &me).await,
        Err(Error::Refused(Refused::SignIn | Refused::NotFound(_))) => {
            super::programme::welcome(&state, lang, address).await
        }
        Err(error) => Err(oops(error)),
    }
}

async fn mine(state: &crate::State, lang: Lang, me: &Me) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let (app, programme, participant) = (&state.app, &me.programme, me.participant);
    let today = programme.zone.day_of(app.now_us());
    let month = Day::from_epoch_days(today.epoch_days() + 1 - i32::from(today.date().day()));
    let week_ago = Day::from_epoch_days(today.epoch_days() - 6);
    let balances = app.balances(&me.caller, programme, participant).await.map_err(oops)?;
    let mut records = app.waiting(&me.caller, programme, participant).await.map_err(oops)?;
    let page = app
        .statement(&me.caller, programme, participant, None, 60)
        .await
        .map_err(oops)?;
    let days = app
        .days(&me.caller, programme, participant, month.min(week_ago))
        .await
        .map_err(oops)?;
    let since = |from: Day| {
        days.iter()
            .filter(|(day, ..)| *day >= from)
            .map(|(_, carbon, _)| carbon.mg())
            .sum::<i64>()
    };
    let (gained, avoided) = (since(today), since(month));
    let checking: i64 = records.iter().filter_map(|r| Some(r.act.as_ref()?.weighted_mg)).sum();
    let waits = !records.is_empty();
    let mut parts = vec![
        Fact::new(lang.say("home-in-review"), carbon(checking, lang)),
        Fact::new(lang.say("home-avoided"), carbon(balances.reduction_mg, lang)),
    ];
    if balances.points_held_milli > 0 {
        let held = me.points(balances.points_held_milli, lang);
        parts.push(Fact::new(
            lang.say("home-held"),
            format!("{} {}", held.value, held.unit),
        ));
    }
    let acts = acts(&app.catalogue(), programme, &page.entries, today, lang);
    records.extend(page.entries.into_iter().filter(|record| record.act.is_some()).take(12));
    let say = |key: &str, mg: i64| lang.say_with(key, &[("amount", carbon(mg, lang).as_str())]);
    let home = Home {
        lang,
        to_spend: me.points(balances.points_available_milli, lang),
        today: if gained > 0 {
            say("home-today", gained)
        } else {
            lang.say("home-today-none")
        },
        month: (avoided > 0).then(|| say("home-month", avoided)),
        parts,
        acts,
        days: by_day(&records, me, &HashMap::new(), app.now_us(), lang),
        checking: waits,
        week: week(&days, today, lang),
        who: participant.to_string(),
        race: super::competition::running(state, me, lang).await.map_err(oops)?,
    };
    me.act_page(lang, lang.say("home-title"), Page::Hero, home.render())
}

pub(super) fn icon(behaviour: &str, category: Category) -> Icon {
    match Icon::of(behaviour) {
        Icon::Leaf => Icon::of(category_word(category)),
        known => known,
    }
}

pub(super) const fn category_word(category: Category) -> &'static str {
    match category {
        Category::Clothing => "clothing",
        Category::Food => "food",
        Category::Home => "home",
        Category::Travel => "travel",
        Category::Goods => "goods",
        Category::Office => "office",
        Category::Digital => "digital",
    }
}

/// A grade with what it means.
pub(super) fn grade_words(grade: Grade, lang: Lang) -> String {
    format!("{grade} · {}", lang.say(&format!("activity-grade-{}", grade.index())))
}

/// What most people can do on most days, for those who have done nothing yet.
const COMMON: [&str; 10] = [
    "metro-trip",
    "lights-off",
    "no-tableware",
    "clean-plate",
    "bus-trip",
    "vegetarian-meal",
    "old-clothes",
    "walking-by-steps",
    "paper-saved",
    "plastic-bottle-return",
];

/// The eight acts that this person is likeliest to record by hand: those done lately, then common ones, then others.
fn acts(catalogue: &Catalogue, programme: &Programme, done: &[RecordView], day: Day, lang: Lang) -> Vec<Act> {
    let done: Vec<&str> = done
        .iter()
        .filter_map(|record| Some(record.act.as_ref()?.behaviour.as_str()))
        .collect();
    let rank = |behaviour: &str| {
        let lately = done.iter().position(|one| *one == behaviour);
        let common = COMMON.iter().position(|one| *one == behaviour);
        lately.or(common.map(|place| place + done.len())).unwrap_or(usize::MAX)
    };
    let mut known: Vec<_> = catalogue
        .in_force(programme.id)
        .filter(|(_, in_force)| by_hand(&in_force.methodology).is_some())
        .filter(|(_, in_force)| counts_in(&in_force.methodology, &programme.region, day))
        .collect();
    known.sort_by_key(|(behaviour, _)| rank(behaviour));
    known.truncate(8);
    let act = |(behaviour, in_force): (&str, &app::InForce)| {
        let methodology = &in_force.methodology;
        let earns = earns(methodology, &programme.region, day, lang);
        Act {
            icon: icon(behaviour, methodology.category),
            name: short(methodology.title.in_lang(lang.into())).to_owned(),
            earns: earns.unwrap_or_else(|| lang.say("activity-varies")),
            href: format!("/act/{behaviour}"),
        }
    };
    known.into_iter().map(act).collect()
}

/// A title without what sets it apart from its like: `地铁出行（按次）`, `Metro trip, flat`.
fn short(title: &str) -> &str {
    let end = title.find(['（', ',']).filter(|end| *end > 0);
    end.map_or(title, |end| &title[..end])
}

/// The last seven days.
fn week(days: &Days, today: Day, lang: Lang) -> Week {
    let last = (0..7).rev().map(|back| Day::from_epoch_days(today.epoch_days() - back));
    let mut total = 0;
    let bars = last.map(|day| {
        let mg = days
            .iter()
            .find(|(one, ..)| *one == day)
            .map_or(0, |(_, carbon, _)| carbon.mg());
        total += mg;
        (weekday(day, lang), carbon(mg, lang), mg)
    });
    let bars = bars.collect();
    Week::new(lang, carbon(total, lang), bars)
}
