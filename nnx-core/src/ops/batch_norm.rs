//! Normalization with given statistics, in one pass over memory: batch norm in evaluation.

use std::sync::Arc;

use super::attributes::{AttributeValue, attributes};
use super::binary::{Binary, Difference, Product, Sum};
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float};
use super::role::{Role, RoleKind};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, ShapeError};
use crate::kernel::normalization::rescale;

/// `(x - mean) · factor + bias` of inputs x, mean, factor and bias. The last three have the shape of the last
/// axes of x.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct BatchNormInference;

impl Operation for BatchNormInference {
    attributes!();
    fn name(&self) -> &'static str {
        "batch_norm_inference"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [x, terms @ ..] = inputs else {
            return Err(ShapeError::operands(self.name(), "takes four inputs, found none"));
        };
        let x = expect_float(self.name(), &[*x])?;
        let fits = |term: &Signature| term.dtype == x.dtype && x.dims.ends_with(&term.dims);
        match terms {
            [mean, factor, bias] if fits(mean) && mean == factor && mean == bias => Ok(x),
            _ => {
                let found: Vec<String> = terms.iter().map(Signature::to_string).collect();
                let problem = format!(
                    "takes a mean, a factor and a bias of the last axes of the input, found {} for {x}",
                    found.join(", ")
                );
                Err(ShapeError::operands(self.name(), problem))
            }
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [x, terms @ ..] = inputs else { unreachable!("four inputs were checked") };
        let terms = [0, 1, 2].map(|i: usize| terms[i].contiguous());
        // A view is copied to contiguous memory; then the kernel works in place.
        *x = x.contiguous();
        for_float!(x.dtype(), E => {
            let terms = terms.each_ref().map(|term| term.slice::<E>());
            if let Some(elements) = x.unique_mut::<E>() {
                rescale(None, terms, elements);
                return x.clone();
            }
            Array::build(x.dims(), |out| rescale(Some(x.slice::<E>()), terms, out))
        })
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let [x, terms @ ..] = members.inputs else { unreachable!("four inputs were checked") };
        if members.batched[1..].contains(&true) {
            let rank = x.rank() - usize::from(members.batched[0]);
            let term = |i: usize| {
                let own = members.inputs[i].rank() - usize::from(members.batched[i]);
                members.spread(i, rank - own)
            };
            return Batching::Computed((members.leading(0) - term(1)) * term(2) + term(3));
        }
        let inputs = [x].into_iter().chain(terms).cloned().collect();
        Batching::of(DynTensor::try_apply_all(*self, inputs))
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let ([x, mean, factor, _], g) = (at.inputs, &at.gradient) else {
            unreachable!("`output` takes four inputs");
        };
        let before: Vec<usize> = (0..x.rank() - mean.rank()).collect();
        Some(match index {
            0 => g * factor,
            1 => -(g.clone().sum(&before) * factor.clone()),
            2 => (g * &(x - mean)).sum(&before),
            _ => g.clone().sum(&before),
        })
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Rescale)
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        count_flops(output.elements(), 3)
    }
}

/// The elementwise operations of which a batch norm is composed: each has the last result and a term as operands.
pub(crate) fn rescale_operations() -> [Arc<dyn Operation>; 3] {
    [Arc::new(Binary(Difference)), Arc::new(Binary(Product)), Arc::new(Binary(Sum))]
}

impl DynTensor {
    /// `(self - mean) · factor + bias`, all three of the shape of the last axes. The mean is subtracted first: if
    /// it is large, `self · factor + (bias - mean · factor)` would lose digits by cancellation.
    #[must_use]
    #[track_caller]
    pub fn batch_norm_inference(self, mean: Self, factor: Self, bias: Self) -> Self {
        Self::apply(BatchNormInference, [self, mean, factor, bias])
    }
}
