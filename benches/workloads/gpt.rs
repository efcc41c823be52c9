//! Benchmarks of a GPT of 10.7 million parameters: training on sequences of 128 tokens, and decoding of 32 tokens with a
//! cache of keys and values. Of one of 26 million, whose 105 MB no cache holds: the same with weights of f32 and of bf16.

use std::hint::black_box;

use nnx::models::{Gpt, GptOptions};
use nnx::prelude::*;

use crate::models::planning;
use crate::work::Work;

type Model = Gpt<U65, U256, U384, U6>;
type Large = Gpt<U8192, U256, U512, U8>;

const TRAINED: usize = 128;
const DECODED: usize = 32;

fn tokens(batch: usize, steps: usize) -> Tensor![Batch, Time; i32] {
    let tokens = (0..batch * steps).map(|i| (i * 31 % 65) as i32).collect();
    Tensor::from_shape_vec(&[batch, steps], tokens).expect("tokens of these sizes")
}

/// `infer`, `jit`, or `decode`: some tokens of each sequence of a batch, one after another.
macro_rules! forward {
    ($kind:expr, $model:ident, $batch:expr) => {{
        let (mut model, batch, x) = ($model, $batch, tokens($batch, TRAINED));
        match $kind {
            "infer" => Some(Work::new(move || drop(black_box(model.infer(x.clone()))))),
            "jit" => {
                let compiled = compile::<Tensor![Batch, Time; i32], _>(model);
                Some(Work::new(move || drop(black_box(compiled.infer(x.clone())))))
            }
            "decode" => {
                let next = tokens(batch, 1);
                Some(Work::new(move || {
                    model.init_cache(batch);
                    for _ in 0..DECODED {
                        let mut pass = Pass::decode();
                        drop(black_box(model.forward(next.clone(), &mut pass)));
                        pass.commit(&mut model).expect("a pass of this model");
                    }
                }))
            }
            _ => None,
        }
    }};
}

/// `train`, `infer`, `jit`, `decode`, or what is done with a recorded step of training, of a batch.
pub(crate) fn work(kind: &str, batch: usize) -> Option<Work> {
    let mut model = Model::with(&GptOptions::default().depth(6), &mut Rngs::new(0));
    let x = tokens(batch, TRAINED);
    Some(match kind {
        "jit_train" | "record_train" | "plan_train" => {
            type Tokens = Tensor![Batch, Time; i32];
            let mut optimizer = Optimizer::new(&model, adam(1e-3));
            let mut step = jit(|(model, optimizer): (&mut Model, &mut Optimizer), x: Tokens| {
                let (loss, grads) = loss_and_grad(model, |model, pass| {
                    softmax_cross_entropy(model.forward(x.clone(), pass), x).mean()
                })?;
                optimizer.update(model, grads)?;
                Ok(loss)
            });
            if kind == "plan_train" {
                let program = step.program((&mut model, &mut optimizer), x).expect("a step");
                return Some(planning(program));
            }
            let records = kind == "record_train";
            Work::new(move || {
                if records {
                    step.clear();
                }
                let loss = step.call((&mut model, &mut optimizer), x.clone()).expect("a step");
                assert!(loss.item().is_finite(), "training diverged");
            })
        }
        "train" => {
            let mut optimizer = Optimizer::new(&model, adam(1e-3));
            Work::new(move || {
                let (loss, grads) = value_and_grad(&mut model, |model, pass| {
                    softmax_cross_entropy(model.forward(x.clone(), pass), x.clone()).mean()
                })
                .expect("the loss depends on the weights");
                optimizer.update(&mut model, grads).expect("gradients of this model");
                assert!(loss.is_finite(), "training diverged: the loss is {loss}");
            })
        }
        _ => return forward!(kind, model, batch),
    })
}

/// `infer`, `jit` or `decode` of the large model, with weights of bf16 or f32.
pub(crate) fn large(kind: &str, batch: usize, bf16: bool) -> Option<Work> {
    let mut model = Large::with(&GptOptions::default().depth(7), &mut Rngs::new(0));
    if bf16 {
        to_bf16(&mut model).expect("weights within the range of bf16");
    }
    forward!(kind, model, batch)
}
