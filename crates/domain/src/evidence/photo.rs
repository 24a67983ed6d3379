//! What a photo says, and what of it speaks against the act that it is to prove.

use serde::{Deserialize, Serialize};

use super::{Again, Claim, History, Limits, Policy, Sign};

/// What a reader found in one photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoFacts {
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// When the camera says that it was taken, if it says.
    pub taken: Option<Taken>,
    /// Where the camera says that it was; read only where the policy asks for places.
    pub place: Option<Place>,
    /// What made the file.
    pub source: Source,
    /// The name of an image editor that left its mark, as it stands in the file, at most 60 characters.
    pub editor: Option<String>,
    /// How bright it is.
    pub brightness: Brightness,
}

/// A camera's clock, which mostly knows no zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Civil date and time, `2026-11-24T08:12:00`.
    pub civil: String,
    /// The instant in microseconds since the epoch: by the camera's own offset, else by the programme's zone.
    pub at_us: i64,
    /// Whether the camera said its offset from UTC.
    pub zoned: bool,
}

/// A position, in ten-millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// North is positive.
    pub lat_e7: i32,
    /// East is positive.
    pub lon_e7: i32,
}

impl Place {
    /// The same to a thousandth of a degree, about 100 m: what is kept.
    #[must_use]
    pub fn coarse(self) -> Self {
        let coarse = |e7: i32| e7 / 10_000 * 10_000;
        Place {
            lat_e7: coarse(self.lat_e7),
            lon_e7: coarse(self.lon_e7),
        }
    }
}

/// What made an image file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A camera: it names maker or model, or exposure.
    Camera,
    /// A screen: sizes and marks of a screenshot.
    Screenshot,
    /// It does not say, as with pictures that were passed on by a messenger.
    Unknown,
}

/// Brightness of pixels, 0 black to 255 white.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brightness {
    /// The mean.
    pub mean: u8,
    /// The standard deviation: near zero for a plain surface.
    pub spread: u8,
    /// Thousandths of the pixels below 32.
    pub dark_permille: u16,
    /// Thousandths of the pixels above 224: lamps, screens, windows.
    pub glare_permille: u16,
}

/// With a spread of brightness below this a picture is one plain surface. Compressed noise of a sensor has about 2.
const BLANK_SPREAD: u8 = 3;

/// In a dark room a lamp, a screen or a window may fill so many thousandths of the picture: a standby light, a street lamp.
const GLARE_PERMILLE: u16 = 20;

/// Cameras' clocks are set by hand or by the network: so many minutes ahead are no lie.
const AHEAD_MINUTES: i64 = 10;

const MINUTE_US: i64 = 60_000_000;

/// What speaks against the photos, or is worth noting.
///
/// Each sign is told once, of the first photo that shows it. One photo taken in time is enough: others may be older.
pub(super) fn signs(photos: &[PhotoFacts], claim: &Claim, history: &History, policy: &Policy) -> Vec<Sign> {
    let (rule, limits) = (policy.rule(&claim.behaviour), &policy.limits);
    let mut signs = Vec::new();
    signs.extend(seen_before(photos, history, limits));
    signs.extend(
        photos
            .iter()
            .find_map(|photo| photo.editor.clone())
            .map(|editor| Sign::PhotoEdited { editor }),
    );
    signs.extend(in_time(photos, claim, limits));
    if rule.camera && photos.iter().any(|photo| photo.source == Source::Screenshot) {
        signs.push(Sign::PhotoScreenshot);
    }
    let side = |photo: &PhotoFacts| photo.width.max(photo.height);
    if let Some(side) = photos.iter().map(side).find(|side| *side < limits.photo_side) {
        signs.push(Sign::PhotoSmall { side });
    }
    if rule.dark {
        // a dark room is plain by nature
        let bright = |light: &Brightness| light.mean > limits.dark_mean || light.glare_permille > GLARE_PERMILLE;
        let light = photos.iter().map(|photo| photo.brightness).find(bright);
        signs.extend(light.map(|light| Sign::PhotoBright { mean: light.mean }));
    } else if photos.iter().any(|photo| photo.brightness.spread < BLANK_SPREAD) {
        signs.push(Sign::PhotoBlank);
    }
    signs.extend(where_it_counts(photos, &rule.places, limits.place_metres));
    signs
}

