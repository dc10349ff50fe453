//! Finds the signature section at the end of a component, reading nothing but section ids and lengths.
//!
//! Must never look inside a section other than for the name of a custom one, so that no nested component, and no fault of a
//! parser, can say what is signed. Works in one pass, without allocating, in time linear in the number of sections.

use std::ops::Range;

/// The first bytes of every component: `\0asm`, version 13, layer 1.
pub const COMPONENT_HEADER: [u8; 8] = *b"\0asm\x0d\0\x01\0";
/// The name of the custom section that holds the signatures.
pub const SECTION_NAME: &str = "lictor-signature";
/// The most bytes of the contents of that section: 640 KiB, which holds the largest statement and the largest provenance
/// with all their signatures.
pub const SIGNATURE_SECTION_BYTES_MAX: usize = 640 << 10;

const CUSTOM_SECTION: u8 = 0;
const MODULE_VERSION: [u8; 8] = *b"\0asm\x01\0\0\0";

/// Why the sections of a file are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SectionError {
    /// The file is native code.
    #[error("this is native code, a host takes only components and compiles them itself")]
    NativeCode,
    /// The file is a core module.
    #[error("this is a core WebAssembly module, not a component")]
    Module,
    /// The file doesn't begin like a component.
    #[error("this is no WebAssembly component")]
    NotComponent,
    /// The file ends inside a section.
    #[error("the section at byte {at} goes beyond the end of the file")]
    Truncated {
        /// Where the section begins.
        at: usize,
    },
    /// A length is written in more bytes than it needs, or in more than 32 bits.
    #[error("a length in the section at byte {at} isn't written in the least bytes")]
    Length {
        /// Where the section begins.
        at: usize,
    },
    /// There is more than one signature section.
    #[error("there is a second signature section at byte {at}")]
    TwoSignatures {
        /// Where the second one begins.
        at: usize,
    },
    /// Something follows the signature section.
    #[error("the signature section isn't the last: something follows at byte {at}")]
    AfterSignature {
        /// Where it begins.
        at: usize,
    },
    /// The signature section is larger than [`SIGNATURE_SECTION_BYTES_MAX`].
    #[error("the signature section has {bytes} bytes, {SIGNATURE_SECTION_BYTES_MAX} are the most")]
    TooLarge {
        /// How many bytes it has.
        bytes: usize,
    },
}

/// Where the component ends and what its signature section holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// How many bytes stand before the signature section, the header with them.
    pub(crate) component_bytes: usize,
    /// Where the contents of the signature section stand, after its name.
    pub(crate) contents: Range<usize>,
}

/// Walks the outer sections of a file; none when it is a component without a signature section.
pub(crate) fn walk(file: &[u8]) -> Result<Option<Split>, SectionError> {
    check_header(file)?;
    let mut found: Option<Split> = None;
    let mut at = COMPONENT_HEADER.len();
    while at < file.len() {
        let section = Section::read(file, at)?;
        let signature = section.signature_contents(file)?;
        match (&found, signature) {
            (None, Some(contents)) => {
                found = Some(Split {
                    component_bytes: at,
                    contents,
                });
            }
            (None, None) => {}
            (Some(_), Some(_)) => return Err(SectionError::TwoSignatures { at }),
            (Some(_), None) => return Err(SectionError::AfterSignature { at }),
        }
        at = section.body.end;
    }
    if let Some(split) = &found
        && split.contents.len() > SIGNATURE_SECTION_BYTES_MAX
    {
        return Err(SectionError::TooLarge {
            bytes: split.contents.len(),
        });
    }
    Ok(found)
}

/// Appends a signature section with these contents.
pub(crate) fn append(file: &mut Vec<u8>, contents: &[u8]) {
    let name = SECTION_NAME.as_bytes();
    let mut body = Vec::with_capacity(1 + name.len() + contents.len());
    push_length(&mut body, name.len());
    body.extend_from_slice(name);
    body.extend_from_slice(contents);
    file.push(CUSTOM_SECTION);
    push_length(file, body.len());
    file.extend_from_slice(&body);
}

fn check_header(file: &[u8]) -> Result<(), SectionError> {
    if file.starts_with(&COMPONENT_HEADER) {
        Ok(())
    } else if file.starts_with(&MODULE_VERSION) {
        Err(SectionError::Module)
    } else if file.starts_with(b"\x7fELF") {
        Err(SectionError::NativeCode)
    } else {
        Err(SectionError::NotComponent)
    }
}

/// One section: where it begins, its id and where its body stands.
struct Section {
    at: usize,
    id: u8,
    body: Range<usize>,
}

impl Section {
    fn read(file: &[u8], at: usize) -> Result<Self, SectionError> {
        let id = *file.get(at).ok_or(SectionError::Truncated { at })?;
        let (length, start) = read_length(file, at + 1, at)?;
        let end = start.checked_add(length);
        match end {
            Some(end) if end <= file.len() => Ok(Self {
                at,
                id,
                body: start..end,
            }),
            _ => Err(SectionError::Truncated { at }),
        }
    }

    /// The contents, where this is a signature section.
    fn signature_contents(&self, file: &[u8]) -> Result<Option<Range<usize>>, SectionError> {
        if self.id != CUSTOM_SECTION {
            return Ok(None);
        }
        let truncated = SectionError::Truncated { at: self.at };
        let body = file.get(..self.body.end).ok_or(truncated)?;
        let (name_bytes, name_start) = read_length(body, self.body.start, self.at)?;
        let name_end = name_start.checked_add(name_bytes).ok_or(truncated)?;
        let name = body.get(name_start..name_end).ok_or(truncated)?;
        Ok((name == SECTION_NAME.as_bytes()).then_some(name_end..self.body.end))
    }
}

/// Reads a length in LEB128 of at most 32 bits and the least bytes; gives it and where what it measures begins.
fn read_length(
    bytes: &[u8],
    mut position: usize,
    at: usize,
) -> Result<(usize, usize), SectionError> {
    let mut length: u64 = 0;
    for shift in [0, 7, 14, 21, 28] {
        let byte = *bytes.get(position).ok_or(SectionError::Truncated { at })?;
        position += 1;
        length |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let minimal = byte != 0 || shift == 0;
            return match u32::try_from(length) {
                Ok(length) if minimal => Ok((length as usize, position)),
                _ => Err(SectionError::Length { at }),
            };
        }
    }
    Err(SectionError::Length { at })
}

fn push_length(bytes: &mut Vec<u8>, mut length: usize) {
    while length > 0x7f {
        bytes.push(0x80 | (length & 0x7f) as u8);
        length >>= 7;
    }
    bytes.push(length as u8);
}

#[cfg(test)]
mod tests;
