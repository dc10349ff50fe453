//! Workers that break, lie or don't end, and workers that do what they should.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use harness::{compiler, guest};
use lictor_engine::{Compiler, Fences, Refusal, Settings};

use crate::folder::Folder;
use crate::{engine, load};

/// A worker that is a shell script. `$0` is the real worker, `$1` what else it is given.
fn script(text: &str, given: &Path) -> Compiler {
    let real = compiler();
    let arguments = ["-c", text].map(OsString::from);
    Compiler {
        arguments: arguments
            .into_iter()
            .chain([real.program.clone().into(), given.into()])
            .collect(),
        program: "/bin/sh".into(),
        ..real
    }
}

fn refused(compiler: Compiler) -> Refusal {
    let settings = Settings {
        compiler: Some(compiler),
        ..Settings::default()
    };
    load(settings, &guest("ordinary")).expect_err("it is compiled by nobody")
}

#[test]
fn a_worker_that_answers_no_native_code_is_a_refusal() {
    let rows = [
        ("true", "compile-answer", "it is empty"),
        ("echo garbage", "compile-answer", "another form"),
        ("cat", "compile-answer", "another form"),
        // A whole answer and one more byte, one byte less, one byte changed.
        (r#""$0"; echo"#, "compile-answer", "another form"),
        (r#""$0" | head -c -1"#, "compile-answer", "another form"),
        (
            r#"{ dd bs=1 count=18; dd bs=1 count=1 of=/dev/null; printf X; cat; } 2> /dev/null < "$1""#,
            "compile-answer",
            "native code",
        ),
        ("kill -KILL $$", "compile-crash", "signal 9"),
        ("kill -SEGV $$", "compile-crash", "signal 11"),
        ("kill -SYS $$", "compile-crash", "signal 31"),
        ("kill -ABRT $$", "compile-memory", "memory"),
        ("kill -XCPU $$", "compile-time", "120 s"),
        // It has ended, though something that it started goes on with its pipes.
        ("sleep 600 & exit 0", "compile-answer", "it is empty"),
        // It asks for another engine than this one's.
        (
            r#"{ dd bs=1 count=8; printf XXXX; dd bs=1 count=4 of=/dev/null; cat; } 2> /dev/null | "$0""#,
            "compiler-unusable",
            "another version",
        ),
    ];
    let folder = Folder::new("answers");
    let answer = folder.path("answer");
    let kept = script(r#""$0" | tee "$1""#, &answer);
    let settings = Settings {
        compiler: Some(kept),
        ..Settings::default()
    };
    load(settings, &guest("ordinary")).expect("a real worker answered");
    for (text, code, says) in rows {
        let refusal = refused(script(text, &answer));
        assert_eq!(refusal.code(), code, "{text}: {refusal}");
        assert!(refusal.to_string().contains(says), "{text}: {refusal}");
    }
}

#[test]
fn a_worker_that_doesnt_end_is_ended_and_leaves_nothing() {
    let folder = Folder::new("endless");
    for (text, code) in [
        (r#"echo $$ > "$1"; exec sleep 600"#, "compile-time"),
        (
            r#"echo $$ > "$1"; cat > /dev/null; sleep 600"#,
            "compile-time",
        ),
        // It has answered, and stays.
        (r#"echo $$ > "$1"; "$0"; exec sleep 600"#, "compile-time"),
        (
            r#"echo $$ > "$1"; exec > /dev/null; exec sleep 600"#,
            "compile-time",
        ),
        (r#"echo $$ > "$1"; exec cat /dev/zero"#, "compile-size"),
        (r#"echo $$ > "$1"; yes"#, "compile-size"),
    ] {
        let said = folder.path("process");
        let deadline = match code {
            "compile-time" => Duration::from_millis(1_500),
            _ => Duration::from_secs(300),
        };
        let compiler = Compiler {
            deadline,
            native_bytes: 1 << 20,
            ..script(text, &said)
        };
        assert_eq!(refused(compiler).code(), code, "{text}");
        let process = fs::read_to_string(&said).expect("it began");
        let process = Path::new("/proc").join(process.trim());
        assert!(!process.exists(), "{text}: {}", process.display());
    }
}

#[test]
fn a_worker_gets_no_environment_and_begins_at_the_root() {
    let folder = Folder::new("surroundings");
    let said = folder.path("said");
    refused(script(r#"{ pwd; env; } > "$1""#, &said));
    let said = fs::read_to_string(&said).expect("it began");
    let own = |line: &&str| {
        !["PWD=", "SHLVL=", "_=", "OLDPWD="]
            .iter()
            .any(|it| line.starts_with(it))
    };
    let lines: Vec<&str> = said.lines().filter(own).collect();
    assert_eq!(lines, ["/"]);
}

#[test]
fn what_the_host_left_open_is_closed() {
    let folder = Folder::new("inherited");
    let pipe = folder.path("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("coreutils have it").success());
    // The worker gets the writing end as descriptor 9, and no head, so that it waits for one.
    let mut worker = Command::new("/bin/sh")
        .args(["-c", r#"exec 9> "$1"; exec "$0" compile-worker"#])
        .arg(&compiler().program)
        .arg(&pipe)
        .stdin(Stdio::piped())
        .spawn()
        .expect("there is a shell");
    let mut reader = fs::File::open(&pipe).expect("the worker's shell opens it for writing");
    // There is an end only when nobody has the writing end any more.
    let (ended, at_end) = mpsc::channel();
    thread::spawn(move || ended.send(reader.read_to_end(&mut Vec::new())));
    let closed = at_end.recv_timeout(Duration::from_secs(60));
    let still_there = worker.try_wait().expect("it is a child").is_none();
    worker.kill().expect("it is a child");
    worker.wait().expect("it is a child");
    closed
        .expect("the worker has closed it")
        .expect("it is a pipe");
    assert!(still_there, "it was closed by more than the worker's end");
}

#[test]
fn a_host_without_a_worker_says_so_and_blames_itself() {
    let none = Settings {
        compiler: None,
        ..Settings::default()
    };
    let refusal = load(none, &guest("ordinary")).expect_err("there is nothing to compile with");
    assert_eq!(refusal, Refusal::NoCompiler);
    assert!(refusal.is_hosts());

    let refusal = refused(Compiler::new("/nowhere/lictor"));
    assert_eq!(refusal.code(), "compiler-unusable");
    assert!(
        refusal.to_string().contains("`/nowhere/lictor`"),
        "{refusal}"
    );
    assert!(refusal.is_hosts());
}

#[test]
fn the_fences_are_up_and_what_is_demanded_decides() {
    let unfenced = engine(harness::settings());
    assert_eq!(unfenced.compile_fences(), None);
    let loaded = harness::load_bytes(&unfenced, &guest("ordinary"), &harness::patient());
    loaded.expect("its fences are up");
    let up = unfenced.compile_fences().expect("it has compiled");
    assert!(up.cover(&Fences::DEMANDED), "{up}");
    // Every fence that this kernel has can be demanded, and one that it hasn't refuses.
    let all = Compiler {
        demanded: Fences::ALL,
        ..compiler()
    };
    let settings = Settings {
        compiler: Some(all),
        ..Settings::default()
    };
    let loaded = load(settings, &guest("ordinary"));
    if up == Fences::ALL {
        loaded.expect("all are up");
    } else {
        assert_eq!(
            loaded.expect_err("one is missing").code(),
            "compiler-unusable"
        );
    }
}
