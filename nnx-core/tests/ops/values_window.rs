//! Convolutions and pools against loops over every index of image, window and channel.

use nnx_core::ops::{ConvDims, Window};

use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{conv_dims, windows};
use crate::plain::{FLOATS, Plain, assert_same};

/// Where element `k` of the window at position `i` stands on an axis of `size`, unless in the padding.
fn place(window: &Window, size: usize, i: usize, k: usize) -> Option<usize> {
    (i * window.stride + k * window.dilation).checked_sub(window.padding.0).filter(|&at| at < size)
}

/// Positions of a window on an axis, counted one by one.
fn positions(window: &Window, size: usize) -> usize {
    let padded = window.padding.0 + size + window.padding.1;
    (0..).take_while(|i| i * window.stride + (window.size - 1) * window.dilation < padded).count()
}

/// The shapes of image, kernel and output image.
fn shapes(batch: usize, d: &ConvDims) -> [Vec<usize>; 3] {
    let [h, w] = d.windows;
    [
        vec![batch, d.input[0], d.input[1], d.in_channels],
        vec![h.size, w.size, d.in_channels / d.groups, d.out_channels],
        vec![batch, positions(&h, d.input[0]), positions(&w, d.input[1]), d.out_channels],
    ]
}

/// Calls `term(index in the image, in the kernel, in the output image)` for every product in a
/// convolution: seven loops.
fn each_term(batch: usize, d: &ConvDims, mut term: impl FnMut([usize; 4], [usize; 4], [usize; 4])) {
    let [_, kernel, output] = shapes(batch, d);
    for b in 0..batch {
        for (i, j) in (0..output[1]).flat_map(|i| (0..output[2]).map(move |j| (i, j))) {
            for (u, v) in (0..kernel[0]).flat_map(|u| (0..kernel[1]).map(move |v| (u, v))) {
                for (c, o) in (0..kernel[2]).flat_map(|c| (0..d.out_channels).map(move |o| (c, o)))
                {
                    let group = o / (d.out_channels / d.groups);
                    let y = place(&d.windows[0], d.input[0], i, u);
                    let x = place(&d.windows[1], d.input[1], j, v);
                    if let (Some(y), Some(x)) = (y, x) {
                        term([b, y, x, group * kernel[2] + c], [u, v, c, o], [b, i, j, o]);
                    }
                }
            }
        }
    }
}

/// Batches and convolutions: ordinary, degenerate, and without elements.
fn convolutions() -> Vec<(usize, ConvDims)> {
    let plain = |size| [size, 1, 1, 0, 0];
    vec![
        (2, conv_dims([5, 4], [2, 3, 1], windows(plain(3), plain(2)))),
        (2, conv_dims([3, 4], [3, 2, 1], windows(plain(1), plain(1)))),
        (1, conv_dims([3, 4], [4, 4, 2], windows(plain(1), plain(1)))),
        (1, conv_dims([5, 6], [2, 1, 1], windows([1, 2, 1, 0, 0], [1, 3, 1, 0, 0]))),
        (1, conv_dims([3, 4], [2, 2, 1], windows([1, 1, 1, 1, 0], [1, 1, 1, 0, 2]))),
        (2, conv_dims([7, 6], [1, 2, 1], windows([3, 2, 1, 1, 1], [3, 3, 1, 0, 2]))),
        (1, conv_dims([7, 8], [2, 2, 1], windows([3, 1, 2, 2, 2], [2, 1, 3, 0, 3]))),
        (1, conv_dims([6, 6], [1, 1, 1], windows([2, 3, 2, 1, 0], [3, 2, 2, 0, 1]))),
        (2, conv_dims([4, 4], [4, 6, 2], windows([3, 1, 1, 1, 1], [3, 1, 1, 1, 1]))),
        (1, conv_dims([4, 5], [3, 3, 3], windows([2, 1, 1, 0, 0], [3, 2, 1, 1, 1]))),
        (1, conv_dims([4, 4], [2, 4, 2], windows([2, 2, 1, 0, 0], [2, 2, 2, 1, 1]))),
        // Windows that lie wholly in the padding, and an image smaller than the window.
        (1, conv_dims([1, 2], [2, 1, 1], windows([2, 1, 1, 3, 2], [2, 2, 1, 2, 3]))),
        (1, conv_dims([1, 1], [1, 2, 1], windows([3, 1, 1, 1, 1], [5, 1, 1, 2, 2]))),
        // Nothing: no image, no position, no channel.
        (0, conv_dims([3, 3], [2, 2, 1], windows(plain(2), plain(2)))),
        (2, conv_dims([2, 3], [2, 2, 1], windows(plain(3), plain(2)))),
        (1, conv_dims([3, 3], [0, 2, 1], windows(plain(2), plain(2)))),
        (1, conv_dims([3, 3], [2, 0, 1], windows(plain(2), plain(2)))),
        (1, conv_dims([0, 2], [1, 1, 1], windows([2, 1, 1, 1, 1], [2, 1, 1, 0, 0]))),
    ]
}

#[test]
fn convolutions_equal_seven_loops_on_all_views() {
    for (batch, d) in convolutions() {
        let [image, kernel, output] = shapes(batch, &d);
        for dtype in FLOATS {
            for (x_view, x, image) in Plain::numbers(&image, Between(-1.0, 1.0), 0).views(dtype) {
                for (k_view, k, kernel) in
                    Plain::numbers(&kernel, Between(-1.0, 1.0), 1).views(dtype)
                {
                    let mut expected = Plain::build(&output, |_| 0.0);
                    each_term(batch, &d, |xi, ki, yi| expected.add(&yi, x.at(&xi) * k.at(&ki)));
                    let found = image.clone().conv(kernel, d);
                    assert_same(&found, &expected, dtype, &format!("{d:?}, {x_view} by {k_view}"));
                }
            }
        }
    }
}

