//! Records that are read again, page by page, from the file that they are written to.
//!
//! A page has whole lines alone. Must never make the writer wait.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// How many bytes a page has, unless its first line has more.
const PAGE_BYTES: usize = 1 << 20;
/// The most bytes of a line that is shown. A record holds at most a request of 1 MiB and what policies asked and logged.
const LINE_BYTES_MAX: usize = 32 << 20;

/// The file of the records, opened once: it stays the same one where somebody gives it another name.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    file: Arc<File>,
}

/// Records in the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPage {
    /// The lines of JSON, each with its line break; none where nothing more is written yet.
    pub lines: Vec<u8>,
    /// Where the next page begins.
    pub next: u64,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The host writes no records that could be read.
    #[error("this host writes no records to a file")]
    None,
    /// No record begins there.
    #[error("no record begins at {after}: go on where the page before said, or at 0")]
    Place {
        /// Where.
        after: u64,
    },
    /// The file can't be read.
    #[error("the records can't be read: {0}")]
    Read(#[from] io::Error),
}

impl Pages {
    /// Opens the file, and makes it where there is none; nobody else may read it.
    pub(super) fn open(path: &Path) -> io::Result<(File, Self)> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let file = options.open(path)?;
        let pages = Self {
            file: Arc::new(file.try_clone()?),
        };
        Ok((file, pages))
    }

    /// The page that begins there.
    pub(super) fn page(&self, after: u64) -> Result<RecordPage, RecordError> {
        let end = self.file.metadata()?.len();
        if after > end || !self.begins(after)? {
            return Err(RecordError::Place { after });
        }
        let mut bytes_max = PAGE_BYTES;
        loop {
            let mut lines = self.read(after, bytes_max)?;
            let is_all = lines.len() < bytes_max;
            if let Some(last) = lines.iter().rposition(|byte| *byte == b'\n') {
                lines.truncate(last + 1);
                let next = after.saturating_add(lines.len() as u64);
                return Ok(RecordPage { lines, next });
            }
            if is_all {
                // Its last line is still being written.
                let lines = Vec::new();
                return Ok(RecordPage { lines, next: after });
            }
            if bytes_max >= LINE_BYTES_MAX {
                let error = io::Error::other("a line has no end; is it the file of a host?");
                return Err(error.into());
            }
            bytes_max = bytes_max.saturating_mul(2);
        }
    }

    fn begins(&self, at: u64) -> io::Result<bool> {
        let Some(before) = at.checked_sub(1) else {
            return Ok(true);
        };
        Ok(self.read(before, 1)? == b"\n")
    }

    fn read(&self, at: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; bytes_max];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let place = at.saturating_add(filled as u64);
            match self.file.read_at(rest, place) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn pages(name: &str, text: &[u8]) -> (File, Pages) {
        let path = std::env::temp_dir().join(format!("lictor-{name}-{}", std::process::id()));
        drop(std::fs::remove_file(&path));
        let (mut file, pages) = Pages::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.write_all(text).unwrap();
        (file, pages)
    }

    #[test]
    fn pages_have_whole_lines_and_lead_on() {
        let (mut file, pages) = pages("pages", b"{\"a\":1}\n{\"b\":2}\n{\"c\"");
        let first = pages.page(0).unwrap();
        assert_eq!(first.lines, b"{\"a\":1}\n{\"b\":2}\n");
        let next = pages.page(first.next).unwrap();
        assert_eq!((next.lines.len(), next.next), (0, first.next));
        file.write_all(b":3}\n").unwrap();
        assert_eq!(pages.page(first.next).unwrap().lines, b"{\"c\":3}\n");
        assert_eq!(pages.page(8).unwrap().lines, b"{\"b\":2}\n{\"c\":3}\n");
        for after in [1, 7, 9, 1_000, u64::MAX] {
            let refused = pages.page(after).unwrap_err();
            assert!(matches!(refused, RecordError::Place { .. }), "{after}");
        }
    }

    #[test]
    fn a_page_ends_at_its_bound_unless_one_line_is_longer() {
        let line = |bytes: usize| [vec![b'a'; bytes - 1], vec![b'\n']].concat();
        let short = line(PAGE_BYTES / 4);
        let (_file, of_short) = pages("short", &short.repeat(9));
        assert_eq!(of_short.page(0).unwrap().lines.len(), PAGE_BYTES);
        let (_file, of_long) = pages("long", &line(3 * PAGE_BYTES));
        assert_eq!(of_long.page(0).unwrap().lines.len(), 3 * PAGE_BYTES);
        let (_file, endless) = pages("endless", &vec![b'a'; LINE_BYTES_MAX]);
        assert!(matches!(endless.page(0), Err(RecordError::Read(_))));
    }
}
