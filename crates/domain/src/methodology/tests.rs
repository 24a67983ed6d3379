//! What a methodology file may say, and that rows, columns and plain fractions agree.

use num_rational::BigRational;
use proptest::prelude::*;

use super::*;

/// A small file around one calculation, for tests.
pub(super) fn file(baseline: &str, project: &str, more: &str) -> String {
    let headings = HEADINGS
        .map(|key| format!("{key} = {{ zh = \"无\", en = \"none\" }}\n"))
        .concat();
    format!(
        r#"
id = "test"
version = "1.0.0"
behaviour = "test"
category = "travel"
title = {{ zh = "测试", en = "Test" }}
{more}
[headings]
{headings}
[regions]
"CN-SH" = "CN-EAST"
"CN-EAST" = "CN"
[[input]]
name = "a"
label = {{ zh = "甲", en = "A" }}
unit = "km"
places = 3
min = "0"
max = "1000"
[[input]]
name = "b"
label = {{ zh = "乙", en = "B" }}
unit = "m"
places = 1
min = "0.1"
max = "50000"
default = "100"
[[input]]
name = "mode"
label = {{ zh = "方式", en = "Mode" }}
choices = ["metro", "bus"]
default = "metro"
[[factor]]
name = "f"
label = {{ zh = "因子", en = "Factor" }}
unit = "gCO2e/km"
kind = "test"
source = "test"
values = [
  {{ region = "CN", year = 2022, value = "250.5" }},
  {{ region = "CN-EAST", year = 2023, value = "99.25" }},
  {{ region = "CN-EAST", year = 2024, value = "98", valid_from = "2026-06-01" }},
]
[[factor]]
name = "g"
label = {{ zh = "因子", en = "Factor" }}
unit = "kgCO2e/km"
by = "mode"
kind = "test"
source = "test"
values = [
  {{ region = "CN", year = 2022, value = "0.04", choice = "metro" }},
  {{ region = "CN", year = 2022, value = "0.0805", choice = "bus" }},
]
[calculation]
baseline = "{baseline}"
project = "{project}"
[evidence]
weights = {{ E0 = "0.5", E2 = "1" }}
[claim]
key = ["event"]
[[example]]
name = "ten kilometres"
inputs = {{ a = "10", b = "10" }}
region = "CN"
day = "2026-01-01"
grade = "E2"
expect = "EXPECT"
"#
    )
}

/// The file with its example put right, so that only what is being tested can fail.
pub(super) fn parsed(baseline: &str, project: &str) -> Result<Arc<Methodology>, MethodologyError> {
    let text = file(baseline, project, "");
    match Methodology::parse(&text.replace("EXPECT", "1 mg")) {
        Err(e) if e.what.contains("comes out as") => {
            let found = e.what.split_whitespace().nth(3).unwrap_or_default().to_owned();
            Methodology::parse(&text.replace("EXPECT", &format!("{found} mg")))
        }
        other => other,
    }
}

fn context(region: &str) -> Context<'_> {
    Context {
        region,
        day: Day::parse("2026-01-01").unwrap(),
        grade: Grade::E2,
    }
}

fn worked(methodology: &Arc<Methodology>, said: &[(&str, &str)]) -> Result<Working, Unquantified> {
    let inputs = methodology.read_inputs(said.iter().map(|(name, value)| (*name, Said::Text(value))))?;
    quantify(methodology, inputs, &context("CN"))
}

