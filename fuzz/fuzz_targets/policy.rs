//! Any text as the differences of an evidence policy.
#![no_main]

use domain::evidence::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(policy) = Policy::parse(text) {
        assert_eq!(Policy::parse(&policy.write()), Ok(policy));
    }
});
