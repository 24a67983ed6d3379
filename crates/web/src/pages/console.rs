//! The operator's console: one frame, one file a room.

mod audit;
mod competitions;
mod methodologies;
mod orders;
mod overview;
mod participants;
mod partners;
mod policy;
mod records;
mod review;
mod rewards;
mod settings;
mod work;

use std::sync::Arc;

use app::{App, Caller, Error, Refused, Who};
use axum::Router;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::measure::{Decimal, Points};
use domain::programme::{Deed, Programme, Role};

use super::Ours;
use crate::State;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Amount, Frame, Person, Room};

pub(crate) use review::letters as review_letters;

pub(super) fn routes(state: &State) -> Router<State> {
    Router::new()
        .route("/console", get(first))
        .merge(overview::routes())
        .merge(work::routes())
        .merge(review::routes())
        .merge(participants::routes())
        .merge(records::routes())
        .merge(methodologies::routes())
        .merge(rewards::routes())
        .merge(orders::routes())
        .merge(competitions::routes())
        .merge(partners::routes())
        .merge(policy::routes())
        .merge(settings::routes())
        .merge(audit::routes())
        .layer(axum::middleware::from_fn_with_state(state.clone(), count))
}

/// Counts what waits before a page of the console is shown, for its sidebar.
async fn count(state: Ours, request: Request, next: Next) -> Response {
    let mut path = request.uri().path().split('/').skip(1);
    if let (Some("console"), Some(slug)) = (path.next(), path.next())
        && request.headers().contains_key(header::COOKIE)
        && let Ok(programme) = state.app.catalogue().programme(slug)
        && let Err(error) = state.app.count_waiting(programme.id).await
    {
        tracing::warn!(%error, "what waits was not counted");
    }
    next.run(request).await
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
    address: String,
    account: String,
    roles: Vec<domain::programme::Role>,
    others: Vec<(Arc<Programme>, String)>,
    waiting: app::Waiting,
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
        address: signed.address.clone(),
        waiting: app.counted_waiting(programme.id),
        caller: signed.caller,
        programme,
        roles,
        others,
        lang,
    })
}

/// The rooms: symbol, name, address below the console's, and the deed that opens it; those without a deed come later.
const ROOMS: [(&str, &str, &str, Option<Deed>); 16] = [
    ("overview", "console-overview", "", Some(Deed::ReadConsole)),
    ("work", "console-work", "/work", Some(Deed::ReadConsole)),
    ("check", "console-review", "/review", Some(Deed::ReadEvidence)),
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
    ("check", "policy-title", "/evidence", Some(Deed::ReadConsole)),
    ("store", "console-rewards", "/rewards", Some(Deed::ReadConsole)),
    ("order", "console-orders", "/orders", Some(Deed::ReadOrders)),
    (
        "compete",
        "console-competitions",
        "/competitions",
        Some(Deed::ReadConsole),
    ),
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

    /// Whether everything that somebody is here only reads.
    fn is_reader(&self) -> bool {
        let reads = |role: &Role| matches!(role, Role::Verifier | Role::Regulator);
        self.roles.iter().all(reads)
    }

    /// How much waits that this person can do something about; for those who only read, how much waits.
    fn waits(&self) -> i64 {
        let waiting = &self.waiting;
        let mine = |deed, count| if self.can(deed) || self.is_reader() { count } else { 0 };
        mine(Deed::DecideAppeal, waiting.appeals)
            + mine(Deed::ApproveReversal, waiting.reversals)
            + mine(Deed::FulfilOrder, waiting.orders)
    }

    /// An instant as this programme's clocks show it.
    fn time(&self, at_us: i64) -> String {
        self.programme.zone.clock_time(at_us)
    }

    /// Points as this programme calls them.
    fn points(&self, milli: i64) -> Amount {
        let unit = self.programme.points.unit.in_lang(self.lang.into());
        Amount::new(Points::from_milli(milli).to_string(), unit)
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
                    waiting: match path {
                        "/work" => Some(self.waits()),
                        "/review" => Some(self.waiting.submissions),
                        _ => None,
                    }
                    .filter(|count| *count > 0)
                    .map(grouped),
                })
                .collect(),
            address: self.address.clone(),
            inner: inner.map_err(template)?,
        };
        let html = frame.render().map_err(template)?;
        Ok(([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response())
    }
}

