//! Competing: readings, boards, teams, and what time does to them.

use app::{BoardView, CompetitionView, NewCompetition, NewDayReading, ReadingState, Refused};
use domain::competition::{Metric, Scoring, TeamRule, Terms};
use domain::measure::{Day, Id, ParticipantId};
use domain::participant::Consent;
use domain::programme::Role;

use store::testing::each_engine;

use crate::dice::Dice;
use crate::world::{DAY_US, HOUR_US, MIDNIGHT_US, MINUTE_US, Told, World, instant, refused, text};

/// From the day of the clock on.
pub fn terms(world: &World, days: i32) -> Terms {
    let first = world.programme.zone.day_of(world.clock.now_us());
    Terms {
        first,
        last: first.plus(days - 1),
        metric: Metric::Steps,
        behaviours: Vec::new(),
        scoring: Scoring::Average,
        day_ceiling: None,
        handicap: None,
        teams: None,
        leagues: None,
        cut_off_min: 720,
        audit_days: 0,
        prizes: Vec::new(),
    }
}

impl World {
    /// An open competition.
    pub async fn compete(&self, terms: Terms) -> CompetitionView {
        let support = self.staff(31, &[Role::Support]);
        let new = NewCompetition {
            title: text("Walk & Win"),
            terms,
        };
        let made = self
            .app
            .create_competition(&support, &self.programme, new, None)
            .await
            .unwrap();
        self.app
            .open_competition(&support, &self.programme, made.id)
            .await
            .unwrap()
    }

    /// So many people who are in.
    pub async fn walkers(&self, competition: Id, people: usize) -> Vec<ParticipantId> {
        let crowd = self.crowd(people).await;
        for who in &crowd {
            self.clock.advance(1);
            self.app
                .enter_competition(&self.person(*who), &self.programme, competition, *who, None)
                .await
                .unwrap();
        }
        crowd
    }

    /// What a wristband says of a day; what became of it.
    pub async fn walked(&self, who: ParticipantId, day: Day, steps: i64) -> Result<(ReadingState, u32), Refused> {
        self.read("wristband", who, day, steps).await
    }

    /// What a source says of a day.
    pub async fn read(
        &self,
        source: &str,
        who: ParticipantId,
        day: Day,
        steps: i64,
    ) -> Result<(ReadingState, u32), Refused> {
        let reading = NewDayReading {
            participant: Some(who),
            reference: None,
            day: Some(day.to_string().into()),
            measured_at: None,
            source: source.to_owned().into(),
            steps,
        };
        let mut outcomes = self
            .app
            .take_readings(&self.person(who), &self.programme, &[reading])
            .await
            .unwrap();
        outcomes
            .pop()
            .unwrap()
            .map(|outcome| (outcome.state, outcome.competitions))
    }

    /// A board as somebody sees it.
    pub async fn board(&self, competition: Id, who: ParticipantId) -> BoardView {
        self.app
            .see_board(&self.person(who), &self.programme, competition, Some(who))
            .await
            .unwrap()
    }
}

fn ranks(board: &BoardView) -> Vec<(u64, i64)> {
    board.top.iter().map(|row| (row.rank, row.score)).collect()
}

#[tokio::test]
async fn two_sources_of_a_day_count_once_and_a_source_only_raises_it() {
    each_engine("raise", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 7)).await;
        let day = open.terms.first;
        let people = world.walkers(open.id, 2).await;
        let (li, wang) = (people[0], people[1]);
        assert_eq!(world.walked(li, day, 5_000).await, Ok((ReadingState::Raised, 1)));
        assert_eq!(world.walked(li, day, 5_000).await, Ok((ReadingState::Same, 0)));
        assert_eq!(world.walked(li, day, 4_000).await, Ok((ReadingState::Lower, 0)));
        // another source tells less: kept, and nothing counts more
        assert_eq!(world.read("phone", li, day, 4_500).await, Ok((ReadingState::Raised, 0)));
        assert_eq!(world.read("phone", li, day, 6_000).await, Ok((ReadingState::Raised, 1)));
        assert_eq!(world.walked(wang, day, 5_500).await, Ok((ReadingState::Raised, 1)));
        let board = world.board(open.id, wang).await;
        assert_eq!(ranks(&board), [(1, 6_000), (2, 5_500)]);
        assert_eq!(board.me.unwrap().rank, 2);
        assert_eq!(board.today[0].score, 6_000);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_process_that_did_not_open_it_counts_as_well() {
    each_engine("another process", async |store| {
        let world = World::new(&store).await;
        let other = world.again().await;
        let day = world.programme.zone.day_of(world.clock.now_us());
        let reading = |who: ParticipantId, steps: i64| NewDayReading {
            participant: Some(who),
            reference: None,
            day: Some(day.to_string().into()),
            measured_at: None,
            source: "phone".into(),
            steps,
        };
        // it looked before there was a competition
        let early = world.enrol("early").await;
        let person = world.person(early);
        let told = other
            .take_readings(&person, &world.programme, &[reading(early, 1)])
            .await;
        told.unwrap().pop().unwrap().unwrap();
        let open = world.compete(terms(&world, 7)).await;
        let li = world.walkers(open.id, 1).await[0];
        let person = world.person(li);
        let told = other
            .take_readings(&person, &world.programme, &[reading(li, 5_000)])
            .await;
        assert_eq!(told.unwrap().pop().unwrap().unwrap().competitions, 1);
        world.clock.advance(2_000_000);
        assert_eq!(world.board(open.id, li).await.me.unwrap().score, 5_000);
    })
    .await;
}

