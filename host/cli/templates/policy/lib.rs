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

#[cfg(test)]
mod tests {
    use lictor_sdk::{Effect, Fake};

    use super::*;

    fn decided(action: &str) -> Decision {
        Fake::new()
            .parameters(r#"{"allow": ["read"], "review": ["purchase"]}"#)
            .request(Fake::request_of("agent-7", action, "report-1"))
            .evaluate::<Actions>()
            .expect("the policy has no fault")
    }

    #[test]
    fn each_list_has_its_effect() {
        assert_eq!(decided("read").effect(), Effect::Allow);
        assert_eq!(decided("purchase").effect(), Effect::Review);
        assert_eq!(decided("delete").effect(), Effect::Deny);
        assert_eq!(decided("delete").code(), "not-listed");
    }

    #[test]
    fn without_parameters_everything_is_denied() {
        let decision = Fake::new().evaluate::<Actions>().expect("no fault");
        assert_eq!(decision.effect(), Effect::Deny);
    }

    #[test]
    fn an_action_cannot_be_in_both_lists() {
        let both = Fake::new().parameters(r#"{"allow": ["a"], "review": ["a"]}"#);
        assert!(both.check::<Actions>().is_err());
    }
}
