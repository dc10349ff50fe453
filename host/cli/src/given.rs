//! What was given on the command line, read and validated: JSON as it is, in a file or on standard input, documents, limits.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use lictor::{Document, DocumentName, Documents, JsonBounds, Limits, RecallSettings, Request};

use crate::arguments::{LimitArguments, PolicyArguments, ProfileName};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::Source;
use crate::time;
use crate::trial::Trial;

/// A text and what to call it in a message.
struct Given {
    text: Vec<u8>,
    origin: String,
}

impl Given {
    fn read(typed: &str) -> Result<Self, Failure> {
        if typed.trim_start().starts_with(['{', '[']) {
            return Ok(Self {
                text: typed.as_bytes().to_vec(),
                origin: "on the command line".to_owned(),
            });
        }
        if typed != "-" {
            return Self::in_file(Path::new(typed));
        }
        let mut text = Vec::new();
        io::stdin()
            .read_to_end(&mut text)
            .map_err(|error| Failure::input(format!("standard input can't be read: {error}")))?;
        Ok(Self {
            text,
            origin: "on standard input".to_owned(),
        })
    }

    fn in_file(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let text = fs::read(path)
            .map_err(|error| Failure::input(format!("`{shown}` can't be read: {error}")))?;
        Ok(Self {
            text,
            origin: format!("in `{shown}`"),
        })
    }
}

/// The request that was given.
pub fn request(typed: &str) -> Result<Request, Failure> {
    let given = Given::read(typed)?;
    Request::from_json(&given.text).map_err(|error| {
        Failure::input(format!("the request {} is refused: {error}", given.origin))
    })
}

/// The parameters that were given, `{}` where none were.
pub fn parameters(typed: Option<&str>) -> Result<Document, Failure> {
    let Some(typed) = typed else {
        return Ok(Document::empty());
    };
    let given = Given::read(typed)?;
    let refuse = |why: String| {
        let origin = &given.origin;
        Failure::input(format!("the parameters {origin} are refused: {why}"))
    };
    let document = Document::parse(&given.text, &JsonBounds::PARAMETERS)
        .map_err(|error| refuse(error.to_string()))?;
    if document.root().members().is_none() {
        return Err(refuse("they must be a JSON object".to_owned()));
    }
    Ok(document)
}

/// The documents that were given as `NAME=FILE`.
fn data(typed: &[String]) -> Result<Documents, Failure> {
    typed.iter().try_fold(Documents::new(), |documents, typed| {
        let refuse = |why: String| Failure::new(Exit::Usage, format!("`--data {typed}` {why}"));
        let (name, file) = typed
            .split_once('=')
            .ok_or_else(|| refuse("isn't of the form `NAME=FILE`".to_owned()))?;
        let name: DocumentName = name
            .parse()
            .map_err(|error| refuse(format!("is refused: {error}")))?;
        let given = Given::in_file(Path::new(file))?;
        let document = Document::parse(&given.text, &JsonBounds::DOCUMENT).map_err(|error| {
            let origin = &given.origin;
            Failure::input(format!("the document {origin} is refused: {error}"))
        })?;
        Ok(documents.with(name, document))
    })
}

/// The limits that were asked for.
pub fn limits(typed: &LimitArguments) -> Result<Limits, Failure> {
    let profile = match typed.profile {
        ProfileName::Compiled => Limits::compiled(),
        ProfileName::Interpreted => Limits::interpreted(),
    };
    let limits = Limits {
        fuel: typed.fuel.unwrap_or(profile.fuel),
        memory_bytes: typed.memory_bytes.unwrap_or(profile.memory_bytes),
        deadline_ms: typed.deadline_ms.unwrap_or(profile.deadline_ms),
        ..profile
    };
    limits
        .checked()
        .map_err(|error| Failure::new(Exit::Usage, error))
}

/// What a policy is bound with.
#[derive(Debug)]
pub struct GivenBinding {
    /// The parameters.
    pub parameters: Document,
    /// The documents.
    pub data: Documents,
    limits: Limits,
    now_unix_ms: Option<u64>,
}

impl GivenBinding {
    /// Reads what was typed.
    pub fn read(typed: &PolicyArguments) -> Result<Self, Failure> {
        let now = typed.now.as_deref().map(time::parse).transpose();
        Ok(Self {
            parameters: parameters(typed.parameters.as_deref())?,
            data: data(&typed.data)?,
            limits: limits(&typed.limits)?,
            now_unix_ms: now.map_err(|error| Failure::new(Exit::Usage, error))?,
        })
    }

    /// A trial of a policy at the time that was given.
    pub fn trial(&self, source: &Source, recall: RecallSettings) -> Result<Trial, Failure> {
        let trial = Trial::new(source, self.limits, 1, recall)?;
        if let Some(unix_ms) = self.now_unix_ms {
            trial.set_now(unix_ms);
        }
        Ok(trial)
    }
}
