//! The system calls that a worker may make: a list of what is allowed, not of what is forbidden.
//!
//! Whatever isn't listed fails with `EPERM`: opening, sockets, programs, processes, threads, other processes, new fences.
//! Memory that can be executed is among it, so a compiler that has been taken over can't load code either.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};

/// Calls that may be made with any arguments: memory, time, signals that have come, and the end.
const ANYHOW: [i64; 17] = [
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
];

/// Allows this thread what a worker needs and nothing else, for ever.
pub(super) fn forbid() -> Result<(), seccompiler::Error> {
    let filter: BpfProgram = filter()?.try_into()?;
    seccompiler::apply_filter(&filter)
}

fn filter() -> Result<SeccompFilter, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ANYHOW.into_iter().map(|call| (call, Vec::new())).collect();
    // Standard input and output; standard error for what the standard library says at its end.
    rules.insert(libc::SYS_read, vec![rule(0, equal(), 0)?]);
    rules.insert(
        libc::SYS_write,
        vec![rule(0, equal(), 1)?, rule(0, equal(), 2)?],
    );
    // Memory that is not executable.
    let executable = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
    // And that is no file's: a descriptor that somebody left open could be mapped otherwise.
    let anonymous = SeccompRule::new(vec![
        condition(2, executable.clone(), 0)?,
        condition(4, equal(), u64::from(u32::MAX))?,
    ])?;
    rules.insert(libc::SYS_mmap, vec![anonymous]);
    rules.insert(libc::SYS_mprotect, vec![rule(2, executable, 0)?]);
    // To end itself with a signal, as the standard library does when there is no memory.
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, vec![rule(0, equal(), own)?]);
    SeccompFilter::new(
        rules,
        SeccompAction::Errno(libc::EPERM as u32),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )
}

fn equal() -> SeccompCmpOp {
    SeccompCmpOp::Eq
}

fn rule(argument: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![condition(argument, is, value)?])
}

fn condition(argument: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, value)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::net::TcpListener;
    use std::os::unix::net::UnixStream;
    use std::process::Command;
    use std::thread;

    use rustix::process::{Resource, Signal, getpid, getrlimit, kill_process, setrlimit};

    use super::*;

    /// The fence holds for one thread, so the others of this process go on as they were.
    #[test]
    fn nothing_but_computing_is_left() {
        let cores = getrlimit(Resource::Core);
        let tried = thread::spawn(move || {
            forbid().expect("this kernel has seccomp");
            let memory = vec![7_u8; 1 << 20];
            let end = kill_process(getpid(), Signal::CONT);
            [
                ("compute", memory.iter().all(|byte| *byte == 7)),
                ("read a file", File::open("/proc/self/status").is_err()),
                ("write a file", File::create("/dev/null").is_err()),
                ("listen", TcpListener::bind("127.0.0.1:0").is_err()),
                ("talk", UnixStream::pair().is_err()),
                ("run a program", Command::new("/bin/true").spawn().is_err()),
                (
                    "start a thread",
                    thread::Builder::new().spawn(|| ()).is_err(),
                ),
                ("send a signal", end.is_err()),
                ("lift a limit", setrlimit(Resource::Core, cores).is_err()),
            ]
        });
        for (what, is_as_it_should_be) in tried.join().expect("the thread ends as any other") {
            assert!(is_as_it_should_be, "{what}");
        }
        File::open("/proc/self/status").expect("this thread has no fence");
    }
}
