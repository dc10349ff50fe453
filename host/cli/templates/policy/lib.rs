//! Which actions a subject may do by itself, and which a person must approve first. Everything else is denied.

use lictor_sdk::{Ask, Decision, Fault, ParameterError, Parameters, Policy, Presence, excerpt};

/// The names of the actions, as the tenant sets them.
struct Actions {
    allow: Vec<String>,
    review: Vec<String>,
}

lictor_sdk::policy!(Actions);

impl Policy for Actions {
    fn from_parameters(parameters: &Parameters) -> Result<Self, ParameterError> {
        let allow = parameters.texts("/allow").optional()?.unwrap_or_default();
        let review = parameters.texts("/review").optional()?.unwrap_or_default();
        Ok(Self { allow, review })
    }

    fn check(parameters: &Parameters) -> Result<(), ParameterError> {
        let Self { allow, review } = Self::from_parameters(parameters)?;
        match allow.iter().find(|action| review.contains(action)) {
            Some(action) => Err(ParameterError::new(format!(
                "the action `{action}` is both in `/allow` and in `/review`"
            ))),
            None => Ok(()),
        }
    }

    fn evaluate(&self, ask: &Ask) -> Result<Decision, Fault> {
        let action = ask.request.text("/action/name")?;
        let shown = excerpt(&action);
        Ok(if self.allow.contains(&action) {
            Decision::allow().reason("listed", format!("the action `{shown}` is allowed"))
        } else if self.review.contains(&action) {
            Decision::review().reason(
                "needs-approval",
                format!("a person must approve the action `{shown}` first"),
            )
        } else {
            Decision::deny().reason("not-listed", format!("the action `{shown}` is not listed"))
        })
    }
}
