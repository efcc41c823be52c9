// Smooth activations, such as sigmoid and gelu. `elementwise/mod.rs` explains the rows.

rows! {
    /// The hyperbolic tangent, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).tanh().to_vec();
    /// assert!(y.iter().zip([0.0, 0.761_594_2]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn tanh(self) -> Self where [S: Shape, E: Real];
    operation { Tanh, OUTPUT, |x| x.tanh(), |at| {
        let y = at.output;
        &at.gradient - &(&at.gradient * &(y * y))
    } }
    layer { Tanh, "nnx.tanh", "`nn.Tanh()`", flops 1, in_place }
    golden { "tanh", 1e-6 }
    test { () ANY |x| 1.0 - 2.0 / ((2.0 * x).exp() + 1.0); [-1.0, -0.0, 0.0, 1.0, NAN]; }

    /// `1 / (1 + e^-x)`, elementwise, without overflow.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).sigmoid().to_vec();
    /// assert!(y.iter().zip([0.5, 0.731_058_6]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn sigmoid(self) -> Self where [S: Shape, E: Real];
    operation { Sigmoid, OUTPUT, |x| elementary::sigmoid(x), |at| {
        let y = at.output;
        at.gradient * (y - &(y * y))
    } }
    layer { Sigmoid, "nnx.sigmoid", "`nn.Sigmoid()`", flops 1, in_place }
    golden { "sigmoid", 1e-6 }
    test { () ANY |x| 1.0 / (1.0 + (-x).exp()); [0.0, 0.5, 0.5, 1.0, NAN]; }

    /// `ln(1 / (1 + e^-x))`, elementwise, without overflow.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, -100.0]).log_sigmoid().to_vec();
    /// assert!(y.iter().zip([-0.693_147_2, -100.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn log_sigmoid(self) -> Self where [S: Shape, E: Real];
    composed { |x| -(-x).softplus() }
    layer { LogSigmoid, "nnx.log_sigmoid", "`nn.LogSigmoid()`", flops 3, in_place }
    golden { "log_sigmoid", 1e-6 }
    test { () ANY |x| (1.0 / (1.0 + (-x).exp())).ln(); [-INF, -LN_2, -LN_2, -0.0, NAN]; }

    /// `x / (1 + e^-x)`, elementwise: `nnx.silu`, also named swish (Elfwing et al., 2017). NaN at -∞, as in JAX.
    ///
    /// In `f32` within 3 units in the last place, where x is above -87.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).silu().to_vec();
    /// assert!(y.iter().zip([0.0, 0.731_058_6]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn silu(self) -> Self where [S: Shape, E: Real];
    function { Silu, INPUTS, |x| x.silu_near(),
        rare |x| x.abs() > E::from_f64(elementary::NEAR_SILU) || x.is_nan(), |x| x * elementary::sigmoid(x),
        |at| {
        // The gradient of the product x sigmoid(x), also at -∞, where it is NaN.
        let (x, gate) = (&at.inputs[0], at.inputs[0].clone().sigmoid());
        let rest = -&gate + gate.full_like(1.0);
        &(&at.gradient * &gate) + &(&(&at.gradient * x) * &(&gate * &rest))
    } }
    layer { Silu, "nnx.silu", "`nn.SiLU()`", flops 1, in_place }
    golden { "silu", 1e-6 }
    test { () ANY |x| x / (1.0 + (-x).exp()); [NAN, -0.0, 0.0, INF, NAN]; }

    /// `ln(1 + e^x)`, elementwise, without overflow.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 100.0]).softplus().to_vec();
    /// assert!(y.iter().zip([0.693_147_2, 100.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn softplus(self) -> Self where [S: Shape, E: Real];
    operation { Softplus, INPUTS, |x| elementary::softplus(x), |at| at.gradient * at.inputs[0].clone().sigmoid() }
    layer { Softplus, "nnx.softplus", "`nn.Softplus()`", flops 1, in_place }
    golden { "softplus", 1e-6 }
    test { () ANY |x| (1.0 + x.exp()).ln(); [0.0, LN_2, LN_2, INF, NAN]; }

    /// `(x + √(x² + 4)) / 2`, elementwise, without cancellation or overflow: a softplus without exponentials
    /// (`jax.nn.squareplus` with its default `b = 4`; Barron, 2021).
    ///
    /// In `f32` within 3 units in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-1.5, 0.0, 1.5]);
    /// assert_eq!(x.squareplus().to_vec(), [0.5, 1.0, 2.0]);
    /// ```
    pub fn squareplus(self) -> Self where [S: Shape, E: Real];
    operation { Squareplus, OUTPUT, |x| {
        let size = x.abs();
        // From 10⁹ on, the root is |x| in both types, and x² would overflow.
        let capped = size.min(E::from_f64(1e9));
        let root = (capped * capped + E::from_f64(4.0)).sqrt().max(size);
        let y = E::from_f64(0.5) * size + E::from_f64(0.5) * root;
        // squareplus(x) squareplus(-x) = 1. The sum would cancel if x is negative.
        if x < E::ZERO { E::ONE / y } else { y }
    }, |at| {
        // y² / (y² + 1), which doesn't overflow if y does.
        let ratio = at.output.clone().reciprocal().square();
        at.gradient * ratio.add_scalar(1.0).reciprocal()
    } }
    layer { Squareplus, "jax.nn.squareplus", "`(x + (x.square() + 4).sqrt()) / 2`", flops 1, in_place }
    golden { "squareplus", 1e-6 }
    test { () ANY |x| (x + (x * x + 4.0).sqrt()) / 2.0; [0.0, 1.0, 1.0, INF, NAN]; }

    /// `x / (1 + |x|)`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-1.0, 0.0, 3.0]);
    /// assert_eq!(x.soft_sign().to_vec(), [-0.5, 0.0, 0.75]);
    /// ```
    pub fn soft_sign(self) -> Self where [S: Shape, E: Real];
    composed { |x| x.clone() / x.abs().add_scalar(1.0) }
    layer { SoftSign, "nnx.soft_sign", "`nn.Softsign()`", flops 3, with_copy }
    golden { "soft_sign", 1e-6 }
    test { () OFF_KINKS |x| x / (1.0 + x.abs()); [NAN, -0.0, 0.0, NAN, NAN]; }

    /// `0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))`, elementwise: Flax's `gelu` by default
    /// (Hendrycks and Gimpel, 2016).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 0.0, 1.0]).gelu().to_vec();
    /// assert!(y.iter().zip([-0.158_808, 0.0, 0.841_192]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn gelu(self) -> Self where [S: Shape, E: Real];
    operation { Gelu, INPUTS, |x| gelu::by_tanh(x),
        |at| at.gradient * gelu::by_tanh_slope(&at.inputs[0]) }
    layer { Gelu, "nnx.gelu", "`nn.GELU(approximate=\"tanh\")`, which isn't the default,", flops 1, in_place }
    // The tolerance: Flax's own gradient in f32 differs from its f64 by 2e-6.
    golden { "gelu tanh", 4e-6 }
    test { () ANY |x| 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh()); [NAN, -0.0, 0.0, INF, NAN]; }

    /// `0.5 x (1 + erf(x / √2))`, elementwise: `gelu(approximate=False)`, and PyTorch's default. The derivative is 1 at ∞ and 0
    /// at −∞, where the value is NaN (JAX: NaN at both).
    ///
    /// In `f32` within 4 units in the last place for positive elements, and 2e-5 of the result for others down to −6.5,
    /// where it is −3e-10; from there on it falls to 0 faster than it should, and the derivative is within 1 %.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 0.0, 1.0]).gelu_exact().to_vec();
    /// assert!(y.iter().zip([-0.158_655_3, 0.0, 0.841_344_7]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn gelu_exact(self) -> Self where [S: Shape, E: Real];
    operation { GeluExact, INPUTS, |x| gelu::exact(x),
        |at| at.gradient * gelu::exact_slope(&at.inputs[0]) }
    layer { GeluExact, "nnx.gelu(x, approximate=False)", "`nn.GELU()`", flops 1, in_place }
    golden { "gelu exact", 1e-6 }
    test { () ANY |x| x * 0.5 * (1.0 + erf(x / 2f64.sqrt())); [NAN, -0.0, 0.0, INF, NAN]; }

    /// `x tanh(softplus(x))`, elementwise: `jax.nn.mish`, `torch.nn.functional.mish` (Misra, 2019). NaN at −∞, as in
    /// JAX; the derivative is 0 there, and 1 at ∞ (JAX: NaN at both).
    ///
    /// In `f32` within 4 units in the last place, where x is above −87.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 0.0, 1.0]).mish().to_vec();
    /// assert!(y.iter().zip([-0.303_401_5, 0.0, 0.865_098_4]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn mish(self) -> Self where [S: Shape, E: Real];
    function { Mish, INPUTS, |x| {
        // tanh(ln(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2), which is 1 from 20 on in both types.
        let near = if x > E::from_f64(20.0) { E::from_f64(20.0) } else { x };
        let power = near.exp();
        let n = power * (power + E::from_f64(2.0));
        x * (n / (n + E::from_f64(2.0)))
    }, |at| {
        // Beyond the bounds the slope is 0 or 1; the product would be NaN at infinity.
        let x = &at.inputs[0].clone().clamp(-800.0, 800.0);
        let gate = x.clone().softplus().tanh();
        let rest = -(&gate * &gate) + gate.full_like(1.0);
        &(&at.gradient * &gate) + &(&(&at.gradient * x) * &(&rest * &x.clone().sigmoid()))
    } }
    layer { Mish, "jax.nn.mish", "`nn.Mish()`", flops 1, in_place }
    golden { "mish", 1e-6 }
    test { () ANY |x| x * (1.0 + x.exp()).ln().tanh(); [NAN, -0.0, 0.0, INF, NAN]; }

    /// `x - tanh(x)`, elementwise: `torch.nn.functional.tanhshrink` (JAX has none). The derivative is `tanh(x)²`.
    ///
    /// The error is one unit in the last place of `x`: near 0 the result, `x³ / 3`, has fewer digits than `x`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 0.0, 1.0]).tanh_shrink().to_vec();
    /// assert!(y.iter().zip([-0.238_405_8, 0.0, 0.238_405_8]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "tanhshrink")]
    pub fn tanh_shrink(self) -> Self where [S: Shape, E: Real];
    operation { TanhShrink, INPUTS, |x| x - x.tanh(), |at| at.gradient * at.inputs[0].clone().tanh().square() }
    layer { TanhShrink, "x - nnx.tanh(x)", "`nn.Tanhshrink()`", flops 1, in_place }
    golden { "tanh_shrink", 1e-6 }
    test { () ANY |x| x - x.tanh(); [-INF, 0.0, 0.0, INF, NAN]; }
}
