//! A small task: a model with running statistics and random streams, on data of a formula.

use nnx_core::Tensor;
use nnx_core::metrics::MeanSquaredError;
use nnx_core::module::{Init, Layer, Module, Pass, State, state};
use nnx_core::nn::{BatchNorm, Dropout, Linear, Relu};
use nnx_core::random::Rngs;
use nnx_core::size::{Batch, U1, U3, U8};
use nnx_train::{Dataset, Items, Loader, Scores};

pub(crate) type Item = ([f32; 3], [f32; 1]);
pub(crate) type Model = (Linear<U3, U8>, BatchNorm<U8>, Relu, Dropout, Linear<U8, U1>);
pub(crate) type Rows = (Tensor![Batch, 3], Tensor![Batch, 1]);

pub(crate) fn model(seed: u64) -> Model {
    let rngs = &mut Rngs::new(seed);
    (Init::init(rngs), Init::init(rngs), Relu, Dropout::new(0.2, rngs), Init::init(rngs))
}

fn item(index: usize) -> Item {
    let x = [0, 1, 2].map(|i| ((index * 7 + i * 5) % 11) as f32 / 11.0 - 0.5);
    (x, [x[0] * x[1] + x[2]])
}

pub(crate) fn items(count: usize) -> Items<Item> {
    (0..count).map(item).collect()
}

/// Seven batches in an epoch, the last of which is smaller; augmented.
pub(crate) fn train() -> Loader<Item> {
    let loader = items(50).loader(8).unwrap().shuffled(3);
    loader.augment(|(x, y), random| (x.map(|x| x + 0.01 * random.normal() as f32), y))
}

pub(crate) fn test() -> Loader<Item> {
    items(30).loader(10).unwrap()
}

pub(crate) fn loss(model: &Model, pass: &mut Pass, (x, y): Rows) -> Tensor![] {
    (model.forward(x, pass) - y).square().mean()
}

pub(crate) fn measure(model: &Model, pass: &mut Pass, (x, y): Rows, scores: &mut Scores) {
    scores.of::<MeanSquaredError>("error").update(&model.forward(x, pass), &y);
}

/// The bits of all variables.
pub(crate) fn bits<M: Module>(model: &M) -> Vec<(String, Vec<u8>)> {
    bits_of(&state(model))
}

pub(crate) fn bits_of(state: &State) -> Vec<(String, Vec<u8>)> {
    let bits = |array: &nnx_core::array::Array| -> Vec<u8> {
        // Weights and moments, or keys and counts of streams.
        match (array.to_vec::<f32>(), array.to_vec::<u32>()) {
            (Ok(elements), _) => elements.iter().flat_map(|x| x.to_ne_bytes()).collect(),
            (_, Ok(elements)) => elements.iter().flat_map(|x| x.to_ne_bytes()).collect(),
            _ => panic!("elements of type {:?}", array.dtype()),
        }
    };
    state.iter().map(|(path, entry)| (path.to_string(), bits(&entry.array))).collect()
}
