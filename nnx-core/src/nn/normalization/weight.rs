//! Weight normalization.

use super::options::checked;
use super::{kernel_bytes, kernel_elements};
use crate::array::product;
use crate::module::{Cost, Layer, Module, Param, Pass, ReceptiveField};
use crate::nn::affine::scaled;
use crate::nn::with_kernel::{Out, WithKernel};
use crate::ops::Affine;
use crate::tensor::Tensor;

/// A layer with the kernel `v / |v| scale`, where the norm of each output feature is over all other axes
/// (Salimans and Kingma, 2016). So the direction and the length of the weights are separate parameters.
///
/// | | |
/// |---|---|
/// | variables | `layer_instance/..`, whose `kernel` is `v`; `scale` (Out,), ones |
/// | Flax | `nnx.WeightNorm(layer, rngs=rngs)`, epsilon 1e-12 under the root; Flax overwrites the kernel in the call, and doesn't train the scale |
/// | PyTorch | `nn.utils.parametrizations.weight_norm(layer, dim=0)`, which initializes the scale with the norms of the weights |
///
/// ```
/// use nnx_core::{module::{Init, Layer}, nn::{Linear, WeightNorm}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{U1, U2};
///
/// let mut linear = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// linear.kernel.replace(Tensor::from([[0.0], [4.0]]));
/// let layer = WeightNorm::new(linear);
/// assert!((layer.infer(Tensor::from([3.0, 5.0])).to_vec()[0] - 5.0).abs() < 1e-5);
/// ```
#[derive(Debug, Clone, crate::Module)]
pub struct WeightNorm<L: WithKernel> {
    /// The layer.
    pub layer_instance: L,
    /// The length of the weights of each output feature. Without a scale it is 1.
    #[module(init = Some(Param::new(Tensor::ones())))]
    pub scale: Option<Param<(Out<L>,), L::Element>>,
    #[module(init = 1e-12)]
    epsilon: f64,
}

impl<L: WithKernel> WeightNorm<L> {
    /// Wraps `layer`, with a scale of ones. It takes no random keys, as in Flax.
    #[must_use]
    pub fn new(layer: L) -> Self {
        Self { layer_instance: layer, scale: Some(Param::new(Tensor::ones())), epsilon: 1e-12 }
    }

    /// Leaves the scale out: the weights of each output feature have length 1 (`use_scale=False`).
    #[must_use]
    pub fn without_scale(self) -> Self {
        Self { scale: None, ..self }
    }

    /// Sets epsilon, which is added to the squared length: 1e-12 by default.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon: checked(epsilon), ..self }
    }
}

impl<X, L: WithKernel + Layer<X>> Layer<X> for WeightNorm<L>
where
    Self: Module,
{
    type Output = L::Output;

    #[allow(clippy::cast_precision_loss, reason = "a count of weights is far below 2^53")]
    fn forward(&self, x: X, pass: &mut Pass) -> L::Output {
        let variable = self.layer_instance.kernel();
        let kernel = variable.get(pass).into_dyn();
        let others: Vec<usize> = (0..kernel.rank() - 1).collect();
        let count = product(kernel.dims()[..others.len()].iter().copied()) as f64;
        // The norm of `count` elements is √count times their root mean square.
        let direction = kernel
            .rms_norm(&others, self.epsilon / count, Affine::default())
            .mul_scalar(count.powf(-0.5));
        let kernel = Tensor::trusted(scaled(direction, &self.scale, pass));
        variable.replaced_by(kernel, pass, |pass| self.layer_instance.forward(x, pass))
    }
}

#[diagnostic::do_not_recommend]
impl<X, L: WithKernel + Cost<X>> Cost<X> for WeightNorm<L>
where
    Self: Layer<X>,
{
    // For each weight: the norm takes three operations, the division and the scale one each.
    const FLOPS: u64 = L::FLOPS + 5 * kernel_elements::<L>();
    const ACTIVATION_BYTES: u64 = L::ACTIVATION_BYTES + kernel_bytes::<L>();
}
same_receptive_field! { WeightNorm }
