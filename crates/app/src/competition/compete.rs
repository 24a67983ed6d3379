//! Entering a competition, teams, leaving.

use std::sync::Arc;

use domain::competition::{Handicap, Metric, Stage, Status, TeamRule, Terms, baseline};
use domain::measure::{Day, Id, ParticipantId, bucket_of};
use domain::participant::Consent;
use domain::programme::{Deed, Programme};
use outside::chance::{fingerprint, random_id, secret_token};
use serde::{Deserialize, Serialize};
use store::competition::{self as books, Entrant, Stored, Team};
use store::{Db, StoreError, participant};

use super::of_programme;
use crate::{App, Caller, Error, Key, Refused};

/// A team, as its members see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TeamView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// How many belong to it.
    pub members: i64,
    /// Whether the caller may rename it.
    pub captain: bool,
}

/// A participant's own entry to a competition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntryView {
    /// What stands for the participant in public, in hexadecimal.
    pub ticket: String,
    /// When it joined, in microseconds since the epoch.
    pub joined_us: i64,
    /// Its team.
    pub team: Option<TeamView>,
    /// Whether the board shows no alias.
    pub nameless: bool,
    /// Whether it still competes.
    #[schema(value_type = String)]
    pub status: Status,
    /// Why it was disqualified.
    pub reason: Option<String>,
    /// Its own mean a day before the window, for a handicap.
    pub baseline: i64,
}

/// A team that was formed, with the secret of its invitation link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewTeam {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What the invitation link holds; shown once.
    pub invitation: String,
}

/// What a team's captain may.
enum Captains {
    Rename(String),
    /// With the secret of the link.
    Invite(String),
}

/// How many teams there may be.
pub(super) const MOST_TEAMS: usize = 200_000;

/// Why a competition cannot be entered or left, if it cannot.
pub(super) fn unless_open(stored: &Stored, today: Day) -> Result<(), Refused> {
    match stored.stage {
        Stage::Open if today <= stored.terms.last => Ok(()),
        Stage::Draft => Err(Refused::NotFound("competition")),
        _ => Err(Refused::Settled("the competition is over")),
    }
}

/// The rule of teams, if they can still change.
pub(super) fn teams_open(terms: &Terms, today: Day) -> Result<TeamRule, Refused> {
    let rule = terms.teams.ok_or(Refused::NotFound("team"))?;
    if today > rule.fixed_after {
        return Err(Refused::Settled("teams are fixed"));
    }
    Ok(rule)
}

/// Whether a team has room for one more.
pub(super) async fn room(db: &mut Db, rule: &TeamRule, team: &Team) -> Result<bool, StoreError> {
    let sizes = books::team_sizes(db, team.competition).await?;
    let size = sizes.iter().find(|(id, _)| *id == team.id).map_or(0, |(_, size)| *size);
    Ok(size < i64::from(rule.max_members))
}

async fn own_baseline(db: &mut Db, who: ParticipantId, terms: &Terms, rule: &Handicap) -> Result<i64, StoreError> {
    let first = terms.first.plus(-i32::try_from(rule.days).unwrap_or(i32::MAX));
    let readings = books::readings(db, who, first, terms.first.plus(-1)).await?;
    let mut days: Vec<(Day, i64)> = Vec::new();
    for reading in readings {
        // two sources of a day count once
        match days.last_mut() {
            Some((day, value)) if *day == reading.day => *value = reading.value.max(*value),
            _ => days.push((reading.day, reading.value)),
        }
    }
    Ok(baseline(terms, days.into_iter()))
}

/// The entry of somebody who was not there before.
pub(super) async fn first_entry(
    db: &mut Db,
    stored: &Stored,
    (who, ticket): (ParticipantId, i64),
    team: Option<i64>,
    nameless: bool,
    now_us: i64,
) -> Result<Entrant, StoreError> {
    let baseline = match &stored.terms.handicap {
        Some(rule) => own_baseline(db, who, &stored.terms, rule).await?,
        None => 0,
    };
    Ok(Entrant {
        competition: stored.id,
        participant: who,
        ticket,
        joined_us: now_us,
        team,
        nameless,
        status: Status::In,
        reason: None,
        baseline,
        score: 0,
        reached_us: now_us,
        today: stored.terms.first,
        today_value: 0,
        today_us: now_us,
    })
}

