//! The interface `log`: lines for people. They are no observation.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, Linker, WasmStr};

use super::interface;
use crate::guest::Guest;
use crate::log;
use crate::price;

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "the canonical ABI makes them from their numbers")]
enum Level {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

impl From<Level> for log::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => log::Level::Debug,
            Level::Info => log::Level::Info,
            Level::Warn => log::Level::Warn,
            Level::Error => log::Level::Error,
        }
    }
}

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(&interface("log"))?;
    instance.func_wrap(
        "write",
        |store: StoreContextMut<'_, Guest>, (level, message): (Level, WasmStr)| {
            write(store, level.into(), &message)
        },
    )
}

fn write(
    mut store: StoreContextMut<'_, Guest>,
    level: log::Level,
    message: &WasmStr,
) -> wasmtime::Result<()> {
    let message = message.to_str(&store)?.into_owned();
    price::charge(&mut store, price::log_line(message.len()))?;
    let guest = store.data_mut();
    guest.log.write(level, &message, guest.limits.log_bytes);
    Ok(())
}
