//! The potential calculator: everything is in the address, so that a result can be passed on.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::measure::{Carbon, Decimal};
use domain::methodology::{Methodology, catalogue};
use domain::potential::{
    Assumptions, CONSUMPTION_T, Frequency, POPULATION, Per, Unusable, hundredths_of_percent, megatonnes, yearly_t,
};

use super::methodology::{address, one_act, pairs};
use super::{Ours, for_all};
use crate::State;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::calculator::{Calculator, Choosing, Line, Outcome, Part};
use crate::show::methodology::{CATEGORIES, category_icon, category_name, category_words, localised};
use crate::show::{Amount, Choice, FormField, Input, Page};

pub(super) fn routes() -> Router<State> {
    Router::new().route("/calculator", get(calculator))
}

/// A shipped behaviour with what one act avoids.
struct Known {
    methodology: Arc<Methodology>,
    per_act: Carbon,
    inputs: Vec<(String, String)>,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let shipped = catalogue::FILES.iter();
    let parsed = shipped.filter_map(|(_, text)| Methodology::parse(text).ok());
    parsed
        .filter_map(|methodology| {
            let (per_act, inputs) = one_act(&methodology)?;
            Some(Known {
                methodology,
                per_act,
                inputs,
            })
        })
        .collect()
});

impl Known {
    fn title(&self, lang: Lang) -> String {
        self.methodology.title.in_lang(lang.into()).to_owned()
    }

    /// What was said about one act.
    fn said(&self, lang: Lang) -> String {
        let labelled = self.inputs.iter().map(|(name, value)| {
            let input = self.methodology.inputs.iter().find(|input| input.name == *name);
            let label = input.map_or(name.as_str(), |input| input.label.in_lang(lang.into()));
            format!("{label} {}", localised(value, lang))
        });
        let said: Vec<String> = labelled.collect();
        if said.is_empty() {
            lang.say("potential-no-inputs")
        } else {
            said.join(if lang == Lang::Zh { "，" } else { ", " })
        }
    }
}

/// An example to start from: the key of its words, who takes part (%), what really replaces (%), and what is done.
pub(super) struct Preset {
    key: &'static str,
    share: &'static str,
    replaced: &'static str,
    acts: &'static [(&'static str, &'static str, Per)],
}

/// The examples.
pub(super) const PRESETS: [Preset; 3] = [
    Preset {
        key: "potential-preset-metro",
        share: "50",
        replaced: "60",
        acts: &[("metro-trip", "5", Per::Week)],
    },
    Preset {
        key: "potential-preset-cycling",
        share: "10",
        replaced: "100",
        acts: &[("cycling-for-driving", "2", Per::Week)],
    },
    Preset {
        key: "potential-preset-home",
        share: "80",
        replaced: "50",
        acts: &[("lights-off", "1", Per::Day), ("no-tableware", "1", Per::Week)],
    },
];

