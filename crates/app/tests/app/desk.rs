//! The console: two people for a reversal, frozen accounts, masking, lists without gaps, notes, daily figures.

use app::{
    AuditFilter, Caller, Error, ListOrder, ParticipantFilter, RecordCursor, RecordFilter, Refused, Stand, Standing,
};
use domain::measure::{Day, EntryId, ParticipantId};
use domain::programme::Role;
use store::Db;
use store::testing::each_engine;

use crate::world::{DAY_US, HOUR_US, MINUTE_US, Told, World, refused};

/// A world whose notes are in order: the numbers of one standing instant come from two counters.
async fn world_of(store: &store::Store) -> World {
    let world = World::new(store).await;
    world.clock.advance(MINUTE_US);
    world
}

/// One metro trip, credited with 200 g.
async fn trip(world: &World, who: ParticipantId, event: &str, ago_us: i64) -> EntryId {
    let act = Told::new(who, event, "metro-trip", world.clock.now_us() - ago_us).lasting(20);
    world.submit(&act).await.unwrap().record.unwrap()
}

async fn deeds(world: &World) -> Vec<(String, String, String)> {
    let regulator = world.staff(150, &[Role::Regulator]);
    let page = world
        .app
        .audit(&regulator, &world.programme, AuditFilter::default(), 1_000)
        .await
        .unwrap();
    let deed = |deed: app::AuditView| (deed.deed, deed.about, deed.detail);
    page.deeds.into_iter().map(deed).collect()
}

