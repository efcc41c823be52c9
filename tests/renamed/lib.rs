//! A crate that depends on the library under another name only.
#![cfg(test)]
#![deny(warnings, clippy::all, clippy::pedantic, missing_docs)]

use the_library::Module;
use the_library::module::{Init, Layer, parameters, state};
use the_library::nn::{Linear, Relu};
use the_library::random::Rngs;
use the_library::size::{Size, U2, U3, U4};
use the_library::tensor::Tensor;

#[derive(Module)]
#[module(sequential)]
struct Mlp<Hidden: Size> {
    input: Linear<U3, Hidden>,
    activation: Relu,
    output: Linear<Hidden, U2>,
}

#[test]
fn the_expansion_uses_the_users_name_of_the_library() {
    let model = Mlp::<U4>::init(&mut Rngs::new(0));
    let paths: Vec<String> = state(&model).iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["input/bias", "input/kernel", "output/bias", "output/kernel"]);
    assert_eq!(parameters(&model), (3 * 4 + 4) + (4 * 2 + 2));
    let x = Tensor::from([1.0, 2.0, 3.0]);
    let by_hand = model.output.infer(model.activation.infer(model.input.infer(x.clone())));
    assert_eq!(model.infer(x).to_vec(), by_hand.to_vec());
}
