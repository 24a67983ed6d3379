//! Awards: handed over by jobs or by staff, each once; and who sees which.
//!
//! Invariant: an award moves from won to given in the transaction that books what is given, and of two that try, one does.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use domain::competition::{Stage, To, What};
use domain::measure::{Carbon, Id, ParticipantId, Points, RewardId, Text, bucket_of};
use domain::programme::{Deed, Programme};
use outside::chance::voucher_code;
use serde::{Deserialize, Serialize};
use store::activity::Code;
use store::competition::{self as books, AwardState, Stored, StoredAward};
use store::ledger::{self as ledger, Posting};
use store::{Db, StoreError, participant};

use super::of_programme;
use super::prizes::{damaged, escrow, hold, left, pay, what};
use crate::rewards::{WonPiece, hand_over_won};
use crate::{App, Caller, Error, Refused};

/// How many awards a job hands over before others get their turn.
const AT_ONCE: u32 = 200;

/// What somebody won, as shown to its owner and to staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AwardView {
    /// The competition.
    #[schema(value_type = String)]
    pub competition: Id,
    /// What it is called.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub competition_title: Text,
    /// The prize's place in the terms, from 0.
    pub prize: i64,
    /// What the prize is called.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Text,
    /// What the prize is.
    #[schema(value_type = Object)]
    pub what: What,
    /// Who gets it.
    #[schema(value_type = Object)]
    pub to: To,
    /// Who won it.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// What others see of the winner; empty, if it was erased.
    pub alias: String,
    /// What a partner calls the winner; only told to those who may enrol or hand out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The winner's accounts; only told to those who may hand out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// By which rank it was won, or in which turn of a draw; none for a team's prize.
    pub rank: Option<i64>,
    /// With which team.
    pub team: Option<String>,
    /// How far it is.
    #[schema(value_type = String)]
    pub state: AwardState,
    /// The revision of the results that it follows from.
    pub revision: i64,
    /// When results became final, in microseconds since the epoch.
    pub won_us: i64,
    /// When it was handed over.
    pub given_us: Option<i64>,
    /// The voucher's code, what staff noted, or why it was taken back.
    pub note: String,
}

/// How an award goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was handed over, now or before, or it is no longer somebody's.
    Done,
    /// The winner's account is frozen: it waits for staff.
    Waits,
    /// Nothing is set aside for it any more.
    Short,
}

impl App {
    /// Asks for a prize to be handed over to those who won it.
    pub(super) async fn ask_give(&self, db: &mut Db, competition: i64, prize: i64) -> Result<(), StoreError> {
        let payload = format!("{competition} {prize}");
        store::job::ask(db, self.next_id(), "give-prize", &payload, self.now_us()).await
    }

    /// Hands a prize of points or of the store over to everybody who won it and does not have it yet: the job.
    pub(crate) async fn give_prize(&self, competition: i64, prize: i64) -> Result<(), Error> {
        let mut after = (i64::MIN, i64::MIN);
        let (mut given, mut short) = (0, 0);
        loop {
            let look = async move |db: &mut Db| books::waiting(db, competition, prize, after, AT_ONCE).await;
            let waiting = self.0.store.read(look).await?;
            let Some(last) = waiting.last() else { break };
            after = (last.rank, last.participant.number());
            for award in &waiting {
                if given == AT_ONCE {
                    let app = self.clone();
                    let again = async move |db: &mut Db| app.ask_give(db, competition, prize).await;
                    return Ok(self.0.store.write(0, again).await?);
                }
                match self.give(competition, prize, award.participant, None).await? {
                    Fate::Done => given += 1,
                    Fate::Waits => {}
                    Fate::Short => short += 1,
                }
            }
        }
        if short > 0 {
            // tried again later: the budget or the stock may have grown
            return Err(Error::outside(format!(
                "{short} winners of prize {prize} wait: the budget or the stock is short"
            )));
        }
        Ok(())
    }

    /// Hands one award over, if it waits.
    async fn give(
        &self,
        competition: i64,
        prize: i64,
        who: ParticipantId,
        by: Option<(i64, String)>,
    ) -> Result<Fate, Error> {
        let app = self.clone();
        let code = voucher_code().map_err(Error::outside)?;
        let give = async move |db: &mut Db| app.give_in(db, (competition, prize, who), by.clone(), &code).await;
        Ok(self.0.store.write(bucket_of(who.number()), give).await?)
    }

