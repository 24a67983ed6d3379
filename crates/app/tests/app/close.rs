//! Days that become final, and the close: whatever is cut off, races or comes late.

use app::{App, CompetitionView, PodiumView, ReadingState, Refused, Who};
use domain::competition::{Prize, Stage, Terms, To, What};
use domain::measure::{Day, Id, ParticipantId, Points};
use domain::programme::Role;
use store::testing::each_engine;

use crate::compete::terms;
use crate::world::{HOUR_US, MINUTE_US, World, refused, text};

pub fn prize(to: To, what: What, title: &str) -> Prize {
    Prize {
        to,
        what,
        title: text(title),
    }
}

pub fn ranks(first: u32, last: u32) -> To {
    To::Rank { first, last }
}

/// A leave day each for the first three.
pub fn leave_days() -> Prize {
    prize(ranks(1, 3), What::Leave { half_days: 2 }, "A day of leave")
}

impl World {
    /// Moves the clock to the cut-off of a day and does what is due.
    pub async fn until_final(&self, terms: &Terms, day: Day) {
        let cut_off_us = terms.cut_off_us(&self.programme.zone, day);
        self.clock.set(cut_off_us.max(self.clock.now_us()));
        self.work().await;
    }

    /// Lets every day pass.
    pub async fn until_frozen(&self, terms: &Terms) {
        for day in terms.first.epoch_days()..=terms.last.epoch_days() {
            self.until_final(terms, Day::from_epoch_days(day)).await;
        }
    }

    /// Closes a competition and does what is due.
    pub async fn close(&self, id: Id) {
        let support = self.staff(31, &[Role::Support]);
        self.app.close_competition(&support, &self.programme, id).await.unwrap();
        self.work().await;
        assert_eq!(self.stage(id).await, Stage::Closed);
    }

    pub async fn stage(&self, id: Id) -> Stage {
        self.competition(id).await.stage
    }

    pub async fn competition(&self, id: Id) -> CompetitionView {
        let console = app::Caller::console();
        self.app.competition(&console, &self.programme, id).await.unwrap()
    }

    pub async fn podium(&self, id: Id) -> PodiumView {
        let support = self.staff(31, &[Role::Support]);
        self.app.podium(&support, &self.programme, id, 1, 100).await.unwrap()
    }

    /// New people who are in.
    pub async fn entered(&self, id: Id, name: &str, people: usize) -> Vec<ParticipantId> {
        let mut crowd = Vec::new();
        for number in 0..people {
            let who = self.enrol(&format!("{name}-{number}")).await;
            self.clock.advance(1);
            self.app
                .enter_competition(&self.person(who), &self.programme, id, who, None)
                .await
                .unwrap();
            crowd.push(who);
        }
        crowd
    }

    /// Puts points into the budget of prizes, in thousandths.
    pub async fn fund(&self, milli: i64) {
        let finance = self.staff(33, &[Role::Finance]);
        let points = Points::from_milli(milli);
        self.app
            .fund_prizes(&finance, &self.programme, points, None)
            .await
            .unwrap();
    }

    /// Points that are left in the budget of prizes.
    pub async fn budget(&self) -> i64 {
        let console = app::Caller::console();
        self.app.prize_budget(&console, &self.programme).await.unwrap().milli()
    }

    /// A worker that dies once it has made so many commits.
    pub async fn cut_off_after(&self, commits: u64) {
        let until = self.store.commits() + commits;
        let app = self.app.clone();
        let worker = tokio::spawn(async move { while app.run_due_jobs().await.unwrap() > 0 {} });
        while self.store.commits() < until && !worker.is_finished() {
            tokio::task::yield_now().await;
        }
        worker.abort();
        // what it had sent off is done, or is not
        drop(worker.await);
    }

