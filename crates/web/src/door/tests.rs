//! Every refusal has its words in both languages; addresses of clients are read carefully.

use super::*;
use domain::activity::Refusal;
use domain::participant::Consent;

#[test]
fn every_refusal_has_words_in_both_languages() {
    let codes = [
        "auth.sign_in",
        "auth.credentials",
        "auth.not_allowed",
        "signature.missing",
        "signature.malformed",
        "signature.old",
        "signature.future",
        "signature.wrong",
        "not_found",
        "field.invalid",
        "methodology.invalid",
        "behaviour.no_factor_known",
        "passkey.refused",
        "key.reused",
        "name.taken",
        "settled",
        "changed",
        "access.last_admin",
        "second_person",
        "too_many",
        "busy",
        "broken",
        "input.unknown",
        "input.not_a_number",
        "input.wrong_unit",
        "input.out_of_bounds",
        "input.unknown_choice",
        "input.missing",
        "methodology.not_applicable",
        "methodology.no_factor",
        "methodology.no_reduction",
        "methodology.division_by_zero",
        "methodology.overflow",
        "methodology.columns",
        "participant.closed",
        "participant.frozen",
        "consent.missing",
        "evidence.grade",
        "time.future",
        "time.before_programme",
        "claim.duplicate",
        "claim.overlap",
        "cap.count",
        "cap.mass",
        "credit.nothing",
        "reward.short",
        "reward.out_of_stock",
        "reward.limit",
        "reward.budget",
        "reward.not_on_sale",
        "order.settled",
        "voucher.expired",
        "photo.too_large",
        "photo.too_many_pixels",
        "photo.side_too_long",
        "photo.heic",
        "photo.not_a_photo",
        "photo.broken",
        "photo.missing",
    ];
    for lang in Lang::ALL {
        for code in codes {
            let said = reason_words(code, Some("x"), lang);
            assert!(!said.starts_with("refusal-"), "{code} in {}", lang.code());
        }
    }
    let consent = Refused::Activity(Refusal::NoConsent(Consent::Photos));
    assert_eq!(consent.code(), "consent.missing");
    for sign in domain::evidence::SIGNS {
        let said = reason_words("evidence.refused", Some(sign), Lang::En);
        assert!(
            said.starts_with("The proof was not accepted: ") && !said.contains("policy-"),
            "{said}"
        );
    }
    let cap = reason_words("cap.mass", Some("day 296000"), Lang::Zh);
    assert!(cap.contains("296 克") && cap.contains('天'), "{cap}");
}

#[test]
fn a_form_comes_from_here_or_it_does_not_count() {
    let from = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in [("host", "puhui.demo.example")].iter().chain(headers) {
            request = request.header(*name, *value);
        }
        let request = request.body(axum::body::Body::empty()).unwrap();
        sent_from_here(&request, "https://front.demo.example/puhui")
    };
    let own = ("origin", "https://puhui.demo.example");
    let cookie = ("cookie", "__Host-puhui=ps_x");
    for (method, path, headers) in [
        ("GET", "/", &[("origin", "https://elsewhere.example")][..]),
        ("POST", "/signin", &[own]),
        ("POST", "/signin", &[("origin", "https://front.demo.example")]),
        (
            "POST",
            "/signin",
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
        ),
        (
            "POST",
            "/join",
            &[("referer", "https://puhui.demo.example/join/campus")],
        ),
        ("POST", "/store", &[own, cookie]),
        ("POST", "/store", &[("authorization", "Bearer x"), cookie]),
        ("POST", "/api/v1/session", &[]),
        ("POST", "/oauth/token", &[]),
    ] {
        assert!(from(method, path, headers), "{method} {path} {headers:?}");
    }
    for (path, headers) in [
        ("/signin", &[][..]),
        ("/signin", &[("origin", "https://elsewhere.example")]),
        ("/signin", &[("origin", "null")]),
        ("/signin", &[("origin", "https://elsewhere.example/puhui.demo.example")]),
        ("/signin", &[("origin", "https://puhui.demo.example.elsewhere.example")]),
        (
            "/signin",
            &[("referer", "https://elsewhere.example/?https://puhui.demo.example")],
        ),
        ("/join", &[("sec-fetch-site", "cross-site"), own]),
        ("/join", &[("sec-fetch-site", "same-site")]),
        ("/api/v1/session", &[("origin", "https://elsewhere.example")]),
        ("/api/v1/session", &[cookie]),
    ] {
        assert!(!from("POST", path, headers), "{path} {headers:?}");
    }
}

#[test]
fn only_the_nearest_proxy_is_believed() {
    let mut headers = HeaderMap::new();
    assert_eq!(forwarded(&headers), None);
    headers.append("x-forwarded-for", "203.0.113.9, 192.0.2.1".parse().unwrap());
    assert_eq!(forwarded(&headers), "192.0.2.1".parse().ok());
    headers.append("x-forwarded-for", "2001:db8::1".parse().unwrap());
    assert_eq!(forwarded(&headers), "2001:db8::1".parse().ok());
    headers.append("x-forwarded-for", "unknown".parse().unwrap());
    assert_eq!(forwarded(&headers), None);
}
