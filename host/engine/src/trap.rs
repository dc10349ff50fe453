//! Turns what wasmtime reports into the fault that it means.

use lictor_policy::Fault;
use wasmtime::{Error, PoolConcurrencyLimitError, Trap};

/// The most bytes of a policy's own message that are kept.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1024;

/// The fault that an error means. `fuel` is what the evaluation was given.
pub(crate) fn fault(error: &Error, fuel: u64) -> Fault {
    // The host's own functions, the limiter and the deadline end an evaluation with the fault itself.
    if let Some(fault) = error.downcast_ref::<Fault>() {
        return fault.clone();
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return of_trap(*trap, fuel);
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Fault::Internal {
            detail: format!("the pool has no free slot: {error}"),
        };
    }
    // What is left comes from the canonical ABI, which refuses what the guest handed over.
    Fault::Malformed {
        detail: shortened(&format!("{error:#}")),
    }
}

fn of_trap(trap: Trap, fuel: u64) -> Fault {
    match trap {
        Trap::OutOfFuel => Fault::FuelExhausted { limit: fuel },
        Trap::StackOverflow => Fault::StackExhausted,
        other => {
            let text = other.to_string();
            let detail = text.strip_prefix("wasm trap: ").unwrap_or(&text);
            Fault::Trapped {
                detail: detail.to_owned(),
            }
        }
    }
}

/// The text up to [`MESSAGE_BYTES_MAX`], cut between two characters.
pub(crate) fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(MESSAGE_BYTES_MAX);
    let (head, tail) = text.split_at(end);
    if tail.is_empty() {
        head.to_owned()
    } else {
        format!("{head}…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traps_become_faults() {
        assert_eq!(
            fault(&Trap::OutOfFuel.into(), 7),
            Fault::FuelExhausted { limit: 7 }
        );
        assert_eq!(fault(&Trap::StackOverflow.into(), 7), Fault::StackExhausted);
        let fault = fault(&Trap::UnreachableCodeReached.into(), 7);
        assert_eq!(
            fault,
            Fault::Trapped {
                detail: "wasm `unreachable` instruction executed".into()
            }
        );
    }

    #[test]
    fn messages_are_cut_between_characters() {
        let long = "ä".repeat(MESSAGE_BYTES_MAX);
        let short = shortened(&long);
        assert!(short.len() <= MESSAGE_BYTES_MAX + '…'.len_utf8());
        assert!(short.ends_with('…'));
        assert_eq!(shortened("kept"), "kept");
    }
}
