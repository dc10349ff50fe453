//! `lictor push`, `pull` and `versions`: taking artifacts to registries and back.
//!
//! What comes from a registry is untrusted, and is said to be so.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use lictor::{Fetched, Manifest};
use lictor_artifact::registry::{
    BlockingRegistry, Cache, CacheLimits, Credentials, Encryption, Existing, Location, OciSettings,
    Offline, Patience, Pick, Pulled, Reference, RegistryError, Repository, Source as Origin,
};

use crate::arguments::{PullArguments, PushArguments, RegistryArguments, VersionsArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use crate::write::write;
use crate::{random, terminal};

/// Takes a signed file to a registry.
pub fn push(typed: &PushArguments) -> Result<Exit, Failure> {
    let artifact = Source::signed(&typed.file)?;
    let repository = target(&typed.reference, artifact.manifest())?;
    let bytes = artifact.to_bytes();
    let size_bytes = bytes.len();
    let existing = if typed.replace {
        Existing::Replace
    } else {
        Existing::Keep
    };
    let version = &artifact.manifest().version;
    let registry = open(&repository.location, &typed.registry)?;
    let digest = registry.push(&repository.name, version, bytes, existing);
    let digest = digest.map_err(|error| match error {
        RegistryError::VersionTaken { .. } => {
            let failure = Failure::from(error);
            failure.hint("give the policy a new version, or replace this one with `--replace`")
        }
        error => error.into(),
    })?;
    let (name, artifact) = (&repository.name, artifact.digest());
    terminal::note(format_args!(
        "{name} {version} is pushed, {size_bytes} bytes, artifact {artifact}"
    ));
    writeln!(anstream::stdout(), "{}", repository.digest(digest))?;
    Ok(Exit::Done)
}

/// Where an artifact goes: to its own name and version, whether or not they were typed.
fn target(typed: &str, manifest: &Manifest) -> Result<Repository, Failure> {
    let repository = match typed.parse::<Reference>() {
        Ok(reference) => {
            let Pick::Version(version) = &reference.pick else {
                let message = format!("`{typed}` is a digest: what is pushed has a version");
                return Err(Failure::new(Exit::Usage, message));
            };
            check_version(typed, version, manifest)?;
            reference.repository
        }
        Err(error) => match typed.parse::<Repository>() {
            Ok(repository) => repository,
            Err(_) => return Err(Failure::new(Exit::Usage, error)),
        },
    };
    check_name(typed, &repository, manifest)?;
    Ok(repository)
}

fn check_name(typed: &str, repository: &Repository, manifest: &Manifest) -> Result<(), Failure> {
    if repository.name == manifest.policy {
        return Ok(());
    }
    let policy = &manifest.policy;
    let message = format!("the artifact is signed as the policy `{policy}`, not as in `{typed}`");
    Err(Failure::new(Exit::Refused, message))
}

fn check_version(
    typed: &str,
    version: &lictor::Version,
    manifest: &Manifest,
) -> Result<(), Failure> {
    if *version == manifest.version {
        return Ok(());
    }
    let signed = &manifest.version;
    let message = format!("the artifact is signed as version {signed}, not as in `{typed}`");
    Err(Failure::new(Exit::Refused, message))
}

/// Fetches a signed file. Nobody has verified it.
pub fn pull(typed: &PullArguments) -> Result<Exit, Failure> {
    let reference: Reference = parsed(&typed.reference)?;
    let pulled = fetch(typed, &reference)?;
    let digest = pulled.digest;
    let artifact = artifact(&typed.reference, &reference, pulled.bytes)?;
    let manifest = artifact.manifest();
    let path = typed
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}-{}.wasm", manifest.policy, manifest.version)));
    write(&path, &artifact.to_bytes())?;
    terminal::note(format_args!(
        "it says it is {} {}, artifact {}, pulled as {digest}",
        manifest.policy,
        manifest.version,
        artifact.digest()
    ));
    terminal::note(format_args!(
        "nobody has verified it: `lictor verify {} --tenant TENANT --state STATE`",
        path.display()
    ));
    writeln!(anstream::stdout(), "{}", path.display())?;
    Ok(Exit::Done)
}

