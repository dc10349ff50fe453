//! Why a command ended early: what to tell the person, and the exit code that tells it to a script.

use std::{fmt, io};

use lictor::{BindError, Fault, HostError, Refusal};

use crate::build::BuildError;
use crate::cases::CaseError;
use crate::exit::Exit;
use crate::new::NewError;

/// A command that couldn't do what it was asked.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
    is_silent: bool,
}

impl Failure {
    /// A failure with an exit code and a message: lower case, one sentence, what was typed in backticks.
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self {
            exit,
            message: message.to_string(),
            hint: None,
            is_silent: false,
        }
    }

    /// A file or value that can't be used.
    pub fn input(message: impl fmt::Display) -> Self {
        Self::new(Exit::Input, message)
    }

    /// With what to do about it.
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// With what to do about it, unless that is said already.
    pub fn or_hint(self, hint: impl fmt::Display) -> Self {
        if self.hint.is_some() {
            return self;
        }
        self.hint(hint)
    }

    /// A failure whose text has its hint on a line of its own, as the libraries write it.
    pub fn with_hint_line(exit: Exit, text: &str) -> Self {
        match text.split_once("\nhint: ") {
            Some((message, hint)) => Self::new(exit, message).hint(hint),
            None => Self::new(exit, text),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Whether nobody has to be told.
    pub fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// What to do about it, where that is known.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        let exit = match error {
            BuildError::Target(_) | BuildError::Write { .. } => Exit::HostFault,
            BuildError::Package(_) | BuildError::Compile(_) | BuildError::Component(_) => {
                Exit::Input
            }
        };
        let failure = Self::new(exit, &error);
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<NewError> for Failure {
    fn from(error: NewError) -> Self {
        let exit = match error {
            NewError::Write { .. } => Exit::HostFault,
            NewError::NoName(_) | NewError::Name(_) | NewError::Occupied(_) => Exit::Input,
        };
        let failure = Self::new(exit, &error);
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<CaseError> for Failure {
    fn from(error: CaseError) -> Self {
        Self::input(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(Exit::of_refusal(&refusal), refusal)
    }
}

impl From<BindError> for Failure {
    fn from(error: BindError) -> Self {
        match error {
            BindError::Refused { refusal, .. } => (*refusal).into(),
            BindError::Host(HostError::State(error)) => error.into(),
            BindError::Host(error) => Self::input(error),
            BindError::Build(error) => Self::new(Exit::HostFault, error),
            error => Self::new(Exit::Refused, error),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let exit = Exit::of_fault(&fault);
        let message = format!("{} fault ({}): {fault}", fault.blame(), fault.code());
        Self::new(exit, message)
    }
}

/// Standard output that can't be written to. Where its reader has gone, as `head` does, nobody has to be told.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_silent = error.kind() == io::ErrorKind::BrokenPipe;
        let message = format!("the output can't be written: {error}");
        Self {
            is_silent,
            ..Self::new(Exit::HostFault, message)
        }
    }
}
