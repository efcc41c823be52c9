//! `LstmLanguageModel`: training, causality, and text generation.

use nnx::models::{LstmLanguageModel, Sampler};
use nnx::prelude::*;

use crate::support::{Tokens, overfits, tokens};

/// 11 tokens, an embedding of 6, layers of 10.
type Small = LstmLanguageModel<U11, U6, U10>;
type Logits = Tensor![Batch, Time, 11];

fn model(layers: usize) -> Small {
    Small::with_layers(layers, &mut Rngs::new(0))
}

#[cfg(feature = "safetensors")]
#[test]
fn it_is_the_model_of_flax() {
    use crate::reference::{FlaxReference, Tolerances};
    let model = LstmLanguageModel::<U17, U8, U12>::with_layers(2, &mut Rngs::new(0));
    // The orthogonal kernel comes from a decomposition, which rounds in a different order.
    let tolerances = Tolerances { weights: 4e-7, weight_sums: 3e-8, ..Tolerances::OF_ROUNDING };
    let reference: FlaxReference<_, shape![Batch, Time], i32> =
        FlaxReference::with_goldens("language_models", "lstm_language_model", model, tolerances);
    let next: Tokens = reference.target();
    reference.check(|logits: Tensor![Batch, Time, 17]| {
        softmax_cross_entropy(logits, next.clone()).mean()
    });
}

#[test]
fn it_overfits_one_batch() {
    let (inputs, targets) = (tokens(4, 8), tokens(4, 9).into_dyn().slice(1, 1, 8));
    let targets: Tokens = targets.try_into().expect("(4, 8)");
    let model = overfits(model(2), 600, 2e-2, 0.3, |model, pass| {
        softmax_cross_entropy(model.forward(inputs.clone(), pass), targets.clone()).mean()
    });
    assert!(accuracy(model.infer(inputs), &targets) > 0.9);
}

#[test]
fn a_later_token_changes_no_earlier_logits() {
    let model = model(2);
    let before = model.infer(tokens(1, 6)).to_vec();
    for changed in 0..6 {
        let mut others = tokens(1, 6).to_vec();
        others[changed] = (others[changed] + 1) % 11;
        let after: Logits = model.infer(Tensor::from_shape_vec(&[1, 6], others).expect("6 tokens"));
        let after = after.to_vec();
        assert_eq!(after[..changed * 11], before[..changed * 11]);
        assert!((changed..6).all(|t| after[t * 11..][..11] != before[t * 11..][..11]), "{changed}");
    }
}

#[test]
fn generation_takes_the_tokens_of_the_whole_sequence() {
    for layers in [1, 3] {
        let model = model(layers);
        let found =
            model.generate(&[3, 1, 4], 20, &mut Sampler::new(5)).expect("tokens of the vocabulary");
        // Computed by hand, without a carry.
        let (mut tokens, mut sampler) = (vec![3, 1, 4], Sampler::new(5));
        for _ in 0..20 {
            let read = Tensor::from_shape_vec(&[1, tokens.len()], tokens.clone());
            let logits: Logits = model.infer(read.expect("a sequence"));
            let logits = logits.to_vec();
            tokens.push(sampler.sample(&logits[logits.len() - 11..]).expect("a token"));
        }
        assert_eq!(found, tokens[3..], "{layers} layers");
        assert!(found.iter().any(|token| *token != found[0]), "{found:?} tells nothing");
    }
}

#[test]
fn the_seed_decides_what_is_generated() {
    let model = model(1);
    let generate = |seed| model.generate(&[1], 40, &mut Sampler::new(seed)).expect("tokens");
    assert_eq!(generate(0), generate(0));
    assert_ne!(generate(0), generate(1));
}

#[test]
fn prompts_that_it_does_not_know_are_refused_and_none_is_too_long() {
    let model = model(1);
    let mut greedy = Sampler::new(0).temperature(0.0).expect("greedy");
    let mut said = |prompt: &[i32]| {
        model.generate(prompt, 5, &mut greedy).map(|more| more.len()).map_err(|e| e.to_string())
    };
    assert_eq!(
        said(&[]),
        Err("the prompt is empty: give the model at least one token to continue".to_owned())
    );
    assert!(said(&[0, 11]).unwrap_err().starts_with("the prompt has token 11 at position 1, "));
    assert_eq!(said(&[1; 300]), Ok(5));
}

#[test]
#[should_panic(expected = "an LSTM language model has at least one layer; found 0")]
fn no_layer_is_refused() {
    let _ = model(0);
}
