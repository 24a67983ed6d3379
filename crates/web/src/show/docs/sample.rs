//! A small made-up API.

use crate::lang::Lang;
use crate::show::of;
use serde_json::Value;

/// The document in the language of the sample.
pub(super) fn document(lang: Lang) -> Value {
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
