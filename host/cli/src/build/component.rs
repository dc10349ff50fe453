//! Wraps a core module as a component and drops what isn't needed to run it. It reads no files.

use wasm_encoder::{Component, Module, RawSection};
use wasmparser::BinaryReader;
use wit_component::{ComponentEncoder, DecodedWasm};

/// What begins the names of the custom sections in which the interface's description travels.
const DESCRIPTION_PREFIX: &str = "component-type";
/// The interface that every policy exports, without its version.
const EVALUATOR: &str = "lictor:policy/evaluator";
/// The sections of a component, and of a core module, that this module looks at.
const CUSTOM_SECTION: u8 = 0;
const CORE_MODULE_SECTION: u8 = 1;
const COMPONENT_SECTION: u8 = 4;
/// How every binary begins: the magic number, then the version, which for a component ends in its layer.
const HEADER_BYTES: usize = 8;
const MODULE_HEADER: [u8; HEADER_BYTES] = [0, b'a', b's', b'm', 1, 0, 0, 0];

/// Why a module is no policy.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// The module says nothing of the interface.
    #[error("the module implements no policy: it exports nothing of `lictor:policy`")]
    NoPolicy,
    /// The module doesn't do what its description says.
    #[error("the module can't be made a component: {0}")]
    Refused(String),
    /// The module isn't well formed.
    #[error("the module isn't well formed: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
}

impl ComponentError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoPolicy => Some(
                "a policy crate depends on `lictor-sdk` and names its policy with one macro line, as `lictor new` shows"
                    .to_owned(),
            ),
            Self::Refused(_) | Self::Malformed(_) => None,
        }
    }
}

/// Makes a core module that carries the description of its interface a component.
///
/// # Errors
/// Why the module is no policy.
pub fn from_module(module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    if !is_described(module)? {
        return Err(ComponentError::NoPolicy);
    }
    let encoded = ComponentEncoder::default()
        .debug_names(false)
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| ComponentError::Refused(chain(&error)))?;
    if !exports_evaluator(&encoded)? {
        return Err(ComponentError::NoPolicy);
    }
    Ok(without_custom_sections(&encoded)?)
}

/// One sentence of an error and its causes.
fn chain(error: &anyhow::Error) -> String {
    let parts: Vec<String> = error.chain().map(ToString::to_string).collect();
    parts.join(": ")
}

fn is_described(module: &[u8]) -> Result<bool, ComponentError> {
    for section in Sections::of(module)? {
        let (id, content) = section?;
        if id == CUSTOM_SECTION {
            let name = BinaryReader::new(content, 0).read_string()?;
            if name.starts_with(DESCRIPTION_PREFIX) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn exports_evaluator(component: &[u8]) -> Result<bool, ComponentError> {
    let decoded =
        wit_component::decode(component).map_err(|error| ComponentError::Refused(chain(&error)))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Ok(false);
    };
    let Some(world) = resolve.worlds.get(world) else {
        return Ok(false);
    };
    Ok(world.exports.keys().any(|key| {
        let name = resolve.name_world_key(key);
        name.split('@').next() == Some(EVALUATOR)
    }))
}

// Custom sections.

/// The binary without its custom sections, and without those of the modules and components inside it.
///
/// They hold names for debuggers and the versions of tools, mean nothing when the binary runs, and would make its bytes
/// differ where its meaning doesn't.
fn without_custom_sections(binary: &[u8]) -> Result<Vec<u8>, wasmparser::BinaryReaderError> {
    if binary.starts_with(&MODULE_HEADER) {
        let mut module = Module::new();
        for section in Sections::of(binary)? {
            let (id, data) = section?;
            if id != CUSTOM_SECTION {
                module.section(&RawSection { id, data });
            }
        }
        return Ok(module.finish());
    }
    let mut component = Component::new();
    for section in Sections::of(binary)? {
        let (id, data) = section?;
        match id {
            CUSTOM_SECTION => {}
            CORE_MODULE_SECTION | COMPONENT_SECTION => {
                let inner = without_custom_sections(data)?;
                component.section(&RawSection { id, data: &inner });
            }
            _ => {
                component.section(&RawSection { id, data });
            }
        }
    }
    Ok(component.finish())
}

/// The sections of one binary in order, as numbers and contents.
struct Sections<'a>(BinaryReader<'a>);

impl<'a> Sections<'a> {
    fn of(binary: &'a [u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut reader = BinaryReader::new(binary, 0);
        reader.read_bytes(HEADER_BYTES)?;
        Ok(Self(reader))
    }

    fn one(&mut self) -> Result<(u8, &'a [u8]), wasmparser::BinaryReaderError> {
        let id = self.0.read_u8()?;
        let length = self.0.read_var_u32()?;
        Ok((id, self.0.read_bytes(length as usize)?))
    }
}

impl<'a> Iterator for Sections<'a> {
    type Item = Result<(u8, &'a [u8]), wasmparser::BinaryReaderError>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.eof()).then(|| self.one())
    }
}

#[cfg(test)]
mod tests;
