//! The workloads of whole models: predictions by `infer` and by a compiled model (`jit`), and steps of training, eager
//! (`train`) and recorded (`jit_train`).

use std::hint::black_box;

use nnx::models::{
    ConvNext, MbConv, Mlp, ResNet18, ResNet50, ResidualMbConv, SimpleCnn, SmallResNet,
    TransformerBlock, UNet, Vit,
};
use nnx::prelude::*;
use nnx::program::{Memo, Plan, Program, Rewrites};

use crate::gpt;
use crate::work::{Work, numbers, size};

/// `infer`, `cnn`, `b32`: what is done, with which model, on how many examples. `None` without a batch
/// size.
pub(crate) fn model_named(kind: &str, model: &str, batch: &str) -> Option<Result<Work, String>> {
    type Block = TransformerBlock<U256, U8, U1024>;
    type Sequences = shape![Batch, 128, 256];
    type Photos = shape![Batch, 224, 224, 3];
    type VitS = Vit<U224, U224, U16, U384, U6, U1000>;
    type Inverted = ResidualMbConv<MbConv<U40, U40, U6, U5>>;
    type Tiny = Sequential<(Linear<U2, U32>, Tanh, Linear<U32, U32>, Tanh, Linear<U32, U2>)>;

    let batch = size(batch.strip_prefix('b')?)?;
    let classes = (0..10).cycle().take(batch).collect();
    let labels: Tensor![Batch; i32] = Tensor::from_vec(classes).expect("any number of labels");
    let entropy =
        move |logits: Tensor![Batch, 10]| softmax_cross_entropy(logits, labels.clone()).mean();
    Some(Ok(match model {
        "mlp" => work::<Mlp<U784, U256, U10>, shape![Batch, 784], _>(kind, batch, entropy),
        "cnn" => work::<SimpleCnn<U10>, shape![Batch, 28, 28, 1], _>(kind, batch, entropy),
        "resnet32" => work::<SmallResNet<U10>, shape![Batch, 32, 32, 3], _>(kind, batch, entropy),
        "resnet224" => {
            work::<SmallResNet<U10>, shape![Batch, 224, 224, 3], _>(kind, batch, entropy)
        }
        "tb" => work::<Block, Sequences, _>(kind, batch, |y| y.square().mean()),
        "resnet18" => work::<ResNet18<U1000>, Photos, _>(kind, batch, |y| y.square().mean()),
        "resnet50" => work::<ResNet50<U1000>, Photos, _>(kind, batch, |y| y.square().mean()),
        "vits" => work::<VitS, Photos, _>(kind, batch, |y| y.square().mean()),
        "convnext" => work::<ConvNext<U1000>, Photos, _>(kind, batch, |y| y.square().mean()),
        "unet16" => work::<UNet<U2, U3, U16>, shape![Batch, 128, 128, 3], _>(kind, batch, |y| {
            y.square().mean()
        }),
        "unet64" => work::<UNet<U2, U3, U64>, shape![Batch, 128, 128, 3], _>(kind, batch, |y| {
            y.square().mean()
        }),
        "mbconv" => {
            work::<Inverted, shape![Batch, 28, 28, 40], _>(kind, batch, |y| y.square().mean())
        }
        "gpt10m" => match gpt::work(kind, batch) {
            Some(work) => work,
            None => return Some(Err(format!("unsupported: `{kind}` of `{model}`"))),
        },
        "gpt26m" | "gpt26mbf16" => match gpt::large(kind, batch, model.ends_with("bf16")) {
            Some(work) => work,
            None => return Some(Err(format!("unsupported: `{kind}` of `{model}`"))),
        },
        "tiny" => work::<Tiny, shape![Batch, 2], _>(kind, batch, |y| y.square().mean()),
        "lstm16" => {
            type Lstm = Rnn<LstmCell<U8, U16>>;
            work::<Lstm, shape![Batch, 100, 8], _>(kind, batch, |y| y.square().mean())
        }
        _ => return Some(Err(format!("unsupported: nnx has no model `{model}`"))),
    }))
}

/// Predictions on one batch (`infer`, or `jit` of a compiled model), or steps of training on it (`train`, or `jit_train` of a
/// recorded step, `record_train` of one that is recorded and planned each time): forward, backward, Adam. Each step starts from the
/// weights that the last one left. `plan_train` plans a recorded step.
fn work<M, S: Shape, O: Shape>(
    kind: &str,
    batch: usize,
    loss: impl Fn(Tensor<O>) -> Tensor<()> + 'static,
) -> Work
where
    M: Module + Init + Layer<Tensor<S>, Output = Tensor<O>> + 'static,
{
    let mut model = M::init(&mut Rngs::new(0));
    let sizes: Vec<usize> = S::AXES.iter().map(|size| size.unwrap_or(batch)).collect();
    let elements = numbers(sizes.iter().product());
    let x: Tensor<S> = Tensor::from_shape_vec(&sizes, elements).expect("a batch of these sizes");
    if kind == "infer" {
        return Work::new(move || drop(black_box(model.infer(x.clone()))));
    }
    if kind == "jit" {
        let compiled = compile::<Tensor<S>, _>(model);
        return Work::new(move || drop(black_box(compiled.infer(x.clone()))));
    }
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    if kind.ends_with("_train") {
        let records = kind == "record_train";
        let mut step = jit(move |(model, optimizer): (&mut M, &mut Optimizer), x: Tensor<S>| {
            let (value, grads) = loss_and_grad(model, |model, pass| loss(model.forward(x, pass)))?;
            optimizer.update(model, grads)?;
            Ok(value)
        });
        if kind == "plan_train" {
            let program = step.program((&mut model, &mut optimizer), x).expect("a step");
            return planning(program);
        }
        return Work::new(move || {
            if records {
                step.clear();
            }
            let loss = step.call((&mut model, &mut optimizer), x.clone()).expect("a step").item();
            assert!(loss.is_finite(), "training diverged: the loss is {loss}");
        });
    }
    Work::new(move || {
        let (loss, grads) =
            value_and_grad(&mut model, |model, pass| loss(model.forward(x.clone(), pass)))
                .expect("the loss depends on the weights");
        optimizer.update(&mut model, grads).expect("the optimizer was made for this model");
        // Reads the loss, as a program that reports it does. A step that fails mustn't be timed.
        assert!(loss.is_finite(), "training diverged: the loss is {loss}");
    })
}

/// Plans a recorded step.
pub(crate) fn planning(program: Program) -> Work {
    let plan = move || Plan::with(&program, Rewrites::Exact, &Memo::default());
    Work::new(move || drop(black_box(plan().expect("a step that has run"))))
}
