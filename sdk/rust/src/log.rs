//! Lines for the people who run the policy. Must never change a decision.

use crate::place::World;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For the author of the policy.
    Debug,
    /// Worth knowing.
    Info,
    /// Something looks wrong, the decision stands.
    Warn,
    /// Something is wrong.
    Error,
}

/// Where lines are written. They are no observations and cost fuel by their bytes.
///
/// An evaluation keeps 16 KiB of them unless the binding says otherwise; the rest is dropped and counted.
#[derive(Clone, Debug)]
pub struct Log {
    world: World,
}

impl Log {
    pub(crate) fn of(world: &World) -> Self {
        Self {
            world: world.clone(),
        }
    }

    /// Writes a line for the author of the policy.
    pub fn debug(&self, line: &str) {
        self.write(Level::Debug, line);
    }

    /// Writes a line that is worth knowing.
    pub fn info(&self, line: &str) {
        self.write(Level::Info, line);
    }

    /// Writes that something looks wrong while the decision stands.
    pub fn warn(&self, line: &str) {
        self.write(Level::Warn, line);
    }

    /// Writes that something is wrong.
    pub fn error(&self, line: &str) {
        self.write(Level::Error, line);
    }

    /// Writes a line of a level that is known only when the rule runs.
    pub fn write(&self, level: Level, line: &str) {
        self.world.log(level, line);
    }
}
