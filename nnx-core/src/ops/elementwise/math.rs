// Elementary functions of one input. `elementwise/mod.rs` explains the rows.

rows! {
    /// `-x`, elementwise: the operator as a method (`jnp.negative`, `torch.neg`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([2.0, -3.0]);
    /// assert_eq!(x.neg().to_vec(), [-2.0, 3.0]);
    /// ```
    #[doc(alias = "negative")]
    pub fn neg(self) -> Self where [S: Shape, E: Numeric];
    composed { |x| -x }
    test { () ANY |x| 0.0 - x; [INF, 0.0, -0.0, -INF, NAN]; }

    /// `e^x`, elementwise: 0 at −∞.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).exp().to_vec();
    /// assert!(y.iter().zip([1.0, 2.718_281_8]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn exp(self) -> Self where [S: Shape, E: Real];
    function { Exp, OUTPUT, |x| x.exp(), |at| at.gradient * at.output.clone() }
    test { () ANY |x| std::f64::consts::E.powf(x); [0.0, 1.0, 1.0, INF, NAN]; }

    /// The natural logarithm, elementwise: −∞ at 0, NaN for negative elements.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1.0f32, 7.389_056]).log().to_vec();
    /// assert!(y.iter().zip([0.0, 2.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn log(self) -> Self where [S: Shape, E: Real];
    function { Log, INPUTS, |x| x.ln(), |at| at.gradient / at.inputs[0].clone() }
    test { () POSITIVE |x| x.log2() * std::f64::consts::LN_2; [NAN, -INF, -INF, INF, NAN]; }

    /// The square root, elementwise: NaN for negative elements, −0 for −0. Its gradient is infinite at 0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([4.0, 9.0]);
    /// assert_eq!(x.sqrt().to_vec(), [2.0, 3.0]);
    /// ```
    pub fn sqrt(self) -> Self where [S: Shape, E: Real];
    operation { Sqrt, OUTPUT, |x| x.sqrt(), |at| (at.gradient / at.output.clone()).mul_scalar(0.5) }
    test { () POSITIVE |x| x.powf(0.5); [NAN, -0.0, 0.0, INF, NAN]; }

    /// `x²`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 3.0]);
    /// assert_eq!(x.square().to_vec(), [4.0, 9.0]);
    /// ```
    pub fn square(self) -> Self where [S: Shape, E: Real];
    composed { |x| x.powf(2.0) }
    test { () ANY |x| x * x; [INF, 0.0, 0.0, INF, NAN]; }

    /// `x^exponent`, elementwise; NaN for a negative element and an exponent that isn't an integer (`jnp.power`, `torch.pow`).
    ///
    /// In `f32` within 1 unit in the last place. With an exponent of 0 it is 1, also for NaN; of infinities and zeros it is as in
    /// IEEE 754, JAX and PyTorch: `(-0)^-3` is -∞.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.powf(2.0).to_vec(), [1.0, 4.0, 9.0]);
    /// ```
    #[doc(alias = "float_power")]
    pub fn powf(self, exponent: f64) -> Self where [S: Shape, E: Real];
    operation { Powf, INPUTS, |x| {
        // Powers 1, 2 and 3 are multiplications: they round less often, and are defined for negative x.
        if exponent == 1.0 { x }
        else if exponent == 2.0 { x * x }
        else if exponent == 3.0 { x * x * x }
        else { x.powf(E::from_f64(exponent)) }
    }, |at| {
        // The derivative of x^0 is 0 everywhere, also at 0, where x^-1 is infinite.
        if exponent == 0.0 { return at.gradient.full_like(0.0) }
        at.gradient * at.inputs[0].clone().powf(exponent - 1.0).mul_scalar(exponent)
    } }
    test {
        (0.0) ANY |_x| 1.0; [1.0, 1.0, 1.0, 1.0, 1.0];
        (1.0) ANY |x| x; [-INF, -0.0, 0.0, INF, NAN];
        (2.0) ANY |x| x * x; [INF, 0.0, 0.0, INF, NAN];
        (3.0) ANY |x| x * x * x; [-INF, -0.0, 0.0, INF, NAN];
        (0.5) POSITIVE |x| x.sqrt(); [INF, 0.0, 0.0, INF, NAN];
        (-1.0) POSITIVE |x| 1.0 / x; [-0.0, -INF, INF, 0.0, NAN];
        (2.7) POSITIVE |x| (x.ln() * 2.7).exp(); [INF, 0.0, 0.0, INF, NAN];
    }

    /// The absolute value, elementwise, with gradient 0 at 0, as in PyTorch (JAX has 1 there).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 3.0]);
    /// assert_eq!(x.abs().to_vec(), [2.0, 3.0]);
    /// ```
    #[doc(alias("absolute", "fabs"))]
    pub fn abs(self) -> Self where [S: Shape, E: Numeric];
    operation { Abs, INPUTS, |x| x.abs(), |at| at.gradient * at.inputs[0].clone().sign() }
    test { () OFF_KINKS |x| if x < 0.0 { -x } else { x }; [INF, 0.0, 0.0, INF, NAN]; }

    /// The sign, elementwise: −1, 0 or 1; NaN and −0 stay; its gradient is 0 (`jnp.sign`, `torch.sign`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.0, 3.0]);
    /// assert_eq!(x.sign().to_vec(), [-1.0, 0.0, 1.0]);
    /// ```
    #[doc(alias = "sgn")]
    pub fn sign(self) -> Self where [S: Shape, E: Numeric];
    operation { Sign, NOTHING, |x| {
        if x > E::ZERO { E::ONE } else if x < E::ZERO { -E::ONE } else { x }
    }, |at| at.gradient.full_like(0.0) }
    test { () OFF_KINKS |x| if x > 0.0 { 1.0 } else { -1.0 }; [-1.0, -0.0, 0.0, 1.0, NAN]; }

    /// `min(max(x, low), high)`, elementwise (`jnp.clip`, `torch.clamp`). So all elements are `high` if that is below `low`,
    /// and NaN if a bound is.
    ///
    /// The gradient is 0 outside of the bounds, and 1 at a bound, as in PyTorch (JAX has 0.5 there).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.5, 3.0]);
    /// assert_eq!(x.clamp(0.0, 1.0).to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    #[doc(alias("clip", "clamp_max", "clamp_min"))]
    pub fn clamp(self, low: f64, high: f64) -> Self where [S: Shape, E: Real];
    operation { Clamp, INPUTS, |x| {
        let (low, high) = (E::from_f64(low), E::from_f64(high));
        let x = if x < low || low.is_nan() { low } else { x };
        if x > high || high.is_nan() { high } else { x }
    }, |at| at.gradient * unary::inside(&at.inputs[0], low, high) }
    test { (-1.0, 0.5) OFF_KINKS |x| x.clamp(-1.0, 0.5); [-1.0, -0.0, 0.0, 0.5, NAN]; (1.0, -1.0) OFF_KINKS |_x| -1.0; [-1.0, -1.0, -1.0, -1.0, NAN]; }
}
