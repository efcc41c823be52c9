//! The mechanism of gradient checkpointing, for the layer [`Remat`](crate::nn::Remat).

use std::sync::Arc;

use super::value::Value;
use super::{Layer, Module, Pass, Visitor};
use crate::grad::{self, Function};
use crate::ops::{DynTensor, Ranks};
use crate::size::Shape;
use crate::tensor::{Inputs, Real, Tensor};

/// The result of a forward pass: the output, the updates with the index of each variable in the
/// order of traversal, and the pass.
type Run = (DynTensor, Vec<(usize, DynTensor)>, Pass);

/// Runs a layer and saves only its inputs for backward; see [`Remat`](crate::nn::Remat).
///
/// The layer's variables are inputs too, with their values in the pass at the time of the call. So the
/// recomputation draws the same random numbers; its updates are dropped.
pub(crate) fn forward_remat<L, X, S, E>(layer: &L, x: X, pass: &mut Pass) -> Tensor<S, E>
where
    L: Layer<X, Output = Tensor<S, E>> + Module + Clone + Send + Sync + 'static,
    X: Inputs,
    S: Shape,
    E: Real,
{
    if pass.capture.is_some() {
        // While taps are captured, the layer runs directly, not as a copy: the taps must be those of this layer.
        return layer.forward(x, pass);
    }
    let mut variables = Vec::new();
    let (mut ids, mut frozen) = (Vec::new(), Vec::new());
    layer.visit(&mut Visitor::new(&mut |_, variable| {
        let (id, kind) = (variable.id(), variable.kind());
        variables.push(pass.read(id, variable.array()));
        ids.push((id, kind));
        frozen.push(!pass.may_write(id, kind));
    }));
    let count = variables.len();
    let ranks = pass.ranks().cloned();
    let copy = layer.clone();
    let run = move |mut list: Vec<DynTensor>| -> Run {
        let inputs = list.split_off(count);
        run_with(&copy, list, &frozen, ranks.clone(), X::from_list(&mut inputs.into_iter()))
    };
    // Integers are inputs too: within a `vmap` they differ from member to member, as keys of dropout do.
    let inputs: Vec<DynTensor> = variables.into_iter().chain(x.into_list()).collect();
    let (output, updates, inner) =
        run(inputs.iter().cloned().map(DynTensor::stop_gradient).collect());
    pass.take_error_of(inner);
    for (index, value) in updates {
        let (id, kind) = ids[index];
        pass.write(id, kind, value);
    }
    let forward: Arc<Function> = Arc::new(move |list| run(list).0);
    Tensor::trusted(grad::recomputed("remat", output, forward, inputs))
}

/// Runs a layer in a training pass. `values` and `frozen` are those of its variables, in the order of a visit.
fn run_with<L, X, S, E>(
    layer: &L,
    values: Vec<DynTensor>,
    frozen: &[bool],
    ranks: Option<Arc<dyn Ranks>>,
    x: X,
) -> Run
where
    L: Layer<X, Output = Tensor<S, E>> + Module,
{
    let mut pass = Pass::train();
    if let Some(ranks) = ranks {
        pass = pass.over_ranks(ranks);
    }
    let mut values = values.into_iter();
    let mut ids = Vec::new();
    layer.visit(&mut Visitor::new(&mut |_, variable| {
        let value = values.next().expect("a copy has the same variables");
        pass.replace_value(variable.id(), Some(Value::Leaf(value)));
        ids.push(variable.id());
    }));
    pass.freeze_ids(ids.iter().zip(frozen).filter(|(_, frozen)| **frozen).map(|(id, _)| *id));
    let output = layer.forward(x, &mut pass).into_dyn();
    let updates =
        ids.into_iter().enumerate().filter_map(|(index, id)| match pass.replace_value(id, None) {
            Some(Value::Update(value)) => Some((index, value)),
            _ => None,
        });
    let updates = updates.collect();
    (output, updates, pass)
}

#[cfg(test)]
mod tests {
    use crate::module::{Filter, Init, Layer, Module, Pass, state_of, to_bf16, to_f32};
    use crate::nn::{Linear, Remat, Sequential, Tanh};
    use crate::random::Rngs;
    use crate::size::{U64, U256};
    use crate::tensor::{Tensor, gradient};

    type Block = Sequential<(Linear<U64, U256>, Tanh, Linear<U256, U64>, Tanh)>;
    type Square = Tensor<(U64, U64)>;
    const ROWS: usize = 64;
    const LAYERS: usize = 8;

    /// The number of elements that the tape of a training pass saves for backward, without parameters.
    fn saved<L: Layer<Square, Output = Square> + Init + Module>() -> usize {
        let model: [L; LAYERS] = std::array::from_fn(|_| L::init(&mut Rngs::new(0)));
        let mut pass = Pass::train();
        let tape = crate::grad::Tape::new();
        let everything = Filter::everything();
        let _leaves = pass.track(&model, &everything, &tape, &crate::module::State::default());
        let x = Square::from_vec(vec![0.5; ROWS * 64]).expect("a square");
        let output = model.forward(x, &mut pass).into_dyn();
        crate::grad::saved_elements(&output) - state_of(&everything, &model).elements()
    }

    #[test]
    fn the_tape_saves_the_inputs_of_layers_alone() {
        let plain = saved::<Block>();
        // The model's input, and in each layer the outputs of both tanh; the second is the next layer's input.
        assert_eq!(plain, ROWS * 64 + LAYERS * ROWS * (256 + 64));
        let remat = saved::<Remat<Block>>();
        assert_eq!(remat, LAYERS * ROWS * 64);
        assert!(remat * 4 < plain, "{remat} of {plain}");
    }

    #[test]
    fn the_tape_keeps_weights_of_bf16_as_they_are() {
        let mut model = Remat::<Block>::init(&mut Rngs::new(0));
        let gradient = |model: &Remat<Block>| {
            let x = Square::from_vec(vec![0.5; ROWS * 64]).expect("a square");
            gradient(|x| model.forward(x, &mut Pass::train()).square().sum(), x)
        };
        to_bf16(&mut model).expect("rounded");
        let x = Square::from_vec(vec![0.5; ROWS * 64]).expect("a square");
        let x = crate::grad::Tape::new().leaf(x.into_dyn());
        let output = model.forward(Square::trusted(x), &mut Pass::train()).into_dyn();
        let origin = output.node().and_then(|node| node.origin.as_ref()).expect("an operation");
        let kernels = origin.inputs.iter().filter(|input| input.is_stored_as_bf16()).count();
        assert_eq!(kernels, 2);

        let narrow = gradient(&model);
        to_f32(&mut model);
        assert_eq!(narrow, gradient(&model));
    }
}
