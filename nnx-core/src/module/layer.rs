//! The trait [`Layer`]: the forward pass.

use std::rc::Rc;
use std::sync::Arc;

use super::Pass;
use super::derive_support::LayerInput;
use super::tuples::for_each_tuple;
use crate::Error;

/// A function of an `X` with variables: a layer, a model, a function pointer, a tuple of them.
///
/// The type of the output follows from that of the input, so that the compiler checks the shapes of a whole
/// model.
///
/// `Only` is always `()`: leave it out. (The derive adds implementations with a different type there, which are
/// never used. If there is a single implementation, rustc guesses `X` from it, and reports a wrong input as
/// a mismatch of two long types and not with the message of this trait.)
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be applied to `{X}`",
    label = "no forward pass for this input",
    note = "an input is given by value, with all its axes, the batch first; a clone shares the elements",
    note = "for another kind of input write an `impl Layer<{X}>` with its output and its `forward`"
)]
pub trait Layer<X, Only = ()> {
    /// The output.
    type Output;

    /// The forward pass. `pass` is for training or evaluation; layers read variables from it and write their
    /// updates to it.
    ///
    /// # Panics
    /// If a runtime axis doesn't fit, such as one that is too short for a window. The panic is located at the call.
    #[track_caller]
    fn forward(&self, x: X, pass: &mut Pass) -> Self::Output;

    /// The forward pass in evaluation mode: [`forward`](Self::forward) with [`Pass::eval`].
    ///
    /// # Panics
    /// If the model calls [`Pass::fail`]; [`try_infer`](Self::try_infer) returns that error.
    #[track_caller]
    fn infer(&self, x: X) -> Self::Output {
        match self.try_infer(x) {
            Ok(output) => output,
            Err(error) => {
                panic!("the model noted an error, which `try_infer` returns: {error}")
            }
        }
    }

    /// The forward pass in evaluation mode, with the error of [`Pass::fail`] returned.
    ///
    /// # Errors
    /// The first error that the model passed to [`Pass::fail`].
    #[track_caller]
    fn try_infer(&self, x: X) -> Result<Self::Output, Error> {
        let mut pass = Pass::eval();
        let output = self.forward(x, &mut pass);
        pass.check().map(|()| output)
    }
}

/// A function pointer is a layer, such as a field `activation: fn(Tensor![B, 8]) -> Tensor![B, 8]`.
impl<X, Y> Layer<X> for fn(X) -> Y {
    type Output = Y;
    fn forward(&self, x: X, _: &mut Pass) -> Y {
        self(x)
    }
}

// The bound is on the layer here, not on the input: otherwise rustc suggests `Box::new(layer).forward(x)` where a
// bound on the layer is missing.
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

/// A layer that is shared, see [`Module`](super::Module).
impl<X: LayerInput<L>, L: ?Sized> Layer<X> for &L {
    type Output = X::Output;
    fn forward(&self, x: X, pass: &mut Pass) -> X::Output {
        x.feed(*self, pass)
    }
}

/// The output of a layer that is applied again to its own output: it must be an `X`, as the input is.
#[diagnostic::on_unimplemented(
    message = "layers in a `Vec` or an array must give what they take: they take `{X}`, but give `{Self}`",
    label = "the second of these layers would get `{Self}`",
    note = "put layers that change the shape in a tuple, or in a struct with `#[module(sequential)]`"
)]
pub trait SameAs<X> {
    /// The value itself.
    fn into_same(self) -> X;
}
#[diagnostic::do_not_recommend]
impl<X> SameAs<X> for X {
    fn into_same(self) -> X {
        self
    }
}

// The bound is on the value, `X: LayerInput<L>`, and not on the layer: rustc suggests nothing wrong for such a bound,
// see `LayerInput`.
/// Runs the layers in order. All have the same type; their number is known at run time.
impl<X: LayerInput<L, Output = Y>, Y: SameAs<X>, L> Layer<X> for Vec<L> {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.as_slice().forward(x, pass)
    }
}

/// Runs the layers in order. All have the same type.
impl<X: LayerInput<L, Output = Y>, Y: SameAs<X>, L, const N: usize> Layer<X> for [L; N] {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.as_slice().forward(x, pass)
    }
}

/// Runs the layers in order. All have the same type.
impl<X: LayerInput<L, Output = Y>, Y: SameAs<X>, L> Layer<X> for [L] {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.iter().fold(x, |x, layer| x.feed(layer, pass).into_same())
    }
}

/// The layer, or the identity for `None`.
impl<X: LayerInput<L, Output = Y>, Y: SameAs<X>, L> Layer<X> for Option<L> {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        match self {
            Some(layer) => x.feed(layer, pass).into_same(),
            None => x,
        }
    }
}

macro_rules! sequential {
    ($($layer:ident $index:tt)+) => {
        sequential!(@links [] X0; X1 X2 X3 X4 X5 X6 X7 X8 X9 X10 X11 X12 X13 X14 X15 X16; $($layer)+; $($layer $index)+);
    };
    // Each value is the input of the next layer.
    (@links [$($links:tt)*] $taken:ident; $given:ident $($values:ident)*; $layer:ident $($rest:ident)*; $($all:tt)+) => {
        sequential!(@links [$($links)* $taken: LayerInput<$layer, Output = $given>,] $given; $($values)*; $($rest)*; $($all)+);
    };
    (@links [$($links:tt)*] $last:ident; $($values:ident)*; ; $($layer:ident $index:tt)+) => {
        /// Runs the layers in order.
        impl<$($links)* $last, $($layer),+> Layer<X0> for ($($layer,)+) {
            type Output = $last;
            fn forward(&self, x: X0, pass: &mut Pass) -> $last {
                $(let x = x.feed(&self.$index, pass);)+
                x
            }
        }
    };
}
for_each_tuple!(sequential);
