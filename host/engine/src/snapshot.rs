//! Keeps the effect of `prepare` by pre-initialising the component: its memories and globals become its initial ones.
//!
//! A snapshot holds what the parameters of one binding made of the policy, so it is never shared, and its native code is kept
//! under the binding's revision. It is taken anew each time the policy is bound; only compiling it is saved by the cache.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use lictor_policy::TenantName;
use wasmtime::Store;
use wasmtime::component::{Instance, Lift, WasmList};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use crate::engine::Engine;
use crate::guest::Guest;
use crate::load::Program;
use crate::log::Log;
use crate::prepare::{Prepared, Setup};
use crate::refusal::Refusal;
use crate::translate::Given;

/// Prepares the policy and makes a program of the result, with what the policy wrote meanwhile; `None` when such a
/// component can't be snapshotted.
///
/// # Errors
/// The policy failed in `prepare`, or said that it can't.
pub(crate) fn take(
    prepared: &Prepared,
    bytes: &[u8],
    tenant: &TenantName,
) -> Result<Option<(Program, Log)>, Refusal> {
    // The snapshotter stops at some components with a panic; they are hostile input like any other.
    let instrumented = catch_unwind(AssertUnwindSafe(|| {
        Wizer::new().instrument_component(bytes)
    }));
    let Ok(Ok((context, instrumented))) = instrumented else {
        return Ok(None);
    };
    let translate = |bytes: &[u8], given| translate(&prepared.engine, bytes, given, tenant);
    let Some(program) = translate(&instrumented, Given::Instrumented)? else {
        return Ok(None);
    };

    let mut setup = Setup::open(prepared, &program)?;
    setup.prepare()?;
    if setup.store.data().holds_handles() {
        return Ok(None);
    }

    let Setup {
        mut store,
        instance,
        ..
    } = setup;
    let mut state = State {
        store: &mut store,
        instance,
        failed: false,
    };
    let written = catch_unwind(AssertUnwindSafe(|| {
        ready(Wizer::new().snapshot_component(&context, &mut state))
    }));
    let Ok(Some(Ok(snapshot))) = written else {
        return Ok(None);
    };
    if state.failed {
        return Ok(None);
    }
    let revision = blake3::Hash::from_bytes(prepared.seed).into();
    let program = translate(&snapshot, Given::Snapshot(revision))?;
    Ok(program.map(|program| (program, store.data_mut().take_log())))
}

/// The program of a derived component; `None` when the compiler doesn't accept it.
///
/// That there is no compiler, or not enough of something for it, refuses the binding instead: how a binding starts must not
/// depend on how busy the machine was.
fn translate(
    engine: &Engine,
    bytes: &[u8],
    given: Given,
    tenant: &TenantName,
) -> Result<Option<Program>, Refusal> {
    match engine.translate(bytes, given, tenant) {
        Ok((program, _)) => Ok(Some(program)),
        Err(refusal) if refusal.is_compilers() => Err(refusal),
        Err(_) => Ok(None),
    }
}

/// Drives a future that never waits, since everything below it is synchronous.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Reads the globals and memories of a prepared instance.
struct State<'a> {
    store: &'a mut Store<Guest>,
    instance: Instance,
    /// The snapshotter's interface has no errors; the first one is kept here.
    failed: bool,
}

impl State<'_> {
    fn read<R: Lift + 'static>(&mut self, instance: &str, function: &str) -> Option<R> {
        let read = self.call(instance, function);
        self.failed |= read.is_none();
        read
    }

    fn call<R: Lift + 'static>(&mut self, instance: &str, function: &str) -> Option<R> {
        // Reading costs fuel and hands over whole memories; neither is the policy's doing.
        self.store.set_fuel(u64::MAX / 4).ok()?;
        self.store.set_hostcall_fuel(usize::MAX);
        let (_, index) = self.instance.get_export(&mut *self.store, None, instance)?;
        let (_, index) = self
            .instance
            .get_export(&mut *self.store, Some(&index), function)?;
        let function = self
            .instance
            .get_typed_func::<(), (R,)>(&mut *self.store, index)
            .ok()?;
        Some(function.call(&mut *self.store, ()).ok()?.0)
    }
}

impl ComponentInstanceState for State<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        if let Some(list) = self.read::<WasmList<u8>>(instance, func) {
            contents(list.as_le_slice(&*self.store));
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.read(instance, func).unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.read(instance, func).unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.read::<f32>(instance, func).map_or(0, f32::to_bits)
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.read::<f64>(instance, func).map_or(0, f64::to_bits)
    }
}
