//! What a key may sign for: names, or all of them.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of names, or all. In JSON a sorted list of names, `["*"]` for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope<N: Ord> {
    /// Every name.
    All,
    /// These names; an empty set is none.
    Only(BTreeSet<N>),
}

/// A list of names is no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError<E: std::error::Error> {
    /// `*` stands beside names.
    #[error("`*` means all names and stands alone")]
    Star,
    /// A name isn't one.
    #[error(transparent)]
    Name(#[from] E),
}

impl<N: Ord> Scope<N> {
    /// Whether it holds a name.
    pub fn contains(&self, name: &N) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }

    /// The scope of these names alone.
    pub fn only(names: impl IntoIterator<Item = N>) -> Self {
        Self::Only(names.into_iter().collect())
    }

    /// Reads names; a lone `*` is all of them.
    ///
    /// # Errors
    /// A text is no name, or `*` stands beside others.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeError<N::Err>>
    where
        N: FromStr,
        N::Err: std::error::Error,
    {
        let texts: Vec<&str> = texts.into_iter().collect();
        if texts == ["*"] {
            return Ok(Self::All);
        }
        if texts.contains(&"*") {
            return Err(ScopeError::Star);
        }
        let names: Result<_, _> = texts.into_iter().map(N::from_str).collect();
        Ok(Self::Only(names?))
    }
}

impl<N: Ord + Display> Display for Scope<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Only(names) if names.is_empty() => f.write_str("none"),
            Self::Only(names) => {
                for (index, name) in names.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{name}")?;
                }
                Ok(())
            }
        }
    }
}

impl<N: Ord + Serialize> Serialize for Scope<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => ["*"].serialize(serializer),
            Self::Only(names) => names.serialize(serializer),
        }
    }
}

impl<'de, N> Deserialize<'de> for Scope<N>
where
    N: Ord + FromStr,
    N::Err: std::error::Error,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Self::parse(texts.iter().map(String::as_str)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lictor_policy::PolicyName;

    #[test]
    fn a_star_stands_alone() {
        type Policies = Scope<PolicyName>;
        assert_eq!(Policies::parse(["*"]), Ok(Scope::All));
        assert_eq!(Policies::parse([]), Ok(Scope::only([])));
        assert_eq!(Policies::parse(["a", "*"]), Err(ScopeError::Star));
        assert!(Policies::parse(["a*"]).is_err());
        let some = Policies::parse(["b", "a"]).unwrap();
        assert_eq!(serde_json::to_string(&some).unwrap(), r#"["a","b"]"#);
        assert_eq!(some.to_string(), "a, b");
        assert!(some.contains(&"a".parse().unwrap()));
        assert!(!some.contains(&"c".parse().unwrap()));
    }
}
