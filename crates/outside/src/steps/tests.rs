use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::*;

mod apple;
mod honest;

/// A file of the shared test data, or `None` and a line that says which test skipped it.
pub fn sample(test: &str, file: &str) -> Option<Vec<u8>> {
    let folder = std::env::var("PUHUI_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let path = format!("{folder}/{file}");
    if let Ok(bytes) = fs::read(&path) {
        return Some(bytes);
    }
    let line = format!("outside::steps::{test}: skipped, no {path}");
    eprintln!("{line}");
    if let Ok(skips) = std::env::var("PUHUI_TEST_SKIPS") {
        let mut file = OpenOptions::new().create(true).append(true).open(skips).unwrap();
        writeln!(file, "{line}").unwrap();
    }
    None
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").unwrap()
}

fn read_with(file: impl AsRef<[u8]>, limits: &Limits) -> Result<Vec<StepsFacts>, StepsError> {
    read(Cursor::new(file.as_ref()), &zone(), limits)
}

fn read_default(file: impl AsRef<[u8]>) -> Result<Vec<StepsFacts>, StepsError> {
    read_with(file, &Limits::default())
}

/// Day, source and steps.
fn sums(file: impl AsRef<[u8]>) -> Vec<(String, String, u32)> {
    let facts = read_default(file).unwrap();
    facts
        .into_iter()
        .map(|one| (one.day.to_string(), one.source, one.steps))
        .collect()
}

fn sum(day: &str, source: &str, steps: u32) -> (String, String, u32) {
    (day.to_owned(), source.to_owned(), steps)
}

/// An Apple export with these records.
fn apple(records: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE HealthData [<!ELEMENT HealthData (Record*)>]>\n\
         <HealthData locale=\"zh_CN\">\n<ExportDate value=\"2026-11-24\"/>\n{records}\n</HealthData>\n"
    )
}

/// A record of steps between two times of 2026-11-20 in Shanghai.
fn record(source: &str, from: &str, to: &str, steps: u32) -> String {
    full_record(
        source,
        &format!("2026-11-20 {from} +0800"),
        &format!("2026-11-20 {to} +0800"),
        steps,
    )
}

fn full_record(source: &str, from: &str, to: &str, steps: u32) -> String {
    format!(
        "<Record type=\"HKQuantityTypeIdentifierStepCount\" sourceName=\"{source}\" unit=\"count\" \
         startDate=\"{from}\" endDate=\"{to}\" value=\"{steps}\"/>\n"
    )
}

/// Fitbit's table of minutes, with one hour in it.
fn wide(steps: impl Fn(u32) -> u32) -> String {
    let (mut names, mut values) = ("Id,ActivityHour".to_owned(), "15,4/12/2016 1:00:00 PM".to_owned());
    for minute in 0..60 {
        write!(names, ",Steps{minute:02}").unwrap();
        write!(values, ",{}", steps(minute)).unwrap();
    }
    format!("{names}\n{values}\n")
}

/// A zip with these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

// --- zip ----------------------------------------------------------------------------------------

#[test]
fn an_export_is_found_in_its_zip_whatever_its_name() {
    let export = apple(&record("w", "08:00:00", "08:10:00", 900));
    let cda = "<?xml version=\"1.0\"?><ClinicalDocument>".to_owned() + &"<a/>".repeat(9000);
    let archive = zipped(&[
        ("apple_health_export/export_cda.xml", cda.as_bytes()),
        ("apple_health_export/workout-routes/route.gpx", b"<gpx/>"),
        ("apple_health_export/导出.xml", export.as_bytes()),
    ]);
    assert_eq!(sums(&archive), [sum("2026-11-20", "apple:w", 900)]);

    let google = "Date,Move Minutes count,Step count\n2026-11-20,30,900\n";
    let archive = zipped(&[
        (
            "Takeout/Fit/Daily activity metrics/2026-11-20.csv",
            b"Start time,End time,Step count\n".as_slice(),
        ),
        (
            "Takeout/Fit/Daily activity metrics/Daily activity metrics.csv",
            google.as_bytes(),
        ),
    ]);
    assert_eq!(sums(&archive), [sum("2026-11-20", "google", 900)]);
}

