//! Conversion of sizes to numbers of the crate typenum, which are the lengths of `GenericArray`.

use std::ops::{Add, Mul};

use typenum::consts::{U0, U1, U2, U3, U4, U5, U6, U7, U8, U9, U10};
use typenum::{Prod, Sum, UTerm};

use super::digits::*;
use super::nat::{N, Nat, Z};
use super::sizes::Size;

/// A size that can be converted to a number of the crate typenum.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the length of a `GenericArray`",
    label = "expected a size that is known here, such as `U32` or `dim!(64 * 7 * 7)`"
)]
pub trait ToTypenum: Size {
    /// The number as a type of typenum.
    type Typenum;
}
#[diagnostic::do_not_recommend]
impl<A: Size<Nat: Binary>> ToTypenum for A {
    type Typenum = <A::Nat as Binary>::Binary;
}

/// Conversion of a natural number or a digit to typenum's binary form.
pub trait Binary {
    /// The number as a type of typenum.
    type Binary;
}
impl Binary for Z {
    type Binary = UTerm;
}
impl<U: Nat + Binary, A: Digit + Binary> Binary for N<U, A>
where
    U::Binary: Mul<U10>,
    Prod<U::Binary, U10>: Add<A::Binary>,
{
    type Binary = Sum<Prod<U::Binary, U10>, A::Binary>;
}
macro_rules! digits {
    ($($digit:ident $number:ident),*) => { $(
        impl Binary for $digit {
            type Binary = $number;
        }
    )* };
}
digits!(D0 U0, D1 U1, D2 U2, D3 U3, D4 U4, D5 U5, D6 U6, D7 U7, D8 U8, D9 U9);
