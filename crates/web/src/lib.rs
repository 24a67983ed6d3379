//! The doors: pages for people, a JSON API for partners, and what both share.
//!
//! Shape: [`router`] is the product's index; [`api`] and `pages` hold one file a word, whose handlers read a request,
//! call one verb of `app` and show its answer; [`show`] holds the view structs with one template each, [`lang`] the
//! words, [`asset`] the files a browser fetches. Invariant: nothing is decided here, and everything a person wrote
//! reaches a page only through askama's escaping.

pub mod api;
pub mod asset;
mod door;
pub mod lang;
mod pages;
pub mod show;

use app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;

pub use show::Login as DemoLogin;

/// How large a request may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Any request but the two below, in bytes.
    pub request: usize,
    /// A bulk feed after decompression, in bytes.
    pub bulk: usize,
    /// One line of a bulk feed, in bytes.
    pub line: usize,
    /// A photo with its form, in bytes.
    pub upload: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            request: 256 * 1024,
            bulk: 64 * 1024 * 1024,
            line: 16 * 1024,
            upload: 11 * 1024 * 1024,
        }
    }
}

/// What every handler can reach.
#[derive(Clone)]
pub struct State {
    /// The application.
    pub app: App,
    /// How large a request may be.
    pub limits: Limits,
    /// Logins that the sign-in page offers; empty anywhere but in the demo.
    pub demo: Vec<DemoLogin>,
    /// Where people open the pages, for passkeys; none where browsers offer none.
    pub site: Option<app::Site>,
}

// no 'unsafe-inline' anywhere: looks are in stylesheets, behaviour in modules; blob: is the preview of a photo
const CSP: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
                   img-src 'self' data: blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Every route of the product.
pub fn router(state: State) -> Router {
    let (api, openapi) = api::router(&state.limits);
    let openapi = std::sync::Arc::new(openapi);
    let json = openapi.clone();
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    Router::new()
        .merge(pages::router(openapi))
        .merge(api)
        .route("/api/openapi.json", get(async move || axum::Json((*json).clone())))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(door::ready))
        .route("/metrics", get(door::metrics))
        .fallback(door::not_found)
        .layer(DefaultBodyLimit::max(state.limits.request))
        .layer(RequestDecompressionLayer::new())
        .layer(CompressionLayer::new())
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(axum::middleware::from_fn(door::same_origin))
        .layer(axum::middleware::from_fn(door::log))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .with_state(state)
}

/// The OpenAPI document of the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::router(&Limits::default()).1
}
