//! Photos: what a stranger uploads becomes a plain upright JPEG of our own making, or is refused.
//!
//! Shape: size, kind by magic bytes, completeness, dimensions, and only then pixels. Nothing of the
//! upload but its pixels and the facts that a decision needs reaches the result, so serial numbers,
//! comments and files hidden in other files are gone, and positions are read only where they are asked for.

use std::io::Cursor;

use domain::evidence::{Looks, PhotoFacts};
use domain::measure::Zone;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbImage};
use sha2::{Digest, Sha256};
use thiserror::Error;

mod grey;
mod marks;

const JPEG_QUALITY: u8 = 85;

/// Decoded bytes a pixel: enough for 8 bits of red, green, blue and alpha. A 16-bit picture may
/// therefore have only half as many pixels.
const BYTES_A_PIXEL: u64 = 4;

/// What [`read`] accepts and makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of an upload.
    pub bytes: usize,
    /// Most pixels (width times height). Decoding takes 7 bytes of memory a pixel, 12 for a
    /// progressive JPEG: run no more of them at once than memory allows.
    pub pixels: u64,
    /// Most pixels along either side.
    pub side: u32,
    /// Pixels along the longer side of the result; smaller photos stay as they are.
    pub out_side: u32,
}

impl Default for Limits {
    /// 10 MiB, 50 million pixels, 12,000 pixels a side; the result has at most 1,600 pixels a side.
    fn default() -> Self {
        Self {
            bytes: 10 * 1024 * 1024,
            pixels: 50_000_000,
            side: 12_000,
            out_side: 1_600,
        }
    }
}

/// Why an upload was refused. Every case is something the person can act on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PhotoError {
    /// More than `limit` bytes.
    #[error("the photo has more than {limit} bytes")]
    TooManyBytes {
        /// [`Limits::bytes`].
        limit: usize,
    },
    /// More than `limit` pixels, or 16 bits a colour and more than about half of them.
    #[error("the photo has {width} × {height} pixels, more than {limit}")]
    TooManyPixels {
        /// Pixels across, as the header says.
        width: u32,
        /// Pixels down, as the header says.
        height: u32,
        /// [`Limits::pixels`].
        limit: u64,
    },
    /// A side of more than `limit` pixels.
    #[error("the photo has {width} × {height} pixels, more than {limit} on a side")]
    SideTooLong {
        /// Pixels across, as the header says.
        width: u32,
        /// Pixels down, as the header says.
        height: u32,
        /// [`Limits::side`].
        limit: u32,
    },
    /// HEIC or AVIF, what some phones keep: send JPEG.
    #[error("the photo is HEIC or AVIF: send JPEG")]
    Heic,
    /// Not JPEG, PNG or WebP.
    #[error("this is no photo but looks like {looks_like}")]
    NotAPhoto {
        /// `svg`, `html`, `xml`, `pdf`, `gif`, `bmp`, `tiff`, `video`, `zip`, `empty` or `unknown`.
        looks_like: &'static str,
    },
    /// Cut short or damaged; the reason is the decoder's, in English.
    #[error("the photo is damaged: {0}")]
    Broken(String),
}

impl PhotoError {
    /// A stable name for interfaces and message files.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManyBytes { .. } => "photo.too_large",
            Self::TooManyPixels { .. } => "photo.too_many_pixels",
            Self::SideTooLong { .. } => "photo.side_too_long",
            Self::Heic => "photo.heic",
            Self::NotAPhoto { .. } => "photo.not_a_photo",
            Self::Broken(_) => "photo.broken",
        }
    }
}

/// A photo fit to be stored and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// JPEG of quality 85, upright, without any metadata.
    pub jpeg: Vec<u8>,
    /// Pixels across of `jpeg`.
    pub width: u32,
    /// Pixels down of `jpeg`.
    pub height: u32,
    /// EXIF DateTimeOriginal as `2026-11-24T08:12:00`, with `+08:00` if the camera said so. A claim of
    /// the sender, well-formed but maybe no day of the calendar (30 February).
    pub taken: Option<String>,
    /// SHA-256 of the upload: finds the very same file, also an earlier `jpeg` sent back.
    pub original_sha256: [u8; 32],
    /// SHA-256 of the upload's pixels in full size, the same however the photo is turned or mirrored:
    /// finds the same photo with other metadata, without its EXIF orientation, or in another lossless
    /// format. A photo compressed again or resized has other pixels.
    pub pixels_sha256: [u8; 32],
    /// What `pixels_sha256` is for `jpeg`. A newcomer whose `pixels_sha256` is the `pixels_sha256` or
    /// the `copy_sha256` of an earlier photo shows the same pixels.
    pub copy_sha256: [u8; 32],
    /// What a decision goes by.
    pub facts: PhotoFacts,
    /// What finds it again when it was altered.
    pub looks: Looks,
}

