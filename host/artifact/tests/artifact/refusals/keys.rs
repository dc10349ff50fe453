//! Files whose keys or signatures are bad.

use super::row::*;
use crate::forge::{self, MANIFEST, PAYLOAD_TYPE, component, file, statement, usual};
use crate::world::*;

pub fn keys() -> Vec<Row> {
    let copied = {
        let mut other = component();
        forge::section(&mut other, 0, b"\x04more");
        let theirs = statement(&other, MANIFEST);
        let signature = forge::signature(PAYLOAD_TYPE, theirs.as_bytes(), AUTHOR);
        let mine = statement(&component(), MANIFEST);
        let envelope = forge::envelope_of(PAYLOAD_TYPE, mine.as_bytes(), &[signature]);
        file(&component(), &format!("[{envelope}]"))
    };
    let of_another_type = {
        let statement = statement(&component(), MANIFEST);
        let signature = forge::signature("application/json", statement.as_bytes(), AUTHOR);
        let envelope = forge::envelope_of(PAYLOAD_TYPE, statement.as_bytes(), &[signature]);
        file(&component(), &format!("[{envelope}]"))
    };
    vec![
        Row("a signature copied from another artifact", copied, "is bad"),
        Row("a signature over another type", of_another_type, "is bad"),
        Row(
            "a known key's bad signature beside a good one",
            with_signatures(vec![good_signature(AUTHOR), bad_signature(SECOND_AUTHOR)]),
            "is bad",
        ),
        Row(
            "an expired key's bad signature beside a good one",
            with_signatures(vec![good_signature(AUTHOR), bad_signature(EXPIRED)]),
            "is bad",
        ),
        Row(
            "the key id exchanged for another known one",
            with_signatures(vec![
                good_signature(AUTHOR)
                    .replace(&forge::key_id(AUTHOR), &forge::key_id(SECOND_AUTHOR)),
            ]),
            "is bad",
        ),
        Row(
            "a signature of zeros",
            with_signatures(vec![forge::signature_text(AUTHOR, &[0; 64])]),
            "is bad",
        ),
        Row(
            "a signature whose scalar isn't reduced",
            with_signatures(vec![unreduced(AUTHOR)]),
            "is bad",
        ),
        Row(
            "an unknown key",
            usual(&[STRANGER]),
            "no key that the keyring knows",
        ),
        Row(
            "a key of another tenant",
            usual(&[OF_SHOP]),
            "may not sign for the tenant `bank`",
        ),
        Row(
            "a key of another policy",
            usual(&[OF_OTHER_POLICY]),
            "may not sign the policy `spend-limit`",
        ),
        Row(
            "a key that isn't valid yet",
            usual(&[NOT_YET_VALID]),
            "is valid from 2027",
        ),
        Row("an expired key", usual(&[EXPIRED]), "expired at 2027"),
        Row("a revoked key", usual(&[REVOKED]), "is revoked"),
        Row(
            "a revoked key that is named no more",
            usual(&[FORGOTTEN]),
            "is revoked",
        ),
        Row(
            "an operator's key, which signs keyrings alone",
            usual(&[OPERATOR]),
            "may not sign for the tenant",
        ),
        Row(
            "not yet valid",
            with_statement(|text| {
                text.replacen(
                    "0\"]}",
                    "0\"],\"validity\":{\"not_before_unix_ms\":1800000000001}}",
                    1,
                )
            }),
            "is valid from",
        ),
        Row(
            "expired",
            with_statement(|text| {
                text.replacen(
                    "0\"]}",
                    "0\"],\"validity\":{\"not_after_unix_ms\":1799999999999}}",
                    1,
                )
            }),
            "was valid until",
        ),
    ]
}

/// A good signature with the group's order added to its scalar: the same equation holds, and only a lax verifier takes it.
fn unreduced(seed: u8) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let text = good_signature(seed);
    let mut bytes = engine
        .decode(
            text.split("\"sig\":\"")
                .nth(1)
                .unwrap()
                .trim_end_matches("\"}"),
        )
        .unwrap();
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, add) in bytes[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    forge::signature_text(seed, &bytes)
}
