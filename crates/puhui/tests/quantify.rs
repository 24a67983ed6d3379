//! The command as a person or a script meets it.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly, in its helpers too")]

use std::fmt::Write;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::record::RowAccessor;
use parquet::schema::parser::parse_message_type;

/// A folder of one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("quantify-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

fn run(args: &[&str]) -> Output {
    let commute = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/commute.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_puhui"));
    command.arg("quantify").args(args).args(["--day", "2026-11-24"]);
    if !args.contains(&"--methodology") {
        command.args(["--methodology", commute]);
    }
    command.stdin(Stdio::null()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const ROWS: &str = "\u{feff}id,distance,mode,note\r\n\
    a,10,bus,\r\n\
    \"b, \"\"quoted\"\"\",1200 m,\"metro\",\"two\nlines\"\r\n\
    c,far,bus,\r\n\
    d,101,bus,\r\n\
    e,5,plane,\r\n\
    f,5\r\n\
    g,0.5,ferry,last";

#[test]
fn bad_rows_are_named_with_their_line_and_stop_nothing() {
    let folder = Folder::new("bad");
    let input = folder.file("in.csv", ROWS);
    let output = run(&[&input]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stdout(&output),
        "row,id,gross_mg,credited_mg,error\n\
         1,a,2156000,2156000,\n\
         2,\"b, \"\"quoted\"\"\",266400,266400,\n\
         3,c,,,\"distance: \"\"far\"\" is not a decimal number\"\n\
         4,d,,,\"distance is 101 km, outside 0 km to 100 km\"\n\
         5,e,,,\"mode is \"\"plane\"\", expected one of walk, bike, ebike, bus, ebus, metro, tram, train, ferry, pool\"\n\
         6,f,,,\"2 fields, expected 4\"\n\
         7,g,68600,68600,\n"
    );
    let named = stderr(&output);
    assert!(
        named.starts_with("row 3 (line 5): distance: \"far\" is not a decimal number\n"),
        "{named}"
    );
    assert!(named.contains("row 6 (line 8): 2 fields, expected 4\n"), "{named}");
    assert!(
        named.ends_with("7 rows, 4 failed, 2.491 kg credited before caps\n"),
        "{named}"
    );
}

#[test]
fn sums_are_printed_for_people_and_for_machines() {
    let folder = Folder::new("sums");
    let input = folder.file("in.csv", ROWS);
    let output = run(&[&input, "--summary"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("rows         7\nfailed       4\n"), "{text}");
    assert!(
        text.contains("gross        2.491 kg\ncredited     2.491 kg (before caps)\n"),
        "{text}"
    );
    let output = run(&[&input, "--summary", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json["gross_mg"], 2_491_000);
    assert_eq!((&json["rows"], &json["failed"]), (&7.into(), &4.into()));
    assert_eq!(json["errors"]["input.unknown_choice"], 1);
    assert_eq!(json["errors"]["row.fields"], 1);
}

#[test]
fn the_exit_status_tells_usage_from_data() {
    let folder = Folder::new("status");
    let good = folder.file("good.csv", "distance,mode\n1,bus\n");
    assert_eq!(run(&[&good]).status.code(), Some(0));
    let empty = folder.file("empty.csv", "");
    let latin = folder.file("typo.csv", "distanz,mode\n1,bus\n");
    for (args, what) in [
        (vec!["nowhere.csv"], "nowhere.csv: "),
        (vec![empty.as_str()], "no header"),
        (
            vec![&good, "--methodology", "no-such"],
            "no methodology \"no-such\"; there are ",
        ),
        (vec![&good, "--methodology", "metro-trip@0.0.1"], "metro-trip@1."),
        (vec![&good, "--grade", "E9"], "not a grade from E0 to E4"),
        (vec![&good, "--grade", "E0"], "does not accept evidence of grade E0"),
        (
            vec![&good, "--map", "km=distance"],
            "no column \"km\"; there are distance, mode",
        ),
        (vec![&good, "--map", "mode=speed"], "\"speed\" is no input"),
        (vec![&good, "--json"], "--summary"),
        (vec![&good, "--output", &good], "the output is the input"),
        (
            vec!["-", "--input-format", "parquet"],
            "Parquet cannot be read from standard input",
        ),
        (vec![&good, "--input-format", "parquet"], "Parquet"),
    ] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(what), "{args:?}: {}", stderr(&output));
    }
    assert_eq!(folder.text("good.csv"), "distance,mode\n1,bus\n");
    let output = run(&[&latin]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no column for distance\nrow 1 (line 2): missing: distance\n"));
}

#[test]
fn a_shipped_methodology_takes_its_defaults() {
    let folder = Folder::new("shipped");
    let input = folder.file("in.csv", "id\nx\ny\n");
    let output = run(&[&input, "--methodology", "metro-trip", "--summary"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("gross        400 g"), "{}", stdout(&output));
    assert_eq!(stderr(&output), "no column for trips; 1 trip counts\n");
}

#[test]
fn columns_are_mapped_and_each_row_has_its_own_context() {
    let folder = Folder::new("map");
    let input = folder.file(
        "in.csv",
        "nr,Strecke,distance,mode,when,region\n1,10,99,bus,2026-11-24,CN\n2,20,99,bus,2021-01-01,\n3,30,99,bus,,US\n4,1,99,bus,soon,\n",
    );
    let map = ["--map", "Strecke=distance", "--map", "when=day", "--map", "nr=id"];
    let output = run(&[&[input.as_str()], &map[..]].concat());
    assert_eq!(
        stdout(&output),
        "row,id,gross_mg,credited_mg,error\n\
         1,1,2156000,2156000,\n\
         2,2,,,no value of ef_base is in force in CN on 2021-01-01\n\
         3,3,,,no value of ef_base is in force in US on 2026-11-24\n\
         4,4,,,\"day is \"\"soon\"\", expected a day like 2026-11-24\"\n"
    );
}

#[test]
fn ndjson_takes_numbers_as_written() {
    let folder = Folder::new("ndjson");
    let input = folder.file(
        "in.ndjson",
        "{\"id\":7,\"distance\":10.0,\"mode\":\"bus\",\"more\":{\"a\":[1]}}\n\n\
         {\"distance\":\"1200 m\",\"mode\":\"m\\u0065tro\"}\r\n\
         {\"distance\":1e1,\"mode\":\"bus\",\"grade\":\"E3\",\"day\":null}\n\
         {\"distance\":[1],\"mode\":\"bus\"}\n\
         {\"distance\":\n\
         {\"distance\":1,\"mode\":\"bus\",\"day\":\"x\"}",
    );
    let output = run(&[&input, "--output", "-", "--format", "ndjson"]);
    assert_eq!(output.status.code(), Some(1));
    let rows: Vec<serde_json::Value> = stdout(&output)
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let gross: Vec<_> = rows.iter().map(|row| row["gross_mg"].as_i64()).collect();
    assert_eq!(
        gross,
        [Some(2_156_000), Some(266_400), Some(2_156_000), None, None, None]
    );
    assert_eq!(rows[0]["id"], "7");
    assert_eq!(rows[3]["error"], "distance is neither a number nor a text");
    assert_eq!(rows[4]["code"], "row.json");
    assert_eq!(rows[5]["code"], "row.day");
    assert!(stderr(&output).contains("row 4 (line 5): "), "{}", stderr(&output));
}

/// What comes out is the same in every format, and every format that is written can be read.
#[test]
fn each_format_is_written_and_read_again() {
    let folder = Folder::new("round");
    let mut csv = "id,distance,mode\n".to_owned();
    for i in 0..20_000 {
        let mode = ["bus", "metro", "train", "nothing"][i % 4];
        writeln!(csv, "\"n{i}\",{}.{},{mode}", i % 100, i % 7).unwrap();
    }
    let input = folder.file("in.csv", csv);
    for name in ["out.csv", "out.ndjson", "out.parquet"] {
        let output = run(&[&input, "--output", &folder.path(name), "--summary"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stdout(&output).contains("rows         20000\n"), "{}", stdout(&output));
    }
    let reader = SerializedFileReader::new(File::open(folder.path("out.parquet")).unwrap()).unwrap();
    let csv = folder.text("out.csv");
    let ndjson = folder.text("out.ndjson");
    let mut lines = csv.lines().skip(1).zip(ndjson.lines());
    let mut count = 0;
    for row in reader.get_row_iter(None).unwrap() {
        let (row, (line, json)) = (row.unwrap(), lines.next().unwrap());
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        let fields: Vec<&str> = line.splitn(5, ',').collect();
        assert_eq!(row.get_long(0).unwrap().to_string(), fields[0]);
        assert_eq!(
            (row.get_string(1).unwrap().as_str(), json["id"].as_str()),
            (fields[1], Some(fields[1]))
        );
        assert_eq!(
            row.get_long(2).ok().map(|mg| mg.to_string()).unwrap_or_default(),
            fields[2]
        );
        assert_eq!(json["credited_mg"].as_i64(), row.get_long(3).ok());
        assert_eq!(json["error"].as_str(), row.get_string(4).ok().map(String::as_str));
        assert_eq!(fields[4].is_empty(), row.get_string(4).is_err());
        count += 1;
    }
    assert_eq!(count, 20_000);
    // what came out of one run goes into the next: grams as kilometres
    for name in ["out.csv", "out.ndjson", "out.parquet"] {
        let map = ["--map", "gross_mg=distance", "--map", "row=id", "--map", "error=mode"];
        let output = run(&[&[&folder.path(name), "--summary", "--json"], &map[..]].concat());
        let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(
            (&json["rows"], &json["failed"]),
            (&20_000.into(), &20_000.into()),
            "{name}"
        );
    }
}

/// Every kind of Parquet column that holds a number, with nulls and in several row groups.
#[test]
fn parquet_numbers_are_exact_whatever_their_type() {
    fn column<T: DataType>(group: &mut SerializedRowGroupWriter<'_, File>, values: &[T::T], levels: Option<&[i16]>) {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<T>().write_batch(values, levels, None).unwrap();
        column.close().unwrap();
    }
    let folder = Folder::new("parquet");
    let path = folder.path("in.parquet");
    let schema = "message rows {
        REQUIRED INT32 whole; OPTIONAL INT64 cents (DECIMAL(10,2)); OPTIONAL DOUBLE real; REQUIRED BYTE_ARRAY text (UTF8);
        REQUIRED FIXED_LEN_BYTE_ARRAY (16) wide (DECIMAL(38,20)); REQUIRED BYTE_ARRAY mode (UTF8); REQUIRED INT32 day (DATE);
        REQUIRED BOOLEAN flag;
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = File::create(&path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::default())).unwrap();
    for _ in 0..3 {
        let mut group = writer.next_row_group().unwrap();
        column::<Int32Type>(&mut group, &[3, 101], None);
        column::<Int64Type>(&mut group, &[330], Some(&[1, 0]));
        column::<DoubleType>(&mut group, &[0.3], Some(&[0, 1]));
        column::<ByteArrayType>(&mut group, &["1200 m".into(), "x".into()], None);
        let wide = |steps: i128| ByteArray::from((steps * 10i128.pow(17)).to_be_bytes().to_vec()).into();
        column::<FixedLenByteArrayType>(&mut group, &[wide(3300), wide(-1)], None);
        column::<ByteArrayType>(&mut group, &["bus".into(), "bus".into()], None);
        column::<Int32Type>(&mut group, &[20_781, 20_781], None);
        column::<parquet::data_type::BoolType>(&mut group, &[true, false], None);
        group.close().unwrap();
    }
    writer.close().unwrap();
    for (name, first, second) in [
        (
            "whole",
            "646800,646800,",
            ",,\"distance is 101 km, outside 0 km to 100 km\"",
        ),
        ("cents", "711480,711480,", ",,missing: distance"),
        ("real", ",,missing: distance", "64680,64680,"),
        (
            "text",
            "258720,258720,",
            ",,\"distance: \"\"x\"\" is not a decimal number\"",
        ),
        (
            "wide",
            "711480,711480,",
            ",,\"distance is -0.001 km, outside 0 km to 100 km\"",
        ),
    ] {
        let output = run(&[&path, "--map", &format!("{name}=distance")]);
        let mut expected = "row,gross_mg,credited_mg,error\n".to_owned();
        for row in [1, 3, 5] {
            write!(expected, "{row},{first}\n{},{second}\n", row + 1).unwrap();
        }
        assert_eq!(stdout(&output), expected, "{name}");
        assert_eq!(output.status.code(), Some(1));
    }
    let output = run(&[&path, "--map", "flag=distance"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("column flag holds neither"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = Folder::new("pipe");
    let input = folder.file("in.csv", format!("distance,mode\n{}", "1,bus\n".repeat(100_000)));
    let mut child = Command::new(env!("CARGO_BIN_EXE_puhui"))
        .args([
            "quantify",
            &input,
            "-m",
            concat!(env!("CARGO_MANIFEST_DIR"), "/benches/commute.toml"),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn standard_input_is_a_stream() {
    let folder = Folder::new("stream");
    let input = folder.file("in.csv", "distance,mode\n1,bus\n");
    let output = Command::new(env!("CARGO_BIN_EXE_puhui"))
        .args([
            "quantify",
            "-",
            "--summary",
            "-m",
            concat!(env!("CARGO_MANIFEST_DIR"), "/benches/commute.toml"),
        ])
        .stdin(File::open(input).unwrap())
        .output()
        .unwrap();
    assert!(stdout(&output).contains("gross        215.6 g"), "{}", stdout(&output));
}
