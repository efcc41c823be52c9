//! The mean and the variance of a batch, which batch norm takes as an input and keeps as running statistics.

use super::attributes::{AttributeValue, attributes};
use super::layer_norm::{LayerNorm, expect_groups, reduction_groups};
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError};
use crate::kernel::normalization::{Moments, NormKind};

/// The mean and the variance over axes, `[2, groups]` in f64. No gradient flows through them.
#[derive(Debug, AttributeValue)]
pub(super) struct BatchMoments(#[attribute(name = "norm")] LayerNorm);

impl Operation for BatchMoments {
    attributes!();
    fn name(&self) -> &'static str {
        "moments"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_float(self.name(), inputs)?;
        match reduction_groups(&input.dims, &self.0.axes) {
            Some(groups) if groups.blocks == 1 && input.elements() > 0 => {
                Ok(moments_signature(groups.groups))
            }
            _ => Err(ShapeError::operands(
                self.name(),
                format!("takes the first axes of an array that isn't empty, found {input}"),
            )),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let groups = expect_groups(&x.dims(), &self.0.axes);
        let moments = for_float!(x.dtype(), E => Moments::new(groups, x.slice::<E>(), self.0.kind));
        Array::build(Dims::new(&[2, groups.groups]), |out| {
            let (mean, variance) = out.split_at_mut(groups.groups);
            mean.copy_from_slice(&moments.mean);
            variance.copy_from_slice(&moments.variance);
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        count_flops(inputs[0].elements(), 4)
    }
}

impl DynTensor {
    /// The mean and the variance over the leading `axes`, as `[2, trailing]` in f64, for a batch norm with
    /// `epsilon`. No gradient flows through them.
    #[track_caller]
    pub(crate) fn moments(self, axes: &[usize], epsilon: f64) -> Self {
        let kind = NormKind { centered: true, epsilon };
        self.check_axes("moments", axes);
        Self::apply(BatchMoments(LayerNorm { axes: Dims::new(axes), kind }), [self])
    }
}

/// The mean and variance of each group as `[2, groups]`, the form that the kernels take.
pub(super) fn kernel_moments(moments: &Array) -> Moments {
    let moments = moments.contiguous();
    let (mean, variance) = moments.slice::<f64>().split_at(moments.dims()[1]);
    Moments::given(mean, variance)
}

/// The signature of the moments of `groups` groups: mean and variance `[2, groups]` in f64.
pub(super) fn moments_signature(groups: usize) -> Signature {
    Signature { dims: Dims::new(&[2, groups]), dtype: DType::F64 }
}
