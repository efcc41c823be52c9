//! 3 elements of an axis of 2, which is computed from a parameter.

use nnx::prelude::*;

fn first<N: Size>(x: Tensor![1, { N * 2 }]) -> Tensor![1, 3] {
    x.reshape_at_build::<shape![1, AtBuild<dim!(N * 2)>]>().slice::<1, U0, U3>()
}

fn main() {
    let _ = first::<U1>(Tensor::ones());
}
