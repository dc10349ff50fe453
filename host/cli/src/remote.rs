//! A server's host as the command line gives it orders: over HTTP, by its operators' door.
//!
//! Must never show a token to anybody but that server: no redirect is followed, no proxy asked, and nothing is sent in the clear to
//! another machine.

mod address;
mod tls;
mod token;

use std::time::Duration;

use lictor::{Operator, Part, Refused, Reply, Turn, Verb};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};

pub use address::ServerAddress;
pub(crate) use tls::configuration;

use crate::arguments::RemoteArguments;
use crate::exit::Exit;
use crate::failure::Failure;

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long an answer is waited for: artifacts are compiled meanwhile.
const ANSWERING: Duration = Duration::from_secs(900);
/// The most bytes of an answer: a list of some 100,000 tenants.
const ANSWER_BYTES_MAX: usize = 64 << 20;
const UNSURE: &str = "it may or may not have been done: ask the host again, or look at its log";

/// A server that takes orders.
#[derive(Debug)]
pub struct Remote {
    runtime: Runtime,
    client: Client,
    address: ServerAddress,
    /// What is shown; nothing where a certificate is.
    authorization: Option<HeaderValue>,
}

/// What a server says that does not do what it is asked.
#[derive(Deserialize)]
struct Told {
    message: String,
    turn: Option<Turn>,
    hint: Option<String>,
}

impl Remote {
    /// Makes ready to give a server orders.
    ///
    /// # Errors
    /// There is nothing to show, or a file that was named can't be used.
    pub fn new(address: &ServerAddress, typed: &RemoteArguments) -> Result<Self, Failure> {
        let failed = |error: String| {
            let message = format!("`{address}` can't be asked: {error}");
            Failure::new(Exit::HostFault, message)
        };
        let mut builder = Client::builder()
            .tls_backend_preconfigured(configuration(typed, address.is_encrypted())?)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .user_agent(concat!("lictor/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING);
        if let Some(path) = address.socket() {
            builder = builder.unix_socket(path);
        }
        let client = builder.build().map_err(|error| failed(chain(&error)))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        Ok(Self {
            runtime: runtime.map_err(|error| failed(error.to_string()))?,
            client,
            address: address.clone(),
            authorization: token::authorization(typed)?,
        })
    }

    /// Gives an order and waits for its answer. Who gives it the server knows by what is shown.
    ///
    /// # Errors
    /// The server can't be reached, doesn't let the order pass, or breaks off; then it isn't known whether it was carried out.
    pub fn operate(
        &self,
        mut verb: Verb,
        operator: &Operator,
    ) -> Result<Result<Reply, Refused>, Failure> {
        verb.parts_mut().into_iter().for_each(Part::put_inside);
        let (name, members) = taken_apart(&verb)?;
        let url = self.address.at(&format!("admin/v1/{name}"));
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(members);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(why) = &operator.why {
            let why = HeaderValue::from_bytes(why.as_bytes());
            let why = why.map_err(|_| {
                Failure::new(
                    Exit::Usage,
                    "a reason has no line breaks or other control characters",
                )
            })?;
            request = request.header("lictor-why", why);
        }
        let (status, text) = self.runtime.block_on(self.sent(request))?;
        if status.is_success() {
            let reply = serde_json::from_slice(&text);
            return reply.map(Ok).map_err(|error| self.garbled(&error));
        }
        let told: Told = serde_json::from_slice(&text).map_err(|error| self.garbled(&error))?;
        match told.turn {
            Some(turn) => Ok(Err(Refused {
                turn,
                message: told.message,
                hint: told.hint,
            })),
            None => Err(self.refused(status, &told.message)),
        }
    }

    async fn sent(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<(StatusCode, Vec<u8>), Failure> {
        let broken = |error: reqwest::Error| {
            let message = format!("`{}` doesn't answer: {}", self.address, chain(&error));
            let failure = Failure::new(Exit::HostFault, message);
            match error.is_connect() {
                true => failure
                    .hint("does `lictor serve` run there, and is this its operators' address?"),
                false => failure.hint(UNSURE),
            }
        };
        let mut response = request.send().await.map_err(broken)?;
        let status = response.status();
        let mut text = Vec::new();
        while let Some(bytes) = response.chunk().await.map_err(broken)? {
            text.extend_from_slice(&bytes);
            if text.len() > ANSWER_BYTES_MAX {
                let address = &self.address;
                let message = format!(
                    "`{address}` answers with more than the {ANSWER_BYTES_MAX} bytes that are taken"
                );
                return Err(Failure::new(Exit::HostFault, message));
            }
        }
        Ok((status, text))
    }

    fn refused(&self, status: StatusCode, message: &str) -> Failure {
        let message = crate::terminal::visible(message);
        let message = format!("`{}` refuses: {message}", self.address);
        let exit = match status.is_server_error() {
            true => Exit::HostFault,
            false => Exit::Input,
        };
        let failure = Failure::new(exit, message);
        match status {
            StatusCode::UNAUTHORIZED => failure.hint(
                "give a token with `--token-file FILE` or in the environment variable `LICTOR_TOKEN`; `lictor token issue` makes one",
            ),
            StatusCode::NOT_FOUND => {
                failure.hint("is this the operators' address of the server, and of this version?")
            }
            _ => failure,
        }
    }

    fn garbled(&self, error: &serde_json::Error) -> Failure {
        let message = format!(
            "what `{}` answers can't be understood: {error}",
            self.address
        );
        let failure = Failure::new(Exit::HostFault, message);
        failure.hint("is this the operators' address of a server of this version?")
    }
}

/// The name of a verb, and its members as JSON.
fn taken_apart(verb: &Verb) -> Result<(String, Vec<u8>), Failure> {
    let unwritable = || {
        Failure::new(
            Exit::HostFault,
            "the order can't be written as JSON".to_owned(),
        )
    };
    let serde_json::Value::Object(verb) = serde_json::to_value(verb).map_err(|_| unwritable())?
    else {
        return Err(unwritable());
    };
    let (name, members) = verb.into_iter().next().ok_or_else(unwritable)?;
    let members = serde_json::to_vec(&members).map_err(|_| unwritable())?;
    Ok((name, members))
}

/// An error with what it comes from: the client says what happened in the last of them.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_its_name_and_its_members() {
        let mut verb = Verb::DataPut {
            tenant: "bank".parse().unwrap(),
            documents: [("users".parse().unwrap(), Part::new("{}"))].into(),
        };
        verb.parts_mut().into_iter().for_each(Part::put_inside);
        let (name, members) = taken_apart(&verb).unwrap();
        assert_eq!(Verb::named(&name, &members), Ok(verb));
    }
}
