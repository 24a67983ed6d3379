//! The check of competitions: days, sums, champions, podiums, prizes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::competition::{Metric, Stage, Terms, What, champion};
use domain::measure::{Day, Id, ParticipantId, ProgrammeId};
use domain::programme::Programme;

use super::{Report, VerifyError, fault, same};
use crate::competition::{self as books, AwardState, Stored, StoredAward};
use crate::{Db, StoreError, rewards};

/// What somebody was given in a competition, of what comes with points: the points, and how many times.
pub(super) type Given = (i64, i64);

/// What the entries of participants have to add up to, by participant and competition; and every competition.
pub(super) struct Prizes {
    all: Vec<Stored>,
    given: HashMap<(i64, i64), Given>,
    /// Points that winners of prizes of points have, by programme.
    paid: BTreeMap<ProgrammeId, i64>,
}

/// Reads every competition and what its awards were worth that were given and did not come back.
pub(super) async fn prizes(db: &mut Db, programmes: &HashMap<ProgrammeId, Programme>) -> Result<Prizes, VerifyError> {
    let mut prizes = Prizes {
        all: Vec::new(),
        given: HashMap::new(),
        paid: BTreeMap::new(),
    };
    for programme in programmes.keys() {
        prizes.all.extend(books::all(db, *programme).await?);
    }
    for stored in &prizes.all {
        for award in books::awards(db, stored.id).await? {
            let place = place_of(&award);
            if award.given_us.is_none() {
                if award.state == AwardState::Given {
                    return fault(place, "is given and nobody knows when");
                }
                continue;
            }
            if award.state == AwardState::Won {
                return fault(place, "was given and waits to be");
            }
            let points = match what(&stored.terms, award.prize) {
                Some(What::Points { milli }) => {
                    *prizes.paid.entry(stored.programme).or_default() += milli;
                    *milli
                }
                Some(What::Reward { .. }) => price(db, &award).await?,
                Some(What::Leave { .. } | What::Goods) => continue,
                None => return fault(place, "is of a prize that is not in the terms"),
            };
            let key = (award.participant.number(), stored.id);
            let given = prizes.given.entry(key).or_default();
            *given = (given.0 + points, given.1 + 1);
        }
    }
    Ok(prizes)
}

fn what(terms: &Terms, prize: i64) -> Option<&What> {
    let prize = terms.prizes.get(usize::try_from(prize).ok()?)?;
    Some(&prize.what)
}

fn place_of(award: &StoredAward) -> String {
    let (competition, who) = (Id::new(award.competition), award.participant);
    format!(
        "award {} of competition {competition} to participant {who}",
        award.prize
    )
}

/// What the order cost that handed a piece of the store over: its voucher is named first in the note.
async fn price(db: &mut Db, award: &StoredAward) -> Result<i64, VerifyError> {
    let code = award.note.split_whitespace().next().unwrap_or_default();
    let order = match rewards::voucher(db, code).await? {
        Some((_, owner, voucher)) if owner == award.participant => rewards::order(db, owner, voucher.order).await?,
        _ => None,
    };
    match order {
        Some(found) => Ok(found.order.price.milli()),
        None => fault(place_of(award), "names no voucher of its winner's"),
    }
}

impl Prizes {
    /// What a participant's entries about prizes of a competition add up to must be what was given.
    pub(super) fn booked(
        &mut self,
        participant: ParticipantId,
        entries: &HashMap<i64, Given>,
    ) -> Result<(), VerifyError> {
        for (competition, booked) in entries {
            let given = self
                .given
                .remove(&(participant.number(), *competition))
                .unwrap_or_default();
            let place = format!("participant {participant} in competition {}", Id::new(*competition));
            same(&place, "the points of prizes", booked.0, given.0)?;
            same(&place, "the entries of prizes", booked.1, given.1)?;
        }
        Ok(())
    }

