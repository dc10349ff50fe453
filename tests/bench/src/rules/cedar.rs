//! The three rules in Cedar, decided by `cedar-policy` in this process. Everything that doesn't change from call to call is
//! built ahead.

use std::collections::{HashMap, HashSet};

use anyhow::Context as _;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression,
};
use lictor_policy::Effect;
use serde_json::Value;

/// The rules, parsed.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    /// Which of them review rather than deny.
    reviews: HashSet<PolicyId>,
}

/// A request, built.
pub struct Asked {
    request: Request,
    entities: Entities,
}

impl Cedar {
    /// Parses the rules.
    pub fn new() -> anyhow::Result<Self> {
        let policies: PolicySet = include_str!("policies.cedar").parse()?;
        let reviews = policies
            .policies()
            .filter(|policy| policy.annotation("effect") == Some("review"))
            .map(|policy| policy.id().clone())
            .collect();
        Ok(Self {
            authorizer: Authorizer::new(),
            policies,
            reviews,
        })
    }

    /// Decides: the strictest of the policies that speak, and deny where none does.
    pub fn decide(&self, Asked { request, entities }: &Asked) -> Effect {
        let response = self
            .authorizer
            .is_authorized(request, &self.policies, entities);
        if response.decision() == Decision::Allow {
            return Effect::Allow;
        }
        let mut reasons = response.diagnostics().reason().peekable();
        if reasons.peek().is_some() && reasons.all(|id| self.reviews.contains(id)) {
            Effect::Review
        } else {
            Effect::Deny
        }
    }
}

impl Asked {
    /// Builds a request from its JSON.
    pub fn new(json: &Value) -> anyhow::Result<Self> {
        let text = |pointer: &str| {
            let value = json.pointer(pointer).and_then(Value::as_str);
            value.with_context(|| format!("`{pointer}` is no text"))
        };
        let id = text("/subject/id")?;
        let principal: EntityUid = format!("Agent::\"{id}\"").parse()?;
        let action: EntityUid = format!("Action::\"{}\"", text("/action/name")?).parse()?;
        let resource: EntityUid = format!("Resource::\"{}\"", text("/resource/id")?).parse()?;

        let mut of_principal = attributes(json.pointer("/subject/properties"));
        of_principal.insert(
            "id".to_owned(),
            RestrictedExpression::new_string(id.to_owned()),
        );
        let of_resource = HashMap::from([
            (
                "type".to_owned(),
                RestrictedExpression::new_string(text("/resource/type")?.to_owned()),
            ),
            (
                "id".to_owned(),
                RestrictedExpression::new_string(text("/resource/id")?.to_owned()),
            ),
        ]);
        let entities = [
            Entity::new(principal.clone(), of_principal, HashSet::new())?,
            Entity::new(resource.clone(), of_resource, HashSet::new())?,
        ];
        let context = Context::from_pairs(attributes(json.pointer("/context")))?;
        Ok(Self {
            request: Request::new(principal, action, resource, context, None)?,
            entities: Entities::from_entities(entities, None)?,
        })
    }
}

fn attributes(object: Option<&Value>) -> HashMap<String, RestrictedExpression> {
    let members = object.and_then(Value::as_object).into_iter().flatten();
    members
        .filter_map(|(name, value)| {
            let value = match value {
                Value::String(text) => RestrictedExpression::new_string(text.clone()),
                other => RestrictedExpression::new_long(other.as_i64()?),
            };
            Some((name.clone(), value))
        })
        .collect()
}
