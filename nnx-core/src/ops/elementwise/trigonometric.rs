// Trigonometric functions and their inverses. `elementwise/mod.rs` explains the rows.

rows! {
    /// The sine, elementwise, of an angle in radians: NaN at ±∞.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).sin().to_vec();
    /// assert!(y.iter().zip([0.0, 0.841_471]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn sin(self) -> Self where [S: Shape, E: Real];
    function { Sin, INPUTS, |x| x.sin_near(), rare |x| x.abs() > E::from_f64(elementary::NEAR), |x| E::from_f64(x.to_f64().sin()),
        |at| at.gradient * at.inputs[0].clone().cos() }
    test { () ANY |x| (std::f64::consts::FRAC_PI_2 - x).cos(); [NAN, -0.0, 0.0, NAN, NAN]; }

    /// The cosine, elementwise, of an angle in radians: NaN at ±∞.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).cos().to_vec();
    /// assert!(y.iter().zip([1.0, 0.540_302_3]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn cos(self) -> Self where [S: Shape, E: Real];
    function { Cos, INPUTS, |x| x.cos_near(), rare |x| x.abs() > E::from_f64(elementary::NEAR), |x| E::from_f64(x.to_f64().cos()),
        |at| -(at.gradient * at.inputs[0].clone().sin()) }
    test { () ANY |x| (x + std::f64::consts::FRAC_PI_2).sin(); [NAN, 1.0, 1.0, NAN, NAN]; }

    /// The tangent, elementwise, of an angle in radians: NaN at ±∞.
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).tan().to_vec();
    /// assert!(y.iter().zip([0.0, 1.557_407_7]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn tan(self) -> Self where [S: Shape, E: Real];
    function { Tan, OUTPUT, |x| x.tan_near(), rare |x| x.abs() > E::from_f64(elementary::NEAR), |x| E::from_f64(x.to_f64().tan()),
        |at| &at.gradient + &(&at.gradient * &(at.output * at.output)) }
    golden { "tan", 1e-6 }
    test { () SMALL |x| x.sin() / x.cos(); [NAN, -0.0, 0.0, NAN, NAN]; }

    /// The inverse sine, elementwise, in radians from −π/2 to π/2: NaN beyond ±1 (`jnp.arcsin`, `torch.asin`). Its derivative
    /// is infinite at ±1, and so are those of higher order.
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).asin().to_vec();
    /// assert!(y.iter().zip([0.0, 1.570_796_3]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "arcsin")]
    pub fn asin(self) -> Self where [S: Shape, E: Real];
    function { Asin, INPUTS, |x| x.asin(), |at| {
        let x = &at.inputs[0];
        let rest = x.clone().one_minus_square();
        at.gradient * rest.rsqrt()
    } }
    golden { "asin", 1e-6 }
    test { () SMALL |x| 2.0 * (x / (1.0 + (1.0 - x * x).sqrt())).atan(); [NAN, -0.0, 0.0, NAN, NAN]; }

    /// The inverse cosine, elementwise, in radians from 0 to π: NaN beyond ±1 (`jnp.arccos`, `torch.acos`). Its derivative is
    /// infinite at ±1.
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).acos().to_vec();
    /// assert!(y.iter().zip([1.570_796_3, 0.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "arccos")]
    pub fn acos(self) -> Self where [S: Shape, E: Real];
    function { Acos, INPUTS, |x| x.acos(), |at| {
        let x = &at.inputs[0];
        let rest = x.clone().one_minus_square();
        -(at.gradient * rest.rsqrt())
    } }
    golden { "acos", 1e-6 }
    test { () SMALL |x| FRAC_PI_2 - (x / (1.0 - x * x).sqrt()).atan(); [NAN, FRAC_PI_2, FRAC_PI_2, NAN, NAN]; }

    /// The inverse tangent, elementwise, in radians from −π/2 to π/2 (`jnp.arctan`, `torch.atan`).
    ///
    /// The derivative is `1 / (1 + x²)`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).atan().to_vec();
    /// assert!(y.iter().zip([0.0, 0.785_398_2]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "arctan")]
    pub fn atan(self) -> Self where [S: Shape, E: Real];
    function { Atan, INPUTS, |x| x.atan(), |at| {
        // Where x² overflows, the derivative becomes 0, which is right.
        at.gradient / at.inputs[0].clone().square().add_scalar(1.0)
    } }
    golden { "atan", 1e-6 }
    test { () ANY |x| 1f64.copysign(x) * std::f64::consts::FRAC_PI_2 - (1.0 / x).atan(); [-FRAC_PI_2, -0.0, 0.0, FRAC_PI_2, NAN]; }

    /// `sin(π x) / (π x)`, elementwise: 1 at 0, and exactly 0 at all other integers.
    ///
    /// In `f32` within 1 unit in the last place. All derivatives are defined at 0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([0.0f32, 1.0]);
    /// assert_eq!(x.sinc().to_vec(), [1.0, 0.0]);
    /// ```
    pub fn sinc(self) -> Self where [S: Shape, E: Real];
    function { Sinc, INPUTS, |x| x.sinc(), |at| at.gradient * at.inputs[0].clone().sinc_slope(1) }
    golden { "sinc", 1e-6 }
    test { () OFF_KINKS |x| (PI * x).sin() / (PI * x); [NAN, 1.0, 1.0, NAN, NAN]; }
}
