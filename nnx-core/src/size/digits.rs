//! Decimal digits, and groups of three of them, which convert between `Const<784>` and a list of digits.
//!
//! Stable Rust can't compute the digits of a const generic. So `build.rs` writes two tables of `impl`s: the
//! arithmetic of two digits, and 1000 rows that give each group of three its digits. One table from every
//! `usize` to its digits would be too slow: rustc's time is quadratic in the number of rows.

use super::bit::{Bit, Bit0, Bit1};
use super::dim::{Const, Million, Size, Stretch, Thousand};
use super::nat::{N, Nat, Z};
use super::short::{self, Both, By, ByZero, DivisionState, Divisor, Long, Short};

include!(concat!(env!("OUT_DIR"), "/digits.rs"));

/// A group of three decimal digits: a number from 0 to 999.
#[derive(Debug)]
pub struct Group<const V: usize>;

/// The digits of a [`Group`], and the sizes that contain it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a group of three digits, 0 to 999",
    label = "more than three digits",
    note = "write a larger size as `dim!(1600)`, or in groups: `Thousand<1, 600>`, `Million<1, 179, 648>`"
)]
pub trait Digits: 'static {
    /// The number `1000 U + self`: this group after the digits of `U`.
    type Behind<U: Nat>: Nat;
    /// Whether the group is 0, which no size of several groups starts with.
    type IsZero: Bit;
    /// Whether the group is 1. (An axis of size 1 broadcasts to any other axis, and each axis broadcasts to
    /// itself.)
    type IsOne: Bit + Stretch<Self::Alone, Self::Alone>;
    /// How to divide by this number.
    type Divisor: Divisor;
    /// The digits of the quotient that the division in state `P` gives for this group.
    type Cut<P: DivisionState>: Digits;
    /// The state of the division after this group, if `P` is the state before it.
    type Left<P: DivisionState>: DivisionState;
    /// The size of this group alone: `Const<784>`.
    type Alone: Size;
    /// The size `1000 self + Lo`, without leading zeros.
    type Over<Lo: Digits>: Size;
    /// The size `1_000_000 self + 1000 Mid + Lo`, without leading zeros.
    type OverTwo<Mid: Digits, Lo: Digits>: Size;
    // The second halves of `Over` and `OverTwo`, implemented by a lower group: the upper groups are const
    // parameters.
    /// `Thousand<A, self>`.
    type Under<const A: usize>: Size
    where
        Group<A>: Digits<IsZero = Bit0>;
    /// `Million<A, B, self>`.
    type UnderTwo<const A: usize, const B: usize>: Size
    where
        Group<A>: Digits<IsZero = Bit0>,
        Group<B>: Digits;
    /// `Million<A, self, Lo>`.
    type Between<const A: usize, Lo: Digits>: Size
    where
        Group<A>: Digits<IsZero = Bit0>;
}

macro_rules! group {
    ($v:tt, $hundreds:ident, $tens:ident, $ones:ident, $zero:ident, $one:ident, $divisor:ty) => {
        #[diagnostic::do_not_recommend]
        impl Digits for Group<$v> {
            type Behind<U: Nat> = Behind<U, $hundreds, $tens, $ones>;
            type IsZero = $zero;
            type IsOne = $one;
            type Divisor = $divisor;
            type Cut<P: DivisionState> = short::Cut<P, $hundreds, $tens, $ones>;
            type Left<P: DivisionState> = short::Behind<P, $hundreds, $tens, $ones>;
            type Alone = Const<$v>;
            type Over<Lo: Digits> = group!(@over $v Lo);
            type OverTwo<Mid: Digits, Lo: Digits> = group!(@over_two $v Mid Lo);
            type Under<const A: usize>
                = Thousand<A, $v>
            where
                Group<A>: Digits<IsZero = Bit0>;
            type UnderTwo<const A: usize, const B: usize>
                = Million<A, B, $v>
            where
                Group<A>: Digits<IsZero = Bit0>,
                Group<B>: Digits;
            type Between<const A: usize, Lo: Digits>
                = Lo::UnderTwo<A, $v>
            where
                Group<A>: Digits<IsZero = Bit0>;
        }
    };
    (@over 0 $lo:ident) => { $lo::Alone };
    (@over $v:tt $lo:ident) => { $lo::Under<$v> };
    (@over_two 0 $mid:ident $lo:ident) => { $mid::Over<$lo> };
    (@over_two $v:tt $mid:ident $lo:ident) => { $mid::Between<$v, $lo> };
}
type Behind<U, X, Y, W> = <W as Digit>::Append<<Y as Digit>::Append<<X as Digit>::Append<U>>>;
include!(concat!(env!("OUT_DIR"), "/groups.rs"));
