//! Position encodings that are added to the features.

use std::marker::PhantomData;

use super::default_start;
use crate::array::{Array, Dims};
use crate::module::{Cost, Extent, Layer, Param, Pass};
use crate::nn::cost::{axis_size, costs};
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::rules::LastAxis;
use crate::size::{AtLeast, DeferringOrSame, Dim, One, OneOf, Size, assert_at_most};
use crate::tensor::{InputElement, Real, Tensor};

/// `x + p`, where `p[t, 2i] = sin(t / 10000^(2i / Features))` and `p[t, 2i + 1]` is the cosine of the same
/// angle (Vaswani et al., 2017). The shape `(.., T, Features)` doesn't change; T is any size.
///
/// | | |
/// |---|---|
/// | variables | none |
/// | Flax, PyTorch | no layer; written out in their examples of a transformer |
///
/// ```
/// use nnx_core::{module::Layer, nn::SinusoidalPositions, size::{U2, U3}, tensor::Tensor};
///
/// let positions = SinusoidalPositions::<U2>::default();
/// let y: Tensor<(U3, U2)> = positions.infer(Tensor::zeros());
/// assert_eq!(y.to_vec(), [0.0, 1.0, 1f32.sin(), 1f32.cos(), 2f32.sin(), 2f32.cos()]);
/// ```
#[derive(Debug, Clone, Copy, crate::Module)]
#[module(init = Self::default())]
pub struct SinusoidalPositions<Features: Size> {
    features: PhantomData<fn() -> Features>,
}

impl<Features: Size> Default for SinusoidalPositions<Features> {
    fn default() -> Self {
        Self { features: PhantomData }
    }
}

impl<S: InTime<Features>, Features: Size, E: Real> Layer<Tensor<S, E>>
    for SinusoidalPositions<Features>
{
    type Output = Tensor<S, E>;

    #[allow(clippy::cast_precision_loss, reason = "positions and features are far below 2^53")]
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Tensor<S, E> {
        let dims = x.dims();
        let (time, features) = (dims[dims.len() - 2], Features::USIZE);
        let element = |i: usize| {
            let (t, feature) = (i / features, i % features);
            let pair = (feature / 2 * 2) as f64 / features as f64;
            let angle = t as f64 / 10_000f64.powf(pair);
            E::from_f64(if feature.is_multiple_of(2) { angle.sin() } else { angle.cos() })
        };
        let table = Array::build(Dims::new(&[time, features]), |out| {
            (0..).zip(out).for_each(|(i, out)| *out = element(i));
        });
        Tensor::trusted(x.into_dyn() + DynTensor::from(table))
    }
}

/// `x + p[0..T]`, with a learned row for each of `Length` positions. The shape `(.., T, Features)` doesn't change.
///
/// | | |
/// |---|---|
/// | variables | `embedding` (Length, Features), normal with std √(1 / Features) |
/// | Flax | `x + nnx.Embed(length, features, rngs=rngs)(jnp.arange(t))` |
/// | PyTorch | `x + nn.Embedding(length, features)(torch.arange(t))` |
///
/// ```
/// use nnx_core::{module::{Init, Layer}, nn::LearnedPositions, random::Rngs};
/// use nnx_core::{size::{U2, U4, U16}, tensor::Tensor};
///
/// let positions = LearnedPositions::<U16, U2>::init(&mut Rngs::new(0));
/// let y = positions.infer(Tensor::<(U4, U2)>::zeros());
/// assert_eq!(y.to_vec(), positions.embedding.value().to_vec()[..8]);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&default_start::<Features>(), rngs))]
pub struct LearnedPositions<Length: Size, Features: Size, E: Real = f32> {
    /// The table `p` of rows (Length, Features).
    pub embedding: Param<(Length, Features), E>,
}

