//! The pages of the store and the statement, and the console's about rewards and orders.

use web::asset;
use web::lang::Lang;
use web::show::{Counter, Deal, Frame, Page, Person, Room, Shell, Statement, TabWord, Voucher, Vouchers};

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let framed = |title: &str, here, inner: Result<String, askama::Error>| {
        let frame = Shell::sample(lang, title, Page::Plain, Some(here), inner.unwrap());
        let more = vec![asset::SHOP_CSS];
        Shell { more, ..frame }.render().unwrap()
    };
    let desk = |inner: Result<String, askama::Error>| {
        let room = |icon, message, here| Room {
            icon,
            message,
            href: Some("/console/campus".to_owned()),
            here,
            waiting: None,
        };
        let frame = Frame {
            lang,
            title: "store".to_owned(),
            programme: "Demo Campus".to_owned(),
            slug: "campus".to_owned(),
            others: Vec::new(),
            person: Person {
                alias: "support".to_owned(),
                csrf: "sample".to_owned(),
            },
            roles: lang.say("console-role-support"),
            rooms: vec![
                room("store", "console-rewards", true),
                room("order", "console-orders", false),
            ],
            inner: inner.unwrap(),
        };
        frame.render().unwrap()
    };
    let store = |title: &str, inner| framed(title, TabWord::Store, inner);
    vec![
        ("deal", store("cola", Deal::sample(lang).render())),
        ("deal-short", store("cola", Deal::sample_short(lang).render())),
        ("vouchers", store("vouchers", Vouchers::sample(lang).render())),
        (
            "vouchers-none",
            store("vouchers", Vouchers::sample_empty(lang).render()),
        ),
        ("voucher", store("voucher", Voucher::sample(lang).render())),
        (
            "voucher-waiting",
            store("voucher", Voucher::sample_waiting(lang).render()),
        ),
        ("voucher-used", store("voucher", Voucher::sample_used(lang).render())),
        (
            "statement",
            framed("statement", TabWord::Me, Statement::sample(lang).render()),
        ),
        (
            "statement-none",
            framed("statement", TabWord::Me, Statement::sample_empty(lang).render()),
        ),
        ("desk-rewards", desk(Counter::sample_list(lang).render())),
        ("desk-reward", desk(Counter::sample_reward(lang).render())),
        ("desk-order", desk(Counter::sample_order(lang).render())),
    ]
}
