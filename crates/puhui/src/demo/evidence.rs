//! The stories of proofs: what is clean is credited at once, what was sent before is refused, what is odd is asked.

use std::io::{Seek as _, Write as _};
use std::sync::Arc;

use app::{App, Caller, Mode, NewProof, NewReading, Report, Say, Standing, StepsFate, Submitted};
use domain::evidence::Kind;
use domain::measure::ParticipantId;
use domain::programme::Programme;

use super::DAY_US;
use super::proofs::{self, Shot};
use super::stories::{People, instant};
use crate::Stop;

const HOUR_US: i64 = 3_600_000_000;

/// Whoever sends proofs, to one programme.
struct Sender<'a> {
    app: &'a App,
    programme: &'a Arc<Programme>,
    caller: &'a Caller,
}

impl Sender<'_> {
    /// Sends a file as proof of an act, and lets it be judged.
    async fn send(
        &self,
        (event, behaviour, at_us): (&str, &str, i64),
        kind: Kind,
        bytes: Vec<u8>,
    ) -> Result<Submitted, Stop> {
        let started = instant(at_us);
        let json = serde_json::json!({ "event": event, "behaviour": behaviour, "started_at": started }).to_string();
        let proof = NewProof {
            kind,
            bytes,
            device: None,
        };
        let sent = self
            .app
            .submit_proof(self.caller, self.programme, Report::from_json(json.as_bytes())?, proof)
            .await?;
        self.app.run_due_jobs().await?;
        Ok(sent)
    }

    /// What became of it, checked: a demo that tells something else than it shows is worth nothing.
    async fn must_be(&self, sent: &Submitted, state: Standing) -> Result<app::RecordView, Stop> {
        let found = self
            .app
            .record(self.caller, self.programme, sent.participant, sent.submission)
            .await?;
        if found.state == state {
            return Ok(found);
        }
        let signs: Vec<&str> = found.signs.iter().map(domain::evidence::Sign::code).collect();
        Err(Stop::new(format!(
            "the demo's story does not hold: {:?} for {:?}, {signs:?}",
            found.state, found.reason
        )))
    }
}

/// All of them.
pub(super) async fn proofs(
    app: &App,
    programme: &Arc<Programme>,
    people: &People,
    (partner, commuter): (&Caller, ParticipantId),
) -> Result<(), Stop> {
    let sender = |caller| Sender { app, programme, caller };
    let (xiaoman, ahe) = (sender(people.caller("student")?), sender(people.caller("commuter")?));
    rides(&xiaoman, &ahe, commuter).await?;
    agreed(&ahe, partner).await?;
    photos(&xiaoman, people.caller("reviewer")?).await?;
    meter(&ahe).await?;
    month(&xiaoman).await
}

/// A ride that counts at once, and the same recording in somebody else's hands.
async fn rides(xiaoman: &Sender<'_>, ahe: &Sender<'_>, commuter: ParticipantId) -> Result<(), Stop> {
    let start_us = xiaoman.app.now_us() - 2 * DAY_US + 1_920_000_000;
    let ride = proofs::ride(7, start_us, 5_000);
    let act = ("ride", "cycling-for-driving", start_us);
    let sent = xiaoman.send(act, Kind::Track, proofs::gpx(&ride)).await?;
    let credited = xiaoman.must_be(&sent, Standing::Credited).await?;
    println!(
        "小满骑行 5 公里,轨迹干净,当场计入 {} 克 · a clean ride of 5 km, credited at once: {} g",
        credited.mg / 1000,
        credited.mg / 1000
    );
    let copied: Vec<proofs::Point> = ride.iter().map(|(lat, lon, at)| (*lat, *lon, at + DAY_US)).collect();
    let act = ("ride", "cycling-for-driving", start_us + DAY_US);
    let sent = ahe.send(act, Kind::Track, proofs::gpx(&copied)).await?;
    let refused = ahe.must_be(&sent, Standing::Refused).await?;
    println!("阿禾第二天发来同一条轨迹:被拒 · Ahe sent the same recording on the next day: refused");
    if let Some(record) = refused.record {
        let words = "我们每天走同一条路,这次是我自己骑的。We take the same way every day; this ride was my own.";
        ahe.app
            .appeal(ahe.caller, ahe.programme, commuter, record, words)
            .await?;
    }
    Ok(())
}

