//! One act with everything that bears on it.

use app::{Queue, ReviewView, Standing};
use domain::evidence::photo::Source;
use domain::evidence::{Kind, SIGNS, Sign, Tone};
use domain::measure::Decimal;
use domain::programme::Deed;

use super::super::super::home::grade_words;
use super::super::super::{carbon, split};
use super::super::{Desk, grouped, standing};
use super::{Asked, around, name, short, span};
use crate::State;
use crate::door::Oops;
use crate::lang::Lang;
use crate::show::evidence::{Reason, metres_words, mode_words, speed_words};
use crate::show::{Chart, ChartBar, Choice, Fact, Pane, Picture, ReviewDeeds, ReviewFacts, Sketch};

pub(super) fn pane(state: &State, desk: &Desk, asked: &Asked, found: &Queue, look: &ReviewView) -> Result<Pane, Oops> {
    let (lang, zone, act) = (desk.lang, &desk.programme.zone, &look.act);
    let policy = state.app.evidence_policy(&desk.programme);
    let (before, after) = around(found, look);
    let to = |act: Option<super::Ids>| {
        act.map(|act| asked.href(desk, "/review", &[("after", &asked.after), ("at", &name(act))]))
    };
    let pictures = pictures(desk, look);
    let mut photos = look.proofs.iter().filter(|proof| proof.kind == Kind::Photo).peekable();
    let no_picture = if look.proofs.is_empty() {
        Some(lang.say("review-no-photo"))
    } else if photos.peek().is_some() && photos.all(|proof| !proof.kept) {
        Some(lang.say("review-photo-gone"))
    } else {
        None
    };
    let usual = found
        .usual_us
        .map(|us| lang.say_with("review-usual", &[("time", &span(us, lang))]));
    let place = [
        ("place", grouped(look.place.0 + 1)),
        ("count", grouped(look.place.1.max(look.place.0 + 1))),
    ];
    let place = look.waits.then(|| {
        let values = place.each_ref().map(|(name, value)| (*name, value.as_str()));
        lang.say_with("review-place", &values)
    });
    let worth = split(&carbon(act.worth_mg, lang));
    let note = match (look.may, look.takes_two) {
        (true, true) => Some(lang.say_with("review-takes-two", &[("worth", &carbon(act.worth_mg, lang))])),
        (true, false) => None,
        _ if !look.waits => Some(lang.say("review-cannot-decided")),
        _ if act.own => Some(lang.say("review-cannot-own")),
        _ if look.said_before => Some(lang.say("review-cannot-again")),
        _ => Some(lang.say("review-cannot-read")),
    };
    Ok(Pane {
        title: act.title.in_lang(lang.into()).to_owned(),
        worth: format!("{} {}", worth.value, worth.unit),
        place: place.into_iter().chain(usual).collect::<Vec<_>>().join(" · "),
        pictures,
        no_picture,
        sketch: sketch(look, lang),
        steps: steps(look, lang),
        lines: lines(look, lang),
        reasons: look
            .seen
            .iter()
            .map(|sign| Reason::of(sign, &policy, zone, lang))
            .collect(),
        groups: groups(desk, look),
        said: look
            .said
            .iter()
            .map(|said| {
                let who = said.who.clone().unwrap_or_default();
                let mut what = vec![lang.say(&format!("review-said-{}", said.said))];
                what.extend(said.reason.as_deref().map(|code| short(code, lang)));
                what.extend(Some(said.words.clone()).filter(|words| !words.is_empty()));
                Fact::new(format!("{} {who}", desk.time(said.at_us)), what.join(" · "))
            })
            .collect(),
        note,
        deeds: if look.may && desk.can(Deed::JudgeEvidence) {
            let tone = |code: &str| policy.tone(code);
            Some(deeds(desk, asked, look, after, &tone)?)
        } else {
            None
        },
        previous: to(before),
        next: to(after),
        participant: desk.at(&format!("/participants/{}", act.participant)),
    })
}

