//! Local response normalization.

use std::marker::PhantomData;

use crate::module::{Cost, Extent, Layer, Pass};
use crate::nn::cost::{axis_size, pointwise};
use crate::size::Positive;
use crate::size::rules::LastAxis;
use crate::tensor::{Real, Tensor};

/// Divides each element by a power of the squares of `Window` neighbouring channels, the last axis (Krizhevsky et al.,
/// 2012): `y[c] = x[c] / (k + alpha / Window Σ x[j]²)^beta`, over `j` from `c - ⌊Window / 2⌋` to
/// `c + ⌊(Window - 1) / 2⌋`. Channels that don't exist count as 0. The output has the shape of the input.
///
/// With the defaults, `alpha` is 1e-4, `beta` 0.75 and `k` 1.
///
/// Cost: a square, `Window` sums, a power and a quotient of each element.
///
/// | | |
/// |---|---|
/// | variables | none |
/// | Flax | none |
/// | PyTorch | `nn.LocalResponseNorm(size, alpha=1e-4, beta=0.75, k=1.0)`, whose channels are the second axis |
///
/// ```
/// use nnx_core::{module::Layer, nn::LocalResponseNorm, size::U3, tensor::Tensor};
///
/// let norm = LocalResponseNorm::<U3>::new().alpha(3.0).beta(1.0);
/// let y = norm.infer(Tensor::from([[1.0, 2.0, 3.0]]));
/// assert_eq!(y.to_vec(), [1.0 / 6.0, 2.0 / 15.0, 3.0 / 14.0]);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new())]
pub struct LocalResponseNorm<Window: Positive> {
    alpha: f64,
    beta: f64,
    k: f64,
    window: PhantomData<fn() -> Window>,
}

impl<Window: Positive> LocalResponseNorm<Window> {
    /// A layer with the defaults.
    #[must_use]
    pub const fn new() -> Self {
        const { Window::CHECKED }
        Self { alpha: 1e-4, beta: 0.75, k: 1.0, window: PhantomData }
    }

    /// Sets the factor of the mean of squares.
    #[must_use]
    pub const fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// Sets the exponent.
    #[must_use]
    pub const fn beta(self, beta: f64) -> Self {
        Self { beta, ..self }
    }

    /// Sets the constant that is added, which keeps the quotient finite where all channels are 0.
    #[must_use]
    pub const fn k(self, k: f64) -> Self {
        Self { k, ..self }
    }
}

impl<Window: Positive> Default for LocalResponseNorm<Window> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: LastAxis, Window: Positive, E: Real> Layer<Tensor<S, E>> for LocalResponseNorm<Window> {
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Tensor<S, E> {
        let (window, x) = (Window::USIZE, x.into_dyn());
        let axis = x.rank() - 1;
        let channels = x.dims()[axis];
        let squares = x.clone().square().pad(axis, window / 2, (window - 1) / 2);
        let neighbours = (0..window).map(|i| squares.clone().slice(axis, i, channels));
        let sum = neighbours.reduce(|sum, next| sum + next).expect("a window of at least one");
        #[allow(clippy::cast_precision_loss, reason = "a window is far below 2^53 channels")]
        let scaled = sum.mul_scalar(self.alpha / window as f64).add_scalar(self.k);
        Tensor::trusted(x / scaled.powf(self.beta))
    }
}

#[diagnostic::do_not_recommend]
impl<S: LastAxis, Window: Positive, E: Real> Cost<Tensor<S, E>> for LocalResponseNorm<Window>
where
    Tensor<S, E>: Extent,
{
    // Squares, their sums, a factor, k, the power and the quotient.
    const FLOPS: u64 = (Window::USIZE as u64 + 4) * <Tensor<S, E>>::ELEMENTS;
    // The input, a sum and the next one, and squares with their padding, if there is any.
    const ACTIVATION_BYTES: u64 = {
        let (elements, channels) = (<Tensor<S, E>>::ELEMENTS, axis_size::<S>(-1));
        let padded = match elements.checked_div(channels) {
            Some(rows) if Window::USIZE > 1 => rows * (channels + Window::USIZE as u64 - 1),
            _ => 0,
        };
        (3 * elements + padded) * size_of::<E>() as u64
    };
}
pointwise! { [Window: Positive] LocalResponseNorm<Window>; }
