//! Reads manifests and blobs, and goes on where a connection broke off.

use reqwest::header::{ACCEPT, CONTENT_RANGE};
use reqwest::{Method, Response, StatusCode};

use super::http::{Ask, Http, header};
use super::patience::Failure;
use crate::registry::digest::Sha256Digest;
use crate::registry::error::RegistryError;
use crate::registry::image::{Descriptor, MANIFEST_MEDIA_TYPE, check_digest};

/// How many further bytes make up for a failure. A registry that breaks off after fewer runs out of tries.
const PROGRESS_BYTES: usize = 16 * 1024;

/// The scope that a token needs to read a repository.
pub(super) fn pull_scope(repository: &str) -> String {
    format!("repository:{repository}:pull")
}

impl Http {
    /// The manifest that a tag or digest names, with its digest.
    pub async fn manifest(
        &self,
        repository: &str,
        tag_or_digest: &str,
        bytes_max: u64,
    ) -> Result<(Sha256Digest, Vec<u8>), RegistryError> {
        let url = self
            .origin
            .url(&format!("{repository}/manifests/{tag_or_digest}"));
        let what = format!("{}/{repository}, {tag_or_digest}", self.authority());
        let ask = Ask::new(Method::GET, url, &pull_scope(repository), &what)
            .header(ACCEPT.as_str(), MANIFEST_MEDIA_TYPE);
        let mut tries = self.tries();
        loop {
            match self.manifest_once(&ask, bytes_max).await {
                Ok(found) => return Ok(found),
                Err(failure) => tries.pause(failure).await?,
            }
        }
    }

    async fn manifest_once(
        &self,
        ask: &Ask,
        bytes_max: u64,
    ) -> Result<(Sha256Digest, Vec<u8>), Failure> {
        let what = "the manifest";
        let response = self.ask(ask, &[StatusCode::OK]).await?;
        let announced = announced_digest(&response);
        let body = self.read_body(response, what, bytes_max).await?;
        if let Some(announced) = announced {
            check_digest(what, announced, &body)?;
        }
        Ok((Sha256Digest::of(&body), body))
    }

    /// The bytes that a descriptor describes.
    pub async fn blob(
        &self,
        repository: &str,
        descriptor: &Descriptor,
    ) -> Result<Vec<u8>, RegistryError> {
        let mut bytes = Vec::new();
        let mut most = 0;
        let mut tries = self.tries();
        while let Err(failure) = self.rest(repository, descriptor, &mut bytes).await {
            if bytes.len() >= most + PROGRESS_BYTES {
                tries.progressed();
            }
            most = most.max(bytes.len());
            tries.pause(failure).await?;
        }
        descriptor.check(&bytes)?;
        Ok(bytes)
    }

    /// Appends what `bytes` lacks; what has come stays there when the connection breaks off.
    async fn rest(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let Descriptor {
            what,
            digest,
            bytes: expected,
        } = *descriptor;
        let url = self.origin.url(&format!("{repository}/blobs/{digest}"));
        let mut ask = Ask::new(
            Method::GET,
            url,
            &pull_scope(repository),
            &format!("{what}, {digest}"),
        );
        let mut good = vec![StatusCode::OK];
        if !bytes.is_empty() {
            ask = ask.header("Range", &format!("bytes={}-", bytes.len()));
            good.extend([
                StatusCode::PARTIAL_CONTENT,
                StatusCode::RANGE_NOT_SATISFIABLE,
            ]);
        }
        let mut response = self.ask(&ask, &good).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if self.goes_on(&response, bytes.len()) => {}
            StatusCode::OK => {
                bytes.clear();
                check_length(&response, descriptor)?;
            }
            _ => {
                bytes.clear();
                return Err(Failure::passing("it doesn't go on where it broke off"));
            }
        }
        while let Some(chunk) = self.chunk(&mut response).await? {
            let chunk = chunk.as_ref();
            if (bytes.len() + chunk.len()) as u64 > expected {
                let actual = expected.saturating_add(1);
                return Err(RegistryError::WrongSize {
                    what,
                    expected,
                    actual,
                }
                .into());
            }
            bytes.extend_from_slice(chunk);
        }
        if (bytes.len() as u64) < expected {
            let came = bytes.len();
            return Err(Failure::passing(format!(
                "it broke off after {came} of {expected} bytes"
            )));
        }
        Ok(())
    }

    fn goes_on(&self, response: &Response, from: usize) -> bool {
        header(response, CONTENT_RANGE.as_str())
            .and_then(|text| text.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok())
            .is_some_and(|start: usize| start == from)
    }
}

/// A body of another length needs no reading.
fn check_length(response: &Response, descriptor: &Descriptor) -> Result<(), RegistryError> {
    let Descriptor {
        what,
        bytes: expected,
        ..
    } = *descriptor;
    match response.content_length() {
        Some(actual) if actual != expected => Err(RegistryError::WrongSize {
            what,
            expected,
            actual,
        }),
        _ => Ok(()),
    }
}

/// What the registry says that it sends. Another kind of digest is no help, and none is needed.
pub(super) fn announced_digest(response: &Response) -> Option<Sha256Digest> {
    header(response, "Docker-Content-Digest")?.parse().ok()
}
