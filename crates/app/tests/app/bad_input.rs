//! What cannot be right is refused by name and place, and leaves no trace.

use app::{Caller, Mode, NewReward, Refused, Report};
use domain::measure::{EntryId, ParticipantId};
use domain::methodology::catalogue;
use domain::participant::Consent;
use domain::programme::Role;
use image::{DynamicImage, ImageFormat};
use store::testing::each_engine;

use crate::photo::{encoded, picture};
use crate::world::{BEGAN_US, HOUR_US, MINUTE_US, Told, World, instant, refused, report, text};

/// A ride in JSON, with its inputs as they are written.
fn ride(who: &str, inputs: &str, world: &World) -> String {
    let start = instant(world.clock.now_us() - HOUR_US);
    format!(
        r#"{{"event": "e", "participant": "{who}", "behaviour": "cycling-for-driving", "started_at": "{start}", "inputs": {inputs}}}"#
    )
}

async fn told(world: &World, report: Report<'_>) -> (&'static str, Option<String>) {
    let answer = world
        .app
        .submit(&world.partner, &world.programme, Mode::Event, report)
        .await;
    let why: Refused = refused(answer).unwrap_err();
    (why.code(), why.pointer())
}

#[tokio::test]
async fn inputs_that_cannot_be_are_refused_by_name() {
    each_engine("bad inputs", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let before = world.verified().await;
        for (inputs, code) in [
            (r#"{"distance": "3 kWh"}"#, "input.wrong_unit"),
            (r#"{"distance": -1}"#, "input.out_of_bounds"),
            (r#"{"distance": 0}"#, "input.out_of_bounds"),
            (r#"{"distance": 100.001}"#, "input.out_of_bounds"),
            (r#"{"distance": "NaN"}"#, "input.not_a_number"),
            (r#"{"distance": 1e400}"#, "input.not_a_number"),
            (r#"{"distance": "1e400"}"#, "input.not_a_number"),
            (r#"{"distance": ""}"#, "input.not_a_number"),
            (r#"{"distance": "∞"}"#, "input.not_a_number"),
        ] {
            let json = ride(&li.to_string(), inputs, &world);
            let expected = (code, Some("/inputs/distance".to_owned()));
            assert_eq!(told(&world, report(&json)).await, expected, "{inputs}");
        }
        let unknown = ride(&li.to_string(), r#"{"distance": 3, "wind": 5}"#, &world);
        let expected = ("input.unknown", Some("/inputs/wind".to_owned()));
        assert_eq!(told(&world, report(&unknown)).await, expected);
        let missing = ride(&li.to_string(), "{}", &world);
        let expected = ("input.missing", Some("/inputs/distance".to_owned()));
        assert_eq!(told(&world, report(&missing)).await, expected);
        assert_eq!(world.verified().await, before);
    })
    .await;
}

#[tokio::test]
async fn json_that_is_no_report_is_refused_where_it_is_wrong() {
    let of = |json: &str| {
        let why = Report::from_json(json.as_bytes()).unwrap_err();
        (why.code(), why.pointer().unwrap())
    };
    for (json, pointer) in [
        ("", ""),
        ("[]", ""),
        (r#"{"behaviour": "x", "started_at": "y"}"#, "/event"),
        (
            r#"{"event": "e", "behaviour": "x", "started_at": "y", "wind": 1}"#,
            "/wind",
        ),
        (
            r#"{"event": "e", "behaviour": "x", "started_at": "y", "inputs": {"a": true}}"#,
            "/inputs/a",
        ),
        (
            r#"{"event": "e", "behaviour": "x", "started_at": "y", "inputs": {"a": null}}"#,
            "/inputs/a",
        ),
        (
            r#"{"event": "e", "behaviour": "x", "started_at": "y", "inputs": {"a": 1, "a": 2}}"#,
            "/inputs/a",
        ),
    ] {
        assert_eq!(of(json), ("field.invalid", pointer.to_owned()), "{json}");
    }
}

#[tokio::test]
async fn acts_that_cannot_be_are_refused_by_name() {
    each_engine("bad acts", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let before = world.verified().await;
        let now_us = world.clock.now_us();
        let good = Told::new(li, "e", "metro-trip", now_us - HOUR_US).lasting(20);
        let behaviour = |behaviour: &str| Told {
            behaviour: behaviour.to_owned(),
            ..good.clone()
        };
        let event = |event: &str| Told {
            event: event.to_owned(),
            ..good.clone()
        };
        let at = |start_us: i64, end_us: i64| Told {
            start_us,
            end_us: Some(end_us),
            ..good.clone()
        };
        let unknown = Told {
            participant: ParticipantId::new(77),
            ..good.clone()
        };
        for (act, code, pointer) in [
            (behaviour("time-travel"), "field.invalid", Some("/behaviour")),
            (
                behaviour(catalogue::UNKNOWN[0].id),
                "behaviour.no_factor_known",
                Some("/behaviour"),
            ),
            (event(""), "field.invalid", Some("/event")),
            (event(&"e".repeat(129)), "field.invalid", Some("/event")),
            (event("a\0b"), "field.invalid", Some("/event")),
            (at(now_us, now_us - 1), "field.invalid", Some("/ended_at")),
            (
                at(now_us - 40 * 24 * HOUR_US, now_us),
                "field.invalid",
                Some("/ended_at"),
            ),
            (at(now_us, now_us + 11 * MINUTE_US), "time.future", Some("/started_at")),
            (at(BEGAN_US - 1, BEGAN_US), "time.before_programme", Some("/started_at")),
            (unknown, "not_found", None),
        ] {
            let told = told(&world, act.report()).await;
            assert_eq!(told, (code, pointer.map(str::to_owned)), "{act:?}");
        }
        let json = good.report();
        for (field, report) in [
            (
                "started_at",
                Report {
                    started_at: "yesterday".into(),
                    ..json.clone()
                },
            ),
            (
                "ended_at",
                Report {
                    ended_at: Some("2026-13-01T00:00:00Z".into()),
                    ..json.clone()
                },
            ),
        ] {
            assert_eq!(told(&world, report).await, ("field.invalid", Some(format!("/{field}"))));
        }
        for who in ["", "nobody", "7zzzzzzzzzzzz", "zzzzzzzzzzzzz"] {
            let report = Report {
                participant: Some(who.into()),
                ..json.clone()
            };
            assert_eq!(told(&world, report).await.0, "not_found", "{who}");
        }
        for name in ["", "nobody", "li\0"] {
            let report = Report {
                participant: None,
                reference: Some(name.into()),
                ..json.clone()
            };
            assert_eq!(told(&world, report).await.0, "not_found", "{name:?}");
        }
        let nowhere = Report {
            region: Some("Atlantis".into()),
            ..json.clone()
        };
        assert_eq!(told(&world, nowhere).await.0, "methodology.no_factor");
        assert_eq!(world.verified().await, before);

        // one bad act does not hold up those beside it
        let bad = event("a\0b");
        let reports = vec![Ok(good.report()), Ok(bad.report()), Err(Refused::KeyReused)];
        let answers = world
            .app
            .submit_many(&world.partner, &world.programme, Mode::Event, reports)
            .await
            .unwrap();
        let codes: Vec<_> = answers
            .iter()
            .map(|a| a.as_ref().map_err(Refused::code).map(|r| r.state))
            .collect();
        assert_eq!(codes, [Ok("credited"), Err("field.invalid"), Err("key.reused")]);
        // the same key with another body
        let before = world.verified().await;
        let other = Told {
            start_us: good.start_us - 1,
            ..good.clone()
        };
        assert_eq!(told(&world, other.report()).await, ("key.reused", None));
        let other = behaviour("lights-off");
        assert_eq!(told(&world, other.report()).await, ("key.reused", None));
        assert_eq!(world.verified().await, before);
    })
    .await;
}

#[tokio::test]
async fn nothing_comes_in_without_consent_or_from_strangers() {
    each_engine("no consent", async |store| {
        let world = World::new(&store).await;
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        let before = world.verified().await;
        let act = Told::new(li, "e", "metro-trip", world.clock.now_us() - HOUR_US).lasting(20);
        let (app, programme, own) = (&world.app, &world.programme, world.person(li));
        for (consent, mode, caller) in [
            (Consent::PartnerEvents, Mode::Event, &world.partner),
            (Consent::DeviceReadings, Mode::Reading, &world.partner),
            (Consent::Programme, Mode::Event, &own),
            (Consent::Programme, Mode::Event, &world.partner),
        ] {
            app.set_consent(&own, programme, li, consent, false).await.unwrap();
            let why = refused(app.submit(caller, programme, mode, act.report()).await).unwrap_err();
            assert_eq!(why.code(), "consent.missing", "{consent:?}");
            app.set_consent(&own, programme, li, consent, true).await.unwrap();
        }
        app.set_consent(&own, programme, li, Consent::Photos, false)
            .await
            .unwrap();
        let jpeg = encoded(&picture(1), ImageFormat::Jpeg);
        let why = world.submit_photo(li, act.report(), &jpeg).await.unwrap_err();
        assert_eq!(why.code(), "consent.missing");
        for (caller, code) in [
            (world.person(wang), "auth.not_allowed"),
            (Caller::anonymous(), "auth.sign_in"),
        ] {
            let why = refused(app.submit(&caller, programme, Mode::Event, act.report()).await).unwrap_err();
            assert_eq!(why.code(), code);
        }
        assert_eq!(world.verified().await, before);
        // what was withdrawn may be given again, and the same key is free
        let receipt = world.submit(&act).await.unwrap();
        assert_eq!((receipt.credited_mg, receipt.repeated), (200_000, false));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_photo_is_refused_at_the_door() {
    each_engine("bad photos", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let before = world.verified().await;
        let act = Told::new(li, "e", "metro-trip", world.clock.now_us() - HOUR_US).lasting(20);
        let png = encoded(&picture(1), ImageFormat::Png);
        let jpeg = encoded(&picture(1), ImageFormat::Jpeg);
        let bomb = encoded(&DynamicImage::new_luma8(1_900, 1_900), ImageFormat::Png);
        let long = encoded(&DynamicImage::new_luma8(2_001, 2), ImageFormat::Png);
        let mut large = jpeg.clone();
        large.resize(1024 * 1024 + 1, 0);
        for (what, bytes, code) in [
            (
                "svg",
                b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>".to_vec(),
                "photo.not_a_photo",
            ),
            (
                "html",
                b"<!doctype html><script>1</script>".to_vec(),
                "photo.not_a_photo",
            ),
            ("empty", Vec::new(), "photo.not_a_photo"),
            ("half a png", png[..png.len() / 2].to_vec(), "photo.broken"),
            ("half a jpeg", jpeg[..jpeg.len() / 2].to_vec(), "photo.broken"),
            ("bomb", bomb, "photo.too_many_pixels"),
            ("long", long, "photo.side_too_long"),
            ("large", large, "photo.too_large"),
        ] {
            let why = world.submit_photo(li, act.report(), &bytes).await.unwrap_err();
            assert_eq!((why.code(), why.pointer()), (code, Some("/photo".to_owned())), "{what}");
        }
        let unknown = Told {
            behaviour: "time-travel".to_owned(),
            ..act.clone()
        };
        let why = world.submit_photo(li, unknown.report(), &jpeg).await.unwrap_err();
        assert_eq!(why.pointer().as_deref(), Some("/behaviour"));
        // rides need a device, not a photo
        let ride = Told::new(li, "e", "cycling-for-driving", act.start_us).with("distance", "3");
        let why = world.submit_photo(li, ride.report(), &jpeg).await.unwrap_err();
        assert_eq!(why.code(), "evidence.grade");
        world.work().await;
        assert_eq!(world.verified().await, before);
        let caller = world.person(li);
        let waiting = world.app.waiting(&caller, &world.programme, li).await.unwrap();
        assert!(waiting.is_empty());
        // nothing of all this holds the key
        world.submit_photo(li, act.report(), &jpeg).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_no_books_can_hold_is_refused_by_both_engines_alike() {
    each_engine("odd texts and numbers", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let (app, programme) = (&world.app, &world.programme);
        let support = world.staff(101, &[Role::Support]);
        let reward = NewReward {
            title: text("tea"),
            sponsor: "Demo Drinks".to_owned(),
            cost_minor: None,
            currency: None,
            price: "1".to_owned(),
            stock: 1,
            per_person: None,
            hold_days: None,
            voucher_days: None,
            at_once: false,
            icon: String::new(),
        };
        for (new, pointer) in [
            (
                NewReward {
                    hold_days: Some(u32::MAX),
                    ..reward.clone()
                },
                "/hold_days",
            ),
            (
                NewReward {
                    hold_days: Some(0),
                    ..reward.clone()
                },
                "/hold_days",
            ),
            (
                NewReward {
                    voucher_days: Some(u32::MAX),
                    ..reward.clone()
                },
                "/voucher_days",
            ),
            (
                NewReward {
                    stock: i64::MAX,
                    ..reward.clone()
                },
                "/stock",
            ),
            (
                NewReward {
                    stock: -1,
                    ..reward.clone()
                },
                "/stock",
            ),
            (
                NewReward {
                    price: "0".to_owned(),
                    ..reward.clone()
                },
                "/price",
            ),
            (
                NewReward {
                    price: "1.0001".to_owned(),
                    ..reward.clone()
                },
                "/price",
            ),
            (
                NewReward {
                    cost_minor: Some(5),
                    ..reward.clone()
                },
                "/cost_minor",
            ),
            (
                NewReward {
                    sponsor: "a\0".to_owned(),
                    ..reward.clone()
                },
                "/sponsor",
            ),
            (
                NewReward {
                    title: text("a\0"),
                    ..reward.clone()
                },
                "/title/zh",
            ),
        ] {
            let why = refused(app.create_reward(&support, programme, new, None).await).unwrap_err();
            assert_eq!(why.pointer().as_deref(), Some(pointer));
        }
        let tea = app.create_reward(&support, programme, reward, None).await.unwrap().id;
        for pieces in [i64::MAX, i64::MAX - 1, -2] {
            let why = refused(app.restock(&support, programme, tea, pieces, true, None).await).unwrap_err();
            assert_eq!(why.pointer().as_deref(), Some("/pieces"), "{pieces}");
        }
        let merchant = world.staff(104, &[Role::Merchant]);
        let why = refused(app.use_voucher(&merchant, programme, "AAAA\0").await).unwrap_err();
        assert_eq!(why.code(), "not_found");
        let why = refused(app.sign_in("li\0", "long enough", None).await).unwrap_err();
        assert_eq!(why.code(), "auth.credentials");
        let why = refused(app.partner_token("partner\0", "secret", None).await).unwrap_err();
        assert_eq!(why.code(), "auth.credentials");
        let about = (li, EntryId::new(1));
        let why = refused(app.request_reversal(&support, programme, about, "a\0b").await).unwrap_err();
        assert_eq!(why.pointer().as_deref(), Some("/why"));
        let why = refused(app.appeal(&world.person(li), programme, li, about.1, "a\0b").await).unwrap_err();
        assert_eq!(why.pointer().as_deref(), Some("/words"));
        world.verified().await;
    })
    .await;
}
