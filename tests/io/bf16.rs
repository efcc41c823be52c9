//! Weights that are stored as bf16, in files.

use nnx::array::DType;
use nnx::io::{self, Export, FileType, Foreign};
use nnx::prelude::*;

use crate::{place, same};

type Model = (Linear<U64, U128>, Dropout, Linear<U128, U8>);

fn model(seed: u64) -> Model {
    let mut rngs = Rngs::new(seed);
    let (first, last) = (Linear::init(&mut rngs), Linear::init(&mut rngs));
    (first, Dropout::new(0.5, &mut rngs), last)
}

fn narrow(seed: u64) -> Model {
    let mut model = model(seed);
    to_bf16(&mut model).expect("rounded");
    model
}

fn stored(model: &Model) -> DType {
    model.0.kernel.value().array().dtype()
}

#[test]
fn a_saved_model_takes_half_the_bytes_and_comes_back_bit_for_bit() {
    let (_directory, file) = place();
    let length = || std::fs::metadata(&file).expect("the file").len();
    io::save(&model(1), &file).expect("saved");
    let wide = length();
    io::save(&narrow(1), &file).expect("saved");
    assert!(length() < wide * 55 / 100, "{} of {wide}", length());
    let bytes = std::fs::read(&file).expect("the file");
    assert!(bytes.windows(4).any(|window| window == b"BF16"));

    // Whatever the model had before, it has the weights of the file as they are there.
    for mut loaded in [model(2), narrow(2)] {
        io::load(&mut loaded, &file).expect("it fits");
        assert!(same(&state(&loaded), &state(&narrow(1))));
        assert_eq!(stored(&loaded), DType::Bf16);
    }
    io::save(&model(3), &file).expect("saved");
    let mut loaded = narrow(2);
    io::load(&mut loaded, &file).expect("it fits");
    assert!(same(&state(&loaded), &state(&model(3))));
    assert_eq!(stored(&loaded), DType::F32);
}

#[test]
fn other_variables_are_not_loaded_from_bf16() {
    let (_directory, file) = place();
    let mut scores: Linear<U2, U2> = Linear::init(&mut Rngs::new(0));
    to_bf16(&mut scores).expect("rounded");
    io::save(&scores, &file).expect("saved");
    let mut double = Linear::<U2, U2, f64>::init(&mut Rngs::new(0));
    let text = io::load(&mut double, &file).expect_err("another type").to_string();
    let wrong = "wrong element type: kernel is f64 in the model, bf16 here";
    assert!(text.contains(wrong), "{text}");
}

#[test]
fn files_of_other_libraries_are_converted_to_what_the_model_has() {
    let (_directory, file) = place();
    Export::new().floats(FileType::Bf16).safetensors(&model(1), &file).expect("written");
    let foreign = Foreign::by_path();
    let mut loaded = narrow(2);
    foreign.load(&mut loaded, &file).expect("it fits");
    let kernels = Filter::path_contains("kernel");
    assert!(same(&state_of(&kernels, &loaded), &state_of(&kernels, &narrow(1))));
    // A model of f32 stays of f32.
    let mut wide = model(2);
    foreign.load(&mut wide, &file).expect("it fits");
    assert_eq!(stored(&wide), DType::F32);

    // Rounding is on demand.
    Export::new().safetensors(&model(3), &file).expect("written");
    let before = state(&loaded);
    let text = foreign.load(&mut loaded, &file).expect_err("f32s aren't bf16s").to_string();
    let help = "a value that would change: round by `Foreign::rounding` if it is within the range of bf16, or widen the variable by `to_f32`";
    assert!(text.contains(help), "{text}");
    assert!(same(&state(&loaded), &before));
    foreign.rounding().load(&mut loaded, &file).expect("rounded");
    assert!(same(&state_of(&kernels, &loaded), &state_of(&kernels, &narrow(3))));
}

#[test]
fn weights_of_bf16_are_exported_as_they_are_or_as_f16() {
    let (directory, file) = place();
    Export::new().safetensors(&narrow(1), &file).expect("written");
    let bytes = std::fs::read(&file).expect("the file");
    assert!(bytes.windows(4).any(|window| window == b"BF16"));
    Export::new().floats(FileType::F16).safetensors(&narrow(1), &file).expect("written");
    let mut loaded = model(2);
    Foreign::by_path().load(&mut loaded, &file).expect("it fits");
    // f16 has more bits of the fraction than bf16, and these weights are within its range.
    let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-7;
    let (found, expected) = (loaded.0.kernel.value().to_vec(), narrow(1).0.kernel.value().to_vec());
    assert!(found.iter().zip(&expected).all(close));

    let npz = directory.path().join("model.npz");
    let text = Export::new().npz(&narrow(1), &npz).expect_err("NumPy has no bf16").to_string();
    assert!(
        text.contains(
            "variable `0/kernel` can't be written as bf16: NumPy has no such type; write f16"
        ),
        "{text}"
    );
    Export::new().floats(FileType::F16).npz(&narrow(1), &npz).expect("written");
}
