// Piecewise activations, such as relu. Where one isn't differentiable, its gradient is JAX's. `elementwise/mod.rs`
// explains the rows.

rows! {
    /// `max(x, 0)`, elementwise, with gradient 0 at 0 (`nnx.relu`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.0, 3.0]);
    /// assert_eq!(x.relu().to_vec(), [0.0, 0.0, 3.0]);
    /// ```
    pub fn relu(self) -> Self where [S: Shape, E: Real];
    // A NaN input gives NaN.
    operation { Relu, OUTPUT, |x| if x <= E::ZERO { E::ZERO } else { x },
        |at| at.gradient.relu_backward(at.output.clone()) }
    layer { Relu, "nnx.relu", "`nn.ReLU()`", flops 1, in_place }
    golden { "relu", 1e-7 }
    test { () OFF_KINKS |x| if x > 0.0 { x } else { 0.0 }; [0.0, 0.0, 0.0, INF, NAN]; }

    /// `x` clamped to 0..=6, elementwise, with gradient 0 at both ends (Krizhevsky, 2010).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 3.0, 8.0]);
    /// assert_eq!(x.relu6().to_vec(), [0.0, 3.0, 6.0]);
    /// ```
    pub fn relu6(self) -> Self where [S: Shape, E: Real];
    operation { Relu6, INPUTS, |x| {
        let six = E::from_f64(6.0);
        if x < E::ZERO { E::ZERO } else if x > six { six } else { x }
    }, |at| {
        let (x, zero) = (&at.inputs[0], at.gradient.full_like(0.0));
        let below = activation::above(&-x.clone().stop_gradient(), -6.0);
        let below = below.select(at.gradient.clone(), zero.clone());
        activation::above(x, 0.0).select(below, zero)
    } }
    layer { Relu6, "nnx.relu6", "`nn.ReLU6()`", flops 1, in_place }
    golden { "relu6", 1e-7 }
    test { () WIDE |x| x.clamp(0.0, 6.0); [0.0, -0.0, 0.0, 6.0, NAN]; }

    /// `x` for x >= 0, else `negative_slope x`, elementwise, with gradient 1 at 0. Flax's default for the slope
    /// is 0.01 (Maas et al., 2013).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 3.0]);
    /// assert_eq!(x.leaky_relu(0.5).to_vec(), [-1.0, 3.0]);
    /// ```
    pub fn leaky_relu(self, negative_slope: f64) -> Self where [S: Shape, E: Real];
    operation { LeakyRelu, INPUTS, |x| {
        if x >= E::ZERO { x } else { x * E::from_f64(negative_slope) }
    }, |at| {
        let zero = at.inputs[0].full_like(0.0);
        let right = at.inputs[0].clone().stop_gradient().compare(Comparison::GreaterEqual, zero);
        right.select(at.gradient.clone(), at.gradient.clone().mul_scalar(negative_slope))
    } }
    layer { LeakyRelu { negative_slope = 0.01 }, "nnx.leaky_relu", "nn.LeakyReLU(slope)", flops 1, in_place }
    golden { "leaky_relu", 1e-7 }
    test { (0.2) OFF_KINKS |x| if x > 0.0 { x } else { 0.2 * x }; [-INF, -0.0, 0.0, INF, NAN]; }

    /// `x` for x > 0, else `alpha (e^x - 1)`, elementwise. Flax's default for alpha is 1 (Clevert et al.,
    /// 2015).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 2.0]).elu(1.0).to_vec();
    /// assert!(y.iter().zip([-0.632_120_6, 2.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn elu(self, alpha: f64) -> Self where [S: Shape, E: Real];
    composed { |x| x.elu_by(alpha, 1.0) }
    layer { Elu { alpha = 1.0 }, "nnx.elu", "nn.ELU(alpha)", flops 1, in_place }
    golden { "elu", 1e-6 }
    test { (1.7) OFF_KINKS |x| if x > 0.0 { x } else { 1.7 * (x.exp() - 1.0) }; [-1.7, -0.0, 0.0, INF, NAN]; }

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
    pub fn celu(self, alpha: f64) -> Self where [S: Shape, E: Real];
    composed { |x| {
        assert!(alpha != 0.0, "`celu` divides by its alpha: expected another number than 0; for 0 write `relu`");
        x.elu_by(alpha, alpha)
    } }
    layer { Celu { alpha = 1.0 }, "nnx.celu", "nn.CELU(alpha)", flops 1, in_place }
    golden { "celu", 1e-6 }
    test { (0.6) OFF_KINKS |x| if x > 0.0 { x } else { 0.6 * ((x / 0.6).exp() - 1.0) }; [-0.6, -0.0, 0.0, INF, NAN]; }

    /// `scale elu(x, alpha)`, elementwise, with the scale 1.0507 and the alpha 1.6733 that keep mean 0 and
    /// variance 1 (Klambauer et al., 2017).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 1.0]).selu().to_vec();
    /// assert!(y.iter().zip([-1.111_330_7, 1.050_701]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn selu(self) -> Self where [S: Shape, E: Real];
    composed { |x| x.elu_by(1.673_263_242_354_377_2, 1.0).mul_scalar(1.050_700_987_355_480_5) }
    layer { Selu, "nnx.selu", "`nn.SELU()`", flops 2, in_place }
    golden { "selu", 1e-6 }
    test { () OFF_KINKS |x| 1.0507009873554805 * if x > 0.0 { x } else { 1.6732632423543772 * (x.exp() - 1.0) }; [-1.758_099_340_847_376_6, -0.0, 0.0, INF, NAN]; }

    /// `x` clamped to -1..=1, elementwise, with gradient 1 at both ends, and 0 at NaN (JAX: 1).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.5, 3.0]);
    /// assert_eq!(x.hard_tanh().to_vec(), [-1.0, 0.5, 1.0]);
    /// ```
    pub fn hard_tanh(self) -> Self where [S: Shape, E: Real];
    composed { |x| x.clamp(-1.0, 1.0) }
    layer { HardTanh, "nnx.hard_tanh", "`nn.Hardtanh()`", flops 1, in_place }
    golden { "hard_tanh", 1e-6 }
    test { () OFF_KINKS |x| x.clamp(-1.0, 1.0); [-1.0, -0.0, 0.0, 1.0, NAN]; }

    /// `relu6(x + 3) / 6`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-3.0, 0.0, 3.0]);
    /// assert_eq!(x.hard_sigmoid().to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    pub fn hard_sigmoid(self) -> Self where [S: Shape, E: Real];
    operation { HardSigmoid, INPUTS, |x| activation::hard_sigmoid(x), |at| {
        at.gradient * activation::hard_sigmoid_slope(&at.inputs[0])
    } }
    layer { HardSigmoid, "nnx.hard_sigmoid", "`nn.Hardsigmoid()`", flops 1, in_place }
    golden { "hard_sigmoid", 1e-6 }
    test { () WIDE |x| (x / 6.0 + 0.5).clamp(0.0, 1.0); [0.0, 0.5, 0.5, 1.0, NAN]; }

    /// `x relu6(x + 3) / 6`, elementwise: `nnx.hard_silu`, also named hard swish (Howard et al., 2019).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-3.0, 0.0, 3.0]);
    /// assert_eq!(x.hard_silu().to_vec(), [0.0, 0.0, 3.0]);
    /// ```
    pub fn hard_silu(self) -> Self where [S: Shape, E: Real];
    operation { HardSilu, INPUTS, |x| x * activation::hard_sigmoid(x), |at| {
        at.gradient * activation::hard_silu_slope(&at.inputs[0])
    } }
    layer { HardSilu, "nnx.hard_silu", "`nn.Hardswish()`", flops 1, in_place }
    golden { "hard_silu", 1e-6 }
    test { () WIDE |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0); [NAN, -0.0, 0.0, INF, NAN]; }

    /// `x - threshold` for x above the threshold, `x + threshold` for x below its negative, and 0 between, elementwise:
    /// `torch.nn.functional.softshrink` (JAX has none). The gradient is 0 also at both bounds. A zero keeps its sign, and NaN
    /// stays NaN, with gradient 1.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.5, 3.0]);
    /// assert_eq!(x.soft_shrink(1.0).to_vec(), [-1.0, 0.0, 2.0]);
    /// ```
    #[doc(alias = "softshrink")]
    pub fn soft_shrink(self, threshold: f64) -> Self where [S: Shape, E: Real];
    operation { SoftShrink, INPUTS, |x| {
        let bound = E::from_f64(threshold);
        if x > bound { x - bound } else if x < -bound { x + bound } else { x * E::ZERO }
    }, |at| activation::shrunk_gradient(&at, threshold) }
    layer { SoftShrink { threshold = 0.5 }, "x - jnp.clip(x, -threshold, threshold)", "nn.Softshrink(threshold)", flops 1, in_place }
    golden { "soft_shrink", 1e-7 }
    test { (0.5) WIDE |x| x - x.clamp(-0.5, 0.5); [-INF, -0.0, 0.0, INF, NAN]; }

    /// `x` where its size is above the threshold, and 0 elsewhere, elementwise: `torch.nn.functional.hardshrink` (JAX has
    /// none). The gradient is 0 also at both bounds; NaN stays NaN, with gradient 1.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.5, 3.0]);
    /// assert_eq!(x.hard_shrink(1.0).to_vec(), [-2.0, 0.0, 3.0]);
    /// ```
    #[doc(alias = "hardshrink")]
    pub fn hard_shrink(self, threshold: f64) -> Self where [S: Shape, E: Real];
    operation { HardShrink, INPUTS, |x| {
        let bound = E::from_f64(threshold);
        if x >= -bound && x <= bound { E::ZERO } else { x }
    }, |at| activation::shrunk_gradient(&at, threshold) }
    layer { HardShrink { threshold = 0.5 }, "jnp.where(abs(x) > threshold, x, 0)", "nn.Hardshrink(threshold)", flops 1, in_place }
    golden { "hard_shrink", 0.0 }
    test { (0.5) WIDE |x| if x.abs() > 0.5 { x } else { 0.0 }; [-INF, 0.0, 0.0, INF, NAN]; }

    /// 0 up to −1, `x` from 1 on, and `(x + 1)² / 4` between, elementwise: `jax.nn.sparse_plus`, a softplus that is 0 for
    /// small x (Martins and Astudillo, 2016). Its derivative is [`sparse_sigmoid`](Self::sparse_sigmoid), which is continuous; the second one is 1/4 at −1 and 1 (JAX: 0).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.0, 3.0]);
    /// assert_eq!(x.sparse_plus().to_vec(), [0.0, 0.25, 3.0]);
    /// ```
    pub fn sparse_plus(self) -> Self where [S: Shape, E: Real];
    operation { SparsePlus, INPUTS, |x| {
        let above = x + E::ONE;
        if x <= -E::ONE { E::ZERO } else if x >= E::ONE { x } else { above * above * E::from_f64(0.25) }
    }, |at| at.inputs[0].clone().sparse_sigmoid().weighted(at.gradient) }
    layer { SparsePlus, "jax.nn.sparse_plus", "`torch.where(x < 1, (x + 1).relu().square() / 4, x)`", flops 1, in_place }
    golden { "sparse_plus", 1e-6 }
    test { () WIDE |x| if x < 1.0 { (x + 1.0).max(0.0).powi(2) / 4.0 } else { x }; [0.0, 0.25, 0.25, INF, NAN]; }

    /// `(x + 1) / 2` clamped to 0..=1, elementwise: `jax.nn.sparse_sigmoid`, the derivative of
    /// [`sparse_plus`](Self::sparse_plus). The gradient at both bounds is 1/4, as in JAX.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.0, 0.5, 3.0]);
    /// assert_eq!(x.sparse_sigmoid().to_vec(), [0.0, 0.5, 0.75, 1.0]);
    /// ```
    pub fn sparse_sigmoid(self) -> Self where [S: Shape, E: Real];
    operation { SparseSigmoid, INPUTS, |x| {
        let half = (x + E::ONE) * E::from_f64(0.5);
        if half < E::ZERO { E::ZERO } else if half > E::ONE { E::ONE } else { half }
    }, |at| {
        // 1/2 within the bounds, half of it at both.
        let side = |bound: f64| at.inputs[0].clone().add_scalar(-bound).sign();
        at.gradient * (side(-1.0) - side(1.0)).mul_scalar(0.25)
    } }
    layer { SparseSigmoid, "jax.nn.sparse_sigmoid", "`((x + 1) / 2).clamp(0, 1)`", flops 1, in_place }
    golden { "sparse_sigmoid", 1e-6 }
    test { () WIDE |x| ((x + 1.0) / 2.0).clamp(0.0, 1.0); [0.0, 0.5, 0.5, 1.0, NAN]; }
}
