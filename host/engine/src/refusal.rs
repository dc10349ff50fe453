//! Why a component is not run at all.

use lictor_policy::{Fault, LimitError};

/// Why a component, or its binding to parameters, is refused. Each names what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The bytes are nothing that this host knows.
    #[error("this is no WebAssembly component: it begins with the bytes `{head}`")]
    NotComponent {
        /// The first bytes, hexadecimal.
        head: String,
    },
    /// There are no bytes.
    #[error("this is no WebAssembly component: it is empty")]
    Empty,
    /// WebAssembly text. A host takes binaries only.
    #[error("this is WebAssembly text, not a binary component")]
    Text,
    /// Native code that some engine compiled. A host compiles for itself.
    #[error("this is precompiled native code, which is never taken from outside")]
    Precompiled,
    /// A core module, not a component.
    #[error("this is a core WebAssembly module, not a component: build it with `lictor build`")]
    CoreModule,
    /// Another version of the binary format.
    #[error("this is WebAssembly of the binary version `{version}`, which this host doesn't know")]
    BinaryVersion {
        /// The version field, hexadecimal.
        version: String,
    },
    /// More bytes than the binding allows.
    #[error("the component has {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The component isn't valid, needs a WebAssembly feature that is off, or has too many instances, memories or tables.
    #[error("the component is not accepted: {detail}")]
    Invalid {
        /// What the validator or compiler says.
        detail: String,
    },
    /// More memories or tables than a component may have from its start.
    #[error("the component has {count} {noun}, the limit is {limit}")]
    TooMany {
        /// What it has too many of.
        noun: &'static str,
        /// How many.
        count: u64,
        /// How many it may have.
        limit: u64,
    },
    /// An import that isn't offered.
    #[error("the component imports `{name}`, which is not offered to policies")]
    ForbiddenImport {
        /// The import.
        name: String,
    },
    /// An interface of the contract in a version that this host doesn't serve.
    #[error("the component uses `{name}`, this host serves version {served} of the contract")]
    ContractVersion {
        /// The interface with its version.
        name: String,
        /// What is served.
        served: &'static str,
    },
    /// An export that every policy has is missing or has another type.
    #[error("the component does not export `{name}` as the contract has it: {detail}")]
    MissingExport {
        /// The export.
        name: String,
        /// What is wrong.
        detail: String,
    },
    /// An import has another type than the contract, or a function that this host doesn't have.
    #[error("the component's imports don't fit the contract: {detail}")]
    Imports {
        /// What is wrong.
        detail: String,
    },
    /// It was signed as built for a version of the contract that this host doesn't serve.
    #[error(
        "its manifest says that it was built for version {built_for} of the contract, this host serves {served}"
    )]
    ManifestContract {
        /// What the manifest says.
        built_for: String,
        /// What is served.
        served: &'static str,
    },
    /// An import that the manifest doesn't allow.
    #[error("the component imports `{name}`, which its manifest does not allow")]
    ImportNotAllowed {
        /// The import.
        name: String,
    },
    /// There is nothing to compile it with, and it isn't in the cache.
    #[error(
        "its native code is not in the cache, and this host has nothing to compile it with: name a compile worker"
    )]
    NoCompiler,
    /// The compile worker can't be started, is another version's, or lacks a fence that is demanded.
    #[error("the compile worker can't be used: {detail}")]
    CompilerUnusable {
        /// What is wrong with it.
        detail: String,
    },
    /// The compiler took too long.
    #[error("compiling the component takes longer than the {seconds} s that it may take")]
    CompileTime {
        /// How long it may take: of the processor's time, or in all.
        seconds: u64,
    },
    /// The compiler ran out of memory, or of stack.
    #[error("compiling the component takes more memory than the {limit} bytes that it may take")]
    CompileMemory {
        /// How many bytes it may take.
        limit: u64,
    },
    /// The native code is too large.
    #[error("the component's native code has more than the {limit} bytes that it may have")]
    CompileSize {
        /// How many bytes it may have.
        limit: usize,
    },
    /// The compiler was ended by a signal before it answered.
    #[error("compiling the component ended with signal {signal}")]
    CompileCrash {
        /// The signal.
        signal: i32,
    },
    /// The compiler's answer is no native code that this host can run.
    #[error("the answer to compiling the component makes no sense: {detail}")]
    CompileAnswer {
        /// What is wrong with it.
        detail: String,
    },
    /// A limit that can't be granted.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The policy refused its parameters.
    #[error("the policy refuses its parameters: {message}")]
    Parameters {
        /// What the policy says.
        message: String,
    },
    /// The policy couldn't set itself up.
    #[error("the policy can't be prepared: {message}")]
    Preparation {
        /// What the policy says.
        message: String,
    },
    /// The policy had a fault while it was instantiated, checked or prepared.
    #[error("the policy failed in `{stage}`: {fault}")]
    Fault {
        /// What was run: `instantiate`, `check` or `prepare`.
        stage: &'static str,
        /// The fault.
        fault: Fault,
    },
}

impl Refusal {
    /// A stable, machine-readable code, for example `forbidden-import`.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotComponent { .. } => "not-a-component",
            Refusal::Empty => "empty",
            Refusal::Text => "text",
            Refusal::Precompiled => "precompiled",
            Refusal::CoreModule => "core-module",
            Refusal::BinaryVersion { .. } => "binary-version",
            Refusal::TooLarge { .. } => "too-large",
            Refusal::Invalid { .. } => "invalid",
            Refusal::TooMany { .. } => "too-many",
            Refusal::ForbiddenImport { .. } => "forbidden-import",
            Refusal::ContractVersion { .. } => "contract-version",
            Refusal::MissingExport { .. } => "missing-export",
            Refusal::Imports { .. } => "imports",
            Refusal::ManifestContract { .. } => "manifest-contract",
            Refusal::ImportNotAllowed { .. } => "import-not-allowed",
            Refusal::NoCompiler => "no-compiler",
            Refusal::CompilerUnusable { .. } => "compiler-unusable",
            Refusal::CompileTime { .. } => "compile-time",
            Refusal::CompileMemory { .. } => "compile-memory",
            Refusal::CompileSize { .. } => "compile-size",
            Refusal::CompileCrash { .. } => "compile-crash",
            Refusal::CompileAnswer { .. } => "compile-answer",
            Refusal::Limit(_) => "limit",
            Refusal::Parameters { .. } => "parameters",
            Refusal::Preparation { .. } => "preparation",
            Refusal::Fault { .. } => "fault",
        }
    }

    /// Whether the host, not the component, is to blame: another host, or this one set up otherwise, might accept it.
    pub fn is_hosts(&self) -> bool {
        matches!(self, Refusal::NoCompiler | Refusal::CompilerUnusable { .. })
    }

    /// Whether it comes from how compiling went, not from what the component is.
    pub(crate) fn is_compilers(&self) -> bool {
        matches!(
            self,
            Refusal::NoCompiler
                | Refusal::CompilerUnusable { .. }
                | Refusal::CompileTime { .. }
                | Refusal::CompileMemory { .. }
                | Refusal::CompileSize { .. }
                | Refusal::CompileCrash { .. }
                | Refusal::CompileAnswer { .. }
        )
    }
}
