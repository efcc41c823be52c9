//! Decimal digits, and groups of three of them: the bridge between `Const<784>` and a natural.
//!
//! Two tables, both written by `build.rs`: one-digit arithmetic, and 1000 rows that give each group its
//! digits. A table from every `usize` to its natural would be quadratic in rustc.

use super::bit::{Bit, Bit0, Bit1};
use super::dim::{Const, Million, Size, Stretch, Thousand};
use super::nat::{N, Nat, Z};
use super::short::{self, Both, By, ByZero, Divisor, Long, Pass, Short};

include!(concat!(env!("OUT_DIR"), "/digits.rs"));

/// Three decimal digits, 0 to 999.
#[derive(Debug)]
pub struct Group<const V: usize>;

/// What a [`Group`] of three digits is as a natural, and within a size.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a group of three digits, 0 to 999",
    label = "more than three digits",
    note = "write a larger size as `dim!(1600)`, or in groups: `Thousand<1, 600>`, `Million<1, 179, 648>`"
)]
pub trait Digits: 'static {
    /// The natural `1000 U + self`.
    type Behind<U: Nat>: Nat;
    /// Is it 1? (An axis of size 1 broadcasts to any other, and every axis to itself.)
    type IsOne: Bit + Stretch<Self::Alone, Self::Alone>;
    /// The number as a divisor.
    type Divisor: Divisor;
    /// The group of the quotient's digits, in the division `P`.
    type Cut<P: Pass>: Digits;
    /// The division `P` behind this group.
    type Left<P: Pass>: Pass;
    /// The size that consists of this group: `Const<784>`.
    type Alone: Size;
    /// The size of this group of thousands over `Lo`, without leading zeros.
    type Over<Lo: Digits>: Size;
    /// The size of this group of millions over `Mid` and `Lo`, without leading zeros.
    type OverTwo<Mid: Digits, Lo: Digits>: Size;
    // The same from the lower group's side, where the upper ones are const parameters.
    /// `Thousand<A, self>`.
    type Under<const A: usize>: Size
    where
        Group<A>: Digits;
    /// `Million<A, B, self>`.
    type UnderTwo<const A: usize, const B: usize>: Size
    where
        Group<A>: Digits,
        Group<B>: Digits;
    /// `Million<A, self, Lo>`.
    type Between<const A: usize, Lo: Digits>: Size
    where
        Group<A>: Digits;
}

macro_rules! group {
    ($v:tt, $hundreds:ident, $tens:ident, $ones:ident, $one:ident, $divisor:ty) => {
        #[diagnostic::do_not_recommend]
        impl Digits for Group<$v> {
            type Behind<U: Nat> = Behind<U, $hundreds, $tens, $ones>;
            type IsOne = $one;
            type Divisor = $divisor;
            type Cut<P: Pass> = short::Cut<P, $hundreds, $tens, $ones>;
            type Left<P: Pass> = short::Behind<P, $hundreds, $tens, $ones>;
            type Alone = Const<$v>;
            type Over<Lo: Digits> = group!(@over $v Lo);
            type OverTwo<Mid: Digits, Lo: Digits> = group!(@over_two $v Mid Lo);
            type Under<const A: usize>
                = Thousand<A, $v>
            where
                Group<A>: Digits;
            type UnderTwo<const A: usize, const B: usize>
                = Million<A, B, $v>
            where
                Group<A>: Digits,
                Group<B>: Digits;
            type Between<const A: usize, Lo: Digits>
                = Lo::UnderTwo<A, $v>
            where
                Group<A>: Digits;
        }
    };
    (@over 0 $lo:ident) => { $lo::Alone };
    (@over $v:tt $lo:ident) => { $lo::Under<$v> };
    (@over_two 0 $mid:ident $lo:ident) => { $mid::Over<$lo> };
    (@over_two $v:tt $mid:ident $lo:ident) => { $mid::Between<$v, $lo> };
}
type Behind<U, X, Y, W> = <W as Digit>::Append<<Y as Digit>::Append<<X as Digit>::Append<U>>>;
include!(concat!(env!("OUT_DIR"), "/groups.rs"));
