//! Dropout.

use std::marker::PhantomData;

use crate::array::{Dims, OrPanic as _};
use crate::module::{Layer, Pass, RngStream};
use crate::nn::cost::{costs, pointwise};
use crate::ops::DynTensor;
use crate::random::{RandomError, Rngs};
use crate::size::Shape;
use crate::size::rules::{Axis, Reduce};
use crate::tensor::{Real, Tensor};

/// In training, sets elements to 0 with probability `rate`, and scales the others by `1 / (1 - rate)`. In
/// evaluation, the identity (Srivastava et al., 2014).
///
/// The layer owns a random stream, forked from the stream `dropout` when the layer is made. The masks are those
/// of Flax from the same seed. At rate 0 the layer is the identity and takes no random keys. At rate 1 it
/// returns zeros.
///
/// **Clones sample the same masks.** A clone continues the stream of the original, as `nnx.clone` in Flax, so
/// that a copied model trains exactly as the original would. This includes the layers of
/// `vec![Dropout::new(0.5, rngs); 3]`. For independent masks make each layer from `rngs`,
/// `std::array::from_fn::<_, 3, _>(|_| Dropout::new(0.5, rngs))`, give a clone another stream by
/// [`reseeded`](Self::reseeded), or give one to all clones in a model by [`reseed`](crate::module::reseed).
///
/// The mask is broadcast along any axes `Shared`, in ascending order: `Dropout<(Axis<1>, Axis<2>)>` keeps or drops whole
/// channels of images `(batch, height, width, channels)`. [`broadcast`](Self::broadcast) makes such a layer.
///
/// | | |
/// |---|---|
/// | variables | `stream/key`, `stream/count` |
/// | Flax | `nnx.Dropout(rate, broadcast_dims=(), rngs=rngs)` |
/// | PyTorch | `nn.Dropout(p=rate)`; `nn.Dropout2d` shares the mask over space |
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
/// pass.commit(&mut dropout)?; // the next pass draws a different mask
/// assert_eq!(y.to_vec(), [2.0, 0.0, 2.0, 0.0, 2.0, 2.0, 2.0, 0.0, 2.0, 2.0]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, crate::Module)]
#[module(init = Dropout::new(0.5, rngs).broadcast())]
pub struct Dropout<Shared = ()> {
    rate: f64,
    stream: RngStream,
    shared: PhantomData<fn() -> Shared>,
}

impl<Shared> Clone for Dropout<Shared> {
    fn clone(&self) -> Self {
        Self { rate: self.rate, stream: self.stream.clone(), shared: PhantomData }
    }
}

impl Dropout {
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

    /// The layer with its mask broadcast along the axes `Shared` (`broadcast_dims`).
    ///
    /// ```
    /// use nnx_core::{module::{Layer, Pass}, nn::Dropout, random::Rngs, size::rules::Axis};
    /// use nnx_core::{size::{U2, U8}, tensor::Tensor};
    ///
    /// let rows = Dropout::new(0.5, &mut Rngs::new(0)).broadcast::<Axis<1>>();
    /// let y: Tensor<(U8, U2)> = rows.forward(Tensor::ones(), &mut Pass::train());
    /// assert!(y.to_vec().chunks(2).all(|row| row[0] == row[1]));
    /// ```
    #[must_use]
    pub fn broadcast<Shared>(self) -> Dropout<Shared> {
        Dropout { rate: self.rate, stream: self.stream, shared: PhantomData }
    }
}

impl<Shared> Dropout<Shared> {
    /// The probability to drop an element.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Sets the probability to drop an element. [`for_each_mut`](crate::module::for_each_mut) reaches all layers of a model.
    ///
    /// # Panics
    /// If `rate` isn't within 0 to 1.
    #[track_caller]
    pub fn set_rate(&mut self, rate: f64) {
        check_rate(rate);
        self.rate = rate;
    }

