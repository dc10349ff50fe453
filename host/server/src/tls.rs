//! Encryption: the certificate that clients see, which can be replaced while connections last.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
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

/// The certificate that new connections see.
#[derive(Debug)]
pub(crate) struct Certificate {
    settings: TlsSettings,
    config: ArcSwap<ServerConfig>,
}

impl Certificate {
    pub(crate) fn load(settings: TlsSettings) -> Result<Self, TlsError> {
        let config = ArcSwap::from_pointee(read(&settings)?);
        Ok(Self { settings, config })
    }

    /// Reads the files again; new connections see what stands there now, and where it can't be used, what they saw before.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        self.config.store(Arc::new(read(&self.settings)?));
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

fn read(settings: &TlsSettings) -> Result<ServerConfig, TlsError> {
    let TlsSettings { certificate, key } = settings;
    let file = |path: &PathBuf, what, detail: String| TlsError::File {
        path: path.clone(),
        what,
        detail,
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| file(certificate, "certificate", error.to_string()))?;
    if chain.is_empty() {
        let detail = "there is none in it".to_owned();
        return Err(file(certificate, "certificate", detail));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| file(key, "private key", error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
