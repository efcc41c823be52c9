//! The `impl` lacks the bound of the struct.

use nnx::prelude::*;

#[derive(Module)]
struct Model<const N: usize>
where
    Const<N>: Size,
{
    dense: Linear<Const<N>, U10>,
}

impl<B: Dim, const N: usize> Layer<Tensor![B, Const<N>]> for Model<N> {
    type Output = Tensor![B, 10];

    fn forward(&self, x: Tensor![B, Const<N>], pass: &mut Pass) -> Self::Output {
        self.dense.forward(x, pass)
    }
}

fn main() {}
