//! Operations that read their input block by block, as a part of the fused step that computes it: sums and softmaxes of
//! rows, pools of images. The input is never in memory as a whole.

use std::sync::Arc;

use super::role::{Prepared, Product, Reads, RoleKind};
use super::{Backward, DynTensor, Operation, Signature};
use crate::array::{Array, Dims};
use crate::kernel::convolution::PooledConv;
use crate::kernel::expression::ExpressionKernel;
use crate::kernel::finish::{Finish, PostOps};

/// The last operation of a fused one.
#[derive(Debug, Clone)]
pub(crate) struct FusedConsumer {
    pub(crate) operation: Arc<dyn Operation>,
    pub(crate) reads: Reads,
    /// The shape of its output.
    pub(crate) dims: Dims,
}

impl FusedConsumer {
    /// The consumer of an input of this shape; `None` if the operation reads all of it at once.
    pub(crate) fn of(operation: &Arc<dyn Operation>, x: &Signature, dims: Dims) -> Option<Self> {
        let RoleKind::Consumer(consumer) = operation.role().0 else { return None };
        let reads = consumer.reads(x).filter(|_| dims.elements() > 0)?;
        Some(Self { operation: Arc::clone(operation), reads, dims })
    }

    /// Whether it reads the output of a product, block by block.
    pub(crate) fn takes_product(&self, product: &dyn Product, prepared: Option<&Prepared>) -> bool {
        match (&self.reads, product.convolution(), prepared) {
            (Reads::Images(pool), Some(shape), Some(Prepared::Kernel(prepared))) => {
                PooledConv { shape, prepared, pool }.fits()
            }
            _ => false,
        }
    }

    /// Whether it reads the output of an expression, block by block.
    pub(crate) fn takes_expression(&self) -> bool {
        matches!(&self.reads, Reads::Rows(function) if function.fits())
    }

    /// The output for the output of an expression on `base`.
    pub(super) fn of_expression(&self, expression: &ExpressionKernel<'_>, base: &Array) -> Array {
        let Reads::Rows(function) = &self.reads else {
            unreachable!("`takes_expression` was checked")
        };
        Array::build(self.dims, |out| function.of_expression(expression, base.slice(), out))
    }

    /// The output for that of a product, updated by `post`.
    pub(super) fn of_product(
        &self,
        product: &dyn Product,
        prepared: Option<&Prepared>,
        inputs: &[Array],
        post: Option<&dyn PostOps<f32>>,
    ) -> Array {
        let (Reads::Images(pool), Some(shape), Some(Prepared::Kernel(prepared))) =
            (&self.reads, product.convolution(), prepared)
        else {
            unreachable!("`takes_product` was checked");
        };
        let (x, k) = (inputs[0].contiguous(), inputs[1].contiguous());
        let bias = inputs.get(2).map(Array::contiguous);
        let finish = Finish { bias: bias.as_ref().map(Array::slice), post };
        Array::build(self.dims, |out| {
            PooledConv { shape, prepared, pool }.compute([x.slice(), k.slice()], finish, out);
        })
    }

    /// The gradient with respect to its input `x`, at its output.
    pub(super) fn gradient(&self, x: &DynTensor, at: &Backward<'_>) -> Option<DynTensor> {
        let gradient = at.gradient.clone();
        let at = Backward { inputs: std::slice::from_ref(x), output: at.output, gradient };
        self.operation.gradient(&at, 0)
    }
}
