//! Activity records: whether an act is credited, and with how much.
//!
//! Shape: an [`Act`] has been read and quantified; [`credit`] weighs it against what the participant did before
//! ([`History`]) and says [`Verdict::Credited`] or why not. It is the same function for both engines, for replay and
//! for audit, and it asks for nothing.
// long because: the decision and everything that it weighs

mod raise;

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::evidence::{Grade, Source};
use crate::measure::{Carbon, Day, Id, ParticipantId, Period, Points};
use crate::methodology::{Cap, CapCut, ClaimPart, Methodology, Working};
use crate::participant::{Consent, Standing};
use crate::programme::Programme;

pub use raise::{First, Second, raise};

/// How an act came in; sets the best grade that its evidence can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The participant says so.
    Declaration,
    /// The participant sent a photo.
    Photo,
    /// A device measured it.
    Device,
    /// A partner reports it.
    Partner,
    /// The participant sent a recorded track.
    Track,
    /// The participant sent steps that a device counted.
    Steps,
    /// The participant sent readings of a meter.
    Meter,
}

impl Channel {
    /// The grade of its evidence.
    pub const fn grade(self) -> Grade {
        match self {
            Channel::Declaration => Grade::E0,
            Channel::Photo => Grade::E1,
            Channel::Device | Channel::Track | Channel::Steps | Channel::Meter => Grade::E2,
            Channel::Partner => Grade::E3,
        }
    }

    /// The consent without which nothing may come in this way.
    pub const fn consent(self) -> Consent {
        match self {
            Channel::Declaration | Channel::Meter => Consent::Programme,
            Channel::Photo => Consent::Photos,
            Channel::Device => Consent::DeviceReadings,
            Channel::Partner => Consent::PartnerEvents,
            Channel::Track => Consent::Location,
            Channel::Steps => Consent::Steps,
        }
    }

    /// As it is stored.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Channel::Declaration),
            1 => Some(Channel::Photo),
            2 => Some(Channel::Device),
            3 => Some(Channel::Partner),
            4 => Some(Channel::Track),
            5 => Some(Channel::Steps),
            6 => Some(Channel::Meter),
            _ => None,
        }
    }

    /// How a proof of a kind comes in.
    pub const fn of(kind: crate::evidence::Kind) -> Self {
        match kind {
            crate::evidence::Kind::Photo => Channel::Photo,
            crate::evidence::Kind::Track => Channel::Track,
            crate::evidence::Kind::Steps => Channel::Steps,
            crate::evidence::Kind::Meter => Channel::Meter,
        }
    }
}

/// What makes a claim unique: 16 bytes of SHA-256 over its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClaimKey(pub [u8; 16]);

impl ClaimKey {
    /// The key of parts that belong together; no two different lists of parts give the same bytes to hash.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        ClaimKey(key)
    }
}

/// The key under which a caller's retries are recognised: a partner's events are unique by partner and event, a
/// person's by participant and key.
pub fn retry_key(programme: i64, partner: i64, participant: ParticipantId, event: &str) -> ClaimKey {
    let (kind, who): (&[u8], i64) = if partner == 0 {
        (b"person", participant.number())
    } else {
        (b"partner", partner)
    };
    ClaimKey::of(&[kind, &programme.to_le_bytes(), &who.to_le_bytes(), event.as_bytes()])
}

/// The hash of a photo's pixels, and that of the copy which we keep: whoever sends either again sends the same photo.
pub type PhotoPrints = [[u8; 32]; 2];

/// An act that was read, understood and quantified, ready to be decided on.
#[derive(Debug, Clone)]
pub struct Act {
    /// Whose act it is.
    pub participant: ParticipantId,
    /// How it came in.
    pub channel: Channel,
    /// The partner that reports it, or zero.
    pub partner: i64,
    /// When it began, microseconds since the epoch.
    pub started_us: i64,
    /// When it ended; not before it began.
    pub ended_us: i64,
    /// The civil day on which it began, in the programme's zone.
    pub day: Day,
    /// The working, before caps.
    pub working: Working,
    /// The caller's own key, for retries: the first claim. The same key again must come with the same body.
    pub retry: ClaimKey,
    /// A fingerprint of what the caller sent.
    pub body: i64,
    /// What else makes it the same act as another.
    pub claims: Vec<ClaimKey>,
    /// The photo that proves it.
    pub photo: Option<PhotoPrints>,
    /// The sign for which its evidence was refused, if it was: one of [`crate::evidence::SIGNS`].
    pub refused_for: Option<&'static str>,
}