#[test]
fn a_zip_without_an_export_and_a_damaged_one_are_told() {
    let archive = zipped(&[("a.xml", b"<a/>"), ("b.csv", b"a,b\n"), ("export.xml/", b"")]);
    assert_eq!(read_default(&archive), Err(StepsError::NotSteps { looks_like: "zip" }));

    let export = apple(&record("w", "08:00:00", "08:10:00", 900).repeat(50));
    let archive = zipped(&[("export.xml", export.as_bytes())]);
    for cut in [4, 30, archive.len() / 2, archive.len() - 1] {
        let error = read_default(&archive[..cut]).unwrap_err();
        assert_eq!(error.code(), "steps.broken", "{cut}: {error}");
    }
    for at in 0..archive.len() {
        let mut damaged = archive.clone();
        damaged[at] ^= 0x55;
        let _ = read_default(&damaged);
    }
}

#[test]
fn a_bomb_in_a_zip_ends_at_the_limit() {
    let mut export = apple("");
    export.insert_str(export.len() - 15, &"<Record/>\n".repeat(2_000_000));
    let archive = zipped(&[("export.xml", export.as_bytes())]);
    assert!(archive.len() < 200_000);
    let limits = Limits {
        bytes: 10 << 20,
        ..Limits::default()
    };
    assert_eq!(
        read_with(&archive, &limits),
        Err(StepsError::TooLarge { limit: 10 << 20 })
    );
}

// --- tables -------------------------------------------------------------------------------------

#[test]
fn plain_tables_are_read_as_people_and_spreadsheets_write_them() {
    for table in [
        "day,steps\n2026-11-20,9000\n",
        "\u{feff}Date;Steps\r\n2026/11/20;9000\r\n\r\n",
        "日期\t步数\n2026年11月20日\t9,000\n",
        "2026-11-20,9000",
        "Activities\nDate,Calories Burned,Steps,Distance\n\"2026-11-20\",\"2,345\",\"9,000\",\"6.1\"\n",
        "date,steps,distance,runDistance,calories\n2026-11-20,9000,6000,0,300\n",
        "day,steps\n20261120,9000.0\n2026-11-20,8000\n",
        "steps, day \n9000, 2026-11-20 00:00:00\n",
    ] {
        assert_eq!(sums(table), [sum("2026-11-20", "csv", 9000)], "{table}");
    }
    let gbk = b"\xc8\xd5\xc6\xda,\xb2\xbd\xca\xfd\n2026-11-20,9000\n";
    assert_eq!(sums(gbk), [sum("2026-11-20", "csv", 9000)]);
}

#[test]
fn a_table_may_name_sources_but_none_passes_for_another_format() {
    let table = "day,steps,source\n2026-11-20,9000,wechat\n2026-11-20,8000,\n";
    assert_eq!(
        sums(table),
        [sum("2026-11-20", "csv", 8000), sum("2026-11-20", "csv:wechat", 9000)]
    );
}

#[test]
fn fitbits_tables_are_read_by_day_hour_and_minute() {
    let days = "Id,ActivityDay,StepTotal\n15,4/12/2016,13162\n15,4/13/2016,0\n";
    assert_eq!(
        sums(days),
        [sum("2016-04-12", "fitbit", 13_162), sum("2016-04-13", "fitbit", 0)]
    );
    let whole = "Id,ActivityDate,TotalSteps,TotalDistance\n15,4/12/2016,13162,8.5\n";
    assert_eq!(sums(whole), [sum("2016-04-12", "fitbit", 13_162)]);

    let two = "Id,ActivityDay,ActivityHour,StepTotal\n15,4/12/2016,0:00:00,373\n15,4/12/2016,23:00:00,50\n";
    let one = "Id,ActivityHour,StepTotal\n15,4/12/2016 12:00:00 AM,373\n15,4/12/2016 11:00:00 PM,50\n";
    for table in [two, one] {
        let facts = read_default(table).unwrap();
        let hours = facts[0].hours.unwrap();
        assert_eq!((facts[0].steps, hours[0], hours[23]), (423, 373, 50));
    }

    let wide = wide(|minute| minute);
    let facts = read_default(wide).unwrap();
    assert_eq!((facts[0].steps, facts[0].hours.unwrap()[13]), (1770, 1770));
    assert_eq!(facts[0].busiest_minute, Some(59));
    assert_eq!(facts[0].busiest_ten_minutes, Some((50..60).sum()));
}

