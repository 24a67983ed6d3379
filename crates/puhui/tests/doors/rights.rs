//! Who comes in where: every page, for every role.
//!
//! [`ROWS`] has a row for every page; a page without a row fails the test. Beside the rows, each role follows every
//! link it is shown: none may lead nowhere or break.

use std::collections::BTreeMap;
use std::path::Path;

use domain::programme::{Deed, Relation, Role, may};

use crate::visit::{Page, Visitor};
use crate::world::{STAFF, Server, World};

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Everybody.
    Open,
    /// Whoever takes part.
    Takers,
    /// The student alone, whose page it is.
    Mine,
    /// The student, and staff who may do this.
    Kept(Deed),
    /// Staff who may do this.
    Desk(Deed),
    /// Nobody: it is there in the demo only, or after somebody did something.
    Absent,
}

use Door::{Absent, Desk, Kept, Mine, Open, Takers};

/// Route, an address of it, who is let in. `$word` is a trace of the student. Rows of pages that are not there yet wait.
pub(crate) const ROWS: &[(&str, &str, Door)] = &[
    ("/", "/", Open),
    ("/signin", "/signin", Open),
    ("/forgot", "/forgot", Open),
    ("/reset", "/reset?token=nothing", Open),
    ("/join", "/join", Open),
    ("/join/{slug}", "/join/campus", Open),
    ("/invitation/{secret}", "/invitation/nothing", Absent),
    ("/p/{slug}/evidence.csv", "/p/campus/evidence.csv", Open),
    (
        "/console/{slug}/evidence",
        "/console/campus/evidence",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/evidence/new",
        "/console/campus/evidence/new",
        Desk(Deed::ManagePolicy),
    ),
    (
        "/console/{slug}/evidence/draft/{id}",
        "/console/campus/evidence/draft/nothing",
        Absent,
    ),
    (
        "/console/{slug}/methodologies/draft/{id}",
        "/console/campus/methodologies/draft/nothing",
        Absent,
    ),
    (
        "/console/{slug}/partners.csv",
        "/console/campus/partners.csv",
        Desk(Deed::ReadPartners),
    ),
    (
        "/console/{slug}/partners/{id}/feed.csv",
        "/console/campus/partners/$partner/feed.csv",
        Desk(Deed::ReadPartners),
    ),
    (
        "/console/{slug}/settings/staff.csv",
        "/console/campus/settings/staff.csv",
        Desk(Deed::ReadSettings),
    ),
    (
        "/console/{programme}/waiting/{list}",
        "/console/campus/waiting/appeals.csv",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/partners/{id}",
        "/console/campus/partners/$partner",
        Desk(Deed::ReadPartners),
    ),
    (
        "/console/{slug}/settings/consent/{consent}",
        "/console/campus/settings/consent/photos",
        Desk(Deed::ReadSettings),
    ),
    (
        "/console/{slug}/settings/staff",
        "/console/campus/settings/staff",
        Desk(Deed::ReadSettings),
    ),
    (
        "/console/{slug}/settings/staff/{login}/{role}",
        "/console/campus/settings/staff/$editor/editor",
        Desk(Deed::ManageAccess),
    ),
    ("/outbox", "/outbox", Absent),
    ("/styleguide", "/styleguide", Open),
    ("/api/docs", "/api/docs", Open),
    ("/p/{slug}", "/p/campus", Open),
    ("/methodologies", "/methodologies", Open),
    ("/methodologies/{id}", "/methodologies/metro-trip", Open),
    ("/methodologies/{id}/{version}", "/methodologies/metro-trip/1.0.0", Open),
    (
        "/methodologies/{id}/{version}/file",
        "/methodologies/metro-trip/1.0.0/file",
        Open,
    ),
    ("/factors", "/factors", Open),
    ("/factors.csv", "/factors.csv", Open),
    ("/calculator", "/calculator", Open),
    ("/compete", "/compete", Takers),
    ("/compete/notices", "/compete/notices", Takers),
    ("/compete/join/{secret}", "/compete/join/$invitation", Takers),
    ("/compete/{id}", "/compete/$race", Takers),
    ("/compete/{id}/ranks", "/compete/$race/ranks", Takers),
    ("/compete/{id}/teams", "/compete/$race/teams", Takers),
    ("/compete/{id}/teams/{team}", "/compete/$race/teams/nothing", Absent),
    ("/compete/{id}/team", "/compete/$race/team", Mine),
    ("/compete/{id}/days/{day}", "/compete/$race/days/$day", Takers),
    // there is none before every day is final
    ("/compete/{id}/result", "/compete/$race/result", Absent),
    ("/compete/{id}/certificate", "/compete/$race/certificate", Absent),
    ("/compete/{id}/share.svg", "/compete/$race/share.svg", Absent),
    ("/acts", "/acts", Takers),
    ("/act/{behaviour}", "/act/metro-trip", Takers),
    ("/sent/{id}", "/sent/$submission", Mine),
    ("/sent/{id}/more", "/sent/$submission/more", Mine),
    ("/why/{record}", "/why/$record", Mine),
    ("/why/{record}/data", "/why/$record/data", Mine),
    ("/csrf", "/csrf", Takers),
    ("/appeal/{record}", "/appeal/$refused", Mine),
    (
        "/evidence/{submission}",
        "/evidence/$submission?programme=campus&participant=$student",
        Kept(Deed::ReadEvidence),
    ),
    ("/records", "/records", Takers),
    ("/store", "/store", Takers),
    ("/store/{reward}", "/store/$reward", Takers),
    ("/vouchers", "/vouchers", Takers),
    ("/vouchers/{order}", "/vouchers/$order", Mine),
    ("/me", "/me", Takers),
    ("/me/consents", "/me/consents", Takers),
    ("/me/settings", "/me/settings", Takers),
    ("/me/statement", "/me/statement", Takers),
    ("/me/statement.csv", "/me/statement.csv", Takers),
    ("/me/export", "/me/export", Takers),
    ("/me/close", "/me/close", Takers),
    // whoever takes part as a person is in charge of nobody
    ("/me/people", "/me/people", Absent),
    ("/me/appeals", "/me/appeals", Takers),
    ("/me/entities/new", "/me/entities/new", Takers),
    ("/console", "/console", Desk(Deed::ReadConsole)),
    ("/console/{slug}", "/console/campus", Desk(Deed::ReadConsole)),
    ("/console/{slug}/work", "/console/campus/work", Desk(Deed::ReadConsole)),
    (
        "/console/{slug}/review",
        "/console/campus/review",
        Desk(Deed::ReadEvidence),
    ),
    (
        "/console/{slug}/review/together",
        "/console/campus/review/together",
        Desk(Deed::JudgeEvidence),
    ),
    (
        "/console/{slug}/review/{participant}/{submission}/{n}",
        "/console/campus/review/$student/$submission/0",
        Desk(Deed::ReadEvidence),
    ),
    (
        "/console/{slug}/participants",
        "/console/campus/participants",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/participants/{id}",
        "/console/campus/participants/$student",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/records",
        "/console/campus/records",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/records/{id}",
        "/console/campus/records/$record",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/methodologies",
        "/console/campus/methodologies",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/rewards",
        "/console/campus/rewards",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/rewards/new",
        "/console/campus/rewards/new",
        Desk(Deed::ManageRewards),
    ),
    (
        "/console/{slug}/rewards/{id}",
        "/console/campus/rewards/$reward",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/orders",
        "/console/campus/orders",
        Desk(Deed::ReadOrders),
    ),
    (
        "/console/{slug}/orders/{id}",
        "/console/campus/orders/$order",
        Desk(Deed::ReadOrders),
    ),
    (
        "/console/{slug}/voucher",
        "/console/campus/voucher",
        Desk(Deed::UseVoucher),
    ),
    (
        "/console/{slug}/partners",
        "/console/campus/partners",
        Desk(Deed::ReadPartners),
    ),
    (
        "/console/{slug}/settings",
        "/console/campus/settings",
        Desk(Deed::ReadSettings),
    ),
    (
        "/console/{slug}/methodologies.csv",
        "/console/campus/methodologies.csv",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/overview.csv",
        "/console/campus/overview.csv",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/participants.csv",
        "/console/campus/participants.csv",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/records.csv",
        "/console/campus/records.csv",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/rewards.csv",
        "/console/campus/rewards.csv",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/orders.csv",
        "/console/campus/orders.csv",
        Desk(Deed::ReadOrders),
    ),
    (
        "/console/{slug}/audit.csv",
        "/console/campus/audit.csv",
        Desk(Deed::ReadAudit),
    ),
    (
        "/console/{slug}/methodologies/{id}/{version}",
        "/console/campus/methodologies/metro-trip/1.0.0",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/methodologies/{id}/{version}/try",
        "/console/campus/methodologies/metro-trip/1.0.0/try",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/methodologies/compare",
        "/console/campus/methodologies/compare",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/methodologies/new",
        "/console/campus/methodologies/new",
        Desk(Deed::PublishMethodology),
    ),
    ("/console/{slug}/audit", "/console/campus/audit", Desk(Deed::ReadAudit)),
    (
        "/console/{slug}/competitions",
        "/console/campus/competitions",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/competitions.csv",
        "/console/campus/competitions.csv",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/competitions/settings",
        "/console/campus/competitions/settings",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/competitions/new",
        "/console/campus/competitions/new",
        Desk(Deed::ManageCompetition),
    ),
    (
        "/console/{slug}/competitions/{id}",
        "/console/campus/competitions/$competition",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/competitions/{id}/edit",
        "/console/campus/competitions/$draft/edit",
        Desk(Deed::ManageCompetition),
    ),
    (
        "/console/{slug}/competitions/{id}/open",
        "/console/campus/competitions/$draft/open",
        Desk(Deed::ManageCompetition),
    ),
    (
        "/console/{slug}/competitions/{id}/cancel",
        "/console/campus/competitions/$competition/cancel",
        Desk(Deed::ManageCompetition),
    ),
    (
        "/console/{slug}/competitions/{id}/entrants",
        "/console/campus/competitions/$competition/entrants",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/competitions/{id}/entrants.csv",
        "/console/campus/competitions/$competition/entrants.csv",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/competitions/{id}/entrants/{who}",
        "/console/campus/competitions/$competition/entrants/$student",
        Desk(Deed::ReadParticipant),
    ),
    (
        "/console/{slug}/competitions/{id}/days",
        "/console/campus/competitions/$competition/days",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/competitions/{id}/teams",
        "/console/campus/competitions/$competition/teams",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/competitions/{id}/teams.csv",
        "/console/campus/competitions/$competition/teams.csv",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/competitions/{id}/audit",
        "/console/campus/competitions/$competition/audit",
        Desk(Deed::ManageCompetition),
    ),
    (
        "/console/{slug}/competitions/{id}/results",
        "/console/campus/competitions/$competition/results",
        Desk(Deed::ReadConsole),
    ),
    (
        "/console/{slug}/competitions/{id}/results.csv",
        "/console/campus/competitions/$competition/results.csv",
        Absent,
    ),
    (
        "/console/{slug}/competitions/{id}/awards.csv",
        "/console/campus/competitions/$competition/awards.csv",
        Absent,
    ),
    (
        "/console/{slug}/competitions/{id}/leave.csv",
        "/console/campus/competitions/$competition/leave.csv",
        Absent,
    ),
];

