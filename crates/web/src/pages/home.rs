//! The first page: what this is, or what is mine.

use app::{Catalogue, Error, RecordView, Refused, Standing};
use axum::response::{IntoResponse, Redirect, Response};
use domain::evidence::Grade;
use domain::measure::{Carbon, Day};
use domain::methodology::{Category, Context, Said, quantify};
use domain::programme::Programme;

use super::{Me, Ours, carbon, html, me};
use crate::door::{Oops, Signed, reason_words};
use crate::lang::Lang;
use crate::show::{Act, Home, Icon, Page, Record, State, TabWord, Week};

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
    let (app, programme) = (&state.app, &me.programme);
    let balances = app
        .balances(&me.caller, programme, me.participant)
        .await
        .map_err(oops)?;
    let waiting = app.waiting(&me.caller, programme, me.participant).await.map_err(oops)?;
    let page = app
        .statement(&me.caller, programme, me.participant, None, 200)
        .await
        .map_err(oops)?;
    let today = programme.zone.day_of(app.now_us());
    let credited = |record: &&RecordView| record.state == Standing::Credited;
    let month: i64 = page
        .entries
        .iter()
        .filter(credited)
        .filter_map(|record| Some((Day::parse(&record.act.as_ref()?.day)?, record.mg)))
        .filter(|(day, _)| domain::measure::Period::Month.number(*day) == domain::measure::Period::Month.number(today))
        .map(|(_, mg)| mg)
        .sum();
    let mut records: Vec<Record> = waiting.iter().map(|record| row(record, programme, lang)).collect();
    records.extend(
        page.entries
            .iter()
            .filter(|r| r.act.is_some())
            .take(20)
            .map(|r| row(r, programme, lang)),
    );
    let home = Home {
        lang,
        to_spend: me.points(balances.points_available_milli, lang),
        today: None,
        in_review: waiting.len().to_string(),
        avoided: carbon(month, lang),
        returned: None,
        acts: acts(&app.catalogue(), programme, today, lang),
        week: week(&page.entries, today, lang),
        records,
        all_records: None,
    };
    let inner = home.render().map_err(|e| Oops::template(&e, lang))?;
    html(
        &me.shell(lang, lang.say("home-title"), Page::Hero, Some(TabWord::Home), inner),
        lang,
    )
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

fn row(record: &RecordView, programme: &Programme, lang: Lang) -> Record {
    let act = record.act.as_ref();
    let amount = carbon(record.mg, lang);
    let state = match record.state {
        Standing::Submitted => State::Checking { amount: String::new() },
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
    let at_us = act.map_or(record.booked_us, |act| act.started_us);
    Record {
        icon: act.map_or(Icon::Leaf, |act| icon(&act.behaviour, act.category)),
        title: act
            .map(|act| act.title.in_lang(lang.into()).to_owned())
            .unwrap_or_default(),
        when: programme.zone.clock_time(at_us),
        evidence: act
            .filter(|_| record.record.is_some())
            .map(|act| grade_words(act.grade, lang)),
        state,
        href: record.record.map(|id| format!("/why/{id}")),
    }
}

/// A grade with what it means.
pub(super) fn grade_words(grade: Grade, lang: Lang) -> String {
    format!("{grade} · {}", lang.say(&format!("activity-grade-{}", grade.index())))
}

/// The behaviours of a programme that a person knows best, with what one of each earns.
fn acts(catalogue: &Catalogue, programme: &Programme, day: Day, lang: Lang) -> Vec<Act> {
    let earns = |methodology: &std::sync::Arc<domain::methodology::Methodology>| {
        let grade = Grade::ALL
            .into_iter()
            .find(|grade| *grade >= Grade::E1 && methodology.accepts(*grade))?;
        let context = Context {
            region: &programme.region,
            day,
            grade,
        };
        // what one act earns where nothing has to be said; else what the first worked example earns
        let inputs = methodology.read_inputs(std::iter::empty::<(&str, Said<'_>)>()).ok()?;
        let working = quantify(methodology, inputs, &context).ok()?;
        Some(format!("+{}", carbon(working.weighted.mg(), lang)))
    };
    let mut acts: Vec<Act> = catalogue
        .in_force(programme.id)
        .filter_map(|(behaviour, in_force)| {
            let earns = earns(&in_force.methodology)?;
            let name = in_force.methodology.title.in_lang(lang.into()).to_owned();
            Some(Act {
                icon: icon(behaviour, in_force.methodology.category),
                name,
                earns,
                href: None,
            })
        })
        .collect();
    acts.sort_by_key(|act| act.icon == Icon::Leaf);
    acts.truncate(8);
    acts
}

/// The last seven days.
fn week(entries: &[RecordView], today: Day, lang: Lang) -> Option<Week> {
    let mut days: Vec<(Day, i64)> = (0..7)
        .rev()
        .map(|back| (Day::from_epoch_days(today.epoch_days() - back), 0))
        .collect();
    for record in entries.iter().filter(|record| record.state == Standing::Credited) {
        let day = record.act.as_ref().and_then(|act| Day::parse(&act.day));
        if let Some(slot) = days.iter_mut().find(|(one, _)| Some(*one) == day) {
            slot.1 += record.mg;
        }
    }
    let total: i64 = days.iter().map(|(_, mg)| mg).sum();
    if total == 0 {
        return None;
    }
    let bars = days.into_iter().map(|(day, mg)| {
        let date = day.date();
        let name = format!("{}/{}", date.month(), date.day());
        let shown = carbon(mg, lang);
        let short = shown.split(' ').next().unwrap_or_default().to_owned();
        (name, shown, if mg == 0 { String::new() } else { short }, mg)
    });
    Some(Week::new(
        lang,
        Carbon::from_mg(total).show(lang.into()),
        bars.collect(),
    ))
}
