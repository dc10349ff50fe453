//! A policy that never ends. `lictor demo` binds it to show that only the tenant that bound it is harmed.

use std::hint::black_box;

use lictor_sdk::{Ask, Decision, Fault};

/// Counts for ever.
///
/// # Errors
/// It never gets that far.
pub fn evaluate(_: &Ask) -> Result<Decision, Fault> {
    let mut number = 0u64;
    while black_box(number) < u64::MAX {
        number = black_box(number.wrapping_add(1) & 0xff);
    }
    Ok(Decision::allow())
}

lictor_sdk::policy!(evaluate);
