//! The rows of the functions here in the table of operations: this module reads the files of rows once more.

use super::*;
use crate::ops::binary::Binary;
use crate::ops::registry::{self, Row};

macro_rules! rows {
    ($(
        $(#[$doc:meta])*
        pub fn $name:ident(self $(, $option:ident: f64)*) -> Self where [$($bounds:tt)*];
        $kind:ident { $($body:tt)* }
        $(layer $layer:tt)? $(golden $golden:tt)? test $test:tt
    )*) => { pub(super) const ROWS: &[Option<Row>] = &[$(row! { $kind Unary $($body)* }),*]; };
}

macro_rules! pairs {
    ($(
        $(#[$doc:meta])*
        pub fn $name:ident<O>(self, $other:ident: O) -> Self where [$($bounds:tt)*];
        $kind:ident { $($body:tt)* }
        $(golden $golden:tt)? test $test:tt
    )*) => { pub(super) const ROWS: &[Option<Row>] = &[$(row! { $kind Binary $($body)* }),*]; };
}

/// The row of an operation; none of a function that is composed of others.
macro_rules! row {
    (composed $($rest:tt)*) => {
        None
    };
    ($kind:ident $type:ident $operation:ident, $($rest:tt)*) => {
        Some(registry::operation::<$type<$operation>>())
    };
}

macro_rules! files {
    ($($file:ident $path:literal),*) => {
        $(mod $file {
            use super::*;
            include!($path);
        })*
        /// The rows of all operations here.
        pub(in crate::ops) fn rows() -> impl Iterator<Item = Row> {
            [$($file::ROWS),*].into_iter().flatten().copied().flatten()
        }
    };
}

files! {
    math "math.rs", exponents "exponents.rs", rounding "rounding.rs", trigonometric "trigonometric.rs",
    hyperbolic "hyperbolic.rs", special "special.rs", rectifiers "rectifiers.rs", smooth "smooth.rs", pairs "pairs.rs",
    pairs_smooth "pairs_smooth.rs", pairs_division "pairs_division.rs"
}
