//! `puhui simulate`: a month of Walk & Win, replayed minute by minute through the real API into live boards.
//!
//! The clock of the server is the replay's own: it stands at each minute while that minute's steps come in. Days become
//! final, hours are kept and prizes given by the same jobs as ever.

pub(crate) mod walks;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::{App, AwardView, Caller, Membership, NewCompetition, NewParticipant, NewProgramme, Row, TeamRow, form_key};
use domain::competition::Template;
use domain::measure::{Day, Id, ParticipantId, Text, Zone};
use domain::participant::{Consent, Kind};
use domain::programme::{PointsRule, Programme, Role, Scope};
use outside::clock::Clock;
use serde::Serialize;

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
    /// Show the day's board at these moments, e.g. `2016-04-15T23:00`
    #[arg(long = "at")]
    moments: Vec<String>,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
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
        let first = Day::parse("2026-11-02").ok_or_else(|| Stop::new("no such day"))?;
        Walks::made_up(args.seed, first, 28)
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
    let data_dir = if let Some(dir) = args.data_dir.clone() {
        dir
    } else {
        let name: String = form_key()?.chars().take(8).collect();
        std::env::temp_dir().join(format!("puhui-simulate-{name}"))
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
    eprintln!("{address}/compete/{} shows the board", stage.competition);
    eprintln!("login    {} {}", stage.walker.0, stage.walker.1);
    let boards = match replay(&stage, &walks, &address, &args).await {
        Ok(boards) => boards,
        Err(stop) => {
            serving.abort();
            return Err(stop);
        }
    };
    let results = results(&stage, boards).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    } else {
        print(&results);
    }
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
    let mut walker = None;
    let mut invitation: Option<String> = None;
    for (place, person) in walks.people().iter().enumerate() {
        let new = NewParticipant {
            kind: Kind::Person,
            alias: person.clone(),
            lang: "zh".to_owned(),
            reference: Some(person.clone()),
            consents: vec![Consent::Programme, Consent::Steps, Consent::PartnerEvents],
        };
        let who: ParticipantId = app.register_participant(&console, &programme, new, None).await?.id;
        clock.advance(1);
        let first_of_team = place % TEAM == 0;
        let secret = invitation.as_deref().filter(|_| !first_of_team);
        app.enter_competition(&console, &programme, competition, who, secret)
            .await?;
        if first_of_team {
            let name = format!("{:02}", place / TEAM + 1);
            let team = app
                .form_team(&console, &programme, competition, who, &name, None)
                .await?;
            invitation = Some(team.invitation);
        }
        walker = walker.or(Some(who));
    }
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

/// Sends what was walked, minute by minute; the day's boards at the moments that were asked for.
async fn replay(stage: &Stage, walks: &Walks, address: &str, args: &Args) -> Result<Vec<Moment>, Stop> {
    let Some(first) = walks.first_day() else {
        return Ok(Vec::new());
    };
    let zone = &stage.programme.zone;
    let begin_us = zone.start_of(first);
    let mut moments = Vec::new();
    for moment in &args.moments {
        let at_us = zone.instant(moment);
        moments.push((
            at_us.ok_or_else(|| Stop::new(format!("--at {moment}: no such time")))?,
            moment.clone(),
        ));
    }
    moments.sort();
    let mut moments = moments.into_iter().peekable();
    let mut boards = Vec::new();
    let until = args.days.map_or(i64::MAX, |days| i64::from(days) * 1440);
    let mut door = Door::new(address, stage);
    let mut hour = -1;
    for (minute, told) in walks.minutes().take_while(|(minute, _)| **minute < until) {
        let now_us = begin_us + minute * MINUTE_US;
        while let Some((at_us, name)) = moments.next_if(|(at_us, _)| *at_us <= now_us) {
            stage.clock.set(at_us);
            boards.push(moment(stage, name, at_us).await?);
        }
        while hour < minute.div_euclid(60) {
            hour += 1;
            stage.clock.set(begin_us + hour * 60 * MINUTE_US);
            pass(stage, args.speed, 3600).await?;
        }
        stage.clock.set(now_us);
        let lines = told.iter().map(|one| {
            let line = serde_json::json!({
                "reference": walks.people()[one.person],
                "day": one.day.to_string(),
                "source": "wristband",
                "steps": one.steps,
            });
            line.to_string()
        });
        let lines = lines.collect::<Vec<_>>().join("\n");
        door.send(lines, hour).await?;
    }
    // the last days become final, then results
    for later in 1..=60 {
        stage.clock.set(begin_us + (hour + later) * 60 * MINUTE_US);
        pass(stage, 0, 3600).await?;
    }
    if args.days.is_none() {
        let console = Caller::console();
        stage
            .app
            .close_competition(&console, &stage.programme, stage.competition)
            .await?;
        pass(stage, 0, 3600).await?;
    }
    Ok(boards)
}

