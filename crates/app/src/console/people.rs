//! Participants: found, looked into, stopped.

use domain::measure::{ParticipantId, bucket_of};
use domain::participant::{Consent, Kind};
use domain::programme::{Deed, Programme};
use store::console::{self as books, Order, PeopleFilter};
use store::{Db, participant};

use crate::{App, BalanceView, Caller, Error, Refused};

/// Above this many participants a list is sorted by id only: any other order looks at all of them.
const MOST_SORTED: i64 = 200_000;

/// How many notes are looked through for the reason why an account was stopped.
const NOTES: u32 = 5_000;

/// By what a list of participants is sorted; all but the id largest or newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ListOrder {
    #[default]
    Id,
    Reduction,
    Points,
    Last,
    Joined,
}

impl ListOrder {
    const fn stored(self) -> Order {
        match self {
            ListOrder::Id => Order::Id,
            ListOrder::Reduction => Order::Reduction,
            ListOrder::Points => Order::Points,
            ListOrder::Last => Order::Last,
            ListOrder::Joined => Order::Joined,
        }
    }
}

/// Which participants are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParticipantFilter {
    /// An id, an account or a part of an alias; empty lists all.
    pub search: String,
    /// Only those that were stopped.
    pub frozen: bool,
    /// By what they are sorted.
    pub order: ListOrder,
    /// After this one: the value by which is sorted, and the id.
    pub after: Option<(i64, ParticipantId)>,
}

/// A participant in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedParticipant {
    /// Its id.
    pub id: ParticipantId,
    /// Person or small entity.
    pub kind: Kind,
    /// Whether the account is open.
    pub open: bool,
    /// Whether staff stopped it.
    pub frozen: bool,
    /// What others see; none for a caller who may not know.
    pub alias: Option<String>,
    /// When it joined, microseconds since the epoch.
    pub joined_us: i64,
    /// Credited and not taken back, in mg CO2e.
    pub reduction_mg: i64,
    /// Points that can be spent, in thousandths.
    pub available_milli: i64,
    /// When its last entry was booked, microseconds since the epoch.
    pub last_us: Option<i64>,
}

/// A page of participants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantsPage {
    /// Those on the page.
    pub participants: Vec<ListedParticipant>,
    /// Where the next page begins: the value by which is sorted, and the id.
    pub next: Option<(i64, ParticipantId)>,
    /// Whether the list can be sorted by more than the id.
    pub sortable: bool,
    /// Whether the caller may know who participants are, and so search by alias and account.
    pub known: bool,
}

/// Why and when an account was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// The reason that was given.
    pub why: String,
    /// Who stopped it.
    pub who: String,
    /// When, microseconds since the epoch.
    pub at_us: i64,
}

/// A participant as staff see it.
#[derive(Debug, Clone)]
pub struct ParticipantDetail {
    /// Its id.
    pub id: ParticipantId,
    /// Person or small entity.
    pub kind: Kind,
    /// Whether the account is open.
    pub open: bool,
    /// Whether staff stopped it.
    pub frozen: bool,
    /// Why it was stopped, if that is still in the log's latest pages.
    pub frozen_why: Option<Frozen>,
    /// What others see; none for a caller who may not know, and once the person left.
    pub alias: Option<String>,
    /// The accounts in charge of it, masked; empty for a caller who may not know.
    pub accounts: Vec<String>,
    /// When it joined, microseconds since the epoch.
    pub joined_us: Option<i64>,
    /// Consents in force.
    pub consents: Vec<Consent>,
    /// What it has.
    pub balances: BalanceView,
    /// When its last entry was booked, microseconds since the epoch.
    pub last_us: Option<i64>,
}

/// The instant in a time-ordered number, microseconds since the epoch.
fn instant(id: i64) -> Option<i64> {
    (id > 0).then_some((id >> 20) * 1000)
}

/// `someone@example.org` as `s***@example.org`, `13800138000` as `138****00`.
fn masked(account: &str) -> String {
    let letters: Vec<char> = account.chars().collect();
    match account.split_once('@') {
        Some((name, host)) => format!("{}***@{host}", name.chars().take(1).collect::<String>()),
        None if letters.len() >= 7 => {
            let (first, last) = (&letters[..3], &letters[letters.len() - 2..]);
            format!(
                "{}****{}",
                first.iter().collect::<String>(),
                last.iter().collect::<String>()
            )
        }
        None => "***".to_owned(),
    }
}

