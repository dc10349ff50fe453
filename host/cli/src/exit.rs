//! The exit codes, in one table that `lictor --help` prints.
//!
//! A script tells by them whose turn it is: its author's, the policy's author's or the operator's.

use std::process::ExitCode;

use lictor::{Blame, Fault, Refusal};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was asked.
    Done = 0,
    /// The answer is no.
    No = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A file or a value that was given can't be used.
    Input = 3,
    /// The component, its parameters or the signatures are refused.
    Refused = 4,
    /// The policy has a fault.
    PolicyFault = 5,
    /// The host has a fault.
    HostFault = 6,
}

impl Exit {
    /// All of them, in order.
    pub const ALL: [Exit; 7] = [
        Exit::Done,
        Exit::No,
        Exit::Usage,
        Exit::Input,
        Exit::Refused,
        Exit::PolicyFault,
        Exit::HostFault,
    ];

    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What the number means.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Done => {
                "done; `eval` ends so whatever the decision is, unless `--expect` is given"
            }
            Exit::No => {
                "a case failed, the decision isn't the one that `--expect` names, or `status` or `doctor` found trouble"
            }
            Exit::Usage => "the command line is wrong",
            Exit::Input => "a request, case, crate, key or file that was given can't be used",
            Exit::Refused => "a component, its parameters or signatures are refused",
            Exit::PolicyFault => {
                "the policy has a fault: a limit was hit, it failed, or it broke the contract"
            }
            Exit::HostFault => "the host has a fault, or the machine can't do what was asked",
        }
    }

    /// How a command ends when an evaluation gave a fault instead of a decision.
    pub fn of_fault(fault: &Fault) -> Self {
        match fault.blame() {
            Blame::Caller | Blame::Tenant => Exit::Input,
            Blame::Policy => Exit::PolicyFault,
            Blame::Host => Exit::HostFault,
        }
    }

    /// How a command ended when a component or its binding is refused.
    pub fn of_refusal(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Fault { fault, .. } => Self::of_fault(fault),
            refusal if refusal.is_hosts() => Exit::HostFault,
            _ => Exit::Refused,
        }
    }

    /// The table of all codes, a line each.
    pub fn table() -> String {
        let line = |exit: &Exit| format!("  {}  {}", exit.code(), exit.meaning());
        let lines: Vec<String> = Self::ALL.iter().map(line).collect();
        lines.join("\n")
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_the_same_table() {
        let readme = include_str!("../README.md");
        let rows = Exit::ALL.map(|exit| format!("| {} | {} |\n", exit.code(), exit.meaning()));
        assert!(readme.contains(&rows.concat()));
    }
}