impl Act {
    /// On whose word it came in.
    pub const fn source(&self) -> Source {
        Source {
            channel: self.channel,
            partner: self.partner,
        }
    }

    /// What it says, where it may confirm a record.
    pub const fn second(&self) -> Second {
        Second {
            interval_us: (self.started_us, self.ended_us),
            source: self.source(),
            gross: self.working.gross,
        }
    }
}

/// The claims of a photo: it proves one act of the programme, whoever sends it and for whatever behaviour.
pub fn photo_claims(programme: &Programme, photo: Option<&PhotoPrints>) -> Vec<ClaimKey> {
    let scope = programme.id.number().to_le_bytes();
    let prints = photo.into_iter().flatten();
    let mut keys: Vec<ClaimKey> = prints.map(|print| ClaimKey::of(&[b"photo", &scope, print])).collect();
    keys.dedup();
    keys
}

/// The claims that a methodology makes of an act, beside the caller's own key.
pub fn claims(
    methodology: &Methodology,
    programme: &Programme,
    participant: ParticipantId,
    (started_us, day): (i64, Day),
    retry: &ClaimKey,
    inputs: &[(String, String)],
    photo: Option<&PhotoPrints>,
) -> Vec<ClaimKey> {
    let mut keys = photo_claims(programme, photo);
    let scope = programme.id.number().to_le_bytes();
    if methodology.claim != [ClaimPart::Event] {
        let mut parts: Vec<Vec<u8>> = vec![
            b"act".to_vec(),
            scope.to_vec(),
            methodology.behaviour.clone().into_bytes(),
        ];
        for part in &methodology.claim {
            parts.push(match part {
                ClaimPart::Event => retry.0.to_vec(),
                ClaimPart::Participant => participant.number().to_le_bytes().to_vec(),
                ClaimPart::Day => day.epoch_days().to_le_bytes().to_vec(),
                ClaimPart::Start => started_us.to_le_bytes().to_vec(),
                ClaimPart::Photo => photo.map(|prints| prints[0].to_vec()).unwrap_or_default(),
                ClaimPart::Input(position) => inputs
                    .get(*position)
                    .map(|(_, value)| value.clone().into_bytes())
                    .unwrap_or_default(),
            });
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        keys.push(ClaimKey::of(&parts));
    }
    keys
}

/// Why an act is not credited. Each is something that the person can understand and act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account is closed.
    #[error("the account is closed")]
    Closed,
    /// A consent is missing or was withdrawn.
    #[error("no consent to {}", .0.name())]
    NoConsent(Consent),
    /// The participant does not want this partner's reports.
    #[error("no consent to events of this partner")]
    PartnerOut,
    /// The methodology does not accept evidence of this grade.
    #[error("evidence of grade {0} is not accepted")]
    Grade(Grade),
    /// Its evidence does not prove it; the sign that weighed most.
    #[error("the evidence was not accepted: {0}")]
    Evidence(&'static str),
    /// It is said to happen in the future.
    #[error("it lies in the future")]
    Future,
    /// It happened before the programme began.
    #[error("it lies before the programme began")]
    BeforeProgramme,
    /// Another record claims the same act.
    #[error("record {0} already claims this act")]
    Duplicate(Id),
    /// The participant did something else at that time.
    #[error("it overlaps in time with another act")]
    Overlap,
    /// No more acts of this kind count in this period.
    #[error("no more than {limit} count in a {}", period_name(*per))]
    CapCount {
        /// Over what the ceiling counts.
        per: Period,
        /// How many count.
        limit: u32,
    },
    /// No more reduction of this kind counts in this period.
    #[error("no more than {limit} count in a {}", period_name(*per))]
    CapMass {
        /// Over what the ceiling counts.
        per: Period,
        /// How much counts.
        limit: Carbon,
    },
    /// What is left is less than a milligram.
    #[error("nothing is left to credit")]
    Nothing,
}

const fn period_name(per: Period) -> &'static str {
    match per {
        Period::Day => "day",
        Period::Month => "month",
        Period::Year => "year",
    }
}

