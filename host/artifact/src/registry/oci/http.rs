//! One request to a registry and its answer: redirects, passes, statuses and the bytes of a body.
//!
//! `oci-client` gives the documents their types, but its requests are made here: it reads manifests, tokens and lists
//! without a bound, follows any redirect, shows credentials to any token service, swallows that service's errors, knows
//! no retries, and takes its TLS provider from the default of the process.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use oci_client::errors::OciEnvelope;
use reqwest::header::{HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, redirect};

use super::address::Origin;
use super::patience::{Failure, Jitter, Tries};
use super::settings::OciSettings;
use super::tls;
use super::token::{Challenge, Pass, TOKEN_BYTES_MAX, parse_token, token_request};
use crate::registry::error::RegistryError;
use crate::registry::location::OciLocation;

/// How far a redirect may lead on; registries with a store behind them use one.
const REDIRECTS_MAX: usize = 5;

/// The most of a registry's error message that is read, in bytes, and shown, in characters.
const MESSAGE_BYTES_MAX: u64 = 16 * 1024;
const MESSAGE_SHOWN_MAX: usize = 200;

/// The slowest line that an upload is given time for, in bytes per millisecond: half a megabit per second.
const UPLOAD_BYTES_PER_MS: u64 = 64;

/// How many passes are kept; a host asks for some names over and over.
const PASSES_MAX: usize = 1_000;

const USER_AGENT: &str = concat!("lictor/", env!("CARGO_PKG_VERSION"));

/// What is asked of a registry.
pub(super) struct Ask {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// What a token must allow, in the words of token services.
    pub scope: String,
    /// What is asked for, as errors name it.
    pub what: String,
}

impl Ask {
    pub fn new(method: Method, url: Url, scope: &str, what: &str) -> Self {
        let (headers, body) = (HeaderMap::new(), Vec::new());
        let (scope, what) = (scope.to_owned(), what.to_owned());
        Self {
            method,
            url,
            headers,
            body,
            scope,
            what,
        }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

pub(super) struct Http {
    client: Client,
    pub origin: Origin,
    authority: String,
    settings: OciSettings,
    jitter: Jitter,
    passes: Mutex<BTreeMap<String, Pass>>,
}

impl Http {
    pub fn new(location: &OciLocation, settings: OciSettings) -> Result<Self, RegistryError> {
        let origin = Origin::of(location, settings.encryption)?;
        let idle = Duration::from_millis(settings.patience.idle_ms);
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls::configuration(&origin, &settings)?)
            // Followed here, where each step is looked at.
            .redirect(redirect::Policy::none())
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(idle);
        if !settings.environment_proxy || origin.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| RegistryError::Tls(chain(&error)))?;
        Ok(Self {
            client,
            origin,
            authority: location.authority().to_owned(),
            jitter: Jitter::new(settings.patience.jitter_seed),
            settings,
            passes: Mutex::default(),
        })
    }

    pub fn authority(&self) -> &str {
        &self.authority
    }

