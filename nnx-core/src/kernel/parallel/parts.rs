//! How a loop is cut into parts, and which thread takes which: see [`super`].

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::num_threads;
#[cfg(feature = "parallel")]
use super::region;

/// The least number of elements of a task: 2 µs, as long as a parallel region takes between cores that share no cache. An
/// array that is shorter than two tasks is the caller's alone.
pub(super) const LEAST_ELEMENTS: usize = 16 * 1024;
/// The most elements of a task of a large array: it comes from memory, and long tasks read it in order.
pub(super) const MOST_ELEMENTS: usize = 32 * 1024;
/// Tasks have whole cache lines, of which x86 fetches pairs: 128 bytes of `f32`.
const WHOLE_LINES: usize = 32;

/// Elements per task of an elementwise loop over `all`: each thread has equally many tasks.
pub(crate) fn elements_per_task(all: usize) -> usize {
    all.div_ceil(tasks(all)).next_multiple_of(WHOLE_LINES)
}

/// The number of tasks of a loop that reads or writes `all` elements: one for none.
pub(super) fn tasks(all: usize) -> usize {
    let tasks = all.div_ceil((all / 16).clamp(LEAST_ELEMENTS, MOST_ELEMENTS));
    let (threads, most) = (num_threads(), all / LEAST_ELEMENTS);
    match tasks.next_multiple_of(threads) {
        equal if equal <= most => equal.max(1),
        _ if most > threads => most - most % threads,
        _ => most.max(1),
    }
}

/// The number of chunks of work that could be cut into `chunks` or more, such that each thread has equally many. Fewer chunks
/// than threads aren't cut further: each is little work.
pub(crate) fn equal_chunks(chunks: usize) -> usize {
    let threads = num_threads();
    if chunks < threads { chunks.max(1) } else { chunks.next_multiple_of(threads) }
}

/// Calls `work` with each index below `parts`, on several threads if `parallel`. Each thread first takes the parts of a
/// range of its own, then the remaining parts of other threads' ranges.
pub(super) fn run_parts(parts: usize, parallel: bool, last: Left, work: &(dyn Fn(usize) + Sync)) {
    let helpers = if parallel && parts > 1 { num_threads().min(parts) - 1 } else { 0 };
    if helpers == 0 {
        return (0..parts).for_each(work);
    }
    let ranges = helpers.min(MOST_RANGES - 1) + 1;
    let start = |range: usize| range * parts / ranges;
    let shared: [Share; MOST_RANGES] = std::array::from_fn(|_| Share::default());
    let take_parts = || {
        #[cfg(feature = "parallel")]
        let own = region::thread_number();
        #[cfg(not(feature = "parallel"))]
        let own = 0;
        shared[own % ranges].has_owner.store(true, Ordering::Relaxed);
        for offset in 0..ranges {
            let range = (own + offset) % ranges;
            let (first, count) = (start(range), start(range + 1) - start(range));
            let Share { taken, has_owner } = &shared[range];
            // Relaxed ordering is enough for the index: the end of the region orders what the threads write. An owner
            // leaves no part of its range, so it doesn't matter which thread sees that there is one.
            let left = || {
                last == Left::ForOwner
                    && offset > 0
                    && has_owner.load(Ordering::Relaxed)
                    && taken.load(Ordering::Relaxed) + 1 >= count
            };
            let take = || Some(taken.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < count);
            while !left()
                && let Some(i) = take()
            {
                work(first + i);
            }
        }
    };
    #[cfg(feature = "parallel")]
    region::run(helpers, &take_parts);
    #[cfg(not(feature = "parallel"))]
    take_parts();
}

/// What happens to the last part of another thread's range.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Another thread may take it, as it may take other parts.
    Taken,
    /// The owner does it, if it is at work: it will soon be there, and has what the part needs in its cache. For parts of
    /// little arithmetic, which take longer on another core.
    ForOwner,
}

/// The most ranges of parts. More threads share them.
const MOST_RANGES: usize = 16;

/// A range of parts. Each one has cache lines of its own, as threads of different ranges write them at the same time.
#[derive(Default)]
#[repr(align(128))]
struct Share {
    /// The number of parts that are taken.
    taken: AtomicUsize,
    /// Whether a thread takes the parts of this range first, and has started.
    has_owner: AtomicBool,
}
