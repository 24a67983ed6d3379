//! Ceilings, overlaps, consent; and that the kept part of a history decides as the whole one does.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::measure::{ProgrammeId, Text, Zone};
use crate::methodology::{Context, Said, catalogue, quantify};
use crate::participant::Consents;
use crate::programme::PointsRule;

const HOUR_US: i64 = 3_600_000_000;
/// 2026-11-24T00:00 in Shanghai.
const START_US: i64 = 1_795_449_600_000_000;

fn programme() -> Programme {
    Programme {
        id: ProgrammeId::new(1),
        slug: "campus".into(),
        title: Text {
            zh: "校园".into(),
            en: "Campus".into(),
        },
        zone: Zone::named("Asia/Shanghai").unwrap(),
        zone_name: "Asia/Shanghai".into(),
        region: "CN-SH".into(),
        starts_us: START_US - 400 * 24 * HOUR_US,
        points: PointsRule {
            milli_per_g: 1000,
            unit: Text {
                zh: "克".into(),
                en: "g".into(),
            },
        },
        joinable: false,
        rates: Vec::new(),
    }
}

fn shipped(id: &str) -> Arc<Methodology> {
    let name = format!("{id}.toml");
    let (_, text) = catalogue::FILES.iter().find(|(file, _)| *file == name).unwrap();
    Methodology::parse(text).unwrap()
}

fn act(methodology: &Arc<Methodology>, km: Option<&str>, started_us: i64, minutes: i64) -> Act {
    let day = programme().zone.day_of(started_us);
    let context = Context {
        region: "CN-SH",
        day,
        grade: Grade::E3,
    };
    let inputs = methodology
        .read_inputs(km.map(|km| ("distance", Said::Text(km))))
        .unwrap();
    Act {
        participant: ParticipantId::new(1),
        channel: Channel::Partner,
        partner: 1,
        started_us,
        ended_us: started_us + minutes * 60_000_000,
        day,
        working: quantify(methodology, inputs, &context).unwrap(),
        retry: ClaimKey::of(&[b"event"]),
        body: 0,
        claims: Vec::new(),
        photo: None,
        refused_for: None,
    }
}

fn everything() -> Standing {
    Standing {
        open: true,
        consents: Consent::ALL.into_iter().fold(Consents::default(), Consents::with),
        partner_out: false,
    }
}

fn decide(act: &Act, history: &mut History) -> Verdict {
    credit(act, &programme(), everything(), None, history, START_US + 48 * HOUR_US)
}

fn credited(verdict: &Verdict) -> i64 {
    match verdict {
        Verdict::Credited { credited, .. } => credited.mg(),
        Verdict::Refused(_) => 0,
    }
}

#[test]
fn a_daily_ceiling_cuts_and_then_refuses() {
    let cycling = shipped("cycling-for-driving");
    let mut history = History::default();
    let rides: Vec<Verdict> = (0..4)
        .map(|i| decide(&act(&cycling, Some("8"), START_US + i * HOUR_US, 30), &mut history))
        .collect();
    assert_eq!(
        rides.iter().map(credited).collect::<Vec<_>>(),
        [2_000_000, 2_000_000, 1_000_000, 0]
    );
    assert!(matches!(&rides[2], Verdict::Credited { caps, .. } if caps[0].cut.mg() == 1_000_000));
    assert!(matches!(
        rides[3],
        Verdict::Refused(Refusal::CapMass { per: Period::Day, .. })
    ));
    let next_day = decide(&act(&cycling, Some("8"), START_US + 25 * HOUR_US, 30), &mut history);
    assert_eq!(credited(&next_day), 2_000_000);
}

#[test]
fn two_trips_at_once_are_one_too_many() {
    let (metro, cycling) = (shipped("metro-trip"), shipped("cycling-for-driving"));
    let mut history = History::default();
    assert_eq!(
        credited(&decide(&act(&metro, None, START_US, 40), &mut history)),
        200_000
    );
    let overlapping = decide(&act(&cycling, Some("2"), START_US + 39 * 60_000_000, 10), &mut history);
    assert_eq!(overlapping, Verdict::Refused(Refusal::Overlap));
    assert_eq!(
        credited(&decide(
            &act(&cycling, Some("2"), START_US + 40 * 60_000_000, 10),
            &mut history
        )),
        500_000
    );
    let instant = START_US + 60 * 60_000_000;
    assert_eq!(credited(&decide(&act(&metro, None, instant, 0), &mut history)), 200_000);
    assert_eq!(
        decide(&act(&metro, None, instant, 0), &mut history),
        Verdict::Refused(Refusal::Overlap)
    );
}

#[test]
fn what_must_not_be_credited_is_refused_by_name() {
    let metro = shipped("metro-trip");
    let good = act(&metro, None, START_US, 30);
    let refused = |act: &Act, standing: Standing, claimed: Option<Id>, now: i64| match credit(
        act,
        &programme(),
        standing,
        claimed,
        &mut History::default(),
        now,
    ) {
        Verdict::Refused(refusal) => refusal.code(),
        Verdict::Credited { .. } => "credited",
    };
    let now = START_US + HOUR_US;
    let withdrawn = Standing {
        consents: everything().consents.without(Consent::PartnerEvents),
        ..everything()
    };
    assert_eq!(refused(&good, everything(), None, now), "credited");
    assert_eq!(refused(&good, withdrawn, None, now), "consent.missing");
    let unwanted = Standing {
        partner_out: true,
        ..everything()
    };
    assert_eq!(refused(&good, unwanted, None, now), "consent.missing");
    assert_eq!(Refusal::PartnerOut.detail(), "partner");
    assert_eq!(
        refused(
            &good,
            Standing {
                open: false,
                ..everything()
            },
            None,
            now
        ),
        "participant.closed"
    );
    assert_eq!(refused(&good, everything(), Some(Id::new(7)), now), "claim.duplicate");
    assert_eq!(refused(&good, everything(), None, START_US - HOUR_US), "time.future");
    let old = act(&metro, None, START_US - 401 * 24 * HOUR_US, 30);
    assert_eq!(refused(&old, everything(), None, now), "time.before_programme");
    let cycling = act(&shipped("cycling-for-driving"), Some("1"), START_US, 5);
    let mut declared = cycling.clone();
    declared.working.grade = Grade::E0;
    assert_eq!(refused(&declared, everything(), None, now), "evidence.grade");
}

proptest! {
    #[test]
    fn the_kept_part_of_a_history_decides_as_the_whole_does(
        acts in prop::collection::vec((any::<bool>(), 0i64..24 * 40, 1u32..12, 1i64..180), 1..80),
    ) {
        let methodologies = [shipped("metro-trip"), shipped("cycling-for-driving")];
        let (mut kept, mut past) = (History::default(), Vec::new());
        for (cycling, hour, km, minutes) in acts {
            let methodology = &methodologies[usize::from(cycling)];
            let km = km.to_string();
            let act = act(methodology, cycling.then_some(km.as_str()), START_US - 39 * 24 * HOUR_US + hour * HOUR_US, minutes);
            let mut whole = History::whole(past.iter().copied());
            if kept.lacks(&act) {
                kept = History::whole(past.iter().copied());
            }
            let by_kept = decide(&act, &mut kept);
            prop_assert_eq!(&by_kept, &decide(&act, &mut whole));
            kept = History::read(&kept.write()).unwrap();
            prop_assert!(!kept.tallies_differ(&whole));
            if let Verdict::Credited { credited, .. } = by_kept {
                let interval_us = (act.started_us, act.ended_us);
                past.push(Past { methodology, day: act.day, interval_us, credited, raise: false });
            }
        }
    }
}
