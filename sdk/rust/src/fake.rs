//! A world to test rules in: `cargo test` runs them natively, and everything they ask is answered as the host answers it.
//!
//! The answers come from the host's own `lictor-policy`. Must never be more lenient than the host.

mod convert;
mod into_request;
mod world;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use lictor_policy::{Document, Documents, JsonBounds, Request};

pub use into_request::IntoRequest;
pub use lictor_policy::{Node, RequestBuilder};
pub use world::World;
use world::{Ended, Sight};

use crate::ask::Ask;
use crate::decision::Decision;
use crate::fault::Fault;
use crate::log::Level;
use crate::parameter_error::ParameterError;
use crate::policy::{Outcome, Policy};

/// A world to test rules in, built of what a test cares for.
///
/// ```
/// use lictor_sdk::{Ask, Decision, Effect, Fake, Fault};
///
/// fn evaluate(ask: &Ask) -> Result<Decision, Fault> {
///     let known = ask.data.count(&lictor_sdk::pointer!("/users", ask.request.text("/subject/id")?)).is_some();
///     Ok(if known { Decision::allow() } else { Decision::deny() })
/// }
///
/// let fake = Fake::new()
///     .request(Fake::request_of("alice", "read", "record-1"))
///     .data("users", r#"{"alice": {}}"#);
/// assert_eq!(fake.evaluate_with(evaluate)?.effect(), Effect::Allow);
/// assert_eq!(fake.observed(), ["request.get /subject/id", "data.count /users/alice"]);
/// # Ok::<(), Fault>(())
/// ```
///
/// Where the host would end an evaluation (a malformed pointer, an answer that is too long, too many questions, a decision
/// beyond its bounds) the result is the fault that the host would report. A rule that panics fails its test.
#[derive(Clone, Debug)]
pub struct Fake {
    request: Request,
    data: Documents,
    parameters: Document,
    now_ms: u64,
    last: RefCell<Option<World>>,
}

/// One line that a rule wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub message: String,
}

// --- Building ------------------------------------------------------------------------------------------------------

impl Fake {
    /// A world in which `alice` wants to `read` `record-1`, without data and parameters, at the beginning of 1970.
    pub fn new() -> Self {
        Self {
            request: Self::request_of("alice", "read", "record-1").into_request(),
            data: Documents::new(),
            parameters: Document::empty(),
            now_ms: 0,
            last: RefCell::new(None),
        }
    }

    /// Begins a request field by field: a `user` wants to act on a `record`; more is added by the builder's methods.
    pub fn request_of(subject: &str, action: &str, resource: &str) -> RequestBuilder {
        Request::builder()
            .subject("user", subject)
            .action(action)
            .resource("record", resource)
    }

    /// The request: JSON text or what [`request_of`](Fake::request_of) began.
    ///
    /// # Panics
    /// The host would refuse it.
    #[must_use]
    #[track_caller]
    pub fn request(mut self, request: impl IntoRequest) -> Self {
        self.request = request.into_request();
        self
    }

    /// One of the tenant's documents, as JSON text.
    ///
    /// # Panics
    /// The host would refuse it.
    #[must_use]
    #[track_caller]
    pub fn data(mut self, name: &str, json: &str) -> Self {
        let name = accepted(name.parse());
        self.data = self.data.with(
            name,
            accepted(Document::parse(json.as_bytes(), &JsonBounds::DOCUMENT)),
        );
        self
    }

    /// The parameters of the binding, as the JSON text of an object.
    ///
    /// # Panics
    /// The host would refuse them.
    #[must_use]
    #[track_caller]
    pub fn parameters(mut self, json: &str) -> Self {
        self.parameters = accepted(Document::parse(json.as_bytes(), &JsonBounds::PARAMETERS));
        self
    }

    /// The time of the request in milliseconds since 1970.
    #[must_use]
    pub fn now(mut self, unix_ms: u64) -> Self {
        self.now_ms = unix_ms;
        self
    }
}

