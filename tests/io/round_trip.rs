//! Loading returns the saved values, bit for bit.

use std::collections::BTreeMap;

use nnx::io;
use nnx::models::SimpleCnn;
use nnx::module::Path;
use nnx::prelude::*;

use crate::{place, same};

/// Every element type, and a stream of random numbers.
#[derive(Module)]
struct Everything {
    half: Dropout,
    f32s: Param<shape![2, 2]>,
    f64s: BatchStat<shape![3], f64>,
    i32s: Cache<shape![2], i32>,
    i64s: Cache<shape![2], i64>,
    u8s: Cache<shape![3], u8>,
    flags: Cache<shape![3], bool>,
    scalar: Param<()>,
    empty: Param<shape![0, 4]>,
}

fn everything(seed: u64) -> Everything {
    Everything {
        half: Dropout::new(0.5, &mut Rngs::new(seed)),
        f32s: Param::new(Tensor::from([[1.5, -0.0], [f32::MIN_POSITIVE / 2.0, f32::INFINITY]])),
        f64s: BatchStat::new(Tensor::from([1e-300, -0.1, f64::MAX])),
        i32s: Cache::new(Tensor::from([i32::MIN, 7])),
        i64s: Cache::new(Tensor::from([i64::MIN, (1 << 60) + 1])),
        u8s: Cache::new(Tensor::from([0, 128, 255])),
        flags: Cache::new(Tensor::from([true, false, true])),
        scalar: Param::new(Tensor::from(0.25)),
        empty: Param::new(Tensor::zeros()),
    }
}

fn blank() -> Everything {
    Everything {
        half: Dropout::new(0.5, &mut Rngs::new(99)),
        f32s: Param::new(Tensor::zeros()),
        f64s: BatchStat::new(Tensor::zeros()),
        i32s: Cache::new(Tensor::full(0)),
        i64s: Cache::new(Tensor::full(0)),
        u8s: Cache::new(Tensor::full(0)),
        flags: Cache::new(Tensor::full(false)),
        scalar: Param::new(Tensor::zeros()),
        empty: Param::new(Tensor::zeros()),
    }
}

#[test]
fn every_element_type_comes_back_bit_for_bit() {
    let (_directory, file) = place();
    let (saved, mut loaded) = (everything(3), blank());
    io::save(&saved, &file).expect("saved");
    io::load(&mut loaded, &file).expect("loaded");
    assert!(same(&state(&saved), &state(&loaded)));
    let bits = |model: &Everything| {
        model.f32s.value().to_vec().iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(bits(&saved), bits(&loaded), "the sign of 0 and numbers below the normal ones");
}

#[test]
fn not_a_number_comes_back_with_its_bits() {
    let (_directory, file) = place();
    let odd = f32::from_bits(0x7fc1_2345);
    let saved = Param::<shape![2]>::new(Tensor::from([odd, f32::NEG_INFINITY]));
    io::save(&saved, &file).expect("saved");
    let mut loaded = Param::<shape![2]>::new(Tensor::zeros());
    io::load(&mut loaded, &file).expect("a lone variable, whose path is empty");
    assert_eq!(loaded.value().to_vec()[0].to_bits(), odd.to_bits());
}

#[test]
fn dropout_goes_on_where_it_was_saved() {
    let (_directory, file) = place();
    let draw = |model: &mut Everything| {
        let mut pass = Pass::train();
        let y = model.half.forward(Tensor::<shape![20]>::ones(), &mut pass).to_vec();
        pass.commit(model).expect("nothing failed");
        y
    };
    let mut model = everything(3);
    for _ in 0..3 {
        draw(&mut model);
    }
    io::save(&model, &file).expect("saved");
    let mut loaded = blank();
    io::load(&mut loaded, &file).expect("loaded");
    let after = [draw(&mut model), draw(&mut model)];
    assert_eq!([draw(&mut loaded), draw(&mut loaded)], after);
    assert_ne!(after[0], after[1]);
}

#[test]
fn a_loaded_network_gives_the_same_logits() {
    let (_directory, file) = place();
    let saved = SimpleCnn::<U10>::init(&mut Rngs::new(3));
    io::save(&saved, &file).expect("saved");
    let mut loaded = SimpleCnn::<U10>::init(&mut Rngs::new(4));
    io::load(&mut loaded, &file).expect("loaded");
    let image = || <Tensor![Batch, 28, 28, 1]>::from_vec(vec![0.5; 784]).expect("an image");
    assert_eq!(saved.infer(image()).to_vec(), loaded.infer(image()).to_vec());
}

#[test]
fn views_are_saved_in_the_order_of_their_shape() {
    let (_directory, file) = place();
    let mut saved = Param::<shape![3, 2]>::new(Tensor::zeros());
    saved.replace(Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).transpose());
    io::save(&saved, &file).expect("saved");
    let mut loaded = Param::<shape![3, 2]>::new(Tensor::ones());
    io::load(&mut loaded, &file).expect("loaded");
    assert_eq!(loaded.value().to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
}

#[test]
fn keys_of_maps_come_back_whatever_they_look_like() {
    let (_directory, file) = place();
    let model = |value: f32| -> BTreeMap<String, Param<()>> {
        let names = ["0", "00", "17", "encoder/3", "a b", "größe", "\"quoted\"", "back\\slash"];
        names.map(|name| (name.to_owned(), Param::new(Tensor::from(value)))).into()
    };
    io::save(&model(2.5), &file).expect("saved");
    let mut loaded = model(0.0);
    io::load(&mut loaded, &file).expect("loaded");
    assert!(loaded.values().all(|variable| variable.value().item() == 2.5));
}

#[test]
fn an_optimizer_is_saved_as_any_module_is() {
    let (_directory, file) = place();
    let mut optimized = Linear::<U3, U2>::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&optimized, adam(0.1));
    let gradients = grad(&mut optimized, |model, pass| {
        model.forward(Tensor::from([1.0, 2.0, 3.0]), pass).square().sum()
    });
    optimizer.update(&mut optimized, gradients.expect("gradients")).expect("an update");
    io::save(&optimizer, &file).expect("saved");
    let loaded = io::load_state(&file).expect("loaded");
    assert!(same(&state(&optimizer), &loaded));
    assert!(loaded.get(&Path::parse("opt_state/0/nu/kernel")).is_some());
}

#[test]
fn a_model_without_variables_is_saved_too() {
    let (_directory, file) = place();
    io::save(&Relu, &file).expect("saved");
    io::load(&mut Relu, &file).expect("loaded");
    assert!(io::load_state(&file).expect("loaded").is_empty());
}

/// Little-endian f32 under the variable's path: what the safetensors library of any language reads.
#[test]
fn the_file_is_what_other_programs_expect() {
    let (_directory, file) = place();
    let mut layer = Linear::<U2, U1>::init(&mut Rngs::new(0));
    layer.kernel.replace(Tensor::from([[1.0], [-2.0]]));
    io::save(&layer, &file).expect("saved");
    let bytes = std::fs::read(&file).expect("the file");
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let kernel = tensors.tensor("kernel").expect("the kernel");
    assert_eq!((kernel.shape(), kernel.dtype()), (&[2, 1][..], safetensors::Dtype::F32));
    assert_eq!(kernel.data(), [0, 0, 128, 63, 0, 0, 0, 192]);
    assert_eq!(tensors.names().len(), 2);
}
