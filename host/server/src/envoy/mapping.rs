//! From a gateway's request to the request that is decided.

use lictor::{Node, Request};

use super::checked::Checked;
use super::unclear;
use crate::problem::Problem;
use crate::settings::{Mapping, Origins};

/// The request that a mapping makes of what is known.
///
/// # Errors
/// A part that must be there is nowhere, is no text, or all together is too large.
pub(super) fn request(mapping: &Mapping, checked: &Checked<'_>) -> Result<Request, Problem> {
    let text = |pointer: &str, origins: &Origins| text(checked, pointer, origins);
    let (subject, resource) = (&mapping.subject, &mapping.resource);
    let mut builder = Request::builder()
        .subject(
            text("/subject/type", &subject.kind)?,
            text("/subject/id", &subject.id)?,
        )
        .action(text("/action/name", &mapping.action)?)
        .resource(
            text("/resource/type", &resource.kind)?,
            text("/resource/id", &resource.id)?,
        );
    for (name, origins) in &subject.properties {
        if let Some(value) = found(checked, origins)? {
            builder = builder.subject_property(name, value);
        }
    }
    for (name, origins) in &mapping.action_properties {
        if let Some(value) = found(checked, origins)? {
            builder = builder.action_property(name, value);
        }
    }
    for (name, origins) in &resource.properties {
        if let Some(value) = found(checked, origins)? {
            builder = builder.resource_property(name, value);
        }
    }
    for (name, origins) in &mapping.context {
        if let Some(value) = found(checked, origins)? {
            builder = builder.context(name, value);
        }
    }
    builder.build().map_err(unclear)
}

/// The first value that is there.
fn found(checked: &Checked<'_>, origins: &Origins) -> Result<Option<Node>, Problem> {
    for origin in origins {
        if let Some(value) = checked.value(origin)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The first value that is there, which must be a text.
fn text(checked: &Checked<'_>, pointer: &str, origins: &Origins) -> Result<String, Problem> {
    match found(checked, origins)? {
        Some(Node::Text(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(unclear(format!("`{pointer}` would be no text"))),
        None => Err(unclear(format!("nothing says what `{pointer}` is"))),
    }
}

#[cfg(test)]
mod tests;
