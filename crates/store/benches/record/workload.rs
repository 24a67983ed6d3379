//! The acts: participants uniformly at random, which is the worst for every cache; twelve shipped methodologies with
//! ceilings, mostly daily; twenty partners; one act in a hundred sent again; civil days that pass.
//!
//! Act number `n` is a function of `n` alone, so that a replay needs no memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::activity::{Act, Channel, ClaimKey, claims, retry_key};
use domain::measure::{Decimal, ParticipantId, ProgrammeId, Text, Zone, bucket_of, make_id};
use domain::methodology::{ClaimPart, Context, Methodology, Said, quantify};
use domain::participant::{Consent, Consents};
use domain::programme::{PointsRule, Programme};
use store::activity::Post;
use store::{Db, Store, StoreError, methodology, programme};

/// A methodology's file, and the input that is said: its name, least and greatest value in steps, and decimal places.
type Shipped = (&'static str, Option<(&'static str, i64, i64, u8)>);

macro_rules! shipped {
    ($($name:literal $said:expr;)*) => {
        [$((include_str!(concat!("../../../../methodologies/", $name, ".toml")), $said)),*]
    };
}

const SHIPPED: [Shipped; 12] = shipped! {
    "metro-trip" None;
    "metro-by-distance" Some(("distance", 100, 3_000, 2));
    "bus-by-distance" Some(("distance", 100, 1_500, 2));
    "bus-trip" None;
    "cycling-for-driving" Some(("distance", 500, 12_000, 3));
    "shared-bike" Some(("distance", 500, 8_000, 3));
    "walking-by-steps" Some(("steps", 500, 20_000, 0));
    "clean-plate" None;
    "e-invoice" None;
    "toll-etc" None;
    "shop-mobile-payment" None;
    "courier-box" Some(("boxes", 1, 5, 0));
};

const PARTNERS: u64 = 20;
const REPLAYED_LATER: u64 = 30_000;
const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 1_440 * MINUTE_US;
/// 2026-01-05 00:00 in Shanghai.
const FIRST_DAY_US: i64 = 1_767_542_400_000_000;

