//! Threads that make batches ahead.
//!
//! Each thread takes the next number, makes that batch, and puts it where it is looked for. The batches come out in
//! the order of their numbers. A thread waits while `ahead` batches are made or being made and not yet taken.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// A value, or the payload of the panic that it ended in.
type Outcome<T> = Result<T, Box<dyn Any + Send>>;

/// Values by number, made ahead by threads, which end when this is dropped.
pub(super) struct Prefetch<T> {
    shared: Arc<Shared<T>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// The number that the next free thread makes.
    next: u64,
    end: u64,
    /// The index of the next value to take.
    wanted: u64,
    ahead: u64,
    ready: BTreeMap<u64, Outcome<T>>,
    /// Whether the workers should stop.
    closed: bool,
}

impl<T: Send + 'static> Prefetch<T> {
    /// Makes the values of `numbers` on `workers` threads, at most `ahead` for each of them. `None` if the system can't
    /// start a thread.
    pub(super) fn start(
        numbers: Range<u64>,
        workers: usize,
        ahead: usize,
        make: impl Fn(u64) -> T + Send + Sync + 'static,
    ) -> Option<Self> {
        let ahead = workers.saturating_mul(ahead) as u64;
        let state = State {
            next: numbers.start,
            end: numbers.end,
            wanted: numbers.start,
            ahead,
            ready: BTreeMap::new(),
            closed: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let make = Arc::new(make);
        let count = (numbers.end - numbers.start).min(workers as u64);
        let spawn = |_| {
            let (shared, make) = (Arc::clone(&shared), Arc::clone(&make));
            let name = "nnx-loader".to_owned();
            thread::Builder::new().name(name).spawn(move || shared.work(&*make)).ok()
        };
        let threads: Vec<_> = (0..count).filter_map(spawn).collect();
        (!threads.is_empty()).then_some(Self { shared, threads })
    }

    /// The next value, in the order of the numbers. A panic of its thread is raised again here.
    ///
    /// # Panics
    /// If all values were taken.
    pub(super) fn take(&mut self) -> T {
        let mut state = self.shared.lock();
        assert!(state.wanted < state.end, "all batches were taken");
        let outcome = loop {
            let wanted = state.wanted;
            if let Some(outcome) = state.ready.remove(&wanted) {
                break outcome;
            }
            state = self.shared.wait(state);
        };
        state.wanted += 1;
        drop(state);
        self.shared.changed.notify_all();
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl<T> Shared<T> {
    /// No code that may panic runs under the lock, so its state is whole.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// The loop of a worker thread.
    fn work(&self, make: &(impl Fn(u64) -> T + ?Sized)) {
        while let Some(number) = self.claim() {
            let outcome = catch_unwind(AssertUnwindSafe(|| make(number)));
            self.lock().ready.insert(number, outcome);
            self.changed.notify_all();
        }
    }

    /// The next number to make, as soon as there is room; `None` at the end.
    fn claim(&self) -> Option<u64> {
        let mut state = self.lock();
        loop {
            if state.closed || state.next >= state.end {
                return None;
            }
            if state.next - state.wanted < state.ahead {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.wait(state);
        }
    }
}

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A panic of the thread was caught, and has been passed on.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn values_come_in_order_however_long_each_takes() {
        for workers in [1, 2, 5] {
            let make = |number: u64| {
                thread::sleep(Duration::from_micros(number * 7919 % 13 * 50));
                number * number
            };
            let mut prefetch = Prefetch::start(3..40, workers, 2, make).expect("threads");
            let values: Vec<u64> = (3..40).map(|_| prefetch.take()).collect();
            assert_eq!(values, (3..40).map(|number| number * number).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_more_is_made_than_was_asked_for() {
        let made = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&made);
        let make = move |number| {
            count.fetch_add(1, Ordering::SeqCst);
            number
        };
        let mut prefetch = Prefetch::start(0..1000, 2, 3, make).expect("threads");
        for taken in 0..20 {
            assert_eq!(prefetch.take(), taken);
            let made = made.load(Ordering::SeqCst);
            assert!(made <= taken + 1 + 6, "{made} made, {} taken", taken + 1);
        }
        drop(prefetch);
        assert!(made.load(Ordering::SeqCst) <= 26, "threads end when nothing more is wanted");
    }

    #[test]
    fn a_panic_goes_on_where_the_value_is_taken() {
        let make = |number: u64| if number == 2 { panic!("number 2") } else { number };
        let mut prefetch = Prefetch::start(0..5, 1, 2, make).expect("a thread");
        assert_eq!((prefetch.take(), prefetch.take()), (0, 1));
        let panic = catch_unwind(AssertUnwindSafe(|| prefetch.take())).expect_err("a panic");
        assert_eq!(panic.downcast_ref(), Some(&"number 2"));
    }
}