async fn entry_view(db: &mut Db, found: Entrant) -> Result<EntryView, StoreError> {
    let team = match found.team {
        Some(id) => books::team(db, id).await?,
        None => None,
    };
    let team = match team {
        Some(team) => {
            let sizes = books::team_sizes(db, team.competition).await?;
            Some(TeamView {
                id: Id::new(team.id),
                members: sizes.iter().find(|(id, _)| *id == team.id).map_or(0, |(_, size)| *size),
                captain: team.captain == Some(found.participant),
                name: team.name,
            })
        }
        None => None,
    };
    Ok(EntryView {
        ticket: format!("{:016x}", found.ticket),
        joined_us: found.joined_us,
        team,
        nameless: found.nameless,
        status: found.status,
        reason: found.reason,
        baseline: found.baseline,
    })
}

impl App {
    /// Enters a competition, with a team if `invitation` leads to one. Again: nothing changes, but the team may.
    pub async fn enter_competition(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
        invitation: Option<&str>,
    ) -> Result<EntryView, Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let ticket = random_id().map_err(Error::outside)?;
        let secret = invitation.map(fingerprint);
        let (here, now_us) = (Arc::clone(programme), self.now_us());
        let changed_us = self.changed_us();
        let entered = self
            .once(bucket_of(who.number()), None, async move |db: &mut Db| {
                let Some(stored) = of_programme(db, &here, id.number()).await? else {
                    return Ok(Err(Refused::NotFound("competition")));
                };
                let today = here.zone.day_of(now_us);
                if let Err(no) = unless_open(&stored, today) {
                    return Ok(Err(no));
                }
                let Some(person) = participant::get(db, who)
                    .await?
                    .filter(|p| p.programme == here.id && p.open)
                else {
                    return Ok(Err(Refused::NotFound("participant")));
                };
                if person.frozen {
                    return Ok(Err(Refused::Frozen));
                }
                let mut needed = vec![Consent::Programme];
                needed.extend((stored.terms.metric == Metric::Steps).then_some(Consent::Steps));
                if let Some(missing) = needed.into_iter().find(|consent| !person.consents.has(*consent)) {
                    return Ok(Err(domain::activity::Refusal::NoConsent(missing).into()));
                }
                let team = match secret {
                    Some(secret) => {
                        let rule = match teams_open(&stored.terms, today) {
                            Ok(rule) => rule,
                            Err(no) => return Ok(Err(no)),
                        };
                        let found = books::by_invitation(db, &secret).await?;
                        let Some(team) = found.filter(|team| team.competition == stored.id) else {
                            return Ok(Err(Refused::NotFound("team")));
                        };
                        Some((rule, team))
                    }
                    None => None,
                };
                let before = books::entrant_alone(db, stored.id, who).await?;
                let gone = |before: &Entrant| match before.status {
                    Status::In => false,
                    Status::Left => before.team.is_some(),
                    Status::Out => true,
                };
                if before.as_ref().is_some_and(gone) {
                    return Ok(Err(Refused::Settled(
                        "you left after teams were fixed, or were disqualified",
                    )));
                }
                let already = before.as_ref().and_then(|before| before.team);
                if let Some((rule, team)) = &team
                    && already != Some(team.id)
                    && !room(db, rule, team).await?
                {
                    return Ok(Err(Refused::Settled("the team is full")));
                }
                let team = team.map(|(_, team)| team.id).or(already);
                let after = match before {
                    Some(before) if before.status == Status::In => Entrant { team, ..before },
                    Some(before) => Entrant {
                        team,
                        status: Status::In,
                        joined_us: now_us,
                        ..before
                    },
                    None => {
                        let new = first_entry(db, &stored, (who, ticket), team, false, now_us).await?;
                        books::enter(db, &new, changed_us).await?;
                        new
                    }
                };
                // days that were counted before joining count, as far as they are not final
                let after = super::readings::count_anew(db, &here, &stored, after, now_us).await?;
                books::set_entrant(db, &after, changed_us).await?;
                entry_view(db, after).await.map(Ok)
            })
            .await?;
        self.wake_board(id);
        Ok(entered)
    }

    /// Forms a team, of which the participant becomes captain and member.
    pub async fn form_team(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
        name: &str,
        key: Option<Key>,
    ) -> Result<NewTeam, Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let name = name.trim().to_owned();
        Refused::unless_plain("name", &name, 60)?;
        let invitation = secret_token("t_").map_err(Error::outside)?;
        let team_id = self.next_id();
        let (here, now_us, changed_us) = (Arc::clone(programme), self.now_us(), self.changed_us());
        let formed = self
            .once(bucket_of(who.number()), key, async move |db: &mut Db| {
                let Some(stored) = of_programme(db, &here, id.number()).await? else {
                    return Ok(Err(Refused::NotFound("competition")));
                };
                let today = here.zone.day_of(now_us);
                if let Err(no) = unless_open(&stored, today).and_then(|()| teams_open(&stored.terms, today)) {
                    return Ok(Err(no));
                }
                let found = books::entrant_alone(db, stored.id, who).await?;
                let Some(found) = found.filter(|found| found.status == Status::In) else {
                    return Ok(Err(Refused::NotFound("entry")));
                };
                let team = Team {
                    id: team_id,
                    competition: stored.id,
                    name: name.clone(),
                    captain: Some(who),
                    formed_us: now_us,
                };
                if books::teams(db, stored.id).await?.len() >= MOST_TEAMS {
                    return Ok(Err(Refused::Settled("there are too many teams")));
                }
                if !books::insert_team(db, &team, &fingerprint(&invitation)).await? {
                    return Ok(Err(Refused::Taken(name.clone())));
                }
                let after = Entrant {
                    team: Some(team_id),
                    ..found
                };
                books::set_entrant(db, &after, changed_us).await?;
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

    /// Gives a team another name, as its captain.
    pub async fn rename_team(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
        name: &str,
    ) -> Result<(), Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let name = name.trim().to_owned();
        Refused::unless_plain("name", &name, 60)?;
        let deed = Captains::Rename(name);
        self.captains(programme, id, who, (deed, None)).await?;
        self.wake_board(id);
        Ok(())
    }

    /// A new invitation link for a team, as its captain; links that were given out before lead nowhere.
    pub async fn invite_to_team(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
        key: Option<Key>,
    ) -> Result<String, Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let invitation = secret_token("t_").map_err(Error::outside)?;
        let answer = self
            .captains(programme, id, who, (Captains::Invite(invitation), key))
            .await?;
        Ok(answer.unwrap_or_default())
    }

    /// Does something that a team's captain may; gives the secret of a new link.
    async fn captains(
        &self,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
        (deed, key): (Captains, Option<Key>),
    ) -> Result<Option<String>, Error> {
        let here = Arc::clone(programme);
        self.once(bucket_of(who.number()), key, async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            let found = books::entrant(db, stored.id, who).await?;
            let team = match found.and_then(|found| found.team) {
                Some(team) => books::team(db, team).await?,
                None => None,
            };
            let Some(team) = team.filter(|team| team.captain == Some(who)) else {
                return Ok(Err(Refused::NotFound("team")));
            };
            match &deed {
                Captains::Rename(name) if !books::rename_team(db, team.id, name).await? => {
                    Ok(Err(Refused::Taken(name.clone())))
                }
                Captains::Rename(_) => Ok(Ok(None)),
                Captains::Invite(secret) => {
                    books::set_invitation(db, team.id, &fingerprint(secret)).await?;
                    Ok(Ok(Some(secret.clone())))
                }
            }
        })
        .await
    }

    /// The team that an invitation leads to, for the one who holds it.
    pub async fn invited_to(&self, programme: &Programme, invitation: &str) -> Result<(Id, TeamView), Error> {
        let (secret, here) = (fingerprint(invitation), programme.id);
        let look = async move |db: &mut Db| {
            let Some(team) = books::by_invitation(db, &secret).await? else {
                return Ok(None);
            };
            let stored = books::get(db, team.competition).await?;
            if stored.is_none_or(|stored| stored.programme != here) {
                return Ok(None);
            }
            let sizes = books::team_sizes(db, team.competition).await?;
            let members = sizes.iter().find(|(id, _)| *id == team.id).map_or(0, |(_, size)| *size);
            Ok(Some((
                Id::new(team.competition),
                TeamView {
                    id: Id::new(team.id),
                    name: team.name,
                    members,
                    captain: false,
                },
            )))
        };
        Ok(self.0.store.read(look).await?.ok_or(Refused::NotFound("team"))?)
    }

    /// Leaves a team, while teams can change.
    pub async fn leave_team(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
    ) -> Result<(), Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let (here, now_us, changed_us) = (Arc::clone(programme), self.now_us(), self.changed_us());
        self.once(bucket_of(who.number()), None, async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            let Some(found) = books::entrant_alone(db, stored.id, who).await? else {
                return Ok(Err(Refused::NotFound("entry")));
            };
            if found.team.is_none() {
                return Ok(Ok(()));
            }
            if let Err(no) = teams_open(&stored.terms, here.zone.day_of(now_us)) {
                return Ok(Err(no));
            }
            let after = Entrant { team: None, ..found };
            books::set_entrant(db, &after, changed_us).await?;
            Ok(Ok(()))
        })
        .await?;
        self.wake_board(id);
        Ok(())
    }

    /// Leaves a competition. While teams can change, and where there are none, it is as if one had never been there;
    /// later one is no longer ranked, but the team goes on with what was reached.
    pub async fn leave_competition(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
    ) -> Result<(), Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let (here, now_us, changed_us) = (Arc::clone(programme), self.now_us(), self.changed_us());
        self.once(bucket_of(who.number()), None, async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            let Some(found) = books::entrant_alone(db, stored.id, who).await? else {
                return Ok(Ok(()));
            };
            if found.status != Status::In {
                return Ok(Ok(()));
            }
            if stored.stage != Stage::Open {
                return Ok(Err(Refused::Settled("the competition is over")));
            }
            let bound = found.team.is_some() && teams_open(&stored.terms, here.zone.day_of(now_us)).is_err();
            let after = Entrant {
                status: Status::Left,
                team: found.team.filter(|_| bound),
                ..found
            };
            books::set_entrant(db, &after, changed_us).await?;
            Ok(Ok(()))
        })
        .await?;
        self.wake_board(id);
        Ok(())
    }

    /// Whether the board shows a participant's alias.
    pub async fn show_on_board(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: ParticipantId,
        nameless: bool,
    ) -> Result<(), Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let changed_us = self.changed_us();
        let set = async move |db: &mut Db| books::set_shown(db, id.number(), who, nameless, changed_us).await;
        if !self.0.store.write(bucket_of(who.number()), set).await? {
            return Err(Refused::NotFound("entry").into());
        }
        self.forget_name(id, who);
        self.wake_board(id);
        Ok(())
    }

    /// A participant's own entry to a competition, if there is one.
    pub async fn entry(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: ParticipantId,
    ) -> Result<Option<EntryView>, Error> {
        caller.may(Deed::ReadParticipant, programme.id, Some(who))?;
        let look = async move |db: &mut Db| match books::entrant(db, id.number(), who).await? {
            Some(found) => entry_view(db, found).await.map(Some),
            None => Ok(None),
        };
        Ok(self.0.store.read(look).await?)
    }
}
