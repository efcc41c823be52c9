//! Normalization against its reference.

use super::*;

/// The reference: one group at a time. Returns the output and the gradients of x, scale and bias.
fn reference(
    kind: NormKind,
    shape: Groups,
    [x, g]: [&[f64]; 2],
    [scale, bias]: [&[f64]; 2],
) -> [Vec<f64>; 4] {
    let (mut y, mut dx) = (vec![f64::NAN; x.len()], vec![f64::NAN; x.len()]);
    let (mut d_scale, mut d_bias) = (vec![0.0; shape.row()], vec![0.0; shape.row()]);
    for group in 0..shape.blocks * shape.groups {
        let (block, column) = (group / shape.groups, group % shape.groups);
        let run = |h: usize| ((block * shape.height + h) * shape.groups + column) * shape.width;
        let indices: Vec<usize> =
            (0..shape.height).flat_map(|h| run(h)..run(h) + shape.width).collect();
        let mean_of = |f: &dyn Fn(usize) -> f64| {
            indices.iter().map(|&i| f(i)).sum::<f64>() / indices.len() as f64
        };
        let mean = if kind.centered { mean_of(&|i| x[i]) } else { 0.0 };
        let s = 1.0 / (mean_of(&|i| (x[i] - mean).powi(2)) + kind.epsilon).sqrt();
        let standard = |i: usize| (x[i] - mean) * s;
        let scaled = |i: usize| g[i] * scale[i % shape.row()];
        let total = if kind.centered { mean_of(&scaled) } else { 0.0 };
        let projection = mean_of(&|i| scaled(i) * standard(i));
        for &i in &indices {
            let column = i % shape.row();
            y[i] = standard(i) * scale[column] + bias[column];
            dx[i] = s * (scaled(i) - total - standard(i) * projection);
            d_scale[column] += g[i] * standard(i);
            d_bias[column] += g[i];
        }
    }
    [y, dx, d_scale, d_bias]
}

fn close(name: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs();
        assert!(error <= tolerance * expected.abs().max(1.0), "{name}, element {i}: {error}");
    }
}

#[test]
fn groups_of_every_shape_equal_the_reference() {
    let layouts = [[5, 1, 1, 33], [1, 300, 7, 1], [3, 9, 4, 1], [2, 5, 3, 4], [1, 1, 1, 1]];
    let more = [[2, 9000, 5, 2], [3, 1, 4, 2], [90, 1, 1, 900], [1, 9, 1, 1]];
    for [blocks, height, groups, width] in layouts.into_iter().chain(more) {
        let shape = Groups { blocks, height, groups, width };
        let grid = |length: usize, by: usize| -> Vec<f64> {
            (0..length).map(|i| (i * by % 97) as f64 - 40.0).collect()
        };
        let length = blocks * shape.block();
        let (x, g) = (grid(length, 31), grid(length, 57));
        let (scale, bias) = (grid(shape.row(), 13), grid(shape.row(), 29));
        for centered in [true, false] {
            let kind = NormKind { centered, epsilon: 1e-3 };
            let expected = reference(kind, shape, [&x, &g], [&scale, &bias]);
            let known = (blocks == 1).then(|| Moments::new(shape, &x, kind));
            for moments in [None, known.as_ref()] {
                let (mut y, mut dx) = (vec![f64::NAN; length], vec![f64::NAN; length]);
                normalize(kind, shape, moments, &x, [&scale, &bias], &mut y);
                let [d_scale, d_bias] =
                    normalize_backward(kind, shape, moments, [&x, &g, &scale], &mut dx);
                let found = [y, dx, d_scale.to_vec(), d_bias.to_vec()];
                for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    close(&format!("{shape:?}, {i}"), found, expected, 1e-10);
                }
            }
        }
    }
}

#[test]
fn values_far_from_zero_and_at_the_limits_of_the_type_lose_nothing() {
    let kind = NormKind { centered: true, epsilon: 0.0 };
    let rows = Groups { blocks: 3, height: 1, groups: 1, width: 2 };
    let x = [1e7f32, 1e7 + 1.0, f32::MAX, -f32::MAX, 5.0, 5.0];
    let mut y = [f32::NAN; 6];
    normalize(kind, rows, None, &x, [&[1.0; 2], &[0.0; 2]], &mut y);
    assert_eq!(y, [-1.0, 1.0, 1.0, -1.0, 0.0, 0.0]);
}

#[test]
fn a_mean_whose_square_overflows_has_a_variance() {
    let column = Groups { blocks: 1, height: 4, groups: 1, width: 1 };
    let kind = NormKind { centered: true, epsilon: 1e-5 };
    let moments = Moments::new(column, &[1e200f64; 4], kind);
    assert_eq!((moments.mean[0], moments.variance[0]), (1e200, 0.0));
}

/// Inputs of several magnitudes: far from zero compared with their standard deviation, or with first
/// elements that are far from the others.
fn hard_values(length: usize) -> Vec<Vec<f32>> {
    let noise = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5;
    let values = |f: &dyn Fn(usize) -> f32| (0..length).map(f).collect::<Vec<f32>>();
    vec![
        values(&noise),
        values(&|i| 4096.0 + noise(i)),
        values(&|i| if i < 5 { 1000.0 } else { noise(i) }),
        values(&|i| noise(i) + (i / 500) as f32),
        values(&|i| noise(i) * 1e30),
        values(&|i| noise(i) * 1e-25),
        values(&|i| if i % 11 == 0 { f32::MAX } else { -f32::MAX }),
    ]
}

#[test]
fn arithmetic_in_f32_is_as_accurate_as_in_f64() {
    let layouts = [[6, 1, 1, 700], [1, 9000, 5, 1], [1, 300, 64, 1], [2, 700, 3, 2]];
    for [blocks, height, groups, width] in layouts {
        let shape = Groups { blocks, height, groups, width };
        let length = blocks * shape.block();
        let g: Vec<f32> = (0..length).map(|i| (i * 57 % 97) as f32 / 97.0 - 0.3).collect();
        let scale: Vec<f32> = (0..shape.row()).map(|i| 0.5 + (i % 13) as f32 / 8.0).collect();
        for (case, x) in hard_values(length).iter().enumerate() {
            // Without centering there is no cancellation.
            for kind in [true, false].map(|centered| NormKind { centered, epsilon: 0.0 }) {
                let wide = |x: &[f32]| -> Vec<f64> { x.iter().map(|&x| x.into()).collect() };
                let bias = vec![0.25f32; shape.row()];
                let expected =
                    reference(kind, shape, [&wide(x), &wide(&g)], [&wide(&scale), &wide(&bias)]);
                let (mut y, mut dx) = (vec![f32::NAN; length], vec![f32::NAN; length]);
                normalize(kind, shape, None, x, [&scale, &bias], &mut y);
                let [d_scale, d_bias] =
                    normalize_backward(kind, shape, None, [x, &g, &scale], &mut dx);
                let found = [y, dx, d_scale.to_vec(), d_bias.to_vec()];
                for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    // Errors of a sum are relative to its summands, which are about 1 and may cancel.
                    let terms = if i < 2 { 0.0 } else { (length / shape.row()) as f64 };
                    let largest = expected.iter().fold(terms, |most, x| most.max(x.abs()));
                    let name = format!("{shape:?}, {kind:?}, case {case}, {i}");
                    let [found, expected] = [&wide(found), expected]
                        .map(|x| x.iter().map(|x| x / largest).collect::<Vec<f64>>());
                    close(&name, &found, &expected, 4e-6);
                }
            }
        }
    }
}
