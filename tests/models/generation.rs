//! Text generation with a `Gpt`: its cache, its context, prompts, and errors.

use nnx::models::{GenerationError, Sampler};
use nnx::prelude::*;

use crate::gpt::{Logits, changed, model};
use crate::support::{Tokens, tokens};

fn greedy() -> Sampler {
    Sampler::new(0).temperature(0.0).expect("greedy")
}

fn near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-4, "{found} instead of {expected}");
    }
}

#[test]
fn a_cache_gives_the_logits_of_the_whole_sequence() {
    let mut model = model();
    let whole = model.infer(tokens(2, 8)).to_vec();
    let part = |from: usize, count: usize| -> Tokens {
        tokens(2, 8).into_dyn().slice(1, from, count).try_into().expect("(2, T)")
    };
    // A prompt of 3 tokens, then one at a time, then two in one pass.
    model.init_cache(2);
    let mut found = [Vec::new(), Vec::new()];
    let mut read = |logits: Logits| {
        let time = logits.dims()[1];
        for (row, logits) in logits.to_vec().chunks(time * 11).enumerate() {
            found[row].extend_from_slice(logits);
        }
    };
    for (from, count) in [(0, 3), (3, 1), (4, 1), (5, 1)] {
        let mut pass = Pass::decode();
        read(model.forward(part(from, count), &mut pass));
        pass.commit(&mut model).expect("caches alone");
    }
    let mut pass = Pass::decode();
    read(model.forward(part(6, 1), &mut pass));
    read(model.forward(part(7, 1), &mut pass));
    near(&found.concat(), &whole);
}

#[test]
fn a_cache_is_emptied_and_taken_away() {
    let mut model = model();
    let without = state(&model).len();
    let mut first_logits = || {
        model.init_cache(2);
        let mut pass = Pass::decode();
        let logits = model.forward(tokens(2, 3), &mut pass).to_vec();
        pass.commit(&mut model).expect("caches alone");
        logits
    };
    assert_eq!(first_logits(), first_logits());
    assert!(state(&model).len() > without);
    model.remove_cache();
    assert_eq!(state(&model).len(), without);
}

#[test]
#[should_panic(expected = "has no cache, which a decoding pass needs: call `init_cache")]
fn a_decoding_pass_without_a_cache_is_refused() {
    let _ = model().forward(tokens(1, 1), &mut Pass::decode());
}

#[test]
#[should_panic(
    expected = "`LearnedPositions` holds 8 positions, but its input starts at 8 and has 1"
)]
fn a_cache_that_is_full_is_refused() {
    let mut model = model();
    model.init_cache(1);
    for count in [8, 1] {
        let mut pass = Pass::decode();
        let _ = model.forward(tokens(1, count), &mut pass);
        pass.commit(&mut model).expect("caches alone");
    }
}

#[test]
fn generation_takes_the_tokens_of_the_whole_sequence() {
    let model = model();
    let prompt = [3, 1, 4];
    let found = model.generate(&prompt, 20, &mut greedy()).expect("tokens");
    // Computed by hand, without a cache: when the context is full, its second half starts a new sequence.
    let (mut tokens, mut first) = (prompt.to_vec(), 0);
    for _ in 0..20 {
        if tokens.len() - first > 8 {
            first = tokens.len() - 4;
        }
        let read = Tensor::from_shape_vec(&[1, tokens.len() - first], tokens[first..].to_vec());
        let logits: Logits = model.infer(read.expect("a sequence"));
        tokens.push(*logits.argmax().to_vec().last().expect("a token"));
    }
    assert_eq!(found, tokens[3..]);
    assert!(found.iter().any(|token| *token != found[0]), "{found:?} tells nothing");
}

#[test]
fn the_seed_decides_what_is_generated_and_the_model_stays() {
    let model = model();
    let before = state(&model).len();
    let generate = |seed| {
        let mut sampler = Sampler::new(seed).temperature(1.5).expect("a temperature");
        model.generate(&[1], 40, &mut sampler).expect("tokens")
    };
    assert_eq!(generate(0), generate(0));
    assert_ne!(generate(0), generate(1));
    assert_eq!(state(&model).len(), before, "the caches went with the clone");
    assert_eq!(model.generate(&[1], 0, &mut greedy()), Ok(vec![]));
}

#[test]
fn prompts_that_do_not_fit_are_refused() {
    let model = model();
    let said = |prompt: &[i32]| -> String {
        model.generate(prompt, 5, &mut greedy()).expect_err("refused").to_string()
    };
    assert_eq!(
        said(&[1; 9]),
        "the prompt has 9 tokens, but the model's context holds 8: cut the prompt, for example to its \
         last 8 tokens"
    );
    assert_eq!(said(&[]), "the prompt is empty: give the model at least one token to continue");
    for token in [-1, 11] {
        assert_eq!(
            said(&[0, token]),
            format!(
                "the prompt has token {token} at position 1, outside 0..11, the vocabulary of the model: \
                 encode it by the vocabulary that the model was trained with"
            )
        );
    }
    assert_eq!(model.generate(&[1; 8], 1, &mut greedy()).map(|tokens| tokens.len()), Ok(1));
}

#[test]
fn weights_that_are_nan_are_reported() {
    let model = changed(|_| f32::NAN);
    let error = model.generate(&[1], 5, &mut greedy()).expect_err("NaN");
    assert!(matches!(error, GenerationError::Sampling(_)), "{error:?}");
}
