//! Rates: whether a call may ask for its decisions now, by the buckets of its agents, its tenant and the host.
//!
//! A call takes of all of them or of none. The narrowest is asked first, so that an agent that asks for too much takes nothing
//! of its tenant's, nor a tenant of the host's. Where no rate is set, nothing is counted and no clock is read.

use std::time::Duration;

use lictor_policy::{Fault, RateScope, Request};
use smallvec::SmallVec;

use super::Admitted;
use super::agents::{AgentHash, Agents};
use super::bucket::{Bucket, Pour, nanoseconds};
use super::rate::Rate;
use crate::host::Host;

/// The host's own rate, and what agents are renamed with.
#[derive(Debug)]
pub(crate) struct Limits {
    rate: Option<Rate>,
    bucket: Bucket,
    key: [u8; 32],
}

/// The buckets of a tenant.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    own: Bucket,
    agents: Agents,
}

impl Limits {
    pub(crate) fn new(rate: Option<Rate>, seed: &[u8; 32]) -> Self {
        Self {
            rate,
            bucket: Bucket::default(),
            key: blake3::keyed_hash(seed, b"agents with a rate").into(),
        }
    }
}

impl Host {
    /// Takes a token for each request of a call, of every bucket that there is a rate for.
    ///
    /// # Errors
    /// One has too few; nothing was taken.
    pub(super) fn ration(
        &self,
        admitted: &Admitted<'_>,
        requests: &[Request],
    ) -> Result<(), Fault> {
        let settings = &admitted.view.settings;
        let limits = &self.state.limits;
        if settings.rate.is_none() && settings.agent_rate.is_none() && limits.rate.is_none() {
            return Ok(());
        }
        let ration = Ration {
            limits,
            buckets: &admitted.tenant.buckets,
            now: nanoseconds(self.state.clock.monotonic()),
        };
        ration.take(settings.agent_rate, settings.rate, requests)
    }
}

/// One call at the buckets.
struct Ration<'a> {
    limits: &'a Limits,
    buckets: &'a Buckets,
    now: u64,
}

impl Ration<'_> {
    fn take(
        &self,
        of_agent: Option<Rate>,
        of_tenant: Option<Rate>,
        requests: &[Request],
    ) -> Result<(), Fault> {
        let tokens = requests.len() as u64;
        let agents = match of_agent {
            Some(rate) => self.take_of_agents(rate, requests)?,
            None => SmallVec::new(),
        };
        let own = self.take_of(&self.buckets.own, of_tenant, RateScope::Tenant, tokens);
        let all = own.and_then(|()| {
            let host = self.take_of(
                &self.limits.bucket,
                self.limits.rate,
                RateScope::Host,
                tokens,
            );
            host.inspect_err(|_| {
                if let Some(rate) = of_tenant {
                    self.buckets.own.give_back(Pour::of(rate), tokens);
                }
            })
        });
        all.inspect_err(|_| self.give_back(of_agent, &agents))
    }

    fn take_of(
        &self,
        bucket: &Bucket,
        rate: Option<Rate>,
        scope: RateScope,
        tokens: u64,
    ) -> Result<(), Fault> {
        let Some(rate) = rate else {
            return Ok(());
        };
        check_size(rate, tokens)?;
        let taken = bucket.take(Pour::of(rate), self.now, tokens);
        taken.map_err(|wait| limited(scope, wait))
    }

    /// Takes of each agent as many tokens as it has requests, and says of whom.
    fn take_of_agents(&self, rate: Rate, requests: &[Request]) -> Result<Taken, Fault> {
        let pour = Pour::of(rate);
        let wanted = self.wanted(requests);
        for (number, (agent, tokens)) in wanted.iter().enumerate() {
            let taken = check_size(rate, *tokens).and_then(|()| {
                let taken = self.buckets.agents.take(*agent, pour, self.now, *tokens);
                taken.map_err(|wait| limited(RateScope::Agent, wait))
            });
            if let Err(fault) = taken {
                let before = wanted.get(..number).unwrap_or_default();
                self.give_back(Some(rate), before);
                return Err(fault);
            }
        }
        Ok(wanted)
    }

    /// Each agent once, with how many requests it has.
    fn wanted(&self, requests: &[Request]) -> Taken {
        let agents = requests.iter().map(Request::subject_id);
        let mut agents: SmallVec<[AgentHash; 1]> = agents
            .map(|id| AgentHash::new(&self.limits.key, id))
            .collect();
        agents.sort_unstable();
        let each = agents.chunk_by(|a, b| a == b);
        each.filter_map(|same| Some((*same.first()?, same.len() as u64)))
            .collect()
    }

    fn give_back(&self, rate: Option<Rate>, taken: &[(AgentHash, u64)]) {
        let Some(rate) = rate else {
            return;
        };
        for (agent, tokens) in taken {
            let agents = &self.buckets.agents;
            agents.give_back(*agent, Pour::of(rate), *tokens);
        }
    }
}