fn deeds(
    desk: &Desk,
    asked: &Asked,
    look: &ReviewView,
    after: Option<super::Ids>,
    tone: &dyn Fn(&str) -> Tone,
) -> Result<ReviewDeeds, Oops> {
    let (lang, act) = (desk.lang, &look.act);
    // what was seen comes first; what speaks against nothing is no reason
    let mut codes: Vec<&str> = look.seen.iter().map(Sign::code).collect();
    codes.extend(
        SIGNS
            .into_iter()
            .filter(|code| look.seen.iter().all(|sign| sign.code() != *code)),
    );
    codes.retain(|code| tone(code) != Tone::Clear && !matches!(*code, "act.large" | "act.refused"));
    codes.sort_by_key(|code| look.seen.iter().all(|sign| sign.code() != *code));
    let reasons = codes.iter().enumerate();
    let first = look.takes_two && !act.one_more;
    Ok(ReviewDeeds {
        action: desk.at("/review"),
        csrf: desk.csrf.clone(),
        key: app::form_key().map_err(|e| desk.oops(e))?,
        hidden: vec![
            ("at", name((act.participant, act.submission))),
            ("next", after.map(name).unwrap_or_default()),
            ("behaviour", asked.behaviour.clone()),
            ("sign", asked.sign.clone()),
            ("worth", asked.worth.clone()),
        ],
        approve: if first {
            lang.say("review-approve-first")
        } else {
            lang.say("review-approve")
        },
        reasons: reasons
            .map(|(at, code)| Choice::new(*code, short(code, lang), at == 0))
            .collect(),
        can_ask: look.record.state != Standing::MoreWanted,
    })
}

