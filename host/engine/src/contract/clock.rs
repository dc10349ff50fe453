//! The interface `clock`: the time of the request, one moment for the whole evaluation.

use wasmtime::component::Linker;
use wasmtime::{Error, StoreContextMut};

use super::interface;
use crate::guest::Guest;
use crate::price;

type Asking<'a> = StoreContextMut<'a, Guest>;

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(&interface("clock"))?;
    instance.func_wrap("now", |store: Asking<'_>, (): ()| now(store))?;
    instance.func_wrap("before", |store: Asking<'_>, (unix_ms,): (u64,)| {
        before(store, unix_ms)
    })
}

fn now(mut store: Asking<'_>) -> wasmtime::Result<(u64,)> {
    let now_ms = store.data().time("clock.now").map_err(Error::new)?;
    store.data().observations.borrow_mut().push_now(now_ms);
    price::charge(&mut store, price::CLOCK)?;
    Ok((now_ms,))
}

fn before(mut store: Asking<'_>, unix_ms: u64) -> wasmtime::Result<(bool,)> {
    let answer = store.data().time("clock.before").map_err(Error::new)? < unix_ms;
    store
        .data()
        .observations
        .borrow_mut()
        .push_before(unix_ms, answer);
    price::charge(&mut store, price::CLOCK)?;
    Ok((answer,))
}
