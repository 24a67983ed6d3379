//! One act's sheet.

use std::sync::Arc;

use app::{Error, InForce, Refused};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use domain::activity::Channel;
use domain::evidence::{Grade, Kind, Rule};
use domain::measure::Period;
use domain::methodology::{InputKind, Methodology};
use domain::participant::Consent;
use serde::Deserialize;

use super::{Me, Ours, by_file, by_hand, counts_in, earns, me, words};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::pages::carbon;
use crate::pages::home::icon;
use crate::show::{ActSheet, Agree, AskConsent, Choice, FileForm, FormField, Input, Method, Page, Proof, Sending};

/// What was entered, and what was wrong with it, when a sheet is shown again.
#[derive(Default)]
pub(super) struct Entered {
    pub(super) event: Option<String>,
    pub(super) started: Option<String>,
    pub(super) inputs: Vec<(String, String)>,
    /// The field that is wrong, and why; an empty name is the whole.
    pub(super) wrong: Option<(String, String)>,
    /// With which of the sheet's forms it was sent: `photo`, `track`, `steps` or `meter`.
    pub(super) proof: String,
}

impl Entered {
    /// Whether it was sent with the form of a kind of file.
    fn is(&self, kind: Kind) -> bool {
        self.proof == kind.name()
    }

    /// What was wrong with a field of the form of photos and declarations.
    fn wrong(&self, field: &str) -> Option<String> {
        let other = [Kind::Track, Kind::Steps, Kind::Meter]
            .into_iter()
            .any(|kind| self.is(kind));
        self.wrong_of(field).filter(|_| !other)
    }

    fn wrong_of(&self, field: &str) -> Option<String> {
        let wrong = self.wrong.as_ref().filter(|(name, _)| name == field);
        wrong.map(|(_, why)| why.clone())
    }
}

/// The act of an address.
pub(super) fn act_of(state: &Ours, me: &Me, behaviour: &str) -> Result<InForce, Error> {
    let catalogue = state.app.catalogue();
    let found = catalogue.methodology_for(me.programme.id, behaviour);
    Ok(found.map_err(|_| Refused::NotFound("act"))?.clone())
}

pub(super) async fn sheet(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(behaviour): Path<String>,
) -> Result<Response, Oops> {
    let me = me(&state.app, signed).await.map_err(|e| Oops::new(e, lang))?;
    show(&state, &me, &behaviour, &Entered::default(), lang).await
}

/// The sheet with what was entered.
pub(super) async fn show(
    state: &Ours,
    me: &Me,
    behaviour: &str,
    entered: &Entered,
    lang: Lang,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let in_force = act_of(state, me, behaviour).map_err(oops)?;
    let methodology = &in_force.methodology;
    let now_us = state.app.now_us();
    let today = me.programme.zone.day_of(now_us);
    let text = |text: &domain::measure::Text| text.in_lang(lang.into()).to_owned();
    let scope = methodology.headings.iter().find(|(key, _)| *key == "scope");
    let earns = earns(methodology, &me.programme.region, today, lang);
    let here = counts_in(methodology, &me.programme.region, today);
    let rule = state.app.proofs_for(&me.programme, behaviour).map_err(oops)?;
    let files = by_file(methodology, &rule);
    let sends = by_hand(methodology).is_some() || !files.is_empty();
    let sending = if sends && here {
        Some(
            sending(state, me, (behaviour, methodology, &rule), entered, lang)
                .await
                .map_err(oops)?,
        )
    } else {
        None
    };
    let sheet = ActSheet {
        lang,
        icon: icon(behaviour, methodology.category),
        title: text(&methodology.title),
        scope: scope.map(|(_, scope)| text(scope)).unwrap_or_default(),
        note: methodology.note.as_ref().map(text),
        earns: earns.unwrap_or_else(|| lang.say("activity-varies")),
        limits: limits(methodology, lang),
        proofs: proofs(methodology, &files, lang),
        method: Method {
            name: text(&methodology.title),
            version: methodology.version.clone(),
            href: Some(format!("/methodologies/{}/{}", methodology.id, methodology.version)),
        },
        sending,
        closed: lang.say(if here {
            "activity-cannot-send"
        } else {
            "activity-not-here"
        }),
    };
    let title = sheet.title.clone();
    me.act_page(lang, title, Page::Plain, sheet.render())
}

