//! Rollouts on traffic, against a model of what they must do.

#![cfg(test)]

mod crowd;
mod fixture;
mod model;
mod operator;
mod random;
mod simulation;
mod worked;
mod world;
