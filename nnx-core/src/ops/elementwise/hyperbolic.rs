// Hyperbolic functions and their inverses; `tanh` is in `smooth.rs`. `elementwise/mod.rs` explains the rows.

rows! {
    /// The hyperbolic sine, elementwise.
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).sinh().to_vec();
    /// assert!(y.iter().zip([0.0, 1.175_201_2]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn sinh(self) -> Self where [S: Shape, E: Real];
    function { Sinh, INPUTS, |x| x.sinh(), |at| at.gradient * at.inputs[0].clone().cosh() }
    golden { "sinh", 1e-6 }
    test { () ANY |x| 0.5 * (x.exp() - (-x).exp()); [-INF, -0.0, 0.0, INF, NAN]; }

    /// The hyperbolic cosine, elementwise.
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).cosh().to_vec();
    /// assert!(y.iter().zip([1.0, 1.543_080_6]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn cosh(self) -> Self where [S: Shape, E: Real];
    function { Cosh, INPUTS, |x| x.cosh(), |at| at.gradient * at.inputs[0].clone().sinh() }
    golden { "cosh", 1e-6 }
    test { () ANY |x| 0.5 * (x.exp() + (-x).exp()); [INF, 1.0, 1.0, INF, NAN]; }

    /// The inverse hyperbolic sine, elementwise (`jnp.arcsinh`, `torch.asinh`).
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).asinh().to_vec();
    /// assert!(y.iter().zip([0.0, 0.881_373_6]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "arcsinh")]
    pub fn asinh(self) -> Self where [S: Shape, E: Real];
    function { Asinh, INPUTS, |x| x.asinh(), |at| {
        // √(x² + 1) without overflow.
        at.gradient / at.inputs[0].clone().hypot(at.inputs[0].full_like(1.0))
    } }
    golden { "asinh", 1e-6 }
    test { () ANY |x| x.signum() * (x.abs() + (x * x + 1.0).sqrt()).ln(); [-INF, -0.0, 0.0, INF, NAN]; }

    /// The inverse hyperbolic cosine, elementwise: NaN below 1 (`jnp.arccosh`, `torch.acosh`). Its derivative is infinite at 1.
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1.0f32, 2.0]).acosh().to_vec();
    /// assert!(y.iter().zip([0.0, 1.316_957_9]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "arccosh")]
    pub fn acosh(self) -> Self where [S: Shape, E: Real];
    function { Acosh, INPUTS, |x| x.acosh(), |at| {
        let x = &at.inputs[0];
        let root = x.clone().add_scalar(-1.0).rsqrt() * x.clone().add_scalar(1.0).rsqrt();
        at.gradient * root
    } }
    golden { "acosh", 1e-6 }
    test { () ABOVE_ONE |x| (x + (x * x - 1.0).sqrt()).ln(); [NAN, NAN, NAN, INF, NAN]; }

    /// The inverse hyperbolic tangent, elementwise: ±∞ at ±1, NaN beyond (`jnp.arctanh`, `torch.atanh`).
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 0.5]).atanh().to_vec();
    /// assert!(y.iter().zip([0.0, 0.549_306_1]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "arctanh")]
    pub fn atanh(self) -> Self where [S: Shape, E: Real];
    function { Atanh, INPUTS, |x| x.atanh_near(), rare |x| x.abs() >= E::ONE || x.is_nan(), |x| x.atanh(), |at| {
        let x = &at.inputs[0];
        let rest = x.clone().one_minus_square();
        at.gradient / rest
    } }
    golden { "atanh", 1e-6 }
    test { () SMALL |x| 0.5 * ((1.0 + x) / (1.0 - x)).ln(); [NAN, -0.0, 0.0, NAN, NAN]; }
}
