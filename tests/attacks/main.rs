//! What hostile components try, and what becomes of it. Each file of `tests/guests` has at least one row here that says
//! what it must meet: a refusal at load, a refusal when it is bound, a fault, or a decision that learns and keeps nothing.

#![cfg(test)]

mod bytes;
mod decide;
mod evaluate;
mod fuel;
mod keep;
mod listed;
mod load;
mod neighbours;
mod observe;
mod row;
mod setup;
mod system;
mod written;
