//! Files that a browser fetches beside the page, with addresses that change with their content.

/// A file compiled into the program.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Where it is served, without the version.
    pub path: &'static str,
    /// Its media type.
    pub media: &'static str,
    /// Its content.
    pub text: &'static str,
    hash: u64,
}

/// The stylesheet: one design system for every page.
pub const CSS: Asset = Asset::new(
    "/assets/puhui.css",
    "text/css; charset=utf-8",
    include_str!("../assets/puhui.css"),
);

/// What only the page about the API needs on top.
pub const DOCS_CSS: Asset = Asset::new(
    "/assets/docs.css",
    "text/css; charset=utf-8",
    include_str!("../assets/docs.css"),
);

/// What only the operator's console needs on top.
pub const CONSOLE_CSS: Asset = Asset::new(
    "/assets/console.css",
    "text/css; charset=utf-8",
    include_str!("../assets/console.css"),
);

/// What pages gain where scripts run.
pub const SCRIPT: Asset = Asset::new(
    "/assets/puhui.js",
    "text/javascript; charset=utf-8",
    include_str!("../assets/puhui.js"),
);

/// What only the pages under Me need on top.
pub const ME_CSS: Asset = Asset::new(
    "/assets/me.css",
    "text/css; charset=utf-8",
    include_str!("../assets/me.css"),
);

/// Passkeys, where the browser has them.
pub const PASSKEY: Asset = Asset::new(
    "/assets/passkey.js",
    "text/javascript; charset=utf-8",
    include_str!("../assets/passkey.js"),
);

/// The mark of the browser tab.
pub const MARK: Asset = Asset::new(
    "/assets/puhui.svg",
    "image/svg+xml",
    include_str!("../assets/puhui.svg"),
);

/// Every file.
pub const ALL: [Asset; 7] = [CSS, DOCS_CSS, CONSOLE_CSS, ME_CSS, SCRIPT, PASSKEY, MARK];

impl Asset {
    const fn new(path: &'static str, media: &'static str, text: &'static str) -> Self {
        Self {
            path,
            media,
            text,
            hash: fnv1a(text.as_bytes()),
        }
    }

    /// The address that pages link: with the hash of the content, so that it may be cached for ever.
    pub fn href(&self) -> String {
        format!("{}?v={:016x}", self.path, self.hash)
    }
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
        assert!(CSS.href().starts_with("/assets/puhui.css?v="));
    }

    #[test]
    fn the_stylesheets_stay_small_and_fetch_nothing() {
        // a quarter of that on the wire; the whole first load may weigh 60 KB
        assert!(CSS.text.len() < 26 * 1024, "{} bytes", CSS.text.len());
        for Asset { path, text, .. } in [DOCS_CSS, CONSOLE_CSS, ME_CSS] {
            assert!(text.len() < 8 * 1024, "{path}: {} bytes", text.len());
        }
        for Asset { path, text, .. } in [CSS, DOCS_CSS, CONSOLE_CSS, ME_CSS] {
            assert!(!text.contains("url(") && !text.contains("@import"), "{path}");
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{path}");
        }
    }

    #[test]
    fn scripts_stay_small() {
        let scripts = ALL.iter().filter(|asset| asset.media.starts_with("text/javascript"));
        let bytes: usize = scripts.map(|asset| asset.text.len()).sum();
        assert!(bytes < 30 * 1024, "{bytes} bytes");
    }

    /// Every colour of text on every ground it stands on, in both themes, at least 4.5:1.
    #[test]
    fn text_can_be_read_on_its_ground() {
        let dark = CSS.text.split_once("prefers-color-scheme:dark").unwrap().1;
        for theme in [CSS.text, dark] {
            let token = |name: &str| {
                let after = theme.split_once(&format!("--{name}:#")).unwrap().1;
                let digits: String = after.chars().take_while(char::is_ascii_hexdigit).collect();
                luminance(&digits)
            };
            for (text, ground) in [
                ("ink", "bg"),
                ("ink", "surface"),
                ("muted", "bg"),
                ("muted", "surface"),
                ("muted", "calm"),
                ("brand", "bg"),
                ("brand", "surface"),
                ("brand", "soft"),
                ("brand-ink", "brand"),
                ("amber", "amber-soft"),
                ("red", "red-soft"),
                ("red", "surface"),
                ("hero-ink", "hero"),
                ("hero-ink", "hero-end"),
            ] {
                let (one, other) = (token(text), token(ground));
                let ratio = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
            }
        }
    }

    /// Relative luminance as WCAG 2.2 defines it.
    fn luminance(hex: &str) -> f64 {
        let hex: String = if hex.len() == 3 {
            hex.chars().flat_map(|digit| [digit, digit]).collect()
        } else {
            hex.to_owned()
        };
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
    }
}
