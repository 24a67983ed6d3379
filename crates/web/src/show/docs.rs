//! The API explained: an OpenAPI document as readable tables.
//!
//! Shape: walk the document once, resolve references only one level for tables and link the rest.
//! Invariant: never fails and never loops, whatever JSON it is given; what it does not know it
//! leaves out.

use super::of;
use crate::lang::Lang;
use askama::Template;
use serde_json::{Map, Value};

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

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// How deep unnamed objects within objects are spelled out.
const DEPTH: usize = 4;

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
        Self::from_openapi(&sample_document(lang), lang)
    }
}

/// A document being read.
struct Reader<'a> {
    document: &'a Value,
    lang: Lang,
}

impl<'a> Reader<'a> {
    fn schemes(&self) -> Vec<Scheme> {
        entries(self.document, "/components/securitySchemes")
            .map(|(name, scheme)| {
                let mut kind = vec![text(scheme, "/type"), text(scheme, "/scheme")];
                kind.push(text(scheme, "/in"));
                kind.push(text(scheme, "/name"));
                for (flow, its) in entries(scheme, "/flows") {
                    kind.push(flow.clone());
                    kind.push(text(its, "/tokenUrl"));
                }
                kind.retain(|part| !part.is_empty());
                Scheme {
                    name: name.clone(),
                    kind: kind.join(" "),
                    words: text(scheme, "/description"),
                }
            })
            .collect()
    }

