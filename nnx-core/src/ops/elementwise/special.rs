// The error function, the gamma function, and functions that are computed from them. `elementwise/mod.rs` explains the
// rows.

rows! {
    /// The error function, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).erf().to_vec();
    /// assert!(y.iter().zip([0.0, 0.842_700_8]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn erf(self) -> Self where [S: Shape, E: Real];
    function { Erf, INPUTS, |x| x.erf(), |at| {
        let x = &at.inputs[0];
        let slope = (-(x * x)).exp().mul_scalar(std::f64::consts::FRAC_2_SQRT_PI);
        at.gradient * slope
    } }
    test { () ANY |x| erf(x); [-1.0, -0.0, 0.0, 1.0, NAN]; }

    /// `1 - erf(x)`, elementwise, accurate for large `x`.
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).erfc().to_vec();
    /// assert!(y.iter().zip([1.0, 0.157_299_2]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn erfc(self) -> Self where [S: Shape, E: Real];
    function { Erfc, INPUTS, |x| x.erfc(), |at| {
        let x = &at.inputs[0];
        let slope = (-(x * x)).exp().mul_scalar(-std::f64::consts::FRAC_2_SQRT_PI);
        at.gradient * slope
    } }
    golden { "erfc", 1e-6 }
    test { () ANY |x| 1.0 - erf(x); [2.0, 1.0, 1.0, 0.0, NAN]; }

    /// The inverse of `erf`, elementwise: ±∞ at ±1, NaN beyond (`jax.scipy.special.erfinv`, `torch.erfinv`).
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 0.5]).erfinv().to_vec();
    /// assert!(y.iter().zip([0.0, 0.476_936_3]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "erf_inv")]
    pub fn erfinv(self) -> Self where [S: Shape, E: Real];
    function { Erfinv, OUTPUT, |x| x.erfinv_near(),
        rare |x| x.abs() >= E::from_f64(elementary::NEAR_ERFINV) || x.is_nan(), |x| x.erfinv(),
        |at| {
        let slope = (at.output * at.output).exp().mul_scalar(0.5 * PI.sqrt());
        at.gradient * slope
    } }
    golden { "erfinv", 4e-6 }
    test { () SMALL |x| inverse(erf, x); [NAN, -0.0, 0.0, NAN, NAN]; }

    /// `ln |Γ(x)|`, elementwise: ∞ at 0, at the negative integers and at ±∞ (`jax.scipy.special.gammaln`, `torch.lgamma`).
    ///
    /// In `f32` within 1 unit in the last place. The derivative is [`digamma`](Self::digamma).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1.0f32, 5.0]).lgamma().to_vec();
    /// assert!(y.iter().zip([0.0, 3.178_053_9]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "gammaln")]
    pub fn lgamma(self) -> Self where [S: Shape, E: Real];
    function { Lgamma, INPUTS, |x| x.ln_gamma_near(),
        rare |x| x <= E::ZERO || !x.is_finite(), |x| E::from_f64(elementary::ln_gamma(x.to_f64())),
        |at| at.gradient * at.inputs[0].clone().digamma() }
    golden { "lgamma", 2e-6 }
    test {
        () POSITIVE |x| ln_gamma(x); [INF, INF, INF, INF, NAN];
        () NEGATIVE |x| ln_gamma(x + 3.0) - (x * (x + 1.0) * (x + 2.0)).abs().ln(); [INF, INF, INF, INF, NAN];
    }

    /// The derivative of `ln Γ(x)`, elementwise: ∞ at ∞, NaN at 0 and at the negative integers, where its derivative is
    /// ∞ (`jax.scipy.special.digamma`, `torch.digamma`).
    ///
    /// In `f32` within 1 unit in the last place. (`torch.digamma` has ∓∞ at ±0, as SciPy.)
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1.0f32, 2.0]).digamma().to_vec();
    /// assert!(y.iter().zip([-0.577_215_7, 0.422_784_3]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "psi")]
    pub fn digamma(self) -> Self where [S: Shape, E: Real];
    function { Digamma, INPUTS, |x| x.digamma_near(),
        rare |x| x <= E::ZERO || x >= E::from_f64(elementary::LARGEST_DIGAMMA) || x.is_nan(),
        |x| E::from_f64(elementary::polygamma(0, x.to_f64())),
        |at| at.gradient * at.inputs[0].clone().polygamma(1) }
    golden { "digamma", 4e-6 }
    test {
        () POSITIVE |x| digamma(x); [NAN, NAN, NAN, INF, NAN];
        () NEGATIVE |x| digamma(x + 3.0) - 1.0 / x - 1.0 / (x + 1.0) - 1.0 / (x + 2.0); [NAN, NAN, NAN, INF, NAN];
    }
}
