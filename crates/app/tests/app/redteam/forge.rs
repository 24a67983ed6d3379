//! Makers of proofs, honest and forged: scenes, EXIF, tracks, series of steps.

use std::fmt::Write as _;
use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use crate::dice::Dice;
use crate::world::instant;

/// A scene that no other seed gives: a sky, a ground, houses and discs, and the grain of a sensor.
pub fn scene(seed: u64) -> DynamicImage {
    let mut dice = Dice::new(seed);
    let shade = |dice: &mut Dice| [0; 3].map(|_| u8::try_from(dice.below(220) + 20).unwrap());
    let (sky, ground) = (shade(&mut dice), shade(&mut dice));
    let horizon = 160 + u32::try_from(dice.below(160)).unwrap();
    let mut picture = RgbImage::from_fn(640, 480, |_, y| {
        let from = if y < horizon { sky } else { ground };
        Rgb(from.map(|c| c.saturating_sub(u8::try_from(y / 12).unwrap())))
    });
    for _ in 0..26 {
        let colour = Rgb(shade(&mut dice));
        let (x, y) = (dice.within(0, 600), dice.within(0, 440));
        let (w, h) = (dice.within(24, 150), dice.within(24, 150));
        let round = dice.of(40);
        for dy in 0..h {
            for dx in 0..w {
                let inside = !round || (2 * dx - w).pow(2) * h * h + (2 * dy - h).pow(2) * w * w <= w * w * h * h;
                if let (true, Ok(x), Ok(y)) = (inside, u32::try_from(x + dx), u32::try_from(y + dy))
                    && x < 640
                    && y < 480
                {
                    picture.put_pixel(x, y, colour);
                }
            }
        }
    }
    for pixel in picture.pixels_mut() {
        let grain = u8::try_from(dice.below(9)).unwrap();
        pixel.0 = pixel.0.map(|c| c.saturating_add(grain).saturating_sub(4));
    }
    DynamicImage::ImageRgb8(picture)
}

pub fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
    DynamicImage::ImageRgb8(picture.to_rgb8())
        .write_with_encoder(encoder)
        .unwrap();
    bytes
}

pub fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Cuts a share of both sides away, more from the left and the top.
pub fn cropped(picture: &DynamicImage, permille: u32) -> DynamicImage {
    let (w, h) = (picture.width(), picture.height());
    let (cut_w, cut_h) = (w * permille / 1000, h * permille / 1000);
    picture.crop_imm(cut_w * 2 / 3, cut_h * 2 / 3, w - cut_w, h - cut_h)
}

/// Turns by a few degrees, black where nothing was.
pub fn turned(picture: &DynamicImage, degrees: f64) -> DynamicImage {
    let from = picture.to_rgb8();
    let (w, h) = from.dimensions();
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (cx, cy) = (f64::from(w) / 2.0, f64::from(h) / 2.0);
    #[expect(clippy::cast_possible_truncation, reason = "positions within a picture")]
    let pixel = |x: u32, y: u32| {
        let (dx, dy) = (f64::from(x) - cx, f64::from(y) - cy);
        let (sx, sy) = ((cos * dx + sin * dy + cx) as i64, (cos * dy - sin * dx + cy) as i64);
        match (u32::try_from(sx), u32::try_from(sy)) {
            (Ok(sx), Ok(sy)) if sx < w && sy < h => *from.get_pixel(sx, sy),
            _ => Rgb([0; 3]),
        }
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(w, h, pixel))
}

/// A band of blocks across the lower edge, as a watermark or a caption.
pub fn marked(picture: &DynamicImage) -> DynamicImage {
    let mut copy = picture.to_rgb8();
    let (w, h) = copy.dimensions();
    for y in h * 88 / 100..h * 95 / 100 {
        for x in w / 10..w * 6 / 10 {
            if (x / 9) % 2 == 0 {
                copy.put_pixel(x, y, Rgb([250, 250, 250]));
            }
        }
    }
    DynamicImage::ImageRgb8(copy)
}

/// The picture as it is seen in a viewer on a screen: with dark bars around.
pub fn framed(picture: &DynamicImage) -> DynamicImage {
    let mut screen = DynamicImage::ImageRgb8(RgbImage::from_pixel(640, 560, Rgb([16, 16, 16])));
    imageops::overlay(&mut screen, picture, 0, 40);
    screen
}

