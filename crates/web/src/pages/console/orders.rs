//! Orders: hand over, call off, take vouchers in.

use app::{Error, OrderFilter, OrderRow, Refused};
use axum::Router;
use axum::extract::{Form, Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::measure::{Decimal, OrderId, RewardId};
use domain::programme::{Deed, Programme};
use domain::rewards::State as Stands;
use serde::Deserialize;

use super::super::rewards::points_words;
use super::audit::deeds;
use super::{Desk, Ours, desk};
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::{Cell, Choice, Column, Counter, Fact, Form as Asked, FormField as Field, Input, Part, Sort, Table};
use crate::{State, csv};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/orders", get(list))
        .route("/console/{slug}/orders.csv", get(file))
        .route("/console/{slug}/orders/{order}", get(order))
        .route("/console/{slug}/orders/{order}/fulfil", post(fulfil))
        .route("/console/{slug}/orders/{order}/cancel", post(cancel))
        .route("/console/{slug}/voucher", get(voucher).post(use_voucher))
}

const ROOM: &str = "/orders";
/// Orders of a page.
const PAGE: u32 = 50;
/// Orders that are read at once for a file.
const PIECE: u32 = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Narrow {
    state: String,
    reward: String,
    sort: String,
    after: String,
}

const STATES: [(&str, Stands); 4] = [
    ("reserved", Stands::Reserved),
    ("fulfilled", Stands::Fulfilled),
    ("cancelled", Stands::Cancelled),
    ("expired", Stands::Expired),
];

fn state_word(state: Stands) -> &'static str {
    STATES
        .iter()
        .find_map(|(word, there)| (*there == state).then_some(*word))
        .unwrap_or_default()
}

fn chip(row: &OrderRow, now_us: i64, lang: Lang) -> (&'static str, String) {
    let (tone, word) = match (row.order.state, &row.order.voucher) {
        (Stands::Reserved, _) => ("wait", "reserved"),
        (Stands::Fulfilled, Some(voucher)) if voucher.used_us.is_some() => ("calm", "used"),
        (Stands::Fulfilled, Some(voucher)) if voucher.expires_us < now_us => ("calm", "lapsed"),
        (Stands::Fulfilled, _) => ("", "fulfilled"),
        (Stands::Cancelled, _) => ("calm", "cancelled"),
        (Stands::Expired, _) => ("calm", "expired"),
    };
    (tone, lang.say(&format!("rewards-order-{word}")))
}

impl Narrow {
    /// What is asked for; words that mean nothing narrow nothing.
    fn filter(&self) -> OrderFilter {
        let named = STATES.iter().find(|(word, _)| *word == self.state);
        OrderFilter {
            state: named.map(|(_, state)| *state),
            reward: self.reward.parse::<RewardId>().ok(),
            after: self.after.parse::<OrderId>().ok(),
            oldest_first: self.sort == "oldest",
        }
    }

    /// The address of this list, further on or the other way round.
    fn href(&self, desk: &Desk, path: &str, sort: &str, after: Option<OrderId>) -> String {
        let filter = self.filter();
        let mut query = Vec::new();
        if let Some(state) = filter.state {
            query.push(format!("state={}", state_word(state)));
        }
        if let Some(reward) = filter.reward {
            query.push(format!("reward={reward}"));
        }
        if sort == "oldest" {
            query.push("sort=oldest".to_owned());
        }
        if let Some(after) = after {
            query.push(format!("after={after}"));
        }
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", desk.at(path), query.join("&"))
    }
}