    /// The same, in a transaction. Leave and goods are handed over by staff, whose number and words are `by`.
    async fn give_in(
        &self,
        db: &mut Db,
        (competition, prize, who): (i64, i64, ParticipantId),
        by: Option<(i64, String)>,
        code: &str,
    ) -> Result<Fate, StoreError> {
        let now_us = self.now_us();
        let ids = [self.next_id(), self.next_id(), self.next_id()];
        let Some(stored) = books::get(db, competition).await? else {
            return Ok(Fate::Done);
        };
        let found = books::award(db, competition, prize, who).await?;
        let Some(award) = found.filter(|award| award.state == AwardState::Won && stored.stage == Stage::Closed) else {
            return Ok(Fate::Done);
        };
        let person = participant::get(db, who).await?;
        let Some(person) = person.filter(|person| person.open || person.frozen) else {
            return self.forfeit(db, &stored, award).await.map(|()| Fate::Done);
        };
        if person.frozen {
            return Ok(Fate::Waits);
        }
        let mut there = escrow(db, competition, prize).await?;
        if left(&there) == 0 {
            // what could not be taken back is replaced, if there is anything to replace it with
            if hold(db, stored.programme, &stored, prize, 1, [ids[0], ids[1]], now_us).await? == 0 {
                return Ok(Fate::Short);
            }
            there = escrow(db, competition, prize).await?;
        }
        let mut note = by.as_ref().map(|(_, words)| words.clone()).unwrap_or_default();
        match what(&stored, prize)? {
            What::Points { milli } => {
                let posting = Posting {
                    code: Code::Prize,
                    mg: Carbon::ZERO,
                    points: Points::from_milli(*milli),
                    about: competition,
                };
                ledger::book(db, &person, posting, now_us)
                    .await?
                    .map_err(|no| StoreError::Conflict(format!("a prize cannot be booked: {no}")))?;
                let ids = [self.next_id(), self.next_id(), self.next_id()];
                pay(db, stored.programme, &stored, &there, *milli, ids, now_us).await?;
            }
            What::Reward { reward } => {
                note = self.give_piece(db, competition, who, *reward, code).await?;
            }
            What::Leave { .. } | What::Goods if by.is_none() => return Ok(Fate::Waits),
            What::Leave { .. } | What::Goods => {}
        }
        books::move_escrow(db, competition, prize, 1, 0).await?;
        let given = StoredAward {
            state: AwardState::Given,
            given_us: Some(now_us),
            given_by: by.map(|(login, _)| login),
            note,
            ..award
        };
        if books::move_award(db, AwardState::Won, &given).await? {
            Ok(Fate::Done)
        } else {
            Err(StoreError::Conflict("a prize was handed over meanwhile".to_owned()))
        }
    }

    async fn give_piece(
        &self,
        db: &mut Db,
        competition: i64,
        participant: ParticipantId,
        reward: RewardId,
        code: &str,
    ) -> Result<String, StoreError> {
        let won = WonPiece {
            participant,
            reward,
            competition,
            order: self.next_id(),
            code: code.to_owned(),
        };
        hand_over_won(db, &won, self.now_us()).await
    }

    /// Takes an award from whoever has closed the account: there is nobody to give it to.
    async fn forfeit(&self, db: &mut Db, stored: &Stored, award: StoredAward) -> Result<(), StoreError> {
        let now_us = self.now_us();
        let (prize, ids) = (award.prize, [self.next_id(), self.next_id()]);
        let gone = StoredAward {
            state: AwardState::TakenBack,
            note: "the account was closed".to_owned(),
            ..award
        };
        if books::move_award(db, AwardState::Won, &gone).await? {
            let rest = (left(&escrow(db, stored.id, prize).await?) - 1).max(0);
            hold(db, stored.programme, stored, prize, rest, ids, now_us).await?;
        }
        Ok(())
    }

    /// Notes that staff handed a prize over: a leave day was entered, a tent was fetched. Points and pieces of the store
    /// are booked by it, if the job has not done so yet. Again: nothing changes.
    pub async fn hand_out(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        prize: i64,
        who: ParticipantId,
        words: &str,
    ) -> Result<AwardView, Error> {
        self.hand_out_many(caller, programme, id, prize, &[who], words).await?;
        let found = self.awards_where(caller, programme, id, Some(who)).await?;
        let mut found = found.into_iter().filter(|one| one.prize == prize);
        Ok(found.next().ok_or(Refused::NotFound("award"))?)
    }

