//! What a decision saw: every sign has a name, a few values, and by the policy a consequence.
// long because: one list of everything that a decision can see

use serde::{Deserialize, Serialize};

use super::track::Mode;
use crate::measure::{Carbon, Day, EntryId};

/// Something that was seen in the proofs of an act, with the values that make it concrete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sign", rename_all = "snake_case")]
pub enum Sign {
    /// It looks like a photo that was sent before.
    PhotoAlike {
        /// Under which number that was sent.
        submission: EntryId,
        /// Whether the same participant sent it.
        own: bool,
        /// How far apart the two are: 0 is the same picture, 1000 another one.
        apart_permille: u16,
        /// When that was sent, microseconds since the epoch.
        sent_us: i64,
    },
    /// It shows the scene of a photo that was sent before, but was taken by itself: a burst, an HDR pair.
    PhotoResembles {
        /// Under which number that was sent.
        submission: EntryId,
        /// Whether the same participant sent it.
        own: bool,
        /// How far apart the two are, in thousandths.
        apart_permille: u16,
        /// When that was sent.
        sent_us: i64,
    },
    /// An image editor left its mark.
    PhotoEdited {
        /// The editor's name, as it stands in the file.
        editor: String,
    },
    /// The file does not say when it was taken.
    PhotoUntimed,
    /// It was taken long before it was sent.
    PhotoOld {
        /// Hours between.
        hours: i64,
    },
    /// It was taken at another time than that of the act.
    PhotoOff {
        /// Minutes between; negative where the photo is earlier.
        minutes: i64,
    },
    /// It says that it was taken after it was sent.
    PhotoFuture {
        /// Minutes ahead.
        minutes: i64,
    },
    /// It is a screenshot where a camera is asked for.
    PhotoScreenshot,
    /// It is too bright to show that the lights are off.
    PhotoBright {
        /// Mean brightness, 0 to 255.
        mean: u8,
    },
    /// It shows next to nothing: one plain surface.
    PhotoBlank,
    /// It is too small to see anything.
    PhotoSmall {
        /// Pixels along the longer side.
        side: u32,
    },
    /// It does not say where it was taken, and the policy asks.
    PhotoPlaceless,
    /// It was taken away from where the act can happen.
    PhotoAway {
        /// Metres to the nearest place that counts.
        metres: u32,
    },
    /// The text in it fits the act.
    TextFits {
        /// What was found, at most a few words.
        found: String,
    },
    /// None of the words that the act asks for stand in it.
    TextMissing {
        /// What was looked for.
        wanted: String,
    },
    /// A time that was read is not that of the act.
    TextTime {
        /// The time as it was read.
        found: String,
    },
    /// Nobody could read its text, though a rule asks for words.
    TextUnread,
    /// The track has no times, so speed cannot be told.
    TrackUntimed,
    /// The recording has no positions: an indoor trainer.
    TrackPlaceless,
    /// The track is too short to tell anything.
    TrackShort {
        /// Points that count.
        points: u32,
        /// Its length in metres.
        metres: u32,
    },
    /// It jumps as nothing on the ground does.
    TrackTeleport {
        /// How often.
        jumps: u32,
    },
    /// It is faster than the claimed way of moving.
    TrackFast {
        /// The 85th percentile of speed, tenths of km/h.
        p85: u32,
        /// The fastest that is believed.
        limit: u32,
    },
    /// It moves like something else than what is claimed.
    TrackMode {
        /// What is claimed.
        claimed: Mode,
        /// What it looks like.
        seen: Mode,
    },
    /// Its speed fits what is claimed, and other ways of moving as well.
    TrackUnsure {
        /// What is claimed.
        claimed: Mode,
    },
    /// It is straighter than any street.
    TrackStraight {
        /// End-to-end distance as thousandths of the way.
        permille: u16,
    },
    /// Its pace is steadier than any person's.
    TrackRegular {
        /// Variation of speed, thousandths of the mean.
        permille: u16,
    },
    /// It has long gaps.
    TrackGaps {
        /// The longest, in seconds.
        seconds: u32,
    },
    /// It is a recording that was sent before, perhaps moved in time.
    TrackAgain {
        /// Under which number that was sent.
        submission: EntryId,
        /// Whether the same participant sent it.
        own: bool,
        /// How far apart the two lie on average, in metres.
        metres: u32,
    },
    /// Somebody else rode along: same way, same time.
    TrackTogether {
        /// Under which number that was sent.
        submission: EntryId,
    },
    /// It was recorded long before it was sent.
    TrackOld {
        /// Days between.
        days: i64,
    },
    /// More steps in a day than almost anybody makes.
    StepsMany {
        /// The steps.
        steps: u32,
        /// From how many on it is asked.
        limit: u32,
    },
    /// More steps in a day than anybody makes.
    StepsImpossible {
        /// The steps.
        steps: u32,
        /// The most that is believed.
        limit: u32,
    },
    /// Faster steps than legs make.
    StepsCadence {
        /// Steps a minute.
        per_minute: u32,
        /// The most that is believed.
        limit: u32,
    },
    /// Steps all night.
    StepsNight {
        /// Steps between 0:00 and 5:00.
        steps: u32,
    },
    /// Hours without rest: a machine that shakes or a script that pushes.
    StepsRestless {
        /// Hours of the day with steps.
        hours: u8,
    },
    /// Hour after hour the same number.
    StepsFlat {
        /// Variation between busy hours, thousandths of the mean.
        permille: u16,
    },
    /// The same series that somebody else, or another day, has.
    StepsSeries {
        /// Under which number that was sent.
        submission: EntryId,
        /// Whether the same participant sent it.
        own: bool,
    },
    /// Another source counted the same day: it counts once.
    StepsTwice {
        /// The other source.
        source: String,
        /// What it counted.
        steps: u32,
    },
    /// Nobody can have counted steps of a day that is not over.
    StepsEarly {
        /// The day.
        day: Day,
    },
    /// The source tells nothing but the day's sum, and nobody vouches for it: anybody can type such a table.
    StepsBare,
    /// The meter went backwards.
    MeterBack {
        /// The reading before, in thousandths.
        before_milli: i64,
        /// This one.
        now_milli: i64,
    },
    /// The meter began at zero again after its highest number.
    MeterRolled,
    /// The meter was replaced.
    MeterReplaced,
    /// More, or less, went through the meter than is likely.
    MeterJump {
        /// Thousandths of a unit a day.
        milli_per_day: i64,
    },
    /// There is no earlier reading to compare with.
    MeterFirst,
    /// What was said is not what the meter's readings tell.
    MeterSaid {
        /// What was said, in thousandths.
        said_milli: i64,
        /// What the readings tell.
        read_milli: i64,
    },
    /// It is faster, by distance and time, than the claimed way of moving.
    ActFast {
        /// Tenths of km/h.
        speed: u32,
        /// The fastest that is believed.
        limit: u32,
    },
    /// It is reported long after it happened.
    ActLate {
        /// Days between.
        days: i64,
    },
    /// Another record of the participant tells of the same event, from another source: they agree.
    ActAgreed {
        /// The other record.
        record: EntryId,
    },
    /// So many proofs were sent in a short time.
    ActMany {
        /// How many.
        count: u32,
        /// Within how many hours.
        hours: u32,
    },
    /// Proofs of this participant were refused for cause lately.
    ActRefused {
        /// How many.
        count: u32,
    },
    /// Several accounts sent from the same device.
    DeviceShared {
        /// How many others.
        accounts: u32,
    },
    /// It is worth more than one decision may give away alone.
    ActLarge {
        /// What it is worth.
        worth: Carbon,
    },
    /// Drawn by lot to be looked at, though nothing speaks against it.
    AuditSample,
    /// A reviewer asked for more, which has come.
    ReviewMore,
}

