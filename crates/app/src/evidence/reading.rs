//! Readers of raw files, and the index of photos that look alike.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Cursor;
use std::sync::Arc;

use domain::activity::PhotoPrints;
use domain::evidence::looks::{Index, Looks as Look, prints_from_head};
use domain::evidence::steps::by_day;
use domain::evidence::track::Pace;
use domain::evidence::{Facts, Kind, Limits, Rule, StepsFacts, TextFacts, TrackFacts};
use domain::measure::{Day, Decimal, ProgrammeId};
use domain::programme::Programme;
use outside::{photo, steps, text, track};
use store::Db;
use store::evidence as books;
use tokio::sync::Mutex;

use super::NewProof;
use crate::activity::{Report, Said};
use crate::{App, Error, Refused};

/// What a reader made of a raw file.
pub(super) struct Reading {
    pub(super) facts: Facts,
    /// The name of what is kept of the file among the blobs.
    pub(super) blob: String,
    /// What finds its like among others.
    pub(super) print: Option<Vec<u8>>,
    /// Coarse keys by which its like is found.
    pub(super) keys: Vec<i64>,
    pub(super) prints: Option<PhotoPrints>,
    /// What tells two uploads under one key apart.
    pub(super) content: Vec<u8>,
    /// What the file itself says that tells one device from another.
    pub(super) device: Option<[u8; 32]>,
}

/// The photos of one programme that are in the index.
#[derive(Default)]
struct Followed {
    index: Index,
    /// Proofs from this number on are looked at again: a transaction that began earlier may commit later.
    from: i64,
    /// Those of them that are in the index.
    recent: HashSet<i64>,
}

/// Indexes of looks, one a programme, that follow the books.
#[derive(Default)]
pub(crate) struct Looks(Mutex<HashMap<ProgrammeId, Followed>>);

/// A minute, in the numbers of proofs.
const MINUTE: i64 = 60_000 << 20;

impl App {
    /// Reads a raw file, on a thread that may take its time, and keeps what is kept of it.
    pub(super) async fn read_proof(
        &self,
        programme: &Programme,
        rule: &Rule,
        day: Day,
        proof: NewProof,
    ) -> Result<Reading, Error> {
        let zone = programme.zone.clone();
        let place = !rule.places.is_empty();
        let limits = self.policy(programme.id).policy;
        self.heavy(move |app| -> Result<Reading, Error> {
            match proof.kind {
                Kind::Photo => {
                    let asked = photo::Asked { zone: &zone, place };
                    let photo = photo::read(&proof.bytes, &app.0.photos, &asked).map_err(|e| Refused::Photo {
                        code: e.code(),
                        what: e.to_string(),
                    })?;
                    app.of_photo(photo)
                }
                Kind::Track => {
                    let recording = track::read(&proof.bytes, &track::Limits::default());
                    let recording = recording.map_err(|e| unreadable(e.code(), &e))?;
                    app.of_track(&recording, &proof.bytes, &limits.limits)
                }
                Kind::Steps => {
                    let limits = steps::Limits {
                        // a series of days is told by the four before as well
                        since: Some(Day::from_epoch_days(day.epoch_days().saturating_sub(5))),
                        ..steps::Limits::default()
                    };
                    let read = steps::read(Cursor::new(&proof.bytes), &zone, &limits);
                    let read = by_day(read.map_err(|e| unreadable(e.code(), &e))?);
                    let counted = read.into_iter().map(|day| day.counted).find(|one| one.day == day);
                    let counted = counted.ok_or_else(|| {
                        let what = format!("the file holds no steps of {day}");
                        Refused::invalid("started_at", what)
                    })?;
                    of_steps(counted)
                }
                Kind::Meter => Err(Refused::invalid("proof", "a reading is typed, not sent as a file").into()),
            }
        })
        .await?
    }

    fn of_photo(&self, photo: photo::Photo) -> Result<Reading, Error> {
        let blob = self.0.blobs.put(&photo.jpeg).map_err(Error::outside)?;
        let prints = [photo.pixels_sha256, photo.copy_sha256];
        let print = (!photo.looks.is_plain()).then(|| photo.looks.to_bytes());
        Ok(Reading {
            facts: Facts {
                photos: vec![photo.facts],
                ..Facts::default()
            },
            blob: blob.as_str().to_owned(),
            print,
            keys: Vec::new(),
            prints: Some(prints),
            content: prints.as_flattened().to_vec(),
            device: None,
        })
    }

    fn of_track(&self, recording: &track::Recording, bytes: &[u8], limits: &Limits) -> Result<Reading, Error> {
        let facts = TrackFacts::of(&recording.points, limits);
        let pace = Pace::of(&recording.points, limits);
        let blob = self.0.blobs.put(bytes).map_err(Error::outside)?;
        let serial = recording.serial.as_ref();
        Ok(Reading {
            facts: Facts {
                track: Some(facts),
                ..Facts::default()
            },
            content: blob.as_str().as_bytes().to_vec(),
            blob: blob.as_str().to_owned(),
            keys: pace.as_ref().map(keys_of).unwrap_or_default(),
            print: pace.map(|pace| pace.to_bytes()),
            prints: None,
            device: serial.map(|serial| outside::chance::fingerprint(&format!("device {serial}"))),
        })
    }

