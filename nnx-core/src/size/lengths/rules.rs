//! The rules that simplify the length of a runtime axis to one form.
//!
//! Each rule is an operation on an axis `A` and a size `B`, so that a type-level boolean can choose one.
//! Further operands are parameters of the rule's own type. As in the operations on sizes, `A` occurs once in
//! each.

use std::marker::PhantomData;

use super::Len;
use super::axes::{CeilDiv, Cropped, FloorDiv, Padded, Upsampled};
use crate::size::bit::{AxisOperation, Bit, Bit0};
use crate::size::dim::{Dim, Size};
use crate::size::names::U1;
use crate::size::nat::Nat;
use crate::size::number::N;

/// The arithmetic of a runtime axis, for the operations that have no rule of their own.
macro_rules! lengths {
    ($axis:ty: $($operation:ident)+) => {
        $(lengths! { @$operation $axis })+
        type Holds<W: Size> = $crate::size::bit::Bit1;
    };
    (@Sum $axis:ty) => {
        type AddedTo<B: Dim> = <B::Len as Len>::Before<$axis>;
        type Before<B: Dim> = Concatenated<$axis, B>;
    };
    (@Add $axis:ty) => { type Add<B: Size> = UnlessZero<Pad, $axis, B>; };
    (@Sub $axis:ty) => { type Sub<B: Size> = UnlessZero<Crop, $axis, B>; };
    (@Mul $axis:ty) => { type Mul<B: Size> = UnlessOne<Repeat, $axis, B>; };
    (@Div $axis:ty) => { type Div<B: Size> = UnlessOne<Floor, $axis, B>; };
    (@DivUp $axis:ty) => { type DivUp<B: Size> = UnlessOne<Ceil, $axis, B>; };
    // ceil(x / B) = floor((x + B - 1) / B)
    (@DivUpByDiv $axis:ty) => {
        type DivUp<B: Size> = QuotientOf<<Self as Len>::Add<Less<B, $crate::size::U1>>, B>;
    };
    (@Dilate $axis:ty) => { type Dilate<B: Size> = UnlessOne<Spread, $axis, B>; };
    (@Windows $axis:ty) => {
        type Windows<W: Size, T: Size> =
            <Below<W, T> as Bit>::ChooseAxis<StepFartherThan<W>, StepUnder<W>, $axis, T>;
    };
}
pub(super) use lengths;

pub(super) type IsZero<A> = <<A as Size>::Nat as Nat>::IsZero;
pub(super) type Below<A, B> = <<A as Size>::Nat as Nat>::Below<<B as Size>::Nat, Bit0>;
/// `A - B` of sizes, at least 0.
pub(super) type Less<A, B> = <B as N>::RSub<A>;
type Differs<A, B> = <Below<A, B> as Bit>::Or<Below<B, A>>;
/// Whether `A` is a multiple of `B`.
type IsMultiple<A, B> = <<<A as Size>::Nat as Nat>::Remainder<<B as Size>::Nat> as Nat>::IsZero;

/// `O::Of<A, B>`, or `A` itself if `B` is 0.
pub(super) type UnlessZero<O, A, B> = <IsZero<B> as Bit>::ChooseAxis<Keep, O, A, B>;
/// `O::Of<A, B>`, or `A` itself if `B` is 1.
pub(super) type UnlessOne<O, A, B> = <<B as Dim>::IsOne as Bit>::ChooseAxis<Keep, O, A, B>;

type Of<A> = <A as Dim>::Len;
type PlusOf<A, B> = <Of<A> as Len>::Add<B>;
type MinusOf<A, B> = <Of<A> as Len>::Sub<B>;
type ProductOf<A, B> = <Of<A> as Len>::Mul<B>;
pub(super) type QuotientOf<A, B> = <Of<A> as Len>::Div<B>;
type QuotientUpOf<A, B> = <Of<A> as Len>::DivUp<B>;

