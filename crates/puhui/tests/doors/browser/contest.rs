//! A competition from its first draft to the last prize, by an operator alone; days pass by a clock of the test.

use std::net::SocketAddr;
use std::sync::Arc;

use app::{App, Caller, NewDayReading, NewParticipant, Parts};
use domain::measure::{Day, ParticipantId};
use domain::participant::{Consent, Kind};
use domain::programme::Programme;
use outside::blobs::Blobs;
use outside::clock::Clock;
use outside::password::Passwords;
use store::{Options, Store};

use super::axe::source;
use super::driver::{Browser, Look};
use super::tongue;
use crate::world::{World, runtime};

const HOUR_US: i64 = 3_600_000_000;

/// The product in this process, on a clock that moves when it is told to.
struct Stage {
    runtime: tokio::runtime::Runtime,
    app: App,
    clock: Clock,
    programme: Arc<Programme>,
    address: String,
}

impl Stage {
    fn open(world: &World) -> Self {
        let runtime = runtime();

        let clock = Clock::fixed(Clock::System.now_us());
        let made = runtime.block_on(async {
            let app = App::open(Parts {
                store: Store::open(&world.url, Options::default()).await.unwrap(),
                blobs: Blobs::open(world.dir.join("blobs")).unwrap(),
                clock: clock.clone(),
                passwords: Passwords::with_cost(8, 1, 1).unwrap(),
                photos: outside::photo::Limits::default(),
                models: None,
                mailer: None,
            });
            let app = app.await.unwrap();
            let programme = Arc::clone(app.catalogue().programme("campus").unwrap());
            let today = programme.zone.day_of(clock.now_us());
            // mid-morning, so that no midnight comes in between
            clock.set(programme.zone.start_of(today) + 10 * HOUR_US);
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            let (going, stopped) = tokio::sync::watch::channel(false);
            let router = web::router(web::State {
                app: app.clone(),
                limits: web::Limits::default(),
                demo: Vec::new(),
                site: None,
                public_url: address.clone(),
                trusted_proxy: false,
                streams: web::Streams::new(8, stopped),
            });
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            tokio::spawn(async move {
                let served = axum::serve(listener, service).await;
                drop(going);
                served
            });
            let worker = app.clone();
            tokio::spawn(async move { worker.work(std::future::pending()).await });
            (app, programme, address)
        });
        let (app, programme, address) = made;
        Stage {
            runtime,
            app,
            clock,
            programme,
            address,
        }
    }

    fn today(&self) -> Day {
        self.programme.zone.day_of(self.clock.now_us())
    }

    /// Somebody who agreed to take part and to share steps, known to the employer as `reference`.
    fn walker(&self, alias: &str, reference: &str) -> ParticipantId {
        let new = NewParticipant {
            kind: Kind::Person,
            alias: alias.into(),
            lang: "zh".into(),
            reference: Some(reference.into()),
            consents: vec![Consent::Programme, Consent::Steps],
        };
        let console = Caller::console();
        let made = self.app.register_participant(&console, &self.programme, new, None);
        self.runtime.block_on(made).unwrap().id
    }

    fn walked(&self, who: ParticipantId, day: Day, steps: i64) {
        let reading = NewDayReading {
            participant: Some(who),
            reference: None,
            day: Some(day.to_string().into()),
            measured_at: None,
            source: "wristband".to_owned().into(),
            steps,
        };
        let console = Caller::console();
        let readings = [reading];
        let taken = self.app.take_readings(&console, &self.programme, &readings);
        let taken = self.runtime.block_on(taken).unwrap();
        assert!(taken[0].is_ok(), "{:?}", taken[0]);
    }
}

