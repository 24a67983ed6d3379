//! The console's pages about methodologies, partners and settings.

use web::lang::Lang;
use web::show::{Folio, Frame, Person, Room};

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let pages = [
        ("methodology-desk", "console-methodologies", Folio::sample(lang)),
        ("methodology-draft", "console-methodologies", Folio::sample_draft(lang)),
        ("partner-desk", "console-partners", Folio::sample_partner(lang)),
    ];
    pages
        .map(|(name, room, folio)| (name, framed(lang, room, &folio)))
        .into()
}

fn framed(lang: Lang, here: &'static str, folio: &Folio) -> String {
    let rooms = [
        ("book", "console-methodologies"),
        ("partner", "console-partners"),
        ("settings", "console-settings"),
    ];
    let rooms = rooms.map(|(icon, message)| Room {
        icon,
        message,
        href: Some("/".to_owned()),
        here: message == here,
        waiting: None,
    });
    let frame = Frame {
        lang,
        title: folio.title.clone(),
        programme: "Demo Campus".to_owned(),
        slug: "demo".to_owned(),
        others: Vec::new(),
        person: Person {
            alias: "operator".to_owned(),
            csrf: "token".to_owned(),
        },
        roles: String::new(),
        rooms: rooms.into(),
        inner: folio.render().unwrap(),
    };
    frame.render().unwrap()
}
