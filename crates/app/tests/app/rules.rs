//! Partners, settings, staff, and a draft methodology on last month.

use std::sync::Arc;
use std::time::Duration;

use app::{Comparison, Mode, Progress, Refused, Settings, Shift, Top};
use domain::measure::{Day, EntryId, PartnerId, Text};
use domain::methodology::{Methodology, catalogue};
use domain::participant::Consent;
use domain::programme::{Programme, Role, Scope};
use store::testing::each_engine;

use crate::world::{DAY_US, HOUR_US, MIDNIGHT_US, START_US, Told, World, refused, report};

const ADMIN: i64 = 7;

fn fresh(world: &World) -> Arc<Programme> {
    Arc::clone(world.app.catalogue().programme("campus").unwrap())
}

async fn partner(world: &World, scopes: &[Scope]) -> (PartnerId, String, String) {
    let admin = world.staff(ADMIN, &[Role::Admin]);
    let made = world
        .app
        .create_partner(&admin, &world.programme, "Buses", scopes, None)
        .await
        .unwrap();
    (made.id, made.client_id, made.client_secret)
}

#[tokio::test]
async fn a_partner_does_what_its_scopes_and_its_token_allow() {
    each_engine("scopes", async |store| {
        let world = World::new(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let person = world.enrol("card-1").await;
        let (id, client, secret) = partner(&world, &[Scope::Records]).await;
        let told = Told::new(person, "bus-1", "metro-trip", START_US - HOUR_US).lasting(20);

        let token = app.partner_token(&client, &secret, None).await.unwrap();
        assert_eq!(token.scopes, [Scope::Records]);
        let buses = app.caller(&token.token).await.unwrap();
        app.submit(&buses, programme, Mode::Event, told.report()).await.unwrap();
        let new = app::NewParticipant {
            kind: domain::participant::Kind::Person,
            alias: "x".to_owned(),
            lang: String::new(),
            reference: None,
            consents: Consent::ALL.to_vec(),
        };
        let enrolled = refused(app.register_participant(&buses, programme, new.clone(), None).await);
        assert!(matches!(enrolled, Err(Refused::NotAllowed(_))), "{enrolled:?}");

        let more = refused(app.partner_token(&client, &secret, Some("participants")).await);
        assert_eq!(more.unwrap_err().code(), "field.invalid");
        let unknown = refused(app.partner_token(&client, &secret, Some("everything")).await);
        assert_eq!(unknown.unwrap_err().code(), "field.invalid");

        // all scopes for the partner, one for the token
        let admin = world.staff(ADMIN, &[Role::Admin]);
        app.set_partner_scopes(&admin, programme, id, &Scope::ALL)
            .await
            .unwrap();
        let narrow = app.partner_token(&client, &secret, Some("participants")).await.unwrap();
        let narrow = app.caller(&narrow.token).await.unwrap();
        app.register_participant(&narrow, programme, new, None).await.unwrap();
        let told = Told::new(person, "bus-2", "metro-trip", START_US - 2 * HOUR_US).lasting(20);
        let sent = refused(app.submit(&narrow, programme, Mode::Event, told.report()).await);
        assert!(matches!(sent, Err(Refused::NotAllowed(_))), "{sent:?}");

        let support = world.staff(8, &[Role::Support]);
        let changed = refused(app.set_partner_scopes(&support, programme, id, &Scope::ALL).await);
        assert!(matches!(changed, Err(Refused::NotAllowed(_))), "{changed:?}");
        assert_eq!(app.partners(&support, programme).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_rotated_secret_ends_the_old_one_and_its_tokens() {
    each_engine("rotate", async |store| {
        let world = World::new(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let admin = world.staff(ADMIN, &[Role::Admin]);
        let (id, client, old) = partner(&world, &Scope::ALL).await;
        let token = app.partner_token(&client, &old, None).await.unwrap();
        let rotated = app.rotate_partner_secret(&admin, programme, id).await.unwrap();
        assert_eq!(refused(app.caller(&token.token).await), Err(Refused::SignIn));
        let before = refused(app.partner_token(&client, &old, None).await);
        assert_eq!(before.unwrap_err(), Refused::Credentials);
        let token = app.partner_token(&client, &rotated.client_secret, None).await.unwrap();
        app.caller(&token.token).await.unwrap();

        app.open_partner(&admin, programme, id, false).await.unwrap();
        assert_eq!(refused(app.caller(&token.token).await), Err(Refused::SignIn));
        let closed = refused(app.partner_token(&client, &rotated.client_secret, None).await);
        assert_eq!(closed.unwrap_err(), Refused::Credentials);
        app.open_partner(&admin, programme, id, true).await.unwrap();
        app.partner_token(&client, &rotated.client_secret, None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn one_key_adds_one_partner() {
    each_engine("one partner", async |store| {
        let world = World::new(&store).await;
        let admin = world.staff(ADMIN, &[Role::Admin]);
        let key = || app::Key::new(&admin, "partner", "once", b"Trams");
        let add = async || {
            let (app, programme) = (&world.app, &world.programme);
            let added = app
                .create_partner(&admin, programme, "Trams", &Scope::ALL, Some(key()))
                .await;
            refused(added).map(|made| made.client_secret)
        };
        let secret = add().await.unwrap();
        assert!(secret.len() > 30);
        assert!(matches!(add().await, Err(Refused::Settled(_))));
        assert_eq!(world.app.partners(&admin, &world.programme).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_log_counts_what_a_partner_sent() {
    each_engine("feed", async |store| {
        let world = World::new(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let person = world.enrol("card-1").await;
        let (id, client, secret) = partner(&world, &Scope::ALL).await;
        let token = app.partner_token(&client, &secret, None).await.unwrap();
        let buses = app.caller(&token.token).await.unwrap();
        let told = |event: &str, hours: i64| Told::new(person, event, "metro-trip", START_US - hours * HOUR_US);
        let acts = [
            told("a", 1),
            told("b", 2),
            told("a", 1),
            told("c", 2), // at the time of b: refused and kept
            Told::new(person, "d", "teleporting", START_US - HOUR_US),
        ];
        let reports = acts.iter().map(|act| Ok(act.report())).collect();
        let answers = app.submit_many(&buses, programme, Mode::Event, reports).await.unwrap();
        assert_eq!(answers.len(), 5);
        // what others send is not counted as this partner's
        world.submit(&told("e", 5)).await.unwrap();

        let verifier = world.staff(9, &[Role::Verifier]);
        let feed = app.feed(&verifier, programme, id, START_US - DAY_US).await.unwrap();
        assert_eq!(feed.hours.len(), 1, "{feed:?}");
        let (hour, sent) = feed.hours[0];
        assert_eq!(hour, START_US / HOUR_US);
        assert_eq!(
            (sent.credited, sent.refused, sent.repeated, sent.faulty, sent.mg),
            (2, 1, 1, 1, 400_000)
        );
        assert_eq!(feed.faults.len(), 1);
        assert_eq!(
            (feed.faults[0].event.as_str(), feed.faults[0].code.as_str()),
            ("d", "field.invalid")
        );

        let found = app.partner_event(&verifier, programme, id, "b").await.unwrap().unwrap();
        assert_eq!((found.participant, found.mg), (person, 200_000));
        assert_eq!(
            app.partner_event(&verifier, programme, id, "d")
                .await
                .unwrap()
                .map(|r| r.mg),
            None
        );
        assert_eq!(
            app.partner_event(&verifier, programme, id, "e")
                .await
                .unwrap()
                .map(|r| r.mg),
            None
        );

        // only the last faults are kept, whatever comes
        for round in 0..3 {
            let reports = (0..150)
                .map(|i| Ok(Told::new(person, &format!("f{round}-{i}"), "teleporting", START_US).report()))
                .collect();
            app.submit_many(&buses, programme, Mode::Event, reports).await.unwrap();
            app.flush_feed().await.unwrap();
        }
        let feed = app.feed(&verifier, programme, id, START_US - DAY_US).await.unwrap();
        assert_eq!((feed.faults.len(), feed.hours[0].1.faulty), (200, 451));
        assert_eq!(feed.faults[0].event, "f2-149");
    })
    .await;
}

#[tokio::test]
async fn settings_are_guarded_and_a_new_rate_counts_from_its_day() {
    each_engine("settings", async |store| {
        let world = World::new(&store).await;
        let app = &world.app;
        let admin = world.staff(ADMIN, &[Role::Admin]);
        let person = world.enrol("card-1").await;
        let trip = |event: &str, at_us: i64| Told::new(person, event, "metro-trip", at_us).lasting(10);
        assert_eq!(
            world.submit(&trip("a", START_US - HOUR_US)).await.unwrap().points_milli,
            200_000
        );

        let programme = fresh(&world);
        let seen = Settings::of(&programme);
        let wanted = Settings {
            title: Text {
                zh: "校园碳普惠".to_owned(),
                en: "Green campus".to_owned(),
            },
            milli_per_g: 500,
            joinable: false,
            ..seen.clone()
        };
        let support = world.staff(8, &[Role::Support]);
        let tried = refused(
            app.change_settings(&support, &programme, &seen.mark(), wanted.clone())
                .await,
        );
        assert!(matches!(tried, Err(Refused::NotAllowed(_))), "{tried:?}");
        app.change_settings(&admin, &programme, &seen.mark(), wanted.clone())
            .await
            .unwrap();
        let programme = fresh(&world);
        assert_eq!(
            (programme.title.en.as_str(), programme.joinable),
            ("Green campus", false)
        );
        assert_eq!(Settings::of(&programme), wanted);
        // whoever looked before that change must look again
        let stale = refused(
            app.change_settings(&admin, &programme, &seen.mark(), seen.clone())
                .await,
        );
        assert_eq!(stale, Err(Refused::Changed));

        // what was credited stays creditable
        let mark = wanted.mark();
        let later = Settings {
            starts: Day::from_epoch_days(wanted.starts.epoch_days() + 1),
            ..wanted.clone()
        };
        let later = refused(app.change_settings(&admin, &programme, &mark, later).await);
        assert_eq!(later.unwrap_err().pointer().as_deref(), Some("/starts"));
        let earlier = Settings {
            starts: Day::from_epoch_days(wanted.starts.epoch_days() - 1),
            ..wanted.clone()
        };
        app.change_settings(&admin, &programme, &mark, earlier).await.unwrap();

        // today by the old rate, tomorrow by the new one
        let programme = fresh(&world);
        let submit = async |told: &Told| {
            let sent = app.submit(&world.partner, &programme, Mode::Event, told.report()).await;
            sent.unwrap().points_milli
        };
        assert_eq!(submit(&trip("b", START_US - 2 * HOUR_US)).await, 200_000);
        world.clock.set(START_US + DAY_US);
        assert_eq!(submit(&trip("c", MIDNIGHT_US + DAY_US + HOUR_US)).await, 100_000);
        assert_eq!(submit(&trip("d", START_US - 3 * HOUR_US)).await, 200_000);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn staff_comes_and_goes_but_the_last_administrator_stays() {
    each_engine("staff", async |store| {
        let world = World::new(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let console = app::Caller::console();
        let first = app
            .add_staff(&console, programme, "Head@Campus ", &[Role::Admin])
            .await
            .unwrap();
        let session = app
            .sign_in("head@campus", first.password.as_deref().unwrap(), None)
            .await
            .unwrap();
        let head = app.caller(&session.token).await.unwrap();
        let helper = app
            .add_staff(&head, programme, "help@campus", &[Role::Support])
            .await
            .unwrap();
        assert!(helper.password.is_some());
        let again = app
            .add_staff(&head, programme, "help@campus", &[Role::Support, Role::Finance])
            .await
            .unwrap();
        assert_eq!(again.password, None, "a known account keeps its password");
        let staff = app.staff(&head, programme).await.unwrap();
        let told: Vec<_> = staff.iter().map(|s| (s.account.as_str(), s.roles.len())).collect();
        assert_eq!(told, [("head@campus", 1), ("help@campus", 2)]);
        let (head_login, help_login) = (staff[0].login, staff[1].login);

        let wrong = refused(app.add_staff(&head, programme, "x@campus", &[Role::Participant]).await);
        assert_eq!(wrong.map(|s| s.account).unwrap_err().code(), "field.invalid");
        let last = refused(app.remove_role(&head, programme, head_login, Role::Admin).await);
        assert_eq!(last, Err(Refused::LastAdmin));
        app.add_staff(&head, programme, "help@campus", &[Role::Admin])
            .await
            .unwrap();
        app.remove_role(&head, programme, head_login, Role::Admin)
            .await
            .unwrap();
        let gone = app.caller(&session.token).await.unwrap();
        let gone = refused(app.remove_role(&gone, programme, help_login, Role::Support).await);
        assert!(matches!(gone, Err(Refused::NotAllowed(_))), "{gone:?}");
        let last = refused(app.remove_role(&console, programme, help_login, Role::Admin).await);
        assert_eq!(last, Err(Refused::LastAdmin));
        let participant = refused(
            app.remove_role(&console, programme, help_login, Role::Participant)
                .await,
        );
        assert_eq!(participant, Err(Refused::NotFound("role of staff")));
    })
    .await;
}

/// The metro methodology with another factor and a ceiling.
fn draft(change: impl Fn(String) -> String) -> String {
    let (_, text) = catalogue::FILES
        .iter()
        .find(|(name, _)| *name == "metro-trip.toml")
        .unwrap();
    change(text.replace("version = \"1.0.0\"", "version = \"1.1.0\""))
}

async fn compared(world: &World, text: &str) -> Comparison {
    let editor = world.staff(5, &[Role::Editor]);
    let id = world
        .app
        .draft_methodology(&editor, &world.programme, text)
        .unwrap()
        .unwrap();
    for _ in 0..400 {
        match world.app.draft(&editor, &world.programme, &id).unwrap().progress {
            Progress::Running(_) => tokio::time::sleep(Duration::from_millis(25)).await,
            Progress::Done(comparison) => return *comparison,
            Progress::Failed(words) => panic!("{words}"),
        }
    }
    panic!("the comparison does not end");
}

#[tokio::test]
async fn last_month_under_a_draft_is_what_a_hand_calculation_says() {
    each_engine("draft", async |store| {
        let world = World::new(&store).await;
        let people = world.crowd(3).await;
        let october = MIDNIGHT_US - 40 * DAY_US; // 2026-10-15
        let mut acts = Vec::new();
        for (i, person) in people.iter().enumerate() {
            for trip in 0..3_i64 {
                let at_us = october + i64::try_from(i).unwrap() * DAY_US + trip * HOUR_US;
                acts.push(Told::new(*person, &format!("o{i}-{trip}"), "metro-trip", at_us).lasting(20));
            }
        }
        // this month and another behaviour: not compared
        acts.push(Told::new(people[0], "now", "metro-trip", START_US - HOUR_US));
        acts.push(Told::new(people[0], "off", "lights-off", october + 12 * HOUR_US));
        let reports = acts.iter().map(|act| Ok(act.report())).collect();
        let (app, partner) = (&world.app, &world.partner);
        let answers = app
            .submit_many(partner, &world.programme, Mode::Event, reports)
            .await
            .unwrap();
        let mut booked: Vec<EntryId> = Vec::new();
        for answer in answers {
            let receipt = answer.unwrap();
            assert_eq!(receipt.state, "credited", "{receipt:?}");
            booked.extend(receipt.record);
        }
        // and one that a person declared: half the weight
        let me = world.person(people[2]);
        let told = serde_json::json!({ "event": "said", "behaviour": "metro-trip",
            "started_at": crate::world::instant(october + 5 * DAY_US) });
        let said = app
            .submit(&me, &world.programme, Mode::Event, report(&told.to_string()))
            .await
            .unwrap();
        assert_eq!(said.credited_mg, 100_000);

        let same = compared(&world, &draft(|text| text)).await;
        assert_eq!((same.records, same.old_mg, same.new_mg), (10, 1_900_000, 1_900_000));
        assert_eq!(same.shifts[Shift::Same as usize], 10);
        assert_eq!((same.top.len(), same.reasons.len()), (0, 0));

        // 150 g instead of 200 g, and at most two a day: of each three trips one gets nothing
        let less = draft(|text| {
            text.replace("value = \"200\"", "value = \"150\"")
                .replace("\"200 g\"", "\"150 g\"")
                .replace("\"100 g\"", "\"75 g\"")
                .replace("count = 5", "count = 2")
        });
        let less = compared(&world, &less).await;
        assert_eq!(
            (less.records, less.old_mg, less.new_mg),
            (10, 1_900_000, 6 * 150_000 + 75_000)
        );
        assert_eq!(less.shifts, [3, 0, 7, 0, 0, 0]);
        assert_eq!(less.reasons.get("cap.count"), Some(&(3, 600_000)));
        assert_eq!(less.top.len(), 10);
        let gone: Vec<&Top> = less.top.iter().filter(|top| top.new_mg == 0).collect();
        assert_eq!(gone.len(), 3);
        assert!(
            less.top[..3].iter().all(|top| top.new_mg == 0),
            "the largest changes come first"
        );
        assert!(gone.iter().all(|top| booked.contains(&top.record)));

        // declarations are no longer enough
        let strict = draft(|text| {
            let (head, _) = text.split_once("[[example]]\nname = \"a bare check-in").unwrap();
            let (_, regions) = text.split_once("# Region").unwrap();
            format!("{head}# Region{regions}").replace("E0 = \"0.5\", ", "")
        });
        let strict = compared(&world, &strict).await;
        assert_eq!((strict.records, strict.new_mg), (10, 1_800_000));
        assert_eq!(strict.reasons.get("evidence.grade"), Some(&(1, 100_000)));

        // nothing was written, and nobody but an editor may draft
        assert_eq!(world.verified().await.entries, 12);
        let support = world.staff(8, &[Role::Support]);
        let tried = refused(app.draft_methodology(&support, &world.programme, "x"));
        assert!(matches!(tried, Err(Refused::NotAllowed(_))), "{tried:?}");
        let faults = app
            .draft_methodology(&world.staff(5, &[Role::Editor]), &world.programme, "x")
            .unwrap()
            .unwrap_err();
        assert_eq!(faults[0].place, "line 1");
    })
    .await;
}

#[tokio::test]
async fn a_published_draft_leaves_old_credits_alone() {
    each_engine("publish", async |store| {
        let world = World::new(&store).await;
        let person = world.enrol("card-1").await;
        let trip = |event: &str, hours| Told::new(person, event, "metro-trip", START_US - hours * HOUR_US);
        world.submit(&trip("a", 1)).await.unwrap();
        let text = draft(|text| {
            text.replace("value = \"200\"", "value = \"150\"")
                .replace("\"200 g\"", "\"150 g\"")
                .replace("\"100 g\"", "\"75 g\"")
        });
        let editor = world.staff(5, &[Role::Editor]);
        world
            .app
            .publish_methodology(&editor, &world.programme, &text)
            .await
            .unwrap();
        assert_eq!(world.submit(&trip("b", 2)).await.unwrap().credited_mg, 150_000);
        assert_eq!(world.available(person).await, 350_000);
        let catalogue = world.app.catalogue();
        assert_eq!(
            catalogue
                .methodology_for(world.programme.id, "metro-trip")
                .unwrap()
                .methodology
                .version,
            "1.1.0"
        );
        assert!(Methodology::parse(&catalogue.named("metro-trip", Some("1.0.0")).unwrap().methodology.text).is_ok());
        world.verified().await;
    })
    .await;
}
