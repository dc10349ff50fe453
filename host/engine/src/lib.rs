//! Lictor's sandbox: evaluates one policy component for one decision, in a store of its own, under limits.
//!
//! This crate alone names wasmtime. It knows components, the contract in `wit/` and limits; it knows no tenants, no
//! rollouts and no protocols. What enters it is hostile until checked: a component, its calls into the host, its answer.
//!
//! Progress is typed. Bytes become [`Loaded`] (compiled, its imports and exports checked), and that becomes [`Prepared`]
//! (its parameters accepted, its set-up done). Only what is prepared can be evaluated.
//!
//! Components are compiled in processes of their own: see [`compile_worker_if_asked`].

mod cache;
mod compiler;
mod configuration;
mod contract;
mod deadline;
mod engine;
mod evaluate;
mod features;
mod fences;
mod fingerprint;
mod guest;
mod imports;
mod limiter;
mod load;
mod log;
mod native;
mod places;
mod prepare;
mod price;
mod refusal;
mod settings;
mod snapshot;
mod ticker;
mod translate;
mod trap;
mod wasi;
mod worker;

pub use cache::{CacheCounts, CacheEntry, CacheError, CacheSettings, KeyError};
pub use compiler::Compiler;
pub use configuration::fingerprint;
pub use contract::CONTRACT_VERSION;
pub use engine::{Engine, EngineError, PoolUse};
pub use evaluate::{Evaluation, View};
pub use fences::Fences;
pub use imports::manifest;
pub use load::{Export, Loaded, check_bytes};
pub use log::{Level, Line, Log};
pub use prepare::{Prepared, Start};
pub use price::TESTED_BYTE;
pub use refusal::Refusal;
pub use settings::Settings;
pub use translate::Filled;
pub use worker::{compile_worker, compile_worker_if_asked};
