//! Linear layers, and a sequence of layers.

use nnx::prelude::*;

use crate::case::Case;

fn check<S: Shape, O: Shape>(name: &'static str, start: &KernelOptions)
where
    Linear<U3, U5>: Layer<Tensor<S>, Output = Tensor<O>>,
{
    Case::open("linear", name)
        .check::<_, S, O>(&mut Linear::<U3, U5>::with(start, &mut Rngs::new(0)));
}

#[test]
fn linear_with_a_bias() {
    let start = KernelOptions::default();
    check::<shape![3], shape![5]>("linear bias=true rank=1", &start);
    check::<shape![2, 3], shape![2, 5]>("linear bias=true rank=2", &start);
    check::<shape![Batch, 4, 3], shape![Batch, 4, 5]>("linear bias=true rank=3", &start);
}

#[test]
fn linear_without_a_bias() {
    let start = KernelOptions::default().without_bias();
    check::<shape![3], shape![5]>("linear bias=false rank=1", &start);
    check::<shape![2, 3], shape![2, 5]>("linear bias=false rank=2", &start);
    check::<shape![Batch, 4, 3], shape![Batch, 4, 5]>("linear bias=false rank=3", &start);
}

#[test]
fn a_chain_with_statistics_and_masks() {
    type Chain = Sequential<(Linear<U3, U5>, Relu, BatchNorm<U5>, Dropout, Linear<U5, U2>)>;
    Case::open("linear", "sequential")
        .check::<_, shape![Batch, 3], shape![Batch, 2]>(&mut Chain::init(&mut Rngs::new(0)));
}
