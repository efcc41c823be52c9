//! Groups of three decimal digits: the bridge between `Const<784>` and binary.
//!
//! One table of 1000 rows (written by `build.rs`) gives each group its natural, its double, and the
//! sizes that it is part of. A table from every `usize` to its natural would be quadratic in rustc.

use typenum::{B0, B1, UInt, UTerm};

use super::dim::{Const, Million, Size, Stretch, Thousand};
use super::nat::{Bit, Nat};

/// Three decimal digits, 0 to 999.
#[derive(Debug)]
pub struct Group<const V: usize>;

/// What a [`Group`] of three digits is in binary, doubled, and within a size.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a group of three digits, 0 to 999",
    label = "more than three digits",
    note = "write a larger size as `dim!(1600)`, or in groups: `Thousand<1, 600>`, `Million<1, 179, 648>`"
)]
pub trait Digits: 'static {
    /// The group in binary.
    type Nat: Nat;
    /// Is it 0?
    type IsZero: Bit;
    /// Is it 1? (An axis of size 1 broadcasts to any other, and every axis to itself.)
    type IsOne: Bit + Stretch<Self::Alone, Self::Alone>;
    /// Twice the group, without the carry.
    type Even: Digits;
    /// The carry of twice the group.
    type EvenCarry: Bit;
    /// Twice the group plus one, without the carry.
    type Odd: Digits;
    /// The carry of twice the group plus one.
    type OddCarry: Bit;
    /// The size that consists of this group: `Const<784>`.
    type Alone: Size;
    /// The size of this group of thousands over `Lo`.
    type Over<Lo: Digits>: Size;
    /// The size of this group of millions over `Mid` and `Lo`.
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
    ($v:literal, $nat:ty, $zero:ident, $one:ident, $even:literal, $even_carry:ident, $odd:literal, $odd_carry:ident) => {
        #[diagnostic::do_not_recommend]
        impl Digits for Group<$v> {
            type Nat = $nat;
            type IsZero = $zero;
            type IsOne = $one;
            type Even = Group<$even>;
            type EvenCarry = $even_carry;
            type Odd = Group<$odd>;
            type OddCarry = $odd_carry;
            type Alone = Const<$v>;
            type Over<Lo: Digits> = Lo::Under<$v>;
            type OverTwo<Mid: Digits, Lo: Digits> = Mid::Between<$v, Lo>;
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
}
include!(concat!(env!("OUT_DIR"), "/groups.rs"));
