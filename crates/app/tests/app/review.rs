//! Reviewers: what waits for a person, what they say, and what the participant gets to know and can do.

use app::{Caller, Followed, Key, Letter, Letters, NewProof, QueuedView, Refused, ReviewFilter, Say, Standing};
use domain::evidence::{Grade, Kind};
use domain::measure::{EntryId, ParticipantId};
use domain::programme::Role;
use image::ImageFormat;
use store::testing::each_engine;

use crate::photo::{encoded, picture};
use crate::world::{HOUR_US, Told, World, refused};

/// Every proof goes to a person; from 500 g on two of them.
const ASK: &str = "[limits]\naudit_permille = 1000\nphoto_side = 16\ntwo_reviewers_above_g = 500\n";

fn reviewer(world: &World, login: i64) -> Caller {
    world.staff(login, &[Role::Reviewer])
}

fn letters() -> Letters {
    let letter = |subject: &str| Letter {
        subject: subject.to_owned(),
        body: "…".to_owned(),
    };
    Letters {
        zh: letter("关于你的证明"),
        en: letter("About your proof"),
    }
}

fn refuse() -> Say {
    Say::Refuse {
        reason: "photo.alike".to_owned(),
    }
}

impl World {
    async fn asking(&self, policy: &str) {
        let console = Caller::console();
        self.app
            .set_policy(&console, &self.programme, policy, "tests")
            .await
            .unwrap();
    }

    /// Sends a photo of a metro trip, and lets the rules decide.
    async fn prove(&self, who: ParticipantId, number: u32) -> EntryId {
        self.clock.advance(1_000); // what waits is in the order in which it came
        let start = self.clock.now_us() - i64::from(number + 1) * HOUR_US;
        let report = Told::new(who, &format!("trip {number}"), "metro-trip", start).lasting(20);
        let jpeg = encoded(&picture(number), ImageFormat::Jpeg);
        let sent = self.submit_photo(who, report.report(), &jpeg).await.unwrap();
        self.work().await;
        sent.submission
    }

    async fn queue(&self, caller: &Caller) -> Vec<QueuedView> {
        let all = ReviewFilter::default();
        let queue = self.app.review_queue(caller, &self.programme, &all, None, 50).await;
        queue.unwrap().acts
    }

    async fn say(
        &self,
        caller: &Caller,
        (who, id): (ParticipantId, EntryId),
        say: Say,
        words: &str,
    ) -> Result<Followed, Refused> {
        let said = self
            .app
            .review_say(caller, &self.programme, (who, id), (say, words), Some(letters()), None);
        let followed = refused(said.await);
        self.work().await;
        let programme = self.programme.id;
        let failing = async move |db: &mut store::Db| store::console::failing_jobs(db, programme, 5).await;
        assert_eq!(self.store.read(failing).await.unwrap(), []);
        followed
    }

    async fn standing(&self, who: ParticipantId, id: EntryId) -> (Standing, i64) {
        let caller = self.person(who);
        let record = self.app.record(&caller, &self.programme, who, id).await.unwrap();
        (record.state, record.mg)
    }

    async fn add_photo(&self, who: ParticipantId, id: EntryId, number: u32) -> Result<EntryId, Refused> {
        let proof = NewProof {
            kind: Kind::Photo,
            bytes: encoded(&picture(number), ImageFormat::Jpeg),
            device: None,
        };
        let caller = self.person(who);
        let sent = refused(self.app.add_proof(&caller, &self.programme, (who, id), proof).await);
        self.work().await;
        sent.map(|sent| sent.submission)
    }
}

