//! A sale: units of one batch, bought in one or several trades, perhaps at several prices.

use serde::{Deserialize, Serialize};

use crate::measure::{Currency, Id, Money};
use crate::registry::holdings::Ranges;
use crate::registry::serial::{Prefix, SerialRange};

/// Units that went in one trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The trade.
    pub trade: Id,
    /// The units.
    pub serials: SerialRange,
    /// What a tonne cost; more than nothing.
    pub price: Money,
}

/// Units of one batch that were sold and are paid for together. Not empty; no unit twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(Vec<Part>, Money)", into = "(Vec<Part>, Money)")]
pub struct Sale {
    batch: Prefix,
    parts: Vec<Part>,
    fees: Money,
    gross: Money,
    tonnes: u64,
}

/// Why trades are no sale.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaleError {
    /// No trade.
    #[error("a sale has at least one trade")]
    Nothing,
    /// Units of different batches are paid for apart.
    #[error("{0} is of another batch; each batch has a sale of its own")]
    OtherBatch(SerialRange),
    /// Units are in two trades.
    #[error("{0} was sold twice")]
    SoldTwice(SerialRange),
    /// Prices or fees in several currencies.
    #[error("the sale is in {} and {}", .0.code(), .1.code())]
    Currencies(Currency, Currency),
    /// A price of nothing or less.
    #[error("{0} is no price")]
    Price(Money),
    /// Fees below zero or above the gross proceeds.
    #[error("fees of {fees} do not fit proceeds of {gross}")]
    Fees {
        /// The fees.
        fees: Money,
        /// What the units brought.
        gross: Money,
    },
    /// The sum leaves 64 bits.
    #[error("the proceeds are out of range")]
    Range,
}

impl Sale {
    /// A sale of these parts, and the seller's fees of all of them together.
    pub fn new(parts: Vec<Part>, fees: Money) -> Result<Self, SaleError> {
        let first = parts.first().ok_or(SaleError::Nothing)?;
        let (currency, batch) = (fees.currency, first.serials.prefix().clone());
        let (mut sold, mut gross) = (Ranges::default(), 0i64);
        for part in &parts {
            if *part.serials.prefix() != batch {
                return Err(SaleError::OtherBatch(part.serials.clone()));
            }
            if part.price.currency != currency {
                return Err(SaleError::Currencies(currency, part.price.currency));
            }
            if part.price.minor <= 0 {
                return Err(SaleError::Price(part.price));
            }
            sold.insert(&part.serials)
                .map_err(|_| SaleError::SoldTwice(part.serials.clone()))?;
            let tonnes = i64::try_from(part.serials.tonnes()).map_err(|_| SaleError::Range)?;
            let value = tonnes.checked_mul(part.price.minor);
            gross = value
                .and_then(|value| gross.checked_add(value))
                .ok_or(SaleError::Range)?;
        }
        let gross = Money { minor: gross, currency };
        if fees.minor < 0 || fees.minor > gross.minor {
            return Err(SaleError::Fees { fees, gross });
        }
        Ok(Sale {
            batch,
            parts,
            fees,
            gross,
            tonnes: sold.tonnes(),
        })
    }

    /// What went in which trade.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The batch, by what its serial numbers have in common.
    pub const fn batch(&self) -> &Prefix {
        &self.batch
    }

    /// How many units, in tonnes.
    pub const fn tonnes(&self) -> u64 {
        self.tonnes
    }

    /// What the units brought.
    pub const fn gross(&self) -> Money {
        self.gross
    }

    /// What is left after the seller's fees: this is what a plan divides.
    pub const fn net(&self) -> Money {
        Money {
            minor: self.gross.minor - self.fees.minor,
            currency: self.gross.currency,
        }
    }
}

impl TryFrom<(Vec<Part>, Money)> for Sale {
    type Error = SaleError;

    fn try_from((parts, fees): (Vec<Part>, Money)) -> Result<Self, SaleError> {
        Sale::new(parts, fees)
    }
}

impl From<Sale> for (Vec<Part>, Money) {
    fn from(sale: Sale) -> Self {
        (sale.parts, sale.fees)
    }
}
