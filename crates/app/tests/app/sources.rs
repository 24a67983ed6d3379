//! Consents by source and by partner, and files of steps.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use app::{
    Agreed, Error, Mode, NewProof, NewReading, RecordView, Refused, Standing, StepsFate, StepsOutcome, device_mark,
};
use domain::evidence::Kind;
use domain::measure::{Day, ParticipantId, PartnerId};
use domain::participant::Consent;
use store::testing::each_engine;

use crate::redteam::forge;
use crate::world::{DAY_US, HOUR_US, START_US, Told, World, refused};

fn csv(days: &[(Day, u32)]) -> File {
    let mut file = app::scratch().unwrap();
    writeln!(file, "day,steps").unwrap();
    for (day, steps) in days {
        writeln!(file, "{day},{steps}").unwrap();
    }
    file.rewind().unwrap();
    file
}

fn day(before: i32) -> Day {
    let today = Day::parse("2026-11-24").unwrap();
    Day::from_epoch_days(today.epoch_days() - before)
}

impl World {
    async fn walk(
        &self,
        who: ParticipantId,
        file: File,
        device: Option<[u8; 32]>,
    ) -> Result<Vec<StepsOutcome>, Refused> {
        let caller = self.person(who);
        let sent = self
            .app
            .submit_steps(&caller, &self.programme, "walking-by-steps", file, device);
        refused(sent.await)
    }

    async fn agree(&self, who: ParticipantId, consent: Consent, given: bool) {
        let caller = self.person(who);
        let set = self.app.set_consent(&caller, &self.programme, who, consent, given);
        set.await.unwrap();
    }
}

#[tokio::test]
async fn a_file_of_steps_is_one_act_a_day_that_is_over() {
    each_engine("a file of steps", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let days = [
            (day(0), 3_000),
            (day(1), 8_000),
            (day(2), 10_000),
            (day(60), 9_000),
            (day(3), 0),
        ];
        let told = world.walk(li, csv(&days), None).await.unwrap();
        let fates: Vec<_> = told.iter().map(|one| (one.day, &one.fate)).collect();
        assert_eq!(
            fates.len(),
            3,
            "neither what is too long ago nor a day without steps: {fates:?}"
        );
        assert!(matches!(fates[0], (d, StepsFate::Sent { .. }) if d == day(2)));
        assert!(matches!(fates[1], (d, StepsFate::Sent { .. }) if d == day(1)));
        assert!(matches!(fates[2], (d, StepsFate::NotOver) if d == day(0)));
        world.work().await;
        // 0.0164 g a step; a day without its hours is worth half
        assert_eq!(world.available(li).await, 18_000 * 164 / 20);

        let again = world.walk(li, csv(&days[1..3]), None).await.unwrap();
        assert!(
            again.iter().all(|one| matches!(one.fate, StepsFate::Credited { .. })),
            "{again:?}"
        );
        let other = world.walk(li, csv(&[(day(1), 12_000)]), None).await.unwrap();
        assert!(
            matches!(other[0].fate, StepsFate::Credited { .. }),
            "a day counts once, by whatever source"
        );
        world.work().await;
        assert_eq!(world.available(li).await, 18_000 * 164 / 20);
        let checked = world.verified().await;
        assert_eq!(checked.entries, 2);
    })
    .await;
}

#[tokio::test]
async fn a_month_of_steps_in_one_file_is_not_many_proofs() {
    each_engine("a month of steps", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        // no two days alike: a series that comes again is refused
        let days: Vec<_> = (1..=25)
            .map(|ago| (day(ago), 5_000 + 200 * i32::unsigned_abs(ago)))
            .collect();
        let steps: u32 = days.iter().map(|(_, steps)| steps).sum();
        world.walk(li, csv(&days), None).await.unwrap();
        world.work().await;
        assert_eq!(world.available(li).await, i64::from(steps) * 164 / 20);
    })
    .await;
}

