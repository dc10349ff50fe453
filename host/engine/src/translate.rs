//! From a component's bytes to a program: out of the cache, or else through a compile worker.
//!
//! What runs where: size and kind are looked at, the digest is taken and the component is validated in this process, all in
//! time proportional to its bytes; only compiling is left to a worker. Imports and exports are checked on the native code's
//! own description, each time it is loaded.

use std::io;

use lictor_artifact::Verified;
use lictor_policy::{Digest, Limits, TenantName};
use wasmtime::component::Component;

use crate::cache::{CacheCounts, CacheEntry, Kind, Meaning};
use crate::compiler::Job;
use crate::contract::Exports;
use crate::engine::{Engine, Pool};
use crate::fences::Fences;
use crate::load::Program;
use crate::refusal::Refusal;
use crate::{features, imports, native};

/// What the bytes of a component are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given {
    /// What somebody gave, with its digest: hostile.
    Component(Digest),
    /// What this host made of a checked component, so that its set-up can be snapshotted.
    Instrumented,
    /// A snapshot that this host made for the binding of this revision.
    Snapshot(Digest),
}

/// Where a component's native code came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// It was in the cache.
    Found,
    /// It was compiled, and is in the cache now if it could be kept.
    Compiled,
}

impl Engine {
    /// Gets native code, checks imports and exports, and resolves the imports. What has to be compiled is so in the tenant's turn.
    pub(crate) fn translate(
        &self,
        bytes: &[u8],
        given: Given,
        tenant: &TenantName,
    ) -> Result<(Program, Filled), Refusal> {
        let pool = self.pool(bytes.len());
        let (kind, component) = match given {
            Given::Component(digest) => (Kind::Given, digest),
            Given::Instrumented => (Kind::Instrumented, Digest::of(bytes)),
            Given::Snapshot(revision) => (Kind::Snapshot(revision), Digest::of(bytes)),
        };
        let meaning = Meaning {
            engine: pool.fingerprint,
            start: pool.start,
            kind,
            component,
        };
        if let Some(component) = self.find(pool, &meaning) {
            return Ok((pool.link(component)?, Filled::Found));
        }
        if let Given::Component(_) = given {
            // Not for what is found: the fingerprint covers what is allowed, so it was checked then.
            features::check(bytes)?;
        }
        self.compile(pool, &meaning, bytes, tenant)
    }

    fn compile(
        &self,
        pool: &Pool,
        meaning: &Meaning,
        bytes: &[u8],
        tenant: &TenantName,
    ) -> Result<(Program, Filled), Refusal> {
        let compiler = self.settings().compiler.as_ref();
        let compiler = compiler.ok_or(Refusal::NoCompiler)?;
        let place = self.compilations().take(tenant);
        // Somebody may have compiled it while this one waited.
        if let Some(component) = self.find(pool, meaning) {
            return Ok((pool.link(component)?, Filled::Found));
        }
        let native = compiler.compile(&Job {
            fingerprint: pool.fingerprint,
            start: pool.start,
            bytes,
        })?;
        drop(place);
        self.note_fences(native.fences);
        let draft = self.cache().and_then(|cache| cache.draft(meaning, &native));
        let mapped = draft
            .as_ref()
            .and_then(|draft| native::map(&pool.wasmtime, draft.authentic()).ok());
        // Where it isn't kept or can't be mapped it need not be: a copy is as good.
        let component = match mapped {
            Some(component) => Ok(component),
            None => native::copy(&pool.wasmtime, &native),
        };
        // The worker has the fingerprint of this engine, so what doesn't fit is mostly what the pool has for one component.
        let component = component.map_err(|error| Refusal::Invalid {
            detail: format!("{error:#}"),
        })?;
        let program = pool.link(component)?;
        // Only what can be used is kept.
        if let (Some(cache), Some(draft)) = (self.cache(), draft) {
            cache.publish(draft);
        }
        Ok((program, Filled::Compiled))
    }

    fn find(&self, pool: &Pool, meaning: &Meaning) -> Option<Component> {
        let cache = self.cache()?;
        let file = cache.find(meaning)?;
        let component = native::map(&pool.wasmtime, &file);
        if component.is_err() {
            cache.note_damaged();
        }
        component.ok()
    }
}

// What an operator sees.
impl Engine {
    /// Puts a component's native code into the cache unless it is there, so that loading it will be quick: for instance with
    /// a new version of this program, while the old one still serves from the same cache.
    ///
    /// What a set-up makes of it is not among it, since that depends on parameters.
    ///
    /// # Errors
    /// As for [`Engine::load`].
    pub fn fill_cache(&self, verified: &Verified, limits: &Limits) -> Result<Filled, Refusal> {
        self.load_noting(verified, limits).map(|(_, filled)| filled)
    }

    /// What the cache has done; all zero where there is none.
    pub fn cache_counts(&self) -> CacheCounts {
        self.cache()
            .map(crate::cache::Cache::counts)
            .unwrap_or_default()
    }

    /// What is in the cache, the oldest use first. The files are not authenticated for this.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn cache_entries(&self) -> io::Result<Vec<CacheEntry>> {
        let own = self.fingerprints();
        self.cache().map_or(Ok(Vec::new()), |cache| {
            cache.entries(|meaning| own.contains(&meaning.engine))
        })
    }

    /// Removes everything from the cache, other versions' native code too, and says how many files there were. What is loaded
    /// stays loaded.
    ///
    /// # Errors
    /// A file can't be removed.
    pub fn clear_cache(&self) -> io::Result<usize> {
        self.cache().map_or(Ok(0), crate::cache::Cache::clear)
    }

    /// The fences that were up around the last worker that compiled something; `None` before there was one.
    pub fn compile_fences(&self) -> Option<Fences> {
        self.last_fences()
    }
}

impl Pool {
    /// Checks imports and exports, and resolves the imports.
    fn link(&self, component: Component) -> Result<Program, Refusal> {
        imports::check(&self.wasmtime, &component)?;
        let pre = self
            .linker
            .instantiate_pre(&component)
            .map_err(|error| Refusal::Imports {
                detail: format!("{error:#}"),
            })?;
        let exports = Exports::find(&self.wasmtime, &pre)?;
        component
            .initialize_copy_on_write_image()
            .map_err(|error| Refusal::Invalid {
                detail: format!("{error:#}"),
            })?;
        Ok(Program { pre, exports })
    }
}
