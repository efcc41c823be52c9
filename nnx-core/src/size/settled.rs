//! Shapes that the compiler knows, so that a method can exist twice: with a guard for them, and without one for
//! shapes of which an axis is a parameter.

use super::bit::{Bit0, Bit1};
use super::dim::Dim;
use super::rules::LastAxis;
use super::shape::Shape;

/// A shape whose spatial axes are all known to be a size or a runtime axis: none is a generic parameter.
///
/// rustc chooses between two methods of the same name by this bound. A guard can't serve for it: a guard that holds for
/// a parameter holds for every size.
pub trait Settled: Shape {}
/// An axis that isn't a parameter: the compiler knows whether its size is 1.
trait SettledAxis: Dim {}
impl<A: Dim<IsOne: Decided>> SettledAxis for A {}
/// One of the two type-level booleans.
trait Decided {}
impl Decided for Bit0 {}
impl Decided for Bit1 {}

macro_rules! settled {
    ($($($before:ident)?, $($between:ident)*, $($behind:ident)?;)*) => { $(
        #[diagnostic::do_not_recommend]
        #[allow(private_bounds, reason = "no other crate needs them")]
        impl<$($before: Dim,)? $($between: SettledAxis,)* $($behind: Dim,)?> Settled
            for ($($before,)? $($between,)* $($behind,)?) {}
    )* };
}
settled! { , , ; A, , ; A, , B; A, C, B; A, C D, B; A, C D E, B; A, C D E F, B; }

/// A shape whose last axis is known to be a size or a runtime axis: it isn't a generic parameter.
pub trait SettledLast: LastAxis {}
#[diagnostic::do_not_recommend]
#[allow(private_bounds, reason = "no other crate needs them")]
impl<S: LastAxis<Last: SettledAxis>> SettledLast for S {}
