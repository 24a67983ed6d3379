//! Division by largest remainder: the parts always sum to the whole.

/// Why a total could not be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Nobody has a positive weight.
    #[error("no share has a weight")]
    NoWeight,
    /// A negative total cannot be handed out.
    #[error("the total is negative")]
    Negative,
}

/// Shares `total` out in proportion to `weights`: each part is rounded down, then what is left goes unit by unit to
/// the largest remainders, the earlier position first among equals. Conserves the total exactly.
pub fn share_out(total: i64, weights: &[u64]) -> Result<Vec<i64>, ShareError> {
    let total = u128::try_from(total).map_err(|_| ShareError::Negative)?;
    let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    if sum == 0 {
        return Err(ShareError::NoWeight);
    }
    // total < 2^63 and weight < 2^64, so the product fits in 127 bits
    let quotients: Vec<(u128, u128)> = weights
        .iter()
        .map(|w| (total * u128::from(*w) / sum, total * u128::from(*w) % sum))
        .collect();
    let handed_out: u128 = quotients.iter().map(|(part, _)| part).sum();
    let left = usize::try_from(total - handed_out).unwrap_or(usize::MAX);
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(quotients[i].1), i));
    let mut parts: Vec<u128> = quotients.into_iter().map(|(part, _)| part).collect();
    for &i in order.iter().take(left) {
        parts[i] += 1;
    }
    Ok(parts
        .into_iter()
        .map(|part| i64::try_from(part).unwrap_or(i64::MAX))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_largest_remainder_gets_the_odd_unit() {
        assert_eq!(share_out(100, &[1, 1, 1]), Ok(vec![34, 33, 33]));
        assert_eq!(share_out(7, &[0, 5, 2]), Ok(vec![0, 5, 2]));
        assert_eq!(share_out(1, &[1, 2]), Ok(vec![0, 1]));
        assert_eq!(share_out(5, &[0, 0]), Err(ShareError::NoWeight));
        assert_eq!(share_out(-1, &[1]), Err(ShareError::Negative));
    }

    proptest! {
        #[test]
        fn the_sum_of_the_parts_is_the_whole(total in 0..=i64::MAX, weights in prop::collection::vec(0u64.., 1..40)) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let parts = share_out(total, &weights).unwrap();
            prop_assert_eq!(parts.iter().map(|p| i128::from(*p)).sum::<i128>(), i128::from(total));
            let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
            for (part, weight) in parts.iter().zip(&weights) {
                let fair = u128::try_from(total).unwrap() * u128::from(*weight) / sum;
                prop_assert!(u128::try_from(*part).unwrap() - fair <= 1);
            }
        }
    }
}
