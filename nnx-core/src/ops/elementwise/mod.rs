//! The table of elementwise functions: all that is particular to one function is its row.
//!
//! | file | rows |
//! |---|---|
//! | `math` | exp, log, sqrt, power, sign, clamp, ... |
//! | `exponents` | other bases than e, other roots, and functions that are accurate near 0 or 1 |
//! | `rounding` | floor, ceil, round, ... |
//! | `trigonometric`, `hyperbolic` | sine, hyperbolic sine, their kin and their inverses |
//! | `special` | the error function, the gamma function, ... |
//! | `rectifiers` | relu and other activations made of pieces |
//! | `smooth` | sigmoid, gelu and other smooth activations |
//! | `pairs` | functions of two inputs: maximum, power, ... |
//! | `pairs_smooth` | angle, hypotenuse, logarithm of a sum of exponentials |
//! | `pairs_division` | remainders, and functions of the bits of floats |
//!
//! Each file is one call `rows! { .. }`, or `pairs! { .. }` for functions of two inputs. A reader defines its own macros of
//! these names, and includes the files; a macro makes the reader's part of every row, and skips the rest. A module
//! defines each name once, as rust-analyzer expands included files with the last definition. (A macro that holds the
//! rows would do the same, but rustc would explain that macro in each error about a method.)
//!
//! | reader | makes |
//! |---|---|
//! | this module | the operation (kernel, gradient rule) and the method of [`DynTensor`] |
//! | `table` here | the row of the operation in the table of those that files of programs may have |
//! | `tensor/elementwise.rs` | the method of `Tensor`, with the documentation of the row |
//! | `nn/activation.rs` | the layer, with its cost and its receptive field |
//! | `nnx-core/tests/ops/elementwise.rs` | tests of values, special values and gradients, for each row |
//! | `tests/modules/costs.rs` | the comparison of the layer's cost with what a run counts |
//! | `tests/layers/activation.rs` | the layer at huge values |
//! | `tests/flax/functions.rs` | the comparison with JAX, for each row with a `golden` |
//!
//! # Rows
//! ```text
//! /// Documentation of the method of `Tensor`, with an example. Its first line is all that `DynTensor` shows.
//! pub fn leaky_relu(self, negative_slope: f64) -> Self where [S: Shape, E: Real];
//! operation { LeakyRelu, INPUTS, |x| kernel, |at| gradient }
//! layer { LeakyRelu { negative_slope = 0.01 }, "nnx.leaky_relu", "nn.LeakyReLU(slope)", flops 1, in_place }
//! golden { "leaky_relu", 1e-7 }
//! test { (0.2) OFF_KINKS |x| formula; [f(-INF), f(-0.0), f(0.0), f(INF), f(NAN)]; }
//! ```
//!
//! - The **signature** is that of the method of `Tensor`; rustc quotes it in errors. Scalar parameters are `f64`. The
//!   expressions of the row read them by their names.
//! - **`operation`**: its type, what the gradient rule reads (`NOTHING`, `INPUTS`, `OUTPUT` or `BOTH`), the function of
//!   one element of type `E`, and the gradient with respect to the input, computed by other operations. `at` is owned: write
//!   `at.gradient * slope`, which overwrites the gradient of the output, and not `&at.gradient * &slope`. A function
//!   that [`Float`] lacks is computed in `f64`: `|x| E::from_f64(libm::lgamma(x.to_f64()))`. If it has to be fast,
//!   `kernel/elementary` is the place for its own `f32` code.
//! - **`function`**, instead of `operation`, for one that takes much longer than to copy an element, such as `exp`: half as
//!   much code is compiled. Its kernel may have a part `rare |x| condition, |x| other kernel,` for elements that need
//!   another one; without one in sight, the loop has no branch.
//! - **`composed`**, instead of `operation`: `|x| expression` of other operations. They bring kernel and gradient.
//!   Write an `operation` where the formula cancels or overflows, or has to be fast; otherwise a composed row.
//! - **`layer`**, only for activations: its type, with the default value of the parameter if there is one; its names in
//!   Flax (or the formula, `"x - nnx.tanh(x)"`) and PyTorch (between backticks if there is no parameter); FLOPs for each
//!   element, 1 for an operation, the sum of its operations for a composed row; `in_place`, or `with_copy` if input
//!   and output need memory at the same time, as where a composed row clones `x`.
//! - **`golden`**, for an activation, and for a function that JAX or Flax has: its name in `tests/goldens/make_ops.py`, and
//!   the largest error.
//! - **`test`**, one case or several: arguments, the domain of the input (`ANY`, `POSITIVE`, `OFF_KINKS`, `WIDE`), a
//!   reference formula in `f64`, and the values at −∞, −0, 0, ∞ and NaN. The sign of a zero counts.
//!
//! Rows of pairs have `|a, b|` instead of `|x|`, two gradients, two domains, and special values as `(a, b) value`.

