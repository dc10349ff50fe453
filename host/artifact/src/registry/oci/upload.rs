//! Sends blobs and manifests, and goes on where a connection broke off.

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RANGE};
use reqwest::{Method, Response, StatusCode, Url};

use super::download::announced_digest;
use super::http::{Ask, Http, header};
use super::patience::Failure;
use crate::registry::error::RegistryError;
use crate::registry::image::{Blob, Image, MANIFEST_MEDIA_TYPE};

/// How much is sent at once, in bytes: what is lost when a connection breaks off. Policies are smaller, mostly.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// The scope that a token needs to write to a repository.
fn push_scope(repository: &str) -> String {
    format!("repository:{repository}:pull,push")
}

/// An upload that has begun: where to go on, and from which byte.
struct Upload {
    url: Url,
    sent: usize,
}

impl Http {
    /// Sends a blob, unless the registry has it.
    pub async fn send_blob(&self, repository: &str, blob: &Blob) -> Result<(), RegistryError> {
        let mut upload = None;
        let mut tries = self.tries();
        loop {
            let before = upload.as_ref().map_or(0, |upload: &Upload| upload.sent);
            match self.send_rest(repository, blob, &mut upload).await {
                Ok(()) => return Ok(()),
                Err(failure) => {
                    if upload.as_ref().is_some_and(|upload| upload.sent > before) {
                        tries.progressed();
                    }
                    tries.pause(failure).await?;
                }
            }
        }
    }

    async fn send_rest(
        &self,
        repository: &str,
        blob: &Blob,
        upload: &mut Option<Upload>,
    ) -> Result<(), Failure> {
        if self.has_blob(repository, blob).await? {
            return Ok(());
        }
        let mut current = match upload.take() {
            None => self.begin(repository).await?,
            Some(begun) => match self.resume(repository, &begun).await {
                Ok(resumed) => resumed,
                Err(failure) => {
                    *upload = Some(begun);
                    return Err(failure);
                }
            },
        };
        while current.sent < blob.bytes.len() {
            match self.send_chunk(repository, blob, &current).await {
                Ok(Some(next)) => current = next,
                Ok(None) => {
                    return Err(Failure::passing(
                        "it has other bytes of the upload than were sent",
                    ));
                }
                Err(failure) => {
                    *upload = Some(current);
                    return Err(failure);
                }
            }
        }
        let finished = self.finish(repository, blob, &current).await;
        *upload = Some(current);
        finished
    }

    async fn has_blob(&self, repository: &str, blob: &Blob) -> Result<bool, Failure> {
        let url = self
            .origin
            .url(&format!("{repository}/blobs/{}", blob.digest));
        let ask = Ask::new(Method::HEAD, url, &push_scope(repository), "a blob");
        let response = self
            .ask(&ask, &[StatusCode::OK, StatusCode::NOT_FOUND])
            .await?;
        Ok(response.status() == StatusCode::OK)
    }

    async fn begin(&self, repository: &str) -> Result<Upload, Failure> {
        let url = self.origin.url(&format!("{repository}/blobs/uploads/"));
        let ask = self
            .upload_ask(Method::POST, url.clone(), repository)
            .header(CONTENT_LENGTH.as_str(), "0");
        let response = self.ask(&ask, &[StatusCode::ACCEPTED]).await?;
        let url = self.next(&url, &response)?;
        Ok(Upload { url, sent: 0 })
    }

    /// Asks how much has arrived. A registry that has forgotten the upload gets it from the start.
    async fn resume(&self, repository: &str, begun: &Upload) -> Result<Upload, Failure> {
        let ask = self.upload_ask(Method::GET, begun.url.clone(), repository);
        let answers = [
            StatusCode::NO_CONTENT,
            StatusCode::ACCEPTED,
            StatusCode::NOT_FOUND,
        ];
        let response = self.ask(&ask, &answers).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return self.begin(repository).await;
        }
        let sent = arrived(&response).unwrap_or(0);
        let url = self
            .next(&begun.url, &response)
            .unwrap_or_else(|_| begun.url.clone());
        Ok(Upload { url, sent })
    }

    /// Nothing comes back where the registry holds other bytes than it was sent: then the upload is given up.
    async fn send_chunk(
        &self,
        repository: &str,
        blob: &Blob,
        upload: &Upload,
    ) -> Result<Option<Upload>, Failure> {
        let end = upload
            .sent
            .saturating_add(CHUNK_BYTES)
            .min(blob.bytes.len());
        let chunk = blob.bytes.get(upload.sent..end).unwrap_or_default();
        let range = format!("{}-{}", upload.sent, end.saturating_sub(1));
        let mut ask = self
            .upload_ask(Method::PATCH, upload.url.clone(), repository)
            .header(CONTENT_TYPE.as_str(), "application/octet-stream")
            .header("Content-Range", &range);
        ask.body = chunk.to_vec();
        let answers = [StatusCode::ACCEPTED, StatusCode::RANGE_NOT_SATISFIABLE];
        let response = self.ask(&ask, &answers).await?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return Ok(None);
        }
        let url = self.next(&upload.url, &response)?;
        Ok(Some(Upload { url, sent: end }))
    }

    async fn finish(&self, repository: &str, blob: &Blob, upload: &Upload) -> Result<(), Failure> {
        let mut url = upload.url.clone();
        url.query_pairs_mut()
            .append_pair("digest", &blob.digest.to_string());
        let ask = self
            .upload_ask(Method::PUT, url, repository)
            .header(CONTENT_LENGTH.as_str(), "0");
        self.ask(&ask, &[StatusCode::CREATED]).await.map(drop)
    }

    /// Names the image that all its blobs are there for; with this it is visible to others.
    pub async fn send_manifest(
        &self,
        repository: &str,
        tag: &str,
        image: &Image,
    ) -> Result<(), RegistryError> {
        let url = self.origin.url(&format!("{repository}/manifests/{tag}"));
        let mut ask = Ask::new(Method::PUT, url, &push_scope(repository), "the manifest")
            .header(CONTENT_TYPE.as_str(), MANIFEST_MEDIA_TYPE);
        ask.body.clone_from(&image.manifest);
        let mut tries = self.tries();
        let response = loop {
            match self.ask(&ask, &[StatusCode::CREATED]).await {
                Ok(response) => break response,
                Err(failure) => tries.pause(failure).await?,
            }
        };
        match announced_digest(&response) {
            Some(actual) if actual != image.digest => Err(RegistryError::WrongDigest {
                what: "the manifest as the registry stored it",
                expected: image.digest,
                actual,
            }),
            _ => Ok(()),
        }
    }

    fn upload_ask(&self, method: Method, url: Url, repository: &str) -> Ask {
        Ask::new(method, url, &push_scope(repository), "the upload")
    }

    fn next(&self, from: &Url, response: &Response) -> Result<Url, RegistryError> {
        let location = header(response, LOCATION.as_str());
        let location = location.ok_or_else(|| self.protocol("an upload that leads nowhere"))?;
        self.origin.follow(from, &location)
    }
}

/// How many bytes of an upload have arrived: `Range: 0-99` says 100. None at all is said as `0-0`, as one byte would be;
/// if it was one, the registry refuses the next chunk and the upload begins anew.
fn arrived(response: &Response) -> Option<usize> {
    let text = header(response, RANGE.as_str())?;
    let last: usize = text
        .trim_start_matches("bytes=")
        .split_once('-')?
        .1
        .parse()
        .ok()?;
    Some(if last == 0 { 0 } else { last + 1 })
}
