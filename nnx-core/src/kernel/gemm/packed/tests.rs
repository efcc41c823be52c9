//! Products with packed weights, compared with those of GEMM.

use super::super::{SerialGemm, gemm};
use super::*;
use crate::kernel::finish::PostOps;
#[cfg(feature = "parallel")]
use crate::kernel::threads::with_threads;

fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 1009.0 - 0.5).collect()
}

/// Adds to each element its offset in the output. The sum is wrong if an element is passed twice, never, or with another
/// offset.
#[derive(Debug)]
struct AddOffset;
impl PostOps<f32> for AddOffset {
    fn run(&self, offset: usize, out: &mut [f32]) {
        for (i, x) in out.iter_mut().enumerate() {
            *x += (offset + i) as f32;
        }
    }
}

/// Rows, k and columns around the sizes of tiles, k-blocks and blocks of columns.
const SIZES: [[usize; 3]; 12] = [
    [1, 784, 256],
    [1, 3, 2],
    [1, 40, 500],
    [2, 513, 97],
    [7, 8, 95],
    [8, 1, 96],
    [9, 600, 10],
    [17, 1030, 200],
    [32, 64, 64],
    [33, 31, 193],
    [3, 0, 5],
    [0, 4, 4],
];

#[test]
fn products_with_packed_weights_have_the_bits_of_gemm_at_every_level() {
    for [m, k, n] in SIZES {
        let (a, b, bias) = (values(m * k, 1), values(k * n, 2), values(n, 3));
        let (a, b) = (MatrixRef::row_major(&a, k), MatrixRef::row_major(&b, n));
        for level in Level::all() {
            let finish = Finish { bias: Some(&bias), post: Some(&AddOffset) };
            let mut expected = vec![f32::NAN; m * n];
            let c = MatrixMut::new(&mut expected, [m, n], n);
            level.run(SerialGemm { size: [m, k, n], a, b, finish, c });
            let packed = PackedMatrix::at_level(level, b, [k, n]);
            let mut found = vec![f32::NAN; m * n];
            gemm_packed(m, a, &packed, finish, &mut found);
            assert!(found == expected, "{} {m} x {k} x {n}", level.name());
        }
    }
}

/// Weights of bf16, and the f32s that they stand for.
fn rounded(values: &[f32]) -> (Vec<Bf16>, Vec<f32>) {
    values.iter().map(|&x| Bf16::from_f32(x)).map(|x| (x, x.to_f32())).unzip()
}

#[test]
fn packed_bf16_has_the_bits_of_the_widened_weights_at_every_level() {
    for [m, k, n] in SIZES.into_iter().chain([[129, 600, 300], [64, 70, 49], [128, 5, 33]]) {
        let (a, (mut b, mut wide), bias) =
            (values(m * k, 1), rounded(&values(k * n, 2)), values(n, 3));
        if let Some(x) = b.first_mut() {
            (*x, wide[0]) = (Bf16::from_f32(f32::INFINITY), f32::INFINITY);
        }
        let a = MatrixRef::row_major(&a, k);
        let (b, wide) = (MatrixRef::row_major(&b, n), MatrixRef::row_major(&wide, n));
        for level in Level::all() {
            let finish = Finish { bias: Some(&bias), post: Some(&AddOffset) };
            let (mut expected, mut found) = (vec![0.5; m * n], vec![f32::NAN; m * n]);
            let whole = PackedMatrix::at_level(level, wide, [k, n]);
            gemm_packed(m, a, &whole, finish, &mut expected);
            let narrow = PackedMatrix::of_bf16_at_level(level, b, [k, n]);
            assert_eq!(2 * narrow.bytes(), whole.bytes());
            gemm_packed(m, a, &narrow, finish, &mut found);
            let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert!(bits(&found) == bits(&expected), "{} {m} x {k} x {n}", level.name());
        }
    }
}

#[cfg(feature = "parallel")]
#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for [m, k, n] in [
        [1, 784, 700],
        [40, 300, 300],
        [200, 100, 10],
        [65, 129, 1000],
        [3, 600, 208],
        [300, 70, 200],
    ] {
        let (a, b, bias) = (values(m * k, 1), values(k * n, 2), values(n, 3));
        let (a, b) = (MatrixRef::row_major(&a, k), MatrixRef::row_major(&b, n));
        let finish = Finish { bias: Some(&bias), post: Some(&AddOffset) };
        let mut expected = vec![f32::NAN; m * n];
        with_threads(1, || gemm([m, k, n], a, b, finish, &mut expected));
        let packed = PackedMatrix::new(b, [k, n]);
        let (narrow, wide) = rounded(b.data);
        let narrow = PackedMatrix::of_bf16(MatrixRef::row_major(&narrow, n), [k, n]);
        let wide = MatrixRef::row_major(&wide, n);
        let mut of_bf16 = vec![f32::NAN; m * n];
        with_threads(1, || gemm([m, k, n], a, wide, finish, &mut of_bf16));
        for threads in [1, 2, 3, 8] {
            let mut found = vec![f32::NAN; m * n];
            with_threads(threads, || gemm_packed(m, a, &narrow, finish, &mut found));
            assert!(found == of_bf16, "{threads}: {m} x {k} x {n} of bf16");
            let (mut found, mut plain) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            with_threads(threads, || {
                gemm_packed(m, a, &packed, finish, &mut found);
                gemm([m, k, n], a, b, finish, &mut plain);
            });
            assert!(found == expected && plain == expected, "{threads}: {m} x {k} x {n}");
        }
    }
}