/// A value of a sign, for whoever writes it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A plain number.
    Number(i64),
    /// Thousandths, shown as per cent.
    Permille(i64),
    /// Metres.
    Metres(i64),
    /// Tenths of km/h.
    Speed(i64),
    /// Thousandths of a unit.
    Milli(i64),
    /// A reduction.
    Carbon(Carbon),
    /// An instant, microseconds since the epoch.
    At(i64),
    /// A civil day.
    Day(Day),
    /// A record or submission.
    Record(EntryId),
    /// Words as they were found.
    Text(String),
    /// A way of moving.
    Mode(Mode),
    /// Whether it is the participant's own.
    Own(bool),
}

/// Every sign by its code, in the order of the list; the default policy must give each a consequence.
pub const SIGNS: [&str; 55] = [
    "photo.alike",
    "photo.resembles",
    "photo.edited",
    "photo.untimed",
    "photo.old",
    "photo.off",
    "photo.future",
    "photo.screenshot",
    "photo.bright",
    "photo.blank",
    "photo.small",
    "photo.placeless",
    "photo.away",
    "text.fits",
    "text.missing",
    "text.time",
    "text.unread",
    "track.untimed",
    "track.placeless",
    "track.short",
    "track.teleport",
    "track.fast",
    "track.mode",
    "track.unsure",
    "track.straight",
    "track.regular",
    "track.gaps",
    "track.again",
    "track.together",
    "track.old",
    "steps.many",
    "steps.impossible",
    "steps.cadence",
    "steps.night",
    "steps.restless",
    "steps.flat",
    "steps.series",
    "steps.twice",
    "steps.early",
    "steps.bare",
    "meter.back",
    "meter.rolled",
    "meter.replaced",
    "meter.jump",
    "meter.first",
    "meter.said",
    "act.fast",
    "act.late",
    "act.agreed",
    "act.many",
    "act.refused",
    "device.shared",
    "act.large",
    "audit.sample",
    "review.more",
];

