//! Why this number.

use app::{ActView, Error, RecordView, Refused, Standing};
use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::evidence::{Kind, Sign};
use domain::methodology::{Explained, Line};

use super::activity::{moment, words};
use super::home::{grade_words, icon};
use super::{Me, Ours, carbon, me, split};
use crate::door::{Oops, Signed, reason_words};
use crate::lang::Lang;
use crate::show::evidence::sign_words;
use crate::show::{Appealed, Fact, Factor, Method, Page, Refused as RefusedPage, Stage, Step, Stop, Why};

pub(super) fn routes() -> Router<crate::State> {
    Router::new()
        .route("/why/{record}", get(why))
        .route("/why/{record}/data", get(data))
}

async fn why(state: Ours, lang: Lang, signed: Signed, Path(record): Path<String>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let id = record.parse().map_err(|_| oops(Refused::NotFound("record").into()))?;
    let (app, programme) = (&state.app, &me.programme);
    let record = app
        .record(&me.caller, programme, me.participant, id)
        .await
        .map_err(oops)?;
    let Some(act) = record.act.as_ref().filter(|_| record.state != Standing::Raised) else {
        return elsewhere(&record).map_err(oops);
    };
    if record.record.is_none() {
        return Ok(Redirect::to(&format!("/sent/{id}")).into_response());
    }
    let found = app
        .working(&me.caller, programme, me.participant, id, lang.into())
        .await;
    let (_, working) = found.map_err(oops)?;
    let when = moment(programme, act.started_us, app.now_us(), lang);
    let (title, inner) = match record.state {
        Standing::Refused | Standing::Appealed => (
            lang.say("activity-why-refused"),
            refused(&me, &record, act, &working, when, lang).render(),
        ),
        _ => {
            let why = credited(&me, &record, act, &working, (when, app.now_us()), lang);
            (lang.say("activity-why"), why.render())
        }
    };
    me.act_page(lang, title, Page::Plain, inner)
}

/// Where an entry that is no act of its own is explained: with its order, its competition, or with the record that it takes
/// back or raises.
fn elsewhere(record: &RecordView) -> Result<Response, Error> {
    let about = record.about.ok_or(Refused::NotFound("record"))?;
    Ok(match record.state {
        Standing::Reversal | Standing::Raised => Redirect::to(&format!("/why/{about}")),
        Standing::Prize | Standing::Returned => Redirect::to(&format!("/compete/{about}")),
        _ => Redirect::to(&format!("/vouchers/{about}")),
    }
    .into_response())
}

/// A record with everything that recomputes it, as a file.
async fn data(state: Ours, lang: Lang, signed: Signed, Path(record): Path<String>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let id = record.parse().map_err(|_| oops(Refused::NotFound("record").into()))?;
    let found = state
        .app
        .working(&me.caller, &me.programme, me.participant, id, lang.into());
    let (record, working) = found.await.map_err(oops)?;
    let whole = serde_json::json!({ "record": record, "working": working });
    let text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"record-{id}.json\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, text).into_response())
}

fn facts(working: &Explained, lang: Lang) -> Vec<Fact> {
    working
        .inputs
        .iter()
        .map(|line| Fact::new(&line.label, with_unit(line, lang)))
        .collect()
}

pub(super) fn with_unit(line: &Line, lang: Lang) -> String {
    let sign = if line.exact { "" } else { "≈ " };
    let key = format!("activity-choice-{}", line.value);
    let choice = lang.say(&key);
    if line.unit.is_empty() && choice != key {
        return choice;
    }
    format!("{sign}{}", words::amount(&line.value, &line.unit, lang))
}

/// A formula as people write it.
pub(super) fn symbols(formula: &str) -> String {
    formula
        .replace(" * ", " × ")
        .replace(" / ", " ÷ ")
        .replace(" - ", " − ")
        .replace(['[', ']'], "")
}

/// A formula with the names of what stands in it, and with their values.
fn spelled(formula: &str, working: &Explained, lang: Lang) -> (String, String) {
    let lines = || working.inputs.iter().chain(&working.steps);
    let factor = |name: &str| working.factors.iter().find(|factor| factor.name == name);
    let label = |name: &str| {
        let line = lines().find(|line| line.name == name).map(|line| line.label.clone());
        line.or_else(|| Some(factor(name)?.label.clone()))
    };
    let value = |name: &str| {
        let line = lines().find(|line| line.name == name).map(|line| with_unit(line, lang));
        line.or_else(|| {
            let factor = factor(name)?;
            Some(words::amount(&factor.value, &factor.unit, lang))
        })
    };
    (
        words::formula(formula, lang, label),
        words::formula(formula, lang, value),
    )
}

