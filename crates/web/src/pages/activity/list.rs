//! All acts of a programme.

use app::Error;
use axum::extract::Query;
use axum::response::Response;
use domain::evidence::{Grade, Kind};
use domain::methodology::{Category, Methodology, catalogue::UNKNOWN};
use serde::Deserialize;

use super::{Me, Ours, by_file, by_hand, counts_in, earns, me};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::pages::home::{category_word, icon};
use crate::show::{ActGroup, ActRow, Acts, Icon, Page};

/// The categories in the order of daily life.
pub(super) const CATEGORIES: [Category; 7] = [
    Category::Travel,
    Category::Food,
    Category::Home,
    Category::Goods,
    Category::Clothing,
    Category::Office,
    Category::Digital,
];

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

pub(super) async fn list(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Query(search): Query<Search>,
) -> Result<Response, Oops> {
    let me = me(&state.app, signed).await.map_err(|e: Error| Oops::new(e, lang))?;
    let query: String = search.q.trim().chars().take(60).collect();
    let acts = acts(&state, &me, &query, lang);
    me.act_page(lang, lang.say("activity-acts"), Page::Plain, acts.render())
}

fn acts(state: &Ours, me: &Me, query: &str, lang: Lang) -> Acts {
    let words = query.to_lowercase();
    let found = |texts: &[&str]| words.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&words));
    let catalogue = state.app.catalogue();
    let today = me.programme.zone.day_of(state.app.now_us());
    let in_force: Vec<_> = catalogue.in_force(me.programme.id).collect();
    let mut groups = Vec::new();
    for category in CATEGORIES {
        let word = category_word(category);
        let name = lang.say(&format!("activity-category-{word}"));
        let mut acts: Vec<(bool, ActRow)> = Vec::new();
        for (behaviour, in_force) in &in_force {
            let methodology = &in_force.methodology;
            let title = &methodology.title;
            if !counts_in(methodology, &me.programme.region, today) {
                continue;
            }
            if methodology.category != category || !found(&[&title.zh, &title.en, behaviour, &name]) {
                continue;
            }
            let earns = earns(methodology, &me.programme.region, today, lang);
            let rule = state.app.proofs_for(&me.programme, behaviour);
            let files = rule.map(|rule| by_file(methodology, &rule)).unwrap_or_default();
            let row = ActRow {
                icon: icon(behaviour, category),
                name: title.in_lang(lang.into()).to_owned(),
                earns: earns.unwrap_or_else(|| lang.say("activity-varies")),
                proof: proof(methodology, &files, lang),
                href: format!("/act/{behaviour}"),
            };
            acts.push((by_hand(methodology).is_none() && files.is_empty(), row));
        }
        acts.sort_by_key(|(by_itself, _)| *by_itself);
        if !acts.is_empty() {
            let acts = acts.into_iter().map(|(_, act)| act).collect();
            groups.push(ActGroup { word, name, acts });
        }
    }
    let counted = |id: &str| in_force.iter().any(|(behaviour, _)| *behaviour == id);
    let unknown = UNKNOWN.iter().filter(|unknown| !counted(unknown.id));
    let mut unknown: Vec<(Icon, String)> = unknown
        .filter(|unknown| found(&[unknown.zh, unknown.en, unknown.id]))
        .map(|unknown| {
            let name = if lang == Lang::Zh { unknown.zh } else { unknown.en };
            (icon(unknown.id, unknown.category), name.to_owned())
        })
        .collect();
    let elsewhere = in_force
        .iter()
        .map(|(behaviour, in_force)| (*behaviour, &in_force.methodology));
    let elsewhere = elsewhere.filter(|(behaviour, methodology)| {
        let title = &methodology.title;
        !counts_in(methodology, &me.programme.region, today) && found(&[&title.zh, &title.en, behaviour])
    });
    unknown.extend(elsewhere.map(|(behaviour, methodology)| {
        let name = methodology.title.in_lang(lang.into()).to_owned();
        (icon(behaviour, methodology.category), name)
    }));
    let none = groups.is_empty() && unknown.is_empty();
    Acts {
        lang,
        query: query.to_owned(),
        nothing: none.then(|| lang.say_with("activity-search-none", &[("words", query)])),
        groups,
        unknown,
    }
}

/// How an act is proven, in a line.
fn proof(methodology: &Methodology, files: &[Kind], lang: Lang) -> String {
    let ways = [
        (Grade::E1, "activity-proof-photo"),
        (Grade::E0, "activity-proof-declared"),
    ];
    let accepted: Vec<String> = ways
        .into_iter()
        .filter(|(grade, _)| methodology.accepts(*grade))
        .map(|(grade, key)| format!("{} {}", lang.say(key), methodology.weight(grade)))
        .collect();
    let files = files.iter().map(|kind| {
        let word = lang.say(&format!("activity-proof-{}", kind.name()));
        format!("{word} {}", methodology.weight(Grade::E2))
    });
    let accepted: Vec<String> = files.chain(accepted).collect();
    if accepted.is_empty() {
        lang.say("activity-by-itself")
    } else {
        accepted.join(" · ")
    }
}
