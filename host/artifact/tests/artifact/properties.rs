//! What holds for every component, manifest and set of keys.

use std::collections::BTreeSet;

use lictor_artifact::{
    Admission, Fetched, Keyring, Manifest, ParameterSchema, UnixMs, Validity, WantedLimits,
};
use lictor_policy::Version;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use crate::forge;
use crate::world::*;

fn components() -> impl Strategy<Value = Vec<u8>> {
    let sections = vec((1_u8..12, vec(any::<u8>(), 0..200)), 0..6);
    sections.prop_map(|sections| {
        let mut file = b"\0asm\x0d\0\x01\0".to_vec();
        for (id, body) in sections {
            forge::section(&mut file, id, &body);
        }
        file
    })
}

fn manifests() -> impl Strategy<Value = Manifest> {
    let limits = (option::of(1_u64..1_000_000), option::of(1_usize..1_000_000));
    let schema = option::of((0_u64..100).prop_map(|most| {
        let text = format!("{{ \"type\":\"object\", \"maxProperties\" : {most} }}");
        ParameterSchema::parse(text.as_bytes()).unwrap()
    }));
    let validity = (option::of(0..NOW.0), option::of(NOW.0..u64::MAX));
    (
        (0_u64..9, 0_u64..9, "[a-z]{0,4}"),
        btree_set("[a-z]{1,9}:[a-z]{1,9}/[a-z]{1,9}@[0-9][.]0[.]0", 0..5),
        limits,
        schema,
        validity,
    )
        .prop_map(
            |((major, minor, pre), imports, limits, parameters, validity)| {
                let pre = if pre.is_empty() {
                    String::new()
                } else {
                    format!("-{pre}")
                };
                Manifest {
                    policy: policy("spend-limit"),
                    version: format!("{major}.{minor}.0{pre}").parse().unwrap(),
                    contract: Version::new(0, 1, 0),
                    imports,
                    limits: WantedLimits {
                        fuel: limits.0,
                        memory_bytes: limits.1,
                        ..WantedLimits::default()
                    },
                    parameters,
                    validity: Validity {
                        not_before_unix_ms: validity.0.map(UnixMs),
                        not_after_unix_ms: validity.1.map(UnixMs),
                    },
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What is signed is read, verified and given back unchanged; the order of signing and adding signatures change no identity.
    #[test]
    fn signing_and_verifying_lose_nothing(
        component in components(),
        manifest in manifests(),
        seeds in btree_set(20_u8..40, 1..5),
    ) {
        let sign = |seeds: &mut dyn Iterator<Item = &u8>| {
            let first = key(*seeds.next().unwrap());
            let mut fetched = Fetched::new(component.clone(), manifest.clone(), &first).unwrap();
            for seed in seeds {
                fetched.sign(&key(*seed)).unwrap();
            }
            fetched
        };
        let (signed, backwards) = (sign(&mut seeds.iter()), sign(&mut seeds.iter().rev()));
        prop_assert_eq!(signed.to_bytes(), backwards.to_bytes());
        let alone = sign(&mut seeds.iter().take(1));
        prop_assert_eq!(signed.digest(), alone.digest());

        let read = Fetched::parse(signed.to_bytes(), FILE_BYTES_MAX).unwrap();
        prop_assert_eq!(read.manifest(), &manifest);
        let all: BTreeSet<_> = read.signers().collect();
        prop_assert_eq!(all.len(), seeds.len());

        let mut document = document();
        let bank = tenant("bank");
        for seed in &seeds {
            let trusted = lictor_artifact::TrustedKey::new("author", lictor_artifact::Scope::All);
            document.keys.insert(key(*seed).public(), trusted);
        }
        document.thresholds.insert(bank.clone(), seeds.len() as u32);
        let keyring = Keyring::new(document).unwrap();
        let verified = keyring.verify(&read, Admission::new(&bank, NOW)).unwrap();
        prop_assert_eq!(&**verified.component(), &component[..]);
        prop_assert_eq!(&**verified.manifest(), &manifest);
        prop_assert_eq!(verified.artifact(), signed.digest());
        prop_assert_eq!(verified.signers().len(), seeds.len());
    }

    /// The same bytes under another manifest are another artifact.
    #[test]
    fn another_manifest_is_another_artifact(one in manifests(), other in manifests()) {
        let digest = |manifest: &Manifest| {
            Fetched::new(forge::component(), manifest.clone(), &key(AUTHOR)).unwrap().digest()
        };
        prop_assert_eq!(digest(&one) == digest(&other), one == other);
    }
}
