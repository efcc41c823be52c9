//! Modules: structs that hold variables. How to write a layer and a model, and how to use its state.
//!
//!     cargo run --example 03_modules

use nnx::module::state_of;
use nnx::prelude::*;

// Every variable has a kind, which is a type: `Param` is trained, `BatchStat` isn't, and a program
// declares others as it needs them.
kind!(Counter: kind::Variable);

/// A custom layer: scales each feature, and counts training passes.
#[derive(Module)]
struct Scale<Width: Size> {
    #[module(init = Param::new(Tensor::ones()))]
    factor: Param<(Width,)>,
    // Without an `init` attribute a variable is initialized with zeros.
    passes: Variable<Tensor<()>, Counter>,
}

impl<B: Dim, Width: Size> Layer<Tensor![B, Width]> for Scale<Width> {
    type Output = Tensor![B, Width];

    fn forward(&self, x: Tensor![B, Width], pass: &mut Pass) -> Self::Output {
        // The pass reads variables and collects their updates: a model changes only when a pass
        // is committed, so `forward` takes `&self`, and evaluation may run on many threads.
        if self.passes.may_set(pass) {
            self.passes.set(self.passes.get(pass) + 1.0, pass);
        }
        x * self.factor.get(pass)
    }
}

/// Four features to three classes. Fields are layers, containers of them, or plain values.
#[derive(Module)]
struct Classifier {
    first: Linear<U4, U8>,
    hidden: [Linear<U8, U8>; 2],
    scale: Scale<U8>,
    output: Linear<U8, U3>,
}

impl<B: Dim> Layer<Tensor![B, 4]> for Classifier {
    type Output = Tensor![B, 3];

    fn forward(&self, x: Tensor![B, 4], pass: &mut Pass) -> Self::Output {
        let mut x = self.first.forward(x, pass).relu();
        for layer in &self.hidden {
            x = layer.forward(x, pass).relu();
        }
        let x = self.scale.forward(x, pass);
        self.output.forward(x, pass)
    }
}

fn main() -> Result<(), nnx::Error> {
    // Sizes are in the types, so a model needs only a source of random numbers.
    let mut model = Classifier::init(&mut Rngs::new(0));
    let x: Tensor![2, 4] = Tensor::ones();

    // Variables have paths: the names of the fields that lead to them.
    println!("{}", summary_of_pass(&model, x.clone()));

    // A filter selects variables by kind, by path, or by any condition.
    let params = Filter::kind::<kind::Param>();
    let filters = [
        ("all", Filter::everything()),
        ("kind Counter", Filter::kind::<Counter>()),
        ("within hidden/0", Filter::within("hidden/0")),
        ("parameters that aren't biases", params.clone() & !Filter::path_contains("bias")),
    ];
    for (name, filter) in filters {
        let selected = state_of(&filter, &model);
        let paths: Vec<String> = selected.iter().map(|(path, _)| path.to_string()).collect();
        println!("{name}: {}; elements: {}", paths.join(" "), selected.elements());
    }

    // Gradients are a state, too: one array for each parameter, at the same path.
    let loss = |model: &Classifier, pass: &mut Pass| model.forward(x, pass).square().mean();
    let (loss, gradients) = value_and_grad(&mut model, loss)?;
    println!("\nloss {loss:.4}, gradients of {} variables", gradients.len());
    println!("the pass was committed: {:?}", model.scale.passes);

    // A state is a value: a program can read it, store it and write it back.
    let before = state(&model);
    model.scale.factor.replace(Tensor::zeros());
    update(&mut model, &before)?;
    println!("given back: {:?}", model.scale.factor);
    Ok(())
}
