//! Teams from a list: read, decided line by line, shown, and only then written.
//!
//! ```text
//! list ─ read ─> lines ─ decide (each alone) ─> what would happen ─ apply ─> teams formed, members by bucket
//! ```
//!
//! Invariant: what a dry run shows and what is written are decided by the same function; the same list again changes
//! nothing.

mod list;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use domain::competition::{Metric, Stage, Status, TeamRule};
use domain::measure::{Id, ParticipantId, bucket_of};
use domain::participant::Consent;
use domain::programme::{Deed, Programme};
use outside::chance::{fingerprint, random_id, secret_token};
use store::competition::{self as books, Entrant, Stored, Team};
use store::participant::{self, Participant};
use store::{Db, StoreError};

use super::compete::{MOST_TEAMS, first_entry, room, teams_open, unless_open};
use super::{NewTeam, of_programme, readings};
use crate::{App, Caller, Error, Key, Refused};

pub use list::LineFault;

/// The most lines of a list.
pub const MOST_LINES: usize = 20_000;

/// What a line of a list does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeamLine {
    /// Somebody who does not compete yet enters, with the team. The board shows no alias until they want it.
    Enters,
    /// Somebody who competes without a team joins it.
    Joins,
    /// Somebody changes the team.
    Moves {
        /// The team that is left.
        from: String,
    },
    /// It is so already.
    Same,
    /// Nothing.
    Refused(LineFault),
}

/// A line of a list, with what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamListLine {
    /// Its number in the file, from 1.
    pub number: usize,
    /// The team, as it was written.
    pub team: String,
    /// The member, as it was written.
    pub member: String,
    /// Who that is.
    pub participant: Option<ParticipantId>,
    /// What it does.
    pub does: TeamLine,
}

/// What a list does, or did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TeamImport {
    /// Its lines, in their order.
    pub lines: Vec<TeamListLine>,
    /// The names of teams that are new.
    pub formed: Vec<String>,
    /// Whether it was written.
    pub applied: bool,
}

impl TeamImport {
    /// How many lines were refused.
    pub fn refused(&self) -> usize {
        let refused = |line: &&TeamListLine| matches!(line.does, TeamLine::Refused(_));
        self.lines.iter().filter(refused).count()
    }

    /// How many lines change something.
    pub fn changes(&self) -> usize {
        let changes = |line: &&TeamListLine| !matches!(line.does, TeamLine::Refused(_) | TeamLine::Same);
        self.lines.iter().filter(changes).count()
    }
}

/// A team, as staff sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamListed {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// How many belong to it.
    pub members: i64,
    /// Whether it has a captain, who gives out its invitation.
    pub captain: bool,
    /// When it was formed, in microseconds since the epoch.
    pub formed_us: i64,
}

/// Somebody with an entry, if there is one.
struct Found<'a> {
    person: &'a Participant,
    entry: Option<&'a Entrant>,
}

/// What a line does to somebody; `team` is the team's number, if it is there already.
fn decide(stored: &Stored, found: &Found<'_>, team: Option<i64>) -> TeamLine {
    let Found { person, entry } = found;
    if !person.open {
        let fault = if person.frozen {
            LineFault::Frozen
        } else {
            LineFault::Unknown
        };
        return TeamLine::Refused(fault);
    }
    match entry.map(|entry| (entry.status, entry.team)) {
        Some((Status::Out, _)) => TeamLine::Refused(LineFault::Disqualified),
        // who left on purpose is not brought back by a list
        Some((Status::Left, _)) => TeamLine::Refused(LineFault::Left),
        Some((Status::In, now)) if now.is_some() && now == team => TeamLine::Same,
        Some((Status::In, Some(_))) => TeamLine::Moves { from: String::new() },
        Some((Status::In, None)) => TeamLine::Joins,
        None => {
            let steps = stored.terms.metric == Metric::Steps;
            let agreed = person.consents.has(Consent::Programme) && (!steps || person.consents.has(Consent::Steps));
            if agreed {
                TeamLine::Enters
            } else {
                TeamLine::Refused(LineFault::NoConsent)
            }
        }
    }
}

/// The participant that a line names: by the reference that partners use, or by its id.
async fn named(db: &mut Db, programme: &Programme, member: &str) -> Result<Option<Participant>, StoreError> {
    let id = match participant::by_reference(db, programme.id, member).await? {
        Some(id) => Some(id),
        None => member.parse::<ParticipantId>().ok(),
    };
    let Some(id) = id else { return Ok(None) };
    Ok(participant::get(db, id)
        .await?
        .filter(|found| found.programme == programme.id))
}

