//! What one was told, and what one wants to be told.

use std::collections::HashMap;

use app::{Error, NEWS_TO_CHOOSE, News, NewsWanted, NoticeView};
use axum::Form;
use axum::response::{IntoResponse, Redirect, Response};
use domain::measure::Id;

use super::{Me, Ours, me};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::pages::participant::when;
use crate::show::{Icon, NewsPage, NewsRow};

/// How many are listed.
const SHOWN: u32 = 50;

pub(super) async fn news(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let mut me = me(&state.app, signed).await.map_err(oops)?;
    let (app, programme, who) = (&state.app, &me.programme, me.participant);
    let told = app.notices(&me.caller, programme, who, SHOWN).await.map_err(oops)?;
    let all = app.competitions(&me.caller, programme).await.map_err(oops)?;
    let wanted = app.news_wanted(&me.caller, programme, who).await.map_err(oops)?;
    let known: HashMap<Id, &app::CompetitionView> = all.iter().map(|one| (one.id, one)).collect();
    let rows = told.iter().map(|notice| row(&me, notice, &known, lang)).collect();
    // who looks at them has read them
    if let Some(newest) = told.first().filter(|newest| !newest.read) {
        let read = app.read_notices(&me.caller, programme, who, newest.id).await;
        read.map_err(oops)?;
    }
    let page = NewsPage {
        lang,
        rows,
        form: NewsPage::wanted(lang, &me.csrf, &NEWS_TO_CHOOSE, &wanted.off, wanted.quiet),
    };
    me.news = false;
    me.race(lang, lang.say("competition-news"), page.render())
}

/// A piece of news in words.
fn row(me: &Me, notice: &NoticeView, known: &HashMap<Id, &app::CompetitionView>, lang: Lang) -> NewsRow {
    let title = |id: &Id| {
        known
            .get(id)
            .map(|one| one.title.in_lang(lang.into()).to_owned())
            .unwrap_or_default()
    };
    let prize = |id: &Id, prize: i64| {
        let prize = known
            .get(id)
            .and_then(|one| one.terms.prizes.get(usize::try_from(prize).ok()?));
        prize
            .map(|prize| prize.title.in_lang(lang.into()).to_owned())
            .unwrap_or_default()
    };
    let say = |key: &str, pairs: &[(&str, String)]| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, text)| (*name, text.as_str())).collect();
        lang.say_with(key, &pairs)
    };
    let (competition, icon, words, to) = match &notice.news {
        News::Passed {
            competition,
            name,
            rank,
        } => {
            let name = name.clone().unwrap_or_else(|| lang.say("competition-nameless"));
            let words = say("competition-news-passed", &[("name", name), ("rank", rank.to_string())]);
            (competition, Icon::Walking, words, "")
        }
        News::Closed { competition, rank } => {
            let words = match rank {
                Some(rank) => say(
                    "competition-news-closed-rank",
                    &[("title", title(competition)), ("rank", rank.to_string())],
                ),
                None => say("competition-news-closed", &[("title", title(competition))]),
            };
            (competition, Icon::Seal, words, "/result")
        }
        News::Won {
            competition,
            prize: place,
        } => {
            let words = say("competition-news-won", &[("prize", prize(competition, *place))]);
            (competition, Icon::Gift, words, "/result")
        }
        News::TakenBack {
            competition,
            prize: place,
            reason,
        } => {
            let pairs = [("prize", prize(competition, *place)), ("reason", reason.clone())];
            (
                competition,
                Icon::Gift,
                say("competition-news-taken-back", &pairs),
                "/result",
            )
        }
        News::Disqualified { competition, reason } => {
            let pairs = [("title", title(competition)), ("reason", reason.clone())];
            (
                competition,
                Icon::Bill,
                say("competition-news-disqualified", &pairs),
                "",
            )
        }
        News::Cancelled { competition, reason } => {
            let pairs = [("title", title(competition)), ("reason", reason.clone())];
            (competition, Icon::Bill, say("competition-news-cancelled", &pairs), "")
        }
    };
    NewsRow {
        icon,
        words,
        when: when(&me.programme, notice.made_us, lang),
        href: format!("/compete/{competition}{to}"),
        fresh: !notice.read,
    }
}

pub(super) async fn want(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let value = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    me.check(value("csrf")).map_err(oops)?;
    let wants = |kind: &&str| fields.iter().any(|(name, value)| name == "want" && value == kind);
    let hour = |name: &str| value(name).parse().unwrap_or(-1);
    let wanted = NewsWanted {
        off: NEWS_TO_CHOOSE
            .iter()
            .filter(|kind| !wants(kind))
            .map(|kind| (*kind).to_owned())
            .collect(),
        quiet: (hour("from"), hour("until")),
    };
    let set = state
        .app
        .want_news(&me.caller, &me.programme, me.participant, wanted)
        .await;
    set.map_err(oops)?;
    Ok(Redirect::to("/compete/notices?done=saved").into_response())
}
