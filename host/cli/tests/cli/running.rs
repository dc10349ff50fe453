//! A running host, as a test has it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

use serde_json::Value;

use super::ship::desk::Desk;

/// A host that runs, until it is told to end or killed.
pub struct Running {
    pub child: Child,
    notes: BufReader<ChildStderr>,
}

impl Running {
    /// Starts a host and waits until it is up.
    pub fn start(desk: &Desk, with: &str) -> Self {
        let mut command = desk.command(&format!("host --state state {with}"));
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut notes = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        notes.read_line(&mut first).unwrap();
        assert!(first.contains("is up"), "{first}");
        Self { child, notes }
    }

    pub fn signal(&self, signal: &str) {
        let mut kill = Command::new("kill");
        kill.args([signal, &self.child.id().to_string()]);
        assert!(kill.status().unwrap().success());
    }

    /// How it ended and what it wrote since it was up.
    pub fn end(mut self) -> (ExitStatus, String, String) {
        drop(self.child.stdin.take());
        let (mut out, mut err) = (String::new(), String::new());
        if let Some(mut stdout) = self.child.stdout.take() {
            stdout.read_to_string(&mut out).unwrap();
        }
        self.notes.read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap(), out, err)
    }

    /// Decides these requests, and says of each which policy said what.
    pub fn decided(&mut self, requests: &[String]) -> Vec<Value> {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{}", requests.join("\n")).unwrap();
        let stdout = self.child.stdout.as_mut().unwrap();
        let mut line = || {
            // A byte at a time, so that nothing is read that comes later.
            let (mut line, mut byte) = (Vec::new(), [0]);
            while byte != *b"\n" {
                stdout.read_exact(&mut byte).unwrap();
                line.extend(byte);
            }
            serde_json::from_slice(&line).unwrap()
        };
        requests.iter().map(|_| line()).collect()
    }
}

/// A request that the policy of these tests decides by its action.
pub const SEARCH: &str = r#"{"subject": {"type": "agent", "id": "a"}, "action": {"name": "search"}, "resource": {"type": "tool", "id": "web"}}"#;

/// The same for this agent and this action.
pub fn asks(agent: &str, action: &str) -> String {
    SEARCH
        .replace(r#""id": "a""#, &format!(r#""id": "{agent}""#))
        .replace("search", action)
}