/// Decides on every line of a list.
async fn decided(
    db: &mut Db,
    programme: &Programme,
    stored: &Stored,
    rule: TeamRule,
    lines: Vec<list::Line>,
) -> Result<TeamImport, StoreError> {
    let teams = books::teams(db, stored.id).await?;
    let by_name: HashMap<&str, i64> = teams.iter().map(|team| (team.name.as_str(), team.id)).collect();
    let names: HashMap<i64, &str> = teams.iter().map(|team| (team.id, team.name.as_str())).collect();
    let mut sizes: HashMap<String, i64> = HashMap::new();
    for (team, size) in books::team_sizes(db, stored.id).await? {
        if let Some(name) = names.get(&team) {
            sizes.insert((*name).to_owned(), size);
        }
    }
    let mut import = TeamImport::default();
    let mut formed: HashSet<String> = HashSet::new();
    let mut seen: HashSet<ParticipantId> = HashSet::new();
    for line in lines {
        let mut told = TeamListLine {
            number: line.number,
            team: line.team,
            member: line.member,
            participant: None,
            does: TeamLine::Same,
        };
        let person = match line.fault {
            Some(fault) => Err(fault),
            None => named(db, programme, &told.member).await?.ok_or(LineFault::Unknown),
        };
        told.does = match person {
            Err(fault) => TeamLine::Refused(fault),
            Ok(person) if !seen.insert(person.id) => {
                told.participant = Some(person.id);
                TeamLine::Refused(LineFault::Twice)
            }
            Ok(person) => {
                told.participant = Some(person.id);
                let entry = books::entrant(db, stored.id, person.id).await?;
                let found = Found {
                    person: &person,
                    entry: entry.as_ref(),
                };
                let team = by_name.get(told.team.as_str()).copied();
                let full = sizes.get(&told.team).copied().unwrap_or(0) >= i64::from(rule.max_members);
                let many = team.is_none() && !formed.contains(&told.team) && teams.len() + formed.len() >= MOST_TEAMS;
                match decide(stored, &found, team) {
                    does @ (TeamLine::Refused(_) | TeamLine::Same) => does,
                    _ if full => TeamLine::Refused(LineFault::Full),
                    _ if many => TeamLine::Refused(LineFault::TooManyTeams),
                    does => {
                        *sizes.entry(told.team.clone()).or_default() += 1;
                        let left = entry.and_then(|entry| entry.team).and_then(|team| names.get(&team));
                        if let Some(size) = left.and_then(|left| sizes.get_mut(*left)) {
                            *size -= 1;
                        }
                        if team.is_none() && formed.insert(told.team.clone()) {
                            import.formed.push(told.team.clone());
                        }
                        match (does, left) {
                            (TeamLine::Moves { .. }, Some(left)) => TeamLine::Moves {
                                from: (*left).to_owned(),
                            },
                            (does, _) => does,
                        }
                    }
                }
            }
        };
        import.lines.push(told);
    }
    Ok(import)
}

