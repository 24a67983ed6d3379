//! Methodologies with their sources; public to read.

use app::{Error, MethodologyView};
use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::programme;
use crate::State;
use crate::door::{Problem, Signed};
use crate::lang::Lang;

/// Lists every version ever published
#[utoipa::path(get, path = "/api/v1/methodologies", tag = "methodologies", responses((status = 200, body = [Listed])))]
pub(crate) async fn list(Shared(state): Shared<State>, lang: Lang) -> Json<Vec<Listed>> {
    let catalogue = state.app.catalogue();
    Json(
        catalogue
            .published()
            .map(|published| Listed {
                reference: published.methodology.reference(),
                behaviour: published.methodology.behaviour.clone(),
                title: published.methodology.title.in_lang(lang.into()).to_owned(),
                published_us: published.published_us,
            })
            .collect(),
    )
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Listed {
    /// `metro-trip@1.0.0`
    reference: String,
    behaviour: String,
    title: String,
    published_us: i64,
}

/// Shows a version: the reviewed file with headings, inputs, factors and their sources, formulas, examples
#[utoipa::path(get, path = "/api/v1/methodologies/{id}/{version}", tag = "methodologies",
    params(("id" = String, Path), ("version" = String, Path)),
    responses((status = 200, body = MethodologyView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    lang: Lang,
    Path((id, version)): Path<(String, String)>,
) -> Result<Json<MethodologyView>, Problem> {
    let catalogue = state.app.catalogue();
    let published = catalogue
        .named(&id, Some(&version))
        .map_err(|e| Problem::new(e.into(), lang))?;
    let methodology = &published.methodology;
    Ok(Json(MethodologyView {
        reference: methodology.reference(),
        behaviour: methodology.behaviour.clone(),
        category: methodology.category,
        text: methodology.text.clone(),
    }))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PublishedView {
    reference: String,
    /// Whether it was not published before.
    new: bool,
}

/// Publishes a version and puts it in force in a programme; published versions never change
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/methodologies", tag = "methodologies",
    security(("session" = [])), params(("programme" = String, Path, description = "slug")),
    request_body(content = String, content_type = "application/toml"),
    responses((status = 201, body = PublishedView), (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn publish(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    text: String,
) -> Result<(StatusCode, Json<PublishedView>), Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let (reference, new) = state
        .app
        .publish_methodology(&signed.caller, &programme, &text)
        .await
        .map_err(problem)?;
    Ok((StatusCode::CREATED, Json(PublishedView { reference, new })))
}
