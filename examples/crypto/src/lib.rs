//! Whether crypto assets may be traded. One policy, and opposite rules by its one parameter: a bank binds it with
//! `{"crypto": "never"}`, an exchange with `{"crypto": "always"}`.

use lictor_sdk::{Ask, Decision, Fault, ParameterError, Parameters, Policy, Presence};

/// The policy `crypto`.
#[derive(Debug)]
pub struct Crypto {
    always: bool,
}

impl Policy for Crypto {
    fn from_parameters(parameters: &Parameters) -> Result<Self, ParameterError> {
        match parameters.text("/crypto").as_deref() {
            Ok("always") => Ok(Self { always: true }),
            Ok("never") => Ok(Self { always: false }),
            _ => Err(ParameterError::at("/crypto", "must be `always` or `never`")),
        }
    }

    fn evaluate(&self, ask: &Ask) -> Result<Decision, Fault> {
        let class = ask.request.text("/resource/properties/class").optional()?;
        Ok(match class.as_deref() {
            Some("crypto") if self.always => {
                Decision::allow().reason("crypto-always", "crypto assets are what we trade")
            }
            Some("crypto") => {
                Decision::deny().reason("crypto-never", "this house trades no crypto assets")
            }
            _ => Decision::abstain(),
        })
    }
}

lictor_sdk::policy!(Crypto);

#[cfg(test)]
mod tests {
    use lictor_sdk::{Effect, Fake};

    use super::Crypto;

    fn trade(parameters: &str, class: &str) -> Effect {
        let request = Fake::request_of("trader-1", "trade", "x").resource_property("class", class);
        let fake = Fake::new().request(request).parameters(parameters);
        fake.evaluate::<Crypto>().unwrap().effect()
    }

    #[test]
    fn the_parameter_decides() {
        assert_eq!(trade(r#"{"crypto": "never"}"#, "crypto"), Effect::Deny);
        assert_eq!(trade(r#"{"crypto": "always"}"#, "crypto"), Effect::Allow);
        assert_eq!(trade(r#"{"crypto": "always"}"#, "bond"), Effect::Abstain);
    }
}
