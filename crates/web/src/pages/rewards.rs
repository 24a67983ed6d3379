//! The store and one's vouchers.

use app::{Error, Key, OrderView, Refused, RewardView};
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use domain::measure::{OrderId, Points, RewardId};
use domain::rewards::State as OrderState;
use serde::Deserialize;

use super::{Me, Ours, html, me};
use crate::asset;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::{
    Amount, Deal, Fact, Icon, Offer, Page, Qr, Reward, Store, TabWord, Voucher, VoucherRow, VoucherShelf, VoucherState,
    Vouchers,
};

pub(super) fn routes() -> Router<crate::State> {
    Router::new()
        .route("/store", get(store))
        .route("/store/{reward}", get(deal).post(take))
        .route("/vouchers", get(vouchers))
        .route("/vouchers/{order}", get(voucher))
        .route("/vouchers/{order}/cancel", post(cancel))
}

/// The picture of a reward by its word.
pub(super) fn reward_icon(word: &str) -> Icon {
    if word.is_empty() { Icon::Gift } else { Icon::of(word) }
}

/// A civil day in words.
pub(super) fn day_words(me: &domain::programme::Programme, at_us: i64, lang: Lang) -> String {
    let format = match lang {
        Lang::Zh => "%Y年%-m月%-d日",
        Lang::En => "%-d %b %Y",
    };
    me.zone.day_of(at_us).date().strftime(format).to_string()
}

/// A number of days in words.
pub(super) fn days(count: u32, lang: Lang) -> String {
    let key = if count == 1 { "rewards-day" } else { "rewards-days" };
    lang.say_with(key, &[("count", count.to_string().as_str())])
}

fn framed(me: &Me, lang: Lang, title: String, inner: Result<String, askama::Error>) -> Result<Response, Oops> {
    let inner = inner.map_err(|e| Oops::template(&e, lang))?;
    let mut shell = me.shell(lang, title, Page::Plain, Some(TabWord::Store), inner);
    shell.more.push(asset::SHOP_CSS);
    html(&shell, lang)
}

/// What a participant can spend, in thousandths.
async fn purse(state: &crate::State, me: &Me) -> Result<i64, Error> {
    let balances = state.app.balances(&me.caller, &me.programme, me.participant).await?;
    Ok(balances.points_available_milli)
}

async fn store(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let purse = purse(&state, &me).await.map_err(oops)?;
    let offered = state.app.rewards(&me.programme).await.map_err(oops)?;
    let store = Store {
        lang,
        purse: me.points(purse, lang),
        public: format!("/p/{}", me.programme.slug),
        rewards: offered
            .iter()
            .filter(|reward| reward.on_sale)
            .map(|reward| row(&me, reward, purse, lang))
            .collect(),
    };
    framed(&me, lang, lang.say("rewards-title"), store.render())
}

fn row(me: &Me, reward: &RewardView, purse: i64, lang: Lang) -> Reward {
    let offer = if !reward.on_sale {
        Offer::Closed {
            words: lang.say("refusal-reward-not-on-sale"),
        }
    } else if reward.stock == 0 {
        Offer::Closed {
            words: lang.say("refusal-reward-out-of-stock"),
        }
    } else if purse < reward.price_milli {
        let missing = me.points(reward.price_milli - purse, lang);
        let args = [("missing", missing.value.as_str()), ("unit", missing.unit.as_str())];
        let share = i128::from(purse.max(0)) * 100 / i128::from(reward.price_milli.max(1));
        Offer::Short {
            words: lang.say_with("refusal-reward-short", &args),
            percent: u8::try_from(share).unwrap_or(100),
        }
    } else {
        Offer::Open
    };
    Reward {
        href: format!("/store/{}", reward.id),
        icon: reward_icon(&reward.icon),
        tint: u8::try_from(reward.id.number().rem_euclid(5)).unwrap_or(0),
        title: reward.title.in_lang(lang.into()).to_owned(),
        sponsor: reward.sponsor.clone(),
        stock: lang.say_with("rewards-left", &[("count", reward.stock.to_string().as_str())]),
        price: me.points(reward.price_milli, lang),
        offer,
    }
}

async fn deal(state: Ours, lang: Lang, signed: Signed, Path(reward): Path<String>) -> Result<Response, Oops> {
    let me = me(&state.app, signed).await.map_err(|e| Oops::new(e, lang))?;
    deal_page(&state, &me, lang, &reward, None).await
}

fn number<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Refused::NotFound(what).into())
}

