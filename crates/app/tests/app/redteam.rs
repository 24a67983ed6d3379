//! The red team: forged and borrowed proofs against the whole path, from the file to the credit, beside honest ones.
//!
//! Every attack is played twice, with the evidence policy that is shipped and with one in which every sign is only
//! noted: what it would have gained, and what it gains.

#[path = "redteam/attacks.rs"]
mod attacks;
#[path = "redteam/forge.rs"]
mod forge;
#[path = "redteam/honest.rs"]
mod honest;

use std::fmt::Write as _;

use app::{Caller, Mode, NewProof, Standing};
use domain::evidence::{Kind, SIGNS};
use domain::measure::{EntryId, ParticipantId};
use store::testing::fresh_sqlite_url;
use store::{Options, Store};

use crate::world::{Told, World, refused};

/// What was sent, and what its sender hoped for.
struct Sent {
    who: ParticipantId,
    hoped_mg: i64,
    /// The submission or record; none if it was refused at the door, for this reason.
    id: Result<EntryId, String>,
}

/// Where attacks and honest acts are played.
pub struct Field {
    pub world: World,
    sent: Vec<Sent>,
    seen: Vec<EntryId>,
    people: usize,
    events: usize,
}

/// What became of what was sent.
#[derive(Debug, Default, Clone)]
struct Outcome {
    hoped_mg: i64,
    credited_mg: i64,
    asked_mg: i64,
    sent: usize,
    credited: usize,
    asked: usize,
    /// Why what was not credited was not, each once.
    reasons: Vec<String>,
}

impl Field {
    async fn new(store: &Store, guarded: bool) -> Self {
        let world = World::new(store).await;
        let mut policy = "[limits]\naudit_permille = 0\n".to_owned();
        if !guarded {
            policy.push_str("[signs]\n");
            for sign in SIGNS {
                writeln!(policy, "\"{sign}\" = \"note\"").unwrap();
            }
        }
        let console = Caller::console();
        let set = world.app.set_policy(&console, &world.programme, &policy, "red team");
        set.await.unwrap();
        Field {
            world,
            sent: Vec::new(),
            seen: Vec::new(),
            people: 0,
            events: 0,
        }
    }

    /// Somebody new.
    pub async fn someone(&mut self) -> ParticipantId {
        self.people += 1;
        self.world.enrol(&format!("someone-{}", self.people)).await
    }

    fn event(&mut self) -> String {
        self.events += 1;
        format!("event-{}", self.events)
    }

    /// Sends a file as proof of an act.
    pub async fn send(&mut self, act: Told, kind: Kind, bytes: Vec<u8>, hoped_mg: i64) {
        self.send_from(act, kind, bytes, None, hoped_mg).await;
    }

    /// The same, from a device that can be told from others.
    pub async fn send_from(
        &mut self,
        mut act: Told,
        kind: Kind,
        bytes: Vec<u8>,
        device: Option<[u8; 32]>,
        hoped_mg: i64,
    ) {
        act.event = self.event();
        let who = act.participant;
        let caller = self.world.person(who);
        let proof = NewProof { kind, bytes, device };
        let sent = self
            .world
            .app
            .submit_proof(&caller, &self.world.programme, act.report(), proof)
            .await;
        let id = refused(sent)
            .map(|sent| sent.submission)
            .map_err(|why| why.code().to_owned());
        self.sent.push(Sent { who, hoped_mg, id });
        self.world.work().await;
    }

    /// Sends a photo as proof of a metro trip of 20 minutes, 200 g.
    pub async fn metro(&mut self, who: ParticipantId, start_us: i64, bytes: Vec<u8>) {
        let act = Told::new(who, "", "metro-trip", start_us).lasting(20);
        self.send(act, Kind::Photo, bytes, 200_000).await;
    }

    /// Sends a track as proof of a ride of about so many metres, 250 mg each.
    pub async fn ride(&mut self, who: ParticipantId, bytes: Vec<u8>, metres: i64) {
        // when and how far is told by the track
        let act = Told::new(who, "", "cycling-for-driving", crate::world::START_US);
        self.send(act, Kind::Track, bytes, metres * 250).await;
    }

    /// Sends steps of a civil day that began at an instant, 16.4 mg each.
    pub async fn steps(&mut self, who: ParticipantId, day_us: i64, bytes: Vec<u8>, steps: i64) {
        let act = Told::new(who, "", "walking-by-steps", day_us);
        self.send(act, Kind::Steps, bytes, steps * 16_400 / 1000).await;
    }