impl Refusal {
    /// A stable name for machines, the books and message files.
    pub const fn code(&self) -> &'static str {
        match self {
            Refusal::Closed => "participant.closed",
            Refusal::NoConsent(_) | Refusal::PartnerOut => "consent.missing",
            Refusal::Grade(_) => "evidence.grade",
            Refusal::Evidence(_) => "evidence.refused",
            Refusal::Future => "time.future",
            Refusal::BeforeProgramme => "time.before_programme",
            Refusal::Duplicate(_) => "claim.duplicate",
            Refusal::Overlap => "claim.overlap",
            Refusal::CapCount { .. } => "cap.count",
            Refusal::CapMass { .. } => "cap.mass",
            Refusal::Nothing => "credit.nothing",
        }
    }

    /// Whether the refusal is kept as a record, answering the same key again. Without consent nothing may be kept; and
    /// what is merely mistimed or of the wrong grade can be put right and sent again under the same key.
    pub const fn is_kept(&self) -> bool {
        matches!(
            self,
            Refusal::Evidence(_)
                | Refusal::Duplicate(_)
                | Refusal::Overlap
                | Refusal::CapCount { .. }
                | Refusal::CapMass { .. }
                | Refusal::Nothing
        )
    }

    /// The one number or name that makes the reason concrete, as it is stored beside the code.
    pub fn detail(&self) -> String {
        match self {
            Refusal::NoConsent(consent) => consent.name().to_owned(),
            Refusal::PartnerOut => "partner".to_owned(),
            Refusal::Grade(grade) => grade.to_string(),
            Refusal::Evidence(sign) => (*sign).to_owned(),
            Refusal::Duplicate(record) => record.to_string(),
            Refusal::CapCount { per, limit } => format!("{} {limit}", period_name(*per)),
            Refusal::CapMass { per, limit } => format!("{} {}", period_name(*per), limit.mg()),
            _ => String::new(),
        }
    }
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Booked.
    Credited {
        /// After weight, caps and rounding down.
        credited: Carbon,
        /// What it earns.
        points: Points,
        /// Ceilings that cut it.
        caps: Vec<CapCut>,
    },
    /// Not booked.
    Refused(Refusal),
}

/// How much of a methodology counted on the latest day on which it was credited, in its month and in its year.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Tally {
    /// The methodology, without version: a ceiling outlives a new version.
    methodology: String,
    day: Day,
    acts: [u32; 3],
    mg: [i64; 3],
}

impl Tally {
    fn add(&mut self, period: usize, credited: Carbon) {
        self.acts[period] += 1;
        self.mg[period] = self.mg[period].saturating_add(credited.mg());
    }
}

/// How much counted in a period before that of the latest day.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Earlier {
    methodology: String,
    per: Period,
    number: i32,
    acts: u32,
    mg: i64,
}

/// What a participant did before, as far as ceilings and overlaps need it.
///
/// It is either whole, or the part that is kept beside the participant ([`History::write`]): of each methodology the
/// counts of its latest day, month and year, of trips the last few. [`History::lacks`] says when that part is not
/// enough to decide an act and the whole must be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    tallies: Vec<Tally>,
    earlier: Vec<Earlier>,
    /// Start and end of acts that exclude each other, in the order in which they were credited.
    trips: Vec<(i64, i64)>,
    /// Every trip that is not kept ended by this instant.
    trips_from_us: i64,
    /// How many acts were ever credited.
    credited: u64,
    whole: bool,
}

/// Trips kept beside a participant.
const TRIPS_KEPT: usize = 8;

const PERIODS: [Period; 3] = [Period::Day, Period::Month, Period::Year];

