//! A methodology as a paper that anybody can read, and the words for what its file holds.
//!
//! Every worked example is computed again while the page is made.

use std::sync::Arc;

use domain::evidence::Grade;
use domain::measure::Period;
use domain::methodology::{Cap, Category, ClaimPart, Context, Example, Factor, InputKind, Methodology, Said, quantify};

use super::{Cell, Column, Fact, Icon, Table};
use crate::lang::{Lang, Messages};

/// A methodology, written out; `methodology/paper.html` renders a field `paper` of this type beside `lang`.
#[derive(Clone, Debug)]
pub struct Paper {
    /// The symbol of the behaviour.
    pub icon: Icon,
    /// Its title.
    pub title: String,
    /// `metro-trip@1.0.0`.
    pub reference: String,
    /// Its category, in words.
    pub category: String,
    /// What it is for, in a sentence.
    pub scope: String,
    /// What else one should know of the number: what other programmes credit, doubts.
    pub note: Option<String>,
    /// Reduction, baseline, project and steps, each in words and symbols.
    pub formulas: Vec<Formula>,
    /// What has to be said about an act.
    pub inputs: Table,
    /// The numbers it relies on.
    pub factors: Vec<FactorSheet>,
    /// Evidence grades with what they weigh.
    pub weights: Vec<Fact>,
    /// Ceilings, claim key and overlap, a sentence each.
    pub limits: Vec<String>,
    /// Worked examples, computed again just now.
    pub examples: Vec<Worked>,
    /// The other headings of the template.
    pub headings: Vec<Fact>,
}

/// A formula.
#[derive(Clone, Debug)]
pub struct Formula {
    /// What it gives.
    pub name: String,
    /// In words.
    pub words: String,
    /// As it stands in the file.
    pub symbols: String,
}

/// A factor with every value it has.
#[derive(Clone, Debug)]
pub struct FactorSheet {
    /// What it is.
    pub name: String,
    /// Its name in the formulas.
    pub symbol: String,
    /// Its unit.
    pub unit: String,
    /// Where all of its values were published.
    pub sources: Vec<Source>,
    /// The values.
    pub values: Table,
}

/// Where something was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Who says so.
    pub text: String,
    /// Where that can be read; only `http` and `https`.
    pub href: Option<String>,
}

/// A worked example.
#[derive(Clone, Debug)]
pub struct Worked {
    /// What was said about the act.
    pub inputs: Vec<Fact>,
    /// Region, day and grade under which it is worked.
    pub under: String,
    /// What the file says must come out.
    pub expected: String,
    /// What came out just now.
    pub computed: String,
    /// Whether both are the same.
    pub right: bool,
    /// Where it is published.
    pub source: Option<String>,
}

impl Paper {
    /// A version, written out in a language.
    pub fn of(methodology: &Arc<Methodology>, lang: Lang) -> Self {
        let said = |text: &domain::measure::Text| text.in_lang(lang.into()).to_owned();
        let mut headings = methodology.headings.iter();
        let scope = headings
            .find(|(key, _)| *key == "scope")
            .map(|(_, text)| said(text))
            .unwrap_or_default();
        let others = methodology.headings.iter().filter(|(key, _)| *key != "scope");
        Self {
            icon: behaviour_icon(&methodology.behaviour, methodology.category),
            title: said(&methodology.title),
            reference: methodology.reference(),
            category: category_words(methodology.category, lang),
            scope,
            note: methodology.note.as_ref().map(said),
            formulas: formulas(methodology, lang),
            inputs: inputs(methodology, lang),
            factors: methodology
                .factors
                .iter()
                .map(|factor| sheet(methodology, factor, lang))
                .collect(),
            weights: Grade::ALL
                .into_iter()
                .map(|grade| {
                    let weight = if methodology.accepts(grade) {
                        methodology.weight(grade).to_string()
                    } else {
                        lang.say("paper-not-accepted")
                    };
                    let words = lang.say(&format!("activity-grade-{}", grade.index()));
                    Fact::new(format!("{grade} · {words}"), weight)
                })
                .collect(),
            limits: limits(methodology, lang),
            examples: methodology
                .examples
                .iter()
                .map(|example| worked(methodology, example, lang))
                .collect(),
            headings: others
                .map(|(key, text)| {
                    Fact::new(
                        lang.say(&format!("paper-heading-{}", key.replace('_', "-"))),
                        said(text),
                    )
                })
                .collect(),
        }
    }

    /// The first of the shipped files.
    pub fn sample(lang: Lang) -> Self {
        let shipped = domain::methodology::catalogue::FILES.iter();
        let parsed = shipped.filter_map(|(_, text)| Methodology::parse(text).ok());
        let carpool = parsed.into_iter().find(|methodology| methodology.id == "carpool");
        carpool.map_or_else(Self::nothing, |methodology| Self::of(&methodology, lang))
    }