    fn groups(&self) -> Vec<Group> {
        let group = |tag: &str, words: String| Group {
            tag: tag.to_owned(),
            anchor: anchor("tag", tag),
            words,
            operations: Vec::new(),
        };
        let mut groups: Vec<Group> = items(self.document, "/tags")
            .map(|tag| group(&text(tag, "/name"), text(tag, "/description")))
            .collect();
        for (path, item) in entries(self.document, "/paths") {
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let tag = items(operation, "/tags")
                    .find_map(Value::as_str)
                    .map_or_else(|| self.lang.say("api-other"), str::to_owned);
                let at = groups.iter().position(|known| known.tag == tag).unwrap_or_else(|| {
                    groups.push(group(&tag, String::new()));
                    groups.len() - 1
                });
                if let Some(group) = groups.get_mut(at) {
                    group.operations.push(self.operation(path, method, item, operation));
                }
            }
        }
        groups.retain(|group| !group.operations.is_empty());
        groups
    }

    fn operation(&self, path: &str, method: &str, item: &'a Value, operation: &'a Value) -> Operation {
        let parameters = items(item, "/parameters")
            .chain(items(operation, "/parameters"))
            .map(|parameter| self.parameter(self.resolve(parameter)))
            .collect();
        let replies = entries(operation, "/responses")
            .map(|(status, reply)| {
                let reply = self.resolve(reply);
                Reply {
                    status: status.clone(),
                    words: text(reply, "/description"),
                    bodies: self.bodies(reply),
                }
            })
            .collect();
        let mut summary = text(operation, "/summary");
        if summary.is_empty() {
            summary = text(operation, "/operationId");
        }
        Operation {
            anchor: anchor(method, path),
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            summary,
            words: paragraphs(&text(operation, "/description")),
            auth: self.auth(operation),
            parameters,
            bodies: operation
                .get("requestBody")
                .map(|body| self.bodies(self.resolve(body)))
                .unwrap_or_default(),
            replies,
        }
    }

    /// Alternatives of sign-in; an empty alternative means that none is needed.
    fn auth(&self, operation: &Value) -> Vec<String> {
        let security = operation.get("security").or_else(|| self.document.get("security"));
        let alternatives = security
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        alternatives
            .iter()
            .filter_map(Value::as_object)
            .filter(|needs| !needs.is_empty())
            .map(|needs| {
                let named = needs.iter().map(|(name, scopes)| {
                    let scopes: Vec<&str> = scopes
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                        .collect();
                    if scopes.is_empty() {
                        name.clone()
                    } else {
                        format!("{name}: {}", scopes.join(" "))
                    }
                });
                named.collect::<Vec<_>>().join(" + ")
            })
            .collect()
    }

    fn parameter(&self, parameter: &'a Value) -> Field {
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        let mut words = text(parameter, "/description");
        if words.is_empty() {
            words = text(schema, "/description");
        }
        let place = text(parameter, "/in");
        let kind = self.kind(schema, DEPTH);
        Field {
            name: text(parameter, "/name"),
            kind: Kind {
                text: format!("{place} · {}", kind.text),
                ..kind
            },
            required: parameter.get("required").and_then(Value::as_bool).unwrap_or_default(),
            words,
            limits: self.limits(schema),
        }
    }

    fn bodies(&self, holder: &'a Value) -> Vec<Body> {
        entries(holder, "/content")
            .map(|(media, content)| {
                let schema = content.get("schema").unwrap_or(&Value::Null);
                let kind = self.kind(schema, DEPTH);
                // A named schema is spelled out below; here its link is enough, for a request
                // and an answer alike, or every problem document would be repeated.
                let fields = if kind.link.is_some() {
                    Vec::new()
                } else {
                    self.fields(schema, "", DEPTH)
                };
                Body {
                    media: media.clone(),
                    kind,
                    fields,
                }
            })
            .collect()
    }

    fn schemas(&self) -> Vec<Schema> {
        entries(self.document, "/components/schemas")
            .map(|(name, schema)| Schema {
                name: name.clone(),
                anchor: anchor("schema", name),
                words: text(schema, "/description"),
                kind: self.kind(schema, DEPTH),
                limits: self.limits(schema),
                fields: self.fields(schema, "", DEPTH),
            })
            .collect()
    }

    /// The thing that a `$ref` names, or the thing itself; a reference to a reference is followed
    /// a few times and no more.
    fn resolve(&self, thing: &'a Value) -> &'a Value {
        let mut thing = thing;
        for _ in 0..8 {
            let named = thing
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|name| name.strip_prefix('#'));
            match named.and_then(|pointer| self.document.pointer(pointer)) {
                Some(found) => thing = found,
                None => break,
            }
        }
        thing
    }

    fn kind(&self, schema: &Value, depth: usize) -> Kind {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or(name);
            return Kind {
                text: name.to_owned(),
                link: Some(format!("#{}", anchor("schema", name))),
            };
        }
        let Some(depth) = depth.checked_sub(1) else {
            return Kind::default();
        };
        for several in ["oneOf", "anyOf", "allOf"] {
            if let Some(parts) = schema.get(several).and_then(Value::as_array) {
                let kinds: Vec<Kind> = parts.iter().map(|part| self.kind(part, depth)).collect();
                let joint = if several == "allOf" { " & " } else { " | " };
                return Self::join(&kinds, joint);
            }
        }
        match schema.get("type") {
            Some(Value::Array(types)) => {
                let kinds: Vec<Kind> = types
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|name| self.plain(name, schema, depth))
                    .collect();
                Self::join(&kinds, " | ")
            }
            Some(Value::String(name)) => self.plain(name, schema, depth),
            _ if schema.get("properties").is_some() => self.plain("object", schema, depth),
            _ if schema.get("enum").is_some() || schema.get("const").is_some() => self.plain("string", schema, depth),
            _ => Kind {
                text: "any".to_owned(),
                link: None,
            },
        }
    }

    fn plain(&self, name: &str, schema: &Value, depth: usize) -> Kind {
        let inner = match name {
            "array" => schema.get("items").map(|items| ("api-list-of", items)),
            "object" => schema
                .get("additionalProperties")
                .filter(|more| more.is_object())
                .map(|more| ("api-map-of", more)),
            _ => None,
        };
        if let Some((message, inner)) = inner {
            let kind = self.kind(inner, depth);
            return Kind {
                text: self.lang.say_with(message, &[("kind", &kind.text)]),
                ..kind
            };
        }
        let format = if name == "null" { String::new() } else { text(schema, "/format") };
        let text = if format.is_empty() {
            name.to_owned()
        } else {
            format!("{name} ({format})")
        };
        Kind { text, link: None }
    }

    fn join(kinds: &[Kind], joint: &str) -> Kind {
        let texts: Vec<&str> = kinds.iter().map(|kind| kind.text.as_str()).collect();
        let mut links = kinds.iter().filter_map(|kind| kind.link.clone());
        let link = match (links.next(), links.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        };
        Kind {
            text: texts.join(joint),
            link,
        }
    }

    /// The fields of an object, a list of objects or a union of objects.
    fn fields(&self, schema: &'a Value, prefix: &str, depth: usize) -> Vec<Field> {
        let Some(depth) = depth.checked_sub(1) else {
            return Vec::new();
        };
        let schema = self.resolve(schema);
        if let Some(items) = schema.get("items") {
            return self.fields(items, prefix, depth);
        }
        let mut fields: Vec<Field> = Vec::new();
        for several in ["allOf", "oneOf", "anyOf"] {
            for part in schema.get(several).and_then(Value::as_array).into_iter().flatten() {
                for field in self.fields(part, prefix, depth) {
                    if fields.iter().all(|known| known.name != field.name) {
                        fields.push(Field {
                            required: field.required && several == "allOf",
                            ..field
                        });
                    }
                }
            }
        }
        let required: Vec<&str> = items(schema, "/required").filter_map(Value::as_str).collect();
        for (name, property) in entries(schema, "/properties") {
            let full = format!("{prefix}{name}");
            let mut words = text(property, "/description");
            if words.is_empty() {
                words = text(self.resolve(property), "/description");
            }
            let kind = self.kind(property, DEPTH);
            let unnamed = kind.link.is_none();
            fields.push(Field {
                name: full.clone(),
                kind,
                required: required.contains(&name.as_str()),
                words,
                limits: self.limits(property),
            });
            if unnamed && property.get("properties").is_some() {
                fields.extend(self.fields(property, &format!("{full}."), depth));
            }
        }
        fields
    }

    /// What a value may be, in words.
    fn limits(&self, schema: &Value) -> Option<String> {
        let mut words = Vec::new();
        let mut say = |message: &str, name: &str, value: &str| {
            words.push(self.lang.say_with(message, &[(name, value)]));
        };
        let choices: Vec<String> = items(schema, "/enum").map(shown).collect();
        if !choices.is_empty() {
            say("api-one-of", "values", &choices.join(", "));
        }
        if let Some(value) = schema.get("const") {
            say("api-one-of", "values", &shown(value));
        }
        if let Some(range) = range(schema, "minimum", "maximum") {
            say("api-range", "range", &range);
        }
        if let Some(range) = range(schema, "minLength", "maxLength") {
            say("api-length", "range", &range);
        }
        if let Some(range) = range(schema, "minItems", "maxItems") {
            say("api-length", "range", &range);
        }
        if let Some(pattern) = schema.get("pattern") {
            say("api-pattern", "pattern", &shown(pattern));
        }
        if let Some(value) = schema.get("default") {
            say("api-default", "value", &shown(value));
        }
        if let Some(value) = schema.get("example").or_else(|| schema.pointer("/examples/0")) {
            say("api-example", "value", &shown(value));
        }
        (!words.is_empty()).then(|| words.join(" "))
    }
}

