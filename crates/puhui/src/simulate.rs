//! `puhui simulate`: a month of Walk & Win, replayed minute by minute through the real API into live boards.
//!
//! The clock of the server is the replay's own: it stands at each minute while that minute's steps come in. Days become
//! final, hours are kept and prizes given by the same jobs as ever.

mod walks;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::{App, Caller, Membership, NewCompetition, NewParticipant, NewProgramme, form_key};
use domain::competition::Template;
use domain::measure::{Day, Id, ParticipantId, Text, Zone};
use domain::participant::{Consent, Kind};
use domain::programme::{PointsRule, Programme, Role, Scope};
use outside::clock::Clock;

use crate::Stop;
use crate::config::Place;
use crate::serve::serve;
use walks::Walks;

/// Replay a month of steps as a live Walk & Win competition.
///
/// FILES are exports of many people's steps with the columns `Id` and day, hour or minute, as Fitbit's research exports
/// have them; days may be given beside minutes and are then told the next morning. Without a file, thirty people of
/// no real kind walk.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Exports of steps: by minute, by hour, by day, or several of them
    files: Vec<PathBuf>,
    /// Seconds of the walk to a second of yours; 0 is as fast as it goes
    #[arg(long, default_value_t = 3600)]
    speed: u32,
    /// Stop after so many days
    #[arg(long)]
    days: Option<u32>,
    /// Go on serving after the end, until Ctrl-C
    #[arg(long)]
    stay: bool,
    /// Folder of the world [default: a new temporary folder]
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The books: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST:PORT/NAME` [default: a file in --data-dir]
    #[arg(long)]
    database: Option<String>,
    /// Address and port; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Another number gives other walks
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 86_400_000_000;
/// Members of a team.
const TEAM: usize = 6;

fn text(zh: &str, en: &str) -> Text {
    Text {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

/// What a replay goes through.
struct Stage {
    app: App,
    clock: Clock,
    programme: Arc<Programme>,
    competition: Id,
    client: (String, String),
    walker: (String, String),
}

pub(crate) async fn run(args: Args) -> Result<(), Stop> {
    let walks = if args.files.is_empty() {
        Walks::made_up(args.seed)
    } else {
        let mut walks = Walks::default();
        for file in &args.files {
            walks.read(file)?;
        }
        walks
    };
    let Some(first) = walks.first_day() else {
        return Err(Stop::new("there are no steps in these files"));
    };
    let data_dir = match args.data_dir.clone() {
        Some(dir) => dir,
        None => {
            let name: String = form_key()?.chars().take(8).collect();
            std::env::temp_dir().join(format!("puhui-simulate-{name}"))
        }
    };
    let settled = Place {
        database: args.database.clone(),
        data_dir: Some(data_dir),
        config: None,
    }
    .settle()?;
    let zone = Zone::named("Asia/Shanghai").ok_or_else(|| Stop::new("no time zone database"))?;
    let clock = Clock::fixed(zone.start_of(first) - DAY_US);
    let app = settled.open_by(clock.clone()).await?;
    if !app.catalogue().programmes().is_empty() {
        return Err(Stop::new("these books are not empty: a replay begins on new ones"));
    }
    let stage = set(&app, &clock, &walks, first).await?;
    let (address, served) = (std::sync::mpsc::channel(), settled);
    let (tell, told) = address;
    let logins = vec![web::DemoLogin {
        role: stage.walker.0.clone(),
        who: "走路的人 a walker".to_owned(),
        account: stage.walker.0.clone(),
        password: stage.walker.1.clone(),
    }];
    let serving = {
        let (app, listen) = (app.clone(), args.listen.clone());
        tokio::spawn(async move {
            serve(app, &served, Some(listen), logins, move |address| {
                let _ = tell.send(address.to_owned());
            })
            .await
        })
    };
    let address = tokio::task::spawn_blocking(move || told.recv()).await?;
    let Ok(address) = address else {
        return serving.await?;
    };
    println!("{address}/compete/{} shows the board", stage.competition);
    println!("login    {} {}", stage.walker.0, stage.walker.1);
    let replayed = replay(&stage, &walks, &address, &args).await;
    if let Err(stop) = replayed {
        serving.abort();
        return Err(stop);
    }
    tell_results(&stage).await?;
    if args.stay {
        println!("Ctrl-C stops.");
        return serving.await?;
    }
    serving.abort();
    app.close().await;
    Ok(())
}

/// A programme, its people in teams, and an open competition over the days of the walks.
async fn set(app: &App, clock: &Clock, walks: &Walks, first: Day) -> Result<Stage, Stop> {
    let console = Caller::console();
    let new = NewProgramme {
        slug: "walk".to_owned(),
        title: text("走起来", "Walk & Win"),
        zone: "Asia/Shanghai".to_owned(),
        region: "CN-SH".to_owned(),
        starts_us: clock.now_us() - DAY_US,
        points: PointsRule {
            milli_per_g: 1000,
            unit: text("克", "g"),
        },
        joinable: false,
    };
    let programme = Arc::new(app.create_programme(&console, new).await?);
    let mut terms = Template::WalkAndWin.terms(first);
    if let Some(last) = walks.last_day() {
        terms.last = last;
    }
    // what was really walked is not cut here: the replay is compared with the files
    terms.day_ceiling = None;
    terms.audit_days = 0;
    if let Some(teams) = &mut terms.teams {
        teams.fixed_after = first;
    }
    let new = NewCompetition {
        title: text("走路赢假期", "Walk & Win"),
        terms,
    };
    let competition = app.create_competition(&console, &programme, new, None).await?.id;
    app.open_competition(&console, &programme, competition).await?;
    let mut lines = String::new();
    let mut walker = None;
    for (place, person) in walks.people().iter().enumerate() {
        let new = NewParticipant {
            kind: Kind::Person,
            alias: format!("{:02}", place + 1),
            lang: "zh".to_owned(),
            reference: Some(person.clone()),
            consents: vec![Consent::Programme, Consent::Steps, Consent::PartnerEvents],
        };
        let who: ParticipantId = app.register_participant(&console, &programme, new, None).await?.id;
        app.enter_competition(&console, &programme, competition, who, None)
            .await?;
        lines.push_str(&format!(
            "{},{person}\n",
            (b'A' + u8::try_from(place / TEAM).unwrap_or(0)) as char
        ));
        walker = walker.or(Some(who));
    }
    app.import_teams(
        &console,
        &programme,
        competition,
        &format!("team,member\n{lines}"),
        false,
    )
    .await?;
    let password: String = form_key()?.chars().take(12).collect();
    let membership = Membership {
        programme: programme.id,
        role: Role::Participant,
        participant: walker,
    };
    app.create_login(&console, "walker", &password, "zh", vec![membership])
        .await?;
    let partner = app
        .create_partner(&console, &programme, "wristbands", &[Scope::Records], None)
        .await?;
    Ok(Stage {
        app: app.clone(),
        clock: clock.clone(),
        programme,
        competition,
        client: (partner.client_id, partner.client_secret),
        walker: ("walker".to_owned(), password),
    })
}

/// Sends what was walked, minute by minute.
async fn replay(stage: &Stage, walks: &Walks, address: &str, args: &Args) -> Result<(), Stop> {
    let Some(first) = walks.first_day() else {
        return Ok(());
    };
    let begin_us = stage.programme.zone.start_of(first);
    let until = args.days.map_or(i64::MAX, |days| i64::from(days) * 1440);
    let mut door = Door::new(address, stage);
    let mut hour = -1;
    for (minute, told) in walks.minutes() {
        if *minute >= until {
            break;
        }
        while hour < minute.div_euclid(60) {
            hour += 1;
            stage.clock.set(begin_us + hour * 60 * MINUTE_US);
            pass(stage, args.speed, 3600).await?;
        }
        stage.clock.set(begin_us + minute * MINUTE_US);
        let lines: String = told
            .iter()
            .map(|one| {
                let line = serde_json::json!({
                    "reference": walks.people()[one.person],
                    "day": one.day.to_string(),
                    "source": "wristband",
                    "steps": one.steps,
                });
                format!("{line}\n")
            })
            .collect();
        door.send(lines, hour).await?;
    }
    // the last days become final, the results are closed
    for later in 1..=96 {
        stage.clock.set(begin_us + (hour + later) * 60 * MINUTE_US);
        pass(stage, 0, 3600).await?;
    }
    Ok(())
}

/// Lets boards and jobs do what an hour of the clock asks of them, and the viewers look.
async fn pass(stage: &Stage, speed: u32, seconds: u64) -> Result<(), Stop> {
    stage.app.beat().await?;
    while stage.app.run_due_jobs().await? > 0 {}
    if let Some(wait_ms) = (seconds * 1000).checked_div(u64::from(speed)) {
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
    Ok(())
}

/// The door of the API, as a partner comes in.
struct Door {
    agent: ureq::Agent,
    address: String,
    client: (String, String),
    token: String,
    /// The hour of the replay in which the token was got.
    since: i64,
}

impl Door {
    fn new(address: &str, stage: &Stage) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Door {
            agent: config.into(),
            address: address.to_owned(),
            client: stage.client.clone(),
            token: String::new(),
            since: i64::MIN,
        }
    }

    async fn send(&mut self, lines: String, hour: i64) -> Result<(), Stop> {
        let (agent, address) = (self.agent.clone(), self.address.clone());
        if self.since != hour {
            let client = self.client.clone();
            let (agent, address) = (agent.clone(), address.clone());
            self.token = tokio::task::spawn_blocking(move || token(&agent, &address, &client)).await??;
            self.since = hour;
        }
        let bearer = format!("Bearer {}", self.token);
        let answered = tokio::task::spawn_blocking(move || {
            let request = agent.post(format!("{address}/api/v1/programmes/walk/readings"));
            let request = request.header("authorization", bearer);
            let mut answer = request.header("content-type", "application/x-ndjson").send(lines)?;
            answer.body_mut().read_to_string()
        });
        let answers = answered.await??;
        match answers
            .lines()
            .find(|line| line.contains("\"problem\"") || line.contains("\"type\""))
        {
            Some(problem) => Err(Stop::new(format!("a reading was refused: {problem}"))),
            None => Ok(()),
        }
    }
}

fn token(agent: &ureq::Agent, address: &str, (id, secret): &(String, String)) -> Result<String, Stop> {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
    ];
    let mut answer = agent.post(format!("{address}/oauth/token")).send_form(form)?;
    let body: serde_json::Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
    let token = body["access_token"].as_str();
    Ok(token
        .ok_or_else(|| Stop::new("no access token in the answer"))?
        .to_owned())
}

/// Prints who won what.
async fn tell_results(stage: &Stage) -> Result<(), Stop> {
    let (app, programme, id) = (&stage.app, &stage.programme, stage.competition);
    let anyone = Caller::console();
    let board = app.see_board(&anyone, programme, id, None).await?;
    println!("\nrank  name        steps");
    for row in &board.top {
        println!(
            "{:>4}  {:<8} {:>8}",
            row.rank,
            row.name.as_deref().unwrap_or("-"),
            row.score
        );
    }
    println!("\nteam       mean    members");
    for team in &board.teams {
        println!(
            "{:<8} {:>7} {:>6}",
            team.name,
            team.sum / i64::from(team.members.max(1)),
            team.members
        );
    }
    println!("\nday         champion     steps");
    for day in app.competition_days(&anyone, programme, id).await? {
        if let Some(champion) = day.champion {
            println!(
                "{}  {:<8} {:>8}",
                day.day,
                champion.name.as_deref().unwrap_or("-"),
                champion.value
            );
        }
    }
    match app.verify().await? {
        Ok(report) => println!("\nbooks verified: {} entries", report.entries),
        Err(fault) => return Err(Stop::finding(fault.to_string())),
    }
    Ok(())
}
