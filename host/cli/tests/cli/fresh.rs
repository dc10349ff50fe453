//! `lictor new`, then everything that its README promises of the crate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{lictor, scratch, succeed};

/// Makes a crate, runs its native tests and its cases, and builds it in two folders: the component's path.
pub fn make_test_and_build() -> PathBuf {
    let scratch = scratch();
    let folder = scratch.join("actions");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&scratch).unwrap();
    succeed(lictor().args(["new", "actions"]).current_dir(&scratch));

    // A target folder that outlives the crate spares compiling its dependencies in each run.
    let target = scratch.join("target");
    let with_target = |mut command: Command| {
        command
            .env("CARGO_TARGET_DIR", &target)
            .current_dir(&folder);
        command
    };
    let cargo = Command::new(env!("CARGO"));
    let tests = succeed(with_target(cargo).arg("test"));
    let tests = String::from_utf8_lossy(&tests.stdout).into_owned();
    assert!(tests.contains("3 passed"), "{tests}");

    let report = folder.join("report.xml");
    let cases = succeed(with_target(lictor()).args(["test", "--junit", "report.xml"]));
    let cases = String::from_utf8_lossy(&cases.stdout).into_owned();
    assert!(cases.ends_with("5 passed, 0 failed\n"), "{cases}");
    assert!(
        fs::read_to_string(report)
            .unwrap()
            .contains(r#"tests="5" failures="0""#)
    );

    let built = succeed(with_target(lictor()).arg("build"));
    let component = PathBuf::from(String::from_utf8(built.stdout).unwrap().trim_end());
    assert_eq!(component, target.join("policies/actions-0.1.0.wasm"));
    assert_same_elsewhere(&folder, &target);
    component
}

/// The same crate in another folder, built from another folder still, gives the same bytes.
///
/// It gets a dependency in the folder and one from crates.io that can panic, since a panic's message tells where its source
/// stood.
fn assert_same_elsewhere(folder: &Path, target: &Path) {
    let elsewhere = scratch().join("else/where");
    drop(fs::remove_dir_all(&elsewhere));
    succeed(lictor().args(["new", "--name", "actions"]).arg(&elsewhere));
    let [here, there] = [folder, &elsewhere].map(|crate_folder| {
        add_panics(crate_folder);
        let output = scratch().join("same.wasm");
        succeed(
            lictor()
                .args(["build", "--output"])
                .arg(&output)
                .arg(crate_folder)
                .env("CARGO_TARGET_DIR", target)
                .current_dir("/"),
        );
        fs::read(output).unwrap()
    });
    assert!(contains(&here, "vendor/rule/src/lib.rs"));
    assert!(contains(&here, "/cargo/registry/"));
    let home = std::env::home_dir().unwrap();
    assert!(
        !contains(&here, home.to_str().unwrap()),
        "a component doesn't tell whose machine it was built on"
    );
    assert!(
        here == there,
        "the same source gives the same bytes in any folder"
    );
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

const RULE: &str = "
pub fn rule(index: usize) -> usize {
    let mut texts: smallvec::SmallVec<[usize; 2]> = [index, 7].into_iter().collect();
    [1, 2, 3][index] + texts.remove(index)
}
";

fn add_panics(folder: &Path) {
    let rule = folder.join("vendor/rule");
    fs::create_dir_all(rule.join("src")).unwrap();
    fs::write(rule.join("src/lib.rs"), RULE).unwrap();
    let manifest = "[package]\nname = \"rule\"\nedition = \"2024\"\n[workspace]\n\
        [dependencies]\nsmallvec = \"1\"\n";
    fs::write(rule.join("Cargo.toml"), manifest).unwrap();
    let replace = |file: &str, from: &str, to: &str| {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        assert!(text.contains(from));
        fs::write(folder.join(file), text.replacen(from, to, 1)).unwrap();
    };
    let dependency = "[dependencies]\nrule = { path = \"vendor/rule\" }";
    replace("Cargo.toml", "[dependencies]", dependency);
    let question = "let action = ask.request.text(\"/action/name\")?;";
    let asked = format!("{question}\n        assert!(rule::rule(action.len()) > 0);");
    replace("src/lib.rs", question, &asked);
}
