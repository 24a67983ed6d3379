use super::*;

/// A scene of smooth hills, different for every number; `cut` is how much is cut off at the left, in hundredths.
fn scene(number: u32, cut: u32, mirrored: bool) -> Looks {
    let (width, height) = Looks::size_for(4000, 3000);
    let hill = |x: u32, y: u32, size: u32| {
        let corner = |x: u32, y: u32| {
            let n = (x.wrapping_mul(73_856_093)
                ^ y.wrapping_mul(19_349_663)
                ^ (number + 1).wrapping_mul(83_492_791)
                ^ size)
                .wrapping_mul(0x9e37_79b1);
            (n ^ n >> 15).wrapping_mul(0x85eb_ca6b) >> 24
        };
        let (left, top, right, down) = (x / size, y / size, x % size, y % size);
        let above = corner(left, top) * (size - right) + corner(left + 1, top) * right;
        let below = corner(left, top + 1) * (size - right) + corner(left + 1, top + 1) * right;
        (above * (size - down) + below * down) / (size * size)
    };
    let cells: Vec<u16> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| {
            let x = if mirrored { width - 1 - x } else { x };
            let (x, y) = (100 * 10 * cut / 100 + x * (1000 - 10 * cut) / width, y * 750 / height);
            u16::try_from((hill(x, y, 190) * 4 + hill(x, y, 83) * 3 + hill(x, y, 41) * 2) * 256 / 9).unwrap()
        })
        .collect();
    Looks::of(width, height, &cells).unwrap()
}

#[test]
fn the_grey_picture_has_the_form_of_the_photo_and_much_the_same_area() {
    assert_eq!(Looks::size_for(4000, 3000), (64, 48));
    assert_eq!(Looks::size_for(3000, 4000), (48, 64));
    assert_eq!(Looks::size_for(1, 12_000), (16, 160));
    assert_eq!(Looks::size_for(0, 0), (55, 55));
    assert!(Looks::of(64, 48, &[0; 10]).is_none());
}

#[test]
fn looks_are_kept_and_read_again() {
    let looks = scene(1, 0, false);
    assert!(!looks.is_plain());
    let bytes = looks.to_bytes();
    assert!(bytes.len() < 3_400, "{}", bytes.len());
    assert_eq!(Looks::from_bytes(&bytes), Ok(looks.clone()));
    assert_eq!(
        prints_from_head(&bytes[..HEAD_BYTES.min(bytes.len())]),
        Ok(looks.prints().to_vec())
    );
    for cut in 0..bytes.len() {
        assert_eq!(Looks::from_bytes(&bytes[..cut]), Err(NoLooks));
    }
    assert_eq!(Looks::from_bytes(&[2, 0, 1, 1, 0]), Err(NoLooks), "another version");
}

#[test]
fn a_surface_of_one_tone_is_plain_whatever_its_noise() {
    let (width, height) = Looks::size_for(4000, 3000);
    let noise: Vec<u16> = (0..width * height)
        .map(|n| 2_000 + u16::try_from(n * 7_919 % 97).unwrap())
        .collect();
    let plain = Looks::of(width, height, &noise).unwrap();
    assert!(plain.is_plain());
    assert_eq!(apart(&plain, &plain), 1000);
}

#[test]
fn a_picture_is_near_its_copies_and_far_from_others() {
    let one = scene(1, 0, false);
    let itself = apart(&one, &one);
    assert!(itself < 50, "{itself}");
    for copy in [scene(1, 0, true), scene(1, 5, false), scene(1, 10, true)] {
        let apart = apart(&one, &copy);
        assert!(apart < 140, "{apart}");
    }
    for other in 2..12 {
        let apart = apart(&one, &scene(other, 0, false));
        assert!(apart > 300, "{other}: {apart}");
    }
}

#[test]
fn the_index_finds_what_was_built_in_and_what_came_later() {
    let photos: Vec<Looks> = (0..60).map(|n| scene(n, 0, false)).collect();
    let built = (0_i64..)
        .zip(&photos[..40])
        .map(|(id, looks)| (id, looks.prints().to_vec()));
    let mut index = Index::build(built);
    for (id, looks) in (40..).zip(&photos[40..]) {
        index.insert(id, looks);
    }
    assert_eq!(index.len(), 60);
    for merged in [false, true] {
        if merged {
            index.merge();
        }
        for (n, id) in (0..60).zip(0_i64..) {
            let found = index.search(&scene(n, 5, n % 2 == 0));
            assert_eq!(found.first().map(|hit| hit.id), Some(id), "{n}: {found:?}");
            assert!(found.len() <= index::MOST);
        }
    }
}

#[test]
fn an_empty_index_finds_nothing() {
    assert!(Index::default().is_empty());
    assert!(Index::default().search(&scene(1, 0, false)).is_empty());
}
