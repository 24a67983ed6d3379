//! Altered copies of real photos are found again, and photos of other scenes are not taken for them.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use domain::evidence::looks::{self, Index};
use domain::evidence::{Looks, Policy};
use domain::measure::Zone;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage, imageops};
use outside::photo::{Asked, Limits, Photo, read};

/// The photos of the shared test data, or none and a line that says which test skipped them.
fn photos(test: &str) -> Vec<(String, Vec<u8>)> {
    let folder = std::env::var("PUHUI_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let folder = PathBuf::from(folder).join("photos");
    let mut photos = Vec::new();
    for kind in fs::read_dir(&folder).into_iter().flatten().flatten() {
        for file in fs::read_dir(kind.path()).into_iter().flatten().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if file.path().extension().is_some_and(|kind| kind != "heif") {
                photos.push((name, fs::read(file.path()).unwrap()));
            }
        }
    }
    if photos.is_empty() {
        let line = format!("outside::looks::{test}: skipped, no {}", folder.display());
        eprintln!("{line}");
        if let Ok(skips) = std::env::var("PUHUI_TEST_SKIPS") {
            let mut file = OpenOptions::new().create(true).append(true).open(skips).unwrap();
            writeln!(file, "{line}").unwrap();
        }
    }
    photos.sort();
    photos
}

/// Photos of one name show one scene: the samples hold the same picture under several orientations, and an HDR pair.
fn scene(name: &str) -> &str {
    match name {
        "portrait_1.jpg" | "portrait_6.jpg" | "landscape_1.jpg" | "landscape_8.jpg" => "lake",
        "Canon_40D.jpg" | "Canon_40D_photoshop_import.jpg" => "Canon_40D",
        "iphone_hdr_NO.jpg" | "iphone_hdr_YES.jpg" => "iphone_hdr",
        other => other,
    }
}

fn read_default(bytes: &[u8]) -> Photo {
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let asked = Asked {
        zone: &zone,
        place: false,
    };
    read(bytes, &Limits::default(), &asked).unwrap()
}

fn jpeg(image: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    image
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
        .unwrap();
    bytes
}

fn resized(image: &RgbImage, percent: u32) -> RgbImage {
    let side = |n: u32| (n * percent / 100).max(1);
    imageops::resize(
        image,
        side(image.width()),
        side(image.height()),
        imageops::FilterType::Triangle,
    )
}

/// Cuts so many thousandths off the left, the top, the right and the bottom.
fn cropped(image: &RgbImage, cut: [u32; 4]) -> RgbImage {
    let (width, height) = image.dimensions();
    let [left, top, right, bottom] = cut;
    let (x, y) = (width * left / 1000, height * top / 1000);
    let (across, down) = (width - x - width * right / 1000, height - y - height * bottom / 1000);
    imageops::crop_imm(image, x, y, across, down).to_image()
}

/// Turned by so many degrees about its middle; what lies outside is black.
fn turned(image: &RgbImage, degrees: f64) -> RgbImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = image.dimensions();
    let (mid_x, mid_y) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (f64::from(x) + 0.5 - mid_x, f64::from(y) + 0.5 - mid_y);
        let (u, v) = (x * cos - y * sin + mid_x - 0.5, x * sin + y * cos + mid_y - 0.5);
        #[expect(clippy::cast_possible_truncation, reason = "a position within the picture")]
        imageops::interpolate_bilinear(image, u as f32, v as f32).unwrap_or(Rgb([0, 0, 0]))
    })
}

fn brightened(image: &RgbImage, percent: u32) -> RgbImage {
    let mut image = image.clone();
    for value in image.iter_mut() {
        *value = u8::try_from(u32::from(*value) * percent / 100).unwrap_or(255);
    }
    image
}

/// A white band with dark strokes like writing over the lowest eighth.
fn captioned(image: &RgbImage) -> RgbImage {
    let mut image = image.clone();
    let (width, height) = image.dimensions();
    let band = (height / 8).max(1);
    for y in height - band..height {
        for x in 0..width {
            let (column, row) = (x * 16 / band, (y + band - height) * 8 / band);
            let ink = (2..6).contains(&row) && (column * 7 + row * 3 + column * row) % 5 < 2;
            image.put_pixel(x, y, if ink { Rgb([20, 20, 40]) } else { Rgb([250, 250, 250]) });
        }
    }
    image
}

