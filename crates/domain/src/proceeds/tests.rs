use num_rational::BigRational;
use proptest::prelude::*;

use super::allocate::{AllocateError, Entitled, Line, Pots, allocate};
use super::payout::{Paid, PayoutLine, Purse, pay, pay_all};
use super::plan::{Choice, Plan, PlanError, Shares, Terms};
use super::sale::{Part, Sale, SaleError};
use crate::measure::{Carbon, Currency, Id, Money, ParticipantId, bucket_of};
use crate::registry::issue::{Permille, Pool, issue};
use crate::registry::lineage::Lineage;
use crate::registry::seal::Contribution;
use crate::registry::serial::{Prefix, SerialRange};

fn cny(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::CNY,
    }
}

fn terms(shares: [u16; 4], least: i64) -> Terms {
    let [participants, gifts, welfare, fee] = shares.map(|share| Permille::new(share).unwrap());
    Terms {
        shares: Shares {
            participants,
            gifts,
            welfare,
            fee,
        },
        least: cny(least),
        unchosen: Choice::Gift,
    }
}

fn plan(shares: [u16; 4], least: i64) -> Plan {
    Plan::new(terms(shares, least)).unwrap()
}

/// Participants 1, 2, … in canonical order, with these masses.
fn entitled(mg: &[i64]) -> Vec<Entitled> {
    let mut all: Vec<Entitled> = (1i64..)
        .zip(mg)
        .map(|(number, mg)| Entitled {
            contribution: Contribution {
                participant: ParticipantId::new(number),
                credited: Carbon::from_mg(*mg),
            },
            received: 0,
        })
        .collect();
    all.sort_by_key(|one| {
        let participant = one.contribution.participant;
        (bucket_of(participant.number()), participant)
    });
    all
}

fn by_number(lines: &[Line]) -> Vec<i64> {
    let mut lines = lines.to_vec();
    lines.sort_by_key(|line| line.participant);
    lines.iter().map(|line| line.amount).collect()
}

fn amounts(net: i64, mg: &[i64]) -> Vec<i64> {
    let all = allocate(cny(net), &plan([1000, 0, 0, 0], 0), &entitled(mg)).unwrap();
    by_number(all.lines())
}

#[test]
fn a_plan_is_the_whole_and_says_so() {
    for (shares, sum) in [([0; 4], 0), ([1000, 1, 0, 0], 1001), ([400, 300, 200, 99], 999)] {
        assert_eq!(Plan::new(terms(shares, 0)), Err(PlanError::Sum(sum)));
    }
    assert_eq!(Plan::new(terms([1000, 0, 0, 0], -1)), Err(PlanError::Least));
    let one = plan([700, 100, 150, 50], 100);
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), one);
    assert!(serde_json::from_str::<Plan>(&text.replace("700", "701")).is_err());
    for other in [
        plan([700, 100, 50, 150], 100),
        plan([700, 100, 150, 50], 101),
        Plan::new(Terms {
            unchosen: Choice::Welfare,
            ..terms([700, 100, 150, 50], 100)
        })
        .unwrap(),
    ] {
        assert_ne!(one.digest(), other.digest());
    }
}

#[test]
fn ties_go_to_the_larger_contribution_then_to_the_lower_number() {
    assert_eq!(amounts(100, &[1, 1, 1]), [34, 33, 33]);
    // remainders 1/2 each: the larger contribution first
    assert_eq!(amounts(2, &[1, 3]), [0, 2]);
    assert_eq!(amounts(1, &[5, 5, 5]), [1, 0, 0]);
    // the larger remainder before the larger contribution: 1.6 and 2.4 of 4
    assert_eq!(amounts(4, &[2, 3]), [2, 2]);
    assert_eq!(amounts(0, &[2, 3]), [0, 0]);
    assert_eq!(amounts(7, &[0, 3, 0]), [0, 7, 0]);
}

#[test]
fn the_pots_sum_to_the_net() {
    let all = allocate(cny(1001), &plan([333, 333, 333, 1], 0), &entitled(&[5])).unwrap();
    // 333.333 each, 1.001: the odd one goes to the first
    let pots = Pots {
        participants: 334,
        gifts: 333,
        welfare: 333,
        fee: 1,
    };
    assert_eq!(all.pots(), pots);
    assert_eq!(by_number(all.lines()), [334]);
    // nobody has a claim: public welfare
    let nobody = allocate(cny(10), &plan([1000, 0, 0, 0], 0), &[]).unwrap();
    assert_eq!((nobody.pots().participants, nobody.pots().welfare), (0, 10));
}

