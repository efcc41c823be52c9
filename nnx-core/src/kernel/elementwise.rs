//! Elementwise loops over contiguous slices, in chunks for all threads. They are memory-bound, except for
//! functions like `exp`.

use std::ops::Range;

use super::{parallel, vectorize_small, vectorize_wide};

/// `out[i] = f(x[i])`.
pub(crate) fn map<A: Copy + Sync, B: Send>(
    x: &[A],
    out: &mut [B],
    f: impl Fn(A) -> B + Sync + Send,
) {
    assert_eq!(x.len(), out.len(), "map: lengths differ");
    parallel::elements(out, |range, out| {
        let x = &x[range];
        vectorize_wide::<A, _>(
            #[inline(always)]
            || {
                for (out, &x) in out.iter_mut().zip(x) {
                    *out = f(x);
                }
            },
        );
    });
}

/// `x[i] = f(x[i])`.
pub(crate) fn map_in_place<A: Copy + Send>(x: &mut [A], f: impl Fn(A) -> A + Sync + Send) {
    parallel::elements(x, |_, x| {
        vectorize_wide::<A, _>(
            #[inline(always)]
            || {
                for x in x {
                    *x = f(*x);
                }
            },
        );
    });
}

/// `out[i] = f(a[i], b[i])`.
pub(crate) fn zip<A, B, C>(a: &[A], b: &[B], out: &mut [C], f: impl Fn(A, B) -> C + Sync + Send)
where
    A: Copy + Sync,
    B: Copy + Sync,
    C: Send,
{
    assert!(a.len() == out.len() && b.len() == out.len(), "zip: lengths differ");
    parallel::elements(out, |range, out| {
        let (a, b) = (&a[range.clone()], &b[range]);
        vectorize_small::<A, _>(|| {
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = f(a, b);
            }
        });
    });
}

/// `a[i] = f(a[i], b[i])`.
pub(crate) fn zip_in_place<A, B>(a: &mut [A], b: &[B], f: impl Fn(A, B) -> A + Sync + Send)
where
    A: Copy + Send,
    B: Copy + Sync,
{
    assert_eq!(a.len(), b.len(), "zip: lengths differ");
    parallel::elements(a, |range, a| {
        let b = &b[range];
        vectorize_small::<A, _>(|| {
            for (a, &b) in a.iter_mut().zip(b) {
                *a = f(*a, b);
            }
        });
    });
}

/// `a[r, c] = f(a[r, c], b[c])`: `b` is broadcast over the rows of `a`. If there is a `source`, each chunk
/// of it is first copied to `a`, so that it is in cache for the update.
pub(crate) fn zip_row_in_place<A, B>(
    source: Option<&[A]>,
    a: &mut [A],
    b: &[B],
    f: impl Fn(A, B) -> A + Sync + Send,
) where
    A: Copy + Send + Sync,
    B: Copy + Sync,
{
    let width = b.len();
    assert!(width > 0 && a.len().is_multiple_of(width), "zip_row: not whole rows");
    parallel::rows(a, width, |first, rows| {
        copy_range(source, first * width, rows);
        vectorize_small::<A, _>(|| {
            for row in rows.chunks_exact_mut(width) {
                for (a, &b) in row.iter_mut().zip(b) {
                    *a = f(*a, b);
                }
            }
        });
    });
}

/// `a[r, c] = f(a[r, c], b[r])`: `b` has one element for each row of `width` elements. `source` is as in
/// [`zip_row_in_place`].
pub(crate) fn zip_column_in_place<A, B>(
    source: Option<&[A]>,
    a: &mut [A],
    width: usize,
    b: &[B],
    f: impl Fn(A, B) -> A + Sync + Send,
) where
    A: Copy + Send + Sync,
    B: Copy + Sync,
{
    assert!(width > 0 && a.len() == width * b.len(), "zip_column: not one element a row");
    parallel::rows(a, width, |first, rows| {
        copy_range(source, first * width, rows);
        vectorize_small::<A, _>(|| {
            for (row, &b) in rows.chunks_exact_mut(width).zip(&b[first..]) {
                for a in row {
                    *a = f(*a, b);
                }
            }
        });
    });
}

fn copy_range<A: Copy>(source: Option<&[A]>, start: usize, chunk: &mut [A]) {
    if let Some(source) = source {
        chunk.copy_from_slice(&source[start..][..chunk.len()]);
    }
}

/// Calls `work(range, out, slices)` with matching chunks of `out` and of several slices of the same length;
/// `range` is where the chunk is.
pub(crate) fn zip_chunks<E: Send>(
    out: &mut [E],
    slices: Vec<&mut [E]>,
    work: &(dyn Fn(Range<usize>, &mut [E], &mut [&mut [E]]) + Sync),
) {
    let mut rest: Vec<_> = slices
        .into_iter()
        .map(|slice| {
            assert_eq!(slice.len(), out.len(), "zip_chunks: lengths differ");
            slice.chunks_mut(parallel::ELEMENTS_PER_TASK)
        })
        .collect();
    let mut chunks: Vec<(&mut [E], Vec<&mut [E]>)> = out
        .chunks_mut(parallel::ELEMENTS_PER_TASK)
        .map(|out| (out, rest.iter_mut().filter_map(Iterator::next).collect()))
        .collect();
    parallel::for_chunks(&mut chunks, 1, true, &|i, chunks| {
        for (out, slices) in chunks {
            let start = i * parallel::ELEMENTS_PER_TASK;
            work(start..start + out.len(), out, slices);
        }
    });
}
