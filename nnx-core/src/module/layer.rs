//! A model applied to an input.

use super::Pass;
use super::derive_support::Derived;

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
    fn infer(&self, x: X) -> Self::Output {
        self.forward(x, &mut Pass::eval())
    }
}

/// A pointer to a function of the input is a layer, such as a field `activation: fn(Tensor![B, 8]) -> Tensor![B, 8]`.
impl<X, Y> Layer<X> for fn(X) -> Y {
    type Output = Y;
    fn forward(&self, x: X, _: &mut Pass) -> Y {
        self(x)
    }
}

/// A layer behind a pointer, such as a `Box<dyn Layer<Tensor![Batch, 784], Output = Tensor![Batch, 10]>>`.
impl<X, L: Layer<X> + ?Sized> Layer<X> for Box<L> {
    type Output = L::Output;
    fn forward(&self, x: X, pass: &mut Pass) -> L::Output {
        (**self).forward(x, pass)
    }
}

/// A layer that is borrowed.
impl<X, L: Layer<X> + ?Sized> Layer<X> for &L {
    type Output = L::Output;
    fn forward(&self, x: X, pass: &mut Pass) -> L::Output {
        (**self).forward(x, pass)
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

/// Layers of one type after another, however many there are when the program runs.
impl<X, Y: Again<X>, L: Layer<X, Output = Y>> Layer<X> for Vec<L> {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.as_slice().forward(x, pass)
    }
}

/// Layers of one type after another.
impl<X, Y: Again<X>, L: Layer<X, Output = Y>, const N: usize> Layer<X> for [L; N] {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.as_slice().forward(x, pass)
    }
}

/// Layers of one type after another.
impl<X, Y: Again<X>, L: Layer<X, Output = Y>> Layer<X> for [L] {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.iter().fold(x, |x, layer| layer.forward(x, pass).again())
    }
}

/// The layer if it is there, else the input as it is.
impl<X, Y: Again<X>, L: Layer<X, Output = Y>> Layer<X> for Option<L> {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        match self {
            Some(layer) => layer.forward(x, pass).again(),
            None => x,
        }
    }
}

macro_rules! chain {
    ($($layer:ident $index:tt $input:ty,)* => $output:ty) => {
        /// The layers one after the other.
        impl<X, $($layer: Layer<$input>),*> Layer<X> for ($($layer,)*) {
            type Output = $output;
            fn forward(&self, x: X, pass: &mut Pass) -> Self::Output {
                $(let x = self.$index.forward(x, pass);)*
                x
            }
        }
    };
}
chain!(A 0 X, => A::Output);
chain!(A 0 X, B 1 A::Output, => B::Output);
chain!(A 0 X, B 1 A::Output, C 2 B::Output, => C::Output);
chain!(A 0 X, B 1 A::Output, C 2 B::Output, D 3 C::Output, => D::Output);
chain!(A 0 X, B 1 A::Output, C 2 B::Output, D 3 C::Output, E 4 D::Output, => E::Output);
chain!(A 0 X, B 1 A::Output, C 2 B::Output, D 3 C::Output, E 4 D::Output, F 5 E::Output, => F::Output);
chain!(A 0 X, B 1 A::Output, C 2 B::Output, D 3 C::Output, E 4 D::Output, F 5 E::Output,
    G 6 F::Output, => G::Output);
chain!(A 0 X, B 1 A::Output, C 2 B::Output, D 3 C::Output, E 4 D::Output, F 5 E::Output,
    G 6 F::Output, H 7 G::Output, => H::Output);

/// The input that derived modules refuse, see [`Layer`]: two of them, since rustc takes the only one.
#[derive(Debug)]
pub enum Refused {}
/// The other one.
#[derive(Debug)]
pub enum AlsoRefused {}

#[diagnostic::do_not_recommend]
impl<M: Derived + ?Sized> Layer<Refused, Refused> for M {
    type Output = Refused;
    fn forward(&self, x: Refused, _: &mut Pass) -> Refused {
        x
    }
}
#[diagnostic::do_not_recommend]
impl<M: Derived + ?Sized> Layer<AlsoRefused, Refused> for M {
    type Output = AlsoRefused;
    fn forward(&self, x: AlsoRefused, _: &mut Pass) -> AlsoRefused {
        x
    }
}
