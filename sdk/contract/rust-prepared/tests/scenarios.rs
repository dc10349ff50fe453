//! The scenarios of `sdk/contract`, answered from questions that were read ahead.

#[path = "../../rust/tests/native/mod.rs"]
mod native;

use contract_rust_prepared::Prepared;
use lictor_sdk::Fake;

#[test]
fn every_question_is_answered_as_the_contract_says() {
    native::judge_all(Fake::evaluate_prepared::<Prepared>);
}
