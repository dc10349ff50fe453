//! The interfaces `request`, `data` and `parameters`: three questions each about a JSON value, and tests of it.
//!
//! Each question is counted, answered from what the evaluation sees, recorded and charged, in this order.

use std::borrow::Cow;
use std::fmt;

use lictor_policy::{
    Criterion, Fault, Item, Observations, PointerError, PointerRef, Predicate, Source, Sources,
    Tested,
};
use wasmtime::component::{Linker, WasmStr};
use wasmtime::{Error, StoreContextMut};

use super::interface;
use super::predicates::{Operand, Relation, test};
use super::types::Value;
use crate::guest::{Guest, Sight};
use crate::price;

type Asking<'a> = StoreContextMut<'a, Guest>;

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    for source in [Source::Request, Source::Data, Source::Parameters] {
        let mut instance = linker.instance(&interface(source.as_str()))?;
        instance.func_wrap("get", move |store: Asking<'_>, (pointer,): (WasmStr,)| {
            get(store, source, &pointer)
        })?;
        instance.func_wrap("count", move |store: Asking<'_>, (pointer,): (WasmStr,)| {
            count(store, source, &pointer)
        })?;
        instance.func_wrap("keys", move |store: Asking<'_>, (pointer,): (WasmStr,)| {
            keys(store, source, &pointer)
        })?;
    }
    for source in [Source::Request, Source::Data] {
        let mut instance = linker.instance(&interface(source.as_str()))?;
        instance.func_wrap(
            "test",
            move |store: Asking<'_>, (pointer, relation, operand): (WasmStr, Relation, Operand)| {
                test(store, source, &pointer, relation, &operand)
            },
        )?;
    }
    Ok(())
}

fn get(
    mut store: Asking<'_>,
    source: Source,
    pointer: &WasmStr,
) -> wasmtime::Result<(Option<Value>,)> {
    let (answer, cost) = {
        let asked = Asked::new(&store, source, "get", pointer)?;
        let found = asked
            .item()?
            .map(|item| item.value(asked.guest.limits.answer_bytes))
            .transpose();
        let answer = found.map_err(|_| asked.too_large())?;
        asked.record(|observations| {
            observations.push_get(source, &asked.pointer, answer.as_ref())
        })?;
        let bytes = answer.as_ref().map_or(0, lictor_policy::Value::byte_len);
        (answer, asked.price(bytes))
    };
    price::charge(&mut store, cost)?;
    Ok((answer.map(Value::from),))
}

fn count(
    mut store: Asking<'_>,
    source: Source,
    pointer: &WasmStr,
) -> wasmtime::Result<(Option<u32>,)> {
    let (answer, cost) = {
        let asked = Asked::new(&store, source, "count", pointer)?;
        let answer = asked.count()?;
        asked.record(|observations| observations.push_count(source, &asked.pointer, answer))?;
        (answer, asked.price(0))
    };
    price::charge(&mut store, cost)?;
    Ok((answer,))
}

fn keys(
    mut store: Asking<'_>,
    source: Source,
    pointer: &WasmStr,
) -> wasmtime::Result<(Option<Vec<String>>,)> {
    let (answer, cost) = {
        let asked = Asked::new(&store, source, "keys", pointer)?;
        let (answer, bytes) = asked.keys()?;
        asked.record(|observations| {
            observations.push_keys(source, &asked.pointer, answer.as_deref())
        })?;
        (answer, asked.price(bytes))
    };
    price::charge(&mut store, cost)?;
    Ok((answer,))
}

/// What the host adds to the bytes of each name in a list of them: where it stands and how long it is.
const NAME_OVERHEAD_BYTES: usize = 8;

