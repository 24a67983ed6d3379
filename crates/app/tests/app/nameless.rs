//! Who sees what competitors are called.

use app::BoardView;
use store::testing::each_engine;

use crate::compete::terms;
use crate::world::World;

#[tokio::test]
async fn strangers_see_tickets_and_whoever_hides_is_hidden_from_all() {
    each_engine("names", async |store| {
        let world = World::new(&store).await;
        let open = world.compete(terms(&world, 7)).await;
        let people = world.walkers(open.id, 2).await;
        let (app, here) = (&world.app, &world.programme);
        world.walked(people[0], open.terms.first, 9_000).await.unwrap();
        world.walked(people[1], open.terms.first, 8_000).await.unwrap();
        let named = |board: &BoardView| board.top.iter().map(|row| row.name.is_some()).collect::<Vec<_>>();
        assert_eq!(named(&world.board(open.id, people[1]).await), [true, true]);
        let stranger = app::Caller::anonymous();
        let board = app.see_board(&stranger, here, open.id, None).await.unwrap();
        assert_eq!(named(&board), [false, false]);
        assert!(board.top.iter().all(|row| row.ticket.len() == 16));
        let rows = app.board_page(&stranger, here, open.id, 1, 10).await.unwrap();
        assert!(rows.iter().all(|row| row.name.is_none()));
        app.show_on_board(&world.person(people[0]), here, open.id, people[0], true)
            .await
            .unwrap();
        assert_eq!(named(&world.board(open.id, people[1]).await), [false, true]);
    })
    .await;
}
