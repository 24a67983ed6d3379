//! Two programmes in the same books: who belongs to one finds nothing of the other.

use std::sync::Arc;

use app::{App, Caller, Membership, NewCompetition, NewParticipant, NewProgramme, NewReward, Parts};
use domain::competition::Template;
use domain::measure::Text;
use domain::methodology::catalogue;
use domain::participant::{Consent, Kind};
use domain::programme::{PointsRule, Role, Scope};
use outside::blobs::Blobs;
use outside::clock::Clock;
use outside::password::Passwords;
use serde_json::json;
use store::{Options, Store};

use crate::rights::{Door, ROWS};
use crate::visit::Visitor;
use crate::world::{PASSWORD, STAFF, Server, World, runtime};

/// Ids of what a second programme `beside` has in the same books.
struct Beside {
    participant: String,
    reward: String,
    partner: String,
    administrator: String,
    record: String,
    order: String,
    race: String,
    competition: String,
}

/// Opens it before anybody serves the books, and lives in it: one act, one order.
fn move_in(world: &World) -> (Beside, Server) {
    let (mut beside, (id, secret)) = runtime().block_on(found(world));
    let server = world.serve();
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let token = server.call("POST", "/oauth/token", &headers, form.as_bytes()).unwrap();
    let act = json!({
        "event": "b1", "reference": "b", "behaviour": "metro-trip", "started_at": "2026-11-20T09:00:00+08:00",
    });
    let token = token.json()["access_token"].as_str().unwrap().to_owned();
    let sent = server.post("/api/v1/programmes/beside/records", &token, &act);
    assert_eq!(sent.json()["state"], "credited", "{}", sent.text);
    sent.json()["record"].as_str().unwrap().clone_into(&mut beside.record);
    let path = format!("/api/v1/programmes/beside/participants/{}/orders", beside.participant);
    let order = server.post_once(&path, &server.sign_in("neighbour"), &json!({ "reward": beside.reward }));
    assert_eq!(order.status, 201, "{}", order.text);
    order.json()["id"].as_str().unwrap().clone_into(&mut beside.order);
    (beside, server)
}

async fn found(world: &World) -> (Beside, (String, String)) {
    let app = App::open(Parts {
        store: Store::open(&world.url, Options::default()).await.unwrap(),
        blobs: Blobs::open(world.dir.join("blobs")).unwrap(),
        clock: Clock::System,
        passwords: Passwords::with_cost(8, 1, 1).unwrap(),
        photos: outside::photo::Limits::default(),
        models: None,
        mailer: None,
    });
    let (app, console) = (app.await.unwrap(), Caller::console());
    let text = |zh: &str, en: &str| Text {
        zh: zh.into(),
        en: en.into(),
    };
    let new = NewProgramme {
        slug: "beside".into(),
        title: text("隔壁示范区", "Demo District"),
        zone: "Asia/Shanghai".into(),
        region: "CN-SH".into(),
        starts_us: 1_400_000_000_000_000,
        points: PointsRule {
            milli_per_g: 1000,
            unit: text("分", "points"),
        },
        joinable: false,
    };
    let programme = std::sync::Arc::new(app.create_programme(&console, new).await.unwrap());
    for id in ["metro-trip.toml", "vegetarian-meal.toml"] {
        let (_, file) = catalogue::FILES.iter().find(|(name, _)| *name == id).unwrap();
        app.publish_methodology(&console, &programme, file).await.unwrap();
    }
    let new = NewParticipant {
        kind: Kind::Person,
        alias: "隔壁的青禾".into(),
        lang: "zh".into(),
        reference: Some("b".into()),
        consents: vec![Consent::Programme, Consent::PartnerEvents],
    };
    let person = app.register_participant(&console, &programme, new, None).await.unwrap();
    let login = async |account: &str, role, participant| {
        let membership = Membership {
            programme: programme.id,
            role,
            participant,
        };
        let made = app.create_login(&console, account, PASSWORD, "zh", vec![membership]);
        made.await.unwrap()
    };
    login("neighbour", Role::Participant, Some(person.id)).await;
    let administrator = login("beside-admin", Role::Admin, None).await;
    login("beside-support", Role::Support, None).await;
    let partner = app.create_partner(&console, &programme, "bus", &Scope::ALL, None);
    let partner = partner.await.unwrap();
    let tea = NewReward {
        title: text("隔壁的茶", "Tea next door"),
        sponsor: "Demo Tea".into(),
        cost_minor: None,
        currency: None,
        price: "100".into(),
        stock: 10,
        per_person: None,
        hold_days: None,
        voucher_days: None,
        at_once: false,
        icon: String::new(),
    };
    let reward = app.create_reward(&console, &programme, tea, None).await.unwrap();
    let walk = NewCompetition {
        title: text("隔壁的健步", "A walk next door"),
        terms: Template::WalkAndWin.terms(programme.zone.day_of(app.now_us())),
    };
    let programme = Arc::new(programme);
    let walk = app.create_competition(&console, &programme, walk, None).await.unwrap();
    let beside = Beside {
        competition: walk.id.to_string(),
        participant: person.id.to_string(),
        reward: reward.id.to_string(),
        partner: partner.id.to_string(),
        administrator: administrator.to_string(),
        record: String::new(),
        order: String::new(),
        race: crate::race::found(&app, &programme).await,
    };
    app.close().await;
    (beside, (partner.client_id, partner.client_secret))
}

/// Words of the second programme that no page may say to who does not belong to it.
const TELLTALE: [&str; 6] = [
    "隔壁的青禾",
    "隔壁的茶",
    "Tea next door",
    "Demo Tea",
    "隔壁的健步",
    "A walk next door",
];

