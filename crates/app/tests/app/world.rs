//! A small world: a programme with the shipped methodologies, a partner, staff, participants, a clock that stands.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use app::{App, Caller, Error, Mode, NewParticipant, NewProgramme, NewReward, Parts, Receipt, Refused, Report, Who};
use domain::measure::{ParticipantId, RewardId, Text};
use domain::methodology::{Methodology, catalogue};
use domain::participant::{Consent, Kind};
use domain::programme::{PointsRule, Programme, Role, Scope};
use outside::blobs::Blobs;
use outside::clock::Clock;
use outside::mail::Mailer;
use outside::password::Passwords;
use outside::photo::Limits;
use store::access::Membership;
use store::methodology as books;
use store::verify::Report as Checked;
use store::{Db, Store, StoreError};

pub const MINUTE_US: i64 = 60_000_000;
pub const HOUR_US: i64 = 60 * MINUTE_US;
pub const DAY_US: i64 = 24 * HOUR_US;
/// 2026-11-24T00:00 in Shanghai.
pub const MIDNIGHT_US: i64 = 1_795_449_600_000_000;
/// 2026-11-24T09:00 in Shanghai.
pub const START_US: i64 = MIDNIGHT_US + 9 * HOUR_US;
/// The programme began 100 days before.
pub const BEGAN_US: i64 = MIDNIGHT_US - 100 * DAY_US;

/// The password of everybody who signs in.
pub const PASSWORD: &str = "correct horse battery";

pub struct World {
    pub app: App,
    pub store: Store,
    pub clock: Clock,
    pub programme: Arc<Programme>,
    pub partner: Caller,
    /// Removed with everything in it when the world ends.
    folder: Folder,
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("puhui_app_test_{}_{count}", std::process::id());
        Folder(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub fn text(text: &str) -> Text {
    Text {
        zh: text.to_owned(),
        en: text.to_owned(),
    }
}

/// Small enough that what is too large for it is made in a moment.
pub fn limits() -> Limits {
    Limits {
        bytes: 1024 * 1024,
        pixels: 1_000_000,
        side: 2_000,
        ..Limits::default()
    }
}

/// The application on books that may be in use already.
pub async fn open(store: &Store, folder: &std::path::Path, clock: &Clock) -> App {
    open_with(store, folder, clock, None).await
}

async fn open_with(store: &Store, folder: &std::path::Path, clock: &Clock, mailer: Option<Mailer>) -> App {
    App::open(Parts {
        store: store.clone(),
        blobs: Blobs::open(folder).unwrap(),
        clock: clock.clone(),
        passwords: Passwords::with_cost(8, 1, 1).unwrap(),
        photos: limits(),
        models: None,
        mailer,
    })
    .await
    .unwrap()
}

impl World {
    pub async fn new(store: &Store) -> Self {
        Self::in_zone(store, "Asia/Shanghai").await
    }

    /// The same in another time zone.
    pub async fn in_zone(store: &Store, zone: &str) -> Self {
        let clock = Clock::fixed(START_US);
        let folder = Folder::new();
        let app = open(store, &folder.0, &clock).await;
        let console = Caller::console();
        let points = PointsRule {
            milli_per_g: 1000,
            unit: text("g"),
        };
        let new = NewProgramme {
            slug: "campus".to_owned(),
            title: text("Campus"),
            zone: zone.to_owned(),
            region: "CN-SH".to_owned(),
            starts_us: BEGAN_US,
            points,
            joinable: true,
        };
        let programme = app.create_programme(&console, new).await.unwrap();
        publish(store, &programme).await;
        let app = open(store, &folder.0, &clock).await;
        let programme = Arc::clone(app.catalogue().programme("campus").unwrap());
        let partner = partner(&app, &programme, "Metro").await;
        // tests leave nothing to the lot
        app.set_policy(
            &console,
            &programme,
            "[limits]\naudit_permille = 0\nphoto_side = 16\n",
            "tests",
        )
        .await
        .unwrap();
        World {
            app,
            store: store.clone(),
            clock,
            programme,
            partner,
            folder,
        }
    }

    /// Another process on the same books, whose clock is a little ahead.
    pub async fn second(&self, store: &Store) -> App {
        let clock = Clock::fixed(self.clock.now_us() + 1_000);
        open(store, &self.folder.0, &clock).await
    }

    /// Another process on the same books, by the same clock.
    pub async fn again(&self) -> App {
        open(&self.store, &self.folder.0, &self.clock).await
    }

    /// Another process on the same books, which can send letters.
    pub async fn postman(&self, mailer: Mailer) -> App {
        open_with(&self.store, &self.folder.0, &self.clock, Some(mailer)).await
    }

    pub async fn another_partner(&self, name: &str) -> Caller {
        partner(&self.app, &self.programme, name).await
    }

    /// Somebody who works for the programme.
    pub fn staff(&self, login: i64, roles: &[Role]) -> Caller {
        let memberships = roles.iter().map(|role| self.membership(*role, None)).collect();
        let who = Who::Person {
            login,
            account: String::new(),
            memberships,
            acting: None,
        };
        Caller { who }
    }

    /// A participant, signed in.
    pub fn person(&self, participant: ParticipantId) -> Caller {
        let who = Who::Person {
            login: participant.number(),
            account: String::new(),
            memberships: vec![self.membership(Role::Participant, Some(participant))],
            acting: None,
        };
        Caller { who }
    }

    /// Somebody who signs in, with the secret of the session; in charge of these.
    pub async fn signed_in(&self, account: &str, own: &[ParticipantId]) -> (Caller, String) {
        let memberships = own.iter().map(|id| self.membership(Role::Participant, Some(*id)));
        let console = Caller::console();
        self.app
            .create_login(&console, account, PASSWORD, "zh", memberships.collect())
            .await
            .unwrap();
        self.comes_in(account).await
    }

    /// A new session of somebody who has an account.
    pub async fn comes_in(&self, account: &str) -> (Caller, String) {
        let token = self.app.sign_in(account, PASSWORD, None).await.unwrap().token;
        (self.app.caller(&token).await.unwrap(), token)
    }

    /// The photos on disk.
    pub fn photos_kept(&self) -> usize {
        fn files(folder: &std::path::Path) -> usize {
            let inside = std::fs::read_dir(folder).into_iter().flatten().flatten();
            inside
                .map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 })
                .sum()
        }
        files(&self.folder.0)
    }

