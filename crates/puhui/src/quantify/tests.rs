//! The fast way and the exact way are the same way.

use std::fmt::Write;
use std::io::Read;

use domain::methodology::{Context, Said, quantify};
use proptest::prelude::*;

use super::batch::ROWS;
use super::*;

const COMMUTE: &str = include_str!("../../benches/commute.toml");

/// `distance` in km (3 places), `speed` with a default, `mode` with a default and a choice of more than eight bytes.
fn methodology(formula: &str, grams_of_the_example: &str) -> Arc<Methodology> {
    let more = r#"
[[input]]
name = "speed"
label = { zh = "速度", en = "Speed" }
unit = "km/h"
places = 1
min = "-5"
max = "300"
default = "20"
"#;
    let text = COMMUTE
        .replacen("[[factor]]", &format!("{more}\n[[factor]]"), 1)
        .replacen("\"walk\"", "\"walk-and-metro\"", 2)
        .replacen("choices = ", "default = \"bus\"\nchoices = ", 1)
        .replace("distance * (ef_base - ef_mode)", formula)
        .replace("2156 g", grams_of_the_example)
        .replace("[evidence]", "[regions]\n\"CN-SH\" = \"CN\"\n\n[evidence]")
        .replace("weights = {", "weights = { E0 = \"0.5\",");
    Methodology::parse(&text).unwrap()
}

fn flags() -> Flags {
    Flags {
        region: "CN".to_owned(),
        day: Day::parse("2026-11-24").unwrap(),
        grade: Grade::E3,
    }
}

/// Gives a few bytes at a time.
struct Trickle(Vec<u8>, usize, usize);

impl Read for Trickle {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = out.len().min(self.2).min(self.0.len() - self.1);
        out[..bytes].copy_from_slice(&self.0[self.1..self.1 + bytes]);
        self.1 += bytes;
        Ok(bytes)
    }
}

type Rows = Vec<Result<(i64, i64), String>>;

/// Rows, the line of each, and their ids.
fn fast(methodology: &Arc<Methodology>, csv: &[u8], step: usize) -> Result<(Rows, Vec<u64>, Vec<String>), Stop> {
    let names = Names::new(&[], methodology)?;
    let source = Box::new(Trickle(csv.to_vec(), 0, step));
    let mut csv = csv::Csv::open(source, ProgressBar::hidden(), &names, &[], methodology.inputs.len())?;
    let mut quantifier = Quantifier::new(Arc::clone(methodology), flags());
    let with_contexts = csv.targets().any(Target::is_context);
    let mut batch = Batch::new(&quantifier.usual, with_contexts, true);
    let (mut rows, mut lines, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        csv.fill(&mut quantifier, &mut batch)?;
        if batch.len() == 0 {
            return Ok((rows, lines, ids));
        }
        quantifier.compute(&mut batch);
        for row in 0..batch.len() {
            rows.push(match batch.failed.iter().find(|(at, _)| *at == row) {
                Some((_, why)) => Err(why.to_string()),
                None => Ok((batch.gross_mg[row], batch.credited_mg[row])),
            });
            lines.push(batch.line(row).unwrap());
            ids.push(batch.id(row).unwrap_or_default().to_owned());
        }
        batch.clear();
    }
}

/// The same, by the book: one reader from beginning to end, every row through the domain alone.
fn slow(methodology: &Arc<Methodology>, csv: &[u8]) -> (Rows, Vec<String>) {
    let mut records = Vec::new();
    let mut core = csv_core::Reader::new();
    let mut at = 0;
    loop {
        let (mut text, mut ends) = (vec![0; csv.len() + 1], vec![0; csv.len() + 2]);
        let (mut written, mut ended) = (0, 0);
        loop {
            let (result, read, more, fields) = core.read_record(&csv[at..], &mut text[written..], &mut ends[ended..]);
            at += read;
            written += more;
            ended += fields;
            match result {
                csv_core::ReadRecordResult::InputEmpty => {}
                csv_core::ReadRecordResult::Record => break,
                csv_core::ReadRecordResult::End => {
                    let header: Vec<Vec<u8>> = records.remove(0);
                    return slow_rows(methodology, &header, &records);
                }
                other => panic!("{other:?}"),
            }
        }
        let mut start = 0;
        let fields = ends[..ended].iter().map(|end| {
            let field = text[start..*end].to_vec();
            start = *end;
            field
        });
        records.push(fields.collect::<Vec<_>>());
    }
}

