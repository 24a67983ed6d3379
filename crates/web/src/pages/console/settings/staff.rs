//! Who works for the programme, and as what.

use app::{Error, NewStaff, Refused, STAFF_ROLES, StaffView};
use axum::extract::{Path, RawForm, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::programme::{Deed, Role};

use super::super::super::Ours;
use super::super::partners::Sent;
use super::super::{Desk, desk};
use crate::State;
use crate::csv::of_table;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::{
    Cell, Choice, Column, Fact, Folio, FolioBlock as Block, Form, FormField as Field, Input, Section, Table,
};

use super::ROOM;

pub(super) async fn staff(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    staff_page(&state, &desk, "", &[], None).await
}

pub(super) async fn csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let staff = state.app.staff(&desk.caller, &desk.programme).await;
    let staff = staff.map_err(|e| desk.oops(e))?;
    Ok(of_table(
        &format!("{slug}-staff.csv"),
        &staff_table(&desk, &staff, false),
    ))
}

fn role_words(role: Role, lang: Lang) -> String {
    lang.say(&format!("console-role-{}", role.name()))
}

async fn staff_page(
    state: &State,
    desk: &Desk,
    account: &str,
    chosen: &[Role],
    refused: Option<&Refused>,
) -> Result<Response, Oops> {
    let lang = desk.lang;
    let staff = state.app.staff(&desk.caller, &desk.programme).await;
    let staff = staff.map_err(|e| desk.oops(e))?;
    let manages = desk.can(Deed::ManageAccess);
    let mut folio = Folio {
        said: refused.map(|refused| (true, words(refused, None, lang))),
        words: lang.say("settings-staff-words"),
        ..Folio::new(lang, lang.say("settings-staff"))
    }
    .back(desk.at(ROOM), lang.say("console-settings"))
    .with(
        Section::new("people", lang.say("settings-who"))
            .wide()
            .with(Block::Table(staff_table(desk, &staff, manages))),
    );
    if manages {
        let wrong = |field: &str| {
            let about = matches!(refused, Some(Refused::Invalid { field: wrong, .. }) if wrong == field);
            about.then(|| lang.say(&format!("settings-wrong-{field}")))
        };
        let roles = STAFF_ROLES.into_iter().map(|role| Choice {
            hint: Some(lang.say(&format!("settings-role-{}", role.name()))),
            ..Choice::new(role.name(), role_words(role, lang), chosen.contains(&role))
        });
        let form = Form::new(desk.at("/settings/staff"), &desk.csrf, lang.say("settings-add"))
            .with(
                Field::line("account", lang.say("settings-account"))
                    .value(account)
                    .hint(lang.say("settings-account-hint"))
                    .error(wrong("account")),
            )
            .with(
                Field::new("roles", lang.say("settings-roles"), Input::Checks(roles.collect())).error(wrong("roles")),
            );
        folio = folio.with(
            Section::new("add", lang.say("settings-add"))
                .words(lang.say("settings-add-words"))
                .with(Block::Form(form)),
        );
    }
    let mut response = desk.page(ROOM, lang.say("settings-staff"), folio.render())?;
    if let Some(refused) = refused {
        *response.status_mut() = status(refused);
    }
    Ok(response)
}

/// One row for each role, so that each can be taken away.
fn staff_table(desk: &Desk, staff: &[StaffView], manages: bool) -> Table {
    let lang = desk.lang;
    let mut rows = Vec::new();
    for one in staff {
        for role in &one.roles {
            let mut row = vec![Cell::text(&one.account), Cell::text(role_words(*role, lang))];
            if manages {
                let href = desk.at(&format!("/settings/staff/{}/{}", one.login, role.name()));
                row.push(Cell::link(href, lang.say("settings-remove")));
            }
            rows.push(row);
        }
    }
    let mut columns = vec![
        Column::text(lang.say("settings-account")),
        Column::text(lang.say("settings-role")),
    ];
    if manages {
        columns.push(Column::text(lang.say("settings-change")));
    }
    Table {
        caption: lang.say("settings-who"),
        columns,
        rows,
        csv: Some(desk.at("/settings/staff.csv")),
        empty: lang.say("settings-nobody"),
        ..Table::default()
    }
}

pub(super) async fn add_staff(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    form: RawForm,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let sent = Sent::read(&form);
    desk.check(sent.get("csrf"))?;
    let roles: Vec<Role> = sent.all("roles").filter_map(Role::named).collect();
    let account = sent.get("account");
    match state
        .app
        .add_staff(&desk.caller, &desk.programme, account, &roles)
        .await
    {
        Ok(NewStaff {
            account,
            password: Some(password),
        }) => {
            let secrets = vec![
                Fact::new(lang.say("settings-account"), &account),
                Fact::new(lang.say("settings-password"), password),
            ];
            let folio = Folio::new(lang, &account)
                .back(desk.at("/settings/staff"), lang.say("settings-staff"))
                .with(
                    Section::new("secret", lang.say("settings-first-password"))
                        .wide()
                        .with(Block::Say(true, lang.say("settings-password-once")))
                        .with(Block::Secrets(secrets)),
                );
            let mut response = desk.page(ROOM, lang.say("settings-first-password"), folio.render())?;
            *response.status_mut() = StatusCode::CREATED;
            Ok(response)
        }
        Ok(_) => Ok(Redirect::to(&desk.at("/settings/staff")).into_response()),
        Err(Error::Refused(refused)) => staff_page(&state, &desk, account, &roles, Some(&refused)).await,
        Err(error) => Err(desk.oops(error)),
    }
}

/// Asks whether a role shall really be taken away.
pub(super) async fn removing(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, login, role)): Path<(String, i64, String)>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    if !desk.can(Deed::ManageAccess) {
        return Err(desk.oops(Refused::NotFound("page for this role")));
    }
    let staff = state.app.staff(&desk.caller, &desk.programme).await;
    let staff = staff.map_err(|e| desk.oops(e))?;
    let found = Role::named(&role).and_then(|role| {
        let one = staff
            .iter()
            .find(|one| one.login == login && one.roles.contains(&role))?;
        Some((one, role))
    });
    let (one, role) = found.ok_or_else(|| desk.oops(Refused::NotFound("role of this person")))?;
    let role_name = role_words(role, lang);
    let args = [("account", one.account.as_str()), ("role", role_name.as_str())];
    let form = Form {
        danger: true,
        ..Form::new(
            desk.at(&format!("/settings/staff/{login}/{}", role.name())),
            &desk.csrf,
            lang.say("settings-remove"),
        )
    };
    let folio = Folio::new(lang, lang.say("settings-remove-title"))
        .back(desk.at("/settings/staff"), lang.say("settings-staff"))
        .with(
            Section::new("sure", lang.say_with("settings-remove-sure", &args))
                .words(lang.say("settings-remove-words"))
                .with(Block::Form(form)),
        );
    desk.page(ROOM, lang.say("settings-remove-title"), folio.render())
}

pub(super) async fn remove(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, login, role)): Path<(String, i64, String)>,
    form: RawForm,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(Sent::read(&form).get("csrf"))?;
    let role = Role::named(&role).ok_or_else(|| desk.oops(Refused::NotFound("role")))?;
    match state.app.remove_role(&desk.caller, &desk.programme, login, role).await {
        Ok(()) => Ok(Redirect::to(&desk.at("/settings/staff")).into_response()),
        Err(Error::Refused(refused @ Refused::LastAdmin)) => staff_page(&state, &desk, "", &[], Some(&refused)).await,
        Err(error) => Err(desk.oops(error)),
    }
}