#[tokio::test]
async fn whoever_reaches_a_score_first_stands_before_whoever_joined_first() {
    each_engine("ties", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 7)).await;
        let day = open.terms.first;
        let people = world.walkers(open.id, 3).await;
        // the last to join is the first to reach it; the others reach it in the same instant
        world.walked(people[2], day, 8_000).await.unwrap();
        world.clock.advance(MINUTE_US);
        world.walked(people[1], day, 8_000).await.unwrap();
        world.walked(people[0], day, 8_000).await.unwrap();
        for (who, rank) in [(people[2], 1), (people[0], 2), (people[1], 3)] {
            assert_eq!(world.board(open.id, who).await.me.unwrap().rank, rank);
        }
    })
    .await;
}

#[tokio::test]
async fn past_the_cut_off_a_reading_is_kept_and_marked_and_never_counts() {
    each_engine("cut-off", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 7)).await;
        let day = open.terms.first;
        let li = world.walkers(open.id, 1).await[0];
        world.walked(li, day, 3_000).await.unwrap();
        // the last instant before noon of the next day, and the first that is past it
        let noon_us = MIDNIGHT_US + DAY_US + 12 * HOUR_US;
        world.clock.set(noon_us - 1);
        assert_eq!(world.walked(li, day, 4_000).await, Ok((ReadingState::Raised, 1)));
        world.clock.set(noon_us);
        assert_eq!(world.walked(li, day, 9_000).await, Ok((ReadingState::Late, 0)));
        assert_eq!(world.board(open.id, li).await.me.unwrap().score, 4_000);
        let person = world.person(li);
        let days = world
            .app
            .own_days(&person, &world.programme, open.id, li)
            .await
            .unwrap();
        assert_eq!((days[0].value, days[0].late), (4_000, Some(9_000)));
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn an_instant_before_midnight_is_this_day_and_midnight_is_the_next() {
    each_engine("midnight", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 7)).await;
        let li = world.walkers(open.id, 1).await[0];
        let midnight_us = MIDNIGHT_US + DAY_US;
        world.clock.set(midnight_us + HOUR_US);
        for (us, steps, day) in [
            (midnight_us - 1_000, 900, open.terms.first),
            (midnight_us, 30, open.terms.first.plus(1)),
        ] {
            let reading = NewDayReading {
                participant: Some(li),
                reference: None,
                day: None,
                measured_at: Some(instant(us).into()),
                source: "phone".into(),
                steps,
            };
            let person = world.person(li);
            let outcome = world
                .app
                .take_readings(&person, &world.programme, &[reading])
                .await
                .unwrap();
            assert_eq!(outcome[0].as_ref().unwrap().day, day);
        }
        let board = world.board(open.id, li).await;
        assert_eq!((board.me.unwrap().score, board.me_today.unwrap().score), (930, 30));
    })
    .await;
}