/// How to read what a photo says.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The zone of cameras that say none: the programme's.
    pub zone: &'a Zone,
    /// Whether the position is read: only where the behaviour's rule asks for places.
    pub place: bool,
}

/// Checks, decodes, turns upright, shrinks and encodes one upload.
pub fn read(bytes: &[u8], limits: &Limits, asked: &Asked<'_>) -> Result<Photo, PhotoError> {
    if bytes.len() > limits.bytes {
        return Err(PhotoError::TooManyBytes { limit: limits.bytes });
    }
    let format = format(bytes)?;
    if !is_whole(bytes, format) {
        return Err(PhotoError::Broken("cut short".to_owned()));
    }
    let (pixels, orientation) = decode(bytes, format, limits)?;
    let sides = pixels.dimensions();
    let marks = marks::of(bytes, format, sides, asked.zone, asked.place);
    let pixels_sha256 = pixels_sha256(&pixels);

    let out_side = limits.out_side.max(1);
    let mut out = DynamicImage::ImageRgb8(pixels);
    if out.width().max(out.height()) > out_side {
        out = out.thumbnail(out_side, out_side);
    }
    out.apply_orientation(orientation);
    let out = out.into_rgb8();
    let (looks, brightness) = grey::of(&out);
    let looks = looks.ok_or_else(|| broken("no pixels"))?;
    let mut jpeg = Vec::new();
    out.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY))
        .map_err(broken)?;
    let copy = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).map_err(broken)?;

    let lies = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let (width, height) = if lies { (sides.1, sides.0) } else { sides };
    Ok(Photo {
        width: out.width(),
        height: out.height(),
        taken: marks.said,
        original_sha256: crate::sha256(bytes),
        pixels_sha256,
        copy_sha256: self::pixels_sha256(&copy.into_rgb8()),
        jpeg,
        facts: PhotoFacts {
            width,
            height,
            taken: marks.taken,
            place: marks.place,
            source: marks.source,
            editor: marks.editor,
            brightness,
        },
        looks,
    })
}

fn broken(error: impl std::fmt::Display) -> PhotoError {
    PhotoError::Broken(error.to_string())
}

/// The kind of file by its first bytes; what the sender calls it does not count.
fn format(bytes: &[u8]) -> Result<ImageFormat, PhotoError> {
    let looks_like = match bytes {
        [] => "empty",
        [0xff, 0xd8, 0xff, ..] => return Ok(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => return Ok(ImageFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            return Ok(ImageFormat::WebP);
        }
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4) {
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" | b"avif" | b"avis") => {
                return Err(PhotoError::Heic);
            }
            _ => "video",
        },
        [b'G', b'I', b'F', b'8', ..] => "gif",
        [b'%', b'P', b'D', b'F', ..] => "pdf",
        [b'B', b'M', ..] => "bmp",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "tiff",
        [b'P', b'K', 3, 4, ..] => "zip",
        _ => markup(bytes),
    };
    Err(PhotoError::NotAPhoto { looks_like })
}

fn markup(bytes: &[u8]) -> &'static str {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = String::from_utf8_lossy(&start[..start.len().min(1024)]).to_ascii_lowercase();
    let start = start.trim_start();
    if !start.starts_with('<') {
        "unknown"
    } else if start.contains("<svg") {
        "svg"
    } else if start.starts_with("<?xml") {
        "xml"
    } else {
        "html"
    }
}

/// Whether the file goes on to its end mark. Decoders fill what is missing with grey, which would turn
/// half an upload into evidence. What follows the end mark (a phone's short film) is ignored.
fn is_whole(bytes: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Jpeg => jpeg_ends(bytes),
        ImageFormat::Png => png_ends(bytes),
        _ => webp_ends(bytes),
    }
    .is_some()
}

