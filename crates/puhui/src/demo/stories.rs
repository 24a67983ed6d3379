//! The stories that the demo tells.

use std::sync::Arc;

use app::{App, Caller, Error, Mode, NewEntity, ParticipantFilter, Refused, Report, Standing};
use domain::measure::ParticipantId;
use domain::participant::Consent;
use domain::programme::{Programme, Scope};

use super::proofs::{self, Shot};
use super::{DAY_US, Dice, enrol};
use crate::Stop;

/// The people of the demo, signed in.
pub(super) struct People(Vec<(String, String, Caller)>);

impl People {
    pub(super) async fn sign_in(app: &App, logins: &[(String, String, String)]) -> Result<Self, Stop> {
        let mut people = Vec::new();
        for (_, account, password) in logins {
            let token = app.sign_in(account, password, None).await?.token;
            let caller = app.caller(&token).await?;
            people.push((account.clone(), token, caller));
        }
        Ok(People(people))
    }

    pub(super) fn caller(&self, account: &str) -> Result<&Caller, Stop> {
        let found = self.0.iter().find(|(name, ..)| name == account);
        found
            .map(|(.., caller)| caller)
            .ok_or_else(|| Stop::new(format!("nobody is called {account}")))
    }

    pub(super) async fn sign_out(self, app: &App) -> Result<(), Stop> {
        for (_, token, _) in self.0 {
            app.sign_out(&token).await?;
        }
        Ok(())
    }
}

pub(super) fn instant(at_us: i64) -> String {
    jiff::Timestamp::from_microsecond(at_us).map_or_else(|_| String::new(), |at| at.to_string())
}

/// The seed's student: two metro photos, lights off, no tableware: 513 g; 500 g buy 12 cans of cola.
pub(super) async fn student(
    app: &App,
    programme: &Arc<Programme>,
    people: &People,
    student: ParticipantId,
) -> Result<(), Stop> {
    let me = people.caller("student")?;
    let now_us = app.now_us();
    let acts = [
        ("metro-trip", 300),
        ("metro-trip", 200),
        ("lights-off", 100),
        ("no-tableware", 50),
    ];
    let photo = |number: u64, minutes_ago: i64| {
        proofs::photo(Shot {
            scene: number,
            take: 1,
            dark: minutes_ago == 100,
            taken_us: now_us - minutes_ago * 60_000_000,
            editor: None,
        })
    };
    for ((behaviour, minutes_ago), number) in acts.into_iter().zip(1..) {
        let started = instant(now_us - minutes_ago * 60_000_000);
        let event = format!("photo-{number}");
        let json = serde_json::json!({ "event": event, "behaviour": behaviour, "started_at": started }).to_string();
        app.submit_photo(
            me,
            programme,
            Report::from_json(json.as_bytes())?,
            photo(number, minutes_ago)?,
        )
        .await?;
    }
    let again = serde_json::json!({
        "event": "photo-5", "behaviour": "metro-trip", "started_at": instant(now_us - 20 * 60_000_000),
    });
    app.submit_photo(
        me,
        programme,
        Report::from_json(again.to_string().as_bytes())?,
        photo(1, 300)?,
    )
    .await?;
    app.run_due_jobs().await?;
    let balance = app.balances(me, programme, student).await?;
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
    let order = app.redeem(me, programme, student, cola.id, None).await?;
    let code = order.voucher.map(|voucher| voucher.code).unwrap_or_default();
    let left = app.balances(me, programme, student).await?.points_available_milli / 1000;
    println!("500 克换 12 罐可乐,券码 {code},余 {left} 克 · 500 g bought 12 cans of cola, {left} g left");
    match app.redeem(me, programme, student, cola.id, None).await {
        Err(Error::Refused(Refused::Reward(domain::rewards::Refused::Short { have, need }))) => {
            let missing = (need.milli() - have.milli()) / 1000;
            println!("再换一次:还差 {missing} 克 · one more order: {missing} g missing");
            Ok(())
        }
        Err(other) => Err(other.into()),
        Ok(_) => Err(Stop::new("the second order should have been refused")),
    }
}

