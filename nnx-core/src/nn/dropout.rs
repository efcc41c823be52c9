//! Dropout.

use crate::array::Array;
use crate::module::{Layer, Pass, RngStream};
use crate::random::{RandomError, Rngs, bernoulli};
use crate::size::Shape;
use crate::tensor::{Real, Tensor};

/// Sets elements to 0 with probability `rate` while training, and scales the others by `1 / (1 - rate)`;
/// the identity in evaluation (Srivastava et al., 2014).
///
/// The layer owns a stream of its own, forked from `dropout` when it is made: the masks are those of
/// Flax from the same seed. At rate 0 it is the identity and draws nothing, at rate 1 it gives zeros.
///
/// | | |
/// |---|---|
/// | variables | `stream/key`, `stream/count` |
/// | Flax | `nnx.Dropout(rate, rngs=rngs)` |
/// | PyTorch | `nn.Dropout(p=rate)` |
///
/// ```
/// use nnx_core::{module::{Layer, Pass}, nn::Dropout, random::Rngs, tensor::Tensor};
///
/// let mut dropout = Dropout::new(0.5, &mut Rngs::new(0));
/// let x = Tensor::from([1.0f32; 10]);
/// assert_eq!(dropout.infer(x.clone()).to_vec(), [1.0; 10]);
///
/// let mut pass = Pass::train();
/// let y = dropout.forward(x, &mut pass);
/// pass.commit(&mut dropout)?; // the next pass draws another mask
/// assert_eq!(y.to_vec(), [2.0, 0.0, 2.0, 0.0, 2.0, 2.0, 2.0, 0.0, 2.0, 2.0]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new(0.5, rngs))]
pub struct Dropout {
    rate: f64,
    stream: RngStream,
}

impl Dropout {
    /// A layer that drops elements with probability `rate`. (The derived `init` takes 0.5.)
    ///
    /// # Panics
    /// If `rate` isn't within 0 to 1, or `rngs` has neither a stream `dropout` nor a default one:
    /// [`try_new`](Self::try_new) gives the latter as an error.
    #[must_use]
    pub fn new(rate: f64, rngs: &mut Rngs) -> Self {
        Self::try_new(rate, rngs).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`new`](Self::new).
    ///
    /// # Errors
    /// If `rngs` has neither a stream `dropout` nor a default one.
    ///
    /// # Panics
    /// If `rate` isn't within 0 to 1.
    pub fn try_new(rate: f64, rngs: &mut Rngs) -> Result<Self, RandomError> {
        assert!(
            (0.0..=1.0).contains(&rate),
            "a dropout rate is the probability to drop, within 0 to 1; found {rate}"
        );
        Ok(Self { rate, stream: RngStream::new(rngs.stream("dropout")?.fork()) })
    }
}

impl<S: Shape, E: Real> Layer<Tensor<S, E>> for Dropout {
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, E>, pass: &mut Pass) -> Tensor<S, E> {
        if !pass.is_training() || self.rate == 0.0 {
            return x;
        }
        let zeros = x.full_like(E::ZERO);
        if self.rate == 1.0 {
            return zeros;
        }
        let keep = 1.0 - self.rate;
        #[allow(clippy::cast_possible_truncation, reason = "rounded once, as in JAX")]
        let mask = bernoulli(self.stream.draw(pass), x.dims().elements(), keep as f32);
        let mask: Tensor<S, bool> = Tensor::trusted(Array::filled(mask, x.dims()).into());
        let scaled = x.clone() / x.full_like(E::from_f64(keep));
        mask.select(scaled, zeros)
    }
}
