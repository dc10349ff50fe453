//! Prints the figures, keeps them as JSON, and writes the table of `host/SPECIFICATION.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::figure::Figure;
use crate::machine::Machine;

/// What stands around the table in the specification.
const BEGIN: &str = "<!-- figures: written by tests/bench, see above; do not edit -->";
const END: &str = "<!-- end of figures -->";

/// The figures of a run, by benchmark, so that a run of one leaves the others' as they were.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Results {
    benches: BTreeMap<String, Measured>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    machine: Machine,
    figures: Vec<Figure>,
}

impl Results {
    /// What earlier runs have left.
    pub fn load(quick: bool) -> Self {
        fs::read(path(quick))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Takes the figures of one benchmark in the place of earlier ones.
    pub fn take(&mut self, bench: &str, machine: &Machine, figures: Vec<Figure>) {
        let measured = Measured {
            machine: machine.clone(),
            figures,
        };
        self.benches.insert(bench.to_owned(), measured);
    }

    /// Keeps the figures as JSON.
    pub fn save(&self, quick: bool) -> anyhow::Result<()> {
        let path = path(quick);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, serde_json::to_vec_pretty(self)?)?;
        println!("results: target/bench/{}", file(quick));
        Ok(())
    }

    /// Writes the table into the specification.
    pub fn write_specification(&self) -> anyhow::Result<()> {
        let path = crate::project().join("host/SPECIFICATION.md");
        let text = fs::read_to_string(&path).context("host/SPECIFICATION.md can't be read")?;
        let (Some((before, rest)), true) = (text.split_once(BEGIN), text.contains(END)) else {
            bail!("host/SPECIFICATION.md lacks the lines `{BEGIN}` and `{END}`");
        };
        let after = rest.split_once(END).map_or("", |(_, after)| after);
        let table = self.table()?;
        fs::write(&path, format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))?;
        println!("written: host/SPECIFICATION.md");
        Ok(())
    }

    fn table(&self) -> anyhow::Result<String> {
        let mut text = String::new();
        writeln!(
            text,
            "| figure | measured | held against | ratio | target | verdict | `bench` |"
        )?;
        writeln!(text, "|---|---|---|---|---|---|---|")?;
        for bench in crate::ORDER {
            let Some(measured) = self.benches.get(bench) else {
                continue;
            };
            for figure in &measured.figures {
                writeln!(
                    text,
                    "| {} | {} | {} | {} | {} | {} | `{bench}` |",
                    figure.name,
                    figure.value,
                    figure.against,
                    ratio(figure.ratio),
                    figure.target_text(),
                    figure.verdict.as_str(),
                )?;
            }
        }
        for machine in self.machines() {
            writeln!(text, "\n{machine}")?;
        }
        Ok(text)
    }

    /// What was measured where: one line for each set of facts.
    fn machines(&self) -> Vec<String> {
        let mut by_machine: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (bench, Measured { machine, .. }) in &self.benches {
            let facts = format!(
                "{}, {} cores, {}, {}, wasmtime {}, {}",
                machine.processor,
                machine.cores,
                machine.kernel,
                machine.rustc,
                machine.wasmtime,
                machine.date,
            );
            let benches = by_machine.entry(facts).or_default();
            benches.push(format!("`{bench}` (load {})", machine.load));
        }
        by_machine
            .into_iter()
            .map(|(facts, benches)| {
                format!(
                    "Measured on: {facts}. Load when each began: {}.",
                    benches.join(", ")
                )
            })
            .collect()
    }
}

/// Prints the figures of one benchmark.
pub fn print(figures: &[Figure]) {
    for figure in figures {
        println!(
            "  {:<10} {} — {}; {}; ratio {}; {}",
            figure.verdict.as_str().trim_matches('*'),
            figure.name,
            figure.value,
            if figure.against.is_empty() {
                "held against nothing"
            } else {
                &figure.against
            },
            ratio(figure.ratio),
            figure.target_text(),
        );
    }
    println!();
}

fn ratio(ratio: f64) -> String {
    if ratio.is_nan() {
        "–".to_owned()
    } else {
        format!("{ratio:.2}")
    }
}

fn path(quick: bool) -> PathBuf {
    crate::project().join("target/bench").join(file(quick))
}

fn file(quick: bool) -> &'static str {
    if quick { "quick.json" } else { "results.json" }
}
