//! Prizes: set aside before anybody competes, given once, taken back by two people.

use std::collections::BTreeMap;

use app::{AwardView, Caller, CompetitionView, NewCompetition, Refused};
use domain::competition::{Prize, Stage, TeamRule, Terms, To, What};
use domain::measure::{Currency, Id, ParticipantId, RewardId};
use domain::programme::Role;
use store::competition::AwardState;
use store::testing::each_engine;

use crate::close::{leave_days, prize, ranks};
use crate::compete::terms;
use crate::dice::Dice;
use crate::world::{MINUTE_US, World, refused, text};

fn points(to: To, milli: i64) -> Prize {
    prize(to, What::Points { milli }, "Points")
}

impl World {
    /// A draft with these prizes that opens, or says why not.
    async fn opened(&self, prizes: Vec<Prize>) -> Result<CompetitionView, Refused> {
        let support = self.staff(31, &[Role::Support]);
        let new = NewCompetition {
            title: text("Walk & Win"),
            terms: Terms {
                prizes,
                ..terms(self, 1)
            },
        };
        let made = self.app.create_competition(&support, &self.programme, new, None).await;
        let id = made.unwrap().id;
        refused(self.app.open_competition(&support, &self.programme, id).await)
    }

    async fn awards(&self, id: Id) -> Vec<AwardView> {
        self.app.awards(&Caller::console(), &self.programme, id).await.unwrap()
    }

    async fn stock(&self, reward: RewardId) -> (i64, i64, i64) {
        let row = self.app.reward_row(&Caller::console(), &self.programme, reward).await;
        let row = row.unwrap();
        (row.reward.stock, row.reserved, row.handed_over)
    }

    /// A day that is walked, final and closed.
    async fn played(&self, open: &CompetitionView, people: &[ParticipantId]) {
        self.walk_window(&open.terms, people).await;
        self.until_frozen(&open.terms).await;
        self.close(open.id).await;
    }

    /// Two people disqualify somebody after the close.
    async fn corrected(&self, id: Id, who: ParticipantId) -> Result<(), Refused> {
        let (admin, support) = (self.staff(41, &[Role::Admin]), self.staff(42, &[Role::Support]));
        let (app, here) = (&self.app, &self.programme);
        let asked = refused(app.ask_correction(&admin, here, id, who, "a shaker").await)?;
        refused(app.decide_correction(&support, here, id, asked, true).await)?;
        self.clock.advance(MINUTE_US);
        self.work().await;
        Ok(())
    }
}

fn held(awards: &[AwardView]) -> Vec<(i64, ParticipantId, AwardState)> {
    let row = |one: &AwardView| (one.prize, one.participant, one.state);
    awards.iter().map(row).collect()
}