fn jpeg_ends(bytes: &[u8]) -> Option<()> {
    let mut at = 2;
    loop {
        // Within a scan this steps over compressed data, where 0xff stands only before 0 or a mark.
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)? + 1;
        match bytes.get(at)? {
            0xd9 => return Some(()),
            0xff => {}
            0 | 1 | 0xd0..=0xd8 => at += 1,
            _ => {
                let len = bytes.get(at + 1..at + 3)?.try_into().ok()?;
                at += 1 + usize::from(u16::from_be_bytes(len).max(2));
            }
        }
    }
}

fn png_ends(bytes: &[u8]) -> Option<()> {
    let mut rest = bytes.get(8..)?;
    loop {
        let (head, body) = rest.split_first_chunk::<8>()?;
        let [a, b, c, d, kind @ ..] = *head;
        let len = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        rest = body.get(len.checked_add(4)?..)?;
        if &kind == b"IEND" {
            return Some(());
        }
    }
}

fn webp_ends(bytes: &[u8]) -> Option<()> {
    let len = bytes.get(4..8)?.try_into().ok()?;
    bytes
        .get(8..)?
        .get(..usize::try_from(u32::from_le_bytes(len)).ok()?)
        .map(|_| ())
}

/// The pixels as they lie in the file, and how they are to be turned.
fn decode(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<(RgbImage, Orientation), PhotoError> {
    let bytes_max = limits.pixels.saturating_mul(BYTES_A_PIXEL);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = image::Limits::no_limits();
    memory.max_alloc = Some(bytes_max);
    reader.limits(memory);
    let mut decoder = reader.into_decoder().map_err(broken)?;

    let (width, height) = decoder.dimensions();
    if width.max(height) > limits.side {
        return Err(PhotoError::SideTooLong {
            width,
            height,
            limit: limits.side,
        });
    }
    let too_many = PhotoError::TooManyPixels {
        width,
        height,
        limit: limits.pixels,
    };
    if u64::from(width) * u64::from(height) > limits.pixels || decoder.total_bytes() > bytes_max {
        return Err(too_many);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    match DynamicImage::from_decoder(decoder) {
        Ok(image) => Ok((image.into_rgb8(), orientation)),
        Err(ImageError::Limits(_)) => Err(too_many),
        Err(error) => Err(broken(error)),
    }
}

/// Hashes the pixels after turning and mirroring them so that the brightest quarter is at the top left
/// and the brighter of its neighbours at the top right: the eight ways to hold a photo hash alike.
fn pixels_sha256(image: &RgbImage) -> [u8; 32] {
    let (width, height) = image.dimensions();
    let [mut top_left, mut top_right, mut bottom_left, mut bottom_right] = quarters(image);
    let brightest = top_left.max(top_right).max(bottom_left).max(bottom_right);
    let mirror = brightest != top_left.max(bottom_left);
    if mirror {
        (top_left, top_right, bottom_left, bottom_right) = (top_right, top_left, bottom_right, bottom_left);
    }
    let upend = brightest != top_left;
    if upend {
        (top_right, bottom_left) = (bottom_right, top_left);
    }
    // Equal quarters (a plain wall) would leave the choice to chance: then the long side lies.
    let swap = (bottom_left, height) > (top_right, width);

    let mut hasher = Sha256::new();
    let (across, down) = if swap { (height, width) } else { (width, height) };
    hasher.update(across.to_le_bytes());
    hasher.update(down.to_le_bytes());
    let mut row = Vec::new();
    for v in 0..down {
        row.clear();
        for u in 0..across {
            let (x, y) = if swap { (v, u) } else { (u, v) };
            let x = if mirror { width - 1 - x } else { x };
            let y = if upend { height - 1 - y } else { y };
            row.extend_from_slice(&image.get_pixel(x, y).0);
        }
        hasher.update(&row);
    }
    hasher.finalize().into()
}

/// The brightness of the quarters: top left, top right, bottom left, bottom right. The middle line of
/// an odd side belongs to none.
fn quarters(image: &RgbImage) -> [u64; 4] {
    let (width, height) = image.dimensions();
    let mut sums = [0; 4];
    for (x, y, pixel) in image.enumerate_pixels() {
        let (right, bottom) = (x >= width - width / 2, y >= height - height / 2);
        if (right || x < width / 2) && (bottom || y < height / 2) {
            let quarter = usize::from(right) + 2 * usize::from(bottom);
            sums[quarter] += pixel.0.map(u64::from).iter().sum::<u64>();
        }
    }
    sums
}

#[cfg(test)]
mod tests;
