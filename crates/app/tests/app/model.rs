//! The second model: what the rules say, told a second time with nothing but maps. It calls none of our code.

use std::collections::{HashMap, HashSet};

use crate::world::{BEGAN_US, DAY_US, HOUR_US, MINUTE_US};

/// On whose word an act is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// A partner saw it.
    Event(usize),
    /// A partner passes a reading on.
    Reading(usize),
    /// The participant says so.
    Own,
}

/// An act as it is reported; `metres` only for rides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    pub by: By,
    pub event: String,
    pub who: usize,
    pub behaviour: &'static str,
    pub start_us: i64,
    pub end_us: i64,
    pub metres: Option<i64>,
}

/// What must be answered to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Credited(i64),
    /// A record that was credited before, by this number, and what is added.
    Raised(i64, i64),
    /// Refused, and kept as a record.
    Kept(&'static str),
    /// Refused, and nothing kept.
    Not(&'static str),
}

/// Who told of a credited act, what it is worth whole, whether it was raised, under which key.
pub type Known = (By, i64, bool, (By, usize, String));

#[derive(Debug, Default)]
pub struct Person {
    pub consents: HashSet<&'static str>,
    pub credited_mg: i64,
    pub reversed_mg: i64,
    pub points_in: i64,
    pub points_out: i64,
    pub held: i64,
    /// Behaviour, start, end and milligrams of everything that was ever credited.
    pub past: Vec<(&'static str, i64, i64, i64)>,
    /// Beside each of these: on whose word, what it earns at best, whether it was raised; the key that names its record.
    pub known: Vec<Known>,
    /// How many lines the statement must have.
    pub lines: usize,
}

impl Person {
    pub fn available(&self) -> i64 {
        self.points_in - self.points_out - self.held
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Reserved,
    Fulfilled,
    Cancelled,
    Expired,
}

#[derive(Debug, Clone)]
pub struct Order {
    pub who: usize,
    pub reward: usize,
    pub state: State,
    pub expires_us: i64,
    pub voucher: Option<String>,
}

#[derive(Debug)]
pub struct Reward {
    pub price: i64,
    pub stock: i64,
    pub per_person: Option<usize>,
    pub cost: Option<i64>,
}

#[derive(Debug)]
pub struct Record {
    pub who: usize,
    pub mg: i64,
    /// What a second source added.
    pub more: i64,
    pub asked_by: Option<i64>,
    pub reversing: Option<i64>,
}

#[derive(Debug, Default)]
pub struct Model {
    pub people: Vec<Person>,
    /// By whom the key is unique, and the key: the act that came with it, the answer, the record.
    pub keys: HashMap<(By, usize, String), (Act, Answer, i64)>,
    /// Records that were refused, in order.
    pub refused: Vec<(usize, i64)>,
    /// Orders, in order.
    pub made: Vec<i64>,
    /// Records that were credited, by participant and id.
    pub records: HashMap<(usize, i64), Record>,
    pub rewards: Vec<Reward>,
    pub budget: i64,
    pub orders: HashMap<i64, Order>,
    /// By buyer and key: reward and order.
    pub buys: HashMap<(usize, String), (usize, i64)>,
    /// By code: until when it can be used, and whether it was.
    pub vouchers: HashMap<String, (i64, bool)>,
    pub spent: i64,
    pub returned: i64,
    pub claims: u64,
}

/// Days are those of Shanghai, eight hours ahead all year.
pub fn day(us: i64) -> i64 {
    (us + 8 * HOUR_US).div_euclid(DAY_US)
}

fn month(us: i64) -> (i16, i8) {
    let civil = jiff::tz::Offset::constant(8).to_datetime(jiff::Timestamp::from_microsecond(us).unwrap());
    (civil.year(), civil.month())
}

/// Milligrams at best, before ceilings.
fn full(act: &Act) -> i64 {
    let by = By::Event(0);
    worth(&Act { by, ..act.clone() }).unwrap()
}

/// Milligrams before ceilings; `None` if evidence of this kind is not accepted.
fn worth(act: &Act) -> Option<i64> {
    let (full, own, reading) = match act.behaviour {
        "metro-trip" => (200_000, Some(2), true),
        "cycling-for-driving" => (250 * act.metres.unwrap(), None, true),
        "lights-off" => (65_500, Some(2), true),
        "no-tableware" => (47_500, Some(2), false),
        "online-bill" => (262_000, None, false),
        other => panic!("{other}"),
    };
    match act.by {
        By::Event(_) => Some(full),
        By::Reading(_) => reading.then_some(full),
        By::Own => own.map(|half| full / half),
    }
}

impl Model {
    /// A key is unique to a partner, or to a participant.
    pub fn key_of(act: &Act) -> (By, usize, String) {
        match act.by {
            By::Event(partner) | By::Reading(partner) => (By::Event(partner), 0, act.event.clone()),
            By::Own => (By::Own, act.who, act.event.clone()),
        }
    }

    /// What must be answered, and whether it was answered before.
    pub fn report(&mut self, act: &Act, now_us: i64) -> (Answer, bool) {
        let Some(worth) = worth(act) else {
            return (Answer::Not("evidence.grade"), false);
        };
        if let Some((before, answer, _)) = self.keys.get(&Self::key_of(act)) {
            return if before == act {
                (answer.clone(), true)
            } else {
                (Answer::Not("key.reused"), false)
            };
        }
        let answer = self.decide(act, worth, now_us);
        let person = &mut self.people[act.who];
        match answer {
            Answer::Not(_) => return (answer, false),
            Answer::Kept(_) => self.claims += 1,
            Answer::Raised(at, more) => {
                let at = usize::try_from(at).unwrap();
                person.known[at].2 = true;
                person.past[at].3 += more;
                person.credited_mg += more;
                person.points_in += more;
                self.claims += 1;
                let record = (act.who, self.keys[&person.known[at].3].2);
                self.records.get_mut(&record).unwrap().more = more;
                person.lines += 1;
                let answer = Answer::Raised(record.1, more);
                self.keys.insert(Self::key_of(act), (act.clone(), answer.clone(), 0));
                return (answer, false);
            }
            Answer::Credited(mg) => {
                person.credited_mg += mg;
                person.points_in += mg; // one point a gram
                person.past.push((act.behaviour, act.start_us, act.end_us, mg));
                person.known.push((act.by, full(act), false, Self::key_of(act)));
                self.claims += 1 + u64::from(matches!(act.behaviour, "lights-off" | "no-tableware"));
            }
        }
        person.lines += 1;
        self.keys.insert(Self::key_of(act), (act.clone(), answer.clone(), 0));
        (answer, false)
    }

    fn decide(&self, act: &Act, worth: i64, now_us: i64) -> Answer {
        let person = &self.people[act.who];
        let source = match act.by {
            By::Event(_) => "partner_events",
            By::Reading(_) => "device_readings",
            By::Own => "programme",
        };
        if !person.consents.contains("programme") || !person.consents.contains(source) {
            return Answer::Not("consent.missing");
        }
        if act.end_us > now_us + 10 * MINUTE_US {
            return Answer::Not("time.future");
        }
        if act.start_us < BEGAN_US {
            return Answer::Not("time.before_programme");
        }
        let same = |behaviour: &str| behaviour == act.behaviour;
        let today = |start: i64| day(start) == day(act.start_us);
        let trip = |behaviour: &str| matches!(behaviour, "metro-trip" | "cycling-for-driving");
        if act.behaviour == "lights-off" && person.past.iter().any(|p| same(p.0) && today(p.1)) {
            return self.confirmed(act, false).unwrap_or(Answer::Kept("claim.duplicate"));
        }
        if act.behaviour == "no-tableware" && person.past.iter().any(|p| same(p.0) && p.1 == act.start_us) {
            return self.confirmed(act, false).unwrap_or(Answer::Kept("claim.duplicate"));
        }
        // a trip that says no end still takes up its instant
        let meets =
            |p: &&(&str, i64, i64, i64)| trip(p.0) && (p.1 < act.end_us && act.start_us < p.2 || p.1 == act.start_us);
        if trip(act.behaviour) && person.past.iter().any(|p| meets(&p)) {
            return self.confirmed(act, true).unwrap_or(Answer::Kept("claim.overlap"));
        }
        let of_day = || person.past.iter().filter(|p| same(p.0) && today(p.1));
        let of_month = || {
            person
                .past
                .iter()
                .filter(|p| same(p.0) && month(p.1) == month(act.start_us))
        };
        match act.behaviour {
            "metro-trip" if of_day().count() >= 5 => Answer::Kept("cap.count"),
            "no-tableware" if of_day().count() >= 3 => Answer::Kept("cap.count"),
            "online-bill" if of_month().count() >= 10 => Answer::Kept("cap.count"),
            "cycling-for-driving" => match 5_000_000 - of_day().map(|p| p.3).sum::<i64>() {
                0 => Answer::Kept("cap.mass"),
                room => Answer::Credited(worth.min(room)),
            },
            _ => Answer::Credited(worth),
        }
    }

    /// The record that an act tells of a second time, by its place, and what the best evidence adds.
    fn confirmed(&self, act: &Act, trip: bool) -> Option<Answer> {
        let person = &self.people[act.who];
        for (at, ((behaviour, start, end, mg), (by, full_mg, raised, key))) in
            person.past.iter().zip(&person.known).enumerate()
        {
            let number = self.keys[key].2;
            let reversed = self
                .records
                .get(&(act.who, number))
                .is_some_and(|record| record.reversing.is_some());
            let shared = *end.min(&act.end_us) - *start.max(&act.start_us);
            let shorter = (end - start).min(act.end_us - act.start_us);
            let near = if shorter == 0 {
                shared >= 0 || (start - act.start_us).abs() <= 15 * MINUTE_US
            } else {
                2 * shared >= shorter
            };
            let meets = *start == act.start_us || *start < act.end_us && act.start_us < *end;
            let apart = match (*by, act.by) {
                (By::Own, By::Own | By::Reading(_)) | (By::Reading(_), By::Own) => false,
                (By::Own, By::Event(_)) | (By::Event(_), By::Own) => true,
                (By::Event(one) | By::Reading(one), By::Event(other) | By::Reading(other)) => one != other,
            };
            let gap = (full_mg - full(act)).abs() * 5;
            let same = *behaviour == act.behaviour && day(*start) == day(act.start_us);
            if *raised || reversed || !near || trip && !meets || !apart || gap > *full_mg || !same {
                continue;
            }
            let more = if act.behaviour == "cycling-for-driving" {
                let of_day = person
                    .past
                    .iter()
                    .filter(|p| p.0 == act.behaviour && day(p.1) == day(*start));
                let room = 5_000_000 - of_day.map(|p| p.3).sum::<i64>();
                (full_mg - mg).min(room)
            } else {
                full_mg - mg
            };
            return Some(Answer::Raised(i64::try_from(at).unwrap(), more));
        }
        None
    }

    /// Notes under which number a new record was kept.
    pub fn kept(&mut self, act: &Act, id: i64) {
        let (_, answer, record) = self.keys.get_mut(&Self::key_of(act)).unwrap();
        *record = id;
        if let Answer::Credited(mg) = *answer {
            let (who, asked_by, reversing) = (act.who, None, None);
            let record = Record {
                who,
                mg,
                more: 0,
                asked_by,
                reversing,
            };
            assert!(self.records.insert((who, id), record).is_none());
        } else if let Answer::Kept(_) = answer {
            self.refused.push((act.who, id));
        }
    }

    pub fn ask(&mut self, record: (usize, i64), login: i64) -> Result<(), &'static str> {
        let record = self.records.get_mut(&record).ok_or("not_found")?;
        if record.asked_by.is_some() {
            return Err("settled");
        }
        record.asked_by = Some(login);
        Ok(())
    }

    /// The reversing entry, or none if this approval must make one.
    pub fn agree(&mut self, record: (usize, i64), login: i64) -> Result<Option<i64>, &'static str> {
        let record = self.records.get(&record).ok_or("not_found")?;
        let asked_by = record.asked_by.ok_or("not_found")?;
        if record.reversing.is_some() {
            return Ok(record.reversing);
        }
        if asked_by == login {
            return Err("second_person");
        }
        let person = &mut self.people[record.who];
        // what was spent meanwhile cannot be taken back
        let mg = record.mg + record.more;
        let points = mg.min(person.available());
        person.reversed_mg += mg;
        person.points_out += points;
        person.lines += 1;
        self.returned += points;
        Ok(None)
    }

    /// The order that this key made before, or none if it must make one now.
    pub fn buy(&self, who: usize, reward: usize, key: Option<&String>) -> Result<Option<i64>, &'static str> {
        if let Some(key) = key
            && let Some((before, order)) = self.buys.get(&(who, key.clone()))
        {
            return if *before == reward {
                Ok(Some(*order))
            } else {
                Err("key.reused")
            };
        }
        let taken =
            |o: &&Order| o.who == who && o.reward == reward && matches!(o.state, State::Reserved | State::Fulfilled);
        let offer = &self.rewards[reward];
        if offer.stock == 0 {
            Err("reward.out_of_stock")
        } else if offer
            .per_person
            .is_some_and(|most| self.orders.values().filter(taken).count() >= most)
        {
            Err("reward.limit")
        } else if self.people[who].available() < offer.price {
            Err("reward.short")
        } else if offer.cost.is_some_and(|cost| self.budget < cost) {
            Err("reward.budget")
        } else {
            Ok(None)
        }
    }

    pub fn bought(&mut self, id: i64, order: Order, key: Option<String>) {
        let reward = &mut self.rewards[order.reward];
        reward.stock -= 1;
        self.budget -= reward.cost.unwrap_or(0);
        self.people[order.who].held += reward.price;
        self.people[order.who].lines += 1;
        if let Some(key) = key {
            self.buys.insert((order.who, key), (order.reward, id));
        }
        self.made.push(id);
        assert!(self.orders.insert(id, order).is_none());
    }

    /// Moves an order on; `true` if that changed something.
    pub fn settle(&mut self, id: i64, state: State) -> Result<bool, &'static str> {
        let order = self.orders.get_mut(&id).ok_or("not_found")?;
        if order.state == state {
            return Ok(false);
        }
        if order.state != State::Reserved {
            return Err("order.settled");
        }
        order.state = state;
        let (person, reward) = (&mut self.people[order.who], &mut self.rewards[order.reward]);
        person.held -= reward.price;
        person.lines += 1;
        if state == State::Fulfilled {
            person.points_out += reward.price;
            self.spent += reward.price;
        } else {
            reward.stock += 1;
            self.budget += reward.cost.unwrap_or(0);
        }
        Ok(true)
    }

    /// Calls off what nobody fetched in time.
    pub fn expire(&mut self, now_us: i64) {
        let late = |order: &Order| order.state == State::Reserved && order.expires_us <= now_us;
        let late: Vec<i64> = self.orders.iter().filter(|o| late(o.1)).map(|o| *o.0).collect();
        for id in late {
            assert_eq!(self.settle(id, State::Expired), Ok(true));
        }
    }

    pub fn take(&mut self, code: &str, now_us: i64) -> Result<(), &'static str> {
        let (until_us, used) = self.vouchers.get_mut(code).ok_or("not_found")?;
        if *used {
            return Err("order.settled");
        }
        if now_us > *until_us {
            return Err("voucher.expired");
        }
        *used = true;
        Ok(())
    }
}