/// The board of the day that is ending or running at a moment.
async fn moment(stage: &Stage, name: String, at_us: i64) -> Result<Moment, Stop> {
    let day = stage.programme.zone.day_of(at_us - 1);
    let anyone = Caller::console();
    let board = stage.app.day_board(&anyone, &stage.programme, stage.competition, day);
    Ok(Moment {
        at: name,
        day: day.to_string(),
        board: board.await?.into_iter().map(Placed::from).collect(),
    })
}

/// A board at a moment.
#[derive(Serialize)]
struct Moment {
    at: String,
    day: String,
    board: Vec<Placed>,
}

#[derive(Serialize)]
struct Placed {
    rank: u64,
    name: String,
    score: i64,
}

impl From<Row> for Placed {
    fn from(row: Row) -> Self {
        Placed {
            rank: row.rank,
            name: row.name.unwrap_or_default(),
            score: row.score,
        }
    }
}

/// Who won what.
#[derive(Serialize)]
struct Results {
    board: Vec<Placed>,
    teams: Vec<TeamRow>,
    champions: Vec<(String, String, i64)>,
    moments: Vec<Moment>,
    /// Prize, who won it, by which rank or with which team.
    awards: Vec<(String, String, String)>,
    entries: u64,
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
            .timeout_global(Some(Duration::from_mins(1)))
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
            let request = agent.post(format!("{address}/api/v1/programmes/walk/readings/bulk"));
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

async fn results(stage: &Stage, moments: Vec<Moment>) -> Result<Results, Stop> {
    let (app, programme, id) = (&stage.app, &stage.programme, stage.competition);
    let anyone = Caller::console();
    let champions = app.competition_days(&anyone, programme, id).await?;
    let board = app.board_page(&anyone, programme, id, 1, 200).await?;
    let awards = app.awards(&anyone, programme, id).await?;
    let won_by = |award: &AwardView| match (&award.team, award.rank) {
        (Some(team), _) => format!("team {team}"),
        (None, Some(rank)) => format!("rank {rank}"),
        (None, None) => String::new(),
    };
    let verified = match app.verify().await? {
        Ok(report) => report,
        Err(fault) => return Err(Stop::finding(fault.to_string())),
    };
    Ok(Results {
        board: board.into_iter().map(Placed::from).collect(),
        teams: app.team_page(&anyone, programme, id, 1, 200).await?,
        champions: champions
            .into_iter()
            .filter_map(|day| {
                let champion = day.champion?;
                Some((day.day.to_string(), champion.name.unwrap_or_default(), champion.value))
            })
            .collect(),
        moments,
        awards: awards
            .iter()
            .map(|award| (award.title.en.clone(), award.alias.clone(), won_by(award)))
            .collect(),
        entries: verified.entries,
    })
}

fn print(results: &Results) {
    for moment in &results.moments {
        println!("\n{}, the day's board", moment.at);
        for placed in moment.board.iter().take(3) {
            println!("{:>4}  {:<12} {:>8}", placed.rank, placed.name, placed.score);
        }
    }
    println!("\nrank  name            steps");
    for placed in results.board.iter().take(10) {
        println!("{:>4}  {:<12} {:>8}", placed.rank, placed.name, placed.score);
    }
    println!("\nteam          mean members");
    for team in &results.teams {
        println!(
            "{:<12} {:>6} {:>6}",
            team.name,
            team.sum / i64::from(team.members.max(1)),
            team.members
        );
    }
    println!("\nday         champion        steps");
    for (day, name, value) in &results.champions {
        println!("{day}  {name:<12} {value:>8}");
    }
    println!("\nprize                            winner        by");
    for (prize, name, by) in &results.awards {
        println!("{prize:<32} {name:<12}  {by}");
    }
    println!("\nbooks verified: {} entries", results.entries);
}
