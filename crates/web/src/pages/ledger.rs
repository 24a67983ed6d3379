//! Statement and charts.

use std::collections::BTreeMap;

use app::{AvoidedView, Error, Like as Alike, LineView, MonthView, Refused, Standing};
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use domain::measure::{Carbon, Decimal, Month};
use domain::methodology::Category;
use domain::programme::Programme;
use serde::Deserialize;

use super::activity::{moment, words};
use super::rewards::{points_words, reward_icon};
use super::{Me, Ours, carbon, html, me, split};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{
    Chart, ChartBar, Icon, Like, Page, Statement, StatementKind as Kind, StatementLine as Line, TabWord,
};
use crate::{State, asset, csv};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/me/statement", get(statement))
        .route("/me/statement.csv", get(file))
}

#[derive(Deserialize)]
struct Asked {
    month: Option<String>,
}

/// Lines of the page; the file has all.
const LINES: u32 = 200;
/// Lines of the file: more than anybody has in a month.
const FILE_LINES: u32 = 50_000;
/// Months of the chart.
const YEAR: i16 = 12;

impl Asked {
    fn month(&self, state: &State, programme: &Programme) -> Result<(Month, Month), Error> {
        let now = Month::of(programme.zone.day_of(state.app.now_us()));
        match &self.month {
            None => Ok((now, now)),
            Some(text) => Month::parse(text)
                .map(|month| (month.min(now), now))
                .ok_or_else(|| Refused::NotFound("month").into()),
        }
    }
}

async fn statement(state: Ours, lang: Lang, signed: Signed, Query(asked): Query<Asked>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let (month, now) = asked.month(&state, &me.programme).map_err(oops)?;
    let (app, programme) = (&state.app, &me.programme);
    let booked = app
        .month(&me.caller, programme, me.participant, month, LINES)
        .await
        .map_err(oops)?;
    let year = (month.plus(1 - YEAR), month);
    let avoided = app
        .avoided(&me.caller, programme, me.participant, year)
        .await
        .map_err(oops)?;
    let whole: i64 = avoided.iter().map(|view| view.mg).sum();
    let began = Month::of(programme.zone.day_of(programme.starts_us));
    let href = |month: Month| format!("/me/statement?month={month}");
    let amount = |milli| me.points(milli, lang);
    let mut sums = vec![
        (lang.say("ledger-earned"), amount(booked.earned_milli)),
        (lang.say("ledger-spent"), amount(booked.spent_milli)),
        (lang.say("ledger-held-now"), amount(booked.held_milli)),
    ];
    if booked.returned_milli > 0 {
        sums.push((lang.say("ledger-returned"), amount(booked.returned_milli)));
    }
    let now_us = app.now_us();
    let page = Statement {
        lang,
        month: month_words(month, lang),
        previous: (month > began).then(|| href(month.plus(-1))),
        next: (month < now).then(|| href(month.plus(1))),
        avoided: split(&carbon(booked.net_mg, lang)),
        sums,
        year: year_chart(&avoided, month, lang),
        kinds: kinds(&avoided, month, lang),
        likes: likes(&state, &me, whole, lang),
        liked: carbon(whole, lang),
        lines: booked
            .lines
            .iter()
            .filter(|view| !at_once(view, &booked.lines))
            .map(|view| line(&me, view, now_us, lang))
            .collect(),
        more: booked.more,
        csv: format!("/me/statement.csv?month={month}"),
    };
    let inner = page.render().map_err(|e| Oops::template(&e, lang))?;
    let mut shell = me.shell(lang, lang.say("ledger-title"), Page::Plain, Some(TabWord::Me), inner);
    shell.more.push(asset::SHOP_CSS);
    html(&shell, lang)
}

fn month_words(month: Month, lang: Lang) -> String {
    let format = match lang {
        Lang::Zh => "%Y年%-m月",
        Lang::En => "%B %Y",
    };
    month.first().date().strftime(format).to_string()
}

fn category_word(category: Category) -> &'static str {
    match category {
        Category::Clothing => "clothing",
        Category::Food => "food",
        Category::Home => "home",
        Category::Travel => "travel",
        Category::Goods => "goods",
        Category::Office => "office",
        Category::Digital => "digital",
    }
}

fn category_name(category: Category, lang: Lang) -> String {
    lang.say(&format!("ledger-category-{}", category_word(category)))
}