/// Of whom how many tokens were taken.
type Taken = SmallVec<[(AgentHash, u64); 1]>;

/// Refuses what could never be had at once, however long one waits.
fn check_size(rate: Rate, tokens: u64) -> Result<(), Fault> {
    if tokens <= rate.at_once().into() {
        return Ok(());
    }
    Err(Fault::BatchTooLarge {
        count: usize::try_from(tokens).unwrap_or(usize::MAX),
        limit: usize::try_from(rate.at_once()).unwrap_or(usize::MAX),
    })
}

fn limited(scope: RateScope, wait: Duration) -> Fault {
    let wait_ms = wait.as_nanos().div_ceil(1_000_000);
    Fault::RateLimited {
        scope,
        retry_after_ms: u64::try_from(wait_ms).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: &str) -> Request {
        let request = Request::builder().subject("agent", id);
        let request = request.action("pay").resource("order", "1");
        request.build().unwrap()
    }

    struct Desk {
        limits: Limits,
        buckets: Buckets,
    }

    impl Desk {
        fn new(host: Option<&str>) -> Self {
            let rate = host.map(|it| it.parse().unwrap());
            Self {
                limits: Limits::new(rate, &[7; 32]),
                buckets: Buckets::default(),
            }
        }

        fn ask(
            &self,
            agent: Option<&str>,
            tenant: Option<&str>,
            ids: &[&str],
        ) -> Result<(), Fault> {
            let [agent, tenant] = [agent, tenant].map(|it| it.map(|it| it.parse().unwrap()));
            let requests: Vec<_> = ids.iter().map(|id| request(id)).collect();
            let ration = Ration {
                limits: &self.limits,
                buckets: &self.buckets,
                now: 0,
            };
            ration.take(agent, tenant, &requests)
        }
    }

    fn scope(asked: Result<(), Fault>) -> Option<RateScope> {
        match asked {
            Ok(()) => None,
            Err(Fault::RateLimited { scope, .. }) => Some(scope),
            Err(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn each_scope_refuses_for_itself() {
        let desk = Desk::new(Some("4/h"));
        let ask = |id| scope(desk.ask(Some("1/h"), Some("2/h"), &[id]));
        assert_eq!(ask("ada"), None);
        assert_eq!(ask("ada"), Some(RateScope::Agent));
        assert_eq!(ask("bob"), None);
        assert_eq!(ask("eve"), Some(RateScope::Tenant));
        // Without a rate of the tenant it is the host's that ends it.
        let ask = |id| scope(desk.ask(Some("1/h"), None, &[id]));
        assert_eq!([ask("eve"), ask("fay")], [None, None]);
        assert_eq!(ask("gus"), Some(RateScope::Host));
    }

    #[test]
    fn a_call_takes_of_all_buckets_or_of_none() {
        let desk = Desk::new(Some("3/h"));
        let ask = |ids: &[&str]| scope(desk.ask(Some("2/h"), Some("100/h"), ids));
        // Too much for the second agent: the first one and the tenant lose nothing.
        assert_eq!(ask(&["bob", "bob"]), None);
        for _ in 0..50 {
            assert_eq!(ask(&["ada", "bob"]), Some(RateScope::Agent));
        }
        // Too much for the host: agent and tenant lose nothing.
        for _ in 0..200 {
            assert_eq!(ask(&["ada", "ada"]), Some(RateScope::Host));
        }
        assert_eq!(ask(&["ada"]), None);
        assert_eq!(
            scope(desk.ask(Some("2/h"), None, &["ada"])),
            Some(RateScope::Host)
        );
        let free = Desk {
            limits: Limits::new(None, &[7; 32]),
            ..desk
        };
        assert_eq!(scope(free.ask(Some("2/h"), Some("100/h"), &["ada"])), None);
        assert_eq!(
            scope(free.ask(Some("2/h"), Some("100/h"), &["ada"])),
            Some(RateScope::Agent)
        );
        let others: Vec<String> = (0..96).map(|it| it.to_string()).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        // bob's two and ada's two are all that the tenant lost.
        assert_eq!(scope(free.ask(None, Some("100/h"), &others)), None);
        assert_eq!(
            scope(free.ask(None, Some("100/h"), &["gus"])),
            Some(RateScope::Tenant)
        );
    }

    #[test]
    fn a_batch_that_could_never_be_had_at_once_is_too_large() {
        let desk = Desk::new(None);
        let asked = desk.ask(Some("2/s"), None, &["ada", "ada", "ada"]);
        assert_eq!(asked, Err(Fault::BatchTooLarge { count: 3, limit: 2 }));
        assert_eq!(desk.ask(Some("2/s"), None, &["ada", "bob", "eve"]), Ok(()));
    }
}
