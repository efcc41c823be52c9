//! How the weights of a layer with a kernel start, and whether it has a bias.

use std::fmt::Debug;
use std::sync::Arc;

use crate::module::Param;
use crate::random::Rngs;
use crate::random::init::{self, Initializer};
use crate::size::StaticShape;
use crate::tensor::Real;

/// How the kernel and the bias of a layer start, and whether it has a bias.
///
/// The default is Flax's: a kernel of `lecun_normal`, a bias of zeros.
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
    /// The kernel starts with this (`kernel_init`).
    #[must_use]
    pub fn kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { kernel: Arc::new(initializer), ..self }
    }

    /// The bias starts with this (`bias_init`).
    #[must_use]
    pub fn bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { bias: Some(Arc::new(initializer)), ..self }
    }

    /// There is no bias (`use_bias=False`).
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// A kernel, from the next key of `params`.
    pub(super) fn draw_kernel<S: StaticShape, E: Real>(&self, rngs: &mut Rngs) -> Param<S, E> {
        Param::drawn(&*self.kernel, rngs)
    }

    /// A kernel that starts as one of sizes `dims` would, which are as many elements.
    pub(super) fn draw_kernel_as<S: StaticShape, E: Real>(
        &self,
        dims: &[usize],
        rngs: &mut Rngs,
    ) -> Param<S, E> {
        Param::drawn_as(&*self.kernel, dims, rngs)
    }

    /// A bias, from the next key of `params`. It draws even where it starts with zeros, as in Flax.
    pub(super) fn draw_bias<S: StaticShape, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> Option<Param<S, E>> {
        self.bias.as_ref().map(|bias| Param::drawn(&**bias, rngs))
    }

    /// A bias that starts as one of sizes `dims` would, which are as many elements.
    pub(super) fn draw_bias_as<S: StaticShape, E: Real>(
        &self,
        dims: &[usize],
        rngs: &mut Rngs,
    ) -> Option<Param<S, E>> {
        self.bias.as_ref().map(|bias| Param::drawn_as(&**bias, dims, rngs))
    }
}
