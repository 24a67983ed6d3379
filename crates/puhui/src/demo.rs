//! `puhui demo`: a small world that makes itself and tells the product's stories with working features.
//!
//! Everything goes through the verbs that real callers use; nothing is written past them.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use app::{
    App, Caller, Error, Membership, Mode, NewParticipant, NewProgramme, NewReward, Refused, Report, Who, form_key,
};
use domain::measure::{Currency, Money, ParticipantId, Text};
use domain::participant::{Consent, Kind};
use domain::programme::{PointsRule, Programme, Role};

use crate::Stop;
use crate::books::publish_shipped;
use crate::config::Place;
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
        let logins = seed(&app, args.seed).await?;
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

async fn seed(app: &App, seed: u64) -> Result<Vec<(String, String, String)>, Stop> {
    let console = Caller::console();
    let now_us = app.now_us();
    let new = NewProgramme {
        slug: "campus".to_owned(),
        title: text("示范校园碳普惠", "Demo Campus"),
        zone: "Asia/Shanghai".to_owned(),
        region: "CN-SH".to_owned(),
        starts_us: now_us - 60 * DAY_US,
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
    let people: [(&str, &str, &[Role], Option<ParticipantId>); 5] = [
        ("小满 Xiaoman, student", "student", &[Role::Participant], Some(student)),
        (
            "operator",
            "operator",
            &[Role::Support, Role::Admin, Role::Editor],
            None,
        ),
        ("finance", "finance", &[Role::Finance], None),
        ("reviewer", "reviewer", &[Role::Reviewer], None),
        ("canteen, hands rewards over", "merchant", &[Role::Merchant], None),
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
    student_story(app, &programme, student).await?;
    feed_story(app, &programme, seed).await?;
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
        (
            text("12 罐可乐", "12 cans of cola"),
            "Demo Drinks",
            Some(2_400),
            "500",
            40,
        ),
        (
            text("竹柄牙刷与牙膏", "Bamboo toothbrush and toothpaste"),
            "Demo Store",
            None,
            "300",
            25,
        ),
        (text("USB 数据线", "USB cable"), "Demo Electronics", None, "800", 10),
    ];
    for (title, sponsor, cost_minor, price, stock) in rewards {
        let new = NewReward {
            title,
            sponsor: sponsor.to_owned(),
            cost_minor,
            currency: cost_minor.map(|_| Currency::CNY),
            price: price.to_owned(),
            stock,
            per_person: Some(2),
            hold_days: None,
            voucher_days: None,
            at_once: false,
            icon: String::new(),
        };
        app.create_reward(&console, programme, new, None).await?;
    }
    Ok(())
}

/// A photo that nobody has seen before: coloured stripes.
fn photo(number: u8) -> Result<Vec<u8>, Stop> {
    let picture = image::RgbImage::from_fn(320, 240, |x, y| {
        let band = u8::try_from((x / 20 + y / 30 * u32::from(number)) % 250).unwrap_or(0);
        image::Rgb([
            band.wrapping_mul(number),
            band.wrapping_add(40 * number),
            200 - band / 2,
        ])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

fn instant(at_us: i64) -> String {
    jiff::Timestamp::from_microsecond(at_us).map_or_else(|_| String::new(), |at| at.to_string())
}

/// The seed's student: two metro photos, lights off, no tableware: 513 g; 500 g buy 12 cans of cola.
async fn student_story(app: &App, programme: &Arc<Programme>, student: ParticipantId) -> Result<(), Stop> {
    let membership = Membership {
        programme: programme.id,
        role: Role::Participant,
        participant: Some(student),
    };
    let me = Caller {
        who: Who::Person {
            login: 1,
            account: String::new(),
            memberships: vec![membership],
            acting: None,
        },
    };
    let now_us = app.now_us();
    let acts = [
        ("metro-trip", 300),
        ("metro-trip", 200),
        ("lights-off", 100),
        ("no-tableware", 50),
    ];
    for ((behaviour, minutes_ago), number) in acts.into_iter().zip(1..) {
        let started = instant(now_us - minutes_ago * 60_000_000);
        let event = format!("photo-{number}");
        let json = serde_json::json!({ "event": event, "behaviour": behaviour, "started_at": started }).to_string();
        app.submit_photo(&me, programme, Report::from_json(json.as_bytes())?, photo(number)?)
            .await?;
    }
    let again = serde_json::json!({
        "event": "photo-5", "behaviour": "metro-trip", "started_at": instant(now_us - 20 * 60_000_000),
    });
    app.submit_photo(
        &me,
        programme,
        Report::from_json(again.to_string().as_bytes())?,
        photo(1)?,
    )
    .await?;
    app.run_due_jobs().await?;
    let balance = app.balances(&me, programme, student).await?;
    println!(
        "小满:两次地铁、关灯、不要餐具 = {} 克;重复的照片被拒 · two metro photos, lights off, no tableware = {} g; \
         the same photo again was refused",
        balance.points_available_milli / 1000,
        balance.points_available_milli / 1000
    );
    let rewards = app.rewards(programme).await?;
    let cola = rewards
        .iter()
        .find(|reward| reward.title.en.contains("cola"))
        .ok_or_else(|| Stop::new("no cola"))?;
    let order = app.redeem(&me, programme, student, cola.id, None).await?;
    let handed = app
        .fulfil_order(&Caller::console(), programme, student, order.id)
        .await?;
    let code = handed.voucher.map(|voucher| voucher.code).unwrap_or_default();
    let left = app.balances(&me, programme, student).await?.points_available_milli / 1000;
    println!("500 克换 12 罐可乐,券码 {code},余 {left} 克 · 500 g bought 12 cans of cola, {left} g left");
    match app.redeem(&me, programme, student, cola.id, None).await {
        Err(Error::Refused(Refused::Reward(domain::rewards::Refused::Short { have, need }))) => {
            let missing = (need.milli() - have.milli()) / 1000;
            println!("再换一次:还差 {missing} 克 · one more order: {missing} g missing");
            Ok(())
        }
        Err(other) => Err(other.into()),
        Ok(_) => Err(Stop::new("the second order should have been refused")),
    }
}

/// A partner's feed of rides and a month of walks, sent twice: the second time nothing changes.
async fn feed_story(app: &App, programme: &Arc<Programme>, seed: u64) -> Result<(), Stop> {
    let mut dice = Dice(seed.max(1));
    let now_us = app.now_us();
    for number in 0..30 {
        enrol(
            app,
            programme,
            &format!("示范成员 {}", number + 1),
            Some(format!("member-{number}")),
        )
        .await?;
    }
    let mut lines = Vec::new();
    for member in 0..30u64 {
        for day in 1..=28i64 {
            let morning = now_us - day * DAY_US - i64::try_from(dice.below(4)).unwrap_or(0) * 3_600_000_000;
            let steps = 2_000 + dice.below(14_000);
            lines.push(serde_json::json!({
                "event": format!("steps-{member}-{day}"), "reference": format!("member-{member}"),
                "behaviour": "walking-by-steps", "started_at": instant(morning), "inputs": { "steps": steps },
            }));
            if dice.below(3) == 0 {
                let metres = 600 + dice.below(9_000);
                lines.push(serde_json::json!({
                    "event": format!("ride-{member}-{day}"), "reference": format!("member-{member}"),
                    "behaviour": "cycling-for-driving", "started_at": instant(morning + 7_200_000_000),
                    "ended_at": instant(morning + 9_000_000_000), "inputs": { "distance": format!("{metres} m") },
                }));
            }
        }
    }
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    for round in 1..=2 {
        let (mut new, mut repeated, mut mg) = (0, 0, 0);
        for chunk in lines.chunks(500) {
            let reports = chunk.iter().map(|line| Report::from_json(line.as_bytes())).collect();
            for receipt in app
                .submit_many(&Caller::console(), programme, Mode::Reading, reports)
                .await?
            {
                let receipt = receipt?;
                if receipt.repeated {
                    repeated += 1;
                } else {
                    new += 1;
                    mg += receipt.credited_mg;
                }
            }
        }
        println!(
            "第 {round} 次送达:新 {new},重复 {repeated},+{} 克 · feed sent, {new} new, {repeated} repeated",
            mg / 1000
        );
    }
    Ok(())
}
