//! The WebAssembly features that a component may use: a list of what is allowed, not of what is forbidden.
//!
//! wasmtime has switches of its own, but some are missing where it is built without a part, some must be on for the code
//! that it makes itself, and another crate of the same build can bring features back. So what comes from outside is
//! validated against this list before any of that looks at it.

use wasmparser::{Validator, WasmFeatures};

use crate::refusal::Refusal;

/// WebAssembly 2.0 without references to the host's objects, plus constant expressions that add and multiply, which
/// toolchains emit for positions of data.
const ALLOWED: WasmFeatures = WasmFeatures::WASM2
    .difference(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::BULK_MEMORY_OPT)
    .union(WasmFeatures::CALL_INDIRECT_OVERLONG)
    .union(WasmFeatures::COMPONENT_MODEL);

/// What is allowed, as text, for the fingerprint of native code.
pub(crate) fn describe() -> String {
    format!("{ALLOWED:?}")
}

/// Refuses bytes that are no valid component of these features.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Refusal> {
    Validator::new_with_features(ALLOWED)
        .validate_all(bytes)
        .map(drop)
        .map_err(|error| Refusal::Invalid {
            detail: error.to_string(),
        })
}
