//! What is kept of evidence and for how long, policies that are tried, accounts under investigation, credits taken back.

use app::{Caller, DryRun, Fate, Letter, Standing, TakenBack};
use domain::measure::{EntryId, ParticipantId};
use domain::participant::Consent;
use domain::programme::Role;
use image::ImageFormat;
use store::testing::each_engine;

use crate::photo::{encoded, picture, trip};
use crate::world::{DAY_US, HOUR_US, Told, World, refused};

impl World {
    /// A photo that was credited.
    async fn photo_of(&self, who: ParticipantId, number: u32) -> EntryId {
        let jpeg = encoded(&picture(number), ImageFormat::Jpeg);
        let report = trip(who, &format!("photo {number}"), 3, self);
        let sent = self.submit_photo(who, report, &jpeg).await.unwrap();
        sent.submission
    }

    /// What a policy would have done to last month.
    async fn tried(&self, caller: &Caller, differences: &str) -> DryRun {
        let id = self.app.try_policy(caller, &self.programme, differences).unwrap();
        loop {
            let view = self.app.tried_policy(caller, &self.programme, &id).unwrap();
            match view.outcome {
                Some(outcome) => return outcome.unwrap(),
                None => tokio::task::yield_now().await,
            }
        }
    }
}

#[tokio::test]
async fn after_400_days_no_raw_file_is_left_and_every_gram_is() {
    each_engine("keeping", async |store| {
        let world = World::new(&store).await;
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        let sent = world.photo_of(li, 1).await;
        world.work().await;
        world.clock.advance(DAY_US);
        // the same picture by somebody else is refused, and needs the same file for a day longer
        world.photo_of(wang, 1).await;
        world.work().await;
        assert_eq!((world.available(li).await, world.available(wang).await), (200_000, 0));
        world.clock.advance(178 * DAY_US);
        assert_eq!(world.app.delete_due().await.unwrap(), (0, 0));
        assert_eq!(world.photos_kept(), 1);
        world.clock.advance(DAY_US + HOUR_US);
        assert_eq!(world.app.delete_due().await.unwrap(), (1, 0));
        assert_eq!(world.photos_kept(), 1, "the other one needs it");
        world.clock.advance(220 * DAY_US);
        let (before, disk) = world.app.check_retention().await.unwrap();
        assert_eq!((before.due, before.deleted, before.overdue, before.live), (2, 1, 1, 0));
        assert_eq!((disk.files, disk.orphans, disk.missing), (1, 0, 0));
        world.app.purge().await.unwrap();
        let (kept, disk) = world.app.check_retention().await.unwrap();
        assert_eq!((kept.due, kept.deleted, kept.overdue, kept.live), (2, 2, 0, 0));
        assert_eq!((disk.files, disk.orphans, disk.missing), (0, 0, 0));
        assert_eq!(world.photos_kept(), 0);
        let shown = world.shown(li, sent).await;
        assert_eq!((shown.state, shown.mg), (Standing::Credited, 200_000));
        assert_eq!(world.verified().await.decisions, 2);
        assert_eq!(
            world.app.delete_due().await.unwrap(),
            (0, 0),
            "doing it again changes nothing"
        );
    })
    .await;
}

#[tokio::test]
async fn a_file_that_no_proof_needs_is_found_and_swept_and_one_that_is_missing_is_told() {
    each_engine("orphans", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        world.photo_of(li, 1).await;
        world.photo_of(li, 2).await;
        world.work().await;
        world
            .sql("UPDATE proof SET blob = '' WHERE id = (SELECT max(id) FROM proof)")
            .await
            .unwrap();
        let (_, disk) = world.app.check_retention().await.unwrap();
        assert_eq!((disk.files, disk.orphans), (2, 0), "it may be on its way");
        world.clock.advance(30 * DAY_US);
        let (_, disk) = world.app.check_retention().await.unwrap();
        assert_eq!((disk.files, disk.orphans, disk.missing), (2, 1, 0));
        assert_eq!(world.app.delete_due().await.unwrap(), (0, 1));
        assert_eq!(world.photos_kept(), 1);
        world
            .sql("UPDATE proof SET blob = '00' || substr(blob, 3) WHERE blob <> ''")
            .await
            .unwrap();
        let (_, disk) = world.app.check_retention().await.unwrap();
        assert_eq!((disk.files, disk.orphans, disk.missing), (1, 1, 1));
    })
    .await;
}

