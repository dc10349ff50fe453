//! The verbs about rollouts.

use lictor_policy::{JsonBounds, Request, RolloutName, TenantName};
use serde_json::value::RawValue;

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
        let requests = lines.filter_map(|(text, line)| match request_of(text) {
            Ok(request) => Some(request),
            Err(why) => {
                lines_refused += 1;
                if refused.len() < REFUSED_MAX {
                    refused.push(RefusedLine { line, why });
                }
                None
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

/// A request that was written on a line or recorded in it, with the time at which it was decided then.
fn request_of(text: &[u8]) -> Result<(Request, Option<u64>), String> {
    let understood = |text: &[u8]| Request::from_json_bounded(text, &JsonBounds::REQUEST);
    let error = match understood(text) {
        Ok(request) => return Ok((request, None)),
        Err(error) => error,
    };
    match serde_json::from_slice::<Recorded<'_>>(text) {
        Ok(Recorded {
            unix_ms,
            request: Some(request),
            ..
        }) => {
            let request = understood(request.get().as_bytes());
            let request = request.map_err(|error| format!("the request in the record: {error}"))?;
            Ok((request, Some(unix_ms)))
        }
        Ok(Recorded {
            request_hidden: true,
            ..
        }) => Err("it is a record whose request is left out, because something of it is hidden".to_owned()),
        Ok(_) => Err("it is a record without its request, which is kept only where the host is told to record requests".to_owned()),
        Err(_) => Err(error.to_string()),
    }
}

/// What of a record counts here.
#[derive(serde::Deserialize)]
struct Recorded<'a> {
    #[serde(rename = "record")]
    _format: u32,
    unix_ms: u64,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
    #[serde(default)]
    request_hidden: bool,
}

fn refuse_base(tenant: &TenantName) -> Result<(), Refused> {
    if !tenant.is_base() {
        return Ok(());
    }
    let refused = Refused::new(Turn::Caller, "the base layer has no rollouts");
    Err(refused.hint("`lictor deploy --tenant base` without a plan binds at once for every tenant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{"subject":{"type":"agent","id":"a"},"action":{"name":"pay"},"resource":{"type":"order","id":"1"}}"#;

    #[test]
    fn a_recorded_request_comes_with_its_time() {
        let (request, at) = request_of(REQUEST.as_bytes()).unwrap();
        assert_eq!(at, None);
        let record = format!(r#"{{"record":1,"unix_ms":7,"action":"pay","request":{REQUEST}}}"#);
        let (recorded, at) = request_of(record.as_bytes()).unwrap();
        assert_eq!(at, Some(7));
        assert_eq!(recorded.document().to_json(), request.document().to_json());
        let broken = r#"{"record":1,"unix_ms":7,"request":{"subject":1}}"#;
        let why = request_of(broken.as_bytes()).unwrap_err();
        assert!(why.starts_with("the request in the record: "), "{why}");
    }
}
