//! What is acknowledged survives `kill -9` and a full disk: a process makes random changes of everything that is kept and says
//! so after each; what is found afterwards is what it said, and at most the one change that it had no time to speak of.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use harness::{keyring, request};
use lictor::{
    CacheSettings, Effect, Host, HostError, HostSettings, Layer, Settings, TenantName,
    TenantSettings,
};
use lictor_state::KnownTenant;

use crate::fixture::{builder, says, settings, tenant};
use crate::restore::open;

const CHILD: &str = "LICTOR_KILLED_CHILD";
const SEED: &str = "LICTOR_KILLED_SEED";
const CHANGES_MAX: &str = "LICTOR_KILLED_CHANGES_MAX";
const ROUNDS: &str = "LICTOR_KILLED_ROUNDS";

/// Numbers that look random, the same for the same seed.
struct Rng(u64);

impl Rng {
    fn below(&mut self, count: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % count
    }
}

/// What a host holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    base: Layered,
    tenants: BTreeMap<String, (Effect, Layered)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Layered {
    policies: BTreeMap<String, Effect>,
    documents: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
enum Op {
    Add(String, Effect),
    Set(String, Effect),
    RemoveTenant(String),
    Bind(Owner, String, Effect),
    Unbind(Owner, String),
    Put(Owner, Vec<(String, String)>),
    Patch(Owner, String, u64),
    Remove(Owner, String),
}

/// A tenant, or the base layer.
type Owner = Option<String>;

/// Always there, so that the base layer can be seen.
const FIRST: &str = "t0";

impl Model {
    fn layer(&mut self, owner: &Owner) -> &mut Layered {
        match owner {
            None => &mut self.base,
            Some(tenant) => &mut self.tenants.get_mut(tenant).unwrap().1,
        }
    }

    /// A change that can be made.
    fn next(&mut self, rng: &mut Rng) -> Op {
        let tenant = format!("t{}", rng.below(4));
        let effect = Effect::ALL[rng.below(3) as usize + 1];
        if !self.tenants.contains_key(&tenant) {
            return Op::Add(tenant, effect);
        }
        let owner = (rng.below(6) > 0).then(|| tenant.clone());
        let layer = self.layer(&owner).clone();
        let pick = |names: Vec<String>, rng: &mut Rng| {
            let count = names.len() as u64;
            (count > 0).then(|| names[rng.below(count) as usize].clone())
        };
        let a_policy = pick(layer.policies.into_keys().collect(), rng);
        let a_document = pick(layer.documents.into_keys().collect(), rng);
        let named = |rng: &mut Rng| (format!("d{}", rng.below(3)), text(rng));
        match (rng.below(20), a_policy, a_document) {
            (0, ..) if tenant != FIRST => Op::RemoveTenant(tenant),
            (1, ..) => Op::Set(tenant, effect),
            (2..=3, Some(policy), _) => Op::Unbind(owner, policy),
            (4..=5, _, Some(document)) => Op::Remove(owner, document),
            (6..=8, _, Some(document)) => Op::Patch(owner, document, rng.below(1000)),
            (9..=12, ..) => Op::Put(owner, vec![named(rng)]),
            (13, ..) if owner.is_some() => {
                let both = ["d0", "d1"].map(|name| (name.to_owned(), text(rng)));
                Op::Put(owner, both.into())
            }
            _ => Op::Bind(owner, format!("p{}", rng.below(3)), effect),
        }
    }

    fn apply(&mut self, op: &Op) {
        match op.clone() {
            Op::Add(tenant, effect) => {
                self.tenants.insert(tenant, (effect, Layered::default()));
            }
            Op::Set(tenant, effect) => self.tenants.get_mut(&tenant).unwrap().0 = effect,
            Op::RemoveTenant(tenant) => drop(self.tenants.remove(&tenant)),
            Op::Bind(owner, policy, effect) => {
                self.layer(&owner).policies.insert(policy, effect);
            }
            Op::Unbind(owner, policy) => drop(self.layer(&owner).policies.remove(&policy)),
            Op::Put(owner, documents) => self.layer(&owner).documents.extend(documents),
            Op::Patch(owner, document, number) => {
                let kept = self.layer(&owner).documents.get_mut(&document).unwrap();
                let at = kept.find(",\"pad\"").unwrap();
                *kept = format!("{{\"n\":{number}{}", &kept[at..]);
            }
            Op::Remove(owner, document) => drop(self.layer(&owner).documents.remove(&document)),
        }
    }
}

/// A document in its canonical text.
fn text(rng: &mut Rng) -> String {
    let pad = "x".repeat(rng.below(30_000) as usize);
    format!("{{\"n\":{},\"pad\":\"{pad}\"}}", rng.below(1000))
}

impl Op {
    fn make(&self, host: &Host) -> Result<(), Box<dyn std::error::Error>> {
        let owned = |owner: &Owner| owner.as_deref().map_or_else(TenantName::base, tenant);
        let with = |effect: Effect| TenantSettings {
            default_effect: effect,
            ..TenantSettings::default()
        };
        match self {
            Op::Add(name, effect) => host.add_tenant(&tenant(name), with(*effect))?,
            Op::Set(name, effect) => host.set_tenant(&tenant(name), with(*effect))?,
            Op::RemoveTenant(name) => host.remove_tenant(&tenant(name))?,
            Op::Bind(owner, policy, effect) => {
                let spec = says(policy, "1.0.0", *effect as u8);
                match owner {
                    Some(name) => host.bind(&tenant(name), spec)?,
                    None => host.bind_base(spec)?,
                };
            }
            Op::Unbind(Some(name), policy) => host.unbind(&tenant(name), &policy.parse()?)?,
            Op::Unbind(None, policy) => host.unbind_base(&policy.parse()?)?,
            Op::Put(Some(name), documents) => {
                let documents = documents
                    .iter()
                    .map(|(name, text)| (name.parse().unwrap(), text.as_bytes()));
                host.replace_data(&tenant(name), documents)?;
            }
            Op::Put(None, documents) => {
                for (name, text) in documents {
                    host.put_base_data(name.parse()?, text.as_bytes())?;
                }
            }
            Op::Patch(owner, document, number) => {
                let patch = format!("{{\"n\":{number}}}");
                host.patch_data(&owned(owner), &document.parse()?, patch.as_bytes())?;
            }
            Op::Remove(Some(name), document) => {
                host.remove_data(&tenant(name), &document.parse()?)?;
            }
            Op::Remove(None, document) => host.remove_base_data(&document.parse()?)?,
        }
        Ok(())
    }
}

fn started(folder: &Path) -> (Host, Model) {
    let store = open(&folder.join("state"));
    let known: Vec<KnownTenant> = store.all().unwrap();
    let defaults = known.into_iter().map(|known| {
        let effect = known.settings["default_effect"].clone();
        (known.tenant, serde_json::from_value(effect).unwrap())
    });
    let defaults: BTreeMap<TenantName, Effect> = defaults.collect();
    let cache = CacheSettings::new(folder.join("native"), folder.join("key"));
    let settings = HostSettings {
        engine: Settings {
            cache: Some(cache),
            ..settings().engine
        },
        ..settings()
    };
    let host = builder().settings(settings).state(store).build().unwrap();
    assert_eq!(host.troubles(), []);
    let model = seen(&host, &defaults);
    (host, model)
}

/// What a host holds, as requests and operators see it.
fn seen(host: &Host, defaults: &BTreeMap<TenantName, Effect>) -> Model {
    let documents = |owner: &TenantName| -> BTreeMap<String, String> {
        let list = host.data_list(owner).unwrap().into_iter();
        let texts = list.map(|report| {
            let text = host.data(owner, &report.document).unwrap();
            (report.document.to_string(), text)
        });
        texts.collect()
    };
    let mut model = Model::default();
    model.base.documents = documents(&TenantName::base());
    for name in host.tenants() {
        let outcome = host.evaluate(&name, &request(250)).unwrap();
        let said = |layer: Layer| {
            let of_layer = outcome.policies.iter().filter(|it| it.layer == layer);
            let said = of_layer.map(|it| {
                let decision = it.verdict.decision().unwrap();
                assert!(it.verdict.fault().is_none(), "{it:?}");
                (it.bound.policy.to_string(), decision.effect)
            });
            said.collect::<BTreeMap<_, _>>()
        };
        model.base.policies = said(Layer::Base);
        let layered = Layered {
            policies: said(Layer::Tenant),
            documents: documents(&name),
        };
        let default = defaults.get(&name).copied().unwrap_or(Effect::Deny);
        model.tenants.insert(name.to_string(), (default, layered));
    }
    model
}

/// Not a test by itself: the process that is killed below. Where it may not write as much as it wants, it goes on until it has
/// been refused a few times.
#[test]
fn changes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(CHILD) else {
        return;
    };
    let seed = std::env::var(SEED).unwrap().parse().unwrap();
    let (host, mut model) = started(Path::new(&folder));
    let mut rng = Rng(seed);
    let mut refused = 0;
    let at_most = std::env::var(CHANGES_MAX).map_or(usize::MAX, |max| max.parse().unwrap());
    for _ in 0..at_most {
        if refused == 5 {
            break;
        }
        let op = model.next(&mut rng);
        match op.make(&host) {
            Ok(()) => {
                model.apply(&op);
                eprintln!("did");
            }
            Err(error) => {
                // A store whose write failed is opened again by the next change, which may fail in its own way.
                let expected = error.to_string();
                let is_about_state =
                    expected.contains("could not be written") || expected.contains("can't be used");
                assert!(is_about_state, "{expected}");
                refused += 1;
                // Nothing of it took effect.
                let defaults = model.tenants.iter();
                let defaults = defaults.map(|(name, it)| (tenant(name), it.0));
                let now = seen(&host, &defaults.collect());
                assert_eq!(now, model, "{op:?}");
                eprintln!("refused");
            }
        }
    }
    eprintln!("ended");
}

