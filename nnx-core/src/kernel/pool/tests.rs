//! Pooling against its references.

use super::*;
use crate::kernel::convolution::Geometry;

/// Windows that overlap, leave gaps, or read padding only, and adaptive windows that overlap.
fn covers() -> Vec<Cover> {
    let window = |input, output, window, stride, dilation, low| {
        Cover::Window(Geometry { input, output, window, stride, dilation, low })
    };
    vec![
        window([1, 4, 6], [1, 2, 3], [1, 2, 2], [1, 2, 2], [1; 3], [0; 3]),
        window([1, 7, 7], [1, 4, 4], [1, 3, 3], [1, 2, 2], [1; 3], [0, 1, 1]),
        window([3, 4, 5], [2, 3, 2], [2, 2, 3], [1, 1, 2], [1; 3], [0; 3]),
        window([1, 2, 2], [1, 4, 4], [1, 1, 2], [1, 1, 1], [1; 3], [0, 1, 1]),
        window([1, 6, 7], [1, 2, 3], [1, 2, 2], [1, 3, 2], [1, 2, 3], [0; 3]),
        Cover::Adaptive { input: [2, 5, 7], output: [1, 3, 4] },
    ]
}

/// The taps of output position `p`, as pixel indices within the image.
fn pixels(cover: &Cover, p: usize) -> Vec<usize> {
    let ([_, height, width], [_, rows, columns]) = (cover.input(), cover.output());
    let (z, y, x) = (p / columns / rows, p / columns % rows, p % columns);
    let mut pixels = Vec::new();
    for z in cover.covered(0, z) {
        for y in cover.covered(1, y) {
            pixels.extend(cover.covered(2, x).map(|x| (z * height + y) * width + x));
        }
    }
    pixels
}

/// Calls `check(cover, channels, x, dy, taps of each output element)`.
fn each_case(mut check: impl FnMut(&Cover, usize, &[f32], &[f32], &[Vec<usize>])) {
    for cover in covers() {
        for channels in (1..67).step_by(5).chain([16, 32, 64]) {
            let batch = 3;
            let pixel_count: usize = cover.input().iter().product();
            let positions: usize = cover.output().iter().product();
            // Few distinct values, so that there are ties.
            let number = |i: usize| match i * 7919 % 23 {
                0 => f32::INFINITY,
                1 => f32::NEG_INFINITY,
                2 => 1e-40,
                n => n as f32 - 12.0,
            };
            let x: Vec<f32> = (0..batch * pixel_count * channels).map(number).collect();
            let dy: Vec<f32> = (0..batch * positions * channels).map(|i| (i % 19) as f32).collect();
            let covered: Vec<Vec<usize>> = (0..dy.len())
                .map(|i| {
                    let (channel, position) = (i % channels, i / channels);
                    let first = position / positions * pixel_count;
                    let pixels = pixels(&cover, position % positions);
                    pixels.iter().map(|pixel| (first + pixel) * channels + channel).collect()
                })
                .collect();
            check(&cover, channels, &x, &dy, &covered);
        }
    }
}

/// The index of the first maximum.
fn first_maximum(x: &[f32], places: &[usize]) -> Option<usize> {
    let better = |best: usize, new: usize| match x[new] {
        number if number > x[best] || (number.is_nan() && !x[best].is_nan()) => new,
        _ => best,
    };
    places.iter().copied().reduce(better)
}

#[test]
fn maxima_and_sums_equal_the_plain_twin() {
    each_case(|cover, channels, x, dy, covered| {
        let mut out = vec![f32::NAN; dy.len()];
        max(cover, channels, x, &mut out);
        for (out, places) in out.iter().zip(covered) {
            let plain = first_maximum(x, places).map_or(f32::NEG_INFINITY, |place| x[place]);
            assert_eq!(*out, plain, "{cover:?}, {channels} channels");
        }
        let whole: Vec<f32> = x.iter().map(|x| x.clamp(-20.0, 20.0).round()).collect();
        sum(cover, channels, &whole, &mut out);
        for (out, places) in out.iter().zip(covered) {
            let plain: f32 = places.iter().map(|&place| whole[place]).sum();
            assert_eq!(*out, plain, "{cover:?}, {channels} channels");
        }
    });
}

#[test]
fn gradients_equal_the_plain_twin() {
    each_case(|cover, channels, x, dy, covered| {
        let (mut plain, mut plain_spread) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        for (dy, places) in dy.iter().zip(covered) {
            first_maximum(x, places).into_iter().for_each(|place| plain[place] += dy);
            places.iter().for_each(|&place| plain_spread[place] += dy);
        }
        let mut dx = vec![f32::NAN; x.len()];
        scatter(cover, channels, x, dy, &mut dx);
        assert_eq!(dx, plain, "{cover:?}, {channels} channels");
        spread(cover, channels, dy, &mut dx);
        assert_eq!(dx, plain_spread, "{cover:?}, {channels} channels");

        let y: Vec<f32> = (0..x.len()).map(|i| i as f32).collect();
        let mut picked = vec![f32::NAN; dy.len()];
        pick(cover, channels, x, &y, &mut picked);
        for (picked, places) in picked.iter().zip(covered) {
            let plain = first_maximum(x, places).map_or(0.0, |place| y[place]);
            assert_eq!(*picked, plain, "{cover:?}, {channels} channels");
        }
    });
}

#[test]
fn the_first_nan_is_the_maximum() {
    let [first, second] = [0x7fc0_0001, 0x7fc0_0002].map(f32::from_bits);
    let cover = covers()[0];
    for channels in [1, 16, 17] {
        let mut x = vec![3.0f32; 24 * channels];
        x[channels..2 * channels].fill(first);
        x[6 * channels..7 * channels].fill(second);
        let mut out = vec![0.0; 6 * channels];
        max(&cover, channels, &x, &mut out);
        assert!(out[..channels].iter().all(|x| x.is_nan()));
        assert!(out[channels..].iter().all(|&x| x == 3.0));
        let mut dx = vec![f32::NAN; x.len()];
        scatter(&cover, channels, &x, &vec![1.0; out.len()], &mut dx);
        assert!(dx[channels..2 * channels].iter().all(|&dx| dx == 1.0));
        assert!(dx[6 * channels..7 * channels].iter().all(|&dx| dx == 0.0));
    }
}
