//! The rules of a market as data: a reviewed TOML text in which every rule has its source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::measure::{Currency, Decimal, Text, Zone};

/// Prices of a book without a band, at most: more would make its ladder too large.
const LEVELS_MAX: u32 = 1 << 22;
/// Bounds under which what an order costs fits 64 bits: 2^26 a tonne times 2^32 tonnes, and as much again in fees.
const PRICE_MAX: u32 = 1 << 26;

/// A way to trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// 挂牌: orders are shown, and others pick them at their price.
    Listing,
    /// Orders meet by price, then time.
    Continuous,
    /// The opening of continuous trading: orders gather and meet at one price.
    Call,
    /// 大宗协议: two sides agree and both confirm.
    Block,
    /// 单向竞价: one seller, a floor, bids until an end.
    Auction,
}

impl Mode {
    /// Its word in profiles.
    pub const fn word(self) -> &'static str {
        match self {
            Mode::Listing => "listing",
            Mode::Continuous => "continuous",
            Mode::Call => "call",
            Mode::Block => "block",
            Mode::Auction => "auction",
        }
    }
}

/// What kind of owner an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 自然人.
    Individual,
    /// 其他组织: no legal person.
    Organisation,
    /// 法人.
    LegalEntity,
}

/// What happens when an order meets one of the same member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelfTrade {
    /// The rest of the one that came in is cancelled.
    CancelNewest,
    /// The one that stood is cancelled, and matching goes on.
    CancelResting,
}

/// When units and money change hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// With the trade.
    AtTrade,
    /// When the day closes, netted; until then both stay frozen.
    DayEnd,
}

/// How the closing price is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Close {
    /// The mean of the day's trades, weighted by tonnes, rounded half up to a tick.
    Average,
    /// The last trade.
    Last,
}

/// Hours of a mode on a trading day, civil time of the profile's zone; the end is not part of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    /// Minutes after midnight.
    pub from: u16,
    /// Minutes after midnight.
    pub to: u16,
}

impl TryFrom<String> for Hours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let minutes = |clock: &str| {
            let (hour, minute) = clock.split_once(':')?;
            let plain = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            let (hour, minute): (u16, u16) = (plain(hour) && plain(minute))
                .then(|| Some((hour.parse().ok()?, minute.parse().ok()?)))
                .flatten()?;
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        text.split_once('-')
            .and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)))
            .filter(|(from, to)| from < to)
            .map(|(from, to)| Hours { from, to })
            .ok_or_else(|| format!("\"{text}\" is no span of hours such as 09:30-11:30"))
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> String {
        let Hours { from, to } = hours;
        format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// What holds in one mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How far a price may lie from the last close, in thousandths of it; no limit if absent.
    pub band_permille: Option<u32>,
    /// The smallest order, tonnes.
    pub min_t: u32,
    /// The largest order, tonnes.
    pub max_t: u32,
    /// Listing only: how many of the best levels can be picked from.
    pub pick_levels: Option<u32>,
    /// When; empty for an auction whose hours are announced with it.
    #[serde(default)]
    pub hours: Vec<Hours>,
}

/// What the exchange takes for a trade. Every fee is rounded down to a minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "FeesText", into = "FeesText")]
pub struct Fees {
    /// From the buyer, millionths of the value.
    pub buyer_ppm: u32,
    /// From the seller, millionths of the value.
    pub seller_ppm: u32,
    /// From the buyer, minor units a tonne.
    pub buyer_a_tonne: u32,
    /// From the seller, minor units a tonne.
    pub seller_a_tonne: u32,
}

/// Fees as a file states them: thousandths with up to three places.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeesText {
    buyer_permille: String,
    seller_permille: String,
    buyer_minor_a_tonne: u32,
    seller_minor_a_tonne: u32,
}

impl TryFrom<FeesText> for Fees {
    type Error = String;

