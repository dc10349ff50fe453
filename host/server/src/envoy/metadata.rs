//! Between Envoy's dynamic metadata, which are JSON in another form, and values of ours.

use envoy_types::pb::google::protobuf::value::Kind;
use envoy_types::pb::google::protobuf::{ListValue, Struct, Value};
use lictor::{Node, Number, Pointer, Tokens};

/// How deep metadata may be that we make: readers of the format stop at about 30.
const DEPTH_MAX: usize = 16;
/// The largest whole number that the format keeps.
const INTEGER_MAX: u64 = 1 << 53;

/// What a pointer leads to. How deep a message can be is bounded by what reads it.
pub(super) fn found(known: &Struct, pointer: &Pointer) -> Option<Node> {
    let mut tokens = pointer.tokens();
    let mut value = known.fields.get(tokens.next()?.as_ref())?;
    for token in tokens {
        value = match value.kind.as_ref()? {
            Kind::StructValue(object) => object.fields.get(token.as_ref())?,
            Kind::ListValue(list) => list.values.get(token.as_ref().parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    node(value)
}

/// A value as one of ours; a number that is none is nothing.
fn node(value: &Value) -> Option<Node> {
    Some(match value.kind.as_ref()? {
        Kind::NullValue(_) => Node::Null,
        Kind::BoolValue(boolean) => Node::Boolean(*boolean),
        Kind::NumberValue(number) => Node::Number(Number::parse(&number.to_string()).ok()?),
        Kind::StringValue(text) => Node::Text(text.clone()),
        Kind::ListValue(list) => {
            let items = list.values.iter().map(node);
            Node::List(items.collect::<Option<_>>()?)
        }
        Kind::StructValue(object) => {
            let members = object.fields.iter();
            let members = members.map(|(name, value)| Some((name.clone(), node(value)?)));
            Node::Object(members.collect::<Option<_>>()?)
        }
    })
}

/// JSON as a value of theirs; nothing where it would come out otherwise.
pub(super) fn value(json: &serde_json::Value) -> Option<Value> {
    value_within(json, DEPTH_MAX)
}

fn value_within(json: &serde_json::Value, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let kind = match json {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(boolean) => Kind::BoolValue(*boolean),
        serde_json::Value::Number(number) => Kind::NumberValue(kept(number)?),
        serde_json::Value::String(text) => Kind::StringValue(text.clone()),
        serde_json::Value::Array(items) => {
            let values = items.iter().map(|item| value_within(item, depth));
            let values = values.collect::<Option<_>>()?;
            Kind::ListValue(ListValue { values })
        }
        serde_json::Value::Object(members) => {
            let fields = members.iter();
            let fields =
                fields.map(|(name, json)| Some((name.clone(), value_within(json, depth)?)));
            let fields = fields.collect::<Option<_>>()?;
            Kind::StructValue(Struct { fields })
        }
    };
    Some(Value { kind: Some(kind) })
}

/// A number that the format keeps as it is.
fn kept(number: &serde_json::Number) -> Option<f64> {
    let is_large = |it: u64| it > INTEGER_MAX;
    if number.as_u64().is_some_and(is_large)
        || number
            .as_i64()
            .is_some_and(|it| is_large(it.unsigned_abs()))
    {
        return None;
    }
    number.as_f64()
}

/// An object as one of theirs, for tests of what reads it.
#[cfg(test)]
pub(crate) fn structured(json: &serde_json::Value) -> Option<Struct> {
    match value(json)?.kind? {
        Kind::StructValue(object) => Some(object),
        _ => None,
    }
}

/// A text.
pub(super) fn text(text: &str) -> Value {
    let kind = Some(Kind::StringValue(text.to_owned()));
    Value { kind }
}
