//! The store: what points buy, who pays for it, and the vouchers one holds.

use super::{Amount, Icon, of};
use crate::lang::Lang;
use askama::Template;

/// The store of a programme.
#[derive(Clone, Debug, Template)]
#[template(path = "store.html")]
pub struct Store {
    /// The language of the page.
    pub lang: Lang,
    /// What the person can spend.
    pub purse: Amount,
    /// What has just been done, e.g. a voucher issued.
    pub done: Option<String>,
    /// Why what was asked for could not be done.
    pub error: Option<String>,
    /// Where the order form posts to.
    pub buy: String,
    /// The token of the order forms.
    pub csrf: String,
    /// What is on offer.
    pub rewards: Vec<Reward>,
    /// What the person holds, newest first.
    pub vouchers: Vec<Voucher>,
}

/// A thing in the store.
#[derive(Clone, Debug)]
pub struct Reward {
    /// Its key; the form field `reward`.
    pub word: String,
    /// The idempotency key of this form; the form field `key`. Pressing twice orders once.
    pub key: String,
    /// Its symbol.
    pub icon: Icon,
    /// Its title.
    pub title: String,
    /// Who pays for it.
    pub sponsor: String,
    /// What is left, in words.
    pub stock: String,
    /// What it costs.
    pub price: Amount,
    /// Whether it can be had now.
    pub offer: Offer,
}

/// Whether a reward can be had now.
#[derive(Clone, Debug)]
pub enum Offer {
    /// Yes.
    Open,
    /// Not with these points.
    Short {
        /// How much is missing, in words.
        words: String,
        /// How far one has come, 0 to 100.
        percent: u8,
    },
    /// Sold out, over the limit or not yet open.
    Closed {
        /// Which of them, in words.
        words: String,
    },
}

/// A voucher that the person holds.
#[derive(Clone, Debug)]
pub struct Voucher {
    /// What it is for.
    pub title: String,
    /// Its code; shown only while it can be used.
    pub code: String,
    /// Until when it is valid, or when it was used.
    pub when: String,
    /// Its state.
    pub state: VoucherState,
    /// The code as a QR drawing.
    pub qr: Option<Qr>,
}

/// A QR code as one path of unit squares.
#[derive(Clone, Debug)]
pub struct Qr {
    /// Modules along a side, quiet zone included.
    pub size: u32,
    /// The dark modules as SVG path data, e.g. `M4 4h1v1h-1z…`.
    pub path: String,
}

/// The state of a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum VoucherState {
    Ready,
    Used,
    Expired,
    Cancelled,
}

impl VoucherState {
    fn message(self) -> &'static str {
        match self {
            Self::Ready => "rewards-ready",
            Self::Used => "rewards-used",
            Self::Expired => "rewards-expired",
            Self::Cancelled => "rewards-cancelled",
        }
    }

    fn tone(self) -> &'static str {
        if self.is_ready() { "fresh" } else { "calm" }
    }

    fn is_ready(self) -> bool {
        self == Self::Ready
    }
}

impl Store {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The store of the demo campus, seen by Xiaoman with 513 g.
    pub fn sample(lang: Lang) -> Self {
        let unit = of(lang, "克", "g");
        let reward = |word: &str, icon, title: String, sponsor: String, stock, price: &str, offer| Reward {
            word: word.to_owned(),
            key: format!("sample-{word}"),
            icon,
            title,
            sponsor,
            stock,
            price: Amount::new(price, unit.clone()),
            offer,
        };
        Self {
            lang,
            purse: Amount::new("513", unit.clone()),
            done: None,
            error: None,
            buy: "/store/orders".to_owned(),
            csrf: "sample".to_owned(),
            rewards: vec![
                reward(
                    "cola",
                    Icon::Goods,
                    of(lang, "可乐 12 罐", "12 cans of cola"),
                    of(lang, "示范饮料", "Demo Drinks"),
                    of(lang, "剩 40 份 · 每人每月 1 份", "40 left · one a month each"),
                    "500",
                    Offer::Open,
                ),
                reward(
                    "toothpaste",
                    Icon::Box,
                    of(lang, "牙膏一支", "A tube of toothpaste"),
                    of(lang, "示范日化", "Demo Care"),
                    of(lang, "剩 120 份", "120 left"),
                    "800",
                    Offer::Short {
                        words: of(lang, "还差 287 克", "287 g to go"),
                        percent: 64,
                    },
                ),
                reward(
                    "cable",
                    Icon::Electricity,
                    of(lang, "USB 数据线", "USB cable"),
                    of(lang, "示范电子", "Demo Electronics"),
                    of(lang, "剩 0 份", "0 left"),
                    "1,200",
                    Offer::Closed {
                        words: of(lang, "已兑完", "Sold out"),
                    },
                ),
            ],
            vouchers: vec![
                Voucher {
                    title: of(lang, "食堂豆浆一杯", "A cup of soy milk"),
                    code: "DEMO-7K2M-94QX".to_owned(),
                    when: of(lang, "有效期至 12 月 31 日", "Valid until 31 Dec"),
                    state: VoucherState::Ready,
                    qr: None,
                },
                Voucher {
                    title: of(lang, "可乐 12 罐", "12 cans of cola"),
                    code: "DEMO-0000-0000".to_owned(),
                    when: of(lang, "10 月 3 日已使用", "Used on 3 Oct"),
                    state: VoucherState::Used,
                    qr: None,
                },
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_shows_only_while_it_can_be_used() {
        let page = Store::sample(Lang::En).render().unwrap();
        assert!(page.contains("DEMO-7K2M-94QX"));
        assert!(!page.contains("DEMO-0000-0000"));
    }

    #[test]
    fn only_what_can_be_had_has_a_button() {
        let page = Store::sample(Lang::En).render().unwrap();
        assert_eq!(page.matches("<form").count(), 1);
        assert!(page.contains("name=\"reward\" value=\"cola\""));
        assert!(page.contains("name=\"csrf\" value=\"sample\""));
    }

    #[test]
    fn a_voucher_can_be_shown_as_a_drawing() {
        let mut store = Store::sample(Lang::En);
        store.vouchers[0].qr = Some(Qr {
            size: 29,
            path: "M4 4h1v1h-1z".to_owned(),
        });
        let page = store.render().unwrap();
        assert!(page.contains("viewBox=\"0 0 29 29\"") && page.contains("M4 4h1v1h-1z"));
    }
}
