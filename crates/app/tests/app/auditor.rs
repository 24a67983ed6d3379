//! The auditor: random commands go to the application and to the second model, and every answer is compared.

use std::collections::HashMap;

use app::{Caller, Key, Mode, OrderView, Receipt, Refused, VoucherView};
use domain::measure::{Currency, EntryId, Money, OrderId, ParticipantId, RewardId};
use domain::participant::Consent;
use domain::programme::Role;
use domain::rewards::State as Stands;
use store::Store;
use store::testing::each_engine;

use crate::dice::Dice;
use crate::model::{Act, Answer, By, Model, Order, Person, Record, Reward, State, day};
use crate::world::{BEGAN_US, DAY_US, HOUR_US, MINUTE_US, Told, World, refused};

/// The commands that this seed gives meet every rule.
const SEED: u64 = 20_261_124;
const PEOPLE: usize = 8;
const SUPPORT: i64 = 101;
const FINANCE: i64 = 102;
/// Somebody who holds both roles and still needs a second person.
const BOTH: i64 = 103;
const HOLD_US: i64 = 2 * DAY_US;
const VOUCHER_US: i64 = 3 * DAY_US;

struct Auditor<'a> {
    world: &'a World,
    dice: Dice,
    model: Model,
    partners: [Caller; 2],
    people: Vec<ParticipantId>,
    rewards: Vec<RewardId>,
    acts: Vec<Act>,
    codes: Vec<String>,
    /// How often each answer was seen: a run that never meets a rule proves nothing about it.
    seen: HashMap<String, u32>,
}

const CONSENTS: [(Consent, &str); 4] = [
    (Consent::Programme, "programme"),
    (Consent::PartnerEvents, "partner_events"),
    (Consent::DeviceReadings, "device_readings"),
    (Consent::Delegation, "delegation"),
];

fn stands(state: Stands) -> State {
    match state {
        Stands::Reserved => State::Reserved,
        Stands::Fulfilled => State::Fulfilled,
        Stands::Cancelled => State::Cancelled,
        Stands::Expired => State::Expired,
    }
}

impl<'a> Auditor<'a> {
    async fn new(world: &'a World, seed: u64) -> Self {
        let partners = [world.partner.clone(), world.another_partner("Bikes").await];
        let people = world.crowd(PEOPLE).await;
        let mut model = Model::default();
        for _ in 0..PEOPLE {
            let consents = CONSENTS.iter().map(|(_, name)| *name).collect();
            model.people.push(Person {
                consents,
                ..Person::default()
            });
        }
        let finance = world.staff(FINANCE, &[Role::Finance]);
        let deposit = Money {
            minor: 3_000,
            currency: Currency::CNY,
        };
        let app = &world.app;
        let held = app
            .fund_rewards(&finance, &world.programme, "Demo Drinks", deposit, None)
            .await
            .unwrap();
        assert_eq!(held, 3_000);
        model.budget = 3_000;
        let offers = [
            ("tea", 700, 1_000, None, None),
            ("cola", 1_500, 4, Some(2), None),
            ("cable", 900, 100, None, Some(250)),
            ("tent", 2_500, 3, Some(1), Some(400)),
        ];
        let mut rewards = Vec::new();
        for (title, price, stock, per_person, cost) in offers {
            let change = |new: &mut app::NewReward| {
                new.per_person = per_person.map(|most| u32::try_from(most).unwrap());
                new.cost_minor = cost;
                new.currency = cost.map(|_| Currency::CNY);
            };
            rewards.push(world.offer(title, &price.to_string(), stock, change).await);
            let price = price * 1000;
            model.rewards.push(Reward {
                price,
                stock,
                per_person,
                cost,
            });
        }
        Auditor {
            world,
            dice: Dice::new(seed),
            model,
            partners,
            people,
            rewards,
            acts: Vec::new(),
            codes: Vec::new(),
            seen: HashMap::new(),
        }
    }

    fn now_us(&self) -> i64 {
        self.world.clock.now_us()
    }

