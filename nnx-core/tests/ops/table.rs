//! The table: every operation once, in its variants, each with the domain that its inputs are from.

use nnx_core::array::DType;
use nnx_core::ops::{Affine, BagMode, Comparison, DynTensor};
use nnx_core::size::{AxisWindow, Edge};

use crate::elementwise;
use crate::numbers::Values::{self, Between, Steps};
use crate::numbers::{indices, tensor, window, windows};
use crate::rearrange;
use crate::table_losses::losses;
use crate::table_orders::orders;
use crate::unfold;

/// A function of tensors of f64 (or of f32) to one tensor.
pub(crate) type Function = fn(Vec<DynTensor>) -> DynTensor;

pub(crate) struct Row {
    /// The operation, with the property that the row tests.
    pub(crate) name: &'static str,
    /// Shapes of the inputs, and where their elements come from.
    pub(crate) domain: Vec<(&'static [usize], Values)>,
    pub(crate) function: Function,
}

impl Row {
    /// The inputs in f64.
    pub(crate) fn inputs(&self) -> Vec<DynTensor> {
        let input = |(seed, (dims, values)): (usize, &(&[usize], Values))| {
            tensor(values.take(dims.iter().product(), seed), dims)
        };
        self.domain.iter().enumerate().map(input).collect()
    }
}

/// All rows.
pub(crate) fn table() -> Vec<Row> {
    [
        elementwise::rows(),
        orders(),
        unary(),
        binary(),
        reductions(),
        movements(),
        rearrange::rearrangements(),
        unfold::unfoldings(),
        products(),
        pools(),
        losses(),
        #[cfg(feature = "linalg")]
        crate::table_linalg::linalg(),
        #[cfg(feature = "fft")]
        crate::values_fft::transforms(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A mask (1, 1, 2, 3) that closes one key to one query.
fn open_but_one() -> DynTensor {
    let open = vec![true, false, true, true, true, true];
    nnx_core::array::Array::new(open, &[1, 1, 2, 3]).expect("six elements").into()
}

/// Two ranks that have the same tensors.
fn twins() -> std::sync::Arc<dyn nnx_core::ops::Ranks> {
    #[derive(Debug)]
    struct Twins;
    impl nnx_core::ops::Ranks for Twins {
        fn rank(&self) -> usize {
            0
        }
        fn size(&self) -> usize {
            2
        }
        fn weight(&self) -> f64 {
            3.0
        }
        fn sum(&self, values: &mut [f64]) {
            values.iter_mut().for_each(|value| *value *= 2.0);
        }
    }
    std::sync::Arc::new(Twins)
}

fn affine(scale: DynTensor, bias: DynTensor) -> Affine {
    Affine { scale: Some(scale), bias: Some(bias) }
}

/// An axis under a window of `[size, stride, dilation, input dilation]`.
fn axis([size, stride, dilation, input_dilation]: [usize; 4], edge: Edge) -> AxisWindow {
    AxisWindow { size, stride, dilation, input_dilation, edge }
}

pub(crate) fn exactly<const N: usize>(inputs: Vec<DynTensor>) -> [DynTensor; N] {
    inputs.try_into().expect("a row is given as many inputs as it names")
}

macro_rules! rows {
    ($($name:literal, $($input:ident $dims:tt $values:expr),+ => $output:expr;)*) => {
        vec![$($crate::table::Row {
            name: $name,
            domain: vec![$((&$dims, $values)),+],
            function: |inputs| {
                let [$($input),+] = $crate::table::exactly(inputs);
                $output
            },
        }),*]
    };
}

pub(crate) use rows;

pub(crate) const ANY: Values = Between(-2.0, 2.0);
pub(crate) const POSITIVE: Values = Between(0.4, 3.0);
/// No multiple of 1/20 among them, so no kink at 0 or ±1.
pub(crate) const OFF_KINKS: Values = Steps(0.02);

fn unary() -> Vec<Row> {
    rows! {
        "neg", x [2, 3] ANY => -x;
        "mul_scalar", x [2, 3] ANY => x.mul_scalar(-2.5);
        "add_scalar", x [2, 3] ANY => x.add_scalar(0.7);
        "glu", x [2, 6] ANY => x.glu();
        "numbers on the left and on the right", x [2, 3] ANY => 2.0 * x.clone() + (1.5 - x.clone()) / 4.0 - 3.0 / (x + 5.0);
        "cast to the same", x [2, 3] ANY => x.exp().cast(DType::F64);
    }
}

fn binary() -> Vec<Row> {
    rows! {
        "add", a [2, 3] ANY, b [2, 3] ANY => a + b;
        "add, the right broadcast", a [2, 3] ANY, b [3] ANY => a + b;
        "add, the left broadcast", a [3, 1] ANY, b [2, 3, 2] ANY => a + b;
        "add, both broadcast", a [3, 1] ANY, b [2] ANY => a + b;
        "subtract", a [2, 3] ANY, b [2, 3] ANY => a - b;
        "subtract, the right broadcast", a [2, 3] ANY, b [2, 1] ANY => a - b;
        "subtract, the left broadcast", a [] ANY, b [2, 3] ANY => a - b;
        "multiply", a [2, 3] ANY, b [2, 3] ANY => a * b;
        "multiply, the right broadcast", a [2, 3] ANY, b [] ANY => a * b;
        "multiply, the left broadcast", a [3] ANY, b [2, 3] ANY => a * b;
        "multiply by itself", x [2, 3] ANY => &x * &x;
        "divide", a [2, 3] ANY, b [2, 3] POSITIVE => a / b;
        "divide, the right broadcast", a [2, 3] ANY, b [1, 3] POSITIVE => a / b;
        "divide, the left broadcast", a [2, 1] ANY, b [2, 3] POSITIVE => a / b;
        "divide, by negative numbers", a [2, 3] ANY, b [2, 3] Between(-3.0, -0.4) => a / b;
        "lerp", a [2, 3] ANY, b [2, 3] ANY, w [2, 3] Between(-0.2, 1.2) => a.lerp(b, w);
        "lerp, a weight for all and an end for each row", a [2, 3] ANY, b [2, 1] ANY, w [] ANY => a.lerp(b, w);
        "weighted", x [2, 3] ANY, w [2, 3] ANY => x.weighted(w);
        "weighted, the weights broadcast", x [2, 3] ANY, w [2, 1] ANY => x.weighted(w);
        "weighted, the left one broadcast", x [3] ANY, w [2, 1] ANY => x.weighted(w);
        "select", a [2, 3] ANY, b [2, 3] ANY => {
            let mask = tensor(vec![true, false, false, true, true, false], &[2, 3]);
            mask.select(a, b)
        };
        "select, a scalar and a mask that repeats", a [2, 3] ANY, b [] ANY => {
            let mask = tensor(vec![true, false, false], &[3]).broadcast_to(&[2, 3]);
            mask.select(a, b.broadcast_to(&[2, 3]))
        };
        "select, the left one a scalar", a [] ANY, b [2, 3] ANY => {
            let mask = tensor(vec![true, false], &[2, 1]).broadcast_to(&[2, 3]);
            mask.select(a.broadcast_to(&[2, 3]), b)
        };
        "select by a comparison", a [3, 5] Steps(0.0), b [3, 5] Steps(0.02) => {
            a.clone().compare(Comparison::Less, b.clone()).select(a, b)
        };
    }
}

fn reductions() -> Vec<Row> {
    rows! {
        "sum over the leading axis", x [2, 3, 4] ANY => x.sum(&[0]);
        "sum over two leading axes", x [2, 3, 4] ANY => x.sum(&[0, 1]);
        "sum over the middle axis", x [2, 3, 4] ANY => x.sum(&[1]);
        "sum over the trailing axis", x [2, 3, 4] ANY => x.sum(&[2]);
        "sum over two trailing axes", x [2, 3, 4] ANY => x.sum(&[1, 2]);
        "sum over the outer axes", x [2, 3, 4] ANY => x.sum(&[0, 2]);
        "sum over all axes", x [2, 3, 4] ANY => x.sum_all();
        "mean over the leading axis", x [2, 3, 4] ANY => x.mean(&[0]);
        "mean over all axes", x [2, 3, 4] ANY => x.mean(&[0, 1, 2]);
        "max over the leading axis", x [2, 3, 4] Steps(0.0) => x.max(&[0]);
        "max over the middle axis", x [2, 3, 4] Steps(0.0) => x.max(&[1]);
        "max over the trailing axes", x [2, 3, 4] Steps(0.0) => x.max(&[1, 2]);
        "max over all axes", x [2, 3, 4] Steps(0.0) => x.max(&[0, 1, 2]);
        "min over the leading axis", x [2, 3, 4] Steps(0.0) => x.min(&[0]);
        "min over the outer axes", x [2, 3, 4] Steps(0.0) => x.min(&[0, 2]);
        "prod over the leading axis", x [5, 3] POSITIVE => x.prod(&[0]);
        "prod over the outer axes", x [2, 3, 3] OFF_KINKS => x.prod(&[0, 2]);
        "prod with zeros", x [2, 2] Steps(0.0), zeros [2, 3] Between(0.0, 0.0) =>
            DynTensor::concat(vec![x, zeros.slice(1, 0, 1)], 1).expect("equal but for axis 1").prod(&[1]);
        "prod with two zeros", x [2, 2] Steps(0.0), zeros [2, 2] Between(0.0, 0.0) =>
            DynTensor::concat(vec![x, zeros], 1).expect("equal but for axis 1").prod(&[1]);
        "softmax", x [2, 4] ANY => x.softmax();
        "softmax of one axis", x [5] ANY => x.softmax();
        "log_softmax", x [2, 4] ANY => x.log_softmax();
        "logsumexp", x [2, 2, 3] ANY => x.logsumexp();
        "layer_norm, rows", x [2, 5] ANY => x.layer_norm(&[1], 0.1, Affine::default());
        "layer_norm, columns", x [4, 3] ANY => x.layer_norm(&[0], 0.1, Affine::default());
        "layer_norm, two runs of axes", x [2, 3, 2, 2] ANY => x.layer_norm(&[1, 3], 0.1, Affine::default());
        "layer_norm, permuted", x [3, 2, 2, 2] ANY => x.layer_norm(&[0, 2], 0.1, Affine::default());
        "rms_norm, rows", x [2, 5] ANY => x.rms_norm(&[1], 0.1, Affine::default());
        "rms_norm, columns", x [4, 3] ANY => x.rms_norm(&[0], 0.1, Affine::default());
        "layer_norm with scale and bias, rows", x [4, 5] ANY, scale [5] ANY, bias [5] ANY
            => x.layer_norm(&[1], 0.1, affine(scale, bias));
        "layer_norm with scale and bias, columns", x [4, 3] ANY, scale [3] ANY, bias [3] ANY
            => x.layer_norm(&[0], 0.1, affine(scale, bias));
        "layer_norm with scale and bias, two runs of axes", x [2, 3, 2, 2] ANY, scale [2, 2] ANY, bias [2, 2] ANY
            => x.layer_norm(&[1, 3], 0.1, affine(scale, bias));
        "layer_norm with scale and bias, axes that scale and bias are not of", x [3, 2, 2] ANY, scale [2] ANY, bias [2] ANY
            => x.layer_norm(&[0, 2], 0.1, affine(scale, bias));
        "rms_norm with scale and bias, rows", x [4, 5] ANY, scale [5] ANY, bias [5] ANY
            => x.rms_norm(&[1], 0.1, affine(scale, bias));
        "batch_norm_inference", x [2, 3, 4] ANY, mean [4] ANY, factor [4] ANY, bias [4] ANY
            => x.batch_norm_inference(mean, factor, bias);
        "batch_norm_inference, two axes", x [3, 2, 2] ANY, mean [2, 2] ANY, factor [2, 2] ANY, bias [2, 2] ANY
            => x.batch_norm_inference(mean, factor, bias);
        "sum_over_ranks", x [2, 3] ANY => x.sum_over_ranks(&twins());
        "var, rows", x [2, 5] ANY => x.var(&[1], 0);
        "var, columns", x [4, 3] ANY => x.var(&[0], 0);
        "var, permuted", x [3, 2, 2, 2] ANY => x.var(&[0, 2], 0);
        "var, correction", x [2, 5] ANY => x.var(&[1], 1);
        "std, rows", x [2, 5] ANY => x.std(&[1], 0);
        "std, columns, correction", x [4, 3] ANY => x.std(&[0], 1);
        "std, permuted", x [3, 2, 2, 2] ANY => x.std(&[0, 2], 0);
        "norm, rows", x [2, 5] ANY => x.norm(&[1]);
        "norm, columns", x [4, 3] ANY => x.norm(&[0]);
        "norm, outer axes", x [2, 3, 2] ANY => x.norm(&[0, 2]);
        "norm of order 1", x [2, 3, 2] OFF_KINKS => x.norm_p(1.0, &[0, 2]);
        "norm of order 1, columns", x [3, 4] OFF_KINKS => x.norm_p(1.0, &[0]);
        "norm of order 2, middle axis", x [2, 3, 2] ANY => x.norm_p(2.0, &[1]);
        "norm of order 3", x [3, 4] OFF_KINKS => x.norm_p(3.0, &[0]);
        "norm of order 2.5, outer axes", x [2, 3, 2] OFF_KINKS => x.norm_p(2.5, &[0, 2]);
        "norm of infinite order", x [2, 4] OFF_KINKS => x.norm_p(f64::INFINITY, &[1]);
        "safe_norm, rows above and below", x [4, 2] ANY => x.safe_norm(&[1], 1.7);
    }
}

fn movements() -> Vec<Row> {
    rows! {
        "broadcast_to, new axes and old", x [3, 1] ANY => x.broadcast_to(&[2, 3, 4]);
        "broadcast_to, from one element", x [] ANY => x.broadcast_to(&[2, 3]);
        "reshape", x [2, 3, 2] ANY => x.reshape(&[4, 3]);
        "reshape of a transpose", x [2, 3] ANY => x.swap_axes(0, 1).reshape(&[6]);
        "permute", x [2, 3, 4] ANY => x.permute(&[2, 0, 1]);
        "swap_axes", x [2, 3, 2] ANY => x.swap_axes(0, 1);
        "slice", x [3, 5] ANY => x.slice(1, 1, 3);
        "slice, twice over", x [5, 2] ANY => &x.clone().slice(0, 0, 3) * &x.slice(0, 2, 3);
        "pad", x [2, 3] ANY => x.pad(0, 2, 1);
        "pad, the last axis", x [2, 3] ANY => x.pad(1, 0, 2);
        "pad_axes", x [2, 3, 2] ANY => x.pad_axes([(0, [1, 0]), (2, [2, 1])], 0.5);
        "slice, all parts", x [5, 2] ANY =>
            &(&x.clone().slice(0, 0, 2) * &x.clone().slice(0, 2, 2)) * &x.slice(0, 3, 2);
        "add_part", x [3, 4] ANY, part [3, 2] ANY => x.add_part(1, 1, part);
        "add_part, the leading axis", x [3, 2] ANY, part [1, 2] ANY => x.add_part(0, 2, part);
        "concat", a [2, 1] ANY, b [2, 3] ANY, c [2, 2] ANY =>
            DynTensor::concat(vec![a, b, c], 1).expect("equal but for axis 1");
        "concat, one tensor twice", x [2, 2] ANY =>
            DynTensor::concat(vec![x.clone(), x.exp()], 0).expect("equal");
        "gather, repeated indices", x [4, 2] ANY => x.gather(indices(&[3, 1, 3, 0, 3], &[5]));
        "gather, two axes of indices", x [3] ANY => x.gather(indices(&[2, 0, 1, 1], &[2, 2]));
        "embedding_bag, sums", x [4, 2] ANY => bagged(x, BagMode::Sum);
        "embedding_bag, means", x [4, 2] ANY => bagged(x, BagMode::Mean);
        "embedding_bag, maxima", x [4, 2] ANY => bagged(x, BagMode::Max);
        "embedding_bag, maxima, rows of two axes", x [4, 2, 3] ANY => bagged(x, BagMode::Max).square();
        "pick", x [2, 3, 4] ANY => x.pick(indices(&[0, 3, 3, 1, 2, 0], &[2, 3]));
        "softmax_cross_entropy", x [2, 3, 4] ANY =>
            x.softmax_cross_entropy(indices(&[0, 3, 3, 1, 2, 0], &[2, 3]));
        "put", x [2, 3] ANY => x.put(indices(&[0, 3, 3, 1, 2, 0], &[2, 3]), 4);
    }
}

/// Bags of two rows, of none, of four of which two are the same, and one that shares an index with it; there are indices in
/// no bag.
fn bagged(table: DynTensor, mode: BagMode) -> DynTensor {
    let bounds = [[0, 2, 3, 6], [2, 2, 7, 7]].map(|at| indices(&at, &[4]));
    table.embedding_bag(indices(&[1, 3, -5, 0, 2, 0, 1, 99], &[8]), bounds, mode)
}

fn products() -> Vec<Row> {
    rows! {
        "matmul", a [2, 3] ANY, b [3, 4] ANY => a.matmul(b);
        "matmul, leading axes by two", a [2, 2, 3] ANY, b [3, 2] ANY => a.matmul(b);
        "matmul, batched", a [2, 2, 3] ANY, b [2, 3, 2] ANY => a.matmul(b);
        "matmul, two leading axes", a [2, 1, 2, 3] ANY, b [2, 1, 3, 2] ANY => a.matmul(b);
        "matmul of transposed views", a [3, 2] ANY, b [4, 3] ANY =>
            a.swap_axes(0, 1).matmul(b.swap_axes(0, 1));
        "matmul, batched, of transposed views", a [3, 2, 2] ANY, b [2, 2, 3] ANY =>
            a.permute(&[1, 2, 0]).matmul(b.swap_axes(1, 2));
        "matmul with itself", x [3, 3] ANY => x.clone().matmul(x);
        "einsum of four, with leading axes", a [2, 1, 2, 3] ANY, b [3, 2] ANY, c [2, 2] ANY, d [2] ANY =>
            DynTensor::einsum("...ij,jk,...k,i->k...i", vec![a, b, c, d]).expect("fits");
        "einsum of diagonals", a [3, 3] ANY, b [3, 2, 3] ANY => DynTensor::einsum("ii,iji->ji", vec![a, b]).expect("fits");
        "dot", a [2, 3] ANY, b [2, 3] ANY => a.dot(b);
        "outer", a [2, 3] ANY, b [2, 2] ANY => a.outer(b);
        "cross", a [2, 3] ANY, b [2, 3] ANY => a.cross(b);
        "trace", x [2, 3, 3] ANY => x.trace();
        "linear", x [2, 3] ANY, w [3, 4] ANY, b [4] ANY => x.linear(w, Some(b));
        "lstm", x [1, 2, 8] ANY, carry [2, 2, 2] ANY, w [2, 8] ANY => x.lstm(carry, w);
        "gru", x [1, 2, 6] ANY, carry [1, 2, 2] ANY, w [2, 6] ANY => x.gru(carry, w, None);
        "gru with a bias", x [1, 1, 6] ANY, carry [1, 1, 2] ANY, w [2, 6] ANY, b [6] ANY =>
            x.gru(carry, w, Some(b));
        "attention", q [2, 3, 2, 2] ANY, k [2, 4, 1, 2] ANY, v [2, 4, 1, 3] ANY =>
            q.attention(k, v, false, None);
        "attention, causal", q [1, 3, 2, 2] ANY, k [1, 3, 2, 2] ANY, v [1, 3, 2, 2] ANY =>
            q.attention(k, v, true, None);
        "attention with a mask", q [1, 2, 2, 2] ANY, k [1, 3, 2, 2] ANY, v [1, 3, 2, 1] ANY =>
            q.attention(k, v, false, Some(open_but_one()));
        "linear, two leading axes", x [2, 2, 3] ANY, w [3, 2] ANY, b [2] ANY => x.linear(w, Some(b));
        "linear, of a vector", x [3] ANY, w [3, 2] ANY, b [2] ANY => x.linear(w, Some(b));
        "linear of transposed views", x [3, 2] ANY, w [4, 3] ANY, b [4, 2] ANY =>
            x.swap_axes(0, 1).linear(w.swap_axes(0, 1), Some(b.slice(1, 0, 1).reshape(&[4])));
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

fn pools() -> Vec<Row> {
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
