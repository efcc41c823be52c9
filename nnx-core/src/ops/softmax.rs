//! Softmax, log-softmax and logsumexp over the last axis.
//!
//! The maximum is subtracted first, so that finite input never overflows. The softmax of a row of −∞ is zeros.

use super::operation::{Keeps, Operation, Signature, count_flops, expect_float, expect_same_float};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, ShapeError};
use crate::kernel::softmax;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SoftmaxKind {
    Softmax,
    LogSoftmax,
    LogSumExp,
}

#[derive(Debug, Clone, Copy)]
struct Softmax(SoftmaxKind);

impl Operation for Softmax {
    fn name(&self) -> &'static str {
        match self.0 {
            SoftmaxKind::Softmax => "softmax",
            SoftmaxKind::LogSoftmax => "log_softmax",
            SoftmaxKind::LogSumExp => "logsumexp",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_float(self.name(), inputs)?;
        let Some(last) = input.dims.len().checked_sub(1) else {
            return Err(ShapeError::operands(self.name(), "takes at least one axis, found none"));
        };
        match self.0 {
            SoftmaxKind::LogSumExp => {
                Ok(Signature { dims: input.dims.without_axis(last), ..input })
            }
            _ => Ok(input),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let last = x.dims().len() - 1;
        let width = x.dims()[last];
        let dims =
            if self.0 == SoftmaxKind::LogSumExp { x.dims().without_axis(last) } else { x.dims() };
        for_float!(x.dtype(), E => {
            Array::build(dims, |out| match self.0 {
                SoftmaxKind::Softmax => softmax::softmax_rows(x.slice::<E>(), width, out),
                SoftmaxKind::LogSoftmax => softmax::log_softmax_rows(x.slice::<E>(), width, out),
                SoftmaxKind::LogSumExp => softmax::logsumexp_rows(x.slice::<E>(), width, out),
            })
        })
    }
    fn keeps(&self) -> Keeps {
        match self.0 {
            SoftmaxKind::LogSumExp => Keeps::INPUTS,
            _ => Keeps::OUTPUT,
        }
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let g = &at.gradient;
        Some(match self.0 {
            SoftmaxKind::Softmax => at.output.clone().softmax_gradient(g),
            // g - softmax(x) Σ g; exactly 0 for a row whose g is 0, even if the row has NaN.
            SoftmaxKind::LogSoftmax => {
                g - &at.output.clone().exp().weighted(sum_of_rows(g.clone()))
            }
            // g softmax(x)
            SoftmaxKind::LogSumExp => {
                let x = at.inputs[0].clone();
                let ones = g.dims().insert_axis(g.rank(), 1);
                &g.clone().reshape(&ones) * &x.softmax()
            }
        })
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Maximum, difference, exponential, sum, and a product or difference.
        count_flops(inputs[0].elements(), 5)
    }
}

/// `p (g - Σ p g)` of a softmax's output `p` and its gradient `g`: the gradient of the softmax's input.
#[derive(Debug, Clone, Copy)]
struct SoftmaxGradient;

impl Operation for SoftmaxGradient {
    fn name(&self) -> &'static str {
        "softmax_gradient"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_same_float(self.name(), inputs)
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
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let ([p, g], outer) = (at.inputs, &at.gradient) else {
            unreachable!("`output` takes two inputs");
        };
        if index == 1 {
            // The matrix diag(p) - p pᵀ is its own transpose.
            return Some(p.clone().softmax_gradient(outer));
        }
        // outer (g - Σ p g) - g Σ p outer
        let [mean, weight] = [g, outer].map(|x| sum_of_rows(p * x));
        Some(&(outer * &(g - &mean)) - &(g * &weight))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Two products, a sum and a difference.
        count_flops(inputs[0].elements(), 4)
    }
}

/// The sums over the last axis, which stays with size 1 (`keepdims=True`).
fn sum_of_rows(x: DynTensor) -> DynTensor {
    let last = x.rank() - 1;
    let ones = x.dims().with_axis(last, 1);
    x.sum(&[last]).reshape(&ones)
}

impl DynTensor {
    /// `p (g - Σ p g)` over the last axis, where `p` is the output of a softmax.
    pub(super) fn softmax_gradient(self, g: &Self) -> Self {
        Self::apply(SoftmaxGradient, [self, g.clone()])
    }

    /// `e^x / Σ e^x` over the last axis.
    #[must_use]
    #[track_caller]
    pub fn softmax(self) -> Self {
        Self::apply(Softmax(SoftmaxKind::Softmax), [self])
    }

    /// `x - ln Σ e^x` over the last axis.
    #[must_use]
    #[track_caller]
    pub fn log_softmax(self) -> Self {
        Self::apply(Softmax(SoftmaxKind::LogSoftmax), [self])
    }

    /// `ln Σ e^x` over the last axis, which is removed.
    #[must_use]
    #[track_caller]
    pub fn logsumexp(self) -> Self {
        Self::apply(Softmax(SoftmaxKind::LogSumExp), [self])
    }
}
