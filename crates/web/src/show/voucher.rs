//! Vouchers: all that one holds, and one to be shown at the counter.

use super::{Fact, of};
use crate::lang::Lang;
use askama::Template;
use qrcode::{Color, EcLevel, QrCode};

/// The vouchers and waiting orders of a person.
#[derive(Clone, Debug, Template)]
#[template(path = "vouchers.html")]
pub struct Vouchers {
    /// The language of the page.
    pub lang: Lang,
    /// Ready, used, past: words, address, how many, whether it is shown.
    pub shelves: Vec<Shelf>,
    /// What stands on the shelf that is shown, newest first.
    pub rows: Vec<Row>,
    /// What stands there instead of nothing.
    pub empty: String,
}

/// A kind of vouchers.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// What it is called, with how many stand there.
    pub name: String,
    /// Where it is.
    pub href: String,
    /// Whether it is shown.
    pub here: bool,
}

/// A voucher in the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its page.
    pub href: String,
    /// What it is for.
    pub title: String,
    /// Its code, while it can be used.
    pub code: Option<String>,
    /// Until when it can be used, or since when it cannot.
    pub when: String,
    /// Where it stands.
    pub state: VoucherState,
}

/// One voucher.
#[derive(Clone, Debug, Template)]
#[template(path = "voucher.html")]
pub struct Voucher {
    /// The language of the page.
    pub lang: Lang,
    /// Whether it was made a moment ago.
    pub fresh: bool,
    /// Why what was asked for could not be done.
    pub error: Option<String>,
    /// What it is for.
    pub title: String,
    /// Where it stands.
    pub state: VoucherState,
    /// Its code, once there is one.
    pub code: Option<String>,
    /// The code as a drawing, while it can be used.
    pub qr: Option<Qr>,
    /// What to do with it, or what became of it.
    pub words: String,
    /// How, where, until when, what it cost.
    pub facts: Vec<Fact>,
    /// Where the form posts that calls the order off, while that can be done; with its token.
    pub cancel: Option<(String, String)>,
}

/// A QR code as one path of unit squares.
#[derive(Clone, Debug)]
pub struct Qr {
    /// Modules along a side, quiet zone included.
    pub size: usize,
    /// The dark modules as SVG path data, e.g. `M4 4h1v1h-1z…`.
    pub path: String,
}

/// What a reader needs around the code to find it, in modules.
const QUIET: usize = 4;

impl Qr {
    /// The drawing of a text; none if the text is too long for any.
    pub fn of(text: &str) -> Option<Self> {
        use std::fmt::Write as _;
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let colours = code.to_colors();
        let mut path = String::new();
        for (y, row) in colours.chunks(width).enumerate() {
            let mut x = 0;
            while x < width {
                let dark = row[x..].iter().take_while(|colour| **colour == Color::Dark).count();
                if dark > 0 {
                    // a String takes whatever is written
                    let _ = write!(path, "M{} {}h{dark}v1h-{dark}z", x + QUIET, y + QUIET);
                }
                x += dark.max(1);
            }
        }
        Some(Qr {
            size: width + 2 * QUIET,
            path,
        })
    }
}

/// The state of a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum VoucherState {
    /// The order waits to be handed over.
    Waiting,
    Ready,
    Used,
    Expired,
    Cancelled,
}

impl VoucherState {
    /// The key of its name.
    pub fn message(self) -> &'static str {
        match self {
            Self::Waiting => "rewards-waiting",
            Self::Ready => "rewards-ready",
            Self::Used => "rewards-used",
            Self::Expired => "rewards-expired",
            Self::Cancelled => "rewards-cancelled",
        }
    }

    /// The tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Waiting => "wait",
            Self::Ready => "",
            Self::Used | Self::Expired | Self::Cancelled => "calm",
        }
    }
}

