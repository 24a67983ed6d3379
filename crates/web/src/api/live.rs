//! A board as it moves, as server-sent events.

use std::time::Duration;

use app::{BoardView, Broken, Error, Viewer};
use axum::extract::{Path, State as Shared};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Sse};
use domain::measure::{ParticipantId, ProgrammeId};
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, Interval, interval_at};

use super::{id, programme};
use crate::State;
use crate::door::{Problem, Signed};
use crate::lang::Lang;

/// How often it is asked whether a session is still in force.
const ASK_AGAIN: Duration = Duration::from_mins(1);
/// How often something is sent though nothing happens, so that nobody between takes the line for dead.
const ALIVE: Duration = Duration::from_secs(20);
/// When a browser whose stream broke comes again.
const RETRY: Duration = Duration::from_secs(3);

/// A stream on its way.
struct Live {
    state: State,
    viewer: Viewer,
    token: Option<String>,
    /// As whom it was asked for.
    own: Vec<(ProgrammeId, ParticipantId)>,
    again: Interval,
    stop: watch::Receiver<bool>,
    _room: OwnedSemaphorePermit,
}

impl Live {
    /// The next event; none once the stream is to end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                seen = self.viewer.next() => {
                    let seen = seen.inspect_err(|error| tracing::warn!(%error, "live")).ok()??;
                    let json = seen.json().inspect_err(|error| tracing::warn!(%error, "live")).ok()?;
                    let event = Event::default().event("board").id(seen.version().to_string());
                    return Some(event.retry(RETRY).data(json));
                }
                _ = self.again.tick() => {
                    let Some(token) = &self.token else { continue };
                    self.state.app.caller(token).await.ok().filter(|now| now.participants() == self.own)?;
                }
                () = stopped(&mut self.stop) => return None,
            }
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Follows the board: an event `board` with what `GET …/board` shows, as soon as it differs; public
///
/// At most one event a second. The stream ends when the session that asked for it does.
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions/{competition}/live", tag = "competitions",
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = BoardView),
              (status = 404, body = crate::door::ProblemDetails),
              (status = 503, body = crate::door::ProblemDetails)))]
pub(crate) async fn live(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let room = state.streams.free.clone().try_acquire_owned();
    let room = room.map_err(|_| problem(Broken::Busy.into()))?;
    let who = signed.caller.participant_in(programme.id);
    let watched = state.app.watch_board(&signed.caller, &programme, competition, who);
    let live = Live {
        viewer: watched.await.map_err(problem)?,
        own: signed.caller.participants(),
        token: signed.token,
        again: interval_at(Instant::now() + ASK_AGAIN, ASK_AGAIN),
        stop: state.streams.stop.clone(),
        state,
        _room: room,
    };
    let events = futures_util::stream::unfold(live, async |mut live| {
        let event = live.next().await?;
        Some((event, live))
    });
    let events = events.map(Ok::<Event, std::convert::Infallible>);
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE));
    // a proxy that gathers answers would hold the board back
    Ok(([("x-accel-buffering", "no")], stream))
}
