//! Files whose envelopes are bad.

use super::row::*;
use crate::forge::{self, MANIFEST, PAYLOAD_TYPE, component, file, statement};
use crate::world::*;

pub fn envelopes() -> Vec<Row> {
    let sig_of = |text: &str| text.split("\"sig\":\"").nth(1).unwrap()[..88].to_owned();
    vec![
        Row(
            "white space in the envelope",
            with_contents(|text| text.replacen(':', ": ", 1)),
            "one encoding",
        ),
        Row(
            "white space after it",
            with_contents(|text| format!("{text}\n")),
            "one encoding",
        ),
        Row(
            "members in another order",
            with_contents(|text| {
                let head = format!("\"payloadType\":\"{PAYLOAD_TYPE}\",");
                text.replacen(&head, "", 1).replacen(
                    "]}]",
                    &format!("],{}}}]", head.trim_end_matches(',')),
                    1,
                )
            }),
            "one encoding",
        ),
        Row(
            "an escape in the envelope",
            with_contents(|text| text.replacen("keyid", "key\\u0069d", 1)),
            "one encoding",
        ),
        Row(
            "an unknown member",
            with_contents(|text| text.replacen("]}]", "],\"x\":1}]", 1)),
            "one encoding",
        ),
        Row(
            "base64 without its padding",
            with_contents(|text| {
                let sig = sig_of(text);
                text.replacen(&sig, sig.trim_end_matches('='), 1)
            }),
            "strict base64",
        ),
        Row(
            "base64 with bits left over",
            with_contents(|text| {
                let sig = sig_of(text);
                let other = sig
                    .replace("A==", "B==")
                    .replace("Q==", "R==")
                    .replace("g==", "h==")
                    .replace("w==", "x==");
                text.replacen(&sig, &other, 1)
            }),
            "strict base64",
        ),
        Row(
            "base64 of another alphabet",
            with_contents(|text| {
                text.replace('/', "_")
                    .replace('+', "-")
                    .replace("application_vnd.in-toto-json", PAYLOAD_TYPE)
            }),
            "strict base64",
        ),
        Row(
            "a key id in upper case",
            with_contents(|text| {
                text.replacen(
                    &forge::key_id(AUTHOR),
                    &forge::key_id(AUTHOR).to_uppercase().replace("ED", "ed"),
                    1,
                )
            }),
            "key id",
        ),
        Row(
            "no key id",
            with_contents(|text| text.replacen(&forge::key_id(AUTHOR), "", 1)),
            "key id",
        ),
        Row(
            "no signature",
            with_contents(|text| {
                let end = text.find("[{\"keyid").unwrap();
                format!("{}[]}}]", &text[..end])
            }),
            "one encoding",
        ),
        Row(
            "no envelope",
            with_contents(|_| "[]".to_owned()),
            "one encoding",
        ),
        Row(
            "another payload type",
            {
                let component = component();
                let statement = statement(&component, MANIFEST);
                let envelope = forge::envelope("text/plain", statement.as_bytes(), &[AUTHOR]);
                file(&component, &format!("[{envelope}]"))
            },
            "one encoding",
        ),
        Row(
            "the statement twice",
            with_contents(|text| {
                let envelope = text.trim_matches(['[', ']']);
                format!("[{envelope},{envelope}]")
            }),
            "must be `https://slsa.dev",
        ),
        Row(
            "signatures out of order",
            {
                let mut signatures = vec![good_signature(AUTHOR), good_signature(SECOND_AUTHOR)];
                signatures.sort();
                signatures.reverse();
                let statement = statement(&component(), MANIFEST);
                let envelope = forge::envelope_of(PAYLOAD_TYPE, statement.as_bytes(), &signatures);
                file(&component(), &format!("[{envelope}]"))
            },
            "sorted by key",
        ),
        Row(
            "one key twice",
            with_signatures(vec![good_signature(AUTHOR), good_signature(AUTHOR)]),
            "each key once",
        ),
        Row(
            "seventeen signatures",
            with_signatures((1..=17).map(good_signature).collect()),
            "16 signatures at most",
        ),
    ]
}
