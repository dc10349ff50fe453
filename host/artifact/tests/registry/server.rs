//! Debian's `docker-registry`, started on a port of its own and ended with the test.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::{env, fs, io};

use tempfile::TempDir;

const PROGRAM: &str = "docker-registry";

/// One user, `someone`, whose password is `pass`.
const PASSWORDS: &str = "someone:$2y$05$abcdefghijklmnopqrstuuZFBUbfXoM8LFiPx8LYlO/sXZB/Cwk3K\n";

pub struct Server {
    process: Child,
    pub authority: String,
    _folder: TempDir,
}

impl Server {
    /// Starts one, or says in a line that it isn't installed. With `LICTOR_TOOLS=required` it must be.
    pub fn start(with_password: bool) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.yml");
        fs::write(&config, configuration(&folder, with_password)).unwrap();
        let started = Command::new(PROGRAM)
            .arg("serve")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut process = match started {
            Ok(process) => process,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let required = env::var("LICTOR_TOOLS").is_ok_and(|value| value == "required");
                assert!(
                    !required,
                    "`{PROGRAM}` is not installed, but LICTOR_TOOLS=required"
                );
                say(&format!(
                    "the tests against a real registry are skipped: `{PROGRAM}` is not installed (Debian: apt install {PROGRAM})"
                ));
                return None;
            }
            Err(error) => panic!("`{PROGRAM}` doesn't start: {error}"),
        };
        let authority = listening(&mut process);
        Some(Self {
            process,
            authority,
            _folder: folder,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn configuration(folder: &TempDir, with_password: bool) -> String {
    let path = folder.path().display();
    let mut text = format!(
        "version: 0.1\n\
         log:\n  level: info\n  accesslog:\n    disabled: true\n\
         storage:\n  filesystem:\n    rootdirectory: {path}/data\n\
         http:\n  addr: 127.0.0.1:0\n"
    );
    if with_password {
        fs::write(folder.path().join("passwords"), PASSWORDS).unwrap();
        text += &format!("auth:\n  htpasswd:\n    realm: tests\n    path: {path}/passwords\n");
    }
    text
}

/// Reads the log until it names the address, and goes on reading so that the server can go on writing.
fn listening(process: &mut Child) -> String {
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut seen = String::new();
    let authority = loop {
        let Some(Ok(line)) = lines.next() else {
            panic!("`{PROGRAM}` ended: {seen}");
        };
        if let Some((_, rest)) = line.split_once("listening on ") {
            break rest.split('"').next().unwrap().to_owned();
        }
        seen += &line;
    };
    std::thread::spawn(move || lines.for_each(drop));
    authority
}

/// Once for all tests, and past what the test runner holds back of those that pass: what is skipped must be seen.
fn say(text: &str) {
    static SAID: Once = Once::new();
    SAID.call_once(|| drop(writeln!(io::stderr(), "{text}")));
}
