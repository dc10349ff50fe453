//! What operators have suspended, as requests meet it.
//!
//! It is no part of a tenant's view: a view is as old as its request, and a suspension counts for requests that have begun as well.
//! So each decision asks here when it begins and again when it is there, on every path: recalled ones, those that waited for a
//! thread, each of a batch. Must never cost more than one load while nothing is suspended.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use foldhash::fast::RandomState;
use lictor_policy::{Decision, Digest, Effect, PolicyName, Request, TenantName};
use lictor_state::{SuspensionKey, SuspensionTarget};
use smallvec::SmallVec;

use crate::binding::Layer;
use crate::clock::Clock;

/// The reason of a denial because an agent or a tenant is suspended.
pub(crate) const SUSPENDED: &str = "lictor:suspended";

/// Until when, by the monotonic clock: a wall clock that is set wrong ends nothing. Nothing where somebody has to lift it.
type Until = Option<Duration>;

/// What is suspended now.
#[derive(Debug, Default)]
pub(crate) struct Suspensions {
    any: AtomicBool,
    list: ArcSwap<Suspended>,
}

/// What is suspended, for looking up. It never changes in place.
#[derive(Debug, Default)]
pub(crate) struct Suspended {
    tenants: HashMap<TenantName, Until, RandomState>,
    /// By the subject's id: in which tenants.
    agents: HashMap<Box<str>, Places, RandomState>,
    /// Agents of whom only the digest of the id is known, since the store's entry can't be understood.
    digests: Vec<(Digest, Option<TenantName>)>,
    base: HashMap<PolicyName, Until, RandomState>,
    policies: HashMap<PolicyName, Places, RandomState>,
}

/// In which tenants something is suspended, and until when; in all where none is named.
type Places = SmallVec<[(Option<TenantName>, Until); 1]>;

/// For whose sake a request is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Agent,
    Tenant,
}

impl Suspensions {
    /// What is suspended, if anything is.
    pub(crate) fn now(&self) -> Option<Guard<Arc<Suspended>>> {
        self.any.load(Ordering::Acquire).then(|| self.list.load())
    }

    /// Has this count from the next decision on.
    pub(crate) fn show(&self, suspended: Suspended) {
        let any = !suspended.is_empty();
        // Whoever finds that there is something must find it.
        self.list.store(Arc::new(suspended));
        self.any.store(any, Ordering::SeqCst);
    }
}

impl Suspended {
    /// Adds what a target names.
    pub(crate) fn add(&mut self, target: &SuspensionTarget, until: Until) {
        match target {
            SuspensionTarget::Agent { agent, tenant } => {
                let places = self.agents.entry(agent.as_str().into()).or_default();
                places.push((tenant.clone(), until));
            }
            SuspensionTarget::Tenant { tenant } => {
                self.tenants.insert(tenant.clone(), until);
            }
            SuspensionTarget::Policy { tenant, policy } if tenant.is_base() => {
                self.base.insert(policy.clone(), until);
            }
            SuspensionTarget::Policy { tenant, policy } => {
                let places = self.policies.entry(policy.clone()).or_default();
                places.push((Some(tenant.clone()), until));
            }
        }
    }

    /// Adds what can only be told by its key, for good.
    pub(crate) fn add_key(&mut self, key: SuspensionKey) {
        match key {
            SuspensionKey::Agent { digest, tenant } => self.digests.push((digest, tenant)),
            SuspensionKey::Named(target) => self.add(&target, None),
        }
    }

    fn is_empty(&self) -> bool {
        self.tenants.is_empty()
            && self.agents.is_empty()
            && self.digests.is_empty()
            && self.base.is_empty()
            && self.policies.is_empty()
    }

    /// Whether a tenant's request is answered for it, and for whose sake.
    pub(crate) fn of_request(
        &self,
        tenant: &TenantName,
        request: &Request,
        clock: &dyn Clock,
    ) -> Option<Whose> {
        let is_tenant = self.tenants.get(tenant);
        if is_tenant.is_some_and(|until| holds(*until, clock)) {
            return Some(Whose::Tenant);
        }
        self.has_agent(tenant, request.subject_id(), clock)
            .then_some(Whose::Agent)
    }

    fn has_agent(&self, tenant: &TenantName, id: &str, clock: &dyn Clock) -> bool {
        if has_place(self.agents.get(id), tenant, clock) {
            return true;
        }
        if self.digests.is_empty() {
            return false;
        }
        let digest = Digest::of(id.as_bytes());
        let mut digests = self.digests.iter();
        digests.any(|(known, of)| *known == digest && of.as_ref().is_none_or(|of| of == tenant))
    }

