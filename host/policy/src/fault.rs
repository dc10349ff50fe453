//! Why there is no decision, and who is to blame for that.
//!
//! A fault never becomes an `allow` and is never remembered.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::{DecisionError, Priority};

/// Who has to act so that a fault doesn't happen again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    /// Whoever sent the request.
    Caller,
    /// The tenant: it asks for more than it may have at once.
    Tenant,
    /// The author of the policy.
    Policy,
    /// The operator of the host.
    Host,
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Blame::Caller => "caller",
            Blame::Tenant => "tenant",
            Blame::Policy => "policy",
            Blame::Host => "host",
        })
    }
}

/// Whose rate of decisions is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RateScope {
    /// That of one agent: a subject's id within a tenant.
    Agent,
    /// That of the tenant.
    Tenant,
    /// That of the host.
    Host,
}

impl RateScope {
    /// All of them, the narrowest first.
    pub const ALL: [RateScope; 3] = [RateScope::Agent, RateScope::Tenant, RateScope::Host];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            RateScope::Agent => "agent",
            RateScope::Tenant => "tenant",
            RateScope::Host => "host",
        }
    }
}

impl fmt::Display for RateScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why there is no decision.
///
/// The text is safe to show to the tenant; it holds nothing of the request but the pointers that the policy asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The caller named a tenant that this host doesn't have.
    #[error("the tenant `{tenant}` is not known")]
    UnknownTenant {
        /// The tenant as the caller named it.
        tenant: String,
    },

    /// The caller sent more requests at once than a batch may have.
    #[error("the batch has {count} requests, at most {limit} are accepted")]
    BatchTooLarge {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },

    /// The tenant already has as many evaluations in flight as it may have.
    #[error("the tenant already has {limit} evaluations in flight, which is its limit")]
    TenantBusy {
        /// How many it may have.
        limit: u32,
        /// How long to wait before another try, in milliseconds.
        retry_after_ms: u64,
    },

    /// More decisions are asked for than one may ask for in this time.
    #[error("the {scope} asks for more decisions than it may in this time")]
    RateLimited {
        /// Whose rate is used up.
        scope: RateScope,
        /// How long to wait before another try, in milliseconds.
        retry_after_ms: u64,
    },

    /// An operator has suspended the policy.
    #[error("an operator has suspended this policy")]
    Suspended,

    /// The artifact is no longer trusted: it, or a key that signed it, was revoked.
    #[error("the policy may not run any more: {detail}")]
    Revoked {
        /// What was revoked.
        detail: String,
    },

    /// Something that the policy needs was kept over a restart and could not be restored: its artifact, or a document.
    #[error("the host could not restore what this policy needs when it started: {detail}")]
    NotRestored {
        /// What is missing, and why.
        detail: String,
    },

    /// The evaluation used up its fuel.
    #[error("the fuel of {limit} is used up")]
    FuelExhausted {
        /// The fuel it was given.
        limit: u64,
    },
    /// The evaluation ran longer than it may, and the processor was its own for most of that time.
    #[error("the deadline of {limit_ms} ms has passed")]
    DeadlineExceeded {
        /// The deadline in milliseconds.
        limit_ms: u64,
    },
    /// A memory would have grown beyond the limit.
    #[error("a memory may not grow to {wanted} bytes, the limit is {limit} over all memories")]
    MemoryExceeded {
        /// What all memories would have come to, in bytes.
        wanted: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A table would have grown beyond the limit.
    #[error("a table may not grow to {wanted} elements, the limit is {limit} over all tables")]
    TableExceeded {
        /// What all tables would have come to, in elements.
        wanted: usize,
        /// The limit in elements.
        limit: usize,
    },
    /// The call stack is used up, mostly by endless recursion.
    #[error("the call stack is used up")]
    StackExhausted,
    /// The guest trapped: it panicked, accessed memory that it doesn't have, divided by zero and so on.
    #[error("the policy trapped: {detail}")]
    Trapped {
        /// The kind of the trap.
        detail: String,
    },
    /// The policy itself said that it can't decide.
    #[error("the policy failed: {message}")]
    Failed {
        /// What the policy said, shortened to 1,024 bytes.
        message: String,
    },
    /// What the policy handed over is no value of the contract: invalid UTF-8, an enum out of range, a bad pointer.
    #[error("the policy handed over something that is no value of the contract: {detail}")]
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// The policy handed over more bytes than it may.
    #[error("the policy handed over more than {limit} bytes at once")]
    TooLarge {
        /// How many it may hand over.
        limit: usize,
    },
    /// The decision breaks a bound.
    #[error("the policy's decision is refused: {0}")]
    Decision(#[from] DecisionError),
    /// More questions than an evaluation may ask.
    #[error("the policy asked more than {limit} questions")]
    QuestionsExceeded {
        /// How many it may ask.
        limit: u32,
    },
    /// A question whose answer is larger than it may be.
    #[error("the answer to `{question}` has more than {limit} bytes")]
    AnswerTooLarge {
        /// The question.
        question: String,
        /// How many bytes it may have.
        limit: usize,
    },
    /// More bytes of questions and answers than an evaluation may have.
    #[error("the policy's questions and their answers have more than {limit} bytes")]
    ObservationsTooLarge {
        /// How many bytes they may have.
        limit: usize,
    },
    /// A question with a malformed pointer.
    #[error("the question `{question}` is malformed: {detail}")]
    PointerMalformed {
        /// The question, shortened.
        question: String,
        /// What is wrong with the pointer.
        detail: String,
    },
    /// A question that only `evaluate` may ask.
    #[error("`{question}` may only be asked while a request is evaluated")]
    QuestionRefused {
        /// The question.
        question: String,
    },
    /// The policy wanted to wait for time to pass, which no policy may.
    #[error("the policy wanted to wait for a timer")]
    Waited,
    /// The policy wanted to end the process.
    #[error("the policy called `exit`")]
    Exited,
    /// More calls of system interfaces than an evaluation may make.
    #[error("the policy made more than {limit} calls of system interfaces")]
    CallsExceeded {
        /// How many it may make.
        limit: u32,
    },

    /// The policy faulted so often that it isn't run for a while, for this subject or for any.
    #[error(
        "the policy faulted too often, last with `{last}`, and isn't run for {} in the next {wait_ms} ms",
        if *subject_alone { "this subject" } else { "anybody" }
    )]
    CircuitOpen {
        /// Whether it is this subject alone that it isn't run for, because its faults were this subject's.
        subject_alone: bool,
        /// How long that lasts at least, in milliseconds; 0 while somebody else's request tries whether it is over.
        wait_ms: u64,
        /// The code of the last fault that was counted.
        last: &'static str,
    },

    /// As many evaluations are in flight as the host takes on, and none ended in time.
    #[error("the host is overloaded: all {slots} evaluation slots are taken")]
    Overloaded {
        /// How many slots there are.
        slots: u32,
        /// How long to wait before another try, in milliseconds.
        retry_after_ms: u64,
    },
    /// The queue of the host's evaluator threads is full.
    #[error("the host is overloaded: {waiting} evaluations are waiting already")]
    QueueFull {
        /// How many are waiting.
        waiting: u32,
        /// How long to wait before another try, in milliseconds.
        retry_after_ms: u64,
    },
    /// The call waited while others of its priority had been waiting for too long already, or it gave way to one that matters more.
    #[error("the host is overloaded: calls of priority `{priority}` are being refused")]
    Shed {
        /// The call's priority.
        priority: Priority,
        /// How long to wait before another try, in milliseconds.
        retry_after_ms: u64,
    },
    /// The deadline passed, but the evaluation had little of the processor in that time.
    #[error(
        "the deadline of {limit_ms} ms has passed with {used_ms} ms of processor time used: the host is overloaded"
    )]
    Starved {
        /// The deadline in milliseconds.
        limit_ms: u64,
        /// The processor time used, in milliseconds.
        used_ms: u64,
    },
    /// The audit record could not be taken, and the operator wants no decision without one.
    #[error("the decision could not be recorded, and this host gives none without a record")]
    Unrecorded,
    /// Something in the host went wrong.
    #[error("the host failed: {detail}")]
    Internal {
        /// What went wrong, for the operator.
        detail: String,
    },
}

