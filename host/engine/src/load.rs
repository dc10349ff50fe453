//! From bytes to a compiled component whose imports and exports fit the contract.

use std::fmt;
use std::sync::{Arc, Weak};

use lictor_artifact::{Manifest, Verified};
use lictor_policy::{Digest, Limits, TenantName};
use wasmtime::component::{Component, InstancePre};

use crate::contract::{CONTRACT_VERSION, Exports};
use crate::engine::Engine;
use crate::guest::Guest;
use crate::imports;
use crate::refusal::Refusal;
use crate::translate::{Filled, Given};

/// A compiled component that fits the contract. Clones are handles to the same native code.
#[derive(Clone)]
pub struct Loaded {
    inner: Arc<Inner>,
    /// For whom it was loaded: whose turn what is done with it takes. It says nothing about the code, which is shared.
    tenant: TenantName,
}

/// A handle to a compiled component that doesn't keep it.
#[derive(Clone, Debug)]
pub(crate) struct LoadedWeak {
    inner: Weak<Inner>,
}

struct Inner {
    /// Kept only where a snapshot will be made from them.
    bytes: Option<Vec<u8>>,
    byte_len: usize,
    digest: Digest,
    program: Program,
}

/// Native code with its imports resolved and its exports found.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) pre: InstancePre<Guest>,
    pub(crate) exports: Exports,
}

/// An import or export of a component, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name, for example `lictor:policy/evaluator@0.1.0`.
    pub name: String,
    /// The names in it, where it is an interface.
    pub items: Vec<String>,
}

impl Loaded {
    /// The digest of the component's bytes.
    pub fn digest(&self) -> Digest {
        self.inner.digest
    }

    /// How many bytes the component has.
    pub fn byte_len(&self) -> usize {
        self.inner.byte_len
    }

    /// Whether the policy exports `preparation`.
    pub fn has_preparation(&self) -> bool {
        self.inner.program.exports.has_preparation()
    }

    /// Whether the component could have been loaded under these limits.
    ///
    /// # Errors
    /// The limit that it is beyond.
    pub(crate) fn fits(&self, limits: &Limits) -> Result<(), Refusal> {
        check_size(self.inner.byte_len, limits)?;
        check_resources(self.component(), limits)
    }

    /// For whom it was loaded.
    pub(crate) fn tenant(&self) -> &TenantName {
        &self.tenant
    }

    /// A handle that doesn't keep the component.
    pub(crate) fn downgrade(&self) -> LoadedWeak {
        LoadedWeak {
            inner: Arc::downgrade(&self.inner),
        }
    }

    /// What the component imports.
    pub fn imports(&self) -> Vec<Export> {
        let component = self.component();
        let engine = component.engine();
        let kind = component.component_type();
        kind.imports(engine)
            .map(|(name, item)| describe(engine, name, &item.ty))
            .collect()
    }

    /// What the component exports.
    pub fn exports(&self) -> Vec<Export> {
        let component = self.component();
        let engine = component.engine();
        let kind = component.component_type();
        kind.exports(engine)
            .map(|(name, item)| describe(engine, name, &item.ty))
            .collect()
    }

    pub(crate) fn program(&self) -> &Program {
        &self.inner.program
    }

    /// Whether a manifest allows what the component imports, and is for a contract that this host serves.
    ///
    /// # Errors
    /// What the manifest doesn't allow.
    pub(crate) fn fits_manifest(&self, manifest: &Manifest) -> Result<(), Refusal> {
        let built_for = manifest.contract.to_string();
        if !imports::is_served(&built_for) {
            let served = CONTRACT_VERSION;
            return Err(Refusal::ManifestContract { built_for, served });
        }
        let component = self.component();
        let kind = component.component_type();
        let names = kind.imports(component.engine()).map(|(name, _)| name);
        let allowed = manifest.check_imports(names);
        allowed.map_err(|error| Refusal::ImportNotAllowed { name: error.import })
    }

    /// The component's bytes, where it has a set-up to be snapshotted.
    pub(crate) fn bytes_to_prepare(&self) -> Option<&[u8]> {
        self.inner.bytes.as_deref()
    }

