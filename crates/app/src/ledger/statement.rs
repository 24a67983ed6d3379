//! A participant's months: what was avoided, by what; what was booked; what that is like.

use std::collections::BTreeMap;

use domain::measure::{Carbon, Day, EntryId, Month, OrderId, ParticipantId, Text};
use domain::methodology::{Category, Factor};
use domain::programme::Programme;
use store::Db;
use store::activity::Code;
use store::ledger as books;

use crate::{App, Caller, Error, Standing};

/// What acts of one month in one category avoided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvoidedView {
    /// The month of the acts.
    pub month: Month,
    /// Their category.
    pub category: Category,
    /// Credited and not taken back, in mg CO2e.
    pub mg: i64,
    /// How many acts.
    pub acts: i64,
}

/// What was booked in a month.
#[derive(Debug, Clone)]
pub struct MonthView {
    /// The month.
    pub month: Month,
    /// Points earned and won, in thousandths.
    pub earned_milli: i64,
    /// Points spent.
    pub spent_milli: i64,
    /// Points held for orders and not yet let go or spent, of those that were held in this month and before.
    pub held_milli: i64,
    /// Points taken back with a credit or a prize.
    pub returned_milli: i64,
    /// Reduction credited less reduction taken back, in mg CO2e.
    pub net_mg: i64,
    /// Newest first.
    pub lines: Vec<LineView>,
    /// Whether there are more than these.
    pub more: bool,
}

/// A line of it.
#[derive(Debug, Clone)]
pub struct LineView {
    /// The entry.
    pub entry: EntryId,
    /// What it is.
    pub state: Standing,
    /// The act or the reward that it is about.
    pub title: Option<Text>,
    /// The behaviour of the act.
    pub behaviour: Option<String>,
    /// The category of the act.
    pub category: Option<Category>,
    /// When it was booked, microseconds since the epoch.
    pub booked_us: i64,
    /// When the act began.
    pub started_us: Option<i64>,
    /// Reduction that it moves, in mg CO2e.
    pub mg: i64,
    /// Points that it moves, in thousandths.
    pub points_milli: i64,
    /// The order, if it is about one.
    pub order: Option<OrderId>,
}

/// Something that people know which would have emitted as much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// What.
    pub like: Like,
    /// How much of it in thousandths of its unit, rounded down.
    pub milli: i64,
    /// What the factor is called.
    pub factor: Text,
    /// The factor with its unit, region and year, e.g. `0.5306 kgCO2e/kWh`.
    pub value: String,
    /// Where the factor applies.
    pub region: String,
    /// The year that it describes.
    pub year: i16,
    /// Where it was published.
    pub source: String,
    /// An address of the source, if one is known.
    pub url: Option<String>,
}

/// What people know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Like {
    /// Kilometres by car.
    Driving,
    /// Kilowatt hours from the grid.
    Electricity,
}

impl Like {
    const ALL: [(Like, &str, &str); 2] = [(Like::Driving, "ef_car", "km"), (Like::Electricity, "ef_grid", "kWh")];
}

impl App {
    /// What a participant's acts avoided from one month to another, by month and category; acts that were taken back
    /// do not count. Months are those of the programme's zone.
    pub async fn avoided(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        (from, to): (Month, Month),
    ) -> Result<Vec<AvoidedView>, Error> {
        self.readable(caller, programme, participant).await?;
        let last = Day::from_epoch_days(to.plus(1).first().epoch_days() - 1);
        let days = (from.first(), last);
        let rows = self
            .0
            .store
            .read(async move |db: &mut Db| books::avoided(db, participant, days).await)
            .await?;
        let catalogue = self.catalogue();
        let mut sums: BTreeMap<(Month, Category), (i64, i64)> = BTreeMap::new();
        for row in rows {
            if let Some(version) = catalogue.version(row.methodology) {
                let key = (Month::of(row.day), version.methodology.category);
                let sum = sums.entry(key).or_default();
                sum.0 = sum.0.saturating_add(row.mg.mg());
                sum.1 += row.acts;
            }
        }
        let view = |((month, category), (mg, acts))| AvoidedView {
            month,
            category,
            mg,
            acts,
        };
        Ok(sums.into_iter().map(view).collect())
    }

