//! Arithmetic on axes: the result for a size is a size; for a runtime axis it is an axis named after the
//! formula.
//!
//! | alias | value for a size | type for a runtime axis | used by |
//! |---|---|---|---|
//! | `Quotient<H, U2>` | `H / 2` | [`FloorDiv<H, U<2>>`](FloorDiv) | `max_pool::<(U2, U2)>()` |
//! | `QuotientUp<H, U2>` | `⌈H / 2⌉` | [`CeilDiv<H, U<2>>`](CeilDiv) | a stride of 2 under `Same` padding |
//! | `Product<H, U2>` | `2 H` | [`Upsampled<H, U<2>>`](Upsampled) | upsampling, transposed convolutions |
//! | `Sum<H, U2>` | `H + 2` | [`Padded<H, U<2>>`](Padded) | concatenation with a size |
//! | `Sum<H, W>` | `H + W` | [`Concatenated<H, W>`](Concatenated) | concatenation with a runtime axis |
//! | `Difference<H, U2>` | `H - 2` | [`Cropped<H, U<2>>`](Cropped) | a window of 3 without padding |
//!
//! Formulas are simplified to one form, so that lengths that are equal for every `H` are the same type, as far
//! as that is cheap to decide. A quotient of a quotient becomes a quotient by the product, `CeilDiv<H, U4>`. A
//! multiplication followed by a division by the same factor cancels, and so do padding and cropping by the same
//! size. The positions of a window of 3 with stride 2 and a padding of 1 on both sides are `CeilDiv<H, U2>`, as
//! for `Same`.
//!
//! Each operation dispatches on the right operand first, see [`N`](super::number::N). If that is neutral, the
//! result is the axis itself, even if a part of the axis is a type parameter.

mod axes;
mod rules;
mod text;

pub use axes::{CeilDiv, Concatenated, Cropped, FloorDiv, Padded, Upsampled};
#[doc(hidden)]
pub use rules::{Spread, StepFartherThan, StepUnder};
pub(super) use text::Text;

use super::bit::Bit0;
use super::dim::Dim;

/// An axis whose size is known at run time only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a runtime axis",
    label = "expected an axis whose size is known at run time only",
    note = "`axis!(Found)` declares one, `Found`, for data whose number the program finds out"
)]
pub trait RuntimeAxis: Dim<IsKnown = Bit0> {}
#[diagnostic::do_not_recommend]
impl<A: Dim<IsKnown = Bit0>> RuntimeAxis for A {}

/// The items of [`Dim`] and of its arithmetic for a runtime axis. The arithmetic is the default one, which simplifies
/// nothing, or the given operations.
#[doc(hidden)]
#[macro_export]
macro_rules! __runtime {
    (Dim) => {
        const SIZE: ::core::option::Option<::core::primitive::usize> = ::core::option::Option::None;
        type IsOne = $crate::size::Bit0;
        type CountInto<Count: $crate::size::Nat> = Count;
        type Times<Count: $crate::size::Size> = Count;
        type Nat = <$crate::size::U<1> as $crate::size::Dim>::Nat;
        type Divisor = <$crate::size::U<1> as $crate::size::Dim>::Divisor;
        type IsMultiple<Right: $crate::size::Size> = $crate::size::Bit0;
        type Deferred = $crate::size::Bit0;
    };
    (N) => {
        $crate::__runtime! { N: Add Sub Mul Div DivUp }
    };
    (N: $($operation:ident)*) => {
        type IsKnown = $crate::size::Bit0;
        type Sum<Left: $crate::size::Dim> = Left::Join<Self>;
        type Join<Right: $crate::size::RuntimeAxis> = $crate::size::Concatenated<Self, Right>;
        $crate::__runtime! { @unknown Prod RSub RDiv RDivUp RDilate }
        type Striding<Window: $crate::size::Size, Left: $crate::size::Dim> =
            Left::Exceed<$crate::size::Multiply, $crate::size::OutOfRange>;
        type Sliding<Stride: $crate::size::Size, Left: $crate::size::Dim> =
            Left::Exceed<$crate::size::Multiply, $crate::size::OutOfRange>;
        $($crate::__runtime! { @$operation })*
        type Dilate<Right: $crate::size::Size> =
            <$crate::size::Spread as $crate::size::AxisOperation>::Of<Self, Right>;
        type Windows<Window: $crate::size::Size, Stride: $crate::size::Size> =
            <<Window::Nat as $crate::size::Nat>::Below<Stride::Nat, $crate::size::Bit0> as $crate::size::Bit>
                ::ChooseAxis<$crate::size::StepFartherThan<Window>, $crate::size::StepUnder<Window>, Self, Stride>;
        type Exceed<Op: $crate::size::Operation, Right: $crate::size::Size> = Op::Of<Self, Right>;
    };
    // A runtime axis is the right operand of a sum only. The result of another operation is no size, so
    // that no tensor has it.
    (@unknown $($operation:ident)*) => {
        $(type $operation<Left: $crate::size::Dim> =
            Left::Exceed<$crate::size::Multiply, $crate::size::OutOfRange>;)*
    };
    (@Add) => { type Add<Right: $crate::size::Size> = $crate::size::Padded<Self, Right>; };
    (@Sub) => { type Sub<Right: $crate::size::Size> = $crate::size::Cropped<Self, Right>; };
    (@Mul) => { type Mul<Right: $crate::size::Size> = $crate::size::Upsampled<Self, Right>; };
    (@Div) => { type Div<Right: $crate::size::Size> = $crate::size::FloorDiv<Self, Right>; };
    (@DivUp) => { type DivUp<Right: $crate::size::Size> = $crate::size::CeilDiv<Self, Right>; };
}