    /// Checks what is not keyed by a bucket.
    pub(super) async fn check(
        self,
        db: &mut Db,
        programmes: &HashMap<ProgrammeId, Programme>,
        report: &mut Report,
    ) -> Result<(), VerifyError> {
        if let Some((participant, competition)) = self.given.keys().min() {
            let (who, id) = (ParticipantId::new(*participant), Id::new(*competition));
            return fault(
                format!("participant {who} in competition {id}"),
                "was given a prize that no entry books",
            );
        }
        for programme in programmes.keys() {
            let sql = "SELECT credits_posted - debits_posted FROM account
                       WHERE programme = $1 AND ledger = 'points' AND name = 'prizes given'";
            let row = db.row(sql, &[programme.number().into()]).await?;
            let stored = row.map_or(Ok(0), |row| row.int(0))?;
            let paid = self.paid.get(programme).copied().unwrap_or(0);
            same(
                &format!("programme {programme}"),
                "points of prizes given",
                stored,
                paid,
            )?;
        }
        for stored in &self.all {
            if let Some(programme) = programmes.get(&stored.programme) {
                competition(db, programme, stored).await?;
                report.competitions += 1;
            }
        }
        Ok(())
    }
}

async fn competition(db: &mut Db, programme: &Programme, stored: &Stored) -> Result<(), VerifyError> {
    let place = format!("competition {}", Id::new(stored.id));
    days(db, programme, stored).await?;
    let replayed = books::replay(db, stored).await?;
    if let Some(who) = replayed.differing {
        return fault(
            format!("participant {who} in {place}"),
            "its score is not what its days count to",
        );
    }
    let awards = books::awards(db, stored.id).await?;
    escrowed(db, &place, stored, &awards).await?;
    for one in books::corrections(db, stored.id).await? {
        if one.agreed_by == Some(one.asked_by) {
            return fault(
                format!("correction {}", Id::new(one.id)),
                "was agreed to by the one who asked",
            );
        }
    }
    if stored.stage != Stage::Closed {
        return match awards.first() {
            Some(award) => fault(place_of(award), "was won before results were final"),
            None => Ok(()),
        };
    }
    if stored.result.as_deref() != Some(replayed.podium.digest.as_slice()) {
        return fault(place, "its results are not what the books make of it");
    }
    champions(db, &place, stored).await?;
    let wins: BTreeSet<(i64, ParticipantId)> = replayed
        .podium
        .awards
        .iter()
        .map(|award| (i64::try_from(award.prize).unwrap_or(i64::MAX), award.participant))
        .collect();
    let mut known = BTreeSet::new();
    for award in &awards {
        let key = (award.prize, award.participant);
        known.insert(key);
        if award.state != AwardState::TakenBack && !wins.contains(&key) {
            return fault(place_of(award), "goes to somebody who does not win it");
        }
    }
    match wins.difference(&known).next() {
        Some((prize, who)) => fault(
            place,
            format!("prize {prize} was won by participant {who}, who has no award"),
        ),
        None => Ok(()),
    }
}

/// What is set aside and what was given must fit each other.
async fn escrowed(db: &mut Db, place: &str, stored: &Stored, awards: &[StoredAward]) -> Result<(), VerifyError> {
    for escrow in books::escrows(db, stored.id).await? {
        let place = format!("prize {} of {place}", escrow.prize);
        let own = || awards.iter().filter(|award| award.prize == escrow.prize);
        let given = own().filter(|award| award.given_us.is_some()).count();
        same(
            &place,
            "pieces given",
            escrow.given,
            i64::try_from(given).unwrap_or(i64::MAX),
        )?;
        let held = own().filter(|award| award.state != AwardState::TakenBack).count();
        if i64::try_from(held).unwrap_or(i64::MAX) > escrow.pieces {
            return fault(place, format!("{held} have it, and there are {} pieces", escrow.pieces));
        }
        let rest = escrow.pieces - escrow.given - escrow.returned;
        if stored.stage == Stage::Cancelled && rest != 0 {
            return fault(place, "was called off and did not go back");
        }
        let of_points = matches!(what(&stored.terms, escrow.prize), Some(What::Points { .. }));
        if escrow.transfer.is_some() != (of_points && rest > 0) {
            return fault(place, "is not held as it must be");
        }
    }
    Ok(())
}

