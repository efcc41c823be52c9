//! Depthwise convolutions and their gradients line by line, against loops over all pairs of a pixel and a kernel point.

use super::*;
use crate::kernel::convolution::depthwise::ConvolveRows;
use crate::kernel::convolution::{offset, with_axis};

/// Random geometries of one to three axes: short and long kernels, strides, dilations of the outer axes, padding.
fn geometries() -> Vec<Geometry> {
    let mut state = 1u32;
    let mut below = |n: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % n
    };
    let mut found = Vec::new();
    while found.len() < 150 {
        let rank = 1 + found.len() % 3;
        let each = |outer: usize, of: &mut dyn FnMut(usize) -> usize| -> [usize; 3] {
            std::array::from_fn(|axis| if axis + rank < 3 { outer } else { of(axis) })
        };
        let (points, stride) =
            [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (7, 1), (3, 2), (5, 2)][below(8)];
        let kernel_size = with_axis(each(1, &mut |_| 1 + below(3)), 2, points);
        let stride = with_axis(each(1, &mut |_| 1 + below(3)), 2, stride);
        let dilation = with_axis(each(1, &mut |_| 1 + below(2)), 2, 1);
        let pad_before = each(0, &mut |axis| below(kernel_size[axis] + 1));
        let pad_after = each(0, &mut |axis| below(kernel_size[axis] + 1));
        let input = each(1, &mut |axis| 1 + below(if axis == 2 { 30 } else { 6 }));
        let reach: [usize; 3] =
            std::array::from_fn(|axis| (kernel_size[axis] - 1) * dilation[axis] + 1);
        let padded: [usize; 3] =
            std::array::from_fn(|axis| input[axis] + pad_before[axis] + pad_after[axis]);
        if (0..3).any(|axis| padded[axis] < reach[axis]) {
            continue;
        }
        let output = std::array::from_fn(|axis| (padded[axis] - reach[axis]) / stride[axis] + 1);
        found.push(Geometry { rank, input, output, kernel_size, stride, dilation, pad_before });
    }
    found
}

/// Calls `pair(output, pixel, point)`, as indices, for each product of a convolution.
fn each_product(g: &Geometry, mut pair: impl FnMut(usize, usize, usize)) {
    let line = |sizes: [usize; 3]| [sizes[1] * sizes[2], sizes[2], 1];
    let flat = |at: [usize; 3], sizes: [usize; 3]| offset(at, [1; 3], line(sizes));
    for output in indices(g.output) {
        for point in indices(g.kernel_size) {
            let pixel: [Option<usize>; 3] = std::array::from_fn(|axis| {
                let padded = output[axis] * g.stride[axis] + point[axis] * g.dilation[axis];
                padded.checked_sub(g.pad_before[axis]).filter(|&pixel| pixel < g.input[axis])
            });
            if let [Some(z), Some(y), Some(x)] = pixel {
                pair(flat(output, g.output), flat([z, y, x], g.input), flat(point, g.kernel_size));
            }
        }
    }
}

/// Small integers, whose products and sums are exact.
fn integers(length: usize, by: usize) -> Vec<f32> {
    (0..length).map(|i| (i * by % 13) as f32 - 6.0).collect()
}

/// Two boxes that have all indices of `sizes`: the first `split` along the outermost axis, and the rest.
fn boxes(sizes: [usize; 3]) -> Vec<[[usize; 3]; 2]> {
    let axis = sizes.iter().position(|&size| size != 1).unwrap_or(2);
    let split = sizes[axis] / 2;
    let part = |first: usize, length: usize| {
        [with_axis([0; 3], axis, first), with_axis(sizes, axis, length)]
    };
    [part(0, split), part(split, sizes[axis] - split)]
        .into_iter()
        .filter(|[_, size]| size[axis] > 0)
        .collect()
}

fn shape(geometry: Geometry, channels: usize) -> ConvShape {
    ConvShape { geometry, in_channels: channels, out_channels: channels, groups: channels }
}

#[test]
fn outputs_of_every_geometry_equal_the_reference() {
    for (g, channels) in geometries().into_iter().zip([16, 17, 32, 40, 63].into_iter().cycle()) {
        let [pixels, outputs, points] =
            [g.input, g.output, g.kernel_size].map(|sizes| sizes.iter().product::<usize>());
        let (x, k) = (integers(pixels * channels, 7), integers(points * channels, 5));
        let bias = integers(channels, 3);
        let mut expected: Vec<f32> = (0..outputs).flat_map(|_| bias.clone()).collect();
        each_product(&g, |output, pixel, point| {
            for c in 0..channels {
                expected[output * channels + c] +=
                    x[pixel * channels + c] * k[point * channels + c];
            }
        });
        let mut y = vec![f32::NAN; outputs * channels];
        let mut rest = &mut y[..];
        for [first, size] in boxes(g.output) {
            let length = size.iter().product::<usize>() * channels;
            let (y, after) = rest.split_at_mut(length);
            let rows = forward(&shape(g, channels), [first, size]);
            f32::convolve_rows(&rows, [&x, &k], Some(&bias), y);
            rest = after;
        }
        assert_eq!(y, expected, "{g:?}, {channels} channels");
    }
}

#[test]
fn gradients_of_images_of_every_geometry_equal_the_reference() {
    let mut taken = 0;
    for (g, channels) in geometries().into_iter().zip([16, 17, 32, 40, 63].into_iter().cycle()) {
        if !takes_input_gradient(&g, f32::takes_rows) {
            continue;
        }
        taken += 1;
        let [pixels, outputs, points] =
            [g.input, g.output, g.kernel_size].map(|sizes| sizes.iter().product::<usize>());
        let (dy, k) = (integers(outputs * channels, 7), integers(points * channels, 5));
        let mut expected = vec![0.0; pixels * channels];
        each_product(&g, |output, pixel, point| {
            for c in 0..channels {
                expected[pixel * channels + c] +=
                    dy[output * channels + c] * k[point * channels + c];
            }
        });
        let layout = ChannelLayout::new([channels; 2], channels);
        let kernel = layout.transposed(&shape(g, channels), &k, true);
        let mut dx = vec![f32::NAN; pixels * channels];
        let mut rest = &mut dx[..];
        for [first, size] in boxes(g.input) {
            let length = size.iter().product::<usize>() * channels;
            let (dx, after) = rest.split_at_mut(length);
            for rows in input_gradient(&shape(g, channels), [first, size]) {
                f32::convolve_rows(&rows, [&dy, &kernel], None, dx);
            }
            rest = after;
        }
        assert_eq!(dx, expected, "{g:?}, {channels} channels");
    }
    assert!(taken > 100, "{taken} geometries");
}
