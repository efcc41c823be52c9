//! Normalization against its reference.

use super::*;

/// The reference: one group after the other. Returns the output and the gradients of x, scale and bias.
fn plain(rule: Rule, of: Groups, [x, g]: [&[f64]; 2], [scale, bias]: [&[f64]; 2]) -> [Vec<f64>; 4] {
    let (mut y, mut slope) = (vec![f64::NAN; x.len()], vec![f64::NAN; x.len()]);
    let (mut along_scale, mut along_bias) = (vec![0.0; of.row()], vec![0.0; of.row()]);
    for group in 0..of.blocks * of.groups {
        let (block, column) = (group / of.groups, group % of.groups);
        let run = |h: usize| ((block * of.height + h) * of.groups + column) * of.width;
        let places: Vec<usize> = (0..of.height).flat_map(|h| run(h)..run(h) + of.width).collect();
        let mean_of = |f: &dyn Fn(usize) -> f64| {
            places.iter().map(|&i| f(i)).sum::<f64>() / places.len() as f64
        };
        let mean = if rule.centred { mean_of(&|i| x[i]) } else { 0.0 };
        let s = 1.0 / (mean_of(&|i| (x[i] - mean).powi(2)) + rule.epsilon).sqrt();
        let standard = |i: usize| (x[i] - mean) * s;
        let scaled = |i: usize| g[i] * scale[i % of.row()];
        let total = if rule.centred { mean_of(&scaled) } else { 0.0 };
        let along = mean_of(&|i| scaled(i) * standard(i));
        for &i in &places {
            let column = i % of.row();
            y[i] = standard(i) * scale[column] + bias[column];
            slope[i] = s * (scaled(i) - total - standard(i) * along);
            along_scale[column] += g[i] * standard(i);
            along_bias[column] += g[i];
        }
    }
    [y, slope, along_scale, along_bias]
}

fn close(name: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs();
        assert!(error <= tolerance * expected.abs().max(1.0), "{name}, element {i}: {error}");
    }
}

#[test]
fn groups_of_every_layout_equal_the_plain_twin() {
    let layouts = [[5, 1, 1, 33], [1, 300, 7, 1], [3, 9, 4, 1], [2, 5, 3, 4], [1, 1, 1, 1]];
    let more = [[2, 9000, 5, 2], [3, 1, 4, 2], [90, 1, 1, 900], [1, 9, 1, 1]];
    for [blocks, height, groups, width] in layouts.into_iter().chain(more) {
        let of = Groups { blocks, height, groups, width };
        let numbers = |length: usize, by: usize| -> Vec<f64> {
            (0..length).map(|i| (i * by % 97) as f64 - 40.0).collect()
        };
        let length = blocks * of.block();
        let (x, g) = (numbers(length, 31), numbers(length, 57));
        let (scale, bias) = (numbers(of.row(), 13), numbers(of.row(), 29));
        for centred in [true, false] {
            let rule = Rule { centred, epsilon: 1e-3 };
            let expected = plain(rule, of, [&x, &g], [&scale, &bias]);
            let known = (blocks == 1).then(|| Moments::of(of, &x, rule));
            for moments in [None, known.as_ref()] {
                let (mut y, mut slope) = (vec![f64::NAN; length], vec![f64::NAN; length]);
                normalize(rule, of, moments, &x, [&scale, &bias], &mut y);
                let [along_scale, along_bias] =
                    normalize_gradient(rule, of, moments, [&x, &g, &scale], &mut slope);
                let found = [y, slope, along_scale, along_bias];
                for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    close(&format!("{of:?}, {i}"), found, expected, 1e-10);
                }
            }
        }
    }
}

#[test]
fn far_from_zero_and_at_the_edge_of_the_type_nothing_is_lost() {
    let rule = Rule { centred: true, epsilon: 0.0 };
    let rows = Groups { blocks: 3, height: 1, groups: 1, width: 2 };
    let x = [1e7f32, 1e7 + 1.0, f32::MAX, -f32::MAX, 5.0, 5.0];
    let mut y = [f32::NAN; 6];
    normalize(rule, rows, None, &x, [&[1.0; 2], &[0.0; 2]], &mut y);
    assert_eq!(y, [-1.0, 1.0, 1.0, -1.0, 0.0, 0.0]);
}

/// Inputs of several magnitudes: far from zero compared with their standard deviation, or with first
/// elements that are far from the others.
fn hard_numbers(length: usize) -> Vec<Vec<f32>> {
    let noise = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5;
    let of = |f: &dyn Fn(usize) -> f32| (0..length).map(f).collect::<Vec<f32>>();
    vec![
        of(&noise),
        of(&|i| 4096.0 + noise(i)),
        of(&|i| if i < 5 { 1000.0 } else { noise(i) }),
        of(&|i| noise(i) + (i / 500) as f32),
        of(&|i| noise(i) * 1e30),
        of(&|i| noise(i) * 1e-25),
        of(&|i| if i % 11 == 0 { f32::MAX } else { -f32::MAX }),
    ]
}

#[test]
fn arithmetic_of_f32_is_as_good_as_that_of_f64() {
    let layouts = [[6, 1, 1, 700], [1, 9000, 5, 1], [1, 300, 64, 1], [2, 700, 3, 2]];
    for [blocks, height, groups, width] in layouts {
        let of = Groups { blocks, height, groups, width };
        let length = blocks * of.block();
        let g: Vec<f32> = (0..length).map(|i| (i * 57 % 97) as f32 / 97.0 - 0.3).collect();
        let scale: Vec<f32> = (0..of.row()).map(|i| 0.5 + (i % 13) as f32 / 8.0).collect();
        for (case, x) in hard_numbers(length).iter().enumerate() {
            // Without centering no digits cancel.
            for rule in [true, false].map(|centred| Rule { centred, epsilon: 0.0 }) {
                let wide = |x: &[f32]| -> Vec<f64> { x.iter().map(|&x| x.into()).collect() };
                let bias = vec![0.25f32; of.row()];
                let expected =
                    plain(rule, of, [&wide(x), &wide(&g)], [&wide(&scale), &wide(&bias)]);
                let (mut y, mut slope) = (vec![f32::NAN; length], vec![f32::NAN; length]);
                normalize(rule, of, None, x, [&scale, &bias], &mut y);
                let [along_scale, along_bias] =
                    normalize_gradient(rule, of, None, [x, &g, &scale], &mut slope);
                let found = [y, slope, along_scale, along_bias];
                for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    // Errors of a sum are relative to its summands, which are about 1 and may cancel.
                    let terms = if i < 2 { 0.0 } else { (length / of.row()) as f64 };
                    let largest = expected.iter().fold(terms, |most, x| most.max(x.abs()));
                    let name = format!("{of:?}, {rule:?}, case {case}, {i}");
                    let [found, expected] = [&wide(found), expected]
                        .map(|x| x.iter().map(|x| x / largest).collect::<Vec<f64>>());
                    close(&name, &found, &expected, 4e-6);
                }
            }
        }
    }
}
