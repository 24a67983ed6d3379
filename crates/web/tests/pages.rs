//! Every page renders from its sample in both languages, complete and escaped.
//!
//! With `PUHUI_LOOK=/tmp/look` the pages are also written there, to be looked at in a browser.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly, in its helpers too")]

#[path = "pages/access.rs"]
mod access;
#[path = "pages/activity.rs"]
mod activity;
#[path = "pages/compete.rs"]
mod compete;
#[path = "pages/desk.rs"]
mod desk;
#[path = "pages/me.rs"]
mod me;
#[path = "pages/open.rs"]
mod open;
#[path = "pages/rules.rs"]
mod rules;
#[path = "pages/shop.rs"]
mod shop;

use web::asset;
use web::lang::{Lang, Messages};
use web::show::{Board, Docs, ErrorPage, Home, NewsPage, Page, Shell, Signin, Store, TabWord, Welcome, Why};

/// Every page with its name, in the frame.
fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let framed = |title: &str, page, here, inner: Result<String, askama::Error>| {
        Shell::sample(lang, title, page, here, inner.unwrap()).render().unwrap()
    };
    let open = |title: &str, page, inner: Result<String, askama::Error>| {
        Shell::open(lang, title, page, inner.unwrap()).render().unwrap()
    };
    let mut all = vec![
        ("store", {
            let frame = Shell::sample(
                lang,
                "store",
                Page::Plain,
                Some(TabWord::Store),
                Store::sample(lang).render().unwrap(),
            );
            let more = vec![asset::SHOP_CSS];
            Shell { more, ..frame }.render().unwrap()
        }),
        (
            "error",
            framed("error", Page::Plain, None, ErrorPage::sample(lang).render()),
        ),
        (
            "lost",
            open("error", Page::Plain, ErrorPage::of(lang, 404, None).render()),
        ),
        ("welcome", open("welcome", Page::Hero, Welcome::sample(lang).render())),
        ("docs", {
            let frame = Shell::open(lang, "docs", Page::Plain, Docs::sample(lang).render().unwrap());
            let more = vec![asset::DOCS_CSS];
            Shell { more, ..frame }.render().unwrap()
        }),
    ];
    for more in [
        access::pages,
        activity::pages,
        compete::pages,
        desk::pages,
        me::pages,
        open::pages,
        rules::pages,
        shop::pages,
    ] {
        all.extend(more(lang));
    }
    all
}

fn keys() -> Vec<String> {
    let lines = Messages::files(Lang::En).iter().flat_map(|file| file.lines());
    lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, _)| key.to_owned())
        .collect()
}

#[test]
fn every_page_renders_complete_in_both_languages() {
    for lang in Lang::ALL {
        for (name, page) in pages(lang) {
            assert!(
                page.starts_with("<!doctype html>") && page.ends_with("</html>"),
                "{name}"
            );
            assert!(page.contains(&format!("<html lang=\"{}\">", lang.code())), "{name}");
            assert_eq!(
                page.matches("<h1").count(),
                1,
                "{name} has one heading of the first rank"
            );
            assert!(!page.contains("{$"), "{name} lacks an argument");
            for key in keys() {
                let unresolved = format!(">{key}<");
                assert!(!page.contains(&unresolved), "{name} shows {key}");
            }
        }
    }
}

#[test]
fn no_page_holds_an_inline_script_or_style_or_an_outside_host() {
    for (name, page) in Lang::ALL.into_iter().flat_map(pages) {
        let scripts = page.matches("<script").count();
        assert_eq!(
            page.matches("<script type=\"module\" src=\"/assets/").count(),
            scripts,
            "{name}"
        );
        for forbidden in ["<style", " style=", " onclick", "src=\"http", "javascript:"] {
            assert!(!page.contains(forbidden), "{name} holds {forbidden}");
        }
        assert!(page.contains(&asset::CSS.href()), "{name} links the stylesheet");
    }
}

#[test]
fn ids_are_unique_and_labels_point_somewhere() {
    for (name, page) in Lang::ALL.into_iter().flat_map(pages) {
        let ids: Vec<&str> = attribute(&page, " id=\"");
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| other == &id).count(), 1, "{name}: {id}");
        }
        for start in [" for=\"", " aria-labelledby=\"", " aria-describedby=\"", " href=\"#"] {
            for target in attribute(&page, start).into_iter().flat_map(str::split_whitespace) {
                assert!(ids.contains(&target), "{name}: nothing has the id {target}");
            }
        }
    }
}

fn attribute<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    page.split(start)
        .skip(1)
        .filter_map(|after| after.split('"').next())
        .collect()
}

#[test]
fn what_people_write_is_escaped() {
    let evil = "<script>alert(1)</script>\"'".to_owned();
    let lang = Lang::En;
    let mut home = Home::sample(lang);
    home.days[0].records[0].title.clone_from(&evil);
    home.acts[0].name.clone_from(&evil);
    let mut store = Store::sample(lang);
    store.rewards[0].sponsor.clone_from(&evil);
    store.rewards[0].title.clone_from(&evil);
    let mut signin = Signin::sample(lang);
    signin.account.clone_from(&evil);
    signin.next = Some(evil.clone());
    let mut why = Why::sample(lang);
    why.factors[0].source_url = Some(format!("https://{evil}"));
    why.title.clone_from(&evil);
    let mut board = Board::sample(lang);
    board.title.clone_from(&evil);
    board.top[0].name.clone_from(&evil);
    board.top[0].below.clone_from(&evil);
    board.teams[0].name.clone_from(&evil);
    let mut news = NewsPage::sample(lang);
    news.rows[0].words.clone_from(&evil);
    let mut shell = Shell::sample(lang, &evil, Page::Hero, None, home.render().unwrap());
    shell.programme = Some(evil.clone());
    if let Some(person) = &mut shell.person {
        person.alias.clone_from(&evil);
        person.csrf.clone_from(&evil);
    }
    for page in [
        shell.render(),
        store.render(),
        signin.render(),
        why.render(),
        board.render(),
        news.render(),
    ] {
        let page = page.unwrap();
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("&#60;script&#62;"), "{page}");
        assert!(!page.contains("(1)</") && !page.contains("\"'\""), "{page}");
    }
}

#[test]
fn one_tab_is_here() {
    let page = Shell::sample(Lang::En, "t", Page::Plain, Some(TabWord::Home), String::new());
    let page = page.render().unwrap();
    assert_eq!(page.matches("aria-current=\"page\"").count(), 1);
}

#[test]
fn pages_can_be_looked_at() {
    let Ok(folder) = std::env::var("PUHUI_LOOK") else {
        return;
    };
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for file in asset::ALL.iter().copied().chain([*asset::STYLEGUIDE_CSS]) {
        std::fs::write(folder.join(file.path.trim_start_matches('/')), file.text).unwrap();
    }
    for lang in Lang::ALL {
        for (name, page) in pages(lang) {
            let page = page.replace("\"/assets/", "\"assets/");
            std::fs::write(folder.join(format!("{name}-{}.html", lang.word())), page).unwrap();
        }
    }
}