fn refused(me: &Me, record: &RecordView, act: &ActView, working: &Explained, when: String, lang: Lang) -> RefusedPage {
    let appealed = record.appeal_words.as_ref().map(|words| {
        let (key, tone) = match record.appeal_upheld {
            None => ("activity-appeal-open", "wait"),
            Some(true) => ("activity-appeal-upheld", ""),
            Some(false) => ("activity-appeal-declined", "no"),
        };
        Appealed {
            state: lang.say(key),
            tone,
            words: words.clone(),
            answer: record.appeal_answer.clone(),
        }
    });
    let open = record.record.filter(|_| appealed.is_none());
    RefusedPage {
        lang,
        back: "/records".to_owned(),
        icon: icon(&act.behaviour, act.category),
        title: act.title.in_lang(lang.into()).to_owned(),
        when,
        reason: refusal(me, record, lang),
        reasons: reasons(me, record, lang),
        more: record
            .submission
            .filter(|_| record.state == Standing::Appealed)
            .map(|id| format!("/sent/{id}/more")),
        facts: facts(working, lang),
        todo: if open.is_some() {
            vec![lang.say("activity-todo-appeal")]
        } else {
            Vec::new()
        },
        photo: photo(record),
        appeal: open.map(|id| format!("/appeal/{id}")),
        appealed,
    }
}

pub(super) fn photo(record: &RecordView) -> Option<String> {
    let shown = record.submission.filter(|_| record.proofs.contains(&Kind::Photo));
    shown.map(|id| format!("/evidence/{id}"))
}

/// Whether a sign is the one for which a record was refused.
fn decisive(record: &RecordView, sign: &Sign) -> bool {
    record.reason.as_deref() == Some("evidence.refused") && record.detail.as_deref() == Some(sign.code())
}

/// Why a record was refused: what was seen, with its values, where that was it.
pub(super) fn refusal(me: &Me, record: &RecordView, lang: Lang) -> String {
    if let Some(sign) = record.signs.iter().find(|sign| decisive(record, sign)) {
        sign_words(sign, &me.programme.zone, lang)
    } else {
        let code = record.reason.as_deref().unwrap_or("settled");
        reason_words(code, record.detail.as_deref(), lang)
    }
}

/// What else was seen in the proofs of a record, in words; what it was refused for is said by [`refusal`].
pub(super) fn reasons(me: &Me, record: &RecordView, lang: Lang) -> Vec<String> {
    let others = record.signs.iter().filter(|sign| !decisive(record, sign));
    others.map(|sign| sign_words(sign, &me.programme.zone, lang)).collect()
}

fn credited(
    me: &Me,
    record: &RecordView,
    act: &ActView,
    working: &Explained,
    (when, now_us): (String, i64),
    lang: Lang,
) -> Why {
    let factors = working.factors.iter().map(|factor| Factor {
        name: factor.label.clone(),
        value: words::amount(&factor.value, &factor.unit, lang),
        region: words::region(&factor.region, lang),
        year: factor.year.to_string(),
        kind: words::kind(&factor.kind, lang),
        source: factor.source.clone(),
        source_url: factor.url.clone(),
        note: None,
    });
    let (id, version) = act.methodology.split_once('@').unwrap_or((&act.methodology, ""));
    let name = |formula: &str| spelled(formula, working, lang).0;
    let record_id = record.record.map(|id| id.to_string()).unwrap_or_default();
    let held_mg = held_mg(record);
    let (gross, net) = (carbon(act.gross_mg, lang), carbon(held_mg, lang));
    let said = [("gross", gross.as_str()), ("credited", net.as_str())];
    Why {
        lang,
        back: "/records".to_owned(),
        icon: icon(&act.behaviour, act.category),
        title: act.title.in_lang(lang.into()).to_owned(),
        when,
        amount: split(&net),
        gross_to: (act.gross_mg != held_mg).then(|| lang.say_with("activity-gross-to", &said)),
        grade: grade_words(act.grade, lang),
        means: lang.say(&format!("activity-grade-means-{}", act.grade.index())),
        photo: photo(record),
        inputs: facts(working, lang),
        formula: Some(if nothing(&working.project) {
            name(&working.baseline.formula)
        } else {
            let (baseline, project) = (&working.baseline.formula, &working.project.formula);
            format!("{} − ({})", name(baseline), name(project))
        }),
        steps: steps(record, act, working, lang),
        rounding: Some(lang.say("activity-rounding")),
        factors: factors.collect(),
        method: Method {
            name: working.title.clone(),
            version: version.to_owned(),
            href: Some(format!("/methodologies/{id}/{version}")),
        },
        path: path(me, record, now_us, lang),
        data: format!("/why/{record_id}/data"),
        command: command(me, act, working),
    }
}

