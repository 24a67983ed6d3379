use aes::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use proptest::prelude::*;

use super::*;
use crate::steps::tests::sample;

const KEY: [u8; 16] = [7; 16];
const IV: [u8; 16] = [3; 16];
const APP: &str = "wx0123456789abcdef";
/// Noon of 2026-11-24 in Beijing.
const NOW_S: i64 = 1_795_492_800;

fn sealed(plain: &str) -> String {
    let mut buffer = plain.as_bytes().to_vec();
    buffer.resize(plain.len() + 16, 0);
    let sealed = cbc::Encryptor::<Aes128>::new(&KEY.into(), &IV.into())
        .encrypt_padded::<Pkcs7>(&mut buffer, plain.len())
        .unwrap();
    BASE64.encode(sealed)
}

fn plain(app: &str, at_s: i64, days: &[(i64, i64)]) -> String {
    let days: Vec<String> = days
        .iter()
        .map(|(at_s, steps)| format!(r#"{{"timestamp":{at_s},"step":{steps}}}"#))
        .collect();
    format!(
        r#"{{"stepInfoList":[{}],"watermark":{{"timestamp":{at_s},"appid":"{app}"}}}}"#,
        days.join(",")
    )
}

fn opened(encrypted: &str) -> Result<Vec<StepsFacts>, WechatError> {
    open(
        &BASE64.encode(KEY),
        &BASE64.encode(IV),
        encrypted,
        APP,
        NOW_S * 1_000_000,
    )
}

#[test]
fn thirty_days_are_read_by_beijing_time() {
    let midnight_s = NOW_S - 12 * 3600;
    let days: Vec<(i64, i64)> = (0..30).map(|n| (midnight_s - n * DAY_S, 1000 + n)).collect();
    let facts = opened(&sealed(&plain(APP, NOW_S - 5, &days))).unwrap();
    assert_eq!(facts.len(), 30);
    let today = facts.last().unwrap();
    assert_eq!((today.day, today.steps), (Day::parse("2026-11-24").unwrap(), 1000));
    assert_eq!((today.source.as_str(), today.hours), (WECHAT, None));
    assert!(today.series.is_some());
    assert_eq!(facts[0].day, Day::parse("2026-10-26").unwrap());
    assert_eq!(facts[0].series, None, "the first days have no four before them");
}

#[test]
fn another_app_and_an_old_answer_are_refused() {
    let days = [(NOW_S, 100)];
    let other = opened(&sealed(&plain("wxffff", NOW_S, &days)));
    assert_eq!(other, Err(WechatError::OtherApp));
    for (at_s, seconds) in [(NOW_S - 601, 601), (NOW_S + 601, -601)] {
        let old = opened(&sealed(&plain(APP, at_s, &days)));
        assert_eq!(old, Err(WechatError::Old { seconds }));
    }
    for at_s in [NOW_S - 600, NOW_S + 600] {
        assert!(opened(&sealed(&plain(APP, at_s, &days))).is_ok());
    }
}

#[test]
fn what_cannot_be_decrypted_and_what_decrypts_to_nonsense_are_told_alike() {
    let good = BASE64.decode(sealed(&plain(APP, NOW_S, &[(NOW_S, 100)]))).unwrap();
    for byte in 0..good.len() {
        let mut bad = good.clone();
        bad[byte] ^= 0x80;
        match opened(&BASE64.encode(bad)) {
            // the bits of a number's digit may still be a digit, which is why the watermark is no signature
            Ok(_) | Err(WechatError::Damaged | WechatError::OtherApp | WechatError::Old { .. }) => {}
            other => panic!("byte {byte}: {other:?}"),
        }
    }
    for text in ["", "nonsense", "{}", "[]", r#"{"watermark":{}}"#] {
        assert_eq!(opened(&sealed(text)), Err(WechatError::Damaged), "{text}");
    }
    assert_eq!(opened(&BASE64.encode([1; 31])), Err(WechatError::Damaged));
    assert_eq!(
        opened(&sealed(&plain(APP, NOW_S, &[(NOW_S, -1)]))),
        Err(WechatError::Damaged)
    );
    assert_eq!(
        opened(&sealed(&plain(APP, NOW_S, &[(i64::MAX, 1)]))),
        Err(WechatError::Damaged)
    );
}

#[test]
fn keys_and_vectors_have_sixteen_bytes() {
    let good = sealed(&plain(APP, NOW_S, &[(NOW_S, 100)]));
    let (key, iv) = (BASE64.encode(KEY), BASE64.encode(IV));
    for short in [
        BASE64.encode([1; 15]),
        BASE64.encode([1; 17]),
        "?".to_owned(),
        String::new(),
    ] {
        assert_eq!(
            open(&short, &iv, &good, APP, NOW_S * 1_000_000),
            Err(WechatError::Session)
        );
        assert_eq!(
            open(&key, &short, &good, APP, NOW_S * 1_000_000),
            Err(WechatError::Form)
        );
    }
    assert_eq!(opened("?"), Err(WechatError::Form));
    assert_eq!(opened(&"A".repeat(65_540)), Err(WechatError::Form));
}

#[test]
fn without_steps_it_says_so() {
    let none = format!(r#"{{"watermark":{{"timestamp":{NOW_S},"appid":"{APP}"}}}}"#);
    assert_eq!(opened(&sealed(&none)), Err(WechatError::NoSteps));
    assert_eq!(opened(&sealed(&plain(APP, NOW_S, &[]))), Err(WechatError::NoSteps));
}

#[test]
fn wechats_own_example_is_decrypted_and_each_change_of_it_refused() {
    let Some(file) = sample("wechats_own_example", "wechat/wxbizdatacrypt_vector.json") else {
        return;
    };
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let vector = &file["vectors"][0];
    let text = |name: &str| vector[name].as_str().unwrap();
    let (key, iv, data, app) = (text("session_key"), text("iv"), text("encryptedData"), text("appid"));
    let at_us = vector["plaintext"]["watermark"]["timestamp"].as_i64().unwrap() * 1_000_000;

    // a profile, not steps: that it is known to be one shows that it was decrypted
    assert_eq!(open(key, iv, data, app, at_us), Err(WechatError::NoSteps));
    assert_eq!(open(key, iv, data, APP, at_us), Err(WechatError::OtherApp));
    let later = at_us + (FRESH_S + 1) * 1_000_000;
    assert!(matches!(open(key, iv, data, app, later), Err(WechatError::Old { .. })));
    assert_eq!(open(&key[4..], iv, data, app, at_us), Err(WechatError::Session));
    assert_eq!(open(key, &iv[4..], data, app, at_us), Err(WechatError::Form));

    let bytes = BASE64.decode(data).unwrap();
    for bit in [0, 77, bytes.len() * 8 - 1] {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let flipped = BASE64.encode(flipped);
        assert_eq!(
            open(key, iv, &flipped, app, at_us),
            Err(WechatError::Damaged),
            "bit {bit}"
        );
    }
}

proptest! {
    #[test]
    fn no_input_breaks_it(key in "[A-Za-z0-9+/]{22}==", iv in "[A-Za-z0-9+/]{22}==", data in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(open(&key, &iv, &BASE64.encode(data), APP, NOW_S * 1_000_000).is_err());
    }

    #[test]
    fn no_text_breaks_it(text in "\\PC{0,200}") {
        prop_assert!(open(&text, &text, &text, APP, 0).is_err());
        prop_assert!(opened(&sealed(&text)).is_err());
    }
}
