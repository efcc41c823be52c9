//! Attention with a cache: the values of Flax, the values of the whole sequence at once, and errors.

use nnx::nn::AttentionOptions;
use nnx::prelude::*;
use nnx::size::Ungrouped;

use crate::case::Case;

type Attention<Groups = Ungrouped> = MultiHeadAttention<U4, U8, Groups>;
type Token = Tensor![Batch, 1, 8];

fn attention<Groups: AttentionSizes<U4, U8>>(options: &AttentionOptions) -> Attention<Groups> {
    Attention::<Groups>::with(options, &mut Rngs::new(0))
}

fn tokens(x: &Tensor![Batch, 3, 8]) -> [Token; 3] {
    [x.clone().slice::<1, U0, U1>(), x.clone().slice::<1, U1, U1>(), x.clone().slice::<1, U2, U1>()]
}

/// The outputs of single tokens, concatenated in time.
fn one_by_one<M: Module>(
    model: &mut M,
    x: &Tensor![Batch, 3, 8],
    step: impl Fn(&M, Token, &mut Pass) -> Token,
) -> Tensor![Batch, 3, 8] {
    let [a, b, c] = tokens(x).map(|token| {
        let mut pass = Pass::decode();
        let y = step(model, token, &mut pass);
        pass.commit(model).expect("caches alone");
        y
    });
    a.concat::<1, _>(b).concat::<1, _>(c)
}

#[test]
fn decoding_is_that_of_flax() {
    fn check<Groups: AttentionSizes<U4, U8, Context = U8, Out = U8>>(
        names: [&'static str; 2],
        options: &AttentionOptions,
    ) {
        for (name, masked) in names.into_iter().zip([false, true]) {
            let golden = Case::open("attention", name);
            let mask = masked.then(|| golden.input::<shape![Batch, 1, 1, Cached], bool>(1));
            let mut layer = attention::<Groups>(options);
            layer.init_cache(2, 6);
            let y = one_by_one(&mut layer, &golden.input(0), |layer, token, pass| {
                layer.decode(token, mask.as_ref(), pass)
            });
            golden.compare_numbers("evaluation", &y.to_vec());
            let caches = state_of(&Filter::kind::<kind::Cache>(), &layer);
            let paths: Vec<String> = caches.iter().map(|(path, _)| path.to_string()).collect();
            assert_eq!(paths, ["cache_index", "cached_key", "cached_value"]);
            for (path, entry) in caches.iter().skip(1) {
                let found: Vec<f32> = entry.array.to_vec().expect("f32");
                golden.compare_numbers(&format!("cache/{path}"), &found);
            }
            assert_eq!(layer.cached_positions(), Some(3));
        }
    }
    let plain = AttentionOptions::default();
    check::<Ungrouped>(["decode key_heads=4 mask=false", "decode key_heads=4 mask=true"], &plain);
    check::<Grouped<U2>>(["decode key_heads=2 mask=false", "decode key_heads=2 mask=true"], &plain);
    let normalized = plain.normalize_qk();
    check::<Grouped<U1>>(
        ["decode key_heads=1 mask=false", "decode key_heads=1 mask=true"],
        &normalized,
    );
}

fn near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
    }
}

fn sequence() -> Tensor![Batch, 3, 8] {
    let numbers = (0..2 * 3 * 8u16).map(|i| f32::from(i * 37 % 101) / 50.0 - 1.0).collect();
    Tensor::from_vec(numbers).expect("whole")
}

/// A model that contains attention some levels down, with one forward pass for training, evaluation and decoding.
#[derive(Module)]
struct Block {
    mixer: [Attention; 2],
}

impl<T: Dim> Layer<Tensor![Batch, T, 8]> for Block {
    type Output = Tensor![Batch, T, 8];
    fn forward(&self, x: Tensor![Batch, T, 8], pass: &mut Pass) -> Self::Output {
        let x = &x + self.mixer[0].self_attention(x.clone(), Causal, pass);
        &x + self.mixer[1].self_attention(x.clone(), Causal, pass)
    }
}

#[test]
fn one_token_at_a_time_is_the_whole_sequence_at_once() {
    let mut model = Block { mixer: Init::init(&mut Rngs::new(3)) };
    let whole = model.infer(sequence()).to_vec();
    model.mixer.iter_mut().for_each(|layer| layer.init_cache(2, 5));
    let y = one_by_one(&mut model, &sequence(), |model, token, pass| model.forward(token, pass));
    near(&y.to_vec(), &whole);

    model.mixer.iter_mut().for_each(Attention::reset_cache);
    assert_eq!(model.mixer[0].cached_positions(), Some(0));
    let y = one_by_one(&mut model, &sequence(), |model, token, pass| model.forward(token, pass));
    near(&y.to_vec(), &whole);
}

#[test]
fn a_prompt_at_once_and_then_a_token() {
    let mut model = Block { mixer: Init::init(&mut Rngs::new(3)) };
    let whole = model.infer(sequence());
    model.mixer.iter_mut().for_each(|layer| layer.init_cache(2, 3));
    let prompt: Tensor![Batch, 2, 8] = sequence().slice::<1, U0, U2>();
    let mut pass = Pass::decode();
    let first = model.forward(prompt, &mut pass);
    let last = model.forward(sequence().slice::<1, U2, U1>(), &mut pass);
    pass.commit(&mut model).expect("caches alone");
    near(&first.concat::<1, _>(last).to_vec(), &whole.to_vec());
}

