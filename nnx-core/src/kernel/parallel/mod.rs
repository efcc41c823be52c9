//! Parallel loops over chunks of a slice. Chunks whose bounds affect the result (partial sums) depend on
//! the size of the slice alone, never on the number of threads.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod` | loops and lists of tasks |
//! | `region` | the threads that share one loop |
//!
//! The work on a chunk is a trait object. The chunk is large enough to hide the dynamic call, and the
//! threading code is compiled once for each element type instead of once for each kernel.

#[cfg(feature = "parallel")]
mod region;
#[cfg(all(test, feature = "parallel"))]
mod tests;

use std::ops::Range;
#[cfg(feature = "parallel")]
use std::sync::{Mutex, PoisonError};

/// Elements per task of an elementwise loop: below two such tasks, threads cost more than they save.
pub(crate) const ELEMENTS_PER_TASK: usize = 32 * 1024;

/// The work on a chunk: takes the chunk's index and its elements.
pub(crate) type ChunkFn<'a, T> = &'a (dyn Fn(usize, &mut [T]) + Sync);

/// Calls `work(index, chunk)` for consecutive chunks of `length` elements; the last one may be shorter.
///
/// Inlining would compile the loop and `work` once more for each caller.
#[inline(never)]
pub(crate) fn for_chunks<T: Send>(
    out: &mut [T],
    length: usize,
    parallel: bool,
    work: ChunkFn<'_, T>,
) {
    let chunks = out.chunks_mut(length.max(1)).enumerate();
    let max_threads = if parallel { threads() } else { 1 };
    run_parts(chunks, max_threads, |(i, chunk)| work(i, chunk));
}

/// Work that any thread may do.
pub(crate) type Task<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Runs all tasks, on as many threads as there are.
pub(crate) fn join_all(tasks: Vec<Task<'_>>) {
    run_parts(tasks.into_iter(), threads(), |task| task());
}

/// Calls `work` with each part, on at most `max_threads` threads. A thread that is free takes the next
/// part.
fn run_parts<P: Send>(
    parts: impl ExactSizeIterator<Item = P> + Send,
    max_threads: usize,
    work: impl Fn(P) + Sync,
) {
    #[cfg(feature = "parallel")]
    if max_threads > 1 && parts.len() > 1 {
        let helpers = max_threads.min(parts.len()) - 1;
        let parts = Mutex::new(parts);
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        region::run(helpers, &|| {
            while let Some(part) = next() {
                work(part);
            }
        });
        return;
    }
    let _ = max_threads;
    parts.for_each(work);
}

/// The number of threads that share work.
pub(crate) fn threads() -> usize {
    #[cfg(feature = "parallel")]
    return region::threads();
    #[cfg(not(feature = "parallel"))]
    1
}

/// An elementwise loop: calls `work(range, chunk)` for chunks of `out`; `range` is where the chunk is.
#[inline(always)]
pub(crate) fn elements<T: Send>(out: &mut [T], work: impl Fn(Range<usize>, &mut [T]) + Sync) {
    elements_dyn(out, &work);
}

#[inline(never)]
fn elements_dyn<T: Send>(out: &mut [T], work: &(dyn Fn(Range<usize>, &mut [T]) + Sync)) {
    for_chunks(out, ELEMENTS_PER_TASK, true, &|i, slice| {
        let start = i * ELEMENTS_PER_TASK;
        work(start..start + slice.len(), slice);
    });
}

/// A loop over rows of `width` elements: calls `work(first row, rows)` for chunks of whole rows.
#[inline(always)]
pub(crate) fn rows<T: Send>(out: &mut [T], width: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    rows_dyn(out, width, &work);
}

#[inline(never)]
fn rows_dyn<T: Send>(out: &mut [T], width: usize, work: ChunkFn<'_, T>) {
    let rows_per_task = (ELEMENTS_PER_TASK / width.max(1)).max(1);
    for_chunks(out, rows_per_task * width, true, &|i, slice| work(i * rows_per_task, slice));
}
