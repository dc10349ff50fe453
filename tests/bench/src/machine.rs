//! What was measured on. Must never name a host, a path or a user.

use std::fs;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// The facts about a machine that figures depend on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's model.
    pub processor: String,
    /// How many of it the process may use.
    pub cores: usize,
    /// The kernel's version.
    pub kernel: String,
    /// The compiler.
    pub rustc: String,
    /// The version of wasmtime.
    pub wasmtime: String,
    /// The load of the last minute when the run began: what others made the machine do.
    pub load: String,
    /// The date of the run, as the caller gave it.
    pub date: String,
}

impl Machine {
    /// This machine, now.
    pub fn here(date: &str) -> Self {
        Self {
            processor: processor(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: kernel(),
            rustc: rustc(),
            wasmtime: wasmtime_environ::VERSION.to_owned(),
            load: load(),
            date: date.to_owned(),
        }
    }
}

fn processor() -> String {
    let info = read("/proc/cpuinfo");
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|rest| rest.split_once(':'));
    model.map_or_else(
        || "unknown".to_owned(),
        |(_, model)| model.trim().to_owned(),
    )
}

/// The numbers only; what follows them names a distribution or a host.
fn kernel() -> String {
    let release = read("/proc/sys/kernel/osrelease");
    let version = release.split('-').next().unwrap_or_default().trim();
    format!("Linux {version}")
}

fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.map_or_else(
        |_| "rustc unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// The load average of the last minute.
pub fn load() -> String {
    let average = read("/proc/loadavg");
    average.split(' ').next().unwrap_or("?").to_owned()
}

/// A number in kibibytes from this process's status, such as `VmRSS`.
pub fn status_kib(name: &str) -> u64 {
    let status = read("/proc/self/status");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// How many mappings this process has.
pub fn mappings() -> usize {
    read("/proc/self/maps").lines().count()
}

/// How many descriptors this process has open.
pub fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
