//! Any text as a methodology file, formulas included.
#![no_main]

use domain::methodology::Methodology;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Methodology::parse(text);
});
