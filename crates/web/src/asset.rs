//! Files that a browser fetches beside the page, with an address that changes with their content.

/// The stylesheet: one design system for every page.
pub const CSS: &str = include_str!("../assets/puhui.css");

/// The mark of the browser tab.
pub const MARK: &str = include_str!("../assets/puhui.svg");

/// Where the stylesheet is served, with a hash of its content: it may be cached for ever.
pub const CSS_PATH: &str = "/assets/puhui.css";

/// Where the mark is served.
pub const MARK_PATH: &str = "/assets/puhui.svg";

const CSS_HASH: u64 = fnv1a(CSS.as_bytes());

/// The address of the stylesheet as pages link it.
pub fn css_href() -> String {
    format!("{CSS_PATH}?v={CSS_HASH:016x}")
}

/// FNV-1a: names a version of a file, protects nothing.
const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_content_has_another_address() {
        assert_ne!(fnv1a(b"a{}"), fnv1a(b"b{}"));
        assert!(css_href().starts_with("/assets/puhui.css?v="));
    }

    #[test]
    fn the_stylesheet_stays_small_and_fetches_nothing() {
        assert!(CSS.len() < 14 * 1024, "{} bytes", CSS.len());
        assert!(!CSS.contains("url(") && !CSS.contains("@import"));
        assert_eq!(CSS.matches('{').count(), CSS.matches('}').count());
    }
}