/// Where an example is.
pub(super) fn preset_address(preset: &Preset) -> String {
    let mut said = vec![
        ("share".to_owned(), preset.share.to_owned()),
        ("replaced".to_owned(), preset.replaced.to_owned()),
    ];
    for (id, times, per) in preset.acts {
        said.push((format!("n-{id}"), (*times).to_owned()));
        said.push((format!("p-{id}"), per.name().to_owned()));
    }
    address(
        "/calculator",
        said.iter().map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

type Asked = BTreeMap<String, String>;

/// The address that says the same in fewer words, if there is one: a form sends every field it has.
fn canonical(asked: &Asked) -> Option<String> {
    let never = |times: &str| times.trim().is_empty() || times.trim() == "0";
    let kept: Vec<(&str, &str)> = asked
        .iter()
        .filter(
            |(name, value)| match (name.strip_prefix("n-"), name.strip_prefix("p-")) {
                (Some(_), _) => !never(value),
                (_, Some(id)) => asked.get(&format!("n-{id}")).is_some_and(|times| !never(times)),
                _ => true,
            },
        )
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    (kept.len() < asked.len()).then(|| address("/calculator", kept))
}

async fn calculator(state: Ours, lang: Lang, signed: Signed, RawQuery(query): RawQuery) -> Result<Response, Oops> {
    let asked = pairs(query.as_deref());
    if let Some(shorter) = canonical(&asked) {
        return Ok(Redirect::to(&shorter).into_response());
    }
    let (page, wrong) = calculated(&asked, lang);
    let title = lang.say("potential-title");
    let mut response = for_all(&state, lang, signed, title, Page::Plain, page.render()).await?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The page of what was asked, and whether something in it cannot be read.
fn calculated(asked: &Asked, lang: Lang) -> (Calculator, bool) {
    let get = |name: &str, otherwise: &str| {
        let said = asked
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty());
        said.unwrap_or(otherwise).to_owned()
    };
    let people = get("people", &Decimal::new(POPULATION, 0).grouped());
    let (share, replaced) = (get("share", "10"), get("replaced", "50"));
    let assumed = Assumptions::read(&people, &share, &replaced);
    let mut faults: BTreeMap<String, Unusable> = BTreeMap::new();
    if let Err(fault) = assumed {
        let field = match fault {
            Unusable::Population => "people",
            Unusable::Participation => "share",
            _ => "replaced",
        };
        faults.insert(field.to_owned(), fault);
    }
    let mut chosen: Vec<(&Known, Frequency, i64)> = Vec::new();
    for known in KNOWN.iter() {
        let id = &known.methodology.id;
        let Some(times) = asked.get(&format!("n-{id}")) else {
            continue;
        };
        let per = get(&format!("p-{id}"), Per::Week.name());
        let counted = Frequency::read(times, &per).and_then(|frequency| {
            let t = assumed.map_or(Ok(0), |assumed| yearly_t(&assumed, known.per_act, frequency))?;
            Ok((known, frequency, t))
        });
        match counted {
            Ok(one) => chosen.push(one),
            Err(fault) => drop(faults.insert(format!("n-{id}"), fault)),
        }
    }
    let words = |name: &str| faults.get(name).map(|fault| fault_words(*fault, lang));
    let general = vec![
        FormField::line("people", lang.say("potential-people"))
            .value(&people)
            .hint(lang.say("potential-people-hint"))
            .error(words("people")),
        FormField::line("share", lang.say("potential-share"))
            .value(&share)
            .hint(lang.say("potential-share-hint-people"))
            .error(words("share")),
        FormField::line("replaced", lang.say("potential-replaced"))
            .value(&replaced)
            .hint(lang.say("potential-replaced-hint"))
            .error(words("replaced")),
    ];
    let outcome = match assumed {
        Ok(assumed) if faults.is_empty() && !chosen.is_empty() => {
            let people = Decimal::new(assumed.population(), 0).grouped();
            let said = [people.as_str(), share.as_str(), replaced.as_str()];
            Some(outcome(chosen, said, asked, lang))
        }
        _ => None,
    };
    let page = Calculator {
        lang,
        presets: PRESETS
            .iter()
            .map(|preset| (lang.say(preset.key), preset_address(preset)))
            .collect(),
        wrong: (!faults.is_empty()).then(|| lang.say("potential-wrong")),
        general,
        shelves: shelves(asked, &words, lang),
        outcome,
    };
    (page, !faults.is_empty())
}

fn fault_words(fault: Unusable, lang: Lang) -> String {
    lang.say(match fault {
        Unusable::Population => "potential-bad-population",
        Unusable::Participation | Unusable::Replaced => "potential-bad-percent",
        Unusable::Times | Unusable::Per => "potential-bad-times",
        Unusable::Range => "potential-bad-range",
    })
}

fn shelves(asked: &Asked, fault: &dyn Fn(&str) -> Option<String>, lang: Lang) -> Vec<Choosing> {
    let mut shelves = Vec::new();
    for category in CATEGORIES {
        let of_category = KNOWN.iter().filter(|known| known.methodology.category == category);
        let mut chosen = 0;
        let mut lines = Vec::new();
        for known in of_category {
            let id = &known.methodology.id;
            let (times, per) = (format!("n-{id}"), format!("p-{id}"));
            let said = asked.get(&times).cloned().unwrap_or_default();
            chosen += usize::from(!said.is_empty());
            let now = asked.get(&per).map_or(Per::Week.name(), String::as_str);
            let choices = Per::ALL.map(|per| {
                let words = lang.say(&format!("potential-per-{}", per.name()));
                Choice::new(per.name(), words, per.name() == now)
            });
            let mass = known.per_act.show(lang.into());
            let each = lang.say_with("potential-each", &[("mass", mass.as_str())]);
            lines.push(Line {
                title: known.title(lang),
                each: format!("{each} · {}", known.said(lang)),
                times: FormField::line(&times, lang.say("potential-times"))
                    .value(said)
                    .error(fault(&times))
                    .optional(),
                per: FormField::new(per, lang.say("potential-per"), Input::Select(choices.to_vec())),
            });
        }
        if !lines.is_empty() {
            shelves.push(Choosing {
                name: category_name(category),
                title: category_words(category, lang),
                icon: category_icon(category),
                chosen: (chosen > 0).then(|| chosen.to_string()),
                lines,
            });
        }
    }
    shelves
}

fn outcome(mut chosen: Vec<(&Known, Frequency, i64)>, said: [&str; 3], asked: &Asked, lang: Lang) -> Outcome {
    chosen.sort_by_key(|(_, _, t)| std::cmp::Reverse(*t));
    let sum = chosen.iter().fold(0_i64, |sum, (_, _, t)| sum.saturating_add(*t));
    let most = chosen.first().map_or(0, |(_, _, t)| *t);
    let percent = |hundredths: i64| format!("{} %", Decimal::new(hundredths, 2).grouped());
    let of_all = hundredths_of_percent(sum, CONSUMPTION_T);
    let percent_of_all = if of_all == 0 && sum > 0 {
        lang.say("potential-less")
    } else {
        percent(of_all)
    };
    let part = |(known, _, t): &(&Known, Frequency, i64)| {
        let amount = tonnes(*t, lang);
        Part {
            title: known.title(lang),
            amount: format!("{} {}", amount.value, amount.unit),
            share: percent(hundredths_of_percent(*t, sum)),
            width: bar(*t, most),
        }
    };
    let [people, share, replaced] = said;
    let args = [("people", people), ("share", share), ("replaced", replaced)];
    let mut assumed = vec![lang.say_with("potential-assumed-people", &args)];
    for (known, frequency, _) in &chosen {
        let (title, times) = (known.title(lang), frequency.times().to_string());
        let per = lang.say(&format!("potential-per-{}", frequency.per().name()));
        let (mass, inputs) = (known.per_act.show(lang.into()), known.said(lang));
        let args = [
            ("title", title.as_str()),
            ("times", times.as_str()),
            ("per", per.as_str()),
            ("mass", mass.as_str()),
            ("inputs", inputs.as_str()),
        ];
        assumed.push(lang.say_with("potential-assumed-act", &args));
    }
    for key in ["gross", "year", "source"] {
        assumed.push(lang.say(&format!("potential-assumed-{key}")));
    }
    let kept = asked.iter().filter(|(name, _)| *name != "lang");
    Outcome {
        amount: tonnes(sum, lang),
        of_all: lang.say_with("potential-of-all", &[("percent", percent_of_all.as_str())]),
        over: sum > CONSUMPTION_T,
        width: bar(sum, CONSUMPTION_T),
        parts: chosen.iter().map(part).collect(),
        assumed,
        link: address("/calculator", kept.map(|(name, value)| (name.as_str(), value.as_str()))),
    }
}

/// The length of a bar, of 1000; what is there can be seen.
fn bar(t: i64, most: i64) -> i64 {
    let length = hundredths_of_percent(t, most) / 10;
    length.clamp(i64::from(t > 0) * 3, 1_000)
}

fn tonnes(t: i64, lang: Lang) -> Amount {
    match megatonnes(t) {
        Some(million) => Amount::new(million.grouped(), lang.say("potential-mt")),
        None => Amount::new(Decimal::new(t, 0).grouped(), lang.say("potential-t")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        pairs(Some(query))
    }

    #[test]
    fn the_examples_come_to_something() {
        for preset in &PRESETS {
            let link = preset_address(preset);
            let (page, wrong) = calculated(&asked(link.split_once('?').unwrap().1), Lang::En);
            let outcome = page.outcome.unwrap();
            assert!(!wrong && outcome.parts.len() == preset.acts.len(), "{link}");
            assert_eq!(outcome.link.len(), link.len(), "{link}");
        }
    }

    #[test]
    fn the_sum_is_exact() {
        // 1.4e9 × 50 % × 60 % × 5 × 365/7 × 200 g
        let (page, _) = calculated(
            &asked("share=50&replaced=60&n-metro-trip=5&p-metro-trip=week"),
            Lang::En,
        );
        let outcome = page.outcome.unwrap();
        assert_eq!(
            (outcome.amount.value.as_str(), outcome.amount.unit.as_str()),
            ("21.9", "Mt CO₂e")
        );
        assert!(outcome.of_all.starts_with("0.59 %"), "{}", outcome.of_all);
        assert_eq!(outcome.width, 5);
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        for (query, field) in [
            ("people=many&n-metro-trip=1", "people"),
            ("share=101&n-metro-trip=1", "share"),
            ("replaced=x&n-metro-trip=1", "replaced"),
        ] {
            let (page, wrong) = calculated(&asked(query), Lang::En);
            let named: Vec<&str> = page
                .general
                .iter()
                .filter(|f| f.error.is_some())
                .map(|f| f.name.as_str())
                .collect();
            assert!(wrong && page.outcome.is_none(), "{query}");
            assert_eq!(named, [field], "{query}");
        }
        let (page, wrong) = calculated(&asked("n-metro-trip=often"), Lang::Zh);
        let lines = page.shelves.iter().flat_map(|shelf| &shelf.lines);
        assert!(wrong && lines.filter(|line| line.times.error.is_some()).count() == 1);
    }

    #[test]
    fn empty_fields_leave_the_address() {
        let query =
            "people=5&n-metro-trip=&p-metro-trip=week&n-lights-off=1&p-lights-off=day&n-bus-trip=0&p-bus-trip=day";
        let shorter = canonical(&asked(query)).unwrap();
        assert_eq!(shorter, "/calculator?n-lights-off=1&p-lights-off=day&people=5");
        assert_eq!(canonical(&asked(shorter.split_once('?').unwrap().1)), None);
    }
}
