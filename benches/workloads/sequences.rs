//! Benchmarks of recurrent layers over sequences, of attention, and of bags of embeddings.

use std::hint::black_box;

use nnx::prelude::*;
use nnx::size::Size;
use nnx::tensor::value_and_gradient;

use crate::work::{Work, mixed, numbers, sizes_in};

/// `lstm_`, `train_gru_`: batch, steps, features of input and output; `bilstm_` has these in each direction. `attention_`,
/// `train_causal_`: batch, steps, heads of 64 features. `embedding_bag_`: batch, indices of each bag, features.
pub(crate) fn named(kind: &str, sizes: &str) -> Option<Work> {
    let (train, layer) = match kind.strip_prefix("train_") {
        Some(layer) => (true, layer),
        None => (false, kind),
    };
    let [batch, time, width] = sizes_in(sizes)?;
    match (layer, width) {
        ("lstm_", 64) => {
            Some(recurrent::<Rnn<OptimizedLstmCell<U64, U64>>, U64, U64>([batch, time], train))
        }
        ("lstm_", 256) => {
            Some(recurrent::<Rnn<OptimizedLstmCell<U256, U256>>, U256, U256>([batch, time], train))
        }
        ("gru_", 64) => Some(recurrent::<Rnn<GruCell<U64, U64>>, U64, U64>([batch, time], train)),
        ("gru_", 256) => {
            Some(recurrent::<Rnn<GruCell<U256, U256>>, U256, U256>([batch, time], train))
        }
        ("bilstm_", 256) => Some(recurrent::<BothWays, U256, dim!(2 * 256)>([batch, time], train)),
        ("embedding_bag_", 64) if !train => Some(bags([batch, time])),
        ("attention_", 8) => Some(attention([batch, time], (), train)),
        ("causal_", 8) => Some(attention([batch, time], Causal, train)),
        _ => None,
    }
}

type BothWays = Bidirectional<OptimizedLstmCell<U256, U256>>;

fn recurrent<M, In: Size, Out: Size>([batch, time]: [usize; 2], train: bool) -> Work
where
    M: Module
        + Init
        + Layer<Tensor<(Batch, Time, In)>, Output = Tensor<(Batch, Time, Out)>>
        + 'static,
{
    let mut model = M::init(&mut Rngs::new(0));
    let sizes = [batch, time, In::USIZE];
    let x = numbers(sizes.iter().product());
    let x: Tensor<(Batch, Time, In)> = Tensor::from_shape_vec(&sizes, x).expect("these sizes");
    if !train {
        return Work::new(move || drop(black_box(model.infer(x.clone()))));
    }
    Work::new(move || {
        let loss = |model: &M, pass: &mut Pass| model.forward(x.clone(), pass).square().mean();
        drop(black_box(value_and_grad(&mut model, loss)));
    })
}

/// The rows of the table: with 64 features it has 26 MB, more than most caches.
type Rows = dim!(100 * 1000);

fn bags([batch, count]: [usize; 2]) -> Work {
    let layer = EmbeddingBag::<Rows, U64>::init(&mut Rngs::new(0));
    let index = |bits: u32| i32::try_from(bits % Rows::USIZE as u32).expect("an index of a row");
    let indices = mixed(batch * count).map(index).collect();
    let indices: Tensor![Batch, Time; i32] =
        Tensor::from_shape_vec(&[batch, count], indices).expect("these sizes");
    Work::new(move || drop(black_box::<Tensor![Batch, 64]>(layer.infer(indices.clone()))))
}

type Heads = Tensor![Batch, Time, 8, 64];

fn attention<M>([batch, time]: [usize; 2], mask: M, train: bool) -> Work
where
    M: AttentionMask<(Batch, U8, Time, Time), f32> + Copy + 'static,
{
    let sizes = [batch, time, 8, 64];
    let x: Heads = Tensor::from_shape_vec(&sizes, numbers(sizes.iter().product())).expect("heads");
    let (key, value) = (x.clone() * 0.5, x.clone() + 0.25);
    if !train {
        return Work::new(move || {
            let y = dot_product_attention(x.clone(), key.clone(), value.clone(), mask);
            drop(black_box::<Heads>(y));
        });
    }
    let loss = move |inputs: (Heads, Heads, Heads)| {
        let (query, key, value) = inputs;
        let y: Heads = dot_product_attention(query, key, value, mask);
        y.square().mean()
    };
    Work::new(move || {
        let inputs = (x.clone(), key.clone(), value.clone());
        drop(black_box(value_and_gradient(loss, inputs)));
    })
}
