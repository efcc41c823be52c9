//! Elementwise functions, comparison and selection.

use super::{Operand, Real, Tensor};
use crate::array::Element;
use crate::ops::Comparison;
use crate::size::rules::SameShape;
use crate::size::{BroadcastsTo, Shape};

// The macros are called with full signatures, because rustc quotes them in errors.
macro_rules! functions {
    ($($(#[$doc:meta])* pub fn $name:ident($self:ident) -> Self where [$($bounds:tt)*];)*) => {
        impl<S, E> Tensor<S, E> { $(
            $(#[$doc])*
            #[must_use]
            pub fn $name($self) -> Self where $($bounds)* {
                Self::trusted($self.into_dyn().$name())
            }
        )* }
    };
}
functions! {
    /// `e^x`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).exp().to_vec();
    /// assert!(y.iter().zip([1.0, 2.718_281_8]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn exp(self) -> Self where [S: Shape, E: Real];
    /// The natural logarithm, elementwise: −∞ at 0, NaN for negative elements.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1.0f32, 7.389_056]).log().to_vec();
    /// assert!(y.iter().zip([0.0, 2.0]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn log(self) -> Self where [S: Shape, E: Real];
    /// The square root, elementwise: NaN for negative elements.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([4.0, 9.0]);
    /// assert_eq!(x.sqrt().to_vec(), [2.0, 3.0]);
    /// ```
    pub fn sqrt(self) -> Self where [S: Shape, E: Real];
    /// The hyperbolic tangent, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).tanh().to_vec();
    /// assert!(y.iter().zip([0.0, 0.761_594_2]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn tanh(self) -> Self where [S: Shape, E: Real];
    /// `1 / (1 + e^-x)`, elementwise, without overflow.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).sigmoid().to_vec();
    /// assert!(y.iter().zip([0.5, 0.731_058_6]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn sigmoid(self) -> Self where [S: Shape, E: Real];
    /// `max(x, 0)`, elementwise, with gradient 0 at 0 (`nnx.relu`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.0, 3.0]);
    /// assert_eq!(x.relu().to_vec(), [0.0, 0.0, 3.0]);
    /// ```
    pub fn relu(self) -> Self where [S: Shape, E: Real];
    /// The absolute value, elementwise, with gradient 0 at 0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 3.0]);
    /// assert_eq!(x.abs().to_vec(), [2.0, 3.0]);
    /// ```
    pub fn abs(self) -> Self where [S: Shape, E: Real];
    /// The error function, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).erf().to_vec();
    /// assert!(y.iter().zip([0.0, 0.842_700_8]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn erf(self) -> Self where [S: Shape, E: Real];
    /// The sine, elementwise, of an angle in radians.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).sin().to_vec();
    /// assert!(y.iter().zip([0.0, 0.841_471]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn sin(self) -> Self where [S: Shape, E: Real];
    /// The cosine, elementwise, of an angle in radians.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([0.0f32, 1.0]).cos().to_vec();
    /// assert!(y.iter().zip([1.0, 0.540_302_3]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    pub fn cos(self) -> Self where [S: Shape, E: Real];
}

impl<S, E> Tensor<S, E> {
    /// `0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))`, elementwise: Flax's `gelu` by default
    /// (Hendrycks and Gimpel, 2016).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 0.0, 1.0]).gelu().to_vec();
    /// assert!(y.iter().zip([-0.158_808, 0.0, 0.841_192]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[must_use]
    pub fn gelu(self) -> Self
    where
        S: Shape,
        E: Real,
    {
        Self::trusted(self.into_dyn().gelu())
    }

    /// `0.5 x (1 + erf(x / √2))`, elementwise: `gelu(approximate=False)`, and PyTorch's default.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([-1.0f32, 0.0, 1.0]).gelu_exact().to_vec();
    /// assert!(y.iter().zip([-0.158_655_3, 0.0, 0.841_344_7]).all(|(y, expected)| (y - expected).abs() < 1e-6));
    /// ```
    #[must_use]
    pub fn gelu_exact(self) -> Self
    where
        S: Shape,
        E: Real,
    {
        Self::trusted(self.into_dyn().gelu_exact())
    }

    /// `x^exponent`, elementwise; NaN for a negative element and an exponent that isn't an integer.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.powf(2.0).to_vec(), [1.0, 4.0, 9.0]);
    /// ```
    #[must_use]
    pub fn powf(self, exponent: f64) -> Self
    where
        S: Shape,
        E: Real,
    {
        Self::trusted(self.into_dyn().powf(exponent))
    }

    /// `self^exponent`, elementwise, for elements that aren't negative.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([2.0, 3.0]);
    /// assert_eq!(x.pow(Tensor::from([3.0, 2.0])).to_vec(), [8.0, 9.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn pow<R, F>(self, exponent: Tensor<R, F>) -> Self
    where
        S: Shape,
        R: Shape + BroadcastsTo<S>,
        E: Real,
        F: Operand<E>,
    {
        let exponent = self.aligned(exponent, "pow");
        Self::trusted(self.into_dyn().pow(exponent.into_dyn()))
    }

    /// `x²`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 3.0]);
    /// assert_eq!(x.square().to_vec(), [4.0, 9.0]);
    /// ```
    #[must_use]
    pub fn square(self) -> Self
    where
        S: Shape,
        E: Real,
    {
        self.powf(2.0)
    }

    /// `x` clamped to `low..=high`, elementwise; the gradient is 0 outside (`jnp.clip`, `torch.clamp`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0, 0.5, 3.0]);
    /// assert_eq!(x.clamp(0.0, 1.0).to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    #[must_use]
    pub fn clamp(self, low: f64, high: f64) -> Self
    where
        S: Shape,
        E: Real,
    {
        Self::trusted(self.into_dyn().clamp(low, high))
    }

    /// The larger of both, elementwise. In a tie, the gradient is split evenly (`jnp.maximum`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 5.0]);
    /// assert_eq!(x.maximum(Tensor::from([3.0, 2.0])).to_vec(), [3.0, 5.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn maximum<R, F>(self, other: Tensor<R, F>) -> Self
    where
        S: Shape,
        R: Shape + BroadcastsTo<S>,
        E: Real,
        F: Operand<E>,
    {
        let other = self.aligned(other, "maximum");
        Self::trusted(self.into_dyn().maximum(other.into_dyn()))
    }

    /// The smaller of both, elementwise. In a tie, the gradient is split evenly (`jnp.minimum`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 5.0]);
    /// assert_eq!(x.minimum(Tensor::from([3.0, 2.0])).to_vec(), [1.0, 2.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn minimum<R, F>(self, other: Tensor<R, F>) -> Self
    where
        S: Shape,
        R: Shape + BroadcastsTo<S>,
        E: Real,
        F: Operand<E>,
    {
        let other = self.aligned(other, "minimum");
        -(-self).maximum(-other)
    }
}

macro_rules! comparisons {
    ($($how:ident: $(#[$doc:meta])* pub fn $name:ident<R>($self:ident, other: &Tensor<R, E>) -> Tensor<S, bool>
        where [$($bounds:tt)*];)*) => {
        impl<S, E> Tensor<S, E> { $(
            $(#[$doc])*
            #[must_use]
            #[track_caller]
            pub fn $name<R>($self, other: &Tensor<R, E>) -> Tensor<S, bool>
            where
                E: Element,
                $($bounds)*
            {
                $self.compare(Comparison::$how, other, stringify!($name))
            }
        )* }
    };
}
comparisons! {
    Equal:
    /// Whether both elements are equal, elementwise. NaN isn't equal to anything.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1, 2, 3]);
    /// assert_eq!(x.equal(&Tensor::from([2, 2, 2])).to_vec(), [false, true, false]);
    /// ```
    pub fn equal<R>(self, other: &Tensor<R, E>) -> Tensor<S, bool> where [S: Shape, R: Shape + BroadcastsTo<S>];
    Less:
    /// Whether `self < other`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1, 2, 3]);
    /// assert_eq!(x.less(&Tensor::from([2, 2, 2])).to_vec(), [true, false, false]);
    /// ```
    pub fn less<R>(self, other: &Tensor<R, E>) -> Tensor<S, bool> where [S: Shape, R: Shape + BroadcastsTo<S>];
    LessEqual:
    /// Whether `self <= other`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1, 2, 3]);
    /// assert_eq!(x.less_equal(&Tensor::from([2, 2, 2])).to_vec(), [true, true, false]);
    /// ```
    pub fn less_equal<R>(self, other: &Tensor<R, E>) -> Tensor<S, bool> where [S: Shape, R: Shape + BroadcastsTo<S>];
    Greater:
    /// Whether `self > other`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1, 2, 3]);
    /// assert_eq!(x.greater(&Tensor::from([2, 2, 2])).to_vec(), [false, false, true]);
    /// ```
    pub fn greater<R>(self, other: &Tensor<R, E>) -> Tensor<S, bool> where [S: Shape, R: Shape + BroadcastsTo<S>];
    GreaterEqual:
    /// Whether `self >= other`, elementwise.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1, 2, 3]);
    /// assert_eq!(x.greater_equal(&Tensor::from([2, 2, 2])).to_vec(), [false, true, true]);
    /// ```
    pub fn greater_equal<R>(self, other: &Tensor<R, E>) -> Tensor<S, bool> where [S: Shape, R: Shape + BroadcastsTo<S>];
}

impl<S: Shape, E: Element> Tensor<S, E> {
    #[track_caller]
    fn compare<R: Shape>(
        self,
        how: Comparison,
        other: &Tensor<R, E>,
        name: &str,
    ) -> Tensor<S, bool> {
        super::arithmetic::check_runtime_axes::<R>(&self.dims(), &other.dims(), name);
        let other = other.clone().into_dyn().broadcast_to(&self.dims());
        Tensor::trusted(self.into_dyn().compare(how, other))
    }

    /// Converts the elements to another type: to integers by rounding towards zero, to booleans by `x != 0`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let pixels = Tensor::from([0, 127, 255]);
    /// assert_eq!(pixels.cast::<f32>().to_vec(), [0.0, 127.0, 255.0]);
    /// ```
    #[must_use]
    pub fn cast<F: Element>(self) -> Tensor<S, F> {
        Tensor::trusted(self.into_dyn().cast(F::DTYPE))
    }
}

impl<S: Shape> Tensor<S, bool> {
    /// `on_true` where the mask is true, `on_false` elsewhere (`jnp.where`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, -2.0, 3.0]);
    /// let positive = x.clone().greater(&Tensor::from(0.0));
    /// assert_eq!(positive.select(x.clone(), -x).to_vec(), [1.0, 2.0, 3.0]);
    /// ```
    ///
    /// # Gradients
    /// Both sides are computed for all elements, and the side that isn't selected gets a gradient of 0. If its
    /// derivative is infinite or NaN, such as that of a square root, a logarithm or a quotient at 0, the chain
    /// rule computes `0 · ∞`, and the gradient is NaN. To avoid it, select twice: once before the function, so
    /// that it never gets such an input, and once after it.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::{Tensor, gradient}};
    ///
    /// type Pair = Tensor![2];
    /// let x = || Tensor::from([4.0f32, 0.0]);
    /// let [zeros, ones] = [0.0f32, 1.0].map(|x| Tensor::from([x; 2]));
    /// let positive = |x: &Pair| x.clone().greater(&Tensor::from(0.0));
    ///
    /// let once = |x: Pair| positive(&x).select(x.sqrt(), zeros.clone()).sum();
    /// assert!(gradient(once, x()).to_vec()[1].is_nan());
    ///
    /// let twice = |x: Pair| {
    ///     let inside = positive(&x).select(x.clone(), ones.clone());
    ///     positive(&x).select(inside.sqrt(), zeros.clone()).sum()
    /// };
    /// assert_eq!(gradient(twice, x()).to_vec(), [0.25, 0.0]);
    /// ```
    ///
    /// The same is true of JAX (`jnp.where`) and PyTorch (`torch.where`). [`norm`](Tensor::norm),
    /// [`std`](Tensor::std) and [`weighted`](Tensor::weighted) avoid it internally.
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the three.
    #[must_use]
    #[track_caller]
    pub fn select<A, B, E>(self, on_true: Tensor<A, E>, on_false: Tensor<B, E>) -> Tensor<S, E>
    where
        A: SameShape<S>,
        B: SameShape<S>,
        E: Real,
    {
        for other in [on_true.dims(), on_false.dims()] {
            super::arithmetic::check_runtime_axes::<S>(&self.dims(), &other, "select");
        }
        Tensor::trusted(self.into_dyn().select(on_true.into_dyn(), on_false.into_dyn()))
    }
}
