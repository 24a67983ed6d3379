use std::fs::{self, OpenOptions};
use std::io::{Cursor, Write};

use domain::evidence::{Claim, Facts, Grade, History, Policy, judge};
use domain::measure::{Carbon, Day};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, imageops};

use super::*;

mod parts;

// Pages of our own making: what an app for the metro, a machine and an app for all trips might show.
const METRO: &[u8] = include_bytes!("fixtures/metro.png");
const RECEIPT: &[u8] = include_bytes!("fixtures/receipt.png");
const LIST: &[u8] = include_bytes!("fixtures/list.png");

const METRO_SAYS: &[&str] = &[
    "21:30",
    "5G86%",
    "乘车记录",
    "地铁2号线",
    "¥5.00",
    "乘车日期",
    "2026-11-24",
    "进站",
    "人民广场08:12",
    "出站",
    "张江高科08:47",
    "支付方式",
    "交通卡",
    "订单号",
    "20261124081200734",
];
const RECEIPT_SAYS: &[&str] = &[
    "MetroLine10",
    "Date",
    "24/11/2026",
    "Entry",
    "08:12YuyuanGarden",
    "Exit",
    "8:47JiaotongUniversity",
    "Fare",
    "CNY4.00",
    "Card",
    "****6183",
    "Thankyouforriding",
];
const LIST_SAYS: &[&str] = &[
    "我的行程",
    "11月24日星期二",
    "公交71路",
    "2.00元",
    "延安东路→中山公园",
    "下午6:05",
    "地铁11号线",
    "7.00元",
    "徐家汇站→迪士尼站",
    "上午9:20",
    "11月23日星期一",
    "地铁1号线",
    "3.00元",
    "莘庄站→上海南站",
    "上午7:58",
];
const PAGES: [(&str, &[u8], &[&str]); 3] = [
    ("metro", METRO, METRO_SAYS),
    ("receipt", RECEIPT, RECEIPT_SAYS),
    ("list", LIST, LIST_SAYS),
];

/// The photo as the judge gets it.
fn read_photo(bytes: &[u8]) -> crate::photo::Photo {
    let zone = domain::measure::Zone::named("Asia/Shanghai").unwrap();
    let asked = crate::photo::Asked {
        zone: &zone,
        place: false,
    };
    crate::photo::read(bytes, &crate::photo::Limits::default(), &asked).unwrap()
}

