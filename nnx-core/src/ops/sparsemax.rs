//! Sparsemax: the probability distribution nearest to a row. Of two classes it is `sparse_sigmoid`, and the loss `sparse_plus`.

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float};
use super::pick::Pick;
use super::{Backward, Batching, Comparison, DynTensor, Members, index};
use crate::array::dtype::for_float;
use crate::array::{Array, ShapeError};
use crate::kernel::sparsemax;

/// The probability distribution nearest to each row of the last axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Sparsemax;

impl Operation for Sparsemax {
    attributes!();
    fn name(&self) -> &'static str {
        "sparsemax"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_float(self.name(), inputs)?;
        if input.dims.is_empty() {
            return Err(ShapeError::operands(self.name(), "takes at least one axis, found none"));
        }
        Ok(input)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let width = x.dims()[x.dims().len() - 1];
        for_float!(x.dtype(), E => {
            Array::build(x.dims(), |out| sparsemax::sparsemax_rows(x.slice::<E>(), width, out))
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::OUTPUT
    }
    /// `g` minus its mean over the elements with a probability above 0, and 0 elsewhere.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let p = at.output.clone().stop_gradient();
        let support = p.clone().compare(Comparison::Greater, p.full_like(0.0)).cast(p.dtype());
        let last = p.rank() - 1;
        let ones = p.dims().with_axis(last, 1);
        let g = at.gradient.clone().weighted(support.clone());
        let count = support.clone().sum(&[last]);
        let mean = (g.clone().sum(&[last]) / count).reshape(&ones);
        // The support of a row of −∞ is empty: the mean there is 0 / 0, which `weighted` turns into 0.
        Some((g - mean).weighted(support))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per element: a shift, then a comparison and an addition in each of a few rounds, and the difference.
        count_flops(inputs[0].elements(), 10)
    }
}

/// `Σ p (x - x_l) + (1 - Σ p²) / 2` of scores `(.., C)` and labels `(..)`, with the sparsemax `p` of the scores.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct SparsemaxLoss;

impl Operation for SparsemaxLoss {
    attributes!();
    fn name(&self) -> &'static str {
        "multiclass_sparsemax_loss"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        // The output has the shape that `pick` has; the scores must be floats.
        let picked = Pick.output(inputs)?;
        expect_float(self.name(), &inputs[..1])?;
        Ok(picked)
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        let dims = inputs[0].dims();
        index::check(self.name(), &inputs[1], dims[dims.len() - 1])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [x, labels] = [0, 1].map(|i: usize| DynTensor::from(inputs[i].clone()));
        let last = x.rank() - 1;
        let own = x.clone().pick(labels).reshape(&x.dims().with_axis(last, 1));
        let p = x.clone().sparsemax();
        let even = p.clone().square().sum(&[last]).add_scalar(-1.0).mul_scalar(-0.5);
        ((x - own).weighted(p).sum(&[last]) + even).into_array()
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    /// `p - one_hot(l)`: p minimizes the loss, so the change of p adds nothing to the gradient.
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let [x, labels] = [0, 1].map(|i: usize| at.inputs[i].clone());
        let ones = x.dims().with_axis(x.rank() - 1, 1);
        let own = at.gradient.full_like(1.0).put(labels, x.dims()[x.rank() - 1]);
        let gradient = at.gradient.clone().reshape(&ones);
        (index == 0).then(|| (x.sparsemax() - own).weighted(gradient))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per element: the sparsemax, a difference, two products and two sums.
        count_flops(inputs[0].elements(), 15)
    }
}

impl DynTensor {
    /// `Σ p (x - x_l) + (1 - Σ p²) / 2` of scores `(.., C)` and labels `(..)`, with the sparsemax `p` of the scores.
    pub(crate) fn try_sparsemax_loss(self, labels: Self) -> Result<Self, ShapeError> {
        Self::try_apply(SparsemaxLoss, [self, labels])
    }

    /// The probability distribution nearest to each row of the last axis.
    #[track_caller]
    pub(crate) fn sparsemax(self) -> Self {
        Self::apply(Sparsemax, [self])
    }
}
