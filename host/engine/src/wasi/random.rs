//! Random numbers from a stream that the binding fixes, so that equal evaluations draw equal numbers.

use lictor_policy::Fault;
use wasmtime::Error;
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::guest::Guest;

/// The most bytes that one call may draw.
const DRAW_BYTES_MAX: u64 = 65_536;

/// A stream of bytes: BLAKE3 in its extended output mode, keyed by the binding's seed. It is set up when first drawn from.
pub(super) struct Stream {
    seed: [u8; 32],
    purpose: &'static [u8],
    output: Option<Box<blake3::OutputReader>>,
}

impl Stream {
    pub(super) fn setup(seed: &[u8; 32]) -> Self {
        Self {
            seed: *seed,
            purpose: b"setup",
            output: None,
        }
    }

    pub(super) fn begin_evaluating(&mut self) {
        self.purpose = b"evaluate";
        self.output = None;
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        let (seed, purpose) = (&self.seed, self.purpose);
        let output = self.output.get_or_insert_with(|| {
            Box::new(
                blake3::Hasher::new_keyed(seed)
                    .update(purpose)
                    .finalize_xof(),
            )
        });
        output.fill(bytes);
    }
}

impl Guest {
    fn draw(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        if length > DRAW_BYTES_MAX {
            let detail = format!(
                "{length} random bytes were asked for at once, at most {DRAW_BYTES_MAX} are given"
            );
            return Err(Error::new(Fault::Malformed { detail }));
        }
        let length = usize::try_from(length)?;
        self.count_bytes(length)?;
        let mut bytes = vec![0; length];
        self.system.random.fill(&mut bytes);
        Ok(bytes)
    }

    fn draw_u64(&mut self) -> wasmtime::Result<u64> {
        self.count_call()?;
        let mut bytes = [0; 8];
        self.system.random.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }
}

impl random::Host for Guest {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.draw(len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.draw_u64()
    }
}

impl insecure::Host for Guest {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.draw(len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.draw_u64()
    }
}

impl insecure_seed::Host for Guest {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.draw_u64()?, self.draw_u64()?))
    }
}
