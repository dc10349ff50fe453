//! A host with many tenants that starts again: how long until all of them are served, and in how much memory.
//!
//! Each tenant has an artifact of its own in a folder, and its native code in the cache; or all of them share ten. The host that
//! is measured is a process of its own, with no compiler: what it loads was verified, authenticated and mapped. Whom it trusts and
//! what it admitted before stands in the store of a state folder, which a host before it has filled.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, ensure};
use lictor::{
    BindingSpec, CacheSettings, Engine, Fetched, Host, HostSettings, Limits, Settings, Store,
    TenantName, TenantSettings,
};
use serde::{Deserialize, Serialize};

use crate::figure::{Figure, Target};
use crate::{components, machine};

/// The argument that makes this program the host that starts again.
pub const CHILD: &str = "restart-child";
/// The argument that makes this program compile the artifacts and end: that takes long, and needn't have the machine for itself
/// as measuring does. The next run finds them.
pub const FILL: &str = "restart-fill";
/// How many artifacts are made.
const MANY: usize = 10_000;
/// The most bytes of an artifact.
const ARTIFACT_BYTES_MAX: usize = 8 << 20;
/// How many artifacts are shared.
const SHARED: usize = 10;

/// What the host that started again says.
#[derive(Debug, Serialize, Deserialize)]
struct Started {
    seconds: f64,
    resident_mib: u64,
    file_backed_mib: u64,
    mappings: usize,
    descriptors: usize,
}

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let many = if quick { 100 } else { MANY };
    let place = Place::filled(many)?;
    let own = place.restart(many, many)?;
    let shared = place.restart(many, SHARED)?;
    fs::remove_dir_all(&place.0)?;
    Ok(vec![
        seconds(
            many,
            "an artifact of its own each",
            &own,
            Target::AtMost(10.0),
        ),
        resident(
            many,
            "an artifact of its own each",
            &own,
            Target::AtMost(2_048.0),
        ),
        seconds(many, "ten artifacts shared", &shared, Target::None),
        resident(many, "ten artifacts shared", &shared, Target::None),
        Figure::new(
            "restart",
            format!("{many} tenants, ten artifacts shared: mappings, of those with one each"),
            shared.mappings as f64 / own.mappings as f64,
            Target::AtMost(0.1),
        )
        .value(format!(
            "{} mappings, {} descriptors",
            shared.mappings, shared.descriptors
        ))
        .against(format!(
            "{} mappings, {} descriptors",
            own.mappings, own.descriptors
        )),
    ])
}

fn seconds(many: usize, how: &str, started: &Started, target: Target) -> Figure {
    let name = format!("{many} tenants, {how}: seconds until all are served");
    Figure::new("restart", name, started.seconds, target)
        .value(format!("{:.1} s", started.seconds))
        .against("the time itself")
}

fn resident(many: usize, how: &str, started: &Started, target: Target) -> Figure {
    let name = format!("{many} tenants, {how}: MiB resident");
    Figure::new("restart", name, started.resident_mib as f64, target)
        .value(format!(
            "{} MiB, of them {} in files",
            started.resident_mib, started.file_backed_mib
        ))
        .against("the bytes themselves")
}

/// Makes and compiles the artifacts of a full run.
pub fn fill() -> anyhow::Result<()> {
    Place::filled(MANY).map(drop)
}

/// The host that starts again. Says on standard output how that went.
pub fn start(mut given: impl Iterator<Item = OsString>) -> anyhow::Result<()> {
    let place = Place(given.next().context("a folder")?.into());
    let number = |given: Option<OsString>| -> anyhow::Result<usize> {
        Ok(given.context("a number")?.to_string_lossy().parse()?)
    };
    let (tenants, artifacts) = (number(given.next())?, number(given.next())?);
    let began = Instant::now();
    let host = place.host(tenants, artifacts)?;
    let seconds = began.elapsed().as_secs_f64();
    let counts = host.engine().cache_counts();
    ensure!(counts.damaged == 0 && counts.missing == 0, "{counts:?}");
    let started = Started {
        seconds,
        resident_mib: machine::status_kib("VmRSS") / 1024,
        file_backed_mib: machine::status_kib("RssFile") / 1024,
        mappings: machine::mappings(),
        descriptors: machine::descriptors(),
    };
    println!("{}", serde_json::to_string(&started)?);
    // Letting go of all of it is not what is measured.
    std::process::exit(0)
}

/// A folder with artifacts and a cache.
struct Place(PathBuf);