/// The photos of the act, and beside them those that look like them.
fn pictures(desk: &Desk, look: &ReviewView) -> Vec<Picture> {
    let (lang, act) = (desk.lang, &look.act);
    let own = look
        .proofs
        .iter()
        .filter(|proof| proof.kept && proof.kind == Kind::Photo);
    let own = own.map(|proof| {
        let number = grouped(proof.n + 1);
        let at = format!("/review/{}/{}/{}", act.participant, act.submission, proof.n);
        Picture {
            href: desk.at(&at),
            alt: lang.say_with("review-photo-alt", &[("number", &number)]),
            words: lang.say_with("review-photo-sent", &[("when", &desk.time(proof.made_us))]),
        }
    });
    let alike = look.alike.iter().filter_map(|alike| {
        let (_, state) = standing(alike.state);
        let values = [
            ("who", alike.participant.to_string()),
            ("when", desk.time(alike.sent_us)),
            ("state", lang.say(state)),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        Some(Picture {
            href: desk.at(&format!(
                "/review/{}/{}/{}",
                alike.participant, alike.submission, alike.photo?
            )),
            alt: lang.say("review-alike-alt"),
            words: lang.say_with("review-alike-photo", &values),
        })
    });
    own.chain(alike).collect()
}

fn sketch(look: &ReviewView, lang: Lang) -> Option<Sketch> {
    let track = look.facts.track.as_ref()?;
    let corners: Vec<String> = track.sketch.iter().map(|(x, y)| format!("{x},{y}")).collect();
    let seconds = |s: u32| span(i64::from(s) * 1_000_000, lang);
    let modes: Vec<String> = track.looks_like.iter().map(|mode| mode_words(*mode, lang)).collect();
    Some(Sketch {
        corners: corners.join(" "),
        start: track.sketch.first().copied().unwrap_or_default(),
        facts: vec![
            Fact::new(lang.say("review-distance"), metres_words(track.distance_m.into(), lang)),
            Fact::new(lang.say("review-moving"), seconds(track.moving_s)),
            Fact::new(lang.say("review-stopped"), seconds(track.stopped_s)),
            Fact::new(
                lang.say("review-speed"),
                format!(
                    "{} · {}",
                    speed_words(track.speed.mean.into(), lang),
                    speed_words(track.speed.p85.into(), lang)
                ),
            ),
            Fact::new(lang.say("review-points"), grouped(track.points.into())),
            Fact::new(lang.say("review-looks-like"), modes.join(" / ")),
        ],
    })
}

fn steps(look: &ReviewView, lang: Lang) -> Option<Chart> {
    let day = look.facts.steps.as_ref()?;
    let hours = day.hours?;
    let sum = grouped(day.steps.into());
    let bars = hours.iter().enumerate().map(|(hour, steps)| ChartBar {
        label: hour.to_string(),
        parts: vec![(i64::from(*steps), grouped(i64::from(*steps)))],
    });
    Some(Chart {
        id: "hours".to_owned(),
        words: format!("{} · {}: {sum}", day.day, lang.say("review-steps-day")),
        series: vec![lang.say("review-steps")],
        bars: bars.collect(),
        axis: lang.say("review-steps-hour"),
        top: grouped(hours.iter().copied().max().unwrap_or(0).into()),
    })
}

fn lines(look: &ReviewView, lang: Lang) -> Vec<(String, String)> {
    let lines = look.facts.text.iter().flat_map(|text| &text.lines).take(40);
    lines
        .map(|line| {
            let share = format!("{} %", Decimal::new(line.sure_permille.into(), 1));
            (
                line.text.clone(),
                lang.say_with("review-text-sure", &[("share", &share)]),
            )
        })
        .collect()
}

/// What is claimed, and what photo, steps and meter say.
fn groups(desk: &Desk, look: &ReviewView) -> Vec<ReviewFacts> {
    let lang = desk.lang;
    let mut claim = Vec::new();
    if let Some(act) = &look.record.act {
        let when = if act.started_us == act.ended_us {
            desk.time(act.started_us)
        } else {
            format!("{} – {}", desk.time(act.started_us), desk.time(act.ended_us))
        };
        claim.push(Fact::new(lang.say("review-when"), when));
    }
    claim.push(Fact::new(lang.say("review-sent"), desk.time(look.record.booked_us)));
    if let Some(said) = &look.claim {
        claim.extend(
            said.distance_m
                .map(|metres| Fact::new(lang.say("review-distance"), metres_words(metres.into(), lang))),
        );
        claim.extend(
            said.steps
                .map(|steps| Fact::new(lang.say("review-steps-day"), grouped(steps.into()))),
        );
    }
    claim.extend(
        look.grade
            .map(|grade| Fact::new(lang.say("review-grade"), grade_words(grade, lang))),
    );
    let risk = format!("{} %", Decimal::new(look.risk.into(), 1));
    claim.push(Fact::new(lang.say("review-risk"), risk));
    claim.push(Fact::new(
        lang.say("console-participant-id"),
        look.act.participant.to_string(),
    ));
    let mut groups = vec![ReviewFacts {
        title: lang.say("review-claim"),
        facts: claim,
    }];
    for (photo, number) in look.facts.photos.iter().zip(1..) {
        let source = match photo.source {
            Source::Camera => lang.say("review-source-camera"),
            Source::Screenshot => lang.say("review-source-screenshot"),
            Source::Unknown => lang.say("review-source-unknown"),
        };
        let taken = match &photo.taken {
            Some(taken) => taken.civil.replace('T', " "),
            None => lang.say("review-taken-no"),
        };
        let mut facts = vec![
            Fact::new(lang.say("review-taken"), taken),
            Fact::new(lang.say("review-source"), source),
            Fact::new(lang.say("review-size"), format!("{} × {}", photo.width, photo.height)),
            Fact::new(
                lang.say("review-brightness"),
                format!("{} / 255", photo.brightness.mean),
            ),
        ];
        facts.extend(
            photo
                .editor
                .as_deref()
                .map(|editor| Fact::new(lang.say("review-editor"), editor)),
        );
        groups.push(ReviewFacts {
            title: lang.say_with("review-photo-alt", &[("number", &grouped(number))]),
            facts,
        });
    }
    if let Some(steps) = &look.facts.steps {
        groups.push(ReviewFacts {
            title: lang.say("review-steps-day"),
            facts: vec![
                Fact::new(lang.say("console-day"), steps.day.to_string()),
                Fact::new(lang.say("review-steps-day"), grouped(steps.steps.into())),
                Fact::new(lang.say("review-steps-source"), &*steps.source),
            ],
        });
    }
    if let Some(meter) = &look.facts.meter {
        groups.push(ReviewFacts {
            title: lang.say("review-meter"),
            facts: vec![
                Fact::new(lang.say("review-meter"), &*meter.meter),
                Fact::new(lang.say("review-meter-at"), desk.time(meter.at_us)),
                Fact::new(lang.say("review-meter-now"), Decimal::new(meter.milli, 3).grouped()),
            ],
        });
    }
    groups
}
