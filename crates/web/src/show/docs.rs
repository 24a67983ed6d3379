//! The API explained: an OpenAPI document as readable tables.
//!
//! Shape: walk the document once, resolve references only one level for tables and link the rest.
//! Invariant: never fails and never loops, whatever JSON it is given; what it does not know it
//! leaves out.

mod reader;
mod sample;

use self::reader::{Reader, paragraphs, text};
use crate::lang::Lang;
use askama::Template;
use serde_json::Value;

/// The whole API.
#[derive(Clone, Debug, Template)]
#[template(path = "docs.html")]
pub struct Docs {
    /// The language of the page around the document (the document has its own).
    pub lang: Lang,
    /// The title of the API.
    pub title: String,
    /// Its version.
    pub version: String,
    /// What it is for, by paragraph.
    pub words: Vec<String>,
    /// The ways to sign in.
    pub schemes: Vec<Scheme>,
    /// Operations by tag, in the order of the document's tags.
    pub groups: Vec<Group>,
    /// The named schemas.
    pub schemas: Vec<Schema>,
}

/// A way to sign in.
#[derive(Clone, Debug)]
pub struct Scheme {
    /// Its name in the document.
    pub name: String,
    /// What it is, e.g. `oauth2 clientCredentials /oauth/token`.
    pub kind: String,
    /// What the document says about it.
    pub words: String,
}

/// The operations of a tag.
#[derive(Clone, Debug)]
pub struct Group {
    /// The tag.
    pub tag: String,
    /// Its place on the page.
    pub anchor: String,
    /// What the document says about it.
    pub words: String,
    /// Its operations.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its place on the page.
    pub anchor: String,
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Its path.
    pub path: String,
    /// What it does, short.
    pub summary: String,
    /// The rest, by paragraph.
    pub words: Vec<String>,
    /// Who may call it: names of schemes with scopes; empty is open to everyone.
    pub auth: Vec<String>,
    /// Path, query and header parameters.
    pub parameters: Vec<Field>,
    /// What it takes, by media type.
    pub bodies: Vec<Body>,
    /// What it answers, by status.
    pub replies: Vec<Reply>,
}

/// A body of some media type.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its media type.
    pub media: String,
    /// Its type.
    pub kind: Kind,
    /// Its fields, where it is an object or a list of objects.
    pub fields: Vec<Field>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: String,
    /// What it means.
    pub words: String,
    /// What it carries.
    pub bodies: Vec<Body>,
}

impl Reply {
    fn tone(&self) -> &'static str {
        match self.status.as_bytes().first() {
            Some(b'2') => "",
            Some(b'4') => "wait",
            Some(b'5') => "no",
            _ => "calm",
        }
    }
}

/// A type in words, with a link where it has a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// The type, e.g. `string (date-time)` or `list of Record`.
    pub text: String,
    /// The place of its schema.
    pub link: Option<String>,
}

/// A row of a table of fields or parameters.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name; a field within a field is dotted.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub words: String,
    /// Its limits, default and example.
    pub limits: Option<String>,
}

/// A named schema.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// Its place on the page.
    pub anchor: String,
    /// What it means.
    pub words: String,
    /// Its type, where it has no fields.
    pub kind: Kind,
    /// Its limits, where it has no fields.
    pub limits: Option<String>,
    /// Its fields.
    pub fields: Vec<Field>,
}

impl Docs {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The page of an OpenAPI 3.1 document.
    pub fn from_openapi(document: &Value, lang: Lang) -> Self {
        let reader = Reader { document, lang };
        Self {
            lang,
            title: text(document, "/info/title"),
            version: text(document, "/info/version"),
            words: paragraphs(&text(document, "/info/description")),
            schemes: reader.schemes(),
            groups: reader.groups(),
            schemas: reader.schemas(),
        }
    }

    /// The page of a small made-up API.
    pub fn sample(lang: Lang) -> Self {
        Self::from_openapi(&sample::document(lang), lang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_stand_under_their_tag_with_types_and_limits() {
        let docs = Docs::sample(Lang::En);
        assert_eq!(docs.groups[0].tag, "Activity");
        assert_eq!(docs.groups[1].tag, "Other");
        let list = &docs.groups[0].operations[0];
        assert_eq!(
            (list.method.as_str(), list.path.as_str()),
            ("GET", "/api/v1/activities")
        );
        assert_eq!(list.parameters[0].kind.text, "query · integer");
        assert_eq!(list.parameters[0].limits.as_deref(), Some("Range 1 … 200. Default 50."));
        assert_eq!(list.replies[0].bodies[0].kind.text, "list of NewActivity");
        assert_eq!(
            list.replies[0].bodies[0].kind.link.as_deref(),
            Some("#schema-NewActivity")
        );
        assert_eq!(list.auth, ["partner: activity:write"]);
        assert!(docs.groups[1].operations[0].auth.is_empty());
    }

    #[test]
    fn every_link_within_the_page_has_its_place() {
        for lang in Lang::ALL {
            let page = Docs::sample(lang).render().unwrap();
            for link in page
                .split("href=\"#")
                .skip(1)
                .map(|after| after.split('"').next().unwrap())
            {
                assert!(
                    link.starts_with("i-") || page.contains(&format!("id=\"{link}\"")),
                    "{link}"
                );
            }
        }
    }

    #[test]
    fn objects_within_objects_are_dotted_and_null_is_told() {
        let docs = Docs::sample(Lang::En);
        let names: Vec<&str> = docs.schemas[0].fields.iter().map(|field| field.name.as_str()).collect();
        assert!(names.contains(&"data.trips"), "{names:?}");
        let parent = docs.schemas[0]
            .fields
            .iter()
            .find(|field| field.name == "parent")
            .unwrap();
        assert_eq!(parent.kind.text, "NewActivity | null");
        assert!(parent.kind.link.is_some());
    }

    #[test]
    fn any_json_is_survived_even_a_loop() {
        let looped = serde_json::json!({
            "paths": {"/x": {"get": {"responses": {"200": {"$ref": "#/paths"}, "201": 7},
                "requestBody": {"$ref": "#/components/schemas/A"}, "parameters": [null, 3]}}},
            "components": {"schemas": {
                "A": {"$ref": "#/components/schemas/B"},
                "B": {"$ref": "#/components/schemas/A"},
                "C": {"allOf": [{"$ref": "#/components/schemas/C"}], "items": {"$ref": "#/components/schemas/C"}},
            }},
        });
        for document in [
            looped,
            Value::Null,
            serde_json::json!([1]),
            serde_json::json!({"paths": 1}),
        ] {
            assert!(Docs::from_openapi(&document, Lang::En).render().is_ok());
        }
    }
}
