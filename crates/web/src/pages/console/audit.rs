//! What staff did.

use app::{AuditFilter, AuditView};
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::super::Ours;
use super::{Desk, address, desk};
use crate::State;
use crate::csv::attachment;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Cell, Choice, Column, FormField, Input, Listing, Table};

/// How many rows a page has.
const ROWS: u32 = 50;

/// How many pages of a thousand rows a file has at most.
const FILE_PAGES: usize = 50;

/// The kinds of deeds that the log can be narrowed down to: the first word of a deed's name.
const KINDS: [&str; 12] = [
    "appeal",
    "reversal",
    "participant",
    "order",
    "voucher",
    "reward",
    "methodology",
    "partner",
    "login",
    "programme",
    "staff",
    "consent",
];

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{programme}/audit", get(list))
        .route("/console/{programme}/audit.csv", get(csv))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    deed: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    before: String,
}

impl Asked {
    fn filter(&self) -> AuditFilter {
        AuditFilter {
            deed: self.deed.clone(),
            who: self.who.trim().to_lowercase(),
            before: self.before.parse().ok(),
        }
    }

    fn address(&self, desk: &Desk, path: &str, before: &str) -> String {
        let query = [
            ("deed", self.deed.as_str()),
            ("who", self.who.as_str()),
            ("before", before),
        ];
        address(&desk.at(path), &query)
    }
}

async fn list(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let found = state
        .app
        .audit(&desk.caller, &desk.programme, asked.filter(), ROWS)
        .await
        .map_err(|e| desk.oops(e))?;
    let mut kinds = vec![Choice::new("", lang.say("part-any"), asked.deed.is_empty())];
    kinds.extend(KINDS.map(|kind| Choice::new(kind, lang.say(&format!("console-deeds-{kind}")), asked.deed == kind)));
    let heads = ["when", "who", "deed", "subject", "detail"];
    let page = Listing {
        lang,
        title: lang.say("console-audit"),
        lead: Some(lang.say("console-audit-lead")),
        read_only: desk.is_reader(),
        table: Table {
            caption: lang.say("console-audit"),
            columns: heads
                .map(|head| Column::text(lang.say(&format!("console-{head}"))))
                .to_vec(),
            rows: found.deeds.iter().map(|deed| row(&desk, deed)).collect(),
            filters: vec![
                FormField::new("deed", lang.say("console-deed"), Input::Select(kinds)).optional(),
                FormField::line("who", lang.say("console-who"))
                    .value(&*asked.who)
                    .optional(),
            ],
            filtered: !asked.deed.is_empty() || !asked.who.is_empty(),
            here: desk.at("/audit"),
            first: (!asked.before.is_empty()).then(|| asked.address(&desk, "/audit", "")),
            next: found.next.map(|next| asked.address(&desk, "/audit", &next.to_string())),
            csv: Some(asked.address(&desk, "/audit.csv", "")),
            empty: lang.say("console-no-deeds"),
        },
    };
    desk.page("/audit", page.title.clone(), page.render())
}

/// A deed in words; its own name where there are none.
fn words(deed: &str, lang: Lang) -> String {
    let key = format!("console-deed-{}", deed.replace(['.', '_'], "-"));
    let said = lang.say(&key);
    if said == key { deed.to_owned() } else { said }
}

fn row(desk: &Desk, deed: &AuditView) -> Vec<Cell> {
    let ids: Vec<&str> = deed.about.split(' ').collect();
    let about = match ids.as_slice() {
        // those who read the log but no participants find no page behind these
        ["record", participant, record] if desk.can(domain::programme::Deed::ReadParticipant) => Cell::link(
            desk.at(&format!("/records/{participant}/{record}")),
            format!("{} {record}", desk.lang.say("console-record")),
        ),
        ["participant", id] if desk.can(domain::programme::Deed::ReadParticipant) => Cell::link(
            desk.at(&format!("/participants/{id}")),
            format!("{} {id}", desk.lang.say("console-participant")),
        ),
        _ => Cell::Code(deed.about.clone()),
    };
    vec![
        Cell::text(desk.time(deed.at_us)),
        Cell::text(&*deed.who),
        Cell::text(words(&deed.deed, desk.lang)),
        about,
        Cell::text(&*deed.detail),
    ]
}

async fn csv(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let mut filter = asked.filter();
    let mut rows = Vec::new();
    for _ in 0..FILE_PAGES {
        let found = state
            .app
            .audit(&desk.caller, &desk.programme, filter.clone(), 1_000)
            .await
            .map_err(|e| desk.oops(e))?;
        rows.extend(
            found
                .deeds
                .into_iter()
                .map(|deed| vec![desk.time(deed.at_us), deed.who, deed.deed, deed.about, deed.detail]),
        );
        if found.next.is_none() {
            break;
        }
        filter.before = found.next;
    }
    let header = ["at", "who", "deed", "about", "detail"];
    Ok(attachment(&format!("{slug}-audit.csv"), &header, rows.into_iter()))
}
