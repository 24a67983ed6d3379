//! Participants: search, look inside, freeze.

use app::{Error, ListOrder, ListedParticipant, ParticipantDetail, ParticipantFilter, Refused};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use domain::measure::ParticipantId;
use domain::participant::Kind;
use domain::programme::Deed;
use domain::rewards::State as OrderState;
use serde::Deserialize;

use super::super::{Ours, carbon, split};
use super::audit::deeds;
use super::{Desk, address, desk, place, rough, standing, whole, wrong};
use crate::State;
use crate::csv::in_pages;
use crate::door::{Oops, Signed, status};
use crate::lang::Lang;
use crate::show::{
    Cell, Choice, Closing, Column, Fact, Form as FormView, FormField, Input, Listing, ParticipantPage, Sort, Table,
};

/// How many rows a page of a list has.
const ROWS: u32 = 50;

/// Rows that are read at once for a file.
const PIECE: u32 = 1_000;

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{programme}/participants", get(list))
        .route("/console/{programme}/participants.csv", get(csv))
        .route("/console/{programme}/participants/{participant}", get(one))
        .route("/console/{programme}/participants/{participant}/freeze", post(freeze))
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    fn order(&self) -> ListOrder {
        match self.sort.as_str() {
            "reduction" => ListOrder::Reduction,
            "points" => ListOrder::Points,
            "last" => ListOrder::Last,
            "joined" => ListOrder::Joined,
            _ => ListOrder::Id,
        }
    }

    fn filter(&self) -> ParticipantFilter {
        ParticipantFilter {
            search: self.q.clone(),
            frozen: self.state == "frozen",
            order: self.order(),
            after: place(&self.after).map(|[value, id]| (value, ParticipantId::new(id))),
        }
    }

    fn address(&self, desk: &Desk, path: &str, sort: &str, after: &str) -> String {
        let query = [
            ("q", self.q.as_str()),
            ("state", self.state.as_str()),
            ("sort", sort),
            ("after", after),
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
        .participants(&desk.caller, &desk.programme, asked.filter(), ROWS)
        .await
        .map_err(|e| desk.oops(e))?;
    let next = found.next.map(|(value, id)| format!("{value}.{}", id.number()));
    let sorted = |key: &str, word: &str, number: bool| {
        let sort = found.sortable.then(|| {
            let here = asked.sort == word;
            Sort {
                href: asked.address(&desk, "/participants", if here { "" } else { word }, ""),
                now: if here { "descending" } else { "none" },
            }
        });
        let name = lang.say(key);
        Column {
            sort,
            ..if number {
                Column::number(name)
            } else {
                Column::text(name)
            }
        }
    };
    let mut columns = vec![
        Column::text(lang.say("console-participant")),
        Column::text(lang.say("console-kind")),
        sorted("console-reduction", "reduction", true),
        sorted("console-available", "points", true),
        sorted("console-last", "last", false),
        sorted("console-joined", "joined", false),
        Column::text(lang.say("console-state")),
    ];
    if found.known {
        columns.insert(1, Column::text(lang.say("console-id")));
    }
    let states = [("", "part-any"), ("frozen", "console-frozen")];
    let states = states.map(|(value, key)| Choice::new(value, lang.say(key), asked.state == value));
    let search = if found.known {
        "console-search"
    } else {
        "console-search-id"
    };
    let page = Listing {
        lang,
        title: lang.say("console-participants"),
        lead: Some(lang.say(if found.known {
            "console-search-hint"
        } else {
            "console-search-id-hint"
        })),
        read_only: desk.is_reader(),
        table: Table {
            caption: lang.say("console-participants"),
            columns,
            rows: found.participants.iter().map(|one| row(&desk, one)).collect(),
            filters: vec![
                FormField::line("q", lang.say(search)).value(&*asked.q).optional(),
                FormField::new("state", lang.say("console-state"), Input::Select(states.to_vec())).optional(),
            ],
            filtered: !asked.q.is_empty() || !asked.state.is_empty(),
            here: desk.at("/participants"),
            first: (!asked.after.is_empty()).then(|| asked.address(&desk, "/participants", &asked.sort, "")),
            next: next.map(|next| asked.address(&desk, "/participants", &asked.sort, &next)),
            csv: Some(asked.address(&desk, "/participants.csv", &asked.sort, "")),
            empty: lang.say("console-nobody"),
        },
    };
    desk.page("/participants", page.title.clone(), page.render())
}

fn row(desk: &Desk, one: &ListedParticipant) -> Vec<Cell> {
    let lang = desk.lang;
    let points = desk.points(whole(one.available_milli));
    let (tone, key) = state_of(one.open, one.frozen);
    let id = one.id.to_string();
    let name = one.alias.clone().unwrap_or_else(|| id.clone());
    let mut cells = vec![
        Cell::link(desk.at(&format!("/participants/{id}")), name),
        Cell::text(lang.say(kind(one.kind))),
        Cell::text(carbon(rough(one.reduction_mg), lang)),
        Cell::text(format!("{} {}", points.value, points.unit)),
        Cell::text(one.last_us.map(|at_us| desk.time(at_us)).unwrap_or_default()),
        Cell::text(desk.time(one.joined_us)),
        Cell::chip(tone, lang.say(key)),
    ];
    if one.alias.is_some() {
        cells.insert(1, Cell::Code(id));
    }
    cells
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "console-kind-person",
        Kind::SmallEntity => "console-kind-entity",
    }
}

