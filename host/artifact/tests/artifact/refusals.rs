//! What bad files get: one row each, with the check that must name it.

mod envelopes;
mod keys;
pub mod row;
mod sections;
mod statements;

use lictor_artifact::{FetchError, Fetched};
use lictor_policy::{Digest, Version};

use crate::forge::{MANIFEST, component, statement, usual};
use crate::world::*;
use envelopes::envelopes;
use keys::keys;
use row::Row;
use sections::sections;
use statements::statements;

#[test]
fn the_usual_file_is_accepted() {
    let verified = verify(&usual(&[AUTHOR]), &keyring()).unwrap();
    assert_eq!(**verified.component(), component());
    assert_eq!(verified.signers(), [key(AUTHOR).id()]);
    assert_eq!(verified.tenant(), &tenant("bank"));
    let statement = statement(&component(), MANIFEST);
    assert_eq!(verified.artifact(), Digest::of(statement.as_bytes()));
    assert_eq!(verified.component_digest(), Digest::of(&component()));
    assert_eq!(verified.manifest().version, Version::new(1, 2, 0));
    // What doesn't count does no harm beside what does.
    let both = verify(
        &usual(&[AUTHOR, STRANGER, EXPIRED, REVOKED, OF_SHOP]),
        &keyring(),
    )
    .unwrap();
    assert_eq!(both.signers(), [key(AUTHOR).id()]);
    assert_eq!(both.artifact(), verified.artifact());
}

#[test]
fn each_bad_file_is_refused_by_name() {
    let keyring = keyring();
    let rows = [sections(), envelopes(), statements(), keys()]
        .into_iter()
        .flatten();
    let mut wrong = Vec::new();
    for Row(what, file, message) in rows {
        match verify(&file, &keyring) {
            Err(told) if told.contains(message) => {}
            Err(told) => wrong.push(format!("{what}: refused with `{told}`")),
            Ok(_) => wrong.push(format!("{what}: accepted")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_single_bit_matters() {
    let (good, keyring) = (usual(&[AUTHOR]), keyring());
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&bad, &keyring).is_err(), "bit {bit} is free");
    }
}

#[test]
fn every_truncation_is_refused() {
    let (good, keyring) = (usual(&[AUTHOR, SECOND_AUTHOR]), keyring());
    for length in 0..good.len() {
        assert!(verify(&good[..length], &keyring).is_err(), "{length} bytes");
    }
}

#[test]
fn an_oversized_file_is_not_read() {
    let file = usual(&[AUTHOR]);
    let most = file.len();
    assert!(Fetched::parse(file.clone(), most).is_ok());
    assert!(Fetched::read(&file[..], most).is_ok());
    let refused = |bytes_max| {
        [
            Fetched::parse(file.clone(), bytes_max).err(),
            Fetched::read(&file[..], bytes_max).err(),
        ]
    };
    for error in refused(most - 1) {
        assert!(matches!(error, Some(FetchError::TooLarge { .. })));
    }
    // An endless source ends at the bound.
    let endless = Fetched::read(std::io::repeat(0), 1 << 16);
    assert!(matches!(endless, Err(FetchError::TooLarge { .. })));
}
