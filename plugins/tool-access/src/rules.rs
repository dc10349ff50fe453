//! Who may call which tool. Must never allow for any other reason than an entry of the parameters.

use lictor_sdk::{Ask, Decision, Fault, ParameterError, Parameters, Policy, excerpt};

use crate::grants::{self, ACCESSES, Grant};

/// The policy `tool-access`.
#[derive(Debug)]
pub struct ToolAccess;

impl Policy for ToolAccess {
    fn from_parameters(_: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self)
    }

    fn check(parameters: &Parameters) -> Result<(), ParameterError> {
        grants::check(parameters)
    }

    fn evaluate(&self, ask: &Ask) -> Result<Decision, Fault> {
        // From what nearly all requests share to what tells them apart, so that remembered decisions share their beginning.
        if ask.request.text("/resource/type")? != "tool" {
            return Ok(Decision::abstain());
        }
        let Ok(role) = ask.request.text("/subject/properties/role") else {
            return Ok(Decision::deny().reason("no-role", "the subject has no role"));
        };
        let action = ask.request.text("/action/name")?;
        if !ACCESSES.contains(&action.as_str()) {
            return Ok(unknown_action(&action));
        }
        match Grant::of(&ask.parameters, &role, &action)? {
            Grant::UnknownRole => Ok(unknown_role(&role)),
            Grant::Entries(entries) => {
                let tool = ask.request.text("/resource/id")?;
                Ok(decide(&entries, &role, &action, &tool))
            }
        }
    }
}

fn unknown_action(action: &str) -> Decision {
    let message = format!(
        "the action `{}` is neither `read` nor `write`",
        excerpt(action)
    );
    Decision::deny().reason("unknown-action", message)
}

fn unknown_role(role: &str) -> Decision {
    Decision::deny().reason(
        "unknown-role",
        format!("the role `{}` is not known", excerpt(role)),
    )
}

fn decide(entries: &[String], role: &str, action: &str, tool: &str) -> Decision {
    let (shown_role, shown_tool) = (excerpt(role), excerpt(tool));
    if entries.iter().any(|entry| grants::matches(entry, tool)) {
        let message = format!("the role `{shown_role}` may {action} `{shown_tool}`");
        Decision::allow().reason("tool-granted", message)
    } else {
        let message = format!("the role `{shown_role}` may not {action} `{shown_tool}`");
        Decision::deny().reason("tool-not-granted", message)
    }
}

#[cfg(test)]
mod tests;
