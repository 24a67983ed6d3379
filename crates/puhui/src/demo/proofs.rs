//! Files that the demo makes for its people: photos with the texts of a camera, a recorded way, a month of steps.
//!
//! They are plausible enough to be judged like anybody's, and show nobody and nothing real.

use std::fmt::Write as _;

use image::{DynamicImage, Rgb, RgbImage};

use super::stories::instant;
use super::{DAY_US, Dice};
use crate::Stop;

/// What a photo of the demo shows, and what stands in its file.
#[derive(Clone, Copy)]
pub(super) struct Shot {
    /// Another number shows another place.
    pub(super) scene: u64,
    /// Another number is another photo of the place.
    pub(super) take: u64,
    /// Whether the light was off.
    pub(super) dark: bool,
    /// When it was taken.
    pub(super) taken_us: i64,
    /// The editor that left its mark.
    pub(super) editor: Option<&'static str>,
}

fn number(dice: &mut Dice, below: u32) -> u32 {
    u32::try_from(dice.below(below.into())).unwrap_or_default()
}

fn shade(dice: &mut Dice, most: u32) -> Rgb<u8> {
    Rgb([(); 3].map(|()| u8::try_from(10 + number(dice, most)).unwrap_or(u8::MAX)))
}

/// A sky, a ground, blocks and discs, and the grain of a sensor.
fn scene(shot: Shot) -> RgbImage {
    let mut dice = Dice(shot.scene * 7919 + 1);
    let most = if shot.dark { 60 } else { 220 };
    let (sky, ground) = (shade(&mut dice, most), shade(&mut dice, most));
    let horizon = 160 + number(&mut dice, 160);
    let mut picture = RgbImage::from_fn(640, 480, |_, y| if y < horizon { sky } else { ground });
    for _ in 0..26 {
        let colour = shade(&mut dice, most);
        let (left, top) = (number(&mut dice, 600), number(&mut dice, 440));
        let (wide, high) = (24 + number(&mut dice, 126), 24 + number(&mut dice, 126));
        let round = number(&mut dice, 5) < 2;
        for y in top..(top + high).min(480) {
            for x in left..(left + wide).min(640) {
                let (across, down) = ((2 * (x - left)).abs_diff(wide), (2 * (y - top)).abs_diff(high));
                if !round || across * across * high * high + down * down * wide * wide <= wide * wide * high * high {
                    picture.put_pixel(x, y, colour);
                }
            }
        }
    }
    let mut grain = Dice(shot.scene * 31 + shot.take * 104_729 + 1);
    for pixel in picture.pixels_mut() {
        let more = u8::try_from(grain.below(9)).unwrap_or_default();
        pixel.0 = pixel.0.map(|c| c.saturating_add(more).saturating_sub(4));
    }
    picture
}

/// A photo as a camera writes it.
pub(super) fn photo(shot: Shot) -> Result<Vec<u8>, Stop> {
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 85);
    DynamicImage::ImageRgb8(scene(shot)).write_with_encoder(encoder)?;
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai")?;
    let taken = jiff::Timestamp::from_microsecond(shot.taken_us)?;
    let taken = zone.to_datetime(taken).strftime("%Y:%m:%d %H:%M:%S\0").to_string();
    let mut texts: Vec<(u16, String)> = vec![(0x010f, "Demo Camera\0".to_owned())];
    texts.extend(shot.editor.map(|editor| (0x0131, format!("{editor}\0"))));
    let exif = [(0x9003, taken), (0x9011, "+08:00\0".to_owned())];
    let tiff = tiff(&texts, &exif);
    let len = u16::try_from(2 + 6 + tiff.len()).unwrap_or(u16::MAX).to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    Ok([start, &[0xff, 0xe1], &len, b"Exif\0\0", &tiff, rest].concat())
}

