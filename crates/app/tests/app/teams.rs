//! Teams from a list: what is shown is what is written, and the same list again changes nothing.

use app::{EntrantFilter, EntrantOrder, LineFault, Refused, TeamImport, TeamLine};
use domain::competition::{Status, TeamRule, Terms};
use domain::measure::Id;
use domain::participant::Consent;
use domain::programme::Role;
use store::testing::each_engine;

use crate::compete::terms;
use crate::world::{DAY_US, World, refused};

fn in_teams(world: &World, most: u32) -> Terms {
    let terms = terms(world, 7);
    Terms {
        teams: Some(TeamRule {
            min_members: 2,
            max_members: most,
            fixed_after: terms.first.plus(2),
        }),
        ..terms
    }
}

impl World {
    async fn import(&self, id: Id, list: &str, apply: bool) -> Result<TeamImport, Refused> {
        let support = self.staff(31, &[Role::Support]);
        refused(self.app.import_teams(&support, &self.programme, id, list, apply).await)
    }

    /// The teams with how many belong to each.
    async fn teams(&self, id: Id) -> Vec<(String, i64)> {
        let support = self.staff(31, &[Role::Support]);
        let teams = self.app.teams_listed(&support, &self.programme, id).await.unwrap();
        teams.into_iter().map(|team| (team.name, team.members)).collect()
    }
}

fn does(import: &TeamImport) -> Vec<TeamLine> {
    import.lines.iter().map(|line| line.does.clone()).collect()
}

#[tokio::test]
async fn a_list_is_shown_line_by_line_before_it_is_written() {
    each_engine("teams", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(in_teams(&world, 3)).await;
        // card-0 and card-1 compete already, the others are entered by the list
        let crowd = world.crowd(5).await;
        for who in &crowd[..2] {
            let caller = world.person(*who);
            let entered = world
                .app
                .enter_competition(&caller, &world.programme, open.id, *who, None);
            entered.await.unwrap();
        }
        world
            .app
            .set_consent(
                &world.person(crowd[4]),
                &world.programme,
                crowd[4],
                Consent::Steps,
                false,
            )
            .await
            .unwrap();
        let by_id = crowd[1].to_string();
        let list = format!(
            "team,member\nNorth,card-0\nNorth,{by_id}\nNorth,card-2\nNorth,card-3\nSouth,card-4\nSouth,card-0\n\
             South,who\nlonely\n"
        );
        let wanted = [
            TeamLine::Joins,
            TeamLine::Joins,
            TeamLine::Enters,
            TeamLine::Refused(LineFault::Full),
            TeamLine::Refused(LineFault::NoConsent),
            TeamLine::Refused(LineFault::Twice),
            TeamLine::Refused(LineFault::Unknown),
            TeamLine::Refused(LineFault::Columns),
        ];
        let tried = world.import(open.id, &list, false).await.unwrap();
        assert_eq!(does(&tried), wanted);
        assert_eq!(tried.lines[3].number, 5, "lines are counted with the head");
        assert_eq!((tried.formed.clone(), tried.applied), (vec!["North".to_owned()], false));
        assert!(world.teams(open.id).await.is_empty(), "nothing is written by trying");

        let written = world.import(open.id, &list, true).await.unwrap();
        assert_eq!(does(&written), wanted);
        assert_eq!(world.teams(open.id).await, [("North".to_owned(), 3)]);
        let again = world.import(open.id, &list, true).await.unwrap();
        assert_eq!(again.changes(), 0, "{:?}", again.lines);
        assert_eq!(world.teams(open.id).await, [("North".to_owned(), 3)]);

        // who was entered by a list has no name on the board; who came by itself keeps its own
        let support = world.staff(31, &[Role::Support]);
        let filter = EntrantFilter {
            order: EntrantOrder::Joined,
            ..EntrantFilter::default()
        };
        let listed = world
            .app
            .entrants(&support, &world.programme, open.id, filter, 10)
            .await
            .unwrap();
        let nameless = |place: usize| {
            let found = listed
                .iter()
                .find(|one| one.entrant.participant == crowd[place])
                .unwrap();
            assert_eq!(found.entrant.status, Status::In);
            found.entrant.nameless
        };
        assert!(!nameless(0) && nameless(2));
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn teams_change_by_a_list_and_by_hand_until_they_are_fixed() {
    each_engine("moves", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(in_teams(&world, 6)).await;
        let crowd = world.crowd(3).await;
        world
            .import(open.id, "A,card-0\nA,card-1\nB,card-2", true)
            .await
            .unwrap();
        let moved = world.import(open.id, "B,card-1", true).await.unwrap();
        assert_eq!(does(&moved), [TeamLine::Moves { from: "A".to_owned() }]);
        assert_eq!(world.teams(open.id).await, [("A".to_owned(), 1), ("B".to_owned(), 2)]);
        let support = world.staff(31, &[Role::Support]);
        let put = async |team: Option<Id>| {
            let moved = world
                .app
                .move_member(&support, &world.programme, open.id, crowd[1], team);
            refused(moved.await)
        };
        put(None).await.unwrap();
        assert_eq!(world.teams(open.id).await, [("A".to_owned(), 1), ("B".to_owned(), 1)]);
        assert!(matches!(put(Some(Id::new(7))).await, Err(Refused::NotFound(_))));

        // a participant may not, and neither may anybody once teams are fixed
        let own = world.person(crowd[0]);
        let tried = world
            .app
            .import_teams(&own, &world.programme, open.id, "A,card-1", false)
            .await;
        assert!(matches!(refused(tried), Err(Refused::NotAllowed(_))));
        world.clock.advance(3 * DAY_US);
        assert!(matches!(put(None).await, Err(Refused::Settled(_))));
        let late = world.import(open.id, "A,card-1", false).await;
        assert!(matches!(late, Err(Refused::Settled(_))), "{late:?}");
        assert!(matches!(
            world.import(open.id, " ", true).await,
            Err(Refused::Invalid { .. })
        ));
        world.verified().await;
    })
    .await;
}
