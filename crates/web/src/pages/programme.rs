//! The front page of visitors, and the public page of a programme.

use app::{Error, PublicMonth, PublicView, RewardView};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use domain::measure::{Carbon, Decimal, Points};
use domain::methodology::{Category, Methodology, catalogue};
use domain::programme::Programme;

use super::methodology::href;
use super::potential::{PRESETS, preset_address};
use super::{Ours, carbon, for_all, html};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::methodology::{CATEGORIES, behaviour_icon, category_words, region_words};
use crate::show::months;
use crate::show::public::{Entry, Method, ProgrammePage, later, reward_columns};
use crate::show::welcome::{Door, Receipt};
use crate::show::{Cell, Chart, ChartBar, Fact, Icon, Page, Paper, Programme as Shown, Shell, Table, Welcome};
use crate::{State, asset};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/p/{slug}", get(programme))
        .route("/p/{slug}/evidence.csv", get(evidence_csv))
}

/// The front page of somebody who has not signed in.
pub(super) async fn welcome(state: &State, lang: Lang, address: String) -> Result<Response, Oops> {
    let catalogue = state.app.catalogue();
    let mut programmes = Vec::new();
    for programme in catalogue.programmes() {
        let view = state.app.public(programme).await.map_err(|e| Oops::new(e, lang))?;
        let supply = &view.supply;
        programmes.push(Shown {
            name: programme.title.in_lang(lang.into()).to_owned(),
            words: tags(programme, lang).join(" · "),
            icon: icon(&view.months),
            href: Some(format!("/p/{}", programme.slug)),
            figures: vec![
                Fact::new(
                    lang.say("programme-credited"),
                    short(supply.credited_mg - supply.reversed_mg, lang),
                ),
                Fact::new(lang.say("programme-participants"), number(view.participants)),
            ],
        });
    }
    let joinable = catalogue.programmes().iter().any(|programme| programme.joinable);
    let page = Welcome {
        lang,
        programmes,
        join: joinable.then(|| "/join".to_owned()),
        receipt: receipt(lang),
        doors: doors(&catalogue, lang),
    };
    let inner = page.render().map_err(|e| Oops::template(&e, lang))?;
    let shell = Shell {
        address,
        more: vec![asset::PUBLIC_CSS],
        ..Shell::open(lang, lang.say("programme-title"), Page::Hero, inner)
    };
    html(&shell, lang)
}

/// The category in which a programme avoided most.
fn icon(months: &[PublicMonth]) -> Icon {
    let sum = |category: Category| -> i128 {
        let each = months.iter().filter_map(|month| month.mg.get(&category));
        each.map(|mg| i128::from(*mg)).sum()
    };
    let most = CATEGORIES.into_iter().max_by_key(|category| sum(*category));
    most.filter(|category| sum(*category) > 0)
        .map_or(Icon::Leaf, crate::show::methodology::category_icon)
}

/// A worked example of a shipped file, as the receipt on the front page.
fn receipt(lang: Lang) -> Option<Receipt> {
    let (_, text) = catalogue::FILES
        .iter()
        .find(|(name, _)| *name == "cycling-for-driving.toml")?;
    let methodology = Methodology::parse(text).ok()?;
    let paper = Paper::of(&methodology, lang);
    let example = paper.examples.first()?;
    let factor = paper.factors.first()?;
    let value = methodology.factors.first()?.rows.first()?.value;
    let said = example.inputs.first()?;
    Some(Receipt {
        icon: paper.icon,
        title: paper.title.clone(),
        grade: lang.say("activity-grade-2"),
        sum: format!("{} × {} {}", said.value, value.grouped(), factor.unit),
        factor: factor.name.clone(),
        source: factor.sources.first()?.text.clone(),
        amount: super::split(&example.computed),
    })
}

fn doors(catalogue: &app::Catalogue, lang: Lang) -> Vec<Door> {
    let methodologies = catalogue.published().map(|version| &version.methodology.id);
    let count = methodologies.collect::<std::collections::BTreeSet<_>>().len();
    let counted = |key: &str, count: usize| lang.say_with(key, &[("count", count.to_string().as_str())]);
    let door = |icon, title: &str, words: String, href: &str| Door {
        icon,
        title: lang.say(title),
        words,
        href: href.to_owned(),
    };
    vec![
        door(
            "i-book",
            "shell-methodologies",
            counted("programme-door-methods", count),
            "/methodologies",
        ),
        door(
            "i-list",
            "paper-book",
            counted("programme-door-factors", domain::methodology::catalogue::UNKNOWN.len()),
            "/factors",
        ),
        door(
            "i-overview",
            "potential-title",
            lang.say("programme-door-calculator"),
            &preset_address(&PRESETS[0]),
        ),
    ]
}

