//! Answers from memory are the answers that an evaluation would give: for whatever policy, request, data and time, whatever
//! changes in between, and while everything changes at once.

#![cfg(test)]

mod behaviour;
mod edges;
mod fixture;
mod oracle;
mod swaps;
