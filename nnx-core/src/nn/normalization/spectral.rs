//! Spectral normalization.

use super::options::checked;
use super::{kernel_bytes, kernel_elements};
use crate::array::product;
use crate::module::{BatchStat, Cost, Layer, Module, Pass, ReceptiveField};
use crate::nn::with_kernel::{Out, WithKernel};
use crate::ops::{Affine, Comparison, DynTensor};
use crate::random::Rngs;
use crate::random::init;
use crate::size::{Size, StaticShape, U1};
use crate::tensor::{Real, Tensor};

/// A layer whose kernel is divided by its largest singular value, as estimated by power iteration
/// (Miyato et al., 2018). The normalized kernel lengthens no vector by a factor of more than 1. A kernel of more
/// than two axes counts as a matrix: all other axes by the last one.
///
/// Each pass takes `steps` steps from the vector `u` of the last training pass. Gradients flow
/// through the singular value, but not through the vectors.
///
/// | | |
/// |---|---|
/// | variables | `layer_instance/..`; statistics `u` (1, Out), normal with std 0.01, and `sigma` (), one |
/// | Flax | `nnx.SpectralNorm(layer, n_steps=1, rngs=rngs)`, epsilon 1e-12; Flax overwrites the kernel in the call |
/// | PyTorch | `nn.utils.parametrizations.spectral_norm(layer)`, which saves both vectors and begins with 15 steps |
///
/// ```
/// use nnx_core::{module::{Init, Layer}, nn::{Linear, SpectralNorm}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::U2;
///
/// let mut rngs = Rngs::new(0);
/// let mut linear = Linear::<U2, U2>::init(&mut rngs);
/// linear.kernel.replace(Tensor::from([[8.0, 0.0], [0.0, 2.0]]));
/// let layer = SpectralNorm::new(linear, &mut rngs).steps(20);
/// let y = layer.infer(Tensor::from([1.0, 1.0])).to_vec();
/// assert!((y[0] - 1.0).abs() < 1e-6 && (y[1] - 0.25).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, crate::Module)]
pub struct SpectralNorm<L: WithKernel> {
    /// The layer.
    pub layer_instance: L,
    /// The estimate of the singular vector of the largest singular value.
    #[module(init = start(rngs))]
    pub u: BatchStat<(U1, Out<L>), L::Element>,
    /// The largest singular value, as estimated in the last training pass.
    #[module(init = BatchStat::new(Tensor::ones()))]
    pub sigma: BatchStat<(), L::Element>,
    #[module(init = 1)]
    steps: usize,
    #[module(init = 1e-12)]
    epsilon: f64,
}

impl<L: WithKernel> SpectralNorm<L> {
    /// Wraps `layer`, with one step of power iteration in each pass.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn new(layer: L, rngs: &mut Rngs) -> Self {
        Self {
            layer_instance: layer,
            u: start(rngs),
            sigma: BatchStat::new(Tensor::ones()),
            steps: 1,
            epsilon: 1e-12,
        }
    }

    /// Sets the number of steps of power iteration in each pass (`n_steps`).
    ///
    /// # Panics
    /// If `steps` is 0.
    #[must_use]
    pub fn steps(self, steps: usize) -> Self {
        assert!(steps > 0, "`SpectralNorm` takes at least one step of power iteration; found 0");
        Self { steps, ..self }
    }

    /// Sets epsilon, which is added to squared lengths of vectors: 1e-12 by default.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon: checked(epsilon), ..self }
    }
}

/// A random initial direction, from the next key of the stream `params`.
fn start<S: StaticShape, E: Real>(rngs: &mut Rngs) -> BatchStat<S, E> {
    BatchStat::drawn(&init::normal(0.01), rngs)
}

/// `x / √(|x|² + epsilon)` for a row `x`; a row of zeros stays zeros.
#[allow(clippy::cast_precision_loss, reason = "a count of weights is far below 2^53")]
fn normalized(x: DynTensor, epsilon: f64) -> DynTensor {
    let count = x.dims()[1] as f64;
    x.rms_norm(&[1], epsilon / count, Affine::default()).mul_scalar(count.powf(-0.5))
}

impl<X, L: WithKernel + Layer<X>> Layer<X> for SpectralNorm<L>
where
    Self: Module,
{
    type Output = L::Output;

    fn forward(&self, x: X, pass: &mut Pass) -> L::Output {
        let variable = self.layer_instance.kernel();
        let kernel = variable.get(pass).into_dyn();
        let dims = kernel.dims();
        let last = dims[dims.len() - 1];
        let matrix = kernel.reshape(&[product(dims[..dims.len() - 1].iter().copied()), last]);

        let fixed = matrix.clone().stop_gradient();
        let (mut u, mut v) = (self.u.get(pass).into_dyn(), None);
        for _ in 0..self.steps {
            let next = normalized(u.matmul(fixed.clone().swap_axes(0, 1)), self.epsilon);
            u = normalized(next.clone().matmul(fixed.clone()), self.epsilon);
            v = Some(next);
        }
        let v = v.expect("at least one step");
        let sigma = v.matmul(matrix.clone()).matmul(u.clone().swap_axes(0, 1)).reshape(&[]);
        if self.u.may_set(pass) && self.sigma.may_set(pass) {
            self.u.set(Tensor::trusted(u), pass);
            self.sigma.set(Tensor::trusted(sigma.clone()), pass);
        }
        // A kernel of zeros has the singular value 0, and is divided by 1 instead.
        let zero = sigma.clone().stop_gradient().compare(Comparison::Equal, sigma.full_like(0.0));
        let divisor = zero.select(sigma.full_like(1.0), sigma);
        let kernel = Tensor::trusted((matrix / divisor).reshape(&dims));
        variable.replaced_by(kernel, pass, |pass| self.layer_instance.forward(x, pass))
    }
}

#[diagnostic::do_not_recommend]
impl<X, L: WithKernel + Cost<X>> Cost<X> for SpectralNorm<L>
where
    Self: Layer<X>,
{
    // For a matrix (In, Out): one step of power iteration is two products and two norms, of four operations an
    // element; the singular value is two products; the kernel is divided by it.
    const FLOPS: u64 = {
        let (matrix, out) = (kernel_elements::<L>(), Out::<L>::USIZE as u64);
        let rows = match matrix.checked_div(out) {
            Some(rows) => rows,
            None => 0,
        };
        L::FLOPS + 7 * matrix + 4 * rows + 6 * out
    };
    // The kernel divided by the singular value, and the new vector.
    const ACTIVATION_BYTES: u64 = L::ACTIVATION_BYTES
        + kernel_bytes::<L>()
        + (Out::<L>::USIZE * size_of::<L::Element>()) as u64;
}
same_receptive_field! { SpectralNorm }
