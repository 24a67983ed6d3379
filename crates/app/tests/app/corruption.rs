//! Damage: whatever is changed in the books behind our back, the check names the place.
// long because: one list of everything that can be damaged

use std::fmt::Write as _;

use domain::activity::retry_key;
use domain::measure::{Currency, EntryId, Money, OrderId, ParticipantId, RewardId};
use domain::programme::Role;
use image::ImageFormat;
use store::testing::each_engine;

use crate::photo::{encoded, picture};
use crate::world::{DAY_US, HOUR_US, Told, World};

/// Something that happens to the books, how it is undone, and where the check must find it.
pub struct Damage {
    pub what: &'static str,
    pub does: String,
    pub undo: String,
    pub place: String,
    pub says: &'static str,
}

struct Small {
    world: World,
    who: ParticipantId,
    ride: EntryId,
    trip: EntryId,
    dark: EntryId,
    raise: EntryId,
    reward: RewardId,
    reserved: OrderId,
    fulfilled: OrderId,
    /// A photo that was credited at once.
    photo: EntryId,
    /// A ride that a person looks at.
    asked: EntryId,
}

impl Small {
    /// A participant with five trips, a ride, an evening, a refusal, a reversal, an order that waits and one fetched,
    /// a photo and a ride that is too fast.
    async fn new(store: &store::Store) -> Self {
        let world = World::new(store).await;
        let who = world.enrol("li").await;
        world.earn(&[who], 5).await;
        let now_us = world.clock.now_us();
        let act = |event: &str, behaviour: &str, ago: i64| Told::new(who, event, behaviour, now_us - ago);
        let ride = act("ride", "cycling-for-driving", 3 * DAY_US)
            .lasting(30)
            .with("distance", "3.2");
        let ride = world.submit(&ride).await.unwrap().record.unwrap();
        let trip = act("old", "metro-trip", 2 * DAY_US).lasting(20);
        let trip = world.submit(&trip).await.unwrap().record.unwrap();
        let dark = world
            .submit(&act("dark", "lights-off", HOUR_US))
            .await
            .unwrap()
            .record
            .unwrap();
        let proven = act("proven", "metro-trip", 7 * DAY_US).lasting(20).report();
        let jpeg = encoded(&picture(1), ImageFormat::Jpeg);
        let photo = world.submit_photo(who, proven, &jpeg).await.unwrap().submission;
        let fast = act("fast", "cycling-for-driving", 6 * DAY_US)
            .lasting(4)
            .with("distance", "3.2");
        let asked = world.submit(&fast).await.unwrap().submission.unwrap();
        world.work().await;
        let sixth = act("sixth", "metro-trip", 2 * HOUR_US).lasting(20);
        assert_eq!(world.submit(&sixth).await.unwrap().state, "refused");
        let wrong = act("wrong", "metro-trip", 4 * DAY_US).lasting(20);
        let wrong = world.submit(&wrong).await.unwrap().record.unwrap();
        let (app, programme) = (&world.app, &world.programme);
        let (support, finance) = (world.staff(101, &[Role::Support]), world.staff(102, &[Role::Finance]));
        app.request_reversal(&support, programme, (who, wrong), "a mistake")
            .await
            .unwrap();
        app.approve_reversal(&finance, programme, (who, wrong)).await.unwrap();
        let said = act("said", "metro-trip", 5 * DAY_US).lasting(20);
        let own = world.person(who);
        app.submit(&own, programme, app::Mode::Event, said.report())
            .await
            .unwrap();
        let gate = act("gate", "metro-trip", 5 * DAY_US).lasting(20);
        let gate = world.submit(&gate).await.unwrap();
        assert_eq!((gate.state, gate.credited_mg), ("raised", 100_000));
        let raise = gate.record.unwrap();
        let deposit = Money {
            minor: 1_000,
            currency: Currency::CNY,
        };
        app.fund_rewards(&finance, programme, "Demo Drinks", deposit, None)
            .await
            .unwrap();
        let sponsored = |new: &mut app::NewReward| {
            new.cost_minor = Some(250);
            new.currency = Some(Currency::CNY);
        };
        let reward = world.offer("cola", "300", 10, sponsored).await;
        let caller = world.person(who);
        let reserved = app.redeem(&caller, programme, who, reward, None).await.unwrap().id;
        let fulfilled = app.redeem(&caller, programme, who, reward, None).await.unwrap().id;
        let merchant = world.staff(104, &[Role::Merchant]);
        app.fulfil_order(&merchant, programme, who, fulfilled).await.unwrap();
        Small {
            world,
            who,
            ride,
            trip,
            dark,
            raise,
            reward,
            reserved,
            fulfilled,
            photo,
            asked,
        }
    }

