use std::fs::{self, OpenOptions};
use std::io::Write;
use std::time::Duration;

use exif::{In, Tag};
use image::imageops;
use proptest::prelude::*;

use super::*;

/// A file of the shared test data, or `None` and a line that says which test skipped it.
fn sample(test: &str, file: &str) -> Option<Vec<u8>> {
    let folder = std::env::var("PUHUI_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let path = format!("{folder}/photos/{file}");
    if let Ok(bytes) = fs::read(&path) {
        return Some(bytes);
    }
    let line = format!("outside::photo::{test}: skipped, no {path}");
    eprintln!("{line}");
    if let Ok(skips) = std::env::var("PUHUI_TEST_SKIPS") {
        let mut file = OpenOptions::new().create(true).append(true).open(skips).unwrap();
        writeln!(file, "{line}").unwrap();
    }
    None
}

fn china() -> Zone {
    Zone::named("Asia/Shanghai").unwrap()
}

fn read(bytes: &[u8], limits: &Limits) -> Result<Photo, PhotoError> {
    let asked = Asked {
        zone: &china(),
        place: false,
    };
    super::read(bytes, limits, &asked)
}

fn read_default(bytes: &[u8]) -> Result<Photo, PhotoError> {
    read(bytes, &Limits::default())
}

/// A picture in which no two ways to hold it look alike.
fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let [x, y] = [x, y].map(|n| u8::try_from(n % 200).unwrap());
        image::Rgb([x, y.wrapping_mul(3), x ^ y])
    })
}

fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg_of(image: &RgbImage) -> Vec<u8> {
    encoded(image, ImageFormat::Jpeg)
}

/// Puts a little-endian EXIF block with these (tag, text) entries and an orientation into a JPEG.
fn with_exif(jpeg: &[u8], orientation: u8, texts: &[(u16, &str)]) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0x69, 0x87, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0; 4]);
    let count = u16::try_from(texts.len()).unwrap();
    tiff.extend(count.to_le_bytes());
    let mut heap = 38 + 2 + 12 * texts.len() + 4;
    for (tag, text) in texts {
        tiff.extend(tag.to_le_bytes());
        tiff.extend([2, 0]);
        tiff.extend(u32::try_from(text.len() + 1).unwrap().to_le_bytes());
        tiff.extend(u32::try_from(heap).unwrap().to_le_bytes());
        heap += text.len() + 1;
    }
    tiff.extend([0; 4]);
    for (_, text) in texts {
        tiff.extend(text.bytes().chain([0]));
    }
    let len = u16::try_from(2 + 6 + tiff.len()).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &len, b"Exif\0\0", &tiff, &jpeg[2..]].concat()
}

fn png_chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(body) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    let len = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&len[..], &kind, body, &(!crc).to_be_bytes()].concat()
}

fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = [&size[..], &[8, 6, 0, 0, 0]].concat();
    let body = [0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png_chunk(*b"IHDR", &header),
        png_chunk(*b"IDAT", &body),
        png_chunk(*b"IEND", b""),
    ]
    .concat()
}

#[test]
fn positions_and_all_other_metadata_are_gone() {
    let test = "positions_and_all_other_metadata_are_gone";
    for number in ["0010", "0012", "0021", "0025", "0027"] {
        let Some(bytes) = sample(test, &format!("exif_gps/DSCN{number}.jpg")) else {
            continue;
        };
        let before = exif::Reader::new()
            .read_from_container(&mut Cursor::new(&bytes))
            .unwrap();
        assert!(
            before.get_field(Tag::GPSLatitude, In::PRIMARY).is_some(),
            "the sample has a place"
        );
        let photo = read_default(&bytes).unwrap();
        assert!(photo.taken.unwrap().starts_with("2008-10-22T1"));
        assert!(
            exif::Reader::new()
                .read_from_container(&mut Cursor::new(&photo.jpeg))
                .is_err()
        );
        for trace in [&b"Exif"[..], b"NIKON", b"GPS", b"http://"] {
            assert!(!photo.jpeg.windows(trace.len()).any(|w| w == trace), "{number}");
        }
    }
}

