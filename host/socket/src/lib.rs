//! The Unix socket in a host's state folder, on which it takes its operator's verbs.
//!
//! Whoever holds the folder's store listens; the command line connects. A connection carries one order after the other, each
//! answered before the next. Nothing that a peer sends or leaves out can make the host wait for it, or take more than a bound
//! says. Must never know what a verb does: that is the runtime's.
//!
//! An order and its answer are a frame each: four bytes that say how long the text is (little-endian), the text (JSON: an
//! [`Order`] or an [`Answer`]), then the bytes of the parts that it announces, one after the other.

mod client;
mod error;
mod frame;
mod message;
mod peer;
mod place;
mod server;

pub use client::Client;
pub use error::SocketError;
pub use frame::{ANSWER_BYTES_MAX, ORDER_BYTES_MAX, PARTS_BYTES_MAX};
pub use message::{Answer, Order};
pub use peer::may_operate;
pub use place::{SOCKET_FILE, path};
pub use server::{Server, ServerSettings};
