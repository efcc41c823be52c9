//! `Gpt`: training, and causality. Text generation is tested in `generation.rs`.

use nnx::array::Array;
use nnx::models::{Gpt, GptOptions};
use nnx::module::Entry;
use nnx::prelude::*;

use crate::support::{Tokens, overfits, tokens};

/// 11 tokens, a context of 8, width 16, 4 heads.
pub(crate) type Small = Gpt<U11, U8, U16, U4>;
pub(crate) type Logits = Tensor![Batch, Time, 11];

fn params() -> Filter {
    Filter::kind::<kind::Param>()
}

/// A small model, with `change` applied to each weight.
pub(crate) fn changed(change: impl Fn(f32) -> f32) -> Small {
    let mut model = Small::with(&GptOptions::default().depth(2), &mut Rngs::new(0));
    let mut weights = State::default();
    for (path, entry) in state_of(&params(), &model).iter() {
        let numbers: Vec<f32> = entry.array.to_vec().expect("f32");
        let array = Array::new(numbers.into_iter().map(&change).collect(), &entry.array.dims());
        weights.insert(path.clone(), Entry { array: array.expect("as many"), kind: entry.kind });
    }
    update_of(&params(), &mut model, &weights).expect("the same model");
    model
}

/// A model whose logits are far apart: weights start so small that all tokens are nearly as likely.
pub(crate) fn model() -> Small {
    changed(|x| 8.0 * x)
}

#[cfg(feature = "safetensors")]
#[test]
fn it_is_the_model_of_flax() {
    use crate::reference::{FlaxReference, Tolerances};
    let model = Gpt::<U17, U12, U24, U4>::with(&GptOptions::default().depth(2), &mut Rngs::new(0));
    // The bias of the keys adds the same to all scores of a query, so its gradient is 0, except for rounding.
    let tolerances = Tolerances { least_gradient: 1e-5, ..Tolerances::OF_ROUNDING };
    let reference: FlaxReference<_, shape![Batch, Time], i32> =
        FlaxReference::with_goldens("language_models", "gpt", model, tolerances);
    let next: Tokens = reference.target();
    reference.check(|logits: Tensor![Batch, Time, 17]| {
        softmax_cross_entropy(logits, next.clone()).mean()
    });
}

#[test]
fn it_overfits_one_batch() {
    let (inputs, targets) = (tokens(4, 8), tokens(4, 9).into_dyn().slice(1, 1, 8));
    let targets: Tokens = targets.try_into().expect("(4, 8)");
    let model = Small::with(&GptOptions::default().depth(2), &mut Rngs::new(0));
    let model = overfits(model, 400, 1e-2, 0.3, |model, pass| {
        softmax_cross_entropy(model.forward(inputs.clone(), pass), targets.clone()).mean()
    });
    assert!(accuracy(model.infer(inputs), &targets) > 0.9);
}

#[test]
fn it_counts_its_parameters_and_starts_without_a_preference() {
    let model = Small::with(&GptOptions::default().depth(3), &mut Rngs::new(0));
    assert_eq!(parameters(&model), (11 + 8) * 16 + 3 * (12 * 16 * 16 + 13 * 16) + 2 * 16);
    let twelve = state_of(&params(), &Small::init(&mut Rngs::new(0)));
    assert_eq!(twelve.len(), 2 + 12 * 16 + 2);
    let others = tokens(4, 8).to_vec().into_iter().map(|token| (token + 1) % 11).collect();
    let others: Tokens = Tensor::from_shape_vec(&[4, 8], others).expect("whole sequences");
    let loss = softmax_cross_entropy(model.infer(tokens(4, 8)), others).mean().item();
    assert!((loss - 11f32.ln()).abs() < 0.1, "{loss}");
}

#[test]
fn a_later_token_changes_no_earlier_logits() {
    let model = model();
    let before = model.infer(tokens(1, 8)).to_vec();
    for changed in 0..8 {
        let mut others = tokens(1, 8).to_vec();
        others[changed] = (others[changed] + 1) % 11;
        let after: Logits = model.infer(Tensor::from_shape_vec(&[1, 8], others).expect("8 tokens"));
        let after = after.to_vec();
        assert_eq!(after[..changed * 11], before[..changed * 11]);
        for position in changed..8 {
            let at = position * 11..(position + 1) * 11;
            assert_ne!(after[at.clone()], before[at], "{changed} should change {position}");
        }
    }
}

#[test]
#[should_panic(expected = "`LearnedPositions` holds 8 positions, but its input has 9")]
fn a_sequence_beyond_the_context_is_refused() {
    let _ = model().infer(tokens(1, 9));
}

#[test]
#[should_panic(expected = "a dropout rate is the probability to drop, within 0 to 1; found 1.5")]
fn a_dropout_that_is_no_probability_is_refused() {
    let _ = GptOptions::default().dropout(1.5);
}

#[test]
#[should_panic(expected = "a GPT has at least one block; found a depth of 0")]
fn a_depth_of_nothing_is_refused() {
    let _ = GptOptions::default().depth(0);
}

#[test]
fn dropout_drops_while_it_trains_alone() {
    let options = GptOptions::default().depth(2).dropout(0.5);
    let model = Small::with(&options, &mut Rngs::new(0));
    let whole = model.infer(tokens(2, 8)).to_vec();
    assert_eq!(model.infer(tokens(2, 8)).to_vec(), whole);
    assert_ne!(model.forward(tokens(2, 8), &mut Pass::train()).to_vec(), whole);
}
