//! The pictures of the README, taken from `puhui demo`; `docs/screenshots.sh` runs this.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::json;

use super::driver::{Browser, Device, Look};
use crate::world::BINARY;

/// A picture: its file, who looks (`-` is nobody), the device, the language, the page, and whether it is dark.
/// A page that starts with `a[` is the first link of home that fits.
const SHOTS: &[(&str, &str, Device, &str, &str, bool)] = &[
    ("home-zh", "student", Device::Phone, "zh", "/", false),
    ("home-dark-zh", "student", Device::Phone, "zh", "/", true),
    ("home-en", "student", Device::Phone, "en", "/", false),
    (
        "why-zh",
        "student",
        Device::Phone,
        "zh",
        "a[href^='/why/']:has(.plus)",
        false,
    ),
    ("act-zh", "student", Device::Phone, "zh", "/act/metro-trip", false),
    ("store-zh", "student", Device::Phone, "zh", "/store", false),
    (
        "voucher-zh",
        "student",
        Device::Phone,
        "zh",
        "/vouchers a[href^='/vouchers/']",
        false,
    ),
    ("statement-zh", "student", Device::Phone, "zh", "/me/statement", false),
    (
        "overview-en",
        "operator",
        Device::Desktop,
        "en",
        "/console/campus",
        false,
    ),
    (
        "records-en",
        "operator",
        Device::Desktop,
        "en",
        "/console/campus/records",
        false,
    ),
    ("programme-zh", "-", Device::Desktop, "zh", "/p/campus", false),
    ("calculator-en", "-", Device::Desktop, "en", "/calculator", false),
];

const MOST_BYTES: usize = 200 * 1024;

/// The demo, gone with its folder at the end.
pub(super) struct Demo {
    child: Child,
    dir: PathBuf,
    pub(super) address: String,
    logins: Vec<(String, String, String)>,
    // it says more than its address, and dies of a closed pipe
    _words: Lines<BufReader<ChildStdout>>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// `puhui demo` in a folder of its own.
pub(super) fn demo() -> Demo {
    let dir = std::env::temp_dir().join(format!("puhui-demo-{}", app::form_key().unwrap()));
    let mut child = Command::new(BINARY)
        .args(["demo", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut words = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = words
        .by_ref()
        .map_while(Result::ok)
        .find(|line| line.starts_with("http://"))
        .unwrap();
    let logins = std::fs::read_to_string(dir.join("logins.json")).unwrap();
    Demo {
        child,
        address,
        logins: serde_json::from_str(&logins).unwrap(),
        dir,
        _words: words,
    }
}

/// As small as PNG gets without losing anything.
fn packed(png: &[u8]) -> Vec<u8> {
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    let picture = image::load_from_memory(png).unwrap().to_rgb8();
    let mut packed = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut packed, CompressionType::Best, FilterType::Adaptive);
    picture.write_with_encoder(encoder).unwrap();
    if packed.len() < png.len() { packed } else { png.to_vec() }
}

#[test]
#[ignore = "draws; docs/screenshots.sh runs it"]
fn pictures_for_the_readme() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    let demo = demo();
    let mut signed = String::new();
    let mut browser = None;
    for (name, account, device, lang, page, dark) in SHOTS {
        if browser.is_none() || signed != *account {
            drop(browser.take());
            let Some(opened) = Browser::open_at("pictures", &demo.address, Look::phone("zh")) else {
                return;
            };
            if let Some((_, _, password)) = demo.logins.iter().find(|(_, login, _)| login == account) {
                opened.sign_in_with(account, password);
            }
            signed = (*account).to_owned();
            browser = Some(opened);
        }
        let Some(browser) = &browser else { return };
        browser.sharpness(*device, if *device == Device::Phone { 1.5 } else { 1.0 });
        browser.light(!dark);
        let (start, link) = page
            .split_once("a[")
            .map_or((*page, None), |(start, rest)| (start.trim(), Some(rest)));
        browser.goto(&format!("{}?lang={lang}", if start.is_empty() { "/" } else { start }));
        if let Some(link) = link {
            let css = format!("a[{link}");
            let there = browser.script("return !!document.querySelector(arguments[0])", vec![json!(css)]);
            if there != Some(json!(true)) {
                println!("{name}: no such link yet");
                continue;
            }
            let before = browser.path();
            browser.tap_css(&css);
            browser.until("the page of the link", || (browser.path() != before).then_some(()));
        }
        let status = browser.evaluate("performance.getEntriesByType('navigation')[0].responseStatus");
        if status != json!(200) {
            println!("{name}: no such page yet ({status})");
            continue;
        }
        browser.evaluate("document.fonts.ready.then(() => scrollTo(0, 0))");
        let png = packed(&browser.screenshot());
        println!("{name}: {} KB", png.len() / 1024);
        assert!(png.len() < MOST_BYTES, "{name} weighs {} bytes", png.len());
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
}
