//! The attacks. Each is played by new people, so that none of them stands in another's way.
// long because: one attack after the other, each a few lines

use app::Mode;
use domain::evidence::Kind;
use domain::measure::ParticipantId;
use domain::participant::Consent;
use image::{DynamicImage, Rgb, RgbImage};

use super::Field;
use super::forge::{
    CYCLIST, Pace, Point, cropped, days_csv, framed, gpx, gpx_without_times, hours_csv, human_hours, jittered, jpeg,
    marked, png, resized, scene, shifted, track_csv, turned, way, with_camera,
};
use crate::world::{DAY_US, HOUR_US, MIDNIGHT_US, MINUTE_US, START_US, Told};

/// An attack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attack {
    PhotoAgain,
    PhotoOfAnother,
    PhotoRecompressed,
    PhotoResized,
    PhotoCropped5,
    PhotoCropped10,
    PhotoMirrored,
    PhotoTurned,
    PhotoBrightened,
    PhotoMarked,
    PhotoAsPng,
    PhotoOffAScreen,
    PhotoForTwoBehaviours,
    PhotoEdited,
    PhotoFromLastMonth,
    PhotoFromTheFuture,
    PhotoOfAnotherHour,
    PhotoThumbnail,
    PhotoOfNothing,
    PhotoFlood,
    ThreeAccountsOneDevice,
    ClockSetBack,
    ActInTheFuture,
    ActLongAgo,
    LightsOnForLightsOff,
    BlackPictureEveryDay,
    TrackOfAnother,
    TrackOfAnotherLater,
    TrackOfAnotherJittered,
    TrackOwnEveryDay,
    TrackTrimmed,
    TrackInAnotherFormat,
    TrackStraightLine,
    TrackByScript,
    TrackOfACar,
    TrackOfAMetro,
    TrackOfAWalk,
    TrackTeleports,
    TrackOfTwoPoints,
    TrackWithoutTimes,
    TrackSplitInTwo,
    TrackHandedOver,
    TrackInTheFuture,
    StepsPushed98800,
    StepsImpossible,
    StepsAllNight,
    StepsOfAShaker,
    StepsOfAnother,
    StepsOwnEveryDay,
    StepsFromTwoApps,
    StepsOfToday,
    EventUnderTwoIds,
    EventSentAgain,
    OrderUnderTwoIds,
    RideTooFast,
}

use Attack as A;

pub const ALL: [Attack; 55] = [
    A::PhotoAgain,
    A::PhotoOfAnother,
    A::PhotoRecompressed,
    A::PhotoResized,
    A::PhotoCropped5,
    A::PhotoCropped10,
    A::PhotoMirrored,
    A::PhotoTurned,
    A::PhotoBrightened,
    A::PhotoMarked,
    A::PhotoAsPng,
    A::PhotoOffAScreen,
    A::PhotoForTwoBehaviours,
    A::PhotoEdited,
    A::PhotoFromLastMonth,
    A::PhotoFromTheFuture,
    A::PhotoOfAnotherHour,
    A::PhotoThumbnail,
    A::PhotoOfNothing,
    A::PhotoFlood,
    A::ThreeAccountsOneDevice,
    A::ClockSetBack,
    A::ActInTheFuture,
    A::ActLongAgo,
    A::LightsOnForLightsOff,
    A::BlackPictureEveryDay,
    A::TrackOfAnother,
    A::TrackOfAnotherLater,
    A::TrackOfAnotherJittered,
    A::TrackOwnEveryDay,
    A::TrackTrimmed,
    A::TrackInAnotherFormat,
    A::TrackStraightLine,
    A::TrackByScript,
    A::TrackOfACar,
    A::TrackOfAMetro,
    A::TrackOfAWalk,
    A::TrackTeleports,
    A::TrackOfTwoPoints,
    A::TrackWithoutTimes,
    A::TrackSplitInTwo,
    A::TrackHandedOver,
    A::TrackInTheFuture,
    A::StepsPushed98800,
    A::StepsImpossible,
    A::StepsAllNight,
    A::StepsOfAShaker,
    A::StepsOfAnother,
    A::StepsOwnEveryDay,
    A::StepsFromTwoApps,
    A::StepsOfToday,
    A::EventUnderTwoIds,
    A::EventSentAgain,
    A::OrderUnderTwoIds,
    A::RideTooFast,
];

