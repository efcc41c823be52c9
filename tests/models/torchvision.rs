//! Weights of torchvision's residual networks: they load, and the logits are those of torchvision.

use std::path::{Path as FilePath, PathBuf};

use nnx::models::{ResNet18, ResNet34, ResNet50};
use nnx::prelude::*;
use safetensors::tensor::{Dtype, TensorView};

use crate::golden::{Errors, Golden};

/// Multiples of 2^-24 within -0.5 to 0.5, as in `make_torchvision.py`: indices from FNV-1a of the name on,
/// hashed.
fn hashed(name: &str, count: usize) -> impl Iterator<Item = f32> {
    let fnv = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    let seed = name.bytes().fold(2_166_136_261, fnv);
    let count = u32::try_from(count).expect("a tensor of few elements");
    (0..count).map(move |i| {
        let x = seed.wrapping_add(i).wrapping_mul(2_654_435_761);
        let x = (x ^ x >> 15).wrapping_mul(2_246_822_519);
        let x = x ^ x >> 13;
        #[allow(clippy::cast_precision_loss, reason = "24 bits fit")]
        let x = (x >> 8) as f32 / 16_777_216.0;
        x - 0.5
    })
}

/// The elements of a tensor of the state dict.
fn weights(name: &str, shape: &[usize]) -> Vec<u8> {
    let numbers = hashed(name, shape.iter().product());
    let (scale, shift) = match shape {
        [_, inputs @ ..] if !inputs.is_empty() => {
            let bits = inputs.iter().product::<usize>().ilog2() + 1;
            (4.0 / 2f32.powi((bits / 2).cast_signed()), 0.0)
        }
        _ if name.ends_with("running_var") || name.ends_with("weight") => (0.5, 1.0),
        _ => (0.25, 0.0),
    };
    numbers.flat_map(|u| (u * scale + shift).to_le_bytes()).collect()
}

/// The state dict of torchvision's model, with the names and shapes of the golden.
fn write_state_dict(file: &FilePath, golden: &Golden, model: &str) {
    let names = golden.array(&format!("{model}/names")).to_vec::<u8>().expect("text");
    let names = String::from_utf8(names).expect("text in UTF-8");
    let tensors: Vec<(String, Vec<usize>, Dtype, Vec<u8>)> = names
        .lines()
        .flat_map(|line| {
            let (name, sizes) = line.split_once(' ').expect("a name and sizes");
            let sizes: Vec<usize> =
                sizes.split(',').map(|size| size.parse().expect("a size")).collect();
            let bytes = weights(name, &sizes);
            let tensor = (name.to_owned(), sizes, Dtype::F32, bytes);
            // Each running mean comes with the number of batches that it has seen.
            let counter = name
                .strip_suffix("running_mean")
                .map(|norm| (format!("{norm}num_batches_tracked"), vec![], Dtype::I64, vec![0; 8]));
            [Some(tensor), counter].into_iter().flatten()
        })
        .collect();
    let views = tensors.iter().map(|(name, sizes, dtype, bytes)| {
        (name, TensorView::new(*dtype, sizes.clone(), bytes).expect("as many bytes"))
    });
    safetensors::serialize_to_file(views, None, file).expect("written");
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let file = directory.path().join("model.safetensors");
    (directory, file)
}

macro_rules! logits_are_torchvisions {
    ($($test:ident $model:ident $name:literal;)*) => { $(
        #[test]
        fn $test() {
            let golden = Golden::open("torchvision");
            let (_directory, file) = place();
            write_state_dict(&file, &golden, $name);
            let mut model = $model::<U1000>::init(&mut Rngs::new(0));
            $model::<U1000>::torchvision().load(&mut model, &file).expect("it fits");

            let pixels = hashed("images", 2 * 64 * 64 * 3).map(|u| 4.0 * u).collect();
            let images: Tensor![Batch, 64, 64, 3] = Tensor::from_vec(pixels).expect("two images");
            let logits: Tensor![Batch, 1000] = model.infer(images);
            let expected = golden.numbers(concat!($name, "/logits"));
            Errors::of($name, 2e-6).compare("logits", &logits.to_vec(), &expected);
        }
    )* };
}
logits_are_torchvisions! {
    resnet_18_gives_the_logits_of_torchvision ResNet18 "resnet18";
    resnet_34_gives_the_logits_of_torchvision ResNet34 "resnet34";
    resnet_50_gives_the_logits_of_torchvision ResNet50 "resnet50";
}

#[test]
fn weights_of_another_depth_are_refused_name_by_name() {
    let (_directory, file) = place();
    write_state_dict(&file, &Golden::open("torchvision"), "resnet18");
    let mut model = ResNet34::<U10>::init(&mut Rngs::new(0));
    let before = state(&model);
    let error = ResNet34::<U10>::torchvision().load(&mut model, &file).expect_err("another depth");
    let text = error.to_string();
    // Eight blocks of two convolutions, each with its normalization; and the head of other classes.
    assert!(text.contains(": 82 tensors don't fit the model, which is unchanged:\n"), "{text}");
    for line in [
        "missing: stages/layer2/1/1/conv2/norm/var of shape (128,), named layer2.2.bn2.running_var in the file",
        "wrong shape: head/kernel is (512, 10) in the model, fc.weight is (1000, 512) here, laid out (512, 1000)",
        "wrong shape: head/bias is (10,) in the model, fc.bias is (1000,) here",
    ] {
        assert!(text.lines().any(|found| found.trim() == line), "{line}\n{text}");
    }
    for ((path, before), (_, after)) in before.iter().zip(state(&model).iter()) {
        assert_eq!(before.array, after.array, "{path}");
    }
}

#[test]
fn a_body_is_loaded_under_a_head_of_other_classes() {
    let (_directory, file) = place();
    write_state_dict(&file, &Golden::open("torchvision"), "resnet18");
    let mut model = ResNet18::<U10>::init(&mut Rngs::new(0));
    let head = state_of(&Filter::within("head"), &model);
    let body = !Filter::within("head");
    ResNet18::<U10>::torchvision().load_of(&body, &mut model, &file).expect("the body fits");
    for (path, entry) in state(&model).iter() {
        match head.get(path) {
            Some(before) => assert_eq!(before.array, entry.array, "{path}"),
            None if path.to_string() == "stages/layer4/0/shortcut/norm/bias" => {
                let found = entry.array.to_vec::<f32>().expect("f32");
                let expected = hashed("layer4.0.downsample.1.bias", 512).map(|u| u / 4.0);
                assert_eq!(found, expected.collect::<Vec<_>>());
            }
            None => {}
        }
    }
}
