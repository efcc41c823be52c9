//! Several elements of each row by index, and the gradient of that. The caller checks the indices.

use super::index::to_index;
use super::{Float, parallel};

/// Elements that are worth a task of their own.
const ELEMENTS_PER_TASK: usize = 16 * 1024;

/// `out[r, j] = x[r, indices[r, j]]` for rows of `width` elements, and `count` indices for each.
pub(crate) fn take_along<T: Copy + Send + Sync>(
    x: &[T],
    width: usize,
    indices: &[i32],
    count: usize,
    out: &mut [T],
) {
    assert_eq!(indices.len(), out.len(), "take_along: lengths differ");
    if out.is_empty() {
        return;
    }
    let rows = (ELEMENTS_PER_TASK / count).max(1);
    parallel::for_chunks(out, rows * count, true, &|task, out| {
        let first = task * rows;
        let indices = indices[first * count..].chunks_exact(count);
        for (i, (out, indices)) in out.chunks_exact_mut(count).zip(indices).enumerate() {
            let x = &x[(first + i) * width..][..width];
            for (out, &index) in out.iter_mut().zip(indices) {
                *out = x[to_index(index)];
            }
        }
    });
}

/// `out[r, i]` = the sum of `x[r, j]` over all j with `indices[r, j] == i`, in f64 and in the order of j.
pub(crate) fn add_along<E: Float>(
    x: &[E],
    count: usize,
    indices: &[i32],
    width: usize,
    out: &mut [E],
) {
    assert_eq!(indices.len(), x.len(), "add_along: lengths differ");
    if out.is_empty() {
        return;
    }
    let rows = (ELEMENTS_PER_TASK / width).max(1);
    parallel::for_chunks(out, rows * width, true, &|task, out| {
        let mut sums = vec![0.0; width];
        for (r, out) in (task * rows..).zip(out.chunks_exact_mut(width)) {
            sums.fill(0.0);
            let row = r * count..(r + 1) * count;
            for (x, &index) in x[row.clone()].iter().zip(&indices[row]) {
                sums[to_index(index)] += x.to_f64();
            }
            for (out, &sum) in out.iter_mut().zip(&sums) {
                *out = E::from_f64(sum);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_taken_and_their_gradients_added_row_by_row() {
        for (rows, width, count) in [(0, 3, 2), (1, 4, 9), (7, 300, 200), (40, 1000, 3), (3, 2, 0)]
        {
            let x: Vec<f32> = (0..rows * width).map(|i| i as f32).collect();
            let indices: Vec<i32> = (0..rows * count).map(|i| (i * 7919 % width) as i32).collect();
            let mut taken = vec![f32::NAN; rows * count];
            take_along(&x, width, &indices, count, &mut taken);
            let mut expected = vec![0.0; rows * width];
            for (j, (&index, taken)) in indices.iter().zip(taken).enumerate() {
                let at = j / count * width + to_index(index);
                assert_eq!(taken, x[at]);
                expected[at] += j as f32 * 0.5;
            }
            let gradient: Vec<f32> = (0..rows * count).map(|j| j as f32 * 0.5).collect();
            let mut added = vec![f32::NAN; rows * width];
            add_along(&gradient, count, &indices, width, &mut added);
            assert_eq!(added, expected);
        }
    }
}