    fn component(&self) -> &Component {
        self.inner.program.pre.component()
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl LoadedWeak {
    /// Whether somebody still keeps the component.
    pub(crate) fn is_kept(&self) -> bool {
        self.inner.strong_count() > 0
    }

    /// The component for this tenant, if somebody still keeps it.
    pub(crate) fn upgrade(&self, tenant: &TenantName) -> Option<Loaded> {
        self.inner.upgrade().map(|inner| Loaded {
            inner,
            tenant: tenant.clone(),
        })
    }
}

impl Engine {
    /// Loads a component that was verified, after its size and its kind were checked: from the cache, or else by compiling it
    /// after everything in it was checked, which takes some 10 ms to seconds. Then its imports and exports are checked.
    ///
    /// Those who load the same bytes share their native code. Bytes that nobody verified can't be loaded: there is no other way
    /// in.
    ///
    /// # Errors
    /// The reason for which the component is refused, with the name of what is wrong.
    pub fn load(&self, verified: &Verified, limits: &Limits) -> Result<Loaded, Refusal> {
        if let Some(loaded) = self.loaded(verified.component_digest(), verified.tenant()) {
            loaded.fits(limits)?;
            loaded.fits_manifest(verified.manifest())?;
            return Ok(loaded);
        }
        let (loaded, _) = self.load_noting(verified, limits)?;
        self.share(&loaded);
        Ok(loaded)
    }

    /// As [`Engine::load`], and says where the native code came from.
    pub(crate) fn load_noting(
        &self,
        verified: &Verified,
        limits: &Limits,
    ) -> Result<(Loaded, Filled), Refusal> {
        let bytes: &[u8] = verified.component();
        check_bytes(bytes, limits)?;
        let digest = verified.component_digest();
        let (program, filled) =
            self.translate(bytes, Given::Component(digest), verified.tenant())?;
        check_resources(program.pre.component(), limits)?;
        let kept = program.exports.has_preparation().then(|| bytes.to_vec());
        let inner = Inner {
            bytes: kept,
            byte_len: bytes.len(),
            digest,
            program,
        };
        let loaded = Loaded {
            inner: Arc::new(inner),
            tenant: verified.tenant().clone(),
        };
        loaded.fits_manifest(verified.manifest())?;
        Ok((loaded, filled))
    }
}

/// Whether these are the bytes of a component, by their number and by how they begin: what somebody who signs or shows a file
/// wants to know before anything else. It says nothing about what is in it.
///
/// # Errors
/// What it is instead, or that it is too large.
pub fn check_bytes(bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    check_size(bytes.len(), limits)?;
    check_kind(bytes)
}

fn check_size(bytes: usize, limits: &Limits) -> Result<(), Refusal> {
    let limit = limits.component_bytes;
    match bytes {
        0 => Err(Refusal::Empty),
        _ if bytes > limit => Err(Refusal::TooLarge { bytes, limit }),
        _ => Ok(()),
    }
}

/// What every WebAssembly binary begins with.
const MAGIC: &[u8; 4] = b"\0asm";
/// The version field of a component: version 13, layer 1.
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];
/// The version field of a core module: version 1, layer 0.
const CORE_MODULE: [u8; 4] = [1, 0, 0, 0];
/// What native code begins with, since wasmtime keeps it in ELF files.
const ELF: &[u8; 4] = b"\x7fELF";

/// Refuses what isn't a binary component, by what it is instead. Nothing but a component's bytes reaches the compiler.
fn check_kind(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.starts_with(ELF) || wasmtime::Engine::detect_precompiled(bytes).is_some() {
        return Err(Refusal::Precompiled);
    }
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        let text = bytes.trim_ascii_start();
        let is_text = text.starts_with(b"(") || text.starts_with(b";;");
        return Err(if is_text {
            Refusal::Text
        } else {
            Refusal::NotComponent {
                head: hexadecimal(bytes),
            }
        });
    };
    match rest.first_chunk::<4>() {
        Some(&COMPONENT) => Ok(()),
        Some(&CORE_MODULE) => Err(Refusal::CoreModule),
        _ => Err(Refusal::BinaryVersion {
            version: hexadecimal(rest.get(..4).unwrap_or(rest)),
        }),
    }
}

/// What a page of memory has, since pages of other sizes are not allowed.
const PAGE_BYTES: u64 = 65_536;

/// Refuses a component that would not fit its limits at the first instantiation.
fn check_resources(component: &Component, limits: &Limits) -> Result<(), Refusal> {
    let Some(needs) = component.resources_required() else {
        return Err(Refusal::Invalid {
            detail: "it imports modules or components".to_owned(),
        });
    };
    let within = |noun, count: u64, limit: u64| {
        if count > limit {
            Err(Refusal::TooMany { noun, count, limit })
        } else {
            Ok(())
        }
    };
    let pages = needs.max_initial_memory_size.unwrap_or(0);
    within(
        "bytes in a memory at its start",
        pages.saturating_mul(PAGE_BYTES),
        limits.memory_bytes as u64,
    )?;
    let table = needs.max_initial_table_size.unwrap_or(0);
    within(
        "elements in a table at its start",
        table,
        limits.table_elements as u64,
    )
}

fn describe(
    engine: &wasmtime::Engine,
    name: &str,
    item: &wasmtime::component::types::ComponentItem,
) -> Export {
    let items = match item {
        wasmtime::component::types::ComponentItem::ComponentInstance(instance) => instance
            .exports(engine)
            .map(|(name, _)| name.to_owned())
            .collect(),
        _ => Vec::new(),
    };
    Export {
        name: name.to_owned(),
        items,
    }
}

/// The first bytes, for a message.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
