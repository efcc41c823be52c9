// Smooth functions of two inputs, with broadcasting. `elementwise/mod.rs` explains the rows.

pairs! {
    /// The angle of the point (`x`, `self`), elementwise, in radians from −π to π (`jnp.arctan2`, `torch.atan2`). Zeros and
    /// infinities are as in C: `0.atan2(-1)` is π, `-0.atan2(-1)` is −π, and `0.atan2(0)` is 0, where the gradient is NaN.
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1.0f32, -1.0]).atan2(Tensor::from([1.0, -1.0])).to_vec();
    /// assert!(y.iter().zip([0.785_398_2, -2.356_194_5]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "arctan2")]
    pub fn atan2<O>(self, x: O) -> Self where [S: Shape, E: Real, O: RightOperand<S, E>];
    function { Atan2, INPUTS, |y, x| y.atan2(x), |at| [Some(turn(&at, 1)), Some(-turn(&at, 0))] }
    golden { "atan2", 1e-6 }
    test { [ANY, POSITIVE] => |y, x| (y / x).atan(); [(0.0, 0.0) 0.0, (-0.0, 0.0) -0.0, (0.0, -0.0) PI, (-0.0, -1.0) -PI, (INF, INF) FRAC_PI_2 / 2.0, (1.0, -INF) PI, (-1.0, INF) -0.0, (NAN, 1.0) NAN]; }

    /// `√(self² + other²)`, elementwise, without overflow: ∞ if either is infinite, even if the other is NaN. Where
    /// both are 0 the gradient is 0, and so are those of higher order. (JAX has 1/2 for the first, PyTorch NaN.)
    ///
    /// In `f32` within 1 unit in the last place.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([3.0, -5.0]);
    /// assert_eq!(x.hypot(Tensor::from([4.0, 12.0])).to_vec(), [5.0, 13.0]);
    /// ```
    pub fn hypot<O>(self, other: O) -> Self where [S: Shape, E: Real, O: RightOperand<S, E>];
    function { Hypot, BOTH, |a, b| a.hypot(b), |at| [Some(cathetus(&at, 0)), Some(cathetus(&at, 1))] }
    golden { "hypot", 1e-6 }
    test { [ANY, ANY] => |a, b| (a * a + b * b).sqrt(); [(0.0, -0.0) 0.0, (INF, NAN) INF, (NAN, -INF) INF, (NAN, 1.0) NAN, (3e30, -4e30) 5e30]; }

    /// `ln(e^self + e^other)`, elementwise, without overflow (`jnp.logaddexp`, `torch.logaddexp`). The gradients are the
    /// softmax of both; where both are the same infinity, 1/2 each.
    ///
    /// In `f32` the errors are those of `exp` and `log1p` (2 units in the last place each), and one rounding.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0, f32::NEG_INFINITY]).logaddexp(Tensor::from([0.0, 1.0])).to_vec();
    /// assert!(y.iter().zip([0.693_147_2, 1.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[doc(alias = "log_add_exp")]
    pub fn logaddexp<O>(self, other: O) -> Self where [S: Shape, E: Real, O: RightOperand<S, E>];
    function { LogAddExp, INPUTS, |a, b| {
        let distance = (a - b).abs();
        // The difference of two equal infinities is NaN.
        let distance = if a == b { E::ZERO } else { distance };
        let larger = if a > b { a } else { b };
        let y = larger + (-distance).exp().ln_1p();
        if distance.is_nan() { distance } else { y }
    }, |at| [Some(share(&at, 0)), Some(share(&at, 1))] }
    golden { "logaddexp", 1e-6 }
    test { [ANY, ANY] => |a, b| (a.exp() + b.exp()).ln(); [(INF, INF) INF, (-INF, -INF) -INF, (-INF, 1.0) 1.0, (1.0, INF) INF, (NAN, INF) NAN, (INF, NAN) NAN]; }

    /// `log2(2^self + 2^other)`, elementwise, without overflow (`jnp.logaddexp2`, `torch.logaddexp2`): `logaddexp` with another
    /// base.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1.0f32, 100.0]).logaddexp2(Tensor::from([1.0, 100.0])).to_vec();
    /// assert!(y.iter().zip([2.0, 101.0]).all(|(y, expected)| (y - expected).abs() < 1e-4));
    /// ```
    pub fn logaddexp2<O>(self, other: O) -> Self where [S: Shape, E: Real, O: RightOperand<S, E>];
    composed { |a, b| a.mul_scalar(LN_2).logaddexp(b.mul_scalar(LN_2)).mul_scalar(std::f64::consts::LOG2_E) }
    golden { "logaddexp2", 1e-6 }
    test { [ANY, ANY] => |a, b| (a.exp2() + b.exp2()).log2(); [(INF, INF) INF, (-INF, -INF) -INF, (-INF, 1.0) 1.0, (NAN, INF) NAN, (INF, NAN) NAN]; }

    /// `self ln(other)`, elementwise, and 0 where `self` is 0, whatever the other is, unless it is NaN
    /// (`jax.scipy.special.xlogy`, `torch.xlogy`): the term of an entropy. The gradients are `ln(other)`, which is −∞ at 0, and
    /// `self / other`, which is NaN where both are 0, as in JAX. (PyTorch has 0 for the first where `self` is 0 and the other not positive.)
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let p = Tensor::from([1.0f64, 0.5, 0.0]);
    /// assert_eq!(-p.clone().xlogy(p).sum().item(), 0.5 * 2f64.ln());
    /// ```
    pub fn xlogy<O>(self, other: O) -> Self where [S: Shape, E: Real, O: RightOperand<S, E>];
    function { XLogY, INPUTS, |a, b| {
        let y = a * b.ln();
        if a == E::ZERO && !b.is_nan() { E::ZERO } else { y }
    }, |at| [Some(at.gradient * at.inputs[1].clone().log()), Some(at.gradient * (&at.inputs[0] / &at.inputs[1]))] }
    test { [ANY, POSITIVE] => |a, b| a * b.ln(); [(0.0, 0.0) 0.0, (0.0, -1.0) 0.0, (0.0, INF) 0.0, (0.0, NAN) NAN, (1.0, 0.0) -INF, (1.0, -1.0) NAN, (NAN, 1.0) NAN]; }
}
