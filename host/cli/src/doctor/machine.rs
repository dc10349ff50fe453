//! What the machine grants a host, and what the host wants of it.

use std::fs;

use lictor::Limits;
use rustix::process::{Resource, getrlimit};

use super::Finding;

/// Files that a host opens besides connections: its store, logs, programs that compile.
const FILES_BESIDES: u64 = 256;
/// The address space that a host reserves without using it.
const ADDRESS_SPACE_BYTES: u64 = 64 << 30;

/// What a host wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Connections at once.
    pub(super) connections: u64,
    /// Evaluations at once.
    pub(super) slots: u32,
}

/// What there is; nothing where the system doesn't say or sets no bound.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Machine {
    files: Option<u64>,
    address_space_bytes: Option<u64>,
    available_bytes: Option<u64>,
    overcommit: Option<u32>,
    cpus: Option<usize>,
}

impl Machine {
    /// Asks the system.
    pub(super) fn look() -> Self {
        let number = |path| fs::read_to_string(path).ok()?.trim().parse().ok();
        Self {
            files: getrlimit(Resource::Nofile).current,
            address_space_bytes: getrlimit(Resource::As).current,
            available_bytes: available_bytes(),
            overcommit: number("/proc/sys/vm/overcommit_memory"),
            cpus: std::thread::available_parallelism().ok().map(Into::into),
        }
    }

    pub(super) fn findings(&self, wanted: &Wanted) -> Vec<Finding> {
        let found = [
            self.files(wanted),
            self.address_space(),
            self.overcommit(),
            self.memory(wanted),
            self.slots(wanted),
        ];
        found.into_iter().flatten().collect()
    }

    fn files(&self, wanted: &Wanted) -> Option<Finding> {
        let (files, needed) = (self.files?, wanted.connections + FILES_BESIDES);
        let what = format!(
            "a process may open {files} files, and {needed} are needed for as many connections as the settings take"
        );
        let advice = format!(
            "raise the limit (`ulimit -n {needed}`, `LimitNOFILE={needed}` of systemd), or set `connections` lower"
        );
        (files < needed).then(|| Finding::wrong("machine", what, advice))
    }

    fn address_space(&self) -> Option<Finding> {
        let bytes = self.address_space_bytes?;
        let what = format!("the address space of a process is limited to {bytes} bytes");
        let advice = "lift the limit (`ulimit -v unlimited`): a host reserves address space that it never fills, and takes memory only as it uses it";
        (bytes < ADDRESS_SPACE_BYTES).then(|| Finding::wrong("machine", what, advice))
    }

    fn overcommit(&self) -> Option<Finding> {
        let what = "the system promises no more memory than it has (`vm.overcommit_memory` is 2), and a host reserves address space that it never fills";
        let advice = "set `vm.overcommit_memory` to 0 or 1 where the host runs";
        (self.overcommit? == 2).then(|| Finding::wrong("machine", what, advice))
    }

    fn memory(&self, wanted: &Wanted) -> Option<Finding> {
        let each = Limits::compiled().memory_bytes as u64;
        let (there, needed) = (
            self.available_bytes?,
            each.saturating_mul(wanted.slots.into()),
        );
        let what = format!(
            "{there} bytes of memory are free, and {} evaluations at once may take {needed} of policies' memory",
            wanted.slots
        );
        let advice = "give the machine more memory, or start the host with fewer `--slots`";
        (there < needed).then(|| Finding::near("machine", what, advice))
    }

    fn slots(&self, wanted: &Wanted) -> Option<Finding> {
        let cpus = self.cpus?;
        let what = format!(
            "{} evaluations at once can't keep {cpus} processors busy",
            wanted.slots
        );
        let advice = format!("start the host with `--slots {}` or more", cpus + 1);
        ((wanted.slots as usize) < cpus).then(|| Finding::near("machine", what, advice))
    }
}

/// What is free of the machine's memory, or of what its group of processes may have.
fn available_bytes() -> Option<u64> {
    let free = fs::read_to_string("/proc/meminfo").ok()?;
    let line = free
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib: u64 = line?.trim().trim_end_matches(" kB").parse().ok()?;
    let granted = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let granted = granted.and_then(|text| text.trim().parse().ok());
    Some(granted.unwrap_or(u64::MAX).min(kib.saturating_mul(1_024)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted = Wanted {
        connections: 10_000,
        slots: 64,
    };

    fn found(machine: Machine) -> Vec<(bool, String)> {
        let found = machine.findings(&WANTED).into_iter();
        found.map(|it| (it.wrong, it.advice)).collect()
    }

    #[test]
    fn a_machine_that_grants_what_is_wanted_is_well() {
        let machine = Machine {
            files: Some(10_256),
            address_space_bytes: None,
            available_bytes: Some(u64::MAX),
            overcommit: Some(0),
            cpus: Some(64),
        };
        assert_eq!(found(machine), []);
        assert_eq!(found(Machine::default()), []);
    }

    #[test]
    fn each_thing_that_is_too_little_is_found() {
        let only = |machine: Machine, wrong, with: &str| {
            let found = found(machine);
            let [(is_wrong, advice)] = found.as_slice() else {
                panic!("{found:?}");
            };
            assert!(*is_wrong == wrong && advice.contains(with), "{advice}");
        };
        let nothing = Machine::default;
        only(
            Machine {
                files: Some(10_255),
                ..nothing()
            },
            true,
            "ulimit -n 10256",
        );
        only(
            Machine {
                address_space_bytes: Some(8 << 30),
                ..nothing()
            },
            true,
            "ulimit -v",
        );
        only(
            Machine {
                overcommit: Some(2),
                ..nothing()
            },
            true,
            "vm.overcommit_memory",
        );
        only(
            Machine {
                available_bytes: Some(1 << 20),
                ..nothing()
            },
            false,
            "--slots",
        );
        only(
            Machine {
                cpus: Some(65),
                ..nothing()
            },
            false,
            "--slots 66",
        );
    }

    #[test]
    fn this_machine_says_what_it_has() {
        let machine = Machine::look();
        assert!(machine.available_bytes.is_some_and(|it| it > 1 << 20));
        assert!(machine.cpus.is_some() && machine.overcommit.is_some());
    }
}
