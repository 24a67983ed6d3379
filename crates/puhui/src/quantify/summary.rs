//! What a whole file came to.

use std::collections::BTreeMap;
use std::fmt;

use domain::measure::{Carbon, Decimal};
use serde::Serialize;

use super::batch::Batch;

/// Sums over all rows.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Under which version of which methodology.
    pub methodology: String,
    /// Where a row does not say another region.
    pub region: String,
    /// Where a row does not say another day.
    pub day: String,
    /// Where a row does not say another grade.
    pub grade: String,
    /// Rows in the file.
    pub rows: u64,
    /// Rows that could not be quantified.
    pub failed: u64,
    /// How many failed of what.
    pub errors: BTreeMap<&'static str, u64>,
    /// Gross reduction.
    pub gross_mg: i128,
    /// After the evidence weight, before caps.
    pub credited_mg: i128,
}

impl Summary {
    /// Adds the rows of a batch.
    pub fn add(&mut self, batch: &Batch) {
        let count = |rows: usize| u64::try_from(rows).unwrap_or(0);
        let sum = |numbers: &[i64]| numbers.iter().map(|mg| i128::from(*mg)).sum::<i128>();
        self.rows += count(batch.len());
        self.failed += count(batch.failed.len());
        for (_, why) in &batch.failed {
            *self.errors.entry(why.code()).or_default() += 1;
        }
        self.gross_mg += sum(&batch.gross_mg);
        self.credited_mg += sum(&batch.credited_mg);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "methodology  {}", self.methodology)?;
        writeln!(f, "unless said  {}, {}, {}", self.region, self.day, self.grade)?;
        writeln!(f, "rows         {}", self.rows)?;
        writeln!(f, "failed       {}", self.failed)?;
        for (code, rows) in &self.errors {
            writeln!(f, "             {rows} {code}")?;
        }
        writeln!(f, "gross        {}", mass(self.gross_mg))?;
        write!(f, "credited     {} (before caps)", mass(self.credited_mg))
    }
}

/// The exact mass in the unit that suits its size.
pub fn mass(mg: i128) -> String {
    const MG_PER_T: i128 = 1_000_000_000;
    if let Ok(mg) = i64::try_from(mg) {
        return Carbon::from_mg(mg).to_string();
    }
    let whole = i64::try_from(mg / MG_PER_T).unwrap_or(i64::MAX); // more rows than there are atoms in a file
    let rest = i64::try_from(mg % MG_PER_T).unwrap_or(0);
    let fraction = Decimal::new(rest, 9).to_string();
    let fraction = fraction.strip_prefix('0').unwrap_or_default();
    format!("{}{fraction} t", Decimal::new(whole, 0).grouped())
}

#[cfg(test)]
mod tests {
    use super::mass;

    #[test]
    fn a_sum_is_shown_exactly_whatever_its_size() {
        assert_eq!(mass(65_500), "65.5 g");
        assert_eq!(mass(1_250_000), "1.25 kg");
        assert_eq!(mass(i128::from(i64::MAX)), "9,223,372,036.854775807 t");
        assert_eq!(mass(i128::from(i64::MAX) * 10 + 30), "92,233,720,368.5477581 t");
    }
}