macro_rules! operations {
    ($($(#[$attribute:meta])* $operation:ident $(<$($p:ident: $bound:ident),+>)?: |$a:ident, $b:ident| $of:ty;)+) => { $(
        $(#[$attribute])*
        #[derive(Debug)]
        pub struct $operation $(<$($p),+>(PhantomData<($($p,)+)>))?;
        impl $(<$($p: $bound),+>)? AxisOperation for $operation $(<$($p),+>)? {
            type Of<$a: Dim, $b: Size> = $of;
        }
    )+ };
}
operations! {
    /// `A`
    Keep: |A, B| A;
    /// `A + B`
    Pad: |A, B| Padded<A, B>;
    /// `A - B`
    Crop: |A, B| Cropped<A, B>;
    /// `A B`
    Repeat: |A, B| Upsampled<A, B>;
    /// `floor(A / B)`
    Floor: |A, B| FloorDiv<A, B>;
    /// `ceil(A / B)`
    Ceil: |A, B| CeilDiv<A, B>;
    /// `(A - 1) B + 1`, and 0 if `A` is 0
    Spread: |A, B| MinusOf<ProductOf<A, B>, Less<B, U1>>;

    /// `floor(A / B)`, simplified
    Divide: |A, B| QuotientOf<A, B>;
    /// `ceil(A / B)`, simplified
    DivideUp: |A, B| QuotientUpOf<A, B>;

    // Positions of a window of `W` with stride `B` are floor((A - W) / B) + 1 = floor((A + B - W) / B).
    /// The positions, if `W` is less than `B`
    StepFartherThan<W: Size>: |A, B| QuotientOf<PlusOf<A, Less<B, W>>, B>;
    /// The positions, if `W` isn't less than `B`
    StepUnder<W: Size>: |A, B| QuotientOf<MinusOf<A, Less<W, B>>, B>;

    /// `floor(A / S)`
    FloorBy<S: Size>: |A, B| FloorDiv<A, S>;
    /// `floor(floor(A / S) / B)`
    FloorByProduct<S: Size>: |A, B| QuotientOf<A, B::Prod<S>>;

    /// `A S`
    RepeatBy<S: Size>: |A, B| Upsampled<A, S>;
    /// `A S / B` by the operation `O`, which cancels a common factor. `P` is the same operation without
    /// simplification.
    DivideRepeated<S: Size, O: AxisOperation, P: AxisOperation>: |A, B| <IsMultiple<S, B> as Bit>
        ::ChooseAxis<RepeatByQuotient<S>, DivideRepeatedLess<S, O, P>, A, B>;
    /// The same, if `B` doesn't divide `S`
    DivideRepeatedLess<S: Size, O: AxisOperation, P: AxisOperation>: |A, B| <IsMultiple<B, S> as Bit>
        ::ChooseAxis<DivideByQuotient<S, O>, DivideProduct<S, P>, A, B>;
    /// `A (S / B)`
    RepeatByQuotient<S: Size>: |A, B| ProductOf<A, B::RDiv<S>>;
    /// `A / (B / S)` by the operation `O`
    DivideByQuotient<S: Size, O: AxisOperation>: |A, B| O::Of<A, S::RDiv<B>>;
    /// `(A S) / B` by the operation `P`
    DivideProduct<S: Size, P: AxisOperation>: |A, B| P::Of<Upsampled<A, S>, B>;

    /// `A + C`
    PadBy<C: Size>: |A, B| Padded<A, C>;
    /// `(A + C) - B`
    CropPadded<C: Size>: |A, B| <Below<C, B> as Bit>::ChooseAxis<MinusRest<C>, PlusRest<C>, A, B>;
    /// `floor((A + C) / B)`, which is `ceil(A / B)` if `C` is `B - 1`
    DividePadded<C: Size>: |A, B| <Differs<C, Less<B, U1>> as Bit>
        ::ChooseAxis<FloorPadded<C>, DivideUp, A, B>;
    /// `floor((A + C) / B)`
    FloorPadded<C: Size>: |A, B| FloorDiv<Padded<A, C>, B>;
    /// `A - C`
    CropBy<C: Size>: |A, B| Cropped<A, C>;
    // A window has at least one position, so `A` is larger than `C`, and `(A - C) + B` is never cut off at 0.
    /// `(A - C) + B`
    PadCropped<C: Size>: |A, B| <Below<B, C> as Bit>::ChooseAxis<MinusSurplus<C>, PlusSurplus<C>, A, B>;
    /// `A - (B - C)`
    MinusRest<C: Size>: |A, B| MinusOf<A, Less<B, C>>;
    /// `A + (C - B)`
    PlusRest<C: Size>: |A, B| PlusOf<A, Less<C, B>>;
    /// `A - (C - B)`
    MinusSurplus<C: Size>: |A, B| MinusOf<A, Less<C, B>>;
    /// `A + (B - C)`
    PlusSurplus<C: Size>: |A, B| PlusOf<A, Less<B, C>>;
}
