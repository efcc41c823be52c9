//! Convolutions over one, two and three axes.

use nnx::prelude::*;
use nnx::size::{ConvOptions, WindowShape};

use crate::case::{Case, count};

type Line = shape![2, 7, 2];
type Photo = shape![1, 5, 4, 2];
type Volume = shape![1, 3, 5, 3, 2];

/// One case. Its name says whether there is a mask and a bias, its types say the rest.
fn check<S, O, K, X>(name: &'static str)
where
    S: Shape,
    O: Shape,
    K: WindowShape,
    X: ConvOptions<U2, U4>,
    Conv<U2, U4, K, X>: Module + Layer<Tensor<S>, Output = Tensor<O>>,
{
    let case = Case::open("windows", name);
    let start = KernelOptions::default();
    let start = if name.contains("use_bias=False") { start.without_bias() } else { start };
    let mut layer = Conv::with(&start, &mut Rngs::new(0));
    if name.contains(" mask") {
        layer = layer.with_mask(case.tensor("mask"));
    }
    case.check::<Conv<U2, U4, K, X>, S, O>(&mut layer);
}

macro_rules! cases {
    ($($test:ident: $shape:ty, $kernel:ty { $($name:literal: $options:ty;)* })*) => { $(
        #[test]
        fn $test() {
            $(check::<$shape, _, $kernel, $options>($name);)*
        }
    )* };
}

type Lines = Explicit<(U2, U1)>;
type Photos = Explicit<(U2, U1), (U0, U3)>;
type Volumes = Explicit<(U2, U1), (U0, U3), (U1, U2)>;
type NoLines = Explicit<(U0, U0)>;
type NoPhotos = Explicit<(U0, U0), (U0, U0)>;
type NoVolumes = Explicit<(U0, U0), (U0, U0), (U0, U0)>;
type Two = Grouped<U2>;

cases! {
    over_one_axis: Line, (U3,) {
        "conv 1d same": ();
        "conv 1d same strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, KernelDilation<U2>);
        "conv 1d same strides=mixed": Strided<(U2,)>;
        "conv 1d same feature_group_count=2 mask": Two;
        "conv 1d valid": Valid;
        "conv 1d valid strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Valid, KernelDilation<U2>);
        "conv 1d circular": Circular;
        "conv 1d circular strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Circular, KernelDilation<U2>);
        "conv 1d circular kernel_dilation=mixed feature_group_count=2": (Circular, KernelDilation<(U2,)>, Two);
        "conv 1d reflect": Reflect;
        "conv 1d reflect strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Reflect, KernelDilation<U2>);
        "conv 1d reflect strides=mixed mask": (Strided<(U2,)>, Reflect);
        "conv 1d explicit": Lines;
        "conv 1d explicit strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Lines, KernelDilation<U2>);
        "conv 1d none input_dilation=mixed": (NoLines, InputDilation<(U2,)>);
        "conv 1d explicit input_dilation=2 strides=mixed feature_group_count=2 use_bias=False mask":
            (Strided<(U2,)>, Lines, Two, InputDilation<U2>);
    }
    causal: Line, (U3,) {
        "conv 1d causal": Causal;
        "conv 1d causal kernel_dilation=2": (Causal, KernelDilation<U2>);
        "conv 1d causal strides=2": (Strided<U2>, Causal);
        "conv 1d causal kernel_dilation=3 feature_group_count=2 mask": (Causal, KernelDilation<U3>, Two);
    }
    over_two_axes: Photo, (U3, U2) {
        "conv 2d same": ();
        "conv 2d same strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, KernelDilation<U2>);
        "conv 2d same strides=mixed": Strided<(U2, U1)>;
        "conv 2d same feature_group_count=2 mask": Two;
        "conv 2d valid": Valid;
        "conv 2d valid strides=2 kernel_dilation=2 use_bias=False": (Strided<(U2, U2)>, Valid, KernelDilation<(U2, U2)>);
        "conv 2d circular": Circular;
        "conv 2d circular strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Circular, KernelDilation<U2>);
        "conv 2d circular kernel_dilation=mixed feature_group_count=2": (Circular, KernelDilation<(U2, U1)>, Two);
        "conv 2d reflect": Reflect;
        "conv 2d reflect strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Reflect, KernelDilation<U2>);
        "conv 2d reflect strides=mixed mask": (Strided<(U2, U1)>, Reflect);
        "conv 2d explicit": Photos;
        "conv 2d explicit strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Photos, KernelDilation<U2>);
        "conv 2d none input_dilation=mixed": (NoPhotos, InputDilation<(U2, U1)>);
        "conv 2d explicit input_dilation=2 strides=mixed feature_group_count=2 use_bias=False mask":
            (Strided<(U2, U1)>, Photos, Two, InputDilation<U2>);
    }
    over_three_axes: Volume, (U2, U3, U2) {
        "conv 3d same": ();
        "conv 3d same strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, KernelDilation<U2>);
        "conv 3d same strides=mixed": Strided<(U2, U1, U2)>;
        "conv 3d same feature_group_count=2 mask": Two;
        "conv 3d valid": Valid;
        "conv 3d valid strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Valid, KernelDilation<(U2, U2, U2)>);
        "conv 3d circular": Circular;
        "conv 3d circular strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Circular, KernelDilation<U2>);
        "conv 3d circular kernel_dilation=mixed feature_group_count=2": (Circular, KernelDilation<(U2, U1, U2)>, Two);
        "conv 3d reflect": Reflect;
        "conv 3d reflect strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Reflect, KernelDilation<U2>);
        "conv 3d reflect strides=mixed mask": (Strided<(U2, U1, U2)>, Reflect);
        "conv 3d explicit": Volumes;
        "conv 3d explicit strides=2 kernel_dilation=2 use_bias=False": (Strided<U2>, Volumes, KernelDilation<U2>);
        "conv 3d none input_dilation=mixed": (NoVolumes, InputDilation<(U2, U1, U2)>);
        "conv 3d explicit input_dilation=2 strides=mixed feature_group_count=2 use_bias=False mask":
            (Strided<(U2, U1, U2)>, Volumes, Two, InputDilation<U2>);
    }
    padding_longer_than_the_axis: shape![1, 3, 1, 2], (U8, U4) {
        "conv 2d circular kernel=8x4": Circular;
        "conv 2d reflect kernel=8x4": Reflect;
    }
}

#[test]
fn every_convolution_of_the_golden_is_compared() {
    assert_eq!(count("windows", "conv "), 3 * 16 + 4 + 2);
}

/// `Valid` is the padding that JAX takes written out for a dilated input.
#[test]
fn a_dilated_input_without_padding() {
    check::<Photo, _, (U3, U2), (Valid, InputDilation<(U2, U1)>)>(
        "conv 2d none input_dilation=mixed",
    );
}

/// The same layers over a runtime axis, also of length 0.
#[test]
fn a_runtime_axis_is_kept() {
    fn keep<P: ConvOptions<U2, U4>>(name: &'static str)
    where
        Conv<U2, U4, (U3,), P>: Layer<Tensor![Batch, Time, 2], Output = Tensor![Batch, Time, 4]>,
    {
        check::<shape![Batch, Time, 2], shape![Batch, Time, 4], (U3,), P>(name);
        let empty = nnx::array::Array::new(Vec::<f32>::new(), &[2, 0, 2]).expect("nothing");
        let layer = Conv::<U2, U4, (U3,), P>::with(&KernelOptions::default(), &mut Rngs::new(0));
        let y = layer.infer(Tensor::try_from(empty).expect("the shape"));
        assert_eq!(*y.dims(), [2, 0, 4]);
    }
    keep::<Same>("conv 1d same");
    keep::<Causal>("conv 1d causal");
    keep::<Circular>("conv 1d circular");
    keep::<Reflect>("conv 1d reflect");
}

/// For sizes that are parameters, strides of 1 keep the shape, and other strides give computed sizes.
#[test]
fn a_residual_block_of_any_size() {
    fn block<B: Dim, D: Size, H: Size, W: Size>(
        keep: &Conv<U2, U2, (U3, U3, U3)>,
        halve: &Conv<U2, U2, (U3, U3, U3), Strided<U2>>,
        x: Tensor![B, D, H, W, 2],
    ) -> Tensor<(B, QuotientUp<D, U2>, QuotientUp<H, U2>, QuotientUp<W, U2>, U2)> {
        halve.infer(x.clone() + keep.infer(x))
    }
    let rngs = &mut Rngs::new(0);
    let (keep, halve) = (Init::init(rngs), Init::init(rngs));
    let y = block(&keep, &halve, Tensor::<shape![2, 3, 4, 5, 2]>::ones());
    assert_eq!(*y.dims(), [2, 2, 2, 3, 2]);
}

/// The same padding on both sides for any strides, where `Same` has more after than before.
#[test]
fn symmetric_padding_is_the_explicit_one_of_both_sides() {
    fn same<S: Shape, K, A, B, O: Shape>(x: Tensor<S>)
    where
        K: WindowShape,
        A: ConvOptions<U2, U4>,
        B: ConvOptions<U2, U4>,
        Conv<U2, U4, K, A>: Init + Layer<Tensor<S>, Output = Tensor<O>>,
        Conv<U2, U4, K, B>: Init + Layer<Tensor<S>, Output = Tensor<O>>,
    {
        let symmetric: Conv<U2, U4, K, A> = Init::init(&mut Rngs::new(0));
        let explicit: Conv<U2, U4, K, B> = Init::init(&mut Rngs::new(0));
        assert_eq!(symmetric.infer(x.clone()).to_vec(), explicit.infer(x).to_vec());
    }
    fn numbers<S: nnx::size::StaticShape>() -> Tensor<S> {
        let elements = (0..S::ELEMENTS).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0);
        Tensor::from_vec(elements.collect()).expect("whole")
    }
    type Ones = Explicit<(U1, U1), (U1, U1)>;
    same::<_, (U3, U3), (Strided<U2>, Symmetric), (Strided<U2>, Ones), _>(numbers::<
        shape![2, 6, 7, 2],
    >());
    same::<_, (U3, U3), Symmetric, Ones, _>(numbers::<shape![2, 6, 7, 2]>());
    same::<_, (U7, U7), (Strided<U2>, Symmetric), (Strided<U2>, Explicit<(U3, U3), (U3, U3)>), _>(
        numbers::<shape![1, 8, 1, 2]>(),
    );
    same::<
        _,
        (U3,),
        (Strided<U3>, Symmetric, KernelDilation<U2>),
        (Strided<U3>, Explicit<(U2, U2)>, KernelDilation<U2>),
        _,
    >(numbers::<shape![2, 9, 2]>());
    // With an even kernel size there is less padding before than after.
    same::<_, (U4,), (Strided<U2>, Symmetric), (Strided<U2>, Explicit<(U1, U2)>), _>(numbers::<
        shape![2, 8, 2],
    >());
    same::<
        _,
        (U3, U1, U2),
        (Strided<U2>, Symmetric),
        (Strided<U2>, Explicit<(U1, U1), (U0, U0), (U0, U1)>),
        _,
    >(numbers::<shape![1, 4, 3, 2, 2]>());
}
