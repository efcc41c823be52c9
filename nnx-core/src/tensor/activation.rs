//! Activations over the last axis. Elementwise ones are rows of `ops/elementwise`.

use super::{Real, Tensor};
use crate::ops::Affine;
use crate::size::rules::LastAxis;
use crate::size::{Dim, DivisibleBy, Quotient, Size, U2};

impl<S, E> Tensor<S, E> {
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
        Tensor::trusted(self.into_dyn().glu())
    }

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
}

/// A last axis of even size, which `glu` splits into halves.
#[diagnostic::on_unimplemented(
    message = "`glu` cuts the last axis into halves, but `{Self}` isn't even",
    label = "expected a last axis of an even size",
    note = "one half is gated by the other: the layer before it returns twice as many features as you want",
    note = "where the size is a parameter `D`, write the bound `D: DivisibleBy<U2>`"
)]
pub trait InHalves: Dim {
    /// One half.
    type Half: Size;
}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<U2>> InHalves for A {
    type Half = Quotient<A, U2>;
}