pub fn resized(picture: &DynamicImage, percent: u32) -> DynamicImage {
    let (w, h) = (picture.width() * percent / 100, picture.height() * percent / 100);
    picture.resize_exact(w, h, FilterType::Triangle)
}

/// Puts the texts of a camera into a JPEG: maker, software (or none), and when it says that the picture was taken, in
/// the civil time of the campus.
pub fn with_camera(jpeg: &[u8], taken_us: i64, software: Option<&str>) -> Vec<u8> {
    let taken = civil(taken_us);
    let mut texts: Vec<(u16, Vec<u8>)> = vec![(0x010f, b"Demo Camera\0".to_vec())];
    if let Some(software) = software {
        texts.push((0x0131, format!("{software}\0").into_bytes()));
    }
    let exif = [
        (0x9003_u16, format!("{taken}\0").into_bytes()),
        (0x9011, b"+08:00\0".to_vec()),
    ];
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let first = 8 + 2 + 12 * (texts.len() + 1) + 4;
    let second = first + 2 + 12 * exif.len() + 4;
    let mut heap_at = second;
    let mut heap = Vec::new();
    let mut entry = |tiff: &mut Vec<u8>, tag: u16, text: &[u8]| {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(2_u16.to_le_bytes());
        tiff.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        tiff.extend(u32::try_from(heap_at).unwrap().to_le_bytes());
        heap_at += text.len();
        heap.extend_from_slice(text);
    };
    tiff.extend(u16::try_from(texts.len() + 1).unwrap().to_le_bytes());
    for (tag, text) in &texts {
        entry(&mut tiff, *tag, text);
    }
    tiff.extend(0x8769_u16.to_le_bytes());
    tiff.extend(4_u16.to_le_bytes());
    tiff.extend(1_u32.to_le_bytes());
    tiff.extend(u32::try_from(first).unwrap().to_le_bytes());
    tiff.extend([0; 4]);
    tiff.extend(u16::try_from(exif.len()).unwrap().to_le_bytes());
    for (tag, text) in &exif {
        entry(&mut tiff, *tag, text);
    }
    tiff.extend([0; 4]);
    tiff.extend(heap);
    let len = u16::try_from(2 + 6 + tiff.len()).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &len, b"Exif\0\0", &tiff, &jpeg[2..]].concat()
}

/// `2026:11-24 08:12:00` in Shanghai, as cameras write it.
fn civil(us: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(us).unwrap();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    zone.to_datetime(at).strftime("%Y:%m:%d %H:%M:%S").to_string()
}

/// A point of a track: degrees and an instant.
pub type Point = (f64, f64, i64);

/// How somebody, or something, moves.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Kilometres an hour while in motion.
    pub kmh: f64,
    /// How much speed varies, as a share.
    pub varies: f64,
    /// Metres of noise of the receiver.
    pub noise: f64,
    /// Whether it stops now and then.
    pub stops: bool,
    /// Whether it turns corners.
    pub turns: bool,
}

pub const CYCLIST: Pace = Pace {
    kmh: 17.0,
    varies: 0.35,
    noise: 3.0,
    stops: true,
    turns: true,
};

/// A way of so many kilometres from a place that the seed chooses, a point every five seconds.
pub fn way(seed: u64, start_us: i64, km: f64, pace: Pace) -> Vec<Point> {
    let mut dice = Dice::new(seed);
    let unit = |dice: &mut Dice| f64::from(u32::try_from(dice.below(20_001)).unwrap()) / 10_000.0 - 1.0;
    let (mut lat, mut lon) = (31.20 + unit(&mut dice) / 20.0, 121.45 + unit(&mut dice) / 20.0);
    let mut heading = unit(&mut dice) * 3.1;
    let (mut at_us, mut gone) = (start_us, 0.0);
    let mut points = vec![(lat, lon, at_us)];
    let mut speed = pace.kmh;
    while gone < km {
        if pace.stops && dice.of(2) {
            let rest = i64::try_from(3 + dice.below(9)).unwrap();
            for _ in 0..rest {
                at_us += 5_000_000;
                points.push((lat + unit(&mut dice) * 1e-5, lon + unit(&mut dice) * 1e-5, at_us));
            }
        }
        speed = 0.7 * speed + 0.3 * pace.kmh * (1.0 + pace.varies * 1.6 * unit(&mut dice));
        let step = speed.max(1.0) / 3600.0 * 5.0;
        if pace.turns {
            heading += if dice.of(4) {
                1.4 * unit(&mut dice)
            } else {
                0.1 * unit(&mut dice)
            };
        }
        lat += step / 111.2 * heading.cos();
        lon += step / (111.2 * lat.to_radians().cos()) * heading.sin();
        gone += step;
        at_us += 5_000_000;
        let noise = pace.noise / 111_200.0;
        points.push((lat + unit(&mut dice) * noise, lon + unit(&mut dice) * noise, at_us));
    }
    points
}