    fn membership(&self, role: Role, participant: Option<ParticipantId>) -> Membership {
        Membership {
            programme: self.programme.id,
            role,
            participant,
        }
    }

    /// Enrols a participant that the partner calls `reference`, with every consent.
    pub async fn enrol(&self, reference: &str) -> ParticipantId {
        let new = NewParticipant {
            kind: Kind::Person,
            alias: reference.to_owned(),
            lang: String::new(),
            reference: Some(reference.to_owned()),
            consents: Consent::ALL.to_vec(),
        };
        let enrolled = self
            .app
            .register_participant(&self.partner, &self.programme, new, None)
            .await;
        enrolled.unwrap().id
    }

    /// Enrols many.
    pub async fn crowd(&self, people: usize) -> Vec<ParticipantId> {
        let mut crowd = Vec::with_capacity(people);
        for i in 0..people {
            crowd.push(self.enrol(&format!("card-{i}")).await);
        }
        crowd
    }

    /// Reports an act on the partner's word.
    pub async fn submit(&self, act: &Told) -> Result<Receipt, Refused> {
        refused(
            self.app
                .submit(&self.partner, &self.programme, Mode::Event, act.report())
                .await,
        )
    }

    /// Gives each of these so many metro trips on the day of the clock, 200 g a trip.
    pub async fn earn(&self, people: &[ParticipantId], trips: i64) {
        let mut acts = Vec::new();
        for person in people {
            for trip in 0..trips {
                let start = self.clock.now_us() - 8 * HOUR_US + trip * HOUR_US;
                let event = format!("earn-{person}-{start}");
                acts.push(Told::new(*person, &event, "metro-trip", start).lasting(20));
            }
        }
        let reports = acts.iter().map(|act| Ok(act.report())).collect();
        let answers = self
            .app
            .submit_many(&self.partner, &self.programme, Mode::Event, reports)
            .await
            .unwrap();
        for answer in answers {
            assert_eq!(answer.unwrap().credited_mg, 200_000);
        }
    }

    pub async fn offer(&self, title: &str, price: &str, stock: i64, change: impl FnOnce(&mut NewReward)) -> RewardId {
        let mut new = NewReward {
            title: text(title),
            sponsor: "Demo Drinks".to_owned(),
            cost_minor: None,
            currency: None,
            price: price.to_owned(),
            stock,
            per_person: None,
            hold_days: Some(2),
            voucher_days: Some(3),
            at_once: false,
            icon: String::new(),
        };
        change(&mut new);
        let support = self.staff(101, &[Role::Support]);
        let offered = self.app.create_reward(&support, &self.programme, new, None).await;
        offered.unwrap().id
    }

