//! The store.

use app::{Error, Key, OrderView, Refused, RewardView};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use domain::rewards::State as OrderState;
use serde::Deserialize;

use super::{Me, Ours, html, me};
use crate::door::{Oops, Signed, words};
use crate::lang::Lang;
use crate::show::{Icon, Offer, Page, Reward, Store, TabWord, Voucher, VoucherState};

pub(super) fn routes() -> Router<crate::State> {
    Router::new().route("/store", get(store).post(order))
}

async fn store(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let me = me(&state.app, signed).await.map_err(|e| Oops::new(e, lang))?;
    page(&state, &me, lang, None).await
}

async fn page(state: &crate::State, me: &Me, lang: Lang, error: Option<String>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let (app, programme) = (&state.app, &me.programme);
    let purse = app
        .balances(&me.caller, programme, me.participant)
        .await
        .map_err(oops)?
        .points_available_milli;
    let offered = app.rewards(programme).await.map_err(oops)?;
    let orders = app.orders(&me.caller, programme, me.participant).await.map_err(oops)?;
    let mut rewards = Vec::with_capacity(offered.len());
    for reward in offered.iter().filter(|reward| reward.on_sale) {
        rewards.push(row(me, reward, purse, lang).map_err(oops)?);
    }
    let store = Store {
        lang,
        purse: me.points(purse, lang),
        done: None,
        error,
        buy: "/store".to_owned(),
        csrf: me.csrf.clone(),
        rewards,
        vouchers: orders
            .iter()
            .map(|order| voucher(me, order, app.now_us(), lang))
            .collect(),
    };
    let inner = store.render().map_err(|e| Oops::template(&e, lang))?;
    html(
        &me.shell(
            lang,
            lang.say("rewards-title"),
            Page::Plain,
            Some(TabWord::Store),
            inner,
        ),
        lang,
    )
}

fn row(me: &Me, reward: &RewardView, purse: i64, lang: Lang) -> Result<Reward, Error> {
    let price = me.points(reward.price_milli, lang);
    let offer = if reward.stock == 0 {
        Offer::Closed {
            words: lang.say("refusal-reward-out-of-stock"),
        }
    } else if purse < reward.price_milli {
        let missing = me.points(reward.price_milli - purse, lang);
        let args = [("missing", missing.value.as_str()), ("unit", missing.unit.as_str())];
        let percent = u8::try_from(purse.max(0) * 100 / reward.price_milli.max(1)).unwrap_or(100);
        Offer::Short {
            words: lang.say_with("refusal-reward-short", &args),
            percent,
        }
    } else {
        Offer::Open
    };
    Ok(Reward {
        word: reward.id.to_string(),
        key: app::form_key()?,
        icon: Icon::of("goods"),
        title: reward.title.in_lang(lang.into()).to_owned(),
        sponsor: reward.sponsor.clone(),
        stock: lang.say_with("rewards-left", &[("count", reward.stock.to_string().as_str())]),
        price,
        offer,
    })
}

fn voucher(me: &Me, order: &OrderView, now_us: i64, lang: Lang) -> Voucher {
    let shown = order.voucher.as_ref();
    let state = match (order.state, shown) {
        (OrderState::Fulfilled, Some(voucher)) if voucher.used_us.is_some() => VoucherState::Used,
        (OrderState::Fulfilled, Some(voucher)) if voucher.expires_us < now_us => VoucherState::Expired,
        (OrderState::Fulfilled | OrderState::Reserved, _) => VoucherState::Ready,
        (OrderState::Cancelled, _) => VoucherState::Cancelled,
        (OrderState::Expired, _) => VoucherState::Expired,
    };
    let code = match shown {
        Some(voucher) => voucher.code.clone(),
        None => lang.say("rewards-being-prepared"),
    };
    let at_us = shown.map_or(order.made_us, |voucher| voucher.expires_us);
    Voucher {
        title: order.title.in_lang(lang.into()).to_owned(),
        code,
        when: me.programme.zone.clock_time(at_us),
        state,
        qr: None,
    }
}

#[derive(Deserialize)]
struct OrderForm {
    csrf: String,
    reward: String,
    key: String,
}

async fn order(state: Ours, lang: Lang, signed: Signed, Form(form): Form<OrderForm>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    me.check(&form.csrf).map_err(oops)?;
    let reward = form
        .reward
        .parse()
        .map_err(|_| oops(Refused::NotFound("reward").into()))?;
    let key = Key::new(&me.caller, "order", &form.key, form.reward.as_bytes());
    match state
        .app
        .redeem(&me.caller, &me.programme, me.participant, reward, Some(key))
        .await
    {
        Ok(_) => Ok(Redirect::to("/store").into_response()),
        Err(Error::Refused(refused)) => {
            let unit = me.programme.points.unit.in_lang(lang.into());
            page(&state, &me, lang, Some(words(&refused, Some(unit), lang))).await
        }
        Err(error) => Err(oops(error)),
    }
}
