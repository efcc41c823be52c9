//! Parallel loops over chunks of a slice. Chunks whose bounds affect the result (partial sums) depend on
//! the size of the slice alone, never on the number of threads.
//!
//! **Which thread works on what.** Each thread has the same part of every array: the first of two threads the first
//! half, or the first one the whole of a short array. So what a loop writes is in the cache of the core that reads it in
//! the next loop. A cache line that another
//! core reads costs more than the arithmetic on it: on two cores of an AMD EPYC that share no cache, 3 ns to read a line
//! of 64 bytes that the other one wrote, and **27 ns** to write it the next time, as the reader has a copy; 0.7 ns if
//! no other core uses it. Therefore chunks are cut into equal shares, and a thread that has finished
//! takes from another's share of a cheap loop only if that one is far behind.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod` | loops and lists of tasks |
//! | `parts` | how a loop is cut into parts, and which thread takes which |
//! | `region` | one loop, shared by its caller and workers |
//! | `sharing` | memory that several cores have read, before it is written again |
//! | `workers` | the threads that help: how they start, spin, sleep |
//! | `threads`, `settings` | their number; environment variables |
//!
//! The work on a chunk is a trait object. The chunk is large enough to hide the dynamic call, and the
//! threading code is compiled once for each element type instead of once for each kernel.

mod parts;
#[cfg(feature = "parallel")]
mod region;
#[cfg(feature = "parallel")]
mod settings;
mod sharing;
#[cfg(all(test, feature = "parallel"))]
mod tests;
pub mod threads;
#[cfg(feature = "parallel")]
mod workers;

use std::ops::Range;
use std::slice;

use parts::{Left, run_parts, tasks};
pub(crate) use parts::{elements_per_task, equal_chunks};
pub(crate) use sharing::{read_by_all, reclaim, shared_if_short};
pub(crate) use threads::num_threads;

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
    chunks(out, length, parallel, Left::Taken, work);
}

#[inline(never)]
fn chunks<T: Send>(out: &mut [T], length: usize, parallel: bool, left: Left, work: ChunkFn<'_, T>) {
    let (length, all) = (length.max(1), out.len());
    let start = Start(out.as_mut_ptr());
    run_parts(all.div_ceil(length), parallel, left, &|i| {
        let from = i * length;
        // SAFETY: the range is within `out`, which is borrowed until all parts are done. Each part is done once,
        // and the ranges of two parts don't overlap.
        let chunk =
            unsafe { slice::from_raw_parts_mut(start.pointer().add(from), length.min(all - from)) };
        work(i, chunk);
    });
}

/// The work on a chunk of each of two slices: takes the index of both.
pub(crate) type PairFn<'a, A, B> = &'a (dyn Fn(usize, &mut [A], &mut [B]) + Sync);

/// Calls `work` for each chunk of `a` and the chunk of `b` of the same index, on several threads if `parallel`. Each
/// slice comes with the length of its chunks, of which it has equally many; the last one may be shorter.
#[inline(never)]
pub(crate) fn for_pairs<A: Send, B: Send>(
    (a, of_a): (&mut [A], usize),
    (b, of_b): (&mut [B], usize),
    parallel: bool,
    work: PairFn<'_, A, B>,
) {
    let (all_a, all_b, parts) = (a.len(), b.len(), a.len().div_ceil(of_a.max(1)));
    assert_eq!(parts, all_b.div_ceil(of_b.max(1)), "for_pairs: a chunk for each");
    let (start_a, start_b) = (Start(a.as_mut_ptr()), Start(b.as_mut_ptr()));
    run_parts(parts, parallel, Left::Taken, &|i| {
        let (from_a, from_b) = (i * of_a, i * of_b);
        // SAFETY: the range is within `a`, of which i is a chunk; it is borrowed until all parts are done. Each part is done
        // once, and the ranges of two parts don't overlap.
        let a = unsafe {
            slice::from_raw_parts_mut(start_a.pointer().add(from_a), of_a.min(all_a - from_a))
        };
        // SAFETY: as above, within `b`, which has as many chunks.
        let b = unsafe {
            slice::from_raw_parts_mut(start_b.pointer().add(from_b), of_b.min(all_b - from_b))
        };
        work(i, a, b);
    });
}

/// The work on a range of several slices: takes the range, its elements of the first slice, and those of the others.
pub(crate) type ZipFn<'a, T> = &'a (dyn Fn(Range<usize>, &mut [T], &mut [&mut [T]]) + Sync);

