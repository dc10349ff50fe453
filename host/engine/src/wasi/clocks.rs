//! The wall clock answers the request's time, which is an observation. The monotonic clock stands still, which is none: the
//! runtimes of some languages read it when they start.

use lictor_policy::Fault;
use wasmtime::Error;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};

use super::io;
use crate::guest::{Guest, Phase};

impl wall_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.count_call()?;
        if self.phase == Phase::Setup {
            return Ok(wall_clock::Datetime {
                seconds: 0,
                nanoseconds: 0,
            });
        }
        let now_ms = self
            .time("wasi:clocks/wall-clock#now")
            .map_err(Error::new)?;
        self.observations.borrow_mut().push_now(now_ms);
        let nanoseconds = u32::try_from(now_ms % 1000)? * 1_000_000;
        Ok(wall_clock::Datetime {
            seconds: now_ms / 1000,
            nanoseconds,
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.count_call()?;
        Ok(wall_clock::Datetime {
            seconds: 0,
            nanoseconds: 1_000_000,
        })
    }
}

impl monotonic_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.count_call()?;
        Ok(0)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.count_call()?;
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.subscribe_duration(when)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.count_call()?;
        let timer = if duration == 0 {
            io::ready()
        } else {
            io::never()
        };
        Ok(self.give(timer))
    }
}

/// The fault of a guest that waits for time to pass.
pub(super) fn waited() -> Error {
    Error::new(Fault::Waited)
}
