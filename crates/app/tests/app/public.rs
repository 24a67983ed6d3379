//! What anybody may know of a programme.

use domain::measure::Day;
use domain::methodology::Category;
use store::testing::each_engine;

use crate::world::World;

#[tokio::test]
async fn months_and_totals_are_counted_over_shards_and_versions() {
    each_engine("public_months", async |store| {
        let world = World::new(&store).await;
        let people = world.crowd(3).await;
        assert_eq!(people.len(), 3);
        let id = world.programme.id.number();
        let number = |behaviour: &str| {
            let catalogue = world.app.catalogue();
            catalogue.methodology_for(world.programme.id, behaviour).unwrap().number
        };
        let (metro, lights) = (number("metro-trip"), number("lights-off"));
        let day = |text: &str| Day::parse(text).unwrap().epoch_days();
        let (november, october, long_ago) = (day("2026-11-20"), day("2026-10-31"), day("2025-06-01"));
        for (day, methodology, shard, acts, refused, mg) in [
            (november, metro, 90, 2, 1, 400_000_i64),
            (november, metro, 91, 3, 0, 600_000),
            (november, lights, 90, 1, 0, 65_500),
            (october, metro, 90, 1, 4, 200_000),
            (long_ago, metro, 90, 7, 0, 1_400_000),
        ] {
            let sql = format!(
                "INSERT INTO daily (programme, day, methodology, shard, acts, refused, mg, points)
                 VALUES ({id}, {day}, {methodology}, {shard}, {acts}, {refused}, {mg}, 0)"
            );
            world.sql(&sql).await.unwrap();
        }
        let view = world.app.public(&world.programme).await.unwrap();
        assert_eq!((view.participants, view.acts, view.refused), (3, 14, 5));
        let months: Vec<String> = view.months.iter().map(|month| month.first.to_string()).collect();
        assert_eq!(months, ["2026-10-01", "2026-11-01"]);
        let last = &view.months[1];
        assert_eq!((last.acts, last.refused), (6, 1));
        assert_eq!(last.mg.get(&Category::Travel), Some(&1_000_000));
        assert_eq!(last.mg.get(&Category::Home), Some(&65_500));
        assert_eq!(view.months[0].mg.get(&Category::Home), None);
    })
    .await;
}

#[tokio::test]
async fn a_programme_of_today_has_no_months() {
    each_engine("public_empty", async |store| {
        let world = World::new(&store).await;
        let view = world.app.public(&world.programme).await.unwrap();
        assert_eq!((view.participants, view.acts, view.refused), (0, 0, 0));
        assert!(view.months.is_empty());
        assert_eq!(view.supply.credited_mg, 0);
    })
    .await;
}
