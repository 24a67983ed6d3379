//! Rewards: stock, codes, budgets.

mod form;
mod list;

use app::{Error, Imported, Key, Refused, RewardRow};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Multipart, Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::measure::{Currency, Money, RewardId};
use domain::programme::Deed;
use domain::rewards::CodeFault;
use serde::Deserialize;

use self::form::{Typed, Wrong, minor, whole};
use super::super::rewards::{days, points_words};
use super::audit::deeds;
use super::{Desk, Ours, desk, grouped};
use crate::State;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Counter, Fact, Form as Asked, FormField as Field, Input, Part};

/// 20,000 codes of 64 letters, and the form around them.
const LIST_BYTES: usize = 2 * 1024 * 1024;

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/rewards", get(list::list))
        .route("/console/{slug}/rewards.csv", get(list::file))
        .route("/console/{slug}/rewards/new", get(blank).post(create))
        .route("/console/{slug}/rewards/{reward}", get(reward).post(edit))
        .route("/console/{slug}/rewards/{reward}/stock", post(stock))
        .route(
            "/console/{slug}/rewards/{reward}/codes",
            post(codes).layer(DefaultBodyLimit::max(LIST_BYTES)),
        )
        .route("/console/{slug}/rewards/{reward}/fund", post(fund))
}

const ROOM: &str = "/rewards";

fn money(amount: Option<Money>) -> String {
    amount.map(|money| money.to_string()).unwrap_or_default()
}

fn sale(row: &RewardRow, lang: Lang) -> (&'static str, String) {
    match (row.reward.on_sale, row.reward.stock) {
        (false, _) => ("calm", lang.say("rewards-off-sale")),
        (true, 0) => ("wait", lang.say("rewards-sold-out")),
        (true, _) => ("", lang.say("rewards-on-sale")),
    }
}

fn codes_left(row: &RewardRow) -> String {
    if row.codes.all == 0 {
        String::new()
    } else {
        format!("{} / {}", row.codes.free, row.codes.all)
    }
}

async fn blank(state: Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let typed = Typed {
        stock: "0".to_owned(),
        hold_days: "7".to_owned(),
        voucher_days: "30".to_owned(),
        currency: Currency::CNY.code().to_owned(),
        ..Typed::default()
    };
    new_page(&desk, &typed, &Wrong::default())
}

fn new_page(desk: &Desk, typed: &Typed, wrong: &Wrong) -> Result<Response, Oops> {
    let lang = desk.lang;
    if !desk.can(Deed::ManageRewards) {
        return Err(desk.oops(Refused::NotFound("page for this role")));
    }
    let form = Asked {
        key: app::form_key().map_err(|e| desk.oops(e))?,
        error: wrong.whole.clone(),
        ..Asked::new(desk.at("/rewards/new"), &desk.csrf, lang.say("rewards-create"))
    };
    let mut page = Counter::new(lang, lang.say("rewards-new"));
    page.back = Some((desk.at(ROOM), lang.say("console-rewards")));
    page.parts.push(Part {
        id: "new",
        title: lang.say("rewards-about"),
        forms: vec![typed.fields(form, wrong, true, lang)],
        wide: true,
        ..Part::default()
    });
    finish(desk, &page, wrong)
}

fn finish(desk: &Desk, page: &Counter, wrong: &Wrong) -> Result<Response, Oops> {
    let mut response = desk.page(ROOM, page.title.clone(), page.render())?;
    if let Some(status) = wrong.status {
        *response.status_mut() = status;
    }
    Ok(response)
}

async fn create(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&typed.csrf)?;
    let made = match typed.new_reward() {
        Ok(new) => {
            let key = Key::new(&desk.caller, "reward", &typed.key, format!("{slug} {new:?}").as_bytes());
            state
                .app
                .create_reward(&desk.caller, &desk.programme, new, Some(key))
                .await
        }
        Err(refused) => Err(refused.into()),
    };
    match made {
        Ok(made) => Ok(Redirect::to(&desk.at(&format!("/rewards/{}?done=created", made.id))).into_response()),
        Err(Error::Refused(refused)) => new_page(&desk, &typed, &Wrong::of(&refused, lang)),
        Err(error) => Err(desk.oops(error)),
    }
}

