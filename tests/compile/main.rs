//! Compiling in a process of its own, and keeping what came of it: what hostile components, broken workers and changed files
//! try, and what becomes of it.

#![cfg(test)]

mod bomb;
mod cache;
mod changed;
mod folder;
mod killed;
mod worker;

use lictor_engine::{Engine, Loaded, Refusal, Settings};

/// An engine that is quick to set up.
fn engine(settings: Settings) -> Engine {
    let settings = Settings {
        slots: 1,
        ..settings
    };
    Engine::new(&settings).expect("an engine can be set up")
}

fn load(settings: Settings, component: &[u8]) -> Result<Loaded, Refusal> {
    harness::load_bytes(&engine(settings), component, &harness::patient())
}