    /// Reads a file of steps, however large: the days from `first` on, each by source.
    pub(super) async fn read_steps(
        &self,
        programme: &Programme,
        file: File,
        first: Day,
    ) -> Result<Vec<StepsFacts>, Error> {
        let zone = programme.zone.clone();
        self.heavy(move |_| -> Result<Vec<StepsFacts>, Error> {
            let limits = steps::Limits {
                since: Some(first),
                ..steps::Limits::default()
            };
            Ok(steps::read(file, &zone, &limits).map_err(|e| unreadable(e.code(), &e))?)
        })
        .await?
    }

    /// The numbers of earlier photos of a programme that may look like this one. The index is built when it is first
    /// asked, and follows the books from then on.
    pub(super) async fn looks_like(&self, programme: ProgrammeId, look: &Look) -> Result<Vec<i64>, Error> {
        let mut all = self.0.looks.0.lock().await;
        let followed = all.entry(programme).or_default();
        let (from, empty) = (followed.from, followed.index.is_empty());
        let fresh = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let mut fresh = Vec::new();
                books::prints(db, programme, Kind::Photo, from, |id, head| {
                    if let Ok(prints) = prints_from_head(head) {
                        fresh.push((id, prints));
                    }
                })
                .await?;
                Ok(fresh)
            })
            .await?;
        if let Some((last, _)) = fresh.last() {
            followed.from = last.saturating_sub(MINUTE).max(from);
        }
        let from = followed.from;
        if empty {
            followed.recent = fresh.iter().map(|(id, _)| *id).filter(|id| *id >= from).collect();
            followed.index = Index::build(fresh);
        } else {
            for (id, prints) in fresh {
                if followed.recent.insert(id) {
                    followed.index.insert_prints(id, &prints);
                }
            }
            followed.recent.retain(|id| *id >= from);
        }
        Ok(followed.index.search(look).into_iter().map(|found| found.id).collect())
    }

    /// The text of a photo that is kept, if somebody installed a reader.
    pub(super) async fn read_text(&self, blob: &str) -> Result<Option<TextFacts>, Error> {
        let Some(reader) = self.0.reader.clone() else {
            return Ok(None);
        };
        let name = blob.parse().map_err(Error::outside)?;
        self.heavy(move |app| {
            let jpeg = app.0.blobs.get(&name).map_err(Error::outside)?;
            match reader.read(&jpeg, &text::Limits::default()) {
                Ok(text) => Ok(Some(text)),
                // what cannot be read is looked at by a person if the policy says so
                Err(error) => {
                    tracing::warn!(%error, "the text of a photo");
                    Ok(None)
                }
            }
        })
        .await?
    }
}

/// Steps of a day, told by a file or decrypted: no file is kept of them.
pub(super) fn of_steps(steps: StepsFacts) -> Result<Reading, Error> {
    let keys = steps.series.iter().map(|series| series.cast_signed()).collect();
    Ok(Reading {
        content: serde_json::to_vec(&steps).map_err(Error::outside)?,
        facts: Facts {
            steps: Some(steps),
            ..Facts::default()
        },
        blob: String::new(),
        print: None,
        keys,
        prints: None,
        device: None,
    })
}

/// What finds a recording again: where it went, and a rhythm that outlives it.
fn keys_of(pace: &Pace) -> Vec<i64> {
    let mut keys = pace.keys();
    keys.push(pace.rhythm());
    keys
}

fn unreadable(code: &'static str, error: &impl std::fmt::Display) -> Refused {
    Refused::Proof {
        code,
        what: error.to_string(),
    }
}

impl Reading {
    /// The report with what the file itself tells: a track's times and distance, a day's steps.
    pub(super) fn fill<'a>(
        &self,
        programme: &Programme,
        rule: &Rule,
        mut report: Report<'a>,
    ) -> Result<Report<'a>, Refused> {
        let instant = |us: i64| {
            let at = jiff::Timestamp::from_microsecond(us);
            at.map(|at| Cow::Owned(at.to_string()))
                .map_err(|_| Refused::invalid("started_at", "is out of range"))
        };
        let mut say = |name: &str, value: String| {
            report.inputs.0.retain(|(said, _)| said != name);
            report
                .inputs
                .0
                .push((Cow::Owned(name.to_owned()), Said::Text(Cow::Owned(value))));
        };
        if let Some(track) = &self.facts.track {
            if let Some(name) = &rule.distance {
                say(name, Decimal::new(track.distance_m.into(), 3).to_string());
            }
            // a track without times is refused by its signs; until then it counts as happening when it is said to
            if let (Some(from), Some(to)) = (track.started_us, track.ended_us) {
                report.started_at = instant(from)?;
                report.ended_at = Some(instant(to)?);
            }
        }
        if let Some(steps) = &self.facts.steps {
            if let Some(name) = &rule.steps {
                say(name, steps.steps.to_string());
            }
            let from = programme.zone.start_of(steps.day);
            let next = Day::from_epoch_days(steps.day.epoch_days().saturating_add(1));
            report.started_at = instant(from)?;
            report.ended_at = Some(instant(programme.zone.start_of(next))?);
        }
        Ok(report)
    }
}

/// The reader of text, if its models are installed in this folder.
pub(crate) fn reader_in(folder: Option<&std::path::Path>) -> Option<Arc<text::Reader>> {
    match text::Reader::open(folder?) {
        Ok(reader) => Some(Arc::new(reader)),
        Err(text::TextError::NotInstalled(_)) => None,
        Err(error) => {
            tracing::warn!(%error, "photos are judged without their text");
            None
        }
    }
}
