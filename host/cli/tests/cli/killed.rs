//! A host that is killed with `SIGKILL` while it decides and is in the middle of a rollout comes back in the same phase, with the
//! same split, and nothing that it acknowledged is lost.
//!
//! `LICTOR_SEED` chooses the moments.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use super::operate::desk;
use super::ship::desk::Desk;
use super::transcripts::copy;

const AGENTS: usize = 24;
/// The bytes of whoever is killed must not be compiled again each time.
const CACHE: &str = "--cache native --cache-key host.key";
/// Longer than anything takes here, so that a host which hangs fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

/// Phases that only an operator ends.
const STEPS: &str = r#"
name = "steps"
[[phases]]
kind = "canary"
percent = 25
time = "1day"
[[phases]]
kind = "canary"
percent = 50
time = "1day"
[[phases]]
kind = "canary"
percent = 75
time = "1day"
"#;

/// A desk whose tenant `bank` is in the first phase of the rollout `steps`.
fn in_a_phase(name: &str, component: &Path) -> Desk {
    let desk = desk(name, component);
    fs::write(desk.path("steps.toml"), STEPS).unwrap();
    desk.ok(&format!("tenant add bank --state state {CACHE}"));
    let at = format!("--parameters search.json --tenant bank --state state {CACHE}");
    desk.ok(&format!("deploy one.wasm {at}"));
    desk.ok(&format!(
        "deploy two.wasm --plan steps.toml --name steps {at}"
    ));
    desk
}

/// Which version decides for each agent.
type Split = Vec<String>;

/// A host that is asked without a pause, by each agent in turn.
struct Busy {
    host: Child,
    told: Receiver<Told>,
    tell: SyncSender<Told>,
    /// The number of the last line that was asked or is being asked.
    asked: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

/// What is heard of a host.
enum Told {
    Up,
    Decided {
        line: u64,
        version: String,
    },
    /// It stands still in the middle of a change.
    Stopped(String),
    /// An order came to its end.
    Ordered {
        acknowledged: bool,
    },
}

impl Busy {
    /// Starts a host, which stops at the point of this number if it gets there.
    fn start(desk: &Desk, stop_at: usize) -> Self {
        let mut command = desk.command(&format!(
            "host --state state --requests - --tenant bank {CACHE}"
        ));
        command.env(lictor_kill::STOP_AT, stop_at.to_string());
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut host = command.spawn().unwrap();
        let (tell, told) = sync_channel(1_024);
        let asked = Arc::new(AtomicU64::new(0));
        let (stdin, counted) = (host.stdin.take().unwrap(), Arc::clone(&asked));
        let (out, err) = (host.stdout.take().unwrap(), host.stderr.take().unwrap());
        let (tell_out, tell_err) = (tell.clone(), tell.clone());
        let threads = vec![
            thread::spawn(move || ask(stdin, &counted)),
            thread::spawn(move || {
                let told = BufReader::new(out).lines().map_while(Result::ok);
                let told = told.filter_map(|line| understood(&line));
                tell_all(&tell_out, told);
            }),
            thread::spawn(move || {
                let notes = BufReader::new(err).lines().map_while(Result::ok);
                let up = notes.filter(|note| note.contains("is up"));
                tell_all(&tell_err, up.map(|_| Told::Up));
            }),
        ];
        Self {
            host,
            told,
            tell,
            asked,
            threads,
        }
    }

    /// Starts a host and waits until it is up.
    fn up(desk: &Desk) -> Self {
        let busy = Self::start(desk, 0);
        assert!(matches!(busy.event(), Told::Up));
        busy
    }

    /// The next of what is heard that is no decision.
    fn event(&self) -> Told {
        loop {
            match self.told.recv_timeout(PATIENCE).unwrap() {
                Told::Decided { .. } => {}
                told => return told,
            }
        }
    }

    /// Waits for so many decisions.
    fn decide(&self, count: u64) {
        let decided = |told: &Told| matches!(told, Told::Decided { .. });
        let wait = || self.told.recv_timeout(PATIENCE).unwrap();
        let decided = std::iter::repeat_with(wait).filter(decided);
        assert_eq!(decided.take(count as usize).count(), count as usize);
    }

