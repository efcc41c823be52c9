//! Benchmarks of recurrent layers over sequences, and of attention.

use std::hint::black_box;

use nnx::prelude::*;
use nnx::tensor::value_and_gradient;

use crate::work::{Work, numbers, sizes_in};

/// `lstm_`, `train_gru_`: batch, steps, features of input and output. `attention_`, `train_causal_`: batch, steps, heads of
/// 64 features.
pub(crate) fn named(kind: &str, sizes: &str) -> Option<Work> {
    let (train, layer) = match kind.strip_prefix("train_") {
        Some(layer) => (true, layer),
        None => (false, kind),
    };
    let [batch, time, width] = sizes_in(sizes)?;
    match (layer, width) {
        ("lstm_", 64) => Some(recurrent::<OptimizedLstmCell<U64, U64>>([batch, time], train)),
        ("lstm_", 256) => Some(recurrent::<OptimizedLstmCell<U256, U256>>([batch, time], train)),
        ("gru_", 64) => Some(recurrent::<GruCell<U64, U64>>([batch, time], train)),
        ("gru_", 256) => Some(recurrent::<GruCell<U256, U256>>([batch, time], train)),
        ("attention_", 8) => Some(attention([batch, time], (), train)),
        ("causal_", 8) => Some(attention([batch, time], Causal, train)),
        _ => None,
    }
}

fn recurrent<C>([batch, time]: [usize; 2], train: bool) -> Work
where
    C: RnnCell<Element = f32> + Init + 'static,
    Rnn<C>: Module
        + Layer<Tensor<(Batch, Time, C::In)>, Output = Tensor<(Batch, Time, C::Hidden)>>
        + 'static,
{
    let mut model = Rnn::<C>::init(&mut Rngs::new(0));
    let sizes = [batch, time, C::In::USIZE];
    let x = numbers(sizes.iter().product());
    let x: Tensor<(Batch, Time, C::In)> = Tensor::from_shape_vec(&sizes, x).expect("these sizes");
    if !train {
        return Work::new(move || drop(black_box(model.infer(x.clone()))));
    }
    Work::new(move || {
        let loss = |model: &Rnn<C>, pass: &mut Pass| model.forward(x.clone(), pass).square().mean();
        drop(black_box(value_and_grad(&mut model, loss)));
    })
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
