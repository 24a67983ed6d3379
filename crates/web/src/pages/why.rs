//! Why this number.

use app::{ActView, Error, RecordView, Refused, Standing};
use axum::extract::Path;
use axum::response::Response;
use domain::methodology::{Explained, Line};

use super::home::{grade_words, icon};
use super::{Me, Ours, carbon, html, me, split};
use crate::door::{Oops, Signed, reason_words};
use crate::lang::Lang;
use crate::show::{Fact, Factor, Method, Page, Refused as RefusedPage, Stage, Step, Stop, TabWord, Why};

pub(super) async fn why(state: Ours, lang: Lang, signed: Signed, Path(record): Path<String>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let id = record.parse().map_err(|_| oops(Refused::NotFound("record").into()))?;
    let found = state
        .app
        .working(&me.caller, &me.programme, me.participant, id, lang.into())
        .await;
    let (record, working) = found.map_err(oops)?;
    let Some(act) = &record.act else {
        return Err(oops(Refused::NotFound("record").into()));
    };
    let (title, inner) = match record.state {
        Standing::Refused | Standing::Appealed => (
            lang.say("activity-why-refused"),
            refused(&me, &record, act, &working, lang).render(),
        ),
        _ => (
            lang.say("activity-why"),
            credited(&me, &record, act, &working, lang).render(),
        ),
    };
    let inner = inner.map_err(|e| Oops::template(&e, lang))?;
    html(&me.shell(lang, title, Page::Plain, Some(TabWord::Home), inner), lang)
}

fn facts(working: &Explained) -> Vec<Fact> {
    working
        .inputs
        .iter()
        .map(|line| Fact::new(&line.label, with_unit(line)))
        .collect()
}

pub(super) fn with_unit(line: &Line) -> String {
    let sign = if line.exact { "" } else { "≈ " };
    format!("{sign}{} {}", line.value, line.unit.replace("CO2e", " CO₂e"))
        .trim_end()
        .to_owned()
}

/// A formula as people write it.
pub(super) fn symbols(formula: &str) -> String {
    formula
        .replace(" * ", " × ")
        .replace(" / ", " ÷ ")
        .replace(" - ", " − ")
        .replace(['[', ']'], "")
}

fn refused(me: &Me, record: &RecordView, act: &ActView, working: &Explained, lang: Lang) -> RefusedPage {
    let code = record.reason.as_deref().unwrap_or_default();
    RefusedPage {
        lang,
        back: "/".to_owned(),
        icon: icon(&act.behaviour, act.category),
        title: act.title.in_lang(lang.into()).to_owned(),
        when: me.programme.zone.clock_time(act.started_us),
        reason: reason_words(code, record.detail.as_deref(), lang),
        facts: facts(working),
        todo: vec![lang.say("activity-todo-appeal")],
        appeal: None,
    }
}

fn credited(me: &Me, record: &RecordView, act: &ActView, working: &Explained, lang: Lang) -> Why {
    let mut steps: Vec<Step> = working.steps.iter().map(|line| step("", line)).collect();
    steps.push(step("", &working.baseline));
    steps.push(step("−", &working.project));
    steps.extend(working.leakage.iter().map(|line| step("−", line)));
    let weight = domain::measure::Decimal::new(i64::from(act.weight_thousandths), 1);
    steps.push(Step {
        sign: "×".to_owned(),
        words: lang.say_with("activity-weight", &[("grade", act.grade.to_string().as_str())]),
        symbols: None,
        value: format!("{weight} %"),
        sum: false,
    });
    for (per, mg) in &record.cuts {
        let per = lang.say(&format!("refusal-per-{per}"));
        steps.push(Step {
            sign: "−".to_owned(),
            words: lang.say_with("activity-above-cap", &[("per", per.as_str())]),
            symbols: None,
            value: carbon(*mg, lang),
            sum: false,
        });
    }
    steps.push(Step {
        sign: "=".to_owned(),
        words: lang.say("activity-credited"),
        symbols: None,
        value: carbon(record.mg, lang),
        sum: true,
    });
    let factors = working.factors.iter().map(|factor| Factor {
        name: factor.label.clone(),
        value: format!("{} {}", factor.value, factor.unit.replace("CO2e", " CO₂e")),
        region: factor.region.clone(),
        year: factor.year.to_string(),
        kind: factor.kind.clone(),
        source: factor.source.clone(),
        source_url: factor.url.clone(),
        note: None,
    });
    let (id, version) = act.methodology.split_once('@').unwrap_or((&act.methodology, ""));
    let booked = me.programme.zone.clock_time(record.booked_us);
    let mut path = vec![Stop {
        words: lang.say("activity-path-credited"),
        when: booked,
        stage: Stage::Done,
    }];
    if record.state == Standing::Reversed {
        let why = record.reversal_why.clone().unwrap_or_default();
        path.push(Stop {
            words: lang.say("activity-reversed"),
            when: why,
            stage: Stage::Now,
        });
    } else {
        path.push(Stop {
            words: lang.say("activity-path-held"),
            when: lang.say("activity-path-now"),
            stage: Stage::Now,
        });
        path.push(Stop {
            words: lang.say("activity-path-batch"),
            when: lang.say("activity-path-later"),
            stage: Stage::Later,
        });
    }
    Why {
        lang,
        back: "/".to_owned(),
        icon: icon(&act.behaviour, act.category),
        title: act.title.in_lang(lang.into()).to_owned(),
        when: me.programme.zone.clock_time(act.started_us),
        amount: split(&carbon(record.mg, lang)),
        grade: grade_words(act.grade, lang),
        inputs: facts(working),
        formula: Some(format!(
            "{} − ({})",
            symbols(&working.baseline.formula),
            symbols(&working.project.formula)
        )),
        steps,
        rounding: Some(lang.say("activity-rounding")),
        factors: factors.collect(),
        method: Method {
            name: working.title.clone(),
            version: version.to_owned(),
            href: Some(format!("/api/v1/methodologies/{id}/{version}")),
        },
        path,
        appeal: None,
    }
}

fn step(sign: &str, line: &Line) -> Step {
    Step {
        sign: sign.to_owned(),
        words: line.label.clone(),
        symbols: Some(symbols(&line.formula)),
        value: with_unit(line),
        sum: false,
    }
}