fn fetch(typed: &PullArguments, reference: &Reference) -> Result<Pulled, Failure> {
    let registry = open(&reference.repository.location, &typed.registry)?;
    let Some(folder) = &typed.cache else {
        return Ok(registry.pull(&reference.repository.name, &reference.pick)?);
    };
    let cache = Cache::new(folder, CacheLimits::default());
    let offline = if typed.offline {
        Offline::LastSeen
    } else {
        Offline::Refuse
    };
    let cached = registry.pull_through(&cache, reference, offline)?;
    match cached.source {
        Origin::Registry => {}
        Origin::Cache => terminal::note(format_args!("the cache had it")),
        Origin::LastSeen { reason } => terminal::note(format_args!(
            "the cache had it, as the version was when it was last asked for: {reason}"
        )),
    }
    if let Some(reason) = cached.not_kept {
        terminal::note(format_args!("the cache keeps nothing of it: {reason}"));
    }
    Ok(cached.pulled)
}

/// What was pulled, if it claims to be what was asked for.
fn artifact(typed: &str, reference: &Reference, bytes: Vec<u8>) -> Result<Fetched, Failure> {
    let bytes_max = bytes.len();
    let artifact = Fetched::parse(bytes, bytes_max).map_err(|error| {
        let message = format!("what `{typed}` gives is refused: {error}");
        Failure::new(Exit::Refused, message)
    })?;
    let manifest = artifact.manifest();
    check_name(typed, &reference.repository, manifest)?;
    if let Pick::Version(version) = &reference.pick {
        check_version(typed, version, manifest)?;
    }
    Ok(artifact)
}

/// Lists what there is.
pub fn versions(typed: &VersionsArguments) -> Result<Exit, Failure> {
    let repository: Repository = parsed(&typed.repository)?;
    let versions = open(&repository.location, &typed.registry)?.versions(&repository.name)?;
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &versions).map_err(std::io::Error::from)?;
        writeln!(stdout)?;
    } else {
        for version in &versions {
            writeln!(stdout, "{version}")?;
        }
    }
    Ok(Exit::Done)
}

/// Looks whether a registry answers for a policy.
///
/// # Errors
/// It doesn't, or what was typed is no repository.
pub fn look(repository: &str, typed: &RegistryArguments) -> Result<(), Failure> {
    let repository: Repository = parsed(repository)?;
    open(&repository.location, typed)?.versions(&repository.name)?;
    Ok(())
}

fn parsed<T: std::str::FromStr>(typed: &str) -> Result<T, Failure>
where
    T::Err: std::fmt::Display,
{
    typed
        .parse()
        .map_err(|error| Failure::new(Exit::Usage, error))
}

/// The registry at a location, asked with the credentials that Docker has.
fn open(location: &Location, typed: &RegistryArguments) -> Result<BlockingRegistry, Failure> {
    let authorities = typed.authorities.as_deref().map(|file| {
        fs::read(file)
            .map_err(|error| Failure::input(format!("`{}` can't be read: {error}", file.display())))
    });
    let config = Credentials::docker_config(|variable| std::env::var_os(variable));
    let settings = OciSettings {
        credentials: config.map_or(Credentials::Anonymous, |config| Credentials::Docker {
            config,
        }),
        encryption: match typed.plain_http {
            true => Encryption::Never,
            false => Encryption::ExceptLoopback,
        },
        roots_pem: authorities.transpose()?.unwrap_or_default(),
        environment_proxy: true,
        patience: Patience {
            jitter_seed: u64::from_le_bytes(random::bytes()?),
            ..Patience::default()
        },
        ..OciSettings::default()
    };
    Ok(BlockingRegistry::open(location, settings)?)
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        let exit = match &error {
            RegistryError::WrongDigest { .. }
            | RegistryError::WrongSize { .. }
            | RegistryError::NotAnArtifact { .. }
            | RegistryError::NotPlain { .. }
            | RegistryError::Damaged { .. } => Exit::Refused,
            RegistryError::NotFound(_)
            | RegistryError::TooLarge { .. }
            | RegistryError::Empty
            | RegistryError::VersionTaken { .. }
            | RegistryError::TooManyVersions { .. }
            | RegistryError::Unauthorized { .. }
            | RegistryError::Forbidden { .. }
            | RegistryError::Token(_)
            | RegistryError::Credentials { .. } => Exit::Input,
            _ => Exit::HostFault,
        };
        let source = error.source().map(|source| format!(": {source}"));
        Self::new(exit, format!("{error}{}", source.unwrap_or_default()))
    }
}
