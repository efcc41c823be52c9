//! Weights in the layouts of Hugging Face's models: they load, and the logits are those of transformers.

use std::path::PathBuf;

use nnx::models::{Gpt, GptOptions, Vit};
use nnx::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use crate::golden::{Errors, Golden};

fn golden(file: &str) -> PathBuf {
    PathBuf::from(format!("{}/tests/goldens/{file}", env!("CARGO_MANIFEST_DIR")))
}

type Gpt2 = Gpt<U37, U12, U24, U4>;

fn gpt2() -> Gpt2 {
    Gpt2::with(&GptOptions::default().depth(2).epsilon(1e-5), &mut Rngs::new(0))
}

#[test]
fn gpt_2_gives_the_logits_of_transformers() {
    let mut model = gpt2();
    let report =
        Gpt2::hugging_face().load(&mut model, golden("gpt2.safetensors")).expect("it fits");
    assert_eq!((report.used.len(), report.ignored.len()), (36, 0));
    assert!(report.kept.iter().all(|path| path.to_string().contains("dropout/")));
    let golden = Golden::open("foreign");
    let tokens: Tensor![2, 9; i32] = golden.tensor("gpt2/tokens");
    let logits: Tensor![2, 9, 37] = model.infer(tokens);
    Errors::of("gpt2", 2e-6).compare("logits", &logits.to_vec(), &golden.numbers("gpt2/logits"));
}

#[test]
fn a_vision_transformer_gives_the_logits_of_transformers() {
    type Small = Vit<U16, U16, U4, U24, U4, U5>;
    let mut model = Small::with_depth(2, &mut Rngs::new(0)).epsilon(1e-12);
    let report =
        Small::hugging_face().load(&mut model, golden("vit.safetensors")).expect("it fits");
    assert_eq!((report.ignored.len(), report.kept.len()), (0, 0));
    let golden = Golden::open("foreign");
    let images: Tensor![2, 16, 16, 3] = golden.tensor("vit/images");
    let logits: Tensor![2, 5] = model.infer(images);
    Errors::of("vit", 2e-6).compare("logits", &logits.to_vec(), &golden.numbers("vit/logits"));
}

/// Writes the tensors of GPT-2, some renamed, left out or added.
fn rewritten(
    rename: impl Fn(&str) -> Option<String>,
    more: &[(&str, TensorView<'_>)],
) -> (tempfile::TempDir, PathBuf) {
    let bytes = std::fs::read(golden("gpt2.safetensors")).expect("the golden");
    let tensors = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let mut views: Vec<(String, TensorView<'_>)> = tensors
        .tensors()
        .into_iter()
        .filter_map(|(name, view)| Some((rename(&name)?, view)))
        .collect();
    views.extend(more.iter().map(|(name, view)| ((*name).to_owned(), view.clone())));
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("model.safetensors");
    safetensors::serialize_to_file(views, None, &file).expect("written");
    (directory, file)
}

/// `gpt2` itself is published without the prefix, with the causal masks, and, by PyTorch, with the head.
#[test]
fn the_body_the_masks_and_the_tied_head_are_taken_as_they_are_published() {
    let bytes = std::fs::read(golden("gpt2.safetensors")).expect("the golden");
    let tensors = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let embedding = tensors.tensor("transformer.wte.weight").expect("the embedding");
    let mask = [1u8; 144];
    let mask = TensorView::new(safetensors::Dtype::U8, vec![1, 1, 12, 12], &mask).expect("a mask");
    let bare = |name: &str| Some(name.replace("transformer.", ""));
    let (_directory, file) =
        rewritten(bare, &[("h.0.attn.bias", mask), ("lm_head.weight", embedding)]);
    let (mut model, mut same) = (gpt2(), gpt2());
    let report = Gpt2::hugging_face().load(&mut model, &file).expect("it fits");
    assert_eq!(report.ignored, ["h.0.attn.bias", "lm_head.weight"]);
    Gpt2::hugging_face().load(&mut same, golden("gpt2.safetensors")).expect("it fits");
    for ((path, a), (_, b)) in state(&model).iter().zip(state(&same).iter()) {
        assert_eq!(a.array, b.array, "{path}");
    }
}

#[test]
fn a_head_of_its_own_is_refused() {
    let zeros = vec![0; 37 * 24 * 4];
    let head = TensorView::new(safetensors::Dtype::F32, vec![37, 24], &zeros).expect("a head");
    let (_directory, file) = rewritten(|name| Some(name.to_owned()), &[("lm_head.weight", head)]);
    let error = Gpt2::hugging_face().load(&mut gpt2(), &file).expect_err("untied").to_string();
    assert!(
        error.contains(
            "\n  not tied: lm_head.weight differs from transformer.wte.weight, whose weights"
        ),
        "{error}"
    );
}

#[test]
fn a_layer_that_is_not_there_is_named() {
    let (_directory, file) =
        rewritten(|name| (!name.contains("h.1.mlp.c_fc.bias")).then(|| name.to_owned()), &[]);
    let error = Gpt2::hugging_face().load(&mut gpt2(), &file).expect_err("a part").to_string();
    assert!(
        error.contains(
            "\n  missing: blocks/1/expand/bias of shape (96,), named transformer.h.1.mlp.c_fc.bias in the file"
        ),
        "{error}"
    );
}