async fn list(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(narrow): Query<Narrow>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let filter = narrow.filter();
    let found = state
        .app
        .order_list(&desk.caller, &desk.programme, filter, PAGE + 1)
        .await;
    let mut rows = found.map_err(|e| desk.oops(e))?;
    let rewards = state.app.rewards(&desk.programme).await.map_err(|e| desk.oops(e))?;
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let last = rows.last().filter(|_| more).map(|row| row.order.id);
    let sort = if filter.oldest_first { "oldest" } else { "" };
    let text = |name: &str| Column::text(lang.say(&format!("rewards-column-{name}")));
    let (now, other) = if filter.oldest_first {
        ("ascending", "")
    } else {
        ("descending", "oldest")
    };
    let made = Column {
        sort: Some(Sort {
            href: narrow.href(&desk, ROOM, other, None),
            now,
        }),
        ..text("made")
    };
    let any = |chosen| Choice::new("", lang.say("part-any"), chosen);
    let states = STATES.map(|(word, there)| {
        Choice::new(
            word,
            lang.say(&format!("rewards-order-{word}")),
            filter.state == Some(there),
        )
    });
    let things = rewards.iter().map(|reward| {
        let title = reward.title.in_lang(lang.into());
        Choice::new(reward.id.to_string(), title, filter.reward == Some(reward.id))
    });
    let select = |name: &str, label: &str, choices: Vec<Choice>| {
        Field::new(name, lang.say(label), Input::Select(choices)).optional()
    };
    let mut filters = vec![
        select(
            "state",
            "rewards-column-state",
            std::iter::once(any(filter.state.is_none())).chain(states).collect(),
        ),
        select(
            "reward",
            "rewards-column-title",
            std::iter::once(any(filter.reward.is_none())).chain(things).collect(),
        ),
    ];
    if filter.oldest_first {
        filters.push(Field::hidden("sort", "oldest"));
    }
    let table = Table {
        caption: lang.say("console-orders"),
        columns: vec![
            text("title"),
            text("participant"),
            made,
            text("state"),
            Column::number(lang.say("rewards-column-price")),
            text("code"),
        ],
        rows: rows
            .iter()
            .map(|row| {
                let (tone, words) = chip(row, state.app.now_us(), lang);
                vec![
                    Cell::link(
                        desk.at(&format!("/orders/{}", row.order.id)),
                        row.order.title.in_lang(lang.into()),
                    ),
                    buyer(&desk, row),
                    Cell::text(desk.time(row.order.made_us)),
                    Cell::chip(tone, words),
                    Cell::text(points_words(&desk.programme, row.order.price_milli, lang)),
                    match &row.order.voucher {
                        Some(voucher) => Cell::Code(voucher.code.clone()),
                        None => Cell::text(""),
                    },
                ]
            })
            .collect(),
        filters,
        filtered: filter.state.is_some() || filter.reward.is_some(),
        here: desk.at(ROOM),
        first: filter.after.map(|_| narrow.href(&desk, ROOM, sort, None)),
        next: last.map(|last| narrow.href(&desk, ROOM, sort, Some(last))),
        csv: Some(narrow.href(&desk, "/orders.csv", sort, None)),
        empty: lang.say("rewards-orders-none"),
    };
    let mut page = Counter::new(lang, lang.say("console-orders"));
    if desk.can(Deed::UseVoucher) {
        page.acts.push((desk.at("/voucher"), lang.say("rewards-check-in")));
    }
    page.parts.push(Part {
        id: "list",
        title: lang.say("console-orders"),
        table: Some(table),
        wide: true,
        ..Part::default()
    });
    desk.page(ROOM, page.title.clone(), page.render())
}

/// Who ordered, leading there for those who may look.
fn buyer(desk: &Desk, row: &OrderRow) -> Cell {
    if desk.can(Deed::ReadParticipant) {
        Cell::link(
            desk.at(&format!("/participants/{}", row.order.participant)),
            &*row.alias,
        )
    } else {
        Cell::text(&*row.alias)
    }
}

async fn file(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(narrow): Query<Narrow>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let filter = OrderFilter {
        after: None,
        ..narrow.filter()
    };
    let columns = [
        "made",
        "title",
        "participant",
        "state",
        "price",
        "code",
        "used",
        "order",
    ];
    let names = columns.map(|column| lang.say(&format!("rewards-column-{column}")));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let now_us = state.app.now_us();
    let (app, caller, programme) = (state.app.clone(), desk.caller.clone(), desk.programme.clone());
    let page = move |filter| {
        let (app, caller, programme) = (app.clone(), caller.clone(), programme.clone());
        async move {
            let found = app.order_list(&caller, &programme, filter, PIECE).await?;
            let more = found.len() == PIECE as usize;
            let next = found.last().filter(|_| more).map(|last| OrderFilter {
                after: Some(last.order.id),
                ..filter
            });
            let rows = found.iter().map(|row| cells(&programme, row, now_us, lang)).collect();
            Ok::<_, Error>((rows, next))
        }
    };
    let file = csv::in_pages(&format!("orders-{slug}.csv"), &names, filter, page).await;
    file.map_err(|e| desk.oops(e))
}