#[test]
fn a_competition_is_held_from_the_template_to_the_last_prize() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let stage = Stage::open(&world);
    let look = Look::desktop("zh");
    let lang = tongue(look.lang);
    let Some(desk) = Browser::open_at("a competition", &stage.address, look) else {
        return;
    };
    let axe = source("a competition");
    let clean = |page: &str| {
        if let Some(axe) = &axe {
            let found = desk.axe(axe);
            assert!(found.is_empty(), "{page}: {}", found.join("\n"));
        }
        let wide = desk.sideways();
        assert!(wide.is_none(), "{page}: {wide:?}");
    };
    let people = [
        ("小满", "emp-1"),
        ("阿禾", "emp-2"),
        ("青禾", "emp-3"),
        ("立夏", "emp-4"),
    ];
    let people = people.map(|(alias, reference)| stage.walker(alias, reference));
    let (first, last) = (stage.today(), stage.today().plus(1));

    // from the template, with a row more for a prize: what was typed stays
    desk.sign_in("support");
    desk.tap(&lang.say("console-competitions"));
    desk.tap(&lang.say("contest-new"));
    desk.tap(&lang.say("contest-template-walk-and-win"));
    desk.until("the template", || desk.path().contains("walk-and-win").then_some(()));
    desk.fill("first", &first.to_string());
    desk.fill("last", &last.to_string());
    desk.fill("teams_fixed", &first.to_string());
    desk.fill("teams_min", "2");
    desk.fill("audit_days", "1");
    desk.tap(&lang.say("contest-more-prizes"));
    desk.see_css("#prize_2_by");
    // a third prize with a fault: said at its field, the rest stays
    desk.fill("prize_2_by", "draw");
    desk.fill("prize_2_title_zh", "帐篷");
    desk.fill("prize_2_title_en", "A tent");
    desk.fill("prize_2_pieces", "1");
    desk.fill("prize_2_at_least", "0");
    desk.tap(&lang.say("contest-save"));
    desk.see_css("#prize_2_at_least[aria-invalid=true]");
    clean("the form");
    desk.fill("prize_2_at_least", "1000");
    desk.tap(&lang.say("contest-save"));
    desk.see(&lang.say("contest-done-saved"));
    desk.see("帐篷");
    let here = desk.path().split('?').next().unwrap_or_default().to_owned();
    clean("the draft");
    desk.tap(&lang.say("contest-open"));
    desk.see(&lang.say("contest-open-sure"));
    clean("the opening");
    desk.tap(&lang.say("contest-open-go"));
    desk.see(&lang.say("contest-done-opened"));

    // teams from a list: tried first, then written, what is refused with its line
    desk.tap(&lang.say("contest-tab-teams"));
    desk.see(&lang.say("contest-import"));
    desk.fill(
        "list",
        "财务部,emp-1\n财务部,emp-2\n研发部,emp-3\n研发部,emp-4\n研发部,nobody",
    );
    desk.tap(&lang.say("contest-list-try"));
    desk.see(&lang.say("contest-import-would"));
    desk.see(&lang.say("contest-fault-unknown"));
    clean("the list");
    desk.tap(&lang.say("contest-import-apply"));
    desk.see(&lang.say("contest-done-imported"));
    desk.tap(&lang.say("contest-tab-entrants"));
    desk.see("立夏");
    clean("the entrants");

    // two days pass; one of the values is more than anybody asks for
    for (day, steps) in [
        (first, [9_000, 8_000, 12_000, 46_000]),
        (last, [9_500, 8_500, 12_500, 7_000]),
    ] {
        for (who, steps) in people.iter().zip(steps) {
            stage.walked(*who, day, steps);
        }
        stage.clock.advance(24 * HOUR_US);
    }
    desk.tap(&lang.say("contest-tab-days"));
    desk.see(&lang.say("contest-day-provisional"));
    clean("the days");
    stage.clock.advance(4 * HOUR_US);

    // frozen by itself; the odd day does not count, whatever else was found does
    let frozen = lang.say("contest-stage-frozen");
    desk.until("the freeze", || {
        desk.goto(&here);
        desk.text().contains(&frozen).then_some(())
    });
    desk.tap(&lang.say("contest-tab-audit"));
    desk.see("立夏");
    clean("the audit");
    desk.type_text("r");
    desk.see_css("#void-words");
    desk.fill("words", "没有人一天走这么多");
    desk.tap(&lang.say("contest-void-go"));
    desk.see(&lang.say("contest-done-voided"));
    desk.until("nothing left to look at", || {
        let waits = "return !!document.querySelector('.waits .chip.wait')";
        if desk.script(waits, vec![])? == serde_json::json!(false) {
            return Some(());
        }
        desk.tap_css("#approve");
        None
    });

    // closed, handed out, and made again from the books
    desk.tap(&lang.say("contest-tab-results"));
    desk.see(&lang.say("contest-results"));
    clean("provisional results");
    desk.tap(&lang.say("contest-close-go"));
    desk.until("the close", || {
        desk.tap(&lang.say("contest-tab-results"));
        desk.text().contains(&lang.say("contest-hand-go")).then_some(())
    });
    clean("results");
    desk.fill("which", "0");
    desk.fill("words", "假期已登记");
    desk.tap(&lang.say("contest-hand-go"));
    desk.see(&lang.say("contest-done-given"));
    desk.see("假期已登记");
    desk.tap(&lang.say("contest-replay"));
    desk.see(&lang.say("contest-replay-same"));
    world.verify();
}