#[tokio::test]
async fn a_reversal_is_asked_declined_asked_anew_and_agreed_by_two() {
    each_engine("two people", async |store| {
        let world = world_of(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let who = world.enrol("li").await;
        let record = (who, trip(&world, who, "one", HOUR_US).await);
        let both = world.staff(101, &[Role::Support, Role::Finance]);
        let finance = world.staff(102, &[Role::Finance]);
        app.request_reversal(&both, programme, record, "tapped twice")
            .await
            .unwrap();
        for alone in [
            refused(app.approve_reversal(&both, programme, record).await.map(drop)),
            refused(app.decline_reversal(&both, programme, record, "no").await),
        ] {
            assert_eq!(alone, Err(Refused::SecondPerson));
        }
        let waiting = app.work_waiting(&both, programme).await.unwrap();
        assert!(waiting.reversals[0].own && waiting.waiting.reversals == 1);
        let verifier = world.staff(103, &[Role::Verifier]);
        assert!(matches!(
            refused(app.decline_reversal(&verifier, programme, record, "no").await),
            Err(Refused::NotAllowed(_))
        ));
        app.decline_reversal(&finance, programme, record, "two rides")
            .await
            .unwrap();
        for late in [
            refused(app.approve_reversal(&finance, programme, record).await.map(drop)),
            refused(app.decline_reversal(&finance, programme, record, "again").await),
        ] {
            assert!(matches!(late, Err(Refused::Settled(_))), "{late:?}");
        }
        let detail = app
            .record_detail(&finance, programme, record, domain::measure::Lang::En)
            .await
            .unwrap();
        assert_eq!(detail.record.state, Standing::Credited);
        assert!(detail.record.reversal_why.is_none() && detail.reversal.unwrap().declined);
        // who asked and was declined may ask again, with other words
        app.request_reversal(&both, programme, record, "the gate says so")
            .await
            .unwrap();
        app.approve_reversal(&finance, programme, record).await.unwrap();
        let detail = app
            .record_detail(&finance, programme, record, domain::measure::Lang::En)
            .await
            .unwrap();
        assert_eq!(detail.record.state, Standing::Reversed);
        assert_eq!(app.work_waiting(&both, programme).await.unwrap().waiting.reversals, 0);
        let about = format!("record {who} {}", record.1);
        let expected = [
            ("reversal.agree", "the gate says so"),
            ("reversal.ask", "the gate says so"),
            ("reversal.decline", "two rides"),
            ("reversal.ask", "tapped twice"),
        ];
        let noted = deeds(&world).await;
        for (i, (deed, why)) in expected.into_iter().enumerate() {
            assert_eq!(noted[i], (deed.to_owned(), about.clone(), why.to_owned()));
        }
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_frozen_account_neither_earns_nor_spends_until_it_goes_on() {
    each_engine("frozen", async |store| {
        let world = world_of(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let who = world.enrol("li").await;
        world.earn(&[who], 3).await;
        let cola = world.offer("cola", "100", 5, |_| ()).await;
        let ordered = app
            .redeem(&world.person(who), programme, who, cola, None)
            .await
            .unwrap()
            .id;
        let support = world.staff(101, &[Role::Support]);
        assert!(matches!(
            refused(app.freeze_participant(&support, programme, who, true, " ").await),
            Err(Refused::Invalid { .. })
        ));
        assert!(matches!(
            refused(app.freeze_participant(&support, programme, who, false, "why").await),
            Err(Refused::Settled(_))
        ));
        for stranger in [world.staff(102, &[Role::Verifier]), world.person(who)] {
            assert!(matches!(
                refused(app.freeze_participant(&stranger, programme, who, true, "why").await),
                Err(Refused::NotAllowed(_))
            ));
        }
        app.freeze_participant(&support, programme, who, true, "one photo, many times")
            .await
            .unwrap();
        let late = Told::new(who, "late", "metro-trip", world.clock.now_us() - 3 * DAY_US).lasting(20);
        assert_eq!(world.submit(&late).await.unwrap_err().code(), "participant.closed");
        let spends = app.redeem(&world.person(who), programme, who, cola, None).await;
        assert_eq!(refused(spends.map(drop)), Err(Refused::Frozen));
        let fetched = app.fulfil_order(&support, programme, who, ordered).await;
        assert_eq!(refused(fetched.map(drop)), Err(Refused::Frozen));
        let detail = app.participant_detail(&support, programme, who).await.unwrap();
        assert!(detail.frozen && !detail.open);
        assert_eq!(detail.frozen_why.unwrap().why, "one photo, many times");
        let frozen = ParticipantFilter {
            frozen: true,
            ..ParticipantFilter::default()
        };
        let listed = app.participants(&support, programme, frozen, 10).await.unwrap();
        assert_eq!(listed.participants.len(), 1);
        app.freeze_participant(&support, programme, who, false, "explained")
            .await
            .unwrap();
        assert_eq!(world.submit(&late).await.unwrap().state, "credited");
        app.fulfil_order(&support, programme, who, ordered).await.unwrap();
        // staff who take part themselves do not decide on their own account
        let mut own = world.staff(103, &[Role::Support]);
        if let (app::Who::Person { memberships, .. }, app::Who::Person { memberships: more, .. }) =
            (&mut own.who, world.person(who).who)
        {
            memberships.extend(more);
        }
        assert_eq!(
            refused(app.freeze_participant(&own, programme, who, true, "why").await),
            Err(Refused::SecondPerson)
        );
        let noted: Vec<String> = deeds(&world).await.into_iter().map(|(deed, ..)| deed).collect();
        assert_eq!(
            noted[..3],
            ["order.fulfil", "participant.unfreeze", "participant.freeze"]
        );
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn only_those_who_may_enrol_people_know_who_they_are() {
    each_engine("masking", async |store| {
        let world = world_of(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let who = world.enrol("Xiaoman 100%").await;
        world.enrol("ahe").await;
        let membership = app::Membership {
            programme: programme.id,
            role: Role::Participant,
            participant: Some(who),
        };
        app.create_login(
            &Caller::console(),
            "someone@demo.example",
            "a long enough password",
            "zh",
            vec![membership],
        )
        .await
        .unwrap();
        let search = |text: &str| ParticipantFilter {
            search: text.to_owned(),
            ..ParticipantFilter::default()
        };
        let support = world.staff(101, &[Role::Support]);
        for text in ["MAN", "100%", "someone@demo.example", &who.to_string()] {
            let found = app.participants(&support, programme, search(text), 10).await.unwrap();
            assert_eq!(found.participants.len(), 1, "{text}");
            assert_eq!(found.participants[0].alias.as_deref(), Some("Xiaoman 100%"));
        }
        for text in ["%", "_", "someone@demo", "@", "nobody"] {
            let found = app.participants(&support, programme, search(text), 10).await.unwrap();
            let expected = usize::from(text == "%");
            assert_eq!(found.participants.len(), expected, "{text}");
        }
        let detail = app.participant_detail(&support, programme, who).await.unwrap();
        assert_eq!(detail.accounts, ["s***@demo.example"]);
        for role in [Role::Reviewer, Role::Finance, Role::Verifier, Role::Regulator] {
            let reader = world.staff(102, &[role]);
            let all = app.participants(&reader, programme, search(""), 10).await.unwrap();
            assert_eq!(all.participants.len(), 2, "{role:?}");
            assert!(all.participants.iter().all(|one| one.alias.is_none()), "{role:?}");
            for text in ["man", "someone@demo.example"] {
                let found = app.participants(&reader, programme, search(text), 10).await.unwrap();
                assert!(found.participants.is_empty(), "{role:?} {text}");
            }
            let by_id = app.participants(&reader, programme, search(&who.to_string()), 10).await;
            assert_eq!(by_id.unwrap().participants.len(), 1);
            let detail = app.participant_detail(&reader, programme, who).await.unwrap();
            assert!(detail.alias.is_none() && detail.accounts.is_empty(), "{role:?}");
            assert!(app.participant(&reader, programme, who).await.unwrap().alias.is_none());
        }
        for role in [Role::Merchant, Role::Editor, Role::Admin] {
            let found = app
                .participants(&world.staff(103, &[role]), programme, search(""), 10)
                .await;
            assert!(matches!(found, Err(Error::Refused(Refused::NotAllowed(_)))), "{role:?}");
        }
        assert!(!deeds(&world).await.iter().any(|(_, about, detail)| {
            about.contains("someone") || detail.contains("someone") || detail.contains("password")
        }));
    })
    .await;
}

#[tokio::test]
async fn lists_have_neither_gaps_nor_repetitions_though_all_came_at_once() {
    each_engine("lists", async |store| {
        let world = world_of(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let people = world.crowd(37).await;
        world.earn(&people, 3).await; // 111 records of one instant
        let verifier = world.staff(102, &[Role::Verifier]);
        let mut filter = RecordFilter::default();
        let mut seen: Vec<(ParticipantId, EntryId)> = Vec::new();
        loop {
            let page = app.records(&verifier, programme, filter.clone(), 10).await.unwrap();
            seen.extend(page.records.iter().map(|r| (r.participant, r.record.unwrap())));
            filter.after = page.next;
            if filter.after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 111);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 111);
        for order in [
            ListOrder::Id,
            ListOrder::Reduction,
            ListOrder::Points,
            ListOrder::Last,
            ListOrder::Joined,
        ] {
            let mut seen = Vec::new();
            let mut filter = ParticipantFilter {
                order,
                ..ParticipantFilter::default()
            };
            loop {
                let page = app
                    .participants(&verifier, programme, filter.clone(), 10)
                    .await
                    .unwrap();
                seen.extend(page.participants.iter().map(|one| one.id));
                filter.after = page.next;
                if filter.after.is_none() {
                    break;
                }
            }
            assert_eq!(seen.len(), 37, "{order:?}");
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 37, "{order:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn records_are_found_by_what_they_are() {
    each_engine("filters", async |store| {
        let world = world_of(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        world.earn(&[li], 5).await;
        let sixth = Told::new(li, "sixth", "metro-trip", world.clock.now_us() - 2 * HOUR_US).lasting(20);
        let sixth = world.submit(&sixth).await.unwrap().record.unwrap();
        let old = trip(&world, wang, "old", 4 * DAY_US).await;
        let now_us = world.clock.now_us();
        world
            .submit(&Told::new(wang, "dark", "lights-off", now_us - HOUR_US))
            .await
            .unwrap();
        app.appeal(&world.person(li), programme, li, sixth, "it was another trip")
            .await
            .unwrap();
        let (support, finance) = (world.staff(101, &[Role::Support]), world.staff(102, &[Role::Finance]));
        app.request_reversal(&support, programme, (wang, old), "no")
            .await
            .unwrap();
        app.approve_reversal(&finance, programme, (wang, old)).await.unwrap();
        let count = async |filter: RecordFilter| {
            let page = app.records(&support, programme, filter, 100).await.unwrap();
            assert_eq!(page.next, None::<RecordCursor>);
            page.records.len()
        };
        let with = |change: &dyn Fn(&mut RecordFilter)| {
            let mut filter = RecordFilter::default();
            change(&mut filter);
            filter
        };
        let stand = |stand| with(&move |f| f.stand = Some(stand));
        assert_eq!(count(RecordFilter::default()).await, 8);
        assert_eq!(count(stand(Stand::Credited)).await, 6);
        assert_eq!(count(stand(Stand::Refused)).await, 1);
        assert_eq!(count(stand(Stand::Appealed)).await, 1);
        assert_eq!(count(stand(Stand::Reversed)).await, 1);
        assert_eq!(count(with(&|f| f.participant = Some(wang))).await, 2);
        assert_eq!(count(with(&|f| "lights-off".clone_into(&mut f.behaviour))).await, 1);
        assert_eq!(count(with(&|f| "metro-trip".clone_into(&mut f.behaviour))).await, 7);
        assert_eq!(count(with(&|f| "unheard-of".clone_into(&mut f.behaviour))).await, 0);
        assert_eq!(count(with(&|f| f.grade = Some(3))).await, 8);
        assert_eq!(count(with(&|f| f.grade = Some(0))).await, 0);
        let long_ago = Day::parse("2026-11-21");
        assert_eq!(count(with(&|f| f.to = long_ago)).await, 1);
        assert_eq!(count(with(&|f| f.from = Day::parse("2026-11-22"))).await, 7);
        let work = app
            .work_waiting(&world.staff(103, &[Role::Reviewer]), programme)
            .await
            .unwrap();
        assert_eq!(work.appeals[0].words, "it was another trip");
        // those who may not read records see how much waits, not what
        let editor = app
            .work_waiting(&world.staff(104, &[Role::Editor]), programme)
            .await
            .unwrap();
        assert!(editor.appeals.is_empty() && editor.waiting.appeals == 1);
        let reviewer = world.staff(103, &[Role::Reviewer]);
        app.decide_appeal(&reviewer, programme, (li, sixth), false, "five a day")
            .await
            .unwrap();
        assert_eq!(count(stand(Stand::Appealed)).await, 0);
        assert_eq!(deeds(&world).await[0].0, "appeal.decline");
    })
    .await;
}

#[tokio::test]
async fn every_deed_of_staff_is_noted_once() {
    each_engine("notes", async |store| {
        let world = world_of(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let who = world.enrol("li").await;
        world.earn(&[who], 2).await;
        let support = world.staff(101, &[Role::Support]);
        let before = deeds(&world).await.len();
        let cola = world.offer("cola", "100", 5, |_| ()).await;
        let key = app::Key::new(&support, "restock", "k", b"5");
        for _ in 0..2 {
            app.restock(&support, programme, cola, 5, true, Some(key))
                .await
                .unwrap();
        }
        let person = world.person(who);
        let first = app.redeem(&person, programme, who, cola, None).await.unwrap().id;
        let second = app.redeem(&person, programme, who, cola, None).await.unwrap().id;
        app.cancel_order(&person, programme, who, second).await.unwrap();
        let fulfilled = app.fulfil_order(&support, programme, who, first).await.unwrap();
        app.fulfil_order(&support, programme, who, first).await.unwrap();
        let code = fulfilled.voucher.unwrap().code;
        app.use_voucher(&support, programme, &code).await.unwrap();
        let noted = deeds(&world).await;
        let names: Vec<&str> = noted
            .iter()
            .rev()
            .skip(before)
            .map(|(deed, ..)| deed.as_str())
            .collect();
        assert_eq!(
            names,
            ["reward.create", "reward.restock", "order.fulfil", "voucher.use"]
        );
        assert!(
            !noted
                .iter()
                .any(|(_, about, detail)| about.contains(&code) || detail.contains(&code))
        );
        let prefix = AuditFilter {
            deed: "order".to_owned(),
            ..AuditFilter::default()
        };
        let verifier = world.staff(102, &[Role::Verifier]);
        let found = app.audit(&verifier, programme, prefix, 10).await.unwrap();
        assert_eq!(found.deeds.len(), 1);
        let first_page = app
            .audit(&verifier, programme, AuditFilter::default(), 2)
            .await
            .unwrap();
        let second_page = AuditFilter {
            before: first_page.next,
            ..AuditFilter::default()
        };
        let second_page = app.audit(&verifier, programme, second_page, 2).await.unwrap();
        assert_eq!(second_page.deeds[0].deed, noted[2].0);
        let denied = app.audit(&support, programme, AuditFilter::default(), 10).await;
        assert!(matches!(refused(denied), Err(Refused::NotAllowed(_))));
    })
    .await;
}

#[tokio::test]
async fn the_figures_by_day_are_what_the_journal_adds_up_to() {
    each_engine("figures", async |store| {
        let world = world_of(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let people = world.crowd(5).await;
        world.earn(&people, 5).await;
        let late = Told::new(people[0], "sixth", "metro-trip", world.clock.now_us() - 2 * HOUR_US).lasting(20);
        assert_eq!(world.submit(&late).await.unwrap().state, "refused");
        trip(&world, people[1], "yesterday", DAY_US).await;
        trip(&world, people[1], "long ago", 20 * DAY_US).await;
        // the same batch again counts nothing
        assert!(world.submit(&late).await.unwrap().repeated);
        let editor = world.staff(101, &[Role::Editor]);
        let overview = app.overview(&editor, programme, 30).await.unwrap();
        let sums = overview
            .periods
            .map(|p| (p.days, p.acts, p.refused, p.credited_mg, p.active));
        assert_eq!(
            sums,
            [
                (1, 25, 1, 5_000_000, 5),
                (7, 26, 1, 5_200_000, 5),
                (30, 27, 1, 5_400_000, 5)
            ]
        );
        assert!(overview.balanced && overview.verified.is_none());
        assert_eq!((overview.participants, overview.daily.len()), (5, 3));
        world.verified().await;
        let now_us = world.clock.now_us();
        let overview = app.overview(&editor, programme, 30).await.unwrap();
        assert_eq!(overview.verified, Some((now_us, true)));
        world.sql("UPDATE daily SET mg = mg + 1 WHERE acts = 25").await.unwrap();
        assert!(!app.overview(&editor, programme, 30).await.unwrap().balanced);
        let fault = app.verify().await.unwrap().unwrap_err();
        assert!(fault.place.starts_with("figures of 2026-11-24"), "{fault}");
        let person = app.overview(&world.person(people[0]), programme, 30).await;
        assert!(matches!(refused(person.map(drop)), Err(Refused::NotAllowed(_))));
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_records_are_paged_in_a_moment() {
    each_engine("many", async |store| {
        let world = world_of(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let people = world.crowd(100).await;
        let now_us = world.clock.now_us();
        for days in (0..20_i64).map(|day| 4 * day..4 * day + 4) {
            let acts: Vec<Told> = people
                .iter()
                .flat_map(|who| days.clone().map(move |day| (*who, day)))
                .flat_map(|(who, day)| {
                    (0..2).map(move |n| {
                        let start_us = now_us - (day + 1) * DAY_US - n * HOUR_US;
                        Told::new(who, &format!("{who}-{day}-{n}"), "metro-trip", start_us).lasting(20)
                    })
                })
                .collect();
            let reports = acts.iter().map(|act| Ok(act.report())).collect();
            let told = app
                .submit_many(&world.partner, programme, app::Mode::Event, reports)
                .await
                .unwrap();
            assert!(told.iter().all(|one| one.as_ref().is_ok_and(|r| r.record.is_some())));
            world.clock.set(world.clock.now_us() + MINUTE_US);
        }
        let verifier = world.staff(102, &[Role::Verifier]);
        let mut filter = RecordFilter {
            stand: Some(Stand::Reversed), // lets nothing through: every page looks at all it may
            ..RecordFilter::default()
        };
        let mut pages = 0;
        loop {
            let begun = std::time::Instant::now();
            let page = app.records(&verifier, programme, filter.clone(), 50).await.unwrap();
            assert!(page.records.is_empty());
            assert!(begun.elapsed().as_millis() < 2_000, "{:?}", begun.elapsed());
            pages += 1;
            filter.after = page.next;
            if filter.after.is_none() {
                break;
            }
        }
        // 16,000 records in stretches of 5,000
        assert_eq!(pages, 4);
        let begun = std::time::Instant::now();
        let page = app
            .records(&verifier, programme, RecordFilter::default(), 50)
            .await
            .unwrap();
        assert_eq!(page.records.len(), 50);
        app.overview(&verifier, programme, 90).await.unwrap();
        println!("first page and overview: {:?}", begun.elapsed());
        assert!(begun.elapsed().as_millis() < 2_000, "{:?}", begun.elapsed());
    })
    .await;
}

#[tokio::test]
async fn a_programme_sees_nothing_of_another() {
    each_engine("apart", async |store| {
        let world = world_of(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let who = world.enrol("li").await;
        let record = (who, trip(&world, who, "one", HOUR_US).await);
        let console = Caller::console();
        let other = app::NewProgramme {
            slug: "other".to_owned(),
            title: crate::world::text("Other"),
            zone: "Asia/Shanghai".to_owned(),
            region: "CN".to_owned(),
            starts_us: 0,
            points: programme.points.clone(),
            joinable: false,
        };
        let other = app.create_programme(&console, other).await.unwrap();
        let filter = RecordFilter::default;
        assert!(
            app.records(&console, &other, filter(), 10)
                .await
                .unwrap()
                .records
                .is_empty()
        );
        let people = app
            .participants(&console, &other, ParticipantFilter::default(), 10)
            .await;
        assert!(people.unwrap().participants.is_empty());
        let detail = app
            .record_detail(&console, &other, record, domain::measure::Lang::Zh)
            .await;
        assert_eq!(refused(detail.map(drop)), Err(Refused::NotFound("participant")));
        assert!(app.decline_reversal(&console, &other, record, "x").await.is_err());
        assert!(app.freeze_participant(&console, &other, who, true, "x").await.is_err());
        let support = world.staff(101, &[Role::Support]);
        let foreign = app.records(&support, &other, filter(), 10).await;
        assert!(matches!(refused(foreign.map(drop)), Err(Refused::NotAllowed(_))));
        let log = app.audit(&console, &other, AuditFilter::default(), 10).await.unwrap();
        assert_eq!(log.deeds.len(), 1, "only that it was created");
        store
            .read(async |db: &mut Db| db.row("SELECT count(*) FROM audit", &[]).await.map(drop))
            .await
            .unwrap();
    })
    .await;
}
