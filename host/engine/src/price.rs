//! What the host's work costs the guest, in fuel.
//!
//! Operators cost about one unit each, which is some tenths of a nanosecond to a nanosecond; the prices here keep the host's
//! work in the same proportion, so that fuel bounds the whole evaluation. They are part of the contract's behaviour: another
//! price is another fuel figure for the same evaluation, so they change with [`crate::fingerprint`] only.

use lictor_policy::{Fault, Operand, Source};
use wasmtime::StoreContextMut;

use crate::guest::Guest;

/// A question about the request or the parameters, besides its bytes.
const LOOK: u64 = 200;
/// A question about a document, which may be large, besides its bytes.
const LOOK_IN_DATA: u64 = 600;
/// A byte of a question's pointer.
const POINTER_BYTE: u64 = 4;
/// A byte of an answer.
const ANSWER_BYTE: u64 = 1;
/// A test, besides where it looks: reading an operand.
const TEST: u64 = 200;
/// A byte of a test's operand, which is copied and read, as JSON in the worst case.
const OPERAND_BYTE: u64 = 4;
/// A byte of the values that a test compares: the one price that an evaluation pays for something that its answers don't tell.
pub const TESTED_BYTE: u64 = 1;
/// A question about the time.
pub(crate) const CLOCK: u64 = 100;
/// A log line, besides its bytes.
const LOG_LINE: u64 = 200;
/// A byte of a log line.
const LOG_BYTE: u64 = 2;

/// The price of a question about a JSON value.
pub(crate) fn look(source: Source, pointer_bytes: usize, answer_bytes: usize) -> u64 {
    let base = if source == Source::Data {
        LOOK_IN_DATA
    } else {
        LOOK
    };
    base + POINTER_BYTE * pointer_bytes as u64 + ANSWER_BYTE * answer_bytes as u64
}

/// The price of a test that looked at that many bytes of values: that of each place where it looked, of reading the operand
/// and of comparing.
pub(crate) fn test(
    source: Source,
    pointer_bytes: usize,
    operand: &Operand,
    tested_bytes: usize,
) -> u64 {
    let operand = match operand {
        Operand::Given(value) => OPERAND_BYTE * value.byte_len() as u64,
        Operand::At(source, pointer) => look(*source, pointer.len(), 0),
    };
    look(source, pointer_bytes, 0) + TEST + operand + TESTED_BYTE * tested_bytes as u64
}

/// The price of a log line.
pub(crate) fn log_line(bytes: usize) -> u64 {
    LOG_LINE + LOG_BYTE * bytes as u64
}

/// Takes the price of what the host did from the fuel of the evaluation.
///
/// # Errors
/// The fuel is used up.
pub(crate) fn charge(store: &mut StoreContextMut<'_, Guest>, price: u64) -> wasmtime::Result<()> {
    match store.get_fuel()?.checked_sub(price) {
        Some(rest) => store.set_fuel(rest),
        None => {
            store.set_fuel(0)?;
            Err(wasmtime::Error::new(Fault::FuelExhausted {
                limit: store.data().fuel_limit(),
            }))
        }
    }
}
