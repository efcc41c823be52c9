//! Takes the elements of an axis at a list of indices, and adds elements to such indices. The caller checks the
//! indices. An array is `(outer, length, inner)`, and the indices are those of the axis in the middle.

use super::scratch::{self, List};
use super::{Float, parallel};

/// `out[o, j, ·] = x[o, indices[j], ·]`, where `x` has `length` elements along the axis, and `inner` in a block.
pub(crate) fn select<T: Copy + Send + Sync>(
    x: &[T],
    [length, inner]: [usize; 2],
    indices: &[usize],
    out: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    parallel::rows(out, inner, |first, out| {
        let (mut outer, mut j) = (first / indices.len(), first % indices.len());
        for block in out.chunks_exact_mut(inner) {
            let start = (outer * length + indices[j]) * inner;
            match block {
                [element] => *element = x[start],
                block => block.copy_from_slice(&x[start..][..inner]),
            }
            j += 1;
            if j == indices.len() {
                (outer, j) = (outer + 1, 0);
            }
        }
    });
}

/// `out[o, i, ·]` is the sum of `x[o, j, ·]` over all j with `indices[j] = i`, in f64 and in the order of j.
pub(crate) fn add_at<E: Float>(
    x: &[E],
    [length, inner]: [usize; 2],
    indices: &[usize],
    out: &mut [E],
) {
    if out.is_empty() {
        return;
    }
    let width = indices.len() * inner;
    parallel::rows(out, length * inner, |first, out| {
        let mut sums = List::default();
        scratch::reserve(&mut sums, length * inner, "the sums of the elements at each index");
        sums.resize(length * inner, 0.0);
        for (i, out) in out.chunks_exact_mut(length * inner).enumerate() {
            sums.fill(0.0);
            let x = &x[(first + i) * width..][..width];
            for (&index, x) in indices.iter().zip(x.chunks_exact(inner)) {
                for (sum, x) in sums[index * inner..][..inner].iter_mut().zip(x) {
                    *sum += x.to_f64();
                }
            }
            for (out, &sum) in out.iter_mut().zip(&*sums) {
                *out = E::from_f64(sum);
            }
        }
    });
}