    fn try_from(text: FeesText) -> Result<Self, String> {
        let ppm = |permille: &str| {
            let read = Decimal::parse(permille).ok().and_then(|number| number.at_places(3));
            read.filter(|(ppm, exact)| *exact && (0..=1_000_000).contains(ppm))
                .and_then(|(ppm, _)| u32::try_from(ppm).ok())
                .ok_or_else(|| format!("\"{permille}\" is no share in thousandths"))
        };
        Ok(Fees {
            buyer_ppm: ppm(&text.buyer_permille)?,
            seller_ppm: ppm(&text.seller_permille)?,
            buyer_a_tonne: text.buyer_minor_a_tonne,
            seller_a_tonne: text.seller_minor_a_tonne,
        })
    }
}

impl From<Fees> for FeesText {
    fn from(fees: Fees) -> FeesText {
        let permille = |ppm: u32| format!("{}.{:03}", ppm / 1000, ppm % 1000);
        FeesText {
            buyer_permille: permille(fees.buyer_ppm),
            seller_permille: permille(fees.seller_ppm),
            buyer_minor_a_tonne: fees.buyer_a_tonne,
            seller_minor_a_tonne: fees.seller_a_tonne,
        }
    }
}

/// `value * ppm / 1,000,000`, rounded down, without leaving 64 bits.
const fn share(value: i64, ppm: u32) -> i64 {
    if ppm == 0 {
        return 0;
    }
    value / 1_000_000 * ppm as i64 + value % 1_000_000 * ppm as i64 / 1_000_000
}

impl Fees {
    /// What the buyer pays on top of a value.
    pub const fn buyer(&self, value: i64, tonnes: u32) -> i64 {
        share(value, self.buyer_ppm) + self.buyer_a_tonne as i64 * tonnes as i64
    }

    /// What is taken from the seller's proceeds, never more than they are.
    pub fn seller(&self, value: i64, tonnes: u32) -> i64 {
        (share(value, self.seller_ppm) + i64::from(self.seller_a_tonne) * i64::from(tonnes)).min(value)
    }

    /// What a buyer must have for so many tonnes at a price. The sum over parts of an order never exceeds it, because
    /// fees are rounded down.
    pub const fn need(&self, price_minor: u32, tonnes: u32) -> i64 {
        let value = price_minor as i64 * tonnes as i64;
        value + self.buyer(value, tonnes)
    }
}

/// Why a profile or calendar cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Not the form of a profile.
    #[error("{0}")]
    Unreadable(String),
    /// A rule without its source.
    #[error("the rule {0} has no source; if there is none, say so")]
    NoSource(String),
    /// A source for a rule that is not there.
    #[error("{0} has a source, but is no rule of this file")]
    NoRule(String),
    /// A number out of its range.
    #[error("{0}")]
    Range(&'static str),
    /// Rules that do not fit together.
    #[error("{0}")]
    Unfit(&'static str),
    /// No such time zone.
    #[error("the time zone {0} is not known")]
    Zone(String),
    /// A holiday that is no span of days.
    #[error("\"{0}\" is no span of days")]
    Holiday(String),
}

/// The rules of a market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its word.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// What should be known about it.
    pub note: Text,
    /// What prices are in.
    pub currency: Currency,
    /// The step of prices, minor units.
    pub tick_minor: u32,
    /// The step of quantities, tonnes.
    pub lot_t: u32,
    /// No price is higher, minor units a tonne.
    pub max_price_minor: u32,
    /// Whose hours, by IANA name.
    pub zone: String,
    /// Which calendar of trading days.
    pub calendar: String,
    /// When units and money change hands.
    pub settlement: Settlement,
    /// Trading days until what was bought can be sold: 1 is T+1.
    pub resale_days: u32,
    /// What happens to orders that meet one of the same member.
    pub self_trade: SelfTrade,
    /// Who may trade.
    pub eligible: Vec<Class>,
    /// How the closing price is found.
    pub close: Close,
    /// The close stays as it was unless more than this was traded, tonnes.
    pub close_over_t: u32,
    /// How an auction's price is set if its opening does not say otherwise.
    pub auction_pricing: super::Pricing,
    /// What the exchange takes.
    pub fees: Fees,
    /// The modes that are allowed.
    pub mode: BTreeMap<Mode, Terms>,
    /// The source of each rule, by its name in the file.
    pub sources: BTreeMap<String, String>,
}