#[test]
fn nobody_of_one_programme_comes_into_another() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let (beside, server) = move_in(&world);
    let traces = server.live(&world);
    let staff = STAFF.map(|(account, _)| account);
    let guests: Vec<(&str, Visitor)> = staff
        .into_iter()
        .chain(["student", "other"])
        .map(|account| (account, Visitor::signed(&server, account)))
        .collect();
    let mut wrong = Vec::new();
    let mut closed = |account: &str, visitor: &Visitor, path: &str| {
        let page = visitor.get(path);
        // at home a role that may not says so, whatever the id
        let refused = path.starts_with("/console/campus/") && page.status == 403;
        if page.status != 404 && !refused {
            wrong.push(format!(
                "{account} at {path}: {} {}",
                page.status,
                page.header("location")
            ));
        }
        let text = page.text();
        wrong.extend(
            TELLTALE
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("{account} at {path} reads {word}")),
        );
    };
    // every room of the other console, with ids of both programmes
    let desks = ROWS
        .iter()
        .filter(|(route, _, door)| matches!(door, Door::Desk(_)) && *route != "/console");
    for (_, sample, _) in desks {
        let there = sample.replace("/campus", "/beside");
        let theirs = there
            .replace("$student", &beside.participant)
            .replace("$record", &beside.record)
            .replace("$reward", &beside.reward)
            .replace("$order", &beside.order)
            .replace("$partner", &beside.partner)
            .replace("$editor", &beside.administrator)
            .replace("$competition", &beside.competition)
            .replace("$draft", &beside.competition);
        let ours = traces.fill(&there, &world);
        for (account, visitor) in &guests {
            closed(account, visitor, &theirs);
            if ours != theirs {
                closed(account, visitor, &ours);
            }
        }
    }
    // one's own console and pages, with ids of the other programme
    let at_home = [
        format!("participants/{}", beside.participant),
        format!("records/{}", beside.record),
        format!("rewards/{}", beside.reward),
        format!("orders/{}", beside.order),
        format!("partners/{}", beside.partner),
        format!("settings/staff/{}/admin", beside.administrator),
        format!("competitions/{}", beside.competition),
        format!("competitions/{}/edit", beside.competition),
        format!("competitions/{}/teams", beside.competition),
        format!("competitions/{}/audit", beside.competition),
        format!("competitions/{}/results.csv", beside.competition),
    ];
    for (account, visitor) in &guests {
        for path in &at_home {
            closed(account, visitor, &format!("/console/campus/{path}"));
        }
        for path in [
            format!("/why/{}", beside.record),
            format!("/why/{}/data", beside.record),
            format!("/sent/{}", beside.record),
            format!("/appeal/{}", beside.record),
            format!("/store/{}", beside.reward),
            format!("/vouchers/{}", beside.order),
            format!(
                "/evidence/{}?programme=beside&participant={}",
                beside.record, beside.participant
            ),
            format!(
                "/evidence/{}?programme=campus&participant={}",
                beside.record, beside.participant
            ),
            format!("/compete/{}", beside.race),
            format!("/compete/{}/ranks", beside.race),
            format!("/compete/{}/teams", beside.race),
            format!("/compete/{}/team", beside.race),
            format!("/compete/{}/result", beside.race),
            format!("/compete/{}/days/2026-11-24", beside.race),
            "/act/vegetarian-meal".to_owned(),
        ] {
            closed(account, visitor, &path);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    // the same doors open to whom they belong
    let support = Visitor::signed(&server, "beside-support");
    for path in ["participants", "rewards", "orders", "competitions"] {
        let page = support.get(&format!("/console/beside/{path}"));
        assert_eq!(page.status, 200, "{path}");
        assert!(TELLTALE.iter().any(|word| page.text().contains(word)), "{path}");
    }
    let neighbour = Visitor::signed(&server, "neighbour");
    assert_eq!(neighbour.get(&format!("/why/{}", beside.record)).status, 200);
}

#[test]
fn nobody_writes_into_another_programme() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let (beside, server) = move_in(&world);
    let (admin, student) = (server.sign_in("admin"), server.sign_in("student"));
    let partner = server.partner(&world);
    let at = |path: &str| format!("/api/v1/programmes/beside{path}");
    let act = json!({
        "event": "b2", "reference": "b", "behaviour": "metro-trip", "started_at": "2026-11-20T11:00:00+08:00",
    });
    let order = json!({ "reward": beside.reward });
    let orders = at(&format!("/participants/{}/orders", beside.participant));
    let fulfil = format!("{orders}/{}/fulfil", beside.order);
    let (entry, nothing) = (format!("/competitions/{}", beside.race), json!({}));
    let reading = json!({ "reference": "b", "source": "phone", "day": "2026-11-20", "steps": 9_000 });
    let home = format!("/api/v1/programmes/campus{entry}");
    let tries = [
        (at("/readings"), &partner, &reading),
        (at("/readings"), &admin, &reading),
        (at(&format!("{entry}/open")), &admin, &nothing),
        (format!("{home}/open"), &admin, &nothing),
        (
            at(&format!("/participants/{}{entry}/team/invitation", beside.participant)),
            &student,
            &nothing,
        ),
        (world.at(&format!("{entry}/team/invitation")), &student, &nothing),
        (at("/records"), &partner, &act),
        (at("/records"), &admin, &act),
        (orders.clone(), &admin, &order),
        (orders.clone(), &student, &order),
        (fulfil.clone(), &admin, &json!({})),
        (fulfil.replace("beside", "campus"), &admin, &json!({})),
    ];
    let before = world.verify();
    for (path, token, body) in tries {
        let answer = server.post_once(&path, token, body);
        assert!(
            [403, 404].contains(&answer.status),
            "{path}: {} {}",
            answer.status,
            answer.text
        );
    }
    assert_eq!(world.verify(), before, "nothing was written");
}
