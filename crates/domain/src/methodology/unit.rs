//! Units of measure: a closed list of names, products and quotients of them, and exact conversion between them.
//!
//! Invariant: two quantities can be added only if their dimensions are equal; conversion is by an exact fraction.

use std::fmt;

use super::exact::Fraction;

/// The dimensions that quantities of a methodology have. Carbon is not mass: a kilogram of clothes is no kilogram of
/// CO2e. Each counted thing is a dimension of its own, so that trips are never added to orders.
const DIMENSIONS: usize = 24;
type Powers = [i8; DIMENSIONS];

const CARBON: usize = 0;
const LENGTH: usize = 1;
const ENERGY: usize = 2;
const TIME: usize = 3;
const MASS: usize = 4;
const VOLUME: usize = 5;
const PERSON: usize = 6;
const COUNTED: usize = 7;

/// Name, dimension, size in the base unit of the dimension (mg CO2e, metre, joule, second, gram, millilitre, one).
const SIMPLE: [(&str, usize, i128); 40] = [
    ("mgCO2e", CARBON, 1),
    ("gCO2e", CARBON, 1_000),
    ("kgCO2e", CARBON, 1_000_000),
    ("tCO2e", CARBON, 1_000_000_000),
    ("m", LENGTH, 1),
    ("km", LENGTH, 1_000),
    ("J", ENERGY, 1),
    ("MJ", ENERGY, 1_000_000),
    ("Wh", ENERGY, 3_600),
    ("kWh", ENERGY, 3_600_000),
    ("MWh", ENERGY, 3_600_000_000),
    ("s", TIME, 1),
    ("min", TIME, 60),
    ("h", TIME, 3_600),
    ("day", TIME, 86_400),
    ("g", MASS, 1),
    ("kg", MASS, 1_000),
    ("t", MASS, 1_000_000),
    ("mL", VOLUME, 1),
    ("L", VOLUME, 1_000),
    ("m3", VOLUME, 1_000_000),
    ("person", PERSON, 1),
    ("trip", COUNTED, 1),
    ("step", COUNTED + 1, 1),
    ("order", COUNTED + 2, 1),
    ("checkin", COUNTED + 3, 1),
    ("meal", COUNTED + 4, 1),
    ("pair", COUNTED + 5, 1),
    ("item", COUNTED + 6, 1),
    ("garment", COUNTED + 7, 1),
    ("box", COUNTED + 8, 1),
    ("bill", COUNTED + 9, 1),
    ("ticket", COUNTED + 10, 1),
    ("visit", COUNTED + 11, 1),
    ("payment", COUNTED + 12, 1),
    ("invoice", COUNTED + 13, 1),
    ("pass", COUNTED + 14, 1),
    ("swap", COUNTED + 15, 1),
    ("phone", COUNTED + 16, 1),
    ("one", DIMENSIONS, 1),
];

/// A unit such as `km`, `gCO2e/km` or `kgCO2e/(person*km)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    powers: Powers,
    size: Fraction,
    /// What the unit is called; kept as written, else composed.
    name: String,
}

/// A text that is no unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown unit \"{0}\"")]
pub struct UnknownUnit(pub String);

impl Unit {
    /// The unit of plain numbers.
    pub fn one() -> Self {
        Unit {
            powers: [0; DIMENSIONS],
            size: Fraction::ONE,
            name: String::new(),
        }
    }

    /// The unit in which results are booked.
    pub fn milligram_co2e() -> Self {
        let mut powers = [0; DIMENSIONS];
        powers[CARBON] = 1;
        Unit {
            powers,
            size: Fraction::ONE,
            name: "mgCO2e".to_owned(),
        }
    }

    /// Reads `km`, `gCO2e/km`, `gCO2e/person*km` or `gCO2e/(person*km)`; everything behind the slash divides.
    pub fn parse(text: &str) -> Result<Self, UnknownUnit> {
        let unknown = || UnknownUnit(text.to_owned());
        let (above, below) = text.split_once('/').unwrap_or((text, ""));
        let mut unit = Unit::one();
        for name in above.split('*') {
            unit = unit
                .times(&Self::simple(name).ok_or_else(unknown)?)
                .ok_or_else(unknown)?;
        }
        if text.contains('/') {
            let below = below
                .strip_prefix('(')
                .and_then(|b| b.strip_suffix(')'))
                .unwrap_or(below);
            for name in below.split('*') {
                unit = unit
                    .over(&Self::simple(name).ok_or_else(unknown)?)
                    .ok_or_else(unknown)?;
            }
        }
        text.clone_into(&mut unit.name);
        if text == "one" {
            unit.name.clear();
        }
        Ok(unit)
    }

    fn simple(name: &str) -> Option<Self> {
        let (name, dimension, size) = SIMPLE.into_iter().find(|(known, _, _)| *known == name.trim())?;
        let mut powers = [0; DIMENSIONS];
        if let Some(power) = powers.get_mut(dimension) {
            *power = 1;
        }
        Some(Unit {
            powers,
            size: Fraction::whole(size),
            name: name.to_owned(),
        })
    }