fn skip(test: &str, why: &str) {
    let line = format!("outside::text::{test}: skipped, {why}");
    eprintln!("{line}");
    if let Ok(skips) = std::env::var("PUHUI_TEST_SKIPS") {
        let mut file = OpenOptions::new().create(true).append(true).open(skips).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

/// The package that `./test` has fetched.
fn package() -> Option<PathBuf> {
    std::env::var_os("PUHUI_TEST_TEXT_PACKAGE").map(PathBuf::from)
}

/// A reader with the models of `PUHUI_TEXT_MODELS`, else of the package; `None` and a line that says which test
/// skipped itself where there is neither.
fn reader(test: &str) -> Option<Reader> {
    if let Some(folder) = std::env::var_os("PUHUI_TEXT_MODELS") {
        return Some(Reader::open(Path::new(&folder)).unwrap());
    }
    let Some(package) = package() else {
        skip(test, "no models for reading text");
        return None;
    };
    let folder = package.with_extension("models");
    if Reader::open(&folder).is_err() {
        install(&package, &folder).unwrap();
    }
    Some(Reader::open(&folder).unwrap())
}

/// An empty folder that is gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("puhui-text-{:016x}", crate::chance::random_id().unwrap());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// As an upload goes: checked, shrunk and encoded by us before anybody reads it.
fn read(reader: &Reader, upload: &[u8]) -> TextFacts {
    let photo = read_photo(upload);
    reader.read(&photo.jpeg, &Limits::default()).unwrap()
}

fn letters(text: &str) -> Vec<char> {
    let normalised = domain::evidence::text::normalised(text);
    normalised.into_iter().filter(|c| !c.is_whitespace()).collect()
}

/// Insertions, deletions and replacements that make one text of the other.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = corner + usize::from(from != to);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

/// Wrong characters and all characters: every line of the page against the line that was read most like it.
fn errors(facts: &TextFacts, says: &[&str]) -> (usize, usize) {
    let mut read: Vec<Vec<char>> = facts.lines.iter().map(|line| letters(&line.text)).collect();
    // a wide gap may make two lines of one
    let joined: Vec<Vec<char>> = read.windows(2).map(<[_]>::concat).collect();
    read.extend(joined);
    let (mut wrong, mut all) = (0, 0);
    for line in says.iter().map(|line| letters(line)) {
        let nearest = read.iter().map(|read| (edits(read, &line), read)).min();
        let off = nearest.map_or(line.len(), |(off, _)| off.min(line.len()));
        if off > 0 {
            println!("{} was read as {:?}", line.iter().collect::<String>(), nearest);
        }
        wrong += off;
        all += line.len();
    }
    (wrong, all)
}

fn jpeg(image: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
        .unwrap();
    bytes.into_inner()
}

/// The picture as somebody photographs a screen: tilted by thousandths of a radian, on a grey table, unevenly lit.
fn photographed(page: &RgbImage, tilt_milli: i16) -> RgbImage {
    let along = f32::from(tilt_milli) / 1000.0;
    let [width, height] = [page.width(), page.height()].map(|side| real(side as usize));
    let (sin, cos) = along.sin_cos();
    RgbImage::from_fn(page.width() + 200, page.height() + 200, |x, y| {
        let (u, v) = (
            real(x as usize) - 100.0 - width / 2.0,
            real(y as usize) - 100.0 - height / 2.0,
        );
        let at = [u * cos + v * sin + width / 2.0, v * cos - u * sin + height / 2.0];
        let inside = (0.0..width).contains(&at[0]) && (0.0..height).contains(&at[1]);
        let light = 0.6 + 0.4 * real(x as usize) / (width + 200.0);
        let colour = if inside {
            recognise::between(page, at)
        } else {
            [110.0; 3]
        };
        Rgb(colour.map(|part| u8::try_from(whole(part * light)).unwrap()))
    })
}

/// A page in the ways in which people send it.
fn ways(page: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let image = image::load_from_memory(page).unwrap().into_rgb8();
    let scaled = |percent: u32| {
        let [width, height] = [image.width(), image.height()].map(|side| side * percent / 100);
        imageops::resize(&image, width, height, imageops::FilterType::Triangle)
    };
    vec![
        ("as it is", page.to_vec()),
        ("twice as large", jpeg(&scaled(200), 85)),
        ("at 70 %", jpeg(&scaled(70), 85)),
        ("JPEG of quality 40", jpeg(&image, 40)),
        ("blurred", jpeg(&imageops::blur(&image, 1.2), 85)),
        ("tilted by 3 degrees", jpeg(&photographed(&image, 52), 85)),
        ("tilted by 10 degrees", jpeg(&photographed(&image, -175), 85)),
    ]
}

/// Reads every `step`th way of each page, each page beginning with another one.
fn pages_in_ways(test: &str, step: usize) {
    let Some(reader) = reader(test) else { return };
    let (mut wrong, mut all) = (0, 0);
    for (first, (page, bytes, says)) in PAGES.into_iter().enumerate() {
        for (way, upload) in ways(bytes).into_iter().skip(first % step).step_by(step) {
            let (off, of) = errors(&read(&reader, &upload), says);
            println!("{page}, {way}: {off} of {of} characters wrong");
            assert!(off * 100 <= of * 4, "{page}, {way}: {off} of {of}");
            wrong += off;
            all += of;
        }
    }
    println!("together {wrong} of {all}");
    assert!(wrong * 100 <= all * 2, "{wrong} of {all}");
}

#[test]
fn our_own_pages_are_read_with_few_errors_however_they_are_sent() {
    pages_in_ways("our_own_pages_are_read_with_few_errors_however_they_are_sent", 3);
}

/// `cargo test --release -p outside every_page_in_every_way -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn every_page_in_every_way() {
    pages_in_ways("every_page_in_every_way", 1);
}

#[test]
fn amounts_and_times_of_our_own_pages_are_read_without_an_error() {
    let Some(reader) = reader("amounts_and_times_of_our_own_pages_are_read_without_an_error") else {
        return;
    };
    for (page, bytes, says) in PAGES {
        let facts = read(&reader, bytes);
        let read: Vec<String> = facts
            .lines
            .iter()
            .map(|line| letters(&line.text).iter().collect())
            .collect();
        for line in says.iter().filter(|line| line.contains([':', '¥', '元', '-', '/'])) {
            assert!(read.contains(&(*line).to_owned()), "{page}: {line} in {read:?}");
        }
    }
}

fn ride(day: &str) -> Claim {
    Claim {
        behaviour: "metro-trip".to_owned(),
        started_us: 0,
        ended_us: 35 * 60_000_000,
        civil: format!("{day}T08:12:00"),
        day: Day::parse(day).unwrap(),
        distance_m: None,
        steps: None,
        sent_us: 3_600_000_000,
        worth: Carbon::ZERO,
        grade: Grade::E1,
        draw: 999,
    }
}

#[test]
fn a_ticket_fits_the_ride_of_its_day_and_no_other() {
    let Some(reader) = reader("a_ticket_fits_the_ride_of_its_day_and_no_other") else {
        return;
    };
    for (page, bytes) in [("metro", METRO), ("receipt", RECEIPT)] {
        let photo = read_photo(bytes);
        let text = reader.read(&photo.jpeg, &Limits::default()).unwrap();
        let seen = |day: &str| {
            let facts = Facts {
                photos: vec![domain::evidence::PhotoFacts {
                    width: photo.width,
                    height: photo.height,
                    taken: None,
                    place: None,
                    source: domain::evidence::photo::Source::Screenshot,
                    editor: None,
                    brightness: domain::evidence::photo::Brightness {
                        mean: 200,
                        spread: 60,
                        dark_permille: 100,
                        glare_permille: 500,
                    },
                }],
                text: Some(text.clone()),
                ..Facts::default()
            };
            let verdict = judge(&ride(day), &facts, &History::default(), Policy::shipped());
            let codes: Vec<&str> = verdict.signs.iter().map(domain::evidence::Sign::code).collect();
            codes
                .into_iter()
                .filter(|code| code.starts_with("text."))
                .collect::<Vec<_>>()
        };
        assert_eq!(seen("2026-11-24"), ["text.fits"], "{page}");
        assert_eq!(seen("2026-11-25"), ["text.time"], "{page}");
    }
}

#[test]
fn a_street_sign_and_an_advert_are_read() {
    let test = "a_street_sign_and_an_advert_are_read";
    let Some(reader) = reader(test) else { return };
    let folder = std::env::var("PUHUI_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    for (file, says) in [
        (
            "easyocr_chinese.jpg",
            &["西", "愚园路", "东", "315", "309", "W", "YuyuanRd.", "E"][..],
        ),
        (
            "rapidocr_ch_en_num.jpg",
            &[
                "正品促销",
                "大桶装更划算",
                "强力去污符合国标",
                "惊喜福利不容错过",
                "极速发货",
                "冰点标准",
                "破损就赔",
                "假一赔十",
            ],
        ),
    ] {
        let path = format!("{folder}/photos/text/{file}");
        let Ok(bytes) = fs::read(&path) else {
            skip(test, &format!("no {path}"));
            continue;
        };
        let facts = read(&reader, &bytes);
        let (wrong, all) = errors(&facts, says);
        println!("{file}: {wrong} of {all} characters wrong");
        assert_eq!(wrong, 0, "{file}: {:?}", facts.lines);
    }
}

#[test]
fn a_reader_keeps_its_limits() {
    let Some(reader) = reader("a_reader_keeps_its_limits") else {
        return;
    };
    let page = image::load_from_memory(METRO).unwrap().into_rgb8();
    let limits = Limits {
        lines: 3,
        ..Limits::default()
    };
    assert_eq!(reader.read_pixels(&page, &limits).unwrap().lines.len(), 3);
    let limits = Limits {
        time: Duration::ZERO,
        ..Limits::default()
    };
    assert_eq!(reader.read_pixels(&page, &limits).unwrap(), TextFacts::default());
    let limits = Limits {
        photo_side: page.height() - 1,
        ..Limits::default()
    };
    for refused in [
        reader.read_pixels(&page, &limits),
        reader.read(&jpeg(&page, 85), &limits),
        reader.read(b"\xff\xd8\xffnothing", &Limits::default()),
        reader.read(METRO, &Limits::default()),
        reader.read_pixels(&RgbImage::new(0, 7), &Limits::default()),
    ] {
        assert!(matches!(refused, Err(TextError::Photo(_))), "{refused:?}");
    }
}

#[test]
fn pictures_without_text_and_of_odd_sizes_are_read_as_nothing_much() {
    let Some(reader) = reader("pictures_without_text_and_of_odd_sizes_are_read_as_nothing_much") else {
        return;
    };
    let mut noise = 7_u32;
    let mut speckled = RgbImage::new(300, 200);
    for pixel in speckled.pixels_mut() {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *pixel = Rgb([(noise >> 24).try_into().unwrap(); 3]);
    }
    let bars = RgbImage::from_fn(640, 640, |x, _| Rgb([if x % 40 < 20 { 0 } else { 255 }; 3]));
    for picture in [
        RgbImage::new(1, 1),
        RgbImage::new(1, 4_000),
        RgbImage::new(4_000, 2),
        RgbImage::from_pixel(500, 500, Rgb([255; 3])),
        speckled,
        bars,
    ] {
        let facts = reader.read_pixels(&picture, &Limits::default()).unwrap();
        assert!(facts.lines.len() <= 60, "{:?}", picture.dimensions());
    }
}

#[test]
fn without_models_nothing_is_read_and_the_error_says_what_to_do() {
    let folder = Folder::new();
    let error = Reader::open(&folder.0).unwrap_err();
    assert!(matches!(error, TextError::NotInstalled(_)));
    assert!(error.to_string().contains("puhui models install"), "{error}");
}

#[test]
fn only_the_known_package_is_installed() {
    let folder = Folder::new();
    let (wheel, models) = (folder.0.join("a.whl"), folder.0.join("models"));
    let missing = install(&wheel, &models).unwrap_err();
    assert!(matches!(missing, TextError::File { .. }), "{missing}");
    fs::write(&wheel, b"PK\x03\x04").unwrap();
    let wrong = install(&wheel, &models).unwrap_err();
    assert!(matches!(wrong, TextError::NotThePackage(_)), "{wrong}");
    assert!(!models.exists());
}

#[test]
fn installed_models_are_whole_and_a_changed_one_is_refused() {
    let test = "installed_models_are_whole_and_a_changed_one_is_refused";
    let Some(package) = package() else {
        return skip(test, "no package of models");
    };
    let folder = Folder::new();
    let models = folder.0.join("data/models");
    let installed = install(&package, &models).unwrap();
    assert_eq!(install(&package, &models).unwrap(), installed, "again is no harm");
    assert_eq!(fs::read_dir(&models).unwrap().count(), installed.files.len());
    assert!(Reader::open(&models).is_ok());

    let mut bytes = fs::read(&installed.files[1]).unwrap();
    bytes[5_000_000] ^= 1;
    fs::write(&installed.files[1], &bytes).unwrap();
    assert!(matches!(Reader::open(&models), Err(TextError::Changed(_))));
    fs::write(&installed.files[1], &bytes[..100]).unwrap();
    assert!(matches!(Reader::open(&models), Err(TextError::Changed(_))));
    fs::remove_file(&installed.files[0]).unwrap();
    assert!(matches!(Reader::open(&models), Err(TextError::NotInstalled(_))));
}

/// `RTEN_NUM_THREADS=1 cargo test --release -p outside how_long_it_takes -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn how_long_it_takes() {
    let Some(reader) = reader("how_long_it_takes") else {
        return;
    };
    let mut pages: Vec<(String, RgbImage)> = Vec::new();
    for (name, bytes, _) in PAGES {
        let photo = read_photo(bytes);
        let pixels = image::load_from_memory(&photo.jpeg).unwrap().into_rgb8();
        pages.push((name.to_owned(), pixels.clone()));
        let large = imageops::resize(&pixels, 1_200, 1_600, imageops::FilterType::Triangle);
        pages.push((format!("{name}, 1200 × 1600"), large));
    }
    for (name, pixels) in pages {
        let began = now();
        let regions = detect::regions(&reader.detector, &pixels, &Limits::default()).unwrap();
        let detected = began.elapsed();
        let began = now();
        for region in &regions {
            recognise::line(&reader.recogniser, &reader.alphabet, &pixels, region).unwrap();
        }
        let count = u32::try_from(regions.len()).unwrap();
        let a_line = began.elapsed() / count.max(1);
        println!("{name}: detector {detected:?}, {count} lines of {a_line:?}");
    }
}
