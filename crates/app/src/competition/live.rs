//! The board as it moves: what each viewer sees, at most once a second.

use std::sync::Arc;
use std::time::Duration;

use domain::competition::Stage;
use domain::measure::{Id, ParticipantId};
use domain::programme::{Deed, Programme};
use tokio::sync::watch;

use super::board::Board;
use super::view::{Eyes, Picture};
use crate::{App, Caller, Error, Refused};

/// Somebody who looks at a board as it moves.
pub struct Viewer {
    app: App,
    board: Arc<Board>,
    changes: watch::Receiver<u64>,
    eyes: Eyes,
    last: Option<Picture>,
}

/// The least time between two looks at the books for the sake of viewers, and between two pictures for one of them.
const BEAT: Duration = Duration::from_secs(1);

impl Viewer {
    /// What the viewer sees, as soon as it differs from what it saw last; the first time at once. `None` once the board
    /// is gone.
    ///
    /// Whoever stops waiting for it and asks again misses nothing.
    pub async fn next(&mut self) -> Result<Option<Picture>, Error> {
        loop {
            if let Some(known) = self.last.as_ref().map(Picture::version) {
                tokio::time::sleep(BEAT).await;
                if self.changes.wait_for(|version| *version != known).await.is_err() {
                    return Ok(None);
                }
            }
            let seen = self.app.picture(&self.board, self.eyes).await?;
            let before = self.last.replace(seen.clone());
            if !before.is_some_and(|before| before.looks_like(&seen)) {
                return Ok(Some(seen));
            }
        }
    }
}

impl App {
    /// Looks at a board as it moves. A viewer's rights are those of when it came; the stream of whoever loses them is
    /// ended by the door, which asks again.
    pub async fn watch_board(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: Option<ParticipantId>,
    ) -> Result<Viewer, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        if let Some(who) = who {
            caller.may(Deed::ReadParticipant, programme.id, Some(who))?;
        }
        let stored = self.find_competition(caller, programme, id).await?;
        if stored.stage == Stage::Draft {
            return Err(Refused::NotFound("competition").into());
        }
        let board = self.board(&stored).await?;
        Ok(Viewer {
            app: self.clone(),
            changes: board.watch(),
            board,
            eyes: Eyes {
                who,
                ..Eyes::of(caller, programme)
            },
            last: None,
        })
    }

    /// Brings every board that is kept up to date once a second, until `stop` resolves. What is worth telling is told.
    pub async fn keep_boards(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(BEAT) => {}
            }
            if let Err(error) = self.beat().await {
                tracing::warn!(%error, "boards");
            }
        }
    }

    /// One beat of [`App::keep_boards`]: takes in what changed, notes who leads, keeps the hours, tells who was passed.
    pub async fn beat(&self) -> Result<(), Error> {
        self.follow_acts().await?;
        self.open_boards().await?;
        for board in self.kept_boards() {
            self.follow(&board).await?;
            self.tell(&board, board.untold()).await?;
        }
        Ok(())
    }
}
