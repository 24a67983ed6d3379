//! `puhui init`, `verify`, `backup`, `restore`: the books as a whole.

use std::path::PathBuf;

use app::{App, Caller, Membership, NewProgramme, form_key};
use domain::measure::{Day, Text, Zone};
use domain::methodology::{Methodology, catalogue};
use domain::programme::{PointsRule, Programme, Role};
use store::verify::{VerifyError, verify as check};
use store::{Db, Options, Role as StoreRole, Store};

use crate::Stop;
use crate::config::Place;

/// Create new books with one programme and an administrator.
#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    place: Place,
    /// The programme's name in addresses
    #[arg(long, default_value = "main")]
    programme: String,
    /// The programme's Chinese title
    #[arg(long, default_value = "碳普惠")]
    title_zh: String,
    /// The programme's English title
    #[arg(long, default_value = "Carbon inclusion")]
    title_en: String,
    /// Its time zone
    #[arg(long, default_value = "Asia/Shanghai")]
    zone: String,
    /// The region whose factors apply
    #[arg(long, default_value = "CN")]
    region: String,
    /// Its first day
    #[arg(long, default_value = "2026-01-01")]
    starts: String,
    /// Account of the administrator
    #[arg(long, default_value = "admin")]
    admin: String,
}

pub(crate) async fn init(args: InitArgs) -> Result<(), Stop> {
    let app = args.place.settle()?.open().await?;
    let zone = Zone::named(&args.zone).ok_or_else(|| Stop::new(format!("\"{}\" is no known time zone", args.zone)))?;
    let day = Day::parse(&args.starts).ok_or_else(|| Stop::new(format!("\"{}\" is no day", args.starts)))?;
    let new = NewProgramme {
        slug: args.programme,
        title: Text {
            zh: args.title_zh,
            en: args.title_en,
        },
        zone: args.zone,
        region: args.region,
        starts_us: zone.start_of(day),
        points: PointsRule {
            milli_per_g: 1000,
            unit: Text {
                zh: "克".to_owned(),
                en: "g".to_owned(),
            },
        },
        joinable: false,
    };
    let programme = app.create_programme(&Caller::console(), new).await?;
    let published = publish_shipped(&app, &programme).await?;
    let password = form_key()?.chars().take(16).collect::<String>();
    // one person in all of an operator's roles: give them to different people before you go live
    let memberships =
        [Role::Admin, Role::Editor, Role::Support, Role::Reviewer, Role::Merchant].map(|role| Membership {
            programme: programme.id,
            role,
            participant: None,
        });
    app.create_login(&Caller::console(), &args.admin, &password, "zh", memberships.to_vec())
        .await?;
    println!("programme {} with {published} methodologies", programme.slug);
    println!("administrator {} with password {password} (shown once)", args.admin);
    app.close().await;
    Ok(())
}

/// Publishes what Puhui ships. Where several files quantify one behaviour, the one of the behaviour's own name is put
/// in force.
pub(crate) async fn publish_shipped(app: &App, programme: &Programme) -> Result<usize, Stop> {
    let mut files: Vec<(bool, &str)> = Vec::new();
    for (name, text) in catalogue::FILES {
        let methodology = Methodology::parse(text).map_err(|e| Stop::new(format!("{name}: {e}")))?;
        files.push((methodology.id == methodology.behaviour, text));
    }
    files.sort_by_key(|(own_name, _)| *own_name);
    for (_, text) in &files {
        app.publish_methodology(&Caller::console(), programme, text).await?;
    }
    Ok(files.len())
}

/// Recompute every balance, every credited amount, every cap and claim from what is stored.
///
/// Exit status 1 and the first fault if the books are not what the rules make of them.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    place: Place,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn verify(args: VerifyArgs) -> Result<(), Stop> {
    let settled = args.place.settle()?;
    let store = read_only(&settled.database).await?;
    let outcome = store
        .read(async |db: &mut Db| match check(db).await {
            Ok(report) => Ok(Ok(report)),
            Err(VerifyError::Fault(fault)) => Ok(Err(fault)),
            Err(VerifyError::Store(error)) => Err(error),
        })
        .await?;
    store.close().await;
    match outcome {
        Ok(report) if args.json => println!("{}", serde_json::to_string(&report)?),
        Ok(report) => println!(
            "clean: {} participants, {} entries, {} claims, {} transfers, {} orders, {} methodologies, {} decisions",
            report.participants,
            report.entries,
            report.claims,
            report.transfers,
            report.orders,
            report.methodologies,
            report.decisions
        ),
        Err(fault) => return Err(Stop::finding(fault.to_string())),
    }
    Ok(())
}

/// Delete raw files of proofs whose time is up, or check that they went.
///
/// Exit status 1 if a raw file is overdue, if a file is there that no proof needs, or if one is missing.
#[derive(Debug, clap::Args)]
pub(crate) struct RetentionArgs {
    #[command(flatten)]
    place: Place,
    /// Delete nothing, only look
    #[arg(long)]
    check: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn retention(args: RetentionArgs) -> Result<(), Stop> {
    let app = args.place.settle()?.open().await?;
    if !args.check {
        app.delete_due().await?;
    }
    let (kept, disk) = app.check_retention().await?;
    app.close().await;
    if args.json {
        let report = serde_json::json!({ "books": kept, "disk": disk });
        println!("{report}");
    } else {
        println!(
            "kept {} (of these {} not decided), due so far {}, deleted so far {}, overdue {}",
            kept.live, kept.waiting, kept.due, kept.deleted, kept.overdue
        );
        println!(
            "files {}, needed by no proof {}, missing {}",
            disk.files, disk.orphans, disk.missing
        );
    }
    if kept.overdue == 0 && disk.orphans == 0 && disk.missing == 0 {
        Ok(())
    } else {
        Err(Stop::finding("raw files are not as they must be"))
    }
}

async fn read_only(database: &str) -> Result<Store, Stop> {
    Ok(Store::open(
        database,
        Options {
            role: StoreRole::ReadOnly,
            ..Options::default()
        },
    )
    .await?)
}

/// Copy the books to a file while they are in use, and check the copy.
#[derive(Debug, clap::Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    place: Place,
    /// The file to write; it must not exist
    to: PathBuf,
}

pub(crate) async fn backup(args: BackupArgs) -> Result<(), Stop> {
    let store = read_only(&args.place.settle()?.database).await?;
    store.backup(&args.to).await?;
    store.close().await;
    println!("{}", args.to.display());
    Ok(())
}

/// Put a copy back as new books, after checking it.
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// The copy
    from: PathBuf,
    /// The file of the new books; it must not exist
    to: PathBuf,
}

pub(crate) fn restore(args: &RestoreArgs) -> Result<(), Stop> {
    store::restore(&args.from, &args.to)?;
    println!("{}", args.to.display());
    Ok(())
}