/// Every point moved in time.
pub fn shifted(points: &[Point], by_us: i64) -> Vec<Point> {
    points.iter().map(|(lat, lon, at)| (*lat, *lon, at + by_us)).collect()
}

/// Every point moved a few metres.
pub fn jittered(points: &[Point], seed: u64, metres: f64) -> Vec<Point> {
    let mut dice = Dice::new(seed);
    let mut off = || (f64::from(u32::try_from(dice.below(2001)).unwrap()) / 1000.0 - 1.0) * metres / 111_200.0;
    points
        .iter()
        .map(|(lat, lon, at)| (lat + off(), lon + off(), *at))
        .collect()
}

pub fn gpx(points: &[Point]) -> Vec<u8> {
    let mut text = String::from(
        "<?xml version=\"1.0\"?>\n<gpx version=\"1.1\" creator=\"Demo\" xmlns=\"http://www.topografix.com/GPX/1/1\"><trk><trkseg>\n",
    );
    for (lat, lon, at) in points {
        writeln!(
            text,
            "<trkpt lat=\"{lat:.7}\" lon=\"{lon:.7}\"><time>{}</time></trkpt>",
            instant(*at)
        )
        .unwrap();
    }
    text.push_str("</trkseg></trk></gpx>\n");
    text.into_bytes()
}

pub fn gpx_without_times(points: &[Point]) -> Vec<u8> {
    let mut text = String::from(
        "<?xml version=\"1.0\"?>\n<gpx version=\"1.1\" creator=\"Demo\" xmlns=\"http://www.topografix.com/GPX/1/1\"><trk><trkseg>\n",
    );
    for (lat, lon, _) in points {
        writeln!(text, "<trkpt lat=\"{lat:.7}\" lon=\"{lon:.7}\"></trkpt>").unwrap();
    }
    text.push_str("</trkseg></trk></gpx>\n");
    text.into_bytes()
}

pub fn track_csv(points: &[Point]) -> Vec<u8> {
    let mut text = String::from("time,lat,lon\n");
    for (lat, lon, at) in points {
        writeln!(text, "{},{lat:.7},{lon:.7}", instant(*at)).unwrap();
    }
    text.into_bytes()
}

/// Hours of a day as a wristband's service exports them. `day` is `11/23/2026`.
pub fn hours_csv(day: &str, hours: &[u32; 24]) -> Vec<u8> {
    let mut text = String::from("Id,ActivityDay,ActivityHour,StepTotal\n");
    for (hour, steps) in hours.iter().enumerate() {
        writeln!(text, "1,{day},{hour}:00:00,{steps}").unwrap();
    }
    text.into_bytes()
}

pub fn days_csv(rows: &[(&str, u32)]) -> Vec<u8> {
    let mut text = String::from("day,steps\n");
    for (day, steps) in rows {
        writeln!(text, "{day},{steps}").unwrap();
    }
    text.into_bytes()
}

/// A day of somebody who sleeps, goes out, and rests.
pub fn human_hours(seed: u64) -> [u32; 24] {
    let mut dice = Dice::new(seed);
    let mut hours = [0; 24];
    for (hour, steps) in hours.iter_mut().enumerate() {
        let most = match hour {
            0..=6 => 20,
            7..9 | 17..20 => 1_900,
            _ => 700,
        };
        *steps = u32::try_from(dice.below(most)).unwrap();
    }
    hours
}