/// Two directories of texts, the second one that of the camera, and the texts behind them.
fn tiff(texts: &[(u16, String)], exif: &[(u16, String)]) -> Vec<u8> {
    let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).to_le_bytes();
    let long = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let second = 8 + 2 + 12 * (texts.len() + 1) + 4;
    let behind = second + 2 + 12 * exif.len() + 4;
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let mut heap: Vec<u8> = Vec::new();
    for (list, more) in [(texts, 1), (exif, 0)] {
        tiff.extend(short(list.len() + more));
        for (tag, text) in list {
            tiff.extend(tag.to_le_bytes());
            tiff.extend(2_u16.to_le_bytes());
            tiff.extend(long(text.len()));
            tiff.extend(long(behind + heap.len()));
            heap.extend(text.as_bytes());
        }
        if more == 1 {
            tiff.extend(0x8769_u16.to_le_bytes());
            tiff.extend(4_u16.to_le_bytes());
            tiff.extend(long(1));
            tiff.extend(long(second));
        }
        tiff.extend([0; 4]);
    }
    tiff.extend(heap);
    tiff
}

/// A point of a recording: degrees, and when.
pub(super) type Point = (f64, f64, i64);

/// Every so often somebody's position is taken.
const TICK_US: i64 = 5_000_000;

/// A ride of so many metres with corners, traffic lights and a pace that varies.
pub(super) fn ride(seed: u64, start_us: i64, metres: u32) -> Vec<Point> {
    let mut dice = Dice(seed * 6007 + 1);
    // from −1 to 1
    let mut any = move || f64::from(number(&mut dice, 20_001)) / 10_000.0 - 1.0;
    let (mut lat, mut lon) = (31.20 + any() / 20.0, 121.45 + any() / 20.0);
    let (mut heading, mut speed, mut gone, mut at_us) = (any() * 3.1, 4.7, 0.0, start_us);
    let mut points = vec![(lat, lon, at_us)];
    while gone < f64::from(metres) {
        if any() > 0.96 {
            for _ in 0..6 {
                at_us += TICK_US;
                points.push((lat + any() * 1e-5, lon + any() * 1e-5, at_us));
            }
        }
        // metres a second
        speed = (0.7 * speed + 0.3 * 4.7 * (1.0 + 0.56 * any())).max(0.3);
        heading += if any() > 0.92 { 1.4 * any() } else { 0.1 * any() };
        let step = speed * 5.0;
        lat += step / 111_200.0 * heading.cos();
        lon += step / (111_200.0 * lat.to_radians().cos()) * heading.sin();
        gone += step;
        at_us += TICK_US;
        points.push((lat + any() * 2.7e-5, lon + any() * 2.7e-5, at_us));
    }
    points
}

/// The recording as an app exports it.
pub(super) fn gpx(points: &[Point]) -> Vec<u8> {
    let mut text = "<?xml version=\"1.0\"?>\n<gpx version=\"1.1\" creator=\"Demo Rides\" \
                    xmlns=\"http://www.topografix.com/GPX/1/1\"><trk><trkseg>\n"
        .to_owned();
    for (lat, lon, at_us) in points {
        let at = instant(*at_us);
        let _ = writeln!(
            text,
            "<trkpt lat=\"{lat:.7}\" lon=\"{lon:.7}\"><time>{at}</time></trkpt>"
        );
    }
    text.push_str("</trkseg></trk></gpx>\n");
    text.into_bytes()
}

/// So many days before now, hour by hour, as a wristband's service exports them.
pub(super) fn steps(seed: u64, now_us: i64, days: i64) -> Result<Vec<u8>, Stop> {
    let mut dice = Dice(seed * 4001 + 1);
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai")?;
    let mut text = "Id,ActivityDay,ActivityHour,StepTotal\n".to_owned();
    for ago in (1..=days).rev() {
        let at = jiff::Timestamp::from_microsecond(now_us - ago * DAY_US)?;
        let day = zone.to_datetime(at).strftime("%m/%d/%Y").to_string();
        for hour in 0..24 {
            let most = match hour {
                0..7 => 20,
                7..9 | 17..20 => 1_900,
                _ => 700,
            };
            let _ = writeln!(text, "1,{day},{hour}:00:00,{}", dice.below(most));
        }
    }
    Ok(text.into_bytes())
}