#[derive(Deserialize)]
struct Done {
    done: Option<String>,
}

async fn reward(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, reward)): Path<(String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let done = match done.done.as_deref() {
        Some(word @ ("created" | "saved" | "stock" | "codes" | "funded")) => {
            Some(lang.say(&format!("rewards-done-{word}")))
        }
        _ => None,
    };
    let tried = Tried {
        done,
        ..Tried::default()
    };
    reward_page(&state, &desk, &reward, tried).await
}

/// What was tried on the page of a reward, and what was typed.
#[derive(Default)]
struct Tried {
    done: Option<String>,
    wrong: Wrong,
    /// Which form.
    form: &'static str,
    typed: Option<Typed>,
    text: String,
}

fn reward_id(desk: &Desk, reward: &str) -> Result<RewardId, Oops> {
    reward.parse().map_err(|_| desk.oops(Refused::NotFound("reward")))
}

async fn reward_page(state: &State, desk: &Desk, reward: &str, tried: Tried) -> Result<Response, Oops> {
    let lang = desk.lang;
    let id = reward_id(desk, reward)?;
    let row = state.app.reward_row(&desk.caller, &desk.programme, id).await;
    let row = row.map_err(|e| desk.oops(e))?;
    let at = |path: &str| desk.at(&format!("/rewards/{id}{path}"));
    let none = Wrong::default();
    let wrong = |form: &str| if tried.form == form { &tried.wrong } else { &none };
    let form = |name: &str, path: &str| -> Result<Asked, Oops> {
        Ok(Asked {
            key: app::form_key().map_err(|e| desk.oops(e))?,
            error: wrong(name).whole.clone(),
            ..Asked::new(at(path), &desk.csrf, lang.say(&format!("rewards-do-{name}")))
        })
    };
    let mut page = Counter::new(lang, row.reward.title.in_lang(lang.into()));
    page.back = Some((desk.at(ROOM), lang.say("console-rewards")));
    page.chip = Some(sale(&row, lang));
    page.done = tried.done;
    let mut stand = facts(desk, &row);
    if desk.can(Deed::ReadOrders) {
        let orders = desk.at(&format!("/orders?reward={id}"));
        stand.links.push((orders, lang.say("rewards-orders")));
    }
    page.parts.push(stand);
    if desk.can(Deed::ManageRewards) {
        let typed = tried.typed.unwrap_or_else(|| Typed::of(&row));
        let on_sale = Field::new("on_sale", lang.say("rewards-field-on-sale"), Input::Check).value(&typed.on_sale);
        let edit = typed
            .fields(form("edit", "")?, wrong("edit"), false, lang)
            .with(on_sale);
        page.parts.push(Part {
            id: "edit",
            title: lang.say("rewards-edit"),
            words: lang.say("rewards-edit-words"),
            forms: vec![edit],
            tall: true,
            ..Part::default()
        });
        if row.codes.all == 0 {
            let pieces = Input::Line {
                kind: "number",
                autocomplete: "off",
            };
            let pieces = Field::new("pieces", lang.say("rewards-field-pieces"), pieces)
                .value(if tried.form == "stock" { &tried.text } else { "" })
                .hint(lang.say("rewards-hint-pieces"))
                .error(wrong("stock").error("pieces", lang));
            page.parts.push(Part {
                id: "restock",
                title: lang.say("rewards-restock"),
                forms: vec![form("stock", "/stock")?.with(pieces)],
                ..Part::default()
            });
        }
        let text = Field::new("codes", lang.say("rewards-field-codes"), Input::Area)
            .value(if tried.form == "codes" { &tried.text } else { "" })
            .optional()
            .error(wrong("codes").error("codes", lang));
        let accept = ".csv,.txt,text/csv,text/plain";
        let list = Field::new("file", lang.say("rewards-field-file"), Input::File { accept }).optional();
        page.parts.push(Part {
            id: "import",
            title: lang.say("rewards-import"),
            words: lang.say("rewards-import-words"),
            forms: vec![form("codes", "/codes")?.with(text).with(list)],
            ..Part::default()
        });
    }
    if let Some(cost) = row.cost.filter(|_| desk.can(Deed::FundRewards)) {
        let amount = Input::Line {
            kind: "number",
            autocomplete: "off",
        };
        let code = cost.currency.code();
        let amount = Field::new(
            "amount",
            lang.say_with("rewards-field-amount", &[("currency", code)]),
            amount,
        )
        .value(if tried.form == "fund" { &tried.text } else { "" })
        .error(wrong("fund").error("amount", lang));
        page.parts.push(Part {
            id: "fund",
            title: lang.say("rewards-fund"),
            words: lang.say_with("rewards-fund-words", &[("sponsor", row.reward.sponsor.as_str())]),
            forms: vec![form("fund", "/fund")?.with(amount)],
            ..Part::default()
        });
    }
    let about = format!("reward {id}");
    page.parts.extend(deeds(state, desk, &about).await?.map(|table| Part {
        id: "log",
        title: lang.say("console-audit"),
        table: Some(table),
        wide: true,
        ..Part::default()
    }));
    finish(desk, &page, &tried.wrong)
}

