//! Lictor's sandbox: evaluates one policy component for one decision, in a store of its own, under limits.
//!
//! This crate alone names wasmtime. It knows components, the contract in `wit/` and limits; it knows no tenants, no
//! rollouts and no protocols. What enters it is hostile until checked: a component, its calls into the host, its answer.
//!
//! Progress is typed. Bytes become [`Loaded`] (compiled, its imports and exports checked), and that becomes [`Prepared`]
//! (its parameters accepted, its set-up done). Only what is prepared can be evaluated.

mod configuration;
mod contract;
mod deadline;
mod engine;
mod evaluate;
mod features;
mod guest;
mod imports;
mod limiter;
mod load;
mod log;
mod places;
mod prepare;
mod price;
mod refusal;
mod snapshot;
mod ticker;
mod trap;
mod wasi;

pub use configuration::{Settings, fingerprint};
pub use contract::CONTRACT_VERSION;
pub use engine::{Engine, EngineError};
pub use evaluate::{Evaluation, View};
pub use load::{Export, Loaded, LoadedWeak};
pub use log::{Level, Line, Log};
pub use prepare::{Prepared, Start};
pub use refusal::Refusal;
