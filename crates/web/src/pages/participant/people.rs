//! Small entities: making one, who is in charge of it, and invitations.

use app::{ConsentView, Error, Key, NewEntity, Refused};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use domain::participant::Consent;
use serde::Deserialize;

use super::{Bare, Me, Ours, again, checked, html, me, mine, when};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::me::Keeper;
use crate::show::{Agree, Choice, Form as FormView, FormField, Input, Page, People, Sheet, Shell};
use crate::{State, asset};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/me/entities/new", get(new_entity).post(create_entity))
        .route("/me/people", get(people))
        .route("/me/people/invite", post(invite))
        .route("/me/people/remove", post(remove))
        .route("/invitation/{secret}", get(invitation).post(accept))
}

/// The form of a new small entity. `wrong` is the field that is, with what is wrong.
fn entity_form(
    lang: Lang,
    csrf: &str,
    key: String,
    texts: &[ConsentView],
    (alias, consents): (&str, &[Consent]),
    wrong: Option<(&str, &str)>,
) -> FormView {
    let error = |field: &str| wrong.filter(|(name, _)| *name == field).map(|(_, key)| lang.say(key));
    let given: Vec<String> = consents.iter().map(|one| one.name().to_owned()).collect();
    let choice = |agree: Agree| Choice {
        hint: Some(agree.brief),
        more: agree.text,
        ..Choice::new(agree.name, agree.title, agree.given)
    };
    let choices = Agree::all(lang, texts, &given).into_iter().map(choice).collect();
    let form = FormView::new("/me/entities/new", csrf, lang.say("participant-entity-do"))
        .with(
            FormField::line("alias", lang.say("participant-entity-alias"))
                .value(alias)
                .hint(lang.say("participant-alias-hint"))
                .error(error("alias")),
        )
        .with(
            FormField::new(
                "consents",
                lang.say("participant-entity-consents"),
                Input::Checks(choices),
            )
            .error(error("consents")),
        );
    FormView {
        key,
        error: error(""),
        ..form
    }
}

fn entity_page(me: &Me, lang: Lang, form: FormView) -> Result<Response, Oops> {
    let sheet = Sheet {
        lang,
        back: Some(("/me", lang.say("shell-tab-me"))),
        icon: "house",
        title: lang.say("participant-entity-new"),
        words: lang.say("participant-entity-words"),
        lists: Vec::new(),
        form: Some(form),
        passkey: false,
        link: None,
    };
    me.room(lang, "participant-entity-new", sheet.render())
}

async fn new_entity(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let me = mine(&state, signed, lang).await?;
    let oops = |e: Error| Oops::new(e, lang);
    let key = app::form_key().map_err(oops)?;
    let texts = state.app.consent_texts(&me.programme).await.map_err(oops)?;
    let form = entity_form(lang, &me.csrf, key, &texts, ("", &[]), None);
    entity_page(&me, lang, form)
}

/// The form as it was sent: a box that is ticked is a field that comes again.
struct Entity {
    csrf: String,
    key: String,
    alias: String,
    consents: Vec<Consent>,
}

impl Entity {
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut entity = Entity {
            csrf: String::new(),
            key: String::new(),
            alias: String::new(),
            consents: Vec::new(),
        };
        for (name, value) in fields {
            match name.as_str() {
                "csrf" => entity.csrf = value,
                "key" => entity.key = value,
                "alias" => entity.alias = value,
                "consents" => entity.consents.extend(Consent::named(&value)),
                _ => {}
            }
        }
        entity
    }
}

async fn create_entity(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let sent = Entity::of(fields);
    let me = checked(&state, signed, &sent.csrf, lang).await?;
    let body = format!("{} {:?}", sent.alias, sent.consents);
    let key = Key::new(&me.caller, "create_entity", &sent.key, body.as_bytes());
    let new = NewEntity {
        alias: sent.alias.clone(),
        lang: lang.word().to_owned(),
        consents: sent.consents.clone(),
    };
    let made = state.app.create_entity(&me.caller, &me.programme, new, Some(key)).await;
    let (refused, wrong) = match made {
        Ok(id) => {
            state.app.act_as(&me.caller, &me.token, id).await.map_err(oops)?;
            return Ok(Redirect::to("/me").into_response());
        }
        Err(Error::Refused(refused)) => {
            let wrong = match &refused {
                Refused::Invalid { field, .. } if field == "alias" => ("alias", "participant-alias-wrong"),
                Refused::Invalid { .. } => ("consents", "participant-consent-needed"),
                Refused::Settled(_) => ("", "participant-entity-many"),
                Refused::NotFound(_) => ("", "participant-entity-closed"),
                _ => return Err(oops(refused.into())),
            };
            (refused, wrong)
        }
        Err(error) => return Err(oops(error)),
    };
    let fresh = app::form_key().map_err(oops)?;
    let texts = state.app.consent_texts(&me.programme).await.map_err(oops)?;
    let form = entity_form(
        lang,
        &me.csrf,
        fresh,
        &texts,
        (&sent.alias, &sent.consents),
        Some(wrong),
    );
    again(entity_page(&me, lang, form), &refused)
}

async fn people_page(
    state: &State,
    me: &Me,
    lang: Lang,
    link: Option<String>,
    error: Option<String>,
) -> Result<Response, Oops> {
    let found = state.app.people(&me.caller, &me.programme, me.participant).await;
    let found = found.map_err(|e| Oops::new(e, lang))?;
    let keeper = |one: app::InCharge| Keeper {
        value: one.login.to_string(),
        account: one.account,
        me: one.me,
    };
    let page = People {
        lang,
        alias: me.alias.clone(),
        people: found.into_iter().map(keeper).collect(),
        link,
        csrf: me.csrf.clone(),
        error,
    };
    me.room(lang, "participant-people", page.render())
}