fn slow_rows(methodology: &Arc<Methodology>, header: &[Vec<u8>], records: &[Vec<Vec<u8>>]) -> (Rows, Vec<String>) {
    let names: Vec<String> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim().to_owned())
        .collect();
    let rows = records.iter().map(|fields| {
        if fields.len() != header.len() {
            return Err(format!("{} fields, expected {}", fields.len(), header.len()));
        }
        let mut said = Vec::new();
        let mut flags = flags();
        let mut context = Ok(());
        for (name, field) in names.iter().zip(fields) {
            let text = std::str::from_utf8(field);
            if methodology.inputs.iter().any(|input| input.name == *name) {
                let text = text.map_err(|_| format!("{name} is not UTF-8"))?;
                let nothing = text.trim().is_empty();
                said.push((name.as_str(), if nothing { Said::Nothing } else { Said::Text(text) }));
                continue;
            }
            let text: String = String::from_utf8_lossy(field).trim().chars().take(40).collect();
            match name.as_str() {
                _ if text.is_empty() => {}
                "grade" => match Grade::parse(&text) {
                    Some(grade) => flags.grade = grade,
                    None => context = Err(format!("grade is \"{text}\", expected E0 to E4")),
                },
                "region" => flags.region = text,
                _ => {}
            }
        }
        let inputs = methodology.read_inputs(said).map_err(|e| e.to_string())?;
        context?;
        if !methodology.accepts(flags.grade) {
            return Err(format!(
                "the methodology does not accept evidence of grade {}",
                flags.grade
            ));
        }
        let context = Context {
            region: &flags.region,
            day: flags.day,
            grade: flags.grade,
        };
        let working = quantify(methodology, inputs, &context).map_err(|e| e.to_string())?;
        Ok((working.gross.mg(), working.weighted.mg()))
    });
    let id = names.iter().position(|name| name == "id");
    let ids = records.iter().map(|fields| {
        let id = id
            .and_then(|at| fields.get(at))
            .map(|id| String::from_utf8_lossy(id).into_owned());
        id.unwrap_or_default()
    });
    (rows.collect(), ids.collect())
}

/// How many lines a row spans is said only by the fast way.
fn without_lines(rows: Rows) -> Rows {
    let cut = |why: String| why.split(" (from line").next().unwrap_or_default().to_owned();
    rows.into_iter().map(|row| row.map_err(cut)).collect()
}

