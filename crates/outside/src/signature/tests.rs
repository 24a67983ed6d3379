use proptest::prelude::*;

use super::*;

const NOW_S: i64 = 1_795_000_000;
const NOW_US: i64 = NOW_S * 1_000_000;
const BODY: &[u8] = br#"{"order":"A-17","steps":8000}"#;
/// By an independent implementation, over [`BODY`] as event `evt-1` at [`NOW_S`], with the bytes 0 to 23 as secret.
const SIGNED: &str = "v1,pKsoPwbMt3B8Gzq9fRtvvZXvsrRe0f6MUYWz3P3jPWs=";

fn secret() -> Secret {
    Secret::parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").unwrap()
}

fn headers(signature: &str) -> Headers<'_> {
    Headers {
        id: Some("evt-1"),
        timestamp: Some("1795000000"),
        signature: Some(signature),
    }
}

fn check(headers: Headers<'_>, body: &[u8]) -> Result<i64, SignatureError> {
    verify(headers, body, &[secret()], NOW_US).map(|signed| signed.sent_s)
}

#[test]
fn what_an_independent_implementation_signed_is_believed_and_signed_alike() {
    assert_eq!(check(headers(SIGNED), BODY), Ok(NOW_S));
    assert_eq!(sign(&secret(), "evt-1", NOW_S, BODY).as_deref(), Ok(SIGNED));
}

#[test]
fn the_published_example_is_believed() {
    let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let headers = Headers {
        id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
        timestamp: Some("1614265330"),
        signature: Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    };
    let body = br#"{"test": 2432232314}"#;
    assert!(verify(headers, body, &[secret], 1_614_265_330_000_000).is_ok());
}

#[test]
fn while_a_secret_is_changed_both_are_believed() {
    let new = Secret::from_bytes(&[9; 32]).unwrap();
    let both = format!("v1a,ed25519 {} {SIGNED}", sign(&new, "evt-1", NOW_S, BODY).unwrap());
    assert_eq!(check(headers(&both), BODY), Ok(NOW_S));
    assert!(verify(headers(SIGNED), BODY, &[new, secret()], NOW_US).is_ok());
}

#[test]
fn a_changed_body_id_time_or_secret_is_not_believed() {
    assert_eq!(check(headers(SIGNED), b"{}"), Err(SignatureError::Wrong));
    let other_id = Headers {
        id: Some("evt-2"),
        ..headers(SIGNED)
    };
    assert_eq!(check(other_id, BODY), Err(SignatureError::Wrong));
    let later = Headers {
        timestamp: Some("1795000001"),
        ..headers(SIGNED)
    };
    assert_eq!(check(later, BODY), Err(SignatureError::Wrong));
    let padded = Headers {
        timestamp: Some("01795000000"),
        ..headers(SIGNED)
    };
    assert_eq!(check(padded, BODY), Err(SignatureError::Wrong));
    let other = Secret::from_bytes(&[9; 24]).unwrap();
    assert_eq!(
        verify(headers(SIGNED), BODY, &[other], NOW_US),
        Err(SignatureError::Wrong)
    );
    assert_eq!(verify(headers(SIGNED), BODY, &[], NOW_US), Err(SignatureError::Wrong));
}

#[test]
fn an_event_is_fresh_for_five_minutes_either_way() {
    let at = |seconds: i64| verify(headers(SIGNED), BODY, &[secret()], NOW_US + seconds * 1_000_000).map(|_| ());
    assert_eq!(at(300), Ok(()));
    assert_eq!(at(-300), Ok(()));
    assert_eq!(at(301), Err(SignatureError::Old { seconds: 301 }));
    assert_eq!(at(-301), Err(SignatureError::Future { seconds: 301 }));
}

#[test]
fn each_missing_or_unreadable_header_is_named() {
    let all = headers(SIGNED);
    let missing = [
        (Headers { id: None, ..all }, ID),
        (Headers { timestamp: None, ..all }, TIMESTAMP),
        (Headers { signature: None, ..all }, SIGNATURE),
    ];
    for (headers, name) in missing {
        assert_eq!(check(headers, BODY), Err(SignatureError::Missing(name)));
    }
    for id in ["", "a.b", "a b", "é", &"x".repeat(257)] {
        let headers = Headers { id: Some(id), ..all };
        assert_eq!(check(headers, BODY), Err(SignatureError::Malformed(ID)), "{id}");
    }
    for timestamp in [
        "",
        "-1",
        "+1795000000",
        " 1795000000",
        "1e9",
        "1795000000.0",
        "1795000000000",
    ] {
        let headers = Headers {
            timestamp: Some(timestamp),
            ..all
        };
        assert_eq!(
            check(headers, BODY),
            Err(SignatureError::Malformed(TIMESTAMP)),
            "{timestamp}"
        );
    }
    let long = format!("{SIGNED} ").repeat(200);
    for signature in ["", "v1", "v1,", "v1,?", "v1,AAAA", "v2,AAAA", &SIGNED[3..], &long] {
        assert_eq!(
            check(headers(signature), BODY),
            Err(SignatureError::Malformed(SIGNATURE)),
            "{signature}"
        );
    }
}

#[test]
fn a_secret_is_read_as_it_was_handed_out_and_never_printed() {
    let secret = secret();
    assert_eq!(Secret::parse(&secret.reveal()), Ok(secret.clone()));
    assert_eq!(format!("{secret:?}"), "Secret");
    for wrong in [
        "",
        "whsec_",
        "whsec_AAAA",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "whsec_???",
    ] {
        assert_eq!(Secret::parse(wrong), Err(SignatureError::Secret), "{wrong}");
    }
}

#[test]
fn a_refusal_tells_nothing_of_the_right_signature() {
    let told = SignatureError::Wrong.to_string();
    assert!(!told.contains(&SIGNED[3..]));
    assert_eq!(SignatureError::Wrong.code(), "signature.wrong");
}

proptest! {
    #[test]
    fn what_is_signed_is_believed(id in "[!-\\-/-~]{1,40}", body in prop::collection::vec(any::<u8>(), 0..200)) {
        let signature = sign(&secret(), &id, NOW_S, &body).unwrap();
        let headers = Headers { id: Some(&id), ..headers(&signature) };
        prop_assert_eq!(check(headers, &body), Ok(NOW_S));
    }

    #[test]
    fn no_header_breaks_it_or_is_believed(
        id in ".{0,20}",
        timestamp in "[0-9+. -]{0,14}",
        signature in "(v1,[A-Za-z0-9+/=]{0,60} ?){0,4}|\\PC{0,60}",
    ) {
        let headers = Headers { id: Some(&id), timestamp: Some(&timestamp), signature: Some(&signature) };
        prop_assert!(check(headers, BODY).is_err());
    }
}