    /// The layer with a new stream, forked from `dropout` as in [`new`](Dropout::new): gives a clone masks that are
    /// independent of the original's.
    ///
    /// ```
    /// use nnx_core::{module::{Layer, Pass}, nn::Dropout, random::Rngs, tensor::Tensor};
    ///
    /// let mut rngs = Rngs::new(0);
    /// let dropout = Dropout::new(0.5, &mut rngs);
    /// let other = dropout.clone().reseeded(&mut rngs);
    /// let mask = |layer: &Dropout| layer.forward(Tensor::from([1.0; 8]), &mut Pass::train()).to_vec();
    /// assert_eq!(mask(&dropout), mask(&dropout.clone()));
    /// assert_ne!(mask(&dropout), mask(&other));
    /// ```
    ///
    /// # Panics
    /// If `rngs` has neither a stream `dropout` nor a default one.
    #[must_use]
    pub fn reseeded(self, rngs: &mut Rngs) -> Self {
        Self { stream: RngStream::forked("dropout", rngs), ..self }
    }
}

#[track_caller]
pub(super) fn check_rate(rate: f64) {
    assert!(
        (0.0..=1.0).contains(&rate),
        "a dropout rate is the probability to drop, within 0 to 1; found {rate}"
    );
}

/// A mask of shape `dims` that is true with probability `keep`. Along the axes `shared`, all elements are one draw.
pub(super) fn sample_mask(
    stream: &RngStream,
    pass: &mut Pass,
    keep: f64,
    (dims, shared): (Dims, &[usize]),
) -> DynTensor {
    let drawn: Dims =
        shared.iter().fold(dims, |dims, &axis| dims.with_axis(axis, 1.min(dims[axis])));
    #[allow(clippy::cast_possible_truncation, reason = "rounded once, as in JAX")]
    let mask = |key| DynTensor::bernoulli(key, keep as f32, &drawn);
    stream.sample_dyn(pass, &mask).broadcast_to(&dims)
}

impl<S: SharesMask<Shared>, Shared, E: Real> Layer<Tensor<S, E>> for Dropout<Shared> {
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, E>, pass: &mut Pass) -> Tensor<S, E> {
        if !self.stream.may_draw(pass) || self.rate == 0.0 {
            return x;
        }
        let zeros = x.full_like(E::ZERO);
        if self.rate == 1.0 {
            return zeros;
        }
        let keep = 1.0 - self.rate;
        let mask: Tensor<S, bool> =
            Tensor::trusted(sample_mask(&self.stream, pass, keep, (x.dims(), S::SHARED)));
        let scaled = x.clone() / x.full_like(E::from_f64(keep));
        mask.select(scaled, zeros)
    }
}

/// A shape with the axes `A` along which `Dropout` and `AlphaDropout` share one mask: `()`, `Axis<1>`, `(Axis<1>, Axis<2>)`.
#[diagnostic::on_unimplemented(
    message = "a mask can't be shared along `{A}` in an input of shape `{Self}`",
    label = "expected axes of this shape in ascending order, such as `(Axis<1>, Axis<2>)`"
)]
pub trait SharesMask<A>: Shape {
    /// The indices of the axes.
    const SHARED: &'static [usize];
}
#[diagnostic::do_not_recommend]
impl<S: Shape> SharesMask<()> for S {
    const SHARED: &'static [usize] = &[];
}
#[diagnostic::do_not_recommend]
impl<S: Reduce<Axis<I>>, const I: usize> SharesMask<Axis<I>> for S {
    const SHARED: &'static [usize] = S::INDICES;
}
macro_rules! shared_axes {
    ($($($axis:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<S: Reduce<($($axis,)*)>, $($axis),*> SharesMask<($($axis,)*)> for S {
            const SHARED: &'static [usize] = S::INDICES;
        }
    )* };
}
shared_axes! { A; A B; A B C; A B C D; A B C D F; A B C D F G; }

costs! {
    // In evaluation, dropout is the identity.
    [Shared] Dropout<Shared>, |x, y| 0, x;
}
pointwise! {
    [Shared] Dropout<Shared>;
}
