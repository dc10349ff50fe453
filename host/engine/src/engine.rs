//! The one engine of a process: its compiler settings, its pools, its linkers and its clock.

use std::io;
use std::sync::Arc;

use wasmtime::component::Linker;

use crate::configuration::{self, MemoryStart, Settings};
use crate::guest::Guest;
use crate::places::Places;
use crate::{contract, ticker, wasi};

/// The engine. Clones are handles to the same one; it ends with the last.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    copied: Pool,
    imaged: Pool,
    settings: Settings,
    setups: Places,
    compilations: Places,
}

/// wasmtime with slots of its own. How memories start is fixed for all that it compiles, so there is one for each way.
pub(crate) struct Pool {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) linker: Linker<Guest>,
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
        let copied = Pool::new(settings, MemoryStart::Copied).map_err(refuse)?;
        let imaged = Pool::new(settings, MemoryStart::Imaged).map_err(refuse)?;
        ticker::start([&copied.wasmtime, &imaged.wasmtime])?;
        let settings = settings.clone();
        Ok(Self {
            inner: Arc::new(Inner {
                copied,
                imaged,
                settings,
                setups: Places::new(configuration::SETUP_SLOTS),
                compilations: Places::new(configuration::COMPILATIONS),
            }),
        })
    }

    /// The settings that it was made with.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Where a component of that many bytes belongs.
    pub(crate) fn pool(&self, component_bytes: usize) -> &Pool {
        match self.inner.settings.memory_start(component_bytes) {
            MemoryStart::Copied => &self.inner.copied,
            MemoryStart::Imaged => &self.inner.imaged,
        }
    }

    pub(crate) fn setups(&self) -> &Places {
        &self.inner.setups
    }

    pub(crate) fn compilations(&self) -> &Places {
        &self.inner.compilations
    }
}

impl Pool {
    fn new(settings: &Settings, start: MemoryStart) -> wasmtime::Result<Self> {
        let config = configuration::configure(settings, start)?;
        let wasmtime = wasmtime::Engine::new(&config)?;
        let linker = linker(&wasmtime)?;
        Ok(Self { wasmtime, linker })
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
