//! A data document of 100 MB with a million members: the memory that replacing it takes, and what a lookup in it takes.
//!
//! The memory is measured in a process of its own, since the peak of this one has seen everything before.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use lictor::{DocumentName, Host, TenantName, TenantSettings};
use lictor_policy::{Document, Documents, JsonBounds, PointerRef};
use serde::{Deserialize, Serialize};

use crate::figure::{Figure, Target};
use crate::machine;
use crate::measure::{Plan, Subject, interleaved};
use crate::tenants::Random;

/// The hidden argument that makes this program the process that replaces a document.
pub const CHILD: &str = "--replace-directory";
/// Pointers that lookups take turns with.
const POINTERS: usize = 1 << 16;

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let users = if quick { 50_000 } else { 1_000_000 };
    let text = directory(users)?;
    let bytes = text.len();
    let path = crate::project().join("target/bench/directory.json");
    fs::create_dir_all(path.with_file_name(""))?;
    fs::write(&path, &text)?;
    let replaced = replace_in_child(&path);
    fs::remove_file(&path)?;
    let replaced = replaced?;
    let mut figures = memory(users, bytes, &replaced);
    figures.push(lookup(quick, users, text)?);
    Ok(figures)
}

/// What the child saw, in KiB.
#[derive(Debug, Serialize, Deserialize)]
struct Replaced {
    before: u64,
    held: u64,
    peak: u64,
}

fn memory(users: usize, bytes: usize, replaced: &Replaced) -> Vec<Figure> {
    let times = |kib: u64| kib as f64 * 1024.0 / bytes as f64;
    let (held, peak) = (
        replaced.held - replaced.before,
        replaced.peak - replaced.before,
    );
    println!("  {replaced:?}");
    let megabytes = |kib: u64| format!("{:.0} MB", kib as f64 * 1024.0 / 1e6);
    let text = format!("{:.0} MB of text, {users} members", bytes as f64 / 1e6);
    vec![
        Figure::new(
            "directory",
            "peak of resident memory while a directory is replaced: text, old and new",
            times(peak),
            Target::AtMost(3.0),
        )
        .value(megabytes(peak))
        .against(text.clone()),
        Figure::new(
            "directory",
            "resident memory that the directory then takes",
            times(held),
            Target::None,
        )
        .value(megabytes(held))
        .against(text),
    ]
}

fn lookup(quick: bool, users: usize, text: Vec<u8>) -> anyhow::Result<Figure> {
    const CALLS: u32 = 64;
    let document = Document::parse(&text, &JsonBounds::DOCUMENT)?;
    drop(text);
    let data = Documents::new().with("users".parse()?, document);
    let mut random = Random::new();
    let pointers: Vec<String> = (0..POINTERS)
        .map(|_| format!("/users/{}/roles/0", user(random.below(users as u64))))
        .collect();
    let find = |pointer: &str| {
        Some(
            data.find(&PointerRef::parse(pointer).ok()?)?
                .value(64)
                .is_ok(),
        )
    };
    ensure!(
        pointers.iter().all(|pointer| find(pointer) == Some(true)),
        "a pointer leads nowhere"
    );
    let mut turn = pointers.iter().cycle();
    let work = || {
        if let Some(pointer) = turn.next() {
            black_box(find(pointer));
        }
    };
    let timings = interleaved(
        Plan::of_microseconds(quick),
        &mut [Subject {
            name: "lookup of a user's first role",
            calls: CALLS,
            work: Box::new(work),
        }],
    );
    let timing = timings.first().context("one subject was measured")?;
    let name = "lookup of any member of the directory, with its value, in µs";
    Ok(
        Figure::new("directory", name, timing.p50 / 1e3, Target::AtMost(1.0))
            .value(format!("{:.0} ns p50", timing.p50))
            .against("the time itself"),
    )
}

// --- The directory -------------------------------------------------------------------------------------------------

/// A directory of users with roles, some 100 bytes each.
fn directory(users: usize) -> anyhow::Result<Vec<u8>> {
    const ROLES: [&str; 5] = ["reader", "editor", "approver", "auditor", "administrator"];
    const DEPARTMENTS: [&str; 4] = ["sales", "support", "finance", "engineering"];
    let mut random = Random::new();
    let mut one_of = |names: &[&'static str]| {
        let at = random.below(names.len() as u64) as usize;
        names.get(at).copied().unwrap_or_default()
    };
    let mut text = String::from("{");
    for number in 0..users {
        let comma = if number > 0 { "," } else { "" };
        let (role, department) = (one_of(&ROLES), one_of(&DEPARTMENTS));
        let id = user(number as u64);
        write!(
            text,
            "{comma}\"{id}\":{{\"email\":\"{id}@example.com\",\"roles\":[\"{role}\",\"member\"],\"department\":\"{department}\"}}"
        )?;
    }
    text.push('}');
    Ok(text.into_bytes())
}

/// Ids that don't come in order, as those of a real directory.
fn user(number: u64) -> String {
    format!("u{:09}", number.wrapping_mul(2_654_435_761) % 1_000_000_007)
}

// --- The process that replaces it ----------------------------------------------------------------------------------

fn replace_in_child(path: &Path) -> anyhow::Result<Replaced> {
    let output = Command::new(std::env::current_exe()?)
        .arg(CHILD)
        .arg(path)
        .output()?;
    ensure!(
        output.status.success(),
        "the process that replaces a document failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What the child does: puts the document, puts it again, and says what memory that took.
pub fn replace(path: PathBuf) -> anyhow::Result<()> {
    let tenant: TenantName = "bank".parse()?;
    let name: DocumentName = "users".parse()?;
    let host = Host::builder().build()?;
    host.add_tenant(&tenant, TenantSettings::default())?;
    let before = machine::status_kib("VmRSS");
    host.put_data(&tenant, name.clone(), &fs::read(&path)?)?;
    let held = machine::status_kib("VmRSS");
    host.put_data(&tenant, name, &fs::read(&path)?)?;
    let peak = machine::status_kib("VmHWM");
    println!(
        "{}",
        serde_json::to_string(&Replaced { before, held, peak })?
    );
    Ok(())
}
