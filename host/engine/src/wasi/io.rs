//! Streams and pollables without tables: a handle's number alone says what it is, so a guest can't use up the host's memory
//! by opening many, and nothing ever sleeps.

use std::mem;

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sync::io::{error, poll, streams};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, IoError, StreamError, StreamResult,
};

use super::clocks::waited;
use crate::guest::Guest;
use crate::log::Level;

/// The pollable of whatever is ready at once, which is everything but a timer.
const READY: u32 = 1;
/// The pollable of a timer, which never comes.
const NEVER: u32 = 2;
const STANDARD_INPUT: u32 = 1;
const STANDARD_OUTPUT: u32 = 1;
const STANDARD_ERROR: u32 = 2;

/// What a guest may write in one go, in bytes.
const WRITE_BYTES_MAX: usize = 4096;

pub(super) fn ready() -> Resource<DynPollable> {
    Resource::new_own(READY)
}

pub(super) fn never() -> Resource<DynPollable> {
    Resource::new_own(NEVER)
}

pub(super) fn standard_input() -> Resource<DynInputStream> {
    Resource::new_own(STANDARD_INPUT)
}

pub(super) fn standard_output() -> Resource<DynOutputStream> {
    Resource::new_own(STANDARD_OUTPUT)
}

pub(super) fn standard_error() -> Resource<DynOutputStream> {
    Resource::new_own(STANDARD_ERROR)
}

/// What was written to the standard streams and is no whole line yet.
#[derive(Default)]
pub(super) struct Output {
    output: Vec<u8>,
    error: Vec<u8>,
}

impl Guest {
    /// Turns written bytes into log lines; what isn't UTF-8 is replaced.
    fn print(&mut self, stream: &Resource<DynOutputStream>, bytes: &[u8]) -> StreamResult<()> {
        self.count_bytes(bytes.len()).map_err(StreamError::Trap)?;
        if bytes.len() > WRITE_BYTES_MAX {
            return Err(StreamError::trap(
                "more was written at once than `check-write` allows",
            ));
        }
        let is_error = stream.rep() == STANDARD_ERROR;
        let level = if is_error { Level::Warn } else { Level::Info };
        let bytes_max = self.limits.log_bytes;
        let unfinished = if is_error {
            &mut self.system.output.error
        } else {
            &mut self.system.output.output
        };
        for &byte in bytes {
            if byte == b'\n' || unfinished.len() >= WRITE_BYTES_MAX {
                self.log
                    .write(level, &String::from_utf8_lossy(unfinished), bytes_max);
                unfinished.clear();
            }
            if byte != b'\n' {
                unfinished.push(byte);
            }
        }
        Ok(())
    }

    /// Turns what was written and is no whole line yet into log lines.
    pub(crate) fn end_lines(&mut self) {
        let unfinished = mem::take(&mut self.system.output);
        for (level, bytes) in [
            (Level::Info, unfinished.output),
            (Level::Warn, unfinished.error),
        ] {
            if !bytes.is_empty() {
                let line = String::from_utf8_lossy(&bytes);
                self.log.write(level, &line, self.limits.log_bytes);
            }
        }
    }

    fn flush_line(&mut self, stream: &Resource<DynOutputStream>) -> StreamResult<()> {
        let is_error = stream.rep() == STANDARD_ERROR;
        let unfinished = if is_error {
            &self.system.output.error
        } else {
            &self.system.output.output
        };
        if unfinished.is_empty() {
            return self.count_call().map_err(StreamError::Trap);
        }
        self.print(stream, b"\n")
    }
}

impl error::Host for Guest {}

impl error::HostError for Guest {
    fn to_debug_string(&mut self, _: Resource<IoError>) -> wasmtime::Result<String> {
        Ok(String::new())
    }

    fn drop(&mut self, _: Resource<IoError>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl poll::Host for Guest {
    /// The indices of what is ready. Waiting for timers alone would be sleeping, which no policy may.
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.count_calls(1 + pollables.len())?;
        let ready: Vec<u32> = (0..)
            .zip(&pollables)
            .filter(|(_, pollable)| pollable.rep() == READY)
            .map(|(index, _)| index)
            .collect();
        if ready.is_empty() {
            Err(waited())
        } else {
            Ok(ready)
        }
    }
}

impl poll::HostPollable for Guest {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        self.count_call()?;
        Ok(pollable.rep() == READY)
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.count_call()?;
        if pollable.rep() == READY {
            Ok(())
        } else {
            Err(waited())
        }
    }

    fn drop(&mut self, handle: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.take_back(handle);
        Ok(())
    }
}

impl streams::Host for Guest {
    fn convert_stream_error(
        &mut self,
        error: StreamError,
    ) -> wasmtime::Result<streams::StreamError> {
        match error {
            StreamError::Trap(error) => Err(error),
            StreamError::Closed | StreamError::LastOperationFailed(_) => {
                Ok(streams::StreamError::Closed)
            }
        }
    }
}

/// Standard input is closed.
impl streams::HostInputStream for Guest {
    fn read(&mut self, _: Resource<DynInputStream>, _: u64) -> StreamResult<Vec<u8>> {
        self.count_call().map_err(StreamError::Trap)?;
        Err(StreamError::Closed)
    }

    fn blocking_read(
        &mut self,
        stream: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<Vec<u8>> {
        self.read(stream, len)
    }

    fn skip(&mut self, _: Resource<DynInputStream>, _: u64) -> StreamResult<u64> {
        self.count_call().map_err(StreamError::Trap)?;
        Err(StreamError::Closed)
    }

    fn blocking_skip(&mut self, stream: Resource<DynInputStream>, len: u64) -> StreamResult<u64> {
        self.skip(stream, len)
    }

    fn subscribe(
        &mut self,
        _: Resource<DynInputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        self.count_call()?;
        Ok(self.give(ready()))
    }

    fn drop(&mut self, handle: Resource<DynInputStream>) -> wasmtime::Result<()> {
        self.take_back(handle);
        Ok(())
    }
}

impl streams::HostOutputStream for Guest {
    fn check_write(&mut self, _: Resource<DynOutputStream>) -> StreamResult<u64> {
        self.count_call().map_err(StreamError::Trap)?;
        Ok(WRITE_BYTES_MAX as u64)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        self.print(&stream, &bytes)
    }

    fn blocking_write_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        bytes: Vec<u8>,
    ) -> StreamResult<()> {
        self.print(&stream, &bytes)
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        self.flush_line(&stream)
    }

    fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        self.flush_line(&stream)
    }

    fn subscribe(
        &mut self,
        _: Resource<DynOutputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        self.count_call()?;
        Ok(self.give(ready()))
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, len: u64) -> StreamResult<()> {
        let length = usize::try_from(len)
            .unwrap_or(usize::MAX)
            .min(WRITE_BYTES_MAX + 1);
        self.print(&stream, &vec![0; length])
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        len: u64,
    ) -> StreamResult<()> {
        self.write_zeroes(stream, len)
    }

    fn splice(
        &mut self,
        _: Resource<DynOutputStream>,
        _: Resource<DynInputStream>,
        _: u64,
    ) -> StreamResult<u64> {
        self.count_call().map_err(StreamError::Trap)?;
        Err(StreamError::Closed)
    }

    fn blocking_splice(
        &mut self,
        output: Resource<DynOutputStream>,
        input: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        self.splice(output, input, len)
    }

    fn drop(&mut self, handle: Resource<DynOutputStream>) -> wasmtime::Result<()> {
        self.take_back(handle);
        Ok(())
    }
}
