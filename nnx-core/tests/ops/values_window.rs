//! Convolutions and pools against loops over every index of image, window and channel.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;
use nnx_core::size::{AxisWindow, Edge};

use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{tensor, window, windows};
use crate::plain::{FLOATS, Plain, all_indices, assert_same};

/// A convolution of images of the size `input`.
#[derive(Debug, Clone)]
struct Conv {
    windows: Vec<AxisWindow>,
    input: Vec<usize>,
    in_channels: usize,
    out_channels: usize,
    groups: usize,
}

/// A convolution of images of the size `input`, with `[in, out, groups]` channels.
fn conv<const N: usize>(
    input: [usize; N],
    [in_channels, out_channels, groups]: [usize; 3],
    windows: [AxisWindow; N],
) -> Conv {
    Conv { windows: windows.to_vec(), input: input.to_vec(), in_channels, out_channels, groups }
}

/// The zeros before and after an axis.
fn padding(window: &AxisWindow) -> [usize; 2] {
    let Edge::Zeros(before, after) = window.edge else { panic!("padding of zeros") };
    [before, after]
}

/// The index of point `k` of the window at position `i` on an axis of `size`, or `None` in the padding.
fn place(window: &AxisWindow, size: usize, i: usize, k: usize) -> Option<usize> {
    (i * window.stride + k * window.dilation)
        .checked_sub(padding(window)[0])
        .filter(|&at| at < size)
}

/// Positions of a window on an axis, counted one by one.
fn positions(window: &AxisWindow, size: usize) -> usize {
    let padded = padding(window).iter().sum::<usize>() + size;
    (0..).take_while(|i| i * window.stride + (window.size - 1) * window.dilation < padded).count()
}

/// `[batch, sizes.., channels]`.
fn image(batch: usize, sizes: &[usize], channels: usize) -> Vec<usize> {
    [&[batch], sizes, &[channels]].concat()
}

/// Positions of each window over a shape.
fn all_positions(windows: &[AxisWindow], sizes: &[usize]) -> Vec<usize> {
    windows.iter().zip(sizes).map(|(window, &size)| positions(window, size)).collect()
}

/// The indices of the points `k` of the windows at the positions `p`, or `None` in the padding.
fn point_indices(
    windows: &[AxisWindow],
    sizes: &[usize],
    p: &[usize],
    k: &[usize],
) -> Option<Vec<usize>> {
    let axes = windows.iter().zip(sizes).zip(p.iter().zip(k));
    axes.map(|((window, &size), (&p, &k))| place(window, size, p, k)).collect()
}

/// The shapes of image, kernel and output image.
fn shapes(batch: usize, d: &Conv) -> [Vec<usize>; 3] {
    let mut kernel: Vec<usize> = d.windows.iter().map(|window| window.size).collect();
    kernel.extend([d.in_channels / d.groups, d.out_channels]);
    [
        image(batch, &d.input, d.in_channels),
        kernel,
        image(batch, &all_positions(&d.windows, &d.input), d.out_channels),
    ]
}

/// Calls `term(index in the image, in the kernel, in the output image)` for every product in a
/// convolution: a loop over every axis of the output and of the kernel.
fn each_term(batch: usize, d: &Conv, mut term: impl FnMut(&[usize], &[usize], &[usize])) {
    let [_, kernel, output] = shapes(batch, d);
    let rank = d.windows.len();
    for y in all_indices(&output) {
        for k in all_indices(&kernel) {
            let (b, c, o) = (y[0], k[rank], k[rank + 1]);
            let group = o / (d.out_channels / d.groups);
            let at = point_indices(&d.windows, &d.input, &y[1..=rank], &k[..rank]);
            if let (Some(at), true) = (at, o == y[rank + 1]) {
                term(&image(b, &at, group * kernel[rank] + c), &k, &y);
            }
        }
    }
}

/// The windows of `conv_transpose` that give the gradient of a convolution with respect to its input. `None` where the
/// convolution has no output, or windows wholly in the padding.
fn transposed(d: &Conv) -> Option<Vec<AxisWindow>> {
    let axis = |(window, &size): (&AxisWindow, &usize)| {
        let [before, after] = padding(window);
        let most = window.reach() - 1;
        let skipped = (before + size + after).checked_sub(window.reach())? % window.stride;
        let edge = Edge::Zeros(most.checked_sub(before)?, (most + skipped).checked_sub(after)?);
        Some(AxisWindow { edge, ..*window })
    };
    d.windows.iter().zip(&d.input).map(axis).collect()
}

