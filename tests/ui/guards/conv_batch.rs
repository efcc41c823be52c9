//! The parameter of the batch lacks the bound `Dim`.

use nnx::prelude::*;

fn apply<B, C: Size>(conv: &Conv<C, C, (U3, U3)>, x: Tensor![B, 28, 28, C], pass: &mut Pass) {
    let _ = conv.forward(x, pass);
}

fn main() {}
