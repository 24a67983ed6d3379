//! How long the way from grams to money takes, on one core: sealing and sampling records, lineage, allocation.
//!
//! `cargo bench -p domain --bench tonnes [-- RECORDS PEOPLE]`, by default 10,000,000 and 1,000,000. Times are CPU time.
//! Figures are also given as multiples of plain work on as many items in the same run: making the records and summing
//! them up, or dividing by `share_out`, which sorts all remainders.

use std::fs;
use std::hint::black_box;
use std::time::Duration;

use domain::evidence::Grade;
use domain::measure::{Carbon, Currency, Day, EntryId, Money, ParticipantId, ProgrammeId, bucket_of, share_out};
use domain::proceeds::allocate::{Entitled, allocate};
use domain::proceeds::payout::{Purse, pay_all};
use domain::proceeds::plan::{Choice, Plan, Shares, Terms as PlanTerms};
use domain::registry::issue::{Permille, Pool, issue};
use domain::registry::lineage::Lineage;
use domain::registry::origin::{MethodologySet, Origin, Period};
use domain::registry::sample::{Draw, Risk, Size, seed};
use domain::registry::seal::{Candidate, Delegation, Sealing, Terms};
use domain::registry::serial::Prefix;

/// splitmix64
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Time that this thread was computing: what others do on the machine does not count.
fn computed() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

fn most_resident_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

fn timed<T>(what: &str, items: u64, plain: Option<Duration>, job: impl FnOnce() -> T) -> (T, Duration) {
    let before = computed();
    let done = job();
    let took = computed().saturating_sub(before);
    let each = took.as_nanos() / u128::from(items.max(1));
    print!(
        "{what:<44} {items:>10}  {:>8.3} s  {each:>5} ns each",
        took.as_secs_f64()
    );
    match plain {
        Some(plain) => println!("  {:>7.1} x plain", took.as_secs_f64() / plain.as_secs_f64()),
        None => println!(),
    }
    (done, took)
}

const METHODOLOGIES: [&str; 3] = ["bus@1.0.0", "metro-trip@1.0.0", "walk@1.0.0"];

