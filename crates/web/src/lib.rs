//! The doors: pages for people, a JSON API for partners, and what both share.
//!
//! Shape: [`router`] is the product's index; [`api`] and `pages` hold one file a word, whose handlers read a request,
//! call one verb of `app` and show its answer; [`show`] holds the view structs with one template each, [`lang`] the
//! words, [`asset`] the files a browser fetches. Invariant: nothing is decided here, and everything a person wrote
//! reaches a page only through askama's escaping.

pub mod api;
pub mod asset;
mod csv;
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

/// How large a request may be, and how many streams.
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
    /// A health app's export of steps, which goes to disk while it comes in, in bytes.
    pub steps: u64,
    /// Boards that are followed live at once.
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            request: 256 * 1024,
            bulk: 64 * 1024 * 1024,
            line: 16 * 1024,
            upload: 11 * 1024 * 1024,
            steps: 300 * 1024 * 1024,
            streams: 10_000,
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
    /// The address that people reach this at, without a slash at its end; letters link it.
    pub public_url: String,
    /// Whether the last `X-Forwarded-For` says where a client is: only behind a proxy that writes it.
    pub trusted_proxy: bool,
    /// Where people open the pages, for passkeys; none where browsers offer none.
    pub site: Option<app::Site>,
    /// Boards that are followed live.
    pub streams: Streams,
}

/// Answers that go on: how many there may be, and until when.
#[derive(Clone)]
pub struct Streams {
    free: std::sync::Arc<tokio::sync::Semaphore>,
    stop: tokio::sync::watch::Receiver<bool>,
}

impl Streams {
    /// So many at once; all end when `stop` turns, so that a server can stop.
    pub fn new(most: usize, stop: tokio::sync::watch::Receiver<bool>) -> Self {
        let most = most.min(tokio::sync::Semaphore::MAX_PERMITS);
        Streams {
            free: std::sync::Arc::new(tokio::sync::Semaphore::new(most)),
            stop,
        }
    }
}

// no 'unsafe-inline' anywhere: looks are in stylesheets, behaviour in modules; blob: is the preview of a photo
const CSP: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
                   img-src 'self' data: blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What no page of ours uses, and no foreign script that might slip in shall.
const PERMISSIONS: &str = "camera=(self), geolocation=(), microphone=(), payment=(), usb=(), \
                           accelerometer=(), gyroscope=(), magnetometer=(), display-capture=(), browsing-topics=()";

/// Every route of the product.
pub fn router(state: State) -> Router {
    let (api, openapi) = api::router(&state.limits);
    let openapi = std::sync::Arc::new(openapi);
    let json = openapi.clone();
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let mut router = Router::new()
        .merge(pages::router(openapi, &state))
        .merge(api)
        .route("/api/openapi.json", get(async move || axum::Json((*json).clone())))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(door::ready))
        .route("/metrics", get(door::metrics))
        .fallback(door::not_found)
        .layer(DefaultBodyLimit::max(state.limits.request))
        .layer(RequestDecompressionLayer::new())
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn_with_state(state.clone(), door::same_origin))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(fixed(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ))
        .layer(fixed(HeaderName::from_static("permissions-policy"), PERMISSIONS));
    if state.public_url.starts_with("https://") {
        router = router.layer(fixed(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    }
    router
        .layer(axum::middleware::from_fn(door::log))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .with_state(state)
}

/// The OpenAPI document of the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::router(&Limits::default()).1
}
