//! Rollouts as an operator makes them and as requests meet them.

mod moves;
mod preview;
mod refused;
mod restart;
mod strict;

use std::sync::Arc;
use std::time::Duration;

use harness::NOW_MS;
use lictor::{
    Decision, Effect, Host, ManualClock, Plan, Request, RolloutSpec, RolloutStatus, Stage,
    TenantName, TenantSettings,
};

use crate::fixture::{bank_with, builder, limit};

/// A host with a tenant, and the clock that moves its rollouts.
pub struct World {
    pub host: Host,
    pub bank: TenantName,
    pub clock: Arc<ManualClock>,
}

impl World {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::at(NOW_MS));
        let (host, bank) = bank_with(builder().clock(clock.clone()), TenantSettings::default());
        Self { host, bank, clock }
    }

    /// The same, whose tenant allows amounts up to 10,000.
    pub fn limited() -> Self {
        let world = Self::new();
        let host = &world.host;
        host.bind(&world.bank, limit("1.0.0", 10_000)).unwrap();
        world
    }

    pub fn decide(&self, agent: &str, amount: i64) -> Arc<Decision> {
        let outcome = self.host.evaluate(&self.bank, &pay(agent, amount));
        outcome.unwrap().decision
    }

    pub fn effect(&self, agent: &str, amount: i64) -> Effect {
        self.decide(agent, amount).effect
    }

    pub fn roll_out(&self, spec: RolloutSpec) -> RolloutStatus {
        self.host.roll_out(&self.bank, spec).unwrap()
    }

    pub fn status(&self, of: &RolloutStatus) -> RolloutStatus {
        self.host.rollout(&self.bank, &of.rollout).unwrap()
    }

    /// Waits until so many pairs were compared in the phase.
    pub fn compared(&self, of: &RolloutStatus, pairs: u64) -> RolloutStatus {
        loop {
            let status = self.status(of);
            assert_eq!(status.dropped, 0);
            if status.phase.pairs >= pairs || !matches!(status.stage, Stage::Phase(_)) {
                return status;
            }
            std::thread::yield_now();
        }
    }

    /// Has one subject after the other ask for its amount until a guard stops the rollout, and says how it did.
    pub fn until_a_guard_trips(
        &self,
        of: &RolloutStatus,
        amount: impl Fn(i64) -> i64,
    ) -> lictor::Moved {
        for number in 0..100 {
            self.effect(&format!("agent-{number}"), amount(number));
            let mut status = self.compared(of, number as u64 + 1);
            if status.stage == Stage::Aborted {
                return status.moves.pop().unwrap();
            }
        }
        panic!("the guard does not trip");
    }

    /// Lets time pass, and rollouts move on by it.
    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.host.tick();
    }
}

pub fn pay(agent: &str, amount: i64) -> Request {
    Request::builder()
        .subject("agent", agent)
        .action("pay")
        .resource("order", "4711")
        .context("amount", amount)
        .build()
        .unwrap()
}

pub fn plan(strict: &str, phases: &[&str]) -> Plan {
    let phases: String = phases
        .iter()
        .map(|it| format!("[[phases]]\n{it}\n"))
        .collect();
    Plan::from_toml(&format!("name = \"test\"\nstrict = \"{strict}\"\n{phases}")).unwrap()
}

pub const SHADOW: &str = "kind = \"shadow\"\ntime = \"1h\"";
pub const HALF: &str = "kind = \"canary\"\npercent = 50\ntime = \"1h\"";
pub const ALL: &str = "kind = \"canary\"\npercent = 100\ntime = \"1h\"";

pub const HOUR: Duration = Duration::from_secs(3_600);
