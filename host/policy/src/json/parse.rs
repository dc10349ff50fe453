//! Reads JSON text into a document in one pass. Must never recurse: depth is a list of open containers, with a bound.

use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, LinePosition, Peek};

use super::{JsonBounds, JsonError, Place};
use crate::document::{Around, Builder};
use crate::{Document, Number};

/// Reads a text within bounds.
pub(crate) fn parse(text: &[u8], bounds: &JsonBounds) -> Result<Document, JsonError> {
    let JsonBounds {
        noun, bytes_max, ..
    } = *bounds;
    if text.len() > bytes_max {
        return Err(JsonError::TooLarge {
            noun,
            bytes: text.len(),
            bytes_max,
        });
    }
    if text.trim_ascii().is_empty() {
        return Err(JsonError::Empty { noun });
    }
    let mut reader = Reader {
        text,
        tokens: Jiter::new(text),
        builder: Builder::new(text.len(), bounds),
    };
    reader.read()?;
    Ok(reader.builder.finish())
}

struct Reader<'a> {
    text: &'a [u8],
    tokens: Jiter<'a>,
    builder: Builder,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), JsonError> {
        let mut next = Some(self.peek()?);
        while let Some(first) = next {
            next = match self.value(first)? {
                Some(inner) => Some(inner),
                None => self.step()?,
            };
        }
        self.tokens
            .finish()
            .map_err(|error| refuse(self.text, &error, Place::default()))
    }

    fn peek(&mut self) -> Result<Peek, JsonError> {
        self.tokens
            .peek()
            .map_err(|error| refuse(self.text, &error, self.builder.place()))
    }

    /// Reads one value; of a container that isn't empty only the beginning, and gives what its first value begins with.
    fn value(&mut self, first: Peek) -> Result<Option<Peek>, JsonError> {
        match first {
            Peek::Object => return self.object(),
            Peek::Array => return self.list(),
            Peek::String => {
                let text = self.tokens.known_str();
                let text =
                    text.map_err(|error| refuse(self.text, &error, begun(&mut self.builder)))?;
                self.builder.text(text)?;
            }
            Peek::True | Peek::False => {
                let boolean = self.tokens.known_bool(first);
                let boolean =
                    boolean.map_err(|error| refuse(self.text, &error, begun(&mut self.builder)))?;
                self.builder.boolean(boolean)?;
            }
            Peek::Null => {
                let null = self.tokens.known_null();
                null.map_err(|error| refuse(self.text, &error, begun(&mut self.builder)))?;
                self.builder.null()?;
            }
            _ => self.number(first)?,
        }
        Ok(None)
    }

    fn object(&mut self) -> Result<Option<Peek>, JsonError> {
        self.builder.open_object()?;
        let key = self.tokens.known_object();
        match key.map_err(|error| refuse(self.text, &error, self.builder.container()))? {
            Some(key) => self.builder.key(key)?,
            None => return self.builder.close().map(|()| None),
        }
        self.peek().map(Some)
    }

    fn list(&mut self) -> Result<Option<Peek>, JsonError> {
        self.builder.open_list()?;
        let first = self.tokens.known_array();
        match first.map_err(|error| refuse(self.text, &error, self.builder.container()))? {
            Some(first) => Ok(Some(first)),
            None => self.builder.close().map(|()| None),
        }
    }

    fn number(&mut self, first: Peek) -> Result<(), JsonError> {
        let start = self.tokens.current_index();
        let number = match self.tokens.known_number_bytes(first) {
            Ok(text) => Number::parse_bytes(text),
            // Beyond the digits that jiter takes, which are more than ours.
            Err(JiterError {
                error_type: JiterErrorType::JsonError(JsonErrorType::NumberOutOfRange),
                ..
            }) => Number::parse_bytes(number_text(self.text.get(start..).unwrap_or_default())),
            Err(error) => return Err(refuse(self.text, &error, begun(&mut self.builder))),
        };
        let number = number.map_err(|error| JsonError::Number {
            place: begun(&mut self.builder),
            error,
        })?;
        self.builder.number(&number)
    }

    /// Goes on after a value: to the next one, out of the containers that end here.
    fn step(&mut self) -> Result<Option<Peek>, JsonError> {
        loop {
            match self.builder.around() {
                Around::Nothing => return Ok(None),
                Around::List => {
                    let next = self.tokens.array_step();
                    if let Some(next) =
                        next.map_err(|error| refuse(self.text, &error, self.builder.container()))?
                    {
                        return Ok(Some(next));
                    }
                }
                Around::Object => {
                    let key = self.tokens.next_key();
                    if let Some(key) =
                        key.map_err(|error| refuse(self.text, &error, self.builder.container()))?
                    {
                        self.builder.key(key)?;
                        return self.peek().map(Some);
                    }
                }
            }
            self.builder.close()?;
        }
    }
}

/// The place of a scalar that can't be read: it counts as begun, so that an item of a list gets its number.
fn begun(builder: &mut Builder) -> Place {
    match builder.null() {
        Ok(()) => builder.place(),
        Err(_) => builder.container(),
    }
}

/// All that could belong to the number at the front.
fn number_text(text: &[u8]) -> &[u8] {
    let belongs =
        |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    let end = text
        .iter()
        .position(|byte| !belongs(byte))
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

// --- Messages ------------------------------------------------------------------------------------------------------

fn refuse(text: &[u8], error: &JiterError, place: Place) -> JsonError {
    let LinePosition { line, column } = LinePosition::find(text, error.index);
    let reason = match &error.error_type {
        JiterErrorType::JsonError(kind) => reason(kind),
        JiterErrorType::WrongType { .. } => "no value begins",
    };
    JsonError::Syntax {
        reason,
        line,
        column,
        place,
    }
}

fn reason(kind: &JsonErrorType) -> &'static str {
    use JsonErrorType as Kind;
    match kind {
        Kind::EofWhileParsingList
        | Kind::EofWhileParsingObject
        | Kind::EofWhileParsingString
        | Kind::EofWhileParsingValue => "the text ends too early",
        Kind::ExpectedColon => "a `:` is missing",
        Kind::ExpectedListCommaOrEnd => "a `,` or `]` is missing",
        Kind::ExpectedObjectCommaOrEnd => "a `,` or `}` is missing",
        Kind::ExpectedSomeIdent | Kind::ExpectedSomeValue => "no value begins",
        Kind::InvalidEscape => "an escape is malformed",
        Kind::InvalidNumber | Kind::NumberOutOfRange | Kind::FloatExpectingInt => {
            "a number is malformed"
        }
        Kind::InvalidUnicodeCodePoint => "the text is not UTF-8",
        Kind::ControlCharacterWhileParsingString => "a control character is not escaped",
        Kind::KeyMustBeAString => "the name of a member is missing",
        Kind::LoneLeadingSurrogateInHexEscape | Kind::UnexpectedEndOfHexEscape => {
            "half of a surrogate pair stands alone"
        }
        Kind::TrailingComma => "nothing follows a `,`",
        Kind::TrailingCharacters => "something follows the value",
        Kind::DuplicateKey(_) | Kind::InternalError(_) | Kind::RecursionLimitExceeded => {
            "the text can't be read"
        }
    }
}