    /// The books must be clean; says what was counted.
    pub async fn verified(&self) -> Checked {
        match self.app.verify().await.unwrap() {
            Ok(report) => report,
            Err(fault) => panic!("{fault}"),
        }
    }

    /// Points that a participant can spend, in thousandths.
    pub async fn available(&self, participant: ParticipantId) -> i64 {
        let balances = self
            .app
            .balances(&Caller::console(), &self.programme, participant)
            .await;
        balances.unwrap().points_available_milli
    }

    /// Does what is due until nothing is.
    pub async fn work(&self) {
        while self.app.run_due_jobs().await.unwrap() > 0 {}
    }

    /// Runs SQL in a transaction of its own.
    pub async fn sql(&self, sql: &str) -> Result<(), StoreError> {
        let sql = sql.to_owned();
        self.store
            .write(0, async move |db: &mut Db| db.script(&sql).await)
            .await
    }
}

/// Publishes all shipped methodologies in one transaction. Of several for one behaviour, the one that is called like it
/// is in force.
async fn publish(store: &Store, programme: &Programme) {
    let programme = programme.id;
    let publish = async move |db: &mut Db| {
        for (_, text) in catalogue::FILES {
            let methodology = Methodology::parse(text).unwrap();
            let hash = outside::chance::fingerprint(text);
            let (number, new) = books::publish(db, &methodology, &hash, START_US).await?.unwrap();
            assert!(new, "{}", methodology.id);
            let behaviour = &methodology.behaviour;
            let namesake = format!("{behaviour}.toml");
            let other = *behaviour != methodology.id && catalogue::FILES.iter().any(|(name, _)| *name == namesake);
            if !other {
                books::put_in_force(db, programme, behaviour, number, START_US).await?;
            }
        }
        Ok(())
    };
    store.write(0, publish).await.unwrap();
}

async fn partner(app: &App, programme: &Programme, name: &str) -> Caller {
    let credentials = app
        .create_partner(&Caller::console(), programme, name, &Scope::ALL, None)
        .await
        .unwrap();
    let session = app
        .partner_token(&credentials.client_id, &credentials.client_secret, None)
        .await
        .unwrap();
    app.caller(&session.token).await.unwrap()
}

/// What was refused; everything else that went wrong is a failed test.
pub fn refused<T>(outcome: Result<T, Error>) -> Result<T, Refused> {
    match outcome {
        Ok(value) => Ok(value),
        Err(Error::Refused(refused)) => Err(refused),
        Err(Error::Broken(broken)) => panic!("broken: {broken}"),
    }
}

/// An act as a test tells it.
#[derive(Debug, Clone)]
pub struct Told {
    pub participant: ParticipantId,
    pub event: String,
    pub behaviour: String,
    pub start_us: i64,
    pub end_us: Option<i64>,
    pub inputs: Vec<(String, String)>,
}

impl Told {
    pub fn new(participant: ParticipantId, event: &str, behaviour: &str, start_us: i64) -> Self {
        Told {
            participant,
            event: event.to_owned(),
            behaviour: behaviour.to_owned(),
            start_us,
            end_us: None,
            inputs: Vec::new(),
        }
    }

    pub fn lasting(mut self, minutes: i64) -> Self {
        self.end_us = Some(self.start_us + minutes * MINUTE_US);
        self
    }

    pub fn with(mut self, input: &str, value: &str) -> Self {
        self.inputs.push((input.to_owned(), value.to_owned()));
        self
    }

    /// The report of it, which is read from JSON as it is over HTTP.
    pub fn report(&self) -> Report<'static> {
        let inputs: serde_json::Map<String, serde_json::Value> = self
            .inputs
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let mut told = serde_json::json!({
            "event": self.event,
            "participant": self.participant,
            "behaviour": self.behaviour,
            "started_at": instant(self.start_us),
            "inputs": inputs,
        });
        if let Some(end_us) = self.end_us {
            told["ended_at"] = instant(end_us).into();
        }
        report(&told.to_string())
    }
}

/// A report out of JSON. The text lives as long as the test.
pub fn report(json: &str) -> Report<'static> {
    Report::from_json(json.to_owned().leak().as_bytes()).unwrap()
}

pub fn instant(us: i64) -> String {
    jiff::Timestamp::from_microsecond(us).unwrap().to_string()
}
