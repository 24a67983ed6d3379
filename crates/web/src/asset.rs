//! Files that a browser fetches beside the page, with addresses that change with their content.

use std::sync::LazyLock;

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

/// What only the pages for everybody need on top.
pub const PUBLIC_CSS: Asset = Asset::new(
    "/assets/public.css",
    "text/css; charset=utf-8",
    include_str!("../assets/public.css"),
);

/// What only the operator's console needs on top.
pub const CONSOLE_CSS: Asset = Asset::new(
    "/assets/console.css",
    "text/css; charset=utf-8",
    include_str!("../assets/console.css"),
);

/// What only the review queue needs on top.
pub const REVIEW_CSS: Asset = Asset::new(
    "/assets/review.css",
    "text/css; charset=utf-8",
    include_str!("../assets/review.css"),
);

/// What only the form of a competition's terms needs on top.
pub const CONTEST_CSS: Asset = Asset::new(
    "/assets/contest.css",
    "text/css; charset=utf-8",
    include_str!("../assets/contest.css"),
);

/// Reviewing with one key for each deed.
pub const REVIEW: Asset = Asset::new(
    "/assets/review.js",
    "text/javascript; charset=utf-8",
    include_str!("../assets/review.js"),
);

/// What only the pages of coming in need on top.
pub const ACCESS_CSS: Asset = Asset::new(
    "/assets/access.css",
    "text/css; charset=utf-8",
    include_str!("../assets/access.css"),
);

/// Looking at the password that one types.
pub const ACCESS_SCRIPT: Asset = Asset::new(
    "/assets/access.js",
    "text/javascript; charset=utf-8",
    include_str!("../assets/access.js"),
);

/// What only the store, vouchers and the statement need on top.
pub const SHOP_CSS: Asset = Asset::new(
    "/assets/shop.css",
    "text/css; charset=utf-8",
    include_str!("../assets/shop.css"),
);

/// What pages gain where scripts run.
pub const SCRIPT: Asset = Asset::new(
    "/assets/puhui.js",
    "text/javascript; charset=utf-8",
    include_str!("../assets/puhui.js"),
);

/// What the pages about acts need on top: home, sheets, records, why.
pub const ACTS_CSS: Asset = Asset::new(
    "/assets/acts.css",
    "text/css; charset=utf-8",
    include_str!("../assets/acts.css"),
);

/// Photos that wait on the phone until they can be sent.
pub const PHOTO: Asset = Asset::new(
    "/assets/photo.js",
    "text/javascript; charset=utf-8",
    include_str!("../assets/photo.js"),
);

/// What only the pages under Me need on top.
pub const ME_CSS: Asset = Asset::new(
    "/assets/me.css",
    "text/css; charset=utf-8",
    include_str!("../assets/me.css"),
);

/// What only the pages of competitions need on top.
pub const COMPETE_CSS: Asset = Asset::new(
    "/assets/compete.css",
    "text/css; charset=utf-8",
    include_str!("../assets/compete.css"),
);

/// A board that moves.
pub const BOARD: Asset = Asset::new(
    "/assets/board.js",
    "text/javascript; charset=utf-8",
    include_str!("../assets/board.js"),
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

/// What only the guide of the design system needs: both themes as scopes, cut from [`CSS`], and its own few rules.
pub static STYLEGUIDE_CSS: LazyLock<Asset> = LazyLock::new(|| {
    let scopes = [Theme::Light, Theme::Dark].map(|theme| {
        let name = theme.name();
        format!("[data-theme={name}]{{{};color-scheme:{name}}}", theme.declarations())
    });
    let text = format!("{}\n{}", scopes.join("\n"), include_str!("../assets/styleguide.css"));
    Asset::new("/assets/styleguide.css", "text/css; charset=utf-8", text.leak())
});

/// One of the two looks of every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// `light` or `dark`.
    pub const fn name(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The declarations of its tokens in [`CSS`].
    fn declarations(self) -> &'static str {
        let from = match self {
            Theme::Light => CSS.text,
            Theme::Dark => CSS
                .text
                .split_once("prefers-color-scheme:dark")
                .map_or("", |(_, dark)| dark),
        };
        let block = from.split_once(":root{").map_or("", |(_, block)| block);
        block.split_once('}').map_or("", |(declarations, _)| declarations)
    }

    /// Its colours by name, as hexadecimal digits after `#`.
    pub fn colours(self) -> Vec<(&'static str, &'static str)> {
        let declared = self.declarations().split(';');
        declared
            .filter_map(|one| {
                let (name, value) = one.trim().strip_prefix("--")?.split_once(":#")?;
                let hex = value.chars().all(|c| c.is_ascii_hexdigit());
                hex.then_some((name, value))
            })
            .collect()
    }
}

/// The contrast of two colours as WCAG 2.2 defines it, from 1 to 21.
pub fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(hex: &str) -> f64 {
    let hex: String = if hex.len() == 3 {
        hex.chars().flat_map(|digit| [digit, digit]).collect()
    } else {
        hex.to_owned()
    };
    let part = |at: usize| {
        let digits = hex
            .get(at..at + 2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let value = f64::from(digits.unwrap_or_default()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

/// Texts and the grounds they stand on.
pub const GROUNDS: [(&str, &str); 14] = [
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
];

/// Every file.
pub const ALL: &[Asset] = &[
    CSS,
    ACCESS_CSS,
    DOCS_CSS,
    PUBLIC_CSS,
    CONSOLE_CSS,
    REVIEW_CSS,
    CONTEST_CSS,
    REVIEW,
    ACTS_CSS,
    SHOP_CSS,
    ME_CSS,
    COMPETE_CSS,
    SCRIPT,
    ACCESS_SCRIPT,
    PHOTO,
    PASSKEY,
    BOARD,
    MARK,
];

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
        for Asset { path, text, .. } in ALL.iter().filter(|asset| asset.media.starts_with("text/css")) {
            let most = if *path == CSS.path { 26 } else { 8 };
            assert!(text.len() < most * 1024, "{path}: {} bytes", text.len());
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
        for theme in [Theme::Light, Theme::Dark] {
            let colours = theme.colours();
            let colour = |name: &str| colours.iter().find(|(known, _)| *known == name).unwrap().1;
            for (text, ground) in GROUNDS {
                let ratio = contrast(colour(text), colour(ground));
                assert!(ratio >= 4.5, "{text} on {ground} in {}: {ratio:.2}", theme.name());
            }
        }
    }

    #[test]
    fn the_guide_shows_both_themes_as_scopes() {
        let text = STYLEGUIDE_CSS.text;
        assert!(text.contains("[data-theme=light]{") && text.contains("[data-theme=dark]{"));
        assert!(text.contains("--bg:#f3f6f2") && text.contains("--bg:#0d1410"));
        assert!(Theme::Dark.colours().len() >= 20, "{:?}", Theme::Dark.colours());
        assert!((contrast("000", "ffffff") - 21.0).abs() < 0.01);
    }
}
