//! Distances on the earth.

use super::Point;

/// Semi-major axis and flattening of the ellipsoid WGS 84 (NIMA TR8350.2, table 3.1).
const AXIS_M: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_223_563;
/// Mean radius of the same ellipsoid, (2a + b) / 3.
const MEAN_RADIUS_M: f64 = 6_371_008.8;

/// A point on the ellipsoid, as metres from the centre of the earth along three axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot([f64; 3]);

impl Spot {
    /// From a position; the height above the ellipsoid is left out.
    pub(super) fn of(point: &Point) -> Self {
        let (lat, lon) = (radians(point.lat_e7), radians(point.lon_e7));
        let squared_eccentricity = FLATTENING * (2.0 - FLATTENING);
        let (sin, cos) = lat.sin_cos();
        // radius of curvature in the prime vertical
        let radius = AXIS_M / (1.0 - squared_eccentricity * sin * sin).sqrt();
        Spot([
            radius * cos * lon.cos(),
            radius * cos * lon.sin(),
            radius * (1.0 - squared_eccentricity) * sin,
        ])
    }

    /// Metres along the surface. The straight line through the ground between the two is bent to an arc of the mean
    /// radius: within 0.001 % of the geodesic (Karney, 2013) up to 500 km, within 0.1 % up to 5,000 km, with neither the
    /// date line nor the poles as special cases.
    pub(super) fn metres_to(&self, other: &Spot) -> f64 {
        let squared: f64 = self.0.iter().zip(other.0).map(|(a, b)| (a - b) * (a - b)).sum();
        let half = squared.sqrt() / 2.0;
        2.0 * MEAN_RADIUS_M * (half / MEAN_RADIUS_M).min(1.0).asin()
    }
}

/// Metres along the surface of the ellipsoid WGS 84 between two points.
pub fn apart_m(a: &Point, b: &Point) -> f64 {
    Spot::of(a).metres_to(&Spot::of(b))
}

/// From ten-millionths of a degree.
pub(super) fn radians(e7: i32) -> f64 {
    (f64::from(e7) / 1e7).to_radians()
}

/// Metres north and east of an origin, for drawings and for comparing tracks that lie close together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    lat_e7: i32,
    lon_e7: i32,
    /// Metres of a ten-millionth of a degree to the east.
    east: f64,
}

/// Metres of a ten-millionth of a degree to the north.
pub(super) const NORTH_M: f64 = MEAN_RADIUS_M * std::f64::consts::PI / 180.0 / 1e7;

impl Plane {
    pub(super) fn at(lat_e7: i32, lon_e7: i32) -> Self {
        let east = NORTH_M * radians(lat_e7).cos();
        Plane { lat_e7, lon_e7, east }
    }

    /// East and north of the origin, in metres, by the shorter way around the earth.
    pub(super) fn place(&self, lat_e7: i32, lon_e7: i32) -> (f64, f64) {
        const AROUND: i64 = 3_600_000_000;
        let east = i64::from(lon_e7) - i64::from(self.lon_e7);
        let east = (east + AROUND / 2).rem_euclid(AROUND) - AROUND / 2;
        let north = i64::from(lat_e7) - i64::from(self.lat_e7);
        (float(east) * self.east, float(north) * NORTH_M)
    }

    /// The latitude and longitude of a place, in 10^-5 degrees; the longitude may lie beyond the date line.
    pub(super) fn position_e5(&self, (east, north): (f64, f64)) -> (i32, i32) {
        let east = if self.east > 0.0 { east / self.east } else { 0.0 };
        (
            nearest((f64::from(self.lat_e7) + north / NORTH_M) / 100.0),
            nearest((f64::from(self.lon_e7) + east) / 100.0),
        )
    }
}

/// A whole number as a float; exact below 2^53, which is 285 years in microseconds.
#[expect(clippy::cast_precision_loss, reason = "times and places stay below 2^53")]
pub(super) fn float(n: i64) -> f64 {
    n as f64
}

/// Rounded; what does not fit goes to the nearest end.
#[expect(clippy::cast_possible_truncation, reason = "clamped before")]
fn nearest(n: f64) -> i32 {
    n.round().clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32
}

/// Rounded; what does not fit, or is no number, goes to the nearest end.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
pub(super) fn whole(n: f64) -> u32 {
    n.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// A share as thousandths, at most `u16::MAX`.
pub(super) fn permille(share: f64) -> u16 {
    u16::try_from(whole(share * 1000.0)).unwrap_or(u16::MAX)
}