/// Batches and convolutions: ordinary, degenerate, and without elements.
fn convolutions() -> Vec<(usize, Conv)> {
    let plain = |size| [size, 1, 1, 0, 0];
    vec![
        (2, conv([5, 4], [2, 3, 1], windows(plain(3), plain(2)))),
        (2, conv([3, 4], [3, 2, 1], windows(plain(1), plain(1)))),
        (1, conv([3, 4], [4, 4, 2], windows(plain(1), plain(1)))),
        (1, conv([5, 6], [2, 1, 1], windows([1, 2, 1, 0, 0], [1, 3, 1, 0, 0]))),
        (1, conv([3, 4], [2, 2, 1], windows([1, 1, 1, 1, 0], [1, 1, 1, 0, 2]))),
        (2, conv([7, 6], [1, 2, 1], windows([3, 2, 1, 1, 1], [3, 3, 1, 0, 2]))),
        (1, conv([7, 8], [2, 2, 1], windows([3, 1, 2, 2, 2], [2, 1, 3, 0, 3]))),
        (1, conv([6, 6], [1, 1, 1], windows([2, 3, 2, 1, 0], [3, 2, 2, 0, 1]))),
        (2, conv([4, 4], [4, 6, 2], windows([3, 1, 1, 1, 1], [3, 1, 1, 1, 1]))),
        (1, conv([4, 5], [3, 3, 3], windows([2, 1, 1, 0, 0], [3, 2, 1, 1, 1]))),
        (1, conv([4, 4], [2, 4, 2], windows([2, 2, 1, 0, 0], [2, 2, 2, 1, 1]))),
        // Windows that lie wholly in the padding, and an image smaller than the window.
        (1, conv([1, 2], [2, 1, 1], windows([2, 1, 1, 3, 2], [2, 2, 1, 2, 3]))),
        (1, conv([1, 1], [1, 2, 1], windows([3, 1, 1, 1, 1], [5, 1, 1, 2, 2]))),
        // Empty cases: no image, no position, no channel.
        (0, conv([3, 3], [2, 2, 1], windows(plain(2), plain(2)))),
        (2, conv([2, 3], [2, 2, 1], windows(plain(3), plain(2)))),
        (1, conv([3, 3], [0, 2, 1], windows(plain(2), plain(2)))),
        (1, conv([3, 3], [2, 0, 1], windows(plain(2), plain(2)))),
        (1, conv([0, 2], [1, 1, 1], windows([2, 1, 1, 1, 1], [2, 1, 1, 0, 0]))),
        // Windows over one axis, and over three.
        (2, conv([7], [4, 6, 2], [[3, 2, 2, 3, 1]].map(window))),
        (1, conv([4], [3, 2, 1], [plain(1)].map(window))),
        (2, conv([3, 4, 3], [2, 3, 1], [plain(2), plain(3), plain(1)].map(window))),
        (
            1,
            conv(
                [4, 3, 5],
                [4, 2, 2],
                [[2, 2, 2, 1, 0], [2, 1, 1, 0, 1], [3, 2, 1, 2, 1]].map(window),
            ),
        ),
        (
            1,
            conv(
                [2, 1, 2],
                [2, 2, 1],
                [[1, 1, 1, 1, 2], [1, 1, 1, 0, 0], [2, 1, 2, 1, 2]].map(window),
            ),
        ),
    ]
}

#[test]
fn convolutions_equal_loops_on_all_views() {
    for (batch, d) in convolutions() {
        let [image, kernel, output] = shapes(batch, &d);
        for dtype in FLOATS {
            for (x_view, x, image) in Plain::numbers(&image, Between(-1.0, 1.0), 0).views(dtype) {
                for (k_view, k, kernel) in
                    Plain::numbers(&kernel, Between(-1.0, 1.0), 1).views(dtype)
                {
                    let name = format!("{d:?}, {x_view} by {k_view}");
                    let mut expected = Plain::build(&output, |_| 0.0);
                    each_term(batch, &d, |xi, ki, yi| expected.add(yi, x.at(xi) * k.at(ki)));
                    let found = image.clone().conv(kernel.clone(), None, &d.windows, d.groups);
                    assert_same(&found, &expected, dtype, &name);

                    let bias = Plain::numbers(&[d.out_channels], Between(-1.0, 1.0), 2);
                    let expected =
                        Plain::build(&output, |y| expected.at(y) + bias.at(&y[y.len() - 1..]));
                    let found =
                        image.clone().conv(kernel, Some(bias.tensor(dtype)), &d.windows, d.groups);
                    assert_same(&found, &expected, dtype, &format!("{name}, with a bias"));
                }
            }
        }
    }
}

