//! Writes the seeds of the fuzz targets: a few small inputs of every format, made here and nowhere else.
//! `cargo run --manifest-path fuzz/Cargo.toml --example seeds`

use std::fs;
use std::io::Cursor;
use std::path::Path;

use domain::evidence::{Looks, Policy};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let put = |target: &str, name: &str, bytes: &[u8]| {
        let folder = root.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    let picture = RgbImage::from_fn(48, 36, |x, y| Rgb([(x * 5) as u8, (y * 7) as u8, ((x / 6 + y / 5) % 2 * 200) as u8]));
    let picture = DynamicImage::ImageRgb8(picture);
    for (name, format) in [("jpeg", ImageFormat::Jpeg), ("png", ImageFormat::Png), ("webp", ImageFormat::WebP)] {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).map_err(std::io::Error::other)?;
        put("photo", name, bytes.get_ref())?;
    }
    let (width, height) = Looks::size_for(48, 36);
    let cells: Vec<u16> = (0..width * height).map(|i| (i.wrapping_mul(2_654_435) % 65_000) as u16).collect();
    if let Some(looks) = Looks::of(width, height, &cells) {
        put("looks", "two", &[looks.to_bytes(), looks.to_bytes()].concat())?;
    }

    let gpx = "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"seed\"><trk><trkseg>\
        <trkpt lat=\"31.20\" lon=\"121.40\"><ele>4</ele><time>2026-11-23T00:00:00Z</time></trkpt>\
        <trkpt lat=\"31.21\" lon=\"121.41\"><time>2026-11-23T00:05:00Z</time></trkpt></trkseg></trk></gpx>";
    put("track", "gpx", gpx.as_bytes())?;
    let tcx = "<TrainingCenterDatabase><Activities><Activity Sport=\"Biking\"><Lap><Track><Trackpoint>\
        <Time>2026-11-23T00:00:00Z</Time><Position><LatitudeDegrees>31.2</LatitudeDegrees>\
        <LongitudeDegrees>121.4</LongitudeDegrees></Position></Trackpoint></Track></Lap></Activity></Activities></TrainingCenterDatabase>";
    put("track", "tcx", tcx.as_bytes())?;
    let geojson = r#"{"type":"Feature","properties":{"coordTimes":["2026-11-23T00:00:00Z","2026-11-23T00:05:00Z"]},"geometry":{"type":"LineString","coordinates":[[121.4,31.2],[121.41,31.21]]}}"#;
    put("track", "geojson", geojson.as_bytes())?;
    put("track", "csv", b"time,lat,lon,accuracy\n2026-11-23T00:00:00Z,31.2,121.4,5\n1795392300,31.21,121.41,5\n")?;
    put("track", "fit", &fit())?;

    let apple = "<?xml version=\"1.0\"?><HealthData><Record type=\"HKQuantityTypeIdentifierStepCount\" sourceName=\"seed\" unit=\"count\" \
        startDate=\"2026-11-23 08:00:00 +0800\" endDate=\"2026-11-23 08:10:00 +0800\" value=\"812\"/></HealthData>";
    put("steps", "apple", apple.as_bytes())?;
    put("steps", "plain", b"day,steps\n2026-11-23,8123\n")?;
    put("steps", "hours", b"Id,ActivityDay,ActivityHour,StepTotal\n1,11/23/2026,8:00:00,373\n1,11/23/2026,9:00:00,160\n")?;
    put("wechat", "form", b"AAAAAAAAAAAAAAAAAAAAAA==\nAAAAAAAAAAAAAAAAAAAAAA==\nAAAAAAAAAAAAAAAAAAAAAA==")?;
    let signed = "msg_1\n1795449600\nv1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nwhsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n{}";
    put("signature", "form", signed.as_bytes())?;
    put("policy", "differs", b"[limits]\naudit_permille = 0\n[signs]\n\"photo.old\" = 70\n[behaviour.metro-trip]\nproofs = [\"photo\"]\n")?;
    put("policy", "whole", Policy::shipped().write().as_bytes())?;
    for (name, text) in domain::methodology::catalogue::FILES.iter().take(3) {
        put("methodology", name, text.as_bytes())?;
    }
    put("words", "ticket", "地铁 2号线\n人民广场站 进站\n2026-11-24 08:12\n￥5.00".as_bytes())?;
    Ok(())
}

/// A FIT file of one record: header, one definition of message 20 with time, latitude and longitude, one row, checksum.
fn fit() -> Vec<u8> {
    let mut data = vec![0x40, 0, 0, 20, 0, 3, 253, 4, 0x86, 0, 4, 0x85, 1, 4, 0x85, 0];
    for value in [1_164_000_000_u32, 372_000_000, 1_448_000_000] {
        data.extend(value.to_le_bytes());
    }
    let mut file = vec![14, 0x10, 0x5c, 0x08];
    file.extend(u32::try_from(data.len()).unwrap_or(0).to_le_bytes());
    file.extend(b".FIT");
    file.extend([0, 0]);
    file.extend(data);
    let crc = file.iter().fold(0_u16, |mut crc, byte| {
        for nibble in [byte & 15, byte >> 4] {
            let step = |crc: u16, index: u16| {
                const TABLE: [u16; 16] = [
                    0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401, 0x5000,
                    0x9c01, 0x8801, 0x4400,
                ];
                ((crc >> 4) & 0x0fff) ^ TABLE[usize::from(crc & 15)] ^ TABLE[usize::from(index)]
            };
            crc = step(crc, u16::from(nibble));
        }
        crc
    });
    file.extend(crc.to_le_bytes());
    file
}
