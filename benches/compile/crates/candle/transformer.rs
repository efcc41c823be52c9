//! A language model like GPT-2 (Radford et al., 2019), whose blocks are fields, and one step of training.
//!
//! The benchmark repeats each line that contains `block0`, once for each layer.

use candle_core::{D, DType, Device, Module, Result, Tensor};
use candle_nn::{
    AdamW, Embedding, Init, LayerNorm, Linear, Optimizer, VarBuilder, VarMap, embedding,
    layer_norm, linear, loss, ops,
};

const WIDTH: usize = 768;
const HEADS: usize = 12;
const VOCABULARY: usize = 50257;
const POSITIONS: usize = 1024;

/// candle-nn has no such layer.
struct MultiHeadAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
}

impl MultiHeadAttention {
    fn new(vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            query: linear(WIDTH, WIDTH, vb.pp("query"))?,
            key: linear(WIDTH, WIDTH, vb.pp("key"))?,
            value: linear(WIDTH, WIDTH, vb.pp("value"))?,
            out: linear(WIDTH, WIDTH, vb.pp("out"))?,
        })
    }
}

impl Module for MultiHeadAttention {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, time, _) = x.dims3()?;
        let heads = |y: Tensor| {
            y.reshape((batch, time, HEADS, WIDTH / HEADS))?.transpose(1, 2)?.contiguous()
        };
        let query = heads(self.query.forward(x)?)?;
        let key = heads(self.key.forward(x)?)?;
        let value = heads(self.value.forward(x)?)?;
        let scores = (query.matmul(&key.t()?)? * ((WIDTH / HEADS) as f64).powf(-0.5))?;
        let later = (1.0 - Tensor::tril2(time, DType::F32, x.device())?)?;
        let scores = scores.broadcast_add(&(later * -1e9)?)?;
        let y = ops::softmax(&scores, D::Minus1)?.matmul(&value)?;
        self.out.forward(&y.transpose(1, 2)?.reshape((batch, time, WIDTH))?)
    }
}

struct Block {
    norm1: LayerNorm,
    attention: MultiHeadAttention,
    norm2: LayerNorm,
    hidden: Linear,
    output: Linear,
}

impl Block {
    fn new(vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            norm1: layer_norm(WIDTH, 1e-6, vb.pp("norm1"))?,
            attention: MultiHeadAttention::new(vb.pp("attention"))?,
            norm2: layer_norm(WIDTH, 1e-6, vb.pp("norm2"))?,
            hidden: linear(WIDTH, 3072, vb.pp("hidden"))?,
            output: linear(3072, WIDTH, vb.pp("output"))?,
        })
    }
}

impl Module for Block {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.norm1.forward(x)?;
        let x = (x + self.attention.forward(&y)?)?;
        let y = self.norm2.forward(&x)?;
        let y = self.hidden.forward(&y)?.gelu()?;
        x + self.output.forward(&y)?
    }
}

struct Transformer {
    embedding: Embedding,
    positions: Tensor,
    block0: Block,
    norm: LayerNorm,
    head: Linear,
}

impl Transformer {
    fn new(vb: &VarBuilder) -> Result<Self> {
        Ok(Self {
            embedding: embedding(VOCABULARY, WIDTH, vb.pp("embedding"))?,
            positions: vb.get_with_hints((POSITIONS, WIDTH), "positions", Init::Const(0.0))?,
            block0: Block::new(vb.pp("block0"))?,
            norm: layer_norm(WIDTH, 1e-6, vb.pp("norm"))?,
            head: linear(WIDTH, VOCABULARY, vb.pp("head"))?,
        })
    }
}

impl Module for Transformer {
    fn forward(&self, tokens: &Tensor) -> Result<Tensor> {
        let x = self.embedding.forward(tokens)?;
        let x = (x * 0.5)?; // the line that is edited
        let x = x.broadcast_add(&self.positions)?;
        let x = self.block0.forward(&x)?;
        let x = self.norm.forward(&x)?;
        self.head.forward(&x)
    }
}

fn main() -> Result<()> {
    let device = Device::Cpu;
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let model = Transformer::new(&vb)?;
    let mut optimizer = AdamW::new_lr(variables.all_vars(), 1e-3)?;
    let tokens = Tensor::ones((1, POSITIONS), DType::U32, &device)?;
    let logits = model.forward(&tokens)?.flatten_to(1)?;
    let loss = loss::cross_entropy(&logits, &tokens.flatten_all()?)?;
    optimizer.backward_step(&loss)?;
    let parameters: usize = variables.all_vars().iter().map(|variable| variable.elem_count()).sum();
    println!("{parameters} parameters, loss {}", loss.to_scalar::<f32>()?);
    Ok(())
}