fn limits(methodology: &Methodology, lang: Lang) -> Vec<String> {
    let mut limits = Vec::new();
    for cap in &methodology.caps {
        let per = match cap.per {
            Period::Day => "refusal-per-day",
            Period::Month => "refusal-per-month",
            Period::Year => "refusal-per-year",
        };
        let per = lang.say(per);
        let mut limit = |key: &str, limit: String| {
            limits.push(lang.say_with(key, &[("per", per.as_str()), ("limit", limit.as_str())]));
        };
        if let Some(count) = cap.count {
            limit("activity-limit-count", count.to_string());
        }
        if let Some(mass) = cap.mass {
            limit("activity-limit-mass", carbon(mass.mg(), lang));
        }
    }
    limits
}

fn proofs(methodology: &Methodology, files: &[Kind], lang: Lang) -> Vec<Proof> {
    let ways = [
        (Grade::E1, "photo", "activity-weight-photo"),
        (Grade::E0, "me", "activity-weight-declared"),
        (Grade::E2, "phone", "activity-weight-device"),
        (Grade::E3, "partner", "activity-weight-partner"),
    ];
    let accepted = ways.into_iter().filter(|(grade, ..)| methodology.accepts(*grade));
    let proof = |(grade, icon, key): (Grade, &'static str, &str)| Proof {
        icon,
        words: lang.say_with(key, &[("weight", methodology.weight(grade).to_string().as_str())]),
    };
    let weight = methodology.weight(Grade::E2).to_string();
    let files = files.iter().map(|kind| Proof {
        icon: match kind {
            Kind::Photo => "photo",
            Kind::Track => "cycling",
            Kind::Steps => "walking",
            Kind::Meter => "electricity",
        },
        words: lang.say_with(
            &format!("activity-weight-{}", kind.name()),
            &[("weight", weight.as_str())],
        ),
    });
    files.chain(accepted.map(proof)).collect()
}

async fn sending(
    state: &Ours,
    me: &Me,
    (behaviour, methodology, rule): (&str, &Arc<Methodology>, &Rule),
    entered: &Entered,
    lang: Lang,
) -> Result<Sending, Error> {
    let standing = state.app.participant(&me.caller, &me.programme, me.participant).await?;
    let consents = |consent: Consent| standing.consents.contains(&consent);
    let takes_part = consents(Consent::Programme);
    let photo_counts = methodology.accepts(Grade::E1) && rule.proofs.contains(&Kind::Photo);
    let kinds = by_file(methodology, rule);
    let weight = |grade: Grade| methodology.weight(grade).to_string();
    let hand = photo_counts || methodology.accepts(Grade::E0);
    let inputs = methodology.inputs.iter().filter(|_| hand);
    let mut fields: Vec<FormField> = inputs.map(|input| field(input, entered, lang)).collect();
    let when = Input::Line {
        kind: "datetime-local",
        autocomplete: "off",
    };
    let now = me.programme.zone.clock_time(state.app.now_us()).replace(' ', "T");
    fields.push(
        FormField::new("started", lang.say("activity-started"), when)
            .value(entered.started.clone().unwrap_or_else(|| now.clone()))
            .error(entered.wrong("started")),
    );
    let photo = FormField::new(
        "photo",
        lang.say("activity-photo"),
        Input::File {
            accept: "image/jpeg,image/png,image/webp",
        },
    )
    .hint(lang.say("activity-photo-hint"))
    .error(entered.wrong("photo"));
    let declared = methodology.accepts(Grade::E0);
    // asked here, where it is needed, and nowhere else
    let wanted = photo_counts.then_some(Kind::Photo).into_iter().chain(kinds.clone());
    let mut missing: Vec<Consent> = wanted.map(|kind| Channel::of(kind).consent()).collect();
    missing.retain(|consent| takes_part && !consents(*consent));
    Ok(Sending {
        action: format!("/act/{behaviour}"),
        csrf: me.csrf.clone(),
        event: match &entered.event {
            Some(event) => event.clone(),
            None => app::form_key()?,
        },
        who: me.participant.to_string(),
        fields,
        photo: (photo_counts && takes_part && consents(Consent::Photos)).then_some(photo),
        most: state.limits.upload,
        send: lang.say_with("activity-send", &[("weight", weight(Grade::E1).as_str())]),
        declare: (declared && takes_part)
            .then(|| lang.say_with("activity-declare", &[("weight", weight(Grade::E0).as_str())])),
        files: kinds
            .iter()
            .filter(|kind| takes_part && consents(Channel::of(**kind).consent()))
            .map(|kind| file_form(*kind, (methodology, rule), entered, &now, lang))
            .collect(),
        consents: if missing.is_empty() {
            Vec::new()
        } else {
            let texts = state.app.consent_texts(&me.programme).await?;
            let agree = Agree::all(lang, &texts, &[]).into_iter();
            agree
                .filter(|one| missing.iter().any(|consent| one.name == consent.name()))
                .map(|agree| AskConsent {
                    href: format!("/act/{behaviour}/consent"),
                    title: lang.say(&format!("activity-consent-{}", agree.name)),
                    name: agree.name,
                    brief: agree.brief,
                    text: agree.text,
                })
                .collect()
        },
        error: entered
            .wrong("")
            .or_else(|| (!takes_part).then(|| lang.say("activity-consent-programme"))),
    })
}

