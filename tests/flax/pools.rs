//! Pooling over its options, against `nnx.max_pool`, `nnx.min_pool` and `nnx.avg_pool`.

use nnx::prelude::*;
use nnx::size::{PoolOptions, Windowed};
use nnx::tensor::{Pooled, gradient};

use crate::golden::{Errors, Golden};

type Photos = shape![2, 7, 6, 4];

/// The kind of pool.
#[derive(Clone, Copy)]
enum Pool {
    Max,
    Min,
    Avg,
    AvgWithoutPadding,
}

impl Pool {
    fn name(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Min => "min",
            Self::Avg => "avg",
            Self::AvgWithoutPadding => "avg without padding",
        }
    }

    fn apply<K, O>(self, x: Tensor<Photos>) -> Tensor<Pooled<Photos, K, O>>
    where
        O: PoolOptions<K>,
        Photos: Windowed<K, O::Strides, O::Pad>,
    {
        match self {
            Self::Max => x.max_pool_with::<K, O>(),
            Self::Min => -(-x).max_pool_with::<K, O>(),
            Self::Avg => x.avg_pool_with::<K, O>(true),
            Self::AvgWithoutPadding => x.avg_pool_with::<K, O>(false),
        }
    }
}

fn compare<K, O>(golden: &Golden, errors: &mut Errors, pool: Pool, options: &str)
where
    O: PoolOptions<K>,
    Photos: Windowed<K, O::Strides, O::Pad>,
{
    let name = |what: &str| format!("pool/{} {options}/{what}", pool.name());
    let photos: Tensor<Photos> = golden.tensor("pool/input");
    let expected: Tensor<Pooled<Photos, K, O>> = golden.tensor(&name("output"));
    let cotangent: Tensor<Pooled<Photos, K, O>> = golden.tensor(&name("cotangent"));
    let found = pool.apply::<K, O>(photos.clone());
    errors.compare(&name("output"), &found.to_vec(), &expected.to_vec());
    let slope = gradient(|x| (pool.apply::<K, O>(x) * cotangent).sum(), photos);
    errors.compare(&name("gradient 0"), &slope.to_vec(), &golden.numbers(&name("gradient 0")));
}

/// All windows, strides and paddings.
fn every_window(golden: &Golden, errors: &mut Errors, pool: Pool) {
    compare::<(U2, U2), (Strided<U1>, Same)>(golden, errors, pool, "window=2 stride=1 SAME");
    compare::<(U2, U2), (Strided<U2>, Same)>(golden, errors, pool, "window=2 stride=2 SAME");
    compare::<(U3, U3), (Strided<U1>, Same)>(golden, errors, pool, "window=3 stride=1 SAME");
    compare::<(U3, U3), (Strided<U2>, Same)>(golden, errors, pool, "window=3 stride=2 SAME");
    if matches!(pool, Pool::AvgWithoutPadding) {
        return; // Without padding, nothing is counted differently.
    }
    compare::<(U2, U2), (Strided<U1>, Valid)>(golden, errors, pool, "window=2 stride=1 VALID");
    compare::<(U2, U2), (Strided<U2>, Valid)>(golden, errors, pool, "window=2 stride=2 VALID");
    compare::<(U3, U3), (Strided<U1>, Valid)>(golden, errors, pool, "window=3 stride=1 VALID");
    compare::<(U3, U3), (Strided<U2>, Valid)>(golden, errors, pool, "window=3 stride=2 VALID");
}

#[test]
fn maxima_in_every_window_are_those_of_flax() {
    let mut errors = Errors::of("max_pool", 1e-6);
    every_window(&Golden::open("ops"), &mut errors, Pool::Max);
}

#[test]
fn minima_in_every_window_are_those_of_flax() {
    let mut errors = Errors::of("min_pool", 1e-6);
    every_window(&Golden::open("ops"), &mut errors, Pool::Min);
}

#[test]
fn means_in_every_window_are_those_of_flax() {
    let mut errors = Errors::of("avg_pool", 1e-6);
    every_window(&Golden::open("ops"), &mut errors, Pool::Avg);
}

#[test]
fn means_without_padding_in_every_window_are_those_of_flax() {
    let mut errors = Errors::of("avg_pool without padding", 1e-6);
    every_window(&Golden::open("ops"), &mut errors, Pool::AvgWithoutPadding);
}

#[test]
fn every_pool_of_the_golden_is_compared() {
    let outputs =
        Golden::open("ops").names("pool/").into_iter().filter(|name| name.ends_with("/output"));
    assert_eq!(outputs.count(), 3 * 8 + 4);
}

#[test]
fn the_short_forms_move_by_their_window_without_padding() {
    let photos: Tensor<Photos> = Golden::open("ops").tensor("pool/input");
    let long = photos.clone().max_pool_with::<(U2, U2), (Strided<U2>, Valid)>();
    assert_eq!(photos.clone().max_pool::<(U2, U2)>().to_vec(), long.to_vec());
    let layer = MaxPool::<(U2, U2)>::init(&mut Rngs::new(0)).infer(photos.clone());
    assert_eq!(layer.to_vec(), long.to_vec());

    let long = photos.clone().avg_pool_with::<(U3, U2), (Strided<(U3, U2)>, Valid)>(true);
    assert_eq!(photos.clone().avg_pool::<(U3, U2)>().to_vec(), long.to_vec());
    let layer = AvgPool::<(U3, U2)>::init(&mut Rngs::new(0)).infer(photos);
    assert_eq!(layer.to_vec(), long.to_vec());
}
