//! Pre-flight: what a change would do to requests that somebody has, before any traffic meets it.

use std::sync::Arc;
use std::time::Duration;

use lictor_policy::{Request, TenantName};

use super::Host;
use crate::admit::Kept;
use crate::rollout::{
    Circle, DivergenceReport, Ledger, PairCounts, Phase, Plan, Reach, RolloutError, RolloutSpec,
    Rollouts, Running,
};
use crate::view::View;

/// What a change would do.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Preview {
    /// The requests that both versions decided, by how the decisions differ.
    pub counts: PairCounts,
    /// How many requests could not be compared, since the host had no room for an evaluation, or what they need is suspended.
    pub dropped: u64,
    /// How they differ, and what explains it.
    pub report: DivergenceReport,
}

impl Host {
    /// Has stable and candidate decide these requests, each at its time in milliseconds since 1970 or else now. Nothing changes:
    /// nobody meets the candidate, and its version counts for nothing. The plan plays no part.
    ///
    /// Takes the time of all these evaluations, on the calling thread.
    ///
    /// # Errors
    /// What would be in the way of the rollout itself, but for other rollouts of the same policies.
    pub fn preview(
        &self,
        tenant: &TenantName,
        spec: &RolloutSpec,
        requests: impl IntoIterator<Item = (Request, Option<u64>)>,
    ) -> Result<Preview, RolloutError> {
        let known = self.tenant(tenant)?;
        let ready = self.make_ready(tenant, spec)?;
        let ledger = Arc::new(Ledger::new(self.state.ids.salt()));
        let view = {
            let control = self.control();
            let view = known.view.load_full();
            ready.check(&view)?;
            let plan = Plan::shadow();
            let name = "preview".parse().expect("it is a name");
            let circle = Circle::new(tenant.as_str(), "preview", spec.plan.sticky().clone());
            let guards = plan.phases().first().map(|phase| phase.guards.clone());
            ledger.begin(Some(0), &guards.unwrap_or_default());
            let new = Arc::new(ready.new);
            let running = Running::new(&name, &plan, 0, &new, &Arc::new(circle), &ledger);
            let alone = View {
                rollouts: Rollouts::new([Arc::new(running)]),
                ..View::clone(&view)
            };
            Arc::new(alone.with_base(&control.base))
        };
        for (request, unix_ms) in requests {
            let now_ms = unix_ms.unwrap_or_else(|| self.state.clock.unix_ms());
            let kept = Kept::new(known.clone(), view.clone(), now_ms);
            self.compare_now(kept, request);
        }
        Ok(Preview {
            counts: ledger.read(|tally| PairCounts::of(&tally.total())),
            dropped: ledger.dropped(),
            report: ledger.report(),
        })
    }
}

impl Plan {
    /// One phase in which both decide and nothing comes of it.
    fn shadow() -> Self {
        Self::of("preview", vec![Phase::new(Reach::Shadow, Duration::ZERO)])
    }
}
