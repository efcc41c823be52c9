//! Random tensors: the samples of the functions on slices, which `random/goldens.rs` compares with JAX; refusals. And
//! tensors of one value along runtime axes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;
use nnx_core::random::{self, Key};
use nnx_core::size::{Batch, Time, U2, U3};
use nnx_core::tensor::Tensor;

use crate::numbers::tensor;

const KEY: Key = Key::new(7);

/// The text that a call panics with.
fn refused<T>(call: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(|| _ = call())).expect_err("refused");
    payload.downcast_ref::<String>().expect("a formatted text").clone()
}

#[test]
fn draws_have_the_bits_of_the_functions_on_slices() {
    type Draw = fn(&[usize]) -> DynTensor;
    type Samples = fn(usize) -> Vec<f32>;
    let floats: [(Draw, Samples); 6] = [
        (
            |dims| DynTensor::uniform(KEY, -2.0, 5.0, DType::F32, dims),
            |n| random::uniform(KEY, n, -2.0, 5.0),
        ),
        (|dims| DynTensor::normal(KEY, DType::F32, dims), |n| random::normal(KEY, n)),
        (
            |dims| DynTensor::truncated_normal(KEY, -1.0, 2.0, DType::F32, dims),
            |n| random::truncated_normal(KEY, n, -1.0, 2.0),
        ),
        (|dims| DynTensor::gumbel(KEY, DType::F32, dims), |n| random::gumbel(KEY, n)),
        (|dims| DynTensor::exponential(KEY, DType::F32, dims), |n| random::exponential(KEY, n)),
        (|dims| DynTensor::laplace(KEY, DType::F32, dims), |n| random::laplace(KEY, n)),
    ];
    for dims in [&[][..], &[0, 3], &[7, 300]] {
        let n = dims.iter().product();
        for (draw, samples) in floats {
            let drawn = draw(dims);
            assert_eq!(&*drawn.dims(), dims);
            assert_eq!(drawn.array().to_vec::<f32>().expect("f32"), samples(n));
        }
        let integers = DynTensor::randint(KEY, -3, 90, DType::I32, dims);
        assert_eq!(integers.array().to_vec::<i32>().expect("i32"), random::randint(KEY, n, -3, 90));
        let mask = DynTensor::bernoulli(KEY, 0.25, dims);
        assert_eq!(mask.array().to_vec::<bool>().expect("bool"), random::bernoulli(KEY, n, 0.25));
    }
    let order = DynTensor::permutation(KEY, 2000).array().to_vec::<i32>().expect("i32");
    assert!(order.iter().map(|&i| i as usize).eq(random::permutation(KEY, 2000)));
    // Logits in a strided view.
    let logits: Vec<f32> = (0..60).map(|i| (i as f32).sin()).collect();
    let view = tensor(logits.clone(), &[20, 3]).swap_axes(0, 1).array().contiguous();
    let view = DynTensor::from(view).swap_axes(0, 1);
    let drawn = view.categorical(KEY).array().to_vec::<i32>().expect("i32");
    assert!(drawn.iter().map(|&i| i as usize).eq(random::categorical(KEY, &logits, 3)));
}

#[test]
fn draws_have_the_type_of_their_tensor() {
    let x: Tensor<(Batch, U3), f64> = Tensor::zeros_of(&[4]);
    assert_eq!(x.normal_like(KEY).to_vec(), random::normal_f64(KEY, 12));
    assert_eq!(x.uniform_like(KEY, -1.0, 0.5).to_vec(), random::uniform_f64(KEY, 12, -1.0, 0.5));
    assert_eq!(x.exponential_like(KEY).to_vec(), random::exponential_f64(KEY, 12));
    assert_eq!(x.laplace_like(KEY).to_vec(), random::laplace_f64(KEY, 12));
    let low = x.truncated_normal_like(KEY, -2.0, 0.0);
    assert_eq!(low.to_vec(), random::truncated_normal_f64(KEY, 12, -2.0, 0.0));
    let gumbel: Tensor<(U3,), f64> = Tensor::gumbel(KEY);
    assert_eq!(gumbel.to_vec(), random::gumbel_f64(KEY, 3));
    let classes = random::categorical_f64(KEY, &low.to_vec(), 3);
    let drawn = low.categorical(KEY).to_vec();
    assert!(drawn.iter().map(|&i| i as usize).eq(classes));
    let ids: Tensor<(U3,), i64> = Tensor::randint(KEY, -3, 1 << 40);
    assert_eq!(ids.to_vec(), random::randint(KEY, 3, -3i64, 1 << 40));
    let bytes: Tensor<(U3,), u8> = Tensor::randint(KEY, 3, 90);
    assert_eq!(bytes.to_vec(), random::randint(KEY, 3, 3u8, 90));
    assert_eq!(x.randint_like(KEY, 1u32, 5).to_vec(), random::randint(KEY, 12, 1u32, 5));
    let order: Tensor<(Batch,), i32> = Tensor::permutation_of(7, KEY);
    assert!(order.to_vec().iter().map(|&i| i as usize).eq(random::permutation(KEY, 7)));
}