async fn people(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let me = mine(&state, signed, lang).await?;
    people_page(&state, &me, lang, None, None).await
}

/// Where the pages are, for a link to send: as configured, else as the browser sees it.
pub(in crate::pages) fn origin(state: &State, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match (&state.site, host) {
        (Some(site), _) => site.origin().to_owned(),
        (None, Some(host)) => format!("http://{host}"),
        (None, None) => String::new(),
    }
}

async fn invite(
    state: Ours,
    lang: Lang,
    signed: Signed,
    headers: HeaderMap,
    Form(form): Form<Bare>,
) -> Result<Response, Oops> {
    let me = checked(&state, signed, &form.csrf, lang).await?;
    match state.app.invite_person(&me.caller, &me.programme, me.participant).await {
        Ok(secret) => {
            let link = format!("{}/invitation/{secret}", origin(&state, &headers));
            people_page(&state, &me, lang, Some(link), None).await
        }
        Err(Error::Refused(refused @ Refused::Settled(_))) => {
            let error = Some(lang.say("participant-invite-many"));
            again(people_page(&state, &me, lang, None, error).await, &refused)
        }
        Err(error) => Err(Oops::new(error, lang)),
    }
}

#[derive(Deserialize)]
struct Remove {
    csrf: String,
    login: i64,
}

async fn remove(state: Ours, lang: Lang, signed: Signed, Form(form): Form<Remove>) -> Result<Response, Oops> {
    let me = checked(&state, signed, &form.csrf, lang).await?;
    let myself = matches!(me.caller.who, app::Who::Person { login, .. } if login == form.login);
    let removed = state
        .app
        .remove_person(&me.caller, &me.programme, me.participant, form.login)
        .await;
    let (refused, key) = match removed {
        Ok(()) if myself => return Ok(Redirect::to("/me?done=left").into_response()),
        Ok(()) => return Ok(Redirect::to("/me/people?done=removed").into_response()),
        Err(Error::Refused(refused @ Refused::Settled(_))) => (refused, "participant-last"),
        Err(Error::Refused(refused @ Refused::NotFound("person"))) => (refused, "participant-no-person"),
        Err(error) => return Err(Oops::new(error, lang)),
    };
    let page = people_page(&state, &me, lang, None, Some(lang.say(key))).await;
    again(page, &refused)
}

/// A page for whoever follows an invitation, signed in or not.
fn guest(sheet: &Sheet, me: Option<&Me>, lang: Lang) -> Result<Response, Oops> {
    if let Some(me) = me {
        return me.room(lang, "participant-people", sheet.render());
    }
    let inner = sheet.render().map_err(|e| Oops::template(&e, lang))?;
    let frame = Shell::open(lang, lang.say("participant-people"), Page::Plain, inner);
    let more = vec![asset::ME_CSS];
    html(&Shell { more, ..frame }, lang)
}

async fn invitation(state: Ours, lang: Lang, signed: Signed, Path(secret): Path<String>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let known = signed.token.as_deref().map(app::form_token);
    let me = me(&state.app, signed).await.ok();
    let mut sheet = Sheet {
        lang,
        back: None,
        icon: "people",
        title: lang.say("participant-invited-gone"),
        words: lang.say("participant-invited-gone-words"),
        lists: Vec::new(),
        form: None,
        passkey: false,
        link: None,
    };
    let found = match state.app.invitation(&secret).await {
        Ok(found) => found,
        Err(Error::Refused(Refused::NotFound(_))) => {
            sheet.link = Some(("/".to_owned(), lang.say("participant-home")));
            let mut response = guest(&sheet, me.as_ref(), lang)?;
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Ok(response);
        }
        Err(error) => return Err(oops(error)),
    };
    let catalogue = state.app.catalogue();
    let programme = catalogue.programme_by_id(found.programme).map_err(|e| oops(e.into()))?;
    let until = when(programme, found.expires_us, lang);
    sheet.title = lang.say_with("participant-invited", &[("alias", found.alias.as_str())]);
    sheet.words = lang.say_with("participant-invited-words", &[("until", until.as_str())]);
    let here = format!("/invitation/{secret}");
    if let Some(csrf) = known {
        sheet.form = Some(FormView::new(here, csrf, lang.say("participant-invited-accept")));
    } else {
        sheet.lists = vec![(lang.say("shell-signin"), vec![lang.say("participant-invited-sign-in")])];
        sheet.link = Some((format!("/signin?next={here}"), lang.say("shell-signin")));
    }
    guest(&sheet, me.as_ref(), lang)
}

async fn accept(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(secret): Path<String>,
    Form(form): Form<Bare>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let token = signed.token.ok_or_else(|| oops(Refused::SignIn.into()))?;
    if app::form_token(&token) != form.csrf {
        return Err(oops(Refused::NotFound("form of this session").into()));
    }
    match state.app.accept_invitation(&signed.caller, &secret).await {
        Ok(id) => {
            state.app.act_as(&signed.caller, &token, id).await.map_err(oops)?;
            Ok(Redirect::to("/me").into_response())
        }
        Err(Error::Refused(Refused::NotFound(_))) => Ok(Redirect::to(&format!("/invitation/{secret}")).into_response()),
        Err(error) => Err(oops(error)),
    }
}
