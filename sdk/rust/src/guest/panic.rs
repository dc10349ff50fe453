//! A panic tells the log why the evaluation ends. Must never keep a panic from ending it.

use std::panic::{PanicHookInfo, set_hook};

use crate::guest::World;
use crate::log::Level;

/// From now on a panic writes its message to the log before it traps.
pub(crate) fn write_to_log() {
    set_hook(Box::new(write));
}

fn write(panic: &PanicHookInfo<'_>) {
    World.log(Level::Error, &panic.to_string());
}