impl App {
    /// Forms teams from a list of lines `team,member`, where a member is the reference that partners use, or a
    /// participant's id. Without `apply` nothing is written, and what would happen is told line by line. With it, every
    /// line that is not refused is done, as long as the competition is open and teams can change; again, nothing changes.
    pub async fn import_teams(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        text: &str,
        apply: bool,
    ) -> Result<TeamImport, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let lines = list::read(text);
        if lines.is_empty() || lines.len() > MOST_LINES {
            return Err(Refused::invalid("list", format!("needs 1 to {MOST_LINES} lines of team,member")).into());
        }
        let (here, today) = (Arc::clone(programme), programme.zone.day_of(self.now_us()));
        let look = async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            let may = match stored.stage {
                Stage::Draft if apply => Err(Refused::Settled("the competition is not open yet")),
                Stage::Draft => Ok(()),
                _ => unless_open(&stored, today),
            };
            let rule = match may.and_then(|()| teams_open(&stored.terms, today)) {
                Ok(rule) => rule,
                Err(no) => return Ok(Err(no)),
            };
            let import = decided(db, &here, &stored, rule, lines).await?;
            Ok(Ok((rule, import)))
        };
        let (rule, mut import) = self.0.store.read(look).await??;
        if apply {
            self.apply_teams(caller, programme, id, rule, &mut import).await?;
        }
        Ok(import)
    }

    async fn apply_teams(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        rule: TeamRule,
        import: &mut TeamImport,
    ) -> Result<(), Error> {
        let now_us = self.now_us();
        let mut new = Vec::new();
        for name in &import.formed {
            let secret = secret_token("t_").map_err(Error::outside)?;
            let team = Team {
                id: self.next_id(),
                competition: id.number(),
                name: name.clone(),
                captain: None,
                formed_us: now_us,
            };
            new.push((team, fingerprint(&secret)));
        }
        let detail = format!("{} of {} lines", import.changes(), import.lines.len());
        let about = format!("competition {id}");
        let note = self.note(caller, programme.id, "competition.teams", about, detail);
        let here = Arc::clone(programme);
        let teams: Vec<(String, i64)> = self
            .once(0, None, async move |db: &mut Db| {
                if of_programme(db, &here, id.number()).await?.is_none() {
                    return Ok(Err(Refused::NotFound("competition")));
                }
                for (team, invitation) in &new {
                    // somebody may have formed it meanwhile: then it is that one
                    books::insert_team(db, team, invitation).await?;
                }
                note.write(db).await?;
                let teams = books::teams(db, id.number()).await?;
                Ok(Ok(teams.into_iter().map(|team| (team.name, team.id)).collect()))
            })
            .await?;
        let teams: HashMap<String, i64> = teams.into_iter().collect();
        // members by bucket: each is written where its days are
        let mut by_bucket: BTreeMap<u8, Vec<(usize, ParticipantId, i64)>> = BTreeMap::new();
        for (place, line) in import.lines.iter().enumerate() {
            let wanted = !matches!(line.does, TeamLine::Refused(_) | TeamLine::Same);
            if let (true, Some(who), Some(team)) = (wanted, line.participant, teams.get(&line.team)) {
                let members = by_bucket.entry(bucket_of(who.number())).or_default();
                members.push((place, who, *team));
            }
        }
        for (bucket, members) in by_bucket {
            let mut refused = Vec::new();
            for (place, who, team) in members {
                if let Err(fault) = self.put_in_team(programme, id, rule, (bucket, who), Some(team)).await? {
                    refused.push((place, fault));
                }
            }
            for (place, fault) in refused {
                if let Some(line) = import.lines.get_mut(place) {
                    line.does = TeamLine::Refused(fault);
                }
            }
        }
        import.applied = true;
        self.wake_board(id);
        Ok(())
    }

    /// Puts somebody into a team, or out of the one it has; says why not, if so.
    async fn put_in_team(
        &self,
        programme: &Arc<Programme>,
        id: Id,
        rule: TeamRule,
        (bucket, who): (u8, ParticipantId),
        team: Option<i64>,
    ) -> Result<Result<(), LineFault>, Error> {
        let ticket = random_id().map_err(Error::outside)?;
        let (here, now_us, changed_us) = (Arc::clone(programme), self.now_us(), self.changed_us());
        let put = async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(LineFault::Unknown));
            };
            let Some(person) = participant::get(db, who).await?.filter(|one| one.programme == here.id) else {
                return Ok(Err(LineFault::Unknown));
            };
            let entry = books::entrant(db, stored.id, who).await?;
            let found = Found {
                person: &person,
                entry: entry.as_ref(),
            };
            match decide(&stored, &found, team) {
                TeamLine::Same => return Ok(Ok(())),
                TeamLine::Refused(fault) => return Ok(Err(fault)),
                TeamLine::Enters | TeamLine::Joins | TeamLine::Moves { .. } => {}
            }
            if let Some(team) = team {
                match books::team(db, team).await?.filter(|one| one.competition == stored.id) {
                    None => return Ok(Err(LineFault::Unknown)),
                    Some(team) if !room(db, &rule, &team).await? => return Ok(Err(LineFault::Full)),
                    Some(_) => {}
                }
            }
            let after = if let Some(before) = entry {
                Entrant { team, ..before }
            } else {
                // who did not come by itself is not named until it says so
                let new = first_entry(db, &stored, (who, ticket), team, true, now_us).await?;
                books::enter(db, &new, changed_us).await?;
                new
            };
            let after = readings::count_anew(db, &here, &stored, after, now_us).await?;
            books::set_entrant(db, &after, changed_us).await?;
            Ok(Ok(()))
        };
        Ok(self.0.store.write(bucket, put).await?)
    }

    /// Puts an entrant into another team, or into none, while teams can change.
    pub async fn move_member(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
        team: Option<Id>,
    ) -> Result<(), Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let (here, today) = (Arc::clone(programme), programme.zone.day_of(self.now_us()));
        let look = async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            if books::entrant(db, stored.id, who).await?.is_none() {
                return Ok(Err(Refused::NotFound("entry")));
            }
            Ok(unless_open(&stored, today).and_then(|()| teams_open(&stored.terms, today)))
        };
        let rule = self.0.store.read(look).await??;
        let moved = self
            .put_in_team(
                programme,
                id,
                rule,
                (bucket_of(who.number()), who),
                team.map(Id::number),
            )
            .await?;
        moved.map_err(|fault| match fault {
            LineFault::Full => Refused::Settled("the team is full"),
            LineFault::Unknown => Refused::NotFound("team"),
            _ => Refused::Settled("who left or was disqualified changes no team"),
        })?;
        let note = self.note(
            caller,
            programme.id,
            "competition.move",
            format!("competition {id}"),
            format!("{who}"),
        );
        self.0
            .store
            .write(0, async move |db: &mut Db| note.write(db).await)
            .await?;
        self.wake_board(id);
        Ok(())
    }

    /// Forms a team that has no captain yet; its invitation is shown once.
    pub async fn found_team(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        name: &str,
        key: Option<Key>,
    ) -> Result<NewTeam, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let name = name.trim().to_owned();
        Refused::unless_plain("name", &name, 60)?;
        let invitation = secret_token("t_").map_err(Error::outside)?;
        let (here, now_us, team_id) = (Arc::clone(programme), self.now_us(), self.next_id());
        let note = self.note(
            caller,
            programme.id,
            "competition.team",
            format!("competition {id}"),
            name.clone(),
        );
        let formed = self
            .once(0, key, async move |db: &mut Db| {
                let Some(stored) = of_programme(db, &here, id.number()).await? else {
                    return Ok(Err(Refused::NotFound("competition")));
                };
                let today = here.zone.day_of(now_us);
                if let Err(no) = unless_open(&stored, today).and_then(|()| teams_open(&stored.terms, today)) {
                    return Ok(Err(no));
                }
                if books::teams(db, stored.id).await?.len() >= MOST_TEAMS {
                    return Ok(Err(Refused::Settled("there are too many teams")));
                }
                let team = Team {
                    id: team_id,
                    competition: stored.id,
                    name: name.clone(),
                    captain: None,
                    formed_us: now_us,
                };
                if !books::insert_team(db, &team, &fingerprint(&invitation)).await? {
                    return Ok(Err(Refused::Taken(name.clone())));
                }
                note.write(db).await?;
                Ok(Ok(NewTeam {
                    id: Id::new(team_id),
                    name: name.clone(),
                    invitation: invitation.clone(),
                }))
            })
            .await?;
        self.wake_board(id);
        Ok(formed)
    }

    /// A new invitation for a team; links that were given out before lead nowhere.
    pub async fn renew_invitation(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        team: Id,
    ) -> Result<NewTeam, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let invitation = secret_token("t_").map_err(Error::outside)?;
        let secret = fingerprint(&invitation);
        let (here, now_us) = (Arc::clone(programme), self.now_us());
        let note = self.note(
            caller,
            programme.id,
            "competition.invite",
            format!("competition {id}"),
            format!("team {team}"),
        );
        let name: String = self
            .once(0, None, async move |db: &mut Db| {
                let Some(stored) = of_programme(db, &here, id.number()).await? else {
                    return Ok(Err(Refused::NotFound("competition")));
                };
                if let Err(no) = teams_open(&stored.terms, here.zone.day_of(now_us)) {
                    return Ok(Err(no));
                }
                let found = books::team(db, team.number()).await?;
                let Some(found) = found.filter(|found| found.competition == stored.id) else {
                    return Ok(Err(Refused::NotFound("team")));
                };
                books::set_invitation(db, found.id, &secret).await?;
                note.write(db).await?;
                Ok(Ok(found.name))
            })
            .await?;
        Ok(NewTeam {
            id: team,
            name,
            invitation,
        })
    }

    /// The teams of a competition by name, with how many belong to each.
    pub async fn teams_listed(&self, caller: &Caller, programme: &Programme, id: Id) -> Result<Vec<TeamListed>, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        self.find_competition(caller, programme, id).await?;
        let number = id.number();
        let look = async move |db: &mut Db| Ok((books::teams(db, number).await?, books::team_sizes(db, number).await?));
        let (teams, sizes) = self.0.store.read(look).await?;
        let sizes: HashMap<i64, i64> = sizes.into_iter().collect();
        let listed = teams.into_iter().map(|team| TeamListed {
            id: Id::new(team.id),
            members: sizes.get(&team.id).copied().unwrap_or(0),
            captain: team.captain.is_some(),
            formed_us: team.formed_us,
            name: team.name,
        });
        Ok(listed.collect())
    }
}