#[test]
fn like_forms_draw_the_sizes_of_another_tensor() {
    let x: Tensor<(Batch, U3)> = Tensor::zeros_of(&[4]);
    assert_eq!(x.normal_like(KEY).to_vec(), random::normal(KEY, 12));
    assert_eq!(x.uniform_like(KEY, 0.0, 2.0).to_vec(), random::uniform(KEY, 12, 0.0, 2.0));
    assert_eq!(x.randint_like(KEY, 0, 5).to_vec(), random::randint(KEY, 12, 0, 5));
    assert_eq!(x.bernoulli_like(KEY, 0.5).to_vec(), random::bernoulli(KEY, 12, 0.5));
    let classes = x.normal_like(KEY).categorical(KEY);
    assert_eq!(*classes.dims(), [4]);
}

#[test]
fn bounds_that_mean_nothing_are_refused() {
    let cases: [(fn() -> DynTensor, &str); 8] = [
        (|| DynTensor::gumbel(KEY, DType::I32, &[2]), "`gumbel` gives f32 or f64, found i32"),
        (|| DynTensor::randint(KEY, 0, 3, DType::F32, &[2]), "`randint` gives integers, found f32"),
        (
            || DynTensor::uniform(KEY, 1.0, 0.0, DType::F32, &[2]),
            "`uniform` takes finite bounds in ascending order, found 1 and 0",
        ),
        (
            || DynTensor::uniform(KEY, 0.0, f64::NAN, DType::F32, &[2]),
            "`uniform` takes finite bounds in ascending order, found 0 and NaN",
        ),
        (
            || DynTensor::truncated_normal(KEY, 0.0, f64::INFINITY, DType::F32, &[2]),
            "`truncated_normal` takes finite bounds in ascending order, found 0 and inf: write ±10 for an open side",
        ),
        (
            || DynTensor::randint(KEY, 3, 3, DType::I32, &[2]),
            "`randint` takes a range that isn't empty, found 3..3",
        ),
        (
            || DynTensor::permutation(KEY, 1 << 31),
            "`permutation` gives numbers of i32, found 2147483648 of them",
        ),
        (
            || tensor(vec![0.0f64; 4], &[2, 2]).cast(DType::I32).categorical(KEY),
            "`categorical` takes logits (.., classes) of f32 or f64 with at least one class, found (2, 2) of i32",
        ),
    ];
    for (call, expected) in cases {
        assert_eq!(refused(call), expected);
    }
    let none = || tensor(Vec::<f32>::new(), &[2, 0]).categorical(KEY);
    assert!(refused(none).ends_with("at least one class, found (2, 0) of f32"));
}

#[test]
fn runtime_axes_are_filled_by_their_sizes() {
    let x: Tensor<(Batch, U2, Time), i64> = Tensor::ones_of(&[2, 3]);
    assert_eq!((&*x.dims(), x.to_vec()), (&[2, 2, 3][..], vec![1; 12]));
    assert_eq!(x.zeros_like().to_vec(), [0; 12]);
    assert_eq!(x.ones_like().to_vec(), [1; 12]);
    let empty: Tensor<(Batch, U2)> = Tensor::zeros_of(&[0]);
    assert_eq!(*empty.dims(), [0, 2]);
    assert_eq!(
        refused(|| Tensor::<(Batch, U2)>::zeros_of(&[1, 2])),
        "shape (Batch, 2) takes the sizes of its runtime axes, 1 in number; found (1, 2)"
    );
    assert_eq!(
        refused(|| Tensor::<(Time, Time)>::full_of(&[1, 2], 0.5)),
        "the sizes (1, 2) don't fit the shape (Time, Time): axis 1, `Time`: expected 1, as axis 0 of this name is, found 2"
    );
}