fn state_of(open: bool, frozen: bool) -> (&'static str, &'static str) {
    match (open, frozen) {
        (_, true) => ("wait", "console-frozen"),
        (true, _) => ("", "console-open"),
        (false, _) => ("calm", "console-closed"),
    }
}

async fn csv(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let from = ParticipantFilter {
        after: None,
        ..asked.filter()
    };
    let (app, caller, programme) = (state.app.clone(), desk.caller.clone(), desk.programme.clone());
    let page = move |at: ParticipantFilter| {
        let (app, caller, programme) = (app.clone(), caller.clone(), programme.clone());
        async move {
            let found = app.participants(&caller, &programme, at.clone(), PIECE).await?;
            let time = |at_us| programme.zone.clock_time(at_us);
            let rows = found.participants.iter().map(|one| {
                let (_, key) = state_of(one.open, one.frozen);
                vec![
                    one.id.to_string(),
                    one.alias.clone().unwrap_or_default(),
                    one.reduction_mg.to_string(),
                    one.available_milli.to_string(),
                    one.last_us.map(time).unwrap_or_default(),
                    time(one.joined_us),
                    lang.say(key),
                ]
            });
            let next = found.next.map(|next| ParticipantFilter {
                after: Some(next),
                ..at
            });
            Ok::<_, Error>((rows.collect(), next))
        }
    };
    let header = [
        "participant",
        "alias",
        "reduction_mg",
        "points_available_milli",
        "last_entry",
        "joined",
        "state",
    ];
    let file = in_pages(&format!("{slug}-participants.csv"), &header, from, page).await;
    file.map_err(|e| desk.oops(e))
}

fn id(desk: &Desk, text: &str) -> Result<ParticipantId, Oops> {
    text.parse().map_err(|_| desk.oops(Refused::NotFound("participant")))
}

#[derive(Deserialize)]
struct Done {
    done: Option<String>,
}

async fn one(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let participant = id(&desk, &participant)?;
    let done = match done.done.as_deref() {
        Some("freeze") => Some(lang.say("console-done-freeze")),
        Some("unfreeze") => Some(lang.say("console-done-unfreeze")),
        _ => None,
    };
    page(&state, &desk, participant, done, None).await
}

