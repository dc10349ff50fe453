//! The one engine of a test process, and guests bound on it.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use lictor_engine::{Compiler, Engine, Loaded, Prepared, Refusal, Settings, check_bytes};
use lictor_policy::{Digest, Limits};

use crate::{document, guest, verified};

/// The engine of this process.
///
/// # Panics
/// This machine can't hold an engine with the default settings.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(&settings()).expect("an engine can be set up"))
}

/// The default settings with a compile worker.
pub fn settings() -> Settings {
    Settings {
        compiler: Some(compiler()),
        ..Settings::default()
    }
}

/// The compile worker of these tests, with so much time that a busy machine doesn't decide the outcome of a test.
///
/// # Panics
/// It isn't built: Cargo builds it with the tests of this package.
pub fn compiler() -> Compiler {
    let program = worker_program();
    assert!(
        program.exists(),
        "`{}` is missing: build it with `cargo build -p lictor-tests`",
        program.display()
    );
    Compiler {
        deadline: Duration::from_secs(300),
        processor_seconds: 120,
        // Nobody decides meanwhile.
        at_once: std::thread::available_parallelism().map_or(1, |count| count.get() as u32),
        ..Compiler::new(program)
    }
}

/// Cargo puts programs beside the folder `deps`, in which the tests are.
fn worker_program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder = test
        .ancestors()
        .find(|folder| folder.ends_with("deps"))
        .and_then(|deps| deps.parent())
        .expect("a test is in `deps`");
    folder.join("lictor-test-compiler")
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
    load_bytes(engine(), &guest(name), limits)
}

/// Loads a component as any other: signed, verified, and only then compiled.
///
/// # Errors
/// As for [`Engine::load`].
pub fn load_bytes(engine: &Engine, component: &[u8], limits: &Limits) -> Result<Loaded, Refusal> {
    check_bytes(component, limits)?;
    engine.load(&verified(component)?, limits)
}

/// Loads a guest and binds it to parameters, given as JSON text.
///
/// # Errors
/// As for [`Engine::load`] and [`Engine::prepare`].
pub fn bind(name: &str, parameters: &str, limits: &Limits) -> Result<Prepared, Refusal> {
    let loaded = load(name, limits)?;
    engine().prepare(&loaded, &document(parameters), limits, seed("a binding"))
}