/// One earlier credited act, as the journal tells it.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// The methodology that was applied.
    pub methodology: &'a Methodology,
    /// The civil day of the act.
    pub day: Day,
    /// When it began and ended.
    pub interval_us: (i64, i64),
    /// What was booked.
    pub credited: Carbon,
    /// Whether it only raised an act before it.
    pub raise: bool,
}

impl History {
    /// The whole history, from the journal.
    pub fn whole<'a>(past: impl IntoIterator<Item = Past<'a>>) -> Self {
        let mut history = History {
            whole: true,
            ..History::default()
        };
        for past in past {
            if past.raise {
                history.raise(past.methodology, past.day, past.credited);
            } else {
                history.add(past.methodology, past.day, past.interval_us, past.credited);
            }
        }
        history
    }

    /// Reads what [`History::write`] wrote; `None` if it is damaged.
    pub fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(History::default());
        }
        let mut parts = text.split(';');
        let (credited, trips_from_us) = parts.next()?.split_once(' ')?;
        let mut trips = Vec::with_capacity(TRIPS_KEPT + 1);
        let mut before = 0_i64;
        for trip in parts.next()?.split(' ').filter(|trip| !trip.is_empty()) {
            let (after, lasted) = trip.split_once('+')?;
            let start = before.checked_add(after.parse().ok()?)?;
            trips.push((start, start.checked_add(lasted.parse().ok()?)?));
            before = start;
        }
        let mut tallies = Vec::with_capacity(16);
        for tally in parts {
            let mut fields = tally.split(' ');
            let methodology = fields.next()?.to_owned();
            let day = Day::from_epoch_days(fields.next()?.parse().ok()?);
            let (mut acts, mut mg) = ([0; 3], [0; 3]);
            for period in 0..PERIODS.len() {
                (acts[period], mg[period]) = match fields.next() {
                    Some(count) => (count.parse().ok()?, fields.next()?.parse().ok()?),
                    None => (*acts.get(period.checked_sub(1)?)?, mg[period - 1]),
                };
            }
            let tally = Tally {
                methodology,
                day,
                acts,
                mg,
            };
            tallies.push(tally);
        }
        Some(History {
            tallies,
            earlier: Vec::new(),
            trips,
            trips_from_us: trips_from_us.parse().ok()?,
            credited: credited.parse().ok()?,
            whole: false,
        })
    }

    /// The part that is kept beside the participant, as text: `credited trips_from;trips;methodology day counts;…`.
    /// It is rewritten with every act, hence short: a trip is told by how long after the one before it began, and the
    /// counts of month and year are left out where they are those of the day.
    pub fn write(&self) -> String {
        let mut trips = Cow::Borrowed(&self.trips);
        let mut trips_from_us = self.trips_from_us;
        if trips.len() > TRIPS_KEPT {
            let trips = trips.to_mut();
            trips.sort_unstable_by_key(|(_, end)| *end);
            let dropped = trips.len() - TRIPS_KEPT;
            trips_from_us = trips
                .drain(..dropped)
                .fold(trips_from_us, |from, (_, end)| from.max(end));
        }
        let mut out = String::with_capacity(64 + 24 * trips.len() + 48 * self.tallies.len());
        let mut put = |text: fmt::Arguments<'_>| out.write_fmt(text).unwrap_or_default(); // a String takes anything
        put(format_args!("{} {trips_from_us};", self.credited));
        let mut before = 0;
        for (i, (start, end)) in trips.iter().enumerate() {
            let gap = if i > 0 { " " } else { "" };
            put(format_args!("{gap}{}+{}", start - before, end - start));
            before = *start;
        }
        for Tally {
            methodology,
            day,
            acts,
            mg,
        } in &self.tallies
        {
            put(format_args!(";{methodology} {}", day.epoch_days()));
            let same = |period: usize| (acts[period], mg[period]) == (acts[period - 1], mg[period - 1]);
            let written = if !same(2) {
                3
            } else if !same(1) {
                2
            } else {
                1
            };
            for period in 0..written {
                put(format_args!(" {} {}", acts[period], mg[period]));
            }
        }
        out
    }

    /// Whether this, as it was loaded, cannot decide the act.
    pub fn lacks(&self, act: &Act) -> bool {
        if self.whole || self.credited == 0 {
            return false;
        }
        let methodology = &act.working.methodology;
        self.lacks_counts(methodology, act.day) || methodology.exclusive && act.started_us < self.trips_from_us
    }

    /// Whether the counts of a day's periods, as far as ceilings need them, are not known.
    fn lacks_counts(&self, methodology: &Methodology, day: Day) -> bool {
        // a methodology without a tally was never credited
        !self.whole
            && self.tally(&methodology.id).is_some_and(|tally| {
                let earlier = |cap: &Cap| cap.per.number(day) < cap.per.number(tally.day);
                day < tally.day && methodology.caps.iter().any(earlier)
            })
    }

    /// Whether the counts that this part of a history keeps are not those of the whole one.
    pub fn tallies_differ(&self, whole: &History) -> bool {
        let sorted = |history: &History| {
            let mut tallies = history.tallies.clone();
            tallies.sort_unstable();
            tallies
        };
        self.credited != whole.credited || sorted(self) != sorted(whole)
    }

    fn tally(&self, methodology: &str) -> Option<&Tally> {
        self.tallies.iter().find(|tally| tally.methodology == methodology)
    }

    /// Acts and mg of a methodology in the period of a day.
    fn counted(&self, methodology: &str, per: Period, day: Day) -> (u32, i64) {
        let Some(tally) = self.tally(methodology) else {
            return (0, 0);
        };
        let number = per.number(day);
        if tally.day == day || per.number(tally.day) == number {
            return (tally.acts[per as usize], tally.mg[per as usize]);
        }
        let same = |e: &&Earlier| e.number == number && e.per == per && e.methodology == methodology;
        self.earlier.iter().find(same).map_or((0, 0), |e| (e.acts, e.mg))
    }

    /// Adds to the mass that counted in the periods of a day, and to no count of acts.
    fn raise(&mut self, methodology: &Methodology, day: Day, more: Carbon) {
        let id = &methodology.id;
        let Some(tally) = self.tallies.iter_mut().find(|tally| tally.methodology == *id) else {
            return; // nothing was credited that could be raised
        };
        for (period, per) in PERIODS.into_iter().enumerate() {
            let number = per.number(day);
            if number == per.number(tally.day) {
                tally.mg[period] = tally.mg[period].saturating_add(more.mg());
                continue;
            }
            let same = |e: &&mut Earlier| e.number == number && e.per == per && e.methodology == *id;
            if let Some(earlier) = self.earlier.iter_mut().find(same) {
                earlier.mg = earlier.mg.saturating_add(more.mg());
            }
        }
    }

    fn overlaps(&self, interval_us: (i64, i64)) -> bool {
        self.trips.iter().any(|trip| meet(*trip, interval_us))
    }

    fn add(&mut self, methodology: &Methodology, day: Day, interval_us: (i64, i64), credited: Carbon) {
        let id = &methodology.id;
        let at = self.tallies.iter().position(|tally| tally.methodology == *id);
        let at = at.unwrap_or_else(|| {
            self.tallies.push(Tally {
                methodology: id.clone(),
                day,
                acts: [0; 3],
                mg: [0; 3],
            });
            self.tallies.len() - 1
        });
        let tally = &mut self.tallies[at];
        let latest = tally.day;
        tally.day = latest.max(day);
        for (period, per) in PERIODS.into_iter().enumerate() {
            let (number, before) = (per.number(day), per.number(latest));
            if number > before {
                self.earlier.push(Earlier {
                    methodology: id.clone(),
                    per,
                    number: before,
                    acts: tally.acts[period],
                    mg: tally.mg[period],
                });
                (tally.acts[period], tally.mg[period]) = (0, 0);
            }
            if number >= before {
                tally.add(period, credited);
                continue;
            }
            let same = |e: &&mut Earlier| e.number == number && e.per == per && e.methodology == *id;
            if let Some(earlier) = self.earlier.iter_mut().find(same) {
                earlier.acts += 1;
                earlier.mg = earlier.mg.saturating_add(credited.mg());
            } else {
                self.earlier.push(Earlier {
                    methodology: id.clone(),
                    per,
                    number,
                    acts: 1,
                    mg: credited.mg(),
                });
            }
        }
        if methodology.exclusive {
            self.trips.push(taken(interval_us));
        }
        self.credited += 1;
    }
}