fn tags(programme: &Programme, lang: Lang) -> Vec<String> {
    let since = programme.zone.day_of(programme.starts_us).to_string();
    vec![
        region_words(&programme.region, lang),
        lang.say_with("programme-since", &[("day", since.as_str())]),
    ]
}

fn number(count: i64) -> String {
    Decimal::new(count, 0).grouped()
}

/// A mass for large type: at most one decimal of its unit, rounded down.
fn short(mg: i64, lang: Lang) -> String {
    let step = match mg.unsigned_abs() {
        0..1_000_000 => 100,
        1_000_000..1_000_000_000 => 100_000,
        _ => 100_000_000,
    };
    Carbon::from_mg(mg - mg % step).show(lang.into())
}

/// What happened to evidence in the last twelve months, as a file for everybody.
async fn evidence_csv(state: Ours, lang: Lang, Path(slug): Path<String>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let catalogue = state.app.catalogue();
    let programme = catalogue.programme(&slug).map_err(|e| oops(e.into()))?;
    let months = state.app.evidence_months(programme).await.map_err(oops)?;
    let rows = months::csv_rows(&months, lang);
    Ok(crate::csv::attachment(
        &format!("{slug}-evidence.csv"),
        &months::CSV_HEAD,
        rows.into_iter(),
    ))
}

async fn programme(state: Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let catalogue = state.app.catalogue();
    let programme = catalogue.programme(&slug).map_err(|e| oops(e.into()))?;
    let view = state.app.public(programme).await.map_err(oops)?;
    let offered = state.app.rewards(programme).await.map_err(oops)?;
    let judged = state.app.evidence_months(programme).await.map_err(oops)?;
    let in_force = catalogue.in_force(programme.id).map(|(_, version)| {
        let methodology = &version.methodology;
        Method {
            icon: behaviour_icon(&methodology.behaviour, methodology.category),
            title: methodology.title.in_lang(lang.into()).to_owned(),
            version: methodology.version.clone(),
            href: href(methodology),
        }
    });
    let member = signed.token.is_some();
    let page = ProgrammePage {
        lang,
        name: programme.title.in_lang(lang.into()).to_owned(),
        tags: tags(programme, lang),
        join: (programme.joinable && !member).then(|| format!("/join/{}", programme.slug)),
        figures: figures(programme, &view, lang),
        carbon: carbon_entries(&view, lang),
        points: point_entries(programme, &view, lang),
        budget: budget(programme, &offered, lang),
        months: months(&view.months, lang),
        refused: refused(&view.months, lang),
        evidence: months::months_table(&judged, Some(format!("/p/{slug}/evidence.csv")), lang),
        reasons: months::reasons(&judged, lang),
        rewards: rewards(&offered, lang),
        methods: in_force.collect(),
        later: later(lang),
    };
    let title = page.name.clone();
    for_all(&state, lang, signed, title, Page::Plain, page.render()).await
}

fn figures(programme: &Programme, view: &PublicView, lang: Lang) -> Vec<Fact> {
    let supply = &view.supply;
    let unit = programme.points.unit.in_lang(lang.into());
    let owed = Points::from_milli(supply.points_outstanding_milli);
    vec![
        Fact::new(
            lang.say("programme-credited"),
            short(supply.credited_mg - supply.reversed_mg, lang),
        ),
        Fact::new(lang.say("programme-participants"), number(view.participants)),
        Fact::new(lang.say("programme-acts"), number(view.acts)),
        Fact::new(lang.say("programme-outstanding"), format!("{owed} {unit}")),
    ]
}

fn carbon_entries(view: &PublicView, lang: Lang) -> Vec<Entry> {
    let supply = &view.supply;
    let entry = |sign, key: &str, note: Option<String>, mg| Entry {
        sign,
        words: lang.say(key),
        note,
        value: carbon(mg, lang),
    };
    let why = lang.say("programme-reversed-words");
    vec![
        entry("", "programme-gross", None, supply.credited_mg),
        entry("−", "programme-reversed", Some(why), supply.reversed_mg),
        entry("=", "programme-net", None, supply.credited_mg - supply.reversed_mg),
    ]
}

