//! The methods of the elementwise functions, comparison, selection, conversion.

use super::{Numeric, Real, RightOperand, Tensor};
use crate::array::Element;
use crate::ops::Comparison;
use crate::size::{BroadcastsTo, Shape};

/// Makes methods of the rows of `ops/elementwise`. Rows have full signatures, because rustc quotes them in errors.
macro_rules! rows {
    ($(
        $(#[$doc:meta])*
        pub fn $name:ident(self $(, $option:ident: f64)*) -> Self where [$($bounds:tt)*];
        $kind:ident $body:tt $(layer $layer:tt)? $(golden $golden:tt)? test $test:tt
    )*) => {
        #[allow(clippy::should_implement_trait, reason = "`neg` is the operator as a method")]
        impl<S, E> Tensor<S, E> { $(
            $(#[$doc])*
            #[must_use]
            #[track_caller]
            pub fn $name(self $(, $option: f64)*) -> Self where $($bounds)* {
                Self::trusted(self.into_dyn().$name($($option),*))
            }
        )* }
    };
}
include!("../ops/elementwise/math.rs");
include!("../ops/elementwise/exponents.rs");
include!("../ops/elementwise/rounding.rs");
include!("../ops/elementwise/trigonometric.rs");
include!("../ops/elementwise/hyperbolic.rs");
include!("../ops/elementwise/special.rs");
include!("../ops/elementwise/rectifiers.rs");
include!("../ops/elementwise/smooth.rs");

macro_rules! pairs {
    ($(
        $(#[$doc:meta])*
        pub fn $name:ident<O>(self, $other:ident: O) -> Self where [$($bounds:tt)*];
        $kind:ident $body:tt $(golden $golden:tt)? test $test:tt
    )*) => {
        impl<S, E> Tensor<S, E> { $(
            $(#[$doc])*
            #[must_use]
            #[track_caller]
            pub fn $name<O>(self, $other: O) -> Self where $($bounds)* {
                let other = $other.aligned_to(&self.dims(), stringify!($name));
                Self::trusted(self.into_dyn().$name(other))
            }
        )* }
    };
}
include!("../ops/elementwise/pairs.rs");
include!("../ops/elementwise/pairs_smooth.rs");
include!("../ops/elementwise/pairs_division.rs");

// The methods are declared with their full signatures, because rustc quotes them in errors.
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
    NotEqual:
    /// Whether the elements differ, elementwise. NaN differs from everything.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1, 2, 3]);
    /// assert_eq!(x.not_equal(&Tensor::from([2, 2, 2])).to_vec(), [true, false, true]);
    /// ```
    pub fn not_equal<R>(self, other: &Tensor<R, E>) -> Tensor<S, bool> where [S: Shape, R: Shape + BroadcastsTo<S>];
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

    /// Converts the elements to another type (`astype` of NumPy and JAX, `to` of PyTorch): to integers by rounding towards
    /// zero and clamping to their range, NaN to 0; to booleans by `x != 0`.
    ///
    /// Integers are clamped too: an index beyond the type stays one that is refused. NumPy, JAX and PyTorch wrap them: −1
    /// is 255 as `u8` there.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let pixels = Tensor::from([0, 127, 255]);
    /// assert_eq!(pixels.cast::<f32>().to_vec(), [0.0, 127.0, 255.0]);
    /// ```
    #[must_use]
    #[doc(alias(
        "astype", "bfloat16", "bool", "byte", "char", "double", "float", "half", "int", "long",
        "short", "type", "type_as"
    ))]
    pub fn cast<F: Element>(self) -> Tensor<S, F> {
        Tensor::trusted(self.into_dyn().cast(F::DTYPE))
    }
}

impl<S: Shape> Tensor<S, bool> {
    /// `on_true` where the mask is true, `on_false` elsewhere (`jnp.where`, `torch.where`). Both are of the same type, and
    /// broadcast to the shape of the mask; [`broadcast_like`](Tensor::broadcast_like) brings a smaller mask to theirs.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, -2.0, 3.0]);
    /// let positive = x.clone().greater(&Tensor::from(0.0));
    /// assert_eq!(positive.clone().select(x.clone(), -x).to_vec(), [1.0, 2.0, 3.0]);
    /// assert_eq!(positive.select(Tensor::from(1), Tensor::from(-1)).to_vec(), [1, -1, 1]);
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
    #[doc(alias("choose", "piecewise", "where"))]
    pub fn select<A, B, E>(self, on_true: Tensor<A, E>, on_false: Tensor<B, E>) -> Tensor<S, E>
    where
        A: Shape + BroadcastsTo<S>,
        B: Shape + BroadcastsTo<S>,
        E: Element,
    {
        let dims = self.dims();
        super::arithmetic::check_runtime_axes::<A>(&dims, &on_true.dims(), "select");
        super::arithmetic::check_runtime_axes::<B>(&dims, &on_false.dims(), "select");
        let [a, b] = [on_true.into_dyn(), on_false.into_dyn()].map(|x| x.broadcast_to(&dims));
        Tensor::trusted(self.into_dyn().select(a, b))
    }
}
