//! Sums over the ranks of a data-parallel training, with their gradient.

use std::fmt::Debug;
use std::sync::Arc;

use super::operation::{Keeps, Operation, Signature, expect_float};
use super::{Backward, Batching, DynTensor, Members, Role};
use crate::array::dtype::for_float;
use crate::array::{Array, ShapeError};
use crate::kernel::Float as _;

/// The ranks that train one model together, as a layer sees them: each runs the same layers on its own part of the batch.
///
/// All ranks call [`sum`](Self::sum) equally often, in the same order.
pub trait Ranks: Debug + Send + Sync {
    /// The number of this rank, from 0.
    fn rank(&self) -> usize;

    /// The number of ranks.
    fn size(&self) -> usize;

    /// The weight of this rank's mean loss in that of the whole batch: the items of its part.
    fn weight(&self) -> f64;

    /// Replaces values by their sums over all ranks.
    ///
    /// A layer can't return an error: where ranks are lost, values stay as they are, and whoever has made this returns the
    /// error after the pass.
    fn sum(&self, values: &mut [f64]);
}

/// The sum over ranks.
///
/// The loss of the whole batch is `Σ w_r L_r / Σ w_r`, but each rank differentiates its own mean loss `L_r`, and
/// gradients of parameters are weighted afterwards. So the gradient with respect to the input of rank `r` is
/// `Σ_s w_s g_s / w_r`: a sum again, with weights.
#[derive(Debug)]
struct SumOverRanks {
    ranks: Arc<dyn Ranks>,
    weighted: bool,
}

impl Operation for SumOverRanks {
    fn name(&self) -> &'static str {
        "sum_over_ranks"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_float(self.name(), inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let weight = if self.weighted { self.ranks.weight() } else { 1.0 };
        for_float!(x.dtype(), E => {
            let mut sums: Vec<f64> = x.slice::<E>().iter().map(|x| x.to_f64() * weight).collect();
            self.ranks.sum(&mut sums);
            Array::build(x.dims(), |out| {
                out.iter_mut().zip(sums).for_each(|(out, sum)| *out = E::from_f64(sum / weight));
            })
        })
    }
    /// All ranks send equally often: two sums are never merged.
    fn role(&self) -> Role<'_> {
        Role::OPAQUE
    }
    /// [`Ranks::sum`] may be the user's.
    fn may_panic(&self) -> bool {
        true
    }
    /// One message for all members.
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { ranks: Arc::clone(&self.ranks), weighted: self.weighted })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let transposed = Self { ranks: Arc::clone(&self.ranks), weighted: !self.weighted };
        Some(DynTensor::apply(transposed, [at.gradient.clone()]))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

impl DynTensor {
    /// The sum over all ranks of the tensors of this shape, added as f64 in the order of the ranks (`jax.lax.psum`).
    /// Gradients flow to all ranks.
    #[must_use]
    #[track_caller]
    pub fn sum_over_ranks(self, ranks: &Arc<dyn Ranks>) -> Self {
        Self::apply(SumOverRanks { ranks: Arc::clone(ranks), weighted: false }, [self])
    }
}
