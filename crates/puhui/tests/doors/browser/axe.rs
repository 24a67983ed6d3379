//! Every page, in every dress, for everybody: usable by keyboard, by eye and by ear.
//!
//! axe-core (a tool of the tests, fetched by `./test`, no part of the product) looks at each page as each role on phone
//! and desktop, light and dark, in both languages. Beside it stand three measures of our own: nothing scrolls
//! sideways, also at 320 pixels and at a zoom of 200 %; what is tapped is at least 44 pixels high; one `h1` a page.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::driver::{Browser, Device, Look};
use crate::visit::Visitor;
use crate::world::{Server, Traces, World, skip};

/// Pages that no link leads to, with the account that looks at them; what links lead to is found by following them.
const MORE: &[(&str, &str)] = &[
    ("", "/nowhere"),
    ("", "/join/campus"),
    ("", "/forgot"),
    ("", "/reset?token=nothing"),
    ("", "/p/campus"),
    ("", "/methodologies"),
    ("", "/factors"),
    ("", "/calculator"),
    ("", "/styleguide"),
    ("", "/api/docs"),
    ("student", "/acts"),
    ("student", "/act/metro-trip"),
    ("student", "/act/walking-by-steps"),
    ("student", "/sent/$submission"),
    ("student", "/why/$record"),
    ("student", "/why/$refused"),
    ("student", "/appeal/$refused"),
    ("student", "/records"),
    ("student", "/store/$reward"),
    ("student", "/vouchers/$order"),
    ("student", "/me"),
    ("student", "/me/consents"),
    ("student", "/me/settings"),
    ("student", "/me/statement"),
    ("student", "/me/export"),
    ("student", "/me/close"),
    ("student", "/me/appeals"),
    ("student", "/me/entities/new"),
    ("student", "/compete"),
    ("student", "/compete/$race"),
    ("student", "/compete/$race/team"),
    ("student", "/compete/$race/days/$day"),
    ("student", "/compete/notices"),
    ("student", "/compete/join/$invitation"),
    ("student", "/vouchers"),
    ("admin", "/console/campus/rewards/new"),
    ("admin", "/console/campus/methodologies/new"),
    ("admin", "/console/campus/methodologies/compare"),
    ("admin", "/console/campus/methodologies/metro-trip/1.0.0/try"),
    ("admin", "/console/campus/partners/$partner"),
    ("admin", "/console/campus/settings/consent/photos"),
    ("admin", "/console/campus/settings/staff"),
    ("admin", "/console/campus/settings/staff/$editor/editor"),
    ("admin", "/console/campus/audit"),
    ("merchant", "/console/campus/voucher"),
    ("reviewer", "/console/campus/review"),
    ("reviewer", "/console/campus/review/together"),
    ("merchant", "/console/campus/orders/$order"),
    ("support", "/console/campus"),
    ("support", "/console/campus/records/$record"),
    ("support", "/console/campus/participants/$student"),
    ("support", "/console/campus/competitions"),
    ("support", "/console/campus/competitions/new?template=walk-and-win"),
    ("support", "/console/campus/competitions/$draft/open"),
    ("support", "/console/campus/competitions/$competition"),
    ("support", "/console/campus/competitions/$competition/cancel"),
    ("support", "/console/campus/competitions/$competition/entrants"),
    ("support", "/console/campus/competitions/$competition/entrants/$student"),
    ("support", "/console/campus/competitions/$competition/days"),
    ("support", "/console/campus/competitions/$competition/teams"),
    ("support", "/console/campus/competitions/$competition/audit"),
    ("support", "/console/campus/competitions/$competition/results"),
    ("admin", "/console/campus/competitions/settings"),
];