#[test]
fn what_cannot_be_divided_is_refused() {
    let plan = plan([1000, 0, 0, 0], 0);
    let all = entitled(&[5, 6]);
    let usd = Money {
        minor: 1,
        currency: Currency::USD,
    };
    assert_eq!(
        allocate(usd, &plan, &all).unwrap_err(),
        AllocateError::Currency(Currency::CNY, Currency::USD)
    );
    assert_eq!(allocate(cny(-1), &plan, &all).unwrap_err(), AllocateError::Negative);
    let twice = [all[0], all[0]];
    let participant = all[0].contribution.participant;
    assert_eq!(
        allocate(cny(1), &plan, &twice).unwrap_err(),
        AllocateError::Order(participant)
    );
    let backwards = [all[1], all[0]];
    assert_eq!(
        allocate(cny(1), &plan, &backwards).unwrap_err(),
        AllocateError::Order(participant)
    );
    let negative = [Entitled { received: -1, ..all[0] }];
    assert_eq!(
        allocate(cny(1), &plan, &negative).unwrap_err(),
        AllocateError::Claim(participant)
    );
    assert_eq!(
        allocate(cny(1), &plan, &entitled(&[i64::MAX, 1])).unwrap_err(),
        AllocateError::Range
    );
    // the greatest amounts that there can be are divided exactly
    let most = [Entitled {
        received: i64::MAX,
        ..entitled(&[i64::MAX])[0]
    }];
    assert_eq!(
        allocate(cny(i64::MAX), &plan, &most).unwrap().lines()[0].amount,
        i64::MAX
    );
}

#[test]
fn small_sales_reach_everybody_in_turn() {
    let plan = plan([1000, 0, 0, 0], 0);
    let mut all = entitled(&[10; 5]);
    for sale in 1..=10 {
        let paid = allocate(cny(1), &plan, &all).unwrap();
        for (one, line) in all.iter_mut().zip(paid.lines()) {
            one.received += line.amount;
        }
        let most = all.iter().map(|one| one.received).max().unwrap();
        assert_eq!(most, (sale + 4) / 5);
    }
    assert!(all.iter().all(|one| one.received == 2));
}

#[test]
fn whoever_lost_all_grams_is_not_paid_again() {
    let plan = plan([1000, 0, 0, 0], 0);
    let mut all = entitled(&[10, 10, 0]);
    let at = |all: &[Entitled], number| {
        all.iter()
            .position(|one| one.contribution.participant == ParticipantId::new(number))
            .unwrap()
    };
    let (first, second, gone) = (at(&all, 1), at(&all, 2), at(&all, 3));
    (all[first].received, all[second].received, all[gone].received) = (33, 33, 34);
    let paid = allocate(cny(101), &plan, &all).unwrap();
    assert_eq!([first, second, gone].map(|i| paid.lines()[i].amount), [51, 50, 0]);
}

fn serials(first: u64, last: u64) -> SerialRange {
    SerialRange::new(Prefix::new("BJ", "multi", 2026, 1).unwrap(), first, last).unwrap()
}

#[test]
fn a_sale_is_of_one_batch_and_currency() {
    let part = |first, last, price| Part {
        trade: Id::new(1),
        serials: serials(first, last),
        price: cny(price),
    };
    let sale = Sale::new(vec![part(1, 100, 5000), part(101, 150, 4999)], cny(7)).unwrap();
    assert_eq!(
        (sale.tonnes(), sale.gross(), sale.net()),
        (150, cny(749_950), cny(749_943))
    );
    let text = serde_json::to_string(&sale).unwrap();
    assert_eq!(serde_json::from_str::<Sale>(&text).unwrap(), sale);
    assert_eq!(Sale::new(vec![], cny(0)), Err(SaleError::Nothing));
    assert_eq!(
        Sale::new(vec![part(1, 9, 1), part(9, 9, 1)], cny(0)),
        Err(SaleError::SoldTwice(serials(9, 9)))
    );
    assert_eq!(Sale::new(vec![part(1, 9, 0)], cny(0)), Err(SaleError::Price(cny(0))));
    let (fees, gross) = (cny(10), cny(9));
    assert_eq!(
        Sale::new(vec![part(1, 9, 1)], fees),
        Err(SaleError::Fees { fees, gross })
    );
    assert_eq!(Sale::new(vec![part(1, 9, i64::MAX)], cny(0)), Err(SaleError::Range));
    let other = Part {
        serials: "CN-BJ-multi-2026-2-1-1".parse().unwrap(),
        ..part(1, 1, 1)
    };
    assert!(matches!(
        Sale::new(vec![part(1, 1, 1), other], cny(0)),
        Err(SaleError::OtherBatch(_))
    ));
    let usd = Money {
        minor: 0,
        currency: Currency::USD,
    };
    assert_eq!(
        Sale::new(vec![part(1, 1, 1)], usd),
        Err(SaleError::Currencies(Currency::USD, Currency::CNY))
    );
}

