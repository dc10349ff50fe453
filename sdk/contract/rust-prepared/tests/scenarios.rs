//! The scenarios of `sdk/contract`, answered from questions that were read ahead.

#[allow(
    dead_code,
    reason = "the tests of the scenarios themselves stand beside the other policy"
)]
#[path = "../../rust/tests/scenario/mod.rs"]
mod scenario;

use contract_rust_prepared::Prepared;
use lictor_sdk::Fake;

#[test]
fn every_question_is_answered_as_the_contract_says() {
    scenario::check_all(Fake::evaluate_prepared::<Prepared>);
}