#[tokio::test]
async fn steps_need_their_own_consent_and_it_can_be_taken_back() {
    each_engine("consent to steps", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        world.agree(li, Consent::Steps, false).await;
        let told = world.walk(li, csv(&[(day(1), 8_000)]), None).await;
        assert_eq!(told.unwrap_err().code(), "consent.missing");
        world.agree(li, Consent::Steps, true).await;
        let told = world.walk(li, csv(&[(day(1), 8_000)]), None).await.unwrap();
        assert!(matches!(told[0].fate, StepsFate::Sent { .. }));
        // withdrawn before it was booked: nothing is
        world.agree(li, Consent::Steps, false).await;
        world.work().await;
        assert_eq!(world.available(li).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_file_of_steps_is_refused_with_what_to_do() {
    each_engine("no file of steps", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let mut file = app::scratch().unwrap();
        file.write_all(b"%PDF-1.7 nothing").unwrap();
        file.rewind().unwrap();
        let told = world.walk(li, file, None).await.unwrap_err();
        assert_eq!(
            (told.code(), told.pointer().as_deref()),
            ("steps.not_steps", Some("/file"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_partner_can_be_switched_off_by_itself_from_now_on() {
    each_engine("a partner switched off", async |store| {
        let world = World::new(&store).await;
        let bikes = world.another_partner("Bikes").await;
        let li = world.enrol("li").await;
        let trip = |event: &str, hours_ago: i64| {
            Told::new(li, event, "metro-trip", START_US - hours_ago * HOUR_US).lasting(20)
        };
        world.submit(&trip("one", 5)).await.unwrap();
        let caller = world.person(li);
        let own = world.app.own_partners(&caller, &world.programme, li).await.unwrap();
        let shown: Vec<_> = own
            .iter()
            .map(|one| (one.name.as_str(), one.wanted, one.reported))
            .collect();
        assert_eq!(shown, [("Bikes", true, false), ("Metro", true, true)]);
        let metro = own[1].id;
        let switch = async |id: PartnerId, wanted| {
            world
                .app
                .set_partner_wanted(&caller, &world.programme, li, id, wanted)
                .await
        };
        switch(metro, false).await.unwrap();
        switch(metro, false).await.unwrap();
        let told = world.submit(&trip("two", 4)).await.unwrap_err();
        assert_eq!(
            (told.code(), told.to_string()),
            ("consent.missing", "no consent to events of this partner".to_owned())
        );
        let other = world
            .app
            .submit(&bikes, &world.programme, Mode::Event, trip("three", 3).report())
            .await;
        assert_eq!(other.unwrap().credited_mg, 200_000, "others go on");
        switch(metro, true).await.unwrap();
        world.submit(&trip("two", 4)).await.unwrap();
        assert!(matches!(
            switch(PartnerId::new(7), false).await,
            Err(Error::Refused(Refused::NotFound("partner")))
        ));

        let log = world.app.consent_log(&caller, &world.programme, li).await.unwrap();
        let about: Vec<bool> = log
            .iter()
            .filter(|change| change.consent == Agreed::Partner(metro, "Metro".to_owned()))
            .map(|change| change.given)
            .collect();
        assert!(!about.is_empty() && about.len() <= 2, "{log:?}");
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_meter_earns_by_the_difference_between_two_readings() {
    each_engine("a meter", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let caller = world.person(li);
        let read = async |event: &str, days_ago: i64, shows: &str| {
            let report = Told::new(
                li,
                event,
                "household-electricity",
                world.clock.now_us() - days_ago * DAY_US,
            )
            .with("expected", "150")
            .report();
            let new = NewReading {
                meter: "A-17".to_owned(),
                shows: shows.to_owned(),
                digits: 5,
                replaced: false,
                photo: None,
            };
            let sent = world
                .app
                .submit_meter(&caller, &world.programme, report, new, None)
                .await;
            let sent = refused(sent)?;
            world.work().await;
            let shown = world.app.record(&caller, &world.programme, li, sent.submission).await;
            Ok::<_, Refused>(shown.unwrap())
        };
        let first = read("first", 29, "10200").await.unwrap();
        assert_eq!(
            (first.state, first.detail.as_deref()),
            (Standing::Refused, Some("meter.first"))
        );
        assert!(first.signs.iter().any(|sign| sign.code() == "meter.first"));
        let second = read("second", 0, "10320.5").await.unwrap();
        assert_eq!(second.state, Standing::Credited, "{second:?}");
        // 29.5 kWh less than expected; the grid's factor decides the rest
        assert!(second.mg > 10_000_000 && second.mg < 29_500_000, "{}", second.mg);
        let wrong = read("third", 0, "1234567").await.unwrap_err();
        assert_eq!(wrong.pointer().as_deref(), Some("/shows"));
    })
    .await;
}

#[tokio::test]
async fn two_accounts_on_one_phone_are_noticed() {
    each_engine("one phone", async |store| {
        let world = World::new(&store).await;
        let mark = device_mark(world.programme.id, "a-browser's-random-words");
        assert_ne!(Some(mark), None);
        let people = world.crowd(3).await;
        for (n, who) in (0_u32..).zip(&people) {
            let told = world.walk(*who, csv(&[(day(1), 5_000 + n)]), Some(mark)).await.unwrap();
            let StepsFate::Sent { submission } = told[0].fate else {
                panic!("{told:?}")
            };
            world.work().await;
            let caller = world.person(*who);
            let shown = world
                .app
                .record(&caller, &world.programme, *who, submission)
                .await
                .unwrap();
            let state = if n < 2 { Standing::Credited } else { Standing::InReview };
            assert_eq!(shown.state, state, "{shown:?}");
        }
    })
    .await;
}

/// A ride that the clock of the world has seen end an hour ago.
fn ride(world: &World, seed: u64, km: f64) -> Vec<u8> {
    let points = forge::way(seed, world.clock.now_us() - 3 * HOUR_US, km, forge::CYCLIST);
    forge::gpx(&points)
}

impl World {
    async fn tracked(&self, who: ParticipantId, act: &Told, bytes: Vec<u8>) -> RecordView {
        let caller = self.person(who);
        let proof = NewProof {
            kind: Kind::Track,
            bytes,
            device: None,
        };
        let sent = self
            .app
            .submit_proof(&caller, &self.programme, act.report(), proof)
            .await;
        self.work().await;
        let id = sent.unwrap().submission;
        self.app.record(&caller, &self.programme, who, id).await.unwrap()
    }
}

#[tokio::test]
async fn a_track_says_how_far_it_went_whatever_the_report_says() {
    each_engine("how far", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        // no rule names the input: 38 km are said, 2 km were ridden, at 40 g each
        let act = Told::new(li, "far", "shared-bike", world.clock.now_us() - HOUR_US).with("distance", "38");
        let record = world.tracked(li, &act, ride(&world, 77, 2.0)).await;
        assert_eq!(record.state, Standing::Credited);
        assert!((76_000..88_000).contains(&record.mg), "{} mg", record.mg);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_refused_without_fault_can_be_put_right_and_sent_again_by_its_owner_alone() {
    each_engine("put right", async |store| {
        let world = World::new(&store).await;
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        let start = world.clock.now_us() - 3 * HOUR_US;
        let gate = Told::new(li, "gate", "metro-trip", start).lasting(60);
        assert_eq!(world.submit(&gate).await.unwrap().state, "credited");
        // it overlaps with the trip through the gate, so nothing was earned by it
        let bytes = ride(&world, 78, 3.0);
        let act = |who, event: &str| Told::new(who, event, "cycling-for-driving", start);
        let first = world.tracked(li, &act(li, "one"), bytes.clone()).await;
        assert_eq!(first.reason.as_deref(), Some("claim.overlap"));
        let other = world.tracked(wang, &act(wang, "two"), bytes.clone()).await;
        assert_eq!(other.detail.as_deref(), Some("track.again"));
        // the same file by its owner is weighed anew: it is the overlap again, not a copy
        let again = world.tracked(li, &act(li, "three"), bytes).await;
        assert_eq!(again.reason.as_deref(), Some("claim.overlap"));
    })
    .await;
}

#[tokio::test]
async fn a_file_of_steps_counts_in_a_competition_today_included() {
    each_engine("a file competes", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(crate::compete::terms(&world, 7)).await;
        let who = world.walkers(open.id, 1).await[0];
        let days = [(day(0), 3_000), (day(1), 8_000)];
        world.walk(who, csv(&days), None).await.unwrap();
        // yesterday lies before the competition
        let seen = world.board(open.id, who).await;
        assert_eq!(seen.me.map(|me| me.score), Some(3_000));
        world.walk(who, csv(&[(day(0), 2_500)]), None).await.unwrap();
        world.walk(who, csv(&[(day(0), 4_000)]), None).await.unwrap();
        let seen = world.board(open.id, who).await;
        assert_eq!(seen.me.map(|me| me.score), Some(4_000), "a source only raises a day");
        world.verified().await;
    })
    .await;
}
