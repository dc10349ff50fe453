//! Builds the example policies that are written in other languages than Rust.
//!
//! It owns how `examples/tool-access-js` and `examples/tool-access-c` become components: which tools that takes, how
//! they are called, and when nothing has to be done. It never writes into the source tree, and never decides what
//! a missing tool means: whoever calls it skips or fails.

mod built;
mod c;
mod javascript;
mod sources;
mod tool;

pub use built::{Built, NotBuilt};
pub use c::build_c;
pub use javascript::build_js;
