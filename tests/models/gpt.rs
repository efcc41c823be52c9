//! `Gpt`: what it learns, that it doesn't look ahead, and how it continues a text.

use nnx::array::Array;
use nnx::models::{GenerationError, Gpt, GptOptions, Sampler};
use nnx::module::Entry;
use nnx::prelude::*;

use crate::support::overfits;

/// 11 tokens, a context of 8, width 16, 4 heads.
type Small = Gpt<U11, U8, U16, U4>;
type Tokens = Tensor![Batch, Time; i32];
type Logits = Tensor![Batch, Time, 11];

fn params() -> Filter {
    Filter::kind::<kind::Param>()
}

/// A small model, each of whose weights is made another one by `change`.
fn changed(change: impl Fn(f32) -> f32) -> Small {
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
fn model() -> Small {
    changed(|x| 8.0 * x)
}

/// Tokens without an order.
fn tokens(batch: usize, time: usize) -> Tokens {
    let tokens = (0..batch * time).map(|i| (i * i % 7 + i % 5) as i32).collect();
    Tensor::from_shape_vec(&[batch, time], tokens).expect("whole sequences")
}

fn near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-4, "{found} instead of {expected}");
    }
}

fn greedy() -> Sampler {
    Sampler::new(0).temperature(0.0).expect("greedy")
}

#[cfg(feature = "safetensors")]
#[test]
fn it_is_the_model_of_flax() {
    use crate::twin::{Tolerances, Twin};
    let model = Gpt::<U17, U12, U24, U4>::with(&GptOptions::default().depth(2), &mut Rngs::new(0));
    // The bias of the keys moves all scores of a query alike: its gradient is 0 but for rounding.
    let tolerances = Tolerances { least_gradient: 1e-5, ..Tolerances::OF_ROUNDING };
    let twin: Twin<_, shape![Batch, Time], i32> =
        Twin::beside("language_models", "gpt", model, tolerances);
    let next: Tokens = twin.target();
    twin.check(|logits: Tensor![Batch, Time, 17]| {
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
fn generation_takes_the_tokens_of_the_whole_sequence() {
    let model = model();
    let prompt = [3, 1, 4];
    let found = model.generate(&prompt, 20, &mut greedy()).expect("tokens");
    // By hand, without a cache: where the context is full, its later half starts a sequence.
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
fn weights_that_are_no_numbers_are_told_of() {
    let model = changed(|_| f32::NAN);
    let error = model.generate(&[1], 5, &mut greedy()).expect_err("NaN");
    assert!(matches!(error, GenerationError::Sampling(_)), "{error:?}");
}

#[test]
#[should_panic(expected = "`LearnedPositions` holds 8 positions, but its input has 9")]
fn a_sequence_beyond_the_context_is_refused() {
    let _ = model().infer(tokens(1, 9));
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