impl<Length: Size, Features: Size, E: Real> LearnedPositions<Length, Features, E> {
    /// A layer whose rows are initialized by `initializer`.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(initializer: &dyn Initializer, rngs: &mut Rngs) -> Self {
        Self { embedding: Param::drawn(initializer, rngs) }
    }

    /// `x + p[start..start + T]`: as [`forward`](Layer::forward), for a part of a sequence that begins at position
    /// `start`, such as the next token in decoding.
    ///
    /// # Panics
    /// If the part ends past the end of the table.
    #[track_caller]
    pub fn starting_at<S, F>(&self, start: usize, x: Tensor<S, F>, pass: &Pass) -> Tensor<S, E>
    where
        S: InTime<Features, Time: PositionIn<Length>>,
        F: InputElement<E>,
    {
        const { <S::Time as PositionIn<Length>>::CHECKED }
        let dims = x.dims();
        let time = dims[dims.len() - 2];
        let held = Length::USIZE;
        assert!(
            time <= held,
            "`LearnedPositions` holds {held} positions, but its input has {time}: make the table longer, \
             or cut the input"
        );
        assert!(
            start <= held - time,
            "`LearnedPositions` holds {held} positions, but its input starts at {start} and has {time}: \
             make the table longer, or start the next sequence"
        );
        let rows = self.embedding.get(pass).into_dyn().slice(0, start, time);
        Tensor::trusted(x.into_dyn() + rows)
    }
}

impl<S, Length: Size, Features: Size, E: Real, F: InputElement<E>> Layer<Tensor<S, F>>
    for LearnedPositions<Length, Features, E>
where
    S: InTime<Features, Time: PositionIn<Length>>,
{
    type Output = Tensor<S, E>;

    /// # Panics
    /// If a runtime axis of time is longer than the table.
    #[track_caller]
    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        const { <S::Time as PositionIn<Length>>::CHECKED }
        self.starting_at(0, x, pass)
    }
}

/// A shape `(.., time, F)`, to which positions can be added.
#[diagnostic::on_unimplemented(
    message = "positions are added to `(.., time, {F})`, but this input has shape `{Self}`",
    label = "expected a shape of rank 2 to 8 whose last axis is `{F}`"
)]
pub trait InTime<F>: LastAxis {
    /// The axis of time, the second to last.
    type Time: Dim;
}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Last = F, Leading: LastAxis>, F: Dim> InTime<F> for S {
    type Time = <S::Leading as LastAxis>::Last;
}

/// A number of positions, for which a table has rows, that is large enough for the axis `T`. A runtime axis is
/// checked at run time.
#[diagnostic::on_unimplemented(
    message = "`LearnedPositions` holds `{Self}` positions, but its input has `{T}`",
    label = "the input has more positions than the table",
    note = "where the axes are parameters, write the bound `{Self}: HoldsPositions<{T}>`",
    note = "where they are computed from parameters, write `LearnedPositions<AtBuild<{Self}>, ..>`, which `cargo build` checks"
)]
pub trait HoldsPositions<T>: Size {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<L: Size, T: Dim> HoldsPositions<T> for L
where
    // For a runtime axis, `CountInto<One>` is 1.
    DeferringOrSame<T, L, AtLeast<L::Nat, T::CountInto<One>>>: OneOf<T, T>,
{
    const CHECKED: () =
        assert_at_most::<T, L>("`LearnedPositions` holds {1} positions, but its input has {0}");
}

/// An axis of time for which a table of `L` positions is long enough: [`HoldsPositions`], implemented by the
/// axis instead of the table.
///
/// Layers use this trait as their bound. In a call `layer.forward(x)`, rustc looks at the layer first. A bound
/// on the layer alone, such as `L: HoldsPositions<T>`, may then fail already, and rustc reports that there is
/// no method `forward`. rustc checks a bound on the input after it knows the input, and its message names the
/// bound.
pub trait PositionIn<L>: Dim {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
impl<T: Dim, L: HoldsPositions<T>> PositionIn<L> for T {
    const CHECKED: () = <L as HoldsPositions<T>>::CHECKED;
}

costs! {
    // An addition in place.
    [L: Size, F: Size, E: Real] LearnedPositions<L, F, E>, |x, y| y, x;
}
#[diagnostic::do_not_recommend]
impl<S: InTime<F>, F: Size, E: Real> Cost<Tensor<S, E>> for SinusoidalPositions<F> {
    // An addition in place, of a table (time, features).
    const FLOPS: u64 = Tensor::<S, E>::ELEMENTS;
    const ACTIVATION_BYTES: u64 =
        Tensor::<S, E>::BYTES + axis_size::<S>(-2) * axis_size::<S>(-1) * size_of::<E>() as u64;
}