impl Place {
    /// A folder with so many artifacts and nothing else: as it was left, or made anew.
    fn filled(many: usize) -> anyhow::Result<Self> {
        let place = Self(crate::project().join(format!("target/bench/restart-{many}")));
        let mark = place.0.join("filled");
        if mark.exists() {
            return Ok(place);
        }
        if place.0.exists() {
            fs::remove_dir_all(&place.0)?;
        }
        fs::create_dir_all(&place.0)?;
        let began = Instant::now();
        place.fill(many)?;
        println!(
            "  {many} artifacts made and compiled in {:.0} s",
            began.elapsed().as_secs_f64()
        );
        fs::write(mark, "")?;
        Ok(place)
    }

    fn artifact(&self, number: usize) -> PathBuf {
        self.0.join(format!("{number}.wasm"))
    }

    fn state(&self, artifacts: usize) -> PathBuf {
        self.0.join(format!("state-{artifacts}"))
    }

    fn cache(&self) -> CacheSettings {
        CacheSettings::new(self.0.join("cache"), self.0.join("key"))
    }

    /// Makes the artifacts and compiles them all into the cache.
    fn fill(&self, many: usize) -> anyhow::Result<()> {
        let component = components::built("plugins/tool-access")?;
        let engine = Engine::new(&Settings {
            slots: 1,
            cache: Some(CacheSettings {
                bytes_max: u64::MAX,
                ..self.cache()
            }),
            ..Settings::default()
        })?;
        side_by_side(many, |number| {
            let component = components::variant(&component, u32::try_from(number)?);
            fs::write(
                self.artifact(number),
                components::signed("tool-access", &component)?.to_bytes(),
            )?;
            engine.fill_cache(&components::verified(&component)?, &Limits::default())?;
            Ok(())
        })
    }

    /// Lets a host start for the first time, which admits every artifact and writes that down, and then again.
    fn restart(&self, tenants: usize, artifacts: usize) -> anyhow::Result<Started> {
        let state = self.state(artifacts);
        if state.exists() {
            fs::remove_dir_all(state)?;
        }
        let first = self.start(tenants, artifacts)?;
        println!(
            "  {tenants} tenants with {artifacts} artifacts admitted for the first time in {:.0} s",
            first.seconds
        );
        self.start(tenants, artifacts)
    }

    fn start(&self, tenants: usize, artifacts: usize) -> anyhow::Result<Started> {
        let output = Command::new(std::env::current_exe()?)
            .arg(CHILD)
            .arg(&self.0)
            .args([tenants.to_string(), artifacts.to_string()])
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "the host did not start: {complaint}"
        );
        Ok(serde_json::from_str(&said)?)
    }

    fn host(&self, tenants: usize, artifacts: usize) -> anyhow::Result<Host> {
        let engine = Settings {
            compiler: None,
            cache: Some(self.cache()),
            ..Settings::default()
        };
        let host = Host::builder()
            .state(Store::open_or_create(&self.state(artifacts))?)
            .settings(HostSettings {
                engine,
                ..HostSettings::default()
            })
            .build()?;
        if host.keyring().is_some() {
            // All of it was kept.
            ensure!(host.tenants().len() == tenants, "tenants are missing");
            ensure!(host.troubles().is_empty(), "something is not in order");
            return Ok(host);
        }
        host.found_keyring(components::keyring()?, "benchmark")?;
        let names = (0..tenants)
            .map(|number| Ok(format!("tenant-{number}").parse()?))
            .collect::<anyhow::Result<Vec<TenantName>>>()?;
        host.add_tenants(
            names
                .iter()
                .map(|name| (name.clone(), TenantSettings::default())),
        )?;
        side_by_side(tenants, |number| {
            let name = names.get(number).context("a tenant")?;
            let file = fs::read(self.artifact(number % artifacts))?;
            let spec = BindingSpec::new(Fetched::parse(file, ARTIFACT_BYTES_MAX)?);
            host.bind(name, spec.parameters(PARAMETERS))?;
            Ok(())
        })?;
        Ok(host)
    }
}

const PARAMETERS: &str = r#"{"roles": {"support": {"read": ["crm"]}}}"#;

/// Does something for each number, on as many threads as there are processors.
fn side_by_side(
    many: usize,
    work: impl Fn(usize) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= many {
                return Ok(());
            }
            work(number)?;
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| anyhow::bail!("a thread panicked"))
        })
    })
}
