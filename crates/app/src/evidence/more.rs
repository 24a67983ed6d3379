//! More proof for an act that was sent: the seam to the reviewers' part.

use domain::measure::{EntryId, ParticipantId};
use domain::programme::{Deed, Programme};

use super::{NewProof, Submitted};
use crate::{App, Caller, Error, Refused};

impl App {
    /// Adds a file to the proofs of an act, where a reviewer asked for more or an appeal waits.
    #[expect(clippy::unused_async, reason = "reads the books once reviewers can ask")]
    pub async fn add_proof(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, _id): (ParticipantId, EntryId),
        _proof: NewProof,
    ) -> Result<Submitted, Error> {
        caller.may(Deed::SubmitActivity, programme.id, Some(participant))?;
        Err(Refused::Settled("nobody asked for more proof").into())
    }
}
