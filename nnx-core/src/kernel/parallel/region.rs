//! Parallel regions: the thread that calls an operation, and threads of its rayon pool that help it.
//!
//! The caller takes parts of the work itself and doesn't wait for helpers to start. It spawns a few jobs
//! into its pool. A job that starts while the region is open helps; a job that starts later returns at
//! once. So a busy pool never delays the caller, and if all threads of a pool call operations, as in a
//! `par_iter`, each one computes its own.
//!
//! At the end the caller closes the region and blocks until its helpers have finished their parts. It
//! doesn't use `rayon::scope` or `join`, because while these wait they run other jobs of the pool, which
//! are jobs of the user's program. On this thread, inside of the operation, such a job could find a
//! thread-local borrowed or lock a mutex twice. A helper may run inside of some `join` of another thread,
//! but it computes parts of a kernel and calls nothing else. So it always finishes, and the caller does
//! too.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// The work of a region: takes parts until none are left.
type RegionFn<'a> = &'a (dyn Fn() + Sync);

/// Queued jobs that a caller may have for each thread of the pool. More would find no free thread, and they
/// would pile up if the pool is busy for long.
const QUEUED_JOBS_PER_THREAD: usize = 4;

/// A thread that opens regions, one at a time.
#[derive(Default)]
struct Caller {
    state: Mutex<State>,
    /// Notified when the last helper has finished.
    finished: Condvar,
    /// Jobs of this caller that haven't started.
    queued: AtomicUsize,
}

#[derive(Default)]
struct State {
    /// Set while a region is open.
    work: Option<RegionFn<'static>>,
    /// Threads that are helping.
    helpers: usize,
    /// The first panic of a helper.
    panic: Option<Box<dyn Any + Send>>,
}

thread_local! {
    static CALLER: Arc<Caller> = Arc::default();
}

/// The process that first asked for the number of threads, and so started rayon's threads.
static PROCESS: OnceLock<u32> = OnceLock::new();

/// The process id, on systems that have `fork`.
fn process() -> u32 {
    if cfg!(unix) { std::process::id() } else { 0 }
}

/// The number of threads of the current rayon pool: the global one, unless this is a thread of another.
pub(super) fn threads() -> usize {
    PROCESS.get_or_init(process);
    rayon::current_num_threads()
}

/// Calls `work` on this thread and on up to `helpers` others. Returns when all of them have returned, and
/// panics if one of them has.
pub(super) fn run(helpers: usize, work: RegionFn<'_>) {
    // A child of `fork` has the memory of its parent's threads, locks included, but not the threads.
    let forked = PROCESS.get().is_some_and(|&first| first != process());
    // Thread-locals of a thread that is ending may be gone.
    let caller = if forked { None } else { CALLER.try_with(Arc::clone).ok() };
    let Some(caller) = caller.filter(|caller| caller.open(work)) else { return work() };
    let result = catch_unwind(AssertUnwindSafe(|| {
        caller.spawn_helpers(helpers);
        work();
    }));
    let of_helpers = caller.close();
    if let Some(panic) = result.err().or(of_helpers) {
        resume_unwind(panic);
    }
}

impl Caller {
    /// Opens a region and returns true, unless one is open: then the caller is inside of it. `run` closes
    /// the region before `work` goes out of scope.
    fn open(&self, work: RegionFn<'_>) -> bool {
        let mut state = self.state();
        if state.work.is_some() {
            return false;
        }
        // SAFETY: only the lifetime changes. Helpers read `work` while it is set here, increment `helpers`
        // under the same lock, and decrement it after their last use of `work`. `close` unsets it and waits
        // for them, and `run`, the only function that opens regions, closes each one before it returns or
        // panics.
        state.work = Some(unsafe { std::mem::transmute::<RegionFn<'_>, RegionFn<'static>>(work) });
        true
    }

    /// Spawns jobs that help.
    fn spawn_helpers(self: &Arc<Self>, helpers: usize) {
        let capacity = (QUEUED_JOBS_PER_THREAD * threads())
            .saturating_sub(self.queued.load(Ordering::Relaxed));
        for _ in 0..helpers.min(capacity) {
            self.queued.fetch_add(1, Ordering::Relaxed);
            let caller = Arc::clone(self);
            rayon::spawn(move || {
                caller.queued.fetch_sub(1, Ordering::Relaxed);
                caller.help();
            });
        }
    }

    /// The body of a job: joins the region if it is open.
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

    /// Closes the region: no helper joins any more, and those in it have finished on return. Returns the
    /// panic of one of them, if any.
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

/// Queued jobs of this thread, and how many there may be.
#[cfg(test)]
pub(super) fn queued_jobs() -> (usize, usize) {
    (
        CALLER.with(|caller| caller.queued.load(Ordering::Relaxed)),
        QUEUED_JOBS_PER_THREAD * threads(),
    )
}
