//! What an author writes, and the macro that makes it the policy of a component.

use crate::ask::{Ask, Parameters};
use crate::decision::Decision;
use crate::fault::Fault;
use crate::parameter_error::ParameterError;

/// A policy with parameters. A policy without any is a function: see [`policy!`](crate::policy).
pub trait Policy: Sized {
    /// Reads the parameters, and says what is wrong with them.
    ///
    /// Run when the policy is bound, where an error refuses the binding, and before each
    /// [`evaluate`](Policy::evaluate); for `policy!(prepared T)` once per binding instead. So where it isn't prepared read
    /// only what every evaluation needs, check the rest in [`check`](Policy::check), and let `evaluate` ask
    /// `ask.parameters` for what it turns out to need.
    fn from_parameters(parameters: &Parameters) -> Result<Self, ParameterError>;

    /// Decides the request. An error is a fault of the policy: there is no decision.
    fn evaluate(&self, ask: &Ask) -> Result<Decision, Fault>;

    /// Are the parameters right? Run once when the policy is bound. Without an implementation, they are when
    /// [`from_parameters`](Policy::from_parameters) can read them.
    fn check(parameters: &Parameters) -> Result<(), ParameterError> {
        Self::from_parameters(parameters).map(drop)
    }
}

/// What a function that is a policy may return: a decision, or a result of one with any error.
pub trait Outcome {
    /// The decision, or the fault.
    fn into_result(self) -> Result<Decision, Fault>;
}

impl Outcome for Decision {
    fn into_result(self) -> Result<Decision, Fault> {
        Ok(self)
    }
}

impl<E: Into<Fault>> Outcome for Result<Decision, E> {
    fn into_result(self) -> Result<Decision, Fault> {
        self.map_err(Into::into)
    }
}