    pub fn tries(&self) -> Tries<'_> {
        Tries::new(&self.authority, &self.settings.patience, &self.jitter)
    }

    /// Asks once. The answer has one of the statuses in `good`.
    pub async fn ask(&self, ask: &Ask, good: &[StatusCode]) -> Result<Response, Failure> {
        let mut response = self.follow(ask, self.pass(&ask.scope)).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let challenge = Challenge::of(response.headers());
            let pass = self.obtain(challenge, ask).await?;
            self.keep(&ask.scope, pass.clone());
            response = self.follow(ask, Some(pass)).await?;
        }
        if good.contains(&response.status()) {
            return Ok(response);
        }
        Err(self.refusal(ask, response).await)
    }

    /// Asks and follows redirects. Only reading is redirected; a pass is shown to the registry alone.
    async fn follow(&self, ask: &Ask, pass: Option<Pass>) -> Result<Response, Failure> {
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let mut request = self
                .client
                .request(ask.method.clone(), url.clone())
                .headers(ask.headers.clone())
                .body(ask.body.clone());
            if let Some(pass) = pass.as_ref().filter(|_| self.origin.owns(&url)) {
                request = pass.show(request);
            }
            let response = self.send(request, ask.body.len()).await?;
            if !is_redirect(response.status()) {
                return Ok(response);
            }
            let location = header(&response, LOCATION.as_str());
            let location = location.ok_or_else(|| self.protocol("a redirect to nowhere"))?;
            if ask.method != Method::GET && ask.method != Method::HEAD {
                return Err(self.protocol("an upload was redirected").into());
            }
            url = self.origin.follow(&url, &location)?;
        }
        Err(self.protocol("redirects that don't end").into())
    }

    /// Waits for the head of an answer. What is sent takes its time, besides that of the answer.
    async fn send(&self, request: RequestBuilder, body_bytes: usize) -> Result<Response, Failure> {
        let sending_ms = body_bytes as u64 / UPLOAD_BYTES_PER_MS;
        self.in_time(sending_ms, request.send()).await
    }

    /// The next bytes of an answer, or nothing at its end.
    pub async fn chunk(
        &self,
        response: &mut Response,
    ) -> Result<Option<impl AsRef<[u8]>>, Failure> {
        self.in_time(0, response.chunk()).await
    }

    async fn in_time<T>(
        &self,
        more_ms: u64,
        work: impl Future<Output = reqwest::Result<T>>,
    ) -> Result<T, Failure> {
        let idle_ms = self.settings.patience.idle_ms.saturating_add(more_ms);
        match tokio::time::timeout(Duration::from_millis(idle_ms), work).await {
            Ok(done) => done.map_err(failure),
            Err(_) => Err(Failure::passing(format!("nothing came for {idle_ms} ms"))),
        }
    }

    /// The whole body, if it has no more than `bytes_max` bytes.
    pub async fn read_body(
        &self,
        mut response: Response,
        what: &'static str,
        bytes_max: u64,
    ) -> Result<Vec<u8>, Failure> {
        let too_large = || RegistryError::TooLarge { what, bytes_max };
        if response
            .content_length()
            .is_some_and(|bytes| bytes > bytes_max)
        {
            return Err(too_large().into());
        }
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(&mut response).await? {
            let chunk = chunk.as_ref();
            if (body.len() + chunk.len()) as u64 > bytes_max {
                return Err(too_large().into());
            }
            body.extend_from_slice(chunk);
        }
        Ok(body)
    }

    /// What the registry says about an error, for people: short, and without control characters.
    async fn message(&self, response: Response) -> String {
        let body = self
            .read_body(response, "the message", MESSAGE_BYTES_MAX)
            .await;
        let Ok(body) = body else {
            return String::new();
        };
        let text = match serde_json::from_slice::<OciEnvelope>(&body) {
            Ok(envelope) => {
                let messages: Vec<_> = envelope.errors.into_iter().map(|it| it.message).collect();
                messages.join(", ")
            }
            Err(_) => String::from_utf8_lossy(&body).into_owned(),
        };
        let shown = text.chars().take(MESSAGE_SHOWN_MAX);
        shown.flat_map(char::escape_debug).collect()
    }

    /// Gets what the registry asks to be shown.
    async fn obtain(&self, challenge: Option<Challenge>, ask: &Ask) -> Result<Pass, Failure> {
        let denied = || RegistryError::Unauthorized {
            registry: self.authority.clone(),
            what: ask.what.clone(),
        };
        let challenge = challenge.ok_or_else(denied)?;
        let identity = self.identity().await?;
        let (realm, service) = match challenge {
            Challenge::Token { realm, service } => (realm, service),
            Challenge::Password => match identity {
                super::credentials::Identity::Password { user, password } => {
                    return Ok(Pass::Password { user, password });
                }
                _ => return Err(denied().into()),
            },
        };
        let realm = self.origin.follow(&self.origin.url(""), &realm)?;
        let request = token_request(
            &self.client,
            realm,
            service.as_deref(),
            &ask.scope,
            &identity,
        );
        let response = self.send(request, 0).await?;
        match response.status() {
            StatusCode::OK => {}
            status if is_passing(status) => return Err(passing(&response)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(denied().into()),
            status => return Err(RegistryError::Token(format!("it answers {status}")).into()),
        }
        let body = self
            .read_body(response, "the token", TOKEN_BYTES_MAX)
            .await?;
        Ok(Pass::Bearer(parse_token(&body)?))
    }

    async fn identity(&self) -> Result<super::credentials::Identity, RegistryError> {
        let (credentials, authority) = (self.settings.credentials.clone(), self.authority.clone());
        let found = tokio::task::spawn_blocking(move || credentials.look_up(&authority)).await;
        found.unwrap_or(Err(RegistryError::Interrupted))
    }

    fn pass(&self, scope: &str) -> Option<Pass> {
        let passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        passes.get(scope).cloned()
    }

    fn keep(&self, scope: &str, pass: Pass) {
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        if passes.len() >= PASSES_MAX {
            passes.clear();
        }
        passes.insert(scope.to_owned(), pass);
    }

    async fn refusal(&self, ask: &Ask, response: Response) -> Failure {
        let status = response.status();
        let (registry, what) = (self.authority.clone(), ask.what.clone());
        match status {
            StatusCode::NOT_FOUND => RegistryError::NotFound(what).into(),
            StatusCode::UNAUTHORIZED => RegistryError::Unauthorized { registry, what }.into(),
            StatusCode::FORBIDDEN => RegistryError::Forbidden { registry, what }.into(),
            status if is_passing(status) => passing(&response),
            status => RegistryError::Status {
                registry,
                what,
                status: status.as_u16(),
                message: self.message(response).await,
            }
            .into(),
        }
    }

    /// The registry does what the protocol doesn't know.
    pub fn protocol(&self, reason: &str) -> RegistryError {
        RegistryError::Protocol {
            registry: self.authority.clone(),
            reason: reason.to_owned(),
        }
    }
}

pub(super) fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502..=504)
}

fn passing(response: &Response) -> Failure {
    let pause = header(response, RETRY_AFTER.as_str()).and_then(|text| text.parse().ok());
    Failure::Passing {
        reason: format!("it answers {}", response.status()),
        pause: pause.map(Duration::from_secs),
    }
}

/// What a connection that failed means.
fn failure(error: reqwest::Error) -> Failure {
    if let Some(tls) = rustls_error(&error) {
        return RegistryError::Tls(tls.to_string()).into();
    }
    let error = error.without_url();
    if error.is_builder() {
        let reason = chain(&error);
        return RegistryError::Address {
            url: String::new(),
            reason,
        }
        .into();
    }
    Failure::passing(chain(&error))
}

/// A certificate that isn't trusted now won't be a second later; anything else about a connection may change.
fn rustls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls @ rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return Some(tls);
    }
    // What an input or output error holds isn't its source but stands in its place.
    match error.downcast_ref::<std::io::Error>() {
        Some(holder) => rustls_error(holder.get_ref()?),
        None => rustls_error(error.source()?),
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