fn range(schema: &Value, least: &str, most: &str) -> Option<String> {
    match (schema.get(least), schema.get(most)) {
        (Some(least), Some(most)) => Some(format!("{} … {}", shown(least), shown(most))),
        (Some(least), None) => Some(format!("≥ {}", shown(least))),
        (None, Some(most)) => Some(format!("≤ {}", shown(most))),
        (None, None) => None,
    }
}

/// A JSON value as a reader wants it: strings without quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn items<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn entries<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n")
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|part| !part.is_empty())
        .collect()
}

/// A place on the page: the name with everything that an address would have to escape as dashes.
fn anchor(kind: &str, name: &str) -> String {
    let mut anchor = String::from(kind);
    for part in name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|part| !part.is_empty())
    {
        anchor.push('-');
        anchor.push_str(part);
    }
    anchor
}

fn sample_document(lang: Lang) -> Value {
    serde_json::json!({
        "openapi": "3.1.0",
        "info": {
            "title": of(lang, "普惠接口", "Puhui API"),
            "version": "0.1.0",
            "description": of(
                lang,
                "合作方用它上报低碳行为。\n\n质量一律以毫克计，时间为 RFC 3339。",
                "Partners report behaviours with it.\n\nMass is in milligrams, times are RFC 3339.",
            ),
        },
        "tags": [{"name": "Activity", "description": of(lang, "行为记录", "Activity records")}],
        "security": [{"partner": ["activity:write"]}],
        "paths": {
            "/api/v1/activities": {
                "post": {
                    "tags": ["Activity"],
                    "summary": of(lang, "上报一条行为", "Report one activity"),
                    "description": of(
                        lang,
                        "同一事件编号只计一次。",
                        "An event id counts once; the same body gives the same answer again.",
                    ),
                    "parameters": [{
                        "name": "Idempotency-Key", "in": "header", "required": false,
                        "description": of(lang, "重试用的键", "Key for safe retries"),
                        "schema": {"type": "string", "maxLength": 64},
                    }],
                    "requestBody": {"required": true, "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/NewActivity"}}}},
                    "responses": {
                        "201": {"description": of(lang, "已记录", "Recorded"), "content": {
                            "application/json": {"schema": {"type": "object", "required": ["id"],
                                "properties": {
                                    "id": {"type": "string", "format": "uuid"},
                                    "reduction_mg": {"type": ["integer", "null"], "format": "int64",
                                        "description": of(lang, "计入的毫克数", "Credited milligrams")},
                                }}}}},
                        "422": {"description": of(lang, "被拒绝", "Refused"), "content": {
                            "application/problem+json": {
                                "schema": {"$ref": "#/components/schemas/Problem"}}}},
                    },
                },
                "get": {
                    "tags": ["Activity"],
                    "summary": of(lang, "列出行为", "List activities"),
                    "parameters": [{"name": "limit", "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}}],
                    "responses": {"200": {"description": "OK", "content": {"application/json": {
                        "schema": {"type": "array",
                            "items": {"$ref": "#/components/schemas/NewActivity"}}}}}},
                },
            },
            "/healthz": {"get": {"summary": of(lang, "是否存活", "Alive?"), "security": [],
                "responses": {"200": {"description": "OK"}}}},
        },
        "components": {
            "securitySchemes": {"partner": {"type": "oauth2",
                "description": of(lang, "客户端凭证", "Client credentials"),
                "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}}}},
            "schemas": {
                "NewActivity": {"type": "object",
                    "description": of(lang, "一条待记录的行为", "An activity to be recorded"),
                    "required": ["event", "behaviour", "at"],
                    "properties": {
                        "event": {"type": "string", "description": of(lang, "合作方事件编号", "The partner's event id"), "example": "trip-0001"},
                        "behaviour": {"type": "string", "enum": ["metro-trip", "lights-off"]},
                        "at": {"type": "string", "format": "date-time"},
                        "data": {"type": "object", "properties": {
                            "trips": {"type": "integer", "minimum": 1},
                            "km": {"type": "string", "pattern": "^[0-9.]+$"}}},
                        "parent": {"anyOf": [{"$ref": "#/components/schemas/NewActivity"}, {"type": "null"}]},
                    }},
                "Problem": {"type": "object", "description": "RFC 9457", "required": ["type", "title"],
                    "properties": {
                        "type": {"type": "string", "format": "uri"},
                        "title": {"type": "string"},
                        "pointer": {"type": ["string", "null"]},
                    }},
            },
        },
    })
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
