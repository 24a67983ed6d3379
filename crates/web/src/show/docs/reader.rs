//! From an OpenAPI document to the tables of its page.

use super::{Body, Field, Group, Kind, Operation, Reply, Schema, Scheme};
use crate::lang::Lang;
use serde_json::{Map, Value};

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// How deep unnamed objects within objects are spelled out.
const DEPTH: usize = 4;

/// A document being read.
pub(super) struct Reader<'a> {
    pub(super) document: &'a Value,
    pub(super) lang: Lang,
}

impl<'a> Reader<'a> {
    pub(super) fn schemes(&self) -> Vec<Scheme> {
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

    pub(super) fn groups(&self) -> Vec<Group> {
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

    pub(super) fn schemas(&self) -> Vec<Schema> {
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
        let format = if name == "null" {
            String::new()
        } else {
            text(schema, "/format")
        };
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

pub(super) fn text(value: &Value, pointer: &str) -> String {
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

pub(super) fn paragraphs(text: &str) -> Vec<String> {
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
