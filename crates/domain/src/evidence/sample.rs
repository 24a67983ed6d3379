//! One of every sign, plainly made up, for sample pages and for tests that want them all.

use super::Sign;
use super::track::Mode;
use crate::measure::{Carbon, Day, EntryId};

impl Sign {
    /// One of each, in the order of [`super::SIGNS`].
    pub fn samples() -> Vec<Sign> {
        let (submission, own, sent_us) = (EntryId::new(7), false, 1_793_692_800_000_000);
        let day = Day::parse("2026-11-24").unwrap_or_else(|| Day::from_epoch_days(0));
        vec![
            Sign::PhotoAlike {
                submission,
                own,
                apart_permille: 45,
                sent_us,
            },
            Sign::PhotoResembles {
                submission,
                own: true,
                apart_permille: 160,
                sent_us,
            },
            Sign::PhotoEdited {
                editor: "Example Editor 3".to_owned(),
            },
            Sign::PhotoUntimed,
            Sign::PhotoOld { hours: 456 },
            Sign::PhotoOff { minutes: -240 },
            Sign::PhotoFuture { minutes: 90 },
            Sign::PhotoScreenshot,
            Sign::PhotoBright { mean: 142 },
            Sign::PhotoBlank,
            Sign::PhotoSmall { side: 180 },
            Sign::PhotoPlaceless,
            Sign::PhotoAway { metres: 12_400 },
            Sign::TextFits {
                found: "人民广场 · 2 号线".to_owned(),
            },
            Sign::TextMissing {
                wanted: "地铁, 号线, Metro".to_owned(),
            },
            Sign::TextTime {
                found: "21:40".to_owned(),
            },
            Sign::TextUntimed,
            Sign::TextUnread,
            Sign::TrackUntimed,
            Sign::TrackPlaceless,
            Sign::TrackShort { points: 4, metres: 60 },
            Sign::TrackTeleport { jumps: 2 },
            Sign::TrackFast { p85: 412, limit: 320 },
            Sign::TrackMode {
                claimed: Mode::Cycling,
                seen: Mode::Car,
            },
            Sign::TrackUnsure { claimed: Mode::Bus },
            Sign::TrackStraight { permille: 998 },
            Sign::TrackRegular { permille: 21 },
            Sign::TrackGaps { seconds: 1500 },
            Sign::TrackAgain {
                submission,
                own,
                metres: 3,
            },
            Sign::TrackTogether { submission },
            Sign::TrackOld { days: 12 },
            Sign::StepsMany {
                steps: 48_210,
                limit: 45_000,
            },
            Sign::StepsImpossible {
                steps: 140_000,
                limit: 100_000,
            },
            Sign::StepsCadence {
                per_minute: 310,
                limit: 240,
            },
            Sign::StepsNight { steps: 6200 },
            Sign::StepsRestless { hours: 22 },
            Sign::StepsFlat { permille: 35 },
            Sign::StepsSeries { submission, own },
            Sign::StepsTwice {
                source: "wechat".to_owned(),
                steps: 7412,
            },
            Sign::StepsEarly { day },
            Sign::StepsBare,
            Sign::MeterBack {
                before_milli: 1_204_500,
                now_milli: 1_190_000,
            },
            Sign::MeterRolled,
            Sign::MeterReplaced,
            Sign::MeterJump { milli_per_day: 240_500 },
            Sign::MeterFirst,
            Sign::MeterSaid {
                said_milli: 20_000,
                read_milli: 31_500,
            },
            Sign::ActFast { speed: 612, limit: 250 },
            Sign::ActLate { days: 40 },
            Sign::ActAgreed { record: submission },
            Sign::ActMany { count: 13, hours: 1 },
            Sign::ActRefused { count: 2 },
            Sign::DeviceShared { accounts: 3 },
            Sign::ActLarge {
                worth: Carbon::from_mg(24_300_000),
            },
            Sign::AuditSample,
            Sign::ReviewMore,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::SIGNS;
    use super::*;

    #[test]
    fn there_is_a_sample_of_every_sign() {
        let codes: Vec<&str> = Sign::samples().iter().map(Sign::code).collect();
        assert_eq!(codes, SIGNS);
    }
}
