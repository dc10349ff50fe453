//! Where records go: a bounded queue in front of one writer thread, which says what happens when it is full.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use lictor_policy::Fault;
use serde::{Deserialize, Serialize};

use super::pages::{Pages, RecordError, RecordPage};
use super::places::{Place, Places};
use super::{Record, Redaction};

/// What happens to a decision whose record finds the queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenFull {
    /// The decision is given and its record is lost. Losses are counted, and the next record says how many came before it.
    #[default]
    Drop,
    /// No decision without a record: the caller gets a fault. A record that can't be written is tried again until it can,
    /// so that a full disk fills the queue and then stops decisions.
    Refuse,
}

/// Takes records. The default takes none.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    queue: Option<Arc<Queue>>,
    pages: Option<Pages>,
}

#[derive(Debug)]
struct Queue {
    /// Bounded by the places.
    places: Arc<Places>,
    sender: Sender<Entry>,
    when_full: WhenFull,
    lost: Arc<AtomicU64>,
    redaction: Redaction,
}

#[derive(Debug)]
enum Entry {
    Record(Box<Record>, Place),
    /// Everything before it shall be written before the sender is answered.
    Flush(Sender<io::Result<()>>),
}

impl Sink {
    /// A sink that takes no records.
    pub fn none() -> Self {
        Self::default()
    }

    /// A sink that writes JSON Lines by these rules. Up to `waiting` records are held for the writer, the one that is being
    /// written among them.
    ///
    /// Bytes count too: all that are held have `waiting` times 16 KiB at most. A record weighs what its request, its
    /// observations, its decisions and its log have, and 1 KiB at least. One tenant may hold half of the records and half of
    /// the bytes, rounded up, so that it can't lose the records of the others; a single record that weighs more than this
    /// half finds the queue full always.
    ///
    /// With [`WhenFull::Drop`], a write that fails loses its record, which is counted like one that found the queue full. What
    /// waits in the queue is in memory: a crash of the process loses it.
    ///
    /// # Errors
    /// The writer thread can't be started.
    pub fn json_lines(
        writer: impl Write + Send + 'static,
        redaction: Redaction,
        waiting: usize,
        when_full: WhenFull,
    ) -> io::Result<Self> {
        let (sender, receiver) = unbounded();
        let lost = Arc::new(AtomicU64::new(0));
        let lines = Lines {
            writer,
            redaction: redaction.clone(),
            when_full,
            lost: Arc::clone(&lost),
            told: 0,
            torn: false,
        };
        thread::Builder::new()
            .name("lictor-record".to_owned())
            .spawn(move || lines.run(&receiver))?;
        Ok(Self {
            queue: Some(Arc::new(Queue {
                places: Arc::new(Places::new(waiting)),
                sender,
                when_full,
                lost,
                redaction,
            })),
            pages: None,
        })
    }

    /// The same, appended to a file that nobody else may read, and from which the host reads them again:
    /// [`Host::records`](crate::Host::records).
    ///
    /// # Errors
    /// The file can't be opened, or the writer thread not be started.
    pub fn in_file(
        path: &Path,
        redaction: Redaction,
        waiting: usize,
        when_full: WhenFull,
    ) -> io::Result<Self> {
        let (file, pages) = Pages::open(path)?;
        let sink = Self::json_lines(BufWriter::new(file), redaction, waiting, when_full)?;
        Ok(Self {
            pages: Some(pages),
            ..sink
        })
    }

    /// The records that begin at a place in the file.
    pub(crate) fn page(&self, after: u64) -> Result<RecordPage, RecordError> {
        let pages = self.pages.as_ref().ok_or(RecordError::None)?;
        pages.page(after)
    }

    /// How many records were lost.
    pub fn lost(&self) -> u64 {
        self.queue
            .as_ref()
            .map_or(0, |queue| queue.lost.load(Ordering::Relaxed))
    }

    /// Waits until every record that was taken so far is written, and says whether the writer could flush them.
    ///
    /// # Errors
    /// The writer's own flush failed, or the writer thread is gone.
    pub fn flush(&self) -> io::Result<()> {
        let Some(queue) = &self.queue else {
            return Ok(());
        };
        let is_gone = || io::Error::other("the writer of the records is gone");
        let (done, wait) = bounded(1);
        queue
            .sender
            .send(Entry::Flush(done))
            .map_err(|_| is_gone())?;
        wait.recv().map_err(|_| is_gone())?
    }

    /// The rules by which records are written: what they hide is hidden elsewhere too. The default ones where none are written.
    pub(crate) fn redaction(&self) -> &Redaction {
        static DEFAULT: LazyLock<Redaction> = LazyLock::new(|| Redaction::new(Vec::new(), [0; 32]));
        self.queue
            .as_ref()
            .map_or_else(|| &*DEFAULT, |queue| &queue.redaction)
    }

    /// Takes a record, which is only made when somebody takes it.
    ///
    /// # Errors
    /// The queue is full and the operator wants no decision without a record.
    pub(crate) fn emit(&self, record: impl FnOnce() -> Record) -> Result<(), Fault> {
        let Some(queue) = &self.queue else {
            return Ok(());
        };
        let record = record();
        let is_taken = queue.places.take(&record).is_some_and(|place| {
            let entry = Entry::Record(Box::new(record), place);
            queue.sender.send(entry).is_ok()
        });
        if is_taken {
            return Ok(());
        }
        match queue.when_full {
            WhenFull::Drop => {
                queue.lost.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            WhenFull::Refuse => Err(Fault::Unrecorded),
        }
    }
}

/// How long the writer waits before it tries again to write a record that must not be lost.
const TRY_AGAIN: Duration = Duration::from_millis(100);

/// The writer's side.
struct Lines<W> {
    writer: W,
    redaction: Redaction,
    when_full: WhenFull,
    lost: Arc<AtomicU64>,
    /// How many losses earlier records have told of.
    told: u64,
    /// Whether the last line was given up in its middle.
    torn: bool,
}

impl<W: Write> Lines<W> {
    fn run(mut self, receiver: &Receiver<Entry>) {
        for entry in receiver {
            match entry {
                Entry::Record(record, place) => {
                    self.record(&record);
                    drop(place);
                }
                Entry::Flush(done) => {
                    // An error means that nobody waits for the answer.
                    let _ = done.send(self.flush());
                    continue;
                }
            }
            if receiver.is_empty() {
                // What could not be flushed is tried again after the next record, and by whoever asks for it.
                let _ = self.flush();
            }
        }
    }

    fn record(&mut self, record: &Record) {
        let lost = self.lost.load(Ordering::Relaxed);
        let mut line = record.to_json(&self.redaction, lost.saturating_sub(self.told));
        line.push('\n');
        if self.torn {
            line.insert(0, '\n');
        }
        if self.write(line.as_bytes()) {
            self.told = lost;
        } else {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes it all, and says whether that was done. A record that must not be lost is tried until it is.
    fn write(&mut self, line: &[u8]) -> bool {
        let mut rest = line;
        while !rest.is_empty() {
            match self.writer.write(rest) {
                Ok(written) if written > 0 => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ if self.when_full == WhenFull::Refuse => thread::sleep(TRY_AGAIN),
                _ => break,
            }
        }
        self.torn = !rest.is_empty() && (self.torn || rest.len() < line.len());
        rest.is_empty()
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.writer.flush();
        if flushed.is_err() && self.when_full == WhenFull::Drop {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        flushed
    }
}
