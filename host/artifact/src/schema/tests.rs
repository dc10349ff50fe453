use super::*;
use serde_json::json;

fn schema(value: &Value) -> Result<ParameterSchema, SchemaError> {
    ParameterSchema::parse(value.to_string().as_bytes())
}

fn check(schema: &ParameterSchema, parameters: &Value) -> Vec<String> {
    let text = parameters.to_string();
    let document = Document::parse(text.as_bytes(), &JsonBounds::PARAMETERS).unwrap();
    let violations = schema.check(&document).err().unwrap_or_default();
    violations.iter().map(Violation::to_string).collect()
}

#[test]
fn violations_say_where_and_not_what() {
    let schema = schema(&json!({
        "type": "object",
        "required": ["limit"],
        "properties": {"limit": {"$ref": "#/$defs/money"}, "token": {"maxLength": 3}},
        "additionalProperties": false,
        "$defs": {"money": {"type": "integer", "minimum": 0}},
    }))
    .unwrap();
    assert!(check(&schema, &json!({"limit": 5})).is_empty());
    assert_eq!(
        check(&schema, &json!({"limit": "secret"})),
        ["`/limit`: value is not of type \"integer\""]
    );
    let told = check(&schema, &json!({"limit": 1, "token": "secret"}));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("`/token`") && !told[0].contains("secret"));
    assert_eq!(check(&schema, &json!({})).len(), 1);
    let many: Vec<i32> = (0..100).collect();
    let all_texts = ParameterSchema::parse(b"{\"items\":{\"type\":\"string\"}}").unwrap();
    assert_eq!(check(&all_texts, &json!(many)).len(), VIOLATIONS_MAX);
}

#[test]
fn no_reference_leaves_the_schema() {
    for reference in [
        "http://127.0.0.1:1/schema.json",
        "https://json-schema.org/draft/2020-12/schema",
        "file:///etc/passwd",
        "other.json",
        "//host/x",
        "urn:x",
        "x#/a",
        "",
        "#/%24defs/a",
    ] {
        let refused = schema(&json!({"$ref": reference, "$defs": {"a": true}}));
        assert!(
            matches!(refused, Err(SchemaError::Member { .. })),
            "{reference}: {refused:?}"
        );
    }
    for member in [
        json!({"$schema": "http://127.0.0.1:1/meta"}),
        json!({"$schema": "http://json-schema.org/draft-07/schema#"}),
        json!({"$id": "http://127.0.0.1:1/base", "properties": {"a": true}}),
        json!({"$dynamicRef": "#a"}),
        json!({"$defs": {"a": {"$anchor": "a"}}}),
        json!({"$ref": 5}),
    ] {
        let refused = schema(&member);
        assert!(
            matches!(refused, Err(SchemaError::Member { .. })),
            "{member}"
        );
    }
    assert!(schema(&json!({"$schema": "https://json-schema.org/draft/2020-12/schema"})).is_ok());
    // The library itself, asked without our checks, fetches nothing either.
    for reference in ["http://127.0.0.1:1/schema.json", "file:///etc/passwd"] {
        assert!(compile(&json!({"$ref": reference}).to_string()).is_err());
    }
}

