//! The TLS of one registry: rustls with `ring`.
//!
//! The provider is handed to this one configuration. The default of the process, which `rustls` wants for everything that
//! isn't told, belongs to the program that embeds this library and is neither read nor set.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::address::Origin;
use super::settings::OciSettings;
use crate::registry::error::RegistryError;

/// Trusts the authorities of the system and those of the settings.
pub(super) fn configuration(
    origin: &Origin,
    settings: &OciSettings,
) -> Result<ClientConfig, RegistryError> {
    let roots = roots(&settings.roots_pem)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| RegistryError::Tls(error.to_string()))?;
    let configuration = match Verifier::new_with_extra_roots(roots, provider) {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        // Where the registry needs no TLS, a system without authorities is fine: nothing else is trusted then.
        Err(_) if origin.is_plain() => builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
        Err(error) => return Err(RegistryError::Tls(error.to_string())),
    };
    Ok(configuration)
}

fn roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, RegistryError> {
    CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| RegistryError::Tls(format!("the certificates to trust: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Location;

    #[test]
    fn the_default_of_the_process_is_left_alone() {
        let Ok(Location::Oci(location)) = "oci://localhost".parse() else {
            panic!("no location");
        };
        let settings = OciSettings::default();
        let origin = Origin::of(&location, settings.encryption).unwrap();
        configuration(&origin, &settings).unwrap();
        assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    }
}