    fn nothing() -> Self {
        Self {
            icon: Icon::Leaf,
            title: String::new(),
            reference: String::new(),
            category: String::new(),
            scope: String::new(),
            note: None,
            formulas: Vec::new(),
            inputs: Table::default(),
            factors: Vec::new(),
            weights: Vec::new(),
            limits: Vec::new(),
            examples: Vec::new(),
            headings: Vec::new(),
        }
    }
}

fn formulas(methodology: &Methodology, lang: Lang) -> Vec<Formula> {
    let label = |name: &str| -> Option<String> {
        let inputs = methodology.inputs.iter().map(|input| (&input.name, &input.label));
        let factors = methodology.factors.iter().map(|factor| (&factor.name, &factor.label));
        let steps = methodology.steps.iter().map(|step| (&step.name, &step.label));
        let (_, text) = inputs.chain(factors).chain(steps).find(|(known, _)| *known == name)?;
        Some(text.in_lang(lang.into()).to_owned())
    };
    let line = |name: String, formula: &str| Formula {
        name,
        words: written(formula, lang, &label),
        symbols: written(formula, lang, &|_| None),
    };
    let leakage = methodology.formulas.leakage.as_deref();
    let sum = if leakage.is_some() {
        ("paper-sum-leakage", "ER = BE − PE − LE")
    } else {
        ("paper-sum", "ER = BE − PE")
    };
    let mut all = vec![Formula {
        name: lang.say("paper-reduction"),
        words: lang.say(sum.0),
        symbols: sum.1.to_owned(),
    }];
    all.push(line(lang.say("paper-baseline"), &methodology.formulas.baseline));
    all.push(line(lang.say("paper-project"), &methodology.formulas.project));
    all.extend(leakage.map(|formula| line(lang.say("paper-leakage"), formula)));
    let steps = methodology.steps.iter();
    all.extend(steps.map(|step| line(step.label.in_lang(lang.into()).to_owned(), &step.formula)));
    all
}