/// Whether a line is zero by definition, so that a formula need not hold it.
fn nothing(line: &Line) -> bool {
    line.value == "0" && line.formula.starts_with('0')
}

fn steps(record: &RecordView, act: &ActView, working: &Explained, lang: Lang) -> Vec<Step> {
    let step = |sign: &str, line: &Line| {
        let (names, numbers) = spelled(&line.formula, working, lang);
        let plain = nothing(line) || line.formula.is_empty();
        Step {
            sign: sign.to_owned(),
            words: line.label.clone(),
            numbers: (!plain && numbers != names).then_some(numbers),
            symbols: (!plain).then_some(names),
            value: with_unit(line, lang).replace(" CO₂e", ""),
            sum: false,
        }
    };
    let plain = |sign: &str, words: String, value: String, sum: bool| Step {
        sign: sign.to_owned(),
        words,
        symbols: None,
        numbers: None,
        value,
        sum,
    };
    let mut steps: Vec<Step> = working.steps.iter().map(|line| step("", line)).collect();
    steps.push(step("", &working.baseline));
    steps.push(step("−", &working.project));
    steps.extend(working.leakage.iter().map(|line| step("−", line)));
    let weight = domain::measure::Decimal::new(i64::from(act.weight_thousandths), 1);
    steps.push(plain(
        "=",
        lang.say("activity-gross"),
        carbon(act.gross_mg, lang),
        false,
    ));
    let grade = act.grade.to_string();
    let words = lang.say_with("activity-weight", &[("grade", grade.as_str())]);
    steps.push(plain("×", words, format!("{weight} %"), false));
    for (per, mg) in &record.cuts {
        let per = lang.say(&format!("refusal-per-{per}"));
        let words = lang.say_with("activity-above-cap", &[("per", per.as_str())]);
        steps.push(plain("−", words, carbon(*mg, lang), false));
    }
    if let Some(raised) = &record.raised {
        let at_first = lang.say("activity-at-first");
        steps.push(plain("", at_first, carbon(record.mg, lang), false));
        let more = format!("+{}", carbon(raised.mg, lang));
        steps.push(plain("", lang.say("activity-raised"), more, false));
    }
    let held = carbon(held_mg(record), lang);
    steps.push(plain("=", lang.say("activity-credited"), held, true));
    steps
}

/// What a record earned, with what a second source added.
fn held_mg(record: &RecordView) -> i64 {
    record.mg + record.raised.as_ref().map_or(0, |raised| raised.mg)
}

fn path(me: &Me, record: &RecordView, now_us: i64, lang: Lang) -> Vec<Stop> {
    let stop = |key: &str, when: String, stage| Stop {
        words: lang.say(key),
        when,
        stage,
    };
    let booked = moment(&me.programme, record.booked_us, now_us, lang);
    let mut path = vec![stop("activity-path-credited", booked, Stage::Done)];
    if let Some(raised) = &record.raised {
        let when = moment(&me.programme, raised.booked_us, now_us, lang);
        path.push(stop("activity-raised", when, Stage::Done));
    }
    if record.state == Standing::Reversed {
        let why = record.reversal_why.clone().unwrap_or_default();
        path.push(stop("activity-path-reversed", why, Stage::Now));
    } else {
        let (now, later) = (lang.say("activity-path-now"), lang.say("activity-path-later"));
        path.push(stop("activity-path-held", now, Stage::Now));
        path.push(stop("activity-path-batch", later, Stage::Later));
    }
    path
}

/// The command that recomputes a record on any machine.
fn command(me: &Me, act: &ActView, working: &Explained) -> String {
    let inputs: serde_json::Map<String, serde_json::Value> = working
        .inputs
        .iter()
        .filter(|line| line.value != "?")
        .map(|line| (line.name.clone(), line.value.clone().into()))
        .collect();
    let (inputs, method) = (serde_json::Value::Object(inputs), &act.methodology);
    let (region, day, grade) = (&me.programme.region, &act.day, act.grade);
    format!(
        "echo '{inputs}' | puhui quantify - --input-format ndjson -m {method} --region {region} --day {day} --grade {grade}"
    )
}
