//! Work cut into parts. The cut depends on the size of the work alone, never on the number of threads.
//!
//! The thread that asks for work does its share of it, and doesn't wait for others to begin: work that is
//! done before another thread has woken costs no more than the waking. Rayon's own iterators and joins hand
//! everything over to threads of the pool, which have to be woken first.
//!
//! The work on a part is called through a reference to a trait object: a part is long enough not to
//! notice, and the machinery of threads is compiled once for each type of element instead of once for
//! each kernel.

use std::ops::Range;
#[cfg(feature = "parallel")]
use std::sync::{Mutex, PoisonError};

/// Elements per part of elementwise work: below two of these, threads cost more than they save.
pub(crate) const PART: usize = 32 * 1024;

/// What is done with a part: its number, and its elements.
pub(crate) type Work<'a, T> = &'a (dyn Fn(usize, &mut [T]) + Sync);

/// Calls `work(part, slice)` with consecutive parts of `out`, each of `length` elements but the last.
pub(crate) fn chunks<T: Send>(out: &mut [T], length: usize, parallel: bool, work: Work<'_, T>) {
    let length = length.max(1);
    let helpers = threads().min(out.len().div_ceil(length)).saturating_sub(1);
    let parts = out.chunks_mut(length).enumerate();
    if !parallel || helpers == 0 {
        return parts.for_each(|(part, slice)| work(part, slice));
    }
    #[cfg(feature = "parallel")]
    {
        // Whoever is free takes the next part.
        let parts = Mutex::new(parts);
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let share = || {
            while let Some((part, slice)) = next() {
                work(part, slice);
            }
        };
        rayon::in_place_scope(|scope| {
            (0..helpers).for_each(|_| scope.spawn(|_| share()));
            share();
        });
    }
}

/// How many threads there are to share work.
pub(crate) fn threads() -> usize {
    #[cfg(feature = "parallel")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    1
}

/// Calls both, at once if there are threads for it.
pub(crate) fn join(first: impl FnOnce() + Send, second: impl FnOnce() + Send) {
    #[cfg(feature = "parallel")]
    if threads() > 1 {
        return rayon::in_place_scope(|scope| {
            scope.spawn(|_| second());
            first();
        });
    }
    first();
    second();
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