#[test]
fn transposed_convolutions_equal_loops_on_all_views() {
    let mut compared = 0;
    for (batch, d) in convolutions() {
        let Some(windows) = transposed(&d) else { continue };
        compared += 1;
        let [image, kernel, output] = shapes(batch, &d);
        for dtype in FLOATS {
            for (y_view, y, dy) in Plain::numbers(&output, Between(-1.0, 1.0), 0).views(dtype) {
                let k = Plain::numbers(&kernel, Between(-1.0, 1.0), 1);
                let mut expected = Plain::build(&image, |_| 0.0);
                each_term(batch, &d, |xi, ki, yi| expected.add(xi, y.at(yi) * k.at(ki)));
                let found = dy.clone().conv_transpose(k.tensor(dtype), &windows, d.groups, true);
                assert_same(&found, &expected, dtype, &format!("{d:?}, {y_view}"));

                // The kernel with the channels in the order of a convolution, and its points reversed.
                let rank = d.windows.len();
                let [inputs, outputs] = [d.in_channels, d.out_channels].map(|n| n / d.groups);
                let turned = [&kernel[..rank], &[outputs, d.in_channels]].concat();
                let turned = Plain::build(&turned, |i| {
                    let (c, o) = (i[rank + 1] % inputs, i[rank + 1] / inputs * outputs + i[rank]);
                    let points = (0..rank).map(|axis| kernel[axis] - 1 - i[axis]);
                    k.at(&points.chain([c, o]).collect::<Vec<_>>())
                });
                let found = dy.conv_transpose(turned.tensor(dtype), &windows, d.groups, false);
                assert_same(&found, &expected, dtype, &format!("{d:?}, {y_view}, turned"));
            }
        }
    }
    assert!(compared > 15, "{compared} transposed convolutions");
}

#[test]
fn gradients_of_convolutions_equal_loops() {
    for (batch, d) in convolutions() {
        let [x, k, y] =
            [0, 1, 2].map(|i| Plain::numbers(&shapes(batch, &d)[i], Between(-1.0, 1.0), i));
        let [mut dx, mut dk] = [&x, &k].map(|of| Plain::build(&of.dims, |_| 0.0));
        each_term(batch, &d, |xi, ki, yi| {
            dx.add(xi, k.at(ki) * y.at(yi));
            dk.add(ki, x.at(xi) * y.at(yi));
        });
        for dtype in FLOATS {
            let convolve = |inputs: Vec<DynTensor>| {
                let [image, kernel] = <[_; 2]>::try_from(inputs).expect("two inputs");
                DynTensor::conv(image, kernel, None, &d.windows, d.groups) * y.tensor(dtype)
            };
            let (_, found) = gradients(convolve, vec![x.tensor(dtype), k.tensor(dtype)]);
            assert_same(&found[0], &dx, dtype, &format!("image, {d:?}"));
            assert_same(&found[1], &dk, dtype, &format!("kernel, {d:?}"));
        }
    }
}

/// Shapes of images, and windows over them.
fn pools() -> Vec<(Vec<usize>, Vec<AxisWindow>)> {
    let plain = |size| [size, size, 1, 0, 0];
    let pool = |dims: &[usize], windows: &[[usize; 5]]| {
        (dims.to_vec(), windows.iter().copied().map(window).collect())
    };
    vec![
        pool(&[2, 4, 6, 3], &[plain(2), plain(2)]),
        pool(&[1, 5, 7, 2], &[plain(2), plain(3)]),
        pool(&[2, 3, 3, 1], &[[1, 1, 1, 0, 0], [1, 2, 1, 0, 0]]),
        pool(&[1, 5, 6, 2], &[[3, 1, 1, 1, 1], [3, 2, 1, 0, 1]]),
        pool(&[1, 6, 7, 2], &[[2, 1, 3, 1, 0], [3, 2, 2, 2, 2]]),
        pool(&[1, 4, 4, 2], &[[4, 1, 1, 0, 0], [4, 4, 1, 0, 0]]),
        // Windows that lie wholly in the padding.
        pool(&[1, 2, 2, 2], &[[2, 1, 1, 3, 2], [2, 2, 1, 2, 3]]),
        pool(&[0, 4, 4, 2], &[plain(2), plain(2)]),
        pool(&[1, 1, 4, 2], &[plain(2), plain(2)]),
        pool(&[1, 4, 1, 2], &[plain(2), plain(2)]),
        pool(&[1, 4, 4, 0], &[plain(2), plain(2)]),
        // Windows over one axis, and over three.
        pool(&[2, 7, 3], &[[3, 2, 1, 1, 0]]),
        pool(&[2, 4, 3, 5, 2], &[plain(2), [2, 1, 1, 1, 0], [3, 2, 1, 0, 1]]),
    ]
}

/// `fold` over the window of each position, from `start`.
fn pooled(x: &Plain, windows: &[AxisWindow], start: f64, fold: impl Fn(f64, f64) -> f64) -> Plain {
    let [batch, sizes @ .., channels] = &x.dims[..] else { panic!("an image") };
    let window: Vec<usize> = windows.iter().map(|window| window.size).collect();
    Plain::build(&image(*batch, &all_positions(windows, sizes), *channels), |i| {
        let [b, p @ .., c] = i else { panic!("an image") };
        let places = all_indices(&window).into_iter().filter_map(|k| {
            point_indices(windows, sizes, p, &k).map(|at| x.at(&image(*b, &at, *c)))
        });
        places.fold(start, &fold)
    })
}

