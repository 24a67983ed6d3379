//! The pages of competitions.

use web::asset;
use web::lang::Lang;
use web::show::{Board, Certificate, Compete, DayPage, NewsPage, Page, Ranks, ResultPage, Shell, TabWord, TeamPage};

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let framed = |title: &str, inner: Result<String, askama::Error>| {
        let frame = Shell::sample(lang, title, Page::Plain, Some(TabWord::Compete), inner.unwrap());
        let more = vec![asset::COMPETE_CSS, asset::BOARD];
        Shell { more, ..frame }.render().unwrap()
    };
    vec![
        ("compete", framed("compete", Compete::sample(lang).render())),
        ("compete-none", framed("compete", Compete::sample_empty(lang).render())),
        ("compete-board", framed("board", Board::sample(lang).render())),
        ("compete-board-open", framed("board", Board::sample_open(lang).render())),
        ("compete-day", framed("day", DayPage::sample(lang).render())),
        ("compete-team", framed("team", TeamPage::sample(lang).render())),
        (
            "compete-team-none",
            framed("team", TeamPage::sample_none(lang).render()),
        ),
        ("compete-ranks", framed("ranks", Ranks::sample(lang).render())),
        ("compete-news", framed("news", NewsPage::sample(lang).render())),
        (
            "compete-news-none",
            framed("news", NewsPage::sample_empty(lang).render()),
        ),
        ("compete-result", framed("result", ResultPage::sample(lang).render())),
        (
            "compete-certificate",
            framed("certificate", Certificate::sample(lang).render()),
        ),
    ]
}