fn point_entries(programme: &Programme, view: &PublicView, lang: Lang) -> Vec<Entry> {
    let supply = &view.supply;
    let unit = programme.points.unit.in_lang(lang.into());
    let shown = |milli| format!("{} {unit}", Points::from_milli(milli));
    let entry = |sign, key: &str, note: Option<String>, milli| Entry {
        sign,
        words: lang.say(key),
        note,
        value: shown(milli),
    };
    let held = shown(supply.points_held_milli);
    let held = lang.say_with("programme-of-which-held", &[("points", held.as_str())]);
    vec![
        entry("", "programme-issued", None, supply.points_issued_milli),
        entry("−", "programme-spent", None, supply.points_spent_milli),
        entry("−", "programme-returned", None, supply.points_returned_milli),
        entry("=", "programme-owed", Some(held), supply.points_outstanding_milli),
    ]
}

/// What the shelves could take in if all of it were bought.
fn budget(programme: &Programme, offered: &[RewardView], lang: Lang) -> String {
    let on_sale = offered.iter().filter(|reward| reward.on_sale);
    let milli: i128 = on_sale
        .map(|reward| i128::from(reward.price_milli) * i128::from(reward.stock.max(0)))
        .sum();
    let points = Points::from_milli(i64::try_from(milli).unwrap_or(i64::MAX)).to_string();
    let unit = programme.points.unit.in_lang(lang.into());
    lang.say_with("programme-budget", &[("points", points.as_str()), ("unit", unit)])
}

fn months(months: &[PublicMonth], lang: Lang) -> Option<Chart> {
    let present = |category: &Category| months.iter().any(|month| month.mg.contains_key(category));
    let series: Vec<Category> = CATEGORIES.into_iter().filter(present).collect();
    if series.is_empty() {
        return None;
    }
    let bars = months.iter().map(|month| {
        let date = month.first.date();
        let parts = series.iter().map(|category| {
            let mg = month.mg.get(category).copied().unwrap_or_default();
            (mg, carbon(mg, lang))
        });
        ChartBar {
            label: format!("{}-{:02}", date.year(), date.month()),
            parts: parts.collect(),
        }
    });
    let most = months.iter().map(|month| month.mg.values().sum::<i64>()).max();
    Some(Chart {
        id: "months".to_owned(),
        words: lang.say("programme-months"),
        series: series.iter().map(|category| category_words(*category, lang)).collect(),
        bars: bars.collect(),
        axis: lang.say("programme-month"),
        top: short(most.unwrap_or_default(), lang),
    })
}

/// What the checks of this month let through and did not.
fn refused(months: &[PublicMonth], lang: Lang) -> Vec<Fact> {
    let Some(month) = months.last().filter(|month| month.acts + month.refused > 0) else {
        return Vec::new();
    };
    let all = i128::from(month.acts) + i128::from(month.refused);
    let share = i64::try_from(i128::from(month.refused) * 1_000 / all.max(1)).unwrap_or(1_000);
    vec![
        Fact::new(lang.say("programme-credited-acts"), number(month.acts)),
        Fact::new(lang.say("programme-refused-acts"), number(month.refused)),
        Fact::new(
            lang.say("programme-refused-share"),
            format!("{} %", Decimal::new(share, 1)),
        ),
    ]
}

fn rewards(offered: &[RewardView], lang: Lang) -> Table {
    let on_sale = offered.iter().filter(|reward| reward.on_sale);
    let rows = on_sale.map(|reward| {
        vec![
            Cell::text(reward.title.in_lang(lang.into())),
            Cell::text(&reward.sponsor),
            Cell::text(Points::from_milli(reward.price_milli).to_string()),
            Cell::text(number(reward.stock)),
        ]
    });
    Table {
        caption: lang.say("programme-reward"),
        columns: reward_columns(lang),
        rows: rows.collect(),
        empty: lang.say("programme-no-rewards"),
        ..Table::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_figures_are_rounded_down_in_their_unit() {
        assert_eq!(short(65_599, Lang::En), "65.5 g");
        assert_eq!(short(1_299_999_999, Lang::En), "1.2 t");
        assert_eq!(short(0, Lang::Zh), "0 克");
    }

    #[test]
    fn the_receipt_is_a_worked_example() {
        let receipt = receipt(Lang::En).unwrap();
        assert_eq!(
            (receipt.amount.value.as_str(), receipt.amount.unit.as_str()),
            ("800", "g")
        );
        assert_eq!(receipt.sum, "3.2 km × 250 g CO₂e/km");
    }
}