mod table;

pub(super) use table::rows;

use std::f64::consts::{LN_2, PI};

use super::binary::{BinaryOp, maximum_gradient};
use super::pairs::{cathetus, is_far, share, turn, with_sign_of};
use super::unary::{self, Unary, UnaryOp};
use super::{AttributeValue, Backward, Comparison, DynTensor, Keeps, activation, gelu};
use crate::kernel::{Float, elementary, elementwise};

/// Makes operations and methods of `DynTensor` from rows of one input.
macro_rules! rows {
    ($(
        #[doc = $summary:literal] $(#[$doc:meta])*
        pub fn $name:ident(self $(, $option:ident: f64)*) -> Self where [$($bounds:tt)*];
        $kind:ident { $($body:tt)* }
        $(layer $layer:tt)? $(golden $golden:tt)? test $test:tt
    )*) => { $( $kind! { [$summary] $name ($($option),*) $($body)* } )* };
}

macro_rules! operation {
    ($summary:tt $name:ident $options:tt $operation:ident, $($rest:tt)*) => {
        unary_row! { false $name $options $operation, $($rest)* }
        applied! { $summary $name $options $operation }
    };
}

macro_rules! function {
    ($summary:tt $name:ident $options:tt $operation:ident, $($rest:tt)*) => {
        unary_row! { true $name $options $operation, $($rest)* }
        applied! { $summary $name $options $operation }
    };
}

macro_rules! applied {
    ($summary:tt $name:ident ($($option:ident),*) $operation:ident) => {
        composed! {
            $summary $name ($($option),*) |x| DynTensor::apply(Unary($operation { $($option),* }), [x])
        }
    };
}

macro_rules! unary_row {
    ($in_place:literal $name:ident ($($option:ident),*)
        $operation:ident, $keeps:ident, |$x:ident| $value:expr,
        $(rare |$tested:ident| $is_rare:expr, |$other:ident| $rare:expr,)? |$at:ident| $gradient:expr) => {
        #[derive(Debug, Clone, Copy, AttributeValue)]
        struct $operation { $($option: f64),* }
        impl UnaryOp for $operation {
            const NAME: &'static str = stringify!($name);
            const KEEPS: Keeps = Keeps::$keeps;
            const IN_PLACE: bool = $in_place;
            #[inline(always)]
            fn forward<E: Float>(self, $x: E) -> E {
                let Self { $($option),* } = self;
                $value
            }
            fn gradient(self, $at: Backward<'_>) -> DynTensor {
                let Self { $($option),* } = self;
                $(let _ = $option;)*
                $gradient
            }
            $(
                fn update<E: Float>(self, x: &mut [E]) {
                    elementwise::update_chunk_unless(
                        x,
                        #[inline(always)]
                        |x| self.forward(x),
                        #[inline(always)]
                        |$tested: E| $is_rare,
                        |$other: E| $rare,
                    );
                }
            )?
        }
    };
}