impl Fault {
    /// Who has to act so that it doesn't happen again.
    pub fn blame(&self) -> Blame {
        match self {
            Fault::UnknownTenant { .. } | Fault::BatchTooLarge { .. } => Blame::Caller,
            Fault::TenantBusy { .. } | Fault::Revoked { .. } => Blame::Tenant,
            Fault::RateLimited { scope, .. } => match scope {
                RateScope::Agent => Blame::Caller,
                RateScope::Tenant => Blame::Tenant,
                RateScope::Host => Blame::Host,
            },
            Fault::Overloaded { .. }
            | Fault::QueueFull { .. }
            | Fault::Shed { .. }
            | Fault::Suspended
            | Fault::Starved { .. }
            | Fault::Unrecorded
            | Fault::NotRestored { .. }
            | Fault::Internal { .. } => Blame::Host,
            _ => Blame::Policy,
        }
    }

    /// How long a caller that was refused waits before another try; nothing where another try at the same is no better, or where
    /// this is no refusal. What a host gives out is spread, so that those who were refused together don't come back together.
    pub fn retry_after(&self) -> Option<Duration> {
        let mut fault = self.clone();
        fault.retry_after_ms().copied().map(Duration::from_millis)
    }

    /// The same refusal with a wait that is longer by a share of itself, from nothing to all of it, as the draw says.
    #[must_use]
    pub fn spread(mut self, draw: u64) -> Self {
        if let Some(ms) = self.retry_after_ms() {
            *ms = ms.saturating_add(draw % ms.saturating_add(1));
        }
        self
    }