/// A participant's page; `typed` is a reason that was refused, with why.
async fn page(
    state: &State,
    desk: &Desk,
    participant: ParticipantId,
    done: Option<String>,
    typed: Option<(String, Refused)>,
) -> Result<Response, Oops> {
    let (app, caller, programme, lang) = (&state.app, &desk.caller, &desk.programme, desk.lang);
    let oops = |e: Error| desk.oops(e);
    let found = app
        .participant_detail(caller, programme, participant)
        .await
        .map_err(oops)?;
    let entries = app
        .statement(caller, programme, participant, None, 20)
        .await
        .map_err(oops)?;
    let orders = app.orders(caller, programme, participant).await.map_err(oops)?;
    let status = typed.as_ref().map_or(StatusCode::OK, |(_, refused)| status(refused));
    let id = participant.to_string();
    let (tone, key) = state_of(found.open, found.frozen);
    let points = |milli| {
        let amount = desk.points(milli);
        format!("{} {}", amount.value, amount.unit)
    };
    let records = entries.entries.iter().map(|record| {
        let title = record.act.as_ref().map(|act| act.title.in_lang(lang.into()).to_owned());
        let (tone, key) = standing(record.state);
        let of_act = record.act.is_some();
        let what = match (title, record.record) {
            (Some(title), Some(record)) => Cell::link(desk.at(&format!("/records/{id}/{record}")), title),
            _ => Cell::text(lang.say(key)),
        };
        vec![
            what,
            Cell::text(if of_act || record.mg > 0 {
                carbon(record.mg, lang)
            } else {
                String::new()
            }),
            Cell::text(points(record.points_milli)),
            Cell::text(desk.time(record.booked_us)),
            Cell::chip(tone, lang.say(key)),
        ]
    });
    let orders = orders.iter().take(20).map(|order| {
        let (tone, key) = match order.state {
            OrderState::Reserved => ("wait", "console-order-reserved"),
            OrderState::Fulfilled => ("", "console-order-fulfilled"),
            OrderState::Cancelled => ("calm", "console-order-cancelled"),
            OrderState::Expired => ("calm", "console-order-expired"),
        };
        vec![
            if desk.can(Deed::ReadOrders) {
                Cell::link(
                    desk.at(&format!("/orders/{}", order.id)),
                    order.title.in_lang(lang.into()),
                )
            } else {
                Cell::text(order.title.in_lang(lang.into()))
            },
            Cell::text(points(order.price_milli)),
            Cell::text(desk.time(order.made_us)),
            Cell::chip(tone, lang.say(key)),
        ]
    });
    let column = |key: &str| Column::text(lang.say(key));
    let records = Table {
        caption: lang.say("console-records"),
        columns: vec![
            column("console-behaviour"),
            Column::number(lang.say("console-credited")),
            Column::number(lang.say("console-points")),
            column("console-booked"),
            column("console-state"),
        ],
        rows: records.collect(),
        empty: lang.say("console-no-records"),
        ..Table::default()
    };
    let orders = Table {
        caption: lang.say("console-orders"),
        columns: vec![
            column("console-reward"),
            Column::number(lang.say("console-points")),
            column("console-when"),
            column("console-state"),
        ],
        rows: orders.collect(),
        empty: lang.say("console-no-orders"),
        ..Table::default()
    };
    let balances = &found.balances;
    let page = ParticipantPage {
        lang,
        back: desk.at("/participants"),
        title: found.alias.clone().unwrap_or_else(|| id.clone()),
        state: (tone, lang.say(key)),
        read_only: desk.is_reader(),
        done,
        frozen: frozen(desk, &found),
        figures: vec![
            (
                lang.say("console-reduction"),
                split(&carbon(balances.reduction_mg, lang)),
            ),
            (
                lang.say("console-available"),
                desk.points(balances.points_available_milli),
            ),
            (lang.say("console-held"), desk.points(balances.points_held_milli)),
            (lang.say("console-gone"), desk.points(balances.points_gone_milli)),
        ],
        facts: facts(desk, &found),
        records,
        all_records: address(&desk.at("/records"), &[("participant", id.as_str())]),
        orders,
        closing: closing(desk, &found, typed),
        deeds: deeds(state, desk, &format!("participant {id}")).await?,
    };
    let mut response = desk.page("/participants", page.title.clone(), page.render())?;
    *response.status_mut() = status;
    Ok(response)
}

