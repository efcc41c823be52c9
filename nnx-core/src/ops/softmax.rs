//! Softmax over the last axis, and its relatives.
//!
//! The largest element is taken off first, so that finite input never overflows; a row of −∞ gives
//! zeros.

use super::operation::{Keeps, Operation, Signature, one_float};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, ShapeError};
use crate::kernel::softmax;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Softmax,
    LogSoftmax,
    LogSumExp,
}

#[derive(Debug, Clone, Copy)]
struct Softmax(Form);

impl Operation for Softmax {
    fn name(&self) -> &'static str {
        match self.0 {
            Form::Softmax => "softmax",
            Form::LogSoftmax => "log_softmax",
            Form::LogSumExp => "logsumexp",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = one_float(self.name(), inputs)?;
        let Some(last) = input.dims.len().checked_sub(1) else {
            return Err(ShapeError::operands(self.name(), "takes at least one axis, found none"));
        };
        match self.0 {
            Form::LogSumExp => Ok(Signature { dims: input.dims.without(last), ..input }),
            _ => Ok(input),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let last = x.dims().len() - 1;
        let width = x.dims()[last];
        let dims = if self.0 == Form::LogSumExp { x.dims().without(last) } else { x.dims() };
        for_float!(x.dtype(), E => {
            Array::written(dims, |out| match self.0 {
                Form::Softmax => softmax::softmax_rows(x.slice::<E>(), width, out),
                Form::LogSoftmax => softmax::log_softmax_rows(x.slice::<E>(), width, out),
                Form::LogSumExp => softmax::logsumexp_rows(x.slice::<E>(), width, out),
            })
        })
    }
    fn keeps(&self) -> Keeps {
        match self.0 {
            Form::LogSumExp => Keeps::INPUTS,
            _ => Keeps::OUTPUT,
        }
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let g = &at.gradient;
        Some(match self.0 {
            // p (g - Σ p g)
            Form::Softmax => {
                let weighted = g * at.output;
                let total = at.output * &sum_of_rows(weighted.clone());
                &weighted - &total
            }
            // g - softmax(x) Σ g
            Form::LogSoftmax => g - &(&at.output.clone().exp() * &sum_of_rows(g.clone())),
            // g softmax(x)
            Form::LogSumExp => {
                let x = at.inputs[0].clone();
                let ones = g.dims().inserted(g.rank(), 1);
                &g.clone().reshape(&ones) * &x.softmax()
            }
        })
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Maximum, difference, exponential, sum, and a product or difference.
        5 * inputs[0].elements() as u64
    }
}

/// The sums along the last axis, which stays with size 1.
fn sum_of_rows(x: DynTensor) -> DynTensor {
    let last = x.rank() - 1;
    let ones = x.dims().with(last, 1);
    x.sum(&[last]).reshape(&ones)
}

impl DynTensor {
    /// `e^x / Σ e^x` over the last axis.
    #[must_use]
    #[track_caller]
    pub fn softmax(self) -> Self {
        Self::apply(Softmax(Form::Softmax), [self])
    }

    /// `x - ln Σ e^x` over the last axis.
    #[must_use]
    #[track_caller]
    pub fn log_softmax(self) -> Self {
        Self::apply(Softmax(Form::LogSoftmax), [self])
    }

    /// `ln Σ e^x` over the last axis, which goes.
    #[must_use]
    #[track_caller]
    pub fn logsumexp(self) -> Self {
        Self::apply(Softmax(Form::LogSumExp), [self])
    }
}