fn category_icon(category: Category) -> Icon {
    match category {
        Category::Digital => Icon::Finance,
        other => Icon::of(category_word(other)),
    }
}

/// Twelve months to this one, by category.
fn year_chart(avoided: &[AvoidedView], last: Month, lang: Lang) -> Option<Chart> {
    let mut categories: Vec<Category> = avoided.iter().map(|view| view.category).collect();
    categories.sort_unstable();
    categories.dedup();
    let mut most = 0;
    let bars = (1 - YEAR..=0).map(|back| {
        let month = last.plus(back);
        let parts: Vec<(i64, String)> = categories
            .iter()
            .map(|category| {
                let found = avoided
                    .iter()
                    .find(|view| view.month == month && view.category == *category);
                let mg = found.map_or(0, |view| view.mg);
                (mg, carbon(mg, lang))
            })
            .collect();
        most = most.max(parts.iter().map(|(mg, _)| mg).sum());
        let format = match lang {
            Lang::Zh => "%-m月",
            Lang::En => "%b",
        };
        ChartBar {
            label: month.first().date().strftime(format).to_string(),
            parts,
        }
    });
    let bars = bars.collect();
    (most > 0).then(|| Chart {
        id: "year".to_owned(),
        words: lang.say("ledger-year-words"),
        series: categories
            .iter()
            .map(|category| category_name(*category, lang))
            .collect(),
        bars,
        axis: lang.say("ledger-month"),
        top: carbon(most, lang),
    })
}

/// The month by category, largest first.
fn kinds(avoided: &[AvoidedView], month: Month, lang: Lang) -> Vec<Kind> {
    let mut here: Vec<&AvoidedView> = avoided.iter().filter(|view| view.month == month).collect();
    here.sort_by_key(|view| std::cmp::Reverse(view.mg));
    let most = here.first().map_or(1, |view| view.mg.max(1));
    let kind = |view: &&AvoidedView| {
        let count = view.acts.to_string();
        let key = if view.acts == 1 { "ledger-act" } else { "ledger-acts" };
        Kind {
            icon: category_icon(view.category),
            name: category_name(view.category, lang),
            acts: lang.say_with(key, &[("count", count.as_str())]),
            amount: carbon(view.mg, lang),
            percent: u8::try_from(i128::from(view.mg) * 100 / i128::from(most)).unwrap_or(100),
        }
    };
    here.iter().map(kind).collect()
}

fn likes(state: &State, me: &Me, mg: i64, lang: Lang) -> Vec<Like> {
    let alike = state.app.likenesses(&me.programme, Carbon::from_mg(mg));
    // one decimal is as much as such a comparison bears; rounded down
    let like = |alike: &app::Likeness| {
        let (key, icon) = match alike.like {
            Alike::Driving => ("ledger-like-driving", Icon::Carpool),
            Alike::Electricity => ("ledger-like-electricity", Icon::Electricity),
        };
        let amount = Decimal::new(alike.milli / 100, 1).grouped();
        let year = alike.year.to_string();
        let (number, unit) = alike.value.split_once(' ').unwrap_or((&alike.value, "one"));
        let (value, region) = (words::amount(number, unit, lang), words::region(&alike.region, lang));
        let args = [
            ("factor", alike.factor.in_lang(lang.into())),
            ("value", &value),
            ("region", &region),
            ("year", year.as_str()),
        ];
        Like {
            icon,
            words: lang.say_with(key, &[("amount", amount.as_str())]),
            factor: lang.say_with("ledger-factor", &args),
            source: alike.source.clone(),
            url: alike.url.clone().filter(|url| url.starts_with("https://")),
        }
    };
    alike.iter().filter(|alike| alike.milli >= 100).map(like).collect()
}

/// The word of a line's kind, its tone, the sign of its amount and the amount's tone.
const fn kind(state: Standing) -> (&'static str, &'static str, &'static str, &'static str) {
    match state {
        Standing::Credited => ("credited", "", "+", "plus"),
        Standing::Raised => ("raised", "", "+", "plus"),
        Standing::Reversal | Standing::Reversed => ("reversal", "no", "−", "red"),
        Standing::Held => ("held", "wait", "", "calm"),
        Standing::Spent => ("spent", "calm", "−", "less"),
        Standing::Released => ("released", "", "", "calm"),
        Standing::Prize => ("prize", "", "+", "plus"),
        Standing::Returned => ("returned", "no", "−", "red"),
        Standing::Refused | Standing::Appealed | Standing::Submitted | Standing::InReview | Standing::MoreWanted => {
            ("refused", "no", "", "calm")
        }
    }
}

