//! Everything that `policy!` takes, in the forms in which authors may write it. Compiling is the test.

#![allow(dead_code, reason = "off wasm32 nothing calls a policy")]

use lictor_sdk::{Ask, Decision, Fault, Mismatch, ParameterError, Parameters, Policy};

macro_rules! always_abstains {
    ($type:ty) => {
        impl Policy for $type {
            fn from_parameters(_: &Parameters) -> Result<Self, ParameterError> {
                Err(ParameterError::new("never bound"))
            }

            fn evaluate(&self, _: &Ask) -> Result<Decision, Fault> {
                Ok(Decision::abstain())
            }
        }
    };
}

mod function {
    use super::*;

    lictor_sdk::policy!(evaluate);

    fn evaluate(_: &Ask) -> Result<Decision, Fault> {
        Ok(Decision::abstain())
    }
}

mod function_with_another_error {
    use super::*;

    lictor_sdk::policy!(decide);

    fn decide(ask: &Ask) -> Result<Decision, Mismatch> {
        ask.request.text("/subject/id").map(|_| Decision::allow())
    }
}

mod function_that_cannot_fail {
    use super::*;

    lictor_sdk::policy!(rules::evaluate);

    mod rules {
        use super::*;

        pub(super) fn evaluate(_: &Ask) -> Decision {
            Decision::abstain()
        }
    }
}

mod structure {
    use super::*;

    lictor_sdk::policy!(Rules);

    struct Rules {
        limit: u32,
    }

    always_abstains!(Rules);
}

mod unit_structure {
    use super::*;

    lictor_sdk::policy!(Rules);

    struct Rules;

    always_abstains!(Rules);
}

mod tuple_structure {
    use super::*;

    lictor_sdk::policy!(crate::tuple_structure::Rules);

    pub(crate) struct Rules(u32, String);

    always_abstains!(Rules);
}

mod enumeration {
    use super::*;

    lictor_sdk::policy!(self::Rules);

    enum Rules {
        Strict,
        Lenient,
    }

    always_abstains!(Rules);
}

mod alias {
    use super::*;

    lictor_sdk::policy!(Rules);

    type Rules = Limited<5>;

    struct Limited<const LIMIT: i64>;

    always_abstains!(Limited<5>);
}

mod prepared_structure {
    use super::*;

    lictor_sdk::policy!(prepared Rules);

    struct Rules {
        texts: Vec<String>,
    }

    always_abstains!(Rules);
}

mod named_like_a_keyword_of_the_macro {
    use super::*;

    lictor_sdk::policy!(prepared);

    fn prepared(_: &Ask) -> Decision {
        Decision::abstain()
    }
}

mod function_in_a_module_of_its_name {
    use super::*;

    lictor_sdk::policy!(evaluate::evaluate);

    mod evaluate {
        use super::*;

        pub(super) fn evaluate(_: &Ask) -> Decision {
            Decision::abstain()
        }
    }
}

#[test]
fn all_forms_compile() {}