    /// Every day of the window, so many steps for each of these, the first the most.
    pub async fn walk_window(&self, terms: &Terms, people: &[ParticipantId]) {
        for day in terms.first.epoch_days()..=terms.last.epoch_days() {
            let day = Day::from_epoch_days(day);
            self.clock.set(self.programme.zone.start_of(day) + 20 * HOUR_US);
            self.work().await;
            for (place, who) in people.iter().enumerate() {
                let steps = 12_000 - 500 * i64::try_from(place).unwrap();
                self.walked(*who, day, steps).await.unwrap();
            }
        }
    }
}

fn names(podium: &PodiumView) -> Vec<(u64, String, i64)> {
    let row = |row: &app::Row| (row.rank, row.name.clone().unwrap_or_default(), row.score);
    podium.places.iter().map(row).collect()
}

async fn replays(world: &World, id: Id) {
    let replay = world.app.replay(&app::Caller::console(), &world.programme, id).await;
    let replay = replay.unwrap();
    assert!(replay.agrees, "{replay:?}");
}

#[tokio::test]
async fn a_month_goes_from_day_to_day_to_its_podium() {
    each_engine("month", async |store| {
        let world = World::new(&store).await;
        let month = Terms {
            prizes: vec![leave_days()],
            ..terms(&world, 4)
        };
        let open = world.compete(month.clone()).await;
        let people = world.walkers(open.id, 5).await;
        world.walk_window(&month, &people).await;
        let support = world.staff(31, &[Role::Support]);
        // not before every day is final
        let early = world.app.close_competition(&support, &world.programme, open.id).await;
        assert_eq!(refused(early), Err(Refused::Settled("not every day is final")));
        world.until_frozen(&month).await;
        let podium = world.podium(open.id).await;
        assert!(podium.provisional && podium.seed.is_none());
        assert_eq!(podium.days.len(), 4);
        for day in &podium.days {
            let champion = day.champion.clone().unwrap();
            assert_eq!((champion.name.as_deref(), champion.value), (Some("card-0"), 12_000));
            assert_eq!(day.walkers, Some(5));
        }
        world.verified().await;
        world.close(open.id).await;
        let closed = world.podium(open.id).await;
        assert_eq!(closed.places, podium.places);
        assert_eq!(closed.winners, podium.winners);
        assert_eq!(names(&closed)[0], (1, "card-0".to_owned(), 48_000));
        assert_eq!(closed.winners.len(), 3);
        assert!(closed.seed.is_some() && !closed.provisional);
        let won = world.app.awards(&support, &world.programme, open.id).await.unwrap();
        let won: Vec<_> = won.iter().map(|one| (one.participant, one.rank)).collect();
        assert_eq!(won, [(people[0], Some(1)), (people[1], Some(2)), (people[2], Some(3))]);
        let news = world
            .app
            .notices(&world.person(people[0]), &world.programme, people[0], 10)
            .await
            .unwrap();
        let kinds: Vec<&str> = news.iter().map(|one| one.news.kind()).collect();
        assert_eq!(kinds, ["won", "closed"]);
        replays(&world, open.id).await;
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_reading_after_the_cut_off_is_kept_and_never_counts() {
    each_engine("late", async |store| {
        let world = World::new(&store).await;
        let week = Terms {
            prizes: vec![leave_days()],
            ..terms(&world, 2)
        };
        let open = world.compete(week.clone()).await;
        let people = world.walkers(open.id, 2).await;
        world
            .clock
            .set(world.programme.zone.start_of(week.first) + 20 * HOUR_US);
        for (who, steps) in people.iter().zip([12_000, 11_500]) {
            world.walked(*who, week.first, steps).await.unwrap();
        }
        let cut_off_us = week.cut_off_us(&world.programme.zone, week.first);
        // just before it counts; at it, though no job has run yet, it does not
        world.clock.set(cut_off_us - 1);
        let raised = world.walked(people[1], week.first, 11_700).await;
        assert_eq!(raised, Ok((ReadingState::Raised, 1)));
        world.clock.set(cut_off_us);
        let late = world.walked(people[1], week.first, 30_000).await;
        assert_eq!(late, Ok((ReadingState::Late, 0)));
        world.clock.set(cut_off_us + 8 * HOUR_US);
        for (who, steps) in people.iter().zip([12_000, 11_500]) {
            world.walked(*who, week.last, steps).await.unwrap();
        }
        world.until_frozen(&week).await;
        let late = world.walked(people[1], week.last, 30_000).await;
        assert_eq!(late, Ok((ReadingState::Late, 0)));
        world.close(open.id).await;
        let podium = world.podium(open.id).await;
        assert_eq!(
            names(&podium),
            [(1, "card-0".to_owned(), 24_000), (2, "card-1".to_owned(), 23_200)]
        );
        let days = world
            .app
            .own_days(&world.person(people[1]), &world.programme, open.id, people[1])
            .await
            .unwrap();
        let days: Vec<_> = days.iter().map(|day| (day.value, day.late)).collect();
        assert_eq!(days, [(11_700, Some(30_000)), (11_500, Some(30_000))]);
        replays(&world, open.id).await;
        world.verified().await;
    })
    .await;
}

/// Does what is due until nothing is, on several processes at once.
async fn all_work(apps: &[App]) {
    loop {
        let rounds = futures_util::future::join_all(apps.iter().map(App::run_due_jobs)).await;
        if rounds.into_iter().all(|taken| taken.unwrap() == 0) {
            return;
        }
    }
}

#[tokio::test]
async fn two_that_close_at_once_close_once() {
    each_engine("closers", async |store| {
        let world = World::new(&store).await;
        world.fund(600_000).await;
        let week = Terms {
            prizes: vec![prize(ranks(1, 3), What::Points { milli: 100_000 }, "Points")],
            ..terms(&world, 1)
        };
        let open = world.compete(week.clone()).await;
        let people = world.walkers(open.id, 6).await;
        world.walk_window(&week, &people).await;
        world.clock.set(week.ends_us(&world.programme.zone));
        let (second, third) = (world.second(&store).await, world.second(&store).await);
        let number = open.id.number();
        let day = i64::from(week.first.epoch_days());
        // the same job is due on three processes at once
        for extra in 1..=2 {
            let ask = async move |db: &mut store::Db| {
                store::job::ask(db, extra, "close-day", &format!("{number} {day}"), 0).await
            };
            store.write(0, ask).await.unwrap();
        }
        let apps = [world.app.clone(), second, third];
        all_work(&apps).await;
        assert_eq!(world.stage(open.id).await, Stage::Frozen);
        let support = world.staff(31, &[Role::Support]);
        let closing = apps
            .iter()
            .map(|app| app.close_competition(&support, &world.programme, open.id));
        for asked in futures_util::future::join_all(closing).await {
            asked.unwrap();
        }
        world.clock.advance(MINUTE_US);
        all_work(&apps[..2]).await;
        world.clock.advance(2 * MINUTE_US);
        world.work().await;
        assert_eq!(world.stage(open.id).await, Stage::Closed);
        for (place, who) in people.iter().enumerate() {
            let expected = if place < 3 { 100_000 } else { 0 };
            assert_eq!(world.available(*who).await, expected);
        }
        assert_eq!(world.budget().await, 300_000);
        replays(&world, open.id).await;
        world.verified().await;
    })
    .await;
}

/// A worker that dies after any number of jobs: another process goes on where it stopped.
#[tokio::test]
async fn a_close_that_is_cut_off_anywhere_is_finished_by_the_next_process() {
    each_engine("cut-off", async |store| {
        let world = World::new(&store).await;
        for cut in 0..8 {
            world.fund(500_000).await;
            let week = Terms {
                prizes: vec![
                    prize(ranks(1, 2), What::Points { milli: 250_000 }, "Points"),
                    leave_days(),
                ],
                ..terms(&world, 2)
            };
            let open = world.compete(week.clone()).await;
            let people = world.entered(open.id, &format!("round-{cut}"), 3).await;
            world.walk_window(&week, &people).await;
            world.until_frozen(&week).await;
            let support = world.staff(31, &[Role::Support]);
            world
                .app
                .close_competition(&support, &world.programme, open.id)
                .await
                .unwrap();
            // a worker takes jobs, does some, and dies: the others come back to light a minute later
            world.cut_off_after(cut).await;
            world.clock.advance(2 * MINUTE_US);
            world.work().await;
            assert_eq!(world.stage(open.id).await, Stage::Closed);
            assert_eq!(world.available(people[0]).await, 250_000);
            assert_eq!(world.available(people[1]).await, 250_000);
            assert_eq!(world.budget().await, 0);
            let won = world.app.awards(&support, &world.programme, open.id).await.unwrap();
            assert_eq!(won.len(), 5);
            replays(&world, open.id).await;
            world.verified().await;
        }
    })
    .await;
}

/// Two civil days lie an hour closer or further apart when the clock changes; a leap day is a day; months end.
#[tokio::test]
async fn days_end_by_the_civil_clock_whatever_the_clock_does() {
    each_engine("civil", async |store| {
        let world = World::in_zone(&store, "Europe/Berlin").await;
        let zone = world.programme.zone.clone();
        let hours = |from: Day| (zone.start_of(from.plus(1)) - zone.start_of(from)) / HOUR_US;
        // the clock goes back in autumn and forward in spring; 2028 has a 29 February
        for (first, last, odd) in [
            ("2027-03-27", "2027-03-29", Some(("2027-03-28", 23))),
            ("2027-10-30", "2027-11-01", Some(("2027-10-31", 25))),
            ("2028-02-28", "2028-03-01", None),
        ] {
            let (first, last) = (Day::parse(first).unwrap(), Day::parse(last).unwrap());
            if let Some((day, long)) = odd {
                assert_eq!(hours(Day::parse(day).unwrap()), long);
            }
            world.clock.set(zone.start_of(first) + HOUR_US);
            let three = Terms {
                prizes: vec![leave_days()],
                ..terms(&world, 3)
            };
            assert_eq!((three.first, three.last), (first, last));
            let open = world.compete(three.clone()).await;
            let people = world.entered(open.id, &format!("from-{first}"), 2).await;
            world.walk_window(&three, &people).await;
            for day in first.epoch_days()..=last.epoch_days() {
                let day = Day::from_epoch_days(day);
                let cut_off_us = three.cut_off_us(&zone, day);
                assert_eq!(zone.clock_time(cut_off_us), format!("{} 12:00", day.plus(1)));
                if world.clock.now_us() < cut_off_us {
                    world.clock.set(cut_off_us - 1);
                    world.work().await;
                }
                world.until_final(&three, day).await;
            }
            world.close(open.id).await;
            let podium = world.podium(open.id).await;
            assert_eq!(podium.places[0].score, 36_000);
            assert_eq!(podium.days.iter().filter(|day| day.champion.is_some()).count(), 3);
            replays(&world, open.id).await;
        }
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_competes_judges_nobody_in_it() {
    each_engine("own race", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 2)).await;
        let people = world.walkers(open.id, 2).await;
        let (app, here, day) = (&world.app, &world.programme, open.terms.first);
        world.walked(people[1], day, 9_000).await.unwrap();
        // support that walks as well
        let mut both = world.staff(51, &[Role::Support]);
        if let (Who::Person { memberships, .. }, Who::Person { memberships: own, .. }) =
            (&mut both.who, world.person(people[0]).who)
        {
            memberships.extend(own);
        }
        let out = app.disqualify(&both, here, open.id, people[1], "too fast for me").await;
        assert_eq!(refused(out), Err(Refused::SecondPerson));
        let void = app
            .check_day(&both, here, open.id, (people[1], day), false, "too fast for me")
            .await;
        assert_eq!(refused(void), Err(Refused::SecondPerson));
        assert_eq!(world.board(open.id, people[1]).await.me.unwrap().score, 9_000);
        let support = world.staff(52, &[Role::Support]);
        app.disqualify(&support, here, open.id, people[1], "a shaker")
            .await
            .unwrap();
        assert_eq!(world.board(open.id, people[0]).await.entrants, 1);
        world.verified().await;
    })
    .await;
}