#[test]
fn a_small_share_is_kept_until_it_is_worth_paying() {
    let plan = plan([1000, 0, 0, 0], 100);
    let line = Line {
        participant: ParticipantId::new(1),
        credited: Carbon::from_mg(1),
        amount: 60,
    };
    let purse = |choice, kept, left| Purse { choice, kept, left };
    let none = Paid::default();
    for (purse, paid) in [
        (purse(Some(Choice::Cash), 0, false), Paid { kept: 60, ..none }),
        (purse(Some(Choice::Cash), 40, false), Paid { cash: 100, ..none }),
        (purse(Some(Choice::Welfare), 39, false), Paid { welfare: 99, ..none }),
        (purse(None, 39, false), Paid { gift: 99, ..none }),
        (purse(Some(Choice::Cash), 40, true), Paid { welfare: 100, ..none }),
    ] {
        assert_eq!(pay(&line, &plan, purse), Ok(paid));
    }
    assert!(pay(&line, &plan, purse(None, i64::MAX, false)).is_err());
    assert!(pay(&line, &plan, purse(None, -1, false)).is_err());
}

/// 1,000,000 people, 24,000.51 t, sold to two buyers at CNY 50.00, no fees: CNY 1,200,000.00.
#[test]
fn a_million_people_get_the_price_of_24_000_tonnes_to_the_last_fen() {
    const PEOPLE: usize = 1_000_000;
    const TOTAL: i64 = 24_000_510_000_000;
    // between 12 and 36 kg each; the last one's mass brings the sum to the total
    let mut state = 1u64;
    let mut masses: Vec<i64> = (1..PEOPLE)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            12_000_000 + i64::try_from((state >> 33) % 24_000_000).unwrap()
        })
        .collect();
    let mut off = TOTAL - masses.iter().sum::<i64>() - 24_000_000;
    for mass in &mut masses {
        let step = off.clamp(10_000_000 - *mass, 40_000_000 - *mass);
        *mass += step;
        off -= step;
    }
    masses.push(24_000_000);
    let mut all = entitled(&masses);
    let contributions = || all.iter().map(|one| one.contribution.credited);
    let own: i64 = contributions().map(Carbon::mg).sum();
    assert_eq!(own, TOTAL);

    let pool = Pool::new(Carbon::from_mg(own), Carbon::ZERO, Carbon::ZERO).unwrap();
    let batch = issue(pool, Permille::default(), Prefix::new("BJ", "multi", 2026, 1).unwrap());
    assert_eq!(batch.all().unwrap().to_string(), "CN-BJ-multi-2026-1-1-24000");
    assert_eq!(batch.remainder().to_string(), "510 kg");
    let lineage = Lineage::new(&batch, contributions()).unwrap();

    let sale = |trade, first, last| {
        let part = Part {
            trade: Id::new(trade),
            serials: serials(first, last),
            price: cny(5000),
        };
        Sale::new(vec![part], cny(0)).unwrap()
    };
    let both = Sale::new(
        [sale(1, 1, 15_000), sale(2, 15_001, 24_000)]
            .iter()
            .flat_map(|sale| sale.parts().to_vec())
            .collect(),
        cny(0),
    )
    .unwrap();
    assert_eq!(both.net().to_string(), "CNY 1,200,000.00");
    let plan = plan([1000, 0, 0, 0], 100);
    let whole = allocate(both.net(), &plan, &all).unwrap();
    assert_eq!(whole.lines().len(), PEOPLE);
    assert_eq!(whole.lines().iter().map(|line| line.amount).sum::<i64>(), 120_000_000);
    for line in whole.lines() {
        let fair = 120_000_000 * i128::from(line.credited.mg()) / i128::from(own);
        assert!((0..=1).contains(&(i128::from(line.amount) - fair)));
    }
    let choice = |id: ParticipantId| Purse {
        choice: [None, Some(Choice::Cash), Some(Choice::Welfare)][usize::try_from(id.number() % 3).unwrap()],
        kept: id.number() % 5,
        left: id.number() % 1000 == 0,
    };
    let mut lines = 0;
    let totals = pay_all(&whole, &plan, both.net(), choice, |_, _| lines += 1).unwrap();
    assert!(totals.balance() && totals.cash > 0 && totals.kept > 0, "{totals:?}");
    assert_eq!((lines, totals.brought), (PEOPLE, 2_000_000));

    // sold apart, the same people get the same sum, and nobody is more than a fen away from it
    for sale in [sale(1, 1, 15_000), sale(2, 15_001, 24_000)] {
        let paid = allocate(sale.net(), &plan, &all).unwrap();
        assert_eq!(
            paid.lines().iter().map(|line| line.amount).sum::<i64>(),
            sale.net().minor
        );
        for (one, line) in all.iter_mut().zip(paid.lines()) {
            one.received += line.amount;
        }
    }
    for (one, line) in all.iter().zip(whole.lines()) {
        assert!((one.received - line.amount).abs() <= 1);
    }

    // one person's grams, from the payout to the units and back
    let index = 777_777;
    let here = lineage.locate(index).unwrap();
    let line = whole.lines()[index];
    let told = PayoutLine::new(&line, pay(&line, &plan, Purse::default()).unwrap(), &both, &here);
    assert_eq!(told.amount.currency, Currency::CNY);
    let units = told.serials.unwrap();
    let (_, mut parts) = lineage.inside(lineage.of_units(units.first(), units.last()).unwrap());
    assert!(parts.any(|part| part.index == index && part.mass == line.credited));
}

