//! What a photo says, and what of it speaks against the act that it is to prove.

use serde::{Deserialize, Serialize};

use super::{Claim, History, Policy, Sign};

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

/// What speaks against the photos, or is worth noting.
pub(super) fn signs(_photos: &[PhotoFacts], _claim: &Claim, _history: &History, _policy: &Policy) -> Vec<Sign> {
    Vec::new()
}
