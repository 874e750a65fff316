//! Ctrl-C and SIGTERM as a request to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::exit_code;
use super::output;
use landauer::failure::{Categorised, Category};

/// Becomes true at the first signal.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the first Ctrl-C asks and the second one ends the process at once.
    pub(super) fn listen() -> Self {
        let requested = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&requested);
        let listening = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::SeqCst) {
                std::process::exit(i32::from(exit_code(Category::Interrupted)));
            }
        });
        if let Err(error) = listening {
            // Without a handler a signal ends the process, which loses nothing that is written.
            output::complain(&format!("warning: no handler for Ctrl-C: {error}"));
        }
        Self(requested)
    }

    /// Was a stop requested?
    pub(super) fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The work was stopped.
#[derive(Debug, thiserror::Error)]
#[error("stopped; {kept}")]
pub(super) struct Interrupted {
    /// What is kept, and how to resume.
    pub(super) kept: String,
}

impl Categorised for Interrupted {
    fn category(&self) -> Category {
        Category::Interrupted
    }
}