#[test]
fn a_file_that_is_wrong_is_refused_with_place_and_reason() {
    for (baseline, project, place, what) in [
        (
            "a * f + a",
            "0 [gCO2e]",
            "calculation.baseline, column 7",
            "cannot add gCO2e and km",
        ),
        (
            "(f + a) * a",
            "0 [gCO2e]",
            "calculation.baseline, column 4",
            "cannot add gCO2e/km and km",
        ),
        (
            "a * f",
            "a",
            "calculation.project, column 1",
            "must come out in CO2e, not in km",
        ),
        (
            "a * f",
            "0 [furlong]",
            "calculation.project, column 3",
            "unknown unit \"furlong\"",
        ),
        (
            "a * nothing",
            "0 [gCO2e]",
            "calculation.baseline, column 5",
            "no input, factor or step",
        ),
        (
            "if a then f * a else f * a",
            "0 [gCO2e]",
            "calculation.baseline, column 4",
            "true or false",
        ),
        (
            "if mode == \\\"car\\\" then a * f else a * f",
            "0 [gCO2e]",
            "calculation.baseline, column 12",
            "none of the choices",
        ),
        ("a * f / ((b - b) / 1 [m])", "0 [gCO2e]", "example", "division by zero"),
    ] {
        let error = parsed(baseline, project).unwrap_err();
        assert!(
            error.place.starts_with(place) && error.what.contains(what),
            "{baseline}: {error}"
        );
    }
    let good = file("a * f", "a * g", "").replace("EXPECT", "2105 g");
    assert!(Methodology::parse(&good).is_ok());
    for (from, to, what) in [
        ("2105 g", "2 kg", "expected 2000000 mg"),
        ("source = \"test\"", "", "has no source"),
        ("kind = \"test\"", "", "has no kind"),
        ("unit = \"km\"", "unit = \"parsec\"", "unknown unit \"parsec\""),
        ("max = \"1000\"", "", "physical bounds"),
        ("key = [\"event\"]", "key = []", "same act"),
        ("E0 = \"0.5\"", "E0 = \"1.5\"", "0 to 1"),
        ("E2 = \"1\"", "E2 = \"0.4\"", "must not weigh less"),
        ("\"CN-EAST\" = \"CN\"", "\"CN-EAST\" = \"CN-SH\"", "within itself"),
        ("name = \"b\"", "name = \"a\"", "used twice"),
        ("name = \"b\"", "name = \"min\"", "cannot be a name"),
        ("scope = ", "scopes = ", "headings.scope"),
        ("1.0.0", "one", "form 1.0.0"),
        ("[claim]", "[claim", "line"),
        ("title =", "titel =", "unknown field `titel`"),
    ] {
        assert!(good.contains(from), "{from}");
        let error = Methodology::parse(&good.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(what), "{from}: {error}");
    }
}

#[test]
fn a_circle_of_steps_is_named() {
    let steps = r#"[[calculation.step]]
name = "x"
label = { zh = "x", en = "x" }
formula = "y * 2"
[[calculation.step]]
name = "y"
label = { zh = "y", en = "y" }
formula = "x + a"
[evidence]"#;
    let text = file("x * f", "0 [gCO2e]", "").replace("[evidence]", steps);
    let error = Methodology::parse(&text).unwrap_err().to_string();
    assert!(error.contains("x → y → x"), "{error}");
}

#[test]
fn a_factor_falls_back_from_province_to_grid_to_nation() {
    let methodology = parsed("a * f", "0 [gCO2e]").unwrap();
    let gross = |region: &str, day: &str| {
        let inputs = methodology.read_inputs([("a", Said::Number("10"))]).unwrap();
        let context = Context {
            region,
            day: Day::parse(day).unwrap(),
            grade: Grade::E2,
        };
        quantify(&methodology, inputs, &context).map(|w| w.gross.mg())
    };
    assert_eq!(gross("CN", "2026-01-01"), Ok(2_505_000));
    assert_eq!(gross("CN-SH", "2026-01-01"), Ok(992_500));
    assert_eq!(gross("CN-SH", "2026-06-01"), Ok(980_000));
    assert_eq!(gross("CN-EAST", "2022-01-01"), Ok(2_505_000));
    assert_eq!(
        gross("CN-SH", "2021-01-01").unwrap_err().code(),
        "methodology.no_factor"
    );
    assert_eq!(
        gross("US-NY", "2026-01-01").unwrap_err().code(),
        "methodology.no_factor"
    );
}

