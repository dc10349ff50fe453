//! YAML as a person writes cases in it: the part that means the same as JSON, so that a case can be either.
//!
//! Scalars follow the core schema of YAML 1.2 (`yes` and dates are texts), and a number keeps every digit that was
//! written. What JSON has no word for is refused by name: tags, anchors, several documents, keys that aren't texts, numbers
//! that JSON spells otherwise. No member may appear twice.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use lictor::{Document, JsonBounds, Node, Number};

/// Why a text is no YAML that is accepted, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct YamlError {
    line: usize,
    column: usize,
    reason: String,
}

/// Reads one document.
pub fn parse(text: &str, bounds: &JsonBounds) -> Result<Document, YamlError> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        depth_max: bounds.depth_max,
    };
    let node = reader.document()?;
    Document::from_node_bounded(&node, bounds).map_err(|error| YamlError {
        line: 1,
        column: 1,
        reason: error.to_string(),
    })
}

// From events to a tree.

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    depth_max: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        match self.events.next() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(YamlError {
                line: error.marker().line(),
                column: error.marker().col() + 1,
                reason: error.kind().to_string(),
            }),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn document(&mut self) -> Result<Node, YamlError> {
        let mut node = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::DocumentStart(..) if node.is_some() => {
                    return Err(refuse(&span, "a case file holds one document only"));
                }
                Event::DocumentStart(..) => {
                    let (event, span) = self.next()?;
                    node = Some(self.node(event, &span, 0)?);
                }
                Event::StreamEnd => return node.ok_or_else(|| refuse(&span, "the file is empty")),
                _ => {}
            }
        }
    }

    /// The node that begins with an event.
    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node, YamlError> {
        match event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag)
                if anchor != 0 || tag.is_some() =>
            {
                Err(refuse(span, "anchors, aliases and tags aren't supported"))
            }
            Event::Alias(_) => Err(refuse(span, "anchors, aliases and tags aren't supported")),
            Event::SequenceStart(..) | Event::MappingStart(..) if depth >= self.depth_max => {
                Err(refuse(span, "this is nested too deep"))
            }
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text, span),
            Event::Scalar(text, ..) => Ok(Node::Text(text.into_owned())),
            Event::SequenceStart(..) => self.list(depth + 1),
            Event::MappingStart(..) => self.object(depth + 1),
            _ => Err(refuse(span, "a value is missing")),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Node, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Node::List(items)),
                (event, span) => items.push(self.node(event, &span, depth)?),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Node, YamlError> {
        let mut members = BTreeMap::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Node::Object(members));
            }
            let Node::Text(name) = self.node(event, &span, depth)? else {
                return Err(refuse(
                    &span,
                    "a member's name must be a text: write it in quotes",
                ));
            };
            let (event, value_span) = self.next()?;
            let value = self.node(event, &value_span, depth)?;
            if members.insert(name.clone(), value).is_some() {
                return Err(refuse(&span, format!("the member `{name}` appears twice")));
            }
        }
    }
}

fn refuse(span: &Span, reason: impl Into<String>) -> YamlError {
    YamlError {
        line: span.start.line(),
        column: span.start.col() + 1,
        reason: reason.into(),
    }
}

// Scalars without quotes.

fn plain(text: &str, span: &Span) -> Result<Node, YamlError> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Ok(Node::Null),
        "true" | "True" | "TRUE" => Ok(Node::Boolean(true)),
        "false" | "False" | "FALSE" => Ok(Node::Boolean(false)),
        _ if looks_like_number(text) => match Number::parse(text) {
            Ok(number) => Ok(Node::Number(number)),
            Err(error) => Err(refuse(
                span,
                format!("`{text}` is neither a number of JSON nor in quotes: {error}"),
            )),
        },
        _ => Ok(Node::Text(text.to_owned())),
    }
}

/// Whether YAML 1.2 takes a scalar without quotes as a number (section 10.3.2 of its specification).
fn looks_like_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let special =
        [".inf", ".Inf", ".INF"].contains(&unsigned) || [".nan", ".NaN", ".NAN"].contains(&text);
    let of_base = |prefix: &str, base| {
        let digits = text.strip_prefix(prefix);
        digits.is_some_and(|it| !it.is_empty() && it.chars().all(|digit| digit.is_digit(base)))
    };
    special || of_base("0o", 8) || of_base("0x", 16) || is_decimal(unsigned)
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_decimal(unsigned: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let some_digit = !whole.is_empty() || !fraction.is_empty();
    exponent_fits && some_digit && digits(whole) && digits(fraction)
}

#[cfg(test)]
mod tests;