#[tokio::test]
async fn phones_that_are_ahead_are_told_so_and_travellers_keep_their_own_day() {
    each_engine("clocks", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 7)).await;
        let day = open.terms.first;
        let li = world.walkers(open.id, 1).await[0];
        // nine in the evening here: tomorrow has begun in Auckland, but the day after has begun nowhere
        world.clock.set(MIDNIGHT_US + 21 * HOUR_US);
        let told = async |day: Option<Day>, at: Option<&str>| {
            let reading = NewDayReading {
                participant: Some(li),
                reference: None,
                day: day.map(|day| day.to_string().into()),
                measured_at: at.map(|at| at.to_owned().into()),
                source: "phone".into(),
                steps: 100,
            };
            let (person, readings) = (world.person(li), [reading]);
            let outcomes = world.app.take_readings(&person, &world.programme, &readings);
            outcomes.await.unwrap().pop().unwrap().map(|outcome| outcome.day)
        };
        let field = |outcome: Result<Day, Refused>| outcome.unwrap_err().pointer();
        assert_eq!(field(told(Some(day.plus(2)), None).await).as_deref(), Some("/day"));
        assert_eq!(field(told(Some(day.plus(1)), None).await).as_deref(), Some("/day"));
        let auckland = "2026-11-25T02:00:00+13:00";
        assert_eq!(told(Some(day.plus(1)), Some(auckland)).await, Ok(day.plus(1)));
        // a phone that is an hour ahead
        let ahead = instant(world.clock.now_us() + HOUR_US);
        assert_eq!(field(told(None, Some(&ahead)).await).as_deref(), Some("/measured_at"));
        assert_eq!(told(Some(day), None).await, Ok(day));
        assert_eq!(
            field(told(None, Some("yesterday")).await).as_deref(),
            Some("/measured_at")
        );
    })
    .await;
}

#[tokio::test]
async fn without_consent_to_steps_nobody_enters_and_no_reading_is_kept() {
    each_engine("consent", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 7)).await;
        let li = world.walkers(open.id, 1).await[0];
        let person = world.person(li);
        world
            .app
            .set_consent(&person, &world.programme, li, Consent::Steps, false)
            .await
            .unwrap();
        let no = world.walked(li, open.terms.first, 5_000).await.unwrap_err();
        assert_eq!(no.code(), "consent.missing");
        assert_eq!(world.board(open.id, li).await.me.unwrap().score, 0);
        let wang = world.enrol("wang").await;
        let other = world.person(wang);
        world
            .app
            .set_consent(&other, &world.programme, wang, Consent::Steps, false)
            .await
            .unwrap();
        let entered = world
            .app
            .enter_competition(&other, &world.programme, open.id, wang, None)
            .await;
        assert_eq!(refused(entered).unwrap_err().code(), "consent.missing");
        // nobody reads for somebody else
        let own = NewDayReading {
            participant: Some(li),
            reference: None,
            day: Some(open.terms.first.to_string().into()),
            measured_at: None,
            source: "phone".into(),
            steps: 1,
        };
        let outcome = world
            .app
            .take_readings(&other, &world.programme, std::slice::from_ref(&own))
            .await
            .unwrap();
        assert_eq!(outcome[0].as_ref().unwrap_err().code(), "auth.not_allowed");
        let nobodys = NewDayReading {
            participant: None,
            ..own
        };
        let nobody = app::Caller::anonymous();
        let outcome = world
            .app
            .take_readings(&nobody, &world.programme, &[nobodys])
            .await
            .unwrap();
        assert_eq!(outcome[0].as_ref().unwrap_err(), &Refused::SignIn);
    })
    .await;
}

