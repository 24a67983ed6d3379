use super::super::origin::{MethodologySet, Period};
use super::super::sample::{Draw, Found, Risk, Sample, Size, seed};
use super::super::seal::{Candidate, Delegation, Sealing};
use super::*;
use crate::measure::{EntryId, ParticipantId, ProgrammeId};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

const FINANCE: Actor = Actor {
    user: Id::new(1),
    roles: &[Role::Finance],
    contributes: false,
};
const ADMIN: Actor = Actor {
    user: Id::new(2),
    roles: &[Role::Admin],
    contributes: false,
};
const VERIFIER: Actor = Actor {
    user: Id::new(3),
    roles: &[Role::Verifier],
    contributes: false,
};

fn draft(number: u32, methodology: &str) -> Draft {
    let origin = Origin {
        programme: ProgrammeId::new(1),
        methodologies: MethodologySet::new([methodology]).unwrap(),
        period: Period::new(day("2026-01-01"), day("2026-06-30")).unwrap(),
    };
    Draft::new(NonZeroU32::new(number).unwrap(), origin, Grade::E2)
}

/// Forty records of one person, 640 kg and a bit each.
fn records(methodology: &'static str) -> impl Iterator<Item = Candidate<'static>> {
    (1..=40).map(move |entry| Candidate {
        participant: ParticipantId::new(7),
        entry: EntryId::new(entry),
        day: day("2026-03-01"),
        methodology,
        grade: Grade::E3,
        credited: Carbon::from_mg(640_000_000 + entry),
        delegation: Some(Delegation {
            from: day("2026-01-01"),
            through: None,
            withdrawn: None,
        }),
        reversed: false,
        open: false,
        batched: false,
    })
}

fn sealed(number: u32, methodology: &'static str) -> Sealed {
    let draft = draft(number, methodology);
    let mut sealing = Sealing::new(draft.terms(day("2026-07-10")));
    for record in records(methodology) {
        sealing.consider(&record).unwrap().unwrap();
    }
    draft.seal(&sealing.finish().unwrap(), FINANCE, 0).unwrap()
}

fn calendar() -> Calendar {
    Calendar {
        from: day("2026-01-01"),
        through: day("2026-12-31"),
        holidays: [].into(),
        worked: [].into(),
    }
}

fn submitted(number: u32, methodology: &'static str) -> Submitted {
    let plan = Digest::of(&[b"plan"]);
    let published = sealed(number, methodology).publish(plan, day("2026-07-13"), &calendar(), FINANCE, 0);
    published.unwrap().submit(day("2026-07-23"), FINANCE, 0).unwrap()
}

fn sample(submitted: &Submitted, word: &str) -> Sample {
    let contents = submitted.published().sealed().contents();
    let mut draw = Draw::new(seed(contents, word), Size::of(40));
    for record in records("walk@1.0.0") {
        let risk = Risk {
            grade: record.grade,
            reviewed: false,
            appealed: false,
            large: false,
        };
        draw.consider(record.entry, record.participant, record.credited, risk);
    }
    draw.finish()
}

fn findings(sample: &Sample) -> Vec<Finding> {
    let finding = |entry| Finding {
        entry,
        found: Found::Agrees,
        note: String::new(),
    };
    sample.drawn.iter().map(|drawn| finding(drawn.entry)).collect()
}

fn verified(number: u32, methodology: &'static str) -> Verified {
    let submitted = submitted(number, methodology);
    let sample = sample(&submitted, "word");
    let statement = Statement {
        word: "word",
        sample: &sample,
        findings: &findings(&sample),
        text: "In our opinion …",
    };
    submitted.verify(&statement, VERIFIER, 0).unwrap()
}

fn making(earlier: Option<&mut Issued>) -> Making<'_> {
    Making {
        programme: "BJ",
        reversed: Carbon::ZERO,
        earlier,
        buffer: Permille::new(20).unwrap(),
    }
}

#[test]
fn a_batch_goes_from_draft_to_units() {
    let issued = verified(1, "walk@1.0.0").issue(making(None), ADMIN, 0).unwrap();
    assert_eq!(issued.units().all().unwrap().to_string(), "CN-BJ-walk-2026-1-1-25");
    assert_eq!(issued.units().buffer().unwrap().tonnes(), 1);
    assert_eq!(issued.units().remainder(), Carbon::from_mg(600_000_820));
    let batch = Batch::Issued(issued);
    let text = serde_json::to_string(&batch).unwrap();
    let again: Batch = serde_json::from_str(&text).unwrap();
    assert_eq!(again, batch);
    assert_eq!((again.stage(), again.draft().number().get()), ("issued", 1));
}

