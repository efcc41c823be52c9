//! Softmax, log-softmax and logsumexp along an axis.
//!
//! The maximum is subtracted first, so that finite input never overflows. The softmax of a row of −∞ is zeros.

use super::attributes::{AttributeValue, attributes};
use super::layer_norm::move_to_end;
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float, expect_same_float};
use super::reduce::{blocks, check_axes};
use super::role::{Consumer, Reads, Role, RoleKind};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, OrPanic as _, ShapeError, product};
use crate::kernel::expression_rows::RowFunction;
use crate::kernel::{softmax, softmax_columns};

#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
enum SoftmaxKind {
    Softmax,
    LogSoftmax,
    LogSumExp,
}

#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Softmax {
    kind: SoftmaxKind,
    axis: usize,
}

impl Softmax {
    /// The sizes of the output, for those of the input.
    fn dims(&self, input: &Dims) -> Dims {
        match self.kind {
            SoftmaxKind::LogSumExp => input.without_axis(self.axis),
            _ => *input,
        }
    }
}

impl Operation for Softmax {
    attributes!();
    fn name(&self) -> &'static str {
        match self.kind {
            SoftmaxKind::Softmax => "softmax",
            SoftmaxKind::LogSoftmax => "log_softmax",
            SoftmaxKind::LogSumExp => "logsumexp",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_float(self.name(), inputs)?;
        if input.dims.is_empty() {
            return Err(ShapeError::operands(self.name(), "takes at least one axis, found none"));
        }
        check_axes(self.name(), &input.dims, &[self.axis])?;
        Ok(Signature { dims: self.dims(&input.dims), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let (_, block) = blocks(&x, &[self.axis]);
        for_float!(x.dtype(), E => Array::build(self.dims(&x.dims()), |out| {
            let (x, width) = (x.slice::<E>(), block.length);
            match (self.kind, block.inner) {
                (SoftmaxKind::Softmax, 1) => softmax::softmax_rows(x, width, out),
                (SoftmaxKind::LogSoftmax, 1) => softmax::log_softmax_rows(x, width, out),
                (SoftmaxKind::LogSumExp, 1) => softmax::logsumexp_rows(x, width, out),
                (SoftmaxKind::Softmax, _) => softmax_columns::softmax_columns(x, block, false, out),
                (SoftmaxKind::LogSoftmax, _) => softmax_columns::softmax_columns(x, block, true, out),
                (SoftmaxKind::LogSumExp, _) => softmax_columns::logsumexp_columns(x, block, out),
            }
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axis: self.axis + 1, ..*self })
    }
    fn keeps(&self) -> Keeps {
        match self.kind {
            SoftmaxKind::LogSumExp => Keeps::INPUTS,
            _ => Keeps::OUTPUT,
        }
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let (g, axis) = (&at.gradient, self.axis);
        Some(match self.kind {
            SoftmaxKind::Softmax => at.output.clone().softmax_gradient(g, axis),
            // g - softmax(x) Σ g; exactly 0 for a row whose g is 0, even if the row has NaN.
            SoftmaxKind::LogSoftmax => {
                g - &at.output.clone().exp().weighted(sum_kept(g.clone(), axis))
            }
            // g softmax(x)
            SoftmaxKind::LogSumExp => {
                let x = at.inputs[0].clone();
                let ones = g.dims().insert_axis(axis, 1);
                &g.clone().reshape(&ones) * &x.softmax_axis(axis)
            }
        })
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Consumer(self))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per element: maximum, difference, exponential, sum, and a product or difference.
        count_flops(inputs[0].elements(), 5)
    }
}

impl Consumer for Softmax {
    fn reads(&self, x: &Signature) -> Option<Reads> {
        let width = *x.dims.last()?;
        if x.dtype != DType::F32 || self.axis + 1 != x.dims.len() {
            return None;
        }
        let (run, out): (fn(&[f32], usize, &mut [f32]), _) = match self.kind {
            SoftmaxKind::Softmax => (softmax::softmax_rows, width),
            SoftmaxKind::LogSoftmax => (softmax::log_softmax_rows, width),
            SoftmaxKind::LogSumExp => (softmax::logsumexp_rows, 1),
        };
        Some(Reads::Rows(RowFunction { width, out, run, sum: None }))
    }
}

/// `p (g - Σ p g)` of a softmax's output `p` and its gradient `g`: the gradient of the softmax's input.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct SoftmaxGradient;

impl Operation for SoftmaxGradient {
    attributes!();
    fn name(&self) -> &'static str {
        "softmax_gradient"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_same_float(self.name(), inputs)?;
        if input.dims.is_empty() {
            return Err(ShapeError::operands(self.name(), "takes at least one axis, found none"));
        }
        Ok(input)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (p, g) = (inputs[0].contiguous(), inputs[1].contiguous());
        let width = p.dims()[p.dims().len() - 1];
        for_float!(p.dtype(), E => {
            Array::build(p.dims(), |out| {
                softmax::softmax_gradient_rows(p.slice::<E>(), g.slice(), width, out);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let ([p, g], outer) = (at.inputs, &at.gradient) else {
            unreachable!("`output` takes two inputs");
        };
        if index == 1 {
            // The matrix diag(p) - p pᵀ is its own transpose.
            return Some(p.clone().softmax_gradient(outer, p.rank() - 1));
        }
        // outer (g - Σ p g) - g Σ p outer
        let [mean, weight] = [g, outer].map(|x| sum_kept(p * x, p.rank() - 1));
        Some(&(outer * &(g - &mean)) - &(g * &weight))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per element: two products, a sum and a difference.
        count_flops(inputs[0].elements(), 4)
    }
}

/// The sums along an axis, which stays with size 1 (`keepdims=True`).
fn sum_kept(x: DynTensor, axis: usize) -> DynTensor {
    let ones = x.dims().with_axis(axis, 1);
    x.sum(&[axis]).reshape(&ones)
}

impl DynTensor {
    /// `p (g - Σ p g)` along an axis, where `p` is the output of a softmax.
    pub(super) fn softmax_gradient(self, g: &Self, axis: usize) -> Self {
        if axis + 1 == self.rank() {
            return Self::apply(SoftmaxGradient, [self, g.clone()]);
        }
        let weighted = &self * g;
        let total = sum_kept(weighted.clone(), axis);
        &weighted - &(self * total)
    }

    #[track_caller]
    fn softmax_of(self, kind: SoftmaxKind, axis: usize) -> Self {
        Self::apply(Softmax { kind, axis }, [self])
    }

    /// `e^x / Σ e^x` over the last axis.
    #[must_use]
    #[track_caller]
    pub fn softmax(self) -> Self {
        let last = self.rank().saturating_sub(1);
        self.softmax_axis(last)
    }

    /// `e^x / Σ e^x` along an axis.
    #[must_use]
    #[track_caller]
    pub fn softmax_axis(self, axis: usize) -> Self {
        self.softmax_of(SoftmaxKind::Softmax, axis)
    }

    /// `e^x / Σ e^x` over axes, given in ascending order.
    #[must_use]
    #[track_caller]
    pub fn softmax_axes(self, axes: &[usize]) -> Self {
        self.over_axes("softmax", axes, Self::softmax)
    }

    /// `x - ln Σ e^x` over axes, given in ascending order.
    #[must_use]
    #[track_caller]
    pub fn log_softmax_axes(self, axes: &[usize]) -> Self {
        self.over_axes("log_softmax", axes, Self::log_softmax)
    }

    /// A function of the last axis, over several axes as one.
    #[track_caller]
    fn over_axes(self, name: &'static str, axes: &[usize], function: fn(Self) -> Self) -> Self {
        self.check_axes(name, axes);
        let (dims, order) = (self.dims(), move_to_end(self.rank(), axes).0);
        let moved: Dims = order.iter().map(|&axis| dims[axis]).collect();
        let (kept, along) = moved.split_at(moved.len() - axes.len());
        let rows = [kept, &[product(along.iter().copied())]].concat();
        let y = function(self.permute(&order).reshape(&rows)).reshape(&moved);
        let inverse: Dims = (0..order.len())
            .map(|axis| order.iter().position(|&other| other == axis).expect("each axis once"))
            .collect();
        y.permute(&inverse)
    }

    /// `x - ln Σ e^x` over the last axis.
    #[must_use]
    #[track_caller]
    pub fn log_softmax(self) -> Self {
        let last = self.rank().saturating_sub(1);
        self.log_softmax_axis(last)
    }

    /// `x - ln Σ e^x` along an axis.
    #[must_use]
    #[track_caller]
    pub fn log_softmax_axis(self, axis: usize) -> Self {
        self.softmax_of(SoftmaxKind::LogSoftmax, axis)
    }

    /// `ln Σ e^x` over the last axis, which is removed.
    #[must_use]
    #[track_caller]
    pub fn logsumexp(self) -> Self {
        let last = self.rank().saturating_sub(1);
        self.softmax_of(SoftmaxKind::LogSumExp, last)
    }

    /// `ln Σ e^x` over axes, given in ascending order; −∞ over an empty axis. Without axes, the tensor itself.
    #[must_use]
    #[track_caller]
    pub fn logsumexp_axes(self, axes: &[usize]) -> Self {
        check_axes("logsumexp", &self.dims(), axes).or_panic();
        match *axes {
            [] => self,
            [axis] => self.softmax_of(SoftmaxKind::LogSumExp, axis),
            _ => self.rows_of(axes).logsumexp(),
        }
    }
}
