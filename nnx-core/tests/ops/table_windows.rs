//! Rows of convolutions, pools and resized images.

use nnx_core::size::{AxisWindow, Edge};

use crate::numbers::Values::Steps;
use crate::numbers::{window, windows};
use crate::table::{ANY, Row, rows};

/// An axis under a window of `[size, stride, dilation, input dilation]`.
fn axis([size, stride, dilation, input_dilation]: [usize; 4], edge: Edge) -> AxisWindow {
    AxisWindow { size, stride, dilation, input_dilation, edge }
}

pub(crate) fn convolutions() -> Vec<Row> {
    rows! {
        "conv", x [2, 4, 3, 2] ANY, k [3, 2, 2, 3] ANY =>
            x.conv(k, None, windows([3, 1, 1, 0, 0], [2, 1, 1, 0, 0]), 1);
        "conv 1x1", x [1, 2, 3, 3] ANY, k [1, 1, 3, 2] ANY =>
            x.conv(k, None, windows([1, 1, 1, 0, 0], [1, 1, 1, 0, 0]), 1);
        "conv, bias", x [2, 3, 4, 1] ANY, k [2, 3, 1, 2] ANY, bias [2] ANY =>
            x.conv(k, Some(bias), windows([2, 1, 1, 0, 1], [3, 2, 1, 1, 0]), 1);
        "conv 1x1, bias", x [1, 2, 3, 3] ANY, k [1, 1, 3, 2] ANY, bias [2] ANY =>
            x.conv(k, Some(bias), windows([1, 1, 1, 0, 0], [1, 1, 1, 0, 0]), 1);
        "conv, groups, bias", x [1, 3, 3, 4] ANY, k [2, 2, 2, 4] ANY, bias [4] ANY =>
            x.conv(k, Some(bias), windows([2, 2, 1, 1, 0], [2, 1, 1, 0, 0]), 2);
        "conv, strides", x [1, 5, 4, 2] ANY, k [2, 3, 2, 1] ANY =>
            x.conv(k, None, windows([2, 2, 1, 0, 0], [3, 3, 1, 1, 1]), 1);
        "conv, dilation", x [1, 5, 6, 1] ANY, k [2, 3, 1, 2] ANY =>
            x.conv(k, None, windows([2, 1, 3, 0, 0], [3, 1, 2, 0, 1]), 1);
        "conv, groups", x [1, 3, 3, 4] ANY, k [2, 2, 2, 6] ANY =>
            x.conv(k, None, windows([2, 1, 1, 1, 0], [2, 1, 1, 0, 1]), 2);
        "conv, asymmetric padding", x [2, 3, 2, 1] ANY, k [3, 3, 1, 2] ANY =>
            x.conv(k, None, windows([3, 2, 1, 2, 0], [3, 1, 1, 0, 3]), 1);
        "conv_transpose", y [1, 2, 3, 2] ANY, k [2, 2, 3, 2] ANY =>
            y.conv_transpose(k, windows([2, 2, 1, 1, 1], [2, 1, 1, 1, 1]), 1, true);
        "conv_transpose, groups and dilation", y [1, 2, 3, 4] ANY, k [2, 2, 1, 4] ANY =>
            y.conv_transpose(k, windows([2, 2, 2, 1, 2], [2, 2, 1, 0, 0]), 2, true);
        "conv over one axis", x [2, 5, 2] ANY, k [3, 1, 4] ANY =>
            x.conv(k, None, [window([3, 2, 1, 2, 1])], 2);
        "conv over three axes", x [1, 2, 3, 3, 2] ANY, k [2, 2, 1, 2, 2] ANY => {
            let windows = [[2, 1, 1, 1, 0], [2, 2, 2, 0, 1], [1, 2, 1, 0, 0]].map(window);
            x.conv(k, None, windows, 1)
        };
        "conv, circular", x [1, 3, 2] ANY, k [4, 2, 2] ANY =>
            x.conv(k, None, [axis([4, 2, 1, 1], Edge::Circular)], 1);
        "conv, input dilation", x [1, 3, 2] ANY, k [3, 2, 2] ANY =>
            x.conv(k, None, [axis([3, 2, 1, 3], Edge::Zeros(2, 1))], 1);
        "conv, reflected", x [1, 2, 3, 1] ANY, k [4, 2, 1, 2] ANY =>
            x.conv(k, None, [axis([4, 1, 1, 1], Edge::Reflect), axis([2, 1, 2, 1], Edge::Reflect)], 1);
        "conv, causal", x [2, 4, 2] ANY, k [2, 2, 2] ANY =>
            x.conv(k, None, [axis([2, 1, 2, 1], Edge::Causal)], 1);
        "conv_transpose, padding beyond the window", x [1, 3, 2, 2] ANY, k [3, 2, 2, 1] ANY =>
            x.conv_transpose(k, [axis([3, 2, 1, 1], Edge::Same), axis([2, 1, 2, 1], Edge::Zeros(3, 1))], 1, false);
        "conv_transpose, groups", x [1, 3, 4] ANY, k [2, 2, 6] ANY =>
            x.conv_transpose(k, [axis([2, 2, 1, 1], Edge::Valid)], 2, false);
        "conv_transpose, circular", x [2, 3, 2] ANY, k [5, 1, 2] ANY =>
            x.conv_transpose(k, [axis([5, 2, 1, 1], Edge::Circular)], 1, true);
    }
}