/// A count with its digits in groups.
fn grouped(count: i64) -> String {
    Decimal::new(count, 0).grouped()
}

/// A mass for a figure that is read at a glance: kilograms and tonnes with two digits after the point, rounded down.
fn rough(mg: i64) -> i64 {
    let step = match mg {
        1_000_000_000.. => 10_000_000,
        1_000_000.. => 10_000,
        1_000.. => 100,
        _ => 1,
    };
    mg - mg % step
}

/// Thousands of points without what is behind the point, rounded down.
fn whole(milli: i64) -> i64 {
    if milli >= 1_000_000 {
        milli - milli % 1_000
    } else {
        milli
    }
}

/// How a table lists a state: the tone of its chip and the key of its words.
fn standing(state: app::Standing) -> (&'static str, &'static str) {
    match state {
        app::Standing::Submitted => ("wait", "console-stand-submitted"),
        app::Standing::InReview => ("wait", "console-stand-in-review"),
        app::Standing::MoreWanted => ("wait", "console-stand-more-wanted"),
        app::Standing::Credited => ("", "console-stand-credited"),
        app::Standing::Raised => ("", "console-stand-raised"),
        app::Standing::Refused => ("no", "console-stand-refused"),
        app::Standing::Appealed => ("wait", "console-stand-appealed"),
        app::Standing::Reversed => ("calm", "console-stand-reversed"),
        app::Standing::Reversal => ("calm", "console-stand-reversal"),
        app::Standing::Held => ("wait", "console-stand-held"),
        app::Standing::Spent => ("calm", "console-stand-spent"),
        app::Standing::Released => ("calm", "console-stand-released"),
        app::Standing::Prize => ("", "console-stand-prize"),
        app::Standing::Returned => ("calm", "console-stand-returned"),
    }
}

/// An address with what is not empty of these as its query.
fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let mut sign = '?';
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(sign);
        address.push_str(name);
        address.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
                address.push(char::from(byte));
            } else {
                let (high, low) = (byte >> 4, byte & 15);
                let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0').to_ascii_uppercase();
                address.extend(['%', digit(high), digit(low)]);
            }
        }
        sign = '&';
    }
    address
}

/// A place in a list as addresses carry it: numbers with dots between them.
fn place<const N: usize>(text: &str) -> Option<[i64; N]> {
    let numbers: Vec<i64> = text.split('.').map_while(|number| number.parse().ok()).collect();
    numbers.try_into().ok()
}

/// What a form says about a field that was refused, if it was this one that is wrong; and what it says above otherwise.
fn wrong(refused: &Refused, field: &str, words: &str, lang: Lang) -> (Option<String>, Option<String>) {
    match refused {
        Refused::Invalid { field: wrong, .. } if wrong == field => (Some(words.to_owned()), None),
        other => (None, Some(crate::door::words(other, None, lang))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::carbon;
    use super::*;

    #[test]
    fn figures_at_a_glance_are_short_and_never_more_than_there_is() {
        let shown = |mg| carbon(rough(mg), Lang::En);
        assert_eq!(shown(513_000), "513 g");
        assert_eq!(shown(65_599), "65.5 g");
        assert_eq!(shown(101_701_158), "101.7 kg");
        assert_eq!(shown(1_239_999_999), "1.23 t");
        assert_eq!((whole(477_825_836), whole(65_500)), (477_825_000, 65_500));
    }

    #[test]
    fn what_was_typed_is_carried_whole_in_an_address() {
        let typed = "小满 & <b>=%";
        let to = address("/x", &[("q", typed), ("empty", ""), ("n", "1.2")]);
        assert_eq!(to, "/x?q=%E5%B0%8F%E6%BB%A1%20%26%20%3Cb%3E%3D%25&n=1.2");
    }

    #[test]
    fn a_place_is_read_as_it_is_written_and_nothing_else() {
        assert_eq!(place::<2>("1.-2"), Some([1, -2]));
        for odd in ["", "1", "1.2.3", "1.x", "9999999999999999999.1"] {
            assert_eq!(place::<2>(odd), None, "{odd}");
        }
    }
}
