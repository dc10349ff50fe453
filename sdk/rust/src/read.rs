//! Reading what stands at a pointer into a type of one's own. Feature `serde`.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::mismatch::Mismatch;
use crate::place::Place;
use crate::questions::Questions;
use crate::value::Value;

/// What stands at a pointer can't be read into the type.
#[derive(Debug)]
pub enum ReadError {
    /// Nothing stands there.
    Absent(Mismatch),
    /// The type wants something else.
    Refused {
        /// The pointer.
        pointer: String,
        /// What is wrong, and at which byte of the canonical text.
        error: serde_json::Error,
    },
}

impl<P: Place> Questions<P> {
    /// What stands at the pointer, read into a type of one's own; the empty pointer leads to the whole request or to all
    /// parameters. One question, however large the answer is.
    ///
    /// ```
    /// use lictor_sdk::Fake;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(deny_unknown_fields)]
    /// struct Settings {
    ///     group: String,
    ///     #[serde(default)]
    ///     strict: bool,
    /// }
    ///
    /// let ask = Fake::new().parameters(r#"{"group": "owners"}"#).ask();
    /// let settings: Settings = ask.parameters.read("")?;
    /// assert_eq!((settings.group.as_str(), settings.strict), ("owners", false));
    /// # Ok::<(), lictor_sdk::ReadError>(())
    /// ```
    ///
    /// A number that no integer or floating-point type holds exactly is rounded by serde: read money by
    /// [`decimal`](Questions::decimal).
    pub fn read<T: DeserializeOwned>(&self, pointer: &str) -> Result<T, ReadError> {
        let Some(value) = self.get(pointer) else {
            return Err(ReadError::Absent(Mismatch::new(
                P::NAME,
                pointer,
                "there",
                None,
            )));
        };
        let refused = |error| ReadError::Refused {
            pointer: pointer.to_owned(),
            error,
        };
        match value {
            Value::List(json) | Value::Object(json) => serde_json::from_str(&json).map_err(refused),
            Value::Null => serde_json::from_str("null").map_err(refused),
            Value::Boolean(boolean) => serde_json::from_value(boolean.into()).map_err(refused),
            Value::Integer(integer) => serde_json::from_value(integer.into()).map_err(refused),
            Value::Decimal(decimal) => serde_json::from_str(decimal.as_str()).map_err(refused),
            Value::Text(text) => serde_json::from_value(text.into()).map_err(refused),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(mismatch) => fmt::Display::fmt(mismatch, f),
            Self::Refused { pointer, error } if pointer.is_empty() => fmt::Display::fmt(error, f),
            Self::Refused { pointer, error } => write!(f, "`{pointer}` is refused: {error}"),
        }
    }
}

impl std::error::Error for ReadError {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::{Fake, ReadError};

    #[test]
    fn every_kind_is_read() {
        let parameters =
            r#"{"n": null, "b": true, "i": 7, "d": 0.5, "t": "x", "l": [1], "o": {"k": 2}}"#;
        let asked = Fake::new().parameters(parameters).ask().parameters;
        assert_eq!(asked.read::<Option<u8>>("/n").unwrap(), None);
        assert!(asked.read::<bool>("/b").unwrap());
        assert_eq!(asked.read::<i8>("/i").unwrap(), 7);
        assert_eq!(asked.read::<f64>("/d").unwrap(), 0.5);
        assert_eq!(asked.read::<String>("/t").unwrap(), "x");
        assert_eq!(asked.read::<Vec<u8>>("/l").unwrap(), [1]);
        assert_eq!(
            asked.read::<BTreeMap<String, u8>>("/o").unwrap(),
            BTreeMap::from([("k".to_owned(), 2)])
        );
    }

    #[test]
    fn an_error_names_the_pointer() {
        let asked = Fake::new()
            .parameters(r#"{"limit": "high"}"#)
            .ask()
            .parameters;
        let message = |read: Result<u32, ReadError>| read.unwrap_err().to_string();
        assert_eq!(
            message(asked.read("/other")),
            "`/other` of the parameters must be there and is absent"
        );
        let refused = message(asked.read("/limit"));
        assert!(
            refused.starts_with("`/limit` is refused: invalid type: string \"high\""),
            "{refused}"
        );
    }
}