/// The index of the first maximum of each window within its image, -1 for none.
fn first_maxima(x: &Plain, windows: &[AxisWindow]) -> Plain {
    let [batch, sizes @ .., channels] = &x.dims[..] else { panic!("an image") };
    let window: Vec<usize> = windows.iter().map(|window| window.size).collect();
    Plain::build(&image(*batch, &all_positions(windows, sizes), *channels), |i| {
        let [b, p @ .., c] = i else { panic!("an image") };
        let places = all_indices(&window)
            .into_iter()
            .filter_map(|k| point_indices(windows, sizes, p, &k))
            .map(|at| {
                let index = at.iter().zip(sizes).fold(0, |index, (i, size)| index * size + i);
                (x.at(&image(*b, &at, *c)), index as f64)
            });
        let first = |best: (f64, f64), new: (f64, f64)| if new.0 > best.0 { new } else { best };
        places.reduce(first).map_or(-1.0, |(_, index)| index)
    })
}

#[test]
fn pools_equal_loops_over_every_window_on_all_views() {
    for ((dims, windows), dtype) in
        pools().into_iter().flat_map(|pool| FLOATS.map(|dtype| (pool.clone(), dtype)))
    {
        for (view, plain, x) in Plain::numbers(&dims, Between(-2.0, -0.5), 0).views(dtype) {
            let what = format!("{dims:?} by {windows:?}, {view}");
            let max = pooled(&plain, &windows, f64::NEG_INFINITY, f64::max);
            let found = x.clone().max_pool(&windows);
            assert_same(&found, &max, dtype, &format!("max_pool of {what}"));
            let (maxima, indices) = x.clone().max_pool_with_indices(&windows);
            assert_same(&maxima, &max, dtype, &format!("max_pool_with_indices of {what}"));
            assert_same(&indices, &first_maxima(&plain, &windows), DType::I32, &what);
            let sum = pooled(&plain, &windows, 0.0, |sum, x| sum + x);
            let found = x.sum_pool(&windows);
            assert_same(&found, &sum, dtype, &format!("sum_pool of {what}"));
        }
    }
}

#[test]
fn adaptive_pools_equal_loops_over_every_span_on_all_views() {
    let cases: [(&[usize], &[usize]); 5] = [
        (&[2, 7, 3], &[3]),
        (&[1, 3, 2], &[5]),
        (&[1, 6, 7, 2], &[3, 4]),
        (&[2, 5, 4, 1], &[1, 4]),
        (&[1, 5, 3, 4, 2], &[2, 3, 3]),
    ];
    for ((dims, output), dtype) in cases.into_iter().flat_map(|case| FLOATS.map(|d| (case, d))) {
        let span = |n: usize, out: usize, i: usize| i * n / out..((i + 1) * n).div_ceil(out);
        for (view, plain, x) in Plain::numbers(dims, Between(-2.0, -0.5), 0).views(dtype) {
            let [batch, sizes @ .., channels] = dims else { panic!("an image") };
            let fold = |start: f64, fold: &dyn Fn(f64, f64) -> f64| {
                Plain::build(&image(*batch, output, *channels), |i| {
                    let inside = |at: &Vec<usize>| {
                        (0..sizes.len()).all(|axis| {
                            span(sizes[axis], output[axis], i[axis + 1]).contains(&at[axis])
                        })
                    };
                    let covered = all_indices(sizes).into_iter().filter(inside);
                    let (b, c) = (i[0], i[i.len() - 1]);
                    covered.map(|at| plain.at(&image(b, &at, c))).fold(start, fold)
                })
            };
            let what = format!("{dims:?} to {output:?}, {view}");
            let max = fold(f64::NEG_INFINITY, &f64::max);
            let sum = fold(0.0, &|sum, x| sum + x);
            assert_same(&x.clone().adaptive_max_pool(output), &max, dtype, &what);
            assert_same(&x.adaptive_sum_pool(output), &sum, dtype, &what);
        }
    }
}

#[test]
fn the_positions_of_a_window_are_counted_right() {
    for (size, stride, dilation) in
        (1..5).flat_map(|s| (1..4).flat_map(move |t| (1..4).map(move |d| (s, t, d))))
    {
        for (axis, low, high) in (0..9).flat_map(|n| [(n, 0, 0), (n, 2, 0), (n, 1, 3)]) {
            let window = window([size, stride, dilation, low, high]);
            let found = tensor(vec![0.0; axis], &[1, axis, 1]).sum_pool([window]).dims();
            assert_eq!(found[1], positions(&window, axis), "{window:?} over {axis}");
        }
    }
}