fn facts(desk: &Desk, row: &RewardRow) -> Part {
    let lang = desk.lang;
    let fact = |name: &str, value: String| Fact::new(lang.say(&format!("rewards-column-{name}")), value);
    let reward = &row.reward;
    let mut facts = vec![
        fact("price", points_words(&desk.programme, reward.price_milli, lang)),
        fact("sponsor", reward.sponsor.clone()),
        fact("stock", grouped(reward.stock)),
        fact("reserved", grouped(row.reserved)),
        fact("handed-over", grouped(row.handed_over)),
    ];
    if row.codes.all > 0 {
        facts.push(fact("codes", codes_left(row)));
    }
    if row.cost.is_some() {
        facts.push(fact("cost", money(row.cost)));
        facts.push(fact("budget", money(row.budget_left)));
    }
    let hand = if reward.at_once {
        "rewards-hand-at-once"
    } else {
        "rewards-hand-later"
    };
    facts.push(fact("hand", lang.say(hand)));
    facts.push(fact("valid", days(reward.voucher_days, lang)));
    Part {
        id: "facts",
        title: lang.say("rewards-stand"),
        facts,
        ..Part::default()
    }
}

async fn edit(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, reward)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&typed.csrf)?;
    let id = reward_id(&desk, &reward)?;
    let edited = match typed.change() {
        Ok(change) => {
            let body = format!("{reward} {change:?}");
            let key = Key::new(&desk.caller, "edit reward", &typed.key, body.as_bytes());
            state
                .app
                .edit_reward(&desk.caller, &desk.programme, id, change, Some(key))
                .await
        }
        Err(refused) => Err(refused.into()),
    };
    let tried = |wrong| Tried {
        wrong,
        form: "edit",
        typed: Some(typed.clone()),
        ..Tried::default()
    };
    after(&state, &desk, &reward, "saved", edited.map(|_| ()), tried).await
}

/// Back to the reward, or the same page with what was wrong.
async fn after(
    state: &State,
    desk: &Desk,
    reward: &str,
    done: &str,
    outcome: Result<(), Error>,
    tried: impl FnOnce(Wrong) -> Tried,
) -> Result<Response, Oops> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&desk.at(&format!("/rewards/{reward}?done={done}"))).into_response()),
        Err(Error::Refused(refused @ (Refused::Invalid { .. } | Refused::Settled(_) | Refused::KeyReused))) => {
            reward_page(state, desk, reward, tried(Wrong::of(&refused, desk.lang))).await
        }
        Err(error) => Err(desk.oops(error)),
    }
}

#[derive(Deserialize)]
struct Stock {
    csrf: String,
    key: String,
    pieces: String,
}