    /// Whether a policy of a layer isn't run for a tenant.
    pub(crate) fn has_policy(
        &self,
        layer: Layer,
        tenant: &TenantName,
        policy: &PolicyName,
        clock: &dyn Clock,
    ) -> bool {
        match layer {
            Layer::Base => self
                .base
                .get(policy)
                .is_some_and(|until| holds(*until, clock)),
            Layer::Tenant => has_place(self.policies.get(policy), tenant, clock),
        }
    }
}

fn has_place(places: Option<&Places>, tenant: &TenantName, clock: &dyn Clock) -> bool {
    let mut places = places.into_iter().flatten();
    places.any(|(of, until)| of.as_ref().is_none_or(|of| of == tenant) && holds(*until, clock))
}

fn holds(until: Until, clock: &dyn Clock) -> bool {
    until.is_none_or(|until| clock.monotonic() < until)
}

impl Whose {
    fn word(self) -> &'static str {
        match self {
            Whose::Agent => "agent",
            Whose::Tenant => "tenant",
        }
    }

    /// What is answered. Who suspended it and why is the operator's affair.
    pub(crate) fn decision(self) -> Decision {
        let word = self.word();
        let message = format!("an operator has suspended this {word}");
        let mut decision = Decision::because(Effect::Deny, SUSPENDED, message);
        if let Some(reason) = decision.reasons.first_mut() {
            reason.annotations = vec![("suspended".to_owned(), word.to_owned())];
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn request(id: &str) -> Request {
        let request = Request::builder().subject("agent", id);
        let request = request.action("pay").resource("order", "1");
        request.build().unwrap()
    }

    fn agent(id: &str, tenant: Option<&str>) -> SuspensionTarget {
        SuspensionTarget::Agent {
            agent: id.to_owned(),
            tenant: tenant.map(|it| it.parse().unwrap()),
        }
    }

    #[test]
    fn an_agent_is_suspended_where_it_is_named_and_nowhere_else() {
        let clock = ManualClock::at(0);
        let [bank, shop] = ["bank", "shop"].map(|name| name.parse::<TenantName>().unwrap());
        let mut list = Suspended::default();
        assert!(list.is_empty());
        list.add(&agent("ada", Some("bank")), None);
        list.add(&agent("eve", None), None);
        let key = SuspensionKey::parse(&agent("gus", Some("shop")).key()).unwrap();
        list.add_key(key);
        let whose = |tenant: &TenantName, id: &str| list.of_request(tenant, &request(id), &clock);
        let is = Some(Whose::Agent);
        assert_eq!([whose(&bank, "ada"), whose(&shop, "ada")], [is, None]);
        assert_eq!([whose(&bank, "eve"), whose(&shop, "eve")], [is, is]);
        assert_eq!([whose(&bank, "gus"), whose(&shop, "gus")], [None, is]);
        assert_eq!(whose(&bank, "bob"), None);
    }

    #[test]
    fn an_end_is_one_of_the_clock_that_nobody_can_set() {
        let clock = ManualClock::at(1_000);
        let bank: TenantName = "bank".parse().unwrap();
        let mut list = Suspended::default();
        let until = Some(Duration::from_millis(2_000));
        list.add(
            &SuspensionTarget::Tenant {
                tenant: bank.clone(),
            },
            until,
        );
        let whose = || list.of_request(&bank, &request("ada"), &clock);
        clock.jump_wall(10_000);
        assert_eq!(whose(), Some(Whose::Tenant));
        clock.set(1_999);
        assert_eq!(whose(), Some(Whose::Tenant));
        clock.set(2_000);
        assert_eq!(whose(), None);
    }

    #[test]
    fn a_policy_of_the_base_layer_is_another_than_a_tenants_of_the_same_name() {
        let clock = ManualClock::at(0);
        let [bank, base] = ["bank", "base"].map(|name| name.parse::<TenantName>().unwrap());
        let rule: PolicyName = "rule".parse().unwrap();
        let mut list = Suspended::default();
        let of = |tenant: &TenantName| SuspensionTarget::Policy {
            tenant: tenant.clone(),
            policy: "rule".parse().unwrap(),
        };
        list.add(&of(&base), None);
        assert!(list.has_policy(Layer::Base, &bank, &rule, &clock));
        assert!(!list.has_policy(Layer::Tenant, &bank, &rule, &clock));
        list.add(&of(&bank), None);
        assert!(list.has_policy(Layer::Tenant, &bank, &rule, &clock));
    }
}
