//! The imports that a policy may have. What isn't listed here is refused by name.

use std::collections::BTreeSet;

use lictor_artifact::Manifest;
use lictor_policy::{PolicyName, Version};
use wasmparser::{Parser, Payload};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::contract;
use crate::refusal::Refusal;

/// The version of WASI whose deterministic subset is offered, without its patch number.
const WASI_SERVED: &str = "0.2.";

/// The interfaces of WASI that are offered, for guests whose toolchain can't do without them.
const WASI: [&str; 18] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// Refuses a component that imports what isn't offered.
pub(crate) fn check(engine: &Engine, component: &Component) -> Result<(), Refusal> {
    for (name, _) in component.component_type().imports(engine) {
        check_name(name)?;
    }
    Ok(())
}

/// A manifest for a component: it allows what the component imports, and names the contract that this host serves. Nothing in
/// the component is checked.
///
/// # Errors
/// The bytes can't be read as a component.
///
/// # Panics
/// Never: the contract's version is one.
pub fn manifest(
    policy: PolicyName,
    version: Version,
    component: &[u8],
) -> Result<Manifest, Refusal> {
    let contract = contract::CONTRACT_VERSION.parse();
    let contract = contract.expect("the contract's version is one");
    Ok(Manifest {
        imports: import_names(component)?,
        ..Manifest::new(policy, version, contract)
    })
}

/// The names of what a component imports.
fn import_names(component: &[u8]) -> Result<BTreeSet<String>, Refusal> {
    let invalid = |error: wasmparser::BinaryReaderError| Refusal::Invalid {
        detail: error.to_string(),
    };
    let mut names = BTreeSet::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(invalid)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.insert(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let forbidden = || Refusal::ForbiddenImport {
        name: name.to_owned(),
    };
    let (interface, version) = name.split_once('@').ok_or_else(forbidden)?;
    if WASI.contains(&interface) {
        return if version.starts_with(WASI_SERVED) {
            Ok(())
        } else {
            Err(forbidden())
        };
    }
    let (package, local) = interface.split_once('/').ok_or_else(forbidden)?;
    if package != contract::PACKAGE || !contract::IMPORTS.contains(&local) {
        return Err(forbidden());
    }
    if !is_served(version) {
        return Err(Refusal::ContractVersion {
            name: name.to_owned(),
            served: contract::CONTRACT_VERSION,
        });
    }
    Ok(())
}

/// Whether this host serves that version of the contract: while the major version is 0, the minor one must be equal.
pub(crate) fn is_served(version: &str) -> bool {
    let compatible = |version: &str| {
        version
            .rsplit_once('.')
            .map(|(major_and_minor, _)| major_and_minor.to_owned())
    };
    compatible(version).is_some() && compatible(version) == compatible(contract::CONTRACT_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_may_be_imported() {
        for good in [
            "lictor:policy/request@0.1.0",
            "lictor:policy/types@0.1.7",
            "wasi:io/poll@0.2.12",
        ] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in [
            "wasi:sockets/tcp@0.2.0",
            "wasi:filesystem/types@0.2.6",
            "wasi:filesystem/preopens@0.2.6",
            "wasi:http/outgoing-handler@0.2.0",
            "wasi:io/poll@0.3.0",
            "wasi:io/poll",
            "lictor:policy/secrets@0.1.0",
            "lictor:policy/evaluator@0.1.0",
            "other:policy/request@0.1.0",
            "env",
            "",
        ] {
            assert_eq!(
                check_name(bad),
                Err(Refusal::ForbiddenImport { name: bad.into() }),
                "{bad}"
            );
        }
    }

    #[test]
    fn another_version_of_the_contract_is_named() {
        for bad in [
            "lictor:policy/request@0.2.0",
            "lictor:policy/request@1.0.0",
            "lictor:policy/request@x",
        ] {
            assert!(
                matches!(check_name(bad), Err(Refusal::ContractVersion { name, .. }) if name == bad),
                "{bad}"
            );
        }
    }
}