fn main() {
    let mut given = std::env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok());
    let (records, people) = (given.next().unwrap_or(10_000_000), given.next().unwrap_or(1_000_000));
    let (Some(first), Some(last)) = (Day::parse("2026-01-01"), Day::parse("2026-12-31")) else {
        return;
    };
    let mut participants: Vec<i64> = (1..=people.cast_signed()).collect();
    participants.sort_by_key(|id| (bucket_of(*id), *id));
    let per_person = records.div_ceil(people);
    // a record is made as it is read, as from a cursor; about 2.4 kg each
    let record = |n: u64| {
        let chance = mixed(n);
        let participant = participants[usize::try_from(n / per_person).unwrap_or(0)];
        Candidate {
            participant: ParticipantId::new(participant),
            entry: EntryId::new(n.cast_signed()),
            day: first.plus(i32::try_from(chance % 365).unwrap_or(0)),
            methodology: METHODOLOGIES[usize::try_from(chance >> 20 & 1).unwrap_or(0)],
            grade: if (chance >> 30).is_multiple_of(4) {
                Grade::E2
            } else {
                Grade::E3
            },
            credited: Carbon::from_mg(1_800_000 + i64::try_from((chance >> 40) % 1_200_000).unwrap_or(0)),
            delegation: Some(Delegation {
                from: first,
                through: None,
                withdrawn: None,
            }),
            reversed: chance >> 60 == 0,
            open: false,
            batched: false,
        }
    };
    let (sum, plain) = timed("making and summing records (plain)", records, None, || {
        (0..records).map(|n| black_box(record(n)).credited.mg()).sum::<i64>()
    });
    black_box(sum);

    let (contents, _) = timed("seal", records, Some(plain), || {
        let period = Period::new(first, last).ok()?;
        let origin = Origin {
            programme: ProgrammeId::new(1),
            methodologies: MethodologySet::new(METHODOLOGIES).ok()?,
            period,
        };
        let mut sealing = Sealing::new(Terms {
            origin,
            minimum: Grade::E2,
            on: last.plus(10),
        });
        for n in 0..records {
            let _ = black_box(sealing.consider(&record(n)).ok()?);
        }
        sealing.finish().ok()
    });
    let Some(contents) = contents else { return };

    let (sample, _) = timed("draw the verifier's sample", records, Some(plain), || {
        let mut draw = Draw::new(seed(contents.digest(), "word"), Size::of(contents.total().records));
        for n in 0..records {
            let record = record(n);
            let risk = Risk {
                grade: record.grade,
                reviewed: false,
                appealed: false,
                large: record.credited.mg() > 2_990_000,
            };
            if !record.reversed {
                draw.consider(record.entry, record.participant, record.credited, risk);
            }
        }
        draw.finish()
    });
    println!("  {} records drawn", sample.drawn.len());

    let Ok(pool) = Pool::new(contents.total().credited, Carbon::ZERO, Carbon::ZERO) else {
        return;
    };
    let Ok(prefix) = Prefix::new("BJ", "multi", 2026, 1) else {
        return;
    };
    let batch = issue(pool, Permille::default(), prefix);
    println!("  {} t issued, {} carried", batch.tonnes(), batch.remainder());

    let records_in = contents.total().records;
    let (line, _) = timed("lineage of records", records_in, Some(plain), || {
        let masses = (0..records)
            .map(record)
            .filter(|record| !record.reversed)
            .map(|record| record.credited);
        Lineage::new(&batch, masses).ok()
    });
    let Some(line) = line else { return };
    timed("where is a record's gram, and back", 1_000_000, None, || {
        for n in 0..1_000_000u64 {
            let index = usize::try_from(mixed(n) % records_in).unwrap_or(0);
            if let Some(here) = line.locate(index) {
                black_box(line.inside(here.stretch).1.count());
            }
        }
    });

    let entitled: Vec<Entitled> = contents
        .contributions()
        .iter()
        .map(|contribution| Entitled {
            contribution: *contribution,
            received: 0,
        })
        .collect();
    let count = u64::try_from(entitled.len()).unwrap_or(0);
    let share = |permille| Permille::new(permille).unwrap_or_default();
    let cny = |minor| Money {
        minor,
        currency: Currency::CNY,
    };
    let plan = Plan::new(PlanTerms {
        shares: Shares {
            participants: share(1000),
            gifts: share(0),
            welfare: share(0),
            fee: share(0),
        },
        least: cny(100),
        unchosen: Choice::Gift,
    });
    let Ok(plan) = plan else { return };
    let net = cny(i64::try_from(batch.tonnes()).unwrap_or(0) * 5000);
    let weights: Vec<u64> = entitled
        .iter()
        .map(|one| one.contribution.credited.mg().unsigned_abs())
        .collect();
    let (parts, plain) = timed("largest remainder by sorting all (plain)", count, None, || {
        share_out(net.minor, &weights)
    });
    black_box(parts.is_ok());
    let (done, _) = timed("allocate", count, Some(plain), || allocate(net, &plan, &entitled).ok());
    let Some(done) = done else { return };
    let again: Vec<Entitled> = entitled
        .iter()
        .zip(done.lines())
        .map(|(one, line)| Entitled {
            received: line.amount,
            ..*one
        })
        .collect();
    timed("allocate a second sale", count, Some(plain), || {
        allocate(cny(1_000_000), &plan, &again).ok()
    });
    let (totals, _) = timed("pay", count, None, || {
        pay_all(
            &done,
            &plan,
            net,
            |_| Purse::default(),
            |_, paid| {
                black_box(paid);
            },
        )
    });
    if let Ok(totals) = totals {
        println!("  {net} allocated, balanced: {}", totals.balance());
    }
    println!("most memory: {} MiB", most_resident_mib());
}
