//! Frames: a length, that many bytes of JSON, then the bytes of the parts that the JSON announces.
//!
//! Everything has an end: each length a bound, each frame a moment after which nobody waits for the rest of it.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lictor::{Clock, Part};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::SocketError;

/// The most bytes of an order's text: parameters of 1 MiB stand in it, in which each byte may need six.
pub const ORDER_BYTES_MAX: u32 = 8 << 20;
/// The most bytes of an answer's text: a list of some 100,000 tenants.
pub const ANSWER_BYTES_MAX: u32 = 64 << 20;
/// The most bytes of all parts of a frame together.
pub const PARTS_BYTES_MAX: u64 = 600 << 20;

/// A text that announces parts.
pub(crate) trait Carrier: Serialize + DeserializeOwned {
    /// What messages call it.
    const NOUN: &'static str;
    /// The most bytes of it as JSON.
    const BYTES_MAX: u32;
    /// Its parts, in the order in which they stand in the text.
    fn parts_mut(&mut self) -> Vec<&mut Part>;
}

/// One end of a connection, for as long as a frame may take.
pub(crate) struct Timed<'a> {
    stream: &'a UnixStream,
    clock: &'a dyn Clock,
    until: Duration,
    patience: Duration,
}

impl<'a> Timed<'a> {
    pub(crate) fn new(stream: &'a UnixStream, clock: &'a dyn Clock, patience: Duration) -> Self {
        Self {
            stream,
            clock,
            until: clock.monotonic().saturating_add(patience),
            patience,
        }
    }

    /// How long may still be waited.
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_sub(self.clock.monotonic());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        // The kernel takes nothing shorter than a microsecond.
        Ok(left.max(Duration::from_millis(1)))
    }

    fn failed(&self, error: io::Error) -> SocketError {
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => SocketError::Silent {
                seconds: self.patience.as_secs(),
            },
            _ => SocketError::BrokenOff,
        }
    }

    /// Waits for a frame and says whether one begins; nobody has to send one.
    pub(crate) fn first_byte(&mut self) -> Result<Option<u8>, SocketError> {
        let mut first = [0];
        loop {
            match self.read(&mut first) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(first.first().copied()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    /// Reads a frame of which this first byte was read.
    pub(crate) fn receive<T: Carrier>(&mut self, first: u8) -> Result<T, SocketError> {
        let mut rest = [0; 3];
        self.read_exact(&mut rest)
            .map_err(|error| self.failed(error))?;
        let [second, third, fourth] = rest;
        let length = u32::from_le_bytes([first, second, third, fourth]);
        check(T::NOUN, length.into(), T::BYTES_MAX.into())?;
        let text = self.exactly(length.into())?;
        let mut carrier: T =
            serde_json::from_slice(&text).map_err(|error| SocketError::Garbled {
                detail: error.to_string(),
            })?;
        let parts = carrier.parts_mut();
        check("all that comes with it", total(&parts), PARTS_BYTES_MAX)?;
        for part in parts {
            if part.is_inside() {
                // Its bytes are there; those that follow are another's.
                continue;
            }
            let bytes = self.exactly(part.byte_len())?;
            part.fill(bytes);
        }
        Ok(carrier)
    }

    /// So many bytes. Memory is taken as they come, not as they are announced.
    fn exactly(&mut self, count: u64) -> Result<Vec<u8>, SocketError> {
        let mut bytes = Vec::new();
        let read = Read::by_ref(self).take(count).read_to_end(&mut bytes);
        read.map_err(|error| self.failed(error))?;
        if (bytes.len() as u64) < count {
            return Err(SocketError::BrokenOff);
        }
        Ok(bytes)
    }

    /// Writes a frame.
    pub(crate) fn send<T: Carrier>(&mut self, mut carrier: T) -> Result<(), SocketError> {
        let text = serde_json::to_vec(&carrier).map_err(|error| SocketError::Garbled {
            detail: error.to_string(),
        })?;
        check(T::NOUN, text.len() as u64, T::BYTES_MAX.into())?;
        let parts = carrier.parts_mut();
        check("all that comes with it", total(&parts), PARTS_BYTES_MAX)?;
        // Checked against a bound that fits.
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let mut write = |bytes: &[u8]| self.write_all(bytes).map_err(|error| self.failed(error));
        write(&length.to_le_bytes())?;
        write(&text)?;
        for part in parts.into_iter().filter(|part| !part.is_inside()) {
            write(part.bytes().map_err(|refused| SocketError::Garbled {
                detail: refused.message,
            })?)?;
        }
        Ok(())
    }
}

fn total(parts: &[&mut Part]) -> u64 {
    // Each was bounded when it was announced or made.
    let beside = parts.iter().filter(|part| !part.is_inside());
    beside.map(|part| part.byte_len()).sum()
}

fn check(what: &'static str, bytes: u64, max: u64) -> Result<(), SocketError> {
    if bytes <= max {
        return Ok(());
    }
    Err(SocketError::TooLarge { what, bytes, max })
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
