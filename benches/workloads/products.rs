//! Matrix products, and convolutions with their gradients.

use std::hint::black_box;

use nnx::array::Array;
use nnx::ops::DynTensor;
use nnx::prelude::*;
use nnx::size::{AxisWindow, Edge};
use nnx::tensor::vjp;

use crate::work::{Work, numbers, size, sizes_in};

axis!(Rows, Columns, Channels, Filters, Height, Width);

type Images = Tensor![Batch, Height, Width, Channels];
type Kernel = Tensor![Rows, Columns, Channels, Filters];
type Output = Tensor![Batch, Height, Width, Filters];

/// The pass of a convolution that is computed.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// The output, with a bias.
    Output,
    /// The gradient with respect to the input.
    Input,
    /// The gradient with respect to the kernel.
    Kernel,
}

fn tensor(sizes: &[usize]) -> DynTensor {
    let elements = numbers(sizes.iter().product());
    Array::new(elements, sizes).expect("as many elements as the sizes say").into()
}

/// A tensor that is a part of a larger one: what is packed of it isn't kept for the next call, as of an operand that other
/// code has just written.
fn slice_of_larger(sizes: &[usize]) -> DynTensor {
    let larger: Vec<usize> = [sizes[0] + 1].iter().chain(&sizes[1..]).copied().collect();
    tensor(&larger).slice(0, 0, sizes[0])
}

/// A (m, k) times B (k, n).
pub(crate) fn gemm([m, k, n]: [usize; 3]) -> Work {
    let (a, b) = (tensor(&[m, k]), slice_of_larger(&[k, n]));
    let call = move || drop(black_box(a.clone().matmul(b.clone())));
    Work::new(call).with_flops(2 * m * k * n)
}

/// `8x224x224x3`, `k7s2`, `64`: the input (B, H, W, C), the kernel size and the stride, the output channels.
pub(crate) fn conv(part: Part, input: &str, window: &str, channels: &str) -> Option<Work> {
    let window = window.strip_prefix('k')?;
    let (kernel, stride) = window.split_once('s').unwrap_or((window, "1"));
    Some(convolution(part, sizes_in(input)?, size(kernel)?, size(stride)?, size(channels)?))
}

fn convolution(
    part: Part,
    input: [usize; 4],
    kernel: usize,
    stride: usize,
    out_channels: usize,
) -> Work {
    let [batch, height, width, in_channels] = input;
    let window =
        AxisWindow { size: kernel, stride, dilation: 1, input_dilation: 1, edge: Edge::Same };
    let windows = [window; 2];
    let output = [batch, height.div_ceil(stride), width.div_ceil(stride), out_channels];
    let (x, k) = (tensor(&input), slice_of_larger(&[kernel, kernel, in_channels, out_channels]));
    let dy: Output = typed(tensor(&output));
    let work = match part {
        Part::Output => {
            let bias = tensor(&[out_channels]);
            Work::new(move || {
                drop(black_box(x.clone().conv(k.clone(), Some(bias.clone()), windows, 1)))
            })
        }
        Part::Input => {
            let of_input =
                move |x: Images| -> Output { typed(x.into_dyn().conv(k, None, windows, 1)) };
            let (_, pullback) = vjp(of_input, typed::<Images>(x));
            Work::new(move || drop(black_box(pullback(dy.clone()))))
        }
        Part::Kernel => {
            let of_kernel =
                move |k: Kernel| -> Output { typed(x.conv(k.into_dyn(), None, windows, 1)) };
            let (_, pullback) = vjp(of_kernel, typed::<Kernel>(k));
            Work::new(move || drop(black_box(pullback(dy.clone()))))
        }
    };
    let outputs: usize = output.into_iter().product();
    work.with_flops(2 * outputs * kernel * kernel * in_channels)
}

fn typed<T: TryFrom<DynTensor, Error: std::fmt::Debug>>(x: DynTensor) -> T {
    T::try_from(x).expect("runtime axes take any size")
}
