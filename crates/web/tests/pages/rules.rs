//! The console's pages about methodologies, partners and settings.

use web::lang::Lang;
use web::show::{Folio, Frame};

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let framed = |folio: Folio, room| {
        Frame::sample(lang, room, folio.render().unwrap()).render().unwrap()
    };
    vec![
        ("methodology-desk", framed(Folio::sample(lang), "console-methodologies")),
        ("methodology-draft", framed(Folio::sample_draft(lang), "console-methodologies")),
        ("partner-desk", framed(Folio::sample_partner(lang), "console-partners")),
    ]
}