pub(crate) fn pools() -> Vec<Row> {
    rows! {
        "max_pool", x [1, 4, 4, 2] Steps(0.0) => x.max_pool(windows([2, 2, 1, 0, 0], [2, 2, 1, 0, 0]));
        "max_pool, overlapping, padded", x [2, 4, 3, 2] Steps(0.0) =>
            x.max_pool(windows([3, 2, 1, 1, 1], [3, 1, 1, 1, 0]));
        "max_pool, dilation", x [1, 5, 4, 2] Steps(0.0) => x.max_pool(windows([2, 1, 2, 0, 1], [2, 2, 2, 1, 0]));
        "max_pool_with_indices", x [2, 4, 4, 2] Steps(0.0) =>
            x.max_pool_with_indices(windows([2, 2, 1, 0, 0], [2, 2, 1, 0, 0])).0.square();
        "max_pool_with_indices, overlapping, padded", x [2, 4, 3, 2] Steps(0.0) =>
            x.max_pool_with_indices(windows([3, 2, 1, 1, 1], [3, 1, 1, 1, 0])).0;
        "max_pool_with_indices over three axes", x [1, 3, 4, 3, 2] Steps(0.0) =>
            x.max_pool_with_indices([[2, 1, 1, 0, 0], [2, 2, 1, 0, 0], [2, 1, 1, 1, 0]].map(window)).0;
        "max_unpool", x [2, 4, 4, 2] Steps(0.0) => {
            let (y, indices) = x.max_pool_with_indices(windows([3, 1, 1, 0, 0], [2, 2, 1, 0, 0]));
            y.square().max_unpool(indices, &[4, 4])
        };
        "sum_pool", x [1, 4, 4, 2] ANY => x.sum_pool(windows([2, 2, 1, 0, 0], [2, 2, 1, 0, 0]));
        "sum_pool, overlapping, padded", x [2, 4, 3, 2] ANY =>
            x.sum_pool(windows([3, 2, 1, 1, 1], [3, 1, 1, 1, 0]));
        "max_pool over one axis", x [2, 5, 3] Steps(0.0) => x.max_pool([window([3, 1, 1, 1, 0])]);
        "max_pool over three axes", x [1, 3, 4, 3, 2] Steps(0.0) =>
            x.max_pool([[2, 1, 1, 0, 0], [2, 2, 1, 0, 0], [2, 1, 1, 1, 0]].map(window));
        "sum_pool over three axes", x [1, 3, 4, 3, 2] ANY =>
            x.sum_pool([[2, 1, 1, 0, 0], [2, 2, 1, 0, 0], [2, 1, 1, 1, 0]].map(window));
        "avg_pool without padding", x [1, 3, 4, 2] ANY =>
            x.avg_pool(windows([3, 1, 1, 1, 1], [2, 2, 1, 1, 1]), false);
        "avg_pool with padding", x [1, 3, 4, 2] ANY =>
            x.avg_pool(windows([3, 1, 1, 1, 1], [2, 2, 1, 1, 1]), true);
        "adaptive_max_pool", x [1, 5, 4, 2] Steps(0.0) => x.adaptive_max_pool(&[3, 3]);
        "adaptive_avg_pool", x [1, 5, 4, 2] ANY => x.adaptive_avg_pool(&[3, 3]);
        "upsample", x [2, 2, 3, 2] ANY => x.upsample(&[2, 3]);
        "resize, linear", x [2, 4, 3, 2] ANY => x.resize(&[2, 5], nnx_core::ops::Interpolation::linear());
        "resize, cubic", x [1, 2, 5, 2] ANY => x.resize(&[5, 3], nnx_core::ops::Interpolation::torch_bicubic());
        "pixel_shuffle", x [2, 2, 3, 6] ANY => x.pixel_shuffle(&[3, 2]);
        "pixel_unshuffle", x [1, 4, 3, 2] ANY => x.pixel_unshuffle(&[2, 3]);
        "sum_pool, dilation", x [1, 5, 4, 2] ANY => x.sum_pool(windows([2, 1, 2, 0, 1], [2, 2, 2, 1, 0]));
    }
}
