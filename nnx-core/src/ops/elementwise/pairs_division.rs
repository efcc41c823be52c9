// Remainders of two inputs, and functions of the bits of floats, with broadcasting. `elementwise/mod.rs` explains the rows.

pairs! {
    /// The remainder of `self / divisor` with the sign of `self`, elementwise: Rust's `%` (`jnp.fmod`, `torch.fmod`). It is exact.
    /// NaN for a divisor of 0 and for an infinite `self`; `self` for an infinite divisor. For integers, a divisor of 0 gives `self`,
    /// as in `lax.rem`; this is their operator `%`. The gradient with respect to the
    /// divisor is `-trunc(self / divisor)`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-5.0, 5.5]);
    /// assert_eq!(x.fmod(Tensor::from([3.0, -2.0])).to_vec(), [-2.0, 1.5]);
    /// ```
    pub fn fmod<O>(self, divisor: O) -> Self where [S: Shape, E: Numeric, O: RightOperand<S, E>];
    function { Fmod, INPUTS, |a, b| a.remainder_near(b),
        rare |a, b| is_far(a, b), |a, b| a.remainder(b),
        |at| [
            Some(at.gradient),
            Some(-(at.gradient * (&at.inputs[0] / &at.inputs[1]).trunc()))
        ] }
    golden { "fmod", 1e-6 }
    test { [Between(2.2, 2.9), Between(1.0, 1.05)] => |a, b| a - (a / b).trunc() * b; [(-6.0, 3.0) -0.0, (6.0, -3.0) 0.0, (1.0, 0.0) NAN, (INF, 1.0) NAN, (-1.0, INF) -1.0, (1_267_650_600_228_229_401_496_703_205_376.0, 3.0) 1.0, (NAN, 1.0) NAN, (1.0, NAN) NAN]; }

    /// The remainder of `self / divisor` with the sign of the divisor, elementwise: Python's `%` (`jnp.remainder`,
    /// `torch.remainder`). Where `fmod` has the other sign, the divisor is added to it; a zero keeps its sign. NaN for a
    /// divisor of 0 and for an infinite `self`; 0 for integers and a divisor of 0. The gradient with respect to the divisor is
    /// `-floor(self / divisor)`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-5.0, 5.5]);
    /// assert_eq!(x.remainder(Tensor::from([3.0, -2.0])).to_vec(), [1.0, -0.5]);
    /// ```
    #[doc(alias = "mod")]
    #[doc(alias = "rem_euclid")]
    pub fn remainder<O>(self, divisor: O) -> Self where [S: Shape, E: Numeric, O: RightOperand<S, E>];
    function { Remainder, INPUTS, |a, b| with_sign_of(a.remainder_near(b), b),
        rare |a, b| is_far(a, b), |a, b| with_sign_of(a.remainder(b), b),
        |at| [
            Some(at.gradient),
            Some(-(at.gradient * (&at.inputs[0] / &at.inputs[1]).floor()))
        ] }
    golden { "remainder", 1e-6 }
    test { [Between(-2.9, -2.2), Between(1.0, 1.05)] => |a, b| a - (a / b).floor() * b; [(-6.0, 3.0) -0.0, (6.0, -3.0) 0.0, (1.0, 0.0) NAN, (-INF, 1.0) NAN, (-1.0, INF) INF, (1.0, INF) 1.0, (1.0, -INF) -INF, (NAN, 1.0) NAN]; }

    /// The size of `self` with the sign of the other, elementwise; zeros and NaN have signs. The gradient with respect to `self` is 1
    /// where both signs are the same, else −1; that with respect to the other is 0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([2.0, -3.0]);
    /// assert_eq!(x.copysign(Tensor::from([-1.0, 0.0])).to_vec(), [-2.0, 3.0]);
    /// ```
    pub fn copysign<O>(self, sign: O) -> Self where [S: Shape, E: Real, O: RightOperand<S, E>];
    operation { Copysign, INPUTS, |a, b| a.copysign(b), |at| [
        Some({
            let one = at.gradient.full_like(1.0);
            let sign = |i: usize| one.clone().copysign(at.inputs[i].clone().stop_gradient());
            at.gradient * (sign(0) * sign(1))
        }),
        None
    ] }
    golden { "copysign", 0.0 }
    test { [OFF_KINKS, OFF_KINKS] => |a, b| a.abs() * b.signum(); [(2.0, -0.0) -2.0, (-0.0, 1.0) 0.0, (-INF, 1.0) INF, (NAN, -1.0) NAN]; }

    /// The next float after `self` in the direction of the target, elementwise, and the target where both are equal. The gradient
    /// with respect to `self` is 1, that with respect to the target is 0. (JAX and PyTorch have none.)
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 1.0f32]);
    /// let y = x.nextafter(Tensor::from([2.0, 0.0])).to_vec();
    /// assert_eq!(y, [1.0 + f32::EPSILON, 1.0 - f32::EPSILON / 2.0]);
    /// ```
    #[doc(alias = "next_after")]
    pub fn nextafter<O>(self, target: O) -> Self where [S: Shape, E: Real, O: RightOperand<S, E>];
    operation { NextAfter, NOTHING, |a, b| a.next_after(b), |at| [Some(at.gradient), None] }
    test { [OFF_KINKS, ANY] => |a, _b| a; [(0.0, -0.0) -0.0, (-INF, 1.0) -MAX, (NAN, 1.0) NAN, (1.0, NAN) NAN, (INF, INF) INF]; }
}
