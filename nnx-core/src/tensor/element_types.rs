//! The element types of tensors, as bounds: which of them operations, layers and operands take.

use crate::array::Element;
use crate::kernel::Float;

/// A floating-point element type, through which gradients flow: `f32` or `f64`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a floating-point type, which this computes with",
    label = "expected elements of type `f32` or `f64`",
    note = "integers and booleans index and mask; convert with `.cast::<f32>()` to compute with them"
)]
pub trait Real: Numeric + Float {}
#[diagnostic::do_not_recommend]
impl Real for f32 {}
#[diagnostic::do_not_recommend]
impl Real for f64 {}

/// A type of numbers: `f32`, `f64`, or one of the integers `i32`, `i64`, `u32` and `u8`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a type of numbers, which this computes with",
    label = "expected elements of type `f32`, `f64`, `i32`, `i64`, `u32` or `u8`",
    note = "booleans are masks; convert with `.cast::<f32>()` to compute with them, count them with `.count_nonzero()`"
)]
pub trait Numeric: Element + From<u8> {}
macro_rules! numeric {
    ($($number:ident)*) => { $(
        #[diagnostic::do_not_recommend]
        impl Numeric for $number {}
    )* };
}
numeric!(f32 f64 i32 i64 u32 u8);

/// An integer type: `i32`, `i64`, `u32` or `u8`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an integer type, which this computes with",
    label = "expected elements of type `i32`, `i64`, `u32` or `u8`",
    note = "convert with `.cast::<i32>()`"
)]
pub trait Integral: Numeric + Into<i64> {}
macro_rules! integral {
    ($($integer:ident)*) => { $(
        #[diagnostic::do_not_recommend]
        impl Integral for $integer {}
    )* };
}
integral!(i32 i64 u32 u8);

/// The element type of a right operand of `&`, `|` and `^` whose left operand has elements of type `E`: the same type,
/// of integers or booleans.
#[diagnostic::on_unimplemented(
    message = "`{E}` and `{Self}` can't be combined bit by bit: both operands must hold integers or booleans of the same type",
    label = "elements of type `{Self}`",
    note = "comparisons, such as `x.gt(0.0)`, give booleans; `.cast::<{E}>()` converts"
)]
pub trait BitOperand<E>: Element {}
macro_rules! bit_operand {
    ($($type:ident)*) => { $(
        #[diagnostic::do_not_recommend]
        impl BitOperand<$type> for $type {}
    )* };
}
bit_operand!(bool i32 i64 u32 u8);

/// The element type of a right operand whose left operand has elements of type `E`: the same type.
// Each operand has its own generic parameter for its element type, and this trait compares them. With one
// parameter for both, rustc would report a mismatch of types without the custom message.
#[diagnostic::on_unimplemented(
    message = "`{E}` and `{Self}` don't mix: both operands must have elements of the same type",
    label = "elements of type `{Self}`, those on the left are `{E}`",
    note = "convert with `.cast::<{E}>()`"
)]
pub trait Operand<E> {}
impl<E: Numeric> Operand<E> for E {}

/// The element type of the input of a layer whose weights are of type `E`: the same type.
#[diagnostic::on_unimplemented(
    message = "the layer computes with `{E}`, but its input holds `{Self}`",
    label = "elements of type `{Self}`",
    note = "convert the input with `.cast::<{E}>()`"
)]
pub trait InputElement<E>: Operand<E> {}
impl<E: Real> InputElement<E> for E {}

/// The element type of labels and indices: `i32` or `i64`.
#[diagnostic::on_unimplemented(
    message = "labels and indices are `i32` or `i64`, but these are `{Self}`",
    label = "expected elements of type `i32` or `i64`",
    note = "convert with `.cast::<i32>()`"
)]
pub trait Label: Integral {}
#[diagnostic::do_not_recommend]
impl Label for i32 {}
#[diagnostic::do_not_recommend]
impl Label for i64 {}
