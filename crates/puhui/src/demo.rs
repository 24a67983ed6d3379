//! `puhui demo`: a small world that makes itself and tells the product's stories with working features.
//!
//! Everything goes through the verbs that real callers use; nothing is written past them.

mod compete;
mod evidence;
mod proofs;
mod stories;

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use app::{App, Caller, Membership, NewParticipant, NewProgramme, NewReward, form_key};
use domain::measure::{Currency, Money, ParticipantId, Text};
use domain::participant::{Consent, Kind};
use domain::programme::{PointsRule, Programme, Role};
use outside::clock::Clock;

use crate::Stop;
use crate::books::publish_shipped;
use crate::config::{Place, Settled};
use crate::serve::serve;

/// Run a seeded world on this machine: SQLite in a folder of its own, nothing else needed.
///
/// Prints the address and the logins, and serves until Ctrl-C.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the world; kept and used again [default: a new temporary folder]
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Address and port; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Another number gives other people's walks and rides
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

const DAY_US: i64 = 86_400_000_000;

fn text(zh: &str, en: &str) -> Text {
    Text {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

pub(crate) async fn run(args: Args) -> Result<(), Stop> {
    let data_dir = match args.data_dir {
        Some(dir) => dir,
        None => std::env::temp_dir().join(format!(
            "puhui-demo-{}",
            form_key()?.chars().take(8).collect::<String>()
        )),
    };
    let settled = Place {
        database: None,
        data_dir: Some(data_dir.clone()),
        config: None,
    }
    .settle()?;
    let app = settled.open().await?;
    let kept = data_dir.join("logins.json");
    let logins: Vec<(String, String, String)> = if app.catalogue().programmes().is_empty() {
        let logins = seed(&app, &settled, args.seed).await?;
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&kept)?;
        file.write_all(serde_json::to_string(&logins)?.as_bytes())?;
        logins
    } else {
        serde_json::from_str(&std::fs::read_to_string(&kept)?)?
    };
    println!("\nfolder   {}", data_dir.display());
    for (who, account, password) in &logins {
        println!("login    {account:<10} {password}   {who}");
    }
    let offered = logins.into_iter().map(|(who, account, password)| web::DemoLogin {
        role: account.clone(),
        who,
        account,
        password,
    });
    let ready = |address: &str| println!("{address}\n\n{address}/api/docs shows the API. Ctrl-C stops.");
    serve(app, &settled, Some(args.listen), offered.collect(), ready).await
}

/// A generator good enough to make walks differ (xorshift64*); nothing secret comes from it.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }
}

