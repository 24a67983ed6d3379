//! A draft: begun from a template, saved, changed.

use app::{CompetitionView, Error, Key, Refused};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, RawForm, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::competition::{Metric, Scoring, Stage, Template, Terms};
use domain::measure::{Day, Month, Text};
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::Ours;
use super::super::partners::Sent;
use super::super::{Desk, address, desk};
use super::form::{Shelf, Typed};
use super::{At, ROOM, rewards};
use crate::State;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::TermsPage;

/// Thirty prizes with all their fields, each letter escaped.
const FORM_BYTES: usize = 256 * 1024;

pub(super) fn routes() -> Router<State> {
    let size = DefaultBodyLimit::max(FORM_BYTES);
    Router::new()
        .route("/console/{slug}/competitions/new", get(blank).post(create).layer(size))
        .route(
            "/console/{slug}/competitions/{id}/edit",
            get(edit).post(change).layer(size),
        )
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct From {
    template: String,
}

/// The first day of the month that comes, of a week the Monday that comes.
fn first_day(today: Day, template: Option<Template>) -> Day {
    match template {
        Some(Template::CarFreeWeek) => (1..=7)
            .map(|days| today.plus(days))
            // 1970-01-01 was a Thursday
            .find(|day| (day.epoch_days() + 3).rem_euclid(7) == 0)
            .unwrap_or(today),
        _ => Month::of(today).plus(1).first(),
    }
}

/// Terms with nothing but what cannot be left out.
fn plain(first: Day) -> Terms {
    Terms {
        first,
        last: Month::of(first).plus(1).first().plus(-1),
        metric: Metric::Steps,
        behaviours: Vec::new(),
        scoring: Scoring::Average,
        day_ceiling: None,
        handicap: None,
        teams: None,
        leagues: None,
        cut_off_min: 720,
        audit_days: 3,
        prizes: Vec::new(),
    }
}

fn manager(state: &State, signed: Signed, lang: Lang, slug: &str) -> Result<Desk, Oops> {
    let desk = desk(&state.app, signed, lang, slug)?;
    if desk.can(Deed::ManageCompetition) {
        Ok(desk)
    } else {
        Err(desk.oops(Refused::NotFound("page for this role")))
    }
}

async fn blank(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(from): Query<From>,
) -> Result<Response, Oops> {
    let desk = manager(&state, signed, lang, &slug)?;
    let today = desk.programme.zone.day_of(state.app.now_us());
    let template = Template::named(&from.template);
    let first = first_day(today, template);
    let catalogue = state.app.catalogue();
    let (title, mut terms) = if let Some(template) = template {
        (template.title(), template.terms(first))
    } else {
        let nothing = Text {
            zh: String::new(),
            en: String::new(),
        };
        (nothing, plain(first))
    };
    // a template may name what this programme does not have
    terms
        .behaviours
        .retain(|one| catalogue.methodology_for(desk.programme.id, one).is_ok());
    let chosen = template.map_or("empty", Template::name);
    page(&state, &desk, None, &Typed::of(&title, &terms), chosen, None).await
}

/// The form: of a new competition, or of a draft.
async fn page(
    state: &State,
    desk: &Desk,
    draft: Option<&CompetitionView>,
    typed: &Typed,
    template: &str,
    refused: Option<&Refused>,
) -> Result<Response, Oops> {
    let lang = desk.lang;
    let catalogue = state.app.catalogue();
    let behaviours: Vec<(String, String)> = catalogue
        .in_force(desk.programme.id)
        .map(|(id, version)| (id.to_owned(), version.methodology.title.in_lang(lang.into()).to_owned()))
        .collect();
    let rewards = rewards(state, desk, lang).await?;
    let shelf = Shelf {
        behaviours: &behaviours,
        rewards: &rewards,
    };
    let field = refused.and_then(|refused| typed.field_of(refused));
    let groups = typed.groups(&shelf, field.as_deref(), lang);
    let prizes = typed.prize_groups(&shelf, field.as_deref(), lang);
    let mut fields = groups.iter().chain(&prizes).flat_map(|group| &group.fields);
    let at_field = fields.any(|one| one.error.is_some());
    let error = refused.map(|refused| match (at_field, refused) {
        (true, _) => lang.say("contest-wrong-some"),
        (false, Refused::Invalid { field, what }) => format!("{field}: {what}"),
        (false, other) => words(other, None, lang),
    });
    let (title, action, back) = match draft {
        None => (
            lang.say("contest-new"),
            desk.at("/competitions/new"),
            (desk.at(ROOM), lang.say("console-competitions")),
        ),
        Some(draft) => {
            let here = desk.at(&format!("{ROOM}/{}", draft.id));
            let title = draft.title.in_lang(lang.into()).to_owned();
            (lang.say("contest-edit"), format!("{here}/edit"), (here, title))
        }
    };
    let names = Template::ALL.map(Template::name).into_iter().chain(["empty"]);
    let templates = names.map(|name| {
        let href = address(&desk.at("/competitions/new"), &[("template", name)]);
        (lang.say(&format!("contest-template-{name}")), href, name == template)
    });
    let page = TermsPage {
        lang,
        title: title.clone(),
        back,
        templates: if draft.is_none() {
            templates.collect()
        } else {
            Vec::new()
        },
        error,
        action,
        csrf: desk.csrf.clone(),
        key: app::form_key().map_err(|e| desk.oops(e))?,
        groups,
        prizes,
        save: lang.say("contest-save"),
    };
    let mut response = desk.page(ROOM, title, page.render())?;
    if let Some(refused) = refused {
        *response.status_mut() = status(refused);
    }
    Ok(response)
}

async fn create(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    form: RawForm,
) -> Result<Response, Oops> {
    let desk = manager(&state, signed, lang, &slug)?;
    let sent = Sent::read(&form);
    desk.check(sent.get("csrf"))?;
    let typed = Typed::sent(&sent);
    if sent.get("do") == "row" {
        return page(&state, &desk, None, &typed.with_row(), "", None).await;
    }
    let made = match typed.read() {
        Ok(new) => {
            let body = format!("{slug} {new:?}");
            let key = Key::new(&desk.caller, "competition", sent.get("key"), body.as_bytes());
            let app = &state.app;
            app.create_competition(&desk.caller, &desk.programme, new, Some(key))
                .await
        }
        Err(refused) => Err(refused.into()),
    };
    match made {
        Ok(made) => {
            let to = desk.at(&format!("{ROOM}/{}?done=saved", made.id));
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Refused(refused)) => page(&state, &desk, None, &typed, "", Some(&refused)).await,
        Err(error) => Err(desk.oops(error)),
    }
}

/// A draft and who may change it.
async fn draft(state: &State, signed: Signed, lang: Lang, slug: &str, id: &str) -> Result<At, Oops> {
    let desk = manager(state, signed, lang, slug)?;
    let at = At::of(state, desk, id).await?;
    if at.view.stage == Stage::Draft {
        Ok(at)
    } else {
        Err(at.desk.oops(Refused::NotFound("draft")))
    }
}

async fn edit(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = draft(&state, signed, lang, &slug, &id).await?;
    let typed = Typed::of(&at.view.title, at.terms());
    page(&state, &at.desk, Some(&at.view), &typed, "", None).await
}

async fn change(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    form: RawForm,
) -> Result<Response, Oops> {
    let at = draft(&state, signed, lang, &slug, &id).await?;
    let sent = Sent::read(&form);
    at.desk.check(sent.get("csrf"))?;
    let typed = Typed::sent(&sent);
    if sent.get("do") == "row" {
        return page(&state, &at.desk, Some(&at.view), &typed.with_row(), "", None).await;
    }
    let changed = match typed.read() {
        Ok(new) => {
            let app = &state.app;
            app.change_competition(&at.desk.caller, &at.desk.programme, at.id(), new)
                .await
        }
        Err(refused) => Err(refused.into()),
    };
    match changed {
        Ok(_) => Ok(at.go("?done=saved")),
        Err(Error::Refused(refused)) => page(&state, &at.desk, Some(&at.view), &typed, "", Some(&refused)).await,
        Err(error) => Err(at.desk.oops(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_on_its_first_and_a_week_on_a_monday() {
        let day = |text| Day::parse(text).unwrap();
        let first = |today, template| first_day(day(today), Some(template)).to_string();
        assert_eq!(first("2026-12-31", Template::WalkAndWin), "2027-01-01");
        // 2026-11-25 is a Wednesday, 2026-11-30 a Monday
        assert_eq!(first("2026-11-25", Template::CarFreeWeek), "2026-11-30");
        assert_eq!(first("2026-11-30", Template::CarFreeWeek), "2026-12-07");
    }

    #[test]
    fn plain_terms_can_stand() {
        plain(Day::parse("2026-12-01").unwrap()).check().unwrap();
    }
}
