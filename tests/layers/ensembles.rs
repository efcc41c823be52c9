//! Ensembles against Flax: models whose constructor and call are vmapped over split streams.

use nnx::prelude::*;
use nnx::random::init;

use crate::case::{Case, count};

/// The ensemble at the path that it has in Flax.
#[derive(Module)]
struct Members<M: Module, N: Size> {
    members: Ensemble<M, N>,
}

fn check<M, N: Size, S: Shape, O: Shape>(name: &'static str)
where
    M: Init + Module + 'static,
    Ensemble<M, N>: Layer<Tensor<S>, Output = Tensor<O>>,
{
    let mut members = Members::<M, N> { members: Ensemble::init(&mut Rngs::new(0)) };
    let case = Case::open("ensembles", name);
    // A bias before a normalization has the gradient 0, except for the rounding of its rows' gradients, which are up to 8.
    case.at_least(0.5).check_with(&mut members, case_input(name), |members, x, pass| {
        members.members.forward(x, pass)
    });
}

fn case_input<S: Shape>(name: &'static str) -> Tensor<S> {
    Case::open("ensembles", name).input(0)
}

#[derive(Module)]
struct Dense {
    hidden: Linear<U3, U5>,
    norm: BatchNorm<U5>,
    dropout: Dropout,
    #[module(init = Linear::with(&KernelOptions::default().bias(init::normal(0.5)), rngs))]
    head: Linear<U5, U2>,
}
impl<B: Dim> Layer<Tensor![B, 3]> for Dense {
    type Output = Tensor![B, 2];
    fn forward(&self, x: Tensor![B, 3], pass: &mut Pass) -> Self::Output {
        let x = self.norm.forward(self.hidden.forward(x, pass), pass).tanh();
        self.head.forward(self.dropout.forward(x, pass), pass)
    }
}

#[derive(Module)]
struct Images {
    conv: Conv<U2, U4, (U3, U3), Strided<U2>>,
    norm: GroupNorm<U4, U2>,
    head: Linear<U4, U3>,
}
impl Layer<Tensor![2, 5, 7, 2]> for Images {
    type Output = Tensor![2, 3];
    fn forward(&self, x: Tensor![2, 5, 7, 2], pass: &mut Pass) -> Self::Output {
        let x = self.norm.forward(self.conv.forward(x, pass), pass).relu();
        self.head.forward(x.mean_axes::<(Axis<1>, Axis<2>)>(), pass)
    }
}

#[derive(Module)]
struct Sequences {
    norm: LayerNorm<U8>,
    #[module(init = MultiHeadAttention::with(&AttentionOptions::default().dropout(0.25), rngs))]
    attention: MultiHeadAttention<U2, U8>,
}
impl Layer<Tensor![2, 5, 8]> for Sequences {
    type Output = Tensor![2, 5, 8];
    fn forward(&self, x: Tensor![2, 5, 8], pass: &mut Pass) -> Self::Output {
        let normalized = self.norm.forward(x.clone(), pass);
        x + self.attention.forward(normalized, pass)
    }
}

#[test]
fn an_ensemble_has_the_numbers_of_flaxs_vmap_over_split_streams() {
    check::<Dense, U4, shape![6, 3], shape![4, 6, 2]>("dense");
    check::<Images, U3, shape![2, 5, 7, 2], shape![3, 2, 3]>("images");
    check::<Sequences, U3, shape![2, 5, 8], shape![3, 2, 5, 8]>("sequences");
    assert_eq!(count("ensembles", ""), 3);
}