#[test]
fn every_real_photo_of_the_samples_is_read() {
    let test = "every_real_photo_of_the_samples_is_read";
    for file in [
        "dark/lol_1.png",
        "dark/rapidocr_empty_black.jpg",
        "exif_misc/45-gps_ifd.jpg",
        "exif_misc/67-0_length_string.jpg",
        "exif_misc/Canon_40D.jpg",
        "exif_misc/Canon_40D_photoshop_import.jpg",
        "exif_misc/long_description.jpg",
        "near_duplicate/iphone_hdr_NO.jpg",
        "text/easyocr_chinese.jpg",
        "text/rapidocr_ch_en_num.jpg",
    ] {
        let Some(bytes) = sample(test, file) else { continue };
        let photo = read_default(&bytes).unwrap();
        assert!(photo.width.max(photo.height) <= 1_600, "{file}");
        let again = read_default(&photo.jpeg).unwrap();
        assert_eq!(again.pixels_sha256, photo.copy_sha256, "{file}");
        assert_eq!(again.taken, None);
    }
}

#[test]
fn samples_with_an_orientation_come_out_upright() {
    let test = "samples_with_an_orientation_come_out_upright";
    for (file, landscape) in [
        ("landscape_1", true),
        ("landscape_8", true),
        ("portrait_1", false),
        ("portrait_6", false),
    ] {
        let Some(bytes) = sample(test, &format!("exif_orientation/{file}.jpg")) else {
            continue;
        };
        let photo = read_default(&bytes).unwrap();
        assert_eq!(photo.width > photo.height, landscape, "{file}");
    }
}

#[test]
fn heic_is_told_to_come_as_jpeg() {
    assert_eq!(read_default(b"\0\0\0\x1cftypavif\0\0\0\0"), Err(PhotoError::Heic));
    let Some(bytes) = sample("heic_is_told_to_come_as_jpeg", "exif_misc/samplefilehub.heif") else {
        return;
    };
    assert_eq!(read_default(&bytes), Err(PhotoError::Heic));
}

#[test]
fn all_eight_orientations_are_applied_and_hash_alike() {
    let upright = scene(64, 41);
    let jpeg = jpeg_of(&upright);
    let plain = read_default(&jpeg).unwrap();
    for orientation in 1..=8 {
        let photo = read_default(&with_exif(&jpeg, orientation, &[])).unwrap();
        let mut expected = image::load_from_memory(&jpeg).unwrap();
        expected.apply_orientation(Orientation::from_exif(orientation).unwrap());
        assert_eq!((photo.width, photo.height), (expected.width(), expected.height()));
        let shown = image::load_from_memory(&photo.jpeg).unwrap().into_rgb8();
        let off: u64 = shown
            .iter()
            .zip(expected.to_rgb8().iter())
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        assert!(
            off / u64::from(64 * 41 * 3_u32) < 12,
            "orientation {orientation}: {off}"
        );
        assert_eq!(photo.pixels_sha256, plain.pixels_sha256);
        let turned = read_default(&encoded(&expected.into_rgb8(), ImageFormat::Png)).unwrap();
        assert_eq!(turned.pixels_sha256, plain.pixels_sha256, "orientation {orientation}");
    }
    let mut other = scene(64, 41);
    other.put_pixel(3, 3, image::Rgb([255, 0, 0]));
    assert_ne!(pixels_sha256(&other), pixels_sha256(&upright));
    let wall = |w, h| pixels_sha256(&RgbImage::new(w, h));
    assert_eq!(wall(5, 9), wall(9, 5));
    assert_ne!(wall(5, 9), wall(3, 15));
}

#[test]
fn our_own_copy_sent_back_is_recognised() {
    let first = read_default(&encoded(&scene(1_700, 1_100), ImageFormat::WebP)).unwrap();
    assert_eq!((first.width, first.height), (1_600, 1_035));
    let with_new_metadata = with_exif(&first.jpeg, 6, &[(0x9003, "2026:11:24 08:12:00")]);
    let second = read_default(&with_new_metadata).unwrap();
    assert_eq!(second.pixels_sha256, first.copy_sha256);
    assert_ne!(second.original_sha256, crate::sha256(&first.jpeg));
}

