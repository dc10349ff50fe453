//! JSON text at the border of the host: what is accepted, how much of it, and how a value is spelled.
//!
//! Must never accept what RFC 8259 does not, nor two members of one name, nor text without a bound.

mod bounds;
mod error;
mod parse;
mod write;

pub use bounds::{JSON_DEPTH_MAX, JsonBounds};
pub use error::{JsonError, Place};
pub(crate) use parse::parse;
pub(crate) use write::{Bounded, Length, write_item, write_text};

#[cfg(test)]
mod tests;
