//! One variable that is used twice: the embedding of a GPT and its head.

use nnx::models::{Gpt, GptOptions};
use nnx::module::Path;
use nnx::prelude::*;

use crate::same;

type Small = Gpt<U7, U5, U8, U2>;

fn gpt() -> Small {
    Small::with(&GptOptions::default().depth(1), &mut Rngs::new(0))
}

fn tokens() -> Tensor![2, 5; i32] {
    Tensor::from_vec(vec![1, 2, 3, 4, 5, 6, 0, 1, 2, 3]).expect("two sequences")
}

/// A word embedding, and a head that uses the same weights as another variable.
#[derive(Module)]
struct Untied {
    words: Small,
    head: Param<shape![7, 8]>,
}

#[test]
fn a_tied_weight_is_counted_and_stored_once() {
    let model = gpt();
    assert_eq!(parameters(&model), (7 + 5) * 8 + 12 * 64 + 13 * 8 + 2 * 8);
    let names: Vec<String> = state(&model).iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("tokens")).count(), 1);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("gpt.safetensors");
    nnx::io::save(&model, &file).expect("saved");
    let loaded = nnx::io::load_state(&file).expect("loaded");
    assert_eq!(loaded.iter().filter(|(_, entry)| *entry.array.dims() == [7, 8]).count(), 1);
    // Loading changes both uses.
    let mut other = Small::with(&GptOptions::default().depth(1), &mut Rngs::new(9));
    nnx::io::load(&mut other, &file).expect("loaded");
    assert_eq!(other.infer(tokens()).to_vec(), model.infer(tokens()).to_vec());
}

#[test]
fn the_gradient_of_a_tied_weight_is_the_sum_of_those_of_its_uses() {
    let mut tied = gpt();
    let mut untied =
        Untied { words: gpt(), head: Param::new(gpt().tokens.embedding.value().clone()) };
    let grads = grad(&mut tied, |model, pass| model.forward(tokens(), pass).square().mean())
        .expect("a gradient");
    let separate = grad(&mut untied, |model, pass| {
        let features = model.words.features(tokens(), pass);
        let head = model.head.get(pass);
        model
            .words
            .tokens
            .embedding
            .replaced_by(head, pass, |pass| model.words.logits(features, pass))
            .square()
            .mean()
    })
    .expect("gradients");
    let of = |state: &State, path: &str| -> Vec<f32> {
        state.get(&Path::parse(path)).expect("a gradient").array.to_vec().expect("f32")
    };
    let (words, head) = (of(&separate, "words/tokens/embedding"), of(&separate, "head"));
    assert!(words.iter().any(|g| g.abs() > 1e-6) && head.iter().any(|g| g.abs() > 1e-6));
    for ((both, words), head) in of(&grads, "tokens/embedding").iter().zip(words).zip(head) {
        assert!((both - (words + head)).abs() < 1e-7, "{both} {words} {head}");
    }
}

#[test]
fn an_optimizer_updates_a_tied_weight_once() {
    let mut model = gpt();
    let mut optimizer = Optimizer::new(&model, sgd(0.5));
    let before = state(&model);
    let grads = grad(&mut model, |model, pass| model.forward(tokens(), pass).square().mean())
        .expect("a gradient");
    optimizer.update(&mut model, grads.clone()).expect("a step");
    let params = Filter::kind::<kind::Param>();
    let expected = before.filter(&params) - grads * 0.5;
    let after = state_of(&params, &model);
    assert!((after - expected).norm() < 1e-6);
}

#[test]
fn a_clone_is_tied_to_itself_alone() {
    let model = gpt();
    let mut copy = model.clone();
    copy.tokens.embedding.replace(Tensor::zeros());
    assert_eq!(copy.infer(tokens()).to_vec(), [0.0; 70]);
    assert!(same(&state(&model), &state(&gpt())));
}
