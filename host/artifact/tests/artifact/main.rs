//! The format of signed artifacts, the keys and the keyring, from outside.
#![cfg(test)]

mod admission;
mod forge;
mod fuzz;
mod key_files;
mod keyrings;
mod properties;
mod provenance;
mod refusals;
mod vectors;
mod world;
