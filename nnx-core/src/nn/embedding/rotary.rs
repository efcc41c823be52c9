//! Rotary position encoding (RoPE).

use crate::array::{Array, product};
use crate::module::{Cost, Extent, Layer, Pass};
use crate::nn::cost::axis_size;
use crate::ops::DynTensor;
use crate::size::rules::{HasAxis, LastAxis};
use crate::size::{DivisibleBy, Size, U2};
use crate::tensor::{Real, Tensor};

/// Rotary position encoding (RoPE): rotates pairs of features by an angle that grows with the position (Su et
/// al., 2021). The dot product of a query and a key then depends on the distance of their positions.
///
/// Pair i of `D` features at position t is rotated by `t / base^(2i / D)`; the base is 10000 by default. Which
/// features form a pair is a convention, and weights are trained with one:
///
/// | | pair i | used by |
/// |---|---|---|
/// | [`half_split`](Self::half_split), the default | features i and i + D/2 | Llama (Hugging Face), GPT-NeoX |
/// | [`interleaved`](Self::interleaved) | features 2i and 2i + 1 | the paper, GPT-J, Llama (Meta) |
///
/// As a layer it takes heads `(B, T, H, D)`, as attention does. [`rotate`](Self::rotate) takes time at any
/// axis, and positions that begin at a different index than 0. There are no variables. Flax and PyTorch have no such
/// layer.
///
/// ```
/// use nnx_core::{module::Layer, nn::Rotary, size::{U1, U2}, tensor::Tensor};
///
/// let x: Tensor<(U1, U2, U1, U2)> = Tensor::from_vec(vec![1.0, 0.0, 1.0, 0.0])?;
/// let y = Rotary::half_split().infer(x);
/// assert_eq!(y.to_vec(), [1.0, 0.0, 1f32.cos(), 1f32.sin()]);
/// # Ok::<(), nnx_core::array::ShapeError>(())
/// ```
#[derive(Debug, Clone, Copy, crate::Module)]
#[module(init = Self::half_split())]
pub struct Rotary {
    base: f64,
    interleaved: bool,
}

impl Default for Rotary {
    fn default() -> Self {
        Self::half_split()
    }
}

impl Rotary {
    /// Pairs of features i and i + D/2.
    #[must_use]
    pub fn half_split() -> Self {
        Self { base: 10_000.0, interleaved: false }
    }

    /// Pairs of neighbouring features 2i and 2i + 1.
    #[must_use]
    pub fn interleaved() -> Self {
        Self { interleaved: true, ..Self::half_split() }
    }

    /// Sets the base, 10000 by default.
    ///
    /// # Panics
    /// If it isn't a finite number of at least 1.
    #[must_use]
    pub fn base(self, base: f64) -> Self {
        assert!(
            base.is_finite() && base >= 1.0,
            "the base of `Rotary` is a finite number of at least 1; found {base}"
        );
        Self { base, ..self }
    }

    /// Rotates the features of `x`. The axis `I` is time, and its first index has the position `start`:
    /// `rotary.rotate::<1, _, _>(queries, cached)`.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "positions and features are far below 2^53")]
    pub fn rotate<const I: usize, S, E>(self, x: Tensor<S, E>, start: usize) -> Tensor<S, E>
    where
        S: HasAxis<I> + LastAxis<Last: InPairs>,
        E: Real,
    {
        const { <S::Last as InPairs>::CHECKED }
        let x = x.into_dyn();
        let (dims, last) = (x.dims(), x.rank() - 1);
        let features = dims[last];
        let table = |turn: fn(f64) -> f64| {
            let element = |i: usize| {
                let (t, feature) = (start.saturating_add(i / features), i % features);
                let pair = if self.interleaved { feature / 2 } else { feature % (features / 2) };
                E::from_f64(turn(t as f64 / self.base.powf((2 * pair) as f64 / features as f64)))
            };
            let axes = (0..=last).map(|i| if i == I || i == last { dims[i] } else { 1 }).collect();
            DynTensor::from(Array::build(axes, |out| {
                (0..).zip(out).for_each(|(i, out)| *out = element(i));
            }))
        };
        let (cos, sin) = (table(f64::cos), table(f64::sin));
        Tensor::trusted(x.clone() * cos + self.turned(x) * sin)
    }

    /// Replaces each pair `(a, b)` of features by `(-b, a)`.
    fn turned(self, x: DynTensor) -> DynTensor {
        let (dims, last) = (x.dims(), x.rank() - 1);
        let half = dims[last] / 2;
        let join = |a: DynTensor, b: DynTensor, axis: usize| {
            DynTensor::concat(vec![-b, a], axis).expect("two halves")
        };
        if self.interleaved {
            let pairs = [product(dims[..last].iter().copied()), half, 2];
            let x = x.reshape(&pairs);
            return join(x.clone().slice(2, 0, 1), x.slice(2, 1, 1), 2).reshape(&dims);
        }
        join(x.clone().slice(last, 0, half), x.slice(last, half, half), last)
    }
}

impl<S, E: Real> Layer<Tensor<S, E>> for Rotary
where
    S: HasAxis<1> + HasAxis<3> + LastAxis<Last: InPairs>,
{
    type Output = Tensor<S, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Tensor<S, E> {
        const { <S::Last as InPairs>::CHECKED }
        self.rotate::<1, S, E>(x, 0)
    }
}

/// A last axis of even size, of which `Rotary` rotates pairs of features.
#[diagnostic::on_unimplemented(
    message = "`Rotary` rotates pairs of features, but `{Self}` isn't even",
    label = "expected a last axis of an even size",
    note = "where the size is a parameter `D`, write the bound `D: DivisibleBy<U2>`",
    note = "where it is computed from parameters, make it `AtBuild<..>` by `x.reshape_at_build::<shape![..]>()`"
)]
pub trait InPairs: Size {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<U2>> InPairs for A {
    const CHECKED: () = <A as DivisibleBy<U2>>::CHECKED;
}

#[diagnostic::do_not_recommend]
impl<S, E: Real> Cost<Tensor<S, E>> for Rotary
where
    S: HasAxis<1> + HasAxis<3> + LastAxis<Last: InPairs>,
{
    // Two products and a sum; half of the features are negated.
    const FLOPS: u64 = 3 * Tensor::<S, E>::ELEMENTS + Tensor::<S, E>::ELEMENTS / 2;
    // The table of sines (time, features), the input, its product with the cosines, the negated half and the
    // concatenated features.
    const ACTIVATION_BYTES: u64 = Tensor::<S, E>::BYTES * 3
        + Tensor::<S, E>::BYTES / 2
        + axis_size::<S>(1) * axis_size::<S>(-1) * size_of::<E>() as u64;
}
