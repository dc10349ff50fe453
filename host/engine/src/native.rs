//! Where native code becomes something that can be run. What else is unsafe in the host stands in `worker/close.rs`.
//!
//! wasmtime runs native code as it is. It checks the version, the settings and the processor's features that the code was made
//! with, and nothing about the code. So what comes here must come from this host's compiler: directly, or through the cache,
//! whose authentication code says so. The two types that are taken prove it.

#![expect(
    unsafe_code,
    reason = "wasmtime can't check native code, so taking it is a promise: that it came from this host's compiler"
)]

use wasmtime::component::Component;

use crate::cache::Authentic;
use crate::compiler::Native;

/// Copies what a worker has just answered.
///
/// # Errors
/// It is for another version, other settings or another processor.
pub(crate) fn copy(engine: &wasmtime::Engine, native: &Native) -> wasmtime::Result<Component> {
    // SAFETY: `Native` holds only what a compile worker of this host answered, a process that was started for this one
    // component and of which nothing outlives it. That the compiler itself makes right code is trusted, wherever it runs.
    unsafe { Component::deserialize(engine, native.code()) }
}

/// Maps a file of the cache.
///
/// # Errors
/// It is for another version, other settings or another processor, or can't be mapped.
pub(crate) fn map(engine: &wasmtime::Engine, file: &Authentic) -> wasmtime::Result<Component> {
    // SAFETY: `Authentic` is a file all of whose bytes were authenticated under this host's key through the very descriptor
    // that is mapped here, so they are what a compile worker of this host once answered for this component. The mapping is
    // private but sees later writes; the file may be written by nobody (its mode is 0400), and lies in a folder that only
    // this host's user may enter. Whoever can act as that user can also write to this process directly.
    unsafe { Component::deserialize_file(engine, file.path()) }
}
