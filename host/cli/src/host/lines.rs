//! Requests as lines of JSON, read on a thread of their own so that a pipe that says nothing keeps the host from nothing.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use lictor::{JsonBounds, Request, TenantName};

use crate::exit::Exit;
use crate::failure::Failure;

/// Lines that may wait to be decided.
const WAITING: usize = 256;
/// The most bytes of a line.
const LINE_BYTES_MAX: u64 = JsonBounds::REQUEST.bytes_max as u64;

/// What a line holds.
#[derive(Debug)]
pub(super) struct Line {
    /// Its number, counted from 1 in each pass.
    pub(super) number: u64,
    /// The request, or why there is none.
    pub(super) request: Result<(TenantName, Request), String>,
}

/// What comes from the file or pipe.
pub(super) type Lines = Receiver<Result<Line, Failure>>;

/// Begins to read, again and again where that is asked for. A request without a tenant is this one's.
pub(super) fn read(
    file: &Path,
    tenant: Option<TenantName>,
    repeat: bool,
) -> Result<Lines, Failure> {
    let (sender, lines) = sync_channel(WAITING);
    let reader = Reader {
        file: file.to_owned(),
        tenant,
        sender,
    };
    // Found out now whether it is there at all.
    let first = reader.open()?;
    thread::Builder::new()
        .name("requests".to_owned())
        .spawn(move || reader.run(first, repeat))
        .map_err(|error| {
            Failure::new(
                Exit::HostFault,
                format!("a thread can't be started: {error}"),
            )
        })?;
    Ok(lines)
}

struct Reader {
    file: PathBuf,
    tenant: Option<TenantName>,
    sender: SyncSender<Result<Line, Failure>>,
}

impl Reader {
    fn open(&self) -> Result<Box<dyn BufRead + Send>, Failure> {
        if self.file == Path::new("-") {
            return Ok(Box::new(BufReader::new(io::stdin())));
        }
        let file = File::open(&self.file).map_err(|error| self.unreadable(&error))?;
        Ok(Box::new(BufReader::new(file)))
    }

    fn unreadable(&self, error: &io::Error) -> Failure {
        let file = self.file.display();
        Failure::input(format!("the requests in `{file}` can't be read: {error}"))
    }

    fn run(self, first: Box<dyn BufRead + Send>, repeat: bool) {
        let mut pass = Ok(first);
        loop {
            let read = pass.and_then(|mut lines| self.pass(&mut lines));
            match read {
                Ok(0) if repeat => {
                    let message = format!("there are no requests in `{}`", self.file.display());
                    let _ = self.sender.send(Err(Failure::input(message)));
                    return;
                }
                Ok(_) if repeat => pass = self.open(),
                Ok(_) => return,
                Err(failure) => {
                    // Where nobody takes it any more, nobody needs to know.
                    let _ = self.sender.send(Err(failure));
                    return;
                }
            }
        }
    }

    /// Reads to the end; how many lines were sent.
    fn pass(&self, lines: &mut dyn BufRead) -> Result<u64, Failure> {
        let mut sent = 0;
        let mut number = 0;
        while let Some(text) = line(lines).map_err(|error| self.unreadable(&error))? {
            number += 1;
            if text.as_ref().is_ok_and(|text| text.trim_ascii().is_empty()) {
                continue;
            }
            let request = text.and_then(|text| self.understand(&text));
            if self.sender.send(Ok(Line { number, request })).is_err() {
                return Ok(sent);
            }
            sent += 1;
        }
        Ok(sent)
    }

    fn understand(&self, text: &[u8]) -> Result<(TenantName, Request), String> {
        let request =
            Request::from_json(text).map_err(|error| format!("the request is refused: {error}"))?;
        let named = match request.document().root().member("tenant") {
            None => None,
            Some(item) => {
                let name = item.as_text().ok_or("`tenant` must be a text")?;
                let name: TenantName = name.parse().map_err(|error| format!("{error}"))?;
                Some(name)
            }
        };
        let tenant = match (named, &self.tenant) {
            (Some(named), Some(tenant)) if named != *tenant => {
                return Err(format!("it is for `{named}`, and all are for `{tenant}`"));
            }
            (named, tenant) => named.or_else(|| tenant.clone()),
        };
        let tenant = tenant.ok_or("it has no `tenant`, and `--tenant` isn't given")?;
        Ok((tenant, request))
    }
}

/// The next line; nothing at the end. One that is too long is left out and said to be.
fn line(lines: &mut dyn BufRead) -> io::Result<Option<Result<Vec<u8>, String>>> {
    let mut text = Vec::new();
    let read = lines
        .take(LINE_BYTES_MAX + 2)
        .read_until(b'\n', &mut text)?;
    if read == 0 {
        return Ok(None);
    }
    if text.ends_with(b"\n") || (read as u64) < LINE_BYTES_MAX + 2 {
        return Ok(Some(Ok(text)));
    }
    while !text.ends_with(b"\n") {
        text.clear();
        if lines.take(LINE_BYTES_MAX).read_until(b'\n', &mut text)? == 0 {
            break;
        }
    }
    let message = format!("the line has more than {LINE_BYTES_MAX} bytes");
    Ok(Some(Err(message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{"subject":{"type":"agent","id":"a"},"action":{"name":"pay"},"resource":{"type":"order","id":"1"}}"#;

    fn read_all(text: &str, tenant: Option<&str>) -> Vec<(u64, Result<String, String>)> {
        let (sender, lines) = sync_channel(WAITING);
        let reader = Reader {
            file: PathBuf::from("requests.jsonl"),
            tenant: tenant.map(|name| name.parse().unwrap()),
            sender,
        };
        reader.pass(&mut text.as_bytes()).unwrap();
        drop(reader);
        lines
            .into_iter()
            .map(|line| line.unwrap())
            .map(|line| {
                (
                    line.number,
                    line.request.map(|(tenant, _)| tenant.to_string()),
                )
            })
            .collect()
    }

    #[test]
    fn a_request_says_whose_it_is_or_the_command_line_does() {
        let named = REQUEST.replacen('{', r#"{"tenant":"bank","#, 1);
        let bank = || Ok("bank".to_owned());
        assert_eq!(read_all(&named, None), [(1, bank())]);
        assert_eq!(read_all(&named, Some("bank")), [(1, bank())]);
        assert_eq!(
            read_all(&format!("{REQUEST}\n\n{REQUEST}"), Some("bank")),
            [(1, bank()), (3, bank())]
        );
        let refused = |text: &str, tenant| read_all(text, tenant)[0].1.clone().unwrap_err();
        assert!(refused(&named, Some("shop")).contains("for `bank`"));
        assert!(refused(REQUEST, None).contains("no `tenant`"));
        assert!(refused("{}", Some("bank")).contains("`/subject` is missing"));
    }

    #[test]
    fn a_line_that_is_too_long_is_left_out_and_the_next_is_read() {
        let long = "x".repeat(3 * LINE_BYTES_MAX as usize);
        let read = read_all(&format!("{long}\n{REQUEST}\n{long}"), Some("bank"));
        assert_eq!(read.len(), 3);
        assert!(read[0].1.as_ref().unwrap_err().contains("more than"));
        assert!(read[1].1.is_ok());
        assert!(read[2].1.as_ref().unwrap_err().contains("more than"));
    }
}