/// One question, after it was counted and its pointer read.
pub(super) struct Asked<'a> {
    guest: &'a Guest,
    source: Source,
    function: &'static str,
    pub(super) pointer: Cow<'a, str>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        store: &'a Asking<'_>,
        source: Source,
        function: &'static str,
        pointer: &WasmStr,
    ) -> wasmtime::Result<Self> {
        let guest = store.data();
        guest.count_question().map_err(Error::new)?;
        Ok(Self {
            guest,
            source,
            function,
            pointer: pointer.to_str(store)?,
        })
    }

    fn parsed(&self) -> wasmtime::Result<PointerRef<'_>> {
        PointerRef::parse(&self.pointer).map_err(|error| self.malformed(&error))
    }

    /// Where the pointer leads.
    fn item(&self) -> wasmtime::Result<Option<Item<'_>>> {
        let pointer = self.parsed()?;
        match self.source {
            Source::Parameters => Ok(self.guest.parameters.find(&pointer)),
            Source::Request => Ok(self.sight()?.request.document().find(&pointer)),
            Source::Data => Ok(self.sight()?.data.find(&pointer)),
        }
    }

    fn count(&self) -> wasmtime::Result<Option<u32>> {
        match self.source {
            Source::Data => Ok(self.sight()?.data.count(&self.parsed()?)),
            _ => Ok(self.item()?.and_then(|item| item.count())),
        }
    }

    /// The names of the members with what they take as an answer, in bytes.
    fn keys(&self) -> wasmtime::Result<(Option<Vec<String>>, usize)> {
        let names: Option<Box<dyn Iterator<Item = &str>>> = match self.source {
            Source::Data => self
                .sight()?
                .data
                .keys(&self.parsed()?)
                .map(|names| Box::new(names) as _),
            _ => self
                .item()?
                .and_then(|item| item.keys())
                .map(|names| Box::new(names) as _),
        };
        let Some(names) = names else {
            return Ok((None, 0));
        };
        let mut answer = Vec::new();
        let mut bytes = 0;
        for name in names {
            bytes += name.len() + NAME_OVERHEAD_BYTES;
            if bytes > self.guest.limits.answer_bytes {
                return Err(self.too_large());
            }
            answer.push(name.to_owned());
        }
        Ok((Some(answer), bytes))
    }

    /// Puts a predicate to the value.
    pub(super) fn test(&self, predicate: &Predicate) -> wasmtime::Result<Tested> {
        let sight = self.sight()?;
        let sources = Sources {
            request: sight.request.document(),
            data: &sight.data,
            parameters: &self.guest.parameters,
        };
        let criterion = Criterion::new(predicate).map_err(|error| self.malformed(&error))?;
        let tested = criterion.test(sources.find(self.source, &self.parsed()?), &sources);
        let sum = &self.guest.tested_bytes;
        sum.set(sum.get().saturating_add(tested.bytes as u64));
        Ok(tested)
    }

    fn sight(&self) -> wasmtime::Result<&'a Sight> {
        self.guest.sight(self).map_err(Error::new)
    }

    /// Records the observation. Parameters are fixed by the revision, so asking for them is none.
    ///
    /// # Errors
    /// The evaluation has made more observations than the host keeps, in bytes.
    pub(super) fn record(&self, push: impl FnOnce(&mut Observations)) -> wasmtime::Result<()> {
        if self.source == Source::Parameters {
            return Ok(());
        }
        let mut observations = self.guest.observations.borrow_mut();
        push(&mut observations);
        let limit = self.guest.limits.observation_bytes;
        if observations.as_bytes().len() > limit {
            return Err(Error::new(Fault::ObservationsTooLarge { limit }));
        }
        Ok(())
    }

    fn price(&self, answer_bytes: usize) -> u64 {
        price::look(self.source, self.pointer.len(), answer_bytes)
    }

    fn malformed(&self, error: &PointerError) -> Error {
        Error::new(Fault::PointerMalformed {
            question: self.to_string(),
            detail: error.to_string(),
        })
    }

    fn too_large(&self) -> Error {
        Error::new(Fault::AnswerTooLarge {
            question: self.to_string(),
            limit: self.guest.limits.answer_bytes,
        })
    }
}

/// The most bytes of a pointer that a fault repeats.
const SHOWN_POINTER_BYTES_MAX: usize = 200;

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.pointer.floor_char_boundary(SHOWN_POINTER_BYTES_MAX);
        let (shown, rest) = self.pointer.split_at(shown);
        let more = if rest.is_empty() { "" } else { "…" };
        write!(
            f,
            "{}.{} {shown}{more}",
            self.source.as_str(),
            self.function
        )
    }
}
