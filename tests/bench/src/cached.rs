//! Loading an artifact from the cache of native code against compiling it: what a warm restart costs for each.

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use lictor::{CacheSettings, Engine, Filled, Limits, Settings};

use crate::components;
use crate::figure::{Figure, Target};
use crate::measure::{Plan, Subject, interleaved, nanoseconds};

/// How many artifacts are compiled.
const COMPILED: u32 = 15;

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let component = components::built("plugins/tool-access")?;
    let place = Place::new()?;
    let engine = Engine::new(&Settings {
        slots: 1,
        cache: Some(CacheSettings::new(
            place.0.join("cache"),
            place.0.join("key"),
        )),
        ..Settings::default()
    })?;
    let limits = Limits::default();
    let variants = (0..if quick { 3 } else { COMPILED })
        .map(|number| components::verified(&components::variant(&component, number)))
        .collect::<anyhow::Result<Vec<_>>>()?;

    let mut compiled = Vec::new();
    for variant in &variants {
        let began = Instant::now();
        let filled = engine.fill_cache(variant, &limits)?;
        compiled.push(nanoseconds(began.elapsed()));
        anyhow::ensure!(filled == Filled::Compiled, "it was compiled before");
    }
    compiled.sort_by(f64::total_cmp);
    let compiled = compiled
        .get(compiled.len() / 2)
        .copied()
        .unwrap_or_default();

    let mut turn = variants.iter().cycle();
    let load = || {
        if let Some(variant) = turn.next() {
            drop(black_box(engine.load(variant, &limits)));
        }
    };
    let timings = interleaved(
        Plan::of_microseconds(quick),
        &mut [Subject::new("load an artifact from the cache", load)],
    );
    let cached = timings.first().context("one subject was measured")?;
    let counts = engine.cache_counts();
    anyhow::ensure!(counts.damaged == 0 && counts.not_kept == 0, "{counts:?}");
    let bytes = component.len() / 1024;
    Ok(vec![
        Figure::new(
            "cached",
            "loading a cached artifact: digest, authentication, mapping, imports and exports; times quicker than compiling it",
            compiled / cached.p50,
            Target::AtLeast(20.0),
        )
        .value(cached.microseconds())
        .against(format!("compiling {bytes} KiB in a worker: {:.1} ms", compiled / 1e6)),
    ])
}

/// A folder that is gone afterwards.
struct Place(PathBuf);

impl Place {
    fn new() -> anyhow::Result<Self> {
        let path = crate::project().join("target/bench/cached");
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
