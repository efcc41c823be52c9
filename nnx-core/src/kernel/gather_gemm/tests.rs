//! Every level against the scalar reference.

use super::*;

/// Small integers, whose sums of products are exact in any order.
fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + seed * 31) % 17) as f32 - 8.0).collect()
}

/// Every kind of initial value; the bias is filled in later.
const INITS: [Init<'static, f32>; 3] = [Init::Zero, Init::Bias(&[]), Init::Output];

/// Compares a product with `rows` overlapping rows at a level with the reference. C starts as NaN where it
/// is written; the elements between its rows must stay.
fn check(level: Level, [rows, k, columns]: [usize; 3], depthwise: bool, init: Init<'_, f32>) {
    let starts: Vec<usize> = (0..rows).map(|i| i * 3 % (rows + 2)).collect();
    let list: Vec<KOffset> =
        (0..k).map(|p| KOffset { a: p * 5 % (k + 3), b: p * (columns + 1) }).collect();
    let a = values(rows + 2 + k + 3 + columns, 1);
    let b = values(k * (columns + 1) + columns, 2);
    let x = GatherOperands {
        a: &a,
        b: &b,
        row_offsets: &starts,
        k_offsets: &list,
        columns,
        panel: None,
        depthwise,
    };
    // Rows of C in reverse order, with a gap after each.
    let to: Vec<usize> = (0..rows).rev().map(|i| 1 + i * (columns + 2)).collect();
    let mut c = vec![7.0; 1 + rows * (columns + 2)];
    for &to in &to {
        c[to..][..columns].fill(if let Init::Output = init { 3.0 } else { f32::NAN });
    }
    let bias = values(columns, 3);
    let init = if let Init::Bias(_) = init { Init::Bias(&bias) } else { init };
    let mut expected = c.clone();
    reference(x, &mut expected, &to, init);
    level.run(SerialGather { x, c: &mut c, out_offsets: &to, init });
    assert_eq!(c, expected, "{level:?} {rows} x {k} x {columns} {depthwise} {init:?}");
}

#[test]
fn packed_rows_have_the_bits_of_rows_in_place() {
    for level in Level::all() {
        for columns in [1, 7, 16, 20, 48, 64, 67, 96, 112, 130] {
            for (rows, k) in [(1, 1), (7, 9), (13, 400), (5, 800)] {
                let b: Vec<f32> = values(k * columns, 2).iter().map(|x| x * 0.1).collect();
                let a: Vec<f32> = values(rows + k, 1).iter().map(|x| x * 0.3).collect();
                let packed = level.run(packed::Pack { b: &b, columns });
                let starts: Vec<usize> = (0..rows).collect();
                let outs: Vec<usize> = (0..rows).map(|i| i * columns).collect();
                let [mut in_place, mut of_panels] =
                    [(); 2].map(|()| vec![f32::NAN; rows * columns]);
                for (b, panel, out) in [
                    (&b[..], None, &mut in_place),
                    (packed.elements(), Some(packed.row()), &mut of_panels),
                ] {
                    let row = panel.unwrap_or(columns);
                    let list: Vec<KOffset> = (0..k).map(|p| KOffset { a: p, b: p * row }).collect();
                    let x = GatherOperands {
                        a: &a,
                        b,
                        row_offsets: &starts,
                        k_offsets: &list,
                        columns,
                        panel,
                        depthwise: false,
                    };
                    level.run(SerialGather { x, c: out, out_offsets: &outs, init: Init::Zero });
                }
                let bits = |c: &[f32]| c.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&in_place), bits(&of_panels), "{level:?} {rows} x {k} x {columns}");
            }
        }
    }
}

#[test]
#[should_panic(expected = "all panels are within B")]
fn panels_beyond_b_are_refused() {
    let b = vec![0.0; 4 * 100];
    let packed = PackedRows::new(&b, 100);
    let list: Vec<KOffset> = (0..4).map(|p| KOffset { a: p, b: p * packed.row() }).collect();
    let x = GatherOperands {
        a: &b,
        b: &packed.elements()[1..],
        row_offsets: &[0],
        k_offsets: &list,
        columns: 100,
        panel: Some(packed.row()),
        depthwise: false,
    };
    f32::gather_gemm(x, &mut [0.0; 100], &[0], Init::Zero);
}

#[test]
fn every_level_equals_the_reference() {
    for level in Level::all() {
        for columns in 1..=67 {
            for (rows, k) in [(1, 1), (2, 3), (7, 9), (8, 4), (13, 2), (17, 5)] {
                for init in INITS {
                    check(level, [rows, k, columns], false, init);
                    check(level, [rows, k, columns], true, init);
                }
            }
        }
        for k in [0, 383, 384, 385, 800] {
            for depthwise in [false, true] {
                for init in INITS {
                    check(level, [9, k, 20], depthwise, init);
                }
            }
        }
    }
}

