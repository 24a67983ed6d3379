//! What a photo file says beside its pixels: when and where it was taken, by what, and which editor had it open.
//!
//! Everything here is a claim of the sender. What cannot be read counts as not said; nothing here refuses a photo.

use std::io::Cursor;

use domain::evidence::photo::{Place, Source, Taken};
use domain::measure::Zone;
use exif::{Context, DateTime, Exif, In, Tag, Value};
use image::ImageFormat;

/// Image editors, in lower case, as parts of the names that they write. Cameras write the version of their firmware
/// into the same field (`Ver.1.00`, `17.1.2`, `HDR+ 1.0.6`), so only what is known to change pictures counts.
const EDITORS: &[&str] = &[
    "photoshop",
    "lightroom",
    "adobe firefly",
    "gimp",
    "snapseed",
    "meitu",
    "xiuxiu",
    "美图",
    "醒图",
    "xingtu",
    "轻颜",
    "黄油相机",
    "picsart",
    "pixelmator",
    "affinity photo",
    "paint.net",
    "photopea",
    "pixlr",
    "fotor",
    "krita",
    "corel",
    "paintshop",
    "photoscape",
    "acdsee",
    "picasa",
    "darktable",
    "rawtherapee",
    "capture one",
    "dxo photolab",
    "luminar",
    "topaz",
    "polarr",
    "vsco",
    "canva",
    "remini",
    "facetune",
    "faceapp",
    "beautyplus",
    "beautycam",
    "faceu",
    "youcam",
    "photodirector",
    "photoroom",
    "picmonkey",
    "inshot",
    "imagemagick",
    "photo editor",
    "photoeditor",
    "stable diffusion",
    "midjourney",
    "comfyui",
];

/// IPTC's word for a picture that a model made, in whole or in part: it stands in the XMP of careful generators.
const GENERATED: &str = "rainedAlgorithmicMedia";

/// Sides of phones' screens in pixels, the shorter one. Pictures of just this width that no camera signs are screenshots
/// if they are as long as only screens are.
const SCREENS: &[u32] = &[
    640, 720, 750, 828, 1080, 1125, 1170, 1176, 1179, 1200, 1206, 1216, 1220, 1224, 1240, 1242, 1256, 1260, 1264, 1280,
    1284, 1290, 1320, 1344, 1440,
];

/// The most characters of an editor's name that are kept.
const NAME_CHARS: usize = 60;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marks {
    /// As `Photo::taken` gives it.
    pub(super) said: Option<String>,
    pub(super) taken: Option<Taken>,
    pub(super) place: Option<Place>,
    pub(super) source: Source,
    pub(super) editor: Option<String>,
}

/// Reads the marks of a file of this kind, whose picture has these sides.
pub(super) fn of(bytes: &[u8], format: ImageFormat, sides: (u32, u32), zone: &Zone, place: bool) -> Marks {
    let exif = exif::Reader::new()
        .continue_on_error(true)
        .read_from_container(&mut Cursor::new(bytes))
        .or_else(|error| error.distill_partial_result(|_| ()))
        .ok();
    let exif = exif.as_ref();
    let texts = texts(bytes, format);
    let clock = exif.and_then(clock);
    Marks {
        said: clock.as_ref().map(Clock::said),
        taken: clock.and_then(|clock| clock.taken(zone)),
        place: exif.filter(|_| place).and_then(position),
        source: source(exif, &texts, format, sides),
        editor: editor(exif, &texts),
    }
}

/// A camera's clock at the moment of the picture.
struct Clock {
    civil: String,
    /// Minutes east of Greenwich, if the camera says.
    offset: Option<i16>,
}

impl Clock {
    fn said(&self) -> String {
        match self.offset {
            Some(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!(
                    "{}{sign}{:02}:{:02}",
                    self.civil,
                    minutes.abs() / 60,
                    minutes.abs() % 60
                )
            }
            None => self.civil.clone(),
        }
    }

    /// `None` if the calendar has no such day.
    fn taken(self, zone: &Zone) -> Option<Taken> {
        let at_us = match self.offset {
            Some(_) => self.said().parse::<jiff::Timestamp>().ok()?.as_microsecond(),
            None => zone.instant(&self.civil)?,
        };
        Some(Taken {
            zoned: self.offset.is_some(),
            civil: self.civil,
            at_us,
        })
    }
}

