//! The verbs about rollouts.

use lictor_policy::{JsonBounds, Request, RequestError, RolloutName, TenantName};

use super::{Part, Refused, RefusedLine, Reply, RolloutOrder, Turn};
use crate::host::Host;
use crate::rollout::{Move, Plan, RolloutSpec, RolloutStatus};

/// The most requests of a preview.
const REQUESTS_MAX: usize = 1_000_000;
/// Refused lines that are named.
const REFUSED_MAX: usize = 16;

impl Host {
    pub(super) fn roll_out_order(
        &self,
        tenant: &TenantName,
        order: RolloutOrder,
    ) -> Result<Reply, Refused> {
        refuse_base(tenant)?;
        let spec = self.spec(tenant, order)?;
        let status = self.roll_out(tenant, spec)?;
        self.shown(status)
    }

    pub(super) fn move_order(
        &self,
        tenant: &TenantName,
        rollout: &RolloutName,
        r#move: Move,
    ) -> Result<Reply, Refused> {
        let status = self.move_rollout(tenant, rollout, r#move)?;
        self.shown(status)
    }

    pub(super) fn show_rollout(
        &self,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Result<Reply, Refused> {
        self.shown(self.rollout(tenant, rollout)?)
    }

    fn shown(&self, status: RolloutStatus) -> Result<Reply, Refused> {
        Ok(Reply::Rollout {
            divergence: self.divergence(&status.tenant, &status.rollout)?,
            status: Box::new(status),
        })
    }

    pub(super) fn preview_order(
        &self,
        tenant: &TenantName,
        order: RolloutOrder,
        requests: &Part,
    ) -> Result<Reply, Refused> {
        refuse_base(tenant)?;
        let spec = self.spec(tenant, order)?;
        let (mut refused, mut lines_refused) = (Vec::new(), 0);
        let lines = requests.bytes()?.split(|byte| *byte == b'\n').zip(1_u64..);
        let lines = lines.filter(|(text, _)| !text.trim_ascii().is_empty());
        let requests = lines.filter_map(|(text, line)| {
            match Request::from_json_bounded(text, &JsonBounds::REQUEST) {
                Ok(request) => Some((request, None)),
                Err(error) => {
                    lines_refused += 1;
                    if refused.len() < REFUSED_MAX {
                        let why = why_refused(text, &error);
                        refused.push(RefusedLine { line, why });
                    }
                    None
                }
            }
        });
        let preview = self.preview(tenant, &spec, requests.take(REQUESTS_MAX))?;
        if preview.counts.pairs == 0 && preview.dropped == 0 && lines_refused == 0 {
            let refused = Refused::new(Turn::Caller, "there are no requests to decide");
            return Err(refused.hint("give at least one, as a line of JSON"));
        }
        Ok(Reply::Preview {
            divergence: preview.report,
            dropped: preview.dropped,
            refused,
        })
    }

    /// What the library rolls out.
    fn spec(&self, tenant: &TenantName, order: RolloutOrder) -> Result<RolloutSpec, Refused> {
        let plan = match order.plan {
            Some(plan) => plan,
            None => self.usual_plan(tenant, &order)?,
        };
        let mut spec = RolloutSpec::new(plan);
        if let Some(name) = order.name {
            spec = spec.name(name);
        }
        for binding in order.bindings {
            spec = spec.bind(binding.into_spec()?);
        }
        for policy in order.removed {
            spec = spec.unbind(policy);
        }
        for (name, json) in order.documents {
            spec = spec.put_data(name, json.into_bytes()?);
        }
        for name in order.removed_documents {
            spec = spec.remove_data(name);
        }
        Ok(if order.planned { spec.planned() } else { spec })
    }

    /// The plan where none is named: there is nothing to compare a first version with.
    fn usual_plan(&self, tenant: &TenantName, order: &RolloutOrder) -> Result<Plan, Refused> {
        let (bound, documents) = (self.bound(tenant)?, self.documents(tenant)?);
        let takes_away = !(order.removed.is_empty() && order.removed_documents.is_empty());
        let mut replaces = takes_away;
        for binding in &order.bindings {
            let policy = binding.policy()?;
            replaces |= bound.iter().any(|bound| bound.policy == policy);
        }
        let mut names = order.documents.keys();
        replaces |= names.any(|name| documents.get(name.as_str()).is_some());
        Ok(if replaces {
            Plan::careful()
        } else {
            Plan::immediate()
        })
    }
}

/// Why a line is no request. One of the audit log is named: it is what somebody who has no requests has.
fn why_refused(text: &[u8], error: &RequestError) -> String {
    #[derive(serde::Deserialize)]
    struct Recorded {
        #[serde(rename = "record")]
        _format: u32,
    }
    match serde_json::from_slice::<Recorded>(text) {
        Ok(_) => "it is a record of the audit log, which holds what policies looked at and not the whole request".to_owned(),
        Err(_) => error.to_string(),
    }
}

fn refuse_base(tenant: &TenantName) -> Result<(), Refused> {
    if !tenant.is_base() {
        return Ok(());
    }
    let refused = Refused::new(Turn::Caller, "the base layer has no rollouts");
    Err(refused.hint("`lictor deploy --tenant base` without a plan binds at once for every tenant"))
}
