//! Any text as what was read in a photo, weighed against a rule.
#![no_main]

use domain::evidence::photo::{Brightness, Source};
use domain::evidence::text::{Line, TextFacts};
use domain::evidence::{Claim, Facts, Grade, History, PhotoFacts, Policy, judge};
use domain::measure::{Carbon, Day};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let line = |line: &str| Line {
        text: line.to_owned(),
        sure_permille: 900,
    };
    let facts = Facts {
        text: Some(TextFacts {
            lines: text.lines().take(200).map(line).collect(),
        }),
        photos: vec![PhotoFacts {
            width: 640,
            height: 480,
            taken: None,
            place: None,
            source: Source::Unknown,
            editor: None,
            brightness: Brightness {
                mean: 120,
                spread: 40,
                dark_permille: 0,
                glare_permille: 0,
            },
        }],
        ..Facts::default()
    };
    let claim = Claim {
        behaviour: "metro-trip".to_owned(),
        started_us: 1_795_449_600_000_000,
        ended_us: 1_795_449_600_000_000,
        civil: "2026-11-24T00:00:00".to_owned(),
        day: Day::from_epoch_days(20_781),
        distance_m: None,
        steps: None,
        sent_us: 1_795_449_600_000_000,
        worth: Carbon::from_mg(1),
        grade: Grade::E1,
        draw: 999,
    };
    domain::evidence::text::normalised(text);
    judge(&claim, &facts, &History::default(), Policy::shipped());
});
