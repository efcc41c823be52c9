//! The trait [`Init`]: makes a model from random streams.

use std::array;
use std::marker::PhantomData;

use super::tuples::for_each_tuple;
use crate::random::Rngs;

/// A module that random streams alone can make: its sizes are in its type.
///
/// `#[derive(Module)]` implements it: the fields are made in order, from the same streams.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be made from random streams alone",
    label = "this has no `init(rngs)`",
    note = "say what the field starts with: `#[module(init = Dropout::new(0.5, rngs))]`, `#[module(init = Vec::new())]`, ..",
    note = "or write a constructor of your own that takes `rngs: &mut Rngs`"
)]
pub trait Init: Sized {
    /// Makes the module. Each variable that is sampled takes the next key of a stream of `rngs`.
    ///
    /// # Panics
    /// If a stream is needed that `rngs` doesn't have.
    fn init(rngs: &mut Rngs) -> Self;
}

impl<M: Init, const N: usize> Init for [M; N] {
    fn init(rngs: &mut Rngs) -> Self {
        array::from_fn(|_| M::init(rngs))
    }
}

impl<M: Init> Init for Box<M> {
    fn init(rngs: &mut Rngs) -> Self {
        Self::new(M::init(rngs))
    }
}

impl<T: ?Sized> Init for PhantomData<T> {
    fn init(_: &mut Rngs) -> Self {
        Self
    }
}

macro_rules! tuple {
    ($($module:ident $index:tt)+) => {
        impl<$($module: Init),+> Init for ($($module,)+) {
            fn init(rngs: &mut Rngs) -> Self {
                // Rust evaluates the elements of a tuple from left to right.
                ($($module::init(rngs),)+)
            }
        }
    };
}
for_each_tuple!(tuple);