async fn deal_page(
    state: &crate::State,
    me: &Me,
    lang: Lang,
    reward: &str,
    error: Option<String>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let id: RewardId = number(reward, "reward").map_err(oops)?;
    let offered = state.app.rewards(&me.programme).await.map_err(oops)?;
    let found = offered.iter().find(|reward| reward.id == id);
    let view = found.ok_or_else(|| oops(Refused::NotFound("reward").into()))?;
    let purse = purse(state, me).await.map_err(oops)?;
    let kept = me.points(purse - view.price_milli, lang);
    let hand = if view.at_once {
        "rewards-hand-at-once"
    } else {
        "rewards-hand-later"
    };
    let mut facts = vec![
        Fact::new(lang.say("rewards-fact-hand"), lang.say(hand)),
        Fact::new(lang.say("rewards-fact-valid"), days(view.voucher_days, lang)),
    ];
    if let Some(limit) = view.per_person {
        let limit = lang.say_with("rewards-pieces", &[("count", limit.to_string().as_str())]);
        facts.push(Fact::new(lang.say("rewards-fact-limit"), limit));
    }
    let reward = row(me, view, purse, lang);
    let title = reward.title.clone();
    let deal = Deal {
        lang,
        error,
        keep: lang.say_with(
            "rewards-keep",
            &[("value", kept.value.as_str()), ("unit", kept.unit.as_str())],
        ),
        purse: me.points(purse, lang),
        facts,
        csrf: me.csrf.clone(),
        key: app::form_key().map_err(oops)?,
        reward,
    };
    framed(me, lang, title, deal.render())
}

#[derive(Deserialize)]
struct Take {
    csrf: String,
    key: String,
}

async fn take(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(reward): Path<String>,
    Form(form): Form<Take>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    me.check(&form.csrf).map_err(oops)?;
    let id = number(&reward, "reward").map_err(oops)?;
    let key = Key::new(&me.caller, "order", &form.key, reward.as_bytes());
    let taken = state
        .app
        .redeem(&me.caller, &me.programme, me.participant, id, Some(key))
        .await;
    match taken {
        Ok(order) => Ok(Redirect::to(&format!("/vouchers/{}?new=1", order.id)).into_response()),
        Err(Error::Refused(refused @ (Refused::Reward(_) | Refused::KeyReused))) => {
            let unit = me.programme.points.unit.in_lang(lang.into());
            let error = words(&refused, Some(unit), lang);
            let mut page = deal_page(&state, &me, lang, &reward, Some(error)).await?;
            *page.status_mut() = status(&refused);
            Ok(page)
        }
        Err(error) => Err(oops(error)),
    }
}

/// Where an order stands, as its owner sees it.
fn standing(order: &OrderView, now_us: i64) -> VoucherState {
    match (order.state, &order.voucher) {
        (OrderState::Reserved, _) => VoucherState::Waiting,
        (OrderState::Fulfilled, Some(voucher)) if voucher.used_us.is_some() => VoucherState::Used,
        (OrderState::Fulfilled, Some(voucher)) if voucher.expires_us < now_us => VoucherState::Expired,
        (OrderState::Fulfilled, _) => VoucherState::Ready,
        (OrderState::Cancelled, _) => VoucherState::Cancelled,
        (OrderState::Expired, _) => VoucherState::Expired,
    }
}

/// What became of an order, in words that name the day.
fn when(me: &Me, order: &OrderView, state: VoucherState, lang: Lang) -> String {
    let on = |key: &str, at_us: i64| {
        let day = day_words(&me.programme, at_us, lang);
        lang.say_with(key, &[("day", day.as_str())])
    };
    match (state, &order.voucher) {
        (VoucherState::Ready, Some(voucher)) => on("rewards-valid-until", voucher.expires_us),
        (VoucherState::Used, Some(voucher)) => on("rewards-used-on", voucher.used_us.unwrap_or(order.made_us)),
        (VoucherState::Expired, Some(voucher)) => on("rewards-expired-on", voucher.expires_us),
        (VoucherState::Expired, None) => lang.say("rewards-expired-words"),
        (VoucherState::Cancelled, _) => lang.say("rewards-cancelled-words"),
        _ => on("rewards-prepared-by", order.expires_us),
    }
}

#[derive(Deserialize)]
struct Shown {
    show: Option<String>,
}

