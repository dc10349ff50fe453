//! Verifying a signed artifact, from its bytes to what an engine takes, against what no verifier can do without.

use std::hint::black_box;

use anyhow::Context;
use ed25519_dalek::{Signer, SigningKey};
use lictor_artifact::{Admission, Fetched, Manifest, ParameterSchema, ThrowAwayKey, UnixMs};
use lictor_policy::{TenantName, Version};
use sha2::{Digest, Sha256};

use crate::components;
use crate::figure::{Figure, Target};
use crate::measure::{Plan, Subject, interleaved};

const FILE_BYTES_MAX: usize = 1 << 20;
const SEED: [u8; 32] = [1; 32];
const SCHEMA: &[u8] =
    br#"{"type":"object","properties":{"rules":{"type":"array","items":{"type":"object"}},
    "default":{"enum":["allow","review","deny"]}},"additionalProperties":false}"#;

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let component = components::built("plugins/tool-access")?;
    let local: TenantName = ThrowAwayKey::TENANT.parse()?;
    let signer = ThrowAwayKey::new(&SEED)?;
    let fetched = signer.sign(component.clone(), manifest()?)?;
    let file = fetched.to_bytes();
    let verify = || -> anyhow::Result<_> {
        let fetched = Fetched::parse(file.clone(), FILE_BYTES_MAX)?;
        let admission = Admission::new(&local, UnixMs(1));
        Ok(signer.keyring().verify(&fetched, admission)?)
    };
    anyhow::ensure!(verify()?.artifact() == fetched.digest());

    let key = SigningKey::from_bytes(&SEED);
    let public = key.verifying_key();
    let statement = fetched.statement().to_vec();
    let signature = key.sign(&statement);
    let floor = || {
        black_box(Sha256::digest(black_box(&component)));
        black_box(blake3::hash(black_box(&component)));
        drop(black_box(
            public.verify_strict(black_box(&statement), &signature),
        ));
    };
    let timings = interleaved(
        Plan::of_microseconds(quick),
        &mut [
            Subject::new("two hashes and one Ed25519 check", floor),
            Subject::new("verify a signed artifact", || drop(black_box(verify()))),
        ],
    );
    let [floor, verified] = timings.as_slice() else {
        anyhow::bail!("two subjects were measured");
    };
    let bytes = file.len() / 1024;
    Ok(vec![
        Figure::new(
            "artifact",
            format!("verifying an artifact of {bytes} KiB, from its bytes to what an engine takes"),
            verified.p50 / floor.p50,
            Target::AtMost(1.5),
        )
        .value(verified.microseconds())
        .against(format!(
            "SHA-256, BLAKE3 and one Ed25519 check: {}",
            floor.microseconds()
        )),
    ])
}

fn manifest() -> anyhow::Result<Manifest> {
    let version = Version::new(1, 0, 0);
    let policy = "tool-access".parse()?;
    let mut manifest = Manifest::new(policy, version.clone(), version);
    let interfaces = ["types", "request", "data", "parameters", "clock", "log"];
    manifest.imports = interfaces
        .iter()
        .map(|interface| format!("lictor:policy/{interface}@0.1.0"))
        .collect();
    manifest.parameters = Some(ParameterSchema::parse(SCHEMA).context("the schema is refused")?);
    Ok(manifest)
}