    /// What was booked for a participant in a month of the programme's zone, with at most `limit` lines.
    pub async fn month(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        month: Month,
        limit: u32,
    ) -> Result<MonthView, Error> {
        let owner = self.readable(caller, programme, participant).await?;
        let start = |month: Month| programme.zone.start_of(month.first());
        let (from_us, until_us) = (start(month), start(month.plus(1)));
        let (moved, mut booked, later, titles) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let moved = books::moved(db, participant, (from_us, until_us)).await?;
                let later = books::moved(db, participant, (until_us, i64::MAX)).await?;
                let booked = books::booked(db, participant, (from_us, until_us), limit.saturating_add(1)).await?;
                let orders = booked.iter().filter_map(|(entry, _)| order_of(entry.code, entry.about));
                let ends = orders.clone().min().zip(orders.max());
                let titles = match ends {
                    Some(ends) => books::order_titles(db, participant, ends).await?,
                    None => Vec::new(),
                };
                Ok((moved, booked, later, titles))
            })
            .await?;
        let more = booked.len() > limit as usize;
        booked.truncate(limit as usize);
        let titles: BTreeMap<OrderId, Text> = titles.into_iter().collect();
        let catalogue = self.catalogue();
        let lines = booked.into_iter().map(|(entry, reversed)| {
            let methodology = entry.act.as_ref().map(|act| act.methodology).or(reversed);
            let order = order_of(entry.code, entry.about);
            let version = methodology.and_then(|number| catalogue.version(number));
            LineView {
                entry: entry.id,
                state: standing(entry.code),
                title: match order {
                    Some(order) => titles.get(&order).cloned(),
                    None => version.map(|version| version.methodology.title.clone()),
                },
                behaviour: version.map(|version| version.methodology.behaviour.clone()),
                category: version.map(|version| version.methodology.category),
                booked_us: entry.at_us,
                started_us: entry.act.map(|act| act.started_us),
                mg: entry.mg.mg(),
                points_milli: entry.points.milli(),
                order,
            }
        });
        let points = |moved: &[books::Moved], code| {
            let found = moved.iter().find(|moved| moved.code == code);
            found.map_or(0, |moved| moved.points.milli())
        };
        let mg = |code| {
            let found = moved.iter().find(|moved| moved.code == code);
            found.map_or(0, |moved| moved.mg.mg())
        };
        let let_go = |moved: &[books::Moved]| points(moved, Code::Spent) + points(moved, Code::Released);
        Ok(MonthView {
            month,
            earned_milli: points(&moved, Code::Credited) + points(&moved, Code::Raised) + points(&moved, Code::Prize),
            spent_milli: points(&moved, Code::Spent),
            held_milli: owner.points_held.milli() - points(&later, Code::Held) + let_go(&later),
            returned_milli: points(&moved, Code::Reversal) + points(&moved, Code::Returned),
            net_mg: mg(Code::Credited) + mg(Code::Raised) - mg(Code::Reversal),
            lines: lines.collect(),
            more,
        })
    }

    /// What a reduction is like, by factors of the methodologies that are in force in a programme. Of several factors
    /// the largest is taken, which flatters least.
    pub fn likenesses(&self, programme: &Programme, reduction: Carbon) -> Vec<Likeness> {
        let catalogue = self.catalogue();
        let today = programme.zone.day_of(self.now_us());
        let mut found = Vec::new();
        for (like, name, unit) in Like::ALL {
            let factors = catalogue.in_force(programme.id);
            let factors = factors.flat_map(|(_, version)| &version.methodology.factors);
            let alike = factors
                .filter(|factor| factor.name == name)
                .filter_map(|factor| likeness(like, factor, unit, programme, reduction, today));
            found.extend(alike.min_by_key(|likeness| likeness.milli));
        }
        found
    }
}

fn likeness(
    like: Like,
    factor: &Factor,
    unit: &str,
    programme: &Programme,
    reduction: Carbon,
    today: Day,
) -> Option<Likeness> {
    let mass_mg = match factor.unit.name().strip_suffix(unit)?.strip_suffix('/')? {
        "gCO2e" => 1_000_i128,
        "kgCO2e" => 1_000_000,
        _ => return None,
    };
    let row = factor.in_force(&programme.region, today)?;
    let each = i128::from(row.value.mantissa()) * mass_mg;
    let scale = 10_i128.pow(u32::from(row.value.places()));
    if each <= 0 {
        return None;
    }
    let milli = i128::from(reduction.mg().max(0)) * 1_000 * scale / each;
    Some(Likeness {
        like,
        milli: i64::try_from(milli).ok()?,
        factor: factor.label.clone(),
        value: format!("{} {}", row.value, factor.unit.name()),
        region: row.region.clone(),
        year: row.year,
        source: row.source.clone(),
        url: row.url.clone(),
    })
}

fn order_of(code: Code, about: Option<i64>) -> Option<OrderId> {
    match code {
        Code::Held | Code::Spent | Code::Released => about.map(OrderId::new),
        Code::Credited | Code::Refused | Code::Reversal | Code::Raised | Code::Prize | Code::Returned => None,
    }
}

fn standing(code: Code) -> Standing {
    match code {
        Code::Credited => Standing::Credited,
        Code::Refused => Standing::Refused,
        Code::Reversal => Standing::Reversal,
        Code::Raised => Standing::Raised,
        Code::Held => Standing::Held,
        Code::Spent => Standing::Spent,
        Code::Released => Standing::Released,
        Code::Prize => Standing::Prize,
        Code::Returned => Standing::Returned,
    }
}