/// A trip that was only declared, and that the partner's gate saw as well: two sources agree, and the rest is added.
async fn agreed(ahe: &Sender<'_>, partner: &Caller) -> Result<(), Stop> {
    let start_us = ahe.app.now_us() - 3 * DAY_US + 1_920_000_000;
    let trip = |event: &str, reference: Option<&str>, start_us: i64| {
        serde_json::json!({
            "event": event, "reference": reference, "behaviour": "metro-trip",
            "started_at": instant(start_us), "ended_at": instant(start_us + 20 * 60_000_000),
        })
        .to_string()
    };
    let said = trip("declared", None, start_us);
    let report = Report::from_json(said.as_bytes())?;
    let first = ahe.app.submit(ahe.caller, ahe.programme, Mode::Event, report).await?;
    let gate = trip("gate-4711", Some("member-0"), start_us + 120_000_000);
    let report = Report::from_json(gate.as_bytes())?;
    let more = ahe.app.submit(partner, ahe.programme, Mode::Event, report).await?;
    if more.credited_mg == 0 {
        return Err(Stop::new(format!("the gate added nothing: {}", more.state)));
    }
    let (first, more) = (first.credited_mg / 1000, more.credited_mg / 1000);
    println!(
        "阿禾自报一次地铁 {first} 克,闸机也记到了:补计 {more} 克 · a metro trip was declared, {first} g; the gate \
         saw it as well: +{more} g"
    );
    Ok(())
}

/// The same dark room again, a picture that went through an editor, and one of which the reviewer wants to see more.
async fn photos(xiaoman: &Sender<'_>, reviewer: &Caller) -> Result<(), Stop> {
    let now_us = xiaoman.app.now_us();
    let room = |take: u64, taken_us: i64| Shot {
        scene: 21,
        take,
        dark: true,
        taken_us,
        editor: None,
    };
    for (event, take, at_us) in [
        ("room-1", 1, now_us - 30 * HOUR_US),
        ("room-2", 2, now_us - 6 * HOUR_US),
    ] {
        let photo = proofs::photo(room(take, at_us))?;
        let sent = xiaoman.send((event, "lights-off", at_us), Kind::Photo, photo).await?;
        let state = if take == 1 {
            Standing::Credited
        } else {
            Standing::InReview
        };
        xiaoman.must_be(&sent, state).await?;
    }
    let mut edited = Vec::new();
    for (event, behaviour, scene, hours, editor) in [
        ("edited", "metro-trip", 22, 12, "Snapseed 2.19"),
        ("order", "no-tableware", 23, 13, "Meitu 9.8"),
    ] {
        let at_us = now_us - hours * HOUR_US;
        let shot = Shot {
            scene,
            take: 1,
            dark: false,
            taken_us: at_us,
            editor: Some(editor),
        };
        let sent = xiaoman
            .send((event, behaviour, at_us), Kind::Photo, proofs::photo(shot)?)
            .await?;
        xiaoman.must_be(&sent, Standing::InReview).await?;
        edited.push(sent);
    }
    if let Some(order) = edited.last() {
        let words = "请再发一张能看到“无需餐具”的订单照片。Please send a photo of the order that shows “no tableware”.";
        let who = (order.participant, order.submission);
        xiaoman
            .app
            .review_say(reviewer, xiaoman.programme, who, (Say::More, words), None, None)
            .await?;
        xiaoman.must_be(order, Standing::MoreWanted).await?;
    }
    println!(
        "待审核:同一房间的照片、修过的照片;一张被要求补充 · with the reviewer: a look-alike, an edited photo; \
         of one more is wanted"
    );
    Ok(())
}

/// Two readings of a meter: the first one begins, the second one says what went through.
async fn meter(ahe: &Sender<'_>) -> Result<(), Stop> {
    let now_us = ahe.app.now_us();
    for (event, days, shows) in [("meter-1", 25, "10452.3"), ("meter-2", 1, "10510.8")] {
        let json = serde_json::json!({
            "event": event, "behaviour": "household-electricity", "started_at": instant(now_us - days * DAY_US),
            "inputs": { "expected": "90 kWh" },
        })
        .to_string();
        let reading = NewReading {
            meter: "DEMO-0042".to_owned(),
            shows: shows.to_owned(),
            digits: 5,
            replaced: false,
            photo: None,
        };
        let report = Report::from_json(json.as_bytes())?;
        ahe.app
            .submit_meter(ahe.caller, ahe.programme, report, reading, None)
            .await?;
        ahe.app.run_due_jobs().await?;
    }
    println!("两次电表读数:第一次起算,第二次算出用量 · two meter readings: the first begins, the second tells");
    Ok(())
}

/// A month of steps in one file.
async fn month(xiaoman: &Sender<'_>) -> Result<(), Stop> {
    let mut file = app::scratch()?;
    file.write_all(&proofs::steps(3, xiaoman.app.now_us(), 28)?)?;
    file.rewind()?;
    let days = xiaoman
        .app
        .submit_steps(xiaoman.caller, xiaoman.programme, "walking-by-steps", file, None)
        .await?;
    xiaoman.app.run_due_jobs().await?;
    let sent = days.iter().filter(|day| matches!(day.fate, StepsFate::Sent { .. }));
    let sent = sent.count();
    println!("一个文件、{sent} 天步数 · a month of steps in one file: {sent} days");
    Ok(())
}
