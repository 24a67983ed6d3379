//! Results: everybody's days added up again, and the podium that follows from the books.

use std::collections::HashMap;

use domain::competition::{Line, Podium, TeamLine, close, score};
use domain::measure::{Day, ParticipantId};

use super::days::{Tallied, from_row};
use super::{COLUMNS_OF_TALLY, Entrant, Stored, Team, entrants, teams};
use crate::{Db, StoreError};

/// What a podium is made of, and the podium.
#[derive(Debug, Clone)]
pub struct Results {
    /// Who competes, in the order of joining.
    pub entrants: Vec<Entrant>,
    /// The teams.
    pub teams: Vec<Team>,
    /// Who is where, and who gets what.
    pub podium: Podium,
}

/// The podium of these entrants and teams by the terms and the seed of a competition.
pub fn podium_of(stored: &Stored, entrants: &[Entrant], teams: &[Team]) -> Podium {
    let lines: Vec<Line> = entrants
        .iter()
        .map(|one| Line {
            participant: one.participant,
            ticket: one.ticket.cast_unsigned(),
            joined_us: one.joined_us,
            team: one.team,
            status: one.status,
            score: one.score,
            reached_us: one.reached_us,
        })
        .collect();
    let formed: Vec<TeamLine> = teams
        .iter()
        .map(|team| TeamLine {
            id: team.id,
            formed_us: team.formed_us,
        })
        .collect();
    close(&stored.terms, &stored.seed, &lines, &formed)
}

/// The podium as the books stand.
pub async fn results(db: &mut Db, stored: &Stored) -> Result<Results, StoreError> {
    let entrants = entrants(db, stored.id).await?;
    let teams = match stored.terms.teams {
        Some(_) => teams(db, stored.id).await?,
        None => Vec::new(),
    };
    let podium = podium_of(stored, &entrants, &teams);
    Ok(Results {
        entrants,
        teams,
        podium,
    })
}

/// The days of everybody in a bucket who competes, each participant's together and in their order, handed to `each`.
pub async fn each_tally(
    db: &mut Db,
    competition: i64,
    bucket: u8,
    mut each: impl FnMut(ParticipantId, Tallied),
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {COLUMNS_OF_TALLY}, participant FROM tally WHERE bucket = $1 AND competition = $2
         ORDER BY participant, day"
    );
    db.each(&sql, &[bucket.into(), competition.into()], |row| {
        each(ParticipantId::new(row.int(8)?), from_row(row)?);
        Ok(())
    })
    .await?;
    Ok(())
}

/// Those of a bucket with a value on a day that counts, against whom nothing was found yet.
pub async fn walked(
    db: &mut Db,
    competition: i64,
    bucket: u8,
    on: Day,
) -> Result<Vec<(ParticipantId, Tallied)>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS_OF_TALLY}, participant FROM tally
         WHERE bucket = $1 AND competition = $2 AND day = $3 AND value > 0 AND voided IS NULL AND signs = ''
         ORDER BY participant"
    );
    let rows = db
        .rows(&sql, &[bucket.into(), competition.into(), on.epoch_days().into()])
        .await?;
    rows.iter()
        .map(|row| Ok((ParticipantId::new(row.int(8)?), from_row(row)?)))
        .collect()
}

/// How many days of those who are in have something against them that nobody looked at.
pub async fn unchecked_days(db: &mut Db, competition: i64) -> Result<i64, StoreError> {
    let row = db
        .row(
            "SELECT count(*) FROM tally t JOIN entrant e
               ON e.bucket = t.bucket AND e.competition = t.competition AND e.participant = t.participant
             WHERE t.competition = $1 AND t.signs <> '' AND t.checked_by IS NULL AND t.voided IS NULL AND e.status = 0",
            &[competition.into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Results made again from the days.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The podium of the sums that were made again.
    pub podium: Podium,
    /// The first whose score in the books is not what its days count to.
    pub differing: Option<ParticipantId>,
}

/// Makes the results of a competition again from everybody's days, without a look at the scores in the books.
pub async fn replay(db: &mut Db, stored: &Stored) -> Result<Replayed, StoreError> {
    let mut everybody = entrants(db, stored.id).await?;
    let mut days: HashMap<ParticipantId, Vec<(Day, i64, i64)>> = HashMap::new();
    let mut sums: HashMap<ParticipantId, (i64, i64)> = HashMap::new();
    let baselines: HashMap<ParticipantId, i64> = everybody.iter().map(|one| (one.participant, one.baseline)).collect();
    for bucket in 0..=u8::MAX {
        each_tally(db, stored.id, bucket, |who, tallied| {
            if tallied.voided.is_none() {
                let day = (tallied.day, tallied.value, tallied.reached_us);
                days.entry(who).or_default().push(day);
            }
        })
        .await?;
        for (who, days) in days.drain() {
            let baseline = baselines.get(&who).copied().unwrap_or(0);
            sums.insert(who, score(&stored.terms, baseline, days.into_iter()));
        }
    }
    let mut differing = None;
    for one in &mut everybody {
        let (score, reached_us) = sums.get(&one.participant).copied().unwrap_or((0, 0));
        let reached_us = if score == 0 { one.joined_us } else { reached_us };
        if (one.score, one.reached_us) != (score, reached_us) && differing.is_none() {
            differing = Some(one.participant);
        }
        (one.score, one.reached_us) = (score, reached_us);
    }
    let teams = match stored.terms.teams {
        Some(_) => teams(db, stored.id).await?,
        None => Vec::new(),
    };
    Ok(Replayed {
        podium: podium_of(stored, &everybody, &teams),
        differing,
    })
}
