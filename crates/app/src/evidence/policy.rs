//! The evidence policies in force.

use std::sync::Arc;

use domain::evidence::Policy;
use domain::measure::ProgrammeId;
use domain::programme::{Deed, Programme};
use store::Db;
use store::evidence::{self as books, PolicyRow};

use crate::{App, Caller, Catalogue, Error, Refused};

/// More than a policy that differs in everything.
const MOST_BYTES: usize = 64 * 1024;

/// A programme's policy, with the number under which decisions name it.
#[derive(Debug, Clone)]
pub struct PolicyInForce {
    /// Its number.
    pub number: i64,
    /// All of it.
    pub policy: Arc<Policy>,
    /// Where it differs from the one that is shipped.
    pub differences: String,
}

/// A policy that held in a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyView {
    /// Its number.
    pub number: i64,
    /// Since when it holds, microseconds since the epoch.
    pub since_us: i64,
    /// Who made it; none for the software, whose shipped part changed.
    pub who: Option<String>,
    /// Why it was made.
    pub why: String,
    /// Where it differs from the one that was shipped then.
    pub differences: String,
}

/// A policy from where it differs, or what is wrong with that.
pub(super) fn checked(differences: &str) -> Result<Policy, Refused> {
    if differences.len() > MOST_BYTES || differences.contains('\0') {
        let what = format!("needs at most {MOST_BYTES} bytes of plain text");
        return Err(Refused::invalid("differences", what));
    }
    Policy::parse(differences).map_err(|e| Refused::invalid("differences", e.to_string()))
}

impl App {
    /// The policy in force in a programme, for those who may read its console.
    pub fn policy_in_force(&self, caller: &Caller, programme: &Programme) -> Result<PolicyInForce, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        Ok(self.policy(programme.id))
    }

    /// The policies that ever held in a programme, newest first.
    pub async fn policy_history(&self, caller: &Caller, programme: &Programme) -> Result<Vec<PolicyView>, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let id = programme.id;
        let rows = self
            .0
            .store
            .read(async move |db: &mut Db| books::policies_named(db, id).await)
            .await?;
        let view = |(row, account): (PolicyRow, Option<String>)| PolicyView {
            number: row.number,
            since_us: row.since_us,
            who: match (account, row.made_by) {
                (Some(account), _) => Some(account),
                // the software gives no reason
                (None, 0) if row.why.is_empty() => None,
                (None, 0) => Some("console".to_owned()),
                (None, login) => Some(domain::measure::Id::new(login).to_string()),
            },
            why: row.why,
            differences: row.differences,
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Says where a programme's policy differs from the one that is shipped, and why. It holds for what is judged from
    /// now on; what was decided stays, and keeps the policy by which it was.
    pub async fn set_policy(
        &self,
        caller: &Caller,
        programme: &Programme,
        differences: &str,
        why: &str,
    ) -> Result<(), Error> {
        caller.may(Deed::ManagePolicy, programme.id, None)?;
        Refused::unless_plain("why", why, 500)?;
        let policy = checked(differences)?;
        let row = PolicyRow {
            // later than the one before, whatever the clock does
            number: self.next_id().max(self.policy(programme.id).number + 1),
            programme: programme.id,
            since_us: self.now_us(),
            made_by: caller.person(),
            why: why.to_owned(),
            differences: differences.to_owned(),
            whole: policy.write(),
        };
        let note = self.note(caller, programme.id, "policy.change", "", why);
        self.0
            .store
            .write(0, async move |db: &mut Db| {
                books::insert_policy(db, &row).await?;
                note.write(db).await
            })
            .await?;
        self.reload_catalogue().await
    }

    /// The policy of a programme; the one that is shipped where it has none yet.
    pub(crate) fn policy(&self, programme: ProgrammeId) -> PolicyInForce {
        self.catalogue().policy(programme)
    }

    /// Sees to it that the books hold the policy in force of every programme as it is now: the shipped part may have
    /// changed with the software. Without that a decision could not be replayed.
    pub(crate) async fn settle_policies(&self, catalogue: &mut Catalogue) -> Result<(), Error> {
        for programme in catalogue.programmes().to_vec() {
            let before = catalogue.stored_policy(programme.id);
            let differences = before.as_ref().map(|row| row.differences.clone()).unwrap_or_default();
            let policy = Policy::parse(&differences).map_err(Error::outside)?;
            let whole = policy.write();
            let number = match before {
                Some(row) if row.whole == whole => row.number,
                before => {
                    let row = PolicyRow {
                        number: self.next_id().max(before.map_or(0, |row| row.number + 1)),
                        programme: programme.id,
                        since_us: self.now_us(),
                        made_by: 0,
                        why: String::new(),
                        differences: differences.clone(),
                        whole,
                    };
                    let number = row.number;
                    let add = async move |db: &mut Db| books::insert_policy(db, &row).await;
                    self.0.store.write(0, add).await?;
                    number
                }
            };
            let policy = PolicyInForce {
                number,
                policy: Arc::new(policy),
                differences,
            };
            catalogue.set_policy(programme.id, policy);
        }
        Ok(())
    }
}
