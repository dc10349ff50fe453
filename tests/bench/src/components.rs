//! The policies that are measured with, built from their crates, and variants of them with other digests.

use std::path::Path;

use anyhow::Context;
use lictor_cli::build::{BuildSpec, build};

/// Builds a policy crate, given by its folder in the project.
pub fn built(folder: &str) -> anyhow::Result<Vec<u8>> {
    let path = crate::project().join(folder);
    component(&path).with_context(|| format!("`{folder}` can't be built"))
}

fn component(path: &Path) -> anyhow::Result<Vec<u8>> {
    let built = build(&BuildSpec::new(path))?;
    Ok(std::fs::read(built.path)?)
}

/// The same component with a custom section behind it, so that its digest, its compiled code and its image are its own.
pub fn variant(component: &[u8], number: u32) -> Vec<u8> {
    const CUSTOM_SECTION: u8 = 0;
    const NAME: &[u8] = b"variant";
    let mut content = vec![NAME.len() as u8];
    content.extend_from_slice(NAME);
    content.extend_from_slice(&number.to_le_bytes());
    let mut bytes = component.to_vec();
    bytes.push(CUSTOM_SECTION);
    bytes.push(content.len() as u8);
    bytes.extend_from_slice(&content);
    bytes
}
