//! Sizes, axes and shapes as types, on stable Rust.
//!
//! A size has two forms. Programs write it with const generics, `U<784>`, which the compiler prints as a
//! readable number. Stable Rust can't compute with const generics, so arithmetic runs on a second form: a
//! type-level list of decimal digits.
//!
//! | type | size |
//! |---|---|
//! | `U784`, `U<784>`, `Const<784>` | 784 (a group of at most three digits) |
//! | `Thousand<3, 136>` | 3,136 |
//! | `Million<1, 179, 648>` | 1,179,648 |
//! | `dim!(64 * 7 * 7)` | the size of any constant expression below 10⁹ |
//! | `TooLarge`, `BelowZero`, `DividedByZero` | the result of arithmetic that is no size; it fits no other size |
//! | `axis!(pub Tokens)` | a named axis whose size is known at run time only |
//! | `axis!(pub Heads = 8)` | a size with a name: it doesn't mix with other axes of size 8 |
//!
//! Arithmetic is *total*: [`Sum`], [`Product`], [`Windows`] and the others are associated types that exist for
//! all operands. So a function that is generic over `H: Size` writes `Product<H, W>` without a `where` bound,
//! however long the chain of operations is. While `H` is a parameter, the compiler can't compute the result; it
//! keeps an unevaluated projection such as `<W as N>::Prod<H>`, in which each operand appears once: see
//! [`N`](number::N). Conditions, such as that a divisor divides or that a window fits, are separate guards: one
//! trait per condition, such as [`DivisibleBy`], with its own message.
//!
//! | file | contents |
//! |---|---|
//! | `bit` | type-level booleans, which select between types and between operations |
//! | `digits` | decimal digits, and groups of three of them: they convert between the two forms |
//! | `nat`, `division`, `short` | natural numbers as lists of digits, and their arithmetic |
//! | `dim` | axes: [`Dim`], [`U`], [`Thousand`], [`Million`], named runtime axes |
//! | `number` | the trait [`N`](number::N) of the operations, with short names since the compiler prints them |
//! | `sizes` | [`Size`], and the arithmetic of known sizes |
//! | `out_of_range` | results of arithmetic that are no size |
//! | `at_build` | [`AtBuild`]: guards that are checked by `cargo build` |
//! | `axis` | [`axis!`](crate::axis): named axes |
//! | `arithmetic` | [`Sum`], [`Product`], ... and the guards |
//! | `lengths` | the same arithmetic on runtime axes: `ceil(Height / 2)` |
//! | `typenum` | sizes as numbers of typenum, for `GenericArray` |
//! | `shape` | tuples of axes: [`Shape`] and its rank, count and broadcasting |
//! | `settled` | shapes without parameters, for methods that exist twice |
//! | `rules` | shape rules: one trait per rule, with the condition on the input shapes and the output shape |
//! | `windows` | windows over images: strides, padding, dilation, groups |

mod arithmetic;
mod at_build;
mod axis;
mod bit;
mod digits;
mod dim;
mod division;
mod lengths;
mod macros;
pub mod names;
mod nat;
pub mod number;
mod out_of_range;
pub mod rules;
mod settled;
mod shape;
mod short;
mod sizes;
mod typenum;
mod windows;

pub(crate) use arithmetic::DeferringOrSame;
pub use arithmetic::{
    Difference, Dilated, DivisibleBy, Fits, HoldsWindow, NotEmpty, Positive, Product, Quotient,
    QuotientUp, Sum, Windows,
};
pub use at_build::AtBuild;
pub(crate) use at_build::{Check, assert_at_most, assert_divides_in, assert_has, assert_last_has};
pub use axis::Unnamed;
#[doc(hidden)]
pub use axis::size_of_axis;
pub use bit::{AxisOperation, Bit, Bit0, Bit1, First, OneOf, Operation, Second, True};
pub use digits::{Digits, Group};
#[doc(hidden)]
pub use dim::divisor;
pub use dim::{
    Batch, Cached, Const, Dim, FromLiteral, Literal, Million, Size, Stretch, StretchesTo, Thousand,
    Time, U,
};
pub use lengths::{CeilDiv, Concatenated, Cropped, FloorDiv, Padded, RuntimeAxis, Upsampled};
#[doc(hidden)]
pub use lengths::{Spread, StepFartherThan, StepUnder};
pub use names::*;
pub use nat::Nat;
pub(crate) use nat::{AtLeast, One};
#[doc(hidden)]
pub use nnx_derive::{axis_size, dim as expand_dim};
pub use out_of_range::{BelowZero, DividedByZero, OutOfRange, TooLarge};
pub use settled::{Settled, SettledLast};
pub(crate) use shape::mismatch;
pub use shape::{BroadcastsTo, Shape, StaticShape};
#[doc(hidden)]
pub use sizes::operation::Multiply;
pub use typenum::ToTypenum;
pub use windows::grouping::{Depthwise, Grouped, Grouping, InOut, KernelOrder, OutIn, Ungrouped};
pub use windows::options::{
    ConvOption, ConvOptions, ConvTransposeOption, ConvTransposeOptions, GoesWith, InputDilation,
    KernelDilation, PoolOption, PoolOptions, Setting, SingleOption, Strided, WindowOptions,
};
pub use windows::padding::{
    AxisPadding, Causal, Circular, Edge, Explicit, GenericValid, Padding, Pair, Reflect, Same,
    Symmetric, Undilated, Valid,
};
pub use windows::pooled::{AdaptivePool, GlobalPool, Resized, Tiled, UpsampledBy, WholeImage};
pub use windows::shuffled::{CutIntoBlocks, FillsBlocks, PixelShuffled, PixelUnshuffled};
pub use windows::transposed::{AxisTransposed, Transposed};
pub use windows::{Axes, AxisWindow, ForEach, Spatial, WindowShape, Windowed};
