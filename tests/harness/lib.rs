//! What Lictor's tests share: guests made from text, policies built from their crates, one engine per process, requests,
//! and golden files.
//!
//! A guest is one file of `tests/guests` with one behaviour, made into a component when a test asks for it, so that no test
//! needs more than Cargo.

mod engine;
mod golden;
mod guest;
mod policy;
mod say;
mod sign;
mod view;

pub use engine::{bind, compiler, engine, load, load_bytes, patient, seed, settings};
pub use golden::assert_golden;
pub use guest::{component, guest, guests};
pub use policy::policy;
pub use say::say;
pub use sign::{artifact, key, keyring, manifest, verified};
pub use view::{NOW_MS, document, documents, request, view};
