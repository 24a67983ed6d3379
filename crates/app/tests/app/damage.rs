//! Damage to competitions: whatever is changed in their books behind our back, the check names the place.

use domain::competition::{Terms, What};
use domain::measure::{Id, bucket_of};
use domain::programme::Role;
use store::testing::each_engine;

use crate::close::{leave_days, prize, ranks};
use crate::compete::terms;
use crate::corruption::{Damage, change, lose};
use crate::world::World;

/// A competition that is closed, with every kind of prize given; and one that runs, with prizes set aside.
async fn small(store: &store::Store) -> (World, Vec<Damage>) {
    let world = World::new(store).await;
    world.fund(600_000).await;
    let tents = world.offer("tent", "40", 5, |_| ()).await;
    let day = Terms {
        prizes: vec![
            prize(ranks(1, 2), What::Points { milli: 100_000 }, "Points"),
            prize(ranks(1, 1), What::Reward { reward: tents }, "tent"),
            leave_days(),
        ],
        ..terms(&world, 1)
    };
    let closed = world.compete(day.clone()).await;
    let people = world.walkers(closed.id, 4).await;
    world.walk_window(&day, &people).await;
    world.until_frozen(&day).await;
    world.close(closed.id).await;
    let support = world.staff(31, &[Role::Support]);
    world
        .app
        .hand_out(&support, &world.programme, closed.id, 2, people[0], "entered")
        .await
        .unwrap();
    let runs = world
        .compete(Terms {
            prizes: day.prizes.clone(),
            ..terms(&world, 1)
        })
        .await;
    let (first, second) = (people[0], people[1]);
    let here = format!("competition {}", closed.id);
    let of = |id: Id| format!("competition = {}", id.number());
    let own = format!("{} AND participant = {}", of(closed.id), first.number());
    let place = |who| format!("participant {who} in {here}");
    let one_prize = |id: Id, number: i64| {
        (
            format!("{} AND prize = {number}", of(id)),
            format!("prize {number} of competition {id}"),
        )
    };
    let (points, points_place) = one_prize(closed.id, 0);
    let (leave, leave_place) = one_prize(closed.id, 2);
    let (waiting, waiting_place) = one_prize(runs.id, 0);
    let award = |number: i64| format!("award {number} of {here}");
    let entry = format!("participant = {} AND code = 8", second.number());
    let account = format!(
        "account of programme {} in bucket {}",
        world.programme.id,
        bucket_of(second.number())
    );
    let day_place = format!("{} of participant {first}", day.first);
    let moved =
        |from: i64, to: i64| format!("UPDATE award SET participant = {to} WHERE {leave} AND participant = {from}");
    let list = vec![
        change(
            "a score",
            ["entrant", "score = score + 1", "score = score - 1"],
            &own,
            &place(first),
            "not what its days count",
        ),
        change(
            "a day that counts more",
            ["tally", "value = value + 1", "value = value - 1"],
            &own,
            &day_place,
            "the most that a source told is 12000",
        ),
        change(
            "a reading that told less",
            ["reading", "value = value - 1", "value = value + 1"],
            &format!("participant = {}", first.number()),
            &day_place,
            "the most that a source told is 11999",
        ),
        change(
            "a day raised too late",
            [
                "tally",
                "reached_us = reached_us + 86400000000",
                "reached_us = reached_us - 86400000000",
            ],
            &own,
            &day_place,
            "raised when it was final",
        ),
        change(
            "a day outside",
            ["tally", "day = day + 1", "day = day - 1"],
            &own,
            "of participant",
            "outside the window",
        ),
        change(
            "a champion",
            ["competition_day", "champion = champion + 1", "champion = champion - 1"],
            &of(closed.id),
            &here,
            "another champion",
        ),
        change(
            "walkers",
            ["competition_day", "walkers = walkers + 1", "walkers = walkers - 1"],
            &of(closed.id),
            &here,
            "how many have a value",
        ),
        lose(
            "a day that is missing",
            "competition_day",
            &of(closed.id),
            &here,
            "the number of final days",
        ),
        change(
            "somebody who is out and has won",
            ["entrant", "status = 2", "status = 0"],
            &own,
            &here,
            "",
        ),
        change(
            "somebody else's ticket",
            ["entrant", "ticket = ticket - 1", "ticket = ticket + 1"],
            &own,
            &here,
            "are not what the books make",
        ),
        change(
            "a leave day not counted",
            ["escrow", "given = given - 1", "given = given + 1"],
            &leave,
            &leave_place,
            "pieces given",
        ),
        change(
            "fewer pieces than winners",
            [
                "escrow",
                "pieces = pieces - 1, given = given - 1",
                "pieces = pieces + 1, given = given + 1",
            ],
            &points,
            &points_place,
            "pieces given",
        ),
        change(
            "pieces that are not set aside",
            ["escrow", "returned = returned + 1", "returned = returned - 1"],
            &waiting,
            &waiting_place,
            "the points held is",
        ),
        change(
            "a prize that was given to nobody",
            ["award", "given_us = NULL", "given_us = won_us"],
            &format!("{points} AND participant = {}", second.number()),
            &award(0),
            "nobody knows when",
        ),
        change(
            "a given prize that waits",
            ["award", "state = 0", "state = 1"],
            &format!("{points} AND participant = {}", second.number()),
            &award(0),
            "waits to be",
        ),
        lose(
            "an award that is missing",
            "award",
            &format!("{leave} AND participant = {}", second.number()),
            &here,
            "who has no award",
        ),
        lose(
            "an award with points that is missing",
            "award",
            &format!("{points} AND participant = {}", second.number()),
            "in competition",
            "the points of prizes",
        ),
        Damage {
            what: "an award of somebody else's",
            does: moved(second.number(), second.number() + 1),
            undo: moved(second.number() + 1, second.number()),
            place: here.clone(),
            says: "",
        },
        change(
            "a voucher that is somebody else's",
            ["award", "note = 'X' || note", "note = substr(note, 2)"],
            &format!("{} AND prize = 1", of(closed.id)),
            &award(1),
            "names no voucher",
        ),
        change(
            "points of a prize",
            ["entry", "points = points + 1", "points = points - 1"],
            &entry,
            "participant",
            "points earned",
        ),
        change(
            "a prize of another competition",
            ["entry", "about = about + 1", "about = about - 1"],
            &entry,
            "in competition",
            "the points of prizes",
        ),
        change(
            "points the programme issued",
            [
                "programme_account",
                "points_issued = points_issued - 1",
                "points_issued = points_issued + 1",
            ],
            &format!("bucket = {}", bucket_of(second.number())),
            &account,
            "points issued",
        ),
        change(
            "the budget of prizes",
            [
                "account",
                "credits_posted = credits_posted + 1",
                "credits_posted = credits_posted - 1",
            ],
            "name = 'prize budget'",
            "account prize budget",
            "credits",
        ),
        lose(
            "an escrow that is missing",
            "escrow",
            &waiting,
            "transfer",
            "points for no prize",
        ),
        change(
            "pieces of the store",
            ["escrow", "returned = returned + 1", "returned = returned - 1"],
            &format!("{} AND prize = 1", of(runs.id)),
            "reward",
            "pieces reserved",
        ),
    ];
    (world, list)
}

#[tokio::test]
async fn whatever_is_damaged_in_a_competition_the_check_names_the_place() {
    each_engine("damaged-competition", async |store| {
        let (world, damages) = small(&store).await;
        let clean = world.verified().await;
        assert_eq!(clean.competitions, 2);
        let mut missed = Vec::new();
        for damage in damages {
            let what = damage.what;
            world.sql(&damage.does).await.unwrap_or_else(|e| panic!("{what}: {e}"));
            match world.app.verify().await.unwrap() {
                Ok(_) => missed.push(format!("{what}: not found")),
                Err(fault) if fault.place.contains(&damage.place) && fault.what.contains(damage.says) => {}
                Err(fault) => missed.push(format!("{what}: {fault}; must be at {}: {}", damage.place, damage.says)),
            }
            world
                .sql(&damage.undo)
                .await
                .unwrap_or_else(|e| panic!("{what} undone: {e}"));
            assert_eq!(world.app.verify().await.unwrap(), Ok(clean), "{what} undone");
        }
        assert!(missed.is_empty(), "{missed:#?}");
    })
    .await;
}
