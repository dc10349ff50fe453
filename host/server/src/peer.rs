//! What a client's certificate says about it. Whether it is to be believed was said when keys were agreed on.

use std::path::Path;
use std::sync::Arc;

use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode, SliceReader, Tag, Tagged};
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

use crate::tls::{self, TlsError};

/// A client that showed a certificate which somebody vouches for.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    names: Arc<[String]>,
}

impl Peer {
    /// The client of these certificates, the first of which is its own. Nothing where it showed none, or one that can't be read.
    pub(crate) fn of(shown: Option<&[CertificateDer<'_>]>) -> Option<Self> {
        let own = EndEntityCert::try_from(shown?.first()?).ok()?;
        let names = own.valid_dns_names().chain(own.valid_uri_names());
        Some(Self {
            names: names.map(str::to_owned).collect(),
        })
    }

    #[cfg(test)]
    pub(crate) fn named(name: &str) -> Self {
        Self {
            names: [name.to_owned()].into(),
        }
    }

    /// Whether a name is among its own, letter by letter.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }
}

/// Until when the certificates in a file of PEM are all good, in seconds since 1970.
///
/// # Errors
/// There is none in it, or one can't be read.
pub fn certificate_until_s(path: &Path) -> Result<u64, TlsError> {
    let mut until_s = u64::MAX;
    for certificate in tls::certificates(path)? {
        let own = not_after_s(&certificate);
        until_s = until_s.min(own.map_err(|error| tls::file(path, "certificate", error))?);
    }
    Ok(until_s)
}

/// The end of a certificate's time (RFC 5280, section 4.1): in what is signed, the second moment of the third sequence.
fn not_after_s(certificate: &[u8]) -> der::Result<u64> {
    let certificate = AnyRef::from_der(certificate)?;
    let [signed] = first(certificate.value(), |_| true)?;
    let [_, _, validity] = first(signed.value(), |it| it.tag() == Tag::Sequence)?;
    let [_, not_after] = first(validity.value(), |_| true)?;
    let since = match not_after.tag() {
        Tag::UtcTime => not_after.decode_as::<UtcTime>()?.to_unix_duration(),
        _ => not_after.decode_as::<GeneralizedTime>()?.to_unix_duration(),
    };
    Ok(since.as_secs())
}

/// The first elements of a sequence that are meant.
fn first<const COUNT: usize>(
    sequence: &[u8],
    is_meant: impl Fn(&AnyRef<'_>) -> bool,
) -> der::Result<[AnyRef<'_>; COUNT]> {
    let mut reader = SliceReader::new(sequence)?;
    let mut found = [AnyRef::NULL; COUNT];
    let mut places = found.iter_mut().peekable();
    while places.peek().is_some() {
        let element = AnyRef::decode(&mut reader)?;
        if is_meant(&element)
            && let Some(place) = places.next()
        {
            *place = element;
        }
    }
    Ok(found)
}
