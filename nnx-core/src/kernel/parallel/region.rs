//! Parallel regions: a thread that calls an operation, and threads of its rayon pool that help it.
//!
//! The caller takes parts itself and doesn't wait for others to begin. It spawns a few jobs into its pool. A job
//! that starts while the region is open helps; one that starts later finds nothing to do and ends. So a pool
//! that is busy never holds the caller up, and where all threads of a pool call operations, as in a `par_iter`,
//! each computes its own alone.
//!
//! At its end a region is closed, and the caller blocks until those who are helping have finished their parts.
//! It doesn't wait by `rayon::scope` or `join`: these run other jobs of the pool meanwhile, jobs of
//! the program that calls the operation. Run on this thread, within the operation, they would find a
//! thread-local borrowed or lock a mutex twice. A helper, on the other hand, may run within some `join` of
//! another thread: it computes parts of a kernel and calls nothing else. So it always finishes, and the caller
//! with it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// What all threads of a region do: take parts until none is left.
type Work<'a> = &'a (dyn Fn() + Sync);

/// Jobs for each thread of the pool that a caller may have waiting. More would not find a free thread, and pile
/// up in a pool that is busy for long.
const WAITING: usize = 4;

/// A thread that opens regions, one at a time.
#[derive(Default)]
struct Caller {
    state: Mutex<State>,
    /// Notified when the last helper has finished.
    finished: Condvar,
    /// Jobs of this caller that haven't started.
    waiting: AtomicUsize,
}

#[derive(Default)]
struct State {
    /// Set while a region is open.
    work: Option<Work<'static>>,
    /// Threads that are helping.
    helpers: usize,
    /// The first panic of a helper.
    panic: Option<Box<dyn Any + Send>>,
}

thread_local! {
    static CALLER: Arc<Caller> = Arc::default();
}

/// The process in which the number of threads was asked for first, and so rayon's threads were started.
static PROCESS: OnceLock<u32> = OnceLock::new();

/// The number of this process, on systems whose processes fork.
fn process() -> u32 {
    if cfg!(unix) { std::process::id() } else { 0 }
}

/// Threads of the rayon pool that the caller is in: the global one, unless it is a thread of another.
pub(super) fn threads() -> usize {
    PROCESS.get_or_init(process);
    rayon::current_num_threads()
}

/// Calls `work` on this thread and on up to so many others at once. Returns when all of them have returned, and
/// panics if one of them has.
pub(super) fn run(helpers: usize, work: Work<'_>) {
    // A child of `fork` has the memory of its parent's threads, locks included, but not the threads.
    let forked = PROCESS.get().is_some_and(|&first| first != process());
    // A thread that ends may have dropped its caller already.
    let caller = if forked { None } else { CALLER.try_with(Arc::clone).ok() };
    let Some(caller) = caller.filter(|caller| caller.open(work)) else { return work() };
    let result = catch_unwind(AssertUnwindSafe(|| {
        caller.ask(helpers);
        work();
    }));
    let of_helpers = caller.close();
    if let Some(panic) = result.err().or(of_helpers) {
        resume_unwind(panic);
    }
}

impl Caller {
    /// Opens a region, unless one is open: then the caller is a part of that one. Who opens it closes
    /// it before `work` goes out of scope.
    fn open(&self, work: Work<'_>) -> bool {
        let mut state = self.state();
        if state.work.is_some() {
            return false;
        }
        // SAFETY: only the lifetime changes. Helpers read `work` while it is set here, count themselves under
        // the same lock, and uncount themselves after their last use of it. `close` unsets it and waits for
        // them, and `run`, the only function that opens regions, closes each before it returns or panics.
        state.work = Some(unsafe { std::mem::transmute::<Work<'_>, Work<'static>>(work) });
        true
    }

    /// Spawns jobs that help.
    fn ask(self: &Arc<Self>, helpers: usize) {
        let room = (WAITING * threads()).saturating_sub(self.waiting.load(Ordering::Relaxed));
        for _ in 0..helpers.min(room) {
            self.waiting.fetch_add(1, Ordering::Relaxed);
            let caller = Arc::clone(self);
            rayon::spawn(move || {
                caller.waiting.fetch_sub(1, Ordering::Relaxed);
                caller.help();
            });
        }
    }

    /// What a job does: joins the region that is open, if any.
    fn help(&self) {
        let mut state = self.state();
        let Some(work) = state.work else { return };
        state.helpers += 1;
        drop(state);
        let result = catch_unwind(AssertUnwindSafe(work));
        let mut state = self.state();
        state.helpers -= 1;
        if let Err(panic) = result {
            state.panic.get_or_insert(panic);
        }
        if state.helpers == 0 {
            self.finished.notify_one();
        }
    }

    /// Closes the region: lets nobody in any more, and blocks until all helpers have left. Gives the panic of one
    /// of them, if there was any.
    fn close(&self) -> Option<Box<dyn Any + Send>> {
        let mut state = self.state();
        state.work = None;
        while state.helpers > 0 {
            state = self.finished.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.panic.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Jobs of this thread that haven't started, and how many there may be.
#[cfg(test)]
pub(super) fn waiting() -> (usize, usize) {
    (CALLER.with(|caller| caller.waiting.load(Ordering::Relaxed)), WAITING * threads())
}
