//! The one engine of a process: its compiler settings, its pool, its linker and its clock.

use std::io;
use std::sync::Arc;

use wasmtime::component::Linker;

use crate::configuration::{self, Settings};
use crate::guest::Guest;
use crate::setups::Setups;
use crate::{contract, ticker, wasi};

/// The engine. Clones are handles to the same one; it ends with the last.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    engine: wasmtime::Engine,
    linker: Linker<Guest>,
    settings: Settings,
    setups: Setups,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The settings don't suit this machine, mostly because its address space can't hold that many slots.
    #[error("the engine can't be set up with {slots} slots: {detail}")]
    Configuration {
        /// The slots that were asked for.
        slots: u32,
        /// What wasmtime says.
        detail: String,
    },
    /// The thread that counts time can't be started.
    #[error("the thread that counts time can't be started: {0}")]
    Ticker(#[from] io::Error),
}

impl Engine {
    /// Sets up an engine. It reserves address space for its slots and starts one thread.
    ///
    /// # Errors
    /// The settings don't suit this machine, or no thread can be started.
    pub fn new(settings: &Settings) -> Result<Self, EngineError> {
        let refuse = |error: wasmtime::Error| EngineError::Configuration {
            slots: settings.slots,
            detail: format!("{error:#}"),
        };
        let config = configuration::configure(settings).map_err(refuse)?;
        let engine = wasmtime::Engine::new(&config).map_err(refuse)?;
        let linker = linker(&engine).map_err(refuse)?;
        ticker::start(&engine)?;
        let settings = settings.clone();
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                linker,
                settings,
                setups: Setups::new(configuration::SETUP_SLOTS),
            }),
        })
    }

    /// The settings that it was made with.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner.engine
    }

    pub(crate) fn setups(&self) -> &Setups {
        &self.inner.setups
    }

    pub(crate) fn linker(&self) -> &Linker<Guest> {
        &self.inner.linker
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}

/// All that guests may import, and nothing else.
fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    contract::link(&mut linker)?;
    wasi::link(&mut linker)?;
    Ok(linker)
}
