//! The verbs by their names: for surfaces that have a place of its own for each, such as a path.
//!
//! The names are those that the verbs have as JSON, told by what reads them: no list that a new verb could be missing from.

use std::fmt;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor,
};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use super::refused::{Refused, Turn};
use super::verb::Verb;

impl Verb {
    /// The names of all verbs, in their order: `tenant-add` and so on.
    pub fn names() -> &'static [&'static str] {
        let mut listening = Listening(&[]);
        // It hears the names, and then has nothing to say.
        drop(Verb::deserialize(&mut listening));
        listening.0
    }

    /// The verb of a name with its members: the text of a JSON object.
    ///
    /// # Errors
    /// There is no verb of that name, or the members aren't what it has.
    pub fn named(name: &str, members: &[u8]) -> Result<Self, Refused> {
        let mut members = serde_json::Deserializer::from_slice(members);
        let named = Named {
            name,
            members: &mut members,
        };
        let verb = Verb::deserialize(named).and_then(|verb| members.end().map(|()| verb));
        verb.map_err(|error| Refused::new(Turn::Caller, error))
    }
}

/// Hears which variants an enum has.
struct Listening(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Listening {
    type Error = Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0 = variants;
        Err(Error::custom("its names are known"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("it has no names"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

type Members<'a, 'de> = &'a mut serde_json::Deserializer<serde_json::de::SliceRead<'de>>;

/// A variant by its name, whose members stand in a text of their own.
struct Named<'a, 'de> {
    name: &'a str,
    members: Members<'a, 'de>,
}

impl fmt::Debug for Named<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<'de> Deserializer<'de> for Named<'_, 'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'a, 'de> EnumAccess<'de> for Named<'a, 'de> {
    type Error = serde_json::Error;
    type Variant = Only<'a, 'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), Self::Error> {
        let name: StrDeserializer<'_, Self::Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Only(self.members)))
    }
}

/// The members of a variant, which are named.
struct Only<'a, 'de>(Members<'a, 'de>);

impl<'de> VariantAccess<'de> for Only<'_, 'de> {
    type Error = serde_json::Error;

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        // An object and no list, which a structure might be read of too.
        self.0.deserialize_map(visitor)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, Self::Error> {
        seed.deserialize(self.0)
    }

    fn unit_variant(self) -> Result<(), Self::Error> {
        Err(Self::Error::custom("a verb has members"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("a verb's members have names"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_text() {
        let names = Verb::names();
        assert!(names.len() > 30, "{names:?}");
        for name in names {
            let error = serde_json::from_str::<Verb>(&format!("{{\"{name}\": 0}}")).unwrap_err();
            assert!(!error.to_string().contains("unknown variant"), "{name}");
        }
    }

    #[test]
    fn a_verb_is_read_by_its_name() {
        let read = |name, members: &str| Verb::named(name, members.as_bytes());
        let tenant = "bank".parse().unwrap();
        let removed = read("tenant-remove", r#"{"tenant": "bank"}"#);
        assert_eq!(removed, Ok(Verb::TenantRemove { tenant }));
        assert_eq!(read("status", " {} "), Ok(Verb::Status {}));
        for (name, members) in [
            ("tenant-burn", "{}"),
            ("status", ""),
            ("status", "[]"),
            ("status", r#"["a"]"#),
            ("status", "null"),
            ("status", r#"{"now": true}"#),
            ("status", "{} {}"),
            ("status", r#"{}, "clock-accept": {}"#),
            ("tenant-remove", "{}"),
            ("tenant-remove", r#"["bank"]"#),
            ("tenant-remove", r#"{"tenant": "Bank"}"#),
            ("tenant-remove", r#"{"tenant": "bank", "tenant": "shop"}"#),
        ] {
            let refused = read(name, members).unwrap_err();
            assert_eq!(refused.turn, Turn::Caller, "{name} {members}");
        }
    }
}
