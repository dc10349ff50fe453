//! `lictor cache`: fills the cache of native code, shows it and clears it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lictor::{CacheSettings, Engine, Filled, Limits, Settings};

use crate::arguments::{CacheArguments, CacheCommand, CachePlaceArguments, CachePrepareArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::local::Local;
use crate::source::Source;
use crate::terminal;

/// Does what was typed.
pub fn run(typed: &CacheArguments) -> Result<Exit, Failure> {
    match &typed.command {
        CacheCommand::Prepare(typed) => prepare(typed),
        CacheCommand::List(typed) => list(typed),
        CacheCommand::Clear(typed) => clear(typed),
    }
}

/// An engine that evaluates nothing.
fn engine(typed: &CachePlaceArguments) -> Result<Engine, Failure> {
    let mut cache = CacheSettings::new(&typed.cache, &typed.key);
    if let Some(bytes) = typed.cache_bytes {
        cache.bytes_max = bytes;
    }
    let settings = Settings {
        slots: 1,
        cache: Some(cache),
        ..Settings::default()
    };
    Engine::new(&settings).map_err(|error| Failure::new(Exit::HostFault, error))
}

/// Compiles as many at once as the compiler may. What is refused is said, and the others are compiled all the same.
fn prepare(typed: &CachePrepareArguments) -> Result<Exit, Failure> {
    let engine = engine(&typed.place)?;
    let paths = components(&typed.paths)?;
    let at_once = engine
        .settings()
        .compiler
        .as_ref()
        .map_or(1, |compiler| compiler.at_once as usize);
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(None));
    let work = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(failure) = fill(&engine, path) {
                let mut failed = failed.lock().expect("nobody panics with it");
                failed.get_or_insert(failure.exit());
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..at_once.min(paths.len()) {
            scope.spawn(work);
        }
    });
    if engine.cache_counts().not_kept > 0 {
        let failure = Failure::new(Exit::HostFault, "native code could not be kept");
        return Err(failure.hint("is the disk full, or the cache too small?"));
    }
    let failed = failed.into_inner().expect("nobody panics with it");
    Ok(failed.unwrap_or(Exit::Done))
}

fn fill(engine: &Engine, path: &Path) -> Result<(), Failure> {
    // The widest limits: those that count are checked when the policy is bound, and so is who signed it. What is compiled here
    // is run by nobody who doesn't have verified the same bytes.
    let limits = Limits::interpreted();
    let filled = Source::read(path).and_then(|source| {
        let verified = Local::new()?.verified(&source, &limits)?;
        Ok(engine.fill_cache(&verified, &limits)?)
    });
    let said = match &filled {
        Ok(Filled::Compiled) => "compiled".to_owned(),
        Ok(Filled::Found) => "found".to_owned(),
        Err(failure) => format!("failed: {failure}"),
    };
    let line = format!("{}: {said}", path.display());
    writeln!(anstream::stdout(), "{}", terminal::visible(&line))?;
    filled.map(drop)
}

/// The files that were named, and those in the folders that were named.
fn components(typed: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for path in typed {
        if !path.is_dir() {
            paths.push(path.clone());
            continue;
        }
        let refuse = |error: io::Error| {
            Failure::input(format!("`{}` can't be read: {error}", path.display()))
        };
        let mut found = fs::read_dir(path)
            .and_then(|entries| {
                entries
                    .map(|entry| Ok(entry?.path()))
                    .collect::<io::Result<Vec<_>>>()
            })
            .map_err(refuse)?;
        found.retain(|path| path.extension().is_some_and(|it| it == "wasm"));
        found.sort();
        paths.extend(found);
    }
    Ok(paths)
}

fn list(typed: &CachePlaceArguments) -> Result<Exit, Failure> {
    let mut stdout = anstream::stdout().lock();
    let unreadable = |error: io::Error| {
        Failure::new(Exit::HostFault, format!("the cache can't be read: {error}"))
    };
    for entry in engine(typed)?.cache_entries().map_err(unreadable)? {
        let kind = if entry.is_snapshot {
            "snapshot "
        } else {
            "component"
        };
        let version = if entry.is_current {
            "this version"
        } else {
            "another version"
        };
        let bytes = grouped(entry.bytes);
        writeln!(
            stdout,
            "{}  {kind}  {bytes} bytes  {version}",
            entry.component
        )?;
    }
    Ok(Exit::Done)
}

fn clear(typed: &CachePlaceArguments) -> Result<Exit, Failure> {
    let kept = |error: io::Error| {
        Failure::new(
            Exit::HostFault,
            format!("the cache can't be cleared: {error}"),
        )
    };
    let cleared = engine(typed)?.clear_cache().map_err(kept)?;
    terminal::note(format_args!("{cleared} files are removed"));
    Ok(Exit::Done)
}
