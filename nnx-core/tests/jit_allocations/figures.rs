//! What long programs, and their plans and files, take.

use std::sync::atomic::Ordering;
use std::time::Instant;

use nnx_core::module::{Init, Layer, Module, Pass, compile, jit, loss_and_grad};
use nnx_core::nn::Linear;
use nnx_core::optim::{Optimizer, adam};
use nnx_core::program::{Plan, Program};
use nnx_core::random::Rngs;
use nnx_core::size::{Shape, StaticShape, U3, U4};
use nnx_core::tensor::Tensor;
use nnx_core::{Module, Tensor, shape};

use crate::allocator::BYTES;
use crate::models::Encoder;
use crate::squares;

/// 64 equal layers.
#[derive(Debug, Module)]
struct Deep {
    #[module(init = (0..64).map(|_| Encoder::init(rngs)).collect())]
    layers: Vec<Encoder>,
}

impl Layer<Tensor![8, 64, 64]> for Deep {
    type Output = Tensor![8, 64, 64];
    fn forward(&self, x: Tensor![8, 64, 64], pass: &mut Pass) -> Tensor![8, 64, 64] {
        self.layers.iter().fold(x, |x, layer| layer.forward(x, pass))
    }
}

/// A recurrent cell, whose 1,000 steps are a loop in Rust.
#[derive(Debug, Module)]
struct Long {
    input: Linear<U3, U4>,
    hidden: Linear<U4, U4>,
}

impl Layer<Tensor![1000, 2, 3]> for Long {
    type Output = Tensor![2, 4];
    fn forward(&self, x: Tensor![1000, 2, 3], pass: &mut Pass) -> Tensor![2, 4] {
        let x = x.into_dyn();
        (0..1000).fold(Tensor::zeros(), |h, t| {
            let now: Tensor![2, 3] = x.clone().at(0, t).try_into().expect("a step");
            (self.input.forward(now, pass) + self.hidden.forward(h, pass)).tanh()
        })
    }
}

/// What long programs and their plans take: time, memory, lines of text, bytes of a file.
fn figures<M, S, O>(name: &str)
where
    M: Module + Init + Layer<Tensor<S>, Output = Tensor<O>>,
    S: StaticShape,
    O: Shape,
{
    let mut model = M::init(&mut Rngs::new(0));
    let program = compile::<Tensor<S>, _>(&model).program(Tensor::zeros()).expect("a program");
    figures_of(name, &program);
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let mut step = jit(|(model, optimizer): (&mut M, &mut Optimizer), x: Tensor<S>| {
        let (value, grads) = loss_and_grad(model, |model, pass| squares(model.forward(x, pass)))?;
        optimizer.update(model, grads)?;
        Ok(value)
    });
    let program = step.program((&mut model, &mut optimizer), Tensor::zeros()).expect("a program");
    figures_of(&format!("{name}, training"), &program);
}

fn figures_of(name: &str, program: &Program) {
    fn timed<T>(what: &str, f: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = f();
        println!("  {what}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
        result
    }
    println!("{name}: {} steps", program.steps());
    let repeats = timed("repeats", || program.repeats().len());
    let text = timed("text", || program.to_string().lines().count());
    let before = BYTES.load(Ordering::Relaxed);
    let plan = timed("plan", || Plan::new(program).expect("a plan"));
    let bytes = BYTES.load(Ordering::Relaxed) - before;
    let of_plan = timed("text of the plan", || plan.to_string().lines().count());
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("p");
    timed("save", || program.save(&file).expect("a file"));
    timed("load", || Program::load(&file).expect("a program"));
    let size = std::fs::metadata(&file).expect("a file").len();
    let weights: usize = program
        .variables()
        .filter_map(|variable| variable.array)
        .map(|array| array.elements() * array.dtype().bytes())
        .sum();
    println!(
        "  {repeats} blocks, {text} lines, plan {} steps, {of_plan} lines, {bytes} bytes beside {} of packed weights, file \
         {size} bytes, of which {weights} are weights",
        plan.steps(),
        plan.prepared_bytes()
    );
}

/// `cargo test -p nnx-core --test jit_allocations -- --ignored --nocapture`
#[test]
#[ignore = "prints figures, and counts what other tests allocate"]
fn what_long_programs_take() {
    figures::<Deep, shape![8, 64, 64], _>("64 layers");
    figures::<Long, shape![1000, 2, 3], _>("1,000 steps");
}