#[test]
fn bad_input_is_named() {
    let methodology = parsed("a * f", "a * g").unwrap();
    for (said, code) in [
        (vec![("a", "-1")], "input.out_of_bounds"),
        (vec![("a", "1000.001")], "input.out_of_bounds"),
        (vec![("a", "NaN")], "input.not_a_number"),
        (vec![("a", "1e400")], "input.not_a_number"),
        (vec![("a", "10 kWh")], "input.wrong_unit"),
        (vec![("a", "10 parsec")], "input.wrong_unit"),
        (vec![("c", "1")], "input.unknown"),
        (vec![("a", "1"), ("mode", "car")], "input.unknown_choice"),
        (vec![], "input.missing"),
        (vec![("a", "n/a")], "methodology.not_applicable"),
        (vec![("a", "0")], "methodology.no_reduction"),
    ] {
        assert_eq!(worked(&methodology, &said).unwrap_err().code(), code, "{said:?}");
    }
    assert_eq!(worked(&methodology, &[("a", "10000 m")]).unwrap().gross.mg(), 2_105_000);
    assert_eq!(worked(&methodology, &[("a", "10.0009")]).unwrap().gross.mg(), 2_105_000);
}

#[test]
fn missing_and_not_applicable_are_different_things() {
    let methodology = parsed(
        "first(a, b) * f + (if known(a) then 1 [gCO2e] else 2 [gCO2e])",
        "0 [gCO2e]",
    )
    .unwrap();
    assert_eq!(worked(&methodology, &[("a", "10")]).unwrap().gross.mg(), 2_506_000);
    assert_eq!(worked(&methodology, &[("b", "10000")]).unwrap().gross.mg(), 2_507_000);
    assert_eq!(
        worked(&methodology, &[("a", "n/a"), ("b", "10000")])
            .unwrap()
            .gross
            .mg(),
        2_506_000
    );
    // a term that does not apply adds nothing
    let sum = parsed("(a + b) * f", "0 [gCO2e]").unwrap();
    assert_eq!(
        worked(&sum, &[("a", "10"), ("b", "n/a")]).unwrap().gross.mg(),
        2_505_000
    );
}

#[test]
fn a_working_recomputes_from_what_is_stored() {
    let methodology = parsed("a * f / 7", "a * g / 3").unwrap();
    let working = worked(&methodology, &[("a", "12.345"), ("mode", "bus")]).unwrap();
    let again = recompute(
        &methodology,
        &methodology.write_inputs(&working.inputs),
        &working.stored_factor_rows(),
        working.grade,
    )
    .unwrap();
    assert_eq!(
        (again.gross, again.weighted, again.inputs.clone()),
        (working.gross, working.weighted, working.inputs.clone())
    );
    assert_eq!(again.explain(Lang::Zh), working.explain(Lang::Zh));
    assert!(!working.explain(Lang::En).baseline.exact);
}

#[test]
fn weights_discount_the_exact_value() {
    let methodology = parsed("a * f", "0 [gCO2e]").unwrap();
    let inputs = methodology.read_inputs([("a", Said::Number("0.001"))]).unwrap();
    let context = Context {
        grade: Grade::E0,
        ..context("CN")
    };
    let working = quantify(&methodology, inputs, &context).unwrap();
    assert_eq!((working.gross.mg(), working.weighted.mg()), (250, 125));
    assert!(!methodology.accepts(Grade::E1));
}

#[test]
fn arithmetic_out_of_range_is_said_and_not_wrong() {
    let huge = "a * f * (1e17 * 1e17) * (1e17 / 1) ";
    let methodology = parsed(&huge.replace("1e17", "100000000000000000"), "0 [gCO2e]");
    assert!(methodology.unwrap_err().what.contains("out of range"));
}

