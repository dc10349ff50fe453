//! What the signature section of a file claims. Nothing of it is verified here, and that is said.

use std::io::{self, Write};

use anstyle::Style;
use lictor::{Document, Fetched, Manifest};
use serde::Serialize;

use crate::keys::window;
use crate::terminal::visible;

const HEADING: Style = Style::new().bold();

/// What a signed file says of itself.
#[derive(Serialize)]
pub struct Claims {
    /// Always false: nobody has verified it.
    verified: bool,
    artifact: String,
    /// Whether the statement is about this component.
    is_about_component: bool,
    manifest: Manifest,
    keys: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<ProvenanceClaims>,
}

/// What a builder is said to have said.
#[derive(Serialize)]
struct ProvenanceClaims {
    keys: Vec<String>,
    predicate: Document,
}

impl Claims {
    /// What this file says.
    pub fn of(artifact: &Fetched) -> Self {
        let provenance = artifact
            .provenance()
            .map(|(provenance, signers)| ProvenanceClaims {
                keys: signers.map(|key| key.to_string()).collect(),
                predicate: provenance.predicate().clone(),
            });
        Self {
            verified: false,
            artifact: artifact.digest().to_string(),
            is_about_component: artifact.is_consistent(),
            manifest: artifact.manifest().clone(),
            keys: artifact.signers().map(|key| key.to_string()).collect(),
            provenance,
        }
    }

    /// For people, after the rest of an inspection.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let manifest = &self.manifest;
        writeln!(
            out,
            "{HEADING}signed{HEADING:#}  nobody has verified this: `lictor verify` does"
        )?;
        writeln!(out, "  artifact    {}", self.artifact)?;
        if !self.is_about_component {
            writeln!(
                out,
                "  DAMAGED     the signatures are about another component"
            )?;
        }
        writeln!(
            out,
            "  policy      {} {}",
            manifest.policy, manifest.version
        )?;
        writeln!(out, "  contract    {}", manifest.contract)?;
        let imports: Vec<&str> = manifest.imports.iter().map(String::as_str).collect();
        let imports = match imports.is_empty() {
            true => "none".to_owned(),
            false => imports.join(", "),
        };
        writeln!(out, "  imports     {}", visible(&imports))?;
        writeln!(out, "  limits      {}", limits(manifest))?;
        if let Some(schema) = &manifest.parameters {
            writeln!(out, "  parameters  {}", visible(schema.as_str()))?;
        }
        if let Some(window) = window(&manifest.validity) {
            writeln!(out, "  valid       {window}")?;
        }
        for key in &self.keys {
            writeln!(out, "  key         {key}")?;
        }
        if let Some(provenance) = &self.provenance {
            let keys = provenance.keys.join(", ");
            writeln!(out, "  provenance  by {keys}; `--provenance` shows it")?;
        }
        Ok(())
    }
}

fn limits(manifest: &Manifest) -> String {
    let asked = serde_json::to_value(manifest.limits).unwrap_or_default();
    let asked: Vec<String> = asked
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if asked.is_empty() {
        return "the host's".to_owned();
    }
    asked.join(", ")
}
