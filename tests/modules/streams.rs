//! Random streams of models: clones draw the same values, and `reseed` changes them.

use nnx::module::{Path, RngStream, reseed, reseed_of};
use nnx::prelude::*;
use nnx::random::{Key, Stream};

/// The mask that a layer draws next.
fn mask(dropout: &Dropout) -> Vec<f32> {
    dropout.forward(Tensor::from([1.0; 32]), &mut Pass::train()).to_vec()
}

/// The keys and counts of a model's streams, in order of paths.
fn streams<M: Module>(model: &M) -> Vec<Vec<u32>> {
    let random = state_of(&Filter::kind::<kind::RngState>(), model);
    random.iter().map(|(_, entry)| entry.array.to_vec().expect("numbers of u32")).collect()
}

#[test]
fn a_clone_draws_the_masks_of_the_original_step_for_step() {
    let mut one = Dropout::new(0.5, &mut Rngs::new(0));
    let mut pass = Pass::train();
    one.forward(Tensor::from([1.0; 32]), &mut pass);
    pass.commit(&mut one).expect("its own layer");
    let mut other = one.clone();
    for _ in 0..3 {
        assert_eq!(mask(&one), mask(&other));
        for layer in [&mut one, &mut other] {
            let mut pass = Pass::train();
            layer.forward(Tensor::from([1.0; 32]), &mut pass);
            pass.commit(layer).expect("its own layer");
        }
    }
    let many = vec![Dropout::new(0.5, &mut Rngs::new(0)); 3];
    assert_eq!((mask(&many[0]), mask(&many[1])), (mask(&many[2]), mask(&many[2])));
}

#[test]
fn layers_made_or_reseeded_one_by_one_draw_masks_of_their_own() {
    let mut rngs = Rngs::new(0);
    let mut layers: Vec<Dropout> = (0..3).map(|_| Dropout::new(0.5, &mut rngs)).collect();
    layers.extend(vec![layers[0].clone(); 3].into_iter().map(|layer| layer.reseeded(&mut rngs)));
    let masks: Vec<Vec<f32>> = layers.iter().map(mask).collect();
    for i in 0..masks.len() {
        assert!(!masks[..i].contains(&masks[i]), "layer {i} draws the mask of another");
    }
    // A reseeded layer equals one that is made at this point with the same rate and shared axes.
    let mut rngs = Rngs::new(5);
    let reseeded = Dropout::new(0.5, &mut Rngs::new(0)).reseeded(&mut rngs);
    assert_eq!(mask(&reseeded), mask(&Dropout::new(0.5, &mut Rngs::new(5))));
}

#[derive(Clone, Module)]
struct Model {
    attention: MultiHeadAttention<U2, U8>,
    layers: Vec<Dropout>,
    /// A variable with the kind of a stream's key that isn't in a random stream.
    keys: Variable<Tensor![3; u32], kind::RngKey>,
}

fn model() -> Model {
    let mut rngs = Rngs::new(0);
    let options = AttentionOptions::default().dropout(0.5);
    Model {
        attention: MultiHeadAttention::with(&options, &mut rngs),
        layers: vec![Dropout::new(0.5, &mut rngs); 2],
        keys: Variable::new(Tensor::from([1, 2, 3])),
    }
}

#[test]
fn reseeding_forks_one_stream_for_each_that_the_model_owns_in_order() {
    let mut model = model();
    let mut pass = Pass::train();
    model.layers.forward_all(&mut pass);
    pass.commit(&mut model).expect("its own model");
    let weights = state_of(&Filter::kind::<kind::Param>(), &model);
    let mut stream = Stream::new(7);
    reseed(&mut model, &mut stream);
    let key = |i| Key::new(7).fold_in(i).data().to_vec();
    // The streams of the attention and of the layers, each with a count and a key; and the variable that isn't a
    // stream.
    let expected = [vec![0], key(0), vec![1, 2, 3], vec![0], key(1), vec![0], key(2)];
    assert_eq!(streams(&model), expected);
    assert_eq!(stream.count, 3);
    let after = state_of(&Filter::kind::<kind::Param>(), &model);
    assert!(weights.iter().zip(after.iter()).all(|(a, b)| a.1.array == b.1.array));
    assert_ne!(mask(&model.layers[0]), mask(&model.layers[1]));
}

