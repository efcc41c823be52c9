//! The kinds of folds: maxima, products, counts, sums of powers.

use crate::kernel::Float;

/// How elements of type `A` are folded into a value. `merge` may be called with values in any grouping.
pub(crate) trait Fold<A>: Copy + Sync {
    type Value: Copy + Send + Sync;
    /// The initial value, of no elements.
    fn start(self) -> Self::Value;
    /// Adds one element to the value.
    fn add(self, value: Self::Value, x: A) -> Self::Value;
    /// `add` for loops whose accumulators are in memory and not in registers.
    fn add_to_column(self, value: Self::Value, x: A) -> Self::Value {
        self.add(value, x)
    }
    /// Combines the values of two runs of elements.
    fn merge(self, a: Self::Value, b: Self::Value) -> Self::Value;
}

macro_rules! folds {
    ($($(#[$doc:meta])* $name:ident<$element:ident $(: $bound:ident)?> -> $value:ty:
        $start:expr, |$acc:ident, $x:ident| $add:expr, |$a:ident, $b:ident| $merge:expr
        $(, column $column:expr)?;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;
        folds! { @impl $name [$($bound)?] $element, $value, $start, |$acc, $x| $add, |$a, $b| $merge
            $(, |$acc, $x| $column)? }
    )* };
    (@impl $name:ident [$bound:ident] $element:ident, $value:ty, $start:expr, |$acc:ident, $x:ident| $add:expr,
        |$a:ident, $b:ident| $merge:expr $(, |$value_at:ident, $x_at:ident| $column:expr)?) => {
        impl<$element: $bound> Fold<$element> for $name {
            folds!(@body $element, $value, $start, |$acc, $x| $add, |$a, $b| $merge);
            $(
                #[inline(always)]
                fn add_to_column(self, $value_at: $value, $x_at: $element) -> $value {
                    $column
                }
            )?
        }
    };
    (@impl $name:ident [] $element:ident, $value:ty, $start:expr, |$acc:ident, $x:ident| $add:expr,
        |$a:ident, $b:ident| $merge:expr) => {
        impl Fold<$element> for $name {
            folds!(@body $element, $value, $start, |$acc, $x| $add, |$a, $b| $merge);
        }
    };
    (@body $element:ident, $value:ty, $start:expr, |$acc:ident, $x:ident| $add:expr,
        |$a:ident, $b:ident| $merge:expr) => {
        type Value = $value;
        #[inline(always)]
        fn start(self) -> $value {
            $start
        }
        #[inline(always)]
        fn add(self, $acc: $value, $x: $element) -> $value {
            $add
        }
        #[inline(always)]
        fn merge(self, $a: $value, $b: $value) -> $value {
            $merge
        }
    };
}
folds! {
    /// The maximum; NaN if there is one.
    Max<E: Float> -> E: E::NEG_INFINITY, |max, x| larger(max, x), |a, b| larger(a, b),
        column max.max(x) + nan_in(max) + nan_in(x);
    /// The minimum; NaN if there is one.
    Min<E: Float> -> E: -E::NEG_INFINITY, |min, x| smaller(min, x), |a, b| smaller(a, b),
        column min.min(x) + nan_in(min) + nan_in(x);
    /// The product.
    Product<E: Float> -> E: E::ONE, |product, x| product * x, |a, b| a * b;
    /// The number of elements that are true.
    Count<bool> -> i32: 0, |count, x| count + i32::from(x), |a, b| a + b;
    /// Whether an element is true.
    Any<bool> -> bool: false, |any, x| any | x, |a, b| a | b;
    /// Whether all elements are true.
    All<bool> -> bool: true, |all, x| all & x, |a, b| a & b;
    /// `Σ |x|`, in f64.
    AbsSum<E: Float> -> f64: 0.0, |sum, x| sum + x.to_f64().abs(), |a, b| a + b;
    /// `Σ x²`, in f64.
    SquareSum<E: Float> -> f64: 0.0, |sum, x| sum + x.to_f64() * x.to_f64(), |a, b| a + b;
    /// The largest absolute value; NaN if there is one.
    AbsMax<E: Float> -> E: E::ZERO, |max, x| larger(max, x.abs()), |a, b| larger(a, b),
        column max.max(x.abs()) + nan_in(max) + nan_in(x);
}

#[inline(always)]
fn larger<E: Float>(max: E, x: E) -> E {
    if (x > max) | x.is_nan() { x } else { max }
}

#[inline(always)]
fn smaller<E: Float>(min: E, x: E) -> E {
    if (x < min) | x.is_nan() { x } else { min }
}

/// NaN if the element is, else −0, which changes no sum. The compiler makes a store that depends on a comparison of
/// `*max = if x > *max { x } else { *max }`, and doesn't vectorize such a loop; but it does one that adds.
#[inline(always)]
fn nan_in<E: Float>(x: E) -> E {
    if x.is_nan() { x } else { -E::ZERO }
}