/// A random formula in km, m and plain numbers, as text and as a function over big fractions.
#[derive(Debug, Clone)]
enum Tree {
    A,
    B,
    F,
    G,
    Number(u16),
    Add(Box<Tree>, Box<Tree>),
    Subtract(Box<Tree>, Box<Tree>),
    Times(Box<Tree>, Box<Tree>),
    Over(Box<Tree>, u16),
    OverB(Box<Tree>),
    Min(Box<Tree>, Box<Tree>),
    IfLess(Box<Tree>, Box<Tree>),
    IfBus(Box<Tree>, Box<Tree>),
}

impl Tree {
    /// As a plain number: every leaf is divided by its own unit.
    fn text(&self) -> String {
        match self {
            Tree::A => "a / 1 [km]".to_owned(),
            Tree::B => "(b / 1 [km])".to_owned(),
            Tree::F => "(f / 1 [gCO2e/km])".to_owned(),
            Tree::G => "(g / 1 [gCO2e/km])".to_owned(),
            Tree::Number(n) => format!("{}.{}", n / 10, n % 10),
            Tree::Add(x, y) => format!("({} + {})", x.text(), y.text()),
            Tree::Subtract(x, y) => format!("({} - {})", x.text(), y.text()),
            Tree::Times(x, y) => format!("({}) * ({})", x.text(), y.text()),
            Tree::Over(x, n) => format!("({}) / {}", x.text(), n + 1),
            Tree::OverB(x) => format!("({}) / (b / 1 [m])", x.text()),
            Tree::Min(x, y) => format!("min({}, {})", x.text(), y.text()),
            Tree::IfLess(x, y) => format!("(if {} < {} then {} else {})", x.text(), y.text(), y.text(), x.text()),
            Tree::IfBus(x, y) => format!("(if mode == \\\"bus\\\" then {} else {})", x.text(), y.text()),
        }
    }

