//! One evaluation: a fresh store and instance, limits set, one call, everything dropped.

use lictor_policy::{Decision, Documents, Fault, Limits, Observations, Request};
use wasmtime::component::Instance;
use wasmtime::{Engine, Store};

use crate::deadline;
use crate::guest::{Guest, Sight};
use crate::log::Log;
use crate::prepare::{Prepared, Start};
use crate::trap;

/// What an evaluation sees. Clones are cheap.
#[derive(Clone, Debug)]
pub struct View {
    /// The request that is decided.
    pub request: Request,
    /// The documents that the policy may read, in one version each.
    pub data: Documents,
    /// The time of the request in milliseconds since 1970-01-01T00:00:00Z.
    pub now_ms: u64,
}

/// What came of one evaluation.
#[derive(Debug)]
pub struct Evaluation {
    /// The decision, within its bounds, or why there is none.
    pub outcome: Result<Decision, Fault>,
    /// The fuel that the call used, with that of preparing again where no snapshot could be taken; instantiation is not
    /// counted. After a fault it is what the limit allowed, or less.
    pub fuel_used: u64,
    /// How many bytes of values its tests looked at, for each of which it paid [`TESTED_BYTE`](crate::TESTED_BYTE).
    pub tested_bytes: u64,
    /// What the policy asked and was answered, in order.
    pub observations: Observations,
    /// What it wrote for its people.
    pub log: Log,
}

/// How many times a decision's bytes a guest may hand over in one call: texts, and the lists around them. What is beyond
/// the decision's own limit but within this is refused with a message that names the limit.
const HANDOVER_FACTOR: usize = 4;

impl Prepared {
    /// Evaluates one request on the calling thread, which is busy for that time: at most the deadline and two ticks.
    ///
    /// Never panics and never blocks; whatever goes wrong is a fault. The caller bounds how many run at once.
    pub fn evaluate(&self, view: &View) -> Evaluation {
        let sight = Sight {
            request: view.request.clone(),
            data: view.data.clone(),
            now_ms: view.now_ms,
        };
        let guest = Guest::evaluating(sight, &self.parameters, &self.limits, &self.seed);
        let limits = &self.limits;
        let mut store = match open(self.program.pre.engine(), guest, limits.deadline_ms) {
            Ok(store) => store,
            Err(error) => return Evaluation::failed(&error),
        };
        let outcome = self.run(&mut store);
        let fuel_used = match &outcome {
            Err(Fault::FuelExhausted { limit }) => *limit,
            _ => limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0)),
        };
        let mut guest = store.into_data();
        let log = guest.take_log();
        Evaluation {
            outcome,
            fuel_used,
            tested_bytes: guest.tested_bytes.get(),
            observations: guest.observations.into_inner(),
            log,
        }
    }

    fn run(&self, store: &mut Store<Guest>) -> Result<Decision, Fault> {
        let fuel = self.limits.fuel;
        let fault = |error: wasmtime::Error| trap::fault(&error, &self.limits, fuel);
        let instance = instantiate(&self.program.pre, store, fuel).map_err(fault)?;
        store.set_fuel(fuel).map_err(fault)?;
        if self.start == Start::PreparedEachTime {
            let prepared = self.program.exports.call_prepare(store, &instance);
            prepared
                .map_err(fault)?
                .map_err(|message| Fault::Failed { message })?;
        }
        store.data_mut().begin_evaluating();
        self.program
            .exports
            .call_evaluate(store, &instance)
            .map_err(fault)?
    }
}

impl Evaluation {
    /// There was no memory for a store.
    fn failed(error: &wasmtime::Error) -> Self {
        let detail = format!("there is no store: {error:#}");
        Self {
            outcome: Err(Fault::Internal { detail }),
            fuel_used: 0,
            tested_bytes: 0,
            observations: Observations::new(),
            log: Log::default(),
        }
    }
}

/// How many bytes a guest may hand over in one call.
pub(crate) fn handover_bytes(limits: &Limits) -> usize {
    let kept = limits.decision_bytes.max(limits.log_bytes);
    kept.saturating_mul(HANDOVER_FACTOR)
}

/// A store for one guest, with its limits set and its deadline running.
pub(crate) fn open(
    engine: &Engine,
    guest: Guest,
    deadline_ms: u64,
) -> wasmtime::Result<Store<Guest>> {
    let handover = handover_bytes(&guest.limits);
    let mut store = Store::try_new(engine, guest)?;
    store.limiter(|guest| &mut guest.limiter);
    store.set_hostcall_fuel(handover);
    deadline::arm(&mut store, deadline_ms);
    Ok(store)
}

/// An instance in the store. It has fuel of its own: what instantiation costs differs between operating systems, so it is
/// no part of an evaluation's budget.
pub(crate) fn instantiate(
    pre: &wasmtime::component::InstancePre<Guest>,
    store: &mut Store<Guest>,
    fuel: u64,
) -> wasmtime::Result<Instance> {
    store.set_fuel(fuel)?;
    pre.instantiate(store)
}