async fn seed(app: &App, settled: &Settled, seed: u64) -> Result<Vec<(String, String, String)>, Stop> {
    let console = Caller::console();
    let now_us = app.now_us();
    let new = NewProgramme {
        slug: "campus".to_owned(),
        title: text("示范校园碳普惠", "Demo Campus"),
        zone: "Asia/Shanghai".to_owned(),
        region: "CN-SH".to_owned(),
        starts_us: now_us - 200 * DAY_US,
        points: PointsRule {
            milli_per_g: 1000,
            unit: text("克", "g"),
        },
        joinable: true,
    };
    let programme = Arc::new(app.create_programme(&console, new).await?);
    let published = publish_shipped(app, &programme).await?;
    println!("发布了 {published} 个方法学 · {published} methodologies published, each with its sources");

    let mut logins = Vec::new();
    let student = enrol(app, &programme, "小满", None).await?;
    let commuter = enrol(app, &programme, "阿禾", Some("member-0".to_owned())).await?;
    let people: [(&str, &str, &[Role], Option<ParticipantId>); 8] = [
        ("小满 Xiaoman, student", "student", &[Role::Participant], Some(student)),
        ("阿禾 Ahe, commuter", "commuter", &[Role::Participant], Some(commuter)),
        (
            "运营 operator",
            "operator",
            &[Role::Support, Role::Admin, Role::Editor],
            None,
        ),
        ("财务 finance", "finance", &[Role::Finance], None),
        ("审核员 reviewer", "reviewer", &[Role::Reviewer], None),
        ("食堂 canteen, takes vouchers", "merchant", &[Role::Merchant], None),
        ("核查机构 verifier, reads", "verifier", &[Role::Verifier], None),
        ("主管部门 regulator, reads", "regulator", &[Role::Regulator], None),
    ];
    for (who, account, roles, participant) in people {
        let password: String = form_key()?.chars().take(12).collect();
        let memberships = roles
            .iter()
            .map(|role| Membership {
                programme: programme.id,
                role: *role,
                participant,
            })
            .collect();
        app.create_login(&console, account, &password, "zh", memberships)
            .await?;
        logins.push((who.to_owned(), account.to_owned(), password));
    }
    stock(app, &programme).await?;
    let people = stories::People::sign_in(app, &logins).await?;
    // a lot would draw other proofs for a person to look at, each time
    let why = "演示:不抽查。Demo: no lot is drawn.";
    let operator = people.caller("operator")?;
    app.set_policy(operator, &programme, "[limits]\naudit_permille = 0\n", why)
        .await?;
    stories::student(app, &programme, &people, student).await?;
    let partner = stories::feed(app, &programme, seed).await?;
    evidence::proofs(app, &programme, &people, (&partner, commuter)).await?;
    // what lies in the past is told by a clock that stands there, on the same books
    let clock = Clock::fixed(app.now_us());
    let past = settled.open_on(app.store().clone(), clock.clone()).await?;
    compete::walk_and_win(app, (&past, &clock), &programme, &people, (student, commuter), seed).await?;
    stories::desk(app, &programme, &people, (student, commuter)).await?;
    people.sign_out(app).await?;
    match app.verify().await? {
        Ok(report) => println!(
            "核对无误:{} 笔记录 · books verified: {} entries recomputed, {} claims",
            report.entries, report.entries, report.claims
        ),
        Err(fault) => return Err(Stop::finding(fault.to_string())),
    }
    Ok(logins)
}

async fn enrol(
    app: &App,
    programme: &Arc<Programme>,
    alias: &str,
    reference: Option<String>,
) -> Result<ParticipantId, Stop> {
    let new = NewParticipant {
        kind: Kind::Person,
        alias: alias.to_owned(),
        lang: "zh".to_owned(),
        reference,
        consents: vec![
            Consent::Programme,
            Consent::Photos,
            Consent::DeviceReadings,
            Consent::PartnerEvents,
            Consent::Location,
            Consent::Steps,
        ],
    };
    Ok(app
        .register_participant(&Caller::console(), programme, new, None)
        .await?
        .id)
}

async fn stock(app: &App, programme: &Arc<Programme>) -> Result<(), Stop> {
    let console = Caller::console();
    let money = Money {
        minor: 240_000,
        currency: Currency::CNY,
    };
    app.fund_rewards(&console, programme, "Demo Drinks", money, None)
        .await?;
    let rewards = [
        (text("12 罐可乐", "12 cans of cola"), "Demo Drinks", "500", 40, "drink"),
        (
            text("竹柄牙刷与牙膏", "Bamboo toothbrush and toothpaste"),
            "Demo Store",
            "300",
            25,
            "care",
        ),
        (text("USB 数据线", "USB cable"), "Demo Electronics", "800", 10, "cable"),
        (text("电影票一张", "Cinema ticket"), "Demo Cinema", "1200", 0, "ticket"),
    ];
    for (title, sponsor, price, stock, icon) in rewards {
        let cola = icon == "drink";
        let new = NewReward {
            title,
            sponsor: sponsor.to_owned(),
            cost_minor: cola.then_some(2_400),
            currency: cola.then_some(Currency::CNY),
            price: price.to_owned(),
            stock,
            per_person: Some(2),
            hold_days: None,
            voucher_days: None,
            // the canteen packs the toothbrush first
            at_once: icon != "care",
            icon: icon.to_owned(),
        };
        let reward = app.create_reward(&console, programme, new, None).await?;
        if icon == "ticket" {
            let codes: Vec<String> = (1..=12).map(|seat| format!("DEMO-CINEMA-{seat:03}")).collect();
            app.import_codes(&console, programme, reward.id, &codes.join("\n"), None)
                .await?;
        }
    }
    Ok(())
}