#[test]
fn capture_time_is_read_with_its_offset() {
    let jpeg = jpeg_of(&scene(8, 8));
    let original = 0x9003;
    let offset = 0x9011;
    for (texts, expected) in [
        (&[][..], None),
        (&[(original, "2026:11:24 08:12:00")], Some("2026-11-24T08:12:00")),
        (
            &[(original, "2026:11:24 08:12:00"), (offset, "+08:00")],
            Some("2026-11-24T08:12:00+08:00"),
        ),
        (
            &[(original, "2026:11:24 08:12:00"), (offset, "-03:30")],
            Some("2026-11-24T08:12:00-03:30"),
        ),
        (
            &[(original, "2026:11:24 08:12:00"), (offset, "+99:00")],
            Some("2026-11-24T08:12:00"),
        ),
        (
            &[(original, "2026:11:24 08:12:00"), (offset, "   :  ")],
            Some("2026-11-24T08:12:00"),
        ),
        (&[(original, "0000:00:00 00:00:00")], None),
        (&[(original, "2026:13:24 08:12:00")], None),
        (&[(original, "    :  :     :  :  ")], None),
        (&[(original, "yesterday")], None),
    ] {
        let photo = read_default(&with_exif(&jpeg, 1, texts)).unwrap();
        assert_eq!(photo.taken.as_deref(), expected, "{texts:?}");
    }
}

#[test]
fn what_is_no_photo_is_named() {
    for (bytes, looks_like) in [
        (&b""[..], "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "svg"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a -->\n<SVG/>", "svg"),
        (b"<?xml version='1.0'?><feed/>", "xml"),
        (b"\n <!DOCTYPE html><script>alert(1)</script>", "html"),
        (b"%PDF-1.7", "pdf"),
        (b"GIF89a", "gif"),
        (b"BM1234", "bmp"),
        (b"II*\0", "tiff"),
        (b"PK\x03\x04", "zip"),
        (b"\0\0\0\x18ftypmp42", "video"),
        (b"\0\0\0\x18ftyp", "video"),
        (b"RIFF\0\0\0\0WAVE", "unknown"),
        (b"just text", "unknown"),
    ] {
        let refused = read_default(bytes).unwrap_err();
        assert_eq!(refused, PhotoError::NotAPhoto { looks_like });
        assert_eq!(refused.code(), "photo.not_a_photo");
    }
}

#[test]
fn limits_are_exact() {
    let bytes = encoded(&scene(60, 40), ImageFormat::Png);
    let exact = Limits {
        bytes: bytes.len(),
        pixels: 2_400,
        side: 60,
        out_side: 60,
    };
    let photo = read(&bytes, &exact).unwrap();
    assert_eq!((photo.width, photo.height), (60, 40));

    let refused = |limits| read(&bytes, &limits).unwrap_err();
    let limit = bytes.len() - 1;
    let too_many_bytes = refused(Limits {
        bytes: limit,
        ..exact.clone()
    });
    assert_eq!(too_many_bytes, PhotoError::TooManyBytes { limit });
    assert_eq!(too_many_bytes.code(), "photo.too_large");
    let (width, height) = (60, 40);
    let too_many_pixels = refused(Limits {
        pixels: 2_399,
        ..exact.clone()
    });
    assert_eq!(
        too_many_pixels,
        PhotoError::TooManyPixels {
            width,
            height,
            limit: 2_399
        }
    );
    let side_too_long = refused(Limits {
        side: 59,
        ..exact.clone()
    });
    assert_eq!(
        side_too_long,
        PhotoError::SideTooLong {
            width,
            height,
            limit: 59
        }
    );

    let smaller = read(
        &bytes,
        &Limits {
            out_side: 59,
            ..exact.clone()
        },
    )
    .unwrap();
    assert_eq!((smaller.width, smaller.height), (59, 39));
    let thin = read(
        &encoded(&scene(500, 1), ImageFormat::Png),
        &Limits { side: 500, ..exact },
    )
    .unwrap();
    assert_eq!((thin.width, thin.height), (60, 1));
}

#[test]
fn sixteen_bits_a_colour_cost_half_of_the_pixels() {
    let deep = DynamicImage::ImageRgba16(image::ImageBuffer::new(10, 10));
    let mut bytes = Cursor::new(Vec::new());
    deep.write_to(&mut bytes, ImageFormat::Png).unwrap();
    let bytes = bytes.into_inner();
    let limits = |pixels| Limits {
        pixels,
        ..Limits::default()
    };
    assert!(read(&bytes, &limits(200)).is_ok());
    assert_eq!(read(&bytes, &limits(199)).unwrap_err().code(), "photo.too_many_pixels");
}

