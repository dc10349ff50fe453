//! A folder in which commands are run, and what they say.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::{lictor, scratch};

/// A folder in which commands are run.
pub struct Desk {
    folder: PathBuf,
}

/// How a command ended and what it wrote.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub fn new(name: &str) -> Self {
        let folder = scratch().join("ship").join(name);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        let desk = Self { folder };
        let component = wat::parse_str(r#"(component (@custom "note" "hello"))"#).unwrap();
        fs::write(desk.path("tiny-1.0.0.wasm"), component).unwrap();
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn command(&self, line: &str) -> Command {
        let mut command = lictor();
        command
            .args(line.split_whitespace())
            .current_dir(&self.folder)
            .env("USER", "olga")
            .env("DOCKER_CONFIG", &self.folder);
        command
    }

    pub fn run(&self, line: &str) -> Said {
        said(self.command(line).output().unwrap())
    }

    pub fn with_stdin(&self, line: &str, stdin: &[u8]) -> Said {
        use std::io::Write;
        let mut command = self.command(line);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        said(child.wait_with_output().unwrap())
    }

    /// What a command that succeeds prints, without the line break.
    pub fn ok(&self, line: &str) -> String {
        let said = self.run(line);
        assert_eq!(said.code, 0, "{line}\n{}{}", said.out, said.err);
        said.out.trim_end().to_owned()
    }

    /// A command that ends with this code and says this.
    pub fn fails(&self, line: &str, code: i32, with: &str) {
        let said = self.run(line);
        assert_eq!(said.code, code, "{line}\n{}{}", said.out, said.err);
        assert!(said.err.contains(with), "{line}\n{}", said.err);
    }

    pub fn key(&self, name: &str) -> String {
        self.ok(&format!("keys new {name}.key"))
    }

    /// A host that trusts `author` for `bank`, as `operator` says; gives the author's id.
    pub fn founded(name: &str) -> (Self, String) {
        let desk = Self::new(name);
        let author = desk.key("author");
        desk.key("operator");
        desk.ok(&format!(
            "keys trust {author} --owner alice --tenants bank --first --state state --key operator.key"
        ));
        (desk, author)
    }
}

pub fn said(output: std::process::Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

pub const CHANGE: &str = "--state state --key operator.key";

impl Desk {
    /// The store of the state folder. A process that another test starts shares the lock of this one for a moment.
    pub fn store(&self) -> lictor::Store {
        loop {
            match lictor::Store::open(&self.path("state")) {
                Err(lictor::StateError::Held { .. }) => std::thread::yield_now(),
                opened => return opened.unwrap(),
            }
        }
    }

    /// Installs a file of this folder for `bank` as a host does, in the state folder `state`.
    pub fn admit(&self, file: &str) {
        let file = fs::read(self.path(file)).unwrap();
        let file = lictor::Fetched::parse(file, 1 << 20).unwrap();
        let now = lictor_state::Now {
            wall: lictor::UnixMs(1_700_000_000_000),
            monotonic: std::time::Duration::ZERO,
        };
        let store = self.store();
        let mut trust = lictor_state::Trust::open(store, now).unwrap();
        let bank = "bank".parse().unwrap();
        let verified = trust.verify(&file, &bank, now, None).unwrap();
        let arrival = lictor_state::Arrival {
            candidate: &verified,
            fetched: &file,
            rollback: None,
        };
        let manifest = file.manifest();
        let what = format!("admit {} {} for bank", manifest.policy, manifest.version);
        let change = lictor_state::Change::new(now.wall.0, "test", what);
        trust.admit(&[arrival], now, change).unwrap();
    }
}
