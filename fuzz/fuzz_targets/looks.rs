//! Any bytes as the looks of two photos, compared.
#![no_main]

use domain::evidence::Looks;
use domain::evidence::looks::{apart, prints_from_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = prints_from_head(bytes);
    let (one, other) = bytes.split_at(bytes.len() / 2);
    if let (Ok(one), Ok(other)) = (Looks::from_bytes(one), Looks::from_bytes(other)) {
        assert!(apart(&one, &other) <= 1000);
    }
});
