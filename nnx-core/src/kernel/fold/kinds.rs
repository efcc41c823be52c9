//! The kinds of folds: maxima, products, counts, sums of powers.

use crate::kernel::Float;

/// How elements of type `A` are folded into a value. `merge` may be called with values in any grouping.
pub(crate) trait Fold<A>: Copy + Sync {
    type Value: Copy + Send + Sync;
    /// The initial value, of no elements.
    fn start(self) -> Self::Value;
    /// Adds one element to the value.
    fn add(self, value: Self::Value, x: A) -> Self::Value;
    /// Whether there are a [`quick`](Self::quick) form and a flag.
    const FLAGGED: bool = false;
    /// `add` with fewer instructions, where no [`flag`](Self::flag) says that it isn't the same.
    #[inline(always)]
    fn quick(self, value: Self::Value, x: A) -> Self::Value {
        self.add(value, x)
    }
    /// The flag of no elements.
    #[inline(always)]
    fn flag_start(self) -> Self::Value {
        self.start()
    }
    /// The flag with one more element.
    #[inline(always)]
    fn flag(self, flag: Self::Value, _: A) -> Self::Value {
        flag
    }
    /// Whether there may be an element among those of the flag for which `quick` isn't `add`.
    #[inline(always)]
    fn is_doubtful(self, _: Self::Value) -> bool {
        false
    }
    /// The value of the elements of both.
    fn merge(self, a: Self::Value, b: Self::Value) -> Self::Value;
}

macro_rules! folds {
    ($($(#[$doc:meta])* $name:ident<$element:ident $(: $bound:ident)?> -> $value:ty:
        $start:expr, |$acc:ident, $x:ident| $add:expr, |$a:ident, $b:ident| $merge:expr
        $(, unless_nan |$quick_acc:ident, $quick_x:ident| $quick:expr)?;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;
        folds! { @impl $name [$($bound)?] $element, $value, $start, |$acc, $x| $add, |$a, $b| $merge
            $(, |$quick_acc, $quick_x| $quick)? }
    )* };
    (@impl $name:ident [$bound:ident] $element:ident, $value:ty, $start:expr, |$acc:ident, $x:ident| $add:expr,
        |$a:ident, $b:ident| $merge:expr $(, |$quick_acc:ident, $quick_x:ident| $quick:expr)?) => {
        impl<$element: $bound> Fold<$element> for $name {
            folds!(@body $element, $value, $start, |$acc, $x| $add, |$a, $b| $merge);
            $(
                const FLAGGED: bool = true;
                #[inline(always)]
                fn quick(self, $quick_acc: $value, $quick_x: $element) -> $value {
                    $quick
                }
                #[inline(always)]
                fn flag_start(self) -> $value {
                    $element::ZERO
                }
                /// The sum of the elements: NaN if one of them is NaN. (It is NaN of ∞ and -∞, too, so that NaN is only a
                /// reason to look closer.)
                #[inline(always)]
                fn flag(self, flag: $value, x: $element) -> $value {
                    flag + x
                }
                #[inline(always)]
                fn is_doubtful(self, flag: $value) -> bool {
                    flag.is_nan()
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
        unless_nan |max, x| if x > max { x } else { max };
    /// The minimum; NaN if there is one.
    Min<E: Float> -> E: -E::NEG_INFINITY, |min, x| smaller(min, x), |a, b| smaller(a, b),
        unless_nan |min, x| if x < min { x } else { min };
    /// The product.
    Product<E: Float> -> E: E::ONE, |product, x| product * x, |a, b| a * b;
    /// The number of elements that are true.
    Count<bool> -> i32: 0, |count, x| count + i32::from(x), |a, b| a + b;
    /// `Σ |x|`, in f64.
    AbsSum<E: Float> -> f64: 0.0, |sum, x| sum + x.to_f64().abs(), |a, b| a + b;
    /// `Σ x²`, in f64.
    SquareSum<E: Float> -> f64: 0.0, |sum, x| sum + x.to_f64() * x.to_f64(), |a, b| a + b;
    /// The largest absolute value; NaN if there is one.
    AbsMax<E: Float> -> E: E::ZERO, |max, x| larger(max, x.abs()), |a, b| larger(a, b),
        unless_nan |max, x| if x.abs() > max { x.abs() } else { max };
}

/// Whether an element has this value. All elements are true if none is false.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Has(pub(crate) bool);

impl Fold<bool> for Has {
    type Value = bool;
    #[inline(always)]
    fn start(self) -> bool {
        false
    }
    #[inline(always)]
    fn add(self, has: bool, x: bool) -> bool {
        has | (x == self.0)
    }
    #[inline(always)]
    fn merge(self, a: bool, b: bool) -> bool {
        a | b
    }
}

#[inline(always)]
fn larger<E: Float>(max: E, x: E) -> E {
    if (x > max) | x.is_nan() { x } else { max }
}

#[inline(always)]
fn smaller<E: Float>(min: E, x: E) -> E {
    if (x < min) | x.is_nan() { x } else { min }
}
