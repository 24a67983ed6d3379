//! What staff did.

use app::{AuditFilter, AuditView, Error};
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::super::Ours;
use super::{Desk, address, desk};
use crate::State;
use crate::csv::in_pages;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Cell, Choice, Column, FormField, Input, Listing, Table};

/// How many rows a page has.
const ROWS: u32 = 50;

/// How many rows a thing's own page has.
const LATEST: u32 = 20;

/// Rows that are read at once for a file.
const PIECE: u32 = 1_000;

/// The kinds of deeds that the log can be narrowed down to: the first word of a deed's name.
const KINDS: [&str; 17] = [
    "evidence",
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
    "competition",
    "prize",
    "correction",
    "hook",
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
    about: String,
    #[serde(default)]
    before: String,
}

impl Asked {
    fn filter(&self) -> AuditFilter {
        AuditFilter {
            deed: self.deed.clone(),
            who: self.who.trim().to_lowercase(),
            about: self.about.clone(),
            before: self.before.parse().ok(),
        }
    }

    fn address(&self, desk: &Desk, path: &str, before: &str) -> String {
        let query = [
            ("deed", self.deed.as_str()),
            ("who", self.who.as_str()),
            ("about", self.about.as_str()),
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
    let mut filters = vec![
        FormField::new("deed", lang.say("console-deed"), Input::Select(kinds)).optional(),
        FormField::line("who", lang.say("console-who"))
            .value(&*asked.who)
            .optional(),
    ];
    if !asked.about.is_empty() {
        filters.push(
            FormField::line("about", lang.say("console-subject"))
                .value(&*asked.about)
                .optional(),
        );
    }
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
            filters,
            filtered: [&asked.deed, &asked.who, &asked.about]
                .iter()
                .any(|asked| !asked.is_empty()),
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
    let thing = |room: &str, id: &str, word: &str| {
        let name = format!("{} {id}", desk.lang.say(word));
        Cell::link(desk.at(&format!("/{room}/{id}")), name)
    };
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
        ["order", _, id] if desk.can(domain::programme::Deed::ReadOrders) => thing("orders", id, "console-order"),
        ["reward", id] => thing("rewards", id, "console-reward"),
        ["partner", id] => thing("partners", id, "console-partner"),
        ["competition" | "award", id, ..] => thing("competitions", id, "contest-one"),
        ["methodology", reference] => match reference.split_once('@') {
            Some((id, version)) => Cell::link(desk.at(&format!("/methodologies/{id}/{version}")), *reference),
            None => Cell::Code(deed.about.clone()),
        },
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

/// The latest of what staff did with a thing, for its own page; none if that is nothing, or for those who may not read
/// the log.
pub(super) async fn deeds(state: &State, desk: &Desk, about: &str) -> Result<Option<Table>, Oops> {
    if !desk.can(domain::programme::Deed::ReadAudit) {
        return Ok(None);
    }
    let filter = AuditFilter {
        about: about.to_owned(),
        ..AuditFilter::default()
    };
    let found = state.app.audit(&desk.caller, &desk.programme, filter, LATEST).await;
    let found = found.map_err(|e| desk.oops(e))?;
    if found.deeds.is_empty() {
        return Ok(None);
    }
    let heads = ["when", "who", "deed", "detail"];
    let rows = found.deeds.iter().map(|deed| {
        vec![
            Cell::text(desk.time(deed.at_us)),
            Cell::text(&*deed.who),
            Cell::text(words(&deed.deed, desk.lang)),
            Cell::text(&*deed.detail),
        ]
    });
    Ok(Some(Table {
        caption: desk.lang.say("console-audit"),
        columns: heads
            .map(|head| Column::text(desk.lang.say(&format!("console-{head}"))))
            .to_vec(),
        rows: rows.collect(),
        next: found.next.map(|_| address(&desk.at("/audit"), &[("about", about)])),
        ..Table::default()
    }))
}

async fn csv(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let from = AuditFilter {
        before: None,
        ..asked.filter()
    };
    let (app, caller, programme) = (state.app.clone(), desk.caller.clone(), desk.programme.clone());
    let page = move |at: AuditFilter| {
        let (app, caller, programme) = (app.clone(), caller.clone(), programme.clone());
        async move {
            let found = app.audit(&caller, &programme, at.clone(), PIECE).await?;
            let time = |at_us| programme.zone.clock_time(at_us);
            let rows = found.deeds.into_iter();
            let rows = rows.map(|deed| vec![time(deed.at_us), deed.who, deed.deed, deed.about, deed.detail]);
            let next = found.next.map(|next| AuditFilter {
                before: Some(next),
                ..at
            });
            Ok::<_, Error>((rows.collect(), next))
        }
    };
    let header = ["at", "who", "deed", "about", "detail"];
    let file = in_pages(&format!("{slug}-audit.csv"), &header, from, page).await;
    file.map_err(|e| desk.oops(e))
}
