//! What a type looks like as JSON, told by what reads it: the same code that refuses a wrong member names the right ones, so that no
//! description of them can be out of date.
//!
//! A type is read along one path at a time, by a reader that has nothing to say but notes what it is asked for.

use std::cell::Cell;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

/// Deeper than any type that is described, and no way to go on for ever.
const DEPTH_MAX: usize = 16;

/// One step into a type.
#[derive(Clone, Copy)]
enum Step {
    Member(&'static str),
    Variant(&'static str),
    Element,
}

/// What stands at the end of a path.
#[derive(Clone, Copy)]
enum Found {
    /// Anything, of which the reader can't say more.
    Anything,
    Boolean,
    Integer,
    Number,
    Text,
    List,
    Map,
    Members(&'static [&'static str]),
    Variants(&'static [&'static str]),
    /// A variant with nothing in it: its name alone.
    Name,
}

/// The schema (JSON Schema 2020-12) of a type.
pub(super) fn schema<'de, T: Deserialize<'de>>() -> Value {
    below(&mut Vec::new(), &|path| {
        let found = Cell::new(Found::Anything);
        // It never comes to a value: what it was asked for is all that is wanted.
        drop(T::deserialize(Reader {
            path,
            found: &found,
        }));
        found.get()
    })
}

fn below(path: &mut Vec<Step>, look: &dyn Fn(&[Step]) -> Found) -> Value {
    if path.len() > DEPTH_MAX {
        return json!({});
    }
    let found = look(path);
    let mut at = |step| {
        path.push(step);
        let schema = below(path, look);
        path.pop();
        schema
    };
    match found {
        Found::Anything | Found::Name => json!({}),
        Found::Boolean => json!({"type": "boolean"}),
        Found::Integer => json!({"type": "integer"}),
        Found::Number => json!({"type": "number"}),
        Found::Text => json!({"type": "string"}),
        Found::List => json!({"type": "array", "items": at(Step::Element)}),
        Found::Map => json!({"type": "object", "additionalProperties": at(Step::Element)}),
        Found::Members(names) => object(names.iter().map(|name| (*name, at(Step::Member(name))))),
        Found::Variants(names) => {
            let variants = names.iter().map(|name| {
                let mut below = path.clone();
                below.push(Step::Variant(name));
                match look(&below) {
                    Found::Name => json!({"const": name}),
                    _ => held(below, name, look),
                }
            });
            json!({"oneOf": variants.collect::<Vec<_>>()})
        }
    }
}

/// A variant with something in it: an object whose one member is named like it.
fn held(mut path: Vec<Step>, name: &'static str, look: &dyn Fn(&[Step]) -> Found) -> Value {
    json!({
        "type": "object",
        "properties": {name: below(&mut path, look)},
        "additionalProperties": false,
        "required": [name],
    })
}

/// An object of these members and no others.
fn object(members: impl Iterator<Item = (&'static str, Value)>) -> Value {
    let members: Map<String, Value> = members.map(|(name, it)| (name.to_owned(), it)).collect();
    json!({"type": "object", "properties": members, "additionalProperties": false})
}

/// Goes along a path, and notes what is asked for at its end.
#[derive(Clone, Copy)]
struct Reader<'a> {
    path: &'a [Step],
    found: &'a Cell<Found>,
}

impl<'a> Reader<'a> {
    fn end<T>(&self, found: Found) -> Result<T, Error> {
        if self.path.is_empty() {
            self.found.set(found);
        }
        Err(Error::custom("this is as far as it goes"))
    }

    /// The same, a step further.
    fn further(&self) -> Option<(Step, Self)> {
        let (step, path) = self.path.split_first()?;
        Some((*step, Self { path, ..*self }))
    }
}

macro_rules! ends {
    ($found:expr => $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            self.end($found)
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Error;

    ends! { Found::Anything => deserialize_any deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_ignored_any }
    ends! { Found::Boolean => deserialize_bool }
    ends! { Found::Integer => deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 }
    ends! { Found::Number => deserialize_f32 deserialize_f64 }
    ends! { Found::Text => deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: V,
    ) -> Result<V::Value, Error> {
        self.end(Found::Anything)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.further() {
            Some((Step::Element, further)) => visitor.visit_seq(further),
            _ => self.end(Found::List),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.further() {
            Some((Step::Element, further)) => visitor.visit_map(Only("a", further)),
            _ => self.end(Found::Map),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.further() {
            Some((Step::Member(name), further)) => visitor.visit_map(Only(name, further)),
            _ => self.end(Found::Members(members)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.further() {
            Some((Step::Variant(name), further)) => visitor.visit_enum(Only(name, further)),
            _ => self.end(Found::Variants(variants)),
        }
    }
}

/// The only element there is.
impl<'de> SeqAccess<'de> for Reader<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        seed.deserialize(*self).map(Some)
    }
}

/// The only member or variant there is, by its name.
struct Only<'a>(&'static str, Reader<'a>);

impl Only<'_> {
    fn name(&self) -> StrDeserializer<'static, Error> {
        self.0.into_deserializer()
    }
}

impl<'de> MapAccess<'de> for Only<'_> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        seed.deserialize(self.name()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.1)
    }
}

impl<'de, 'a> EnumAccess<'de> for Only<'a> {
    type Error = Error;
    type Variant = Reader<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), Error> {
        Ok((seed.deserialize(self.name())?, self.1))
    }
}

impl<'de> VariantAccess<'de> for Reader<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        self.end(Found::Name)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_struct("", members, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[expect(dead_code, reason = "it is only described")]
    enum Odd {
        Plain,
        Held(Option<u8>),
        Named {
            a_b: Vec<bool>,
            c: BTreeMap<String, f64>,
        },
    }

    #[test]
    fn a_type_is_described_by_what_reads_it() {
        let object = |members: Value| json!({"type": "object", "properties": members, "additionalProperties": false});
        let held = json!({"type": "object", "properties": {"held": {"type": "integer"}}, "additionalProperties": false, "required": ["held"]});
        let named = object(json!({
            "a_b": {"type": "array", "items": {"type": "boolean"}},
            "c": {"type": "object", "additionalProperties": {"type": "number"}},
        }));
        let mut of_named = object(json!({"named": named}));
        of_named["required"] = json!(["named"]);
        assert_eq!(
            schema::<Odd>(),
            json!({"oneOf": [{"const": "plain"}, held, of_named]})
        );
    }
}
