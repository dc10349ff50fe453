//! What both doors take and answer, as OpenAPI 3.1: made of the tables that the routers are made of, and of what reads orders.

mod shape;

use lictor::{Reply, Verb};
use serde_json::{Map, Value, json};

use crate::admin;
use crate::answer;
use crate::route::{self, Access, Route};

/// The document.
pub fn openapi() -> Value {
    let verbs = shape::schema::<Verb>();
    let replies = shape::schema::<Reply>();
    let mut paths = Map::new();
    for (door, routes) in [("decisions", route::all()), ("admin", admin::all())] {
        for route in routes {
            let path = paths
                .entry(template(&route.path))
                .or_insert_with(|| json!({}));
            let operation = operation(door, &route, &verbs);
            if let Some(path) = path.as_object_mut() {
                // Health stands at both doors, and is the same there.
                path.entry(method(route.access)).or_insert(operation);
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lictor",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Decisions, at the door for those who ask for them, and orders, at the operators' door.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {"Reply": replies, "Problem": problem()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "certificate": {"type": "mutualTLS"},
            },
        },
    })
}

/// `GET /openapi.json`.
pub(crate) async fn show() -> axum::response::Response {
    answer::json(&openapi())
}

/// A path as OpenAPI writes it.
fn template(path: &str) -> String {
    path.replace("{*", "{")
}

fn method(access: Access) -> &'static str {
    match access {
        Access::Public | Access::Sight => "get",
        _ => "post",
    }
}

fn operation(door: &str, route: &Route, verbs: &Value) -> Value {
    let mut operation = Map::new();
    let mut put = |name: &str, value: Value| operation.insert(name.to_owned(), value);
    let mut parameters = parameters(&route.path);
    let mut answered = json!({});
    if let Access::Order(name) = route.access {
        put("operationId", name.into());
        put("requestBody", body(members(verbs, name)));
        answered = json!({"$ref": "#/components/schemas/Reply"});
        parameters.push(json!({
            "name": "lictor-why", "in": "header", "required": false, "schema": {"type": "string"},
            "description": "Why, for the journal.",
        }));
    } else if method(route.access) == "post" {
        put("requestBody", body(json!({"type": "object"})));
    }
    if !parameters.is_empty() {
        put("parameters", parameters.into());
    }
    if route.access != Access::Public {
        put("security", json!([{"token": []}, {"certificate": []}]));
    }
    put("tags", json!([door]));
    put(
        "responses",
        json!({
            "200": {"description": "The answer.", "content": {"application/json": {"schema": answered}}},
            "default": {
                "description": "Why there is none.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        }),
    );
    operation.into()
}

/// The names in a path.
fn parameters(path: &str) -> Vec<Value> {
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'));
    let parameter = |(name, _): (&str, &str)| {
        let name = name.trim_start_matches('*');
        json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
    };
    names.map(parameter).collect()
}

fn body(schema: Value) -> Value {
    json!({"required": true, "content": {"application/json": {"schema": schema}}})
}

/// The members of a verb.
fn members(verbs: &Value, name: &str) -> Value {
    let variants = verbs.get("oneOf").and_then(Value::as_array);
    let mut members = variants.into_iter().flatten();
    let members = members.find_map(|it| it.get("properties")?.get(name));
    members.cloned().unwrap_or_default()
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["status", "message"],
        "properties": {
            "status": {"type": "integer"},
            "message": {"type": "string"},
            "turn": {"enum": ["caller", "unknown", "conflict", "author", "policy", "host"], "description": "Whose turn it is."},
            "hint": {"type": "string", "description": "What to do about it."},
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Takes the schemas out of a document, and leaves a plain one in the place of each.
    fn take_schemas(value: &mut Value, schemas: &mut Vec<Value>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match name.as_str() {
                        "schema" => schemas.push(member.take()),
                        "schemas" => schemas.extend(
                            member
                                .as_object_mut()
                                .unwrap()
                                .values_mut()
                                .map(Value::take),
                        ),
                        _ => take_schemas(member, schemas),
                    }
                    if member.is_null() {
                        *member = json!({"type": "object"});
                    } else if name == "schemas" {
                        *member = json!({});
                    }
                }
            }
            Value::Array(elements) => {
                for element in elements {
                    take_schemas(element, schemas);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn the_document_is_openapi_and_names_every_path_and_no_other() {
        let mut document = openapi();
        // What reads the document knows fewer schemas than there are: they are checked by what knows them.
        let mut schemas = Vec::new();
        take_schemas(&mut document, &mut schemas);
        assert!(schemas.len() > 100);
        for schema in &schemas {
            assert!(jsonschema::draft202012::meta::is_valid(schema), "{schema}");
        }
        let read: utoipa::openapi::OpenApi = serde_json::from_value(document.clone()).unwrap();
        let named: BTreeSet<String> = read.paths.paths.keys().cloned().collect();
        let routes = route::all().into_iter().chain(admin::all());
        let there: BTreeSet<String> = routes.map(|it| template(&it.path)).collect();
        assert_eq!(named, there);
        assert_eq!(document["openapi"], "3.1.0");
    }

    #[test]
    fn orders_have_the_members_that_their_verbs_have() {
        let document = openapi();
        for name in Verb::names() {
            let path = format!("/admin/v1/{name}");
            let body = &document["paths"][&path]["post"]["requestBody"];
            let schema = &body["content"]["application/json"]["schema"];
            assert_eq!(schema["type"], "object", "{name}");
            // What it names is known, whatever its value should be.
            for member in schema["properties"].as_object().unwrap().keys() {
                let members = json!({member: null}).to_string();
                let refused = Verb::named(name, members.as_bytes()).err();
                let message = refused.map(|it| it.message).unwrap_or_default();
                assert!(
                    !message.contains("unknown field"),
                    "{name} {member}: {message}"
                );
            }
        }
        let bind = &document["paths"]["/admin/v1/bind"]["post"]["requestBody"];
        let binding = &bind["content"]["application/json"]["schema"]["properties"]["binding"];
        assert_eq!(
            binding["properties"]["limits"]["properties"]["fuel"]["type"],
            "integer"
        );
        // Everything that is referred to is there, and paths have the parameters that they name.
        for (path, operations) in document["paths"].as_object().unwrap() {
            for operation in operations.as_object().unwrap().values() {
                let given = operation["parameters"].as_array();
                let given = given.into_iter().flatten().filter(|it| it["in"] == "path");
                assert_eq!(given.count(), path.matches('{').count(), "{path}");
            }
        }
        for reference in document.to_string().split("#/components/").skip(1) {
            let place = reference.split('"').next().unwrap();
            assert!(
                !document
                    .pointer(&format!("/components/{place}"))
                    .unwrap()
                    .is_null()
            );
        }
    }
}
