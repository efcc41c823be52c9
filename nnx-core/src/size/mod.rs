//! Sizes, axes and shapes as types, on stable Rust.
//!
//! A size is written with const generics, so that what the compiler prints reads as a number, and is
//! computed on its decimal digits:
//!
//! | written | is |
//! |---|---|
//! | `U784`, `U<784>`, `Const<784>` | 784 (a group of at most three digits) |
//! | `Thousand<3, 136>` | 3,136 |
//! | `Million<1, 179, 648>` | 1,179,648 |
//! | `dim!(64 * 7 * 7)` | the size of any constant expression below 10⁹ |
//! | `TooLarge` | what a computed size of 10⁹ or more becomes, which fits nothing |
//! | `axis!(pub Tokens)` | a named axis whose size is known when the program runs |
//! | `axis!(pub Heads = 8)` | a size that is a named axis: it doesn't mix with others of size 8 |
//!
//! Arithmetic is *total*: [`Sum`], [`Product`], [`Windows`] and the others are associated types that
//! exist for every operand. A function that is generic over `H: Size` writes `Product<H, W>` with no
//! bound, however long the chain. While `H` is a parameter the result is a term in which each operand stands
//! once, `<W as N>::Prod<H>`: see [`N`](number::N). What must hold on top (a divisor divides, a window fits) is a guard:
//! one trait a condition, such as [`DivisibleBy`], with a message of its own.
//!
//! | file | holds |
//! |---|---|
//! | `bit` | bits, which select between types and between operations |
//! | `digits` | decimal digits, and groups of three of them: the bridge between the two forms |
//! | `nat`, `division`, `short` | naturals as lists of digits, and their arithmetic |
//! | `dim` | axes: [`Dim`], [`U`], [`Thousand`], [`Million`], named runtime axes |
//! | `sizes` | [`Size`], and how known sizes compute |
//! | `number` | the operations of a size, as the compiler prints them |
//! | `axis` | [`axis!`](crate::axis): named axes |
//! | `arithmetic` | [`Sum`], [`Product`], ... and the guards |
//! | `lengths` | what the same arithmetic makes of runtime axes: `ceil(Height / 2)` |
//! | `typenum` | sizes as numbers of typenum, for `GenericArray` |
//! | `shape` | tuples of axes: [`Shape`] and its rank, count and broadcasting |
//! | `rules` | what an operation asks of a shape and what it gives back, one trait a rule |
//! | `windows` | windows over images: strides, padding, dilation, groups |

mod arithmetic;
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
pub mod rules;
mod shape;
mod short;
mod sizes;
mod typenum;
mod windows;

pub use arithmetic::{
    Dilated, DivisibleBy, Fits, HoldsWindow, Minus, NotEmpty, Positive, Product, Quotient,
    QuotientUp, Sum, Windows,
};
pub use axis::Unnamed;
#[doc(hidden)]
pub use axis::size_of_axis;
pub use bit::{AxisOperation, Bit, Bit0, Bit1, True};
pub use digits::{Digits, Group};
pub use dim::{
    Batch, Cached, Const, Dim, Literal, Literally, Million, Size, Stretch, StretchesTo, Thousand,
    Time, TooLarge, U,
};
pub use lengths::{
    CeilDiv, Concatenated, Cropped, FloorDiv, Known, Len, Padded, Unknown, Upsampled,
};
pub use names::*;
pub use nat::Nat;
#[doc(hidden)]
pub use nnx_derive::dim as expand_dim;
pub(crate) use shape::mismatch;
pub use shape::{BroadcastsTo, Shape, StaticShape};
pub use typenum::ToTypenum;
pub use windows::grouping::{Depthwise, Grouped, Grouping, InOut, KernelOrder, OutIn, Ungrouped};
pub use windows::options::{
    ConvOption, ConvOptions, ConvTransposeOption, ConvTransposeOptions, GoesWith, InputDilation,
    KernelDilation, PoolOption, PoolOptions, Setting, SingleOption, Strided, WindowOptions,
};
pub use windows::padding::{
    AxisPadding, Causal, Circular, Edge, Explicit, Padding, Pair, Reflect, Same, Symmetric,
    Undilated, Valid,
};
pub use windows::pooled::{AdaptivePool, GlobalPool, Resized, Settled, Tiled, UpsampledBy};
pub use windows::transposed::{AxisTransposed, Transposed};
pub use windows::{Axes, AxisWindow, ForEach, Spatial, WindowShape, Windowed};