#[test]
fn bombs_are_refused_by_their_header() {
    let mut jpeg = jpeg_of(&scene(16, 16));
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff".to_vec();
    webp.extend(b"VP8L\x05\0\0\0\x2f\xff\xff\xff\x0f\0");
    webp[4] = u8::try_from(webp.len() - 8).unwrap();
    for (name, bomb) in [
        ("png", png_bomb(50_000, 50_000)),
        ("png of 2^31 a side", png_bomb(0x7fff_ffff, 0x7fff_ffff)),
        ("jpeg", jpeg),
        ("webp", webp),
    ] {
        #[expect(clippy::disallowed_methods, reason = "this test measures time")]
        let start = std::time::Instant::now();
        let refused = read_default(&bomb).unwrap_err();
        let took = start.elapsed();
        assert!(
            matches!(refused.code(), "photo.side_too_long" | "photo.broken"),
            "{name}: {refused}"
        );
        assert!(took < Duration::from_millis(20), "{name}: {took:?}");
    }
    let square = read_default(&png_bomb(12_000, 12_000)).unwrap_err();
    assert_eq!(square.code(), "photo.too_many_pixels");
    assert_eq!(
        read_default(&png_bomb(7_000, 7_000)).unwrap_err().code(),
        "photo.broken"
    );
}

#[test]
fn an_upload_cut_anywhere_is_refused() {
    let image = scene(90, 70);
    let jpeg = with_exif(&jpeg_of(&image), 6, &[(0x9003, "2026:11:24 08:12:00")]);
    let mut files = vec![
        jpeg,
        encoded(&image, ImageFormat::Png),
        encoded(&image, ImageFormat::WebP),
    ];
    let test = "an_upload_cut_anywhere_is_refused";
    files.extend(sample(test, "exif_orientation/portrait_6.jpg"));
    files.extend(sample(test, "dark/lol_1.png"));
    for file in files {
        let start = String::from_utf8_lossy(&file[..8]).into_owned();
        assert!(read_default(&file).is_ok(), "{start}");
        let cuts = (0..50)
            .map(|n| file.len() * n / 50)
            .chain([file.len() - 2, file.len() - 1]);
        for cut in cuts {
            assert!(
                read_default(&file[..cut]).is_err(),
                "{start} cut at {cut} of {}",
                file.len()
            );
        }
    }
}

#[test]
fn what_follows_the_end_of_a_photo_is_dropped() {
    let mut bytes = jpeg_of(&scene(16, 16));
    let plain = read_default(&bytes).unwrap();
    bytes.extend(b"<script>alert(1)</script>");
    let photo = read_default(&bytes).unwrap();
    assert_eq!(photo.jpeg, plain.jpeg);
    assert_eq!(photo.pixels_sha256, plain.pixels_sha256);
    assert_ne!(photo.original_sha256, plain.original_sha256);
}