proptest! {
    #[test]
    fn the_lines_sum_to_the_pot_and_follow_the_rule(
        net in 0i64..1_000_000,
        mg in prop::collection::vec(0i64..1_000_000_000_000, 1..60),
        shares in (0u16..=1000, 0u16..=1000, 0u16..=1000),
    ) {
        let mut cuts = [shares.0, shares.1, shares.2];
        cuts.sort_unstable();
        let plan = plan([cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 1000 - cuts[2]], 0);
        let all = entitled(&mg);
        let done = allocate(cny(net), &plan, &all).unwrap();
        let pots = done.pots();
        prop_assert_eq!(pots.participants + pots.gifts + pots.welfare + pots.fee, net);
        prop_assert_eq!(done.lines().iter().map(|line| line.amount).sum::<i64>(), pots.participants);
        // against fractions and a full sort
        let sum: i64 = mg.iter().sum();
        if sum > 0 {
            let share = |line: &Line| BigRational::new((i128::from(pots.participants) * i128::from(line.credited.mg())).into(), sum.into());
            let mut order: Vec<&Line> = done.lines().iter().collect();
            order.sort_by_key(|line| {
                let share = share(line);
                (share.floor() - share, std::cmp::Reverse(line.credited), line.participant)
            });
            let floors: Vec<BigRational> = order.iter().map(|line| share(line).floor()).collect();
            let mut left = BigRational::from_integer(pots.participants.into()) - floors.iter().sum::<BigRational>();
            let one = BigRational::from_integer(1.into());
            for (line, floor) in order.iter().zip(floors) {
                let odd = left >= one;
                let wanted = if odd { floor + &one } else { floor };
                if odd {
                    left -= &one;
                }
                prop_assert_eq!(BigRational::from_integer(line.amount.into()), wanted);
            }
        }
    }

    #[test]
    fn any_series_of_sales_pays_everything_and_stays_fair(
        mg in prop::collection::vec(1i64..10_000, 1..40),
        sales in prop::collection::vec(prop_oneof![0i64..20, 0i64..5_000], 1..40),
    ) {
        let plan = plan([1000, 0, 0, 0], 0);
        let mut all = entitled(&mg);
        let (mut earned, sum) = (0, i128::from(mg.iter().sum::<i64>()));
        for net in sales {
            let paid = allocate(cny(net), &plan, &all).unwrap();
            prop_assert_eq!(paid.lines().iter().map(|line| line.amount).sum::<i64>(), net);
            earned += i128::from(net);
            for (one, line) in all.iter_mut().zip(paid.lines()) {
                prop_assert!(line.amount >= 0);
                one.received += line.amount;
            }
            for one in &all {
                let off = i128::from(one.received) * sum - earned * i128::from(one.contribution.credited.mg());
                prop_assert!(off.abs() < 2 * sum, "{} of {} parts of a fen", off, sum);
            }
        }
    }

    #[test]
    fn a_payout_balances(
        net in 0i64..1_000_000,
        mg in prop::collection::vec(0i64..1_000_000, 0..40),
        purses in prop::collection::vec((0usize..4, 0i64..200, any::<bool>()), 40),
        least in 0i64..500,
    ) {
        let plan = plan([600, 200, 150, 50], least);
        let done = allocate(cny(net), &plan, &entitled(&mg)).unwrap();
        let mut kept = 0;
        let purse = |id: ParticipantId| {
            let (choice, kept, left) = purses[usize::try_from(id.number()).unwrap() - 1];
            Purse { choice: Choice::ALL.get(choice).copied(), kept, left }
        };
        let totals = pay_all(&done, &plan, cny(net), purse, |_, paid| kept += i128::from(paid.kept)).unwrap();
        prop_assert!(totals.balance());
        prop_assert_eq!(kept, totals.kept);
    }
}
