//! A track as a drawing without a map.

use super::clean::Fix;
use super::earth::{Plane, whole};

/// The most corners of a drawing.
const CORNERS: usize = 64;
/// The side of the square.
const SIDE: f64 = 1000.0;
/// Corners that lie no further off the line than this, in units of the square, are left out.
const FLAT: f64 = 2.0;

/// The line in a square of 1000, north up, its proportions kept, the first corner at the start. The corner that lies
/// furthest off the line goes in first (Ramer, 1972; Douglas and Peucker, 1973), until there are 64.
pub(super) fn sketch(fixes: &[Fix]) -> Vec<(u16, u16)> {
    let Some(first) = fixes.first() else {
        return Vec::new();
    };
    // the middle of what it spans gives the proportions; the first point is near enough for any way on the ground
    let plane = Plane::at(first.lat_e7, first.lon_e7);
    let places: Vec<(f64, f64)> = fixes.iter().map(|fix| plane.place(fix.lat_e7, fix.lon_e7)).collect();
    let (mut least, mut most) = (places[0], places[0]);
    for (x, y) in &places {
        least = (least.0.min(*x), least.1.min(*y));
        most = (most.0.max(*x), most.1.max(*y));
    }
    let span = (most.0 - least.0).max(most.1 - least.1);
    let scale = if span > 0.0 { SIDE / span } else { 0.0 };
    let middle = (f64::midpoint(least.0, most.0), f64::midpoint(least.1, most.1));
    let places: Vec<(f64, f64)> = places
        .into_iter()
        .map(|(x, y)| (SIDE / 2.0 + (x - middle.0) * scale, SIDE / 2.0 - (y - middle.1) * scale))
        .collect();
    corners(&places)
        .into_iter()
        .map(|i| (unit(places[i].0), unit(places[i].1)))
        .collect()
}

fn unit(n: f64) -> u16 {
    u16::try_from(whole(n.min(SIDE))).unwrap_or(0)
}

/// The numbers of the places that stay.
fn corners(places: &[(f64, f64)]) -> Vec<usize> {
    let last = places.len() - 1;
    let mut stay = vec![0];
    if last == 0 {
        return stay;
    }
    stay.push(last);
    // pieces with their furthest place and how far off it lies
    let mut pieces: Vec<(usize, usize, usize, f64)> = vec![piece(places, 0, last)];
    while stay.len() < CORNERS {
        let furthest = (0..pieces.len()).max_by(|a, b| pieces[*a].3.total_cmp(&pieces[*b].3));
        let Some(furthest) = furthest.filter(|i| pieces[*i].3 > FLAT) else {
            break;
        };
        let (from, to, at, _) = pieces.swap_remove(furthest);
        stay.push(at);
        pieces.push(piece(places, from, at));
        pieces.push(piece(places, at, to));
    }
    stay.sort_unstable();
    stay
}

/// A piece of the line with the place that lies furthest off its chord.
fn piece(places: &[(f64, f64)], from: usize, to: usize) -> (usize, usize, usize, f64) {
    let (a, b) = (places[from], places[to]);
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let squared = dx * dx + dy * dy;
    let mut found = (from, to, from, 0.0);
    for (i, p) in places.iter().enumerate().take(to).skip(from + 1) {
        let along = if squared > 0.0 {
            (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / squared).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let off = (p.0 - a.0 - along * dx).hypot(p.1 - a.1 - along * dy);
        if off > found.3 {
            found = (from, to, i, off);
        }
    }
    found
}