#[test]
fn reseeding_leaves_what_the_filter_does_not_select() {
    let (mut model, before) = (model(), streams(&model()));
    let mut stream = Stream::new(7);
    reseed_of(&Filter::within("layers/1"), &mut model, &mut stream);
    let after = streams(&model);
    assert_eq!(after[..5], before[..5]);
    assert_eq!(after[6], Key::new(7).fold_in(0).data());
    assert_eq!(stream.count, 1);
    let key = state(&model).get(&Path::parse("layers/1/stream/key")).cloned();
    assert_eq!(key.expect("a stream").array.to_vec::<u32>(), Ok(after[6].clone()));
}

#[test]
fn an_ensemble_of_clones_trains_with_masks_of_its_own() {
    let mut members = vec![RngStream::new(Stream::new(1)); 4];
    let draws = |members: &[RngStream]| -> Vec<Key> {
        members.iter().map(|stream| stream.draw(&mut Pass::train())).collect()
    };
    assert!(draws(&members).windows(2).all(|pair| pair[0] == pair[1]));
    reseed(&mut members, &mut Stream::new(2));
    let keys = draws(&members);
    assert!((0..4).all(|i| !keys[..i].contains(&keys[i])));
}

/// Runs each layer once, so that counters move.
trait ForwardAll {
    fn forward_all(&self, pass: &mut Pass);
}
impl ForwardAll for Vec<Dropout> {
    fn forward_all(&self, pass: &mut Pass) {
        for layer in self {
            layer.forward(Tensor::from([1.0; 4]), pass);
        }
    }
}

#[test]
fn split_streams_have_the_keys_of_jax_and_are_independent() {
    let mut rngs = Rngs::new(3);
    let mut layers = [Dropout::new(0.5, &mut rngs), Dropout::new(0.5, &mut rngs)];
    let mut expected = Vec::new();
    for split in 0..2 {
        let states = split_streams(&mut layers, 3);
        assert_eq!(states.len(), 3);
        for (i, state) in states.iter().enumerate() {
            let random = Filter::kind::<kind::RngState>();
            let mut replica = layers.clone();
            update_of(&random, &mut replica, state).expect("the streams of this model");
            // Each stream was drawn from once for each split.
            let key = |layer: u32| {
                nnx::random::Key::new(3).fold_in(layer).fold_in(split).split(3)[i].data().to_vec()
            };
            assert_eq!(streams(&replica), [vec![0], key(0), vec![0], key(1)]);
            expected.push(mask(&replica[0]));
            expected.push(mask(&replica[1]));
        }
    }
    for (i, mask) in expected.iter().enumerate() {
        assert!(!expected[..i].contains(mask), "mask {i} is another's");
    }
    assert!(split_streams(&mut layers, 0).is_empty());
}

#[test]
fn a_scope_sets_streams_back_and_keeps_what_else_has_changed() {
    let mut model =
        (Dropout::new(0.5, &mut Rngs::new(0)), BatchNorm::<U8>::init(&mut Rngs::new(1)));
    let step = |model: &mut (Dropout, BatchNorm<U8>)| {
        let mut pass = Pass::train();
        let x: Tensor![4, 8] = Tensor::full(2.0);
        let y = model.0.forward(x, &mut pass);
        let _ = model.1.forward(y.clone(), &mut pass);
        pass.commit(model).expect("this model");
        y.to_vec()
    };
    let before = streams(&model.0);
    let first = keep_streams(&mut model, |model| {
        let first = step(model);
        assert_ne!(step(model), first);
        first
    });
    assert_eq!(streams(&model.0), before);
    assert_ne!(model.1.mean.value().to_vec(), [0.0; 8]);
    assert_eq!(step(&mut model), first);
    // Also after a panic.
    let before = streams(&model.0);
    let text = crate::panic_of(|| {
        keep_streams(&mut model, |model| {
            step(model);
            panic!("in the middle");
        })
    });
    assert_eq!((text.as_str(), streams(&model.0)), ("in the middle", before));
}
