//! Any bytes as a file of steps: health exports in XML or zip, tables.
#![no_main]

use std::io::Cursor;

use domain::measure::Zone;
use libfuzzer_sys::fuzz_target;
use outside::steps::{Limits, read};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        bytes: 1 << 20,
        days: 400,
        ..Limits::default()
    };
    let Some(zone) = Zone::named("Asia/Shanghai") else { return };
    if let Ok(days) = read(Cursor::new(bytes), &zone, &limits) {
        domain::evidence::steps::by_day(days);
    }
});
