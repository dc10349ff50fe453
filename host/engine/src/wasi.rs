//! WASI 0.2 as a deterministic subset, for guests whose toolchain can't do without it.
//!
//! The interfaces come from `wasmtime-wasi`; what stands behind them is our own, because none may sleep, none may leave the
//! evaluation and each must answer the same for the same evaluation. There are no files and no sockets, standard input is
//! closed, standard output and error become log lines, the wall clock is the request's time and recorded as such, the
//! monotonic clock stands still, and random numbers are a stream fixed by the binding.

mod cli;
mod clocks;
mod io;
mod random;

use std::cell::Cell;

use lictor_policy::Fault;
use wasmtime::Error;
use wasmtime::component::{HasSelf, Linker, Resource};
use wasmtime_wasi::p2::bindings::sync as bindings;

use crate::guest::Guest;

/// The most calls of these interfaces in one evaluation. They are not priced in fuel one by one, so they are counted.
const CALLS_MAX: u32 = 16_384;
/// How many bytes that the host makes or takes count as one more call, so that few calls are not much work either.
const CALL_BYTES: usize = 64;

/// The state behind the interfaces.
pub(crate) struct System {
    calls: Cell<u32>,
    /// Handles that the guest holds. It can't hold more than it made calls.
    handles: u32,
    random: random::Stream,
    output: io::Output,
}

impl System {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self {
            calls: Cell::new(0),
            handles: 0,
            random: random::Stream::setup(seed),
            output: io::Output::default(),
        }
    }

    /// From here on the guest evaluates: it gets another stream of random numbers than its set-up had, and
    /// begins its output anew.
    pub(crate) fn begin_evaluating(&mut self) {
        self.calls.set(0);
        self.random.begin_evaluating();
        self.output = io::Output::default();
    }
}

impl Guest {
    /// Counts one call of a system interface.
    fn count_call(&self) -> wasmtime::Result<()> {
        self.count_calls(1)
    }

    /// Gives the guest a handle.
    fn give<T>(&mut self, handle: Resource<T>) -> Resource<T> {
        self.system.handles += 1;
        handle
    }

    /// Takes a handle that the guest has closed.
    fn take_back<T>(&mut self, _: Resource<T>) {
        self.system.handles = self.system.handles.saturating_sub(1);
    }

    /// Whether the guest holds a handle. Its number would stand in a snapshot, and what it leads to would not.
    pub(crate) fn holds_handles(&self) -> bool {
        self.system.handles > 0
    }

    /// Counts one call that makes or takes this many bytes.
    fn count_bytes(&self, bytes: usize) -> wasmtime::Result<()> {
        self.count_calls(1 + bytes / CALL_BYTES)
    }

    /// Counts what is as much work as this many calls.
    fn count_calls(&self, calls: usize) -> wasmtime::Result<()> {
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        let calls = self.system.calls.get().saturating_add(calls);
        if calls > CALLS_MAX {
            return Err(Error::new(Fault::CallsExceeded { limit: CALLS_MAX }));
        }
        self.system.calls.set(calls);
        Ok(())
    }
}

/// Puts the subset into the linker.
pub(crate) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    bindings::cli::environment::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::cli::exit::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::cli::stdin::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::cli::stdout::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::cli::stderr::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::cli::terminal_input::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::cli::terminal_output::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::cli::terminal_stdin::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::cli::terminal_stdout::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::cli::terminal_stderr::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::clocks::monotonic_clock::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::clocks::wall_clock::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::io::error::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::io::poll::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::io::streams::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::random::insecure::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::random::insecure_seed::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)?;
    bindings::random::random::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)
}