#[test]
fn a_schema_is_bounded_with_its_references_written_out() {
    for recursive in [
        json!({"$ref": "#"}),
        json!({"items": {"$ref": "#"}}),
        json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}}),
        json!({"$defs": {"a": {"allOf": [{"$ref": "#/$defs"}]}}}),
    ] {
        assert!(
            matches!(schema(&recursive), Err(SchemaError::Recursive(_))),
            "{recursive}"
        );
    }
    assert_eq!(
        schema(&json!({"$ref": "#/$defs/a"})).unwrap_err(),
        SchemaError::Dangling("#/$defs/a".to_owned())
    );
    // Each definition names the next one twice.
    let mut doubling = serde_json::Map::new();
    for index in 0..13 {
        let next = json!({"$ref": format!("#/$defs/d{}", index + 1)});
        doubling.insert(format!("d{index}"), json!({"allOf": [next, next]}));
    }
    doubling.insert("d13".to_owned(), json!({"type": "object"}));
    assert_eq!(
        schema(&json!({"$ref": "#/$defs/d0", "$defs": doubling})).unwrap_err(),
        SchemaError::TooHeavy
    );
    // A chain, forwards and backwards, so that what is known already counts too.
    for step in [1_i32, -1] {
        let mut chain = serde_json::Map::new();
        for index in 0..40 {
            let target = json!({"not": {"$ref": format!("#/$defs/d{}", index + step)}});
            chain.insert(format!("d{index}"), target);
        }
        chain.insert("d-1".to_owned(), json!(true));
        chain.insert("d40".to_owned(), json!(true));
        assert_eq!(
            schema(&json!({"$defs": chain})).unwrap_err(),
            SchemaError::TooDeep
        );
    }
    let wide = json!({"enum": vec![0; SCHEMA_WEIGHT_MAX]});
    assert_eq!(schema(&wide).unwrap_err(), SchemaError::TooHeavy);
    let deep = format!("{}true{}", "{\"not\":".repeat(40), "}".repeat(40));
    assert!(matches!(
        ParameterSchema::parse(deep.as_bytes()),
        Err(SchemaError::Json(_))
    ));
    let long = json!({"description": "x".repeat(SCHEMA_BYTES_MAX)});
    assert!(matches!(schema(&long), Err(SchemaError::Json(_))));
}

#[test]
fn patterns_are_few_small_and_linear() {
    let pattern = |pattern: &str| schema(&json!({"pattern": pattern}));
    assert!(pattern("^[a-z]+$").is_ok());
    // Only a backtracking engine has these.
    assert!(matches!(pattern("(?=a)b"), Err(SchemaError::Invalid(_))));
    assert!(matches!(pattern("(a)\\1"), Err(SchemaError::Invalid(_))));
    assert!(matches!(
        pattern("(?:x{500}){500}"),
        Err(SchemaError::Invalid(_))
    ));
    let many: Vec<Value> = (0..65).map(|_| json!({"pattern": "a"})).collect();
    assert_eq!(
        schema(&json!({"allOf": many})).unwrap_err(),
        SchemaError::TooManyPatterns
    );
    let evil = pattern("^(a+)+$").unwrap();
    assert_eq!(
        check(&evil, &json!(format!("{}!", "a".repeat(100_000)))).len(),
        1
    );
}

#[test]
fn too_much_work_is_refused_before_it_is_done() {
    let heavy: Vec<Value> = (0..1_000)
        .map(|_| json!({"items": {"type": "integer"}}))
        .collect();
    let heavy = schema(&json!({"allOf": heavy})).unwrap();
    assert!(check(&heavy, &json!([1, 2, 3])).is_empty());
    let told = check(&heavy, &json!(vec![1; 400_000]));
    assert_eq!(
        told,
        ["checking so many parameters against this schema is too much work"]
    );
}

#[test]
fn a_manifest_holds_canonical_text_only() {
    let schema = schema(&json!({"type": "object", "maxProperties": 3})).unwrap();
    let text = serde_json::to_string(&schema).unwrap();
    assert_eq!(text, r#"{"maxProperties":3,"type":"object"}"#);
    assert_eq!(
        serde_json::from_str::<ParameterSchema>(&text).unwrap(),
        schema
    );
    for other in [
        r#"{"type":"object","maxProperties":3}"#,
        r#"{"maxProperties": 3,"type":"object"}"#,
        r#"{"maxProperties":3.0,"type":"object"}"#,
        r#"{"maxProperties":3,"maxProperties":3,"type":"object"}"#,
        r#"{"maxProperties":3,"type":"obj\u0065ct"}"#,
        "null",
        "3",
    ] {
        assert!(
            serde_json::from_str::<ParameterSchema>(other).is_err(),
            "{other}"
        );
    }
}

#[test]
fn what_is_no_schema_is_refused() {
    assert!(matches!(
        schema(&json!({"type": 5})),
        Err(SchemaError::Invalid(_))
    ));
    assert_eq!(schema(&json!([])).unwrap_err(), SchemaError::Kind);
    assert!(schema(&json!(true)).is_ok());
}
