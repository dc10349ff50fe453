//! The library as an embedder uses it: tenants, layers, versions, data, faults, batches, threads and records.

#![cfg(test)]

mod admission;
mod asynchronous;
mod authzen;
mod breaker;
mod change;
mod combine;
mod crowd;
mod fault;
mod fixture;
mod killed;
mod notice;
mod proofs;
mod record;
mod restore;
mod rollout;
mod sink;
mod suspension;
mod tokens;
mod traffic;
mod trust;
