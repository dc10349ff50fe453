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
    assert_same_elsewhere(&component, &target);
    component
}

/// The same crate in another folder, built from another folder still, gives the same bytes.
fn assert_same_elsewhere(component: &Path, target: &Path) {
    let elsewhere = scratch().join("else/where");
    drop(fs::remove_dir_all(&elsewhere));
    succeed(lictor().args(["new", "--name", "actions"]).arg(&elsewhere));
    let again = scratch().join("again.wasm");
    let lock = target.parent().unwrap().join("actions/Cargo.lock");
    fs::copy(lock, elsewhere.join("Cargo.lock")).unwrap();
    succeed(
        lictor()
            .args(["build", "--locked", "--output"])
            .arg(&again)
            .arg(&elsewhere)
            .env("CARGO_TARGET_DIR", target)
            .current_dir("/"),
    );
    let bytes = fs::read(component).unwrap();
    let home = std::env::home_dir().unwrap();
    let home = home.to_str().unwrap().as_bytes();
    let tells = bytes.windows(home.len()).any(|window| window == home);
    assert!(
        !tells,
        "a component doesn't tell whose machine it was built on"
    );
    assert!(
        bytes == fs::read(again).unwrap(),
        "the same source gives the same bytes in any folder"
    );
}