/// The time that an act takes up: at least an instant, so that two trips at the same one are one too many.
fn taken((start, end): (i64, i64)) -> (i64, i64) {
    (start, end.max(start.saturating_add(1)))
}

/// Whether two acts of one participant, each from its start to its end, are one too many.
pub fn meet(one: (i64, i64), other: (i64, i64)) -> bool {
    let ((from, to), (since, until)) = (taken(one), taken(other));
    from < until && since < to
}

/// A clock of a phone may run this far ahead of ours.
const TOLERATED_AHEAD_US: i64 = 10 * 60 * 1_000_000;

/// Decides on an act. `claimed` is the record that already holds one of its claims, if there is one. A credit is
/// added to the history, which must not lack anything for this act.
pub fn credit(
    act: &Act,
    programme: &Programme,
    standing: Standing,
    claimed: Option<Id>,
    history: &mut History,
    now_us: i64,
) -> Verdict {
    match weigh(act, programme, standing, claimed, history, now_us) {
        Ok(verdict) => {
            if let Verdict::Credited { credited, .. } = &verdict {
                let interval = (act.started_us, act.ended_us);
                history.add(&act.working.methodology, act.day, interval, *credited);
            }
            verdict
        }
        Err(refusal) => Verdict::Refused(refusal),
    }
}

