//! The operator's console: one frame, one file a room.

mod audit;
mod methodologies;
mod orders;
mod overview;
mod participants;
mod partners;
mod records;
mod rewards;
mod settings;
mod work;

use std::sync::Arc;

use app::{App, Caller, Error, Refused, Who};
use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::programme::{Deed, Programme};

use super::Ours;
use crate::State;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Frame, Person, Room};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console", get(first))
        .merge(overview::routes())
        .merge(work::routes())
        .merge(participants::routes())
        .merge(records::routes())
        .merge(methodologies::routes())
        .merge(rewards::routes())
        .merge(orders::routes())
        .merge(partners::routes())
        .merge(settings::routes())
        .merge(audit::routes())
}

/// The first programme where somebody works.
async fn first(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    if signed.caller.who == Who::Anonymous {
        return Err(oops(Refused::SignIn.into()));
    }
    let desks = signed.caller.desks();
    let (programme, _) = desks
        .first()
        .ok_or_else(|| oops(Refused::NotFound("console for this role").into()))?;
    let catalogue = state.app.catalogue();
    let programme = catalogue.programme_by_id(*programme).map_err(|e| oops(e.into()))?;
    Ok(Redirect::to(&format!("/console/{}", programme.slug)).into_response())
}

/// Somebody at work in a programme.
struct Desk {
    caller: Caller,
    programme: Arc<Programme>,
    csrf: String,
    account: String,
    roles: Vec<domain::programme::Role>,
    others: Vec<(Arc<Programme>, String)>,
    lang: Lang,
}

/// Who works here; nobody else comes further.
fn desk(app: &App, signed: Signed, lang: Lang, slug: &str) -> Result<Desk, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let (Who::Person { account, .. }, Some(token)) = (&signed.caller.who, &signed.token) else {
        return Err(oops(Refused::SignIn.into()));
    };
    let catalogue = app.catalogue();
    let programme = Arc::clone(catalogue.programme(slug).map_err(|e| oops(e.into()))?);
    let mut roles = Vec::new();
    let mut others = Vec::new();
    for (id, theirs) in signed.caller.desks() {
        if id == programme.id {
            roles = theirs;
        } else if let Ok(other) = catalogue.programme_by_id(id) {
            others.push((Arc::clone(other), format!("/console/{}", other.slug)));
        }
    }
    if !signed.caller.can(Deed::ReadConsole, programme.id) {
        return Err(oops(Refused::NotFound("console for this role").into()));
    }
    Ok(Desk {
        account: account.clone(),
        csrf: app::form_token(token),
        caller: signed.caller,
        programme,
        roles,
        others,
        lang,
    })
}

/// The rooms: symbol, name, address below the console's, and the deed that opens it; those without a deed come later.
const ROOMS: [(&str, &str, &str, Option<Deed>); 14] = [
    ("overview", "console-overview", "", Some(Deed::ReadConsole)),
    ("work", "console-work", "/work", Some(Deed::ReadConsole)),
    (
        "people",
        "console-participants",
        "/participants",
        Some(Deed::ReadParticipant),
    ),
    ("list", "console-records", "/records", Some(Deed::ReadParticipant)),
    (
        "book",
        "console-methodologies",
        "/methodologies",
        Some(Deed::ReadConsole),
    ),
    ("store", "console-rewards", "/rewards", Some(Deed::ReadConsole)),
    ("order", "console-orders", "/orders", Some(Deed::ReadOrders)),
    ("compete", "console-competitions", "/competitions", None),
    ("batch", "console-batches", "/batches", None),
    ("market", "console-market", "/market", None),
    ("money", "console-proceeds", "/proceeds", None),
    ("partner", "console-partners", "/partners", Some(Deed::ReadPartners)),
    ("settings", "console-settings", "/settings", Some(Deed::ReadSettings)),
    ("audit", "console-audit", "/audit", Some(Deed::ReadAudit)),
];

impl Desk {
    /// Whether it makes sense to offer a deed.
    fn can(&self, deed: Deed) -> bool {
        self.caller.can(deed, self.programme.id)
    }

    /// A form must carry what only a page of this session knows.
    fn check(&self, csrf: &str) -> Result<(), Oops> {
        if self.csrf == csrf {
            Ok(())
        } else {
            Err(Oops::new(Refused::NotFound("form of this session").into(), self.lang))
        }
    }

    /// An address in this console.
    fn at(&self, path: &str) -> String {
        format!("/console/{}{path}", self.programme.slug)
    }

    fn oops(&self, error: impl Into<Error>) -> Oops {
        Oops::new(error.into(), self.lang)
    }

    /// A page in the frame; `room` is the address of its room below the console's.
    fn page(
        &self,
        room: &str,
        title: impl Into<String>,
        inner: Result<String, askama::Error>,
    ) -> Result<Response, Oops> {
        let template = |e: askama::Error| Oops::template(&e, self.lang);
        let rooms = ROOMS
            .into_iter()
            .filter(|(.., deed)| deed.is_none_or(|deed| self.can(deed)));
        let roles: Vec<String> = self
            .roles
            .iter()
            .map(|role| self.lang.say(&format!("console-role-{}", role.name())))
            .collect();
        let frame = Frame {
            lang: self.lang,
            title: title.into(),
            programme: self.programme.title.in_lang(self.lang.into()).to_owned(),
            slug: self.programme.slug.clone(),
            others: self
                .others
                .iter()
                .map(|(other, href)| (other.title.in_lang(self.lang.into()).to_owned(), href.clone()))
                .collect(),
            person: Person {
                alias: self.account.clone(),
                csrf: self.csrf.clone(),
                hats: Vec::new(),
            },
            roles: roles.join(" · "),
            rooms: rooms
                .map(|(icon, message, path, deed)| Room {
                    icon,
                    message,
                    href: deed.map(|_| self.at(path)),
                    here: path == room,
                    waiting: None,
                })
                .collect(),
            inner: inner.map_err(template)?,
        };
        let html = frame.render().map_err(template)?;
        Ok(([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response())
    }
}
