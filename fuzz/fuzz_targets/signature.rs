//! Any text as the headers of a signed event.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outside::signature::{Headers, Secret, verify};

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(5, '\n');
    let headers = Headers {
        id: lines.next(),
        timestamp: lines.next(),
        signature: lines.next(),
    };
    let secret = lines.next().unwrap_or_default();
    let body = lines.next().unwrap_or_default();
    let secrets: Vec<Secret> = Secret::parse(secret).into_iter().collect();
    let _ = verify(headers, body.as_bytes(), &secrets, 1_795_449_600_000_000);
});
