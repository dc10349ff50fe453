//! What a host with rollouts must do, written down a second time: nothing here is the runtime's code but its words.
//!
//! It is slow and plain on purpose. A version of a tenant is a set of bindings and documents; a rollout puts one set in the
//! place of another; which versions decide for a request follows from the plan, the phase and the request alone.

mod answer;
mod evidence;
mod plan;
mod rollout;
mod split;
mod tenant;

pub use answer::{Answer, Asked};
pub use plan::{Guarded, Part, Plan};
pub use rollout::{Class, Pair, Rollout};
pub use split::{Choice, Circle};
pub use tenant::Tenant;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use lictor::{BindingSpec, Digest, Version};

use crate::fixture::{Guest, spec};

/// One binding of a policy.
#[derive(Debug)]
pub struct Bound {
    pub policy: String,
    pub version: Version,
    pub guest: Guest,
    pub limit: i64,
    pub trap: i64,
    pub spin: u32,
    /// As the host names it.
    pub revision: Cell<Option<Digest>>,
    /// Whether it has ever decided without a fault.
    pub decided: Cell<bool>,
}

impl Bound {
    pub fn spec(&self) -> BindingSpec {
        let Self {
            limit, trap, spin, ..
        } = self;
        let parameters = match self.guest {
            Guest::Limit => format!(r#"{{"limit": {limit}, "trap": {trap}, "spin": {spin}}}"#),
            Guest::Shared => "{}".to_owned(),
        };
        spec(&self.policy, &self.version, self.guest, &parameters)
    }
}

/// The two documents, which only ever change together.
pub type Numbers = Rc<i64>;

/// What a rollout puts in the place of what is there.
#[derive(Clone, Debug, Default)]
pub struct Replacement {
    /// Nothing for a policy that is taken away, or wasn't there.
    pub policies: BTreeMap<String, Option<Rc<Bound>>>,
    pub documents: Option<Numbers>,
}
