//! Activations. Those that other functions need too (relu, gelu, sigmoid, tanh) stand in `elementwise`.

use super::{Real, Tensor};
use crate::size::Shape;
use crate::size::rules::{InHalves, LastAxis};

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
    pub fn silu(self) -> Self = self.into_dyn().silu();
    /// `ln(1 + e^x)`, elementwise, without overflow.
    pub fn softplus(self) -> Self = self.into_dyn().softplus();
    /// `ln(1 / (1 + e^-x))`, elementwise, without overflow.
    pub fn log_sigmoid(self) -> Self = -(-self.into_dyn()).softplus();
    /// x above 0, `alpha (e^x - 1)` below, elementwise. Flax's alpha is 1 by default (Clevert et al., 2015).
    pub fn elu(self, alpha: f64) -> Self = self.into_dyn().elu(alpha, 1.0);
    /// x above 0, `alpha (e^(x / alpha) - 1)` below, elementwise. Flax's alpha is 1 by default (Barron,
    /// 2017).
    ///
    /// # Panics
    /// If `alpha` is 0, by which nothing can be divided: that is [`relu`](Self::relu).
    #[track_caller]
    pub fn celu(self, alpha: f64) -> Self = {
        assert!(alpha != 0.0, "`celu` divides by its alpha: expected another number than 0; for 0 write `relu`");
        self.into_dyn().elu(alpha, alpha)
    };
    /// `scale elu(x, alpha)`, elementwise, with the scale 1.0507 and the alpha 1.6733 that keep mean 0 and
    /// variance 1 (Klambauer et al., 2017).
    pub fn selu(self) -> Self =
        self.into_dyn().elu(1.673_263_242_354_377_2, 1.0).scale(1.050_700_987_355_480_5);
    /// x from 0 on, `negative_slope x` below, elementwise, with gradient 1 at 0. Flax's slope is 0.01 by
    /// default (Maas et al., 2013).
    pub fn leaky_relu(self, negative_slope: f64) -> Self = self.into_dyn().leaky_relu(negative_slope);
    /// x within 0 to 6, elementwise, with gradient 0 at both (Krizhevsky, 2010).
    pub fn relu6(self) -> Self = self.into_dyn().relu6();
    /// `x / (1 + |x|)`, elementwise.
    pub fn soft_sign(self) -> Self = {
        let x = self.into_dyn();
        x.clone() / x.abs().shift(1.0)
    };
    /// x within -1 to 1, elementwise, with gradient 1 at both.
    pub fn hard_tanh(self) -> Self = self.into_dyn().clamp(-1.0, 1.0);
    /// `relu6(x + 3) / 6`, elementwise.
    pub fn hard_sigmoid(self) -> Self = self.into_dyn().hard_sigmoid();
    /// `x relu6(x + 3) / 6`, elementwise: `nnx.hard_silu`, also named hard swish (Howard et al., 2019).
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

    /// `(x - mean) / sqrt(variance + 1e-5)` over the last axis (`nnx.standardize`); for another epsilon and
    /// learned weights there is `LayerNorm`.
    #[must_use]
    pub fn standardize(self) -> Self
    where
        S: LastAxis,
        E: Real,
    {
        let last = S::AXES.len() - 1;
        Self::trusted(self.into_dyn().standardize(&[last], 1e-5))
    }
}
