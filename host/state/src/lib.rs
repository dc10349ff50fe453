//! What a host must remember over a restart: one store in the state folder, opened by one process.
//!
//! This crate alone knows how the store is laid out. Must never know how a decision is made.
