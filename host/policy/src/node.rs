//! A JSON tree that is built by hand, for requests made field by field and for tests.
//!
//! Must never be kept: what stays is a [`Document`](crate::Document).

use std::collections::BTreeMap;

use crate::Number;

/// An owned JSON tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Node {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// Any number.
    Number(Number),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object.
    Object(BTreeMap<String, Node>),
}

impl Node {
    /// An object of these members; of members of one name the last one stays.
    pub fn object<K: Into<String>, V: Into<Node>>(
        members: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self::Object(
            members
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }

    /// A list of these items.
    pub fn list<V: Into<Node>>(items: impl IntoIterator<Item = V>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<bool> for Node {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl From<i32> for Node {
    fn from(integer: i32) -> Self {
        Self::Integer(integer.into())
    }
}

impl From<u32> for Node {
    fn from(integer: u32) -> Self {
        Self::Integer(integer.into())
    }
}

impl From<i64> for Node {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<u64> for Node {
    fn from(integer: u64) -> Self {
        match i64::try_from(integer) {
            Ok(integer) => Self::Integer(integer),
            Err(_) => Self::Number(Number::Decimal(integer.to_string())),
        }
    }
}

impl From<Number> for Node {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Node>> From<Vec<T>> for Node {
    fn from(items: Vec<T>) -> Self {
        Self::list(items)
    }
}

impl<T: Into<Node>, const N: usize> From<[T; N]> for Node {
    fn from(items: [T; N]) -> Self {
        Self::list(items)
    }
}

impl<T: Into<Node>> From<Option<T>> for Node {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<BTreeMap<String, Node>> for Node {
    fn from(members: BTreeMap<String, Node>) -> Self {
        Self::Object(members)
    }
}
