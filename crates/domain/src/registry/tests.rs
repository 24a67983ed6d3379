//! Random histories of one programme: credit, take back, seal, issue, claw back, transfer, retire. A plain model beside
//! the rules keeps the books in milligrams.

use proptest::prelude::*;

use super::audit::audit;
use super::holdings::{Holdings, Pick, State, transfer};
use super::issue::{Backing, Issue, MG_PER_TONNE, Permille, Pool, issue};
use super::lineage::Lineage;
use super::origin::{MethodologySet, Origin, Period};
use super::seal::{Broken, Candidate, Delegation, Sealing, Terms};
use super::serial::{Prefix, SerialRange};
use crate::evidence::Grade;
use crate::measure::{Carbon, Day, EntryId, Id, ParticipantId, ProgrammeId, bucket_of};

#[derive(Debug, Clone)]
enum Deed {
    Credit { participant: i64, mg: i64 },
    Reverse { which: usize },
    Issue { buffer: u16, reverse_first: Option<usize> },
    Transfer { n: u64 },
    Retire { n: u64 },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (1i64..8, 1i64..2 * MG_PER_TONNE).prop_map(|(participant, mg)| Deed::Credit { participant, mg }),
        2 => any::<usize>().prop_map(|which| Deed::Reverse { which }),
        2 => (0u16..300, prop::option::of(any::<usize>()))
            .prop_map(|(buffer, reverse_first)| Deed::Issue { buffer, reverse_first }),
        1 => (1u64..5).prop_map(|n| Deed::Transfer { n }),
        1 => (1u64..5).prop_map(|n| Deed::Retire { n }),
    ]
}

#[derive(Debug, Clone, Copy)]
struct Record {
    participant: i64,
    mg: i64,
    reversed: bool,
    batch: Option<usize>,
}

struct Issued {
    issue: Issue,
    backing: Backing,
    lineage: Lineage,
    order: Vec<usize>,
}

struct Model {
    records: Vec<Record>,
    batches: Vec<Issued>,
    /// The remainder that the next batch begins with.
    remainder: Carbon,
    operator: Holdings,
    buyer: Holdings,
}

impl Model {
    fn new() -> Self {
        Model {
            records: Vec::new(),
            batches: Vec::new(),
            remainder: Carbon::ZERO,
            operator: Holdings::new(Id::new(1)),
            buyer: Holdings::new(Id::new(2)),
        }
    }

