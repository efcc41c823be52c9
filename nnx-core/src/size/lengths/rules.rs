//! The rules that simplify the length of a runtime axis to one form.
//!
//! Each rule is an operation on an axis `A` and a size `B`, so that a type-level boolean can choose one.
//! Further operands are parameters of the rule's own type. As in the operations on sizes, `A` occurs once in
//! each.

use std::marker::PhantomData;

use super::RuntimeAxis;
use super::axes::{CeilDiv, FloorDiv, Padded, Upsampled};
use crate::size::bit::{AxisOperation, Bit};
use crate::size::dim::{Dim, Size};
use crate::size::names::U1;
use crate::size::number::N;

/// `A - B` of sizes, at least 0.
pub(super) type Less<A, B> = <B as N>::RSub<A>;
type PlusOf<A, B> = <B as N>::Sum<A>;
type MinusOf<A, B> = <B as N>::RSub<A>;
type ProductOf<A, B> = <B as N>::Prod<A>;
pub(super) type QuotientOf<A, B> = <B as N>::RDiv<A>;
type QuotientUpOf<A, B> = <B as N>::RDivUp<A>;
/// `ceil(A / B) = floor((A + B - 1) / B)`
pub(super) type UpByFloor<A, B> = QuotientOf<PlusOf<A, Less<B, U1>>, B>;
/// `A * S / B` with the rounding of `O`, after common factors are cancelled. `P` is the operation without cancelling.
pub(super) type Cancelled<S, O, P, A, B> = <<S as Dim>::IsMultiple<B> as Bit>::ChooseAxis<
    RepeatByQuotient<S>,
    DivideRepeatedLess<S, O, P>,
    A,
    B,
>;

macro_rules! operations {
    ($($(#[$attribute:meta])* $operation:ident $(<$($p:ident: $bound:ident),+>)?: |$a:ident, $b:ident| $of:ty;)+) => { $(
        $(#[$attribute])*
        #[derive(Debug)]
        pub struct $operation $(<$($p),+>(PhantomData<($($p,)+)>))?;
        impl $(<$($p: $bound),+>)? AxisOperation for $operation $(<$($p),+>)? {
            type Of<$a: RuntimeAxis, $b: Size> = $of;
        }
    )+ };
}
operations! {
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

    /// `A S / B` by the operation `O`, where `B` doesn't divide `S`. `P` is the same operation without
    /// simplification.
    DivideRepeatedLess<S: Size, O: AxisOperation, P: AxisOperation>: |A, B| <B::IsMultiple<S> as Bit>
        ::ChooseAxis<DivideByQuotient<S, O>, DivideProduct<S, P>, A, B>;
    /// `A (S / B)`
    RepeatByQuotient<S: Size>: |A, B| ProductOf<A, B::RDiv<S>>;
    /// `A / (B / S)` by the operation `O`
    DivideByQuotient<S: Size, O: AxisOperation>: |A, B| O::Of<A, S::RDiv<B>>;
    /// `(A S) / B` by the operation `P`
    DivideProduct<S: Size, P: AxisOperation>: |A, B| P::Of<Upsampled<A, S>, B>;

    /// `floor((A + C) / B)`
    FloorPadded<C: Size>: |A, B| FloorDiv<Padded<A, C>, B>;
    /// `A - (B - C)`
    MinusRest<C: Size>: |A, B| MinusOf<A, Less<B, C>>;
    /// `A + (C - B)`
    PlusRest<C: Size>: |A, B| PlusOf<A, Less<C, B>>;
    /// `A - (C - B)`
    MinusSurplus<C: Size>: |A, B| MinusOf<A, Less<C, B>>;
    /// `A + (B - C)`
    PlusSurplus<C: Size>: |A, B| PlusOf<A, Less<B, C>>;
}
