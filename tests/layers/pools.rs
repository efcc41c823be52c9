//! Pools, global and adaptive pools, and upsampling, as layers.

use nnx::prelude::*;
use nnx::size::NotEmpty;

use crate::case::{Case, count};

type Line = shape![2, 9, 2];
type Photo = shape![2, 5, 4, 2];
type Volume = shape![1, 4, 5, 3, 2];

fn check<S: Shape, O: Shape, M>(name: &'static str, mut layer: M)
where
    M: Module + Layer<Tensor<S>, Output = Tensor<O>>,
{
    Case::open("pools", name).check::<M, S, O>(&mut layer);
}

/// A pool under all paddings and strides.
macro_rules! pools {
    ($($test:ident: $pool:ident $kind:literal {
        $($rank:literal, $shape:ty, $window:ty, $explicit:ty;)*
    })*) => { $(
        #[test]
        fn $test() {
            $(
                pools!(@case $pool, $shape, $window, U1, Same, concat!("pool ", $kind, " ", $rank, " same strides=1"));
                pools!(@case $pool, $shape, $window, U2, Same, concat!("pool ", $kind, " ", $rank, " same strides=2"));
                pools!(@case $pool, $shape, $window, U1, Valid, concat!("pool ", $kind, " ", $rank, " valid strides=1"));
                pools!(@case $pool, $shape, $window, U2, Valid, concat!("pool ", $kind, " ", $rank, " valid strides=2"));
                pools!(@case $pool, $shape, $window, U1, $explicit, concat!("pool ", $kind, " ", $rank, " explicit strides=1"));
                pools!(@case $pool, $shape, $window, U2, $explicit, concat!("pool ", $kind, " ", $rank, " explicit strides=2"));
            )*
        }
    )* };
    (@case $pool:ident, $shape:ty, $window:ty, $strides:ty, $pad:ty, $name:expr) => {
        check::<$shape, _, _>($name, $pool::<$window, (Strided<$strides>, $pad)>::new())
    };
}
type Lines = Explicit<(U1, U0)>;
type Photos = Explicit<(U1, U0), (U0, U1)>;
type Volumes = Explicit<(U1, U0), (U0, U1), (U1, U1)>;
pools! {
    maxima: MaxPool "max" {
        "1d", Line, (U3,), Lines; "2d", Photo, (U3, U2), Photos; "3d", Volume, (U2, U3, U2), Volumes;
    }
    minima: MinPool "min" {
        "1d", Line, (U3,), Lines; "2d", Photo, (U3, U2), Photos; "3d", Volume, (U2, U3, U2), Volumes;
    }
    means: AvgPool "avg" {
        "1d", Line, (U3,), Lines; "2d", Photo, (U3, U2), Photos; "3d", Volume, (U2, U3, U2), Volumes;
    }
}

#[test]
fn means_without_padding() {
    macro_rules! cases {
        ($($name:literal: $shape:ty, $window:ty, $strides:ty, $pad:ty;)*) => { $(
            let pool = AvgPool::<$window, (Strided<$strides>, $pad)>::new().count_include_pad(false);
            check::<$shape, _, _>(concat!("pool avg without padding ", $name), pool);
        )* };
    }
    cases! {
        "1d same strides=1": Line, (U3,), U1, Same;
        "1d same strides=2": Line, (U3,), U2, Same;
        "1d explicit strides=1": Line, (U3,), U1, Lines;
        "1d explicit strides=2": Line, (U3,), U2, Lines;
        "2d same strides=1": Photo, (U3, U2), U1, Same;
        "2d same strides=2": Photo, (U3, U2), U2, Same;
        "2d explicit strides=1": Photo, (U3, U2), U1, Photos;
        "2d explicit strides=2": Photo, (U3, U2), U2, Photos;
        "3d same strides=1": Volume, (U2, U3, U2), U1, Same;
        "3d same strides=2": Volume, (U2, U3, U2), U2, Same;
        "3d explicit strides=1": Volume, (U2, U3, U2), U1, Volumes;
        "3d explicit strides=2": Volume, (U2, U3, U2), U2, Volumes;
    }
}

#[test]
fn global_pools() {
    check::<Line, shape![2, 2], _>("global avg 1d", GlobalAvgPool);
    check::<Photo, shape![2, 2], _>("global avg 2d", GlobalAvgPool);
    check::<Volume, shape![1, 2], _>("global avg 3d", GlobalAvgPool);
    check::<Line, shape![2, 2], _>("global max 1d", GlobalMaxPool);
    check::<Photo, shape![2, 2], _>("global max 2d", GlobalMaxPool);
    check::<Volume, shape![1, 2], _>("global max 3d", GlobalMaxPool);
}

#[test]
fn adaptive_pools() {
    macro_rules! cases {
        ($($name:literal: $shape:ty, $sizes:ty;)*) => { $(
            check::<$shape, _, _>(concat!("adaptive avg ", $name), AdaptiveAvgPool::<$sizes>::new());
            check::<$shape, _, _>(concat!("adaptive max ", $name), AdaptiveMaxPool::<$sizes>::new());
        )* };
    }
    cases! {
        "4": Line, (U4,);
        "12": Line, (U12,);
        "3x4": Photo, (U3, U4);
        "1x6": Photo, (U1, U6);
        "7x2": Photo, (U7, U2);
        "3x2x3": Volume, (U3, U2, U3);
        // Adaptive pooling turns a runtime axis into a size.
        "4": shape![Batch, Time, 2], (U4,);
    }
}

#[test]
fn upsampling() {
    check::<Line, shape![2, 27, 2], _>("upsample 3", Upsample::<(U3,)>::new());
    check::<Photo, shape![2, 10, 8, 2], _>("upsample 2x2", Upsample::<(U2, U2)>::new());
    check::<Photo, shape![2, 5, 12, 2], _>("upsample 1x3", Upsample::<(U1, U3)>::new());
    check::<Volume, shape![1, 8, 5, 6, 2], _>("upsample 2x1x2", Upsample::<(U2, U1, U2)>::new());
}

#[test]
fn every_pool_of_the_golden_is_compared() {
    assert_eq!(count("pools", ""), 3 * 3 * 6 + 12 + 6 + 12 + 4);
}

/// JAX divides 0 by 0 here.
#[test]
fn the_mean_over_padding_alone_is_0() {
    let x: Tensor![1, 2, 1] = Tensor::from([[[3.0], [5.0]]]);
    let y = x.avg_pool_with::<(U2,), Explicit<(U2, U2)>>(false);
    assert_eq!(y.to_vec(), [0.0, 4.0, 0.0]);
}

/// As in JAX: there is no element to which the gradient could flow.
#[test]
fn the_maximum_over_padding_alone_is_minus_infinity() {
    let x: Tensor![1, 2, 1] = Tensor::from([[[3.0], [5.0]]]);
    let pool = |x: Tensor![1, 2, 1]| x.max_pool_with::<(U2,), Explicit<(U2, U2)>>();
    assert_eq!(pool(x.clone()).to_vec(), [f32::NEG_INFINITY, 5.0, f32::NEG_INFINITY]);
    let low = x.clone().min_pool_with::<(U2,), Explicit<(U2, U2)>>();
    assert_eq!(low.to_vec(), [f32::INFINITY, 3.0, f32::INFINITY]);
    let weights: Tensor![1, 3, 1] = Tensor::from([[[1.0], [2.0], [4.0]]]);
    let (_, slope) = value_and_gradient(|x| (pool(x) * weights).sum(), x);
    assert_eq!(slope.to_vec(), [0.0, 2.0]);
}

#[test]
#[should_panic(
    expected = "`global_avg_pool` takes axes of at least one element, found none on the axis `Time`"
)]
fn nothing_has_no_mean() {
    let empty = nnx::array::Array::new(Vec::<f32>::new(), &[2, 0, 3]).expect("nothing");
    let x: Tensor![Batch, Time, 3] = empty.try_into().expect("the shape");
    let _ = x.global_avg_pool();
}

#[test]
#[should_panic(
    expected = "`max_pool` takes images and outputs of at least one element on each axis, found (0,) and (4,)"
)]
fn nothing_is_not_pooled_to_a_size() {
    let empty = nnx::array::Array::new(Vec::<f32>::new(), &[2, 0, 3]).expect("nothing");
    let x: Tensor![Batch, Time, 3] = empty.try_into().expect("the shape");
    let _ = x.adaptive_max_pool::<(U4,)>();
}

/// Pools over sizes that are parameters.
#[test]
fn a_pyramid_of_any_size() {
    fn coarsest<H: NotEmpty + Size, W: NotEmpty + Size>(
        x: Tensor![1, H, W, 3],
    ) -> Tensor![1, 2, 2, 3] {
        x.adaptive_avg_pool::<(U2, U2)>()
    }
    assert_eq!(coarsest(Tensor::<shape![1, 5, 7, 3]>::ones()).to_vec(), [1.0; 12]);
}