#[test]
fn days_without_a_number_are_left_out_of_googles_table() {
    let table = "Date,Move Minutes count,Calories (kcal),Step count\n2026-11-20,,1500,\n2026-11-21,60,1700,9000\n";
    assert_eq!(sums(table), [sum("2026-11-21", "google", 9000)]);
}

#[test]
fn a_table_of_several_people_is_refused() {
    let table = "Id,ActivityDay,StepTotal\n15,4/12/2016,13162\n16,4/12/2016,100\n";
    assert_eq!(read_default(table), Err(StepsError::SeveralPeople));
}

#[test]
fn what_is_wrong_in_a_table_is_told_with_its_line() {
    for (table, told) in [
        ("day,steps\n2026-11-20,9000\n2026-11-21,many\n", "line 3: the steps"),
        ("day,steps\n2026-11-20,-5\n", "line 2: the steps"),
        ("day,steps\n2026-11-20,1.5e3\n", "line 2: the steps"),
        ("day,steps\n2026-11-20,99999999999\n", "line 2: the steps"),
        ("day,steps\n2026-11-20,\"1,5\"\n", "line 2: the steps"),
        ("day,steps\n20.11.2026,5\n", "line 2: the day"),
        ("day,steps\n2026-02-30,5\n", "line 2: the day"),
        ("day,steps\n2026-11-20\n", "line 2: it is cut short"),
        ("Id,ActivityDay,StepTotal\n1,2016-04-12,5\n", "line 2: the day"),
        ("day,hour,steps\n2026-11-20,24,5\n", "line 2: the hour"),
    ] {
        let error = read_default(table).unwrap_err();
        assert_eq!(error.code(), "steps.broken");
        assert!(error.to_string().contains(told), "{table}: {error}");
    }
    let long = format!("day,steps\n2026-11-20,\"{}", "9".repeat(20_000));
    let error = read_default(long).unwrap_err().to_string();
    assert!(error.contains("longer than any should be"), "{error}");
}

// --- neither ------------------------------------------------------------------------------------

#[test]
fn what_is_no_file_of_steps_is_named_with_what_to_send_instead() {
    for (file, looks_like, advice) in [
        (b"".as_slice(), "empty", "again"),
        (b"  \n ", "empty", "again"),
        (b"PK\x05\x06", "zip", "zip of Apple Health"),
        (b"\x1f\x8b\x08", "gzip", "unpack"),
        (b"%PDF-1.7", "pdf", "columns day and steps"),
        (b"\xd0\xcf\x11\xe0\xa1", "excel", "save it as CSV"),
        (b"\xff\xfed\0a\0", "utf-16", "UTF-8"),
        (b"SQLite format 3\0", "database", "export"),
        (b"[{\"dateTime\": 1}]", "json", "CSV"),
        (b"<?xml version=\"1.0\"?><gpx>", "gpx", "track"),
        (b"<ClinicalDocument>", "cda", "export.xml"),
        (b"<html>", "xml", "Fitbit"),
        (b"a\0b", "unknown", "Fitbit"),
        (b"name,price\nx,3\n", "table", "column steps"),
        (b"just words", "table", "column steps"),
    ] {
        let error = read_default(file).unwrap_err();
        assert_eq!(error, StepsError::NotSteps { looks_like });
        assert!(error.to_string().contains(advice), "{error}");
    }
    assert_eq!(read_default("day,steps\n"), Err(StepsError::NoSteps));
}