    /// The same for several winners of a prize; says for how many it was new. What cannot be handed over is left.
    pub async fn hand_out_many(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        prize: i64,
        who: &[ParticipantId],
        words: &str,
    ) -> Result<usize, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let words = words.trim().to_owned();
        if !words.is_empty() {
            Refused::unless_plain("note", &words, 500)?;
        }
        let (app, here, person) = (self.clone(), Arc::clone(programme), caller.person());
        let note = self.note(caller, programme.id, "prize.hand_out", "", "");
        let mut people = Vec::with_capacity(who.len());
        for who in who {
            people.push((*who, voucher_code().map_err(Error::outside)?));
        }
        let handed = self
            .once(0, None, async move |db: &mut Db| {
                let Some(stored) = of_programme(db, &here, id.number()).await? else {
                    return Ok(Err(Refused::NotFound("competition")));
                };
                if stored.stage != Stage::Closed {
                    return Ok(Err(Refused::Settled("its results are not final")));
                }
                let mut handed = 0;
                for (who, code) in &people {
                    let found = books::award(db, stored.id, prize, *who).await?;
                    if found.is_none_or(|award| award.state != AwardState::Won) {
                        continue;
                    }
                    let by = Some((person, words.clone()));
                    let fate = app.give_in(db, (stored.id, prize, *who), by, code).await?;
                    let after = books::award(db, stored.id, prize, *who).await?;
                    if fate == Fate::Done && after.is_some_and(|award| award.state == AwardState::Given) {
                        handed += 1;
                        let about = format!("award {id} {prize} {who}");
                        note.about(about)
                            .numbered(app.next_id())
                            .with_detail(&*words)
                            .write(db)
                            .await?;
                    }
                }
                Ok(Ok(handed))
            })
            .await?;
        Ok(handed)
    }

    /// Everybody's awards of a competition, by prize and rank, for staff.
    pub async fn awards(&self, caller: &Caller, programme: &Programme, id: Id) -> Result<Vec<AwardView>, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        self.awards_where(caller, programme, id, None).await
    }

    async fn awards_where(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: Option<ParticipantId>,
    ) -> Result<Vec<AwardView>, Error> {
        let named =
            caller.can(Deed::RegisterParticipant, programme.id) || caller.can(Deed::ManageCompetition, programme.id);
        let here = programme.id;
        let look = async move |db: &mut Db| {
            let Some(stored) = books::get(db, id.number()).await?.filter(|one| one.programme == here) else {
                return Ok(None);
            };
            let found = books::awards(db, stored.id).await?;
            let mine = |award: &StoredAward| who.is_none_or(|who| award.participant == who);
            let mut views = Vec::new();
            for award in found.into_iter().filter(mine) {
                views.push(view(db, &stored, award, named).await?);
            }
            Ok(Some(views))
        };
        Ok(self.0.store.read(look).await?.ok_or(Refused::NotFound("competition"))?)
    }

    /// What a participant won in a programme, newest first.
    pub async fn own_awards(
        &self,
        caller: &Caller,
        programme: &Programme,
        who: ParticipantId,
    ) -> Result<Vec<AwardView>, Error> {
        caller.may(Deed::ReadParticipant, programme.id, Some(who))?;
        let here = programme.id;
        let look = async move |db: &mut Db| {
            let mut known: HashMap<i64, Option<Stored>> = HashMap::new();
            let mut views = Vec::new();
            for award in books::awards_of(db, who).await? {
                let stored = match known.entry(award.competition) {
                    Entry::Occupied(there) => there.into_mut(),
                    Entry::Vacant(room) => {
                        let stored = books::get(db, award.competition).await?;
                        room.insert(stored.filter(|stored| stored.programme == here))
                    }
                };
                if let Some(stored) = stored {
                    views.push(view(db, stored, award, false).await?);
                }
            }
            Ok(views)
        };
        Ok(self.0.store.read(look).await?)
    }
}

async fn view(db: &mut Db, stored: &Stored, award: StoredAward, named: bool) -> Result<AwardView, StoreError> {
    let number = usize::try_from(award.prize).ok();
    let prize = number.and_then(|number| stored.terms.prizes.get(number));
    let prize = prize.ok_or_else(|| damaged("an award names no prize"))?;
    let who = award.participant;
    let by_team = matches!(prize.to, To::Team { .. });
    let team = if by_team {
        books::team(db, award.rank).await?.map(|team| team.name)
    } else {
        None
    };
    let profile = participant::profile(db, who).await?;
    let (reference, accounts) = if named {
        let charge = store::people::in_charge(db, who).await?;
        let accounts = charge.into_iter().map(|(_, account)| account).collect();
        (participant::reference_of(db, stored.programme, who).await?, accounts)
    } else {
        (None, Vec::new())
    };
    Ok(AwardView {
        competition: Id::new(stored.id),
        competition_title: stored.title.clone(),
        prize: award.prize,
        title: prize.title.clone(),
        what: prize.what.clone(),
        to: prize.to,
        participant: who,
        alias: profile.map(|profile| profile.alias).unwrap_or_default(),
        reference,
        accounts,
        rank: (!by_team).then_some(award.rank),
        team,
        state: award.state,
        revision: award.revision,
        won_us: award.won_us,
        given_us: award.given_us,
        note: award.note,
    })
}