#[tokio::test]
async fn what_cannot_be_set_aside_cannot_be_promised() {
    each_engine("short", async |store| {
        let world = World::new(&store).await;
        world.fund(1_000_000).await;
        let tents = world.offer("tent", "40", 3, |_| ()).await;
        let sponsored = |new: &mut app::NewReward| {
            new.cost_minor = Some(250);
            new.currency = Some(Currency::CNY);
        };
        let cola = world.offer("cola", "30", 9, sponsored).await;
        let field = |answer: Result<CompetitionView, Refused>| match answer {
            Err(Refused::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let two = vec![points(ranks(1, 3), 300_000), points(ranks(1, 2), 100_000)];
        assert_eq!(field(world.opened(two).await), "terms/prizes/1/milli");
        let tent = |to: To| prize(to, What::Reward { reward: tents }, "tent");
        let four = vec![tent(ranks(1, 2)), tent(ranks(3, 4))];
        assert_eq!(field(world.opened(four).await), "terms/prizes/1/reward");
        let paid = vec![prize(ranks(1, 1), What::Reward { reward: cola }, "cola")];
        assert_eq!(field(world.opened(paid).await), "terms/prizes/0/reward");
        let foreign = What::Reward {
            reward: RewardId::new(7),
        };
        let unknown = vec![prize(ranks(1, 1), foreign, "nothing")];
        assert_eq!(field(world.opened(unknown).await), "terms/prizes/0/reward");
        // a refusal leaves everything where it was
        assert_eq!((world.budget().await, world.stock(tents).await), (1_000_000, (3, 0, 0)));
        world.verified().await;
        // called off, all of it comes back
        let all = vec![points(ranks(1, 3), 300_000), tent(ranks(1, 3)), leave_days()];
        let open = world.opened(all).await.unwrap();
        assert_eq!((world.budget().await, world.stock(tents).await), (100_000, (0, 3, 0)));
        world.verified().await;
        let support = world.staff(31, &[Role::Support]);
        for _ in 0..2 {
            let off = world
                .app
                .cancel_competition(&support, &world.programme, open.id, "rain");
            assert_eq!(off.await.unwrap().stage, Stage::Cancelled);
        }
        assert_eq!((world.budget().await, world.stock(tents).await), (1_000_000, (3, 0, 0)));
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn each_kind_of_prize_reaches_who_won_it() {
    each_engine("kinds", async |store| {
        let world = World::new(&store).await;
        world.fund(1_000_000).await;
        let tents = world.offer("tent", "40", 5, |_| ()).await;
        let draw = To::Draw {
            winners: 2,
            at_least: 10_000,
        };
        let threshold = To::Threshold {
            at_least: 10_500,
            pieces: 10,
        };
        let prizes = vec![
            leave_days(),
            points(threshold, 50_000),
            prize(draw, What::Reward { reward: tents }, "tent"),
            prize(To::Team { first: 1, last: 1 }, What::Goods, "souvenir"),
        ];
        let rule = TeamRule {
            min_members: 2,
            max_members: 3,
            fixed_after: terms(&world, 1).first,
        };
        let open = world
            .compete(Terms {
                prizes,
                teams: Some(rule),
                ..terms(&world, 1)
            })
            .await;
        let people = world.walkers(open.id, 6).await;
        let (app, here) = (&world.app, &world.programme);
        for pair in people.chunks(2) {
            let (captain, other) = (world.person(pair[0]), world.person(pair[1]));
            let name = format!("team {}", pair[0]);
            let team = app
                .form_team(&captain, here, open.id, pair[0], &name, None)
                .await
                .unwrap();
            app.enter_competition(&other, here, open.id, pair[1], Some(&team.invitation))
                .await
                .unwrap();
        }
        world.played(&open, &people).await;
        // 12000, 11500, 11000, 10500, 10000, 9500: four reach 10500, five take part in the draw
        for (place, who) in people.iter().enumerate() {
            assert_eq!(world.available(*who).await, if place < 4 { 50_000 } else { 0 });
        }
        // what nobody won went back: six of ten pieces
        assert_eq!(world.budget().await, 800_000);
        assert_eq!(world.stock(tents).await, (3, 0, 2));
        let awards = world.awards(open.id).await;
        let of = |number: i64| awards.iter().filter(move |one| one.prize == number);
        assert!(of(2).all(|one| one.state == AwardState::Given && people[..5].contains(&one.participant)));
        assert_eq!(of(2).count(), 2);
        for drawn in of(2) {
            let orders = app.orders(&Caller::console(), here, drawn.participant).await.unwrap();
            assert_eq!(orders[0].voucher.as_ref().unwrap().code, drawn.note);
            assert_eq!(world.available(drawn.participant).await % 50_000, 0);
        }
        let souvenirs: Vec<_> = of(3).map(|one| (one.participant, one.state)).collect();
        let mut team = vec![(people[0], AwardState::Won), (people[1], AwardState::Won)];
        team.sort_unstable_by_key(|one| one.0);
        assert_eq!(souvenirs, team);
        // staff hand out what no job can: once
        let support = world.staff(31, &[Role::Support]);
        let leave = app
            .hand_out(&support, here, open.id, 0, people[0], "entered in March")
            .await;
        let leave = leave.unwrap();
        assert_eq!(
            (leave.state, leave.note.as_str()),
            (AwardState::Given, "entered in March")
        );
        assert_eq!(leave.reference.as_deref(), Some("card-0"));
        for expected in [2, 0] {
            let handed = app.hand_out_many(&support, here, open.id, 3, &people, "fetched").await;
            assert_eq!(handed.unwrap(), expected);
        }
        let participant = world.person(people[1]);
        let forbidden = app.hand_out(&participant, here, open.id, 0, people[1], "").await;
        assert!(matches!(refused(forbidden), Err(Refused::NotAllowed(_))));
        let own = app.own_awards(&world.person(people[0]), here, people[0]).await.unwrap();
        assert!(own.len() >= 3 && own.iter().all(|one| one.reference.is_none()));
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn an_odd_day_waits_for_a_look_and_whoever_is_out_wins_nothing() {
    each_engine("odd", async |store| {
        let world = World::new(&store).await;
        let long = Terms {
            prizes: vec![prize(ranks(1, 1), What::Leave { half_days: 2 }, "A day")],
            audit_days: 3,
            ..terms(&world, 2)
        };
        let open = world.compete(long.clone()).await;
        let people = world.walkers(open.id, 3).await;
        world.walk_window(&long, &people).await;
        // more than anybody walks
        world.walked(people[2], long.last, 120_000).await.unwrap();
        world.until_frozen(&long).await;
        let (app, here) = (&world.app, &world.programme);
        let support = world.staff(31, &[Role::Support]);
        let odd = app.signed_days(&support, here, open.id).await.unwrap();
        assert_eq!(odd.len(), 1);
        assert_eq!(
            (odd[0].participant, odd[0].day, odd[0].value),
            (people[2], long.last, 120_000)
        );
        assert!(!odd[0].signs.is_empty() && !odd[0].checked);
        assert!(refused(app.close_competition(&support, here, open.id).await).is_err());
        let podium = world.podium(open.id).await;
        assert_eq!(podium.places[0].score, 131_000);
        assert_eq!(podium.days[1].champion.as_ref().unwrap().value, 120_000);
        let reason = app
            .check_day(&support, here, open.id, (people[2], long.last), false, " ")
            .await;
        assert!(refused(reason).is_err());
        let day = (people[2], long.last);
        app.check_day(&support, here, open.id, day, false, "a shaker")
            .await
            .unwrap();
        let podium = world.podium(open.id).await;
        assert_eq!(podium.places[0].name.as_deref(), Some("card-0"));
        assert_eq!((podium.places[2].score, podium.days[1].walkers), (11_000, Some(2)));
        assert_eq!(podium.days[1].champion.as_ref().unwrap().value, 12_000);
        world.verified().await;
        app.disqualify(&support, here, open.id, people[0], "two phones")
            .await
            .unwrap();
        let podium = world.podium(open.id).await;
        assert_eq!(podium.places.len(), 2);
        assert_eq!(
            podium.days[0].champion.as_ref().unwrap().name.as_deref(),
            Some("card-1")
        );
        // nothing is left to look at: it need not wait for the third day
        world.close(open.id).await;
        assert_eq!(held(&world.awards(open.id).await), [(0, people[1], AwardState::Won)]);
        let late = app.check_day(&support, here, open.id, day, true, "").await;
        assert!(matches!(refused(late), Err(Refused::Settled(_))));
        let late = app.disqualify(&support, here, open.id, people[1], "late").await;
        assert!(matches!(refused(late), Err(Refused::Settled(_))));
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn after_the_close_two_people_move_prizes() {
    each_engine("correct", async |store| {
        let world = World::new(&store).await;
        world.fund(200_000).await;
        let tents = world.offer("tent", "40", 3, |_| ()).await;
        let prizes = vec![
            leave_days(),
            points(ranks(1, 2), 100_000),
            prize(ranks(1, 1), What::Reward { reward: tents }, "tent"),
        ];
        let open = world
            .compete(Terms {
                prizes,
                ..terms(&world, 1)
            })
            .await;
        let people = world.walkers(open.id, 5).await;
        world.played(&open, &people).await;
        let (app, here) = (&world.app, &world.programme);
        // the one who asked cannot agree, and a decision stands
        let both = world.staff(41, &[Role::Admin, Role::Support]);
        let asked = app
            .ask_correction(&both, here, open.id, people[0], "a shaker")
            .await
            .unwrap();
        let own = app.decide_correction(&both, here, open.id, asked, true).await;
        assert_eq!(refused(own), Err(Refused::SecondPerson));
        let again = app.ask_correction(&both, here, open.id, people[0], "a shaker").await;
        assert!(refused(again).is_err());
        let other = world.staff(42, &[Role::Support]);
        app.decide_correction(&other, here, open.id, asked, false)
            .await
            .unwrap();
        assert!(refused(app.decide_correction(&other, here, open.id, asked, true).await).is_err());
        assert_eq!(world.awards(open.id).await.len(), 6);
        // agreed to, the others move up: what was given comes back and goes on
        let digest = world.competition(open.id).await.result;
        world.corrected(open.id, people[0]).await.unwrap();
        let after = world.competition(open.id).await;
        assert_eq!((after.revision, after.result == digest), (1, true));
        let given: Vec<i64> = vec![0, 100_000, 100_000, 0, 0];
        for (who, points) in people.iter().zip(given) {
            assert_eq!(world.available(*who).await, points);
        }
        assert_eq!((world.budget().await, world.stock(tents).await), (0, (1, 0, 2)));
        let lost = world.awards(open.id).await;
        let lost: Vec<_> = lost.iter().filter(|one| one.participant == people[0]).collect();
        assert!(lost.iter().all(|one| one.state == AwardState::TakenBack) && lost.len() == 3);
        // the voucher is good for nothing any more
        let code = lost.iter().find(|one| one.prize == 2).unwrap().note.clone();
        let code = code.split(' ').next().unwrap();
        let merchant = world.staff(104, &[Role::Merchant]);
        assert!(refused(app.use_voucher(&merchant, here, code).await).is_err());
        world.verified().await;
        // who spent the points owes them; whoever moves up waits until the budget grows
        let cheap = world.offer("badge", "100", 5, |_| ()).await;
        let spender = world.person(people[1]);
        app.redeem(&spender, here, people[1], cheap, None).await.unwrap();
        world.corrected(open.id, people[1]).await.unwrap();
        let state = |awards: &[AwardView], prize: i64, who: ParticipantId| {
            let found = awards.iter().find(|one| (one.prize, one.participant) == (prize, who));
            found.map(|one| (one.state, one.note.clone())).unwrap()
        };
        let awards = world.awards(open.id).await;
        assert_eq!(
            state(&awards, 1, people[1]),
            (AwardState::TakenBack, "100 points are owed: a shaker".to_owned())
        );
        assert_eq!(state(&awards, 1, people[3]).0, AwardState::Won);
        world.verified().await;
        world.fund(100_000).await;
        world.clock.advance(10 * MINUTE_US);
        world.work().await;
        assert_eq!(state(&world.awards(open.id).await, 1, people[3]).0, AwardState::Given);
        assert_eq!(world.available(people[3]).await, 100_000);
        let replay = app.replay(&Caller::anonymous(), here, open.id).await.unwrap();
        assert!(replay.agrees, "{replay:?}");
        world.verified().await;
    })
    .await;
}

/// Whoever is put out, before or after, in whatever order, and whether points were spent or not: nothing is given twice,
/// nothing is lost.
#[tokio::test]
async fn no_order_of_disqualifications_gives_anything_twice() {
    each_engine("random", async |store| {
        let world = World::new(&store).await;
        let tents = world.offer("tent", "40", 500, |_| ()).await;
        let badge = world.offer("badge", "10", 500, |_| ()).await;
        for seed in 0..6 {
            let mut dice = Dice::new(seed);
            world.fund(400_000).await;
            let reward = What::Reward { reward: tents };
            let draw = To::Draw {
                winners: 2,
                at_least: 1,
            };
            let threshold = To::Threshold {
                at_least: 9_000,
                pieces: 3,
            };
            let prizes = vec![
                points(ranks(1, 2), 30_000),
                prize(draw, reward, "tent"),
                points(threshold, 20_000),
                leave_days(),
            ];
            let open = world.opened(prizes).await.unwrap();
            let people = world.entered(open.id, &format!("seed-{seed}"), 7).await;
            world.walk_window(&open.terms, &people).await;
            world.until_frozen(&open.terms).await;
            let support = world.staff(31, &[Role::Support]);
            let (app, here) = (&world.app, &world.programme);
            let first = people[dice.below(7)];
            app.disqualify(&support, here, open.id, first, "early").await.unwrap();
            world.close(open.id).await;
            for _ in 0..4 {
                let who = people[dice.below(7)];
                match dice.below(3) {
                    // points of a prize are spent, if there are any
                    0 => drop(app.redeem(&world.person(who), here, who, badge, None).await),
                    1 => drop(
                        app.hand_out_many(&support, here, open.id, 3, &[who], "entered")
                            .await
                            .unwrap(),
                    ),
                    _ => drop(world.corrected(open.id, who).await),
                }
                let awards = world.awards(open.id).await;
                let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
                for one in awards.iter().filter(|one| one.state != AwardState::TakenBack) {
                    *counts.entry(one.prize).or_default() += 1;
                    assert_ne!(one.participant, first);
                }
                for (prize, most) in [(0, 2), (1, 2), (2, 3), (3, 3)] {
                    assert!(
                        counts.get(&prize).copied().unwrap_or(0) <= most,
                        "seed {seed}, prize {prize}"
                    );
                }
                // which also finds an entry that nobody was given, and a prize without one
                world.verified().await;
            }
            assert!(app.replay(&support, here, open.id).await.unwrap().agrees);
        }
    })
    .await;
}
