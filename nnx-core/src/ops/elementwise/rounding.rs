// Rounding, and numbers in place of NaN and infinities. `elementwise/mod.rs` explains the rows.

rows! {
    /// The largest integer that isn't above `x`, elementwise; its gradient is 0. Infinities, NaN and −0 stay.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-1.5, 2.7]);
    /// assert_eq!(x.floor().to_vec(), [-2.0, 2.0]);
    /// ```
    pub fn floor(self) -> Self where [S: Shape, E: Real];
    operation { Floor, NOTHING, |x| x.floor(), |at| at.gradient.full_like(0.0) }
    golden { "floor", 0.0 }
    test { () OFF_KINKS |x| x - x.rem_euclid(1.0); [-INF, -0.0, 0.0, INF, NAN]; }

    /// The smallest integer that isn't below `x`, elementwise; its gradient is 0. Infinities, NaN and −0 stay, and from −1
    /// to 0 it is −0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-1.5, 2.3]);
    /// assert_eq!(x.ceil().to_vec(), [-1.0, 3.0]);
    /// ```
    pub fn ceil(self) -> Self where [S: Shape, E: Real];
    operation { Ceil, NOTHING, |x| x.ceil(), |at| at.gradient.full_like(0.0) }
    golden { "ceil", 0.0 }
    test { () OFF_KINKS |x| x + (-x).rem_euclid(1.0); [-INF, -0.0, 0.0, INF, NAN]; }

    /// The nearest integer, elementwise; of two that are as near, the even one. Its gradient is 0. Infinities, NaN and −0 stay, and
    /// from −½ to 0 it is −0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([0.5, 1.5, -2.7]);
    /// assert_eq!(x.round().to_vec(), [0.0, 2.0, -3.0]);
    /// ```
    #[doc(alias("rint", "round_ties_even", "around"))]
    pub fn round(self) -> Self where [S: Shape, E: Real];
    operation { Round, NOTHING, |x| x.round_ties_even(), |at| at.gradient.full_like(0.0) }
    golden { "round", 0.0 }
    test { () OFF_KINKS |x| (x + 0.5).floor(); [-INF, -0.0, 0.0, INF, NAN]; }

    /// The integer part, elementwise: `x` rounded towards 0. Its gradient is 0. Infinities, NaN and −0 stay, and from −1 to 0 it is −0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-1.5, 2.7]);
    /// assert_eq!(x.trunc().to_vec(), [-1.0, 2.0]);
    /// ```
    #[doc(alias = "fix")]
    pub fn trunc(self) -> Self where [S: Shape, E: Real];
    operation { Trunc, NOTHING, |x| x.trunc(), |at| at.gradient.full_like(0.0) }
    golden { "trunc", 0.0 }
    test { () OFF_KINKS |x| x.signum() * x.abs().floor(); [-INF, -0.0, 0.0, INF, NAN]; }

    /// `x - trunc(x)` with the sign of `x`, elementwise, with gradient 1: `torch.frac`, and the first result of `jnp.modf`.
    ///
    /// Of an infinity it is NaN, and of a negative integer −0, as in PyTorch. (`jnp.modf` has 0 for both.)
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-1.25, 2.5]);
    /// assert_eq!(x.fract().to_vec(), [-0.25, 0.5]);
    /// ```
    #[doc(alias = "frac")]
    #[doc(alias = "modf")]
    pub fn fract(self) -> Self where [S: Shape, E: Real];
    operation { Fract, NOTHING, |x| (x - x.trunc()).copysign(x), |at| at.gradient }
    golden { "fract", 1e-7 }
    test { () OFF_KINKS |x| x % 1.0; [NAN, -0.0, 0.0, NAN, NAN]; }

    /// `x` with 0 in place of NaN, and the largest and the smallest finite number in place of ∞ and −∞, elementwise; the
    /// gradient there is 0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, f32::NAN, f32::INFINITY]);
    /// assert_eq!(x.nan_to_num().to_vec(), [1.0, 0.0, f32::MAX]);
    /// ```
    pub fn nan_to_num(self) -> Self where [S: Shape, E: Real];
    operation { NanToNum, INPUTS, |x| {
        let x = if x > E::MAX { E::MAX } else if x < -E::MAX { -E::MAX } else { x };
        if x.is_nan() { E::ZERO } else { x }
    }, |at| {
        let finite = at.inputs[0].clone().stop_gradient().is_finite();
        finite.select(at.gradient.clone(), at.gradient.full_like(0.0))
    } }
    golden { "nan_to_num", 0.0 }
    test { () ANY |x| x; [-MAX, -0.0, 0.0, MAX, 0.0]; }
}