#[test]
fn a_pass_that_is_dropped_leaves_the_cache_and_the_weights_stay() {
    let mut layer = attention::<Ungrouped>(&AttentionOptions::default());
    layer.init_cache(2, 4);
    let before = state(&layer);
    let [token, ..] = tokens(&sequence());
    let _ = layer.forward(token.clone(), &mut Pass::decode());
    assert_eq!(layer.cached_positions(), Some(0));
    let mut pass = Pass::decode();
    let _ = layer.forward(token, &mut pass);
    pass.commit(&mut layer).expect("caches alone");
    let changed = state(&layer);
    for (path, entry) in before.iter() {
        let same = changed.get(path).is_some_and(|other| other.array == entry.array);
        assert_eq!(same, !path.to_string().contains("cache"), "{path}");
    }
    layer.remove_cache();
    assert_eq!(layer.cached_positions(), None);
}

#[test]
fn a_token_takes_the_same_memory_whatever_the_room() {
    let taken = |room: usize| {
        let mut layer = attention::<Ungrouped>(&AttentionOptions::default());
        layer.init_cache(2, room);
        let [token, ..] = tokens(&sequence());
        let step = || {
            let mut pass = Pass::decode();
            let _ = layer.forward(token, &mut pass);
            pass.commit(&mut layer).expect("caches alone");
        };
        nnx::array::peak_bytes(step).1
    };
    // Only the scores, of 2 rows and 4 heads, are as long as the cache's capacity, since a mask may have this axis. A
    // copy of the cache, of 2 rows with 8 features of keys and of values, would take four times as much.
    let (few, many) = (taken(4), taken(4004));
    assert!(many - few <= 4000 * 2 * 4 * 4, "{few} and {many} bytes");
}

#[test]
fn a_state_that_was_taken_before_keeps_its_cache() {
    let mut layer = attention::<Ungrouped>(&AttentionOptions::default());
    layer.init_cache(2, 4);
    let [first, second, _] = tokens(&sequence());
    let step = |layer: &mut Attention, token: Token| {
        let mut pass = Pass::decode();
        let y = layer.forward(token, &mut pass).to_vec();
        pass.commit(layer).expect("caches alone");
        y
    };
    let _ = step(&mut layer, first);
    let mut other = layer.clone();
    let before = state_of(&Filter::kind::<kind::Cache>(), &other);
    let y = step(&mut layer, second.clone());
    for (path, entry) in state_of(&Filter::kind::<kind::Cache>(), &other).iter() {
        assert!(before.get(path).is_some_and(|before| before.array == entry.array), "{path}");
    }
    assert_eq!(step(&mut other, second), y);
}

#[test]
fn dropout_draws_nothing_in_a_decoding_pass() {
    let mut layer = attention::<Ungrouped>(&AttentionOptions::default().dropout(0.5));
    let whole = layer.self_attention(sequence(), Causal, &mut Pass::eval()).to_vec();
    layer.init_cache(2, 3);
    let y = one_by_one(&mut layer, &sequence(), |layer, token, pass| layer.forward(token, pass));
    near(&y.to_vec(), &whole);
}

/// The text of the panic of `run` with a layer whose cache is for a batch of 2 and 2 tokens.
fn refused(run: impl Fn(&mut Attention, &mut Pass)) -> String {
    let mut layer = attention::<Ungrouped>(&AttentionOptions::default());
    layer.init_cache(2, 2);
    crate::case::panic_of(move || run(&mut layer, &mut Pass::decode()))
}

#[test]
fn what_a_decoding_pass_refuses() {
    let [token, ..] = tokens(&sequence());
    assert_eq!(
        refused(|layer, pass| drop(layer.forward(sequence(), pass))),
        "the cache has room for 2 positions, 0 are filled, and 3 more were given: start the next sequence \
         with `reset_cache()`, or make room with `init_cache(batch, length)`"
    );
    assert_eq!(
        refused(|layer, pass| drop(layer.forward(token.clone().rows(0..1), pass))),
        "the cache is for a batch of 2, but the tokens are a batch of 1: call `init_cache(1, length)` for \
         another batch"
    );
    assert_eq!(
        refused(|layer, pass| {
            layer.remove_cache();
            let _ = layer.forward(token.clone(), pass);
        }),
        "this attention has no cache, which a decoding pass needs: call `init_cache(batch, length)` first"
    );
    assert_eq!(
        refused(|layer, _| drop(layer.decode(token.clone(), (), &mut Pass::eval()))),
        "`decode` runs in a `Pass::decode()`, which may fill the cache"
    );
    let mask: Tensor![1, 1, 1, 1; bool] = Tensor::full(true);
    assert_eq!(
        refused(|layer, pass| drop(layer.self_attention(token.clone(), &mask, pass))),
        "in a decoding pass queries attend to all of the cache: give `decode` a mask over that, (batch, \
         heads, time, Cached), instead of one over the new tokens"
    );
}