/// Yesterday at an hour.
const fn yesterday(hour: i64) -> i64 {
    MIDNIGHT_US - DAY_US + hour * HOUR_US
}

/// A script's way of moving: no noise, no rest, no variation.
const SCRIPT: Pace = Pace {
    kmh: 18.0,
    varies: 0.0,
    noise: 0.0,
    stops: false,
    turns: true,
};

impl Attack {
    pub fn name(self) -> &'static str {
        match self {
            A::PhotoAgain => "the same photo for two trips",
            A::PhotoOfAnother => "somebody else's photo",
            A::PhotoRecompressed => "somebody else's photo, compressed again",
            A::PhotoResized => "… half its size",
            A::PhotoCropped5 => "… cropped by 5 %",
            A::PhotoCropped10 => "… cropped by 10 %",
            A::PhotoMirrored => "… mirrored",
            A::PhotoTurned => "… turned by 3°",
            A::PhotoBrightened => "… brighter",
            A::PhotoMarked => "… with a watermark",
            A::PhotoAsPng => "… as PNG",
            A::PhotoOffAScreen => "… off a screen, with bars around",
            A::PhotoForTwoBehaviours => "one photo for a trip and for a meal",
            A::PhotoEdited => "a photo with an editor's mark",
            A::PhotoFromLastMonth => "a photo of last month",
            A::PhotoFromTheFuture => "a photo that says it is of tomorrow",
            A::PhotoOfAnotherHour => "a photo taken eight hours before the trip",
            A::PhotoThumbnail => "a thumbnail",
            A::PhotoOfNothing => "a white wall",
            A::PhotoFlood => "30 photos in an hour",
            A::ThreeAccountsOneDevice => "six accounts on one device",
            A::ClockSetBack => "the phone's clock set back by five days",
            A::ActInTheFuture => "a trip of tomorrow",
            A::ActLongAgo => "a trip of two months ago",
            A::LightsOnForLightsOff => "a bright room for lights off",
            A::BlackPictureEveryDay => "the same black picture every night",
            A::TrackOfAnother => "somebody else's track",
            A::TrackOfAnotherLater => "somebody else's track, a day later",
            A::TrackOfAnotherJittered => "… and every point moved by up to 3 m",
            A::TrackOwnEveryDay => "one's own track again, five days running",
            A::TrackTrimmed => "… without its first and last tenth",
            A::TrackInAnotherFormat => "one's own track in another format",
            A::TrackStraightLine => "a straight line by script",
            A::TrackByScript => "a polyline by script at constant speed",
            A::TrackOfACar => "a drive for a ride",
            A::TrackOfAMetro => "a metro trip for a ride",
            A::TrackOfAWalk => "a walk for a ride",
            A::TrackTeleports => "a ride that jumps 20 km",
            A::TrackOfTwoPoints => "two points 20 km apart",
            A::TrackWithoutTimes => "a track without times",
            A::TrackSplitInTwo => "one ride in two parts that overlap",
            A::TrackHandedOver => "a track handed over once its owner withdrew the consent",
            A::TrackInTheFuture => "a ride of tomorrow",
            A::StepsPushed98800 => "98,800 steps pushed by a device",
            A::StepsImpossible => "120,000 steps",
            A::StepsAllNight => "pushes under 9,000 an hour all night",
            A::StepsOfAShaker => "a shaker: ten hours at 100 a minute",
            A::StepsOfAnother => "somebody else's hours",
            A::StepsOwnEveryDay => "one's own hours again, four days running",
            A::StepsFromTwoApps => "one day from two apps",
            A::StepsOfToday => "steps of a day that is not over",
            A::EventUnderTwoIds => "one trip under two ids",
            A::EventSentAgain => "one event sent ten times",
            A::OrderUnderTwoIds => "one order under three ids",
            A::RideTooFast => "40 km by bicycle in 30 minutes",
        }
    }

    /// A number that is this attack's own, for chance.
    fn seed(self) -> u64 {
        1000 + 50 * self as u64
    }

    pub async fn play(self, field: &mut Field) {
        match self {
            A::PhotoAgain
            | A::PhotoOfAnother
            | A::PhotoRecompressed
            | A::PhotoResized
            | A::PhotoCropped5
            | A::PhotoCropped10
            | A::PhotoMirrored
            | A::PhotoTurned
            | A::PhotoBrightened
            | A::PhotoMarked
            | A::PhotoAsPng
            | A::PhotoOffAScreen => self.copy(field).await,
            A::PhotoForTwoBehaviours
            | A::PhotoEdited
            | A::PhotoFromLastMonth
            | A::PhotoFromTheFuture
            | A::PhotoOfAnotherHour
            | A::PhotoThumbnail
            | A::PhotoOfNothing
            | A::PhotoFlood
            | A::ThreeAccountsOneDevice
            | A::ClockSetBack
            | A::ActInTheFuture
            | A::ActLongAgo
            | A::LightsOnForLightsOff
            | A::BlackPictureEveryDay => self.photo(field).await,
            A::StepsPushed98800
            | A::StepsImpossible
            | A::StepsAllNight
            | A::StepsOfAShaker
            | A::StepsOfAnother
            | A::StepsOwnEveryDay
            | A::StepsFromTwoApps
            | A::StepsOfToday => self.steps(field).await,
            A::EventUnderTwoIds | A::EventSentAgain | A::OrderUnderTwoIds | A::RideTooFast => self.event(field).await,
            _ => self.track(field).await,
        }
    }

    /// An honest photo by an honest person, which is not counted; then copies of it.
    async fn copy(self, field: &mut Field) {
        let original = scene(self.seed());
        let honest = field.someone().await;
        let at = START_US - 3 * HOUR_US;
        field
            .metro(honest, at, with_camera(&jpeg(&original, 90), at, None))
            .await;
        field.outcome().await;
        let copy = match self {
            A::PhotoAgain | A::PhotoOfAnother => jpeg(&original, 90),
            A::PhotoRecompressed => jpeg(&original, 50),
            A::PhotoResized => jpeg(&resized(&original, 50), 85),
            A::PhotoCropped5 => jpeg(&cropped(&original, 50), 85),
            A::PhotoCropped10 => jpeg(&cropped(&original, 100), 85),
            A::PhotoMirrored => jpeg(&original.fliph(), 85),
            A::PhotoTurned => jpeg(&turned(&original, 3.0), 85),
            A::PhotoBrightened => jpeg(&original.brighten(30), 85),
            A::PhotoMarked => jpeg(&marked(&original), 85),
            A::PhotoAsPng => png(&original),
            _ => jpeg(&framed(&original), 85),
        };
        let thief = if self == A::PhotoAgain {
            honest
        } else {
            field.someone().await
        };
        let later = START_US - HOUR_US;
        let copy = if copy.starts_with(&[0xff, 0xd8]) {
            with_camera(&copy, later, None)
        } else {
            copy
        };
        field.metro(thief, later, copy).await;
    }

    async fn photo(self, field: &mut Field) {
        let who = field.someone().await;
        let at = START_US - HOUR_US;
        let picture = scene(self.seed());
        let plain = jpeg(&picture, 90);
        match self {
            A::PhotoForTwoBehaviours => {
                field.metro(who, at, with_camera(&plain, at, None)).await;
                field.outcome().await;
                let meal = Told::new(who, "", "no-tableware", at + 30 * MINUTE_US);
                field
                    .send(meal, Kind::Photo, with_camera(&jpeg(&picture, 60), at, None), 47_500)
                    .await;
            }
            A::PhotoEdited => {
                let edited = with_camera(&plain, at, Some("Adobe Photoshop 26.1 (Windows)"));
                field.metro(who, at, edited).await;
            }
            A::PhotoFromLastMonth => field.metro(who, at, with_camera(&plain, at - 30 * DAY_US, None)).await,
            A::PhotoFromTheFuture => field.metro(who, at, with_camera(&plain, at + DAY_US, None)).await,
            A::PhotoOfAnotherHour => field.metro(who, at, with_camera(&plain, at - 8 * HOUR_US, None)).await,
            A::PhotoThumbnail => field.metro(who, at, jpeg(&resized(&picture, 20), 85)).await,
            A::PhotoOfNothing => {
                let wall = DynamicImage::ImageRgb8(RgbImage::from_pixel(640, 480, Rgb([250, 250, 248])));
                field.metro(who, at, with_camera(&jpeg(&wall, 90), at, None)).await;
            }
            A::PhotoFlood => {
                // no two trips at once, and five a day: the days of a week
                for trip in 0..30_i64 {
                    let start = START_US - (1 + trip / 5) * DAY_US + (trip % 5) * HOUR_US;
                    let seed = self.seed() + u64::try_from(trip).unwrap();
                    field.metro(who, start, jpeg(&scene(seed), 90)).await;
                }
            }
            A::ThreeAccountsOneDevice => {
                for account in 0..6 {
                    let who = field.someone().await;
                    let act = Told::new(who, "", "metro-trip", at).lasting(20);
                    let photo = with_camera(&jpeg(&scene(self.seed() + account), 90), at, None);
                    field.send_from(act, Kind::Photo, photo, Some([7; 32]), 200_000).await;
                }
            }
            A::ClockSetBack => {
                // the picture is of today; the phone says that it is of five days ago, as does the claim
                let then = at - 5 * DAY_US;
                field.metro(who, then, with_camera(&plain, then, None)).await;
            }
            A::ActInTheFuture => field.metro(who, at + DAY_US, with_camera(&plain, at, None)).await,
            A::ActLongAgo => {
                field
                    .metro(who, at - 60 * DAY_US, with_camera(&plain, at - 60 * DAY_US, None))
                    .await;
            }
            A::LightsOnForLightsOff => {
                let act = Told::new(who, "", "lights-off", yesterday(22));
                let photo = with_camera(&jpeg(&picture.brighten(40), 90), yesterday(22), None);
                field.send(act, Kind::Photo, photo, 65_500).await;
            }
            _ => {
                let black = DynamicImage::ImageRgb8(RgbImage::from_pixel(640, 480, Rgb([2, 2, 3])));
                for night in 0..5_i64 {
                    let at = yesterday(22) - night * DAY_US;
                    let act = Told::new(who, "", "lights-off", at);
                    field.send(act, Kind::Photo, jpeg(&black, 90), 65_500).await;
                }
            }
        }
    }

    async fn honest_ride(self, field: &mut Field) -> (ParticipantId, Vec<Point>) {
        let honest = field.someone().await;
        let points = way(self.seed(), yesterday(8), 6.0, CYCLIST);
        field.ride(honest, gpx(&points), 6_000).await;
        field.outcome().await;
        (honest, points)
    }

    async fn track(self, field: &mut Field) {
        match self {
            A::TrackOfAnother | A::TrackOfAnotherLater | A::TrackOfAnotherJittered => {
                let (_, points) = self.honest_ride(field).await;
                let thief = field.someone().await;
                let points = match self {
                    A::TrackOfAnother => points,
                    A::TrackOfAnotherLater => shifted(&points, 20 * HOUR_US),
                    _ => jittered(&shifted(&points, 20 * HOUR_US), self.seed(), 3.0),
                };
                field.ride(thief, gpx(&points), 6_000).await;
            }
            A::TrackOwnEveryDay => {
                let (own, points) = self.honest_ride(field).await;
                for day in 1..=5 {
                    field.ride(own, gpx(&shifted(&points, -day * DAY_US)), 6_000).await;
                }
            }
            A::TrackTrimmed => {
                let (_, points) = self.honest_ride(field).await;
                let thief = field.someone().await;
                let tenth = points.len() / 10;
                let trimmed = shifted(&points[tenth..points.len() - tenth], 20 * HOUR_US);
                field.ride(thief, gpx(&trimmed), 4_800).await;
            }
            A::TrackInAnotherFormat => {
                let (own, points) = self.honest_ride(field).await;
                field.ride(own, track_csv(&shifted(&points, 3 * HOUR_US)), 6_000).await;
            }
            A::TrackSplitInTwo => {
                let who = field.someone().await;
                let points = way(self.seed(), yesterday(8), 8.0, CYCLIST);
                let (first, second) = (&points[..points.len() * 3 / 4], &points[points.len() / 4..]);
                field.ride(who, gpx(first), 6_000).await;
                field.outcome().await;
                field.ride(who, gpx(second), 6_000).await;
            }
            A::TrackHandedOver => {
                let (honest, points) = self.honest_ride(field).await;
                let world = &field.world;
                let (caller, change) = (world.person(honest), (Consent::Location, false));
                world
                    .app
                    .set_consent(&caller, &world.programme, honest, change.0, change.1)
                    .await
                    .unwrap();
                world.work().await;
                let thief = field.someone().await;
                field.ride(thief, gpx(&shifted(&points, 3 * HOUR_US)), 6_000).await;
            }
            A::TrackInTheFuture => {
                let who = field.someone().await;
                let points = way(self.seed(), START_US + DAY_US, 6.0, CYCLIST);
                field.ride(who, gpx(&points), 6_000).await;
            }
            A::TrackTeleports => {
                let who = field.someone().await;
                let mut points = way(self.seed(), yesterday(8), 5.0, CYCLIST);
                let half = points.len() / 2;
                for point in &mut points[half..] {
                    point.0 += 0.18;
                }
                field.ride(who, gpx(&points), 25_000).await;
            }
            A::TrackOfTwoPoints => {
                let who = field.someone().await;
                let points = [(31.2, 121.4, yesterday(8)), (31.38, 121.4, yesterday(9))];
                field.ride(who, gpx(&points), 20_000).await;
            }
            A::TrackWithoutTimes => {
                let who = field.someone().await;
                let points = way(self.seed(), yesterday(8), 6.0, CYCLIST);
                field.ride(who, gpx_without_times(&points), 6_000).await;
            }
            _ => {
                let who = field.someone().await;
                let pace = match self {
                    A::TrackStraightLine => Pace { turns: false, ..SCRIPT },
                    A::TrackOfACar => Pace { kmh: 46.0, ..CYCLIST },
                    A::TrackOfAWalk => Pace { kmh: 4.8, ..CYCLIST },
                    A::TrackOfAMetro => Pace {
                        kmh: 62.0,
                        varies: 0.2,
                        ..CYCLIST
                    },
                    _ => SCRIPT,
                };
                let km = if self == A::TrackOfAWalk { 3.0 } else { 12.0 };
                let points = way(self.seed(), yesterday(8), km, pace);
                let points: Vec<Point> = if self == A::TrackOfAMetro {
                    // nothing is received between the stations
                    let near = |at: usize| at % 30 < 4 || at + 1 == points.len();
                    points
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| near(*at))
                        .map(|(_, p)| *p)
                        .collect()
                } else {
                    points
                };
                #[expect(clippy::cast_possible_truncation, reason = "a few kilometres")]
                let metres = (km * 1000.0) as i64;
                field.ride(who, gpx(&points), metres).await;
            }
        }
    }

    async fn steps(self, field: &mut Field) {
        let who = field.someone().await;
        let day_us = yesterday(0);
        match self {
            A::StepsPushed98800 => {
                let act = Told::new(who, "pushed", "walking-by-steps", day_us).with("steps", "59000");
                field.report(Mode::Reading, act, 59_000 * 16_400 / 1000).await;
                let who = field.someone().await;
                let pushed = days_csv(&[("2026-11-23", 98_800)]);
                field.steps(who, day_us, pushed, 98_800).await;
            }
            A::StepsImpossible => {
                field
                    .steps(who, day_us, days_csv(&[("2026-11-23", 120_000)]), 120_000)
                    .await;
            }
            A::StepsAllNight => {
                let mut hours = human_hours(self.seed());
                hours[..6].copy_from_slice(&[8_900, 8_700, 8_950, 8_800, 8_600, 0]);
                let steps = i64::from(hours.iter().sum::<u32>());
                field.steps(who, day_us, hours_csv("11/23/2026", &hours), steps).await;
            }
            A::StepsOfAShaker => {
                let mut hours = [0; 24];
                hours[9..19].copy_from_slice(&[6_000, 5_990, 6_010, 6_000, 6_005, 5_995, 6_000, 6_010, 5_990, 6_000]);
                hours[12] = 0;
                hours[13] = 0;
                hours[14] = 0;
                let steps = i64::from(hours.iter().sum::<u32>());
                field.steps(who, day_us, hours_csv("11/23/2026", &hours), steps).await;
            }
            A::StepsOfAnother | A::StepsOwnEveryDay => {
                let hours = human_hours(self.seed());
                let steps = i64::from(hours.iter().sum::<u32>());
                field.steps(who, day_us, hours_csv("11/23/2026", &hours), steps).await;
                field.outcome().await;
                if self == A::StepsOfAnother {
                    let thief = field.someone().await;
                    field.steps(thief, day_us, hours_csv("11/23/2026", &hours), steps).await;
                    return;
                }
                for (day, name) in (1_i64..).zip(["11/22/2026", "11/21/2026", "11/20/2026", "11/19/2026"]) {
                    field
                        .steps(who, day_us - day * DAY_US, hours_csv(name, &hours), steps)
                        .await;
                }
            }
            A::StepsFromTwoApps => {
                field
                    .steps(who, day_us, days_csv(&[("2026-11-23", 8_200)]), 8_200)
                    .await;
                field.outcome().await;
                let hours = human_hours(self.seed());
                let steps = i64::from(hours.iter().sum::<u32>());
                field.steps(who, day_us, hours_csv("11/23/2026", &hours), steps).await;
            }
            _ => {
                field
                    .steps(who, MIDNIGHT_US, days_csv(&[("2026-11-24", 9_000)]), 9_000)
                    .await;
            }
        }
    }

    async fn event(self, field: &mut Field) {
        let who = field.someone().await;
        let at = START_US - 2 * HOUR_US;
        match self {
            A::EventUnderTwoIds => {
                for id in ["gate-1", "gate-1b"] {
                    let act = Told::new(who, &format!("{id}-{who}"), "metro-trip", at).lasting(20);
                    field.report(Mode::Event, act, 200_000).await;
                    if id == "gate-1" {
                        field.outcome().await;
                    }
                }
            }
            A::EventSentAgain => {
                let act = Told::new(who, &format!("again-{who}"), "metro-trip", at).lasting(20);
                field.report(Mode::Event, act.clone(), 200_000).await;
                field.outcome().await;
                for _ in 0..9 {
                    field.report(Mode::Event, act.clone(), 200_000).await;
                }
            }
            A::OrderUnderTwoIds => {
                for id in 1..=3 {
                    let act = Told::new(who, &format!("order-{id}-{who}"), "no-tableware", at);
                    field.report(Mode::Event, act, 47_500).await;
                    if id == 1 {
                        field.outcome().await;
                    }
                }
            }
            _ => {
                let act = Told::new(who, &format!("fast-{who}"), "cycling-for-driving", at);
                let act = act.lasting(30).with("distance", "40");
                field.report(Mode::Reading, act, 40_000 * 250).await;
            }
        }
    }
}