/// The nearest photo that was sent before, if it is near enough to say anything.
fn seen_before(photos: &[PhotoFacts], history: &History, limits: &Limits) -> Option<Sign> {
    let near = |again: &&Again| again.apart <= limits.photo_resembles_permille.into();
    let judged = history.photos.iter().filter(near).map(|again| {
        let alike = again.apart <= limits.photo_alike_permille.into();
        // it is not known which of an act's photos is meant: the other is one by itself if all were taken at other times
        let by_itself = again.began_us.is_some_and(|began_us| {
            let other = |photo: &PhotoFacts| photo.taken.as_ref().is_some_and(|taken| taken.at_us != began_us);
            photos.iter().all(other)
        });
        let (submission, own, sent_us) = (again.submission, again.own, again.sent_us);
        let apart_permille = u16::try_from(again.apart).unwrap_or(1000);
        if alike && !by_itself {
            Sign::PhotoAlike {
                submission,
                own,
                apart_permille,
                sent_us,
            }
        } else {
            Sign::PhotoResembles {
                submission,
                own,
                apart_permille,
                sent_us,
            }
        }
    });
    judged.min_by_key(|sign| match sign {
        Sign::PhotoAlike { apart_permille, .. } => (0, *apart_permille),
        Sign::PhotoResembles { apart_permille, .. } => (1, *apart_permille),
        _ => (2, 0),
    })
}

/// What is wrong with the times of the photos; nothing if one of them was taken when it should be.
fn in_time(photos: &[PhotoFacts], claim: &Claim, limits: &Limits) -> Option<Sign> {
    let mut wrong = None;
    for photo in photos {
        let sign = match &photo.taken {
            None => Sign::PhotoUntimed,
            Some(taken) => when(taken, claim, limits)?,
        };
        wrong = wrong.or(Some(sign));
    }
    wrong
}

/// What is wrong with the time of a photo.
fn when(taken: &Taken, claim: &Claim, limits: &Limits) -> Option<Sign> {
    let ahead = taken.at_us.saturating_sub(claim.sent_us) / MINUTE_US;
    if ahead > AHEAD_MINUTES {
        return Some(Sign::PhotoFuture { minutes: ahead });
    }
    let hours = claim.sent_us.saturating_sub(taken.at_us) / (60 * MINUTE_US);
    if hours > limits.photo_age_hours {
        return Some(Sign::PhotoOld { hours });
    }
    let minutes = if taken.at_us < claim.started_us {
        -(claim.started_us.saturating_sub(taken.at_us) / MINUTE_US)
    } else {
        taken.at_us.saturating_sub(claim.ended_us).max(0) / MINUTE_US
    };
    (minutes.abs() > limits.photo_off_minutes).then_some(Sign::PhotoOff { minutes })
}

/// What is wrong with the places of the photos, where there are places that count; nothing if one of them is there.
fn where_it_counts(photos: &[PhotoFacts], places: &[Place], limit_metres: u32) -> Option<Sign> {
    if places.is_empty() || photos.is_empty() {
        return None;
    }
    let away = |photo: &PhotoFacts| places.iter().map(|place| metres(photo.place?, *place)).min()?;
    match photos.iter().filter_map(away).min() {
        None => Some(Sign::PhotoPlaceless),
        Some(metres) if metres > limit_metres => Some(Sign::PhotoAway { metres }),
        Some(_) => None,
    }
}

