//! What needs no models: from likelihoods to rectangles, from a rectangle to a strip, from likelihoods to letters.

use domain::evidence::text::Line;
use image::{DynamicImage, Rgb, RgbImage};
use proptest::prelude::*;

use crate::text::detect::{self, Region};
use crate::text::{real, recognise, whole};

/// A picture of likelihoods with one bar in it: length, height, tilt in thousandths of a radian.
fn bar(length: f32, height: f32, tilt_milli: i16) -> Vec<f32> {
    let (sin, cos) = (f32::from(tilt_milli) / 1000.0).sin_cos();
    let mut likely = Vec::new();
    for y in 0..200 {
        for x in 0..200 {
            let (u, v) = (real(x) + 0.5 - 100.0, real(y) + 0.5 - 100.0);
            let inside = (u * cos + v * sin).abs() <= length / 2.0 && (v * cos - u * sin).abs() <= height / 2.0;
            likely.push(if inside { 0.9 } else { 0.0 });
        }
    }
    likely
}

#[test]
fn a_bar_of_likely_pixels_becomes_its_rectangle_however_it_lies() {
    for (tilt, along) in [(0, 0.0), (100, 0.1), (-300, -0.3), (700, 0.7)] {
        let [patch] = detect::patches(&bar(120.0, 12.0, tilt), 200).try_into().unwrap();
        let Region {
            middle,
            along: [x, y],
            size,
        } = patch.region([1.0, 1.0]).unwrap();
        assert!((y.atan2(x) - along).abs() < 0.02, "{tilt}: {x} {y}");
        assert!(
            (middle[0] - 100.0).abs() < 1.0 && (middle[1] - 100.0).abs() < 1.0,
            "{tilt}: {middle:?}"
        );
        // 1.6 × 120 × 12 / 264 on either side
        let grown = 2.0 * 8.7;
        assert!(
            (size[0] - 120.0 - grown).abs() < 3.0 && (size[1] - 12.0 - grown).abs() < 3.0,
            "{tilt}: {size:?}"
        );
    }
}

#[test]
fn specks_faint_patches_and_nothing_are_no_lines() {
    let regions = |likely: &[f32], width: usize| {
        let patches = detect::patches(likely, width);
        patches.iter().filter_map(|patch| patch.region([1.0, 1.0])).count()
    };
    assert_eq!(regions(&bar(2.0, 2.0, 0), 200), 0);
    assert_eq!(regions(&bar(50.0, 9.0, 0), 200), 1);
    let faint: Vec<f32> = bar(50.0, 9.0, 0).iter().map(|p| p * 0.5).collect();
    assert_eq!(regions(&faint, 200), 0);
    assert_eq!(regions(&[], 200), 0);
    assert_eq!(regions(&[0.9; 400], 20), 1, "a full picture is one line");
}

#[test]
fn lines_of_a_row_are_read_from_left_to_right() {
    let at = |x: i16, y: i16| Region {
        middle: [x.into(), y.into()],
        along: [1.0, 0.0],
        size: [40.0, 20.0],
    };
    let mut regions = [at(300, 54), at(100, 200), at(100, 50), at(200, 47), at(300, 195)];
    detect::in_reading_order(&mut regions);
    let order = regions.map(|region| region.middle.map(whole));
    assert_eq!(order, [[100, 50], [200, 47], [300, 54], [100, 200], [300, 195]]);
}

#[test]
fn letters_are_spelt_without_gaps_and_repetitions() {
    let alphabet = recognise::alphabet("地\n铁\n");
    assert_eq!(alphabet, ["", "地", "铁", " "]);
    let steps = [0, 1, 1, 0, 1, 2, 3, 3, 2];
    let likely: Vec<f32> = steps
        .iter()
        .flat_map(|best| (0..4).map(move |letter| if letter == *best { 0.8 } else { 0.1 }))
        .collect();
    let line = recognise::spelt(&likely, &alphabet);
    assert_eq!(
        line,
        Line {
            text: "地地铁 铁".to_owned(),
            sure_permille: 800
        }
    );
    assert_eq!(recognise::spelt(&[0.9, 0.0, 0.0, 0.0], &alphabet).sure_permille, 0);
    let long: Vec<f32> = [0.0, 0.9, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0].repeat(500);
    assert_eq!(recognise::spelt(&long, &alphabet).text.chars().count(), 200);
}

#[test]
fn a_line_that_stands_on_end_is_laid_down() {
    // dark at the top: where a line that runs downwards begins
    let photo = RgbImage::from_fn(60, 300, |_, y| Rgb([if y < 150 { 0 } else { 255 }; 3]));
    let region = Region {
        middle: [30.0, 150.0],
        along: [1.0, 0.0],
        size: [40.0, 240.0],
    };
    let strip = recognise::straightened(&photo, &region);
    assert_eq!(strip.dimensions(), (288, 48));
    assert_eq!((strip.get_pixel(10, 24)[0], strip.get_pixel(270, 24)[0]), (0, 255));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_picture_of_likelihoods_gives_finite_rectangles(
        width in 1..40_usize,
        likely in prop::collection::vec(prop_oneof![Just(0.0_f32), 0.2..1.0_f32, any::<f32>()], 0..1_200),
    ) {
        for patch in detect::patches(&likely, width) {
            if let Some(region) = patch.region([1.5, 1.49]) {
                let parts = [region.middle, region.along, region.size].concat();
                prop_assert!(parts.iter().all(|part| part.is_finite()), "{:?}", region);
            }
        }
    }

    #[test]
    fn any_rectangle_gives_a_strip_of_bounded_size(parts in prop::array::uniform6(any::<f32>()), side in 1..30_u32) {
        let photo = DynamicImage::new_rgb8(side, 31 - side).into_rgb8();
        let [x, y, u, v, length, height] = parts;
        let region = Region { middle: [x, y], along: [u, v], size: [length % 1e4, height % 1e4] };
        let strip = recognise::straightened(&photo, &region);
        prop_assert!(strip.width() <= 3_200 && strip.height() == 48);
    }

    #[test]
    fn any_likelihoods_are_spelt(likely in prop::collection::vec(any::<f32>(), 0..400)) {
        let line = recognise::spelt(&likely, &recognise::alphabet("地\n铁"));
        prop_assert!(line.sure_permille <= 1000);
    }
}