    fn canonical(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.records.len()).collect();
        order.sort_by_key(|i| {
            (
                bucket_of(self.records[*i].participant),
                self.records[*i].participant,
                *i,
            )
        });
        order
    }

    fn seal_and_issue(&mut self, buffer: u16, reverse_first: Option<usize>) {
        let day = Day::parse("2026-03-01").unwrap();
        let mut sealing = Sealing::new(Terms {
            origin: Origin {
                programme: ProgrammeId::new(1),
                methodologies: MethodologySet::new(["walk@1.0.0"]).unwrap(),
                period: Period::new(day, day).unwrap(),
            },
            minimum: Grade::E2,
            on: day,
        });
        let mut taken = Vec::new();
        for i in self.canonical() {
            let record = self.records[i];
            let candidate = Candidate {
                participant: ParticipantId::new(record.participant),
                entry: EntryId::new(i64::try_from(i).unwrap()),
                day,
                methodology: "walk@1.0.0",
                grade: Grade::E3,
                credited: Carbon::from_mg(record.mg),
                delegation: Some(Delegation {
                    from: day,
                    through: None,
                    withdrawn: None,
                }),
                reversed: record.reversed,
                open: false,
                batched: record.batch.is_some(),
            };
            if sealing.consider(&candidate).unwrap().is_ok() {
                taken.push(i);
            }
        }
        let contents = match sealing.finish() {
            Ok(contents) => contents,
            Err(broken) => {
                assert_eq!((broken, taken.is_empty()), (Broken::Empty, true));
                return;
            }
        };
        let number = self.batches.len();
        for i in &taken {
            self.records[*i].batch = Some(number);
        }
        let mut reversed = Carbon::ZERO;
        if let Some(which) = reverse_first {
            let i = taken.swap_remove(which % taken.len());
            taken.sort_by_key(|i| {
                (
                    bucket_of(self.records[*i].participant),
                    self.records[*i].participant,
                    *i,
                )
            });
            self.records[i].reversed = true;
            reversed = Carbon::from_mg(self.records[i].mg);
        }
        let pool = Pool::new(contents.total().credited, reversed, self.remainder).unwrap();
        let prefix = Prefix::new("BJ", "walk", 2026, u32::try_from(number).unwrap() + 1).unwrap();
        let issue = issue(pool, Permille::new(buffer).unwrap(), prefix);
        for (range, state) in [(issue.free(), State::Held), (issue.buffer(), State::Buffer)] {
            if let Some(range) = range {
                self.operator.deposit(state, &range).unwrap();
            }
        }
        self.remainder = issue.remainder();
        let masses = taken.iter().map(|i| Carbon::from_mg(self.records[*i].mg));
        let lineage = Lineage::new(&issue, masses).unwrap();
        self.batches.push(Issued {
            issue,
            backing: Backing::default(),
            lineage,
            order: taken,
        });
    }

    fn reverse(&mut self, which: usize) {
        let count = self.records.len().max(1);
        let Some(record) = self.records.get_mut(which % count).filter(|record| !record.reversed) else {
            return;
        };
        record.reversed = true;
        let (mg, Some(batch)) = (record.mg, record.batch) else {
            return;
        };
        let batch = &mut self.batches[batch];
        let left = self.operator.of(State::Buffer).tonnes_of(batch.issue.prefix());
        let clawback = batch.backing.claw_back(Carbon::from_mg(mg), left).unwrap();
        if clawback.cancel > 0 {
            let pick = Pick::LowestOf(batch.issue.prefix(), clawback.cancel);
            self.operator.cancel_buffer(pick).unwrap();
        }
        batch.backing = clawback.after;
        // the operator pays with what it still holds, if anything
        let owed = batch.backing.owed().min(self.operator.of(State::Held).tonnes());
        if owed > 0 {
            self.operator.cancel(Pick::Lowest(owed)).unwrap();
            batch.backing = batch.backing.pay(owed).unwrap();
        }
    }

    fn act(&mut self, deed: &Deed) {
        match *deed {
            Deed::Credit { participant, mg } => {
                self.records.push(Record {
                    participant,
                    mg,
                    reversed: false,
                    batch: None,
                });
            }
            Deed::Reverse { which } => self.reverse(which),
            Deed::Issue { buffer, reverse_first } => self.seal_and_issue(buffer, reverse_first),
            Deed::Transfer { n } => {
                let held = self.operator.of(State::Held).tonnes();
                let moved = transfer(&mut self.operator, State::Held, &mut self.buyer, Pick::Lowest(n));
                assert_eq!(moved.is_ok(), held >= n);
            }
            Deed::Retire { n } => {
                let held = self.buyer.of(State::Held).tonnes();
                assert_eq!(self.buyer.use_up(Pick::Lowest(n)).is_ok(), held >= n);
            }
        }
    }

    /// Grams in = un-batched + reversed + remainder + what is in units, less what stands or lacks behind them.
    fn check(&self) {
        let sum = |f: &dyn Fn(&Record) -> bool| -> i128 {
            self.records
                .iter()
                .filter(|record| f(record))
                .map(|record| i128::from(record.mg))
                .sum()
        };
        let issued: Vec<SerialRange> = self.batches.iter().filter_map(|batch| batch.issue.all()).collect();
        let census = audit(&issued, [&self.operator, &self.buyer]).unwrap();
        let live = i128::from(census.issued - census.cancelled) * i128::from(MG_PER_TONNE);
        let cover: i128 = self
            .batches
            .iter()
            .map(|batch| i128::from(batch.backing.cover().mg()))
            .sum();
        let owed: i128 = self.batches.iter().map(|batch| i128::from(batch.backing.owed())).sum();
        let out = sum(&|record| record.reversed) + sum(&|record| !record.reversed && record.batch.is_none());
        let remainder = i128::from(self.remainder.mg());
        assert_eq!(
            sum(&|_| true),
            out + remainder + live + cover - owed * i128::from(MG_PER_TONNE)
        );
        assert!(remainder < i128::from(MG_PER_TONNE));
    }

    /// Every unit is full, and every gram that was issued is in one unit or in the last remainder.
    fn check_lineage(&self) {
        let mut found = vec![0i64; self.records.len()];
        for (number, batch) in self.batches.iter().enumerate() {
            let mut lines = vec![(number, 0..batch.lineage.remainder().end)];
            if number + 1 < self.batches.len() {
                lines = vec![(number, 0..batch.lineage.remainder().start)];
            }
            // what was carried over is looked up where it came from, as often as it was carried
            while let Some((number, stretch)) = lines.pop() {
                let line = &self.batches[number].lineage;
                let (carried, parts) = line.inside(stretch.clone());
                let mut mass = carried.mg();
                for part in parts {
                    found[self.batches[number].order[part.index]] += part.mass.mg();
                    mass += part.mass.mg();
                }
                assert_eq!(mass, stretch.end - stretch.start);
                if carried > Carbon::ZERO {
                    let earlier = &self.batches[number - 1].lineage;
                    let back = line
                        .in_earlier(earlier, stretch.start..stretch.start + carried.mg())
                        .unwrap();
                    lines.push((number - 1, back));
                }
            }
        }
        for (i, record) in self.records.iter().enumerate() {
            let issued = record.batch.is_some_and(|batch| self.batches[batch].order.contains(&i));
            assert_eq!(found[i], if issued { record.mg } else { 0 });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_history_makes_or_loses_a_gram(deeds in prop::collection::vec(deed(), 1..80)) {
        let mut model = Model::new();
        for deed in &deeds {
            model.act(deed);
            model.check();
        }
        model.check_lineage();
    }
}