#[test]
fn the_split_is_shown_seven_working_days() {
    let plan = Digest::of(&[b"plan"]);
    let published = sealed(1, "walk@1.0.0")
        .publish(plan, day("2026-07-13"), &calendar(), FINANCE, 0)
        .unwrap();
    assert_eq!(published.opens(), day("2026-07-23"));
    assert_eq!(
        published.clone().submit(day("2026-07-22"), FINANCE, 0).unwrap_err(),
        Refused::Shown {
            opens: day("2026-07-23")
        }
    );
    assert!(published.submit(day("2026-07-23"), FINANCE, 0).is_ok());
    let late = sealed(1, "walk@1.0.0").publish(plan, day("2026-12-28"), &calendar(), FINANCE, 0);
    assert_eq!(late.unwrap_err(), Refused::Calendar(UnknownDay(day("2027-01-01"))));
}

#[test]
fn a_verifier_is_a_third_party() {
    let submitted = submitted(1, "walk@1.0.0");
    let sample = sample(&submitted, "word");
    let findings = findings(&sample);
    let statement = Statement {
        word: "word",
        sample: &sample,
        findings: &findings,
        text: "In our opinion …",
    };
    let by = |user, roles| {
        submitted.clone().verify(
            &statement,
            Actor {
                user: Id::new(user),
                roles,
                contributes: false,
            },
            0,
        )
    };
    assert_eq!(by(9, &[Role::Finance]).unwrap_err(), Refused::Role(Step::Verify));
    assert_eq!(
        by(9, &[Role::Verifier, Role::Reviewer]).unwrap_err(),
        Refused::Operates(Role::Reviewer)
    );
    // was in finance when the batch was sealed, and has changed sides since
    assert_eq!(by(1, &[Role::Verifier]).unwrap_err(), Refused::HadAHand);
    let gains = Actor {
        contributes: true,
        ..VERIFIER
    };
    assert_eq!(
        submitted.clone().verify(&statement, gains, 0).unwrap_err(),
        Refused::Contributes
    );
    assert!(by(9, &[Role::Participant, Role::Verifier]).is_ok());
    assert!(matches!(
        submitted.clone().reject(&statement, FINANCE, 0).unwrap_err(),
        Refused::Role(Step::Verify)
    ));
    for (step, refused) in [
        (
            draft(1, "walk@1.0.0").seal(&contents(), VERIFIER, 0).unwrap_err(),
            Step::Seal,
        ),
        (
            verified(1, "walk@1.0.0").issue(making(None), FINANCE, 0).unwrap_err(),
            Step::Issue,
        ),
    ] {
        assert_eq!(step, Refused::Role(refused));
    }
    let both = Actor {
        user: Id::new(1),
        roles: &[Role::Admin, Role::Finance],
        contributes: false,
    };
    assert_eq!(
        verified(1, "walk@1.0.0").issue(making(None), both, 0).unwrap_err(),
        Refused::SecondPerson
    );
}

fn contents() -> Contents {
    let mut sealing = Sealing::new(draft(1, "walk@1.0.0").terms(day("2026-07-10")));
    for record in records("walk@1.0.0") {
        sealing.consider(&record).unwrap().unwrap();
    }
    sealing.finish().unwrap()
}

