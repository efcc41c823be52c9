//! Models of layers that are equal, and of steps over time.

use nnx_core::nn::{LayerNorm, MultiHeadAttention};
use nnx_core::size::U16;

use crate::prelude::*;

/// A layer of a GPT.
#[derive(Debug, Module)]
pub(super) struct Block {
    norm: LayerNorm<U8>,
    attention: MultiHeadAttention<U2, U8>,
    norm2: LayerNorm<U8>,
    hidden: Linear<U8, U16>,
    output: Linear<U16, U8>,
}

/// As many layers as a model is given.
#[derive(Debug, Module)]
pub(super) struct Stack {
    pub(super) layers: Vec<Block>,
    head: Linear<U8, U3>,
}

pub(super) type Tokens = Tensor![2, 5, 8];

impl Stack {
    pub(super) fn new(layers: usize) -> Self {
        let rngs = &mut Rngs::new(0);
        Self { layers: (0..layers).map(|_| Block::init(rngs)).collect(), head: Linear::init(rngs) }
    }
}

impl Layer<Tokens> for Stack {
    type Output = Tensor![2, 5, 3];
    fn forward(&self, x: Tokens, pass: &mut Pass) -> Tensor![2, 5, 3] {
        let layer = |x: Tokens, layer: &Block| {
            let y = layer.norm.forward(x.clone(), pass);
            let x = x + layer.attention.forward(y, pass);
            let y = layer.norm2.forward(x.clone(), pass);
            x + layer.output.forward(layer.hidden.forward(y, pass).gelu(), pass)
        };
        let x = self.layers.iter().fold(x, layer);
        self.head.forward(x, pass)
    }
}

/// A recurrent cell, whose steps are a loop in Rust.
#[derive(Debug, Module)]
pub(super) struct Loop {
    input: Linear<U3, U4>,
    hidden: Linear<U4, U4>,
}

pub(super) const STEPS: usize = 1000;

impl Layer<Tensor![1000, 2, 3]> for Loop {
    type Output = Tensor![2, 4];
    fn forward(&self, x: Tensor![1000, 2, 3], pass: &mut Pass) -> Tensor![2, 4] {
        let x = x.into_dyn();
        (0..STEPS as isize).fold(Tensor::zeros(), |h, t| {
            let now: Tensor![2, 3] = x.clone().at(0, t).try_into().expect("a step");
            (self.input.forward(now, pass) + self.hidden.forward(h, pass)).tanh()
        })
    }
}