/// Calls `work` for consecutive chunks of `length` elements of `out` and of `slices`, which are as long.
#[inline(never)]
pub(crate) fn zip_chunks<T: Send>(
    out: &mut [T],
    slices: &mut [&mut [T]],
    length: usize,
    work: ZipFn<'_, T>,
) {
    /// As many slices are listed without an allocation.
    const FEW: usize = 8;
    let (length, all) = (length.max(1), out.len());
    assert!(slices.iter().all(|slice| slice.len() == all), "zip_chunks: lengths differ");
    if all <= length {
        return work(0..all, out, slices);
    }
    let start = Start(out.as_mut_ptr());
    let count = slices.len();
    let mut few = [const { None }; FEW];
    let mut many = Vec::new();
    match count <= FEW {
        true => few.iter_mut().zip(slices).for_each(|(few, x)| *few = Some(Start(x.as_mut_ptr()))),
        false => many.extend(slices.iter_mut().map(|slice| Some(Start(slice.as_mut_ptr())))),
    }
    let starts: &[Option<Start<T>>] = if count <= FEW { &few } else { &many };
    run_parts(all.div_ceil(length), true, Left::ForOwner, &|i| {
        let range = i * length..all.min((i + 1) * length);
        let chunk = |start: &Start<T>| {
            // SAFETY: the range is within `out` and each of `slices`, which are as long and borrowed until all parts are
            // done. Each part is done once, the ranges of two parts don't overlap, and the slices are different ones.
            unsafe { slice::from_raw_parts_mut(start.pointer().add(range.start), range.len()) }
        };
        let mut parts: [&mut [T]; FEW] = std::array::from_fn(|_| &mut [][..]);
        let mut more = Vec::new();
        match count <= FEW {
            true => {
                let starts = starts.iter().flatten();
                parts.iter_mut().zip(starts).for_each(|(part, start)| *part = chunk(start));
            }
            false => more.extend(starts.iter().flatten().map(chunk)),
        }
        let parts = if count <= FEW { &mut parts[..count] } else { &mut more[..] };
        work(range.clone(), chunk(&start), parts);
    });
}

/// The first element of a slice whose chunks go to several threads.
struct Start<T>(*mut T);

impl<T> Start<T> {
    fn pointer(&self) -> *mut T {
        self.0
    }
}

// SAFETY: threads take disjoint chunks, as `&mut [T]`, which may go to another thread as `T` may.
unsafe impl<T: Send> Sync for Start<T> {}

/// The work on a range of elements. It is a trait and not a `dyn Fn`, whose vtable has three functions to compile for
/// each closure.
trait RangeWork<T>: Sync {
    fn run(&self, range: Range<usize>, chunk: &mut [T]);
}
impl<T, F: Fn(Range<usize>, &mut [T]) + Sync> RangeWork<T> for F {
    fn run(&self, range: Range<usize>, chunk: &mut [T]) {
        self(range, chunk);
    }
}

/// The work on rows.
trait RowWork<T>: Sync {
    fn run(&self, first: usize, rows: &mut [T]);
}
impl<T, F: Fn(usize, &mut [T]) + Sync> RowWork<T> for F {
    fn run(&self, first: usize, rows: &mut [T]) {
        self(first, rows);
    }
}

/// An elementwise loop: calls `work(range, chunk)` for chunks of `out`; `range` is where the chunk is.
#[inline(always)]
pub(crate) fn elements<T: Send>(out: &mut [T], work: impl Fn(Range<usize>, &mut [T]) + Sync) {
    elements_dyn(out, &work);
}

#[inline(never)]
fn elements_dyn<T: Send>(out: &mut [T], work: &dyn RangeWork<T>) {
    let each = elements_per_task(out.len());
    chunks(out, each, true, Left::ForOwner, &|i, slice| {
        let start = i * each;
        work.run(start..start + slice.len(), slice);
    });
}

/// A loop over rows of `width` elements: calls `work(first row, rows)` for chunks of whole rows.
#[inline(always)]
pub(crate) fn rows<T: Send>(out: &mut [T], width: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    rows_dyn(out, width, 1, &work);
}

/// [`rows`], where `reads` elements are read for each one that is written.
#[inline(always)]
pub(crate) fn rows_that_read<T: Send>(
    out: &mut [T],
    width: usize,
    reads: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    rows_dyn(out, width, reads, &work);
}

#[inline(never)]
fn rows_dyn<T: Send>(out: &mut [T], width: usize, reads: usize, work: &dyn RowWork<T>) {
    let rows = out.len() / width.max(1);
    let rows_per_task = rows.div_ceil(tasks(out.len() * reads.max(1))).max(1);
    chunks(out, rows_per_task * width, true, Left::ForOwner, &|i, slice| {
        work.run(i * rows_per_task, slice);
    });
}
