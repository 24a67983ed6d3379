//! The profiles and calendars that are shipped, as text.

use super::{Calendar, Profile};

/// Profiles by their word.
pub const PROFILES: [(&str, &str); 4] = [
    ("cea", include_str!("../../../../markets/cea.toml")),
    ("ccer", include_str!("../../../../markets/ccer.toml")),
    ("phcer", include_str!("../../../../markets/phcer.toml")),
    ("local", include_str!("../../../../markets/local.toml")),
];

/// Calendars by their word.
pub const CALENDARS: [(&str, &str); 1] = [("cn", include_str!("../../../../markets/calendar-cn.toml"))];

fn text(of: &[(&str, &'static str)], id: &str) -> Option<&'static str> {
    of.iter().find(|(word, _)| *word == id).map(|(_, text)| *text)
}

/// A shipped profile.
pub fn profile(id: &str) -> Option<Profile> {
    Profile::parse(text(&PROFILES, id)?).ok()
}

/// A shipped calendar.
pub fn calendar(id: &str) -> Option<Calendar> {
    Calendar::parse(text(&CALENDARS, id)?).ok()
}
