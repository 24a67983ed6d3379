//! Leagues: who is with whom, round by round.

use domain::competition::LeagueRule;
use domain::measure::ParticipantId;
use store::testing::each_engine;

use crate::compete::terms;
use crate::world::{DAY_US, HOUR_US, MIDNIGHT_US, World};

#[tokio::test]
async fn leagues_are_sorted_once_a_round_and_the_best_go_up() {
    each_engine("leagues", async |store| {
        let world = World::new(&store).await;
        let mut terms = terms(&world, 14);
        terms.leagues = Some(LeagueRule { size: 4, moving: 1 });
        let open = world.compete(terms).await;
        let day = open.terms.first;
        let people = world.walkers(open.id, 8).await;
        let (app, here) = (&world.app, &world.programme);
        let league = async |who: ParticipantId| {
            let person = world.person(who);
            app.own_league(&person, here, open.id, who).await.unwrap()
        };
        assert_eq!(league(people[0]).await, None);
        // groups of four by the order of joining, once the first day is final
        let noon_us = |days: i64| MIDNIGHT_US + days * DAY_US + 12 * HOUR_US;
        world.clock.set(noon_us(1));
        world.work().await;
        let first = league(people[0]).await.unwrap();
        assert_eq!(
            (first.round, first.tier, first.rows.len(), first.up, first.down),
            (1, 1, 4, 1, 0)
        );
        // of each group one walks most, on the last day of the round
        world.clock.set(MIDNIGHT_US + 6 * DAY_US + HOUR_US);
        for (place, who) in people.iter().enumerate() {
            let steps = 1_000 + 100 * i64::try_from(place).unwrap();
            world.walked(*who, day.plus(6), steps).await.unwrap();
        }
        let before = league(people[3]).await.unwrap();
        assert!(before.rows[0].mine && before.rows[0].score == 1_300);
        world.clock.set(noon_us(7));
        for _ in 0..8 {
            world.work().await;
        }
        for who in [people[3], people[7]] {
            let now = league(who).await.unwrap();
            assert_eq!((now.round, now.tier, now.rows.len(), now.down), (2, 2, 2, 1));
            assert_eq!(now.rows[0].score, 0, "a round begins at zero");
        }
        let rest = league(people[0]).await.unwrap();
        assert_eq!((rest.round, rest.tier, rest.rows.len()), (2, 1, 3));
        world.verified().await;
    })
    .await;
}