#[tokio::test]
async fn what_was_kept_under_a_consent_goes_when_it_is_withdrawn_and_the_grams_stay() {
    each_engine("withdrawn", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let all = "[limits]\naudit_permille = 1000\nphoto_side = 16\n";
        let first = world.photo_of(li, 1).await;
        world.work().await;
        let console = Caller::console();
        world
            .app
            .set_policy(&console, &world.programme, all, "all")
            .await
            .unwrap();
        let asked = world.photo_of(li, 2).await;
        world.work().await;
        let own = world.person(li);
        let (app, programme) = (&world.app, &world.programme);
        let withdraw = async |consent| app.set_consent(&own, programme, li, consent, false).await.unwrap();
        withdraw(Consent::Location).await;
        world.work().await;
        assert_eq!(world.photos_kept(), 2, "photos hang on another consent");
        withdraw(Consent::Photos).await;
        world.work().await;
        assert_eq!(world.photos_kept(), 0);
        assert_eq!(world.shown(li, first).await.mg, 200_000);
        let settled = world.shown(li, asked).await;
        assert_eq!(settled.reason.as_deref(), Some("consent.missing"));
        let (kept, _) = world.app.check_retention().await.unwrap();
        assert_eq!((kept.deleted, kept.live, kept.overdue), (2, 0, 0));
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_frozen_account_sends_waits_and_is_taken_up_when_it_goes_on() {
    each_engine("frozen", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let sent = world.photo_of(li, 1).await;
        let staff = world.staff(101, &[Role::Admin, Role::Support, Role::Reviewer]);
        let (app, programme) = (&world.app, &world.programme);
        app.freeze_participant(&staff, programme, li, true, "two phones, one voice")
            .await
            .unwrap();
        world.work().await;
        assert_eq!(world.shown(li, sent).await.state, Standing::Submitted);
        let own = world.person(li);
        let stopped = app.stopped(&own, programme, li).await.unwrap().unwrap();
        assert_eq!(
            (stopped.why.as_str(), stopped.who.as_str()),
            ("two phones, one voice", "")
        );
        // one that was decided on and not booked yet waits as well
        world.sql("UPDATE submission SET state = 3").await.unwrap();
        world
            .sql(&format!(
                "INSERT INTO decision SELECT bucket, participant, id, 0, 0, 0, 0, 0, '', '{}' FROM submission",
                r#"{"outcome":{"credit":"E1"},"risk":0,"signs":[]}"#
            ))
            .await
            .unwrap();
        world
            .sql(&format!(
                "INSERT INTO job (id, kind, payload, run_us, tries) VALUES (9, 'judge', '{} {}', 0, 0)",
                li.number(),
                sent.number()
            ))
            .await
            .unwrap();
        world.work().await;
        assert_eq!(world.shown(li, sent).await.state, Standing::Submitted);
        app.freeze_participant(&staff, programme, li, false, "it was a brother")
            .await
            .unwrap();
        world.work().await;
        let shown = world.shown(li, sent).await;
        assert_eq!((shown.state, shown.mg), (Standing::Credited, 200_000));
        assert!(app.stopped(&own, programme, li).await.unwrap().is_none());
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_draft_policy_shows_what_it_would_have_done_to_last_month_and_writes_nothing() {
    each_engine("a dry run", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let now_us = world.clock.now_us();
        let ride = |event: &str, minutes: i64| {
            Told::new(
                li,
                event,
                "cycling-for-driving",
                now_us - 5 * HOUR_US - minutes * 10 * 60_000_000,
            )
            .lasting(minutes)
            .with("distance", "3.2")
        };
        // 12.8 km/h, credited at once; 48 km/h, held for a person
        assert_eq!(world.submit(&ride("slow", 15)).await.unwrap().state, "credited");
        assert_eq!(world.submit(&ride("fast", 4)).await.unwrap().state, "in_review");
        world.photo_of(li, 1).await;
        world.work().await;
        world.clock.advance(30 * DAY_US);
        let staff = world.staff(101, &[Role::Admin, Role::Editor]);
        let before = world.verified().await;

        let same = world
            .tried(&staff, "[limits]\naudit_permille = 0\nphoto_side = 16\n")
            .await;
        assert_eq!(
            (same.decisions, same.reports, same.left_out, same.changed()),
            (2, 1, 0, 0)
        );

        let strict =
            "[limits]\naudit_permille = 0\nphoto_side = 16\ncycle_mean = 100\n[signs]\n\"act.fast\" = \"refuse\"\n";
        let strict = world.tried(&staff, strict).await;
        assert_eq!(strict.changed(), 2);
        assert_eq!(strict.moves[Fate::Credited as usize][Fate::Refused as usize].0, 1);
        assert_eq!(strict.moves[Fate::Asked as usize][Fate::Refused as usize].0, 1);
        assert_eq!(strict.moves[Fate::Credited as usize][Fate::Credited as usize].0, 1);
        let signs: Vec<_> = strict.signs.keys().map(|(sign, ..)| sign.as_str()).collect();
        assert_eq!(signs, ["act.fast", "act.fast"]);
        assert_eq!(strict.examples.len(), 2);

        let mild = "[limits]\naudit_permille = 0\nphoto_side = 16\n[signs]\n\"act.fast\" = \"note\"\n";
        let mild = world.tried(&staff, mild).await;
        assert_eq!(mild.moves[Fate::Asked as usize][Fate::Credited as usize].0, 1);
        assert_eq!(world.verified().await, before);

        let wrong = world
            .app
            .try_policy(&staff, &world.programme, "[signs]\n\"no.such\" = 3\n");
        assert!(refused(wrong).unwrap_err().to_string().contains("no.such"));
        let reader = world.staff(102, &[Role::Regulator]);
        assert!(world.app.try_policy(&reader, &world.programme, "").is_err());
        let history = world.app.policy_history(&reader, &world.programme).await.unwrap();
        assert_eq!((history.len(), history[0].why.as_str()), (2, "tests"));
    })
    .await;
}

fn letter(told: &TakenBack) -> Letter {
    Letter {
        subject: format!("{} {}", told.title.en, told.day),
        body: format!("{} mg: {} ({})", told.mg, told.why, told.lang),
    }
}

#[tokio::test]
async fn a_credit_that_is_taken_back_is_told_with_its_reason_and_counted() {
    each_engine("taken back", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        world.signed_in("li@example.org", &[li]).await;
        let sent = world.photo_of(li, 1).await;
        world.work().await;
        let record = world.shown(li, sent).await.record.unwrap();
        let (support, finance) = (world.staff(101, &[Role::Support]), world.staff(102, &[Role::Finance]));
        let (app, programme) = (&world.app, &world.programme);
        app.request_reversal(&support, programme, (li, record), "the photo was bought")
            .await
            .unwrap();
        app.approve_reversal_telling(&finance, programme, (li, record), Some(letter))
            .await
            .unwrap();
        let letters = app.outbox(&Caller::console()).await.unwrap();
        let told: Vec<&str> = letters.iter().map(|letter| letter.body.as_str()).collect();
        assert_eq!(told, ["200000 mg: the photo was bought (zh)"]);
        assert_eq!(letters[0].recipient, "li@example.org");
        // the same photo once more is refused; the participant appeals, and is heard
        let again = world.photo_of(li, 1).await;
        world.work().await;
        assert_eq!(
            world.shown(li, again).await.record,
            Some(record),
            "one upload is one submission"
        );
        let months = app.evidence_months(programme).await.unwrap();
        assert_eq!(months.len(), 1);
        let month = &months[0];
        assert_eq!(month.first.to_string(), "2026-11-01");
        assert_eq!(
            (month.judged.count, month.at_once.count, month.credited.mg),
            (1, 1, 200_000)
        );
        assert_eq!((month.clawed_back.count, month.clawed_back.mg), (1, 200_000));
        assert_eq!(month.median_us, Some(0));
        let totals = app.evidence_totals().await.unwrap();
        assert_eq!(totals.get("judged"), Some(&1));
    })
    .await;
}
