//! Auctions as plain calculation: where a call meets, which bids win, and how much each order gets.
//!
//! Two passes over the orders in the order of their coming: one adds them up by price, one gives each its tonnes.
//! Whoever is better than the price gets all; at the price first come, first served.

use super::Side;

/// What an order wants in an auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest {
    /// Its side.
    pub side: Side,
    /// Its limit, as a level.
    pub level: u32,
    /// Its tonnes.
    pub tonnes: u32,
}

/// The price at which an auction meets, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cross {
    /// The price, as a level.
    pub level: u32,
    /// Tonnes traded, more than none.
    pub tonnes: u64,
    /// Of these, tonnes of buyers and sellers whose limit is better than the price.
    pub better: [u64; 2],
}

/// Tonnes wanted at each level of a span, by side.
struct Sums {
    first: u32,
    at: Vec<[u64; 2]>,
}

fn add_up(orders: &[Interest]) -> Option<Sums> {
    let (first, last) = orders.iter().fold((u32::MAX, 0), |(low, high), order| {
        (low.min(order.level), high.max(order.level))
    });
    let mut at = vec![[0; 2]; (last.checked_sub(first)? + 1) as usize];
    for order in orders {
        at[(order.level - first) as usize][order.side as usize] += u64::from(order.tonnes);
    }
    Some(Sums { first, at })
}

/// Where orders of both sides meet: at the price at which most is traded; among such prices where least is left over;
/// among these where nobody better than the price goes away with less than everything; among these the one nearest to
/// the last close, and the lower of two as near. `None` if nobody meets.
pub fn cross(orders: &[Interest], last_close: u32) -> Option<Cross> {
    let sums = add_up(orders)?;
    let mut demand: u64 = sums.at.iter().map(|at| at[0]).sum();
    let (mut supply, mut best) = (0, None);
    for (level, at) in (sums.first..).zip(&sums.at) {
        supply += at[1]; // all who sell at this price or lower
        let tonnes = demand.min(supply);
        let better = [demand - at[0], supply - at[1]];
        let leaves_better = better[0] > tonnes || better[1] > tonnes;
        let key = (
            std::cmp::Reverse(tonnes),
            demand.abs_diff(supply),
            leaves_better,
            level.abs_diff(last_close),
        );
        if tonnes > 0 && best.as_ref().is_none_or(|(so_far, _)| key < *so_far) {
            best = Some((key, Cross { level, tonnes, better }));
        }
        demand -= at[0]; // from here on up, those who buy higher
    }
    best.map(|(_, cross)| cross)
}

/// The best bids for a supply: the lowest winning level, and how much is sold. `None` without bids or supply.
pub fn winners(bids: &[Interest], supply: u64) -> Option<Cross> {
    let sums = add_up(bids)?;
    let mut found = None;
    let mut taken = 0;
    for (at, sum) in sums.at.iter().enumerate().rev().filter(|(_, sum)| sum[0] > 0) {
        if taken >= supply {
            break;
        }
        let tonnes = (taken + sum[0]).min(supply);
        found = Some(Cross {
            level: sums.first + u32::try_from(at).unwrap_or(0), // the span lies within levels
            tonnes,
            better: [taken, 0],
        });
        taken += sum[0];
    }
    found
}

/// Gives each order, in the order of their coming, its tonnes at a cross.
pub fn allocate(orders: &[Interest], cross: &Cross) -> Vec<u32> {
    let mut at_margin = cross.better.map(|better| cross.tonnes.saturating_sub(better));
    orders
        .iter()
        .map(|order| {
            let better = match order.side {
                Side::Buy => order.level > cross.level,
                Side::Sell => order.level < cross.level,
            };
            if better {
                order.tonnes
            } else if order.level == cross.level {
                let left = &mut at_margin[order.side as usize];
                let tonnes = u32::try_from(*left).map_or(order.tonnes, |left| left.min(order.tonnes));
                *left -= u64::from(tonnes);
                tonnes
            } else {
                0
            }
        })
        .collect()
}

/// Puts buyers and sellers together, each side in the order of its coming: positions of a buyer and a seller, and tonnes.
pub fn pair(orders: &[Interest], gets: &[u32]) -> Vec<(usize, usize, u32)> {
    let side = |side: Side| {
        (0..orders.len())
            .filter(move |&at| orders[at].side == side && gets[at] > 0)
            .map(|at| (at, gets[at]))
    };
    let (mut buyers, mut sellers) = (side(Side::Buy), side(Side::Sell));
    let (mut buyer, mut seller) = (buyers.next(), sellers.next());
    let mut pairs = Vec::with_capacity(orders.len());
    while let (Some((buy, wants)), Some((sell, has))) = (buyer, seller) {
        let tonnes = wants.min(has);
        pairs.push((buy, sell, tonnes));
        buyer = if wants > tonnes {
            Some((buy, wants - tonnes))
        } else {
            buyers.next()
        };
        seller = if has > tonnes {
            Some((sell, has - tonnes))
        } else {
            sellers.next()
        };
    }
    pairs
}
