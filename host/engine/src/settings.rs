//! What an operator may set about the engine.

use crate::cache::CacheSettings;
use crate::compiler::Compiler;
use crate::configuration::{MemoryStart, Slots};

/// What an operator may set about the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many evaluations may be in flight at once. Default 64; each reserves address space, not memory.
    pub slots: u32,
    /// From how many bytes on a component's memories start as copy-on-write images of its data; those of a smaller component
    /// get its data copied. Default 256 KiB.
    ///
    /// Copying is quicker where there is little to copy, most of all for a host with many tenants: a slot that served
    /// another component before needs no system call (the benchmark `tenants` measures both). Interpreters bring megabytes
    /// of data, of which an evaluation touches little.
    pub image_bytes: usize,
    /// How many unused slots keep the image of the component that used them last. Default 256.
    pub warm_slots: u32,
    /// What compiles components. Default [`Compiler::this_program`]: this program, where its `main` lets it be the worker,
    /// else nothing, so that only what is in the cache can be loaded.
    pub compiler: Option<Compiler>,
    /// Where native code is kept. Default nowhere: every process compiles again.
    pub cache: Option<CacheSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            slots: 64,
            image_bytes: 256 * 1024,
            warm_slots: 256,
            compiler: Compiler::this_program(),
            cache: None,
        }
    }
}

impl Settings {
    /// How the memories of a component of that many bytes start.
    pub(crate) fn memory_start(&self, component_bytes: usize) -> MemoryStart {
        if component_bytes < self.image_bytes {
            MemoryStart::Copied
        } else {
            MemoryStart::Imaged
        }
    }

    pub(crate) fn slots(&self) -> Slots {
        Slots {
            evaluations: self.slots,
            warm: self.warm_slots,
        }
    }
}
