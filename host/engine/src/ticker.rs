//! The one thread that moves the engine's epoch on, from which deadlines are counted.

use std::io;
use std::thread;
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How long an epoch lasts. A deadline is kept to within two of them.
pub(crate) const TICK: Duration = Duration::from_millis(2);

/// Starts the ticker. It ends by itself when the last engine handle is gone.
pub(crate) fn start(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    thread::Builder::new()
        .name("lictor-epoch".to_owned())
        .spawn(move || tick(&engine))
        .map(drop)
}

fn tick(engine: &EngineWeak) {
    while let Some(engine) = engine.upgrade() {
        engine.increment_epoch();
        drop(engine);
        thread::sleep(TICK);
    }
}

/// How many epochs cover this many milliseconds, at least one.
pub(crate) fn epochs(milliseconds: u64) -> u64 {
    let tick = u64::try_from(TICK.as_millis()).unwrap_or(1).max(1);
    milliseconds.div_ceil(tick).max(1)
}
