//! The console's pages about people and records.

use web::lang::Lang;
use web::show::{
    DaysPage, Frame, Listing, Overview, ParticipantPage, RecordPage, ReviewPage, TermsPage, TogetherPage, WorkPage,
};

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let framed = |room: &str, inner: Result<String, askama::Error>| {
        Frame::sample(lang, "console", room, inner.unwrap()).render().unwrap()
    };
    vec![
        ("desk-overview", framed("", Overview::sample(lang).render())),
        ("desk-first-day", framed("", Overview::sample_empty(lang).render())),
        ("desk-work", framed("/work", WorkPage::sample(lang).render())),
        ("desk-review", framed("/review", ReviewPage::sample(lang).render())),
        (
            "desk-review-none",
            framed("/review", ReviewPage::sample_none(lang).render()),
        ),
        ("desk-together", framed("/review", TogetherPage::sample(lang).render())),
        (
            "desk-participants",
            framed("/participants", Listing::sample_participants(lang).render()),
        ),
        (
            "desk-participant",
            framed("/participants", ParticipantPage::sample(lang).render()),
        ),
        (
            "desk-records",
            framed("/records", Listing::sample_records(lang).render()),
        ),
        ("desk-record", framed("/records", RecordPage::sample(lang).render())),
        (
            "desk-record-appeal",
            framed("/records", RecordPage::sample_appeal(lang).render()),
        ),
        (
            "desk-record-second",
            framed("/records", RecordPage::sample_second(lang).render()),
        ),
        ("desk-terms", framed("/competitions", TermsPage::sample(lang).render())),
        ("desk-days", framed("/competitions", DaysPage::sample(lang).render())),
        (
            "desk-days-none",
            framed("/competitions", DaysPage::sample_none(lang).render()),
        ),
        ("desk-audit", framed("/audit", Listing::sample_empty(lang).render())),
    ]
}

#[test]
fn what_people_write_is_escaped_in_the_console() {
    let evil = "<script>alert(1)</script>";
    let lang = Lang::En;
    let mut person = ParticipantPage::sample(lang);
    evil.clone_into(&mut person.title);
    let mut record = RecordPage::sample_appeal(lang);
    if let Some((words, _)) = &mut record.appeal {
        evil.clone_into(words);
    }
    for page in [person.render().unwrap(), record.render().unwrap()] {
        assert!(
            !page.contains("<script>") && page.contains("&#60;script&#62;"),
            "{page}"
        );
    }
}

#[test]
fn who_asked_finds_a_button_that_cannot_be_pressed() {
    let page = RecordPage::sample(Lang::En).render().unwrap();
    assert!(page.contains("disabled aria-describedby=\"second-person\""), "{page}");
    assert!(!page.contains("reversal/agree"), "{page}");
}