fn clock(exif: &Exif) -> Option<Clock> {
    let mut at = DateTime::from_ascii(ascii(exif, Tag::DateTimeOriginal)?).ok()?;
    let clock = at.hour < 24 && at.minute < 60 && at.second < 60;
    if !clock || !(1..=12).contains(&at.month) || !(1..=31).contains(&at.day) {
        return None;
    }
    let DateTime {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = at;
    let offset = ascii(exif, Tag::OffsetTimeOriginal)
        .and_then(|offset| at.parse_offset(offset).ok())
        .and(at.offset)
        .filter(|minutes| minutes.abs() <= 14 * 60);
    Some(Clock {
        civil: format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
        offset,
    })
}

fn ascii(exif: &Exif, tag: Tag) -> Option<&[u8]> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(texts) => texts.first().map(Vec::as_slice),
        _ => None,
    }
}

/// A text of the file as a person would read it: without what cannot be shown, and not too long. `None` if that leaves
/// nothing.
fn name(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let shown = text.split('\0').next().unwrap_or_default().trim();
    let name: String = shown.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
    (!name.is_empty()).then_some(name)
}

fn position(exif: &Exif) -> Option<Place> {
    let lat_e7 = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S', 90)?;
    let lon_e7 = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W', 180)?;
    // a receiver that has not found itself yet writes zeros
    (lat_e7 != 0 || lon_e7 != 0).then_some(Place { lat_e7, lon_e7 })
}

/// Degrees, minutes and seconds as ten-millionths of a degree.
fn degrees(exif: &Exif, tag: Tag, side: Tag, negative: u8, most: i64) -> Option<i32> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else {
        return None;
    };
    let mut e7 = 0_i64;
    for (part, unit) in parts.iter().zip([1, 60, 3600]) {
        if part.denom == 0 {
            // some write 0/0 for seconds that they do not know
            if unit == 1 {
                return None;
            }
            continue;
        }
        e7 += i64::from(part.num) * 10_000_000 / (i64::from(part.denom) * unit);
    }
    if parts.is_empty() || e7 > most * 10_000_000 {
        return None;
    }
    let there = ascii(exif, side)?.first()?.eq_ignore_ascii_case(&negative);
    i32::try_from(if there { -e7 } else { e7 }).ok()
}

fn source(exif: Option<&Exif>, texts: &Texts, format: ImageFormat, (width, height): (u32, u32)) -> Source {
    let has = |tag| exif.is_some_and(|exif| exif.get_field(tag, In::PRIMARY).is_some());
    let comment = exif.and_then(|exif| match &exif.get_field(Tag::UserComment, In::PRIMARY)?.value {
        Value::Undefined(comment, _) => Some(comment.as_slice()),
        _ => None,
    });
    let says_so = |text: &[u8]| text.windows(10).any(|word| word.eq_ignore_ascii_case(b"screenshot"));
    if comment.is_some_and(says_so) || says_so(texts.xmp.as_bytes()) {
        return Source::Screenshot;
    }
    let camera = [
        Tag::Make,
        Tag::Model,
        Tag::ExposureTime,
        Tag::FNumber,
        Tag::FocalLength,
        Tag::PhotographicSensitivity,
    ];
    if camera.into_iter().any(has) {
        return Source::Camera;
    }
    let (short, long) = (width.min(height), width.max(height));
    // cameras make 4:3 and 16:9; messengers pass photos on as JPEG, 1080 pixels wide
    let screen = match format {
        ImageFormat::Png => u64::from(long) * 9 >= u64::from(short) * 16,
        _ => u64::from(long) * 9 > u64::from(short) * 17,
    };
    if screen && SCREENS.contains(&short) {
        Source::Screenshot
    } else {
        Source::Unknown
    }
}

fn editor(exif: Option<&Exif>, texts: &Texts) -> Option<String> {
    // 11: ProcessingSoftware; 0xa43a and 0xa43b: the softwares that developed and edited it (Exif 3.0)
    let fields = [
        Tag::Software,
        Tag(Context::Tiff, 11),
        Tag(Context::Exif, 0xa43a),
        Tag(Context::Exif, 0xa43b),
    ];
    let said = fields
        .into_iter()
        .filter_map(|tag| exif.and_then(|exif| ascii(exif, tag)).and_then(name));
    let xmp = ["CreatorTool", "softwareAgent"]
        .into_iter()
        .flat_map(|field| values(&texts.xmp, field))
        .filter_map(|value| name(value.as_bytes()));
    let texted = texts.software.iter().filter_map(|text| name(text));
    let known = |name: &String| {
        let lower = name.to_lowercase();
        EDITORS.iter().any(|editor| lower.contains(editor))
    };
    let named = said.chain(xmp).chain(texted).find(known);
    let generated = || {
        texts
            .xmp
            .contains(GENERATED)
            .then(|| "trainedAlgorithmicMedia".to_owned())
    };
    let resources = || texts.photoshop.then(|| "Photoshop".to_owned());
    named.or_else(generated).or_else(resources)
}