/// Links within running text are exempt, as in WCAG 2.5.8, and so is the reference of the API, which nobody taps.
const MEASURES: &str = "(() => {
    const found = [], small = [];
    const name = e => `${e.tagName.toLowerCase()}.${e.className.baseVal ?? e.className} ${(e.innerText || e.name || '').replace(/\\s+/g, ' ').trim().slice(0, 30)}`;
    const inText = e => getComputedStyle(e).display === 'inline' && e.parentElement.innerText.trim() !== e.innerText.trim();
    const css = 'a[href],button,select,summary,textarea,input:not([type=hidden])';
    if (document.documentElement.clientWidth < 500 && location.pathname !== '/api/docs') for (let e of document.querySelectorAll(css)) {
        if (!e.checkVisibility()) continue;
        // what stretches over its card is as large as the card, and a label is part of its field
        const after = getComputedStyle(e, '::after');
        if (after.position === 'absolute' && after.inset === '0px') e = e.offsetParent;
        else if (/^(checkbox|radio|file)$/.test(e.type) && e.getBoundingClientRect().height < 43.5 && e.labels && e.labels[0]) e = e.labels[0];
        const box = e.getBoundingClientRect();
        if (!box.width || box.right <= 0 || box.bottom <= 0 || inText(e)) continue;
        if (box.height < 43.5 || box.width < 43.5)
            small.push(`${name(e)} ${Math.round(box.width)} x ${Math.round(box.height)}`);
    }
    if (small.length) found.push(`${small.length} small targets: ${small.slice(0, 6).join('; ')}`);
    const ones = [...document.querySelectorAll('h1')].filter(e => e.getClientRects().length).length;
    if (ones !== 1) found.push(`${ones} headings of the first rank`);
    return found;
})()";

const SIDEWAYS: &str = "(() => {
    // not innerWidth: a phone zooms out to what is too wide
    const page = document.scrollingElement, width = document.documentElement.clientWidth;
    if (page.scrollWidth <= width + 1) return null;
    const wide = [...document.querySelectorAll('main *, header *, footer *')]
        .filter(e => e.getBoundingClientRect().right > width + 1).slice(0, 3);
    return `scrolls sideways to ${page.scrollWidth} of ${width}: `
        + wide.map(e => e.tagName.toLowerCase() + '.' + (e.className.baseVal ?? e.className)).join(', ');
})()";

const RUN: &str = "axe.run(document, {
    resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}).then(result => result.violations.map(one => `${one.id} (${one.impact}): ${one.help}` + one.nodes.slice(0, 4)
    .map(node => `\\n      ${node.target.join(' ')}\\n        ${node.html.slice(0, 140)}\\n        ${node.failureSummary
    .replace(/\\s+/g, ' ').slice(0, 260)}`).join('')))";

impl Browser {
    /// What axe-core finds wrong with the page as it stands, readable: rule, selector, help.
    pub(crate) fn axe(&self, source: &str) -> Vec<String> {
        if self.evaluate("typeof axe") == json!("undefined") {
            self.evaluate(&format!("{source};0"));
        }
        strings(&self.evaluate(RUN))
    }

    /// What our own measures find wrong.
    pub(crate) fn measures(&self) -> Vec<String> {
        strings(&self.evaluate(MEASURES))
    }

    /// Whether the page is wider than the screen, and by what.
    pub(crate) fn sideways(&self) -> Option<String> {
        self.evaluate(SIDEWAYS).as_str().map(str::to_owned)
    }
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().cloned().unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The source of axe-core, or nothing and a word about it.
pub(super) fn source(test: &str) -> Option<String> {
    let Ok(path) = std::env::var("PUHUI_TEST_AXE") else {
        skip(test, "PUHUI_TEST_AXE is not set");
        return None;
    };
    Some(std::fs::read_to_string(path).unwrap())
}

/// Pages of an account: one of each kind that links lead to, and those of [`MORE`].
fn pages(server: &Server, world: &World, traces: &Traces, account: &str) -> Vec<String> {
    let visitor = if account.is_empty() {
        Visitor::anonymous(server)
    } else {
        Visitor::signed(server, account)
    };
    let crawled = visitor.crawl(&["/"], 300);
    let mut pages: Vec<String> = crawled
        .into_iter()
        .filter(|found| found.page.is_html() && found.page.status == 200)
        .map(|found| found.page.path.replace("?lang=zh", "").replace("?lang=en", ""))
        .collect();
    let more = MORE.iter().filter(|(whose, _)| *whose == account);
    for path in more.map(|(_, path)| traces.fill(path, world)) {
        // a page that is refused looks the same for everybody; one is enough
        if !pages.contains(&path) && (path == "/nowhere" || visitor.get(&path).status != 404) {
            pages.push(path);
        }
    }
    pages
        .into_iter()
        .map(|path| path.replace("?lang=zh", "").replace("?lang=en", ""))
        .collect()
}

/// How thoroughly an account's pages are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Both languages × phone and desktop × light and dark.
    Every,
    /// Pages that another account sees in nearly the same form: Chinese, light, on a phone; English, dark, on a desktop.
    Two,
}

