//! The methodologies that Puhui ships: examples with their sources, none of them official.

/// Name and text of every file in `methodologies/`.
pub const FILES: &[(&str, &str)] = &[
    (
        "cycling-for-driving.toml",
        include_str!("../../../../methodologies/cycling-for-driving.toml"),
    ),
    (
        "metro-trip.toml",
        include_str!("../../../../methodologies/metro-trip.toml"),
    ),
];