    fn value(&self, a: &BigRational, b_in_m: &BigRational, bus: bool) -> BigRational {
        let of = |tree: &Tree| tree.value(a, b_in_m, bus);
        let fraction = |num: i64, den: i64| BigRational::new(num.into(), den.into());
        match self {
            Tree::A => a.clone(),
            Tree::B => b_in_m / fraction(1000, 1),
            Tree::F => fraction(501, 2),
            Tree::G => {
                if bus {
                    fraction(161, 2)
                } else {
                    fraction(40, 1)
                }
            }
            Tree::Number(n) => fraction(i64::from(*n), 10),
            Tree::Add(x, y) => of(x) + of(y),
            Tree::Subtract(x, y) => of(x) - of(y),
            Tree::Times(x, y) => of(x) * of(y),
            Tree::Over(x, n) => of(x) / fraction(i64::from(*n) + 1, 1),
            Tree::OverB(x) => of(x) / b_in_m,
            Tree::Min(x, y) => of(x).min(of(y)),
            Tree::IfLess(x, y) => {
                if of(x) < of(y) {
                    of(y)
                } else {
                    of(x)
                }
            }
            Tree::IfBus(x, y) => {
                if bus {
                    of(x)
                } else {
                    of(y)
                }
            }
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::A),
        Just(Tree::B),
        Just(Tree::F),
        Just(Tree::G),
        (0u16..500).prop_map(Tree::Number)
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let two = || (inner.clone(), inner.clone()).prop_map(|(x, y)| (Box::new(x), Box::new(y)));
        prop_oneof![
            two().prop_map(|(x, y)| Tree::Add(x, y)),
            two().prop_map(|(x, y)| Tree::Subtract(x, y)),
            two().prop_map(|(x, y)| Tree::Times(x, y)),
            (inner.clone(), 0u16..50).prop_map(|(x, n)| Tree::Over(Box::new(x), n)),
            inner.clone().prop_map(|x| Tree::OverB(Box::new(x))),
            two().prop_map(|(x, y)| Tree::Min(x, y)),
            two().prop_map(|(x, y)| Tree::IfLess(x, y)),
            two().prop_map(|(x, y)| Tree::IfBus(x, y)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn rows_columns_and_plain_fractions_agree(
        tree in trees(),
        rows in prop::collection::vec((0i64..=1_000_000, 1i64..=500_000, any::<bool>()), 1..30),
        half in any::<bool>(),
    ) {
        let baseline = format!("({}) * 1 [gCO2e] + 1000000 [gCO2e]", tree.text());
        let methodology = match parsed(&baseline, "0 [gCO2e]") {
            Ok(methodology) => methodology,
            // the example of the file may itself avoid nothing or leave the range: not what is tested here
            Err(e) => {
                let beside_the_point = e.place.starts_with("example") || e.what.contains("in range") || e.what.contains("out of range");
                prop_assert!(beside_the_point, "{}", e);
                return Ok(());
            }
        };
        let grade = if half { Grade::E0 } else { Grade::E2 };
        let context = Context { grade, ..context("CN") };
        let a: Vec<i64> = rows.iter().map(|r| r.0).collect();
        let b: Vec<i64> = rows.iter().map(|r| r.1).collect();
        let mode: Vec<i64> = rows.iter().map(|r| i64::from(r.2)).collect();
        let mut results = ColumnResults::default();
        methodology.quantify_columns(&context, &[&a, &b, &mode], &mut results).unwrap();
        for (i, (a, b, bus)) in rows.iter().enumerate() {
            let inputs = Inputs::from_given([Given::Number(*a), Given::Number(*b), Given::Choice(u16::from(*bus))].into_iter());
            let by_row = quantify(&methodology, inputs, &context);
            let failed = results.failed.iter().find(|(row, _)| *row == i).map(|(_, why)| why.clone());
            let exact = tree.value(&BigRational::new((*a).into(), 1000.into()), &BigRational::new((*b).into(), 10.into()), *bus)
                * BigRational::from_integer(1000.into()) + BigRational::from_integer(1_000_000_000i64.into());
            match by_row {
                Ok(working) => {
                    prop_assert_eq!(failed, None);
                    prop_assert_eq!((results.gross_mg[i], results.weighted_mg[i]), (working.gross.mg(), working.weighted.mg()));
                    prop_assert_eq!(exact.floor().to_integer(), working.gross.mg().into());
                    let weight = BigRational::new(working.weight.thousandths().into(), 1000.into());
                    prop_assert_eq!((exact * weight).floor().to_integer(), working.weighted.mg().into());
                }
                Err(why) => {
                    prop_assert_eq!(failed, Some(why.clone()));
                    if why == Unquantified::NoReduction {
                        prop_assert!(exact < BigRational::from_integer(1.into()));
                    } else {
                        prop_assert_eq!(why, Unquantified::Overflow);
                    }
                }
            }
        }
    }
}

#[test]
fn every_shipped_file_is_right_and_its_columns_agree_with_its_rows() {
    for (name, text) in catalogue::FILES {
        let methodology = Methodology::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(format!("{}.toml", methodology.id), *name);
        for example in &methodology.examples {
            let context = Context {
                region: &example.region,
                day: example.day,
                grade: example.grade,
            };
            let said = example
                .inputs
                .iter()
                .map(|(name, value)| (name.as_str(), Said::Text(value.as_str())));
            let inputs = methodology.read_inputs(said).unwrap();
            let columns: Option<Vec<Vec<i64>>> = inputs
                .iter()
                .map(|given| match given {
                    Given::Number(steps) => Some(vec![steps; 3]),
                    Given::Choice(choice) => Some(vec![i64::from(choice); 3]),
                    _ => None,
                })
                .collect();
            let Some(columns) = columns else { continue };
            let columns: Vec<&[i64]> = columns.iter().map(Vec::as_slice).collect();
            let mut results = ColumnResults::default();
            methodology.quantify_columns(&context, &columns, &mut results).unwrap();
            let rows = columns.first().map_or(0, |c| c.len());
            assert_eq!(
                results.weighted_mg,
                vec![example.expect.mg(); rows],
                "{name} {}",
                example.name
            );
        }
    }
}
