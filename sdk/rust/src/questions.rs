//! Typed questions. Must ask the host exactly once per call, so that what a rule reads is what it observes.

use std::fmt;
use std::marker::PhantomData;

use crate::decimal::Decimal;
use crate::json;
use crate::kind::Kind;
use crate::mismatch::Mismatch;
use crate::place::{Place, World};
use crate::value::Value;

/// One place to ask: [`Request`](crate::Request), [`Data`](crate::Data) or [`Parameters`](crate::Parameters).
///
/// Every method takes an RFC 6901 pointer and is one question to the host. Build pointers with parts that come from a request
/// by [`pointer!`](crate::pointer), never by `format!`. A malformed pointer, one of more than 4,096 bytes, an answer of more than 64 KiB
/// and the 1,025th question end the evaluation as a fault of the policy.
///
/// A typed question fails with a [`Mismatch`], which tells absent, null and another kind apart. `?` makes that a fault;
/// [`optional`](crate::Presence::optional) and [`nullable`](crate::Presence::nullable) make it a `None` where that is meant.
pub struct Questions<P> {
    world: World,
    place: PhantomData<P>,
}

impl<P: Place> Questions<P> {
    /// The text at the pointer.
    pub fn text(&self, pointer: &str) -> Result<String, Mismatch> {
        match self.get(pointer) {
            Some(Value::Text(text)) => Ok(text),
            other => self.mismatch(pointer, Kind::Text.as_str(), other),
        }
    }

    /// The boolean at the pointer.
    pub fn boolean(&self, pointer: &str) -> Result<bool, Mismatch> {
        match self.get(pointer) {
            Some(Value::Boolean(boolean)) => Ok(boolean),
            other => self.mismatch(pointer, Kind::Boolean.as_str(), other),
        }
    }

    /// The number at the pointer where it is integral and fits 64 bits, however it was written: `1`, `1.0`, `10e-1`.
    pub fn integer(&self, pointer: &str) -> Result<i64, Mismatch> {
        match self.get(pointer) {
            Some(Value::Integer(integer)) => Ok(integer),
            other => self.mismatch(pointer, Kind::Integer.as_str(), other),
        }
    }

    /// The number at the pointer, exactly, whatever its size.
    pub fn decimal(&self, pointer: &str) -> Result<Decimal, Mismatch> {
        match self.get(pointer) {
            Some(Value::Integer(integer)) => Ok(Decimal::from(integer)),
            Some(Value::Decimal(decimal)) => Ok(decimal),
            other => self.mismatch(pointer, "a number", other),
        }
    }

    /// The list of texts at the pointer. An item of another kind is a mismatch at the item's own pointer.
    pub fn texts(&self, pointer: &str) -> Result<Vec<String>, Mismatch> {
        match self.get(pointer) {
            Some(Value::List(list)) => json::read_texts(&list).map_err(|item| {
                Mismatch::of_item(P::NAME, pointer, item.index, Kind::Text.as_str(), item.kind)
            }),
            other => self.mismatch(pointer, "a list of texts", other),
        }
    }

    /// The value at the pointer, `None` where nothing stands.
    pub fn get(&self, pointer: &str) -> Option<Value> {
        P::get(&self.world, pointer)
    }

    /// How many items the list at the pointer has, or how many members the object; `None` for anything else and where
    /// nothing stands.
    pub fn count(&self, pointer: &str) -> Option<u32> {
        P::count(&self.world, pointer)
    }

    /// The names of the members of the object at the pointer, sorted by code point; `None` for anything else and where
    /// nothing stands.
    pub fn keys(&self, pointer: &str) -> Option<Vec<String>> {
        P::keys(&self.world, pointer)
    }

    pub(crate) fn of(world: &World) -> Self {
        Self {
            world: world.clone(),
            place: PhantomData,
        }
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    fn mismatch<T>(
        &self,
        pointer: &str,
        wanted: &'static str,
        value: Option<Value>,
    ) -> Result<T, Mismatch> {
        Err(Mismatch::of_value(P::NAME, pointer, wanted, value))
    }
}

impl<P> Clone for Questions<P> {
    fn clone(&self) -> Self {
        Self {
            world: self.world.clone(),
            place: PhantomData,
        }
    }
}

impl<P: Place> fmt::Debug for Questions<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(P::NAME)
    }
}
