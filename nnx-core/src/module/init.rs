//! A model from random streams.

use std::array;
use std::marker::PhantomData;

use crate::random::Rngs;

/// What can be made from random streams alone: its shapes are types, so it needs no sizes.
///
/// `#[derive(Module)]` writes it: the fields draw from the streams in their order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be made from random streams alone",
    label = "this has no `init(rngs)`",
    note = "say what the field starts with: `#[module(init = Dropout::new(0.5, rngs))]`, `#[module(init = Vec::new())]`, ..",
    note = "or write a constructor of your own that takes `rngs: &mut Rngs`"
)]
pub trait Init: Sized {
    /// Makes the module; `rngs` gives a key for each variable, in order.
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
    ($($module:ident)+) => {
        impl<$($module: Init),+> Init for ($($module,)+) {
            fn init(rngs: &mut Rngs) -> Self {
                // A tuple's parts are made from left to right.
                ($($module::init(rngs),)+)
            }
        }
    };
}
tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J K);
tuple!(A B C D E F G H I J K L);
tuple!(A B C D E F G H I J K L M);
tuple!(A B C D E F G H I J K L M N);
tuple!(A B C D E F G H I J K L M N O);
tuple!(A B C D E F G H I J K L M N O P);
