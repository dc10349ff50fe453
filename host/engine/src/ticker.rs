//! The one thread that moves the engines' epochs on, from which deadlines are counted.

use std::io;
use std::thread;
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How long an epoch lasts. A deadline is kept to within two of them.
pub(crate) const TICK: Duration = Duration::from_millis(2);

/// Starts the ticker. It ends by itself when the last handle to one of the engines is gone, which end together.
pub(crate) fn start(engines: [&Engine; 2]) -> io::Result<()> {
    let engines = engines.map(Engine::weak);
    thread::Builder::new()
        .name("lictor-epoch".to_owned())
        .spawn(move || tick(&engines))
        .map(drop)
}

fn tick([first, second]: &[EngineWeak; 2]) {
    while let (Some(first), Some(second)) = (first.upgrade(), second.upgrade()) {
        first.increment_epoch();
        second.increment_epoch();
        drop((first, second));
        thread::sleep(TICK);
    }
}

/// How many epochs cover this many milliseconds, at least one.
pub(crate) fn epochs(milliseconds: u64) -> u64 {
    let tick = u64::try_from(TICK.as_millis()).unwrap_or(1).max(1);
    milliseconds.div_ceil(tick).max(1)
}
