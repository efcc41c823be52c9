//! Matrix products, on matrixmultiply.

use super::{Float, parallel};

/// A matrix in a slice: element (i, j) stands at `i row + j column`.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a, E> {
    /// The elements, from (0, 0) on.
    pub data: &'a [E],
    /// The step from a row to the next.
    pub row: usize,
    /// The step from a column to the next.
    pub column: usize,
}

impl<E> Layout<'_, E> {
    /// Panics if a matrix of this layout reaches beyond its slice.
    pub(crate) fn check(&self, rows: usize, columns: usize) {
        if rows > 0 && columns > 0 {
            let along = |count: usize, step: usize| (count - 1).checked_mul(step);
            let farthest = along(rows, self.row)
                .and_then(|down| down.checked_add(along(columns, self.column)?));
            assert!(
                farthest.is_some_and(|farthest| farthest < self.data.len()),
                "a {rows} x {columns} matrix with strides {} and {} reaches beyond {} elements",
                self.row,
                self.column,
                self.data.len(),
            );
        }
    }
}

/// Multiply-adds per part: about 0.1 ms of work, under which a second thread doesn't pay.
const PART: usize = 4 << 20;

/// `C = A B` with `C` contiguous, m × n. The sum over k runs in matrixmultiply's order, which depends on
/// k alone, so that the cut into parts changes no bit.
pub(crate) fn product<E: Float>(
    [m, k, n]: [usize; 3],
    a: Layout<'_, E>,
    b: Layout<'_, E>,
    c: &mut [E],
) {
    assert_eq!(c.len(), m * n, "a product of {m} x {n}");
    if c.is_empty() {
        return;
    }
    if k == 0 {
        c.fill(E::ZERO);
        return;
    }
    // Parts are bands of rows. Where rows are few, a band would pack all of B for little work: one part.
    let rows = (PART / (k * n)).max(48).next_multiple_of(8);
    parallel::chunks(c, rows * n, true, &|part, c| {
        let first = part * rows;
        let a = Layout { data: &a.data[(first * a.row).min(a.data.len())..], ..a };
        E::product([c.len() / n, k, n], a, b, c, [n, 1], false);
    });
}

/// `C[i] = A[i] B[i]` for a batch of products; each operand is given by its data, the start of each
/// item, and the two strides within one.
pub(crate) fn batched_product<E: Float>(
    [m, k, n]: [usize; 3],
    a: Layout<'_, E>,
    a_starts: &[usize],
    b: Layout<'_, E>,
    b_starts: &[usize],
    c: &mut [E],
) {
    if m * n == 0 {
        return;
    }
    if k == 0 {
        c.fill(E::ZERO);
        return;
    }
    let items = (PART / (m * k * n).max(1)).max(1);
    parallel::chunks(c, items * m * n, true, &|part, c| {
        for (i, c) in c.chunks_exact_mut(m * n).enumerate() {
            let item = part * items + i;
            let a = Layout { data: &a.data[a_starts[item]..], ..a };
            let b = Layout { data: &b.data[b_starts[item]..], ..b };
            E::product([m, k, n], a, b, c, [n, 1], false);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 37 % 101) as f64 - 50.0) / 50.0).collect()
    }

    #[test]
    fn product_equals_the_triple_loop_for_all_layouts() {
        for [m, k, n] in [[1, 1, 1], [3, 5, 7], [64, 33, 17], [200, 100, 90], [4, 0, 5], [0, 3, 2]]
        {
            let (a, b) = (numbers(m * k), numbers(k * n));
            for transposed in [false, true] {
                let (a_row, a_column) = if transposed { (1, m) } else { (k, 1) };
                let (b_row, b_column) = if transposed { (1, k) } else { (n, 1) };
                let mut c = vec![f64::NAN; m * n];
                product(
                    [m, k, n],
                    Layout { data: &a, row: a_row, column: a_column },
                    Layout { data: &b, row: b_row, column: b_column },
                    &mut c,
                );
                for i in 0..m {
                    for j in 0..n {
                        let plain: f64 = (0..k)
                            .map(|l| a[i * a_row + l * a_column] * b[l * b_row + j * b_column])
                            .sum();
                        assert!((c[i * n + j] - plain).abs() < 1e-12, "{m} {k} {n} at {i} {j}");
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "reaches beyond")]
    fn an_operand_that_is_too_short_is_refused() {
        let mut c = [0.0f32; 4];
        let short = Layout { data: &[1.0; 3][..], row: 2, column: 1 };
        f32::product([2, 2, 2], short, short, &mut c, [2, 1], false);
    }
}
