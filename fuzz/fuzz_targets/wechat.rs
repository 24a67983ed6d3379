//! Any bytes as encrypted run data: what does not decrypt, and what decrypts to anything.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outside::steps::wechat::open;

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\n');
    let (key, iv) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let data = parts.next().unwrap_or_default();
    let _ = open(key, iv, data, "wx0", 1_795_449_600_000_000);
});
