//! A language model like GPT-2 (Radford et al., 2019), whose blocks are fields, and one step of training.
//!
//! The benchmark repeats each line that contains `block0`, once for each layer.

use burn::module::{Module, Param};
use burn::nn::attention::{
    MhaInput, MultiHeadAttention, MultiHeadAttentionConfig, generate_autoregressive_mask,
};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::prelude::*;
use burn::tensor::activation::gelu;

const WIDTH: usize = 768;
const VOCABULARY: usize = 50257;
const POSITIONS: usize = 1024;

#[derive(Module, Debug)]
struct Block {
    norm1: LayerNorm,
    attention: MultiHeadAttention,
    norm2: LayerNorm,
    hidden: Linear,
    output: Linear,
}

impl Block {
    fn new(device: &Device) -> Self {
        Self {
            norm1: LayerNormConfig::new(WIDTH).init(device),
            attention: MultiHeadAttentionConfig::new(WIDTH, 12).init(device),
            norm2: LayerNormConfig::new(WIDTH).init(device),
            hidden: LinearConfig::new(WIDTH, 3072).init(device),
            output: LinearConfig::new(3072, WIDTH).init(device),
        }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [batch, time, _] = x.dims();
        let mask = generate_autoregressive_mask(batch, time, &x.device());
        let y = MhaInput::self_attn(self.norm1.forward(x.clone())).mask_attn(mask);
        let x = x + self.attention.forward(y).context;
        let y = self.norm2.forward(x.clone());
        let y = gelu(self.hidden.forward(y));
        x + self.output.forward(y)
    }
}

#[derive(Module, Debug)]
struct Transformer {
    embedding: Embedding,
    positions: Param<Tensor<3>>,
    block0: Block,
    norm: LayerNorm,
    head: Linear,
}

impl Transformer {
    fn new(device: &Device) -> Self {
        Self {
            embedding: EmbeddingConfig::new(VOCABULARY, WIDTH).init(device),
            positions: Param::from_tensor(Tensor::zeros([1, POSITIONS, WIDTH], device)),
            block0: Block::new(device),
            norm: LayerNormConfig::new(WIDTH).init(device),
            head: LinearConfig::new(WIDTH, VOCABULARY).init(device),
        }
    }

    fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        let x = self.embedding.forward(tokens);
        let x = x * 0.5; // the line that is edited
        let x = x + self.positions.val();
        let x = self.block0.forward(x);
        let x = self.norm.forward(x);
        self.head.forward(x)
    }
}

fn main() {
    let device = Device::flex().autodiff();
    let model = Transformer::new(&device);
    let mut optimizer = AdamConfig::new().init();
    let tokens: Tensor<2, Int> = Tensor::ones([1, POSITIONS], &device);
    let logits: Tensor<2> = model.forward(tokens.clone()).flatten(0, 1);
    let loss = CrossEntropyLossConfig::new().init(&device).forward(logits, tokens.flatten(0, 1));
    let grads = GradientsParams::from_grads(loss.backward(), &model);
    let model = optimizer.step(1e-3, model, grads);
    println!("{} parameters, loss {}", model.num_params(), loss.into_scalar::<f32>());
}