/// A partner's feed of rides and walks, sent twice: the second time nothing changes. The partner itself.
pub(super) async fn feed(app: &App, programme: &Arc<Programme>, seed: u64) -> Result<Caller, Stop> {
    let mut dice = Dice(seed.max(1));
    let now_us = app.now_us();
    for number in 1..30 {
        let alias = format!("示范成员 {}", number + 1);
        enrol(app, programme, &alias, Some(format!("member-{number}"))).await?;
    }
    let (mut seen, mut measured) = (Vec::new(), Vec::new());
    for member in 0..30u64 {
        // the first one has been there for months
        for day in 1..=(if member == 0 { 150 } else { 28i64 }) {
            let morning = now_us - day * DAY_US - i64::try_from(dice.below(4)).unwrap_or(0) * 3_600_000_000;
            let mut act = |measures: bool, behaviour: &str, hour: i64, inputs: serde_json::Value| {
                let started_us = morning + hour * 3_600_000_000;
                let line = serde_json::json!({
                    "event": format!("{behaviour}-{member}-{day}"), "reference": format!("member-{member}"),
                    "behaviour": behaviour, "started_at": instant(started_us),
                    "ended_at": instant(started_us + 1_800_000_000), "inputs": inputs,
                });
                if measures { &mut measured } else { &mut seen }.push(line.to_string());
            };
            let none = serde_json::json!({});
            act(
                true,
                "walking-by-steps",
                0,
                serde_json::json!({ "steps": 2_000 + dice.below(14_000) }),
            );
            if dice.below(3) == 0 {
                let metres = format!("{} m", 600 + dice.below(9_000));
                act(
                    true,
                    "cycling-for-driving",
                    2,
                    serde_json::json!({ "distance": metres }),
                );
            }
            if member == 0 && dice.below(2) == 0 {
                act(false, "metro-trip", 4, none.clone());
            }
            if member == 0 && dice.below(3) == 0 {
                act(false, "no-tableware", 6, none.clone());
            }
            if member == 0 && dice.below(4) == 0 {
                act(false, "lights-off", 8, none);
            }
        }
    }
    let scopes = [Scope::Participants, Scope::Records];
    let credentials = app
        .create_partner(&Caller::console(), programme, "示范出行 Demo Mobility", &scopes, None)
        .await?;
    let token = app
        .partner_token(&credentials.client_id, &credentials.client_secret, None)
        .await?;
    let partner = app.caller(&token.token).await?;
    for round in 1..=2 {
        let (mut new, mut repeated, mut mg) = (0, 0, 0);
        for (mode, lines) in [(Mode::Reading, &measured), (Mode::Event, &seen)] {
            for chunk in lines.chunks(500) {
                let reports = chunk.iter().map(|line| Report::from_json(line.as_bytes())).collect();
                for receipt in app.submit_many(&partner, programme, mode, reports).await? {
                    let receipt = receipt?;
                    if receipt.repeated {
                        repeated += 1;
                    } else {
                        new += 1;
                        mg += receipt.credited_mg;
                    }
                }
            }
        }
        println!(
            "第 {round} 次送达:新 {new},重复 {repeated},+{} 克 · feed sent, {new} new, {repeated} repeated",
            mg / 1000
        );
    }
    Ok(partner)
}

/// What waits on the desks: an appeal, a reversal that a second person has to agree to, an order to hand over, an
/// account that was stopped; and a class of which the student is in charge.
pub(super) async fn desk(
    app: &App,
    programme: &Arc<Programme>,
    people: &People,
    (student, commuter): (ParticipantId, ParticipantId),
) -> Result<(), Stop> {
    let (me, operator) = (people.caller("student")?, people.caller("operator")?);
    let mine = app.statement(me, programme, student, None, 50).await?.entries;
    let refused = mine.iter().find(|record| record.state == Standing::Refused);
    if let Some(record) = refused.and_then(|record| record.record) {
        let words = "这是另一次乘车,我拍错了照片。Another ride; I attached the wrong photo.";
        app.appeal(me, programme, student, record, words).await?;
    }
    let entity = NewEntity {
        alias: "三年二班 Class 3-2".to_owned(),
        lang: "zh".to_owned(),
        consents: vec![Consent::Programme, Consent::Photos],
    };
    app.create_entity(me, programme, entity, None).await?;
    let theirs = app.statement(operator, programme, commuter, None, 50).await?.entries;
    let ride = |record: &&app::RecordView| {
        let act = record.act.as_ref();
        record.state == Standing::Credited && act.is_some_and(|act| act.behaviour == "cycling-for-driving")
    };
    let credited = theirs.iter().find(ride);
    if let Some(record) = credited.and_then(|record| record.record) {
        let why = "合作方通知该行程属于他人。The partner says that this ride was somebody else's.";
        app.request_reversal(operator, programme, (commuter, record), why)
            .await?;
    }
    let rewards = app.rewards(programme).await?;
    if let Some(brush) = rewards.iter().find(|reward| !reward.at_once) {
        app.redeem(people.caller("commuter")?, programme, commuter, brush.id, None)
            .await?;
    }
    let filter = ParticipantFilter {
        search: "示范成员 8".to_owned(),
        ..ParticipantFilter::default()
    };
    if let Some(member) = app
        .participants(operator, programme, filter, 1)
        .await?
        .participants
        .first()
    {
        let why = "步数来源待核实。The source of the steps is being checked.";
        app.freeze_participant(operator, programme, member.id, true, why)
            .await?;
    }
    println!("待办:申诉、冲正、兑换单各一 · on the desks: an appeal, a reversal, an order");
    Ok(())
}
