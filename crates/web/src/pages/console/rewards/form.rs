//! What is typed about a reward, read and said back with what is wrong.

use app::{NewReward, Refused, RewardChange, RewardRow};
use axum::http::StatusCode;
use domain::measure::{Currency, Decimal, Text};
use serde::Deserialize;

use crate::door::{status, words};
use crate::lang::Lang;
use crate::show::{Choice, Form as Asked, FormField as Field, Input};

/// What the forms about a reward hold, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) csrf: String,
    pub(super) key: String,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    pub(super) sponsor: String,
    pub(super) price: String,
    pub(super) stock: String,
    pub(super) cost: String,
    pub(super) currency: String,
    pub(super) per_person: String,
    pub(super) hold_days: String,
    pub(super) voucher_days: String,
    pub(super) icon: String,
    pub(super) at_once: String,
    pub(super) on_sale: String,
}

/// The pictures that a reward can have.
const ICONS: [&str; 9] = [
    "gift", "drink", "food", "goods", "care", "cable", "ticket", "box", "clothing",
];

/// The field of a form behind a field of a request.
fn field_of(refused: &Refused) -> Option<&'static str> {
    let pointer = refused.pointer()?;
    let names = [
        ("/title/zh", "title_zh"),
        ("/title/en", "title_en"),
        ("/sponsor", "sponsor"),
        ("/price", "price"),
        ("/stock", "stock"),
        ("/pieces", "pieces"),
        ("/cost_minor", "cost"),
        ("/amount_minor", "amount"),
        ("/per_person", "per_person"),
        ("/hold_days", "hold_days"),
        ("/voucher_days", "voucher_days"),
        ("/icon", "icon"),
        ("/codes", "codes"),
    ];
    names
        .into_iter()
        .find_map(|(there, name)| (there == pointer).then_some(name))
}

/// What is wrong, by field, or with the whole.
#[derive(Default)]
pub(super) struct Wrong {
    pub(super) field: Option<&'static str>,
    pub(super) whole: Option<String>,
    pub(super) status: Option<StatusCode>,
}

impl Wrong {
    pub(super) fn of(refused: &Refused, lang: Lang) -> Self {
        let field = field_of(refused);
        Wrong {
            whole: match (field, refused) {
                (Some(_), _) => None,
                (None, Refused::Settled(_)) => Some(lang.say("rewards-wrong-kind")),
                (None, refused) => Some(words(refused, None, lang)),
            },
            field,
            status: Some(status(refused)),
        }
    }

    pub(super) fn error(&self, name: &str, lang: Lang) -> Option<String> {
        let here = self.field.filter(|field| *field == name)?;
        Some(lang.say(&format!("rewards-wrong-{}", here.replace('_', "-"))))
    }
}

impl Typed {
    /// What stands in the books.
    pub(super) fn of(row: &RewardRow) -> Self {
        let reward = &row.reward;
        let flag = |on: bool| if on { "1" } else { "" }.to_owned();
        Typed {
            title_zh: reward.title.zh.clone(),
            title_en: reward.title.en.clone(),
            price: Decimal::new(reward.price_milli, 3).to_string(),
            per_person: reward.per_person.map(|limit| limit.to_string()).unwrap_or_default(),
            hold_days: reward.hold_days.to_string(),
            voucher_days: reward.voucher_days.to_string(),
            icon: reward.icon.clone(),
            at_once: flag(reward.at_once),
            on_sale: flag(reward.on_sale),
            ..Typed::default()
        }
    }

    fn title(&self) -> Text {
        Text {
            zh: self.title_zh.trim().to_owned(),
            en: self.title_en.trim().to_owned(),
        }
    }

    pub(super) fn change(&self) -> Result<RewardChange, Refused> {
        Ok(RewardChange {
            title: self.title(),
            price: self.price.trim().to_owned(),
            per_person: optional(&self.per_person, "per_person")?,
            hold_days: whole(&self.hold_days, "hold_days")?,
            voucher_days: whole(&self.voucher_days, "voucher_days")?,
            on_sale: self.on_sale == "1",
            at_once: self.at_once == "1",
            icon: self.icon.clone(),
        })
    }

    pub(super) fn new_reward(&self) -> Result<NewReward, Refused> {
        let cost = match self.cost.trim() {
            "" => None,
            cost => Some(minor(cost, "cost_minor")?),
        };
        Ok(NewReward {
            title: self.title(),
            sponsor: self.sponsor.trim().to_owned(),
            cost_minor: cost,
            currency: cost.and_then(|_| Currency::from_code(&self.currency)),
            price: self.price.trim().to_owned(),
            stock: whole(&self.stock, "stock")?,
            per_person: optional(&self.per_person, "per_person")?,
            hold_days: Some(whole(&self.hold_days, "hold_days")?),
            voucher_days: Some(whole(&self.voucher_days, "voucher_days")?),
            at_once: self.at_once == "1",
            icon: self.icon.clone(),
        })
    }

