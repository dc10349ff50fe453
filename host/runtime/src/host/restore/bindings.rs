//! Binding again what was bound: from the kept file, under the keyring as it is now, with native code from the cache.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lictor_artifact::Fetched;
use lictor_engine::{Engine, Start};
use lictor_policy::{Condition, Digest, PolicyName, TenantName, Version};
use lictor_state::{FileName, Files, KeptBinding, KeptVersion, Keyed, StateError, Trust};

use super::{owner_and_name, parallel};
use crate::binding::{Binding, BindingSpec, BoundPolicy};
use crate::view::Route;

type Each = Vec<Keyed<KeptBinding>>;

/// The routes of all owners.
pub(super) fn restore(
    engine: &Engine,
    trust: &Trust,
    files: &Files,
    each: Each,
) -> Vec<(TenantName, Route)> {
    let jobs = Job::grouped(each);
    let routes = parallel::each(jobs, |job| {
        let again = Again {
            engine,
            trust,
            files,
        };
        again.route(job)
    });
    routes.into_iter().flatten().collect()
}

/// One binding by itself.
pub(super) fn one(
    engine: &Engine,
    trust: &Trust,
    files: &Files,
    owner: &TenantName,
    policy: &PolicyName,
    kept: KeptVersion,
) -> Binding {
    let again = Again {
        engine,
        trust,
        files,
    };
    again.binding(owner, policy, kept, &Artifact::default())
}

/// One route that is to be made, with the artifacts that it shares with others.
struct Job {
    key: String,
    entry: Result<KeptBinding, StateError>,
    current: Arc<Artifact>,
    last_good: Arc<Artifact>,
}

/// An artifact, read once for all that are bound to it, and held until the last of them is done.
#[derive(Default)]
struct Artifact {
    fetched: OnceLock<Result<Fetched, String>>,
    /// Held while its native code is loaded, so that this is done once.
    loading: Mutex<()>,
}

impl Job {
    /// Those of one artifact after one another, so that few are held at a time.
    fn grouped(each: Each) -> Vec<Self> {
        let mut artifacts: HashMap<FileName, Arc<Artifact>> = HashMap::new();
        let mut shared = |kept: Option<&KeptVersion>| match kept {
            Some(kept) => Arc::clone(artifacts.entry(kept.file_name()).or_default()),
            None => Arc::default(),
        };
        let jobs = each.into_iter().map(|(key, entry)| {
            let known = entry.as_ref().ok();
            Self {
                current: shared(known.map(|kept| &kept.current)),
                last_good: shared(known.and_then(|kept| kept.last_good.as_ref())),
                key,
                entry,
            }
        });
        let mut jobs: Vec<Self> = jobs.collect();
        jobs.sort_by_key(|job| job.entry.as_ref().ok().map(|kept| kept.current.file_name()));
        jobs
    }
}

/// What binds again.
struct Again<'a> {
    engine: &'a Engine,
    trust: &'a Trust,
    files: &'a Files,
}

impl Again<'_> {
    fn route(&self, job: Job) -> Option<(TenantName, Route)> {
        let Job {
            key,
            entry,
            current,
            last_good,
        } = job;
        let kept = match entry {
            Ok(kept) => kept,
            Err(error) => return unknown(&key, error.to_string()),
        };
        let KeptBinding {
            tenant,
            policy,
            current: version,
            last_good: before,
        } = kept;
        let bind = |version, artifact| Arc::new(self.binding(&tenant, &policy, version, artifact));
        let current = bind(version, &current);
        let last_good = before.map(|version| bind(version, &last_good));
        Some((tenant, Route::restored(current, last_good)))
    }

    /// The binding as it was, or one that answers with the reason why it can't be.
    fn binding(
        &self,
        owner: &TenantName,
        policy: &PolicyName,
        kept: KeptVersion,
        artifact: &Artifact,
    ) -> Binding {
        let binding = self.bound(owner, policy, &kept, artifact);
        let binding = binding.unwrap_or_else(|detail| {
            let described = described(policy, &kept);
            Binding::not_restored(described, kept.conditions.clone(), detail)
        });
        // How many bytes it has is nobody's question here.
        let file = self.files.hold_file(kept.file_name(), 0);
        binding.kept_as(kept, file)
    }

    fn bound(
        &self,
        owner: &TenantName,
        policy: &PolicyName,
        kept: &KeptVersion,
        artifact: &Artifact,
    ) -> Result<Binding, String> {
        let fetched = artifact.fetched.get_or_init(|| self.fetch(policy, kept));
        let fetched = fetched.as_ref().map_err(String::clone)?;
        if fetched.digest() != kept.artifact {
            return Err("its file holds another artifact".to_owned());
        }
        let verified = self
            .trust
            .verify_again(fetched, owner)
            .map_err(|error| error.to_string())?;
        let spec = BindingSpec::new(fetched.clone())
            .parameters(kept.parameters.clone())
            .limits(kept.limits)
            .applies_when(kept.conditions.clone());
        let limits = spec
            .limits_granted(verified.manifest())
            .map_err(|error| error.to_string())?;
        let loaded = {
            let _one_at_a_time = artifact
                .loading
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            self.engine
                .load(&verified, &limits)
                .map_err(|refusal| refusal.to_string())?
        };
        Binding::prepare(self.engine, &verified, &spec, loaded).map_err(|error| error.to_string())
    }

    fn fetch(&self, policy: &PolicyName, kept: &KeptVersion) -> Result<Fetched, String> {
        let file = self
            .files
            .read(kept.file_name())
            .map_err(|error| error.to_string())?;
        let bytes = file.len();
        let fetched = Fetched::parse(file, bytes).map_err(|error| error.to_string())?;
        if fetched.manifest().policy == *policy {
            return Ok(fetched);
        }
        Err("its file holds another policy".to_owned())
    }
}

fn described(policy: &PolicyName, kept: &KeptVersion) -> BoundPolicy {
    BoundPolicy {
        policy: policy.clone(),
        version: kept.version.clone(),
        artifact: kept.artifact,
        component: kept.component,
        revision: kept.revision,
        start: Start::Fresh,
    }
}

/// A binding of which only its key can be read: it answers with a fault for every request.
fn unknown(key: &str, detail: String) -> Option<(TenantName, Route)> {
    let (owner, policy) = owner_and_name(key)?;
    let nothing = Digest::of(b"");
    let described = BoundPolicy {
        policy,
        version: Version::new(0, 0, 0),
        artifact: nothing,
        component: nothing,
        revision: nothing,
        start: Start::Fresh,
    };
    let all_requests: Vec<Condition> = Vec::new();
    let current = Arc::new(Binding::not_restored(described, all_requests, detail));
    Some((owner, Route::restored(current, None)))
}
