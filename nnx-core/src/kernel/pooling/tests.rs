//! Pooling against its references.

use super::*;
use crate::kernel::convolution::Geometry;

/// Windows that overlap, leave gaps, or read padding only, and adaptive windows that overlap.
fn coverages() -> Vec<Coverage> {
    let window = |input, output, kernel_size, stride, dilation, pad_before| {
        Coverage::Window(Geometry {
            rank: 3,
            input,
            output,
            kernel_size,
            stride,
            dilation,
            pad_before,
        })
    };
    vec![
        window([1, 4, 6], [1, 2, 3], [1, 2, 2], [1, 2, 2], [1; 3], [0; 3]),
        window([1, 7, 7], [1, 4, 4], [1, 3, 3], [1, 2, 2], [1; 3], [0, 1, 1]),
        window([3, 4, 5], [2, 3, 2], [2, 2, 3], [1, 1, 2], [1; 3], [0; 3]),
        window([1, 2, 2], [1, 4, 4], [1, 1, 2], [1, 1, 1], [1; 3], [0, 1, 1]),
        window([1, 6, 7], [1, 2, 3], [1, 2, 2], [1, 3, 2], [1, 2, 3], [0; 3]),
        Coverage::Adaptive { input: [2, 5, 7], output: [1, 3, 4] },
    ]
}

/// The points of output position `p`, as pixel indices within the image.
fn pixels(coverage: &Coverage, p: usize) -> Vec<usize> {
    let ([_, height, width], [_, rows, columns]) = (coverage.input(), coverage.output());
    let (z, y, x) = (p / columns / rows, p / columns % rows, p % columns);
    let mut pixels = Vec::new();
    for z in coverage.points(0, z) {
        for y in coverage.points(1, y) {
            pixels.extend(coverage.points(2, x).map(|x| (z * height + y) * width + x));
        }
    }
    pixels
}

/// Calls `check(coverage, channels, x, dy, points of each output element)`.
fn each_case(mut check: impl FnMut(&Coverage, usize, &[f32], &[f32], &[Vec<usize>])) {
    for coverage in coverages() {
        for channels in (1..67).step_by(5).chain([16, 32, 64]) {
            let batch = 3;
            let pixel_count: usize = coverage.input().iter().product();
            let positions: usize = coverage.output().iter().product();
            // Few distinct values, so that there are ties.
            let value = |i: usize| match i * 7919 % 23 {
                0 => f32::INFINITY,
                1 => f32::NEG_INFINITY,
                2 => 1e-40,
                n => n as f32 - 12.0,
            };
            let x: Vec<f32> = (0..batch * pixel_count * channels).map(value).collect();
            let dy: Vec<f32> = (0..batch * positions * channels).map(|i| (i % 19) as f32).collect();
            let points: Vec<Vec<usize>> = (0..dy.len())
                .map(|i| {
                    let (channel, position) = (i % channels, i / channels);
                    let first = position / positions * pixel_count;
                    let pixels = pixels(&coverage, position % positions);
                    pixels.iter().map(|pixel| (first + pixel) * channels + channel).collect()
                })
                .collect();
            check(&coverage, channels, &x, &dy, &points);
        }
    }
}

/// The index of the first maximum.
fn first_maximum(x: &[f32], offsets: &[usize]) -> Option<usize> {
    let better = |best: usize, new: usize| match x[new] {
        value if value > x[best] || (value.is_nan() && !x[best].is_nan()) => new,
        _ => best,
    };
    offsets.iter().copied().reduce(better)
}

#[test]
fn maxima_and_sums_equal_the_reference() {
    each_case(|coverage, channels, x, dy, points| {
        let mut out = vec![f32::NAN; dy.len()];
        max(coverage, channels, x, &mut out);
        for (out, offsets) in out.iter().zip(points) {
            let reference = first_maximum(x, offsets).map_or(f32::NEG_INFINITY, |offset| x[offset]);
            assert_eq!(*out, reference, "{coverage:?}, {channels} channels");
        }
        let whole: Vec<f32> = x.iter().map(|x| x.clamp(-20.0, 20.0).round()).collect();
        sum(coverage, channels, &whole, &mut out);
        for (out, offsets) in out.iter().zip(points) {
            let reference: f32 = offsets.iter().map(|&offset| whole[offset]).sum();
            assert_eq!(*out, reference, "{coverage:?}, {channels} channels");
        }
    });
}

