//! The console's pages about methodologies, partners and settings.

use web::lang::Lang;
use web::show::{Folio, Frame};

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let pages = [
        ("methodology-desk", "/methodologies", Folio::sample(lang)),
        ("methodology-draft", "/methodologies", Folio::sample_draft(lang)),
        ("partner-desk", "/partners", Folio::sample_partner(lang)),
    ];
    let framed = |(name, room, folio): (&'static str, &str, Folio)| {
        let frame = Frame::sample(lang, &folio.title, room, folio.render().unwrap());
        (name, frame.render().unwrap())
    };
    pages.map(framed).into()
}
