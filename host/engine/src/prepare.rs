//! From a component to something that can be evaluated: its parameters are accepted and its set-up is done.

use lictor_policy::{Digest, Document, Limits, TenantName};
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::engine::Engine;
use crate::evaluate;
use crate::guest::Guest;
use crate::load::{Loaded, Program};
use crate::log::Log;
use crate::refusal::Refusal;
use crate::{snapshot, trap};

/// A component bound to its parameters and limits. Only this can be evaluated.
///
/// It belongs to one binding: where the policy has a set-up of its own, the snapshot in it holds that binding's parameters.
#[derive(Clone)]
pub struct Prepared {
    pub(crate) engine: Engine,
    pub(crate) program: Program,
    pub(crate) parameters: Document,
    pub(crate) limits: Limits,
    pub(crate) seed: [u8; 32],
    pub(crate) start: Start,
    setup_log: Log,
}

/// How each evaluation starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the component as it is; it has no set-up of its own.
    Fresh,
    /// From a snapshot that was taken after `prepare`.
    Snapshot,
    /// By running `prepare` again, because no snapshot can be taken.
    PreparedEachTime,
}

impl Prepared {
    /// The limits that its evaluations have.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The parameters that it is bound to.
    pub fn parameters(&self) -> &Document {
        &self.parameters
    }

    /// How each evaluation starts.
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// What the policy wrote while it was checked and prepared.
    pub fn setup_log(&self) -> &Log {
        &self.setup_log
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("start", &self.start)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Binds a component: asks the policy whether its parameters are right and lets it set itself up.
    ///
    /// `seed` feeds the random numbers that the guest gets; equal seeds make equal evaluations. Takes as long as the policy's
    /// `check` and `prepare`, at most twice the set-up deadline, and the compilation of a snapshot where there is one; and waits
    /// for a place if others are being prepared.
    ///
    /// # Errors
    /// The policy refuses its parameters, fails in its set-up, or a limit can't be granted.
    pub fn prepare(
        &self,
        loaded: &Loaded,
        parameters: &Document,
        limits: &Limits,
        seed: Digest,
    ) -> Result<Prepared, Refusal> {
        let limits = limits.checked()?;
        let _place = self.setups().take(loaded.tenant());
        let mut prepared = Prepared {
            engine: self.clone(),
            program: loaded.program().clone(),
            parameters: parameters.clone(),
            limits,
            seed: *seed.as_bytes(),
            start: Start::Fresh,
            setup_log: Log::default(),
        };
        prepared.check()?;
        if let Some(bytes) = loaded.bytes_to_prepare() {
            prepared.set_up(bytes, loaded.tenant())?;
        }
        Ok(prepared)
    }
}

impl Prepared {
    /// Runs the policy's `check` in an instance that is dropped afterwards.
    fn check(&mut self) -> Result<(), Refusal> {
        let mut setup = Setup::open(self, &self.program)?;
        let answer = setup.run("check", |exports, store, instance| {
            exports.call_check(store, instance)
        })?;
        self.setup_log.append(setup.store.data_mut().take_log());
        answer.map_err(|message| Refusal::Parameters { message })
    }

    /// Runs the policy's `prepare` and keeps its effect: as a snapshot, or else as the knowledge that it succeeds.
    fn set_up(&mut self, bytes: &[u8], tenant: &TenantName) -> Result<(), Refusal> {
        match snapshot::take(self, bytes, tenant)? {
            Some((program, log)) => {
                self.program = program;
                self.start = Start::Snapshot;
                self.setup_log.append(log);
            }
            None => {
                let mut setup = Setup::open(self, &self.program)?;
                setup.prepare()?;
                self.check_repeatable(setup.fuel_used())?;
                self.start = Start::PreparedEachTime;
                self.setup_log.append(setup.store.data_mut().take_log());
            }
        }
        Ok(())
    }
}

impl Prepared {
    /// Refuses a set-up that would have to be repeated for each evaluation and leaves none of its fuel.
    fn check_repeatable(&self, fuel: u64) -> Result<(), Refusal> {
        let limit = self.limits.fuel;
        if fuel < limit {
            return Ok(());
        }
        Err(Refusal::Preparation {
            message: format!(
                "it can't be snapshotted, and its `prepare` used {fuel} of fuel where an evaluation has {limit}"
            ),
        })
    }
}

/// An instance that is checked or prepared.
pub(crate) struct Setup<'a> {
    program: &'a Program,
    pub(crate) store: Store<Guest>,
    pub(crate) instance: Instance,
    limits: Limits,
}

impl<'a> Setup<'a> {
    pub(crate) fn open(prepared: &Prepared, program: &'a Program) -> Result<Self, Refusal> {
        let limits = prepared.limits;
        let refuse = |error: &wasmtime::Error| Refusal::Fault {
            stage: "instantiate",
            fault: trap::fault(error, &limits, limits.setup_fuel),
        };
        let guest = Guest::setting_up(&prepared.parameters, &limits, &prepared.seed);
        let mut store = evaluate::open(program.pre.engine(), guest, limits.setup_deadline_ms)
            .map_err(|error| refuse(&error))?;
        let instance = evaluate::instantiate(&program.pre, &mut store, limits.setup_fuel)
            .map_err(|error| refuse(&error))?;
        Ok(Self {
            program,
            store,
            instance,
            limits,
        })
    }

    /// The fuel that the last run used.
    fn fuel_used(&self) -> u64 {
        self.limits
            .setup_fuel
            .saturating_sub(self.store.get_fuel().unwrap_or(0))
    }

    /// Runs `prepare` with fuel of its own.
    pub(crate) fn prepare(&mut self) -> Result<(), Refusal> {
        let answer = self.run("prepare", |exports, store, instance| {
            exports.call_prepare(store, instance)
        })?;
        answer.map_err(|message| Refusal::Preparation { message })
    }

    fn run<T>(
        &mut self,
        stage: &'static str,
        call: impl FnOnce(
            &crate::contract::Exports,
            &mut Store<Guest>,
            &Instance,
        ) -> wasmtime::Result<T>,
    ) -> Result<T, Refusal> {
        let limits = self.limits;
        let refuse = |error: wasmtime::Error| Refusal::Fault {
            stage,
            fault: trap::fault(&error, &limits, limits.setup_fuel),
        };
        self.store.set_fuel(limits.setup_fuel).map_err(refuse)?;
        call(&self.program.exports, &mut self.store, &self.instance).map_err(refuse)
    }
}
