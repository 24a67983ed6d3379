//! The store: what points buy and who pays for it; one reward before it is taken.

use super::{Amount, Fact, Icon, of};
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
    /// Where the programme's public page is, which tells how many points there are.
    pub public: String,
    /// What is on offer.
    pub rewards: Vec<Reward>,
}

/// A thing in the store.
#[derive(Clone, Debug)]
pub struct Reward {
    /// Its page.
    pub href: String,
    /// Its symbol.
    pub icon: Icon,
    /// The colour of its picture, 0 to 4.
    pub tint: u8,
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

/// One reward: what it costs, what one keeps, and the button.
#[derive(Clone, Debug, Template)]
#[template(path = "reward.html")]
pub struct Deal {
    /// The language of the page.
    pub lang: Lang,
    /// Why what was asked for could not be done.
    pub error: Option<String>,
    /// The reward.
    pub reward: Reward,
    /// What the person can spend.
    pub purse: Amount,
    /// What is left of it afterwards, in words.
    pub keep: String,
    /// How it is handed over, how many one may have, how long a voucher can be used.
    pub facts: Vec<Fact>,
    /// The token of the form.
    pub csrf: String,
    /// The idempotency key of the form: pressing twice orders once.
    pub key: String,
}

impl Store {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The store of the demo campus, seen by Xiaoman with 513 g.
    pub fn sample(lang: Lang) -> Self {
        let unit = of(lang, "克", "g");
        let reward =
            |(word, icon, tint): (&str, Icon, u8), title: String, sponsor: String, stock, price, offer| Reward {
                href: format!("/store/{word}"),
                icon,
                tint,
                title,
                sponsor,
                stock,
                price: Amount::new(price, unit.clone()),
                offer,
            };
        Self {
            lang,
            purse: Amount::new("513", unit.clone()),
            public: "/p/campus".to_owned(),
            rewards: vec![
                reward(
                    ("cola", Icon::Drink, 0),
                    of(lang, "可乐 12 罐", "12 cans of cola"),
                    of(lang, "示范饮料", "Demo Drinks"),
                    of(lang, "还剩 40 件", "40 left"),
                    "500",
                    Offer::Open,
                ),
                reward(
                    ("toothpaste", Icon::Care, 1),
                    of(lang, "牙膏一支", "A tube of toothpaste"),
                    of(lang, "示范日化", "Demo Care"),
                    of(lang, "还剩 120 件", "120 left"),
                    "800",
                    Offer::Short {
                        words: of(lang, "还差 287 克", "287 g to go"),
                        percent: 64,
                    },
                ),
                reward(
                    ("cable", Icon::Cable, 2),
                    of(lang, "USB 数据线", "USB cable"),
                    of(lang, "示范电子", "Demo Electronics"),
                    of(lang, "还剩 0 件", "0 left"),
                    "1,200",
                    Offer::Closed {
                        words: of(lang, "已兑完", "Sold out"),
                    },
                ),
            ],
        }
    }
}

impl Deal {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// Xiaoman looks at cola with 513 g.
    pub fn sample(lang: Lang) -> Self {
        let Store { mut rewards, purse, .. } = Store::sample(lang);
        let cola = rewards.swap_remove(0);
        Self {
            lang,
            error: None,
            reward: cola,
            purse,
            keep: of(lang, "兑换后还剩 13 克。", "You keep 13 g."),
            facts: vec![
                Fact::new(
                    of(lang, "领取", "Handed over"),
                    of(lang, "立即生成券码", "At once, as a code"),
                ),
                Fact::new(of(lang, "有效期", "Valid for"), of(lang, "30 天", "30 days")),
                Fact::new(of(lang, "每人限量", "Limit"), of(lang, "1 件", "1 a person")),
            ],
            csrf: "sample".to_owned(),
            key: "sample-cola".to_owned(),
        }
    }

    /// The same with too little to spend, after trying all the same.
    pub fn sample_short(lang: Lang) -> Self {
        let deal = Self::sample(lang);
        let words = of(lang, "还差 287 克", "287 g to go");
        Self {
            error: Some(words.clone()),
            keep: String::new(),
            reward: Reward {
                offer: Offer::Short { words, percent: 64 },
                ..deal.reward
            },
            ..deal
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_had_has_a_button() {
        let page = Store::sample(Lang::En).render().unwrap();
        assert_eq!(page.matches("class=\"btn\"").count(), 1);
        let open = Deal::sample(Lang::En).render().unwrap();
        assert!(open.contains("name=\"csrf\" value=\"sample\"") && open.contains("name=\"key\""));
        let short = Deal::sample_short(Lang::En).render().unwrap();
        assert!(!short.contains("<form"));
    }
}
