//! Small sizes, sizes around those of the blocks, and any number of threads.

use super::operands::{Guarded, KINDS, Operand, values};
use super::*;
use crate::kernel::gemm::split::Work;
#[cfg(feature = "parallel")]
use crate::kernel::threads::with_threads;

/// One product at every level, against the reference.
fn compare([m, k, n]: [usize; 3], kinds: [usize; 2], gap: usize, has_bias: bool) {
    let a = Operand::new(m, k, kinds[0], k % 5, 1);
    let b = Operand::new(k, n, kinds[1], n % 3, 2);
    let bias = has_bias.then(|| values(n, 9));
    let bias = bias.as_deref();
    let dots = (m == 1 || n == 1) && a.column == 1 && b.row == 1;
    // If there are many elements, a sample is compared, with the last row and column, where tiles end.
    let every = match m * n {
        0..200 => 1,
        count => count / 40,
    };
    let inside = (0..m * n).step_by(every).map(|at| (at / n, at % n));
    let edges = (0..n)
        .step_by(3)
        .map(|j| (m.saturating_sub(1), j))
        .chain((0..m).step_by(3).map(|i| (i, n.saturating_sub(1))));
    let checked: Vec<_> = inside.chain(edges).filter(|_| m * n > 0).collect();
    let expected = |fused: bool| -> Vec<f32> {
        let element = |&(i, j): &(usize, usize)| {
            reference(fused, k, dots, |p| a.at(i, p), |p| b.at(p, j), bias.map(|bias| bias[j]))
        };
        checked.iter().map(element).collect()
    };
    let expected = [expected(false), expected(true)];
    for level in Level::all() {
        let what = format!("{} {m} x {k} x {n}, {kinds:?}, bias: {has_bias}", level.name());
        let mut c = Guarded::new([m, n], gap);
        level.run(SerialGemm {
            size: [m, k, n],
            a: a.layout(),
            b: b.layout(),
            finish: Finish::bias(bias),
            c: c.output(),
        });
        c.check_sentinels(&what);
        for (&(i, j), &expected) in checked.iter().zip(&expected[usize::from(is_fused(level))]) {
            let found = c.at(i, j);
            assert!(same(found, expected), "{what} at ({i}, {j}): {found}, expected {expected}");
        }
    }
}

#[test]
fn small_sizes_equal_three_loops_bit_for_bit() {
    // A quarter of all pairs (m, n), pseudo-randomly, each with one k: for one m the k of all n differ, and
    // for one n those of all m.
    for (m, n) in (0..68).flat_map(|m| (0..68).map(move |n| (m, n))) {
        if (m * 193 + n * 389) % 1009 % 4 == 0 {
            let (k, kind) = ((m + 3 * n + 5) % 68, 7 * m + n);
            compare([m, k, n], [kind, kind / KINDS], kind % 4, (m + n / 3) % 2 == 0);
        }
    }
}

#[test]
fn all_strides_equal_three_loops_bit_for_bit() {
    for [m, k, n] in [[1, 70, 67], [67, 70, 1], [1, 130, 1], [2, 9, 130], [70, 41, 50]] {
        for kinds in 0..KINDS * KINDS {
            compare([m, k, n], [kinds % KINDS, kinds / KINDS], kinds % 2, kinds % 3 == 0);
        }
    }
}

#[test]
fn sizes_around_those_of_blocks_equal_three_loops_bit_for_bit() {
    let sizes = [
        [9, 512, 50],
        [9, 513, 50],
        [1, 777, 600],
        [200, 1300, 1],
        [193, 600, 209],
        [500, 65, 100],
        [5, 20, 1100],
        [70, 520, 1030],
        [390, 2, 300],
    ];
    for (i, size) in sizes.into_iter().enumerate() {
        for kinds in [[0, 0], [2, 2], [4, 4]] {
            compare(size, kinds, i % 2, i % 3 == 1);
        }
    }
}