    fn retry_after_ms(&mut self) -> Option<&mut u64> {
        match self {
            Fault::TenantBusy { retry_after_ms, .. }
            | Fault::RateLimited { retry_after_ms, .. }
            | Fault::Overloaded { retry_after_ms, .. }
            | Fault::QueueFull { retry_after_ms, .. }
            | Fault::Shed { retry_after_ms, .. } => Some(retry_after_ms),
            _ => None,
        }
    }

    /// A stable, machine-readable code for records and metrics, for example `fuel-exhausted`.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::UnknownTenant { .. } => "unknown-tenant",
            Fault::BatchTooLarge { .. } => "batch-too-large",
            Fault::TenantBusy { .. } => "tenant-busy",
            Fault::RateLimited { .. } => "rate-limited",
            Fault::Suspended => "suspended",
            Fault::Revoked { .. } => "revoked",
            Fault::NotRestored { .. } => "not-restored",
            Fault::FuelExhausted { .. } => "fuel-exhausted",
            Fault::DeadlineExceeded { .. } => "deadline-exceeded",
            Fault::MemoryExceeded { .. } => "memory-exceeded",
            Fault::TableExceeded { .. } => "table-exceeded",
            Fault::StackExhausted => "stack-exhausted",
            Fault::Trapped { .. } => "trapped",
            Fault::Failed { .. } => "failed",
            Fault::Malformed { .. } => "malformed",
            Fault::TooLarge { .. } => "too-large",
            Fault::Decision(_) => "decision-refused",
            Fault::QuestionsExceeded { .. } => "questions-exceeded",
            Fault::AnswerTooLarge { .. } => "answer-too-large",
            Fault::ObservationsTooLarge { .. } => "observations-too-large",
            Fault::PointerMalformed { .. } => "pointer-malformed",
            Fault::QuestionRefused { .. } => "question-refused",
            Fault::Waited => "waited",
            Fault::Exited => "exited",
            Fault::CallsExceeded { .. } => "calls-exceeded",
            Fault::CircuitOpen { .. } => "circuit-open",
            Fault::Overloaded { .. } => "overloaded",
            Fault::QueueFull { .. } => "queue-full",
            Fault::Shed { .. } => "shed",
            Fault::Starved { .. } => "starved",
            Fault::Unrecorded => "unrecorded",
            Fault::Internal { .. } => "internal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_when_to_come_back_and_never_sooner() {
        let refused = Fault::Shed {
            priority: Priority::Low,
            retry_after_ms: 100,
        };
        let waits = [0, 1, 100, 101, u64::MAX].map(|draw| refused.clone().spread(draw));
        let waits = waits.map(|fault| fault.retry_after().unwrap().as_millis());
        assert_eq!(waits[..4], [100, 101, 200, 100]);
        assert!((100..=200).contains(&waits[4]));
        let most = Fault::RateLimited {
            scope: RateScope::Host,
            retry_after_ms: u64::MAX,
        };
        assert_eq!(
            most.spread(7).retry_after(),
            Some(Duration::from_millis(u64::MAX))
        );
        assert_eq!(Fault::StackExhausted.spread(7).retry_after(), None);
    }

    #[test]
    fn no_policy_is_blamed_for_a_refusal() {
        let limited = |scope| Fault::RateLimited {
            scope,
            retry_after_ms: 1,
        };
        let blames = RateScope::ALL.map(|scope| limited(scope).blame());
        assert_eq!(blames, [Blame::Caller, Blame::Tenant, Blame::Host]);
        assert_eq!(Fault::Suspended.blame(), Blame::Host);
    }

    #[test]
    fn an_open_circuit_is_the_policys_fault_and_says_for_whom() {
        let open = |subject_alone| Fault::CircuitOpen {
            subject_alone,
            wait_ms: 500,
            last: Fault::StackExhausted.code(),
        };
        assert_eq!(
            (open(true).code(), open(true).blame()),
            ("circuit-open", Blame::Policy)
        );
        assert_eq!(
            open(true).to_string(),
            "the policy faulted too often, last with `stack-exhausted`, and isn't run for this subject in the next 500 ms"
        );
        assert!(open(false).to_string().contains("for anybody in"));
    }
}