/// Somebody who tries every door.
#[derive(Debug, Clone, Copy)]
enum Guest {
    Nobody,
    Student,
    Other,
    Staff(Role),
}

fn welcome(guest: Guest, door: Door) -> bool {
    let staff = |deed| matches!(guest, Guest::Staff(role) if may(role, deed, Relation::Programme).is_ok());
    match door {
        Open => true,
        Takers => matches!(guest, Guest::Student | Guest::Other),
        Mine => matches!(guest, Guest::Student),
        Kept(deed) => matches!(guest, Guest::Student) || staff(deed),
        Desk(deed) => staff(deed),
        Absent => false,
    }
}

/// Shape of a route: what its variables are called does not matter.
fn nameless(route: &str) -> String {
    let parts = route
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The routes of pages that answer GET, read from their source.
fn routes() -> Vec<String> {
    fn read(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                take(&std::fs::read_to_string(&path).unwrap(), found);
            }
        }
    }
    fn take(source: &str, found: &mut Vec<String>) {
        for call in source.split(".route(").skip(1) {
            let Some(rest) = call.trim_start().strip_prefix('"') else {
                continue;
            };
            let Some((route, handlers)) = rest.split_once('"') else {
                continue;
            };
            let ends = [
                "
        .",
                "
}",
            ]
            .map(|end| handlers.find(end).unwrap_or(handlers.len()));
            let end = ends[0].min(ends[1]);
            if handlers[..end].contains("get(") {
                found.push(route.to_owned());
            }
        }
    }
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/src");
    let mut found = Vec::new();
    read(&web.join("pages"), &mut found);
    take(&std::fs::read_to_string(web.join("pages.rs")).unwrap(), &mut found);
    found.sort();
    found
}

