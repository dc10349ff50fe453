use super::*;

const KIND: Kind = Kind {
    payload_type: "application/x-test",
    payload_bytes_max: 32,
};

fn envelope(payload: &[u8], seeds: &[u8]) -> Envelope {
    let mut envelope = Envelope::unsigned(KIND.payload_type, payload.to_vec());
    for seed in seeds {
        envelope.sign(&PrivateKey::from_seed(&[*seed; 32])).unwrap();
    }
    envelope
}

fn text(seeds: &[u8]) -> String {
    String::from_utf8(envelope(b"hello", seeds).encode()).unwrap()
}

#[test]
fn the_signed_bytes_are_those_of_the_standard() {
    // The example of DSSE's `protocol.md`.
    let envelope = Envelope::unsigned("http://example.com/HelloWorld", b"hello world".to_vec());
    assert_eq!(
        envelope.signed_bytes(),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
}

#[test]
fn what_decodes_encodes_to_the_same() {
    for (payload, seeds) in [(&b""[..], &[1][..]), (b"hello", &[1, 2, 3]), (b"hi", &[9])] {
        let encoded = envelope(payload, seeds).encode();
        let decoded = Envelope::decode(&encoded, KIND).unwrap();
        assert_eq!(decoded.payload(), payload);
        assert_eq!(decoded.signatures().len(), seeds.len());
        assert_eq!(decoded.encode(), encoded);
    }
}

#[test]
fn every_other_spelling_is_refused() {
    let good = text(&[1, 2]);
    assert!(Envelope::decode(good.as_bytes(), KIND).is_ok());
    let mut bad = vec![
        format!("{good} "),
        format!(" {good}"),
        format!("{good}{good}"),
        good.replace("\":\"", "\": \""),
        good.replace("payloadType", "payload\\u0054ype"),
        good.replace("aGVsbG8=", "aGVsbG8"),
        good.replace("aGVsbG8=", "aGVsbG9="),
        good.replace("aGVsbG8=", "aGVs\\nbG8="),
        good.replace("aGVsbG8=", "aGVs bG8="),
        good.replace("ed25519:", "ED25519:"),
        good.replace("ed25519:", ""),
        good.replace("]}", ",]}"),
        good.replace("]}", "],\"extra\":1}"),
        good.replace("application/x-test", "application/x-other"),
    ];
    // Another order of members.
    let (head, signatures) = good.split_once(",\"signatures\"").unwrap();
    let rest = format!("\"signatures\"{}", signatures.strip_suffix('}').unwrap());
    bad.push(format!("{{{rest},{}}}", head.strip_prefix('{').unwrap()));
    for bad in bad {
        assert!(Envelope::decode(bad.as_bytes(), KIND).is_err(), "{bad}");
    }
    for length in 0..good.len() {
        assert!(Envelope::decode(&good.as_bytes()[..length], KIND).is_err());
    }
}

#[test]
fn signatures_are_sorted_and_each_key_has_one() {
    assert_eq!(text(&[1, 2, 3]), text(&[3, 1, 2, 1, 1]));
    let one = text(&[1]);
    let (head, signature) = one.split_once('[').unwrap();
    let signature = signature.strip_suffix("]}").unwrap();
    let twice = format!("{head}[{signature},{signature}]}}");
    assert!(matches!(
        Envelope::decode(twice.as_bytes(), KIND),
        Err(EnvelopeError::Order { .. })
    ));
    let none = format!("{head}[]}}");
    assert!(matches!(
        Envelope::decode(none.as_bytes(), KIND),
        Err(EnvelopeError::Expected { .. })
    ));
    let two = text(&[1, 2]);
    let signatures = two.split_once('[').unwrap().1.strip_suffix("]}").unwrap();
    let (first, second) = signatures.split_once("},{").unwrap();
    let swapped = format!("{head}[{{{second},{first}}}]}}");
    assert!(matches!(
        Envelope::decode(swapped.as_bytes(), KIND),
        Err(EnvelopeError::Order { .. })
    ));
}

#[test]
fn payload_and_signatures_are_bounded() {
    assert!(Envelope::decode(&envelope(&[7; 32], &[1]).encode(), KIND).is_ok());
    assert_eq!(
        Envelope::decode(&envelope(&[7; 33], &[1]).encode(), KIND).err(),
        Some(EnvelopeError::PayloadTooLarge { bytes_max: 32 })
    );
    let seeds: Vec<u8> = (1..=SIGNATURES_MAX as u8).collect();
    let mut full = envelope(b"x", &seeds);
    assert!(Envelope::decode(&full.encode(), KIND).is_ok());
    assert_eq!(
        full.sign(&PrivateKey::from_seed(&[0; 32])),
        Err(EnvelopeError::TooManySignatures)
    );
    let key = PrivateKey::from_seed(&[0; 32]);
    let bytes = key.sign(&full.signed_bytes());
    full.signatures.push(Signature {
        key: key.id(),
        bytes,
    });
    full.signatures.sort_by_key(Signature::key);
    assert_eq!(
        Envelope::decode(&full.encode(), KIND).err(),
        Some(EnvelopeError::TooManySignatures)
    );
}

#[test]
fn a_list_holds_each_kind_once_and_in_order() {
    let other = Kind {
        payload_type: "application/x-other",
        payload_bytes_max: 32,
    };
    let mut second = Envelope::unsigned(other.payload_type, b"second".to_vec());
    second.sign(&PrivateKey::from_seed(&[4; 32])).unwrap();
    let first = envelope(b"first", &[1]);
    let kinds = [KIND, other];
    for list in [vec![&first], vec![&first, &second]] {
        let text = encode_list(list.iter().copied());
        let read = decode_list(&text, &kinds).unwrap();
        assert_eq!(read.len(), list.len());
        assert_eq!(encode_list(read.iter()), text);
    }
    for list in [
        vec![],
        vec![&second],
        vec![&second, &first],
        vec![&first, &first],
        vec![&first, &second, &second],
    ] {
        let text = encode_list(list.iter().copied());
        assert!(decode_list(&text, &kinds).is_err());
    }
}

#[test]
fn a_signature_over_one_type_is_none_over_another() {
    let key = PrivateKey::from_seed(&[1; 32]);
    let signed = envelope(b"hello", &[1]);
    let other = Envelope::unsigned("application/x-other", b"hello".to_vec());
    let signature = &signed.signatures()[0];
    assert!(signed.holds(&signed.signed_bytes(), signature, &key.public()));
    assert!(!other.holds(&other.signed_bytes(), signature, &key.public()));
}
