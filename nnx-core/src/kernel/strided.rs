//! Copies between a strided view and contiguous memory.

use super::parallel;

/// Writes the elements of a strided view to `out` in row-major order.
///
/// `source[offset + Σ index[i] strides[i]]` is the element at `index`.
pub(crate) fn gather<T: Copy + Send + Sync>(
    source: &[T],
    offset: usize,
    dims: &[usize],
    strides: &[usize],
    out: &mut [T],
) {
    assert_eq!(out.len(), dims.iter().product::<usize>(), "gather: lengths differ");
    if out.is_empty() {
        return;
    }
    let Some((&width, outer)) = dims.split_last() else {
        out[0] = source[offset];
        return;
    };
    let (step, outer_strides) = (strides[outer.len()], &strides[..outer.len()]);
    parallel::rows(out, width, |first, rows| {
        let mut index = unravel(first, outer);
        let mut start = offset + dot(&index[..outer.len()], outer_strides);
        for row in rows.chunks_exact_mut(width) {
            match step {
                1 => row.copy_from_slice(&source[start..start + width]),
                0 => row.fill(source[start]),
                _ => {
                    for (out, &x) in row.iter_mut().zip(source[start..].iter().step_by(step)) {
                        *out = x;
                    }
                }
            }
            start = advance(&mut index[..outer.len()], outer, outer_strides, start);
        }
    });
}

/// The index of element `flat` in row-major order.
fn unravel(mut flat: usize, dims: &[usize]) -> [usize; 8] {
    let mut index = [0; 8];
    for (i, &size) in dims.iter().enumerate().rev() {
        index[i] = flat % size;
        flat /= size;
    }
    index
}

fn dot(index: &[usize], strides: &[usize]) -> usize {
    index.iter().zip(strides).map(|(i, s)| i * s).sum()
}

/// Steps `index` on by one, and gives the position that it stands for.
fn advance(index: &mut [usize], dims: &[usize], strides: &[usize], mut at: usize) -> usize {
    for i in (0..index.len()).rev() {
        index[i] += 1;
        at += strides[i];
        if index[i] < dims[i] {
            return at;
        }
        at -= dims[i] * strides[i];
        index[i] = 0;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification: every index, one at a time.
    fn plain(source: &[u32], offset: usize, dims: &[usize], strides: &[usize]) -> Vec<u32> {
        (0..dims.iter().product())
            .map(|flat| source[offset + dot(&unravel(flat, dims)[..dims.len()], strides)])
            .collect()
    }

    #[test]
    fn gathers_what_the_plain_twin_gathers() {
        let source: Vec<u32> = (0..100_000).collect();
        for (offset, dims, strides) in [
            (3, vec![], vec![]),
            (0, vec![7], vec![13]),
            (5, vec![4, 3, 2], vec![1, 4, 12]),
            (0, vec![3, 0, 2], vec![1, 1, 1]),
            (0, vec![5, 4], vec![0, 1]),
            (0, vec![5, 4], vec![1, 0]),
            (0, vec![300, 300], vec![1, 300]),
        ] {
            let mut out = vec![u32::MAX; dims.iter().product()];
            gather(&source, offset, &dims, &strides, &mut out);
            assert_eq!(out, plain(&source, offset, &dims, &strides), "{dims:?} by {strides:?}");
        }
    }
}
