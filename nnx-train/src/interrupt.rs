//! A request to stop after the step that is running.

use std::sync::Arc;
#[cfg(feature = "signals")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "signals")]
use crate::TrainError;

/// A request to stop after the step that is running: by Ctrl-C, or by another thread.
///
/// ```
/// use nnx_train::Interrupt;
///
/// let interrupt = Interrupt::new();
/// let of_another_thread = interrupt.clone();
/// std::thread::spawn(move || of_another_thread.request()).join().unwrap();
/// assert!(interrupt.is_requested());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// A new one, by which nothing is requested.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The request of Ctrl-C and of the signals `SIGTERM` and `SIGHUP`, by which job schedulers end programs. There is
    /// one for the whole program.
    ///
    /// The first signal lets the running step finish. The second ends the program at once, with exit code 130.
    ///
    /// Where another part of the program handles one of these signals, or it is ignored, as under `nohup` and for
    /// `program &` in a script, all stay as they are, and nothing is requested.
    ///
    /// # Errors
    /// If the system refuses.
    #[cfg(feature = "signals")]
    pub fn on_ctrl_c() -> Result<Self, TrainError> {
        static SHARED: OnceLock<Result<Interrupt, String>> = OnceLock::new();
        let install = || {
            let interrupt = Self::new();
            let ours = interrupt.clone();
            let handle = move || {
                if ours.0.swap(true, Ordering::Relaxed) {
                    std::process::exit(130);
                }
                eprintln!("\nstopping after this step; once more stops at once");
            };
            match ctrlc::try_set_handler(handle) {
                Ok(()) => Ok(interrupt),
                // `MultipleHandlers` is also the error for a signal that is ignored, as under `nohup` or in the
                // background of a script. It stays ignored.
                Err(ctrlc::Error::MultipleHandlers) => Ok(interrupt),
                Err(error) => Err(error.to_string()),
            }
        };
        SHARED.get_or_init(install).clone().map_err(TrainError::Signals)
    }

    /// Requests it.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether a stop is requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
