//! The workloads, each made from its name: products and convolutions; models stand in `models`.

use std::hint::black_box;

use nnx::array::{Array, Dims};
use nnx::ops::{ConvDims, DynTensor, Window};

use crate::models::model_named;

/// Work to be timed: what it needs stands ready, and each call leaves its result to be dropped.
pub(crate) struct Work {
    /// Does the work once.
    pub(crate) call: Box<dyn FnMut()>,
    /// Its floating-point operations, for a product or a convolution.
    pub(crate) flops: Option<f64>,
}

impl Work {
    /// The work that a name stands for, or why there is none.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let parts: Vec<&str> = name.split('_').collect();
        let work = match parts[..] {
            ["gemm", sizes] => sizes_in(sizes).map(gemm),
            ["conv", input, window, channels] => conv_named(input, window, channels),
            [kind @ ("infer" | "train"), model, batch] => {
                return model_named(kind, model, batch)
                    .unwrap_or_else(|| Err(format!("unsupported: no batch size in `{name}`")));
            }
            _ => None,
        };
        work.ok_or_else(|| format!("unsupported: no workload has a name like `{name}`"))
    }

    pub(crate) fn new(call: impl FnMut() + 'static) -> Self {
        Self { call: Box::new(call), flops: None }
    }

    fn with_flops(self, flops: usize) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "a rate is printed in few digits")]
        Self { flops: Some(flops as f64), ..self }
    }
}

/// `2x3x4` as `[2, 3, 4]`; none may be 0, since nothing is left to do then.
fn sizes_in<const N: usize>(sizes: &str) -> Option<[usize; N]> {
    let sizes: Option<Vec<usize>> = sizes.split('x').map(size).collect();
    sizes?.try_into().ok()
}

pub(crate) fn size(digits: &str) -> Option<usize> {
    digits.parse().ok().filter(|&size| size > 0)
}

/// Numbers in [-0.5, 0.5) without an order that a product could profit from.
pub(crate) fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn tensor(sizes: &[usize]) -> DynTensor {
    let elements = numbers(sizes.iter().product());
    Array::new(elements, sizes).expect("as many elements as the sizes say").into()
}

/// A (m, k) times B (k, n).
fn gemm([m, k, n]: [usize; 3]) -> Work {
    let (a, b) = (tensor(&[m, k]), tensor(&[k, n]));
    let call = move || drop(black_box(a.clone().matmul(b.clone())));
    Work::new(call).with_flops(2 * m * k * n)
}

/// `8x224x224x3`, `k7s2`, `64`: the input (B, H, W, C), the window's size and its stride, the output's
/// channels.
fn conv_named(input: &str, window: &str, channels: &str) -> Option<Work> {
    let window = window.strip_prefix('k')?;
    let (kernel, stride) = window.split_once('s').unwrap_or((window, "1"));
    Some(conv(sizes_in(input)?, size(kernel)?, size(stride)?, size(channels)?))
}

fn conv(input: [usize; 4], kernel: usize, stride: usize, out_channels: usize) -> Work {
    let [_, height, width, in_channels] = input;
    let dims = ConvDims {
        windows: [height, width].map(|size| same(size, kernel, stride)).into(),
        input: Dims::new(&[height, width]),
        in_channels,
        out_channels,
        groups: 1,
    };
    let x = tensor(&input);
    let weights = tensor(&[kernel, kernel, in_channels, out_channels]);
    let bias = tensor(&[out_channels]);
    let call = move || drop(black_box(x.clone().conv(weights.clone(), dims) + bias.clone()));
    let outputs: usize = [input[0], height.div_ceil(stride), width.div_ceil(stride), out_channels]
        .into_iter()
        .product();
    Work::new(call).with_flops(2 * outputs * kernel * kernel * in_channels)
}

/// A window along an axis, padded so that the output has `ceil(size / stride)` positions.
fn same(size: usize, kernel: usize, stride: usize) -> Window {
    let reach = (size.div_ceil(stride) - 1) * stride + kernel;
    let padding = reach.saturating_sub(size);
    Window::new([kernel, stride, 1, padding / 2, padding.div_ceil(2)])
}
