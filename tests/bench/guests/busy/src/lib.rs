//! Works until its deadline or its fuel ends it: the policy of a tenant that floods.

use std::hint::black_box;

use lictor_sdk::{Ask, Decision, Fault};

lictor_sdk::policy!(evaluate);

fn evaluate(_: &Ask) -> Result<Decision, Fault> {
    let mut sum = 0_u64;
    while black_box(sum) < u64::MAX {
        sum += 1;
    }
    Ok(Decision::allow())
}
