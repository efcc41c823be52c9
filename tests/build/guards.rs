//! Each rule of shapes with a guard, for sizes that `cargo build` checks: none of these conditions holds.
//!
//! A guard that holds for `AtBuild` is a promise of the build. Each function here breaks it at a place of its own.

use nnx::nn::{
    AdaptiveMaxPool, GlobalMaxPool, MaxPool, PixelShuffle, PixelUnshuffle, Upsample,
    dot_product_attention,
};
use nnx::prelude::*;

// The compiler reports a check once for each set of types, so each case has types of its own.
axis!(
    Z1 = 0,
    Z2 = 0,
    Z3 = 0,
    Z4 = 0,
    Z5 = 0,
    Z6 = 0,
    Z7 = 0,
    Z8 = 0,
    Z9 = 0,
    Z10 = 0,
    Z11 = 0,
    Z12 = 0,
    Z13 = 0,
    Z14 = 0
);
type Zero = AtBuild<U0>;
type Five = AtBuild<U5>;

fn drawn<L: Init>() -> L {
    L::init(&mut Rngs::new(0))
}

fn main() {
    // AxisPadding: strides, dilations, windows of 0, and windows that don't fit.
    let _ = drawn::<Conv<U1, U1, (U3,), Strided<Zero>>>().infer(<Tensor![1, 4, 1]>::ones());
    let _ = drawn::<Conv<U1, U1, (U3,), KernelDilation<Zero>>>().infer(<Tensor![1, 4, 1]>::ones());
    let _ = drawn::<Conv<U1, U1, (Zero,)>>().infer(<Tensor![1, 4, 1]>::ones());
    let _ = drawn::<Conv<U1, U1, (Five,), Valid>>().infer(<Tensor![1, 4, 1]>::ones());
    let _ = <Tensor![1, 4, 1]>::ones().max_pool_with::<(U3,), Strided<Zero>>();
    let _ = <Tensor![1, 4, 1]>::ones().max_pool::<(Five,)>();
    let _ = MaxPool::<(U2,), Strided<Zero>>::new().infer(<Tensor![1, 4, 1]>::ones());
    let _ = <Tensor![1, 4, 1]>::ones().unfold::<(Five,), Valid, _>();
    let x = <Tensor![1, 5, 1]>::ones();
    let rows = <Tensor![1, 0, 6]>::ones();
    let _ = rows.fold::<(AtBuild<U6>,), Valid, _, _, _>(&x);
    let _ = drawn::<Conv<U1, U1, (AtBuild<U9>,), Explicit<(U1, U1)>>>()
        .infer(<Tensor![1, 4, 1]>::ones());
    let _ = drawn::<Conv<U1, U1, (U3, U3, U3), Strided<(Zero, U1, U1)>>>()
        .infer(<Tensor![1, 5, 4, 4, 1]>::ones());
    let _ = drawn::<Conv<U1, U1, (U3, U3, U3), Strided<(U1, Zero, U1)>>>()
        .infer(<Tensor![1, 4, 6, 4, 1]>::ones());
    // AxisTransposed.
    let _ =
        drawn::<ConvTranspose<U1, U1, (U3,), Strided<Zero>>>().infer(<Tensor![1, 4, 1]>::ones());
    let _ = drawn::<ConvTranspose<U1, U1, (Five,), Explicit<(U0, U0)>>>()
        .infer(<Tensor![1, 4, 1]>::ones());
    let _ = drawn::<ConvTranspose<U1, U1, (U3,), Explicit<(U2, U2)>>>().infer(<Tensor![
        1,
        AtBuild<Z7>,
        1
    ]>::ones());
    let _ = drawn::<ConvTranspose<U1, U1, (U3, U3, U3), Strided<(Zero, U1, U1)>>>()
        .infer(<Tensor![1, 5, 4, 4, 1]>::ones());
    let _ = drawn::<ConvTranspose<U1, U1, (U3, U3, U3), Strided<(U1, Zero, U1)>>>()
        .infer(<Tensor![1, 4, 6, 4, 1]>::ones());
    // Grouping.
    let _ = drawn::<Conv<U6, U6, (U3,), Grouped<AtBuild<Z5>>>>();
    let _ = drawn::<Conv<U6, U6, (U3,), Grouped<Five>>>();
    let _ = drawn::<Conv<U6, U8, (U3,), Grouped<AtBuild<U3>>>>();
    // Results of arithmetic that are no size. (The convolution in 0 groups has the same quotient: one error.)
    let _ = drawn::<Linear<Product<dim!(512_000_000), U2>, U1>>();
    let _ = drawn::<Linear<Quotient<U6, U0>, U1>>();
    // Tiled, by the method of generic code.
    let _ = <Tensor<_> as GenericPools<(U1, U4, U1), f32>>::avg_pool::<(Five,)>(Tensor::ones());
    type Image = (U1, U4, U4, U4, U1);
    let _ = <Tensor<_> as GenericPools<Image, f32>>::max_pool::<(U5, U2, U2)>(Tensor::ones());
    let _ = <Tensor<_> as GenericPools<Image, f32>>::min_pool::<(U2, U5, U2)>(Tensor::ones());
    let _ =
        <Tensor<_> as GenericPools<Image, f32>>::adaptive_avg_pool::<(U0, U1, U1)>(Tensor::ones());
    let _ =
        <Tensor<_> as GenericPools<Image, f32>>::adaptive_max_pool::<(U1, U0, U1)>(Tensor::ones());
    // GlobalPool and AdaptivePool, as methods and as layers.
    let _ = <Tensor![1, Zero, 2]>::ones().global_avg_pool();
    let _ = <Tensor![1, 3, AtBuild<Z1>, 2]>::ones().global_max_pool();
    let _ = GlobalAvgPool.infer(<Tensor![1, AtBuild<Z2>, 2]>::ones());
    let _ = GlobalAvgPool.infer(<Tensor![1, AtBuild<Z8>, 3, 2]>::ones());
    let _ = GlobalAvgPool.infer(<Tensor![1, AtBuild<Z9>, 3, 3, 2]>::ones());
    let _ = GlobalAvgPool.infer(<Tensor![1, 3, AtBuild<Z10>, 3, 2]>::ones());
    let _ = GlobalMaxPool.infer(<Tensor![1, 3, 4, AtBuild<Z3>, 2]>::ones());
    let _ = <Tensor![1, 4, 2]>::ones().adaptive_avg_pool::<(Zero,)>();
    let _ = AdaptiveMaxPool::<(U2,)>::new().infer(<Tensor![1, Zero, 2]>::ones());
    // UpsampledBy, FillsBlocks with PixelShuffled, CutIntoBlocks with PixelUnshuffled.
    let _ = <Tensor![1, 4, 2]>::ones().upsample::<(Zero,)>();
    let _ = <Tensor![1, 4, 4, 4, 2]>::ones().upsample::<(AtBuild<Z11>, U2, U2)>();
    let _ = <Tensor![1, 4, 4, 4, 2]>::ones().upsample::<(U2, AtBuild<Z12>, U2)>();
    let _ = Upsample::<(AtBuild<Z4>,)>::new().infer(<Tensor![1, 4, 2]>::ones());
    let _ = <Tensor![1, 4, AtBuild<U3>]>::ones().pixel_shuffle::<(U2,)>();
    let _ = PixelShuffle::<(U3,)>::new().infer(<Tensor![1, 4, AtBuild<U2>]>::ones());
    let _ = <Tensor![1, AtBuild<U9>, 2]>::ones().pixel_unshuffle::<(U2,)>();
    let _ = <Tensor![1, AtBuild<U9>, 4, 4, 2]>::ones().pixel_unshuffle::<(U4, U4, U4)>();
    let _ = <Tensor![1, 4, AtBuild<U10>, 4, 2]>::ones().pixel_unshuffle::<(U4, U4, U4)>();
    let _ = PixelUnshuffle::<(AtBuild<U3>,)>::new().infer(<Tensor![1, 4, 2]>::ones());
    // Chunk, Unflatten, Factors with FlattenAxesTo, Slice, SliceStep.
    let _ = <Tensor![Five]>::ones().chunk::<0, 2>();
    let _ = <Tensor![AtBuild<U7>]>::ones().unflatten::<0, U2>();
    let _ = <Tensor![1, 3, 2]>::ones().flatten_axes_to::<1, AtBuild<U7>>();
    let _ = <Tensor![Five]>::ones().slice::<0, U2, U4>();
    let _ = <Tensor![Five]>::ones().slice_step::<0, U1, U3, U3>();
    let _ = <Tensor![5]>::ones().slice_step::<0, U0, U2, Zero>();
    // LargestOf and LargestOfLast.
    let _ = <Tensor![Five, 2]>::ones().top_k_axis::<0, U6>();
    let _ = <Tensor![2, Five]>::ones().top_k::<6>();
    let _ = <Tensor![Five, 4]>::ones().slice_at::<0, U6>(0);
    // InHalves and InPairs.
    let _ = <Tensor![1, Five]>::ones().glu();
    let _ = <Tensor![1, AtBuild<U11>]>::ones().glu_axis::<1>();
    let _ = Glu.infer(<Tensor![1, AtBuild<U13>]>::ones());
    let _ = Rotary::default().infer(<Tensor![1, 2, 1, AtBuild<U15>]>::ones());
    // InGroups, InHeads, KeyHeads, KeysOf.
    let _ = drawn::<GroupNorm<U6, AtBuild<U4>>>();
    let _ = drawn::<GroupNorm<U6, AtBuild<Z6>>>();
    let _ = drawn::<MultiHeadAttention<AtBuild<U4>, U6>>();
    let _ = drawn::<MultiHeadAttention<U6, U6, Grouped<AtBuild<U4>>>>();
    let _ = drawn::<MultiHeadAttention<U6, U6, Grouped<AtBuild<Z13>>>>();
    let q = <Tensor![1, 2, 6, 3]>::ones();
    let k = <Tensor![1, 2, AtBuild<U4>, 3]>::ones();
    let _ = dot_product_attention(q, k.clone(), k, ());
    // ShuffledIn, and the window of a normalization.
    let _ = ChannelShuffle::<AtBuild<U4>>::new().infer(<Tensor![1, 6]>::ones());
    let _ = ChannelShuffle::<U4>::new().infer(<Tensor![1, AtBuild<U10>]>::ones());
    let _ = LocalResponseNorm::<AtBuild<Z14>>::new();
    // `A - B` where B is larger than A.
    let _ = <Tensor![1, Difference<U2, U3>]>::zeros();
    // HoldsPositions with PositionIn.
    let _ = drawn::<LearnedPositions<Five, U2>>().infer(<Tensor![6, 2]>::ones());
    let _ = drawn::<LearnedPositions<U5, U2>>().starting_at(
        0,
        <Tensor![AtBuild<U6>, 2]>::ones(),
        &Pass::eval(),
    );
}
