//! The one engine of a process: its compiler settings, its pools, its linkers and its clock.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lictor_policy::{Digest, TenantName};
use wasmtime::component::Linker;

use crate::cache::{Cache, CacheError};
use crate::configuration::{self, MemoryStart};
use crate::fences::Fences;
use crate::fingerprint::Fingerprint;
use crate::guest::Guest;
use crate::load::{Loaded, LoadedWeak};
use crate::places::Places;
use crate::settings::Settings;
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
    cache: Option<Cache>,
    /// Where there is no compilation yet, nothing.
    fences: Mutex<Option<Fences>>,
    /// What is loaded, by the component's digest, so that all who load the same bytes share their native code.
    shared: Mutex<HashMap<Digest, LoadedWeak>>,
}

/// wasmtime with slots of its own. How memories start is fixed for all that it compiles, so there is one for each way.
pub(crate) struct Pool {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) linker: Linker<Guest>,
    pub(crate) start: MemoryStart,
    pub(crate) fingerprint: Fingerprint,
}

/// What the pools of an engine hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolUse {
    /// Instances of components.
    pub instances: u64,
    /// Their memories.
    pub memories: u64,
    /// Bytes that are kept for memories that nobody uses now.
    pub kept_bytes: u64,
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
    /// The cache of native code can't be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
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
        let cache = settings.cache.as_ref().map(Cache::open).transpose()?;
        let copied = Pool::new(settings, MemoryStart::Copied).map_err(refuse)?;
        let imaged = Pool::new(settings, MemoryStart::Imaged).map_err(refuse)?;
        ticker::start([&copied.wasmtime, &imaged.wasmtime])?;
        let settings = settings.clone();
        let at_once = settings.compiler.as_ref().map_or(1, |it| it.at_once.max(1));
        Ok(Self {
            inner: Arc::new(Inner {
                copied,
                imaged,
                settings,
                setups: Places::new(configuration::SETUP_SLOTS),
                compilations: Places::new(at_once),
                cache,
                fences: Mutex::default(),
                shared: Mutex::default(),
            }),
        })
    }

    /// The settings that it was made with.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// What its pools hold now.
    pub fn pool_use(&self) -> PoolUse {
        let pools = [&self.inner.copied, &self.inner.imaged];
        let metrics = pools.map(|pool| pool.wasmtime.pooling_allocator_metrics());
        metrics
            .into_iter()
            .flatten()
            .fold(PoolUse::default(), |used, pool| PoolUse {
                instances: used.instances + pool.component_instances(),
                memories: used.memories + pool.memories() as u64,
                kept_bytes: used.kept_bytes + pool.unused_memory_bytes_resident() as u64,
            })
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

    /// The loaded component of this digest for a tenant, while somebody keeps it.
    pub(crate) fn loaded(&self, component: Digest, tenant: &TenantName) -> Option<Loaded> {
        self.shared().get(&component)?.upgrade(tenant)
    }

    /// Lets others share a loaded component for as long as somebody keeps it.
    pub(crate) fn share(&self, loaded: &Loaded) {
        let mut shared = self.shared();
        // Looking through all of them each time would take long where there are many.
        if shared.len() == shared.capacity() {
            shared.retain(|_, weak| weak.is_kept());
        }
        shared.insert(loaded.digest(), loaded.downgrade());
    }

    fn shared(&self) -> MutexGuard<'_, HashMap<Digest, LoadedWeak>> {
        self.inner
            .shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn cache(&self) -> Option<&Cache> {
        self.inner.cache.as_ref()
    }

    pub(crate) fn fingerprints(&self) -> [Fingerprint; 2] {
        [self.inner.copied.fingerprint, self.inner.imaged.fingerprint]
    }

    pub(crate) fn note_fences(&self, fences: Fences) {
        *self.fences() = Some(fences);
    }

    pub(crate) fn last_fences(&self) -> Option<Fences> {
        *self.fences()
    }

    fn fences(&self) -> MutexGuard<'_, Option<Fences>> {
        self.inner
            .fences
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    fn new(settings: &Settings, start: MemoryStart) -> wasmtime::Result<Self> {
        let config = configuration::configure(settings.slots(), start)?;
        let wasmtime = wasmtime::Engine::new(&config)?;
        let linker = linker(&wasmtime)?;
        let fingerprint = Fingerprint::of(&wasmtime);
        Ok(Self {
            wasmtime,
            linker,
            start,
            fingerprint,
        })
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
