//! Work cut into parts. A cut that could change a bit depends on the size of the work alone, never on the
//! number of threads.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod` | the ways to cut work |
//! | `region` | threads that share the parts |
//!
//! The work on a part is called through a reference to a trait object: a part is long enough not to
//! notice, and the machinery of threads is compiled once for each type of element instead of once for
//! each kernel.

#[cfg(feature = "parallel")]
mod region;
#[cfg(all(test, feature = "parallel"))]
mod tests;

use std::ops::Range;
#[cfg(feature = "parallel")]
use std::sync::{Mutex, PoisonError};

/// Elements per part of elementwise work: below two of these, threads cost more than they save.
pub(crate) const PART: usize = 32 * 1024;

/// What is done with a part: its number, and its elements.
pub(crate) type Work<'a, T> = &'a (dyn Fn(usize, &mut [T]) + Sync);

/// Calls `work(part, slice)` with consecutive parts of `out`, each of `length` elements but the last.
pub(crate) fn chunks<T: Send>(out: &mut [T], length: usize, parallel: bool, work: Work<'_, T>) {
    let parts = out.chunks_mut(length.max(1)).enumerate();
    let at_once = if parallel { threads() } else { 1 };
    share(parts, at_once, |(part, slice)| work(part, slice));
}

/// Something to be done, by any thread.
pub(crate) type Task<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Does all tasks, at once as far as there are threads for it.
pub(crate) fn all(tasks: Vec<Task<'_>>) {
    share(tasks.into_iter(), threads(), |task| task());
}

/// Calls `work` with each part, on at most so many threads at once: whoever is free takes the next one.
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

/// How many threads there are to share work.
pub(crate) fn threads() -> usize {
    #[cfg(feature = "parallel")]
    return region::threads();
    #[cfg(not(feature = "parallel"))]
    1
}

/// Elementwise work: `work(range, slice)` with parts of `out` and where they stand in it.
#[inline]
pub(crate) fn elements<T: Send>(out: &mut [T], work: impl Fn(Range<usize>, &mut [T]) + Sync) {
    chunks(out, PART, true, &|part, slice| {
        let start = part * PART;
        work(start..start + slice.len(), slice);
    });
}

/// Rows of `width` elements: `work(first_row, rows)` with parts of whole rows.
#[inline]
pub(crate) fn rows<T: Send>(out: &mut [T], width: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let rows_per_part = (PART / width.max(1)).max(1);
    chunks(out, rows_per_part * width, true, &|part, slice| work(part * rows_per_part, slice));
}
