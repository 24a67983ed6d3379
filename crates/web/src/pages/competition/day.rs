//! A day: its board, and how one's own day went.

use app::{Error, Refused};
use axum::extract::Path;
use axum::response::Response;
use domain::competition::DayState;
use domain::measure::Day;

use super::words::{clock, date, day_scale, moment, place};
use super::{Me, Ours, here};
use crate::State;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::pages::activity::weekday;
use crate::show::{Curve, DayPage, Fact, Scale, Spell};

pub(super) async fn day(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((id, day)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let (me, one) = here(&state, signed, &id, lang).await?;
    let nothing = || oops(Refused::NotFound("day").into());
    let day = Day::parse(&day)
        .filter(|day| one.terms.covers(*day))
        .ok_or_else(nothing)?;
    let (app, programme) = (&state.app, &me.programme);
    let rows = app.day_board(&me.caller, programme, one.id, day).await.map_err(oops)?;
    let days = app
        .competition_days(&me.caller, programme, one.id)
        .await
        .map_err(oops)?;
    let this = days.iter().find(|one| one.day == day).ok_or_else(nothing)?;
    let scale = day_scale(one.terms.metric, lang);
    let words = match (&this.champion, this.state) {
        (Some(best), _) => {
            let name = best.name.clone().unwrap_or_else(|| lang.say("competition-nameless"));
            let value = scale.words(best.value);
            lang.say_with(
                "competition-champion-of",
                &[("name", name.as_str()), ("value", value.as_str())],
            )
        }
        (None, DayState::Running | DayState::Provisional { .. }) => {
            let (day, until) = (date(day, lang), moment(&programme.zone, this.final_us, lang));
            lang.say_with("competition-until", &[("day", day.as_str()), ("until", until.as_str())])
        }
        (None, _) => String::new(),
    };
    let state_words = match this.state {
        DayState::Ahead => ("calm", "competition-day-ahead"),
        DayState::Running => ("", "competition-day-running"),
        DayState::Provisional { .. } => ("wait", "competition-provisional"),
        DayState::Final => ("calm", "competition-final"),
    };
    let beside = |by: i32| {
        let there = day.plus(by);
        let begun = days.iter().any(|one| one.day == there && one.state != DayState::Ahead);
        begun.then(|| format!("/compete/{}/days/{there}", one.id))
    };
    let (mine, led, curve) = story(&state, &me, one.id, day, &scale, lang).await.map_err(oops)?;
    let page = DayPage {
        lang,
        back: (
            format!("/compete/{}", one.id),
            one.title.in_lang(lang.into()).to_owned(),
        ),
        title: match lang {
            Lang::Zh => format!("{} {}", date(day, lang), weekday(day, lang)),
            Lang::En => format!("{}, {}", weekday(day, lang), date(day, lang)),
        },
        state: (state_words.0, lang.say(state_words.1)),
        words,
        mine,
        led,
        curve,
        rows: rows.iter().map(|row| place(row, &scale, lang)).collect(),
        before: beside(-1),
        after: beside(1),
        scale,
    };
    me.race(lang, page.title.clone(), page.render())
}

type Story = (Vec<Fact>, Vec<Spell>, Option<Curve>);

/// How one's own day went; nothing for who does not compete.
async fn story(
    state: &State,
    me: &Me,
    id: domain::measure::Id,
    day: Day,
    scale: &Scale,
    lang: Lang,
) -> Result<Story, Error> {
    let (app, programme, who) = (&state.app, &me.programme, me.participant);
    if app.entry(&me.caller, programme, id, who).await?.is_none() {
        return Ok(Story::default());
    }
    let own = app.own_days(&me.caller, programme, id, who).await?;
    let Some(own) = own.iter().find(|own| own.day == day) else {
        return Ok(Story::default());
    };
    let mut facts = vec![Fact::new(lang.say("competition-counts"), scale.words(own.value))];
    if let Some(late) = own.late {
        facts.push(Fact::new(lang.say("competition-late"), scale.words(late)));
    }
    if let Some(why) = &own.voided {
        facts.push(Fact::new(lang.say("competition-voided"), why));
    }
    let told = app.day_story(&me.caller, programme, id, who, day).await?;
    let time = |at_us: i64| clock(&programme.zone, at_us);
    let spell = |(from, until): &(i64, Option<i64>)| Spell {
        words: match until {
            Some(until) => lang.say_with(
                "competition-led",
                &[("from", time(*from).as_str()), ("until", time(*until).as_str())],
            ),
            None => lang.say_with("competition-led-on", &[("from", time(*from).as_str())]),
        },
    };
    let hours: Vec<(u8, String, u64, u64)> = told
        .hours
        .iter()
        .map(|(hour, value, best, worst)| (*hour, scale.words(*value), *best, *worst))
        .collect();
    Ok((facts, told.led.iter().map(spell).collect(), Curve::of(lang, &hours)))
}
