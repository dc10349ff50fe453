//! Being told to end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit::Exit;
use crate::failure::Failure;

/// How often is looked whether there was a signal.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Whether the process was told to end, by SIGTERM or SIGINT. A second signal ends it on the spot.
#[derive(Debug)]
pub(crate) struct Ending {
    is_told: Arc<AtomicBool>,
}

impl Ending {
    /// Begins to listen for signals.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let is_told = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag down and raises it, the second finds it up.
            let ended = 128 + signal;
            flag::register_conditional_shutdown(signal, ended, Arc::clone(&is_told))
                .and_then(|_| flag::register(signal, Arc::clone(&is_told)))
                .map_err(|error: io::Error| {
                    let message = format!("signals can't be listened for: {error}");
                    Failure::new(Exit::HostFault, message)
                })?;
        }
        Ok(Self { is_told })
    }

    /// Whether it was told.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Relaxed)
    }

    /// Waits until it is told.
    pub(crate) fn wait(&self) {
        while !self.is_told() {
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits so long, or until it is told.
    pub(crate) fn wait_for(&self, time: Duration) {
        let mut left = time;
        while !self.is_told() && !left.is_zero() {
            let slice = left.min(LOOK_EVERY);
            thread::sleep(slice);
            left = left.saturating_sub(slice);
        }
    }
}