#[tokio::test]
async fn a_reviewer_credits_what_waits_once_and_the_deed_is_in_the_log() {
    each_engine("a reviewer credits", async |store| {
        let world = World::new(&store).await;
        world.asking(ASK).await;
        let li = world.enrol("li").await;
        let (first, second) = (world.prove(li, 1).await, world.prove(li, 2).await);
        let wei = reviewer(&world, 201);
        let queue = world.queue(&wei).await;
        assert_eq!(
            queue.iter().map(|act| act.submission).collect::<Vec<_>>(),
            [first, second]
        );
        assert_eq!(
            (queue[0].worth_mg, queue[0].signs.as_slice()),
            (
                200_000,
                &["photo.untimed", "text.unread", "audit.sample"].map(str::to_owned)[..]
            )
        );
        assert!(!queue[0].together && !queue[0].own && !queue[0].one_more);
        assert_eq!(world.standing(li, first).await, (Standing::InReview, 0));

        let look = world.app.review_one(&wei, &world.programme, (li, first)).await.unwrap();
        assert!(look.may && look.waits && !look.takes_two);
        assert_eq!(
            (look.grade, look.place, look.proofs.len()),
            (Some(Grade::E1), (0, 2), 1)
        );
        let photo = world.app.proof_photo(&wei, &world.programme, (li, first), 0).await;
        assert!(photo.unwrap().starts_with(&[0xff, 0xd8]));

        // the same press twice does once; another reviewer comes too late
        let key = || Some(Key::new(&wei, "review", "one", b"credit"));
        for _ in 0..2 {
            let said = world
                .app
                .review_say(&wei, &world.programme, (li, first), (Say::Credit, ""), None, key())
                .await;
            assert_eq!(said.unwrap(), Followed::Decided);
            world.work().await;
        }
        assert_eq!(world.standing(li, first).await, (Standing::Credited, 200_000));
        let late = world.say(&reviewer(&world, 202), (li, first), refuse(), "").await;
        assert_eq!(late.unwrap_err().code(), "settled");
        assert_eq!(world.available(li).await, 200_000);
        assert_eq!(world.queue(&wei).await.len(), 1);

        let regulator = world.staff(301, &[Role::Regulator]);
        let log = world
            .app
            .audit(&regulator, &world.programme, app::AuditFilter::default(), 50)
            .await;
        let log = log.unwrap().deeds;
        let credits = log.iter().filter(|deed| deed.deed == "evidence.credit").count();
        assert_eq!(credits, 1);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn above_the_limit_two_reviewers_have_to_say_the_same() {
    each_engine("two reviewers", async |store| {
        let world = World::new(&store).await;
        world
            .asking("[limits]\naudit_permille = 1000\nphoto_side = 16\ntwo_reviewers_above_g = 100\n")
            .await;
        let li = world.enrol("li").await;
        let id = world.prove(li, 1).await;
        let (wei, na) = (reviewer(&world, 201), reviewer(&world, 202));
        assert_eq!(world.say(&wei, (li, id), Say::Credit, "").await, Ok(Followed::OneMore));
        assert_eq!(world.standing(li, id).await, (Standing::InReview, 0));
        let queue = world.queue(&na).await;
        assert!(queue[0].one_more && !queue[0].together);
        let again = world.say(&wei, (li, id), Say::Credit, "").await;
        assert_eq!(again.unwrap_err().code(), "second_person");
        let look = world.app.review_one(&wei, &world.programme, (li, id)).await.unwrap();
        assert!(look.said_before && !look.may && look.takes_two);
        assert_eq!(world.say(&na, (li, id), Say::Credit, "").await, Ok(Followed::Decided));
        assert_eq!(world.standing(li, id).await, (Standing::Credited, 200_000));
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_judges_their_own_act_and_who_only_reads_judges_none() {
    each_engine("one's own act", async |store| {
        let world = World::new(&store).await;
        world.asking(ASK).await;
        let li = world.enrol("li").await;
        let id = world.prove(li, 1).await;
        let mut own = reviewer(&world, 201);
        if let (app::Who::Person { memberships, .. }, app::Who::Person { memberships: hers, .. }) =
            (&mut own.who, world.person(li).who)
        {
            memberships.extend(hers);
        }
        let said = world.say(&own, (li, id), Say::Credit, "").await;
        assert_eq!(said.unwrap_err().code(), "second_person");
        assert!(world.queue(&own).await[0].own);
        assert_eq!(
            world
                .app
                .review_many(&own, &world.programme, &[(li, id)])
                .await
                .unwrap(),
            0
        );
        for role in [Role::Verifier, Role::Regulator, Role::Support] {
            let reader = world.staff(301, &[role]);
            assert_eq!(world.queue(&reader).await.len(), 1, "{role:?}");
            let said = world.say(&reader, (li, id), Say::Credit, "").await;
            assert_eq!(said.unwrap_err().code(), "auth.not_allowed", "{role:?}");
        }
        let nobody = world.person(li);
        let all = ReviewFilter::default();
        let seen = refused(world.app.review_queue(&nobody, &world.programme, &all, None, 50).await);
        assert_eq!(seen.unwrap_err().code(), "auth.not_allowed");
        assert_eq!(world.available(li).await, 0);
    })
    .await;
}

#[tokio::test]
async fn who_is_asked_for_more_sends_it_and_is_judged_again_by_a_person() {
    each_engine("more", async |store| {
        let world = World::new(&store).await;
        world.asking(ASK).await;
        let li = world.enrol("li").await;
        world.signed_in("li@example.org", &[li]).await;
        let id = world.prove(li, 1).await;
        let (wei, na) = (reviewer(&world, 201), reviewer(&world, 202));
        let early = world.add_photo(li, id, 20).await;
        assert_eq!(early.unwrap_err().code(), "settled");
        let wordless = world.say(&wei, (li, id), Say::More, " ").await;
        assert_eq!(wordless.unwrap_err().pointer().as_deref(), Some("/words"));
        let words = "A photo of the gate, please.";
        assert_eq!(world.say(&wei, (li, id), Say::More, words).await, Ok(Followed::Asked));
        assert_eq!(world.standing(li, id).await.0, Standing::MoreWanted);
        assert!(world.queue(&wei).await.is_empty());
        // the participant reads what was asked, not who asked; and gets a letter in their language
        let read = world
            .app
            .reviewed(&world.person(li), &world.programme, (li, id))
            .await
            .unwrap();
        assert_eq!(
            (read[0].said.as_str(), read[0].words.as_str(), &read[0].who),
            ("more", words, &None)
        );
        let outbox = world.app.outbox(&Caller::console()).await.unwrap();
        let told: Vec<_> = outbox
            .iter()
            .map(|letter| (&*letter.recipient, &*letter.subject))
            .collect();
        assert_eq!(told, [("li@example.org", "关于你的证明")]);

        for _ in 0..2 {
            // the second time it is the same file under the same act
            assert_eq!(world.add_photo(li, id, 20).await.unwrap(), id);
        }
        let look = world.app.review_one(&wei, &world.programme, (li, id)).await.unwrap();
        assert_eq!(
            (look.proofs.len(), look.act.signs.as_slice()),
            (
                2,
                &["photo.untimed", "text.unread", "review.more"].map(str::to_owned)[..]
            )
        );
        // who asked may decide; and what is settled takes no more
        assert!(look.may);
        assert_eq!(world.say(&wei, (li, id), Say::Credit, "").await, Ok(Followed::Decided));
        assert_eq!(world.standing(li, id).await, (Standing::Credited, 200_000));
        assert_eq!(world.add_photo(li, id, 21).await.unwrap_err().code(), "settled");

        // who waits in vain decides without
        let other = world.prove(li, 2).await;
        world.say(&na, (li, other), Say::More, words).await.unwrap();
        assert_eq!(
            world.say(&na, (li, other), refuse(), "Nothing came.").await,
            Ok(Followed::Decided)
        );
        assert_eq!(world.standing(li, other).await.0, Standing::Refused);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn an_appeal_that_is_upheld_credits_once_and_another_person_decides_it() {
    each_engine("an appeal", async |store| {
        let world = World::new(&store).await;
        world.asking(ASK).await;
        let li = world.enrol("li").await;
        let id = world.prove(li, 1).await;
        let (wei, na) = (reviewer(&world, 201), reviewer(&world, 202));
        let odd = Say::Refuse {
            reason: "photo.nice".to_owned(),
        };
        let said = world.say(&wei, (li, id), odd, "").await;
        assert_eq!(said.unwrap_err().pointer().as_deref(), Some("/reason"));
        assert_eq!(
            world.say(&wei, (li, id), refuse(), "Sent before.").await,
            Ok(Followed::Decided)
        );
        let me = world.person(li);
        let record = world.app.record(&me, &world.programme, li, id).await.unwrap();
        assert_eq!(
            (record.state, record.reason.as_deref()),
            (Standing::Refused, Some("evidence.refused"))
        );
        let entry = record.record.unwrap();

        let words = "It is another day.";
        world.app.appeal(&me, &world.programme, li, entry, words).await.unwrap();
        assert_eq!(world.add_photo(li, id, 30).await.unwrap(), id);
        assert_eq!(world.standing(li, id).await.0, Standing::Appealed);
        let late_us = world.clock.now_us() + 8 * 24 * HOUR_US;
        let work = world.app.work_waiting(&na, &world.programme).await.unwrap();
        assert!(!work.appeals[0].overdue && work.appeals[0].due_us < late_us);
        assert_eq!((work.waiting.appeals, work.waiting.overdue), (1, 0));

        let decide = async |who: &Caller| {
            let decided = world
                .app
                .decide_appeal(who, &world.programme, (li, entry), true, "You are right.");
            let decided = refused(decided.await);
            world.work().await;
            decided
        };
        assert_eq!(decide(&wei).await.unwrap_err().code(), "second_person");
        decide(&na).await.unwrap();
        assert_eq!(world.standing(li, id).await, (Standing::Credited, 200_000));
        assert_eq!(decide(&na).await.unwrap_err().code(), "settled");
        assert_eq!(world.available(li).await, 200_000);
        let checked = world.verified().await;
        assert_eq!(checked.entries, 2); // the refusal stands beside the credit
    })
    .await;
}

#[tokio::test]
async fn an_appeal_that_nobody_answers_in_time_is_told() {
    each_engine("a late answer", async |store| {
        let world = World::new(&store).await;
        world.asking(ASK).await;
        let li = world.enrol("li").await;
        let id = world.prove(li, 1).await;
        let wei = reviewer(&world, 201);
        world.say(&wei, (li, id), refuse(), "").await.unwrap();
        let me = world.person(li);
        let entry = world
            .app
            .record(&me, &world.programme, li, id)
            .await
            .unwrap()
            .record
            .unwrap();
        world
            .app
            .appeal(&me, &world.programme, li, entry, "Please.")
            .await
            .unwrap();
        world.clock.advance(8 * 24 * HOUR_US);
        let work = world.app.work_waiting(&wei, &world.programme).await.unwrap();
        assert!(work.appeals[0].overdue);
        assert_eq!(work.waiting.overdue, 1);
    })
    .await;
}

#[tokio::test]
async fn many_are_accepted_together_but_none_that_needs_a_look_of_its_own() {
    each_engine("many together", async |store| {
        let world = World::new(&store).await;
        world.asking(ASK).await;
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        let mut ids = Vec::new();
        for number in 1..4 {
            ids.push((li, world.prove(li, number).await));
        }
        let odd = (wang, world.prove(wang, 9).await);
        let strong = format!(
            "UPDATE submission SET signs = ' photo.resembles ' WHERE id = {}",
            odd.1.number()
        );
        world.sql(&strong).await.unwrap();
        // everything here waits because it was drawn: take three as if they had waited for something slight
        let slight = "UPDATE submission SET signs = replace(signs, ' audit.sample ', ' ') WHERE id <> ";
        let sample = (li, world.prove(li, 5).await);
        world.sql(&format!("{slight}{}", sample.1.number())).await.unwrap();
        let wei = reviewer(&world, 201);
        let all = ReviewFilter::default();
        let batch = world.app.review_batch(&wei, &world.programme, &all).await.unwrap();
        assert_eq!((batch.acts.len(), batch.worth.mg(), batch.left_out), (3, 600_000, 2));
        let only = ReviewFilter {
            sign: "photo.resembles".to_owned(),
            ..ReviewFilter::default()
        };
        let queue = world
            .app
            .review_queue(&wei, &world.programme, &only, None, 50)
            .await
            .unwrap();
        assert_eq!((queue.count, queue.acts[0].submission), (1, odd.1));
        assert_eq!(
            queue.signs,
            [
                ("audit.sample".to_owned(), 1),
                ("photo.resembles".to_owned(), 1),
                ("photo.untimed".to_owned(), 4),
                ("text.unread".to_owned(), 4),
            ]
        );
        ids.extend([odd, sample]);
        for credited in [3, 0] {
            assert_eq!(
                world.app.review_many(&wei, &world.programme, &ids).await.unwrap(),
                credited
            );
            world.work().await;
        }
        assert_eq!((world.available(li).await, world.available(wang).await), (600_000, 0));
        let queue = world
            .app
            .review_queue(&wei, &world.programme, &all, None, 50)
            .await
            .unwrap();
        assert_eq!((queue.count, queue.usual_us.is_some()), (2, true));
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn another_programme_sees_nothing_of_it() {
    each_engine("another programme", async |store| {
        let world = World::new(&store).await;
        world.asking(ASK).await;
        let li = world.enrol("li").await;
        let id = world.prove(li, 1).await;
        let console = Caller::console();
        let new = app::NewProgramme {
            slug: "street".to_owned(),
            title: crate::world::text("Street"),
            zone: "Asia/Shanghai".to_owned(),
            region: "CN-SH".to_owned(),
            starts_us: crate::world::BEGAN_US,
            points: world.programme.points.clone(),
            joinable: true,
        };
        let street = world.app.create_programme(&console, new).await.unwrap();
        let membership = app::Membership {
            programme: street.id,
            role: Role::Reviewer,
            participant: None,
        };
        let who = app::Who::Person {
            login: 401,
            account: String::new(),
            memberships: vec![membership],
            acting: None,
        };
        let stranger = Caller { who };
        let all = ReviewFilter::default();
        let there = world
            .app
            .review_queue(&stranger, &street, &all, None, 50)
            .await
            .unwrap();
        assert_eq!((there.count, there.acts.len(), there.signs.len()), (0, 0, 0));
        let look = refused(world.app.review_one(&stranger, &street, (li, id)).await);
        assert_eq!(look.unwrap_err().code(), "not_found");
        let said = world
            .app
            .review_say(&stranger, &street, (li, id), (Say::Credit, ""), None, None);
        assert_eq!(refused(said.await).unwrap_err().code(), "not_found");
        let photo = refused(world.app.proof_photo(&stranger, &street, (li, id), 0).await);
        assert_eq!(photo.unwrap_err().code(), "not_found");
        let here = refused(
            world
                .app
                .review_queue(&stranger, &world.programme, &all, None, 50)
                .await,
        );
        assert_eq!(here.unwrap_err().code(), "auth.not_allowed");
        assert_eq!(world.available(li).await, 0);
    })
    .await;
}