#[test]
fn neither_splits_nor_threads_change_a_bit() {
    // If the last rows or columns are split, a single one could remain: a GEMV, whose summation order differs if B is
    // column-major.
    let sizes = [
        [200, 150, 170],
        [8, 600, 500],
        [1500, 120, 10],
        [1, 1200, 1500],
        [40, 600, 97],
        [16, 8000, 17],
        [9, 16000, 16],
    ];
    for ([m, k, n], by_columns) in sizes.into_iter().flat_map(|size| [(size, false), (size, true)])
    {
        let (a, b) = (values(m * k, 3), values(k * n, 4));
        let bias = values(n, 5);
        let bias = Some(&bias[..]);
        let a = MatrixRef { data: &a, row: k, column: 1 };
        let (row, column) = if by_columns { (1, k) } else { (n, 1) };
        let b = MatrixRef { data: &b, row, column };
        let bits = |max_tasks: usize| {
            let mut c = vec![f32::NAN; m * n];
            let (mut parts, finish) = (scratch::list::<Part<'_, _, _>>(), Finish::bias(bias));
            let whole = Part { k, a, b, finish, c: MatrixMut::new(&mut c, [m, n], n) };
            whole.split(max_tasks, &mut parts);
            assert!(parts.len() <= max_tasks);
            parts.iter_mut().for_each(Work::run);
            drop(parts);
            c.into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        let whole = bits(1);
        for max_tasks in [2, 3, 4, 7, 16] {
            assert!(bits(max_tasks) == whole, "{m} x {k} x {n} in {max_tasks} tasks");
        }
        #[cfg(feature = "parallel")]
        for threads in [1, 2, 4] {
            let found = with_threads(threads, || {
                let mut c = vec![f32::NAN; m * n];
                gemm([m, k, n], a, b, Finish::bias(bias), &mut c);
                c.into_iter().map(f32::to_bits).collect::<Vec<_>>()
            });
            assert!(found == whole, "{m} x {k} x {n} on {threads} threads");
        }
    }
}

#[test]
fn batches_equal_single_products() {
    let [m, k, n] = [40, 32, 50];
    for count in [0, 1, 2, 30] {
        let (a, b) = (values(count * m * k, 1), values(count * k * n, 2));
        let (a_starts, b_starts): (Vec<_>, Vec<_>) =
            (0..count).map(|i| (i * m * k, i * k * n)).unzip();
        let layout = |data, row| MatrixRef { data, row, column: 1 };
        for grid_columns in [1, 2, 5, 30] {
            let batch = Batch {
                size: [m, k, n],
                a: layout(&a, k),
                a_starts: &a_starts,
                b: layout(&b, n),
                b_starts: &b_starts,
                grid_columns,
            };
            if count % grid_columns > 0 {
                continue;
            }
            let mut c = vec![f32::NAN; count * m * n];
            batched_gemm(batch, &mut c);
            for i in 0..count {
                let mut expected = vec![f32::NAN; m * n];
                let (a, b) = (layout(&a[a_starts[i]..], k), layout(&b[b_starts[i]..], n));
                gemm([m, k, n], a, b, Finish::NOTHING, &mut expected);
                let start = i / grid_columns * m * grid_columns * n + i % grid_columns * n;
                for (row, expected) in expected.chunks_exact(n).enumerate() {
                    let found = &c[start + row * grid_columns * n..][..n];
                    assert!(
                        found == expected,
                        "row {row} of product {i} of {count}, {grid_columns} grid columns"
                    );
                }
            }
        }
    }
}

#[test]
fn splits_of_a_batch_change_no_bit() {
    let [m, k, n] = [20, 70, 34];
    for (grid_rows, grid_columns) in [(5, 1), (1, 5), (3, 4), (1, 1)] {
        let count = grid_rows * grid_columns;
        let (a, b) = (values(count * m * k, 1), values(count * k * n, 2));
        let (a_starts, b_starts): (Vec<_>, Vec<_>) =
            (0..count).map(|i| (i * m * k, i * k * n)).unzip();
        let batch = Batch {
            size: [m, k, n],
            a: MatrixRef { data: &a, row: k, column: 1 },
            a_starts: &a_starts,
            b: MatrixRef { data: &b, row: 1, column: k },
            b_starts: &b_starts,
            grid_columns,
        };
        let bits = |max_tasks: usize| {
            let mut c = vec![f32::NAN; count * m * n];
            let (mut parts, stride) = (scratch::list(), grid_columns * n);
            let output = MatrixMut::new(&mut c, [grid_rows * m, stride], stride);
            batch.split(max_tasks, 0..grid_rows, 0..grid_columns, output, &mut parts);
            assert!(parts.len() <= max_tasks && (max_tasks == 1 || parts.len() > 1));
            parts.iter_mut().for_each(Work::run);
            drop(parts);
            c.into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        let whole = bits(1);
        for max_tasks in [2, 3, 7, 16] {
            assert!(
                bits(max_tasks) == whole,
                "{grid_rows} x {grid_columns} products in {max_tasks} tasks"
            );
        }
    }
}