impl Profile {
    /// Reads a profile's file and checks that its rules fit together and each has its source.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let unreadable = |error: toml::de::Error| ProfileError::Unreadable(error.to_string());
        let profile: Profile = toml::from_str(text).map_err(unreadable)?;
        let table: toml::Table = toml::from_str(text).map_err(unreadable)?;
        profile.check_sources(&table)?;
        profile.check()?;
        Ok(profile)
    }

    fn check_sources(&self, table: &toml::Table) -> Result<(), ProfileError> {
        let mut rules = Vec::new();
        leaves("", table, &mut rules);
        rules.retain(|rule| {
            !["id", "title.", "note.", "sources."]
                .iter()
                .any(|part| rule.starts_with(part))
        });
        let covers = |source: &str, rule: &str| {
            rule.strip_prefix(source)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if let Some(rule) = rules.iter().find(|rule| {
            !self
                .sources
                .iter()
                .any(|(at, says)| !says.trim().is_empty() && covers(at, rule))
        }) {
            return Err(ProfileError::NoSource(rule.clone()));
        }
        match self
            .sources
            .keys()
            .find(|at| !rules.iter().any(|rule| covers(at, rule)))
        {
            Some(at) => Err(ProfileError::NoRule(at.clone())),
            None => Ok(()),
        }
    }

    fn check(&self) -> Result<(), ProfileError> {
        let range = |fits: bool, says: &'static str| if fits { Ok(()) } else { Err(ProfileError::Range(says)) };
        let unfit = |fits: bool, says: &'static str| if fits { Ok(()) } else { Err(ProfileError::Unfit(says)) };
        self.zone()?;
        range(
            (1..=1_000_000).contains(&self.tick_minor),
            "a tick is 1 to 1,000,000 minor units",
        )?;
        range((1..=1_000_000).contains(&self.lot_t), "a lot is 1 to 1,000,000 tonnes")?;
        range(
            (self.tick_minor..=PRICE_MAX).contains(&self.max_price_minor),
            "the highest price is a tick to 2^26 minor units",
        )?;
        range(
            self.max_price_minor / self.tick_minor < LEVELS_MAX,
            "the highest price has fewer than 2^22 ticks below it",
        )?;
        range(
            self.resale_days <= 30,
            "what was bought can be sold after 30 trading days at the latest",
        )?;
        range(
            self.fees.buyer_a_tonne.max(self.fees.seller_a_tonne) <= PRICE_MAX,
            "a fee a tonne is at most 2^26 minor units",
        )?;
        unfit(!self.eligible.is_empty(), "nobody may trade")?;
        unfit(!self.mode.is_empty(), "no mode is allowed")?;
        let has = |mode| self.mode.contains_key(&mode);
        unfit(
            !(has(Mode::Listing) && has(Mode::Continuous)),
            "listing and continuous share one book; choose one",
        )?;
        unfit(
            !has(Mode::Call) || has(Mode::Continuous),
            "a call opens continuous trading; there is none",
        )?;
        for (mode, terms) in &self.mode {
            range(
                terms.band_permille.is_none_or(|band| (1..1000).contains(&band)),
                "a band is 1 to 999 thousandths",
            )?;
            range(
                0 < terms.min_t && terms.min_t <= terms.max_t && terms.min_t.is_multiple_of(self.lot_t),
                "the smallest order is a positive number of lots, and no larger than the largest",
            )?;
            unfit(
                (*mode == Mode::Listing) == terms.pick_levels.is_some(),
                "listing, and only listing, says how many levels can be picked from",
            )?;
            range(terms.pick_levels != Some(0), "at least one level can be picked from")?;
            unfit(
                *mode == Mode::Auction || !terms.hours.is_empty(),
                "every mode but the auction has hours",
            )?;
            unfit(
                *mode != Mode::Auction || terms.band_permille.is_none() && terms.hours.is_empty(),
                "an auction has a floor and an end of its own, no band and no hours",
            )?;
        }
        if let (Some(call), Some(continuous)) = (self.mode.get(&Mode::Call), self.mode.get(&Mode::Continuous)) {
            let same = |terms: &Terms| (terms.band_permille, terms.min_t, terms.max_t);
            unfit(
                same(call) == same(continuous),
                "a call and the trading it opens have one band and one size",
            )?;
            let opens = continuous.hours.iter().map(|hours| hours.from).min();
            let ends = call.hours.iter().map(|hours| hours.to).max();
            unfit(
                call.hours.len() == 1 && ends <= opens,
                "a call has one span of hours, before continuous trading",
            )?;
        }
        Ok(())
    }

    /// The time zone of the hours.
    pub fn zone(&self) -> Result<Zone, ProfileError> {
        Zone::named(&self.zone).ok_or_else(|| ProfileError::Zone(self.zone.clone()))
    }

    /// The terms of the book: of listing or continuous trading, whichever the market has.
    pub(super) fn book_terms(&self) -> Option<&Terms> {
        let book = [Mode::Listing, Mode::Continuous];
        book.iter().find_map(|mode| self.mode.get(mode))
    }

    /// The lowest and highest price of a mode after a last close, minor units: on a tick, never beyond the band.
    /// `None` if there is a band but no last close, or if no tick lies inside.
    pub fn prices(&self, terms: &Terms, last_close: Option<u32>) -> Option<(u32, u32)> {
        let Some(band) = terms.band_permille else {
            return Some((
                self.tick_minor,
                self.max_price_minor / self.tick_minor * self.tick_minor,
            ));
        };
        let (last, band, tick) = (u64::from(last_close?), u64::from(band), u64::from(self.tick_minor));
        let low = (last * (1000 - band)).div_ceil(1000 * tick).max(1) * tick;
        let high = (last * (1000 + band) / 1000).min(u64::from(self.max_price_minor)) / tick * tick;
        let bounds = (u32::try_from(low).ok()?, u32::try_from(high).ok()?);
        (bounds.0 <= bounds.1).then_some(bounds)
    }

    /// Reads a price a tonne as a person writes it, e.g. `"50.00"`.
    pub fn price(&self, text: &str) -> Result<u32, super::Refused> {
        let unreadable = || super::Refused::Unreadable;
        let (minor, exact) = Decimal::parse_grouped(text)
            .map_err(|_| unreadable())?
            .at_places(2)
            .ok_or_else(unreadable)?;
        if !exact {
            return Err(super::Refused::BelowMinor);
        }
        self.on_tick(u32::try_from(minor).map_err(|_| unreadable())?)
    }

    /// Reads a quantity as a person writes it, e.g. `"24,000"`; whole tonnes only.
    pub fn tonnes(&self, text: &str) -> Result<u32, super::Refused> {
        let unreadable = || super::Refused::Unreadable;
        let (tonnes, exact) = Decimal::parse_grouped(text)
            .map_err(|_| unreadable())?
            .at_places(0)
            .ok_or_else(unreadable)?;
        let tonnes = u32::try_from(tonnes).map_err(|_| unreadable())?;
        let lot_t = self.lot_t;
        if exact && tonnes > 0 && tonnes.is_multiple_of(lot_t) {
            Ok(tonnes)
        } else {
            Err(super::Refused::OddLot { lot_t })
        }
    }

    pub(super) fn on_tick(&self, price_minor: u32) -> Result<u32, super::Refused> {
        let tick_minor = self.tick_minor;
        if price_minor > 0 && price_minor.is_multiple_of(tick_minor) {
            Ok(price_minor)
        } else {
            Err(super::Refused::OffTick {
                price_minor,
                tick_minor,
            })
        }
    }
}

/// Names of a file's rules, with dots.
fn leaves(at: &str, table: &toml::Table, found: &mut Vec<String>) {
    for (key, value) in table {
        let name = if at.is_empty() {
            key.clone()
        } else {
            format!("{at}.{key}")
        };
        match value {
            toml::Value::Table(inner) => leaves(&name, inner, found),
            _ => found.push(name),
        }
    }
}