/// The way between two places in whole metres, over a sphere of the earth's mean radius (haversine; Sinnott 1984).
fn metres(one: Place, other: Place) -> Option<u32> {
    let radians = |e7: i32| (f64::from(e7) / 1e7).to_radians();
    let (north, other_north) = (radians(one.lat_e7), radians(other.lat_e7));
    let half = |from: i32, to: i32| ((radians(to) - radians(from)) / 2.0).sin().powi(2);
    let chord = half(one.lat_e7, other.lat_e7) + north.cos() * other_north.cos() * half(one.lon_e7, other.lon_e7);
    let metres = 2.0 * 6_371_008.8 * chord.clamp(0.0, 1.0).sqrt().asin();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 20,015,114")]
    metres.is_finite().then_some(metres.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::policy::Rule;
    use crate::evidence::{Facts, Grade, Outcome, judge};
    use crate::measure::{Carbon, EntryId, Zone};

    const HOUR_US: i64 = 60 * MINUTE_US;
    const NOON_US: i64 = 1_795_492_800_000_000;

    fn photo() -> PhotoFacts {
        PhotoFacts {
            width: 4000,
            height: 3000,
            taken: Some(taken(NOON_US)),
            place: None,
            source: Source::Camera,
            editor: None,
            brightness: Brightness {
                mean: 120,
                spread: 60,
                dark_permille: 40,
                glare_permille: 60,
            },
        }
    }

    fn taken(at_us: i64) -> Taken {
        Taken {
            civil: String::new(),
            at_us,
            zoned: true,
        }
    }

    /// An act of ten minutes that ended at noon, sent five minutes later.
    fn claim() -> Claim {
        Claim {
            behaviour: "own-cup".to_owned(),
            started_us: NOON_US - 10 * MINUTE_US,
            ended_us: NOON_US,
            civil: String::new(),
            day: Zone::named("Asia/Shanghai").unwrap().day_of(NOON_US),
            distance_m: None,
            steps: None,
            sent_us: NOON_US + 5 * MINUTE_US,
            worth: Carbon::from_mg(20_000),
            grade: Grade::E0,
            draw: 999,
        }
    }

    fn again(apart: u32, began_us: Option<i64>) -> Again {
        Again {
            submission: EntryId::new(7),
            own: false,
            sent_us: NOON_US - 90 * HOUR_US,
            apart,
            began_us,
        }
    }

    fn policy(rule: Rule) -> Policy {
        let mut policy = Policy::shipped().clone();
        policy.behaviour.insert("own-cup".to_owned(), rule);
        policy
    }

    /// The codes of the signs of these photos.
    fn seen(photos: &[PhotoFacts], history: &History, rule: Rule) -> Vec<&'static str> {
        let signs = signs(photos, &claim(), history, &policy(rule));
        signs.iter().map(Sign::code).collect()
    }

    fn seen_at(at_us: i64) -> Vec<&'static str> {
        let photo = PhotoFacts {
            taken: Some(taken(at_us)),
            ..photo()
        };
        seen(&[photo], &History::default(), Rule::default())
    }

    fn history(apart: u32, began_us: Option<i64>) -> History {
        History {
            photos: vec![again(apart, began_us)],
            ..History::default()
        }
    }

    #[test]
    fn a_photo_sent_right_after_it_was_taken_is_credited_without_a_person() {
        let facts = Facts {
            photos: vec![photo()],
            ..Facts::default()
        };
        let verdict = judge(&claim(), &facts, &History::default(), Policy::shipped());
        assert_eq!(verdict.outcome, Outcome::Credit(Grade::E1), "{:?}", verdict.signs);
        assert_eq!(verdict.risk, 0);
    }

    #[test]
    fn the_time_of_a_photo_is_held_against_sending_and_act() {
        assert_eq!(seen_at(NOON_US), [""; 0]);
        assert_eq!(seen_at(NOON_US + 14 * MINUTE_US), [""; 0], "a clock nine minutes fast");
        assert_eq!(seen_at(NOON_US + 16 * MINUTE_US), ["photo.future"]);
        assert_eq!(
            seen_at(NOON_US - 190 * MINUTE_US),
            [""; 0],
            "three hours before it began"
        );
        assert_eq!(seen_at(NOON_US - 192 * MINUTE_US), ["photo.off"]);
        assert_eq!(seen_at(NOON_US - 73 * HOUR_US - 5 * MINUTE_US), ["photo.old"]);
        let mut late = claim();
        late.ended_us = NOON_US - 4 * HOUR_US;
        late.started_us = late.ended_us;
        let signs = signs(&[photo()], &late, &History::default(), Policy::shipped());
        assert_eq!(signs, [Sign::PhotoOff { minutes: 240 }]);
    }

    #[test]
    fn one_photo_in_time_is_enough() {
        let untimed = PhotoFacts { taken: None, ..photo() };
        let none = History::default();
        assert_eq!(
            seen(std::slice::from_ref(&untimed), &none, Rule::default()),
            ["photo.untimed"]
        );
        assert_eq!(seen(&[untimed, photo()], &none, Rule::default()), [""; 0]);
    }

    #[test]
    fn the_same_picture_is_alike_and_another_one_of_the_scene_resembles() {
        let took = Some(NOON_US);
        let other = Some(NOON_US - 24 * HOUR_US);
        let seen = |apart, began_us| seen(&[photo()], &history(apart, began_us), Rule::default());
        assert_eq!(seen(20, None), ["photo.alike"]);
        assert_eq!(seen(20, took), ["photo.alike"]);
        assert_eq!(
            seen(20, other),
            ["photo.resembles"],
            "a copy with another time in it is for a person"
        );
        assert_eq!(seen(183, took), ["photo.resembles"], "an HDR pair");
        assert_eq!(seen(183, None), ["photo.resembles"]);
        assert_eq!(seen(183, other), ["photo.resembles"]);
        assert_eq!(seen(231, took), [""; 0]);
    }

    #[test]
    fn the_worst_of_several_earlier_photos_is_told() {
        let mut history = history(200, None);
        history.photos.push(again(100, None));
        history.photos.push(again(0, Some(1)));
        assert_eq!(seen(&[photo()], &history, Rule::default()), ["photo.alike"]);
    }

    #[test]
    fn an_editor_is_named() {
        let edited = PhotoFacts {
            editor: Some("GIMP 2.10".to_owned()),
            ..photo()
        };
        assert_eq!(seen(&[edited], &History::default(), Rule::default()), ["photo.edited"]);
    }

    #[test]
    fn a_screenshot_counts_unless_a_camera_is_asked_for() {
        let shot = [PhotoFacts {
            source: Source::Screenshot,
            ..photo()
        }];
        assert_eq!(seen(&shot, &History::default(), Rule::default()), [""; 0]);
        let camera = Rule {
            camera: true,
            ..Rule::default()
        };
        assert_eq!(seen(&shot, &History::default(), camera), ["photo.screenshot"]);
    }

    #[test]
    fn lights_are_off_only_in_the_dark() {
        let seen = |mean, glare_permille| {
            let brightness = Brightness {
                mean,
                spread: 2,
                dark_permille: 900,
                glare_permille,
            };
            let photo = PhotoFacts { brightness, ..photo() };
            let dark = Rule {
                dark: true,
                ..Rule::default()
            };
            seen(&[photo], &History::default(), dark)
        };
        assert_eq!(seen(4, 0), [""; 0]);
        assert_eq!(seen(24, 5), [""; 0], "a street lamp outside");
        assert_eq!(seen(91, 0), ["photo.bright"]);
        assert_eq!(seen(40, 60), ["photo.bright"], "a lamp that is on in a dark room");
    }

    #[test]
    fn a_plain_surface_and_a_tiny_picture_are_for_a_person() {
        let mut plain = photo();
        plain.brightness.spread = 1;
        assert_eq!(seen(&[plain], &History::default(), Rule::default()), ["photo.blank"]);
        let tiny = PhotoFacts {
            width: 100,
            height: 239,
            ..photo()
        };
        assert_eq!(seen(&[tiny], &History::default(), Rule::default()), ["photo.small"]);
    }

    #[test]
    fn a_place_counts_within_its_circle() {
        let people_square = Place {
            lat_e7: 312_304_000,
            lon_e7: 1_214_737_000,
        };
        let bund = Place {
            lat_e7: 312_397_000,
            lon_e7: 1_214_906_000,
        };
        let seen = |place, places| {
            let photo = PhotoFacts { place, ..photo() };
            let rule = Rule {
                places,
                ..Rule::default()
            };
            seen(&[photo], &History::default(), rule)
        };
        assert_eq!(seen(None, vec![]), [""; 0]);
        assert_eq!(seen(None, vec![bund]), ["photo.placeless"]);
        assert_eq!(seen(Some(people_square), vec![bund]), [""; 0]);
        let beijing = Place {
            lat_e7: 399_042_000,
            lon_e7: 1_164_074_000,
        };
        assert_eq!(seen(Some(beijing), vec![bund]), ["photo.away"]);
        assert_eq!(seen(Some(bund), vec![beijing, people_square]), [""; 0]);
        assert_eq!(metres(people_square, bund), Some(1_911));
        let pole = |lat_e7| Place { lat_e7, lon_e7: 0 };
        assert_eq!(metres(pole(900_000_000), pole(-900_000_000)), Some(20_015_114));
    }
}
