//! Reproducible randomness: named streams, and dropout in training and evaluation.
//!
//!     cargo run --example 06_dropout_and_streams

use nnx::prelude::*;
use nnx::random::normal;

/// A network with a dropout rate of 0.5 after its hidden layer.
#[derive(Module)]
struct Net {
    hidden: Linear<U2, U8>,
    #[module(init = Dropout::new(0.5, rngs))]
    dropout: Dropout,
    output: Linear<U8, U1>,
}

impl<B: Dim> Layer<Tensor![B, 2]> for Net {
    type Output = Tensor![B, 1];

    fn forward(&self, x: Tensor![B, 2], pass: &mut Pass) -> Self::Output {
        let x = self.hidden.forward(x, pass).relu();
        let x = self.dropout.forward(x, pass);
        self.output.forward(x, pass)
    }
}

fn main() -> Result<(), nnx::Error> {
    streams()?;
    seeds();
    passes()
}

/// A stream returns one key after the other. A key is the seed of an array of random numbers.
fn streams() -> Result<(), nnx::Error> {
    let mut rngs = Rngs::new(0).with("noise", 7);
    let (first, second) = (rngs.key("noise")?, rngs.key("noise")?);
    println!("first key:   {:?}", normal(first, 3));
    println!("second key:  {:?}", normal(second, 3));
    println!("first again: {:?}", normal(first, 3));
    Ok(())
}

/// The same seed gives the same values as in Flax. With separate streams, one thing can vary at a time.
fn seeds() {
    let with_dropout_seed = |seed| Net::init(&mut Rngs::named("params", 0).with("dropout", seed));
    let (a, b) = (with_dropout_seed(1), with_dropout_seed(2));
    let same_weights = a.hidden.kernel.value().to_vec() == b.hidden.kernel.value().to_vec();
    println!("\nother dropout seed: same weights {same_weights}");
    println!(
        "a mask of each:\n{}\n{}",
        shown(&a, &mut Pass::train()),
        shown(&b, &mut Pass::train())
    );
}

/// The pass says whether it trains or evaluates. There is no global mode, so both may run at the same time.
fn passes() -> Result<(), nnx::Error> {
    let mut model = Net::init(&mut Rngs::new(0));
    println!("\nevaluation, nothing dropped:\n{}", shown(&model, &mut Pass::eval()));

    // A pass collects updates, here the count of the random stream. Until the pass is committed, the model
    // doesn't change, so the next pass has the same mask.
    println!("training, not committed, twice:");
    for _ in 0..2 {
        println!("{}", shown(&model, &mut Pass::train()));
    }

    // `value_and_grad` commits its pass, and so does this loop, so each pass has its own mask.
    println!("training, committed:");
    for _ in 0..3 {
        let mut pass = Pass::train();
        println!("{}", shown(&model, &mut pass));
        pass.commit(&mut model)?;
    }

    // The remaining features are scaled by 1 / (1 - rate), so that training and evaluation agree on average.
    // The average here is over a batch of copies of one example.
    let x: Tensor![Batch, 2] = Tensor::from_vec([1.0, 2.0].repeat(100_000))?;
    let training = model.forward(x.clone(), &mut Pass::train()).mean().item();
    let evaluation = model.infer(x).mean().item();
    println!("mean output in training {training:.3}, in evaluation {evaluation:.3}");
    Ok(())
}

/// Eight ones after the model's dropout.
fn shown(model: &Net, pass: &mut Pass) -> String {
    let ones: Tensor![8] = Tensor::ones();
    format!("  {:?}", model.dropout.forward(ones, pass).to_vec())
}