macro_rules! composed {
    ([$summary:literal] $name:ident ($($option:ident),*) |$x:ident| $value:expr) => {
        #[allow(clippy::should_implement_trait, reason = "`neg` is the operator as a method")]
        impl DynTensor {
            #[doc = $summary]
            #[doc = ""]
            #[doc = concat!("See [`Tensor::", stringify!($name), "`](crate::tensor::Tensor::", stringify!($name), ").")]
            #[must_use]
            #[track_caller]
            pub fn $name(self $(, $option: f64)*) -> Self {
                let $x = self;
                $value
            }
        }
    };
}

include!("math.rs");
include!("exponents.rs");
include!("rounding.rs");
include!("trigonometric.rs");
include!("hyperbolic.rs");
include!("special.rs");
include!("rectifiers.rs");
include!("smooth.rs");

/// Makes operations and methods of `DynTensor` from rows of two inputs. Both are broadcast to a common shape.
macro_rules! pairs {
    ($(
        #[doc = $summary:literal] $(#[$doc:meta])*
        pub fn $name:ident<O>(self, $other:ident: O) -> Self where [$($bounds:tt)*];
        $kind:ident { $($body:tt)* }
        $(golden $golden:tt)? test $test:tt
    )*) => { $( pair! { [$summary] $name $other $kind $($body)* } )* };
}

macro_rules! pair {
    ($summary:tt $name:ident $other:ident operation $operation:ident, $($rest:tt)*) => {
        binary_row! { false $name $operation, $($rest)* }
        pair! { $summary $name $other composed |a, b| DynTensor::apply_broadcast($operation, a, b) }
    };
    ($summary:tt $name:ident $other:ident function $operation:ident, $($rest:tt)*) => {
        binary_row! { true $name $operation, $($rest)* }
        pair! { $summary $name $other composed |a, b| DynTensor::apply_broadcast($operation, a, b) }
    };
    ([$summary:literal] $name:ident $other:ident composed |$a:ident, $b:ident| $value:expr) => {
        impl DynTensor {
            #[doc = $summary]
            #[doc = ""]
            #[doc = concat!("See [`Tensor::", stringify!($name), "`](crate::tensor::Tensor::", stringify!($name), ").")]
            #[must_use]
            #[track_caller]
            pub fn $name(self, $other: Self) -> Self {
                let ($a, $b) = (self, $other);
                $value
            }
        }
    };
}

macro_rules! binary_row {
    ($in_place:literal $name:ident $operation:ident, $keeps:ident, |$a:ident, $b:ident| $value:expr,
        $(rare |$tested:ident, $by:ident| $is_rare:expr, |$other:ident, $to:ident| $rare:expr,)?
        |$at:ident| [$left:expr, $right:expr]) => {
        #[derive(Debug, Clone, Copy, AttributeValue)]
        struct $operation;
        impl BinaryOp for $operation {
            const NAME: &'static str = stringify!($name);
            const KEEPS: Keeps = Keeps::$keeps;
            const IN_PLACE: bool = $in_place;
            #[inline(always)]
            fn forward<E: Float>(self, $a: E, $b: E) -> E {
                $value
            }
            fn gradient(self, $at: Backward<'_>, index: usize) -> Option<DynTensor> {
                if index == 0 { $left } else { $right }
            }
            $(
                fn update<E: Float>(self, a: &mut [E], b: &[E]) {
                    elementwise::zip_update_chunk_unless(
                        a,
                        b,
                        #[inline(always)]
                        |a, b| self.forward(a, b),
                        #[inline(always)]
                        |$tested: E, $by: E| $is_rare,
                        |$other: E, $to: E| $rare,
                    );
                }
            )?
        }
    };
}

include!("pairs.rs");
include!("pairs_smooth.rs");
include!("pairs_division.rs");
