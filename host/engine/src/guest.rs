//! What belongs to one running instance: the state of its store.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::mem;

use lictor_policy::{Document, Documents, Fault, Limits, Observations, Request};

use crate::limiter::Limiter;
use crate::log::Log;
use crate::wasi::System;

/// What the instance is doing, which decides what it may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Instantiating, checking its parameters or preparing itself: only `parameters` and `log` answer.
    Setup,
    /// Evaluating a request: everything answers.
    Evaluating,
}

/// What an evaluation sees of the world.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    pub(crate) request: Request,
    pub(crate) data: Documents,
    pub(crate) now_ms: u64,
}

/// The most questions about its parameters that a policy may ask while it is instantiated, checked or prepared.
const SETUP_QUESTIONS_MAX: u32 = 65_536;

/// The state of one store. It is made for one call into one instance and dropped after it.
pub(crate) struct Guest {
    pub(crate) phase: Phase,
    /// Nothing for `check` and `prepare`, which see no request.
    pub(crate) sight: Option<Sight>,
    pub(crate) parameters: Document,
    pub(crate) limits: Limits,
    pub(crate) limiter: Limiter,
    // A store is used by one thread at a time, and a question borrows its pointer from the store while the answer is
    // recorded; hence the cells.
    pub(crate) observations: RefCell<Observations>,
    pub(crate) asked: Cell<u32>,
    /// How many bytes of values tests have looked at.
    pub(crate) tested_bytes: Cell<u64>,
    pub(crate) log: Log,
    pub(crate) system: System,
}

/// Room for the observations of a usual policy, so that recording them doesn't allocate again and again.
const OBSERVATIONS_CAPACITY_BYTES: usize = 512;

impl Guest {
    /// The state for `check` or `prepare`.
    pub(crate) fn setting_up(parameters: &Document, limits: &Limits, seed: &[u8; 32]) -> Self {
        Self {
            phase: Phase::Setup,
            sight: None,
            parameters: parameters.clone(),
            limits: *limits,
            limiter: Limiter::new(limits.memory_bytes, limits.table_elements),
            observations: RefCell::new(Observations::new()),
            asked: Cell::new(0),
            tested_bytes: Cell::new(0),
            log: Log::default(),
            system: System::new(seed),
        }
    }

    /// The state for an evaluation, which begins with instantiating.
    pub(crate) fn evaluating(
        sight: Sight,
        parameters: &Document,
        limits: &Limits,
        seed: &[u8; 32],
    ) -> Self {
        Self {
            sight: Some(sight),
            observations: RefCell::new(Observations::with_capacity(OBSERVATIONS_CAPACITY_BYTES)),
            ..Self::setting_up(parameters, limits, seed)
        }
    }

    /// What the guest sees while it evaluates.
    ///
    /// # Errors
    /// The policy asks while it isn't evaluating.
    pub(crate) fn sight(&self, question: impl Display) -> Result<&Sight, Fault> {
        match (self.phase, &self.sight) {
            (Phase::Evaluating, Some(sight)) => Ok(sight),
            _ => Err(Fault::QuestionRefused {
                question: question.to_string(),
            }),
        }
    }

    /// Counts one question.
    ///
    /// # Errors
    /// The policy has asked as many as it may.
    pub(crate) fn count_question(&self) -> Result<(), Fault> {
        let limit = match self.phase {
            Phase::Setup => SETUP_QUESTIONS_MAX,
            Phase::Evaluating => self.limits.questions,
        };
        let asked = self.asked.get();
        if asked >= limit {
            return Err(Fault::QuestionsExceeded { limit });
        }
        self.asked.set(asked + 1);
        Ok(())
    }

    /// The time of the request in milliseconds since 1970, for a question about it.
    ///
    /// # Errors
    /// The policy has asked as many questions as it may, or asks while it isn't evaluating.
    pub(crate) fn time(&self, question: &str) -> Result<u64, Fault> {
        self.count_question()?;
        Ok(self.sight(question)?.now_ms)
    }

    /// Ends the set-up: from here on the guest evaluates, and what it asked and wrote before doesn't count. Whoever bound
    /// the policy has seen those lines.
    pub(crate) fn begin_evaluating(&mut self) {
        self.phase = Phase::Evaluating;
        self.asked.set(0);
        self.log = Log::default();
        self.system.begin_evaluating();
    }

    /// What the guest wrote, with what it printed and didn't end.
    pub(crate) fn take_log(&mut self) -> Log {
        self.end_lines();
        mem::take(&mut self.log)
    }

    /// The fuel that the present phase was given.
    pub(crate) fn fuel_limit(&self) -> u64 {
        match (self.phase, &self.sight) {
            (Phase::Setup, None) => self.limits.setup_fuel,
            _ => self.limits.fuel,
        }
    }
}
