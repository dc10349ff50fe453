//! What a rule is given: everything that it may ask. Must never hold anything that the host would not record.

use crate::clock::Clock;
use crate::log::Log;
use crate::place::{OfData, OfParameters, OfRequest, World};
use crate::questions::Questions;

/// Questions about the request that is to be decided: `subject`, `action`, `resource`, `context`.
pub type Request = Questions<OfRequest>;

/// Questions about the tenant's documents. The first token of a pointer names the document.
pub type Data = Questions<OfData>;

/// Questions about the parameters of the binding. They are no observations and may be asked at any time.
pub type Parameters = Questions<OfParameters>;

/// Everything that a rule may ask.
///
/// Each question to `request`, `data` and `clock` becomes an observation: the host records it with its answer, shows it to
/// whoever asks why, and answers from memory as long as the answers stay the same. So ask for what the rule needs and no
/// more, what is common to many requests first.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The request that is to be decided.
    pub request: Request,
    /// The tenant's documents.
    pub data: Data,
    /// What the tenant set when it bound this policy.
    pub parameters: Parameters,
    /// The time of the request.
    pub clock: Clock,
    /// Lines for the people who run the policy.
    pub log: Log,
}

impl Ask {
    pub(crate) fn of(world: &World) -> Self {
        Self {
            request: Questions::of(world),
            data: Questions::of(world),
            parameters: Questions::of(world),
            clock: Clock::of(world),
            log: Log::of(world),
        }
    }
}
