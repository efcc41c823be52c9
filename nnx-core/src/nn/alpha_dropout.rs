//! Dropout that keeps mean and variance of SELU networks.

use std::marker::PhantomData;

use super::dropout::{SharesMask, check_rate, sample_mask};
use crate::array::OrPanic as _;
use crate::module::{Layer, Pass, RngStream};
use crate::nn::cost::{costs, pointwise};
use crate::random::{RandomError, Rngs};
use crate::tensor::{Real, Tensor};

/// The value of SELU far below zero, with its sign turned: scale · alpha.
const SATURATED: f64 = 1.758_099_340_847_376_6;

/// In training, sets elements to `-s = -1.758`, the limit of [`Selu`](super::Selu) at −∞, with probability `rate`, and
/// then scales and shifts all of them, so that inputs of mean 0 and variance 1 keep both: `y = a x + a s rate` of the
/// kept ones and `a s (rate - 1)` of the others, with `a = 1 / √((1 - rate) (1 + rate s²))`. In evaluation, the identity
/// (Klambauer et al., 2017).
///
/// As [`Dropout`](super::Dropout), it owns a random stream, forked from the stream `dropout`; clones sample the same
/// masks; at rate 0 it is the identity, at rate 1 it returns zeros; and the mask is broadcast along the axes `Shared`.
/// A dropped element is replaced, also if it is NaN or infinite; in PyTorch it stays NaN.
///
/// | | |
/// |---|---|
/// | variables | `stream/key`, `stream/count` |
/// | Flax | none |
/// | PyTorch | `nn.AlphaDropout(p=rate)`; `nn.FeatureAlphaDropout` is `AlphaDropout<(Axis<1>, Axis<2>)>` of images |
///
/// ```
/// use nnx_core::{module::{Layer, Pass}, nn::AlphaDropout, random::Rngs, tensor::Tensor};
///
/// let dropout = AlphaDropout::new(0.5, &mut Rngs::new(0));
/// let x = Tensor::from([0.0f32; 4]);
/// assert_eq!(dropout.infer(x.clone()).to_vec(), [0.0; 4]);
/// let y = dropout.forward(x, &mut Pass::train()).to_vec();
/// assert!(y.iter().all(|y| (y.abs() - 0.7792).abs() < 1e-4));
/// ```
#[derive(Debug, crate::Module)]
#[module(init = AlphaDropout::new(0.5, rngs).broadcast())]
#[doc(alias = "FeatureAlphaDropout")]
pub struct AlphaDropout<Shared = ()> {
    rate: f64,
    stream: RngStream,
    shared: PhantomData<fn() -> Shared>,
}

impl<Shared> Clone for AlphaDropout<Shared> {
    fn clone(&self) -> Self {
        Self { rate: self.rate, stream: self.stream.clone(), shared: PhantomData }
    }
}

impl AlphaDropout {
    /// A layer that drops elements with probability `rate`. (The derived `init` uses 0.5.)
    ///
    /// # Panics
    /// If `rate` isn't within 0 to 1, or `rngs` has neither a stream `dropout` nor a default one:
    /// [`try_new`](Self::try_new) returns the latter as an error.
    #[must_use]
    #[track_caller]
    pub fn new(rate: f64, rngs: &mut Rngs) -> Self {
        Self::try_new(rate, rngs).or_panic()
    }

    /// As [`new`](Self::new), but returns an error if a stream is missing.
    ///
    /// # Errors
    /// If `rngs` has neither a stream `dropout` nor a default one.
    ///
    /// # Panics
    /// If `rate` isn't within 0 to 1.
    #[track_caller]
    pub fn try_new(rate: f64, rngs: &mut Rngs) -> Result<Self, RandomError> {
        check_rate(rate);
        let stream = RngStream::new(rngs.stream("dropout")?.fork());
        Ok(Self { rate, stream, shared: PhantomData })
    }

    /// The layer with its mask broadcast along the axes `Shared`.
    #[must_use]
    pub fn broadcast<Shared>(self) -> AlphaDropout<Shared> {
        AlphaDropout { rate: self.rate, stream: self.stream, shared: PhantomData }
    }
}

impl<Shared> AlphaDropout<Shared> {
    /// The probability to drop an element.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Sets the probability to drop an element.
    ///
    /// # Panics
    /// If `rate` isn't within 0 to 1.
    #[track_caller]
    pub fn set_rate(&mut self, rate: f64) {
        check_rate(rate);
        self.rate = rate;
    }

    /// The layer with a new stream, forked from `dropout` as in [`new`](AlphaDropout::new): gives a clone masks that are
    /// independent of the original's.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `dropout` nor a default one.
    #[must_use]
    pub fn reseeded(self, rngs: &mut Rngs) -> Self {
        Self { stream: RngStream::forked("dropout", rngs), ..self }
    }
}

impl<S: SharesMask<Shared>, Shared, E: Real> Layer<Tensor<S, E>> for AlphaDropout<Shared> {
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, E>, pass: &mut Pass) -> Tensor<S, E> {
        let rate = self.rate;
        if !self.stream.may_draw(pass) || rate == 0.0 {
            return x;
        }
        if rate == 1.0 {
            return x.full_like(E::ZERO);
        }
        let mask = sample_mask(&self.stream, pass, 1.0 - rate, (x.dims(), S::SHARED));
        let scale = 1.0 / ((1.0 - rate) * (1.0 + rate * SATURATED * SATURATED)).sqrt();
        let x = x.into_dyn();
        let kept = x.clone().mul_scalar(scale).add_scalar(scale * SATURATED * rate);
        let dropped = x.full_like(scale * SATURATED * (rate - 1.0));
        Tensor::trusted(mask.select(kept, dropped))
    }
}

costs! {
    // In evaluation, dropout is the identity.
    [Shared] AlphaDropout<Shared>, |x, y| 0, x;
}
pointwise! { [Shared] AlphaDropout<Shared>; }
