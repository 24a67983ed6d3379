use super::*;
use crate::evidence::Policy;

#[test]
fn a_recording_without_points_or_with_one_sums_up_to_nothing() {
    let limits = &Policy::shipped().limits;
    let point = Point {
        at_us: Some(1_790_000_000_000_000),
        lat_e7: 312_000_000,
        lon_e7: 1_214_000_000,
        accuracy_dm: None,
        breaks: false,
    };
    for points in [&[][..], &[point], &[point, point]] {
        let facts = TrackFacts::of(points, limits);
        assert_eq!((facts.distance_m, facts.moving_s, facts.speed.p95), (0, 0, 0));
        assert_eq!(Pace::of(points, limits), None);
    }
}