/// Texts of a file beside EXIF.
#[derive(Default)]
struct Texts {
    xmp: String,
    /// Names of software in PNG texts.
    software: Vec<Vec<u8>>,
    /// Whether there are blocks that only Photoshop writes.
    photoshop: bool,
}

/// The most bytes of XMP that are looked at: what tools there were stands at its head or in its history.
const XMP_BYTES: usize = 256 * 1024;

fn texts(bytes: &[u8], format: ImageFormat) -> Texts {
    let mut texts = Texts::default();
    match format {
        ImageFormat::Jpeg => {
            for (mark, body) in jpeg_segments(bytes) {
                match mark {
                    0xe1 => {
                        if let Some(xmp) = body.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
                            texts.add_xmp(xmp);
                        }
                    }
                    // "Save for web" signs so
                    0xec => texts.photoshop |= body.starts_with(b"Ducky"),
                    // IPTC captions of other programs come in the same block; the quality of the JPEG (1030) is its own
                    0xed => {
                        texts.photoshop |=
                            body.starts_with(b"Photoshop 3.0\0") && body.windows(6).any(|six| six == b"8BIM\x04\x06");
                    }
                    _ => {}
                }
            }
        }
        ImageFormat::Png => {
            for (kind, body) in png_chunks(bytes) {
                match (kind, body) {
                    (b"iTXt", body) if body.starts_with(b"XML:com.adobe.xmp\0") => texts.add_xmp(&body[18..]),
                    (b"tEXt" | b"iTXt", body) => {
                        if let Some(software) = body.strip_prefix(b"Software\0") {
                            // iTXt has flags, language and translation before the text
                            let skip = if kind == b"iTXt" { 4 } else { 0 };
                            texts.software.push(software.get(skip..).unwrap_or_default().to_vec());
                        } else if body.starts_with(b"parameters\0") {
                            texts.software.push(b"Stable Diffusion".to_vec());
                        }
                    }
                    _ => {}
                }
            }
        }
        _ => {
            for (kind, body) in webp_chunks(bytes) {
                if kind == b"XMP " {
                    texts.add_xmp(body);
                }
            }
        }
    }
    texts
}

impl Texts {
    fn add_xmp(&mut self, xmp: &[u8]) {
        let left = XMP_BYTES.saturating_sub(self.xmp.len());
        self.xmp.push_str(&String::from_utf8_lossy(&xmp[..xmp.len().min(left)]));
    }
}

/// The values of an XMP field, written as an attribute or as an element.
fn values<'a>(xmp: &'a str, field: &'a str) -> impl Iterator<Item = &'a str> {
    xmp.match_indices(field).filter_map(move |(at, _)| {
        let rest = &xmp[at + field.len()..];
        let rest = rest.trim_start();
        let (rest, end) = match rest.strip_prefix('=') {
            Some(attribute) => {
                let attribute = attribute.trim_start();
                let quote = attribute.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                (&attribute[1..], quote)
            }
            None => (rest.strip_prefix('>')?, '<'),
        };
        rest.split(end).next()
    })
}

/// Segments of a JPEG up to its first scan: their mark and their inside.
fn jpeg_segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        while let [0xff, 0xff, ..] = rest {
            rest = &rest[1..];
        }
        let [0xff, mark, high, low, after @ ..] = rest else {
            return None;
        };
        if matches!(mark, 0xd8..=0xda) {
            return None;
        }
        let len = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?;
        let (body, next) = after.split_at_checked(len)?;
        rest = next;
        Some((*mark, body))
    })
}

/// Chunks of a PNG: their kind and their inside.
fn png_chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (len, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let (body, next) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
        rest = next.get(4..)?;
        Some((kind, body))
    })
}

/// Chunks of a WebP: their kind and their inside.
fn webp_chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = bytes.get(12..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (kind, after) = rest.split_first_chunk::<4>()?;
        let (len, after) = after.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
        let (body, next) = after.split_at_checked(len)?;
        rest = next.get(len % 2..).unwrap_or_default();
        Some((kind, body))
    })
}