impl Sign {
    /// A stable name for machines, policies, the books and message files: one of [`SIGNS`].
    pub const fn code(&self) -> &'static str {
        match self {
            Sign::PhotoAlike { .. } => "photo.alike",
            Sign::PhotoResembles { .. } => "photo.resembles",
            Sign::PhotoEdited { .. } => "photo.edited",
            Sign::PhotoUntimed => "photo.untimed",
            Sign::PhotoOld { .. } => "photo.old",
            Sign::PhotoOff { .. } => "photo.off",
            Sign::PhotoFuture { .. } => "photo.future",
            Sign::PhotoScreenshot => "photo.screenshot",
            Sign::PhotoBright { .. } => "photo.bright",
            Sign::PhotoBlank => "photo.blank",
            Sign::PhotoSmall { .. } => "photo.small",
            Sign::PhotoPlaceless => "photo.placeless",
            Sign::PhotoAway { .. } => "photo.away",
            Sign::TextFits { .. } => "text.fits",
            Sign::TextMissing { .. } => "text.missing",
            Sign::TextTime { .. } => "text.time",
            Sign::TextUnread => "text.unread",
            Sign::TrackUntimed => "track.untimed",
            Sign::TrackPlaceless => "track.placeless",
            Sign::TrackShort { .. } => "track.short",
            Sign::TrackTeleport { .. } => "track.teleport",
            Sign::TrackFast { .. } => "track.fast",
            Sign::TrackMode { .. } => "track.mode",
            Sign::TrackUnsure { .. } => "track.unsure",
            Sign::TrackStraight { .. } => "track.straight",
            Sign::TrackRegular { .. } => "track.regular",
            Sign::TrackGaps { .. } => "track.gaps",
            Sign::TrackAgain { .. } => "track.again",
            Sign::TrackTogether { .. } => "track.together",
            Sign::TrackOld { .. } => "track.old",
            Sign::StepsMany { .. } => "steps.many",
            Sign::StepsImpossible { .. } => "steps.impossible",
            Sign::StepsCadence { .. } => "steps.cadence",
            Sign::StepsNight { .. } => "steps.night",
            Sign::StepsRestless { .. } => "steps.restless",
            Sign::StepsFlat { .. } => "steps.flat",
            Sign::StepsSeries { .. } => "steps.series",
            Sign::StepsTwice { .. } => "steps.twice",
            Sign::StepsEarly { .. } => "steps.early",
            Sign::StepsBare => "steps.bare",
            Sign::MeterBack { .. } => "meter.back",
            Sign::MeterRolled => "meter.rolled",
            Sign::MeterReplaced => "meter.replaced",
            Sign::MeterJump { .. } => "meter.jump",
            Sign::MeterFirst => "meter.first",
            Sign::MeterSaid { .. } => "meter.said",
            Sign::ActFast { .. } => "act.fast",
            Sign::ActLate { .. } => "act.late",
            Sign::ActAgreed { .. } => "act.agreed",
            Sign::ActMany { .. } => "act.many",
            Sign::ActRefused { .. } => "act.refused",
            Sign::DeviceShared { .. } => "device.shared",
            Sign::ActLarge { .. } => "act.large",
            Sign::AuditSample => "audit.sample",
            Sign::ReviewMore => "review.more",
        }
    }

    /// What makes it concrete, by the names that messages use.
    pub fn values(&self) -> Vec<(&'static str, Value)> {
        use Value as V;
        match self {
            Sign::PhotoAlike {
                submission,
                own,
                apart_permille,
                sent_us,
            }
            | Sign::PhotoResembles {
                submission,
                own,
                apart_permille,
                sent_us,
            } => vec![
                ("record", V::Record(*submission)),
                ("own", V::Own(*own)),
                ("apart", V::Permille((*apart_permille).into())),
                ("at", V::At(*sent_us)),
            ],
            Sign::PhotoEdited { editor } => vec![("editor", V::Text(editor.clone()))],
            Sign::PhotoOld { hours } => vec![("hours", V::Number(*hours))],
            Sign::PhotoOff { minutes } | Sign::PhotoFuture { minutes } => vec![("minutes", V::Number(minutes.abs()))],
            Sign::PhotoBright { mean } => vec![("mean", V::Number((*mean).into()))],
            Sign::PhotoSmall { side } => vec![("side", V::Number((*side).into()))],
            Sign::PhotoAway { metres } => vec![("distance", V::Metres((*metres).into()))],
            Sign::TextFits { found } | Sign::TextTime { found } => vec![("found", V::Text(found.clone()))],
            Sign::TextMissing { wanted } => vec![("wanted", V::Text(wanted.clone()))],
            Sign::TrackShort { points, metres } => vec![
                ("points", V::Number((*points).into())),
                ("distance", V::Metres((*metres).into())),
            ],
            Sign::TrackTeleport { jumps } => vec![("count", V::Number((*jumps).into()))],
            Sign::TrackFast { p85: speed, limit } | Sign::ActFast { speed, limit } => vec![
                ("speed", V::Speed((*speed).into())),
                ("limit", V::Speed((*limit).into())),
            ],
            Sign::TrackMode { claimed, seen } => vec![("claimed", V::Mode(*claimed)), ("seen", V::Mode(*seen))],
            Sign::TrackUnsure { claimed } => vec![("claimed", V::Mode(*claimed))],
            Sign::TrackStraight { permille } | Sign::TrackRegular { permille } | Sign::StepsFlat { permille } => {
                vec![("share", V::Permille((*permille).into()))]
            }
            Sign::TrackGaps { seconds } => vec![("minutes", V::Number((*seconds / 60).into()))],
            Sign::TrackAgain {
                submission,
                own,
                metres,
            } => vec![
                ("record", V::Record(*submission)),
                ("own", V::Own(*own)),
                ("distance", V::Metres((*metres).into())),
            ],
            Sign::TrackTogether { submission } => vec![("record", V::Record(*submission))],
            Sign::TrackOld { days } | Sign::ActLate { days } => vec![("days", V::Number(*days))],
            Sign::StepsMany { steps, limit } | Sign::StepsImpossible { steps, limit } => vec![
                ("steps", V::Number((*steps).into())),
                ("limit", V::Number((*limit).into())),
            ],
            Sign::StepsCadence { per_minute, limit } => vec![
                ("steps", V::Number((*per_minute).into())),
                ("limit", V::Number((*limit).into())),
            ],
            Sign::StepsNight { steps } => vec![("steps", V::Number((*steps).into()))],
            Sign::StepsRestless { hours } => vec![("hours", V::Number((*hours).into()))],
            Sign::StepsSeries { submission, own } => vec![("record", V::Record(*submission)), ("own", V::Own(*own))],
            Sign::StepsTwice { source, steps } => vec![
                ("source", V::Text(source.clone())),
                ("steps", V::Number((*steps).into())),
            ],
            Sign::StepsEarly { day } => vec![("day", V::Day(*day))],
            Sign::MeterBack {
                before_milli,
                now_milli,
            } => vec![("before", V::Milli(*before_milli)), ("now", V::Milli(*now_milli))],
            Sign::MeterJump { milli_per_day } => vec![("daily", V::Milli(*milli_per_day))],
            Sign::MeterSaid { said_milli, read_milli } => {
                vec![("said", V::Milli(*said_milli)), ("read", V::Milli(*read_milli))]
            }
            Sign::ActAgreed { record } => vec![("record", V::Record(*record))],
            Sign::ActMany { count, hours } => vec![
                ("count", V::Number((*count).into())),
                ("hours", V::Number((*hours).into())),
            ],
            Sign::ActRefused { count } => vec![("count", V::Number((*count).into()))],
            Sign::DeviceShared { accounts } => vec![("count", V::Number((*accounts).into()))],
            Sign::ActLarge { worth } => vec![("worth", V::Carbon(*worth))],
            Sign::PhotoUntimed
            | Sign::PhotoScreenshot
            | Sign::PhotoBlank
            | Sign::PhotoPlaceless
            | Sign::TextUnread
            | Sign::TrackUntimed
            | Sign::TrackPlaceless
            | Sign::StepsBare
            | Sign::MeterRolled
            | Sign::MeterReplaced
            | Sign::MeterFirst
            | Sign::AuditSample
            | Sign::ReviewMore => Vec::new(),
        }
    }
}
