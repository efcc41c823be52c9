//! Activations over one axis or several. Elementwise ones are rows of `ops/elementwise`.

use super::{Real, Tensor};
use crate::ops::Affine;
use crate::size::rules::{HasAxis, LastAxis, Reduce};
use crate::size::{Check, Dim, DivisibleBy, Quotient, SettledLast, Size, U2};

/// A last axis of an odd size doesn't compile. If the last axis is a generic parameter or computed from one, calls
/// resolve to the method of the same name of [`GenericHalves`], which needs no bound.
impl<S: SettledLast, E> Tensor<S, E> {
    /// `a / (1 + e^-b)`, where a is the first half of the last axis and b the second: `(.., 2 N)` gives
    /// `(.., N)` (`nnx.glu`; Dauphin et al., 2016).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([3.0, 5.0, 0.0, 100.0]);
    /// assert_eq!(x.glu().to_vec(), [1.5, 5.0]);
    /// ```
    #[must_use]
    pub fn glu<N>(self) -> Tensor<S::With<N::Half>, E>
    where
        S: LastAxis<Last = N>,
        N: InHalves,
        E: Real,
    {
        let () = Check::<N, U2>::DIVIDES;
        Tensor::trusted(self.into_dyn().glu())
    }
}

/// Halves of a last axis that is a generic parameter of a function or `impl`, or computed from one. The trait is in the
/// prelude, so `x.glu()` is the same code for known sizes and for parameters.
///
/// ```
/// use nnx_core::{Tensor, dim, size::{Batch, Dim, Size, U4}};
/// use nnx_core::tensor::{GenericHalves, Tensor};
///
/// fn gated<B: Dim, D: Size>(x: Tensor![B, { D * 2 }]) -> Tensor![B, { D * 2 / 2 }] {
///     x.glu()
/// }
/// let x: Tensor![Batch, 8] = Tensor::from_vec(vec![0.0; 8])?;
/// assert_eq!(*gated::<_, U4>(x).dims(), [1, 4]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// An odd size is an error when concrete sizes replace the parameters: in `cargo build`, but not in `cargo check`.
///
/// ```compile_fail,E0080
/// # use nnx_core::{Tensor, size::{Size, U7}};
/// # use nnx_core::tensor::{GenericHalves, Tensor};
/// fn gated<D: Size>(x: Tensor![1, D]) {
///     x.glu();
/// }
/// gated::<U7>(Tensor::zeros());
/// ```
pub trait GenericHalves<S, E>: Sized {
    /// [`Tensor::glu`] for a last axis that is a parameter.
    #[must_use]
    fn glu<N>(self) -> Tensor<S::With<Quotient<N, U2>>, E>
    where
        S: LastAxis<Last = N>,
        N: Size;
}

impl<S, E: Real> GenericHalves<S, E> for Tensor<S, E> {
    fn glu<N>(self) -> Tensor<S::With<Quotient<N, U2>>, E>
    where
        S: LastAxis<Last = N>,
        N: Size,
    {
        let () = Check::<N, U2>::DIVIDES;
        Tensor::trusted(self.into_dyn().glu())
    }
}

impl<S, E> Tensor<S, E> {
    /// `(x - mean) / sqrt(variance + 1e-5)` over the last axis (`nnx.standardize`). For another epsilon, or a
    /// learned scale and bias, use `LayerNorm`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([[100.0f32, 300.0]]).standardize().to_vec();
    /// assert!(y.iter().zip([-1.0, 1.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[must_use]
    pub fn standardize(self) -> Self
    where
        S: LastAxis,
        E: Real,
    {
        let last = S::AXES.len() - 1;
        Self::trusted(self.into_dyn().layer_norm(&[last], 1e-5, Affine::default()))
    }

    /// [`glu`](Self::glu) along the axis `I`, whose first half is gated by the second (`nnx.glu(x, axis=I)`,
    /// `F.glu(x, I)`).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![2, 2] = Tensor::from([[3.0, 5.0], [0.0, 100.0]]);
    /// let y: Tensor![1, 2] = x.glu_axis::<0>();
    /// assert_eq!(y.to_vec(), [1.5, 5.0]);
    /// ```
    #[must_use]
    pub fn glu_axis<const I: usize>(self) -> Tensor<S::Replaced<Quotient<S::Axis, U2>>, E>
    where
        S: HasAxis<I, Axis: InHalves>,
        E: Real,
    {
        const { <S::Axis as InHalves>::CHECKED }
        Tensor::trusted(self.into_dyn().glu_axis(I))
    }

    /// [`standardize`](Self::standardize) over other axes, in ascending order: `x.standardize_axes::<(Axis<0>, Axis<1>)>()`
    /// (`nnx.standardize(x, axis=..)`).
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let y = Tensor::from([[100.0f32, -7.0], [300.0, -5.0]]).standardize_axes::<Axis<0>>().to_vec();
    /// assert!(y.iter().zip([-1.0, -1.0, 1.0, 1.0]).all(|(y, expected)| (y - expected).abs() < 1e-5));
    /// ```
    #[must_use]
    pub fn standardize_axes<A>(self) -> Self
    where
        S: Reduce<A>,
        E: Real,
    {
        Self::trusted(self.into_dyn().layer_norm(S::INDICES, 1e-5, Affine::default()))
    }
}

/// An axis of even size, which `glu` splits into halves.
#[diagnostic::on_unimplemented(
    message = "`glu` cuts an axis into halves, but `{Self}` isn't even",
    label = "expected an axis of an even size",
    note = "one half is gated by the other: the layer before it returns twice as many features as you want",
    note = "where the size is a parameter `D`, write the bound `D: DivisibleBy<U2>`; the method `x.glu()` needs none"
)]
pub trait InHalves: Dim {
    /// One half.
    type Half: Size;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<U2>> InHalves for A {
    type Half = Quotient<A, U2>;
    const CHECKED: () = <A as DivisibleBy<U2>>::CHECKED;
}