fn title(view: &LineView, lang: Lang) -> String {
    let title = view.title.as_ref().map(|title| title.in_lang(lang.into()).to_owned());
    title.unwrap_or_else(|| lang.say("ledger-unknown"))
}

/// Whether a line only holds what a reward took in the same minute, as one does that is handed over at once.
fn at_once(held: &LineView, lines: &[LineView]) -> bool {
    let spends = |line: &LineView| line.state == Standing::Spent && line.order == held.order;
    held.state == Standing::Held
        && lines
            .iter()
            .any(|line| spends(line) && line.booked_us - held.booked_us < 60_000_000)
}

fn line(me: &Me, view: &LineView, now_us: i64, lang: Lang) -> Line {
    let (word, tone, sign, calm) = kind(view.state);
    let amount = points_words(&me.programme, view.points_milli, lang);
    Line {
        href: match (view.order, view.state) {
            (Some(order), _) => Some(format!("/vouchers/{order}")),
            (None, Standing::Reversal) => None,
            (None, _) => Some(format!("/why/{}", view.entry)),
        },
        icon: match view.order {
            Some(_) => reward_icon(""),
            None => view.behaviour.as_deref().map_or(Icon::Leaf, |behaviour| {
                super::home::icon(behaviour, view.category.unwrap_or(Category::Goods))
            }),
        },
        title: title(view, lang),
        when: moment(&me.programme, view.booked_us, now_us, lang),
        state: lang.say(&format!("ledger-kind-{word}")),
        tone,
        amount: if view.points_milli == 0 {
            String::new()
        } else {
            format!("{sign}{amount}")
        },
        sign: calm,
    }
}

async fn file(state: Ours, lang: Lang, signed: Signed, Query(asked): Query<Asked>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let (month, _) = asked.month(&state, &me.programme).map_err(oops)?;
    let booked = state
        .app
        .month(&me.caller, &me.programme, me.participant, month, FILE_LINES)
        .await
        .map_err(oops)?;
    Ok(as_file(&me.programme, booked, lang))
}

fn as_file(programme: &Programme, booked: MonthView, lang: Lang) -> Response {
    let columns = ["booked", "about", "kind", "reduction", "points", "record"];
    let names: Vec<String> = columns
        .iter()
        .map(|column| lang.say(&format!("ledger-column-{column}")))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let words: BTreeMap<&str, String> = [
        "credited", "raised", "reversal", "held", "spent", "released", "prize", "returned", "refused",
    ]
    .into_iter()
    .map(|word| (word, lang.say(&format!("ledger-kind-{word}"))))
    .collect();
    let zone = programme.zone.clone();
    let name = format!("statement-{}-{}.csv", programme.slug, booked.month);
    let rows = booked.lines.into_iter().map(move |view| {
        let (word, ..) = kind(view.state);
        let less = matches!(view.state, Standing::Reversal | Standing::Spent | Standing::Returned);
        let sign = |number: i64| if less { -number } else { number };
        vec![
            zone.clock_time(view.booked_us),
            title(&view, lang),
            words.get(word).cloned().unwrap_or_default(),
            Decimal::new(sign(view.mg), 3).to_string(),
            Decimal::new(sign(view.points_milli), 3).to_string(),
            view.entry.to_string(),
        ]
    });
    csv::attachment(&name, &names, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::measure::{EntryId, OrderId};

    #[test]
    fn a_reward_that_is_handed_over_at_once_is_one_line() {
        let line = |state, order: i64, booked_us| LineView {
            entry: EntryId::new(booked_us),
            state,
            title: None,
            behaviour: None,
            category: None,
            booked_us,
            started_us: None,
            mg: 0,
            points_milli: 500_000,
            order: Some(OrderId::new(order)),
        };
        let minute_us = 60_000_000;
        let lines = [
            line(Standing::Spent, 1, 2),
            line(Standing::Held, 1, 1),
            line(Standing::Spent, 2, 3 + minute_us),
            line(Standing::Held, 2, 3),
            line(Standing::Held, 3, 4),
        ];
        let hidden: Vec<bool> = lines.iter().map(|one| at_once(one, &lines)).collect();
        assert_eq!(hidden, [false, true, false, false, false]);
    }
}
