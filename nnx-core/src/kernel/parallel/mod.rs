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
pub(crate) const PART: usize = 32 * 1024;

/// The work on a chunk: takes the chunk's index and its elements.
pub(crate) type Work<'a, T> = &'a (dyn Fn(usize, &mut [T]) + Sync);

/// Calls `work(index, chunk)` for consecutive chunks of `length` elements; the last one may be shorter.
pub(crate) fn chunks<T: Send>(out: &mut [T], length: usize, parallel: bool, work: Work<'_, T>) {
    let parts = out.chunks_mut(length.max(1)).enumerate();
    let at_once = if parallel { threads() } else { 1 };
    share(parts, at_once, |(part, slice)| work(part, slice));
}

/// Work that any thread may do.
pub(crate) type Task<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Runs all tasks, on as many threads as there are.
pub(crate) fn all(tasks: Vec<Task<'_>>) {
    share(tasks.into_iter(), threads(), |task| task());
}

/// Calls `work` with each part, on at most `at_once` threads. A thread that is free takes the next part.
fn share<P: Send>(
    parts: impl ExactSizeIterator<Item = P> + Send,
    at_once: usize,
    work: impl Fn(P) + Sync,
) {
    #[cfg(feature = "parallel")]
    if at_once > 1 && parts.len() > 1 {
        let helpers = at_once.min(parts.len()) - 1;
        let parts = Mutex::new(parts);
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        region::run(helpers, &|| {
            while let Some(part) = next() {
                work(part);
            }
        });
        return;
    }
    let _ = at_once;
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
#[inline]
pub(crate) fn elements<T: Send>(out: &mut [T], work: impl Fn(Range<usize>, &mut [T]) + Sync) {
    chunks(out, PART, true, &|part, slice| {
        let start = part * PART;
        work(start..start + slice.len(), slice);
    });
}

/// A loop over rows of `width` elements: calls `work(first row, rows)` for chunks of whole rows.
#[inline]
pub(crate) fn rows<T: Send>(out: &mut [T], width: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let rows_per_part = (PART / width.max(1)).max(1);
    chunks(out, rows_per_part * width, true, &|part, slice| work(part * rows_per_part, slice));
}
