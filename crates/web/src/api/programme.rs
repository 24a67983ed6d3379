//! Programmes and their behaviours; public.

use app::Error;
use axum::Json;
use axum::extract::{Path, State as Shared};
use domain::methodology::{Category, InputKind};
use domain::programme::Programme;
use serde::Serialize;
use utoipa::ToSchema;

use super::programme;
use crate::State;
use crate::door::Problem;
use crate::lang::Lang;

#[derive(Serialize, ToSchema)]
pub(crate) struct ProgrammeView {
    slug: String,
    /// In the caller's language.
    title: String,
    time_zone: String,
    /// The region whose factors apply.
    region: String,
    /// Acts before this instant are refused; microseconds since 1970 UTC.
    starts_us: i64,
    /// Thousandths of a point for one gram.
    points_milli_per_g: i64,
    /// What a point is called.
    points_unit: String,
}

fn view(programme: &Programme, lang: Lang) -> ProgrammeView {
    ProgrammeView {
        slug: programme.slug.clone(),
        title: programme.title.in_lang(lang.into()).to_owned(),
        time_zone: programme.zone_name.clone(),
        region: programme.region.clone(),
        starts_us: programme.starts_us,
        points_milli_per_g: programme.points.milli_per_g,
        points_unit: programme.points.unit.in_lang(lang.into()).to_owned(),
    }
}

/// Lists the programmes of this deployment
#[utoipa::path(get, path = "/api/v1/programmes", tag = "programmes", responses((status = 200, body = [ProgrammeView])))]
pub(crate) async fn list(Shared(state): Shared<State>, lang: Lang) -> Json<Vec<ProgrammeView>> {
    Json(
        state
            .app
            .catalogue()
            .programmes()
            .iter()
            .map(|programme| view(programme, lang))
            .collect(),
    )
}

/// Shows a programme
#[utoipa::path(get, path = "/api/v1/programmes/{programme}", tag = "programmes",
    params(("programme" = String, Path, description = "slug")),
    responses((status = 200, body = ProgrammeView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    lang: Lang,
    Path(slug): Path<String>,
) -> Result<Json<ProgrammeView>, Problem> {
    let programme = programme(&state.app, &slug).map_err(|e| Problem::new(e, lang))?;
    Ok(Json(view(&programme, lang)))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct BehaviourView {
    /// The name under which acts are reported.
    behaviour: String,
    title: String,
    #[schema(value_type = String)]
    category: Category,
    /// The version in force; none where no factor is known, so that nothing can be credited.
    methodology: Option<String>,
    /// What has to be said about an act.
    inputs: Vec<InputView>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct InputView {
    name: String,
    label: String,
    /// The unit of a number.
    unit: Option<String>,
    /// What may be said, where it is no number.
    choices: Vec<String>,
    /// Whether it may be left out.
    optional: bool,
}

/// Lists the behaviours of a programme, and those that the catalogue knows without a factor
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/behaviours", tag = "programmes",
    params(("programme" = String, Path, description = "slug")),
    responses((status = 200, body = [BehaviourView]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn behaviours(
    Shared(state): Shared<State>,
    lang: Lang,
    Path(slug): Path<String>,
) -> Result<Json<Vec<BehaviourView>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let catalogue = state.app.catalogue();
    let mut views: Vec<BehaviourView> = Vec::new();
    for (behaviour, in_force) in catalogue.in_force(programme.id) {
        let methodology = &in_force.methodology;
        let inputs = methodology.inputs.iter().map(|input| {
            let (unit, choices) = match &input.kind {
                InputKind::Number { unit, .. } => (Some(unit.name().to_owned()), Vec::new()),
                InputKind::Choice(choices) => (None, choices.clone()),
            };
            let label = input.label.in_lang(lang.into()).to_owned();
            InputView {
                name: input.name.clone(),
                label,
                unit,
                choices,
                optional: input.default.is_some(),
            }
        });
        views.push(BehaviourView {
            behaviour: behaviour.to_owned(),
            title: methodology.title.in_lang(lang.into()).to_owned(),
            category: methodology.category,
            methodology: Some(methodology.reference()),
            inputs: inputs.collect(),
        });
    }
    for unknown in domain::methodology::catalogue::UNKNOWN {
        let title = if lang == Lang::Zh { unknown.zh } else { unknown.en };
        views.push(BehaviourView {
            behaviour: unknown.id.to_owned(),
            title: title.to_owned(),
            category: unknown.category,
            methodology: None,
            inputs: Vec::new(),
        });
    }
    Ok(Json(views))
}