/// A formula as people write it; `label` may give a name its words.
fn written(formula: &str, lang: Lang, label: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some(first) = rest.chars().next() {
        let of_name = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            '[' => rest.find(']').map_or(rest.len(), |at| at + 1),
            c if c.is_alphabetic() => rest.find(|c: char| !of_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        match piece {
            "*" => out.push('×'),
            "/" => out.push('÷'),
            "-" => out.push('−'),
            unit if unit.starts_with('[') => out.push_str(&unit_words(unit.trim_matches(['[', ']']), lang)),
            name if first.is_alphabetic() => out.push_str(&label(name).unwrap_or_else(|| name.to_owned())),
            other => out.push_str(other),
        }
    }
    out
}

fn inputs(methodology: &Methodology, lang: Lang) -> Table {
    let rows = methodology.inputs.iter().map(|input| {
        let allowed = match &input.kind {
            InputKind::Number { min, max, unit, places } => {
                let number = |steps: &i64| domain::measure::Decimal::new(*steps, *places).grouped();
                format!("{} – {} {}", number(min), number(max), unit_words(unit.name(), lang))
            }
            InputKind::Choice(choices) => choices.join(" · "),
        };
        let default = input.default.map(|given| input.shown(given)).unwrap_or_default();
        vec![
            Cell::Two {
                text: input.label.in_lang(lang.into()).to_owned(),
                below: input.name.clone(),
            },
            Cell::text(allowed),
            Cell::text(default),
        ]
    });
    Table {
        caption: lang.say("paper-input"),
        columns: vec![
            Column::text(lang.say("paper-input")),
            Column::text(lang.say("paper-allowed")),
            Column::text(lang.say("paper-default")),
        ],
        rows: rows.collect(),
        empty: lang.say("paper-no-inputs"),
        ..Table::default()
    }
}

fn sheet(methodology: &Methodology, factor: &Factor, lang: Lang) -> FactorSheet {
    let mut sources: Vec<Source> = Vec::new();
    for row in &factor.rows {
        let source = Source {
            text: row.source.clone(),
            href: safe(row.url.as_deref()),
        };
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let several = sources.len() > 1;
    let rows = factor.rows.iter().map(|row| {
        let region = region_words(&row.region, lang);
        let mut cells = vec![match methodology.choice_of(factor, row) {
            Some((input, choice)) => Cell::Two {
                text: region,
                below: format!("{}: {choice}", input.label.in_lang(lang.into())),
            },
            None => Cell::text(region),
        }];
        cells.push(Cell::text(row.year.to_string()));
        cells.push(Cell::text(row.value.grouped()));
        cells.push(Cell::text(kind_words(&row.kind, lang)));
        if several {
            let at = sources
                .iter()
                .position(|source| source.text == row.source && source.href == safe(row.url.as_deref()));
            cells.push(Cell::text(format!("[{}]", at.unwrap_or_default() + 1)));
        }
        cells
    });
    let name = factor.label.in_lang(lang.into()).to_owned();
    let mut columns = vec![
        Column::text(lang.say("activity-region")),
        Column::text(lang.say("activity-year")),
        Column::number(lang.say("paper-value")),
        Column::text(lang.say("activity-kind")),
    ];
    if several {
        columns.push(Column::text(lang.say("activity-source")));
    }
    FactorSheet {
        values: Table {
            caption: name.clone(),
            columns,
            rows: rows.collect(),
            ..Table::default()
        },
        name,
        symbol: factor.name.clone(),
        unit: unit_words(factor.unit.name(), lang),
        sources,
    }
}

fn limits(methodology: &Methodology, lang: Lang) -> Vec<String> {
    let cap = |cap: &Cap| {
        let per = lang.say(match cap.per {
            Period::Day => "refusal-per-day",
            Period::Month => "refusal-per-month",
            Period::Year => "refusal-per-year",
        });
        let most = match (cap.count, cap.mass) {
            (Some(count), Some(mass)) => format!("{}; {}", times(count, lang), mass.show(lang.into())),
            (Some(count), None) => times(count, lang),
            (None, Some(mass)) => mass.show(lang.into()),
            (None, None) => return None,
        };
        Some(lang.say_with("paper-cap", &[("per", per.as_str()), ("most", most.as_str())]))
    };
    let part = |part: &ClaimPart| match part {
        ClaimPart::Event => lang.say("paper-claim-event"),
        ClaimPart::Participant => lang.say("paper-claim-participant"),
        ClaimPart::Day => lang.say("paper-claim-day"),
        ClaimPart::Start => lang.say("paper-claim-start"),
        ClaimPart::Photo => lang.say("paper-claim-photo"),
        ClaimPart::Input(at) => methodology
            .inputs
            .get(*at)
            .map(|input| input.label.in_lang(lang.into()).to_owned())
            .unwrap_or_default(),
    };
    let mut all: Vec<String> = methodology.caps.iter().filter_map(cap).collect();
    let both = |one: String, other: String| {
        let args = [("one", one.as_str()), ("other", other.as_str())];
        lang.say_with("paper-and", &args)
    };
    if let Some(key) = methodology.claim.iter().map(part).reduce(both) {
        all.push(lang.say_with("paper-claim", &[("key", key.as_str())]));
    }
    if methodology.exclusive {
        all.push(lang.say("paper-exclusive"));
    }
    all
}

fn times(count: u32, lang: Lang) -> String {
    lang.say_with("paper-times", &[("count", count.to_string().as_str())])
}

fn worked(methodology: &Arc<Methodology>, example: &Example, lang: Lang) -> Worked {
    let context = Context {
        region: &example.region,
        day: example.day,
        grade: example.grade,
    };
    let said = example.inputs.iter();
    let working = methodology
        .read_inputs(said.map(|(name, value)| (name.as_str(), Said::Text(value.as_str()))))
        .and_then(|inputs| quantify(methodology, inputs, &context));
    let (inputs, computed, right) = match &working {
        Ok(working) => {
            let pairs = methodology.inputs.iter().zip(working.inputs.iter());
            let shown = pairs.map(|(input, given)| (input.label.in_lang(lang.into()), input.shown(given)));
            (
                shown
                    .filter(|(_, value)| value != "?")
                    .map(|(label, value)| Fact::new(label, localised(&value, lang)))
                    .collect(),
                working.weighted.show(lang.into()),
                working.weighted == example.expect,
            )
        }
        Err(why) => (Vec::new(), why.to_string(), false),
    };
    Worked {
        inputs,
        under: format!(
            "{} · {} · {}",
            region_words(&example.region, lang),
            example.day,
            example.grade
        ),
        expected: example.expect.show(lang.into()),
        computed,
        right,
        source: example.source.clone(),
    }
}

/// A value with its unit in the words of a language.
pub fn localised(value: &str, lang: Lang) -> String {
    match value.split_once(' ') {
        Some((number, unit)) => format!("{number} {}", unit_words(unit, lang)),
        None => value.to_owned(),
    }
}

/// An address that a reader may follow.
pub fn safe(url: Option<&str>) -> Option<String> {
    url.filter(|url| url.starts_with("https://") || url.starts_with("http://"))
        .map(str::to_owned)
}

/// The symbol of a behaviour; that of its category where it has none.
pub fn behaviour_icon(behaviour: &str, category: Category) -> Icon {
    match Icon::of(behaviour) {
        Icon::Leaf => category_icon(category),
        known => known,
    }
}

/// The symbol of a category.
pub const fn category_icon(category: Category) -> Icon {
    match category {
        Category::Clothing => Icon::Clothing,
        Category::Food => Icon::Food,
        Category::Home => Icon::House,
        Category::Travel => Icon::Travel,
        Category::Goods => Icon::Goods,
        Category::Office => Icon::Office,
        Category::Digital => Icon::Finance,
    }
}

/// The seven categories in their order.
pub const CATEGORIES: [Category; 7] = [
    Category::Clothing,
    Category::Food,
    Category::Home,
    Category::Travel,
    Category::Goods,
    Category::Office,
    Category::Digital,
];

/// The name of a category in addresses and message keys.
pub const fn category_name(category: Category) -> &'static str {
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

/// A category in words.
pub fn category_words(category: Category, lang: Lang) -> String {
    lang.say(&format!("paper-category-{}", category_name(category)))
}

/// The message of a name, or the name itself where nobody translated it: files may bring new ones.
fn words_or(prefix: &str, name: &str, lang: Lang) -> String {
    let key = format!("{prefix}{}", name.to_ascii_lowercase().replace([' ', '_'], "-"));
    if Messages::of(lang).has(&key) {
        lang.say(&key)
    } else {
        name.to_owned()
    }
}

/// A region code in words.
pub fn region_words(code: &str, lang: Lang) -> String {
    words_or("paper-region-", code, lang)
}

/// A kind of factor in words.
pub fn kind_words(kind: &str, lang: Lang) -> String {
    words_or("paper-kind-", kind, lang)
}

/// A unit with the names of counted things in words: `gCO2e/trip` is `g CO₂e/次`.
pub fn unit_words(unit: &str, lang: Lang) -> String {
    let mut out = String::with_capacity(unit.len());
    let mut rest = unit;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        if end == 0 {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            out.push_str(if rest.starts_with('*') { "·" } else { &rest[..length] });
            rest = &rest[length..];
            continue;
        }
        let name = &rest[..end];
        match name.strip_suffix("CO2e") {
            Some(mass) => {
                out.push_str(mass);
                out.push_str(" CO₂e");
            }
            None => out.push_str(&words_or("paper-unit-", name, lang)),
        }
        rest = &rest[end..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::methodology::catalogue::FILES;

    #[test]
    fn every_shipped_file_has_a_paper_whose_examples_come_out_right() {
        for (name, text) in FILES {
            let methodology = Methodology::parse(text).unwrap();
            for lang in Lang::ALL {
                let paper = Paper::of(&methodology, lang);
                assert!(paper.examples.iter().all(|example| example.right), "{name}");
                assert_eq!(paper.headings.len(), 11, "{name}");
                assert!(paper.factors.iter().all(|factor| !factor.sources.is_empty()), "{name}");
                assert!(paper.weights.len() == 5 && !paper.limits.is_empty(), "{name}");
                assert!(paper.limits.iter().all(|limit| !limit.contains("{$")), "{name}");
            }
        }
    }

    #[test]
    fn every_region_and_kind_of_the_shipped_files_has_words() {
        for (name, text) in FILES {
            let methodology = Methodology::parse(text).unwrap();
            for row in methodology.factors.iter().flat_map(|factor| &factor.rows) {
                for (prefix, word) in [("paper-region-", &row.region), ("paper-kind-", &row.kind)] {
                    let key = format!("{prefix}{}", word.to_ascii_lowercase().replace(' ', "-"));
                    assert!(Messages::of(Lang::Zh).has(&key), "{name}: {key}");
                }
            }
        }
    }

    #[test]
    fn a_formula_is_written_in_words_and_signs() {
        let label = |name: &str| (name == "ef_car").then(|| "小汽车排放因子".to_owned());
        let words = written("(km + 2 [km]) * ef_car / 1 [trip] - ef", Lang::Zh, &label);
        assert_eq!(words, "(km + 2 km) × 小汽车排放因子 ÷ 1 次 − ef");
    }

    #[test]
    fn units_are_written_for_the_language() {
        assert_eq!(unit_words("gCO2e/trip", Lang::Zh), "g CO₂e/次");
        assert_eq!(unit_words("gCO2e/(person*km)", Lang::En), "g CO₂e/(person·km)");
    }

    #[test]
    fn only_addresses_of_the_web_are_followed() {
        assert_eq!(safe(Some("javascript:alert(1)")), None);
        assert!(safe(Some("https://example.org")).is_some());
    }
}