    fn saw(&mut self, what: &str) {
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    /// One step of the story; says how many commands it was.
    async fn step(&mut self) -> usize {
        match self.dice.below(100) {
            0..30 => return self.report().await,
            30..34 => self.consent().await,
            34..50 => self.reverse().await,
            50..70 => self.buy().await,
            70..82 => self.settle().await,
            82..90 => self.voucher().await,
            90..91 => self.restock().await,
            91..98 => {
                let by = self.dice.within(1, 180) * MINUTE_US;
                self.world.clock.advance(by);
            }
            98 => self.world.clock.advance(DAY_US),
            _ => {
                self.world.work().await;
                self.model.expire(self.world.clock.now_us());
            }
        }
        1
    }

    fn act(&mut self) -> Act {
        if !self.acts.is_empty() && self.dice.of(15) {
            let mut act = self.acts[self.dice.below(self.acts.len())].clone();
            match self.dice.below(8) {
                // the same from another source
                4..=7 => {
                    act.by = [By::Own, By::Event(0), By::Event(1), By::Reading(1)][self.dice.below(4)];
                    act.event = format!("again-{}", self.acts.len());
                }
                0 => act.start_us -= MINUTE_US,
                1 => act.who = (act.who + 1) % PEOPLE,
                _ => {}
            }
            act.end_us = act.end_us.max(act.start_us);
            return act;
        }
        let behaviour = [
            "metro-trip",
            "cycling-for-driving",
            "lights-off",
            "no-tableware",
            "online-bill",
        ][[0, 0, 0, 0, 1, 1, 1, 2, 3, 4][self.dice.below(10)]];
        let trip = matches!(behaviour, "metro-trip" | "cycling-for-driving");
        let now_us = self.now_us();
        let start_us = match self.dice.below(100) {
            0..55 => now_us - self.dice.within(0, 12 * HOUR_US),
            55..80 => now_us - self.dice.within(0, 4 * DAY_US),
            80..94 => now_us - self.dice.within(0, 45 * DAY_US),
            94..97 => now_us + self.dice.within(0, 3 * HOUR_US),
            _ => BEGAN_US - self.dice.within(-HOUR_US, 30 * DAY_US),
        };
        // whole five minutes: acts then touch, coincide and overlap
        let start_us = start_us - start_us.rem_euclid(5 * MINUTE_US);
        let minutes = if trip { [0, 5, 20, 45][self.dice.below(4)] } else { 0 };
        let by = match self.dice.below(10) {
            0..6 => By::Event(self.dice.below(2)),
            6..8 => By::Reading(self.dice.below(2)),
            _ => By::Own,
        };
        Act {
            by,
            event: format!("event-{}", self.acts.len()),
            who: self.dice.below(PEOPLE),
            behaviour,
            start_us,
            end_us: start_us + minutes * MINUTE_US,
            metres: (behaviour == "cycling-for-driving").then(|| self.dice.within(100, 9_000)),
        }
    }

    fn told(&self, act: &Act) -> Told {
        let mut told = Told::new(self.people[act.who], &act.event, act.behaviour, act.start_us);
        told.end_us = (act.end_us > act.start_us).then_some(act.end_us);
        if let Some(metres) = act.metres {
            told = told.with("distance", &format!("{}.{:03}", metres / 1000, metres % 1000));
        }
        told
    }

    /// Reports acts, each from one caller, alone or as a batch.
    async fn report(&mut self) -> usize {
        let first = self.act();
        let wanted = [1, 1, 1, 1, 2, 5, 8, 30][self.dice.below(8)];
        let mut acts = vec![first.clone()];
        self.acts.push(first.clone());
        while acts.len() < wanted {
            let mut act = self.act();
            act.by = first.by;
            if first.by == By::Own {
                act.who = first.who;
            }
            self.acts.push(act.clone());
            acts.push(act);
        }
        let (caller, mode) = match first.by {
            By::Event(partner) => (self.partners[partner].clone(), Mode::Event),
            By::Reading(partner) => (self.partners[partner].clone(), Mode::Reading),
            By::Own => (self.world.person(self.people[first.who]), Mode::Event),
        };
        let reports = acts.iter().map(|act| self.told(act).report()).collect::<Vec<_>>();
        let (app, programme) = (&self.world.app, &self.world.programme);
        let answers = if reports.len() == 1 {
            let mut reports = reports;
            vec![refused(app.submit(&caller, programme, mode, reports.remove(0)).await)]
        } else {
            let reports = reports.into_iter().map(Ok).collect();
            app.submit_many(&caller, programme, mode, reports).await.unwrap()
        };
        assert_eq!(answers.len(), acts.len());
        for (act, answer) in acts.iter().zip(answers) {
            self.compare(act, answer);
        }
        acts.len()
    }

    fn compare(&mut self, act: &Act, answer: Result<Receipt, Refused>) {
        let (expected, again) = self.model.report(act, self.now_us());
        let told = match &answer {
            Ok(receipt) if receipt.state == "credited" => {
                assert_eq!(receipt.points_milli, receipt.credited_mg, "{act:?}");
                Answer::Credited(receipt.credited_mg)
            }
            Ok(receipt) if receipt.state == "raised" => {
                assert_eq!(receipt.points_milli, receipt.credited_mg, "{act:?}");
                Answer::Raised(receipt.about.unwrap().number(), receipt.credited_mg)
            }
            Ok(receipt) => match &expected {
                Answer::Kept(code) if receipt.reason.as_deref() == Some(code) => expected.clone(),
                _ => panic!("{act:?}: {receipt:?}, must be {expected:?}"),
            },
            Err(refused) => match &expected {
                Answer::Not(code) if refused.code() == *code => expected.clone(),
                _ => panic!("{act:?}: {refused:?}, must be {expected:?}"),
            },
        };
        assert_eq!(told, expected, "{act:?} on day {}", day(act.start_us));
        self.saw(&format!("{expected:?}").replace(|c: char| c.is_ascii_digit(), ""));
        let Ok(receipt) = answer else { return };
        assert_eq!(receipt.repeated, again, "{act:?}");
        assert_eq!(receipt.participant, self.people[act.who]);
        let record = receipt.record.unwrap().number();
        if again {
            assert_eq!(self.model.keys[&Model::key_of(act)].2, record, "{act:?}");
            self.saw("repeated");
        } else {
            self.model.kept(act, record);
        }
    }

    async fn consent(&mut self) {
        let who = self.dice.below(PEOPLE);
        let (consent, name) = CONSENTS[self.dice.below(CONSENTS.len())];
        let given = self.dice.of(70);
        let caller = self.world.person(self.people[who]);
        let consents = &mut self.model.people[who].consents;
        if given {
            consents.insert(name);
        } else {
            consents.remove(name);
        }
        let now = self
            .world
            .app
            .set_consent(&caller, &self.world.programme, self.people[who], consent, given)
            .await
            .unwrap();
        for (consent, name) in CONSENTS {
            assert_eq!(now.contains(&consent), self.model.people[who].consents.contains(name));
        }
    }

    async fn reverse(&mut self) {
        let records: Vec<(usize, i64)> = {
            let mut records: Vec<_> = self.model.records.keys().copied().collect();
            records.extend(self.model.refused.iter().take(2));
            records.sort_unstable();
            records
        };
        if records.is_empty() {
            return;
        }
        let again = self.dice.of(20);
        let open = |record: &Record| record.asked_by.is_some() && (again || record.reversing.is_none());
        let asked = self.model.records.iter().filter(|record| open(record.1));
        let mut asked: Vec<(usize, i64)> = asked.map(|r| *r.0).collect();
        asked.sort_unstable();
        let agree = !asked.is_empty() && self.dice.of(65);
        let among = if agree { &asked } else { &records };
        let record = among[self.dice.below(among.len())];
        let login = match (agree, self.dice.below(2)) {
            (_, 0) => BOTH,
            (true, _) => FINANCE,
            (false, _) => SUPPORT,
        };
        let roles: &[Role] = match login {
            BOTH => &[Role::Support, Role::Finance],
            FINANCE => &[Role::Finance],
            _ => &[Role::Support],
        };
        let caller = self.world.staff(login, roles);
        let about = (self.people[record.0], EntryId::new(record.1));
        let (app, programme) = (&self.world.app, &self.world.programme);
        if agree {
            let answer = refused(app.approve_reversal(&caller, programme, about).await);
            match (answer, self.model.agree(record, login)) {
                (Ok(reversing), Ok(None)) => {
                    self.model.records.get_mut(&record).unwrap().reversing = Some(reversing.number());
                    self.saw("reversed");
                }
                (Ok(reversing), Ok(Some(before))) => assert_eq!(reversing.number(), before),
                (Err(why), Err(code)) => {
                    assert_eq!(why.code(), code);
                    self.saw(code);
                }
                (answer, expected) => panic!("{record:?}: {answer:?}, must be {expected:?}"),
            }
        } else {
            let answer = refused(app.request_reversal(&caller, programme, about, "a mistake").await);
            assert_eq!(answer.map_err(|why| why.code()), self.model.ask(record, login));
        }
    }

    async fn buy(&mut self) {
        let (who, reward) = (self.dice.below(PEOPLE), self.dice.below(self.rewards.len()));
        let key = self.dice.of(50).then(|| format!("buy-{}", self.dice.below(8)));
        let caller = self.world.person(self.people[who]);
        let id = self.rewards[reward];
        let with = key
            .as_ref()
            .map(|key| Key::new(&caller, "redeem", key, id.to_string().as_bytes()));
        let (app, programme) = (&self.world.app, &self.world.programme);
        let answer = refused(app.redeem(&caller, programme, self.people[who], id, with).await);
        match (answer, self.model.buy(who, reward, key.as_ref())) {
            (Ok(view), Ok(None)) => {
                let expires_us = self.now_us() + HOLD_US;
                assert_eq!((stands(view.state), view.expires_us), (State::Reserved, expires_us));
                assert_eq!(view.price_milli, self.model.rewards[reward].price);
                let order = Order {
                    who,
                    reward,
                    state: State::Reserved,
                    expires_us,
                    voucher: None,
                };
                self.model.bought(view.id.number(), order, key);
                self.saw("bought");
            }
            (Ok(view), Ok(Some(before))) => {
                assert_eq!(view.id.number(), before);
                self.saw("bought before");
            }
            (Err(why), Err(code)) => {
                assert_eq!(why.code(), code);
                self.saw(code);
            }
            (answer, expected) => panic!("{who} buys {reward}: {answer:?}, must be {expected:?}"),
        }
    }

    async fn settle(&mut self) {
        if self.model.made.is_empty() {
            return;
        }
        let id = self.model.made[self.dice.below(self.model.made.len())];
        let owner = self.model.orders[&id].who;
        // somebody else's order is none of one's business
        let who = if self.dice.of(10) { (owner + 1) % PEOPLE } else { owner };
        let state = [State::Fulfilled, State::Cancelled][self.dice.below(2)];
        let (app, programme, order) = (&self.world.app, &self.world.programme, OrderId::new(id));
        let answer = if state == State::Fulfilled {
            let merchant = self.world.staff(104, &[Role::Merchant]);
            app.fulfil_order(&merchant, programme, self.people[who], order).await
        } else {
            let caller = self.world.person(self.people[who]);
            app.cancel_order(&caller, programme, self.people[who], order).await
        };
        let expected = if who == owner {
            self.model.settle(id, state)
        } else {
            Err("not_found")
        };
        self.settled(id, state, &refused(answer), expected);
    }

    fn settled(
        &mut self,
        id: i64,
        state: State,
        answer: &Result<OrderView, Refused>,
        expected: Result<bool, &'static str>,
    ) {
        match (answer, expected) {
            (Ok(view), Ok(new)) => {
                assert_eq!((view.id.number(), stands(view.state)), (id, state));
                self.saw(&format!("{state:?} {new}"));
                let code = view.voucher.as_ref().map(|voucher| voucher.code.clone());
                assert_eq!(code.is_some(), state == State::Fulfilled);
                let before = self.model.orders[&id].voucher.clone();
                if let (Some(code), true) = (&code, new) {
                    let until_us = self.now_us() + VOUCHER_US;
                    self.model.vouchers.insert(code.clone(), (until_us, false));
                    self.codes.push(code.clone());
                    self.model.orders.get_mut(&id).unwrap().voucher = Some(code.clone());
                } else {
                    assert_eq!(code, before);
                }
            }
            (Err(why), Err(code)) => {
                assert_eq!(why.code(), code);
                self.saw(code);
            }
            (answer, expected) => panic!("order {id} to {state:?}: {answer:?}, must be {expected:?}"),
        }
    }

    async fn voucher(&mut self) {
        let known = !self.codes.is_empty() && self.dice.of(95);
        let code = if known {
            self.codes[self.dice.below(self.codes.len())].clone()
        } else {
            "AAAA-BBBB-CCCC".to_owned()
        };
        let merchant = self.world.staff(104, &[Role::Merchant]);
        let (app, programme) = (&self.world.app, &self.world.programme);
        let answer: Result<VoucherView, Refused> =
            refused(app.use_voucher(&merchant, programme, &code.to_lowercase()).await);
        let expected = self.model.take(&code, self.now_us());
        assert_eq!(answer.map(drop).map_err(|why| why.code()), expected, "{code}");
        self.saw(&format!("voucher {expected:?}"));
    }

    async fn restock(&mut self) {
        let reward = self.dice.below(self.rewards.len());
        let support = self.world.staff(SUPPORT, &[Role::Support]);
        let (app, programme) = (&self.world.app, &self.world.programme);
        let view = app
            .restock(&support, programme, self.rewards[reward], 2, true, None)
            .await
            .unwrap();
        self.model.rewards[reward].stock += 2;
        assert_eq!(view.stock, self.model.rewards[reward].stock);
    }

    /// Everything that can be asked must be what the model holds.
    async fn end(&self) {
        let (app, programme) = (&self.world.app, &self.world.programme);
        let (mut mg, mut reversed, mut held, mut lines) = (0, 0, 0, 0);
        for (id, person) in self.people.iter().zip(&self.model.people) {
            let balances = app.balances(&Caller::console(), programme, *id).await.unwrap();
            assert_eq!(balances.reduction_mg, person.credited_mg - person.reversed_mg);
            assert_eq!(balances.points_available_milli, person.available());
            assert_eq!(balances.points_held_milli, person.held);
            assert_eq!(balances.points_earned_milli, person.points_in);
            assert_eq!(balances.points_gone_milli, person.points_out);
            assert_eq!(self.statement(*id).await, person.lines);
            mg += person.credited_mg;
            reversed += person.reversed_mg;
            held += person.held;
            lines += person.lines;
            for view in app.orders(&Caller::console(), programme, *id).await.unwrap() {
                let order = &self.model.orders[&view.id.number()];
                assert_eq!((self.people[order.who], order.state), (*id, stands(view.state)));
                assert_eq!(view.voucher.map(|voucher| voucher.code), order.voucher);
            }
        }
        let offered = app.rewards(programme).await.unwrap();
        for (id, reward) in self.rewards.iter().zip(&self.model.rewards) {
            let view = offered.iter().find(|view| view.id == *id).unwrap();
            assert_eq!((view.stock, view.price_milli), (reward.stock, reward.price));
        }
        let supply = app.supply(programme).await.unwrap();
        assert_eq!((supply.credited_mg, supply.reversed_mg), (mg, reversed));
        assert_eq!((supply.points_issued_milli, supply.points_held_milli), (mg, held));
        assert_eq!(supply.points_spent_milli, self.model.spent);
        assert_eq!(supply.points_returned_milli, self.model.returned);
        let checked = self.world.verified().await;
        assert_eq!(checked.entries, lines as u64);
        assert_eq!(checked.claims, self.model.claims);
        assert_eq!(checked.orders, self.model.orders.len() as u64);
        assert_eq!(checked.participants, PEOPLE as u64);
    }

    /// How many lines a participant's statement has, page by page.
    async fn statement(&self, id: ParticipantId) -> usize {
        let (mut lines, mut before) = (0, None);
        loop {
            let page = self
                .world
                .app
                .statement(&Caller::console(), &self.world.programme, id, before, 50)
                .await
                .unwrap();
            lines += page.entries.len();
            before = page.next;
            if before.is_none() {
                return lines;
            }
        }
    }
}

fn commands() -> usize {
    let said = std::env::var("PUHUI_AUDIT_COMMANDS").ok();
    said.map_or(2_000, |number| number.parse().unwrap())
}

async fn audit(store: &Store, seed: u64, commands: usize) -> HashMap<String, u32> {
    let world = World::new(store).await;
    // the second model knows ceilings and claims, not what is odd
    let policy =
        "[limits]\naudit_permille = 0\nphoto_side = 16\n[signs]\n\"act.fast\" = \"note\"\n\"steps.many\" = \"note\"\n";
    let console = Caller::console();
    world
        .app
        .set_policy(&console, &world.programme, policy, "tests")
        .await
        .unwrap();
    let mut auditor = Auditor::new(&world, seed).await;
    let mut done = 0;
    while done < commands {
        done += auditor.step().await;
    }
    auditor.end().await;
    auditor.seen
}

#[tokio::test]
async fn the_application_answers_as_the_second_model_does() {
    let seed = std::env::var("PUHUI_AUDIT_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    println!("PUHUI_AUDIT_SEED={seed} PUHUI_AUDIT_COMMANDS={}", commands());
    each_engine("the auditor", async |store| {
        let seen = audit(&store, seed, commands()).await;
        println!("{seen:#?}");
        if commands() < 2_000 || seed != SEED {
            return;
        }
        for answer in [
            "Credited()",
            "Raised(, )",
            "Kept(\"claim.duplicate\")",
            "Kept(\"claim.overlap\")",
            "Kept(\"cap.count\")",
            "Kept(\"cap.mass\")",
            "Not(\"evidence.grade\")",
            "Not(\"consent.missing\")",
            "Not(\"time.future\")",
            "Not(\"time.before_programme\")",
            "Not(\"key.reused\")",
            "repeated",
            "reversed",
            "second_person",
            "bought",
            "bought before",
            "reward.short",
            "reward.limit",
            "reward.budget",
            "reward.out_of_stock",
            "Fulfilled true",
            "Fulfilled false",
            "Cancelled true",
            "order.settled",
            "voucher Ok(())",
            "voucher Err(\"order.settled\")",
            "voucher Err(\"voucher.expired\")",
        ] {
            assert!(seen.contains_key(answer), "never met: {answer}");
        }
    })
    .await;
}
