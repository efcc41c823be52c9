//! A model applied to an input.

use super::Pass;

/// What turns an `X` into an output: a layer, a model, a function, a tuple of them.
///
/// The output's type follows from the input's, so that shapes are checked through a whole model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be applied to `{X}`",
    label = "no forward pass for this input",
    note = "write `impl Layer<{X}> for ..` with its output and its `forward`, or give it the input that it takes"
)]
pub trait Layer<X> {
    /// What comes out.
    type Output;

    /// One run. `pass` says whether it trains, gives the variables' values and takes their updates.
    fn forward(&self, x: X, pass: &mut Pass) -> Self::Output;

    /// A run in evaluation mode: [`forward`](Self::forward) with [`Pass::eval`].
    fn infer(&self, x: X) -> Self::Output {
        self.forward(x, &mut Pass::eval())
    }
}

/// A function of the input is a layer: `Tensor::relu` stands in a tuple of layers.
impl<X, Y, F: Fn(X) -> Y> Layer<X> for F {
    type Output = Y;
    fn forward(&self, x: X, _: &mut Pass) -> Y {
        self(x)
    }
}

/// Layers of one type after another, however many there are when the program runs.
impl<X, L: Layer<X, Output = X>> Layer<X> for Vec<L> {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.as_slice().forward(x, pass)
    }
}

/// Layers of one type after another.
impl<X, L: Layer<X, Output = X>, const N: usize> Layer<X> for [L; N] {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.as_slice().forward(x, pass)
    }
}

/// Layers of one type after another.
impl<X, L: Layer<X, Output = X>> Layer<X> for [L] {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        self.iter().fold(x, |x, layer| layer.forward(x, pass))
    }
}

/// The layer if it is there, else the input as it is.
impl<X, L: Layer<X, Output = X>> Layer<X> for Option<L> {
    type Output = X;
    fn forward(&self, x: X, pass: &mut Pass) -> X {
        match self {
            Some(layer) => layer.forward(x, pass),
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