#[test]
fn a_file_that_is_too_large_is_told_so() {
    let limits = Limits {
        bytes: 100_000,
        ..Limits::default()
    };
    let table = format!("day,steps\n{}", "2026-11-20,1\n".repeat(10_000));
    assert_eq!(read_with(table, &limits), Err(StepsError::TooLarge { limit: 100_000 }));
    let export = apple(&record("w", "08:00:00", "08:10:00", 900).repeat(2000));
    assert_eq!(read_with(export, &limits), Err(StepsError::TooLarge { limit: 100_000 }));
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[test]
fn a_disk_that_fails_is_not_the_persons_fault() {
    let start = apple(&record("w", "08:00:00", "08:10:00", 900).repeat(2000));
    let input = start.as_bytes()[..100_000].chain(Failing);
    let failed = StepsError::Unread(io::ErrorKind::PermissionDenied);
    assert_eq!(stream(input, &zone(), &Limits::default()), Err(failed));
}

/// One small file of each format.
fn seeds() -> Vec<Vec<u8>> {
    let export = apple(
        &[
            record("w", "08:00:00", "08:10:00", 900),
            record("p", "08:00:00", "08:01:00", 100)
                .replace("/>", "><MetadataEntry key=\"HKWasUserEntered\" value=\"1\"/></Record>"),
            full_record("w", "2026-11-20 23:50:00 +0800", "2026-11-21 00:20:00 +0800", 301),
        ]
        .concat(),
    );
    vec![
        zipped(&[("export.xml", export.as_bytes())]),
        export.into_bytes(),
        wide(|_| 7).into_bytes(),
        b"Id,ActivityDay,ActivityHour,StepTotal\n15,4/12/2016,0:00:00,373\n".to_vec(),
        b"Date,Move Minutes count,Step count\n2026-11-20,30,900\n".to_vec(),
        b"day,steps,source\n2026-11-20,9000,x\n2026-11-21,9000,x\n".to_vec(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_changed_file_breaks_it(
        seed in 0_usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..12),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut file = seeds().swap_remove(seed);
        for (at, byte, how) in changes {
            let at = at.index(file.len());
            match how {
                0 => file[at] = byte,
                1 => file.insert(at, byte),
                _ => {
                    let piece: Vec<u8> = file[at..].iter().copied().take(usize::from(byte)).collect();
                    file.splice(at..at, piece);
                }
            }
        }
        if !whole {
            file.truncate(cut.index(file.len()));
        }
        if let Ok(facts) = read_default(&file) {
            prop_assert!(facts.len() <= Limits::default().days);
            for one in facts {
                prop_assert!(one.source.chars().count() <= 60);
                let hours: u64 = one.hours.iter().flatten().map(|steps| u64::from(*steps)).sum();
                prop_assert!(hours <= u64::from(one.steps));
            }
        }
    }

    #[test]
    fn no_bytes_break_it(file in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_default(file);
    }

    #[test]
    fn of_one_source_no_order_and_no_repetition_of_records_makes_more_steps(
        spans in prop::collection::vec((0_u32..86_000, 1_u32..4000, 0_u32..5000), 1..20),
        again in any::<bool>(),
    ) {
        let clock = |second: u32| format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        let records: Vec<String> = spans
            .iter()
            .map(|(from, length, steps)| record("w", &clock(*from), &clock((from + length).min(86_399)), *steps))
            .collect();
        let mut text = records.concat();
        if again {
            text = text.repeat(2);
        }
        let once = read_default(apple(&records.concat())).unwrap();
        let total: u32 = spans.iter().map(|(_, _, steps)| steps).sum();
        prop_assert!(once[0].steps <= total);
        prop_assert_eq!(read_default(apple(&text)).unwrap(), once);
    }
}
