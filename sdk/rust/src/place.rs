//! The three places that values are asked from. Must never answer itself: on wasm32 the host does, elsewhere the fake.
//!
//! A place is a type and no value, so that a component imports only the interfaces that its rules really ask.

#[cfg(not(target_arch = "wasm32"))]
pub use crate::fake::World;
#[cfg(target_arch = "wasm32")]
pub use crate::guest::World;
use crate::operand::Operand;
use crate::relation::{Relation, TestError};
use crate::value::Value;

/// One place that values are asked from.
pub trait Place {
    /// Its name in the contract, which messages repeat.
    const NAME: &'static str;

    /// The value at a pointer.
    fn get(world: &World, pointer: &str) -> Option<Value>;

    /// How many items or members the value at a pointer has.
    fn count(world: &World, pointer: &str) -> Option<u32>;

    /// The names of the members of the object at a pointer.
    fn keys(world: &World, pointer: &str) -> Option<Vec<String>>;
}

/// A place whose values can be tested. Those of the parameters are the binding's own: a rule just reads them.
pub trait Testable: Place {
    /// Whether the value at a pointer stands in a relation to an operand.
    fn test(
        world: &World,
        pointer: &str,
        relation: Relation,
        operand: &Operand<'_>,
    ) -> Result<bool, TestError>;
}

/// The request that is to be decided.
#[derive(Clone, Copy, Debug)]
pub enum OfRequest {}

/// The tenant's documents.
#[derive(Clone, Copy, Debug)]
pub enum OfData {}

/// The parameters of the binding.
#[derive(Clone, Copy, Debug)]
pub enum OfParameters {}
