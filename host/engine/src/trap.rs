//! Turns what wasmtime reports into the fault that it means.

use lictor_policy::{Fault, Limits};
use wasmtime::{Error, PoolConcurrencyLimitError, Trap};

use crate::evaluate;

/// The most bytes of a policy's own message that are kept.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1024;

/// What wasmtime says of a guest that hands over more than it may. The type of this error is private, so that its text is
/// all that it can be known by; the guests `huge-…` of the tests hold that.
const HANDED_OVER_TOO_MUCH: &str = "fuel allocated for hostcalls has been exhausted";

/// The fault that an error means. `fuel` is what the evaluation or the set-up was given.
pub(crate) fn fault(error: &Error, limits: &Limits, fuel: u64) -> Fault {
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
    let detail = format!("{error:#}");
    if detail.ends_with(HANDED_OVER_TOO_MUCH) {
        let limit = evaluate::handover_bytes(limits);
        return Fault::TooLarge { limit };
    }
    Fault::Malformed {
        detail: shortened(&detail),
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
        let of = |trap: Trap| fault(&trap.into(), &Limits::default(), 7);
        assert_eq!(of(Trap::OutOfFuel), Fault::FuelExhausted { limit: 7 });
        assert_eq!(of(Trap::StackOverflow), Fault::StackExhausted);
        assert_eq!(
            of(Trap::UnreachableCodeReached),
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
