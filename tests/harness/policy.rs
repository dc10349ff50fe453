//! Policies of this repository, built from their crates as `lictor build` builds them.

use std::fs;

use lictor::BindingSpec;
use lictor_cli::{BuildSpec, build};

use crate::guest::folder;
use crate::{artifact, patient};

/// A binding of the policy whose crate stands in this folder of the repository, with so much time that a busy machine
/// doesn't decide the outcome of a test.
///
/// # Panics
/// It can't be built.
pub fn policy(crate_folder: &str) -> BindingSpec {
    let path = folder("..").join(crate_folder);
    let built = build(&BuildSpec::new(path)).expect("the policy can be built");
    let component = fs::read(built.path).expect("it has just been written");
    BindingSpec::new(artifact(built.policy, built.version, component)).limits(patient())
}