/// The element of C in row `i` and column `j`, in the summation order that the module's documentation
/// states. `fused`: multiply and add round once, as at every level but the scalar one.
fn element(
    fused: bool,
    x: &GatherOperands<'_, f32>,
    [i, j]: [usize; 2],
    bias: Option<f32>,
    before: Option<f32>,
) -> f32 {
    let multiply_add = |a: f32, b: f32, c: f32| if fused { a.mul_add(b, c) } else { a * b + c };
    let k = x.k_offsets.len();
    let k_blocks = x.k_offsets.chunks(k.div_ceil(k.div_ceil(384)));
    let sums = k_blocks.enumerate().map(|(block, k_offsets)| {
        let first = bias.filter(|_| block == 0).unwrap_or(0.0);
        k_offsets.iter().fold(first, |sum, at| {
            let a = x.a[x.row_offsets[i] + at.a + if x.depthwise { j } else { 0 }];
            multiply_add(a, x.b[at.b + j], sum)
        })
    });
    before.into_iter().chain(sums).reduce(|sum, block| sum + block).expect("at least one k-block")
}

#[test]
fn products_are_added_in_order_to_the_bias_bit_for_bit() {
    // Values in (-1, 1), whose sums depend on the order.
    let values = |count: usize, seed: usize| -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.5 - 1.0).collect()
    };
    for (rows, k, columns) in [(9, 7, 5), (8, 27, 16), (13, 9, 33), (7, 70, 64), (3, 900, 50)] {
        let (a, b) = (values(rows + 2 * k + columns, 1), values(k * columns, 2));
        let (bias, before) = (values(columns, 3), values(rows * columns, 4));
        let row_offsets: Vec<usize> = (0..rows).collect();
        let out_offsets: Vec<usize> = (0..rows).map(|i| i * columns).collect();
        let k_offsets: Vec<KOffset> =
            (0..k).map(|p| KOffset { a: 2 * p, b: p * columns }).collect();
        for depthwise in [false, true] {
            let x = GatherOperands {
                a: &a,
                b: &b,
                row_offsets: &row_offsets,
                k_offsets: &k_offsets,
                columns,
                panel: None,
                depthwise,
            };
            for (level, init) in Level::all().into_iter().flat_map(|level| {
                [Init::Zero, Init::Bias(&bias[..]), Init::Output].map(|init| (level, init))
            }) {
                let mut c = before.clone();
                level.run(SerialGather { x, c: &mut c, out_offsets: &out_offsets, init });
                for (at, &found) in c.iter().enumerate() {
                    let [i, j] = [at / columns, at % columns];
                    let bias = if let Init::Bias(bias) = init { Some(bias[j]) } else { None };
                    let before = if let Init::Output = init { Some(before[at]) } else { None };
                    let expected = element(level.name() != "scalar", &x, [i, j], bias, before);
                    let what = format!("{level:?} {rows} x {k} x {columns} {depthwise}");
                    assert_eq!(found.to_bits(), expected.to_bits(), "{what} {init:?} ({i}, {j})");
                }
            }
        }
    }
}

#[test]
fn nan_and_infinities_stay_in_their_rows() {
    for level in Level::all() {
        let (a, b) = ([1.0, f32::NAN, f32::INFINITY, 1e-40], [1.0, -1.0]);
        let k = [KOffset { a: 0, b: 0 }];
        let x = GatherOperands {
            a: &a,
            b: &b,
            row_offsets: &[0, 1, 2, 3],
            k_offsets: &k,
            columns: 2,
            panel: None,
            depthwise: false,
        };
        let mut c = [0.0; 8];
        level.run(SerialGather { x, c: &mut c, out_offsets: &[0, 2, 4, 6], init: Init::Zero });
        assert!(c[2].is_nan() && c[3].is_nan());
        assert_eq!(
            [c[0], c[1], c[4], c[5], c[6], c[7]],
            [1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, 1e-40, -1e-40]
        );
    }
}

#[test]
#[should_panic(expected = "an offset beyond A")]
fn an_offset_beyond_an_operand_is_refused() {
    let x = GatherOperands {
        a: &[1.0, 2.0],
        b: &[1.0],
        row_offsets: &[1],
        k_offsets: &[KOffset { a: 1, b: 0 }],
        columns: 1,
        panel: None,
        depthwise: false,
    };
    f32::gather_gemm(x, &mut [0.0], &[0], Init::Zero);
}