fn facts(desk: &Desk, found: &ParticipantDetail) -> Vec<Fact> {
    let lang = desk.lang;
    let mut facts = vec![
        Fact::new(lang.say("console-id"), found.id.to_string()),
        Fact::new(lang.say("console-kind"), lang.say(kind(found.kind))),
    ];
    if !found.accounts.is_empty() {
        facts.push(Fact::new(lang.say("console-account"), found.accounts.join(", ")));
    }
    let consents: Vec<String> = found
        .consents
        .iter()
        .map(|consent| lang.say(&format!("console-consent-{}", consent.name().replace('_', "-"))))
        .collect();
    let none = || lang.say("console-none");
    let consents = if consents.is_empty() {
        none()
    } else {
        consents.join(" · ")
    };
    let time = |at_us: Option<i64>| at_us.map_or_else(none, |at_us| desk.time(at_us));
    facts.extend([
        Fact::new(lang.say("console-consents"), consents),
        Fact::new(lang.say("console-joined"), time(found.joined_us)),
        Fact::new(lang.say("console-last"), time(found.last_us)),
    ]);
    facts
}

fn frozen(desk: &Desk, found: &ParticipantDetail) -> Option<Vec<Fact>> {
    let lang = desk.lang;
    let why = found.frozen_why.as_ref()?;
    Some(vec![
        Fact::new(lang.say("console-why"), &*why.why),
        Fact::new(lang.say("console-who"), &*why.who),
        Fact::new(lang.say("console-when"), desk.time(why.at_us)),
    ])
}

/// The form that stops the account or lets it go on, for those who may.
fn closing(desk: &Desk, found: &ParticipantDetail, typed: Option<(String, Refused)>) -> Option<Closing> {
    let lang = desk.lang;
    if !desk.can(Deed::FreezeParticipant) || !found.open && !found.frozen {
        return None;
    }
    let word = if found.frozen { "unfreeze" } else { "freeze" };
    let (why, refused) = typed.unzip();
    let wrong = refused.map(|refused| wrong(&refused, "why", &lang.say("console-why-needed"), lang));
    let (of_field, of_form) = wrong.unwrap_or_default();
    let mut form = FormView::new(
        desk.at(&format!("/participants/{}/freeze", found.id)),
        &*desk.csrf,
        lang.say(&format!("console-{word}")),
    )
    .with(FormField::hidden("to", word))
    .with(
        FormField::new("why", lang.say("console-why"), Input::Area)
            .value(why.unwrap_or_default())
            .hint(lang.say("console-why-hint"))
            .error(of_field),
    );
    form.danger = !found.frozen;
    form.error = of_form;
    Some(Closing {
        title: lang.say(&format!("console-{word}")),
        words: lang.say(&format!("console-{word}-words")),
        form,
    })
}

#[derive(Deserialize)]
struct Freeze {
    csrf: String,
    to: String,
    why: String,
}

async fn freeze(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
    Form(form): Form<Freeze>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    let participant = id(&desk, &participant)?;
    let freeze = form.to == "freeze";
    let outcome = state
        .app
        .freeze_participant(&desk.caller, &desk.programme, participant, freeze, &form.why)
        .await;
    match outcome {
        Ok(()) => {
            let done = if freeze { "freeze" } else { "unfreeze" };
            let to = address(&desk.at(&format!("/participants/{participant}")), &[("done", done)]);
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Refused(refused)) => page(&state, &desk, participant, None, Some((form.why, refused))).await,
        Err(error) => Err(desk.oops(error)),
    }
}