fn weigh(
    act: &Act,
    programme: &Programme,
    standing: Standing,
    claimed: Option<Id>,
    history: &History,
    now_us: i64,
) -> Result<Verdict, Refusal> {
    let methodology = &act.working.methodology;
    if !standing.open {
        return Err(Refusal::Closed);
    }
    for consent in [Consent::Programme, act.channel.consent()] {
        if !standing.consents.has(consent) {
            return Err(Refusal::NoConsent(consent));
        }
    }
    if standing.partner_out {
        return Err(Refusal::PartnerOut);
    }
    if !methodology.accepts(act.working.grade) {
        return Err(Refusal::Grade(act.working.grade));
    }
    // what was used before is told first: that is what the person can look up
    if let (Some(sign), None) = (act.refused_for, claimed) {
        return Err(Refusal::Evidence(sign));
    }
    if act.ended_us > now_us.saturating_add(TOLERATED_AHEAD_US) {
        return Err(Refusal::Future);
    }
    if act.started_us < programme.starts_us {
        return Err(Refusal::BeforeProgramme);
    }
    if let Some(record) = claimed {
        return Err(Refusal::Duplicate(record));
    }
    if methodology.exclusive && history.overlaps((act.started_us, act.ended_us)) {
        return Err(Refusal::Overlap);
    }
    let mut credited = act.working.weighted.mg();
    let mut caps = Vec::new();
    for cap in &methodology.caps {
        let (acts, mg) = history.counted(&methodology.id, cap.per, act.day);
        if let Some(limit) = cap.count.filter(|limit| acts >= *limit) {
            return Err(Refusal::CapCount { per: cap.per, limit });
        }
        if let Some(limit) = cap.mass {
            let room = limit.mg().saturating_sub(mg).max(0);
            if room == 0 {
                return Err(Refusal::CapMass { per: cap.per, limit });
            }
            if credited > room {
                caps.push(CapCut {
                    per: cap.per,
                    ceiling: limit,
                    cut: Carbon::from_mg(credited - room),
                });
                credited = room;
            }
        }
    }
    let credited = Carbon::from_mg(credited);
    if credited == Carbon::ZERO {
        return Err(Refusal::Nothing);
    }
    let points = programme.earned(credited, act.day).ok_or(Refusal::Nothing)?;
    Ok(Verdict::Credited { credited, points, caps })
}

#[cfg(test)]
mod tests;