    /// Which version decides for each agent, by what is asked from now on.
    fn split(&self) -> Split {
        let from = self.asked.load(Ordering::SeqCst);
        let mut split = vec![None; AGENTS];
        while split.contains(&None) {
            let told = self.told.recv_timeout(PATIENCE).unwrap();
            let Told::Decided { line, version } = told else {
                continue;
            };
            if line > from {
                let agent = &mut split[line as usize % AGENTS];
                let known = agent.get_or_insert_with(|| version.clone());
                assert_eq!(*known, version, "an agent stays on its side");
            }
        }
        split.into_iter().flatten().collect()
    }

    /// Has an order given to it, and tells when it comes to an end.
    fn order(&mut self, mut order: Command) {
        let tell = self.tell.clone();
        self.threads.push(thread::spawn(move || {
            let status = order.stdout(Stdio::null()).stderr(Stdio::null()).status();
            let acknowledged = status.unwrap().success();
            drop(tell.send(Told::Ordered { acknowledged }));
        }));
    }

    fn kill(mut self) {
        self.host.kill().unwrap();
        assert_eq!(self.host.wait().unwrap().code(), None);
        drop((self.told, self.tell));
        self.threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    }
}

fn ask(mut stdin: ChildStdin, asked: &AtomicU64) {
    for line in 1.. {
        asked.store(line, Ordering::SeqCst);
        let agent = line as usize % AGENTS;
        let request = format!(
            r#"{{"subject": {{"type": "agent", "id": "a{agent}"}}, "action": {{"name": "search"}}, "resource": {{"type": "tool", "id": "web"}}}}"#
        );
        if writeln!(stdin, "{request}").is_err() {
            return;
        }
    }
}

fn understood(line: &str) -> Option<Told> {
    if let Some(point) = line.strip_prefix(lictor_kill::MARK) {
        return Some(Told::Stopped(point.to_owned()));
    }
    // The last line of one that was killed may be half of one.
    let decided: Value = serde_json::from_str(line).ok()?;
    Some(Told::Decided {
        line: decided["line"].as_u64().unwrap(),
        version: decided["policies"][0]["version"]
            .as_str()
            .unwrap()
            .to_owned(),
    })
}

fn tell_all(tell: &SyncSender<Told>, told: impl Iterator<Item = Told>) {
    // Who is no longer listened to says nothing more.
    let _ = told.map(|told| tell.send(told)).find(Result::is_err);
}

/// The stage of the rollout, and its moves.
fn stage(desk: &Desk) -> (Value, Value) {
    let status = format!("rollout status steps --json --tenant bank --state state {CACHE}");
    let shown: Value = serde_json::from_str(&desk.ok(&status)).unwrap();
    let status = &shown["status"];
    (status["stage"].clone(), status["moves"].clone())
}

fn phase(number: usize) -> Value {
    serde_json::json!({ "phase": number })
}

fn canaries(split: &Split) -> BTreeSet<usize> {
    let canary = split.iter().enumerate();
    let canary = canary.filter(|(_, version)| *version == "1.1.0");
    canary.map(|(agent, _)| agent).collect()
}

fn orders(desk: &Desk, number: u64) -> Command {
    fs::write(desk.path("number.json"), number.to_string()).unwrap();
    desk.command(&format!(
        "data put number=number.json --tenant bank --state state {CACHE}"
    ))
}

/// The number that was put last, 0 before the first.
fn number(desk: &Desk) -> u64 {
    let get = format!("data get number --tenant bank --state state {CACHE}");
    match desk.run(&get) {
        said if said.code == 0 => said.out.trim().parse().unwrap(),
        _ => 0,
    }
}

/// Killed while one order after the other is given, and in some rounds while a phase ends.
pub fn at_any_moment(component: &Path) {
    let desk = in_a_phase("killed", component);
    let seed = std::env::var("LICTOR_SEED").ok();
    let seed = seed.and_then(|it| it.parse().ok()).unwrap_or(1_u64);
    let mut random = seed;
    let (mut at, mut acknowledged) = (0, 0);
    let mut splits: Vec<Split> = Vec::new();
    for round in 0..6 {
        let busy = Busy::up(&desk);
        let split = busy.split();
        match splits.get(at) {
            Some(known) => assert_eq!(&split, known, "round {round}: the split of phase {at}"),
            None => {
                let wider = canaries(&split);
                let before = splits.last().map(canaries).unwrap_or_default();
                assert!(wider.is_superset(&before), "{before:?} in {wider:?}");
                splits.push(split);
            }
        }
        let before = stage(&desk);
        assert_eq!(before.0, phase(at));

        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let after = (random >> 33) % 3_000;
        let advances = round % 2 == 1 && at < 2;
        let done = AtomicBool::new(false);
        let (advanced, put) = thread::scope(|scope| {
            let operator = scope.spawn(|| {
                let advanced = advances && {
                    let order = "rollout advance steps --tenant bank --state state";
                    desk.run(&format!("{order} {CACHE}")).code == 0
                };
                let mut put = acknowledged;
                while !done.load(Ordering::SeqCst) {
                    let mut order = orders(&desk, put + 1);
                    let order = order.stdout(Stdio::null()).stderr(Stdio::null());
                    if !order.status().unwrap().success() {
                        break;
                    }
                    put += 1;
                }
                (advanced, put)
            });
            busy.decide(after);
            busy.kill();
            done.store(true, Ordering::SeqCst);
            operator.join().unwrap()
        });

        let here = format!("LICTOR_SEED={seed}, round {round}, after {after} decisions");
        let (found, moves) = stage(&desk);
        if found == phase(at) {
            assert!(!advanced, "{here}: an acknowledged move is lost");
            assert_eq!(moves, before.1, "{here}");
        } else {
            assert!(advances && found == phase(at + 1), "{here}: {found}");
            at += 1;
        }
        let there = number(&desk);
        assert!(
            there == put || there == put + 1,
            "{here}: {there} after {put}"
        );
        acknowledged = there;
    }
    assert!(splits.len() > 1, "it was killed in more than one phase");
}

/// Killed at each step of a change's way to the disk, which nobody has acknowledged then: the change is there as a whole or not at
/// all, and requests are decided meanwhile.
pub fn at_each_step_of_a_change(component: &Path) {
    let desk = in_a_phase("killed-at-steps", component);
    copy(&desk.path("state"), &desk.path("kept"));
    let busy = Busy::up(&desk);
    let split = busy.split();
    busy.kill();
    let at = format!("--tenant bank --state state {CACHE}");
    for order in ["rollout advance steps", "rollout abort steps"] {
        let is_abort = order.contains("abort");
        let next = if is_abort { "aborted".into() } else { phase(1) };
        let mut points = BTreeSet::new();
        for stop_at in 1.. {
            fs::remove_dir_all(desk.path("state")).unwrap();
            copy(&desk.path("kept"), &desk.path("state"));
            let mut busy = Busy::start(&desk, stop_at);
            let mut event = busy.event();
            let is_up = matches!(event, Told::Up);
            if is_up {
                busy.order(desk.command(&format!("{order} {at}")));
                event = busy.event();
            }
            let point = match event {
                Told::Stopped(point) => Some(point),
                Told::Ordered { acknowledged: true } => None,
                _ => panic!("`{order}` fails, and nothing was stopped"),
            };
            if is_up && point.is_some() {
                let meanwhile = busy.split();
                // What goes back to stable doesn't wait for the disk.
                let expected = if is_abort {
                    BTreeSet::new()
                } else {
                    canaries(&split)
                };
                assert_eq!(canaries(&meanwhile), expected, "{order}: {point:?}");
            }
            busy.kill();

            let (found, _) = stage(&desk);
            let expected = match point.as_deref() {
                Some("store begun" | "store put" | "store journalled") => phase(0),
                Some("store committed") if !is_up => phase(0),
                _ => next.clone(),
            };
            assert_eq!(found, expected, "{order}: {point:?}");
            let busy = Busy::up(&desk);
            let again = canaries(&busy.split());
            if found == phase(0) {
                assert_eq!(again, canaries(&split), "{order}: {point:?}");
            } else if is_abort {
                assert!(again.is_empty(), "{order}: {point:?}");
            } else {
                assert!(again.is_superset(&canaries(&split)), "{order}: {point:?}");
            }
            busy.kill();
            match point {
                Some(point) if is_up => points.insert(point),
                Some(_) => continue,
                None => break,
            };
        }
        let expected = ["begun", "committed", "journalled", "put"];
        assert_eq!(points, expected.map(|it| format!("store {it}")).into());
    }
}
