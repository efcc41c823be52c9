//! Activations. Those that other functions use too (relu, gelu, sigmoid, tanh) are in `elementwise`.

use super::{Real, Tensor};
use crate::ops::Affine;
use crate::size::rules::LastAxis;
use crate::size::{Dim, DivisibleBy, Quotient, Shape, Size, U2};

macro_rules! activations {
    ($($(#[$doc:meta])* pub fn $name:ident($self:ident $(, $option:ident: f64)?) -> Self = $body:expr;)*) => {
        impl<S, E> Tensor<S, E> { $(
            $(#[$doc])*
            #[must_use]
            pub fn $name($self $(, $option: f64)?) -> Self
            where
                S: Shape,
                E: Real,
            {
                Self::trusted($body)
            }
        )* }
    };
}
activations! {
    /// `x / (1 + e^-x)`, elementwise: `nnx.silu`, also named swish (Elfwing et al., 2017).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).silu().to_vec();
    /// assert!(y.iter().zip([0.0, 0.731_058_6]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn silu(self) -> Self = self.into_dyn().silu();
    /// `ln(1 + e^x)`, elementwise, without overflow.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 100.0]).softplus().to_vec();
    /// assert!(y.iter().zip([0.693_147_2, 100.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn softplus(self) -> Self = self.into_dyn().softplus();
    /// `ln(1 / (1 + e^-x))`, elementwise, without overflow.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, -100.0]).log_sigmoid().to_vec();
    /// assert!(y.iter().zip([-0.693_147_2, -100.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn log_sigmoid(self) -> Self = -(-self.into_dyn()).softplus();
    /// `x` for x > 0, else `alpha (e^x - 1)`, elementwise. Flax's default for alpha is 1 (Clevert et al.,
    /// 2015).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 2.0]).elu(1.0).to_vec();
    /// assert!(y.iter().zip([-0.632_120_6, 2.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn elu(self, alpha: f64) -> Self = self.into_dyn().elu(alpha, 1.0);
    /// `x` for x > 0, else `alpha (e^(x / alpha) - 1)`, elementwise. Flax's default for alpha is 1 (Barron,
    /// 2017).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-2.0f32, 2.0]).celu(2.0).to_vec();
    /// assert!(y.iter().zip([-1.264_241_1, 2.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    ///
    /// # Panics
    /// If `alpha` is 0, since the formula divides by it. Use [`relu`](Self::relu) instead.
    #[track_caller]
    pub fn celu(self, alpha: f64) -> Self = {
        assert!(alpha != 0.0, "`celu` divides by its alpha: expected another number than 0; for 0 write `relu`");
        self.into_dyn().elu(alpha, alpha)
    };
    /// `scale elu(x, alpha)`, elementwise, with the scale 1.0507 and the alpha 1.6733 that keep mean 0 and
    /// variance 1 (Klambauer et al., 2017).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 1.0]).selu().to_vec();
    /// assert!(y.iter().zip([-1.111_330_7, 1.050_701]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn selu(self) -> Self =
        self.into_dyn().elu(1.673_263_242_354_377_2, 1.0).mul_scalar(1.050_700_987_355_480_5);
    /// `x` for x >= 0, else `negative_slope x`, elementwise, with gradient 1 at 0. Flax's default for the slope
    /// is 0.01 (Maas et al., 2013).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 3.0]);
    /// assert_eq!(x.leaky_relu(0.5).to_vec(), [-1.0, 3.0]);
    /// ```
    pub fn leaky_relu(self, negative_slope: f64) -> Self = self.into_dyn().leaky_relu(negative_slope);
    /// `x` clamped to 0..=6, elementwise, with gradient 0 at both ends (Krizhevsky, 2010).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 3.0, 8.0]);
    /// assert_eq!(x.relu6().to_vec(), [0.0, 3.0, 6.0]);
    /// ```
    pub fn relu6(self) -> Self = self.into_dyn().relu6();
    /// `x / (1 + |x|)`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-1.0, 0.0, 3.0]);
    /// assert_eq!(x.soft_sign().to_vec(), [-0.5, 0.0, 0.75]);
    /// ```
    pub fn soft_sign(self) -> Self = {
        let x = self.into_dyn();
        x.clone() / x.abs().add_scalar(1.0)
    };
    /// `x` clamped to -1..=1, elementwise, with gradient 1 at both ends.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.5, 3.0]);
    /// assert_eq!(x.hard_tanh().to_vec(), [-1.0, 0.5, 1.0]);
    /// ```
    pub fn hard_tanh(self) -> Self = self.into_dyn().clamp(-1.0, 1.0);
    /// `relu6(x + 3) / 6`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-3.0, 0.0, 3.0]);
    /// assert_eq!(x.hard_sigmoid().to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    pub fn hard_sigmoid(self) -> Self = self.into_dyn().hard_sigmoid();
    /// `x relu6(x + 3) / 6`, elementwise: `nnx.hard_silu`, also named hard swish (Howard et al., 2019).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-3.0, 0.0, 3.0]);
    /// assert_eq!(x.hard_silu().to_vec(), [0.0, 0.0, 3.0]);
    /// ```
    pub fn hard_silu(self) -> Self = {
        let x = self.into_dyn();
        let gate = x.clone().hard_sigmoid();
        x * gate
    };
}

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
