//! Initializers of a layer with a kernel, and whether it has a bias.

use std::fmt::Debug;
use std::sync::Arc;

use crate::module::Param;
use crate::random::Rngs;
use crate::random::init::{self, Initializer};
use crate::size::StaticShape;
use crate::tensor::Real;

/// The initializers of a layer's kernel and bias, and whether it has a bias.
///
/// The defaults are Flax's: `lecun_normal` for the kernel, zeros for the bias. (PyTorch's defaults are uniform, and other
/// initializers, `torch.nn.init`, overwrite the weights of a layer that was made.)
///
/// ```
/// use nnx_core::{nn::{KernelOptions, Linear}, random::{Rngs, init}, size::{U2, U3}};
///
/// let start = KernelOptions::default().kernel(init::he_normal()).without_bias();
/// let layer = Linear::<U3, U2>::with(&start, &mut Rngs::new(0));
/// assert!(layer.bias.is_none());
/// ```
#[derive(Debug, Clone)]
pub struct KernelOptions {
    kernel: Arc<dyn Initializer>,
    bias: Option<Arc<dyn Initializer>>,
}

impl Default for KernelOptions {
    fn default() -> Self {
        Self { kernel: Arc::new(init::lecun_normal()), bias: Some(Arc::new(init::zeros())) }
    }
}

impl KernelOptions {
    /// The initializer of the kernel (`kernel_init`).
    #[must_use]
    pub fn kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { kernel: Arc::new(initializer), ..self }
    }

    /// The initializer of the bias (`bias_init`).
    #[must_use]
    pub fn bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { bias: Some(Arc::new(initializer)), ..self }
    }

    /// Leaves the bias out (`use_bias=False`).
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// Initializes a kernel with the next key of the stream `params`.
    pub(super) fn draw_kernel<S: StaticShape, E: Real>(&self, rngs: &mut Rngs) -> Param<S, E> {
        Param::drawn(&*self.kernel, rngs)
    }

    /// Initializes a kernel as one of shape `dims`, which has the same number of elements as `S`.
    pub(super) fn draw_kernel_as<S: StaticShape, E: Real>(
        &self,
        dims: &[usize],
        rngs: &mut Rngs,
    ) -> Param<S, E> {
        Param::drawn_as(&*self.kernel, dims, rngs)
    }

    /// Initializes a bias with the next key of the stream `params`. Zeros take a key as well, as in Flax.
    pub(super) fn draw_bias<S: StaticShape, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> Option<Param<S, E>> {
        self.bias.as_ref().map(|bias| Param::drawn(&**bias, rngs))
    }

    /// Initializes a bias as one of shape `dims`, which has the same number of elements as `S`.
    pub(super) fn draw_bias_as<S: StaticShape, E: Real>(
        &self,
        dims: &[usize],
        rngs: &mut Rngs,
    ) -> Option<Param<S, E>> {
        self.bias.as_ref().map(|bias| Param::drawn_as(&**bias, dims, rngs))
    }
}