#[test]
fn gradients_equal_the_reference() {
    each_case(|coverage, channels, x, dy, points| {
        let (mut reference, mut reference_sum) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        for (dy, offsets) in dy.iter().zip(points) {
            first_maximum(x, offsets).into_iter().for_each(|offset| reference[offset] += dy);
            offsets.iter().for_each(|&offset| reference_sum[offset] += dy);
        }
        let mut dx = vec![f32::NAN; x.len()];
        scatter(coverage, channels, x, dy, &mut dx);
        assert_eq!(dx, reference, "{coverage:?}, {channels} channels");
        sum_backward(coverage, channels, dy, &mut dx);
        assert_eq!(dx, reference_sum, "{coverage:?}, {channels} channels");

        let y: Vec<f32> = (0..x.len()).map(|i| i as f32).collect();
        let mut gathered = vec![f32::NAN; dy.len()];
        gather(coverage, channels, x, &y, &mut gathered);
        for (gathered, offsets) in gathered.iter().zip(points) {
            let reference = first_maximum(x, offsets).map_or(0.0, |offset| y[offset]);
            assert_eq!(*gathered, reference, "{coverage:?}, {channels} channels");
        }
    });
}

#[test]
fn indices_and_what_follows_from_them_equal_the_reference() {
    each_case(|coverage, channels, x, dy, points| {
        let what = format!("{coverage:?}, {channels} channels");
        let pixels: usize = coverage.input().iter().product();
        let (mut maxima, mut indices) = (vec![f32::NAN; dy.len()], vec![i32::MIN; dy.len()]);
        max_with_indices(coverage, channels, x, &mut maxima, &mut indices);
        let y: Vec<f32> = (0..x.len()).map(|i| i as f32).collect();
        let mut taken = vec![f32::NAN; dy.len()];
        take_at_indices(pixels, channels, &y, &indices, &mut taken);
        let mut reference = vec![0.0; x.len()];
        let found = maxima.iter().zip(&indices).zip(&taken);
        for (((max, index), taken), (offsets, dy)) in found.zip(points.iter().zip(dy)) {
            let Some(first) = first_maximum(x, offsets) else {
                assert_eq!((*max, *index, *taken), (f32::NEG_INFINITY, -1, 0.0), "{what}");
                continue;
            };
            reference[first] += dy;
            let pixel = (first / channels % pixels) as i32;
            assert_eq!((*max, *index, *taken), (x[first], pixel, y[first]), "{what}");
        }
        let mut dx = vec![f32::NAN; x.len()];
        add_at_indices(pixels, channels, &indices, dy, &mut dx);
        assert_eq!(dx, reference, "{what}");

        let wide: Vec<f64> = x.iter().map(|&x| x.into()).collect();
        let (mut of_wide, mut places) = (vec![f64::NAN; dy.len()], vec![i32::MIN; dy.len()]);
        max_with_indices(coverage, channels, &wide, &mut of_wide, &mut places);
        let narrow: Vec<f32> = of_wide.iter().map(|&x| x as f32).collect();
        assert_eq!((narrow, places), (maxima, indices), "{what}");
    });
}

/// Pixels that no image has, in a program that was made by hand.
#[test]
fn an_index_of_no_pixel_has_no_value() {
    let indices = [-1, 2, i32::MAX, 0, i32::MIN, 1];
    let mut taken = [f32::NAN; 6];
    take_at_indices(2, 1, &[1.0, 2.0], &indices, &mut taken);
    assert_eq!(taken, [0.0, 0.0, 0.0, 1.0, 0.0, 2.0]);
    let mut dx = [f32::NAN; 2];
    add_at_indices(2, 1, &indices, &[1.0; 6], &mut dx);
    assert_eq!(dx, [1.0, 1.0]);
}

#[test]
fn the_first_nan_is_the_maximum() {
    let [first, second] = [0x7fc0_0001, 0x7fc0_0002].map(f32::from_bits);
    let coverage = coverages()[0];
    for channels in [1, 16, 17] {
        let mut x = vec![3.0f32; 24 * channels];
        x[channels..2 * channels].fill(first);
        x[6 * channels..7 * channels].fill(second);
        let mut out = vec![0.0; 6 * channels];
        max(&coverage, channels, &x, &mut out);
        assert!(out[..channels].iter().all(|x| x.is_nan()));
        assert!(out[channels..].iter().all(|&x| x == 3.0));
        let (mut maxima, mut indices) = (vec![0.0; out.len()], vec![i32::MIN; out.len()]);
        max_with_indices(&coverage, channels, &x, &mut maxima, &mut indices);
        assert!(maxima[..channels].iter().all(|x| x.to_bits() == first.to_bits()));
        assert!(indices[..channels].iter().all(|&index| index == 1));
        let mut dx = vec![f32::NAN; x.len()];
        scatter(&coverage, channels, &x, &vec![1.0; out.len()], &mut dx);
        assert!(dx[channels..2 * channels].iter().all(|&dx| dx == 1.0));
        assert!(dx[6 * channels..7 * channels].iter().all(|&dx| dx == 0.0));
    }
}
