//! Being told to end.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::low_level::pipe;

use crate::exit::Exit;
use crate::failure::Failure;

/// Whether the process was told to end, by SIGTERM or SIGINT. A second signal ends it on the spot.
#[derive(Debug)]
pub(crate) struct Ending {
    is_told: Arc<AtomicBool>,
    /// Each signal writes a byte to the other end.
    signals: UnixStream,
}

impl Ending {
    /// Begins to listen for signals.
    pub(crate) fn watch() -> Result<Self, Failure> {
        Self::listen().map_err(|error| {
            let message = format!("signals can't be listened for: {error}");
            Failure::new(Exit::HostFault, message)
        })
    }

    fn listen() -> io::Result<Self> {
        let is_told = Arc::new(AtomicBool::new(false));
        let (signals, other_end) = UnixStream::pair()?;
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag down and raises it, the second finds it up; and who is woken by the byte
            // finds the flag up.
            let ended = 128 + signal;
            flag::register_conditional_shutdown(signal, ended, Arc::clone(&is_told))?;
            flag::register(signal, Arc::clone(&is_told))?;
            pipe::register(signal, other_end.try_clone()?)?;
        }
        Ok(Self { is_told, signals })
    }

    /// Whether it was told.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Relaxed)
    }

    /// Waits until it is told.
    pub(crate) fn wait(&self) {
        while !self.is_told() {
            self.read(None);
        }
    }

    /// Waits so long, or until it is told; sometimes a little shorter.
    pub(crate) fn wait_for(&self, time: Duration) {
        if !self.is_told() && !time.is_zero() {
            self.read(Some(time));
        }
    }

    /// Waits for a byte. One that was interrupted or comes too late is as good: whoever waits looks at the flag.
    fn read(&self, at_most: Option<Duration>) {
        let _ = self.signals.set_read_timeout(at_most);
        let _ = (&self.signals).read(&mut [0]);
    }
}
