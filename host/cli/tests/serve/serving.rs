//! A server that runs, and what it is asked.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::desk::Desk;
use super::{lictor, root};

/// A server, until it is told to end or this is dropped.
pub struct Serving {
    pub desk: Desk,
    pub address: String,
    /// Where operators give orders.
    pub admin: String,
    /// A token that is good for everything.
    pub token: String,
    more: String,
    child: Child,
    notes: BufReader<ChildStderr>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The head, with its names in lower case.
    pub head: String,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            (found == name).then_some(value)
        });
        line.map(str::trim)
    }
}

impl Serving {
    /// Starts a server on a state folder that trusts `author` for these tenants, which are there.
    pub fn start(name: &str, tenants: &[&str]) -> Self {
        Self::configured(name, tenants, "")
    }

    /// The same, with these settings.
    pub fn configured(name: &str, tenants: &[&str], settings: &str) -> Self {
        Self::at(Desk::new(name), tenants, settings)
    }

    /// The same, in a folder that is there.
    pub fn at(desk: Desk, tenants: &[&str], settings: &str) -> Self {
        Self::listening(desk, tenants, settings, "127.0.0.1:0")
    }

    /// The same, at an address.
    pub fn listening(desk: Desk, tenants: &[&str], settings: &str, listen: &str) -> Self {
        Self::between(desk, tenants, settings, [listen, "127.0.0.1:0"], "")
    }

    /// The same, with its operators' door at an address.
    pub fn operated(desk: Desk, tenants: &[&str], admin: &str) -> Self {
        Self::between(desk, tenants, "", ["127.0.0.1:0", admin], "")
    }

    /// The same as [`Serving::start`], with records in a file.
    pub fn recording(name: &str, tenants: &[&str]) -> Self {
        Self::with(name, tenants, "--records records.jsonl")
    }

    /// The same as [`Serving::start`], with more arguments.
    pub fn with(name: &str, tenants: &[&str], more: &str) -> Self {
        let listen = ["127.0.0.1:0"; 2];
        Self::between(Desk::new(name), tenants, "", listen, more)
    }

    fn between(
        desk: Desk,
        tenants: &[&str],
        settings: &str,
        listen: [&str; 2],
        more: &str,
    ) -> Self {
        fs::write(desk.path("lictor.toml"), settings).unwrap();
        let author = desk.key("author");
        desk.key("operator");
        desk.ok(&format!(
            "keys trust {author} --owner alice --tenants {} --first --state state --key operator.key",
            tenants.join(",")
        ));
        for tenant in tenants {
            desk.ok(&format!("tenant add {tenant} --state state"));
        }
        let (child, mut notes) = spawn(&desk, listen, more);
        let (address, admin, token) = introduced(&mut notes);
        Self {
            admin,
            token: token.expect("a first start hands out a token"),
            desk,
            address,
            more: more.to_owned(),
            child,
            notes,
        }
    }

    /// Ends it as `kill -9` does and starts it again, on the same state.
    pub fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (child, mut notes) = spawn(&self.desk, ["127.0.0.1:0"; 2], &self.more);
        let (address, admin, token) = introduced(&mut notes);
        assert_eq!(token, None, "only a first start hands out a token");
        (self.child, self.notes) = (child, notes);
        (self.address, self.admin) = (address, admin);
    }

    /// Builds a policy of this repository, signs it and puts it into use.
    pub fn deploy(&self, tenant: &str, sources: &str, with: &str) {
        let built = lictor().arg("build").arg(root().join(sources)).output();
        let built = built.unwrap();
        assert!(built.status.success(), "{built:?}");
        let path = String::from_utf8(built.stdout).unwrap();
        let path = path.trim();
        self.desk.ok(&format!(
            "sign {path} --key author.key --output signed.wasm"
        ));
        self.desk.ok(&format!(
            "deploy signed.wasm {with} --tenant {tenant} --state state"
        ));
    }

    /// Posts JSON to a path with the first token.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &self.usual(), body.to_string().as_bytes())
    }

    /// The headers that a request usually has.
    pub fn usual(&self) -> String {
        format!(
            "authorization: Bearer {}\r\ncontent-type: application/json\r\n",
            self.token
        )
    }

    /// Sends a request on a connection of its own, with the length of its body.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        ask(self.connect(), method, path, headers, body)
    }

    /// Has an order carried out by the operators' door, with this token.
    pub fn order(&self, token: &str, verb: &str, members: &Value) -> Answer {
        let headers =
            format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
        let path = format!("/admin/v1/{verb}");
        self.ask_admin("POST", &path, &headers, members.to_string().as_bytes())
    }

    /// The same as [`Serving::ask`], at the operators' door.
    pub fn ask_admin(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        ask(self.connect_admin(), method, path, headers, body)
    }
    pub fn connect_admin(&self) -> TcpStream {
        connect(&self.admin)
    }

    pub fn connect(&self) -> TcpStream {
        connect(&self.address)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: &str) {
        let mut kill = std::process::Command::new("kill");
        kill.args([signal, &self.child.id().to_string()]);
        assert!(kill.status().unwrap().success());
    }

    /// How it ended and what it wrote since it was up.
    pub fn end(mut self) -> (ExitStatus, String) {
        let mut err = String::new();
        self.notes.read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap(), err)
    }

    /// The next line that it writes.
    pub fn note(&mut self) -> String {
        let mut line = String::new();
        self.notes.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream
}

/// Sends a request with the length of its body, and reads the answer.
fn ask(mut stream: TcpStream, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: lictor\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // One who is refused early need not have taken everything.
    drop(stream.write_all(body));
    answer(&mut stream)
}

fn spawn(desk: &Desk, [listen, admin]: [&str; 2], more: &str) -> (Child, BufReader<ChildStderr>) {
    let mut command = desk.command(&format!(
        "serve --state state --settings lictor.toml --listen {listen} --admin-listen {admin} --slots 8 {more}"
    ));
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let notes = BufReader::new(child.stderr.take().unwrap());
    (child, notes)
}

/// The addresses and the token that a server tells when it is up.
fn introduced(notes: &mut impl BufRead) -> (String, String, Option<String>) {
    // Lines of a log that is told in JSON may stand between.
    let lines = notes.lines().map(Result::unwrap);
    let mut lines = lines.filter(|line| !line.starts_with('{'));
    let mut next = || lines.next().expect("the server ended");
    let address = |line: &str| line.rsplit(' ').next().unwrap().to_owned();
    let up = next();
    assert!(up.contains("serves"), "{up}");
    let operators = next();
    assert!(operators.contains("operators"), "{operators}");
    let (up, operators) = (address(&up), address(&operators));
    let more = next();
    if more.contains("takes requests") {
        return (up, operators, None);
    }
    assert!(more.contains("there was no token"), "{more}");
    let token = next();
    assert!(next().contains("takes requests"));
    (up, operators, Some(token))
}

/// Reads an answer to its end.
pub fn answer(stream: &mut impl Read) -> Answer {
    let mut bytes = Vec::new();
    // A connection that is reset has no more to say.
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
    }
    let text = String::from_utf8(bytes).unwrap();
    let (head, text) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
    let is_chunked = head.to_lowercase().contains("transfer-encoding");
    assert!(!is_chunked, "{head}");
    Answer {
        status: status.unwrap_or_default(),
        head: head.to_lowercase(),
        text: text.to_owned(),
    }
}