    /// The fields that a new reward and a changed one share.
    pub(super) fn fields(&self, form: Asked, wrong: &Wrong, new: bool, lang: Lang) -> Asked {
        let label = |name: &str| lang.say(&format!("rewards-field-{}", name.replace('_', "-")));
        let line = |name: &'static str, value: &str| {
            Field::line(name, label(name))
                .value(value)
                .error(wrong.error(name, lang))
        };
        let number = |name: &'static str, value: &str| {
            let input = Input::Line {
                kind: "number",
                autocomplete: "off",
            };
            let field = Field::new(name, label(name), input);
            field.value(value).error(wrong.error(name, lang))
        };
        let flag = |name: &'static str, value: &str| Field::new(name, label(name), Input::Check).value(value);
        let here = if self.icon.is_empty() { "gift" } else { &self.icon };
        let icons = ICONS.map(|icon| Choice::new(icon, lang.say(&format!("rewards-icon-{icon}")), icon == here));
        let mut form = form
            .with(line("title_zh", &self.title_zh))
            .with(line("title_en", &self.title_en));
        if new {
            form = form.with(line("sponsor", &self.sponsor));
        }
        form = form.with(number("price", &self.price));
        if new {
            let money = Currency::ALL.map(|one| Choice::new(one.code(), one.code(), one.code() == self.currency));
            form = form
                .with(number("stock", &self.stock).hint(lang.say("rewards-hint-stock")))
                .with(
                    number("cost", &self.cost)
                        .optional()
                        .hint(lang.say("rewards-hint-cost")),
                )
                .with(Field::new("currency", label("currency"), Input::Select(money.into())));
        }
        form.with(number("per_person", &self.per_person).optional())
            .with(number("voucher_days", &self.voucher_days))
            .with(number("hold_days", &self.hold_days).hint(lang.say("rewards-hint-hold-days")))
            .with(Field::new("icon", label("icon"), Input::Select(icons.into())).error(wrong.error("icon", lang)))
            .with(flag("at_once", &self.at_once))
    }
}

pub(super) fn whole<T: std::str::FromStr>(text: &str, field: &str) -> Result<T, Refused> {
    text.trim().parse().map_err(|_| Refused::Invalid {
        field: field.to_owned(),
        what: "is no whole number".to_owned(),
    })
}

fn optional<T: std::str::FromStr>(text: &str, field: &str) -> Result<Option<T>, Refused> {
    if text.trim().is_empty() {
        Ok(None)
    } else {
        whole(text, field).map(Some)
    }
}

/// Minor units of an amount such as `12.50`.
pub(super) fn minor(text: &str, field: &str) -> Result<i64, Refused> {
    let number = Decimal::parse_grouped(text.trim()).ok();
    let exact = number
        .and_then(|number| number.at_places(2))
        .filter(|(_, exact)| *exact);
    exact.map(|(minor, _)| minor).ok_or_else(|| Refused::Invalid {
        field: field.to_owned(),
        what: "is no amount of money".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_and_fault_has_its_words() {
        for lang in Lang::ALL {
            for (field, _) in [
                ("pieces", 0),
                ("amount_minor", 0),
                ("codes", 0),
                ("price", 0),
                ("cost_minor", 0),
            ] {
                let refused = Refused::Invalid {
                    field: field.to_owned(),
                    what: String::new(),
                };
                let wrong = Wrong::of(&refused, lang);
                let said = wrong.error(wrong.field.unwrap(), lang).unwrap();
                assert!(!said.starts_with("rewards-"), "{said}");
            }
            for name in [
                "title-zh",
                "title-en",
                "sponsor",
                "stock",
                "per-person",
                "hold-days",
                "voucher-days",
                "icon",
            ] {
                let key = format!("rewards-wrong-{name}");
                assert_ne!(lang.say(&key), key);
            }
            for icon in ICONS {
                let key = format!("rewards-icon-{icon}");
                assert_ne!(lang.say(&key), key);
            }
        }
    }

    #[test]
    fn money_is_read_to_the_cent_and_not_below() {
        assert_eq!(minor(" 1,250.5 ", "x"), Ok(125_050));
        assert!(minor("0.001", "x").is_err() && minor("-", "x").is_err());
    }
}
