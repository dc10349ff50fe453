//! Tests: questions that have a yes or no for an answer. Must never make a yes or a no of a test that makes no sense.

use std::fmt;

use crate::mismatch::{Mismatch, RULE};
use crate::operand::{Inner, Operand};
use crate::place::Testable;
use crate::questions::Questions;
use crate::relation::{Problem, Relation, TestError};

/// What is to be tested, from [`Questions::test`]. Each of its methods is one question to the host, of which only the yes or
/// no is recorded.
///
/// ```
/// use lictor_sdk::{Fake, Operand, Presence};
///
/// let ask = Fake::new()
///     .request(Fake::request_of("alice", "refund", "order-1").context("amount", 250))
///     .data("users", r#"{"alice": {"limit": 300}}"#)
///     .ask();
/// let amount = || ask.request.test("/context/amount");
///
/// assert!(ask.request.test("/action/name").is("refund")?);
/// assert!(ask.request.test("/subject/id").is_in(Operand::data("/users"))?);
/// assert!(amount().is_at_most(1_000)? && amount().is_at_most(Operand::data("/users/alice/limit"))?);
/// // Absent is neither yes nor no: the rule says what it means.
/// assert_eq!(ask.request.test("/context/country").is("NL").optional()?, None);
/// # Ok::<(), lictor_sdk::Mismatch>(())
/// ```
///
/// Where a test makes no sense the answer is a [`Mismatch`], never a yes or a no: the value is absent, of another kind than
/// what it is compared with, no address, and so on. `?` makes it a fault, and
/// [`optional`](crate::Presence::optional) makes it `None` where the value may be absent. A mismatch of what the value
/// is compared with is never forgiven by it.
#[must_use = "nothing is asked before it is said what for"]
pub struct Test<'a, P> {
    questions: &'a Questions<P>,
    pointer: &'a str,
}

impl<P: Testable> Questions<P> {
    /// Begins a test of the value at the pointer: `ask.request.test("/context/amount").is_at_most(10_000)?`.
    ///
    /// Prefer it to reading the value wherever the rule needs no more than a yes or no: its decision is then answered from
    /// memory for all values of which that is the same.
    pub fn test<'a>(&'a self, pointer: &'a str) -> Test<'a, P> {
        Test {
            questions: self,
            pointer,
        }
    }
}

impl<'a, P: Testable> Test<'a, P> {
    /// Whether the value equals that one: both are numbers, or both of one other kind.
    pub fn is(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::Equal, operand.into())
    }

    /// Whether the value is less than that one: numbers exactly, texts by code point.
    pub fn is_below(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::Less, operand.into())
    }

    /// Whether the value is less than that one or equal.
    pub fn is_at_most(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::AtMost, operand.into())
    }

    /// Whether the value is greater than that one.
    pub fn is_above(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::Greater, operand.into())
    }

    /// Whether the value is greater than that one or equal.
    pub fn is_at_least(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::AtLeast, operand.into())
    }

    /// Whether the value is an item of the list, or the name of a member of the object.
    ///
    /// A list that isn't empty and has no item of the value's kind says nothing of it, which is a mismatch.
    pub fn is_in(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::In, operand.into())
    }

    /// Whether the text begins with that one, or with one of the list.
    pub fn starts_with(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::Prefix, operand.into())
    }

    /// Whether the text ends with that one, or with one of the list.
    pub fn ends_with(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::Suffix, operand.into())
    }

    /// Whether the text matches the pattern, or one of the list. `*` stands for any characters, also for none, and `\` takes
    /// away what the next character means; `?`, `[` and `{` need it before them.
    pub fn matches(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::Glob, operand.into())
    }

    /// Whether the text is an address in the network, `10.0.0.0/8` or `2001:db8::/32`, or in one of the list.
    pub fn is_in_network(self, operand: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::Network, operand.into())
    }

    /// Whether the value is a moment in the window: from its beginning on, and before its end. A moment is an integer of
    /// milliseconds since 1970 or a date and time of RFC 3339.
    pub fn is_within(self, window: impl Into<Operand<'a>>) -> Result<bool, Mismatch> {
        self.ask(Relation::Within, window.into())
    }

    fn ask(self, relation: Relation, operand: Operand<'_>) -> Result<bool, Mismatch> {
        let wanted = relation.wanted_of_value(operand.given());
        P::test(self.questions.world(), self.pointer, relation, &operand).map_err(|error| {
            match error {
                TestError::Value(problem) => {
                    Mismatch::of_tested(P::NAME, self.pointer, wanted, problem.into())
                }
                TestError::Operand(problem) => mismatch_of_operand(relation, operand, problem),
                TestError::TooLarge => Mismatch::of_too_large(P::NAME, self.pointer),
            }
        })
    }
}

#[cold]
fn mismatch_of_operand(relation: Relation, operand: Operand<'_>, problem: Problem) -> Mismatch {
    let (place, pointer) = match &operand.inner {
        Inner::Given(_) => (RULE, ""),
        Inner::Request(pointer) => ("request", &**pointer),
        Inner::Data(pointer) => ("data", &**pointer),
        Inner::Parameters(pointer) => ("parameters", &**pointer),
    };
    Mismatch::of_operand(place, pointer, relation.wanted_of_operand(), problem.into())
}

impl<P: Testable> fmt::Debug for Test<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", P::NAME, self.pointer)
    }
}

#[cfg(test)]
mod tests;