fn field() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => "[0-9]{1,3}(\\.[0-9]{1,4})?".prop_map(String::into_bytes),
        4 => "walk-and-metro|bike|bus|metro|ferry|Bus|metro-and-walk".prop_map(String::into_bytes),
        1 => Just(Vec::new()),
        1 => "-?[0-9]{0,20}\\.?[0-9]{0,20}(e[0-9]{1,2})?( ?k?m(/h)?)?|n/a| 5 |\"\"".prop_map(String::into_bytes),
        1 => "E[0-5]|CN|CN-SH|US|[a-z]{0,20}".prop_map(String::into_bytes),
        1 => "\"[0-9]{1,2}\"|\"bus\"|\"b\"\"us\"|\"1\n2\"|\"1\r\n\"|\"a,b\"|\"[0-9]|1\"2\"".prop_map(String::into_bytes),
        1 => prop::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r')], 0..12),
    ]
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let fields = prop_oneof![
        9 => ("[0-9]{1,9}|\"[a-z]{0,12}\"", "[0-9]{1,2}(\\.[0-9]{1,3})?|\"[0-9]\"", "bus|metro|walk-and-metro|\"bike\"|", "[0-9]{0,2}")
            .prop_map(|(a, b, c, d)| [a, b, c, d].map(String::into_bytes).to_vec()),
        3 => prop::collection::vec(field(), 4),
        1 => prop::collection::vec(field(), 0..7),
    ];
    let end = prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\n\n"), 1 => Just("\r")];
    (fields, end).prop_map(|(fields, end)| [fields.join(&b','), end.as_bytes().to_vec()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_reader_is_the_slow_reader(
        bom in any::<bool>(),
        header in prop::sample::select(vec![
            "id,distance,mode,speed", "distance,mode,speed,id", "id,distance,mode,grade", "region,distance,\"mode\",grade", "id,mode,x,y",
        ]),
        lines in prop::collection::vec(line(), 0..30),
        last in prop::option::of(prop::collection::vec(field(), 0..5)),
        step in 1usize..200,
        divides in any::<bool>(),
    ) {
        let methodology = if divides {
            methodology("distance / (speed / 10 [km/h]) * (ef_base - ef_mode)", "1078 g")
        } else {
            methodology("distance * (ef_base - 3 * ef_mode)", "1466 g")
        };
        let mut csv = if bom { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        csv.extend_from_slice(header.as_bytes());
        csv.push(b'\n');
        csv.extend(lines.concat());
        csv.extend(last.unwrap_or_default().join(&b','));
        let (rows, _, ids) = fast(&methodology, &csv, step).unwrap();
        let (expected, expected_ids) = slow(&methodology, &csv);
        prop_assert_eq!(without_lines(rows), expected, "{}", String::from_utf8_lossy(&csv));
        prop_assert_eq!(ids, expected_ids);
    }
}

#[test]
fn usual_rows_are_read_the_fast_way() {
    let methodology = methodology("distance * (ef_base - ef_mode)", "2156 g");
    let names = Names::new(&[], &methodology).unwrap();
    let csv = "id,distance,mode\r\n\"1\",\"12.5\",metro\r\n2,1234567.8,walk-and-metro\r\n3,7,\"bus\"\n4,,\n";
    let source = Box::new(csv.as_bytes());
    let mut csv = csv::Csv::open(source, ProgressBar::hidden(), &names, &[], 3).unwrap();
    let mut quantifier = Quantifier::new(methodology, flags());
    let mut batch = Batch::new(&quantifier.usual, false, false);
    csv.fill(&mut quantifier, &mut batch).unwrap();
    // out of bounds, and a distance that nobody said
    assert_eq!(batch.alone_rows(), [1, 3]);
}

#[test]
fn lines_are_counted_through_breaks_and_blank_lines() {
    let methodology = methodology("distance * (ef_base - ef_mode)", "2156 g");
    let csv = "id,distance\n1,1\n\n\"2\n\n\",2\n3,3\n4\n5,\"5\n";
    let (rows, lines, _) = fast(&methodology, csv.as_bytes(), 7).unwrap();
    assert_eq!(lines, [2, 4, 7, 8, 9]);
    assert_eq!(rows[3], Err("1 fields, expected 2".to_owned()));
    assert!(
        rows[4].is_ok(),
        "the file ends within quotes, and the number is there: {:?}",
        rows[4]
    );
    let (rows, ..) = fast(&methodology, b"id,distance\n1,\"5\n2,6\n", 100).unwrap();
    assert_eq!(rows.len(), 1);
    assert!(
        rows[0].as_ref().is_err_and(|why| why.starts_with("distance")),
        "{rows:?}"
    );
    let (rows, ..) = fast(&methodology, b"id,distance\n\"1,5\n2,6\n", 100).unwrap();
    assert_eq!(
        rows,
        [Err(
            "1 fields, expected 2 (from line 2 to line 3: is a quote left open?)".to_owned()
        )]
    );
}

#[test]
fn rows_of_many_batches_keep_their_place() {
    let methodology = methodology("distance * (ef_base - ef_mode)", "2156 g");
    let mut csv = "id,day,distance,mode,grade\n".to_owned();
    let count = ROWS * 2 + 100;
    for row in 0..count {
        let grade = ["E0", "E3", "", "E9", "E1"][row % 5];
        let distance = if row % 1000 == 7 {
            "far".to_owned()
        } else {
            (row % 90 + 1).to_string()
        };
        writeln!(csv, "{row},2026-0{}-01,{distance},ferry,{grade}", row % 7 + 1).unwrap();
    }
    let (rows, lines, ids) = fast(&methodology, csv.as_bytes(), 10_000).unwrap();
    assert_eq!(rows.len(), count);
    for (at, row) in rows.iter().enumerate() {
        let gross = i64::try_from(at % 90 + 1).unwrap() * 137_200;
        let expected = match (at % 1000, at % 5) {
            (7, _) => Err("distance: \"far\" is not a decimal number".to_owned()),
            (_, 0) => Ok((gross, gross / 2)),
            (_, 1 | 2) => Ok((gross, gross)),
            (_, 3) => Err("grade is \"E9\", expected E0 to E4".to_owned()),
            _ => Err("the methodology does not accept evidence of grade E1".to_owned()),
        };
        assert_eq!(*row, expected, "row {at}");
        assert_eq!((lines[at], ids[at].as_str()), (at as u64 + 2, at.to_string().as_str()));
    }
}

#[test]
fn a_record_that_never_ends_stops_the_run() {
    let methodology = methodology("distance * (ef_base - ef_mode)", "2156 g");
    let csv = format!("id,distance\n1,1\n2,\"{}", "1,1\n".repeat(100_000));
    let stopped = fast(&methodology, csv.as_bytes(), 1 << 20).unwrap_err();
    assert_eq!(
        stopped.to_string(),
        "line 3: a record is longer than 256 KiB; is a quote left open?"
    );
    assert!(matches!(fast(&methodology, b"", 1), Err(Stop::NoHeader)));
    assert!(matches!(fast(&methodology, b"id,id\n", 1), Err(Stop::Twice(_))));
}