    /// Lets a partner report.
    pub async fn report(&mut self, mode: Mode, act: Told, hoped_mg: i64) {
        let who = act.participant;
        let answer = self
            .world
            .app
            .submit(&self.world.partner, &self.world.programme, mode, act.report())
            .await;
        let id = match refused(answer) {
            Ok(receipt) => receipt.record.or(receipt.submission).ok_or_else(String::new),
            Err(why) => Err(why.code().to_owned()),
        };
        self.sent.push(Sent { who, hoped_mg, id });
        self.world.work().await;
    }

    /// What became of everything that was sent since the last time. A record that several reports lead to counts once.
    async fn outcome(&mut self) -> Outcome {
        let mut outcome = Outcome::default();
        for sent in std::mem::take(&mut self.sent) {
            outcome.sent += 1;
            outcome.hoped_mg += sent.hoped_mg;
            let mut because = |why: String| {
                if !outcome.reasons.contains(&why) {
                    outcome.reasons.push(why);
                }
            };
            match sent.id {
                Err(why) => because(why),
                Ok(id) => {
                    let caller = self.world.person(sent.who);
                    let view = self
                        .world
                        .app
                        .record(&caller, &self.world.programme, sent.who, id)
                        .await;
                    let view = view.unwrap();
                    match view.state {
                        Standing::Credited if view.record.is_some_and(|record| self.seen.contains(&record)) => {
                            because("the same record".to_owned());
                        }
                        Standing::Credited => {
                            outcome.credited += 1;
                            outcome.credited_mg += view.mg;
                            self.seen.extend(view.record);
                        }
                        Standing::InReview => {
                            outcome.asked += 1;
                            outcome.asked_mg += view.act.map_or(0, |act| act.weighted_mg);
                            because("asks a person".to_owned());
                        }
                        _ => because(match (view.reason, view.detail) {
                            (Some(code), Some(detail)) if code == "evidence.refused" => detail,
                            (Some(code), _) => code,
                            (None, _) => format!("{:?}", view.state),
                        }),
                    }
                }
            }
        }
        outcome
    }
}

async fn field(url: &str, guarded: bool) -> (Store, Field) {
    let store = Store::open(url, Options::default()).await.unwrap();
    let field = Field::new(&store, guarded).await;
    (store, field)
}

const fn grams(mg: i64) -> i64 {
    mg / 1000
}

#[tokio::test]
async fn attacks_gain_next_to_nothing_and_each_says_why() {
    let (open_url, guarded_url) = (fresh_sqlite_url(), fresh_sqlite_url());
    let (open_store, mut open) = field(&open_url, false).await;
    let (guarded_store, mut guarded) = field(&guarded_url, true).await;
    let mut total = [0_i64; 4];
    println!("| attack | hoped g | without rules g | gains g | held for a person g | because |");
    println!("|---|---:|---:|---:|---:|---|");
    for attack in attacks::ALL {
        attack.play(&mut open).await;
        let before = open.outcome().await;
        attack.play(&mut guarded).await;
        let now = guarded.outcome().await;
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            attack.name(),
            grams(now.hoped_mg),
            grams(before.credited_mg),
            grams(now.credited_mg),
            grams(now.asked_mg),
            now.reasons.join(", "),
        );
        for (sum, mg) in total
            .iter_mut()
            .zip([now.hoped_mg, before.credited_mg, now.credited_mg, now.asked_mg])
        {
            *sum += mg;
        }
    }
    let [hoped, before, now, asked] = total;
    println!(
        "| all {} | {} | {} | {} | {} | |",
        attacks::ALL.len(),
        grams(hoped),
        grams(before),
        grams(now),
        grams(asked)
    );
    assert!(attacks::ALL.len() >= 40);
    assert!(
        before * 4 > hoped,
        "without rules the attacks pay, else they are no attacks"
    );
    assert!(
        now * 20 <= before,
        "attacks gain {now} mg of the {before} mg that they would have gained"
    );
    open_store.close().await;
    guarded_store.close().await;
}

#[tokio::test]
async fn honest_proofs_are_credited_without_a_person() {
    let url = fresh_sqlite_url();
    let (store, mut field) = field(&url, true).await;
    println!("| honest records | sent | credited at once | asked | otherwise | because |");
    println!("|---|---:|---:|---:|---:|---|");
    let (mut sent, mut credited) = (0, 0);
    for honest in honest::ALL {
        if !honest.play(&mut field).await {
            continue;
        }
        let outcome = field.outcome().await;
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            honest.name(),
            outcome.sent,
            outcome.credited,
            outcome.asked,
            outcome.sent - outcome.credited - outcome.asked,
            outcome.reasons.join(", "),
        );
        sent += outcome.sent;
        credited += outcome.credited;
    }
    println!("| all | {sent} | {credited} | | | |");
    assert!(
        credited * 100 >= sent * 97,
        "{credited} of {sent} honest proofs were credited at once"
    );
    store.close().await;
}
