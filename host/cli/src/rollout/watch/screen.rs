//! The terminal, taken over for a picture and given back as it was: at the end, on Ctrl-C and on a panic.

use std::io::{self, Read, Stdout, Write, stdout};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use ratatui::backend::TermionBackend;
use ratatui::{Frame, Terminal};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::ending::Ending;
use crate::failure::Failure;

/// Another screen without a cursor; what stood on the usual one comes back with it.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l";
const LEAVE: &[u8] = b"\x1b[?25h\x1b[?1049l";

/// The terminal, for as long as this lives.
pub(super) struct Screen {
    terminal: Terminal<TermionBackend<Stdout>>,
    before: Termios,
    is_enough: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn take() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        // Keys come at once and aren't shown. Ctrl-C goes on being a signal.
        quiet.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        give_back_on_panic(before.clone());
        tcsetattr(io::stdin(), OptionalActions::Now, &quiet)?;
        let made = || {
            stdout().write_all(ENTER)?;
            Terminal::new(TermionBackend::new(stdout()))
        };
        let terminal = made().inspect_err(|_| give_back(&before))?;
        Ok(Self {
            terminal,
            before,
            is_enough: listen(),
        })
    }

    /// Shows a picture.
    pub(super) fn show(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> Result<(), Failure> {
        self.terminal.draw(draw)?;
        Ok(())
    }

    /// Waits so long; whether the person has seen enough.
    pub(super) fn wait(&self, time: Duration, ending: &Ending) -> bool {
        const SLICE: Duration = Duration::from_millis(50);
        let mut left = time;
        while !left.is_zero() {
            if ending.is_told() || self.is_enough.load(Ordering::Relaxed) {
                return true;
            }
            let slice = left.min(SLICE);
            ending.wait_for(slice);
            left = left.saturating_sub(slice);
        }
        false
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back(&self.before);
    }
}

fn give_back(before: &Termios) {
    // Where the terminal is gone, there is nobody to give it back to.
    drop(stdout().write_all(LEAVE).and_then(|()| stdout().flush()));
    let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
}

/// A panic is told on the usual screen.
fn give_back_on_panic(before: Termios) {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        give_back(&before);
        tell(panic);
    }));
}

/// Reads keys until `q`. The thread waits for keys as long as the process lives, and holds nothing.
fn listen() -> Arc<AtomicBool> {
    let is_enough = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_enough);
    // Without it, Ctrl-C still ends it.
    drop(
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || {
                for key in io::stdin().lock().bytes() {
                    if matches!(key, Ok(b'q' | b'Q') | Err(_)) {
                        seen.store(true, Ordering::Relaxed);
                        return;
                    }
                }
            }),
    );
    is_enough
}