async fn vouchers(state: Ours, lang: Lang, signed: Signed, Query(shown): Query<Shown>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let orders = state
        .app
        .orders(&me.caller, &me.programme, me.participant)
        .await
        .map_err(oops)?;
    let now_us = state.app.now_us();
    let shelf_of = |state| match state {
        VoucherState::Waiting | VoucherState::Ready => "ready",
        VoucherState::Used => "used",
        VoucherState::Expired | VoucherState::Cancelled => "past",
    };
    let here = match shown.show.as_deref() {
        Some("used") => "used",
        Some("past") => "past",
        _ => "ready",
    };
    let all: Vec<(&OrderView, VoucherState)> = orders.iter().map(|order| (order, standing(order, now_us))).collect();
    let shelf = |word: &str| {
        let count = all.iter().filter(|(_, state)| shelf_of(*state) == word).count();
        VoucherShelf {
            name: lang.say_with(
                &format!("rewards-shelf-{word}"),
                &[("count", count.to_string().as_str())],
            ),
            href: format!("/vouchers?show={word}"),
            here: word == here,
        }
    };
    let page = Vouchers {
        lang,
        shelves: ["ready", "used", "past"].map(shelf).into(),
        empty: lang.say(&format!("rewards-none-{here}")),
        rows: all
            .iter()
            .filter(|(_, state)| shelf_of(*state) == here)
            .map(|(order, state)| VoucherRow {
                href: format!("/vouchers/{}", order.id),
                title: order.title.in_lang(lang.into()).to_owned(),
                code: order
                    .voucher
                    .as_ref()
                    .filter(|_| *state == VoucherState::Ready)
                    .map(|voucher| voucher.code.clone()),
                when: when(&me, order, *state, lang),
                state: *state,
            })
            .collect(),
    };
    framed(&me, lang, lang.say("rewards-vouchers"), page.render())
}

#[derive(Deserialize)]
struct Fresh {
    new: Option<String>,
}

async fn voucher(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(order): Path<String>,
    Query(fresh): Query<Fresh>,
) -> Result<Response, Oops> {
    let me = me(&state.app, signed).await.map_err(|e| Oops::new(e, lang))?;
    voucher_page(&state, &me, lang, &order, (fresh.new.is_some(), None)).await
}

async fn voucher_page(
    state: &crate::State,
    me: &Me,
    lang: Lang,
    order: &str,
    (fresh, error): (bool, Option<String>),
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let id: OrderId = number(order, "order").map_err(oops)?;
    let order = state.app.order(&me.caller, &me.programme, me.participant, id).await;
    let order = order.map_err(oops)?;
    let standing = standing(&order, state.app.now_us());
    let offered = state.app.rewards(&me.programme).await.map_err(oops)?;
    let sponsor = offered.into_iter().find(|reward| reward.id == order.reward);
    let day = |at_us| day_words(&me.programme, at_us, lang);
    let cost = me.points(order.price_milli, lang);
    let mut facts = Vec::new();
    match (standing, &order.voucher) {
        (VoucherState::Ready, Some(voucher)) => {
            facts.push(Fact::new(lang.say("rewards-fact-until"), day(voucher.expires_us)));
        }
        (VoucherState::Waiting, _) => facts.push(Fact::new(lang.say("rewards-fact-by"), day(order.expires_us))),
        _ => {}
    }
    if let Some(reward) = sponsor {
        facts.push(Fact::new(lang.say("rewards-fact-from"), reward.sponsor));
    }
    facts.push(Fact::new(lang.say("rewards-fact-cost"), together(&cost)));
    let made = me.programme.zone.clock_time(order.made_us);
    facts.push(Fact::new(lang.say("rewards-fact-made"), made));
    let title = order.title.in_lang(lang.into()).to_owned();
    let code = order.voucher.as_ref().map(|voucher| voucher.code.clone());
    let page = Voucher {
        lang,
        fresh,
        error,
        title: title.clone(),
        state: standing,
        qr: code
            .as_deref()
            .filter(|_| standing == VoucherState::Ready)
            .and_then(Qr::of),
        code,
        words: match standing {
            VoucherState::Ready => lang.say("rewards-how-ready"),
            VoucherState::Waiting => lang.say("rewards-how-waiting"),
            _ => when(me, &order, standing, lang),
        },
        facts,
        cancel: (standing == VoucherState::Waiting).then(|| (format!("/vouchers/{id}/cancel"), me.csrf.clone())),
    };
    framed(me, lang, title, page.render())
}

/// An amount in one text.
pub(super) fn together(amount: &Amount) -> String {
    format!("{} {}", amount.value, amount.unit)
}

/// Points with their unit in one text.
pub(super) fn points_words(programme: &domain::programme::Programme, milli: i64, lang: Lang) -> String {
    let unit = programme.points.unit.in_lang(lang.into());
    format!("{} {unit}", Points::from_milli(milli))
}

#[derive(Deserialize)]
struct Cancel {
    csrf: String,
}

async fn cancel(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(order): Path<String>,
    Form(form): Form<Cancel>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    me.check(&form.csrf).map_err(oops)?;
    let id = number(&order, "order").map_err(oops)?;
    let done = state
        .app
        .cancel_order(&me.caller, &me.programme, me.participant, id)
        .await;
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/vouchers/{order}?done=cancelled")).into_response()),
        Err(Error::Refused(refused @ Refused::Reward(_))) => {
            let error = words(&refused, None, lang);
            let mut page = voucher_page(&state, &me, lang, &order, (false, Some(error))).await?;
            *page.status_mut() = status(&refused);
            Ok(page)
        }
        Err(error) => Err(oops(error)),
    }
}
