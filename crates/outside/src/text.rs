//! Reading text in photos: where it stands, then what it says, line by line.
//!
//! Shape: a detector marks the pixels that belong to text, [`detect`] makes tilted rectangles of them, [`recognise`]
//! straightens each and spells it. Both models (PP-OCRv4) come from a package that the operator downloads; [`install`]
//! takes them out and [`Reader::open`] believes only these very files. Without them nothing is read and everything else
//! works. Invariant: memory and time follow from [`Limits`], whatever the photo shows.

mod detect;
mod install;
mod recognise;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::evidence::TextFacts;
use image::{ImageFormat, ImageReader, RgbImage};
use rten::Model;
use thiserror::Error;

pub use install::{Installed, PACKAGE, install};

/// How much is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels along either side of a photo; a larger one is refused.
    pub photo_side: u32,
    /// Pixels along the longer side of what the detector sees: larger photos are shrunk for it, while the lines are
    /// spelt from the full photo. Rounded down to a multiple of 32, at least 32.
    pub side: u32,
    /// Most lines, the largest ones.
    pub lines: usize,
    /// After so long no further line is begun. The detector runs before and is not stopped.
    pub time: Duration,
    /// A line of which the reader is less sure, in thousandths, is left out.
    pub sure_permille: u16,
}

impl Default for Limits {
    /// Photos of 4,000 pixels, the detector sees 960; 60 lines, 20 seconds, from 500 thousandths on.
    fn default() -> Self {
        Limits {
            photo_side: 4_000,
            side: 960,
            lines: 60,
            time: Duration::from_secs(20),
            sure_permille: 500,
        }
    }
}

/// Why no text was read, or why the models are not there.
#[derive(Debug, Error)]
pub enum TextError {
    /// There are no models: nobody has installed them.
    #[error("no models for reading text in {}: install them with `puhui models install`", .0.display())]
    NotInstalled(PathBuf),
    /// A model file is not the one that is known: cut short, changed or of another version.
    #[error("{} is not the model that is known: install it again", .0.display())]
    Changed(PathBuf),
    /// The package is not the one that is known.
    #[error("{} is not {PACKAGE}: download it again", .0.display())]
    NotThePackage(PathBuf),
    /// A model could not be loaded or run; the reason is the engine's.
    #[error("the model fails: {0}")]
    Model(String),
    /// The photo cannot be decoded, or is too large.
    #[error("the photo cannot be read: {0}")]
    Photo(String),
    /// A file or folder cannot be read or written.
    #[error("{}: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// Both models, ready to read. Several threads may use one.
#[derive(Debug)]
pub struct Reader {
    detector: Model,
    recogniser: Model,
    alphabet: Vec<String>,
}

impl Reader {
    /// Loads the models that [`install`] put into a folder, after comparing them with their known hashes.
    pub fn open(folder: &Path) -> Result<Self, TextError> {
        let [detector, recogniser] = install::load(folder)?;
        let load = |bytes| Model::load(bytes).map_err(|e| TextError::Model(e.to_string()));
        let (detector, recogniser) = (load(detector)?, load(recogniser)?);
        let alphabet = recogniser.metadata().get("character").map(recognise::alphabet);
        let alphabet = alphabet.ok_or_else(|| TextError::Model("it has no list of characters".to_owned()))?;
        Ok(Reader {
            detector,
            recogniser,
            alphabet,
        })
    }

    /// The text of a JPEG of our own making, [`crate::photo::Photo::jpeg`].
    pub fn read(&self, jpeg: &[u8], limits: &Limits) -> Result<TextFacts, TextError> {
        let broken = |e: image::ImageError| TextError::Photo(e.to_string());
        let mut reader = ImageReader::with_format(std::io::Cursor::new(jpeg), ImageFormat::Jpeg);
        let mut memory = image::Limits::default();
        memory.max_image_width = Some(limits.photo_side);
        memory.max_image_height = Some(limits.photo_side);
        reader.limits(memory);
        self.read_pixels(&reader.decode().map_err(broken)?.into_rgb8(), limits)
    }

    /// The text of an upright picture.
    pub fn read_pixels(&self, pixels: &RgbImage, limits: &Limits) -> Result<TextFacts, TextError> {
        let (width, height) = pixels.dimensions();
        if width.max(height) > limits.photo_side || width.min(height) == 0 {
            return Err(TextError::Photo(format!("{width} × {height} pixels")));
        }
        let began = now();
        let mut lines = Vec::new();
        for region in detect::regions(&self.detector, pixels, limits)? {
            if now().duration_since(began) >= limits.time {
                break;
            }
            let line = recognise::line(&self.recogniser, &self.alphabet, pixels, &region)?;
            if line.sure_permille >= limits.sure_permille && !line.text.trim().is_empty() {
                lines.push(line);
            }
        }
        Ok(TextFacts { lines })
    }
}

#[expect(clippy::disallowed_methods, reason = "a limit on how long a photo is looked at")]
fn now() -> Instant {
    Instant::now()
}

/// Runs a model on a picture: blue, green and red planes, one row after the other. Returns its answer and that's shape.
fn run(model: &Model, planes: Vec<f32>, height: usize, width: usize) -> Result<(Vec<f32>, Vec<usize>), TextError> {
    use rten_tensor::prelude::*;

    let fails = |e: &dyn std::fmt::Display| TextError::Model(e.to_string());
    let input = rten_tensor::NdTensor::try_from_data([1, 3, height, width], planes).map_err(|e| fails(&e))?;
    let output = model.run_one(input.view().into(), None).map_err(|e| fails(&e))?;
    let output: rten_tensor::Tensor<f32> = output.try_into().map_err(|e: rten::TryFromValueError| fails(&e))?;
    let shape = output.shape().to_vec();
    Ok((output.into_data(), shape))
}

#[expect(clippy::cast_precision_loss, reason = "sizes of pictures are far below 2^24")]
fn real(number: usize) -> f32 {
    number as f32
}

/// Rounds down, and holds what is no number or out of range to the nearest end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from float to integer saturates, and NaN becomes 0"
)]
fn whole(number: f32) -> usize {
    number as usize
}

#[cfg(test)]
mod tests;
