//! Puts up the fences around this process. Each that the kernel refuses is reported as missing; what to do then is decided by
//! the host.

use std::fs;

use landlock::{ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetError, RulesetStatus};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, nice, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};
use rustix::thread::set_no_new_privs;

use super::calls;
use crate::compiler::message::Head;
use crate::fences::Fences;

/// How much less of the processors a worker gets than those who decide, where they are short.
const NICENESS: i32 = 5;

/// Puts up all fences that can be.
pub(super) fn raise(head: &Head) -> Fences {
    // Neither is a fence: without them a worker outlives its host until its limits end it, or decisions take longer.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let _ = nice(NICENESS);
    // What follows holds for the calling thread and those that it starts, so it says nothing where there are others.
    let alone = is_only_thread();
    let privileges = alone
        && set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok()
        && set_no_new_privs(true).is_ok();
    let files = alone && forbid_files().is_ok_and(|all| all);
    let limits = limit(head).is_ok();
    // Last, since it forbids what puts up the others.
    let calls = alone && calls::forbid().is_ok();
    Fences {
        limits,
        privileges,
        files,
        calls,
    }
}

fn is_only_thread() -> bool {
    fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1)
}

/// Forbids all that Linux 6.2 can forbid about files, and says whether the kernel knows all of it.
fn forbid_files() -> Result<bool, RulesetError> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V3))?
        .create()?
        .restrict_self()?;
    Ok(status.ruleset == RulesetStatus::FullyEnforced)
}

fn limit(head: &Head) -> rustix::io::Result<()> {
    let exactly = |limit: u64, most: u64| Rlimit {
        current: Some(limit),
        maximum: Some(most),
    };
    let seconds = head.processor_seconds;
    // The signal at the first of the two says what it was; the second only ends whoever ignores it.
    setrlimit(Resource::Cpu, exactly(seconds, seconds.saturating_add(1)))?;
    setrlimit(Resource::As, exactly(head.memory_bytes, head.memory_bytes))?;
    for none in [
        Resource::Fsize,
        Resource::Core,
        Resource::Nproc,
        Resource::Nofile,
        Resource::Msgqueue,
    ] {
        setrlimit(none, exactly(0, 0))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_left() {
        let tried = std::thread::spawn(|| {
            let all = forbid_files().expect("the ruleset is right");
            (
                all,
                fs::read("/proc/self/status").is_err(),
                fs::write("/dev/null", "x").is_err(),
            )
        });
        // Where the kernel lacks Landlock it says so, and nothing is forbidden.
        let (all, cant_read, cant_write) = tried.join().expect("the thread ends as any other");
        assert_eq!((cant_read, cant_write), (all, all));
    }
}