impl Vouchers {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// What Xiaoman holds.
    pub fn sample(lang: Lang) -> Self {
        let shelf = |zh, en, word, here| Shelf {
            name: of(lang, zh, en),
            href: format!("/vouchers?show={word}"),
            here,
        };
        Self {
            lang,
            shelves: vec![
                shelf("可使用 2", "Ready 2", "ready", true),
                shelf("已使用 1", "Used 1", "used", false),
                shelf("已失效 0", "Past 0", "past", false),
            ],
            rows: vec![
                Row {
                    href: "/vouchers/0".to_owned(),
                    title: of(lang, "食堂豆浆一杯", "A cup of soy milk"),
                    code: Some("DEMO-7K2M-94QX".to_owned()),
                    when: of(lang, "2026年12月31日前有效", "Valid until 31 Dec 2026"),
                    state: VoucherState::Ready,
                },
                Row {
                    href: "/vouchers/1".to_owned(),
                    title: of(lang, "可乐 12 罐", "12 cans of cola"),
                    code: None,
                    when: of(
                        lang,
                        "2026年12月1日前备好，否则退回",
                        "Prepared by 1 Dec 2026, or given back",
                    ),
                    state: VoucherState::Waiting,
                },
            ],
            empty: String::new(),
        }
    }

    /// An empty shelf.
    pub fn sample_empty(lang: Lang) -> Self {
        Self {
            rows: Vec::new(),
            empty: of(
                lang,
                "兑换后，券码会出现在这里。",
                "What you get appears here with its code.",
            ),
            ..Self::sample(lang)
        }
    }
}

impl Voucher {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A voucher that can be used.
    pub fn sample(lang: Lang) -> Self {
        let code = "DEMO-7K2M-94QX";
        Self {
            lang,
            fresh: true,
            error: None,
            title: of(lang, "食堂豆浆一杯", "A cup of soy milk"),
            state: VoucherState::Ready,
            code: Some(code.to_owned()),
            qr: Qr::of(code),
            words: of(
                lang,
                "到店出示二维码，或报出券码。",
                "Show the code at the counter, or read it out.",
            ),
            facts: vec![
                Fact::new(
                    of(lang, "有效期至", "Valid until"),
                    of(lang, "2026年12月31日", "31 Dec 2026"),
                ),
                Fact::new(of(lang, "提供方", "From"), of(lang, "示范食堂", "Demo Canteen")),
                Fact::new(of(lang, "花费", "Cost"), of(lang, "200 克", "200 g")),
            ],
            cancel: None,
        }
    }

    /// An order that waits.
    pub fn sample_waiting(lang: Lang) -> Self {
        Self {
            fresh: false,
            state: VoucherState::Waiting,
            code: None,
            qr: None,
            words: of(
                lang,
                "正在备货，备好后这里会出现券码。",
                "Being prepared. The code appears here.",
            ),
            cancel: Some(("/vouchers/1/cancel".to_owned(), "sample".to_owned())),
            ..Self::sample(lang)
        }
    }

    /// One that was used.
    pub fn sample_used(lang: Lang) -> Self {
        Self {
            fresh: false,
            state: VoucherState::Used,
            qr: None,
            words: of(lang, "2026年10月3日已使用。", "Used on 3 Oct 2026."),
            ..Self::sample(lang)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_has_its_quiet_zone_and_its_three_eyes() {
        let qr = Qr::of("ABCD-EFGH-JKMN").unwrap();
        // version 1 or 2: 21 or 25 modules
        assert!([29, 33].contains(&qr.size), "{}", qr.size);
        let eye = qr.path.matches("h7v1h-7z").count();
        assert!(eye >= 6, "each eye has an upper and a lower bar of seven: {eye}");
        assert!(qr.path.starts_with("M4 4h7"));
        assert!(Qr::of(&"x".repeat(5000)).is_none());
    }

    #[test]
    fn a_code_that_cannot_be_used_is_not_drawn_and_a_waiting_order_can_be_called_off() {
        let ready = Voucher::sample(Lang::En).render().unwrap();
        assert!(ready.contains("DEMO-7K2M-94QX") && ready.contains("class=\"qr\"") && !ready.contains("<form"));
        let used = Voucher::sample_used(Lang::En).render().unwrap();
        assert!(!used.contains("class=\"qr\""));
        let waiting = Voucher::sample_waiting(Lang::En).render().unwrap();
        assert!(waiting.contains("action=\"/vouchers/1/cancel\"") && !waiting.contains("DEMO-"));
    }
}