#[test]
fn transposed_convolutions_equal_seven_loops_on_all_views() {
    for (batch, d) in convolutions() {
        let [image, kernel, output] = shapes(batch, &d);
        for dtype in FLOATS {
            for (y_view, y, dy) in Plain::numbers(&output, Between(-1.0, 1.0), 0).views(dtype) {
                let k = Plain::numbers(&kernel, Between(-1.0, 1.0), 1);
                let mut expected = Plain::build(&image, |_| 0.0);
                each_term(batch, &d, |xi, ki, yi| expected.add(&xi, y.at(&yi) * k.at(&ki)));
                let found = dy.conv_transpose(k.tensor(dtype), d);
                assert_same(&found, &expected, dtype, &format!("{d:?}, {y_view}"));
            }
        }
    }
}

#[test]
fn gradients_of_convolutions_equal_seven_loops() {
    for (batch, d) in convolutions() {
        let [x, k, y] =
            [0, 1, 2].map(|i| Plain::numbers(&shapes(batch, &d)[i], Between(-1.0, 1.0), i));
        let [mut dx, mut dk] = [&x, &k].map(|of| Plain::build(&of.dims, |_| 0.0));
        each_term(batch, &d, |xi, ki, yi| {
            dx.add(&xi, k.at(&ki) * y.at(&yi));
            dk.add(&ki, x.at(&xi) * y.at(&yi));
        });
        for dtype in FLOATS {
            let convolve = |inputs: Vec<_>| {
                let [image, kernel] = <[_; 2]>::try_from(inputs).expect("two inputs");
                nnx_core::ops::DynTensor::conv(image, kernel, d) * y.tensor(dtype)
            };
            let (_, found) = gradients(convolve, vec![x.tensor(dtype), k.tensor(dtype)]);
            assert_same(&found[0], &dx, dtype, &format!("image, {d:?}"));
            assert_same(&found[1], &dk, dtype, &format!("kernel, {d:?}"));
        }
    }
}

/// Shapes of images, and windows over them.
fn pools() -> Vec<([usize; 4], [Window; 2])> {
    let plain = |size| [size, size, 1, 0, 0];
    vec![
        ([2, 4, 6, 3], windows(plain(2), plain(2))),
        ([1, 5, 7, 2], windows(plain(2), plain(3))),
        ([2, 3, 3, 1], windows([1, 1, 1, 0, 0], [1, 2, 1, 0, 0])),
        ([1, 5, 6, 2], windows([3, 1, 1, 1, 1], [3, 2, 1, 0, 1])),
        ([1, 6, 7, 2], windows([2, 1, 3, 1, 0], [3, 2, 2, 2, 2])),
        ([1, 4, 4, 2], windows([4, 1, 1, 0, 0], [4, 4, 1, 0, 0])),
        // Windows that lie wholly in the padding.
        ([1, 2, 2, 2], windows([2, 1, 1, 3, 2], [2, 2, 1, 2, 3])),
        ([0, 4, 4, 2], windows(plain(2), plain(2))),
        ([1, 1, 4, 2], windows(plain(2), plain(2))),
        ([1, 4, 1, 2], windows(plain(2), plain(2))),
        ([1, 4, 4, 0], windows(plain(2), plain(2))),
    ]
}

/// `fold` over the window of each position, from `start`.
fn pooled(x: &Plain, [h, w]: &[Window; 2], start: f64, fold: impl Fn(f64, f64) -> f64) -> Plain {
    let [batch, height, width, channels] = x.dims[..] else { panic!("four axes") };
    Plain::build(&[batch, positions(h, height), positions(w, width), channels], |i| {
        let mut value = start;
        for (u, v) in (0..h.size).flat_map(|u| (0..w.size).map(move |v| (u, v))) {
            if let (Some(y), Some(z)) = (place(h, height, i[1], u), place(w, width, i[2], v)) {
                value = fold(value, x.at(&[i[0], y, z, i[3]]));
            }
        }
        value
    })
}

#[test]
fn pools_equal_loops_over_every_window_on_all_views() {
    for ((dims, windows), dtype) in
        pools().into_iter().flat_map(|pool| FLOATS.map(|dtype| (pool, dtype)))
    {
        for (view, plain, x) in Plain::numbers(&dims, Between(-2.0, -0.5), 0).views(dtype) {
            let what = format!("{dims:?} by {windows:?}, {view}");
            let max = pooled(&plain, &windows, f64::NEG_INFINITY, f64::max);
            assert_same(&x.clone().max_pool(windows), &max, dtype, &format!("max_pool of {what}"));
            let sum = pooled(&plain, &windows, 0.0, |sum, x| sum + x);
            assert_same(&x.sum_pool(windows), &sum, dtype, &format!("sum_pool of {what}"));
        }
    }
}

#[test]
fn the_positions_of_a_window_are_counted_right() {
    for (size, stride, dilation) in
        (1..5).flat_map(|s| (1..4).flat_map(move |t| (1..4).map(move |d| (s, t, d))))
    {
        for (axis, low, high) in (0..9).flat_map(|n| [(n, 0, 0), (n, 2, 0), (n, 1, 3)]) {
            let window = Window::new([size, stride, dilation, low, high]);
            assert_eq!(window.positions(axis), positions(&window, axis), "{window:?} over {axis}");
        }
    }
}