#[test]
fn a_statement_is_about_this_batch_and_all_of_the_sample() {
    assert_eq!(
        draft(1, "bus@1.0.0").seal(&contents(), FINANCE, 0).unwrap_err(),
        Refused::OtherTerms
    );
    let submitted = submitted(1, "walk@1.0.0");
    let sample = sample(&submitted, "word");
    let all = findings(&sample);
    let good = Statement {
        word: "word",
        sample: &sample,
        findings: &all,
        text: "In our opinion …",
    };
    let refused = |statement| submitted.clone().verify(&statement, VERIFIER, 0).unwrap_err();
    assert_eq!(refused(Statement { word: "other", ..good }), Refused::OtherSample);
    assert_eq!(refused(Statement { text: " ", ..good }), Refused::Wordless);
    assert!(matches!(
        refused(Statement {
            findings: &all[1..],
            ..good
        }),
        Refused::Findings(Unfinished::Unlooked(_))
    ));
    let small = Sample {
        size: Size { random: 29, risky: 5 },
        ..sample.clone()
    };
    assert!(matches!(
        refused(Statement { sample: &small, ..good }),
        Refused::SmallSample { .. }
    ));
    // two of thirty are wrong: more than five per cent
    let mut wrong = all.clone();
    let random = sample
        .drawn
        .iter()
        .filter(|drawn| drawn.why == super::super::sample::Why::Random);
    let random: Vec<_> = random.map(|drawn| drawn.entry).take(2).collect();
    for finding in wrong.iter_mut().filter(|finding| random.contains(&finding.entry)) {
        (finding.found, finding.note) = (Found::Unsupported, "no such ride".to_owned());
    }
    let statement = Statement {
        findings: &wrong,
        ..good
    };
    assert_eq!(refused(statement), Refused::Material { permille: 67 });
    let contents = submitted.published().sealed().contents();
    assert_ne!(statement.digest(contents, false), good.digest(contents, false));
    assert_ne!(good.digest(contents, true), good.digest(contents, false));
    let rejected = submitted.clone().reject(&statement, VERIFIER, 0).unwrap();
    assert_eq!(rejected.findings().len(), sample.drawn.len());
    assert_eq!(rejected.statement(), statement.digest(contents, false));
    assert_eq!(rejected.reopen(FINANCE, 0).unwrap(), draft(1, "walk@1.0.0"));
}

#[test]
fn what_was_found_too_much_is_taken_back_before_issue() {
    let submitted = submitted(1, "walk@1.0.0");
    let sample = sample(&submitted, "word");
    let mut findings = findings(&sample);
    findings[0].found = Found::Unsupported;
    findings[0].note = "no such ride".to_owned();
    let statement = Statement {
        word: "word",
        sample: &sample,
        findings: &findings,
        text: "In our opinion …",
    };
    let verified = submitted.verify(&statement, VERIFIER, 0).unwrap();
    let wrong = sample.drawn[0].credited;
    assert_eq!(
        verified.clone().issue(making(None), ADMIN, 0).unwrap_err(),
        Refused::StillOverstated(wrong)
    );
    let making = Making {
        reversed: wrong,
        ..making(None)
    };
    assert_eq!(verified.issue(making, ADMIN, 0).unwrap().units().tonnes(), 24);
}

#[test]
fn a_remainder_is_carried_once_and_only_to_its_like() {
    let mut first = verified(1, "walk@1.0.0").issue(making(None), ADMIN, 0).unwrap();
    let issue = |number, methodology, earlier: &mut Issued| {
        verified(number, methodology).issue(making(Some(earlier)), ADMIN, 0)
    };
    assert_eq!(issue(2, "bus@1.0.0", &mut first).unwrap_err(), Refused::OtherRemainder);
    assert_eq!(issue(1, "walk@1.0.0", &mut first).unwrap_err(), Refused::OtherRemainder);
    assert_eq!(first.carried_into(), None);
    // a later version of the same methodology goes on with it
    let second = issue(2, "walk@1.1.0", &mut first).unwrap();
    assert_eq!(second.units().carried(), first.units().remainder());
    assert_eq!(second.units().tonnes(), 26);
    assert_eq!(
        issue(3, "walk@1.0.0", &mut first).unwrap_err(),
        Refused::CarriedBefore(NonZeroU32::new(2).unwrap())
    );
}

#[test]
fn a_clawback_leaves_its_trace_in_the_batch() {
    let mut issued = verified(1, "walk@1.0.0").issue(making(None), ADMIN, 0).unwrap();
    let clawback = issued.claw_back(Carbon::from_mg(1_500_000_000), 1).unwrap();
    assert_eq!((clawback.cancel, clawback.short), (1, 1));
    assert_eq!(issued.backing().owed(), 1);
    assert!(issued.pay(2).is_err());
    issued.pay(1).unwrap();
    assert_eq!(
        (issued.backing().owed(), issued.backing().cover().mg()),
        (0, 500_000_000)
    );
}
