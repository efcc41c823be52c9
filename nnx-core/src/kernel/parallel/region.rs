//! Parallel regions: the thread that calls an operation, and workers that help it.
//!
//! The caller takes parts of the work itself and doesn't wait for workers to start. It offers the region to workers
//! that have none. A worker that starts while the region is open helps; from one that hasn't started when the work
//! is done, the caller takes the region back. So a busy machine never delays the caller, and if many threads call
//! operations at once, each one computes its own.
//!
//! At the end the caller waits for the workers that are at work. It runs no other job in that time, so a mutex or a
//! thread-local's `RefCell` may be held during an operation. A worker computes parts of a kernel and nothing else,
//! so it always finishes, and the caller does too.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::settings::Settings;
use super::threads::num_threads;
use super::workers::{MOST_WORKERS, Worker, workers};

/// The work of a region: takes parts until none are left.
pub(super) type RegionFn<'a> = &'a (dyn Fn() + Sync);

/// One loop that several threads share. Aligned so that the lowest bits of its address are free.
#[repr(align(8))]
pub(super) struct Region<'a> {
    work: RegionFn<'a>,
    /// The first panic of a worker.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// Threads of the process that are in a region: callers and the workers that were assigned to them.
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// The id of the process that first opened a region, and so started the workers.
static PROCESS: OnceLock<u32> = OnceLock::new();

thread_local! {
    /// Whether this thread is in a region: then its loops run on this thread alone.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// 0 for a caller, from 1 on for the workers.
    static NUMBER: Cell<usize> = const { Cell::new(0) };
}

/// Marks this thread as a worker: all loops that it starts run on it alone.
pub(super) fn mark_as_worker(number: usize) {
    INSIDE.set(true);
    NUMBER.set(number);
}

/// The number of this thread among those that may share a region: 0 for a caller.
pub(super) fn thread_number() -> usize {
    NUMBER.get()
}

fn process() -> u32 {
    if cfg!(unix) { std::process::id() } else { 0 }
}

/// Calls `work` on this thread and on up to `helpers` others. Returns when all of them have returned, and
/// panics if one of them has.
pub(super) fn run(helpers: usize, work: RegionFn<'_>) {
    // A child of `fork` has the memory of its parent's workers, but not the threads.
    let forked = *PROCESS.get_or_init(process) != process();
    if forked || INSIDE.replace(true) {
        return work();
    }
    // The settings are read on this thread: a wrong setting must not end a worker.
    Settings::of_process();
    let region = Region { work, panic: Mutex::new(None) };
    let assigned = region.assign_workers(helpers);
    let result = catch_unwind(AssertUnwindSafe(work));
    region.join(&assigned);
    INSIDE.set(false);
    let of_workers = region.panic.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(panic) = result.err().or(of_workers) {
        resume_unwind(panic);
    }
}

/// The workers that a region was assigned to, one bit each.
#[derive(Default)]
struct Assigned {
    bits: [u64; MOST_WORKERS.div_ceil(64)],
    count: usize,
}

impl Assigned {
    fn add(&mut self, worker: usize) {
        self.bits[worker / 64] |= 1 << (worker % 64);
        self.count += 1;
    }

    fn workers(&self) -> impl Iterator<Item = &'static Worker> {
        let all = workers(MOST_WORKERS).iter().enumerate();
        all.filter(|(i, _)| self.bits[i / 64] >> (i % 64) & 1 == 1)
            .map(|(_, worker)| worker)
            .take(self.count)
    }
}

impl Region<'_> {
    /// Assigns the region to idle workers. Threads that are in a region already are counted, so that many callers at
    /// once don't use more threads than the setting allows.
    fn assign_workers(&self, helpers: usize) -> Assigned {
        let busy = BUSY.fetch_add(1, Ordering::Relaxed);
        let most = num_threads() - 1;
        let wanted = helpers.min(most.saturating_sub(busy));
        let mut assigned = Assigned::default();
        for (i, worker) in workers(most).iter().enumerate() {
            if assigned.count == wanted {
                break;
            }
            if worker.assign(self.address()) {
                assigned.add(i);
            }
        }
        BUSY.fetch_add(assigned.count, Ordering::Relaxed);
        assigned
    }

    /// Takes back the workers that haven't started, and waits for the others.
    fn join(&self, assigned: &Assigned) {
        for worker in assigned.workers() {
            worker.join(self.address());
        }
        BUSY.fetch_sub(1 + assigned.count, Ordering::Relaxed);
    }

    /// The loop of a worker to which the region was assigned.
    pub(super) fn help(&self) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(self.work)) {
            self.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
        }
    }

    fn address(&self) -> *mut Region<'static> {
        ptr::from_ref(self).cast_mut().cast()
    }
}
