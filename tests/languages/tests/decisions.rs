//! The same rules in Rust, JavaScript and C give the same decisions.
//!
//! All cases of `plugins/tool-access` and those of this crate run through the three components with the default limits.
//! Compared are effects, reasons with their messages, the questions that were asked, and the texts of refusals. Where a
//! language's tools aren't installed its test prints one line and passes, unless `LICTOR_TOOLS=required`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use lictor_artifact::{ThrowAwayKey, UnixMs};
use lictor_cli::cases::{self, Case, Expected, ExpectedDecision};
use lictor_cli::{BuildSpec, build};
use lictor_engine::{Compiler, Engine, Loaded, Refusal, Settings, View, manifest};
use lictor_languages::{Built, NotBuilt, build_c, build_js};
use lictor_policy::{Decision, Digest, Limits, Request, Version};

/// What these policies may import: the contract's interfaces and nothing else.
const CONTRACT: &str = "lictor:policy/";

#[test]
fn c_decides_as_rust() {
    if let Some(component) = available("C", build_c(&out("c"))) {
        compare("C", &component);
    }
}

#[test]
fn javascript_decides_as_rust() {
    if let Some(component) = available("JavaScript", build_js(&out("javascript"))) {
        compare("JavaScript", &component);
    }
}

#[test]
fn the_corpora_say_something_about_each_effect_and_each_refusal() {
    let cases = corpus();
    let refused = |case: &&Case| matches!(case.expected, Expected::Refused(_));
    assert!(cases.iter().filter(refused).count() >= 20);
    assert!(cases.iter().filter(|case| !refused(case)).count() >= 18);
}

/// Runs every case through one component and through the Rust one.
fn compare(language: &str, component: &Path) {
    let engine = &*ENGINE;
    let policy = load(component);
    for import in policy.imports() {
        assert!(
            import.name.starts_with(CONTRACT),
            "{language} imports {}",
            import.name
        );
    }
    let mut wrong = Vec::new();
    for case in corpus() {
        let given = run(engine, &policy, &case);
        let rust = run(engine, &RUST, &case);
        if let Some(problem) = differs(&case, &given, &rust) {
            wrong.push(format!(
                "{} in {}: {problem}",
                case.name,
                case.file.display()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{language} decides otherwise:\n{}",
        wrong.join("\n")
    );
}

/// What came of a case, in the form in which languages are compared.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// A decision, and the questions that led to it.
    Decided(Decision, Vec<String>),
    /// The text with which `check` refuses the parameters.
    Refused(String),
    /// Anything else, which is no outcome that a case can expect.
    Broken(String),
}

fn run(engine: &Engine, policy: &Loaded, case: &Case) -> Outcome {
    let limits = Limits::default();
    let prepared = match engine.prepare(policy, &case.parameters, &limits, Digest::of(b"")) {
        Ok(prepared) => prepared,
        Err(Refusal::Parameters { message }) => return Outcome::Refused(message),
        Err(other) => return Outcome::Broken(other.to_string()),
    };
    let Expected::Decision { request, .. } = &case.expected else {
        return Outcome::Broken("the parameters are accepted".to_owned());
    };
    let evaluation = prepared.evaluate(&view(case, request));
    match evaluation.outcome {
        Ok(decision) => {
            let asked = evaluation
                .observations
                .iter()
                .map(|it| it.question.to_string());
            Outcome::Decided(decision, asked.collect())
        }
        Err(fault) => Outcome::Broken(fault.to_string()),
    }
}

fn view(case: &Case, request: &Request) -> View {
    View {
        request: request.clone(),
        data: case.data.clone(),
        now_ms: case.now_unix_ms,
    }
}

/// How an outcome differs from what the case says or from what Rust does.
fn differs(case: &Case, given: &Outcome, rust: &Outcome) -> Option<String> {
    let expected = match (&case.expected, given) {
        (Expected::Refused(text), Outcome::Refused(message)) => message.contains(text.as_str()),
        (Expected::Decision { decision, .. }, Outcome::Decided(given, asked)) => {
            fits(decision, given, asked)
        }
        _ => false,
    };
    if !expected {
        return Some(format!("expected {:?}, got {given:?}", case.expected));
    }
    (given != rust).then(|| format!("Rust gives {rust:?}, this gives {given:?}"))
}

fn fits(expected: &ExpectedDecision, given: &Decision, asked: &[String]) -> bool {
    let codes: Vec<_> = given
        .reasons
        .iter()
        .map(|reason| reason.code.clone())
        .collect();
    let ids: Vec<_> = given
        .obligations
        .iter()
        .map(|obligation| obligation.id.clone())
        .collect();
    expected.effect == given.effect
        && expected.reasons.as_ref().is_none_or(|it| *it == codes)
        && expected.obligations.as_ref().is_none_or(|it| *it == ids)
        && expected.observed.as_ref().is_none_or(|it| it == asked)
}

/// The component, or nothing after saying in one line why it is skipped.
fn available(language: &str, built: Result<Built, NotBuilt>) -> Option<PathBuf> {
    let reason = match built {
        Ok(built) => return Some(built.component),
        Err(reason) => reason,
    };
    let required = std::env::var_os("LICTOR_TOOLS").is_some_and(|it| it == "required");
    let may_be_skipped = matches!(reason, NotBuilt::Missing(_)) && !required;
    assert!(may_be_skipped, "{language}: {reason}");
    // Written past the harness, which captures what tests print: a skipped test must be seen.
    writeln!(std::io::stderr(), "skipped: {language}: {reason}").expect("standard error is open");
    None
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(&Settings {
        slots: 4,
        compiler: Some(Compiler::new(env!("CARGO_BIN_EXE_lictor-languages"))),
        ..Settings::default()
    })
    .expect("an engine with a few slots")
});

/// The policy that the others are measured against.
static RUST: LazyLock<Loaded> = LazyLock::new(|| {
    let spec = BuildSpec {
        output: Some(out("rust.wasm")),
        ..BuildSpec::new(project("plugins/tool-access"))
    };
    load(&build(&spec).expect("the Rust policy builds").path)
});

fn load(component: &Path) -> Loaded {
    let bytes = std::fs::read(component).expect("a component that was just built");
    let policy = "tool-access".parse().expect("a name");
    let manifest = manifest(policy, Version::new(1, 0, 0), &bytes).expect("a component");
    let tenant = ThrowAwayKey::TENANT.parse().expect("a name");
    let verified = ThrowAwayKey::new(&[1; 32])
        .and_then(|key| key.admit(bytes, manifest, &tenant, UnixMs(0)))
        .expect("a component that can be signed");
    ENGINE
        .load(&verified, &Limits::default())
        .expect("a policy that the host accepts")
}

fn corpus() -> Vec<Case> {
    let folders = [
        project("plugins/tool-access/cases"),
        project("tests/languages/cases"),
    ];
    folders
        .iter()
        .flat_map(|folder| cases::load(folder).expect("case files that can be read"))
        .collect()
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// Where components go: in the target folder, and the same place for every run, so that nothing is built twice.
fn out(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("languages")
        .join(name)
}
