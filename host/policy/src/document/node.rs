//! Encodes a tree that was built by hand. Must never trust it: decimals are read again, depth is bounded.

use super::{Builder, Document};
use crate::{JsonBounds, JsonError, Node, Number};

pub(super) fn encode(node: &Node, bounds: &JsonBounds) -> Result<Document, JsonError> {
    let mut builder = Builder::new(0, bounds);
    write(node, &mut builder)?;
    Ok(builder.finish())
}

fn write(node: &Node, builder: &mut Builder) -> Result<(), JsonError> {
    match node {
        Node::Null => builder.null(),
        Node::Boolean(boolean) => builder.boolean(*boolean),
        Node::Integer(integer) => builder.number(&Number::Integer(*integer)),
        Node::Number(Number::Integer(integer)) => builder.number(&Number::Integer(*integer)),
        Node::Number(Number::Decimal(text)) => write_decimal(text, builder),
        Node::Text(text) => builder.text(text),
        Node::List(items) => {
            builder.open_list()?;
            items.iter().try_for_each(|item| write(item, builder))?;
            builder.close()
        }
        Node::Object(members) => {
            builder.open_object()?;
            for (key, value) in members {
                builder.key(key)?;
                write(value, builder)?;
            }
            builder.close()
        }
    }
}

/// The text came from outside of [`Number::parse`] perhaps.
fn write_decimal(text: &str, builder: &mut Builder) -> Result<(), JsonError> {
    let number = Number::parse(text).map_err(|error| JsonError::Number {
        place: builder.place(),
        error,
    })?;
    builder.number(&number)
}
