//! Altered copies of real photos are found again, and photos of other scenes are not taken for them.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use domain::evidence::looks::{self, Index};
use domain::evidence::{Looks, Policy};
use domain::measure::Zone;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, Rgb, RgbImage, imageops};
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
            if !name.ends_with(".heif") {
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
    add("compressed, quality 70", |i| i.clone(), 70);
    add("compressed, quality 50", |i| i.clone(), 50);
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

#[test]
fn altered_copies_are_found_and_other_scenes_are_not() {
    let photos = photos("altered_copies_are_found_and_other_scenes_are_not");
    if photos.is_empty() {
        return;
    }
    let limits = &Policy::shipped().limits;
    let debug = std::env::var("LOOKS_DEBUG").is_ok();
    let originals: Vec<Photo> = photos.iter().map(|(_, bytes)| read_default(bytes)).collect();
    let stored: Vec<Vec<u8>> = originals.iter().map(|photo| photo.looks.to_bytes()).collect();
    let stored_looks: Vec<Looks> = stored.iter().map(|bytes| Looks::from_bytes(bytes).unwrap()).collect();
    let index = Index::build(
        (0..)
            .zip(&stored)
            .map(|(id, bytes)| (id, looks::prints_from_head(bytes).unwrap())),
    );
    if debug {
        let mut sheet = RgbImage::new(7 * 200, 4 * 200);
        for (n, photo) in originals.iter().enumerate() {
            let small = image::load_from_memory(&photo.jpeg)
                .unwrap()
                .thumbnail(196, 196)
                .into_rgb8();
            imageops::replace(&mut sheet, &small, (n % 7 * 200) as i64, (n / 7 * 200) as i64);
        }
        sheet.save("/tmp/sheet.png").unwrap();
    }
    for (a, one) in stored_looks.iter().enumerate() {
        if debug {
            println!(
                "{} prints {} bytes {} {:?}",
                photos[a].0,
                one.prints().len(),
                stored[a].len(),
                originals[a].facts
            );
        }
        for (b, other) in stored_looks.iter().enumerate().skip(a + 1) {
            let apart = looks::apart(one, other);
            if apart < 350 {
                println!("{} and {}: {apart:?}", photos[a].0, photos[b].0);
            }
        }
    }
    let mut table: BTreeMap<usize, (&str, u32, u32, u32, u16)> = BTreeMap::new();
    let mut false_alarms = 0;
    let mut nearest_false = 1000;
    let names: Vec<&str> = alterations().iter().map(|(name, _)| *name).collect();
    for (n, (name, _)) in photos.iter().enumerate() {
        if stored_looks[n].is_plain() {
            println!("{name}: plain");
            continue;
        }
        // as it is shown: orientation applied
        let upright = {
            let all = Limits {
                out_side: 12_000,
                ..Limits::default()
            };
            let zone = Zone::named("Asia/Shanghai").unwrap();
            let photo = read(
                &photos[n].1,
                &all,
                &Asked {
                    zone: &zone,
                    place: false,
                },
            )
            .unwrap();
            image::load_from_memory(&photo.jpeg)
                .map(DynamicImage::into_rgb8)
                .unwrap()
        };
        // enough for every look, and four times as fast
        let upright = if upright.width().max(upright.height()) > 1600 {
            DynamicImage::ImageRgb8(upright).thumbnail(1600, 1600).into_rgb8()
        } else {
            upright
        };
        for (number, (what, alter)) in alterations().iter().enumerate() {
            if std::env::var("LOOKS_ONLY").is_ok_and(|only| !only.split(',').any(|o| what.contains(o))) {
                continue;
            }
            let copy = read_default(&alter(&upright));
            let candidates = index.search(&copy.looks);
            let mut found = false;
            let mut retrieved = false;
            let mut nearest = 1000;
            for candidate in &candidates {
                let id = usize::try_from(candidate.id).unwrap();
                let apart = looks::apart(&copy.looks, &stored_looks[id]);
                if scene(&photos[id].0) == scene(name) {
                    retrieved = true;
                    nearest = nearest.min(apart);
                    found |= apart <= limits.photo_alike_permille;
                } else {
                    nearest_false = nearest_false.min(apart);
                    if apart <= limits.photo_resembles_permille {
                        false_alarms += 1;
                        println!("FALSE {name} {what}: {} apart {apart}", photos[id].0);
                    }
                }
            }
            if !found || debug && nearest > 60 {
                println!(
                    "{} {name}: {what}: retrieved {retrieved} apart {nearest} direct {}; prints {}",
                    if found { "far" } else { "MISSED" },
                    looks::apart(&copy.looks, &stored_looks[n]),
                    copy.looks.prints().len()
                );
            }
            let key = names.iter().position(|other| other == what).unwrap_or(number);
            let row = table.entry(key).or_insert((what, 0, 0, 0, 0));
            row.1 += u32::from(found);
            row.2 += u32::from(retrieved);
            row.3 += 1;
            row.4 = row.4.max(nearest);
        }
    }
    let (mut found, mut all) = (0, 0);
    for (what, hits, retrieved, tries, furthest) in table.values() {
        println!("| {what} | {hits} / {tries} | retrieved {retrieved} | {furthest} |");
        found += hits;
        all += tries;
    }
    println!("all: {found} of {all}; false alarms {false_alarms}; nearest of another scene {nearest_false}");
    assert!(found * 100 >= all * 98, "{found} of {all}");
    assert_eq!(false_alarms, 0);
}
