//! How much a test has looked at. Must never be forgotten where a loop depends on the size of a value.

use super::{TEST_BYTES_MAX, TestError};

/// The bytes that one test has looked at so far, counted before they are.
pub(super) struct Work {
    bytes: usize,
    bytes_max: usize,
}

impl Work {
    /// Nothing so far, of so many bytes at most, and never more than [`TEST_BYTES_MAX`].
    pub(super) fn at_most(bytes_max: usize) -> Self {
        Self {
            bytes: 0,
            bytes_max: bytes_max.min(TEST_BYTES_MAX),
        }
    }

    /// Counts bytes that are about to be looked at.
    ///
    /// # Errors
    /// They would be more than a test may look at; then they aren't.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), TestError> {
        let sum = self.bytes.saturating_add(bytes);
        if sum > self.bytes_max {
            return Err(TestError::TooLarge);
        }
        self.bytes = sum;
        Ok(())
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
