//! How much work a schema can be, counted before anything compiles it.
//!
//! References are what makes a small schema a bomb: ten definitions that each name the next one twice are a thousand checks,
//! and one that names itself is endless. So a schema is weighed with its references written out. Members are counted without
//! asking what they mean, which counts too much in a `const` and never too little.

use std::collections::HashMap;

use serde_json::Value;

use super::SchemaError;

/// The most values that a schema may have with its references written out.
pub const SCHEMA_WEIGHT_MAX: usize = 4_096;
/// The most regular expressions.
pub(super) const PATTERNS_MAX: usize = 64;
/// How deep values may nest with references written out, so that neither weighing nor checking exhausts a stack.
const DEPTH_MAX: usize = 64;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema's weight.
pub(super) fn weigh(schema: &Value) -> Result<usize, SchemaError> {
    if !schema.is_object() && !schema.is_boolean() {
        return Err(SchemaError::Kind);
    }
    let mut scale = Scale {
        schema,
        targets: HashMap::new(),
        patterns: 0,
    };
    scale.targets.insert("#".to_owned(), Target::Open);
    let weight = scale.value(schema, 0)?;
    if scale.patterns > PATTERNS_MAX {
        return Err(SchemaError::TooManyPatterns);
    }
    Ok(weight)
}

struct Scale<'a> {
    schema: &'a Value,
    /// What references lead to.
    targets: HashMap<String, Target>,
    patterns: usize,
}

#[derive(Clone, Copy)]
enum Target {
    /// Being weighed, so that a reference to it leads back.
    Open,
    Weighed {
        weight: usize,
        /// How deep it nests.
        height: usize,
    },
}

/// What is known of a value that was weighed.
struct Weighed {
    weight: usize,
    height: usize,
}

impl Scale<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<usize, SchemaError> {
        self.weighed(value, depth).map(|weighed| weighed.weight)
    }

    fn weighed(&mut self, value: &Value, depth: usize) -> Result<Weighed, SchemaError> {
        if depth > DEPTH_MAX {
            return Err(SchemaError::TooDeep);
        }
        let mut whole = Weighed {
            weight: 1,
            height: 0,
        };
        match value {
            Value::Array(items) => {
                for item in items {
                    whole.add(self.weighed(item, depth + 1)?)?;
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    whole.add(self.member(name, member, depth + 1)?)?;
                }
            }
            _ => {}
        }
        Ok(whole)
    }

    fn member(&mut self, name: &str, value: &Value, depth: usize) -> Result<Weighed, SchemaError> {
        let refuse = |reason| {
            Err(SchemaError::Member {
                member: name.to_owned(),
                reason,
            })
        };
        match (name, value) {
            ("$ref", Value::String(reference)) => return self.reference(reference, depth),
            ("$ref", _) => return refuse("a reference is a text"),
            ("$schema", Value::String(dialect)) if dialect == DIALECT => {}
            ("$schema", _) => return refuse("only draft 2020-12 is spoken"),
            (
                "$id" | "$anchor" | "$dynamicRef" | "$dynamicAnchor" | "$recursiveRef"
                | "$recursiveAnchor" | "$vocabulary",
                _,
            ) => return refuse("references are `$ref` to a pointer in the same schema"),
            ("pattern", Value::String(_)) => self.patterns += 1,
            ("patternProperties", Value::Object(patterns)) => self.patterns += patterns.len(),
            _ => {}
        }
        self.weighed(value, depth)
    }

    fn reference(&mut self, reference: &str, depth: usize) -> Result<Weighed, SchemaError> {
        match self.targets.get(reference) {
            Some(Target::Open) => return Err(SchemaError::Recursive(shown(reference))),
            Some(Target::Weighed { weight, height }) if depth + height <= DEPTH_MAX => {
                return Ok(Weighed {
                    weight: *weight,
                    height: *height,
                });
            }
            Some(Target::Weighed { .. }) => return Err(SchemaError::TooDeep),
            None => {}
        }
        let pointer = match reference.strip_prefix('#') {
            // A pointer has no other spelling when nothing is percent-encoded.
            Some(pointer) if !pointer.contains('%') => pointer,
            _ => {
                return Err(SchemaError::Member {
                    member: "$ref".to_owned(),
                    reason: "references are `#` and a pointer in the same schema",
                });
            }
        };
        let schema = self.schema;
        let target = schema
            .pointer(pointer)
            .ok_or_else(|| SchemaError::Dangling(shown(reference)))?;
        self.targets.insert(reference.to_owned(), Target::Open);
        let Weighed { weight, height } = self.weighed(target, depth + 1)?;
        let height = height + 1;
        self.targets
            .insert(reference.to_owned(), Target::Weighed { weight, height });
        Ok(Weighed { weight, height })
    }
}

impl Weighed {
    fn add(&mut self, part: Self) -> Result<(), SchemaError> {
        self.weight = self.weight.saturating_add(part.weight);
        self.height = self.height.max(part.height + 1);
        if self.weight > SCHEMA_WEIGHT_MAX {
            return Err(SchemaError::TooHeavy);
        }
        Ok(())
    }
}

fn shown(reference: &str) -> String {
    reference.chars().take(100).collect()
}