fn founded() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (host, _) = started(folder.path());
    host.found_keyring(keyring(), "anna").unwrap();
    let allowing = TenantSettings {
        default_effect: Effect::Allow,
        ..TenantSettings::default()
    };
    host.add_tenant(&tenant(FIRST), allowing).unwrap();
    folder
}

fn child(mut command: Command, folder: &Path, seed: u64) -> std::process::Child {
    command
        .env(CHILD, folder)
        .env(SEED, seed.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

const ARGUMENTS: [&str; 3] = [
    "--exact",
    "killed::changes_until_it_is_killed",
    "--nocapture",
];

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = founded();
    let rounds = std::env::var(ROUNDS).map_or(4, |rounds| rounds.parse().unwrap());
    let (_, mut model) = started(folder.path());
    for round in 1..=rounds {
        let seed = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(round);
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(ARGUMENTS);
        let mut child = child(command, folder.path(), seed);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let wanted = Rng(seed).below(40) + 1;
        let mut acknowledged = 0;
        let mut told = Vec::new();
        // It is killed at no moment of its own; what it still said before that counts.
        while let Some(Ok(line)) = lines.next() {
            match line.as_str() {
                "did" => acknowledged += 1,
                _ => told.push(line),
            }
            if acknowledged == wanted {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acknowledged >= wanted, "{told:?}");

        let mut rng = Rng(seed);
        for _ in 0..acknowledged {
            let op = model.next(&mut rng);
            model.apply(&op);
        }
        let (host, found) = started(folder.path());
        if found != model {
            let op = model.next(&mut rng);
            model.apply(&op);
            assert!(found == model, "seed {seed}, after {acknowledged}: {op:?}");
        }
        drop(host);
    }
}

#[test]
fn a_full_disk_loses_nothing_and_applies_nothing_by_half() {
    let folder = founded();
    let (host, mut model) = started(folder.path());
    drop(host);
    let bytes = std::fs::metadata(folder.path().join("state/state.redb")).unwrap();
    // No file may grow beyond this: first documents are too large, then the store.
    let limit_kib = bytes.len() / 1024 + 40;
    let mut command = Command::new("bash");
    command
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; ulimit -f {limit_kib}; exec \"$0\" \"$@\""
        ))
        .arg(std::env::current_exe().unwrap())
        .args(ARGUMENTS)
        .env(CHANGES_MAX, "300");
    let seed = 77;
    let mut child = child(command, folder.path(), seed);
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let lines: Vec<String> = lines.map_while(Result::ok).collect();
    child.wait().unwrap();
    assert!(lines.iter().any(|line| line == "ended"), "{lines:?}");
    assert!(lines.iter().any(|line| line == "refused"), "{lines:?}");
    let mut rng = Rng(seed);
    for line in lines
        .iter()
        .filter(|line| *line == "did" || *line == "refused")
    {
        let op = model.next(&mut rng);
        if line == "did" {
            model.apply(&op);
        }
    }
    let (host, found) = started(folder.path());
    assert!(found == model);
    // There is room again.
    host.put_data(&tenant(FIRST), "d0".parse().unwrap(), b"1")
        .unwrap();
}

#[test]
fn a_document_for_which_there_is_no_room_changes_nothing_else() {
    let folder = founded();
    let (host, before) = started(folder.path());
    let shelf = folder.path().join("state/documents");
    std::fs::remove_dir(&shelf).unwrap();
    let first = tenant(FIRST);
    let refused = host
        .put_data(&first, "d0".parse().unwrap(), b"[1]")
        .unwrap_err();
    assert!(matches!(refused, HostError::State(_)), "{refused}");
    // The store itself can still be written.
    let op = Op::Bind(Some(FIRST.to_owned()), "p0".to_owned(), Effect::Review);
    op.make(&host).unwrap();
    std::fs::create_dir(&shelf).unwrap();
    host.put_data(&first, "d0".parse().unwrap(), b"[1]")
        .unwrap();
    drop(host);
    let (_, mut found) = started(folder.path());
    found.layer(&Some(FIRST.to_owned())).policies.clear();
    found.layer(&Some(FIRST.to_owned())).documents.clear();
    assert_eq!(found, before);
}
