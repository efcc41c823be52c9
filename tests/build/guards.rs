//! Each rule of shapes with a guard, for sizes that `cargo build` checks: none of these conditions holds.
//!
//! A guard that holds for `AtBuild` is a promise of the build. Each function here breaks it at a place of its own.

use nnx::nn::{
    AdaptiveMaxPool, GlobalMaxPool, MaxPool, PixelShuffle, PixelUnshuffle, Upsample,
    dot_product_attention,
};
use nnx::prelude::*;

// The compiler reports a check of the same types once, so that each case has types of its own.
type Zero = AtBuild<U0>;
type Zero1 = AtBuild<Zero>;
type Zero2 = AtBuild<Zero1>;
type Zero3 = AtBuild<Zero2>;
type Zero4 = AtBuild<Zero3>;
type Zero5 = AtBuild<Zero4>;
type Zero6 = AtBuild<Zero5>;
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
    // AxisTransposed.
    let _ = drawn::<ConvTranspose<U1, U1, (U3,), Strided<Zero>>>().infer(<Tensor![1, 4, 1]>::ones());
    let _ = drawn::<ConvTranspose<U1, U1, (Five,), Explicit<(U0, U0)>>>()
        .infer(<Tensor![1, 4, 1]>::ones());
    // Grouping.
    let _ = drawn::<Conv<U6, U6, (U3,), Grouped<Zero5>>>();
    let _ = drawn::<Conv<U6, U6, (U3,), Grouped<Five>>>();
    // Tiled, by the method of generic code.
    let _ = <Tensor<_> as GenericPools<(U1, U4, U1), f32>>::avg_pool::<(Five,)>(Tensor::ones());
    // GlobalPool and AdaptivePool, as methods and as layers.
    let _ = <Tensor![1, Zero, 2]>::ones().global_avg_pool();
    let _ = <Tensor![1, 3, Zero1, 2]>::ones().global_max_pool();
    let _ = GlobalAvgPool.infer(<Tensor![1, Zero2, 2]>::ones());
    let _ = GlobalMaxPool.infer(<Tensor![1, 3, 4, Zero3, 2]>::ones());
    let _ = <Tensor![1, 4, 2]>::ones().adaptive_avg_pool::<(Zero,)>();
    let _ = AdaptiveMaxPool::<(U2,)>::new().infer(<Tensor![1, Zero, 2]>::ones());
    // UpsampledBy, FillsBlocks with PixelShuffled, CutIntoBlocks with PixelUnshuffled.
    let _ = <Tensor![1, 4, 2]>::ones().upsample::<(Zero,)>();
    let _ = Upsample::<(Zero4,)>::new().infer(<Tensor![1, 4, 2]>::ones());
    let _ = <Tensor![1, 4, AtBuild<U3>]>::ones().pixel_shuffle::<(U2,)>();
    let _ = PixelShuffle::<(U3,)>::new().infer(<Tensor![1, 4, AtBuild<U2>]>::ones());
    let _ = <Tensor![1, AtBuild<U9>, 2]>::ones().pixel_unshuffle::<(U2,)>();
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
    let _ = drawn::<GroupNorm<U6, Zero6>>();
    let _ = drawn::<MultiHeadAttention<AtBuild<U4>, U6>>();
    let _ = drawn::<MultiHeadAttention<U6, U6, Grouped<AtBuild<U4>>>>();
    let q = <Tensor![1, 2, 6, 3]>::ones();
    let k = <Tensor![1, 2, AtBuild<U4>, 3]>::ones();
    let _ = dot_product_attention(q, k.clone(), k, ());
    // `A - B`, which is no size where B is larger.
    let _ = <Tensor![1, Difference<U2, U3>]>::zeros();
    // HoldsPositions with PositionIn.
    let _ = drawn::<LearnedPositions<Five, U2>>().infer(<Tensor![6, 2]>::ones());
    let _ = drawn::<LearnedPositions<U5, U2>>().starting_at(
        0,
        <Tensor![AtBuild<U6>, 2]>::ones(),
        &Pass::eval(),
    );
}
