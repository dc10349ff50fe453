//! Files whose statements are bad.

use super::row::*;
use crate::forge::{self, MANIFEST, component, signed, statement};
use crate::world::*;

pub fn statements() -> Vec<Row> {
    let other = || {
        let mut other = component();
        forge::section(&mut other, 0, b"\x04more");
        other
    };
    let statement_of_other = statement(&other(), MANIFEST);
    let half_other = |algorithm: &str| {
        let (mine, theirs) = match algorithm {
            "sha256" => (forge::sha256(&component()), forge::sha256(&other())),
            _ => (forge::blake3(&component()), forge::blake3(&other())),
        };
        with_replaced(&mine, &theirs)
    };
    let long = format!(
        "{MANIFEST},\"parameters\":{{\"description\":\"{}\"}}",
        "x".repeat(70_000)
    );
    vec![
        Row(
            "a statement about another component",
            signed(&component(), &statement_of_other, &[AUTHOR]),
            "isn't the one that the manifest's statement names",
        ),
        Row(
            "its SHA-256 alone names another",
            half_other("sha256"),
            "sha256 digest isn't",
        ),
        Row(
            "its BLAKE3 alone names another",
            half_other("blake3"),
            "blake3 digest isn't",
        ),
        Row(
            "two subjects",
            with_statement(|text| {
                let subject =
                    text[text.find("[{").unwrap() + 1..text.find("}],").unwrap() + 1].to_owned();
                text.replacen(&subject, &format!("{subject},{subject}"), 1)
            }),
            "isn't a policy's",
        ),
        Row(
            "another policy in the subject",
            with_replaced("\"name\":\"spend-limit\"", "\"name\":\"other\""),
            "its manifest about",
        ),
        Row(
            "an unknown digest",
            with_replaced("\"sha256\"", "\"sha512\":\"00\",\"sha256\""),
            "unknown field",
        ),
        Row(
            "another predicate",
            with_replaced("manifest/v1", "manifest/v2"),
            "predicateType",
        ),
        Row(
            "a member twice",
            with_replaced("\"contract\"", "\"version\":\"1.2.0\",\"contract\""),
            "duplicate field",
        ),
        Row(
            "an unknown member",
            with_replaced("\"contract\"", "\"extra\":1,\"contract\""),
            "unknown field",
        ),
        Row(
            "white space in the statement",
            with_replaced("\"contract\":", "\"contract\": "),
            "one encoding",
        ),
        Row(
            "imports out of order",
            with_replaced("[\"lictor", "[\"z:z/z\",\"lictor"),
            "one encoding",
        ),
        Row(
            "a limit that no host grants",
            with_replaced("0\"]}", "0\"],\"limits\":{\"memory_bytes\":999999999999}}"),
            "memory_bytes",
        ),
        Row(
            "a schema that refers elsewhere",
            with_replaced(
                "0\"]}",
                "0\"],\"parameters\":{\"$ref\":\"http://127.0.0.1:1/\"}}",
            ),
            "`$ref` is refused",
        ),
        Row(
            "a schema too long",
            signed(&component(), &statement(&component(), &long), &[AUTHOR]),
            "65536",
        ),
        Row(
            "a statement too long",
            with_replaced(
                "0\"]}",
                &format!("0\"],\"imports\":[\"{}\"]}}", "x".repeat(140_000)),
            ),
            "131072 bytes at most",
        ),
        Row(
            "no JSON",
            signed(&component(), "nonsense", &[AUTHOR]),
            "isn't a policy's",
        ),
    ]
}