struct Behaviour {
    number: i64,
    methodology: Arc<Methodology>,
    said: Option<(&'static str, i64, i64, u8)>,
}

pub struct Workload {
    programme: Arc<Programme>,
    behaviours: Vec<Behaviour>,
    participants: u64,
    acts_a_day: u64,
    next: AtomicU64,
}

/// Well-mixed bits of a number (splitmix64).
fn mix(number: u64) -> u64 {
    let mut z = number
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Workload {
    /// Publishes the methodologies and enrols everybody in fresh books.
    pub async fn prepare(store: &Store, participants: u64) -> Result<Arc<Self>, StoreError> {
        let text = |zh: &str, en: &str| Text {
            zh: zh.to_owned(),
            en: en.to_owned(),
        };
        let programme = Programme {
            id: ProgrammeId::new(make_id(FIRST_DAY_US, 0)),
            slug: "city".to_owned(),
            title: text("城市", "City"),
            zone: Zone::named("Asia/Shanghai").expect("the zone is known"),
            zone_name: "Asia/Shanghai".to_owned(),
            region: "CN-GD".to_owned(),
            starts_us: FIRST_DAY_US - DAY_US,
            points: PointsRule {
                milli_per_g: 1000,
                unit: text("克", "g"),
            },
            joinable: false,
            rates: Vec::new(),
        };
        let books = programme.clone();
        let behaviours = store
            .write(0, async move |db: &mut Db| {
                programme::insert(db, &books).await?;
                let mut behaviours = Vec::new();
                for (text, said) in SHIPPED {
                    let methodology = Methodology::parse(text).expect("a shipped methodology is valid");
                    let sha256 = &[0; 32];
                    let (number, _) = methodology::publish(db, &methodology, sha256, FIRST_DAY_US)
                        .await?
                        .expect("new");
                    methodology::put_in_force(db, books.id, &methodology.behaviour, number, FIRST_DAY_US).await?;
                    behaviours.push(Behaviour {
                        number,
                        methodology,
                        said,
                    });
                }
                Ok(behaviours)
            })
            .await?;
        let workload = Arc::new(Self {
            programme: Arc::new(programme),
            behaviours,
            participants,
            acts_a_day: participants * 2,
            next: AtomicU64::new(0),
        });
        workload.enrol(store).await?;
        Ok(workload)
    }

    async fn enrol(self: &Arc<Self>, store: &Store) -> Result<(), StoreError> {
        let consents = Consent::ALL
            .into_iter()
            .fold(Consents::default(), Consents::with)
            .bits();
        let mut people: Vec<(u8, i64)> = (0..self.participants)
            .map(|i| self.participant(i).number())
            .map(|id| (bucket_of(id), id))
            .collect();
        people.sort_unstable();
        let programme = self.programme.id.number();
        for chunk in people.chunks(20_000) {
            let chunk = chunk.to_vec();
            store
                .write(0, async move |db: &mut Db| {
                    let columns = "bucket, id, programme, kind, open, consents, credited_mg, reversed_mg, points_in,
                                   points_out, points_held, last_entry, history, version";
                    if let Some(books) = db.sqlite() {
                        let sql = format!(
                            "INSERT INTO participant ({columns}) VALUES (?1, ?2, ?3, 0, 1, ?4, 0, 0, 0, 0, 0, 0, '', 0)"
                        );
                        let mut insert = books.prepare_cached(&sql)?;
                        for (bucket, id) in &chunk {
                            insert.execute((bucket, id, programme, consents))?;
                        }
                    } else if let Some(books) = db.postgres() {
                        let sql = format!(
                            "INSERT INTO participant ({columns})
                             SELECT bucket, id, $3, 0, 1, $4, 0, 0, 0, 0, 0, 0, '', 0
                             FROM unnest($1::smallint[], $2::bigint[]) AS n (bucket, id)"
                        );
                        let (buckets, ids): (Vec<i16>, Vec<i64>) =
                            chunk.iter().map(|(bucket, id)| (i16::from(*bucket), *id)).unzip();
                        books.execute(&sql, &[&buckets, &ids, &programme, &consents]).await?;
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    fn participant(&self, number: u64) -> ParticipantId {
        // as if they had joined one a second
        let joined_us = FIRST_DAY_US - signed(self.participants - number) * 1_000_000;
        ParticipantId::new(make_id(joined_us, u32::try_from(mix(number) & 0xF_FFFF).unwrap_or(0)))
    }

    /// The methodology of a number, as records name it.
    pub fn methodology(&self, number: i64) -> Option<&Arc<Methodology>> {
        let found = self.behaviours.iter().find(|behaviour| behaviour.number == number);
        found.map(|behaviour| &behaviour.methodology)
    }

    /// The next acts, read and quantified as a caller's thread does it.
    pub fn posts(&self, count: usize) -> Vec<Post> {
        let count = count as u64;
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        (first..first + count).map(|number| self.post(number)).collect()
    }

    fn post(&self, number: u64) -> Post {
        let again = number >= REPLAYED_LATER && mix(number).is_multiple_of(100);
        let number = if again { number - REPLAYED_LATER } else { number };
        let chance = mix(number ^ 0x5EED);
        let behaviour = &self.behaviours[usize::try_from(chance % 12).unwrap_or(0)];
        let methodology = &behaviour.methodology;
        let participant = self.participant(mix(chance) % self.participants);
        let partner = 1 + signed((chance >> 8) % PARTNERS);
        let event = format!("{partner:02}-{:012}", number + 700_000_000);

        let clock_us = FIRST_DAY_US
            + i64::try_from(u128::from(number) * 86_400_000_000 / u128::from(self.acts_a_day)).unwrap_or(0);
        let started_us = clock_us - signed((chance >> 16) % 10) * MINUTE_US;
        let lasted = if methodology.exclusive {
            5 + signed((chance >> 24) % 30)
        } else {
            0
        };
        let ended_us = started_us + lasted * MINUTE_US;
        let day = self.programme.zone.day_of(started_us);
        let value = behaviour.said.map(|(name, least, most, places)| {
            let steps = least + signed((chance >> 32) % u64::try_from(most - least + 1).unwrap_or(1));
            (name, Decimal::new(steps, places).to_string())
        });
        let said = value.iter().map(|(name, value)| (*name, Said::Number(value)));
        let inputs = methodology.read_inputs(said).expect("inputs are within bounds");
        let channel = Channel::Partner;
        let context = Context {
            region: &self.programme.region,
            day,
            grade: channel.grade(),
        };
        let working = quantify(methodology, inputs, &context).expect("the act avoids something");

        let retry = retry_key(self.programme.id.number(), partner, participant, &event);
        let claims = if methodology.claim == [ClaimPart::Event] {
            Vec::new()
        } else {
            let said = methodology.said_inputs(&working.inputs);
            claims(
                methodology,
                &self.programme,
                participant,
                (started_us, day),
                &retry,
                &said,
                None,
            )
        };
        let said = value.as_ref().map_or("", |(_, value)| value);
        let body = ClaimKey::of(&[
            &participant.number().to_le_bytes(),
            methodology.behaviour.as_bytes(),
            &started_us.to_le_bytes(),
            &ended_us.to_le_bytes(),
            said.as_bytes(),
        ]);
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&body.0[..8]);
        Post {
            act: Act {
                participant,
                channel,
                partner,
                started_us,
                ended_us,
                day,
                working,
                retry,
                body: i64::from_le_bytes(fingerprint),
                claims,
                photo: None,
                refused_for: None,
            },
            programme: Arc::clone(&self.programme),
            methodology: behaviour.number,
            event: Some(event),
            at_us: clock_us + 60 * MINUTE_US,
        }
    }
}
