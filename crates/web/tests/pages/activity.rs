//! The pages of acts.

use web::asset;
use web::lang::Lang;
use web::show::{
    ActSheet, Acts, Appeal, Home, MoreProof, Page, Records, Refused, Sent, Shell, StepsSent, TabWord, Why,
};

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let framed = |title: &str, page, inner: Result<String, askama::Error>| {
        let frame = Shell::sample(lang, title, page, Some(TabWord::Home), inner.unwrap());
        let more = vec![asset::ACTS_CSS, asset::PHOTO];
        Shell { more, ..frame }.render().unwrap()
    };
    let plain = |inner| framed("act", Page::Plain, inner);
    vec![
        ("home", framed("home", Page::Hero, Home::sample(lang).render())),
        ("empty", framed("home", Page::Hero, Home::sample_empty(lang).render())),
        ("full", framed("home", Page::Hero, Home::sample_full(lang).render())),
        ("why", plain(Why::sample(lang).render())),
        ("refused", plain(Refused::sample(lang).render())),
        ("answered", plain(Refused::sample_answered(lang).render())),
        ("acts", plain(Acts::sample(lang).render())),
        ("acts-nothing", plain(Acts::sample_nothing(lang).render())),
        ("act", plain(ActSheet::sample(lang).render())),
        ("act-wrong", plain(ActSheet::sample_wrong(lang).render())),
        ("act-by-itself", plain(ActSheet::sample_by_itself(lang).render())),
        ("sent", plain(Sent::sample(lang).render())),
        ("sent-credited", plain(Sent::sample_credited(lang).render())),
        ("sent-refused", plain(Sent::sample_refused(lang).render())),
        ("sent-review", plain(Sent::sample_review(lang).render())),
        ("sent-more", plain(Sent::sample_more(lang).render())),
        ("more", plain(MoreProof::sample(lang).render())),
        ("steps", plain(StepsSent::sample(lang).render())),
        ("records", plain(Records::sample(lang).render())),
        ("records-none", plain(Records::sample_none(lang).render())),
        ("appeal", plain(Appeal::sample(lang).render())),
    ]
}

#[test]
fn the_home_page_stays_small() {
    for lang in Lang::ALL {
        for (name, page) in pages(lang).into_iter().take(3) {
            // it packs to about a fifth; the limit is 10 KB compressed
            assert!(page.len() < 30 * 1024, "{name}: {} bytes", page.len());
        }
    }
}

#[test]
fn a_sheet_offers_only_what_its_act_accepts() {
    let lang = Lang::En;
    let whole = ActSheet::sample(lang).render().unwrap();
    assert!(whole.contains("value=\"photo\"") && whole.contains("value=\"declared\""));
    assert!(whole.contains("type=\"file\" accept=\"image/jpeg,image/png,image/webp\"") && !whole.contains("capture"));
    let without = ActSheet::sample_wrong(lang).render().unwrap();
    assert!(!without.contains("value=\"photo\"") && without.contains("/consent\""));
    let none = ActSheet::sample_by_itself(lang).render().unwrap();
    assert!(!none.contains("<form"));
}
