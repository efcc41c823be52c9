// Functions of two inputs, with broadcasting. `elementwise/mod.rs` explains the rows.

pairs! {
    /// The larger of both, elementwise, and NaN if one is. In a tie, the gradient is split evenly (`jnp.maximum`); 0 and −0
    /// tie, and the second is taken.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 5.0]);
    /// assert_eq!(x.clone().maximum(Tensor::from([3.0, 2.0])).to_vec(), [3.0, 5.0]);
    /// assert_eq!(x.maximum(2.0).to_vec(), [2.0, 5.0]);
    /// ```
    #[doc(alias = "fmax")]
    pub fn maximum<O>(self, other: O) -> Self where [S: Shape, E: Numeric, O: RightOperand<S, E>];
    operation { Maximum, INPUTS, |a, b| if a > b || a.is_nan() { a } else { b }, |at| [
        Some(at.gradient * maximum_gradient(&at.inputs[0], &at.inputs[1])),
        Some(at.gradient * maximum_gradient(&at.inputs[1], &at.inputs[0]))
    ] }
    test { [STEPS, OFF_KINKS] => |a, b| if a > b { a } else { b }; [(NAN, 1.0) NAN, (1.0, NAN) NAN, (-INF, 1.0) 1.0, (INF, 1.0) INF]; }

    /// The smaller of both, elementwise, and NaN if one is. In a tie, the gradient is split evenly (`jnp.minimum`); 0 and −0
    /// tie, and the second is taken.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 5.0]);
    /// assert_eq!(x.clone().minimum(Tensor::from([3.0, 2.0])).to_vec(), [1.0, 2.0]);
    /// assert_eq!(x.minimum(2.0).to_vec(), [1.0, 2.0]);
    /// ```
    #[doc(alias = "fmin")]
    pub fn minimum<O>(self, other: O) -> Self where [S: Shape, E: Numeric, O: RightOperand<S, E>];
    operation { Minimum, INPUTS, |a, b| if a < b || a.is_nan() { a } else { b }, |at| [
        Some(at.gradient * maximum_gradient(&at.inputs[1], &at.inputs[0])),
        Some(at.gradient * maximum_gradient(&at.inputs[0], &at.inputs[1]))
    ] }
    test { [STEPS, OFF_KINKS] => |a, b| if a < b { a } else { b }; [(NAN, 1.0) NAN, (1.0, NAN) NAN, (-INF, 1.0) -INF, (INF, 1.0) 1.0]; }

    /// `self^exponent`, elementwise, for elements that aren't negative (`jnp.power`, `torch.pow`). Integers may be
    /// negative; their powers wrap, and a negative exponent gives the power rounded towards zero, as in PyTorch (JAX's is
    /// arbitrary): 0, but for 1 and −1.
    ///
    /// In `f32` within 1 unit in the last place. `x^0` and `1^x` are 1, also where x is NaN, as in IEEE 754, JAX and PyTorch.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([2.0, 3.0]);
    /// assert_eq!(x.pow(Tensor::from([3.0, 2.0])).to_vec(), [8.0, 9.0]);
    /// ```
    #[doc(alias = "power")]
    pub fn pow<O>(self, exponent: O) -> Self where [S: Shape, E: Numeric, O: RightOperand<S, E>];
    // The derivative with respect to b is a^b ln a, and 0 at a = 0.
    function { Pow, BOTH, |a, b| a.powf(b), |at| [
        Some({
            // The derivative with respect to a is 0 for b = 0, also at a = 0, where a^-1 is infinite.
            let (a, b, zero) = (&at.inputs[0], &at.inputs[1], at.inputs[0].full_like(0.0));
            let is_zero = |x: &DynTensor| x.clone().compare(Comparison::Equal, zero.clone());
            let base = is_zero(b).select(is_zero(a).select(zero.full_like(1.0), a.clone()), a.clone());
            &(&at.gradient * b) * &base.pow(b.clone().add_scalar(-1.0))
        }),
        Some({
            let zero = at.inputs[0].full_like(0.0);
            let positive = at.inputs[0].clone().compare(Comparison::Greater, zero.clone());
            let safe = positive.clone().select(at.inputs[0].clone(), zero.full_like(1.0));
            &(&at.gradient * at.output) * &positive.select(safe.log(), zero)
        })
    ] }
    test { [POSITIVE, ANY] => |a, b| (b * a.ln()).exp(); [(0.0, 0.0) 1.0, (NAN, 0.0) 1.0, (0.0, -1.0) INF, (INF, -1.0) 0.0, (-1.0, 0.5) NAN]; }

    /// 0 where `self` is negative, 1 where it is positive, and `at_zero` where it is 0 or −0, elementwise (`jnp.heaviside`,
    /// `torch.heaviside`); NaN stays. The gradient with respect to `at_zero` is 1 where it is taken; that with respect to
    /// `self` is 0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.0, 3.0]);
    /// assert_eq!(x.heaviside(0.5).to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    pub fn heaviside<O>(self, at_zero: O) -> Self where [S: Shape, E: Real, O: RightOperand<S, E>];
    operation { Heaviside, INPUTS, |a, b| {
        if a == E::ZERO { b } else if a.is_nan() { a } else if a > E::ZERO { E::ONE } else { E::ZERO }
    }, |at| [None, Some({
        let zero = at.gradient.full_like(0.0);
        let is_zero = at.inputs[0].clone().stop_gradient().compare(Comparison::Equal, zero.clone());
        is_zero.select(at.gradient.clone(), zero)
    })] }
    golden { "heaviside", 0.0 }
    test { [OFF_KINKS, ANY] => |a, _b| if a > 0.0 { 1.0 } else { 0.0 }; [(0.0, 0.5) 0.5, (-0.0, NAN) NAN, (-INF, NAN) 0.0, (INF, 0.5) 1.0, (NAN, 0.5) NAN]; }
}
