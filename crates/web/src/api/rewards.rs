//! The store: rewards, orders, vouchers.

use app::{Error, NewReward, OrderView, Refused, RewardView, VoucherView};
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use domain::measure::{Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Json, id, key, programme};
use crate::State;
use crate::door::{IdempotencyKey, Problem, Signed};
use crate::lang::Lang;

/// Lists what the store offers, cheapest first; public
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/rewards", tag = "rewards",
    params(("programme" = String, Path, description = "slug")),
    responses((status = 200, body = [RewardView]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    lang: Lang,
    Path(slug): Path<String>,
) -> Result<axum::Json<Vec<RewardView>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    state.app.rewards(&programme).await.map(axum::Json).map_err(problem)
}

/// Offers a reward
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/rewards", tag = "rewards", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewReward,
    responses((status = 201, body = RewardView), (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn create(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    idempotency: Option<IdempotencyKey>,
    Json(new): Json<NewReward>,
) -> Result<(StatusCode, axum::Json<RewardView>), Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let key = key(&signed.caller, "reward", idempotency, &format!("{slug} {new:?}"));
    let view = state
        .app
        .create_reward(&signed.caller, &programme, new, key)
        .await
        .map_err(problem)?;
    Ok((StatusCode::CREATED, axum::Json(view)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restock {
    /// Pieces to add; negative to take away.
    pieces: i64,
    /// Whether it can be ordered from now on.
    on_sale: bool,
}

/// Adds to a reward's stock, or takes it on or off sale
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/rewards/{reward}/stock", tag = "rewards",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("reward" = String, Path),
           ("Idempotency-Key" = Option<String>, Header)),
    request_body = Restock,
    responses((status = 200, body = RewardView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn restock(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, reward)): Path<(String, String)>,
    idempotency: Option<IdempotencyKey>,
    Json(change): Json<Restock>,
) -> Result<axum::Json<RewardView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let key = key(&signed.caller, "restock", idempotency, &format!("{reward} {change:?}"));
    let reward = id(&reward, "reward").map_err(problem)?;
    let Restock { pieces, on_sale } = change;
    let view = state
        .app
        .restock(&signed.caller, &programme, reward, pieces, on_sale, key)
        .await
        .map_err(problem)?;
    Ok(axum::Json(view))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Funds {
    /// Whose budget.
    sponsor: String,
    /// Minor units: fen, cents.
    amount_minor: i64,
    /// ISO 4217 code.
    #[schema(value_type = String)]
    currency: Currency,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Budget {
    /// What can be spent, in minor units.
    available_minor: i64,
}

/// Puts money into a sponsor's budget
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/funds", tag = "rewards", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Funds,
    responses((status = 200, body = Budget), (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn fund(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    idempotency: Option<IdempotencyKey>,
    Json(funds): Json<Funds>,
) -> Result<axum::Json<Budget>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let key = key(&signed.caller, "fund", idempotency, &format!("{slug} {funds:?}"));
    let amount = Money {
        minor: funds.amount_minor,
        currency: funds.currency,
    };
    let available_minor = state
        .app
        .fund_rewards(&signed.caller, &programme, &funds.sponsor, amount, key)
        .await
        .map_err(problem)?;
    Ok(axum::Json(Budget { available_minor }))
}

/// Lists a participant's orders with their vouchers, newest first
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/orders", tag = "rewards",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path)),
    responses((status = 200, body = [OrderView]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn orders(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
) -> Result<axum::Json<Vec<OrderView>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    state
        .app
        .orders(&signed.caller, &programme, participant)
        .await
        .map(axum::Json)
        .map_err(problem)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    /// The reward's id.
    reward: String,
}

/// Orders one piece of a reward: stock is reserved and points are held
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/participants/{participant}/orders", tag = "rewards",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("Idempotency-Key" = String, Header)),
    request_body = NewOrder,
    responses((status = 201, body = OrderView), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn order(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
    idempotency: Option<IdempotencyKey>,
    Json(new): Json<NewOrder>,
) -> Result<(StatusCode, axum::Json<OrderView>), Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    if idempotency.is_none() {
        let what = "an order needs a key, so that a retry orders once".to_owned();
        return Err(problem(
            Refused::Invalid {
                field: "Idempotency-Key".to_owned(),
                what,
            }
            .into(),
        ));
    }
    let key = key(
        &signed.caller,
        "order",
        idempotency,
        &format!("{slug} {participant} {new:?}"),
    );
    let participant = id(&participant, "participant").map_err(problem)?;
    let reward = id(&new.reward, "reward").map_err(problem)?;
    let in_unit = |error: Error| Problem::in_unit(error, lang, &programme.points.unit);
    let view = state
        .app
        .redeem(&signed.caller, &programme, participant, reward, key)
        .await
        .map_err(in_unit)?;
    Ok((StatusCode::CREATED, axum::Json(view)))
}

/// Calls an order off; stock, points and money go back
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/participants/{participant}/orders/{order}/cancel",
    tag = "rewards", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("order" = String, Path)),
    responses((status = 200, body = OrderView), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn cancel(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, order)): Path<(String, String, String)>,
) -> Result<axum::Json<OrderView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let order = id(&order, "order").map_err(problem)?;
    state
        .app
        .cancel_order(&signed.caller, &programme, participant, order)
        .await
        .map(axum::Json)
        .map_err(problem)
}

/// Hands an order over; points are spent and a single-use voucher is made
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/participants/{participant}/orders/{order}/fulfil",
    tag = "rewards", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("order" = String, Path)),
    responses((status = 200, body = OrderView), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn fulfil(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, order)): Path<(String, String, String)>,
) -> Result<axum::Json<OrderView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let order = id(&order, "order").map_err(problem)?;
    state
        .app
        .fulfil_order(&signed.caller, &programme, participant, order)
        .await
        .map(axum::Json)
        .map_err(problem)
}

/// Takes a voucher in, once
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/vouchers/{code}/use", tag = "rewards",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("code" = String, Path)),
    responses((status = 200, body = VoucherView), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn use_voucher(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, code)): Path<(String, String)>,
) -> Result<axum::Json<VoucherView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    state
        .app
        .use_voucher(&signed.caller, &programme, &code)
        .await
        .map(axum::Json)
        .map_err(problem)
}
