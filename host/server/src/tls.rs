//! Encryption: the certificate that clients see, which can be replaced while connections last.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::ring;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::settings::TlsSettings;

/// Why a certificate can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file isn't what it must be.
    #[error("`{path}` has no {what}: {detail}")]
    File {
        /// The file.
        path: PathBuf,
        /// What it should have.
        what: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// Certificate and key can't be used together.
    #[error("the certificate can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The certificate that new connections see, and whose certificates they may show.
#[derive(Debug)]
pub(crate) struct Certificate {
    config: ArcSwap<ServerConfig>,
}

impl Certificate {
    pub(crate) fn load(settings: &TlsSettings, ca: Option<&Path>) -> Result<Self, TlsError> {
        let config = ArcSwap::from_pointee(read(settings, ca)?);
        Ok(Self { config })
    }

    /// Reads the files again; new connections see what stands there now, and where it can't be used, what they saw before.
    pub(crate) fn reload(&self, settings: &TlsSettings, ca: Option<&Path>) -> Result<(), TlsError> {
        self.config.store(Arc::new(read(settings, ca)?));
        Ok(())
    }

    /// Agrees on keys with a client.
    pub(crate) async fn accept<S>(
        &self,
        stream: S,
    ) -> io::Result<tokio_rustls::server::TlsStream<S>>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let acceptor = tokio_rustls::TlsAcceptor::from(self.config.load_full());
        acceptor.accept(stream).await
    }
}

pub(crate) fn file(path: &Path, what: &'static str, detail: impl ToString) -> TlsError {
    TlsError::File {
        path: path.to_owned(),
        what,
        detail: detail.to_string(),
    }
}

pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| file(path, "certificate", error))?;
    if found.is_empty() {
        return Err(file(path, "certificate", "there is none in it"));
    }
    Ok(found)
}

fn read(settings: &TlsSettings, ca: Option<&Path>) -> Result<ServerConfig, TlsError> {
    let TlsSettings { certificate, key } = settings;
    let chain = certificates(certificate)?;
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, "private key", error))?;
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = match ca {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            for root in certificates(ca)? {
                roots.add(root)?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider)
                // Who shows none may show a token.
                .allow_unauthenticated()
                .build();
            let verifier = verifier.map_err(|error| file(ca, "usable certificate", error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, private)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
