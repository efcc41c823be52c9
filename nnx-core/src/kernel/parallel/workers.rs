//! The threads that help callers of operations. They are started when a region first asks for them, and live as
//! long as the process.
//!
//! Each worker has one word that says what it does. Callers and the worker change it by compare-and-swap:
//!
//! | word | meaning | who changes it |
//! |---|---|---|
//! | `AWAKE` | no region; the worker reads the word again and again | a caller assigns a region, or the worker falls asleep |
//! | `ASLEEP` | no region; the worker is parked | a caller assigns a region and unparks |
//! | region | assigned, not started | the worker starts, the caller takes it back |
//! | region + `RUNNING` | at work | the worker finishes: `AWAKE` |
//! | region + `RUNNING` + `CALLER_WAITS` | at work, and the caller is blocked | the worker finishes and notifies |
//!
//! A region lives on its caller's stack until the caller has taken back or seen the end of each worker that it was assigned to, so
//! no two regions have the same address at one time, and a word with the address of a region is about that region.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::region::Region;
use super::settings::Settings;
use super::threads::MOST_THREADS;

/// The most workers: the caller is one of the threads, too.
pub(super) const MOST_WORKERS: usize = MOST_THREADS - 1;

/// How often a worker reads its word before it reads the clock.
const SPINS_PER_LOOK: u32 = 64;

const RUNNING: usize = 1;
const CALLER_WAITS: usize = 2;

type Word = *mut Region<'static>;

const AWAKE: Word = ptr::null_mut();
const ASLEEP: Word = ptr::without_provenance_mut(RUNNING);

/// A worker. It has cache lines of its own (x86 fetches pairs of 64 bytes), so that callers don't slow down other
/// workers.
#[repr(align(128))]
pub(super) struct Worker {
    word: AtomicPtr<Region<'static>>,
    /// `None` if the operating system refused to start the thread.
    thread: OnceLock<Option<Thread>>,
    /// A caller holds it from reading the word until it waits, so that it misses no notification.
    gate: Mutex<()>,
    /// Notified when the worker has finished and the caller waits.
    finished: Condvar,
}

static WORKERS: [Worker; MOST_WORKERS] = [const { Worker::new() }; MOST_WORKERS];

/// The workers, the first `count` of them.
pub(super) fn workers(count: usize) -> &'static [Worker] {
    &WORKERS[..count.min(MOST_WORKERS)]
}

impl Worker {
    const fn new() -> Self {
        Self {
            word: AtomicPtr::new(AWAKE),
            thread: OnceLock::new(),
            gate: Mutex::new(()),
            finished: Condvar::new(),
        }
    }

    /// Assigns a region to the worker, if it has none.
    pub(super) fn assign(&'static self, region: Word) -> bool {
        let Some(thread) = self.thread.get_or_init(|| self.start()) else { return false };
        for idle in [AWAKE, ASLEEP] {
            if self.replace(idle, region) {
                if idle == ASLEEP {
                    thread.unpark();
                }
                return true;
            }
        }
        false
    }

    /// Returns when the worker has finished this region, or takes the region back if the worker hasn't started.
    pub(super) fn join(&self, region: Word) {
        let spin = Settings::of_process().spin;
        let running = with(region, RUNNING);
        // Takes the region back. A thread that is still waking up then finds `AWAKE`, and waits for another region.
        if self.replace(region, AWAKE) || spin_while(|| self.read() == running, spin) {
            return;
        }
        let waiting = with(running, CALLER_WAITS);
        if self.replace(running, waiting) {
            let mut gate = self.gate();
            while self.read() == waiting {
                gate = self.finished.wait(gate).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn start(&'static self) -> Option<Thread> {
        let builder = thread::Builder::new().name("nnx-worker".to_owned());
        let handle = builder.spawn(|| self.serve()).ok()?;
        Some(handle.thread().clone())
    }

    /// The main loop of a worker's thread.
    fn serve(&'static self) {
        let worker = WORKERS.iter().position(|worker| ptr::eq(worker, self)).expect("a worker");
        super::region::mark_as_worker(worker + 1);
        loop {
            let region = self.wait_for_region();
            // SAFETY: `region` is the address of a region that this worker was assigned to. Its caller keeps it alive until
            // the word changes from `running`, which only `finish` below does.
            unsafe { &*region }.help();
            self.finish(with(region, RUNNING));
        }
    }

    /// Waits for a region, and marks it as running.
    fn wait_for_region(&self) -> Word {
        let spin = Settings::of_process().spin;
        loop {
            let idle = spin_while(|| self.read() == AWAKE, spin);
            if !idle && self.replace(AWAKE, ASLEEP) {
                while self.read() == ASLEEP {
                    thread::park();
                }
            }
            let region = self.read();
            if region != AWAKE && self.replace(region, with(region, RUNNING)) {
                return region;
            }
        }
    }

    fn finish(&self, running: Word) {
        if !self.replace(running, AWAKE) {
            // The caller is blocked. It reads the word while it holds this lock.
            let _gate = self.gate();
            self.word.store(AWAKE, Ordering::Release);
            self.finished.notify_one();
        }
    }

    fn read(&self) -> Word {
        self.word.load(Ordering::Acquire)
    }

    fn replace(&self, old: Word, new: Word) -> bool {
        self.word.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    fn gate(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn with(word: Word, flag: usize) -> Word {
    word.map_addr(|address| address | flag)
}

/// Spins until `busy` returns false (then returns true), or until this time is over (then returns false).
fn spin_while(busy: impl Fn() -> bool, time: Duration) -> bool {
    let mut end = None;
    loop {
        for _ in 0..SPINS_PER_LOOK {
            if !busy() {
                return true;
            }
            std::hint::spin_loop();
        }
        let now = Instant::now();
        if now >= *end.get_or_insert(now + time) {
            return false;
        }
    }
}
