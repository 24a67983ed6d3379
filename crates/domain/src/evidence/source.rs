//! Whether two sources tell of the same event, and whether the one knows nothing of the other.

use crate::activity::Channel;

/// On whose word an act came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// How it came in.
    pub channel: Channel,
    /// The partner that reported it; zero for the participant, below zero for a file that an operator brought in.
    pub partner: i64,
}

/// How far two reports of one instant may lie apart.
pub const ABOUT_US: i64 = 15 * 60 * 1_000_000;

/// Whether what two sources say of an event can be taken for two proofs of it.
///
/// One partner is one source, whatever it sends and under how many numbers; a file that an operator brought in may
/// hold what some partner reported, so that no partner agrees with it. Of one person, a photo and a track are two
/// sources. A mere declaration proves nothing and agrees only with an event that a partner saw.
pub fn independent(one: Source, other: Source) -> bool {
    if one.partner != 0 && other.partner != 0 {
        return one.partner > 0 && other.partner > 0 && one.partner != other.partner;
    }
    match (one.channel, other.channel) {
        (Channel::Declaration, with) | (with, Channel::Declaration) => with == Channel::Partner,
        (one, other) => one != other,
    }
}

/// Whether two stretches of time, each from its start to its end in microseconds, can be one event: they share at least
/// half of the shorter one. Of an instant we ask that it lies within the other, or that both start within 15 minutes.
pub fn agree(one: (i64, i64), other: (i64, i64)) -> bool {
    let length = |(start, end): (i64, i64)| end.saturating_sub(start);
    let shorter = length(one).min(length(other));
    let shared = one.1.min(other.1).saturating_sub(one.0.max(other.0));
    if shorter <= 0 {
        return shared >= 0 || one.0.abs_diff(other.0) <= ABOUT_US.unsigned_abs();
    }
    shared >= shorter - shorter / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000_000;

    fn minutes(start: i64, end: i64) -> (i64, i64) {
        (start * MINUTE, end * MINUTE)
    }

    #[test]
    fn two_reports_agree_when_they_share_half_of_the_shorter_one() {
        for (one, other, agreed) in [
            (minutes(0, 40), minutes(5, 38), true),
            (minutes(0, 40), minutes(30, 50), true),
            (minutes(0, 40), minutes(31, 51), false),
            (minutes(0, 40), minutes(40, 60), false),
            (minutes(0, 40), minutes(60, 80), false),
        ] {
            assert_eq!(agree(one, other), agreed, "{one:?} {other:?}");
        }
    }

    #[test]
    fn an_instant_agrees_within_the_other_or_when_both_start_within_fifteen_minutes() {
        for (one, other, agreed) in [
            (minutes(0, 0), minutes(15, 15), true),
            (minutes(0, 0), minutes(16, 16), false),
            (minutes(0, 0), minutes(15, 40), true),
            (minutes(0, 0), minutes(16, 40), false),
            (minutes(40, 40), minutes(0, 40), true),
            (minutes(41, 41), minutes(0, 40), false),
        ] {
            assert_eq!(agree(one, other), agreed, "{one:?} {other:?}");
        }
    }

    #[test]
    fn one_partner_is_one_source_and_a_declaration_confirms_only_what_a_partner_saw() {
        use Channel::{Declaration, Device, Partner, Photo, Track};
        let source = |channel, partner| Source { channel, partner };
        for (one, other, apart) in [
            (source(Photo, 0), source(Partner, 1), true),
            (source(Photo, 0), source(Track, 0), true),
            (source(Photo, 0), source(Photo, 0), false),
            (source(Partner, 1), source(Partner, 2), true),
            (source(Partner, 1), source(Partner, 1), false),
            (source(Partner, 1), source(Device, 1), false),
            (source(Partner, -1), source(Partner, 1), false),
            (source(Photo, 0), source(Partner, -1), true),
            (source(Declaration, 0), source(Partner, 1), true),
            (source(Declaration, 0), source(Device, 1), false),
            (source(Declaration, 0), source(Photo, 0), false),
        ] {
            assert_eq!(independent(one, other), apart, "{one:?} {other:?}");
        }
    }

    proptest! {
        #[test]
        fn agreeing_is_mutual(a in -1000..1000_i64, b in 0..500_i64, c in -1000..1000_i64, d in 0..500_i64) {
            let (one, other) = (minutes(a, a + b), minutes(c, c + d));
            prop_assert_eq!(agree(one, other), agree(other, one));
            prop_assert!(agree(one, one));
        }

        #[test]
        fn no_time_makes_it_panic(a: i64, b: i64, c: i64, d: i64) {
            agree((a, b), (c, d));
        }
    }
}