/// Small, because a flipped bit in a header makes a decoder fill as many pixels as it may.
fn small() -> Limits {
    Limits {
        pixels: 200_000,
        ..Limits::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_bytes_never_panic(kind in 0..4_usize, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let magic = [&b""[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x20\0\0\0WEBPVP8 "];
        let _ = read(&[magic[kind], &bytes].concat(), &small());
    }

    #[test]
    fn damaged_photos_never_panic(
        kind in 0..4_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let image = imageops::thumbnail(&scene(96, 64), 48, 32);
        let mut bytes = match kind {
            0 => encoded(&image, ImageFormat::Png),
            1 => encoded(&image, ImageFormat::WebP),
            _ => with_exif(&jpeg_of(&image), 6, &[(0x9003, "2026:11:24 08:12:00"), (0x9011, "+08:00")]),
        };
        for (index, byte) in damage {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes, &small());
    }
}

fn facts(bytes: &[u8], place: bool) -> PhotoFacts {
    let zone = china();
    super::read(bytes, &Limits::default(), &Asked { zone: &zone, place })
        .unwrap()
        .facts
}

#[test]
fn the_instant_follows_the_cameras_offset_else_the_programmes_zone() {
    let jpeg = jpeg_of(&scene(8, 8));
    let at = |texts: &[(u16, &str)]| {
        facts(&with_exif(&jpeg, 1, texts), false)
            .taken
            .map(|taken| (taken.at_us, taken.zoned))
    };
    let original = (0x9003, "2026:11:24 08:12:00");
    let utc_us = 1_795_479_120_000_000; // 2026-11-24T00:12:00Z
    assert_eq!(at(&[original]), Some((utc_us, false)));
    assert_eq!(
        at(&[original, (0x9011, "+09:00")]),
        Some((utc_us - 3_600_000_000, true))
    );
    assert_eq!(at(&[(0x9003, "2026:02:30 08:12:00")]), None, "no such day");
}

#[test]
fn a_position_is_read_only_where_it_is_asked_for() {
    let Some(bytes) = sample("a_position_is_read_only_where_it_is_asked_for", "exif_gps/DSCN0010.jpg") else {
        return;
    };
    assert_eq!(facts(&bytes, false).place, None);
    let place = facts(&bytes, true).place.unwrap();
    // Arezzo
    assert!((434_600_000..434_800_000).contains(&place.lat_e7), "{place:?}");
    assert!((118_700_000..119_000_000).contains(&place.lon_e7), "{place:?}");
}

#[test]
fn editors_are_named_and_cameras_firmware_is_none() {
    let test = "editors_are_named_and_cameras_firmware_is_none";
    for (file, editor) in [
        ("exif_misc/Canon_40D.jpg", Some("GIMP 2.4.5")),
        ("exif_misc/Canon_40D_photoshop_import.jpg", Some("GIMP 2.4.5")),
        (
            "exif_orientation/landscape_1.jpg",
            Some("Adobe Photoshop CS5 Macintosh"),
        ),
        ("exif_gps/DSCN0010.jpg", None),
        ("near_duplicate/iphone_hdr_NO.jpg", None),
        ("objects/bicycle_dog_darknet.jpg", None),
    ] {
        let Some(bytes) = sample(test, file) else { continue };
        assert_eq!(facts(&bytes, false).editor.as_deref(), editor, "{file}");
    }
    let jpeg = jpeg_of(&scene(8, 8));
    let segment = |mark: u8, body: &[u8]| {
        let len = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, mark], &len, body, &jpeg[2..]].concat()
    };
    let xmp = |text: &str| segment(0xe1, format!("http://ns.adobe.com/xap/1.0/\0{text}").as_bytes());
    for (bytes, editor) in [
        (xmp("<rdf xmp:CreatorTool=\"Snapseed 2.0\"/>"), Some("Snapseed 2.0")),
        (xmp("<xmp:CreatorTool>美图秀秀</xmp:CreatorTool>"), Some("美图秀秀")),
        (xmp("<rdf xmp:CreatorTool='17.1.2'/>"), None),
        (
            xmp("<x>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"),
            Some("trainedAlgorithmicMedia"),
        ),
        (segment(0xed, b"Photoshop 3.0\x008BIM\x04\x06\0\0"), Some("Photoshop")),
        (segment(0xed, b"Photoshop 3.0\x008BIM\x04\x04\0\0"), None),
        (segment(0xec, b"Ducky\0\x01"), Some("Photoshop")),
        (with_exif(&jpeg, 1, &[(0xa43b, "PicsArt")]), Some("PicsArt")),
    ] {
        assert_eq!(facts(&bytes, false).editor.as_deref(), editor);
    }
}

#[test]
fn screens_and_cameras_are_told_apart() {
    use domain::evidence::photo::Source;
    let png = |width, height| facts(&encoded(&RgbImage::new(width, height), ImageFormat::Png), false).source;
    assert_eq!(png(1170, 2532), Source::Screenshot);
    assert_eq!(png(2532, 1170), Source::Screenshot);
    assert_eq!(png(1080, 1440), Source::Unknown, "a photo passed on by a messenger");
    let jpeg = |width, height| facts(&jpeg_of(&RgbImage::new(width, height)), false).source;
    assert_eq!(jpeg(1080, 2400), Source::Screenshot);
    assert_eq!(jpeg(1080, 1920), Source::Unknown, "16:9 may be a camera's");
    if let Some(bytes) = sample("screens_and_cameras_are_told_apart", "exif_gps/DSCN0010.jpg") {
        assert_eq!(facts(&bytes, false).source, Source::Camera);
    }
}

#[test]
fn sides_and_brightness_are_those_of_the_upright_photo() {
    let mut image = RgbImage::new(60, 40);
    for (x, _, pixel) in image.enumerate_pixels_mut() {
        *pixel = image::Rgb([if x < 15 { 240 } else { 8 }; 3]);
    }
    let facts = facts(&with_exif(&jpeg_of(&image), 6, &[]), false);
    assert_eq!((facts.width, facts.height), (40, 60));
    let light = facts.brightness;
    assert!(
        (60..=72).contains(&light.mean) && (95..=106).contains(&light.spread),
        "{light:?}"
    );
    assert!(
        (700..=760).contains(&light.dark_permille) && (240..=260).contains(&light.glare_permille),
        "{light:?}"
    );
}