    /// What happens to decisions and to what became of them.
    fn decided(&self) -> Vec<Damage> {
        let place = |id: EntryId| format!("submission {id} of participant {}", self.who);
        let (photo, asked) = (place(self.photo), place(self.asked));
        let of = |id: EntryId| format!("submission = {}", id.number());
        let own = |id: EntryId| format!("id = {}", id.number());
        let put = |column: &str, from: &str, to: &str| format!("{column} = replace({column}, '{from}', '{to}')");
        let text = |what, id: EntryId, column: &str, (from, to): (&str, &str), says| {
            let (does, undo) = (put(column, from, to), put(column, to, from));
            change(what, ["decision", &does, &undo], &of(id), &place(id), says)
        };
        vec![
            text(
                "a credit nobody decided on",
                self.asked,
                "verdict",
                (r#""ask""#, r#""credit""#),
                "was decided credit at E3 with risk 0 and [act.fast], must be ask at E3",
            ),
            text(
                "a slower ride than it was",
                self.asked,
                "grounds",
                (r#""distance_m":3200"#, r#""distance_m":320"#),
                "must be credit at E3",
            ),
            text(
                "grounds that cannot be read",
                self.photo,
                "grounds",
                (r#""claim""#, r#""clam""#),
                "what it was made on cannot be read",
            ),
            text(
                "a verdict that cannot be read",
                self.photo,
                "verdict",
                (r#""risk""#, r#""rusk""#),
                "its verdict cannot be read",
            ),
            change(
                "another policy than there is",
                ["decision", "policy = policy + 7", "policy = policy - 7"],
                &of(self.photo),
                &photo,
                "which is not in the books",
            ),
            change(
                "a policy's limit",
                [
                    "policy",
                    &put("whole", "cycle_mean = 250", "cycle_mean = 900"),
                    &put("whole", "cycle_mean = 900", "cycle_mean = 250"),
                ],
                "number = (SELECT max(number) FROM policy)",
                &asked,
                "must be credit at E3",
            ),
            change(
                "a decision that others follow",
                ["decision", "n = n + 1", "n = n - 1"],
                &of(self.photo),
                &photo,
                "one is missing",
            ),
            lose(
                "a decision that is missing",
                "decision",
                &of(self.photo),
                &photo,
                "by nothing that is stored",
            ),
            change(
                "a ride that settled by itself",
                ["submission", "state = 4", "state = 1"],
                &own(self.asked),
                &asked,
                "its last decision asks a person",
            ),
            change(
                "a cheat that nobody called one",
                ["submission", "faulted = 1", "faulted = 0"],
                &own(self.photo),
                &photo,
                "is marked so",
            ),
            change(
                "an entry that is not there",
                ["submission", "entry = entry + 1000000", "entry = entry - 1000000"],
                &own(self.photo),
                &photo,
                "not in the books",
            ),
            self.said(
                "a credit by one who said nothing",
                &asked,
                false,
                "by a person who said nothing",
            ),
            self.said(
                "a large credit by one person",
                &asked,
                true,
                "one person decided to credit it",
            ),
        ]
    }

    /// The ride that waits made a large one, and credited by one person: with or without what that person said.
    fn said(&self, what: &'static str, place: &str, spoke: bool, says: &'static str) -> Damage {
        let row = format!("id = {}", self.asked.number());
        let of = format!("submission = {}", self.asked.number());
        let review = format!(
            "; INSERT INTO review SELECT bucket, participant, id, 0, 1, 103, 'credit', '', '' FROM submission WHERE {row}"
        );
        let review = if spoke { review } else { String::new() };
        let verdict = r#"{"outcome":{"credit":"E3"},"risk":0,"signs":[]}"#;
        Damage {
            what,
            does: format!(
                "CREATE TABLE kept AS SELECT * FROM submission WHERE {row};
                 UPDATE submission SET worth = 60000000, state = 3 WHERE {row};
                 INSERT INTO decision SELECT bucket, participant, submission, 1, 1, 103, 1, policy, '', '{verdict}'
                 FROM decision WHERE {of}{review}"
            ),
            undo: format!(
                "DELETE FROM decision WHERE {of} AND n = 1; DELETE FROM review WHERE {of};
                 DELETE FROM submission WHERE {row}; INSERT INTO submission SELECT * FROM kept; DROP TABLE kept"
            ),
            place: place.to_owned(),
            says,
        }
    }

    fn entry(&self, id: EntryId) -> String {
        format!("entry {id} of participant {}", self.who)
    }

    /// A credited act written once more under a key of its own, with everything that follows from it in order: what is
    /// wrong is only that it counts.
    fn forge(&self, what: &'static str, of: EntryId, shift_us: i64, place: &str, says: &'static str) -> Damage {
        const COLUMNS: &str = "code, at_us, mg, points, about, methodology, channel, grade, partner";
        let id = i64::MAX - 1;
        let (who, of, programme) = (self.who.number(), of.number(), self.world.programme.id.number());
        let bucket = domain::measure::bucket_of(who);
        // console's key: partner -1
        let key = retry_key(programme, -1, self.who, "forged").0;
        let mut hex = String::new();
        for byte in key {
            write!(hex, "{byte:02x}").unwrap();
        }
        let key_bucket = key[0];
        let blob = match self.world.store.engine() {
            store::Engine::Sqlite => format!("x'{hex}'"),
            store::Engine::Postgres => format!("'\\x{hex}'"),
        };
        let columns = COLUMNS.replace("partner", "-1");
        let from = format!("FROM entry WHERE participant = {who} AND id = {of}");
        let mg = format!("(SELECT mg {from})");
        let row = format!("bucket = {bucket} AND id = {who}");
        let account = format!("bucket = {bucket} AND programme = {programme}");
        Damage {
            what,
            does: format!(
                "INSERT INTO entry (bucket, participant, id, {COLUMNS}, event, started_us, ended_us, day, inputs, factors)
                 SELECT bucket, participant, {id}, {columns}, 'forged', started_us + {shift_us}, ended_us + {shift_us},
                        day, inputs, factors {from};
                 INSERT INTO claim (bucket, key, participant, entry, body) VALUES ({key_bucket}, {blob}, {who}, {id}, 0);
                 CREATE TABLE kept AS SELECT * FROM participant WHERE {row};
                 UPDATE participant SET credited_mg = credited_mg + {mg}, points_in = points_in + {mg},
                                        last_entry = {id} WHERE {row};
                 UPDATE programme_account SET issued_mg = issued_mg + {mg}, points_issued = points_issued + {mg}
                 WHERE {account}"
            ),
            undo: format!(
                "UPDATE programme_account SET issued_mg = issued_mg - {mg}, points_issued = points_issued - {mg}
                 WHERE {account};
                 DELETE FROM participant WHERE {row};
                 INSERT INTO participant SELECT * FROM kept;
                 DROP TABLE kept;
                 DELETE FROM claim WHERE entry = {id};
                 DELETE FROM entry WHERE id = {id}"
            ),
            place: place.to_owned(),
            says,
        }
    }

    fn damages(&self) -> Vec<Damage> {
        let (who, bucket) = (self.who.number(), domain::measure::bucket_of(self.who.number()));
        let person = format!("participant {}", self.who);
        let entry = |id: EntryId| format!("participant = {who} AND id = {}", id.number());
        let (ride, trip) = (self.entry(self.ride), self.entry(self.trip));
        let forged = self.entry(EntryId::new(i64::MAX - 1));
        let programme = self.world.programme.id;
        let account = format!("account of programme {programme} in bucket {bucket}");
        let reward = format!("reward {}", self.reward);
        let order = |id: OrderId| (format!("order {id}"), format!("id = {}", id.number()));
        let (reserved, reserved_row) = order(self.reserved);
        let (fulfilled, fulfilled_row) = order(self.fulfilled);
        let (ride_row, trip_row) = (entry(self.ride), entry(self.trip));
        let own = format!("id = {who}");
        let of_ride = format!("entry = {}", self.ride.number());
        let of_dark = format!("entry = {}", self.dark.number());
        let raise = self.entry(self.raise);
        let of_raise = |what, sql: [&str; 2], says| {
            let [does, undo] = sql;
            change(what, ["entry", does, undo], "code = 7", &raise, says)
        };
        let twice = i64::MAX - 1;
        vec![
            of_raise("a raise of more", ["mg = mg + 1", "mg = mg - 1"], "the credit in mg"),
            of_raise(
                "a raise of fewer points",
                ["points = points - 1", "points = points + 1"],
                "the points",
            ),
            of_raise(
                "a raise that is not of the best grade",
                ["grade = 3", "grade = 4"],
                "is not the act",
            ),
            of_raise(
                "a raise of another act",
                ["started_us = started_us - 1", "started_us = started_us + 1"],
                "is not the act",
            ),
            of_raise(
                "a raise of nothing",
                ["about = about + 1", "about = about - 1"],
                "was not credited",
            ),
            of_raise(
                "a raise by a source that knows it from the first",
                ["partner = -partner, channel = 0", "partner = -partner, channel = 3"],
                "does not agree",
            ),
            of_raise(
                "a raise whose source said nothing",
                ["reason = 'x' || reason", "reason = substr(reason, 2)"],
                "does not agree",
            ),
            of_raise(
                "a raise by another event",
                ["event = 'x' || event", "event = substr(event, 2)"],
                "a claim that",
            ),
            lose("a raise that is missing", "entry", "code = 7", &person, "credited mg"),
            Damage {
                what: "a record raised twice",
                does: format!("INSERT INTO entry (id, {COPIED}) SELECT {twice}, {COPIED} FROM entry WHERE code = 7"),
                undo: format!("DELETE FROM entry WHERE id = {twice}"),
                place: forged.clone(),
                says: "was raised before",
            },
            change(
                "an entry's mg",
                ["entry", "mg = mg + 1", "mg = mg - 1"],
                &ride_row,
                &ride,
                "the credit in mg is 800001",
            ),
            change(
                "an entry's points",
                ["entry", "points = points - 1", "points = points + 1"],
                &ride_row,
                &ride,
                "the points",
            ),
            change(
                "an entry's inputs",
                ["entry", "inputs = 'distance=3.3'", "inputs = 'distance=3.2'"],
                &ride_row,
                &ride,
                "must be 825000",
            ),
            change(
                "an entry's inputs beyond bounds",
                ["entry", "inputs = 'distance=320'", "inputs = 'distance=3.2'"],
                &ride_row,
                &ride,
                "cannot be recomputed",
            ),
            change(
                "an entry's factors",
                [
                    "entry",
                    "factors = factors || '9'",
                    "factors = substr(factors, 1, length(factors) - 1)",
                ],
                &ride_row,
                &ride,
                "",
            ),
            change(
                "an entry's day",
                ["entry", "day = day - 1", "day = day + 1"],
                &trip_row,
                &trip,
                "not the day",
            ),
            change(
                "an entry's start",
                [
                    "entry",
                    "started_us = started_us - 86400000000",
                    "started_us = started_us + 86400000000",
                ],
                &trip_row,
                &trip,
                "not the day",
            ),
            change(
                "an entry's grade",
                ["entry", "grade = 0", "grade = 3"],
                &ride_row,
                &ride,
                "",
            ),
            change(
                "an entry's methodology",
                [
                    "entry",
                    "methodology = methodology + 100",
                    "methodology = methodology - 100",
                ],
                &ride_row,
                &ride,
                "not in the books",
            ),
            change(
                "an entry's event",
                ["entry", "event = 'another'", "event = 'ride'"],
                &ride_row,
                &ride,
                "a claim that is not in the books",
            ),
            change(
                "an entry's partner",
                ["entry", "partner = partner + 1", "partner = partner - 1"],
                &ride_row,
                &ride,
                "a claim that is not in the books",
            ),
            change(
                "a refusal that pays",
                ["entry", "points = 7", "points = 0"],
                "code = 2",
                &person,
                "the points of a refused act",
            ),
            change(
                "a reversal of less",
                ["entry", "mg = mg - 1", "mg = mg + 1"],
                "code = 3",
                &person,
                "takes back what was not credited",
            ),
            change(
                "points held",
                ["entry", "points = points + 1", "points = points - 1"],
                &format!("code = 4 AND about = {}", self.reserved.number()),
                &person,
                "points held",
            ),
            lose("an entry that is missing", "entry", &trip_row, &person, "credited mg"),
            lose(
                "a refusal that is missing",
                "entry",
                "code = 2",
                "claims",
                "the number of claims",
            ),
            lose(
                "a hold that is missing",
                "entry",
                &format!("code = 4 AND about = {}", self.reserved.number()),
                &person,
                "points held",
            ),
            lose(
                "a claim that is missing",
                "claim",
                &of_ride,
                &ride,
                "a claim that is not in the books",
            ),
            lose(
                "an account that is missing",
                "programme_account",
                "bucket >= 0",
                &format!("programme {programme}"),
                "no account",
            ),
            lose(
                "an order that is missing",
                "reward_order",
                &reserved_row,
                &person,
                "holds points for no order",
            ),
            lose(
                "a voucher that is missing",
                "voucher",
                "expires_us > 0",
                &fulfilled,
                "has no voucher",
            ),
            Damage {
                what: "claims that point elsewhere",
                does: format!(
                    "CREATE TABLE kept AS SELECT * FROM claim WHERE {of_dark}; UPDATE claim SET {of_ride} WHERE {of_dark}"
                ),
                undo: format!("UPDATE claim SET {of_dark} WHERE key IN (SELECT key FROM kept); DROP TABLE kept"),
                place: self.entry(self.dark),
                says: "one act counted twice",
            },
            Damage {
                what: "a claim that nobody makes",
                does: match self.world.store.engine() {
                    store::Engine::Sqlite => "INSERT INTO claim VALUES (7, x'07', 1, 1, 0)",
                    store::Engine::Postgres => "INSERT INTO claim VALUES (7, '\\x07', 1, 1, 0)",
                }
                .to_owned(),
                undo: "DELETE FROM claim WHERE entry = 1".to_owned(),
                place: "claims".to_owned(),
                says: "the number of claims",
            },
            self.forge(
                "the same evening under another key",
                self.dark,
                1,
                &forged,
                "one act counted twice",
            ),
            self.forge(
                "a sixth trip in a day",
                self.last_trip(),
                50 * 60_000_000,
                &forged,
                "no more than 5",
            ),
            self.forge("a trip beside a trip", self.trip, 60_000_000, &forged, "overlaps"),
            change(
                "points from nowhere",
                ["participant", "points_in = points_in + 1", "points_in = points_in - 1"],
                &own,
                &person,
                "points earned",
            ),
            change(
                "points that were spent and are back",
                [
                    "participant",
                    "points_out = points_out - 1",
                    "points_out = points_out + 1",
                ],
                &own,
                &person,
                "points gone",
            ),
            change(
                "a reduction from nowhere",
                [
                    "participant",
                    "credited_mg = credited_mg + 1",
                    "credited_mg = credited_mg - 1",
                ],
                &own,
                &person,
                "credited mg",
            ),
            change(
                "the last entry",
                [
                    "participant",
                    "last_entry = last_entry + 1",
                    "last_entry = last_entry - 1",
                ],
                &own,
                &person,
                "the last entry",
            ),
            Damage {
                what: "counts that were forgotten",
                does: format!(
                    "CREATE TABLE kept AS SELECT * FROM participant WHERE {own}; UPDATE participant SET history = '' WHERE {own}"
                ),
                undo: format!(
                    "DELETE FROM participant WHERE {own}; INSERT INTO participant SELECT * FROM kept; DROP TABLE kept"
                ),
                place: person.clone(),
                says: "its counts are",
            },
            change(
                "grams that the programme issued",
                [
                    "programme_account",
                    "issued_mg = issued_mg + 1",
                    "issued_mg = issued_mg - 1",
                ],
                "bucket >= 0",
                &account,
                "issued mg",
            ),
            change(
                "points that the programme holds",
                [
                    "programme_account",
                    "points_held = points_held - 1",
                    "points_held = points_held + 1",
                ],
                "bucket >= 0",
                &account,
                "points held",
            ),
            change(
                "pieces that are not there",
                [
                    "reward",
                    "stock = stock + 1, reserved = reserved - 1",
                    "stock = stock - 1, reserved = reserved + 1",
                ],
                "id > 0",
                &reward,
                "pieces reserved",
            ),
            change(
                "pieces that went",
                [
                    "reward",
                    "stock = stock - 1, handed_over = handed_over + 1",
                    "stock = stock + 1, handed_over = handed_over - 1",
                ],
                "id > 0",
                &reward,
                "pieces handed over",
            ),
            change(
                "an order's price",
                ["reward_order", "price = price - 1", "price = price + 1"],
                &reserved_row,
                &reserved,
                "the points held",
            ),
            change(
                "an order that was not fetched",
                ["reward_order", "state = 1", "state = 0"],
                &reserved_row,
                &reserved,
                "its points are Held",
            ),
            change(
                "a fetched order called off",
                ["reward_order", "state = 2", "state = 1"],
                &fulfilled_row,
                &fulfilled,
                "its points are Spent",
            ),
            change(
                "a budget",
                [
                    "account",
                    "credits_posted = credits_posted + 1",
                    "credits_posted = credits_posted - 1",
                ],
                "name = 'sponsor Demo Drinks'",
                "account sponsor Demo Drinks",
                "credits",
            ),
            change(
                "money held",
                [
                    "account",
                    "debits_pending = debits_pending - 1",
                    "debits_pending = debits_pending + 1",
                ],
                "name = 'sponsor Demo Drinks'",
                "account sponsor Demo Drinks",
                "pending debits",
            ),
            change(
                "a deposit",
                ["transfer", "amount = amount + 1", "amount = amount - 1"],
                "phase = 0",
                "account ",
                "is 1000, must be 1001",
            ),
            change(
                "a hold of money",
                ["transfer", "amount = amount + 1", "amount = amount - 1"],
                "phase = 2",
                "transfer ",
                "settles no hold",
            ),
            change(
                "the figures of a day",
                ["daily", "mg = mg - 1", "mg = mg + 1"],
                "mg > 900000",
                "figures of ",
                "mg is 999999, must be 1000000",
            ),
            change(
                "the figures' refused acts",
                ["daily", "refused = refused + 1", "refused = refused - 1"],
                "mg > 900000",
                "figures of ",
                "refused acts is 2, must be 1",
            ),
            lose(
                "the figures of days",
                "daily",
                "mg > 0",
                "figures of ",
                "has no figures",
            ),
            change(
                "a methodology's text",
                [
                    "methodology",
                    "text = text || ' '",
                    "text = substr(text, 1, length(text) - 1)",
                ],
                "id = 'metro-trip'",
                "methodology ",
                "its text was changed",
            ),
        ]
    }

    /// The newest of the five trips of the day: they were booked just before the ride.
    fn last_trip(&self) -> EntryId {
        EntryId::new(self.ride.number() - 1)
    }
}

/// A change of one row and back.
pub fn change(what: &'static str, sql: [&str; 3], row: &str, place: &str, says: &'static str) -> Damage {
    let [table, does, undo] = sql;
    Damage {
        what,
        does: format!("UPDATE {table} SET {does} WHERE {row}"),
        undo: format!("UPDATE {table} SET {undo} WHERE {row}"),
        place: place.to_owned(),
        says,
    }
}

/// Rows taken out, and put back.
pub fn lose(what: &'static str, table: &str, row: &str, place: &str, says: &'static str) -> Damage {
    Damage {
        what,
        does: format!("CREATE TABLE lost AS SELECT * FROM {table} WHERE {row}; DELETE FROM {table} WHERE {row}"),
        undo: format!("INSERT INTO {table} SELECT * FROM lost; DROP TABLE lost"),
        place: place.to_owned(),
        says,
    }
}

/// What a copied entry takes over.
const COPIED: &str = "bucket, participant, code, at_us, mg, points, about, methodology, channel, grade, partner, \
                      started_us, ended_us, day, inputs, factors, reason";

#[tokio::test]
async fn whatever_is_damaged_the_check_names_the_place() {
    each_engine("damage", async |store| {
        let small = Small::new(&store).await;
        let clean = small.world.verified().await;
        let mut missed = Vec::new();
        for damage in small.damages().into_iter().chain(small.decided()) {
            let what = damage.what;
            small
                .world
                .sql(&damage.does)
                .await
                .unwrap_or_else(|e| panic!("{what}: {e}"));
            match small.world.app.verify().await.unwrap() {
                Ok(_) => missed.push(format!("{what}: not found")),
                Err(fault) => {
                    let found = fault.place.contains(&damage.place) && fault.what.contains(damage.says);
                    if !found {
                        missed.push(format!("{what}: {fault}; must be at {}: {}", damage.place, damage.says));
                    }
                }
            }
            small
                .world
                .sql(&damage.undo)
                .await
                .unwrap_or_else(|e| panic!("{what} undone: {e}"));
            assert_eq!(small.world.app.verify().await.unwrap(), Ok(clean), "{what} undone");
        }
        assert!(missed.is_empty(), "{missed:#?}");
    })
    .await;
}
