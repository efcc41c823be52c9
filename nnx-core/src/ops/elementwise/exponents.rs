// Powers, roots, logarithms to other bases than e, and `ln(1 + x)` and `e^x - 1`. `elementwise/mod.rs` explains the
// rows.

rows! {
    /// `2^x`, elementwise.
    ///
    /// In `f32` within 2 units in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-1.0f32, 0.0, 3.0]);
    /// assert_eq!(x.exp2().to_vec(), [0.5, 1.0, 8.0]);
    /// ```
    pub fn exp2(self) -> Self where [S: Shape, E: Real];
    function { Exp2, OUTPUT, |x| x.exp2_near(),
        rare |x| x.abs() > E::from_f64(elementary::NEAR_EXP2) || x.is_nan(), |x| x.exp2(),
        |at| (at.gradient * at.output.clone()).mul_scalar(LN_2) }
    golden { "exp2", 1e-6 }
    test { () ANY |x| (x * LN_2).exp(); [0.0, 1.0, 1.0, INF, NAN]; }

    /// `e^x - 1`, elementwise, accurate near 0.
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1e-7f32, 1.0]).expm1().to_vec();
    /// assert!(y.iter().zip([1e-7, 1.718_281_8]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "exp_m1")]
    pub fn expm1(self) -> Self where [S: Shape, E: Real];
    function { Expm1, OUTPUT, |x| x.exp_m1(), |at| at.gradient * at.output.clone().add_scalar(1.0) }
    golden { "expm1", 1e-6 }
    test { () ANY |x| 2.0 * (0.5 * x).sinh() * (0.5 * x).exp(); [-1.0, -0.0, 0.0, INF, NAN]; }

    /// The logarithm to base 2, elementwise: −∞ at 0, NaN for negative elements.
    ///
    /// In `f32` within 2 units in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([0.5f32, 1.0, 8.0]);
    /// assert_eq!(x.log2().to_vec(), [-1.0, 0.0, 3.0]);
    /// ```
    pub fn log2(self) -> Self where [S: Shape, E: Real];
    function { Log2, INPUTS, |x| x.log2(), |at| (at.gradient / at.inputs[0].clone()).mul_scalar(std::f64::consts::LOG2_E) }
    golden { "log2", 1e-6 }
    test { () POSITIVE |x| x.ln() / LN_2; [NAN, -INF, -INF, INF, NAN]; }

    /// The logarithm to base 10, elementwise: −∞ at 0, NaN for negative elements.
    ///
    /// In `f32` within 2 units in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.1f32, 1.0, 1000.0]).log10().to_vec();
    /// assert!(y.iter().zip([-1.0, 0.0, 3.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn log10(self) -> Self where [S: Shape, E: Real];
    function { Log10, INPUTS, |x| x.log10(), |at| (at.gradient / at.inputs[0].clone()).mul_scalar(std::f64::consts::LOG10_E) }
    golden { "log10", 1e-6 }
    test { () POSITIVE |x| x.ln() / 10f64.ln(); [NAN, -INF, -INF, INF, NAN]; }

    /// `ln(1 + x)`, elementwise, accurate near 0: −∞ at −1, NaN below.
    ///
    /// In `f32` within 2 units in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1e-7f32, 1.0]).log1p().to_vec();
    /// assert!(y.iter().zip([1e-7, 0.693_147_2]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "ln_1p")]
    pub fn log1p(self) -> Self where [S: Shape, E: Real];
    function { Log1p, INPUTS, |x| x.ln_1p(), |at| at.gradient / at.inputs[0].clone().add_scalar(1.0) }
    golden { "log1p", 1e-6 }
    test { () POSITIVE |x| (1.0 + x).ln(); [NAN, -0.0, 0.0, INF, NAN]; }

    /// `1 / x`, elementwise: ±∞ at ±0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([2.0, -4.0]);
    /// assert_eq!(x.reciprocal().to_vec(), [0.5, -0.25]);
    /// ```
    pub fn reciprocal(self) -> Self where [S: Shape, E: Real];
    operation { Reciprocal, OUTPUT, |x| E::ONE / x, |at| -(at.gradient * (at.output * at.output)) }
    golden { "reciprocal", 1e-6 }
    test { () POSITIVE |x| x.powf(-1.0); [-0.0, -INF, INF, 0.0, NAN]; }

    /// `1 / √x`, elementwise: ±∞ at ±0, where the derivative is −∞ and ∞ (JAX: −∞ at both); NaN for negative elements
    /// (`jax.lax.rsqrt`).
    ///
    /// In `f32` within 2 units in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([4.0, 0.25]);
    /// assert_eq!(x.rsqrt().to_vec(), [0.5, 2.0]);
    /// ```
    pub fn rsqrt(self) -> Self where [S: Shape, E: Real];
    operation { Rsqrt, OUTPUT, |x| E::ONE / x.sqrt(), |at| {
        let y = at.output;
        (at.gradient * (&(y * y) * y)).mul_scalar(-0.5)
    } }
    golden { "rsqrt", 1e-6 }
    test { () POSITIVE |x| x.powf(-0.5); [NAN, -INF, INF, 0.0, NAN]; }

    /// The cube root, elementwise, also of negative elements; its derivatives are infinite at 0 (`jnp.cbrt`).
    ///
    /// In `f32` within 1 unit in the last place. PyTorch has none.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([8.0f32, -27.0]);
    /// assert_eq!(x.cbrt().to_vec(), [2.0, -3.0]);
    /// ```
    pub fn cbrt(self) -> Self where [S: Shape, E: Real];
    function { Cbrt, OUTPUT, |x| x.cbrt(), |at| {
        // The gradient is written as a power, whose derivatives are defined at 0 and at infinity.
        (at.gradient * at.output.clone().powf(-2.0)).mul_scalar(1.0 / 3.0)
    } }
    golden { "cbrt", 1e-6 }
    test { () POSITIVE |x| x.powf(1.0 / 3.0); [-INF, -0.0, 0.0, INF, NAN]; }

    /// `ln(x / (1 - x))` of probabilities, elementwise, the inverse of `sigmoid`: −∞ at 0, ∞ at 1, NaN beyond
    /// (`jax.scipy.special.logit`, `torch.logit`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.25f32, 0.5]).logit().to_vec();
    /// assert!(y.iter().zip([-1.098_612_3, 0.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn logit(self) -> Self where [S: Shape, E: Real];
    function { Logit, INPUTS, |x| x.ln() - (-x).ln_1p(), |at| {
        let x = &at.inputs[0];
        at.gradient / (x * &(-x + x.full_like(1.0)))
    } }
    golden { "logit", 1e-6 }
    test { () PROBABILITIES |x| (x / (1.0 - x)).ln(); [NAN, -INF, -INF, NAN, NAN]; }

    /// `ln(1 - e^-x)` of positive elements, elementwise, accurate near 0 and far from it: −∞ at 0, NaN below
    /// (`jax.nn.log1mexp`; PyTorch has none).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1e-7f32, 1.0, 20.0]).log1mexp().to_vec();
    /// assert!(y.iter().zip([-16.118_095, -0.458_675_2, -2.061_154e-9]).all(|(y, expected)| (y - expected).abs() <= 1e-6 * expected.abs()));
    /// ```
    pub fn log1mexp(self) -> Self where [S: Shape, E: Real];
    function { Log1mExp, INPUTS, |x| {
        if x > E::from_f64(LN_2) { (-(-x).exp()).ln_1p() } else { (-(-x).exp_m1()).ln() }
    }, |at| at.gradient / at.inputs[0].clone().expm1() }
    golden { "log1mexp", 1e-6 }
    test { () POSITIVE |x| (1.0 - (-x).exp()).ln(); [NAN, -INF, -INF, -0.0, NAN]; }
}