/// The form of one kind of file or reading. Its fields carry the kind's name in front: a sheet may have several forms.
fn file_form(
    kind: Kind,
    (methodology, rule): (&Methodology, &Rule),
    entered: &Entered,
    now: &str,
    lang: Lang,
) -> FileForm {
    let word = kind.name();
    let wrong = |field: &str| entered.wrong_of(field).filter(|_| entered.is(kind));
    let said = |field: &str| {
        let said = entered.inputs.iter().find(|(name, _)| name == field);
        said.filter(|_| entered.is(kind)).map(|(_, value)| value.clone())
    };
    let line = |name: &str, kind: &'static str| {
        let field = FormField::new(
            format!("{word}-{name}"),
            lang.say(&format!("activity-{word}-{name}")),
            Input::Line {
                kind,
                autocomplete: "off",
            },
        );
        field.error(wrong(name)).value(said(name).unwrap_or_default())
    };
    let file = |accept| {
        FormField::new(
            format!("{word}-file"),
            lang.say("activity-file"),
            Input::File { accept },
        )
        .error(wrong("file"))
    };
    // what the file itself tells is not asked for
    let told = [&rule.distance, &rule.steps, &rule.used];
    let asked = methodology.inputs.iter().filter(|input| {
        let own = told.iter().any(|name| name.as_deref() == Some(input.name.as_str()));
        !own && (kind == Kind::Meter || matches!(input.kind, InputKind::Choice(_)))
    });
    let asked = asked.map(|input| {
        let mut field = field(input, entered, lang);
        field.name = format!("{word}-{}", field.name);
        field.error = wrong(&input.name);
        field
    });
    let mut fields: Vec<FormField> = Vec::new();
    match kind {
        Kind::Track => fields.push(file(".gpx,.fit,.tcx,.geojson,.json,.csv")),
        Kind::Steps => fields.push(file(".zip,.xml,.csv,.txt")),
        Kind::Photo | Kind::Meter => {
            fields.push(line("meter", "text").hint(lang.say("activity-meter-meter-hint")));
            fields.push(line("shows", "number"));
            let digits = line("digits", "number").hint(lang.say("activity-meter-digits-hint"));
            let empty = digits.value.is_empty();
            fields.push(if empty { digits.value("5") } else { digits });
        }
    }
    fields.extend(asked);
    if kind == Kind::Meter {
        let replaced = FormField::new("meter-replaced", lang.say("activity-meter-replaced"), Input::Check).optional();
        fields.push(replaced.value(said("replaced").unwrap_or_default()));
        let started = entered.started.clone().filter(|_| entered.is(kind));
        fields.push(line("started", "datetime-local").value(started.unwrap_or_else(|| now.to_owned())));
        fields.push(
            FormField::new(
                "meter-photo",
                lang.say("activity-photo"),
                Input::File {
                    accept: "image/jpeg,image/png,image/webp",
                },
            )
            .hint(lang.say("activity-meter-photo-hint"))
            .error(wrong("photo"))
            .optional(),
        );
    }
    let weight = methodology.weight(Grade::E2).to_string();
    FileForm {
        kind: word,
        title: lang.say(&format!("activity-{word}")),
        words: lang.say(&format!("activity-{word}-words")),
        fields,
        send: lang.say_with("activity-send-file", &[("weight", weight.as_str())]),
        error: wrong(""),
    }
}