#[test]
fn every_page_has_a_row_that_says_who_comes_in() {
    let rows: Vec<String> = ROWS.iter().map(|(route, ..)| nameless(route)).collect();
    let missing: Vec<String> = routes()
        .into_iter()
        .filter(|route| !rows.contains(&nameless(route)))
        .collect();
    assert!(missing.is_empty(), "add rows to ROWS for {missing:#?}");
}

fn whose(page: &Page) -> String {
    format!("{} {}", page.status, page.header("location"))
}

#[test]
fn every_page_lets_in_whom_it_should_and_nobody_else() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let traces = server.live(&world);
    let made_up = traces.made_up();
    let there: Vec<String> = routes().iter().map(|route| nameless(route)).collect();
    let mut guests = vec![
        (Guest::Nobody, Visitor::anonymous(&server)),
        (Guest::Student, Visitor::signed(&server, "student")),
        (Guest::Other, Visitor::signed(&server, "other")),
    ];
    guests.extend(STAFF.map(|(account, role)| (Guest::Staff(role), Visitor::signed(&server, account))));
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for (route, sample, door) in ROWS {
        if !there.contains(&nameless(route)) {
            continue;
        }
        let path = traces.fill(sample, &world);
        for (guest, visitor) in &guests {
            let page = visitor.get(&path);
            tried += 1;
            let right = if welcome(*guest, *door) {
                // a page that says that its link was used up
                page.let_in() || page.status == 410
            } else {
                page.to_sign_in() || [401, 403, 404].contains(&page.status)
            };
            if !right {
                wrong.push(format!("{guest:?} at {path} ({door:?}): {}", whose(&page)));
            }
        }
        // what is not there and what is not mine cannot be told apart
        if matches!(door, Mine | Kept(_)) {
            let other = &guests[2].1;
            let (nowhere, hidden) = (other.get(&made_up.fill(sample, &world)), other.get(&path));
            if (nowhere.status, nowhere.bytes) != (hidden.status, hidden.bytes) {
                wrong.push(format!("{path} shows somebody else that it is there"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {tried} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{tried} visits");
}

#[test]
fn no_link_leads_nowhere_for_anybody() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.live(&world);
    let accounts = ["student", "other"]
        .into_iter()
        .chain(STAFF.map(|(account, _)| account));
    let mut visitors = BTreeMap::from([("nobody", Visitor::anonymous(&server))]);
    visitors.extend(accounts.map(|account| (account, Visitor::signed(&server, account))));
    let mut dead = Vec::new();
    for (who, visitor) in &visitors {
        let found = visitor.crawl(&["/", "/signin"], 300);
        println!("{who}: {} kinds of pages", found.len());
        for found in found {
            let (page, on) = (found.page, found.on);
            if page.status >= 400 || page.to_sign_in() && *who != "nobody" {
                dead.push(format!("{who}: {} on {on} answers {}", page.path, whose(&page)));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn another_programmes_console_is_closed() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server: Server = world.serve();
    for (account, _) in STAFF {
        let page = Visitor::signed(&server, account).get("/console/elsewhere");
        assert_eq!(page.status, 404, "{account}");
    }
}
