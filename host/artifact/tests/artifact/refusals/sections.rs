//! Files whose sections are bad.

use super::row::*;
use crate::forge::{self, usual};
use crate::world::*;

pub fn sections() -> Vec<Row> {
    let good = usual(&[AUTHOR]);
    let (bare, text) = contents(&good);
    let signature_body = [b"\x10lictor-signature", text.as_bytes()].concat();
    let with = |edit: &dyn Fn(&mut Vec<u8>)| {
        let mut file = good.clone();
        edit(&mut file);
        file
    };
    let mut padded = bare.clone();
    padded.push(0);
    let mut length = forge::leb128(signature_body.len());
    *length.last_mut().unwrap() |= 0x80;
    length.push(0);
    padded.extend_from_slice(&length);
    padded.extend_from_slice(&signature_body);
    let mut padded_before = b"\0asm\x0d\0\x01\0\x00\x85\x00\x04note".to_vec();
    forge::section(&mut padded_before, 0, &signature_body);
    let mut nested = b"\0asm\x0d\0\x01\0".to_vec();
    forge::section(&mut nested, 4, &good);
    let mut first = b"\0asm\x0d\0\x01\0".to_vec();
    forge::section(&mut first, 0, &signature_body);
    first.extend_from_slice(&bare[8..]);
    let mut elf = good.clone();
    elf[..4].copy_from_slice(b"\x7fELF");
    vec![
        Row("an empty file", vec![], "no WebAssembly component"),
        Row("a component that nobody signed", bare, "isn't signed"),
        Row(
            "two signature sections",
            with(&|file| forge::section(file, 0, &signature_body)),
            "second signature section",
        ),
        Row(
            "a section after the signature",
            with(&|file| forge::section(file, 0, b"\x04note")),
            "isn't the last",
        ),
        Row("the signature section first", first, "isn't the last"),
        Row(
            "trailing bytes",
            with(&|file| file.push(0)),
            "beyond the end",
        ),
        Row(
            "more trailing bytes",
            with(&|file| file.extend_from_slice(&[0xff; 9])),
            "isn't written in the least bytes",
        ),
        Row(
            "a padded length of the signature section",
            padded,
            "isn't written in the least bytes",
        ),
        Row(
            "a padded length before it",
            padded_before,
            "isn't written in the least bytes",
        ),
        Row(
            "a signature section inside a nested component",
            nested,
            "isn't signed",
        ),
        Row(
            "the header of a module",
            with(&|file| file[4..8].copy_from_slice(b"\x01\0\0\0")),
            "core WebAssembly module",
        ),
        Row(
            "the header of another layer",
            with(&|file| file[6] = 2),
            "no WebAssembly component",
        ),
        Row("precompiled native code", elf, "native code"),
    ]
}