async fn stock(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, reward)): Path<(String, String)>,
    Form(form): Form<Stock>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    let id = reward_id(&desk, &reward)?;
    let row = state.app.reward_row(&desk.caller, &desk.programme, id).await;
    let on_sale = row.map_err(|e| desk.oops(e))?.reward.on_sale;
    let stocked = match whole(&form.pieces, "pieces") {
        Ok(pieces) => {
            let body = format!("{reward} {pieces}");
            let key = Key::new(&desk.caller, "restock page", &form.key, body.as_bytes());
            let restocked = state
                .app
                .restock(&desk.caller, &desk.programme, id, pieces, on_sale, Some(key));
            restocked.await.map(|_| ())
        }
        Err(refused) => Err(refused.into()),
    };
    let tried = |wrong| Tried {
        wrong,
        form: "stock",
        text: form.pieces.clone(),
        ..Tried::default()
    };
    after(&state, &desk, &reward, "stock", stocked, tried).await
}

#[derive(Deserialize)]
struct Fund {
    csrf: String,
    key: String,
    amount: String,
}

async fn fund(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, reward)): Path<(String, String)>,
    Form(form): Form<Fund>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    let id = reward_id(&desk, &reward)?;
    let row = state.app.reward_row(&desk.caller, &desk.programme, id).await;
    let row = row.map_err(|e| desk.oops(e))?;
    let currency = row.cost.map(|cost| cost.currency);
    let currency = currency.ok_or_else(|| desk.oops(Refused::NotFound("budget")))?;
    let funded = match minor(&form.amount, "amount_minor") {
        Ok(minor) => {
            let body = format!("{reward} {minor}");
            let key = Key::new(&desk.caller, "fund page", &form.key, body.as_bytes());
            let (amount, sponsor) = (Money { minor, currency }, &row.reward.sponsor);
            let funded = state
                .app
                .fund_rewards(&desk.caller, &desk.programme, sponsor, amount, Some(key));
            funded.await.map(|_| ())
        }
        Err(refused) => Err(refused.into()),
    };
    let tried = |wrong| Tried {
        wrong,
        form: "fund",
        text: form.amount.clone(),
        ..Tried::default()
    };
    after(&state, &desk, &reward, "funded", funded, tried).await
}

async fn codes(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, reward)): Path<(String, String)>,
    mut form: Multipart,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let id = reward_id(&desk, &reward)?;
    let broken = || Refused::Invalid {
        field: "codes".to_owned(),
        what: "could not be read".to_owned(),
    };
    let (mut csrf, mut key, mut text, mut list) = (String::new(), String::new(), String::new(), String::new());
    while let Some(field) = form.next_field().await.map_err(|_| desk.oops(broken()))? {
        let name = field.name().unwrap_or_default().to_owned();
        let value = field.text().await.map_err(|_| desk.oops(broken()))?;
        match name.as_str() {
            "csrf" => csrf = value,
            "key" => key = value,
            "codes" => text = value,
            "file" => list = value,
            _ => {}
        }
    }
    desk.check(&csrf)?;
    let all = if list.trim().is_empty() { text.clone() } else { list };
    let key = Key::new(&desk.caller, "codes", &key, format!("{reward} {all}").as_bytes());
    let imported = state
        .app
        .import_codes(&desk.caller, &desk.programme, id, &all, Some(key))
        .await;
    let tried = |wrong| Tried {
        wrong,
        form: "codes",
        text,
        ..Tried::default()
    };
    match imported {
        Ok(Imported { faults, .. }) if !faults.is_empty() => {
            let said: Vec<String> = faults.iter().map(|fault| fault_words(*fault, lang)).collect();
            let wrong = Wrong {
                field: None,
                whole: Some(said.join(" ")),
                status: Some(StatusCode::UNPROCESSABLE_ENTITY),
            };
            reward_page(&state, &desk, &reward, tried(wrong)).await
        }
        other => after(&state, &desk, &reward, "codes", other.map(|_| ()), tried).await,
    }
}

fn fault_words((line, fault): (u32, CodeFault), lang: Lang) -> String {
    let key = match fault {
        CodeFault::Unusable => "rewards-code-unusable",
        CodeFault::Repeated => "rewards-code-repeated",
        CodeFault::Taken => "rewards-code-taken",
    };
    lang.say_with(key, &[("line", line.to_string().as_str())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_line() {
        for lang in Lang::ALL {
            for fault in [CodeFault::Unusable, CodeFault::Repeated, CodeFault::Taken] {
                assert!(fault_words((31, fault), lang).contains("31"));
            }
        }
    }
}