/// Nothing counts for more than a source told, and nothing was reached after the day was final.
async fn days(db: &mut Db, programme: &Programme, stored: &Stored) -> Result<(), VerifyError> {
    let mut cut_offs: HashMap<i64, i64> = HashMap::new();
    let mut failure = None;
    let sql = match stored.terms.metric {
        Metric::Steps => {
            "SELECT t.participant, t.day, t.value, t.reached_us,
                    (SELECT max(r.value) FROM reading r
                     WHERE r.bucket = t.bucket AND r.participant = t.participant AND r.day = t.day)
             FROM tally t WHERE t.competition = $1 AND t.value > 0"
        }
        _ => {
            "SELECT t.participant, t.day, t.value, t.reached_us, t.value
             FROM tally t WHERE t.competition = $1 AND t.value > 0"
        }
    };
    db.each(sql, &[stored.id.into()], |row| {
        let (who, number, value) = (ParticipantId::new(row.int(0)?), row.int(1)?, row.int(2)?);
        let day = Day::from_epoch_days(i32::try_from(number).map_err(|_| StoreError::corrupt("a civil day"))?);
        let cut_off_us = *cut_offs
            .entry(number)
            .or_insert_with(|| stored.terms.cut_off_us(&programme.zone, day));
        let told = row.opt_int(4)?.unwrap_or(0);
        let what = if !stored.terms.covers(day) {
            Some("lies outside the window".to_owned())
        } else if value > stored.terms.counted(told) {
            Some(format!("counts {value}, the most that a source told is {told}"))
        } else if row.int(3)? >= cut_off_us {
            Some("was raised when it was final".to_owned())
        } else {
            None
        };
        if let Some(what) = what {
            failure.get_or_insert((who, day, what));
        }
        Ok(())
    })
    .await?;
    match failure {
        Some((who, day, what)) => fault(
            format!("{day} of participant {who} in competition {}", Id::new(stored.id)),
            what,
        ),
        None => Ok(()),
    }
}

/// Every day of closed results is final and has the champion that it must have.
async fn champions(db: &mut Db, place: &str, stored: &Stored) -> Result<(), VerifyError> {
    let finals = books::final_days(db, stored.id).await?;
    let days = i64::try_from(finals.len()).unwrap_or(i64::MAX);
    same(place, "the number of final days", days, stored.terms.days())?;
    for done in finals {
        let candidates = books::champion_candidates(db, stored.id, done.day).await?;
        let best = champion(candidates.into_iter());
        if done.champion != best.map(|line| line.participant) {
            return fault(format!("{} of {place}", done.day), "has another champion");
        }
        let place = format!("{} of {place}", done.day);
        same(
            &place,
            "the champion's value",
            done.value,
            best.map_or(0, |line| line.value),
        )?;
        let walkers = books::tally_counts(db, stored.id, done.day).await?;
        same(&place, "how many have a value", done.walkers, walkers)?;
    }
    Ok(())
}

/// What each escrow of points holds, by the transfer that holds it, with where it is.
pub(super) async fn held(db: &mut Db) -> Result<Vec<(i64, i64, String)>, VerifyError> {
    let rows = db
        .rows(
            "SELECT e.transfer, e.pieces - e.given - e.returned, e.prize, c.id, c.terms FROM escrow e
             JOIN competition c ON c.id = e.competition WHERE e.transfer IS NOT NULL",
            &[],
        )
        .await?;
    let mut held = Vec::new();
    for row in rows {
        let (prize, id) = (row.int(2)?, Id::new(row.int(3)?));
        let place = format!("prize {prize} of competition {id}");
        let terms: Terms =
            serde_json::from_str(row.text(4)?).map_err(|_| StoreError::corrupt("the terms of a competition"))?;
        let Some(What::Points { milli }) = what(&terms, prize) else {
            return fault(place, "holds points, which it is not made of");
        };
        held.push((row.int(0)?, row.int(1)?.saturating_mul(*milli), place));
    }
    Ok(held)
}
