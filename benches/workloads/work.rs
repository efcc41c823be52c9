//! The workloads, each made from its name.

use std::hint::black_box;

use nnx::array::{Array, Dims};
use nnx::models::SimpleCnn;
use nnx::ops::{ConvDims, DynTensor, Window};
use nnx::prelude::*;

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

    fn new(call: impl FnMut() + 'static) -> Self {
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

fn size(digits: &str) -> Option<usize> {
    digits.parse().ok().filter(|&size| size > 0)
}

/// Numbers in [-0.5, 0.5) without an order that a product could profit from.
fn numbers(count: usize) -> Vec<f32> {
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

#[derive(Module)]
struct Mlp {
    hidden1: Linear<Const<784>, U256>,
    hidden2: Linear<U256, U256>,
    output: Linear<U256, U10>,
}

impl<B: Dim> Layer<Tensor![B, 784]> for Mlp {
    type Output = Tensor![B, 10];

    fn forward(&self, x: Tensor![B, 784], pass: &mut Pass) -> Self::Output {
        let x = self.hidden1.forward(x, pass).relu();
        let x = self.hidden2.forward(x, pass).relu();
        self.output.forward(x, pass)
    }
}

/// `infer`, `cnn`, `b32`: what is done, with which model, on how many examples. `None` without a batch
/// size.
fn model_named(kind: &str, model: &str, batch: &str) -> Option<Result<Work, String>> {
    let batch = size(batch.strip_prefix('b')?)?;
    let pixels = numbers(batch * 784);
    let mut rngs = Rngs::new(0);
    Some(match model {
        "mlp" => {
            let x: Tensor![Batch, 784] = Tensor::from_vec(pixels).expect("rows of 784");
            Ok(work_of(kind, Mlp::init(&mut rngs), x, batch))
        }
        "cnn" => {
            let x: Tensor![Batch, 28, 28, 1] = Tensor::from_vec(pixels).expect("images of 28 x 28");
            Ok(work_of(kind, SimpleCnn::<U10>::init(&mut rngs), x, batch))
        }
        _ => Err(format!("unsupported: nnx has no model `{model}` yet")),
    })
}

fn work_of<M, X>(kind: &str, model: M, x: X, batch: usize) -> Work
where
    M: Module + Layer<X, Output = Tensor![Batch, 10]> + 'static,
    X: Clone + 'static,
{
    match kind {
        "train" => train(model, x, batch),
        _ => Work::new(move || drop(black_box(model.infer(x.clone())))),
    }
}

/// Steps on one batch: forward, backward, Adam. Each starts from the weights that the last one left.
fn train<M, X>(mut model: M, x: X, batch: usize) -> Work
where
    M: Module + Layer<X, Output = Tensor![Batch, 10]> + 'static,
    X: Clone + 'static,
{
    let classes = (0..10).cycle().take(batch).collect();
    let labels: Tensor![Batch; i32] = Tensor::from_vec(classes).expect("any number of labels");
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    Work::new(move || {
        let (loss, grads) = value_and_grad(&mut model, |model, pass| {
            softmax_cross_entropy(model.forward(x.clone(), pass), labels.clone()).mean()
        })
        .expect("the loss depends on the weights");
        optimizer.update(&mut model, grads).expect("the optimizer was made for this model");
        // The loss is read, as in a program that reports it; a step that fails isn't worth timing.
        assert!(loss.is_finite(), "training diverged: the loss is {loss}");
    })
}