impl Default for Fake {
    fn default() -> Self {
        Self::new()
    }
}

/// What the host accepts; a test that gives anything else is wrong.
#[track_caller]
#[expect(
    clippy::panic,
    reason = "this is a test's own mistake, which has to fail the test and to say why"
)]
fn accepted<T, E: std::fmt::Display>(given: Result<T, E>) -> T {
    given.unwrap_or_else(|error| panic!("{error}"))
}

// --- Running -------------------------------------------------------------------------------------------------------

impl Fake {
    /// Decides the request by a [`Policy`], of which every evaluation reads its parameters again: `policy!(T)`.
    pub fn evaluate<P: Policy>(&self) -> Result<Decision, Fault> {
        self.decide(|ask| P::from_parameters(&ask.parameters)?.evaluate(ask))
    }

    /// Decides the request by a [`Policy`] that reads its parameters ahead: `policy!(prepared T)`.
    pub fn evaluate_prepared<P: Policy>(&self) -> Result<Decision, Fault> {
        let policy = self.set_up(P::from_parameters)?;
        self.decide(|ask| policy.evaluate(ask))
    }

    /// Decides the request by a function.
    pub fn evaluate_with<O: Outcome>(
        &self,
        evaluate: impl FnOnce(&Ask) -> O,
    ) -> Result<Decision, Fault> {
        self.decide(|ask| evaluate(ask).into_result())
    }

    /// Whether a [`Policy`] accepts the parameters, as when it is bound.
    pub fn check<P: Policy>(&self) -> Result<(), ParameterError> {
        self.set_up(P::check)
    }

    /// What rules are given, for testing a part of them. Here a fault of the host's rules is a panic.
    pub fn ask(&self) -> Ask {
        Ask::of(&self.begin(World::open(self.sight())))
    }

    /// What the last evaluation observed, in order, one question a line: `request.get /subject/id`.
    ///
    /// The parameters are fixed by the binding, so questions about them are no observations.
    pub fn observed(&self) -> Vec<String> {
        self.last
            .borrow()
            .as_ref()
            .map(World::observed)
            .unwrap_or_default()
    }

    /// What the last evaluation or check wrote to the log.
    pub fn log(&self) -> Vec<LogLine> {
        self.last
            .borrow()
            .as_ref()
            .map(World::lines)
            .unwrap_or_default()
    }

    fn decide(
        &self,
        rule: impl FnOnce(&Ask) -> Result<Decision, Fault>,
    ) -> Result<Decision, Fault> {
        let world = self.begin(World::evaluating(self.sight()));
        let decision = until_ended(|| rule(&Ask::of(&world)))
            .unwrap_or_else(|ended| Err(Fault::new(ended.fault)))?;
        world::check(&decision)?;
        Ok(decision)
    }

    fn set_up<T>(
        &self,
        read: impl FnOnce(&crate::Parameters) -> Result<T, ParameterError>,
    ) -> Result<T, ParameterError> {
        let world = self.begin(World::setting_up(self.sight()));
        until_ended(|| read(&Ask::of(&world).parameters))
            .unwrap_or_else(|ended| Err(ParameterError::new(ended.fault)))
    }

    fn begin(&self, world: World) -> World {
        self.last.replace(Some(world.clone()));
        world
    }

    fn sight(&self) -> Sight {
        Sight {
            request: self.request.document().clone(),
            data: self.data.clone(),
            parameters: self.parameters.clone(),
            now_ms: self.now_ms,
        }
    }
}

/// Runs a rule until it is done or the host would end it.
fn until_ended<T>(rule: impl FnOnce() -> T) -> Result<T, Ended> {
    catch_unwind(AssertUnwindSafe(rule)).map_err(|payload| match payload.downcast::<Ended>() {
        Ok(ended) => *ended,
        Err(panic) => resume_unwind(panic),
    })
}

#[cfg(test)]
mod tests;