    /// The product of two units; `None` beyond the range of exact sizes.
    pub(super) fn times(&self, other: &Unit) -> Option<Unit> {
        self.combine(other, 1)
    }

    /// The quotient of two units; `None` beyond the range of exact sizes.
    pub(super) fn over(&self, other: &Unit) -> Option<Unit> {
        self.combine(other, -1)
    }

    fn combine(&self, other: &Unit, sign: i8) -> Option<Unit> {
        let mut powers = self.powers;
        for (power, more) in powers.iter_mut().zip(other.powers) {
            *power = power.checked_add(more.checked_mul(sign)?)?;
        }
        let size = if sign > 0 {
            self.size.times(other.size)?
        } else {
            self.size.over(other.size)?
        };
        let mut unit = Unit {
            powers,
            size,
            name: String::new(),
        };
        unit.name = unit.composed_name(self, other, sign);
        Some(unit)
    }

    /// The name of a known simple unit or pair of this size, else one put together from both operands.
    fn composed_name(&self, left: &Unit, right: &Unit, sign: i8) -> String {
        if self.powers == [0; DIMENSIONS] && self.size == Fraction::ONE {
            return String::new();
        }
        if let Some((name, _, _)) = SIMPLE.into_iter().find(|(name, _, _)| {
            Self::simple(name).is_some_and(|unit| unit.powers == self.powers && unit.size == self.size)
        }) {
            return name.to_owned();
        }
        match (left.name.as_str(), right.name.as_str(), sign) {
            (name, "", _) => name.to_owned(),
            ("", name, 1) => name.to_owned(),
            ("", name, _) => format!("1/({name})"),
            (a, b, 1) if !a.contains('/') && b.contains('/') => {
                let (above, below) = b.split_once('/').unwrap_or((b, ""));
                let below = below.trim_matches(['(', ')']);
                // km * gCO2e/km reads gCO2e, not km*gCO2e/km
                if below == a {
                    above.to_owned()
                } else {
                    format!("{a}*{above}/({below})")
                }
            }
            (a, b, 1) if a.contains('/') && !b.contains('/') => {
                let (above, below) = a.split_once('/').unwrap_or((a, ""));
                let below = below.trim_matches(['(', ')']);
                if below == b {
                    above.to_owned()
                } else {
                    format!("{above}*{b}/({below})")
                }
            }
            (a, b, 1) => format!("{a}*{b}"),
            (a, b, _) if a.contains('/') => {
                let (above, below) = a.split_once('/').unwrap_or((a, ""));
                format!("{above}/({}*{})", below.trim_matches(['(', ')']), b.replace('/', "*"))
            }
            (a, b, _) if b.contains('/') => {
                let (above, below) = b.split_once('/').unwrap_or((b, ""));
                format!("{a}*{}/({above})", below.trim_matches(['(', ')']))
            }
            (a, b, _) if b.contains('*') => format!("{a}/({b})"),
            (a, b, _) => format!("{a}/{b}"),
        }
    }

    /// Whether quantities of both may be added and compared.
    pub fn same_dimensions(&self, other: &Unit) -> bool {
        self.powers == other.powers
    }

    /// Whether this measures CO2 equivalent.
    pub fn is_carbon(&self) -> bool {
        self.same_dimensions(&Unit::milligram_co2e())
    }

    /// How many base units one of this is.
    pub fn size(&self) -> Fraction {
        self.size
    }

    /// What it is called; empty for plain numbers.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.name.is_empty() {
            "a plain number"
        } else {
            &self.name
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> Unit {
        Unit::parse(text).unwrap()
    }

    #[test]
    fn units_multiply_and_cancel() {
        let grams = unit("km").times(&unit("gCO2e/km")).unwrap();
        assert!(grams.is_carbon());
        assert_eq!(grams.name(), "gCO2e");
        assert_eq!(grams.size(), Fraction::whole(1000));
        assert_eq!(unit("kWh").times(&unit("kgCO2e/kWh")).unwrap().name(), "kgCO2e");
        assert_eq!(unit("km").over(&unit("km")).unwrap().name(), "");
        assert_eq!(
            unit("gCO2e/(person*km)")
                .times(&unit("km"))
                .unwrap()
                .times(&unit("person"))
                .unwrap()
                .name(),
            "gCO2e"
        );
        assert_eq!(unit("step").times(&unit("m/step")).unwrap().name(), "m");
    }

    #[test]
    fn carbon_is_not_mass_and_trips_are_not_orders() {
        assert!(!unit("kgCO2e").same_dimensions(&unit("kg")));
        assert!(!unit("trip").same_dimensions(&unit("order")));
        assert!(unit("m").same_dimensions(&unit("km")));
        for bad in ["lb", "", "km/", "/km", "km//h", "gco2e"] {
            assert!(Unit::parse(bad).is_err(), "{bad}");
        }
    }
}
