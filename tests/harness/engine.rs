//! The one engine of a test process, and guests bound on it.

use std::sync::OnceLock;

use lictor_engine::{Engine, Loaded, Prepared, Refusal, Settings};
use lictor_policy::{Digest, Limits};

use crate::{document, guest};

/// The engine of this process.
///
/// # Panics
/// This machine can't hold an engine with the default settings.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(&Settings::default()).expect("an engine can be set up"))
}

/// The default limits with so much time that a busy machine doesn't decide the outcome of a test.
pub fn patient() -> Limits {
    Limits {
        deadline_ms: 30_000,
        setup_deadline_ms: 60_000,
        ..Limits::default()
    }
}

/// A seed for random numbers.
pub fn seed(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

/// Loads a guest.
///
/// # Errors
/// As for [`Engine::load`].
pub fn load(name: &str, limits: &Limits) -> Result<Loaded, Refusal> {
    engine().load(&guest(name), limits)
}

/// Loads a guest and binds it to parameters, given as JSON text.
///
/// # Errors
/// As for [`Engine::load`] and [`Engine::prepare`].
pub fn bind(name: &str, parameters: &str, limits: &Limits) -> Result<Prepared, Refusal> {
    let loaded = load(name, limits)?;
    engine().prepare(&loaded, &document(parameters), limits, seed("a binding"))
}