/// The name of an input's field: apart from the names that the form itself has.
pub(super) fn field_name(input: &str) -> String {
    format!("in-{input}")
}

fn field(input: &domain::methodology::Input, entered: &Entered, lang: Lang) -> FormField {
    let name = field_name(&input.name);
    let label = input.label.in_lang(lang.into());
    let typed = entered.inputs.iter().find(|(said, _)| *said == input.name);
    let default = input.default.map(|given| input.shown(given)).unwrap_or_default();
    let default = default.split(' ').next().unwrap_or_default().to_owned();
    let value = typed.map_or(default, |(_, value)| value.clone());
    let error = entered.wrong(&input.name);
    match &input.kind {
        InputKind::Choice(choices) => {
            let choice = |one: &String| {
                let key = format!("activity-choice-{one}");
                let words = lang.say(&key);
                let words = if words == key { one.clone() } else { words };
                Choice::new(one, words, *one == value)
            };
            let choices = choices.iter().map(choice).collect();
            FormField::new(name, label, Input::Select(choices)).error(error)
        }
        InputKind::Number { unit, places, min, max } => {
            let unit = words::unit(unit.name(), lang);
            let label = match (unit.as_str(), lang) {
                ("", _) => label.to_owned(),
                // 步数（步） says it twice
                (unit, _) if label.to_lowercase().contains(unit) => label.to_owned(),
                (unit, Lang::Zh) => format!("{label}（{unit}）"),
                (unit, Lang::En) => format!("{label} ({unit})"),
            };
            let shown = |steps: i64| domain::measure::Decimal::new(steps, *places).grouped();
            let bounds = [("min", shown(*min)), ("max", shown(*max))];
            let bounds = bounds.each_ref().map(|(name, value)| (*name, value.as_str()));
            let number = Input::Line {
                kind: "number",
                autocomplete: "off",
            };
            let field = if min == max {
                FormField::hidden(name, value) // only one value is possible
            } else {
                FormField::new(name, label, number)
                    .value(value)
                    .hint(lang.say_with("activity-bounds", &bounds))
            };
            field.error(error)
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Agreed {
    csrf: String,
    consent: String,
}

/// What a sheet may ask for, each by itself.
const ASKED: [Consent; 3] = [Consent::Photos, Consent::Location, Consent::Steps];

/// Gives the consent that a sheet asked for, and goes on with it.
pub(super) async fn consent(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(behaviour): Path<String>,
    Form(form): Form<Agreed>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    me.check(&form.csrf).map_err(oops)?;
    act_of(&state, &me, &behaviour).map_err(oops)?;
    let consent = ASKED.into_iter().find(|consent| consent.name() == form.consent);
    let consent = consent.ok_or_else(|| oops(Refused::NotFound("consent").into()))?;
    let given = state
        .app
        .set_consent(&me.caller, &me.programme, me.participant, consent, true);
    given.await.map_err(oops)?;
    Ok(Redirect::to(&format!("/act/{behaviour}")).into_response())
}
