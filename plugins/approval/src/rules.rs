//! What is approved, by whom. Must never let a subject approve its own action.

use lictor_sdk::{
    Ask, Decision, Fault, Obligation, Operand, ParameterError, Parameters, Policy, excerpt,
};

use crate::parameters;

/// The policy `approval`.
#[derive(Debug)]
pub struct Approval;

impl Policy for Approval {
    fn from_parameters(_: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self)
    }

    fn check(parameters: &Parameters) -> Result<(), ParameterError> {
        parameters::check(parameters)
    }

    fn evaluate(&self, ask: &Ask) -> Result<Decision, Fault> {
        let action = ask.request.text("/action/name")?;
        if !parameters::needs_approval(&ask.parameters, &action)? {
            return Ok(Decision::abstain());
        }
        match ask.request.text("/context/approved_by") {
            Ok(approver) if !approver.is_empty() => {
                let subject = Operand::request("/subject/id");
                Ok(if ask.request.test("/context/approved_by").is(subject)? {
                    deny_self_approval(&approver)
                } else {
                    allow(&approver, &action)
                })
            }
            _ => Ok(review(&action, &parameters::approvers(&ask.parameters)?)),
        }
    }
}

fn review(action: &str, approvers: &str) -> Decision {
    let message = format!(
        "the action `{}` needs an approval by `{}`",
        excerpt(action),
        excerpt(approvers)
    );
    let request = Obligation::new("approval", "request-approval").property("approvers", approvers);
    Decision::review()
        .reason("needs-approval", message)
        .obligation(request)
}

fn allow(approver: &str, action: &str) -> Decision {
    let message = format!(
        "`{}` has approved the action `{}`",
        excerpt(approver),
        excerpt(action)
    );
    Decision::allow().reason("approved", message)
}

fn deny_self_approval(subject: &str) -> Decision {
    let message = format!(
        "`{}` may not approve an action of their own",
        excerpt(subject)
    );
    Decision::deny().reason("self-approval", message)
}

#[cfg(test)]
mod tests;