#[tokio::test]
async fn a_team_is_the_mean_of_all_its_members_and_nobody_is_sent_away_to_raise_it() {
    each_engine("teams", async |store| {
        let world = World::new(&store).await;
        let mut terms = terms(&world, 7);
        terms.teams = Some(TeamRule {
            min_members: 2,
            max_members: 3,
            fixed_after: terms.first.plus(1),
        });
        let open = world.compete(terms).await;
        let day = open.terms.first;
        let people = world.walkers(open.id, 5).await;
        let (app, here) = (&world.app, &world.programme);
        let team = app
            .form_team(&world.person(people[0]), here, open.id, people[0], "Herons", None)
            .await
            .unwrap();
        let taken = app
            .form_team(&world.person(people[1]), here, open.id, people[1], "Herons", None)
            .await;
        assert_eq!(refused(taken).unwrap_err().code(), "name.taken");
        let join = async |who: ParticipantId| {
            let person = world.person(who);
            let joined = app.enter_competition(&person, here, open.id, who, Some(&team.invitation));
            refused(joined.await)
        };
        join(people[1]).await.unwrap();
        join(people[2]).await.unwrap();
        assert_eq!(join(people[3]).await.unwrap_err().code(), "settled", "the team is full");
        world.walked(people[0], day, 9_000).await.unwrap();
        world.walked(people[1], day, 3_000).await.unwrap();
        let board = world.board(open.id, people[0]).await;
        let row = board.my_team.unwrap();
        // who has no steps counts zero
        assert_eq!((row.rank, row.sum, row.members), (Some(1), 12_000, 3));
        // somebody leaves while teams can change: the mean is that of two
        app.leave_competition(&world.person(people[2]), here, open.id, people[2])
            .await
            .unwrap();
        let row = world.board(open.id, people[0]).await.my_team.unwrap();
        assert_eq!((row.sum, row.members), (12_000, 2));
        // later the team keeps its members, though one is no longer ranked
        world.clock.advance(2 * DAY_US);
        app.leave_competition(&world.person(people[1]), here, open.id, people[1])
            .await
            .unwrap();
        let board = world.board(open.id, people[0]).await;
        assert_eq!(board.entrants, 3);
        let row = board.my_team.unwrap();
        assert_eq!((row.sum, row.members), (12_000, 2));
        let back = app
            .enter_competition(&world.person(people[1]), here, open.id, people[1], None)
            .await;
        assert_eq!(refused(back).unwrap_err().code(), "settled");
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn credited_acts_count_for_their_day_until_they_are_taken_back() {
    each_engine("acts", async |store| {
        let world = World::new(&store).await;
        let mut terms = terms(&world, 7);
        terms.metric = Metric::Carbon;
        terms.behaviours = vec!["metro-trip".to_owned()];
        terms.scoring = Scoring::Total;
        let open = world.compete(terms).await;
        let people = world.walkers(open.id, 2).await;
        let (li, wang) = (people[0], people[1]);
        let start_us = world.clock.now_us() - HOUR_US;
        let receipt = world
            .submit(&Told::new(li, "one", "metro-trip", start_us))
            .await
            .unwrap();
        world.clock.advance(MINUTE_US);
        world.app.beat().await.unwrap();
        let earned = world.board(open.id, li).await.me.unwrap().score;
        assert!(earned > 0);
        assert_eq!(world.board(open.id, wang).await.me.unwrap().rank, 2);
        // the same beat again changes nothing
        world.app.beat().await.unwrap();
        assert_eq!(world.board(open.id, li).await.me.unwrap().score, earned);
        let (support, finance) = (world.staff(31, &[Role::Support]), world.staff(32, &[Role::Finance]));
        let record = receipt.record.unwrap();
        let (app, here) = (&world.app, &world.programme);
        app.request_reversal(&support, here, (li, record), "not ridden")
            .await
            .unwrap();
        app.approve_reversal(&finance, here, (li, record)).await.unwrap();
        world.clock.advance(MINUTE_US);
        world.app.beat().await.unwrap();
        assert_eq!(world.board(open.id, li).await.me.unwrap().score, 0);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_board_that_followed_says_what_one_says_that_is_built_anew() {
    each_engine("follow", async |store| {
        let world = World::new(&store).await;
        let mut terms = terms(&world, 5);
        terms.day_ceiling = Some(12_000);
        terms.teams = Some(TeamRule {
            min_members: 2,
            max_members: 4,
            fixed_after: terms.first.plus(1),
        });
        let open = world.compete(terms).await;
        let people = world.walkers(open.id, 12).await;
        let (app, here) = (&world.app, &world.programme);
        let mut invitations = Vec::new();
        for (place, who) in people.iter().enumerate() {
            let caller = world.person(*who);
            if place % 3 == 0 {
                let name = format!("team {place}");
                let team = app.form_team(&caller, here, open.id, *who, &name, None).await.unwrap();
                invitations.push(team.invitation);
            } else {
                let invitation = invitations.last().map(String::as_str);
                app.enter_competition(&caller, here, open.id, *who, invitation)
                    .await
                    .unwrap();
            }
        }
        let mut dice = Dice::new(7);
        let other = world.again().await;
        for round in 0..60 {
            let who = people[dice.below(12)];
            let today = here.zone.day_of(world.clock.now_us());
            let day = today.plus(if dice.of(50) { 0 } else { -1 });
            if dice.below(20) == 0 {
                drop(app.leave_competition(&world.person(who), here, open.id, who).await);
            } else {
                drop(world.walked(who, day, dice.within(0, 20_000)).await);
            }
            world.clock.advance(HOUR_US + dice.within(0, 1_000_000));
            if round % 10 == 0 {
                let followed = world.board(open.id, who).await;
                let person = world.person(who);
                // a process that looked before, and one that looks for the first time
                for process in [&other, &world.again().await] {
                    let anew = process.see_board(&person, here, open.id, Some(who)).await.unwrap();
                    let anew = BoardView {
                        version: followed.version,
                        ..anew
                    };
                    assert_eq!(followed, anew, "round {round}");
                }
            }
        }
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_day_has_its_story_and_who_was_passed_hears_of_it() {
    each_engine("story", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 7)).await;
        let day = open.terms.first;
        let people = world.walkers(open.id, 2).await;
        let (li, wang) = (people[0], people[1]);
        world.app.beat().await.unwrap();
        world.walked(li, day, 9_000).await.unwrap();
        world.app.beat().await.unwrap();
        world.clock.set(MIDNIGHT_US + 21 * HOUR_US + 30 * MINUTE_US);
        world.walked(wang, day, 8_900).await.unwrap();
        world.clock.set(MIDNIGHT_US + 22 * HOUR_US);
        world.app.beat().await.unwrap();
        let overtaken_us = MIDNIGHT_US + 23 * HOUR_US + 12 * MINUTE_US;
        world.clock.set(overtaken_us);
        world.walked(wang, day, 9_100).await.unwrap();
        // a page that looks before the beat does not take its news away
        assert!(world.board(open.id, wang).await.today[0].mine);
        world.app.beat().await.unwrap();
        world.clock.set(MIDNIGHT_US + DAY_US);
        world.app.beat().await.unwrap();
        let (app, here) = (&world.app, &world.programme);
        let story = app.day_story(&world.person(li), here, open.id, li, day).await.unwrap();
        assert_eq!(story.led.len(), 1);
        assert_eq!(story.led[0].1, Some(overtaken_us));
        assert_eq!(story.hours.last().copied(), Some((23, 9_000, 2, 2)));
        assert!(story.hours.contains(&(21, 9_000, 1, 1)), "{:?}", story.hours);
        // quiet hours: nobody is told at eleven at night
        assert!(app.notices(&world.person(li), here, li, 10).await.unwrap().is_empty());
        world.clock.set(MIDNIGHT_US + DAY_US + 9 * HOUR_US);
        world.walked(li, day.plus(1), 500).await.unwrap();
        world.app.beat().await.unwrap();
        let told = app.notices(&world.person(wang), here, wang, 10).await.unwrap();
        assert_eq!(told.len(), 1);
        app.read_notices(&world.person(wang), here, wang, told[0].id)
            .await
            .unwrap();
        assert!(app.notices(&world.person(wang), here, wang, 10).await.unwrap()[0].read);
    })
    .await;
}

#[tokio::test]
async fn a_viewer_sees_what_changes_and_is_not_woken_for_nothing() {
    each_engine("viewer", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 7)).await;
        let people = world.walkers(open.id, 2).await;
        let (li, wang) = (people[0], people[1]);
        let person = world.person(li);
        let mut viewer = world
            .app
            .watch_board(&person, &world.programme, open.id, Some(li))
            .await
            .unwrap();
        let first = viewer.next().await.unwrap().unwrap();
        assert_eq!(first.view(), world.board(open.id, li).await);
        let told: BoardView = serde_json::from_str(&first.json().unwrap()).unwrap();
        assert_eq!(told, first.view());
        let asked = world
            .app
            .watch_board(&person, &world.programme, open.id, Some(wang))
            .await;
        assert!(asked.is_err(), "nobody looks as somebody else");
        world.walked(wang, open.terms.first, 5_000).await.unwrap();
        world.app.beat().await.unwrap();
        let second = viewer.next().await.unwrap().unwrap().view();
        assert_eq!(second.me.map(|me| (me.rank, me.score)), Some((2, 0)));
        assert_eq!((second.top[0].mine, second.top[1].mine), (false, true));
        // a new name is seen though nobody moved
        let caller = world.person(wang);
        let renamed = world.app.change_profile(&caller, &world.programme, wang, "望舒", "zh");
        renamed.await.unwrap();
        let third = viewer.next().await.unwrap().unwrap().view();
        assert_eq!(third.top[0].name.as_deref(), Some("望舒"));
    })
    .await;
}
