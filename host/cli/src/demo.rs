//! `lictor demo`: what the whole of Lictor does, on embedded defaults, printed for a person.
//!
//! Everything that is printed happened in this run; a step that doesn't come out as it should ends the demo with an error.

mod attack;
mod fleet;
mod memory;
mod replace;
mod rollout;
mod show;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use lictor::{
    BindingSpec, BreakerSettings, Fetched, Host, HostSettings, PolicyName, TenantName,
    TenantSettings, ThrowAwayKey, Version,
};

use crate::arguments::DemoArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use fleet::{Fleet, HOUSES};

/// The crates that the demo builds, seen from the folder of the sources. `spend-limit` is there in two versions.
const CRATES: [&str; 6] = [
    "examples/crypto",
    "plugins/spend-limit/v1-0",
    "plugins/spend-limit/v1-1",
    "plugins/tool-access",
    "plugins/approval",
    "examples/hostile",
];

/// Shows it all.
pub fn run(typed: &DemoArguments) -> Result<Exit, Failure> {
    let sources = typed.sources.clone().unwrap_or_else(sources);
    let mut out = anstream::stdout().lock();
    let fleet = Fleet::recorded()?;

    show::title(&mut out, "Lictor decides what agents may do")?;
    show::text(
        &mut out,
        "One host, two tenants that don't trust each other, policies in sandboxes of their own.",
    )?;

    show::step(
        &mut out,
        1,
        "Build the policies and sign them: Rust crates become WebAssembly components",
    )?;
    let built = Built::all(&sources, &mut out)?;

    show::step(
        &mut out,
        2,
        "Decide a minute of requests of an agent fleet for both tenants",
    )?;
    let host = house(&built, &fleet)?;
    let evaluated = fleet::decide(&host, &fleet, &mut out)?;

    show::step(
        &mut out,
        3,
        "Decide the same minute again and again: what the policies looked at is as it was",
    )?;
    memory::answer(&host, &fleet, evaluated, &mut out)?;

    show::step(
        &mut out,
        4,
        "Replace `spend-limit` 1.0.0 by 1.1.0 while requests are decided",
    )?;
    replace::under_load(&host, &built, &fleet, &mut out)?;

    show::step(
        &mut out,
        5,
        "Roll a change out, and have one that is careless go back by itself",
    )?;
    rollout::show(&host, &built, &mut out)?;

    show::step(
        &mut out,
        6,
        "Stop a hostile policy: a third tenant binds one that never ends",
    )?;
    attack::stop(&host, &built, &fleet, &mut out)?;

    writeln!(out)?;
    show::text(
        &mut out,
        "Go on: `lictor new my-policy` makes a policy of your own; `lictor --help` says the rest.",
    )?;
    Ok(Exit::Done)
}

/// Where this program was built from.
fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The artifacts by policy name and version, and whom they are signed by.
struct Built {
    artifacts: BTreeMap<(PolicyName, Version), Fetched>,
    key: ThrowAwayKey,
}

impl Built {
    fn all(sources: &Path, out: &mut impl Write) -> Result<Self, Failure> {
        if !sources.join("examples/crypto").is_dir() {
            let message = format!("the example policies are not in `{}`", sources.display());
            return Err(
                Failure::input(message).hint("name a checkout of the sources with `--sources`")
            );
        }
        let key = author()?;
        let mut artifacts = BTreeMap::new();
        for folder in CRATES {
            let Source {
                policy,
                version,
                component,
                ..
            } = Source::read(&sources.join(folder))?;
            let manifest = lictor::manifest(policy.clone(), version.clone(), &component)?;
            let artifact = key.sign(component, manifest);
            let artifact = artifact.map_err(|error| Failure::new(Exit::Refused, error))?;
            show::built(out, &artifact)?;
            artifacts.insert((policy, version), artifact);
        }
        Ok(Self { artifacts, key })
    }

    /// A binding of the policy in its lowest version, or in the one that is wanted.
    fn spec(&self, policy: &PolicyName, version: Option<&Version>) -> Result<BindingSpec, Failure> {
        let fits = |(name, have): &&(PolicyName, Version)| {
            name == policy && version.is_none_or(|it| it == have)
        };
        let found = self.artifacts.iter().find(|(key, _)| fits(key));
        let (_, artifact) =
            found.ok_or_else(|| Failure::input(format!("the demo builds no policy `{policy}`")))?;
        Ok(BindingSpec::new(artifact.clone()))
    }
}

/// The author of all policies, whom all tenants trust: a key that is gone with the demo.
fn author() -> Result<ThrowAwayKey, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| Failure::new(Exit::HostFault, error))?;
    let tenants = HOUSES.into_iter().chain([attack::TENANT, rollout::TENANT]);
    let tenants = tenants.map(|name| name.parse().expect("it is a name"));
    ThrowAwayKey::for_tenants(&seed, tenants).map_err(|error| Failure::new(Exit::HostFault, error))
}

/// A host with both tenants and their policies.
fn house(built: &Built, fleet: &Fleet) -> Result<Host, Failure> {
    let settings = HostSettings {
        // An attack that is cut off after five faults would show nothing of the others.
        breaker: BreakerSettings::off(),
        ..HostSettings::default()
    };
    let host = Host::builder()
        .settings(settings)
        .keyring(built.key.keyring().clone())
        .build()
        .map_err(|error| Failure::new(Exit::HostFault, error))?;
    for name in HOUSES {
        let tenant: TenantName = name.parse().expect("it is a name");
        host.add_tenant(&tenant, TenantSettings::default())
            .map_err(Failure::input)?;
        for (policy, parameters) in fleet.bindings(name) {
            host.bind(
                &tenant,
                built.spec(policy, None)?.parameters(parameters.clone()),
            )?;
        }
    }
    Ok(host)
}