/// An order in a file.
fn cells(programme: &Programme, row: &OrderRow, now_us: i64, lang: Lang) -> Vec<String> {
    let (zone, voucher) = (&programme.zone, row.order.voucher.as_ref());
    let used_us = voucher.and_then(|voucher| voucher.used_us);
    vec![
        zone.clock_time(row.order.made_us),
        row.order.title.in_lang(lang.into()).to_owned(),
        row.alias.clone(),
        chip(row, now_us, lang).1,
        Decimal::new(row.order.price_milli, 3).to_string(),
        voucher.map(|voucher| voucher.code.clone()).unwrap_or_default(),
        used_us.map(|used_us| zone.clock_time(used_us)).unwrap_or_default(),
        row.order.id.to_string(),
    ]
}

fn order_id(desk: &Desk, order: &str) -> Result<OrderId, Oops> {
    order.parse().map_err(|_| desk.oops(Refused::NotFound("order")))
}

fn facts(desk: &Desk, row: &OrderRow) -> Vec<Fact> {
    let lang = desk.lang;
    let (order, zone) = (&row.order, &desk.programme.zone);
    let fact = |name: &str, value: String| Fact::new(lang.say(&format!("rewards-column-{name}")), value);
    let mut facts = vec![
        fact("participant", row.alias.clone()),
        fact("price", points_words(&desk.programme, order.price_milli, lang)),
        fact("made", zone.clock_time(order.made_us)),
    ];
    if order.state == Stands::Reserved {
        facts.push(fact("hold", zone.clock_time(order.expires_us)));
    }
    if let Some(voucher) = &order.voucher {
        facts.push(fact("code", voucher.code.clone()));
        facts.push(fact("until", zone.clock_time(voucher.expires_us)));
        if let Some(used_us) = voucher.used_us {
            facts.push(fact("used", zone.clock_time(used_us)));
        }
    }
    facts.push(fact("order", order.id.to_string()));
    facts
}

async fn order(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, order)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    order_page(&state, &desk, &order, None).await
}

async fn order_page(state: &State, desk: &Desk, order: &str, refused: Option<Refused>) -> Result<Response, Oops> {
    let lang = desk.lang;
    let id = order_id(desk, order)?;
    let row = state.app.order_row(&desk.caller, &desk.programme, id).await;
    let row = row.map_err(|e| desk.oops(e))?;
    let mut page = Counter::new(lang, row.order.title.in_lang(lang.into()));
    page.back = Some((desk.at(ROOM), lang.say("console-orders")));
    page.chip = Some(chip(&row, state.app.now_us(), lang));
    page.error = refused.as_ref().map(|refused| words(refused, None, lang));
    let mut links = vec![(
        desk.at(&format!("/rewards/{}", row.order.reward)),
        lang.say("rewards-to-reward"),
    )];
    if desk.can(Deed::ReadParticipant) {
        let participant = desk.at(&format!("/participants/{}", row.order.participant));
        links.insert(0, (participant, lang.say("console-to-participant")));
    }
    page.parts.push(Part {
        id: "facts",
        title: lang.say("rewards-order"),
        facts: facts(desk, &row),
        links,
        ..Part::default()
    });
    let mut forms = Vec::new();
    if row.order.state == Stands::Reserved {
        let form = |path: &str, key: &str| {
            let action = desk.at(&format!("/orders/{id}/{path}"));
            Asked::new(action, &desk.csrf, lang.say(key))
        };
        if desk.can(Deed::FulfilOrder) {
            forms.push(form("fulfil", "rewards-fulfil"));
        }
        if desk.can(Deed::CancelOrder) {
            forms.push(Asked {
                danger: true,
                ..form("cancel", "rewards-call-off")
            });
        }
    }
    if !forms.is_empty() {
        page.parts.push(Part {
            id: "deeds",
            title: lang.say("rewards-decide"),
            words: lang.say("rewards-decide-words"),
            forms,
            ..Part::default()
        });
    }
    let about = format!("order {} {id}", row.order.participant);
    page.parts.extend(deeds(state, desk, &about).await?.map(|table| Part {
        id: "log",
        title: lang.say("console-audit"),
        table: Some(table),
        wide: true,
        ..Part::default()
    }));
    let mut response = desk.page(ROOM, page.title.clone(), page.render())?;
    if let Some(refused) = refused {
        *response.status_mut() = status(&refused);
    }
    Ok(response)
}

#[derive(Deserialize)]
struct Sent {
    csrf: String,
}

async fn fulfil(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, order)): Path<(String, String)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    settle(&state, &desk, &order, &sent.csrf, true).await
}

async fn cancel(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, order)): Path<(String, String)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    settle(&state, &desk, &order, &sent.csrf, false).await
}