impl App {
    /// A page of the participants of a programme, at most `limit`.
    pub async fn participants(
        &self,
        caller: &Caller,
        programme: &Programme,
        filter: ParticipantFilter,
        limit: u32,
    ) -> Result<ParticipantsPage, Error> {
        caller.may(Deed::ReadParticipant, programme.id, None)?;
        let (id, limit) = (programme.id, limit.clamp(1, 1_000));
        let known = caller.can(Deed::RegisterParticipant, programme.id);
        let typed = filter.search.trim().replace('\0', " ");
        let only: Option<ParticipantId> = typed.parse().ok();
        let is_account = typed.contains('@') || typed.len() >= 7 && typed.bytes().all(|b| b.is_ascii_digit());
        let nobody = !known && only.is_none() && !typed.is_empty();
        let mut wanted = PeopleFilter {
            alias: String::new(),
            id: only,
            account: None,
            frozen: filter.frozen,
            order: filter.order.stored(),
            after: filter.after,
        };
        if only.is_none() && is_account {
            wanted.account = Some(typed.to_lowercase());
        } else if only.is_none() {
            wanted.alias = typed;
        }
        let (mut listed, sortable) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let sortable = participant::count(db, id, MOST_SORTED).await? < MOST_SORTED;
                if !sortable && wanted.order != Order::Id {
                    (wanted.order, wanted.after) = (Order::Id, None);
                }
                if nobody {
                    return Ok((Vec::new(), sortable));
                }
                Ok((books::people(db, id, &wanted, limit + 1).await?, sortable))
            })
            .await?;
        let more = listed.len() > limit as usize;
        listed.truncate(limit as usize);
        let next = listed.last().filter(|_| more).map(|last| (last.sorted_by, last.id));
        let participants = listed.into_iter().map(|one| ListedParticipant {
            id: one.id,
            kind: one.kind,
            open: one.open,
            frozen: one.frozen,
            alias: Some(one.alias).filter(|_| known),
            joined_us: one.joined_us,
            reduction_mg: one.reduction.mg(),
            available_milli: one.available.milli(),
            last_us: instant(one.last_entry),
        });
        Ok(ParticipantsPage {
            participants: participants.collect(),
            next,
            sortable,
            known,
        })
    }

    /// A participant as staff see it.
    pub async fn participant_detail(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<ParticipantDetail, Error> {
        let found = self.readable(caller, programme, id).await?;
        let balances = self.balances(caller, programme, id).await?;
        let (known, frozen, there) = (caller.knows(programme.id, id), found.frozen, programme.id);
        let (profile, accounts, note) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let profile = participant::profile(db, id).await?;
                let accounts = if known {
                    books::accounts(db, id).await?
                } else {
                    Vec::new()
                };
                let about = about(id);
                let note = if frozen {
                    store::audit::last(db, there, "participant.freeze", &about, NOTES).await?
                } else {
                    None
                };
                Ok((profile, accounts, note))
            })
            .await?;
        Ok(ParticipantDetail {
            id,
            kind: found.kind,
            open: found.open,
            frozen,
            frozen_why: note.map(|note| Frozen {
                why: note.detail,
                who: note.who,
                at_us: note.at_us,
            }),
            joined_us: profile.as_ref().map(|profile| profile.joined_us),
            alias: profile.map(|profile| profile.alias).filter(|_| known),
            accounts: accounts.iter().map(|account| masked(account)).collect(),
            consents: found.consents.iter().collect(),
            balances,
            last_us: instant(found.last_entry),
        })
    }

    /// Stops a participant's account, or lets it go on, with a reason. A stopped one neither earns nor spends.
    pub async fn freeze_participant(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
        freeze: bool,
        why: &str,
    ) -> Result<(), Error> {
        caller.may(Deed::FreezeParticipant, programme.id, Some(id))?;
        if caller.participants().contains(&(programme.id, id)) {
            return Err(Refused::SecondPerson.into()); // nobody decides on their own account
        }
        let why = why.trim().to_owned();
        Refused::unless_plain("why", &why, 500)?;
        let deed = if freeze {
            "participant.freeze"
        } else {
            "participant.unfreeze"
        };
        let note = self.note(caller, programme.id, deed, about(id), why);
        let (programme, job, now_us) = (programme.id, self.next_id(), self.now_us());
        self.0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                let before = participant::get(db, id).await?.filter(|p| p.programme == programme);
                let Some(before) = before else {
                    return Ok(Err(Refused::NotFound("participant")));
                };
                if !participant::set_frozen(db, &before, freeze).await? {
                    return Ok(Err(Refused::Settled("the account stands so already, or is closed")));
                }
                note.write(db).await?;
                if !freeze {
                    // what was sent meanwhile waited
                    let payload = format!("{} 0", id.number());
                    store::job::ask(db, job, "judge-waiting", &payload, now_us).await?;
                }
                Ok(Ok(()))
            })
            .await??;
        self.0.jobs_wanted.notify_one();
        Ok(())
    }

    /// Why and since when an account is stopped, for its participant too; nothing if it is not, or the note is no
    /// longer among the log's latest. Who stopped it is for staff only.
    pub async fn stopped(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<Option<Frozen>, Error> {
        let found = self.readable(caller, programme, id).await?;
        if !found.frozen {
            return Ok(None);
        }
        let there = programme.id;
        let note = self
            .0
            .store
            .read(async move |db: &mut Db| store::audit::last(db, there, "participant.freeze", &about(id), NOTES).await)
            .await?;
        let staff = caller.can(Deed::ReadConsole, programme.id);
        Ok(note.map(|note| Frozen {
            why: note.detail,
            who: if staff { note.who } else { String::new() },
            at_us: note.at_us,
        }))
    }
}

/// What a note about a participant is about.
fn about(id: ParticipantId) -> String {
    format!("participant {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_masked() {
        assert_eq!(masked("someone@example.org"), "s***@example.org");
        assert_eq!(masked("13800138000"), "138****00");
        assert_eq!(masked("abc"), "***");
        assert_eq!(masked("@"), "***@");
    }
}
