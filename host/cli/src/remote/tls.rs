//! Whom to believe that they are the server, and what certificate to show it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::arguments::RemoteArguments;
use crate::exit::Exit;
use crate::failure::Failure;

/// Believes the authorities of the system and those that were named.
pub(crate) fn configuration(
    typed: &RemoteArguments,
    is_encrypted: bool,
) -> Result<ClientConfig, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        let message = format!("encryption can't be set up: {error}");
        Failure::new(Exit::HostFault, message)
    };
    let roots = match &typed.server_ca {
        Some(path) => certificates(path)?,
        None => Vec::new(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?;
    let builder = match Verifier::new_with_extra_roots(roots.clone(), provider) {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier)),
        // A system without authorities is fine where nobody needs one, or where they are named.
        Err(_) if !is_encrypted || !roots.is_empty() => {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(roots);
            builder.with_root_certificates(store)
        }
        Err(error) => return Err(failed(&error)),
    };
    match (&typed.client_certificate, &typed.client_key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate)?;
            let shown = key.display();
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| {
                Failure::input(format!("`{shown}` has no private key: {error}"))
            })?;
            let built = builder.with_client_auth_cert(chain, key);
            built.map_err(|error| Failure::input(format!("the certificate can't be used: {error}")))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let shown = path.display();
    let pem = fs::read(path)
        .map_err(|error| Failure::input(format!("`{shown}` can't be read: {error}")))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(Failure::input(format!("`{shown}` has no certificate"))),
        Err(error) => Err(Failure::input(format!(
            "`{shown}` has no certificate: {error}"
        ))),
    }
}