async fn settle(state: &State, desk: &Desk, order: &str, csrf: &str, handed: bool) -> Result<Response, Oops> {
    desk.check(csrf)?;
    let id = order_id(desk, order)?;
    let (app, programme) = (&state.app, &desk.programme);
    let row = app.order_row(&desk.caller, programme, id).await;
    let owner = row.map_err(|e| desk.oops(e))?.order.participant;
    let settled = if handed {
        app.fulfil_order(&desk.caller, programme, owner, id).await
    } else {
        app.cancel_order(&desk.caller, programme, owner, id).await
    };
    match settled {
        Ok(_) => Ok(Redirect::to(&desk.at(&format!("/orders/{id}"))).into_response()),
        Err(Error::Refused(refused @ Refused::Reward(_))) => order_page(state, desk, order, Some(refused)).await,
        Err(error) => Err(desk.oops(error)),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    csrf: String,
    code: String,
    done: String,
}

async fn voucher(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(typed): Query<Typed>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let refused = None;
    voucher_page(&state, &desk, &typed.code, typed.done == "used", refused).await
}

/// One field for the code, and what it stands for. A scanner that types and presses Enter is all it takes.
async fn voucher_page(
    state: &State,
    desk: &Desk,
    code: &str,
    done: bool,
    refused: Option<Refused>,
) -> Result<Response, Oops> {
    let lang = desk.lang;
    if !desk.can(Deed::UseVoucher) {
        return Err(desk.oops(Refused::NotFound("page for this role")));
    }
    let found = if code.trim().is_empty() {
        None
    } else {
        match state.app.voucher(&desk.caller, &desk.programme, code).await {
            Ok(row) => Some(Ok(row)),
            Err(Error::Refused(refused)) => Some(Err(refused)),
            Err(error) => return Err(desk.oops(error)),
        }
    };
    let unknown = matches!(found, Some(Err(_)));
    let label = lang.say("rewards-column-code");
    let field = Field::line("code", label)
        .hint(lang.say("rewards-check-in-hint"))
        .error(unknown.then(|| lang.say("rewards-code-unknown")));
    let field = if unknown { field.value(code) } else { field };
    let mut page = Counter::new(lang, lang.say("rewards-check-in"));
    page.back = Some((desk.at(ROOM), lang.say("console-orders")));
    page.done = done.then(|| lang.say("rewards-check-in-done"));
    page.error = refused.as_ref().map(|refused| words(refused, None, lang));
    page.parts.push(Part {
        id: "ask",
        title: lang.say("rewards-check-in-ask"),
        forms: vec![Asked::new(desk.at("/voucher"), &desk.csrf, lang.say("rewards-look-up")).with(field)],
        ..Part::default()
    });
    if let Some(Ok(row)) = found {
        let (_, state_words) = chip(&row, state.app.now_us(), lang);
        let mut facts = facts(desk, &row);
        facts.insert(0, Fact::new(lang.say("rewards-column-state"), state_words));
        let ready = row.order.voucher.as_ref();
        let ready = ready.filter(|voucher| voucher.used_us.is_none() && voucher.expires_us >= state.app.now_us());
        let forms = ready.map(|voucher| {
            Asked::new(desk.at("/voucher"), &desk.csrf, lang.say("rewards-use"))
                .with(Field::hidden("code", voucher.code.as_str()))
                .with(Field::hidden("done", "use"))
        });
        page.parts.push(Part {
            id: "found",
            title: row.order.title.in_lang(lang.into()).to_owned(),
            facts,
            forms: forms.into_iter().collect(),
            ..Part::default()
        });
    }
    let mut response = desk.page(ROOM, page.title.clone(), page.render())?;
    if let Some(refused) = refused {
        *response.status_mut() = status(&refused);
    } else if unknown {
        *response.status_mut() = axum::http::StatusCode::NOT_FOUND;
    }
    Ok(response)
}

/// Looks a code up, or takes it in if the second form was sent.
async fn use_voucher(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&typed.csrf)?;
    if typed.done != "use" {
        return voucher_page(&state, &desk, &typed.code, false, None).await;
    }
    let used = state.app.use_voucher(&desk.caller, &desk.programme, &typed.code).await;
    match used {
        Ok(_) => Ok(Redirect::to(&desk.at("/voucher?done=used")).into_response()),
        Err(Error::Refused(refused @ (Refused::Reward(_) | Refused::NotFound(_)))) => {
            voucher_page(&state, &desk, &typed.code, false, Some(refused)).await
        }
        Err(error) => Err(desk.oops(error)),
    }
}