/// Makes a function or a type the policy that this crate builds. One line per crate.
///
/// ```
/// use lictor_sdk::{Ask, Decision, Fault};
///
/// lictor_sdk::policy!(evaluate);
///
/// fn evaluate(ask: &Ask) -> Result<Decision, Fault> {
///     match ask.request.text("/action/name")?.as_str() {
///         "read" => Ok(Decision::allow().reason("reading", "reading harms nobody")),
///         _ => Ok(Decision::abstain()),
///     }
/// }
/// ```
///
/// A type is a [`Policy`](crate::Policy) whose parameters are checked when it is bound:
///
/// ```
/// use lictor_sdk::{Ask, Decision, Fault, ParameterError, Parameters, Policy};
///
/// struct Owners {
///     group: String,
/// }
///
/// lictor_sdk::policy!(Owners);
///
/// impl Policy for Owners {
///     fn from_parameters(parameters: &Parameters) -> Result<Self, ParameterError> {
///         Ok(Self { group: parameters.text("/group")? })
///     }
///
///     fn evaluate(&self, ask: &Ask) -> Result<Decision, Fault> {
///         let groups = ask.request.texts("/subject/properties/groups")?;
///         Ok(if groups.contains(&self.group) { Decision::allow() } else { Decision::deny() })
///     }
/// }
/// ```
///
/// Both may be given by a path, which a function needs whose module has the same name: `policy!(evaluate::evaluate)`.
///
/// `policy!(prepared Owners)` is for a type whose set-up is dear: the host reads the parameters once per binding and keeps
/// what came out of it in a snapshot, from which every evaluation starts.
#[macro_export]
macro_rules! policy {
    (prepared $($path:ident)::+) => {
        const _: () = {
            use $($path)::+ as Subject;

            $crate::__private::is_policy::<Subject, _>(&());

            #[cfg(target_arch = "wasm32")]
            ::std::thread_local! {
                static PREPARED: ::std::cell::OnceCell<Subject> = const { ::std::cell::OnceCell::new() };
            }

            #[cfg(target_arch = "wasm32")]
            struct Component;

            #[cfg(target_arch = "wasm32")]
            impl $crate::__private::evaluator::Guest for Component {
                fn check() -> ::std::result::Result<(), ::std::string::String> {
                    $crate::__private::check::<Subject, _>(())
                }

                fn evaluate() -> ::std::result::Result<$crate::__private::evaluator::Decision, ::std::string::String> {
                    PREPARED.with($crate::__private::evaluate_prepared)
                }
            }

            #[cfg(target_arch = "wasm32")]
            impl $crate::__private::preparation::Guest for Component {
                fn prepare() -> ::std::result::Result<(), ::std::string::String> {
                    PREPARED.with($crate::__private::prepare)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::__private::export_evaluator!(Component with_types_in $crate::__private::bindings);
            #[cfg(target_arch = "wasm32")]
            $crate::__private::export_preparation!(Component with_types_in $crate::__private::bindings::prepared);
        };
    };
    ($($path:ident)::+) => {
        const _: () = {
            // A function has a name among values and a type one among types: what the author's name doesn't take is
            // taken by the fallback of the same name, and the types of both together tell which form this is.
            #[allow(unused_imports)]
            use $crate::__private::fallback::*;
            use $($path)::+ as Subject;

            $crate::__private::is_policy::<Subject, _>(&Subject);

            #[cfg(target_arch = "wasm32")]
            struct Component;

            #[cfg(target_arch = "wasm32")]
            impl $crate::__private::evaluator::Guest for Component {
                fn check() -> ::std::result::Result<(), ::std::string::String> {
                    $crate::__private::check::<Subject, _>(Subject)
                }

                fn evaluate() -> ::std::result::Result<$crate::__private::evaluator::Decision, ::std::string::String> {
                    $crate::__private::evaluate::<Subject, _>(Subject)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::__private::export_evaluator!(Component with_types_in $crate::__private::bindings);
        };
    };
}

/// Refuses at compile time, on every target, what is no policy.
///
/// ```compile_fail
/// lictor_sdk::policy!(evaluate);
///
/// fn evaluate(id: &str) -> lictor_sdk::Decision {
///     lictor_sdk::Decision::allow()
/// }
/// ```
///
/// ```compile_fail
/// lictor_sdk::policy!(Rules);
///
/// struct Rules;
/// ```
pub const fn is_policy<R: Rules<Value>, Value>(_: &Value) {}

/// How `policy!` tells a function from a type.
#[diagnostic::on_unimplemented(
    message = "`policy!` was given something that is no policy",
    label = "neither a function of `&Ask` that returns a decision, nor a type that implements `Policy`",
    note = "a function is `fn(&Ask) -> Result<Decision, Fault>`, or returns another error or no result at all",
    note = "a type implements `lictor_sdk::Policy`"
)]
pub trait Rules<Value> {
    /// Are the parameters right?
    fn check(parameters: &Parameters) -> Result<(), ParameterError>;

    /// Decides the request.
    fn evaluate(value: Value, ask: &Ask) -> Result<Decision, Fault>;
}

/// What stands for the name that the author's item doesn't take.
pub mod fallback {
    /// The type's name where the policy is a function.
    #[derive(Debug)]
    pub enum Subject {}

    /// The value's name where the policy is a type.
    #[expect(
        non_upper_case_globals,
        reason = "it has to have the name that the macro gives to the author's item"
    )]
    pub const Subject: () = ();
}

impl<F: Fn(&Ask) -> O, O: Outcome> Rules<F> for fallback::Subject {
    fn check(_: &Parameters) -> Result<(), ParameterError> {
        Ok(())
    }

    fn evaluate(function: F, ask: &Ask) -> Result<Decision, Fault> {
        function(ask).into_result()
    }
}

impl<P: Policy, Value> Rules<Value> for P {
    fn check(parameters: &Parameters) -> Result<(), ParameterError> {
        P::check(parameters)
    }

    fn evaluate(_: Value, ask: &Ask) -> Result<Decision, Fault> {
        P::from_parameters(&ask.parameters)?.evaluate(ask)
    }
}