fn look(browser: &Browser, axe: &str, path: &str, care: Care, wrong: &mut BTreeMap<String, Vec<String>>) {
    let mut note = |what: String, dress: &str| {
        let dresses = wrong.entry(format!("{path}: {what}")).or_default();
        dresses.push(dress.to_owned());
    };
    for lang in ["zh", "en"] {
        let mark = if path.contains('?') { '&' } else { '?' };
        browser.goto(&format!("{path}{mark}lang={lang}"));
        for (device, width) in [(Device::Phone, "phone"), (Device::Desktop, "desktop")] {
            if care == Care::Two && (lang == "zh") != (device == Device::Phone) {
                continue;
            }
            browser.hold(device);
            for (light, colours) in [(true, "light"), (false, "dark")] {
                if care == Care::Two && light != (lang == "zh") {
                    continue;
                }
                browser.light(light);
                for what in browser.axe(axe) {
                    note(what, &format!("{lang} {width} {colours}"));
                }
            }
            for what in browser.measures().into_iter().chain(browser.sideways()) {
                note(what, &format!("{lang} {width}"));
            }
        }
        for (width, mobile) in [(320, true), (640, false)] {
            if care == Care::Two {
                continue;
            }
            browser.size(width, 800, mobile);
            if let Some(what) = browser.sideways() {
                note(what, lang);
            }
        }
    }
}

fn holds(test: &str, accounts: &[&str], care: Care) {
    let Some(axe) = source(test) else { return };
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let traces = server.live(&world);
    let mut wrong = BTreeMap::new();
    for account in accounts {
        let Some(browser) = Browser::open(test, &server, Look::phone("zh")) else {
            return;
        };
        if !account.is_empty() {
            browser.sign_in(account);
        }
        let pages = pages(&server, &world, &traces, account);
        for path in &pages {
            look(&browser, &axe, path, care, &mut wrong);
        }
        println!("{account}: {} pages: {pages:?}", pages.len());
    }
    let mut report = String::new();
    for (what, dresses) in &wrong {
        report += &format!(
            "
  {what}
    in {}",
            dresses.join(", ")
        );
    }
    assert!(wrong.is_empty(), "{} findings{report}", wrong.len());
}

#[test]
fn every_page_passes_axe_for_visitors() {
    holds("axe for visitors", &[""], Care::Every);
}

#[test]
fn every_page_passes_axe_for_participants() {
    holds("axe for participants", &["student"], Care::Every);
}

#[test]
fn every_page_passes_axe_for_somebody_new() {
    holds("axe for somebody new", &["other"], Care::Two);
}

#[test]
fn every_page_passes_axe_for_support() {
    holds("axe for support", &["support"], Care::Every);
}

#[test]
fn every_page_passes_axe_for_the_administrator() {
    holds("axe for the administrator", &["admin"], Care::Every);
}

#[test]
fn every_page_passes_axe_for_the_rest_of_the_staff() {
    let rest = ["editor", "finance", "reviewer", "merchant", "verifier", "regulator"];
    holds("axe for the rest of the staff", &rest, Care::Two);
}

#[test]
fn axe_and_the_measures_find_what_is_planted() {
    let test = "axe finds what is planted";
    let Some(axe) = source(test) else { return };
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(browser) = Browser::open(test, &server, Look::phone("en")) else {
        return;
    };
    browser.goto("/signin");
    assert_eq!(browser.axe(&axe), Vec::<String>::new());
    assert_eq!((browser.measures(), browser.sideways()), (Vec::new(), None));
    let plant = "for (const e of document.querySelectorAll('label')) e.remove();
        const main = document.querySelector('main');
        main.append(document.createElement('h1'), document.createElement('button'));
        main.querySelector('h1:last-of-type').style.minWidth = '900px';
        Object.assign(main.querySelector('button:last-child').style, { height: '20px', minHeight: 0 });";
    browser.evaluate(&format!("(() => {{ {plant} }})()"));
    let found = browser.axe(&axe).join("\n");
    for rule in ["label", "button-name"] {
        assert!(found.contains(&format!("{rule} (")), "{rule} in {found}");
    }
    let found = browser.measures().join("\n");
    for words in ["small targets: ", "2 headings"] {
        assert!(found.contains(words), "{words} in {found}");
    }
    assert!(browser.sideways().is_some());
}
