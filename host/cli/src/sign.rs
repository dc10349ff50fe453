//! `lictor sign`: puts what its author says about a component, and signatures, at the end of the file.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use lictor::{
    Fetched, Limits, Manifest, ParameterSchema, PrivateKey, SignError, Validity, WantedLimits,
    check_bytes,
};

use crate::arguments::{ManifestArguments, SignArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use crate::write::write;
use crate::{secret, terminal};

/// Signs what was typed.
pub fn run(typed: &SignArguments) -> Result<Exit, Failure> {
    let keys = secret::keys(&typed.keys)?;
    let source = Source::read(&typed.policy)?;
    let (mut artifact, path) = match &source.signed {
        Some(signed) => {
            refuse_manifest(&typed.manifest)?;
            (cosign((**signed).clone(), &keys)?, source.path.clone())
        }
        None => (sign(&source, &typed.manifest, &keys)?, beside(&source.path)),
    };
    if let (Some(file), Some(key)) = (&typed.provenance, keys.first()) {
        let statement = read(file)?;
        artifact
            .attach_provenance(statement, key)
            .map_err(refused)?;
    }
    let path = typed.output.as_ref().unwrap_or(&path);
    write(path, &artifact.to_bytes())?;
    let manifest = artifact.manifest();
    terminal::note(format_args!(
        "policy `{}` {}, artifact {}",
        manifest.policy,
        manifest.version,
        artifact.digest()
    ));
    for key in &keys {
        terminal::note(format_args!("signed by {}", key.id()));
    }
    writeln!(anstream::stdout(), "{}", path.display())?;
    Ok(Exit::Done)
}

fn refused(error: SignError) -> Failure {
    Failure::new(Exit::Refused, error)
}

/// Adds signatures over the same statement.
fn cosign(mut artifact: Fetched, keys: &[PrivateKey]) -> Result<Fetched, Failure> {
    for key in keys {
        artifact.sign(key).map_err(refused)?;
    }
    Ok(artifact)
}

fn sign(
    source: &Source,
    typed: &ManifestArguments,
    keys: &[PrivateKey],
) -> Result<Fetched, Failure> {
    check_bytes(&source.component, &Limits::interpreted())?;
    let manifest = manifest(source, typed)?;
    let none = || Failure::new(Exit::Usage, "no key was given");
    let (first, others) = keys.split_first().ok_or_else(none)?;
    let artifact = Fetched::new(source.component.clone(), manifest, first);
    cosign(artifact.map_err(refused)?, others)
}

/// What is signed: what the component and its name say, and what was typed.
fn manifest(source: &Source, typed: &ManifestArguments) -> Result<Manifest, Failure> {
    let is_named = typed.policy_name.is_some() && typed.version.is_some();
    if !source.is_named && !is_named {
        let path = source.path.display();
        let message = format!("nothing says which policy `{path}` is, and in which version");
        let failure = Failure::new(Exit::Usage, message);
        return Err(failure.hint("say it with `--policy NAME --version VERSION`"));
    }
    let policy = typed.policy_name.as_ref().unwrap_or(&source.policy);
    let version = typed.version.as_ref().unwrap_or(&source.version);
    let manifest = lictor::manifest(policy.clone(), version.clone(), &source.component)?;
    Ok(Manifest {
        limits: wanted(typed),
        parameters: typed.schema.as_deref().map(schema).transpose()?,
        validity: Validity {
            not_before_unix_ms: typed.not_before,
            not_after_unix_ms: typed.not_after,
        },
        ..manifest
    })
}

fn wanted(typed: &ManifestArguments) -> WantedLimits {
    WantedLimits {
        fuel: typed.fuel,
        memory_bytes: typed.memory_bytes,
        deadline_ms: typed.deadline_ms,
        setup_fuel: typed.setup_fuel,
        setup_deadline_ms: typed.setup_deadline_ms,
        ..WantedLimits::default()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    fs::read(path).map_err(|error| Failure::input(format!("`{shown}` can't be read: {error}")))
}

fn schema(path: &Path) -> Result<ParameterSchema, Failure> {
    let shown = path.display();
    ParameterSchema::parse(&read(path)?)
        .map_err(|error| Failure::input(format!("the schema in `{shown}` is refused: {error}")))
}

/// Who signs a signed file signs what stands in it.
fn refuse_manifest(typed: &ManifestArguments) -> Result<(), Failure> {
    let says = [
        ("--policy", typed.policy_name.is_some()),
        ("--version", typed.version.is_some()),
        ("--schema", typed.schema.is_some()),
        ("--fuel", typed.fuel.is_some()),
        ("--memory-bytes", typed.memory_bytes.is_some()),
        ("--deadline-ms", typed.deadline_ms.is_some()),
        ("--setup-fuel", typed.setup_fuel.is_some()),
        ("--setup-deadline-ms", typed.setup_deadline_ms.is_some()),
        ("--not-before", typed.not_before.is_some()),
        ("--not-after", typed.not_after.is_some()),
    ];
    match says.iter().find(|(_, is_typed)| *is_typed) {
        None => Ok(()),
        Some((flag, _)) => {
            let message = format!(
                "`{flag}` can't be given with a signed file: a signature is added to what it says"
            );
            Err(Failure::new(Exit::Usage, message))
        }
    }
}

/// `spend-limit-1.0.0.wasm` becomes `spend-limit-1.0.0.signed.wasm`.
fn beside(component: &Path) -> PathBuf {
    let stem = component.file_name().unwrap_or_default();
    let stem = stem.to_string_lossy();
    let stem = stem.strip_suffix(".wasm").unwrap_or(&stem);
    component.with_file_name(format!("{stem}.signed.wasm"))
}
