//! Readers of raw files, and the index of photos that look alike.

use std::fs::File;

use domain::activity::PhotoPrints;
use domain::evidence::{Facts, Kind, Rule, StepsFacts};
use domain::measure::{Day, ProgrammeId};
use domain::programme::Programme;
use outside::{photo, steps};

use super::NewProof;
use crate::activity::Report;
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
}

/// Indexes of looks, one a programme, that follow the books.
#[derive(Default)]
pub(crate) struct Looks;

/// How far apart two photos look, in thousandths.
pub(super) fn apart(_one: &[u8], _other: &[u8]) -> u32 {
    1000
}

impl App {
    /// Reads a raw file, on a thread that may take its time, and keeps what is kept of it.
    pub(super) async fn read_proof(
        &self,
        _programme: &Programme,
        _rule: &Rule,
        proof: NewProof,
    ) -> Result<Reading, Error> {
        self.heavy(move |app| -> Result<Reading, Error> {
            match proof.kind {
                Kind::Photo => {
                    let photo = photo::read(&proof.bytes, &app.0.photos).map_err(|e| Refused::Photo {
                        code: e.code(),
                        what: e.to_string(),
                    })?;
                    let blob = app.0.blobs.put(&photo.jpeg).map_err(Error::outside)?;
                    let prints = [photo.pixels_sha256, photo.copy_sha256];
                    Ok(Reading {
                        facts: Facts::default(),
                        blob: blob.as_str().to_owned(),
                        print: None,
                        keys: Vec::new(),
                        prints: Some(prints),
                        content: prints.as_flattened().to_vec(),
                    })
                }
                Kind::Track | Kind::Steps | Kind::Meter => {
                    let what = format!("a {} cannot be read yet", proof.kind.name());
                    Err(Refused::invalid("proof", what).into())
                }
            }
        })
        .await?
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
            let days = steps::read(file, &zone, &limits).map_err(|e| Refused::Proof {
                code: e.code(),
                what: e.to_string(),
            })?;
            Ok(days)
        })
        .await?
    }

    /// The numbers of earlier photos of a programme that may look like this one.
    #[expect(clippy::unused_async, reason = "follows the books")]
    pub(super) async fn looks_like(&self, _programme: ProgrammeId, _print: &[u8]) -> Result<Vec<i64>, Error> {
        let _ = &self.0.looks;
        Ok(Vec::new())
    }
}

impl Reading {
    /// The report with what the file itself tells: a track's times and distance, a day's steps.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "photos tell nothing that counts"
    )]
    pub(super) fn fill<'a>(&self, _rule: &Rule, report: Report<'a>) -> Result<Report<'a>, Refused> {
        Ok(report)
    }
}
