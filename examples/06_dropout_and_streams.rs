//! Randomness that can be repeated: streams by name, and dropout in training and evaluation.
//!
//!     cargo run --example 06_dropout_and_streams

use nnx::prelude::*;
use nnx::random::normal;

/// A network that drops half of its hidden features while it trains.
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

/// A stream gives one key after the other; a key gives as many numbers as one likes.
fn streams() -> Result<(), nnx::Error> {
    let mut rngs = Rngs::new(0).with("noise", 7);
    let (first, second) = (rngs.key("noise")?, rngs.key("noise")?);
    println!("first key:   {:?}", normal(first, 3));
    println!("second key:  {:?}", normal(second, 3));
    println!("first again: {:?}", normal(first, 3));
    Ok(())
}

/// Same seed, same numbers: those of Flax, too. Streams of their own vary one thing at a time.
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

/// A pass says whether it trains; nothing is global, so both kinds may run at the same time.
fn passes() -> Result<(), nnx::Error> {
    let mut model = Net::init(&mut Rngs::new(0));
    println!("\nevaluation, nothing dropped:\n{}", shown(&model, &mut Pass::eval()));

    // A pass collects updates, here the stream's count of draws. Until it is committed the
    // model is as it was: the next pass draws the same mask.
    println!("training, not committed, twice:");
    for _ in 0..2 {
        println!("{}", shown(&model, &mut Pass::train()));
    }

    // `value_and_grad` commits its pass, and so does this loop: each pass has a mask of its own.
    println!("training, committed:");
    for _ in 0..3 {
        let mut pass = Pass::train();
        println!("{}", shown(&model, &mut pass));
        pass.commit(&mut model)?;
    }

    // What stays is scaled up by 1 / (1 - rate), so that both modes agree on average, here over a
    // batch of one example many times.
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
