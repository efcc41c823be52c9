//! The three gradients of `layer_norm_affine`, in one pass over memory.

use super::attributes::{AttributeValue, attributes};
use super::batch_moments::kernel_moments;
use super::in_place::{InPlace, apply_in_place};
use super::layer_norm::{LayerNorm, expect_groups};
use super::layer_norm_affine::check_affine;
use super::operation::expect_float;
use super::{DynTensor, Signature};
use crate::array::dtype::for_float;
use crate::array::{Array, ShapeError};
use crate::kernel::normalization as kernel;

/// The gradients with respect to x, scale and bias.
pub(super) fn layer_norm_backward(
    norm: LayerNorm,
    [x, g, scale]: [&DynTensor; 3],
    moments: Option<&DynTensor>,
) -> [Array; 3] {
    let zeros = |like: &DynTensor| Array::full_float(0.0, like.dtype(), &like.dims());
    let mut gradients = [zeros(x), zeros(scale), zeros(scale)];
    let inputs = [x, g, scale].into_iter().chain(moments);
    let inputs: Vec<Array> = inputs.map(|tensor| tensor.array().clone()).collect();
    apply_in_place(LayerNormBackward { norm }, &inputs, &mut gradients.each_mut());
    gradients
}

/// The gradients of `layer_norm_affine` in one pass: `updated` are those with respect to x, scale and bias. The
/// inputs are x, the gradient with respect to the output, the scale, and the moments if there are any.
#[derive(Debug, AttributeValue)]
pub(super) struct LayerNormBackward {
    norm: LayerNorm,
}

impl InPlace for LayerNormBackward {
    attributes!();
    fn name(&self) -> &'static str {
        "layer_norm_backward"
    }
    fn check(&self, inputs: &[Signature], updated: &[Signature]) -> Result<(), ShapeError> {
        let fits = match (inputs, updated) {
            ([x, g, scale] | [x, g, scale, _], [to_x, to_scale, to_bias]) => {
                expect_float(self.name(), &[*x])?;
                check_affine(self.name(), self.norm, x, &scale.dims, inputs.get(3))?;
                scale.dtype == x.dtype && [g, to_x] == [x; 2] && [to_scale, to_bias] == [scale; 2]
            }
            _ => false,
        };
        let problem = || format!("can't update {} arrays by these inputs", updated.len());
        fits.then_some(()).ok_or_else(|| ShapeError::operands(self.name(), problem()))
    }
    fn forward(&self, inputs: &[Array], updated: &mut [&mut Array]) {
        let LayerNorm { axes, kind } = self.norm;
        let [x, g, scale] = [0, 1, 2].map(|i| inputs[i].contiguous());
        let (groups, moments) =
            (expect_groups(&x.dims(), &axes), inputs.get(3).map(kernel_moments));
        for_float!(x.dtype(), E => {
            let inputs = [x.slice::<E>(), g.slice(), scale.slice()];
            let mut sums = None;
            *updated[0] = Array::build(x.dims(), |out| {
                let of = kernel::normalize_backward(kind, groups, moments.as_ref(), inputs, out);
                sums = Some(of);
            });
            for (updated, sums) in updated[1..].iter_mut().zip(sums.into_iter().flatten()) {
                **updated = Array::build(scale.dims(), |out| out.copy_from_slice(&sums));
            }
        });
    }
}