/// Half-transparent diagonal stripes in the middle, like the mark of a picture agency.
fn watermarked(image: &RgbImage) -> RgbImage {
    let mut image = image.clone();
    let (width, height) = image.dimensions();
    let stroke = (width.min(height) / 40).max(1);
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let middle = x * 4 > width && x * 4 < 3 * width && y * 3 > height && y * 3 < 2 * height;
        if middle && (x + y) / stroke % 4 == 0 {
            pixel.0 = pixel.0.map(|value| value / 2 + 127);
        }
    }
    image
}

type Alter = Box<dyn Fn(&RgbImage) -> Vec<u8>>;

fn alterations() -> Vec<(&'static str, Alter)> {
    let mut all: Vec<(&'static str, Alter)> = Vec::new();
    let mut add = |name, alter: fn(&RgbImage) -> RgbImage, quality| {
        all.push((
            name,
            Box::new(move |image: &RgbImage| jpeg(&alter(image), quality)) as Alter,
        ));
    };
    add("compressed, quality 70", RgbImage::clone, 70);
    add("compressed, quality 50", RgbImage::clone, 50);
    add("resized to 75 %", |i| resized(i, 75), 85);
    add("resized to 50 %", |i| resized(i, 50), 85);
    add("mirrored", imageops::flip_horizontal, 85);
    add("turned by 90°, orientation dropped", imageops::rotate90, 85);
    add("turned by 3°, black corners", |i| turned(i, 3.0), 85);
    add("turned by 3°, black corners", |i| turned(i, -3.0), 85);
    add("turned by 3°, corners cut", |i| cropped(&turned(i, 3.0), [50; 4]), 85);
    add("turned by 3°, corners cut", |i| cropped(&turned(i, -3.0), [50; 4]), 85);
    add("brightened by 20 %", |i| brightened(i, 120), 85);
    add("darkened by 20 %", |i| brightened(i, 80), 85);
    add("watermark in the middle", watermarked, 85);
    add("caption over an eighth", captioned, 85);
    for (name, per) in [("cropped by 5 %", 50), ("cropped by 10 %", 100)] {
        for cut in [
            [per, 0, 0, 0],
            [0, per, 0, 0],
            [0, 0, per, 0],
            [0, 0, 0, per],
            [per, per, 0, 0],
            [0, per, per, 0],
            [per, 0, 0, per],
            [0, 0, per, per],
            [per / 2; 4],
        ] {
            all.push((name, Box::new(move |i: &RgbImage| jpeg(&cropped(i, cut), 85))));
        }
    }
    all.push((
        "cropped by 10 % on every side",
        Box::new(|i: &RgbImage| jpeg(&cropped(i, [100; 4]), 85)),
    ));
    all.push((
        "mirrored, cropped by 5 %, quality 60",
        Box::new(|i: &RgbImage| jpeg(&cropped(&imageops::flip_horizontal(i), [50, 0, 0, 50]), 60)),
    ));
    all
}

#[derive(Default)]
struct Row {
    tries: u32,
    alike: u32,
    resembles: u32,
    furthest: u16,
}

#[test]
fn altered_copies_are_found_and_other_scenes_are_not() {
    let photos = photos("altered_copies_are_found_and_other_scenes_are_not");
    let limits = &Policy::shipped().limits;
    let kept: Vec<Vec<u8>> = photos
        .iter()
        .map(|(_, bytes)| read_default(bytes).looks.to_bytes())
        .collect();
    let looks: Vec<Looks> = kept.iter().map(|bytes| Looks::from_bytes(bytes).unwrap()).collect();
    let index = Index::build(
        (0..)
            .zip(&kept)
            .map(|(id, bytes)| (id, looks::prints_from_head(bytes).unwrap())),
    );

    let mut table: Vec<(&str, Row)> = Vec::new();
    let (mut nearest_other, mut false_alarms) = (1000, Vec::new());
    for (n, (name, bytes)) in photos.iter().enumerate() {
        if looks[n].is_plain() {
            println!("{name} is plain: only its very pixels are known again");
            continue;
        }
        let upright = image::load_from_memory(&read_default(bytes).jpeg).unwrap();
        let upright = upright
            .thumbnail(1_000.min(upright.width()), 1_000.min(upright.height()))
            .into_rgb8();
        for (what, alter) in alterations() {
            let copy = read_default(&alter(&upright)).looks;
            let mut nearest = 1000;
            for candidate in index.search(&copy) {
                let found = usize::try_from(candidate.id).unwrap();
                let apart = looks::apart(&copy, &looks[found]);
                if scene(&photos[found].0) == scene(name) {
                    nearest = nearest.min(apart);
                } else {
                    nearest_other = nearest_other.min(apart);
                    if apart <= limits.photo_resembles_permille {
                        false_alarms.push(format!("{name}, {what}: {} at {apart}", photos[found].0));
                    }
                }
            }
            if table.last().is_none_or(|(last, _)| *last != what) && !table.iter().any(|(row, _)| *row == what) {
                table.push((what, Row::default()));
            }
            let (_, row) = table.iter_mut().find(|(row, _)| *row == what).unwrap();
            row.tries += 1;
            row.alike += u32::from(nearest <= limits.photo_alike_permille);
            row.resembles +=
                u32::from(nearest > limits.photo_alike_permille && nearest <= limits.photo_resembles_permille);
            if nearest > limits.photo_resembles_permille {
                println!("missed: {name}, {what} ({nearest})");
            } else {
                row.furthest = row.furthest.max(nearest);
            }
        }
    }
    println!("| alteration | found | as the same | as the same scene | furthest found |\n|---|---|---|---|---|");
    let (mut found, mut tries) = (0, 0);
    for (what, row) in &table {
        let hits = row.alike + row.resembles;
        println!(
            "| {what} | {hits} of {} | {} | {} | {} |",
            row.tries, row.alike, row.resembles, row.furthest
        );
        (found, tries) = (found + hits, tries + row.tries);
    }
    println!(
        "{found} of {tries} found; false alarms: {false_alarms:?}; nearest other scene among candidates: {nearest_other}"
    );
    assert!(found * 1000 >= tries * 980, "{found} of {tries}");
    assert!(false_alarms.is_empty(), "{false_alarms:?}");
}

#[test]
fn scenes_are_far_apart_and_an_hdr_pair_resembles() {
    let photos = photos("scenes_are_far_apart_and_an_hdr_pair_resembles");
    let limits = &Policy::shipped().limits;
    let looks: Vec<Looks> = photos.iter().map(|(_, bytes)| read_default(bytes).looks).collect();
    let mut nearest = 1000;
    for (n, one) in looks.iter().enumerate() {
        for (m, other) in looks.iter().enumerate().skip(n + 1) {
            let (name, other_name) = (photos[n].0.as_str(), photos[m].0.as_str());
            let apart = looks::apart(one, other);
            if scene(name) != scene(other_name) {
                assert!(
                    apart > limits.photo_resembles_permille,
                    "{name} and {other_name}: {apart}"
                );
                nearest = nearest.min(apart);
            } else if scene(name) == "iphone_hdr" {
                println!("the HDR pair: {apart}");
                assert!(
                    apart > limits.photo_alike_permille && apart <= limits.photo_resembles_permille,
                    "{apart}"
                );
                assert!(looks::apart(other, one) > limits.photo_alike_permille);
            }
        }
    }
    println!("nearest of {} photos of different scenes: {nearest}", looks.len());
}

#[test]
fn a_plain_photo_is_like_nothing() {
    let wall = |grey| read_default(&jpeg(&RgbImage::from_pixel(640, 480, Rgb([grey; 3])), 85)).looks;
    assert!(wall(4).is_plain());
    assert_eq!(looks::apart(&wall(4), &wall(4)), 1000);
    let index = Index::build([(1, wall(4).prints().to_vec())]);
    assert!(index.search(&wall(4)).is_empty());
    for (name, bytes) in photos("a_plain_photo_is_like_nothing") {
        let plain = read_default(&bytes).looks.is_plain();
        assert_eq!(
            plain,
            matches!(name.as_str(), "rapidocr_empty_black.jpg" | "67-0_length_string.jpg"),
            "{name}"
        );
    }
}
