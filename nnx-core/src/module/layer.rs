//! A model applied to an input.

use std::rc::Rc;
use std::sync::Arc;

use super::Pass;
use super::derive_support::Feeds;
use crate::Error;

/// What turns an `X` into an output: a layer, a model, a pointer to a function, a tuple of them.
///
/// The output's type follows from the input's, so that shapes are checked through a whole model.
///
/// `Only` is always `()`: leave it out. (The derive adds implementations for another type there, which are
/// never used. They keep rustc from guessing `X`, as it does where there is one implementation: a wrong
/// input would be a mismatch of two long types, and not this trait's message.)
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be applied to `{X}`",
    label = "no forward pass for this input",
    note = "an input is given by value, with all its axes, the batch in front; a clone shares the elements",
    note = "for another kind of input write an `impl Layer<{X}>` with its output and its `forward`"
)]
pub trait Layer<X, Only = ()> {
    /// What comes out.
    type Output;

    /// One run. `pass` says whether it trains, gives the variables' values and takes their updates.
    fn forward(&self, x: X, pass: &mut Pass) -> Self::Output;

    /// A run in evaluation mode: [`forward`](Self::forward) with [`Pass::eval`].
    ///
    /// # Panics
    /// If the run notes an error by [`Pass::fail`]; [`try_infer`](Self::try_infer) returns it.
    #[track_caller]
    fn infer(&self, x: X) -> Self::Output {
        match self.try_infer(x) {
            Ok(output) => output,
            Err(error) => {
                panic!("the model noted an error, which `try_infer` returns: {error}")
            }
        }
    }

    /// A run in evaluation mode that returns the error which the model has noted by [`Pass::fail`].
    ///
    /// # Errors
    /// The first error that the run noted.
    fn try_infer(&self, x: X) -> Result<Self::Output, Error> {
        let mut pass = Pass::eval();
        let output = self.forward(x, &mut pass);
        pass.check().map(|()| output)
    }
}

/// A pointer to a function of the input is a layer, such as a field `activation: fn(Tensor![B, 8]) -> Tensor![B, 8]`.
impl<X, Y> Layer<X> for fn(X) -> Y {
    type Output = Y;
    fn forward(&self, x: X, _: &mut Pass) -> Y {
        self(x)
    }
}

// The rule is on the layer here, since rustc proposes pointers that may be layers: `Box::new(layer).forward(x)`,
// where a bound on the layer is missing.
macro_rules! pointer {
    ($($(#[$doc:meta])* $type:ty;)*) => { $(
        $(#[$doc])*
        impl<X, Only, L: Layer<X, Only> + ?Sized> Layer<X, Only> for $type {
            type Output = L::Output;
            fn forward(&self, x: X, pass: &mut Pass) -> L::Output {
                (**self).forward(x, pass)
            }
        }
    )* };
}
pointer! {
    /// A layer behind a pointer, such as a `Box<dyn Layer<Tensor![Batch, 784], Output = Tensor![Batch, 10]>>`.
    Box<L>;
    /// A layer that is shared with others, see [`Module`](super::Module).
    Rc<L>;
    /// A layer that is shared with others, see [`Module`](super::Module).
    Arc<L>;
}

/// A layer that is shared with others, see [`Module`](super::Module).
impl<X: Feeds<L>, L: ?Sized> Layer<X> for &L {
    type Output = X::Output;
    fn forward(&self, x: X, pass: &mut Pass) -> X::Output {
        x.feed(*self, pass)
    }
}

/// What repeated layers give where they take an `X`: again an `X`.
#[diagnostic::on_unimplemented(
    message = "layers in a `Vec` or an array must give what they take: they take `{X}`, but give `{Self}`",
    label = "the second of these layers would get `{Self}`",
    note = "layers that change the shape stand in a tuple, or in a struct with `#[module(sequential)]`"
)]
pub trait Again<X> {
    /// The same value.
    fn again(self) -> X;
}
#[diagnostic::do_not_recommend]
impl<X> Again<X> for X {
    fn again(self) -> X {
        self
    }
}

// The predicates are on the values, `X: Feeds<L>`: rustc guesses nothing from these, see there.
/// Layers of one type after another, however many there are when the program runs.
impl<X: Feeds<L, Output = Y>, Y: Again<X>, L> Layer<X> for Vec<L> {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.as_slice().forward(x, pass)
    }
}

/// Layers of one type after another.
impl<X: Feeds<L, Output = Y>, Y: Again<X>, L, const N: usize> Layer<X> for [L; N] {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.as_slice().forward(x, pass)
    }
}

/// Layers of one type after another.
impl<X: Feeds<L, Output = Y>, Y: Again<X>, L> Layer<X> for [L] {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.iter().fold(x, |x, layer| x.feed(layer, pass).again())
    }
}

/// The layer if it is there, else the input as it is.
impl<X: Feeds<L, Output = Y>, Y: Again<X>, L> Layer<X> for Option<L> {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        match self {
            Some(layer) => x.feed(layer, pass).again(),
            None => x,
        }
    }
}

macro_rules! chain {
    ($input:ident $($layer:ident $index:tt $output:ident)*; $last:ident) => {
        chain!(@links [] $input $($layer $output)*; $input $last $($layer $index)*);
    };
    // Each value feeds its layer and gives the next one.
    (@links [$($links:tt)*] $taken:ident $layer:ident $given:ident $($rest:ident)*; $($kept:tt)*) => {
        chain!(@links [$($links)* $taken: Feeds<$layer, Output = $given>,] $given $($rest)*; $($kept)*);
    };
    (@links [$($links:tt)*] $end:ident; $input:ident $last:ident $($layer:ident $index:tt)*) => {
        /// The layers one after the other.
        impl<$($links)* $last, $($layer),*> Layer<$input> for ($($layer,)*) {
            type Output = $last;
            fn forward(&self, x: $input, pass: &mut Pass) -> $last {
                $(let x = x.feed(&self.$index, pass);)*
                x
            }
        }
    };
}
chain!(X0 A 0 X1; X1);
chain!(X0 A 0 X1 B 1 X2; X2);
chain!(X0 A 0 X1 B 1 X2 C 2 X3; X3);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4; X4);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5; X5);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6; X6);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7; X7);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7 H 7 X8; X8);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7 H 7 X8 I 8 X9; X9);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7 H 7 X8 I 8 X9 J 9 X10; X10);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7 H 7 X8 I 8 X9 J 9 X10 K 10 X11; X11);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7 H 7 X8 I 8 X9 J 9 X10 K 10 X11 L 11 X12; X12);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7 H 7 X8 I 8 X9 J 9 X10 K 10 X11 L 11 X12 M 12 X13; X13);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7 H 7 X8 I 8 X9 J 9 X10 K 10 X11 L 11 X12 M 12 X13 N 13 X14; X14);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7 H 7 X8 I 8 X9 J 9 X10 K 10 X11 L 11 X12 M 12 X13 N 13 X14 O 14 X15; X15);
chain!(X0 A 0 X1 B 1 X2 C 2 X3 D 3 X4 E 4 X5 F 5 X6 G 6 X7 H 7 X8 I 8 X9 J 9 X10 K 10 X11 L 11 X12 M 12 X13 N 13 X14 O 14 X15 P 15 X16; X16);
