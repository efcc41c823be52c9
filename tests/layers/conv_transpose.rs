//! Transposed convolutions over one, two and three axes.

use nnx::prelude::*;
use nnx::size::{ConvTransposeOptions, WindowShape};

use crate::case::{Case, count};

type Line = shape![2, 7, 2];
type Photo = shape![1, 4, 3, 2];
type Volume = shape![1, 2, 3, 3, 2];
type Short = shape![2, 3, 2];

/// One case. Its name says whether there is a mask and a bias, its types say the rest.
fn check<S, O, K, X>(name: &'static str)
where
    S: Shape,
    O: Shape,
    K: WindowShape,
    X: ConvTransposeOptions<U2, U4>,
    ConvTranspose<U2, U4, K, X>: Module + Layer<Tensor<S>, Output = Tensor<O>>,
{
    let case = Case::open("windows", name);
    let start = KernelOptions::default();
    let start = if name.contains("use_bias=False") { start.without_bias() } else { start };
    let mut layer = ConvTranspose::with(&start, &mut Rngs::new(0));
    if name.contains(" mask") {
        layer = layer.with_mask(case.tensor("mask"));
    }
    case.check::<ConvTranspose<U2, U4, K, X>, S, O>(&mut layer);
}

macro_rules! cases {
    ($($test:ident: $shape:ty {
        $($name:literal: $kernel:ty, $options:ty;)*
    })*) => { $(
        #[test]
        fn $test() {
            $(check::<$shape, _, $kernel, $options>($name);)*
        }
    )* };
}

type Lines = Explicit<(U2, U1)>;
type Photos = Explicit<(U2, U1), (U0, U3)>;
type Volumes = Explicit<(U2, U1), (U0, U3), (U1, U2)>;

cases! {
    over_one_axis: Line {
        "conv_transpose 1d same": (U3,), ();
        "conv_transpose 1d same strides=2 transpose_kernel=True mask": (U3,), (Strided<U2>, OutIn);
        "conv_transpose 1d same strides=mixed kernel_dilation=2 use_bias=False": (U3,), (Strided<(U2,)>, KernelDilation<U2>);
        "conv_transpose 1d valid": (U3,), Valid;
        "conv_transpose 1d valid strides=2 transpose_kernel=True mask": (U3,), (Strided<U2>, Valid, OutIn);
        "conv_transpose 1d valid strides=mixed kernel_dilation=2 use_bias=False": (U3,), (Strided<(U2,)>, Valid, KernelDilation<U2>);
        "conv_transpose 1d circular": (U3,), Circular;
        "conv_transpose 1d circular strides=2 transpose_kernel=True mask": (U3,), (Strided<U2>, Circular, OutIn);
        "conv_transpose 1d circular strides=mixed kernel_dilation=2 use_bias=False": (U3,), (Strided<(U2,)>, Circular, KernelDilation<U2>);
        "conv_transpose 1d explicit": (U3,), Lines;
        "conv_transpose 1d explicit strides=2 transpose_kernel=True mask": (U3,), (Strided<U2>, Lines, OutIn);
        "conv_transpose 1d explicit strides=mixed kernel_dilation=2 use_bias=False": (U3,), (Strided<(U2,)>, Lines, KernelDilation<U2>);
        "conv_transpose 1d same strides=3 kernel=1": (U1,), Strided<U3>;
        "conv_transpose 1d valid strides=3 kernel=2": (U2,), (Strided<U3>, Valid);
    }
    over_two_axes: Photo {
        "conv_transpose 2d same": (U3, U2), ();
        "conv_transpose 2d same strides=2 transpose_kernel=True mask": (U3, U2), (Strided<U2>, OutIn);
        "conv_transpose 2d same strides=mixed kernel_dilation=2 use_bias=False": (U3, U2), (Strided<(U2, U1)>, KernelDilation<U2>);
        "conv_transpose 2d valid": (U3, U2), Valid;
        "conv_transpose 2d valid strides=2 transpose_kernel=True mask": (U3, U2), (Strided<U2>, Valid, OutIn);
        "conv_transpose 2d valid strides=mixed kernel_dilation=2 use_bias=False": (U3, U2), (Strided<(U2, U1)>, Valid, KernelDilation<U2>);
        "conv_transpose 2d circular": (U3, U2), Circular;
        "conv_transpose 2d circular strides=2 transpose_kernel=True mask": (U3, U2), (Strided<U2>, Circular, OutIn);
        "conv_transpose 2d circular strides=mixed kernel_dilation=2 use_bias=False": (U3, U2), (Strided<(U2, U1)>, Circular, KernelDilation<U2>);
        "conv_transpose 2d explicit": (U3, U2), Photos;
        "conv_transpose 2d explicit strides=2 transpose_kernel=True mask": (U3, U2), (Strided<U2>, Photos, OutIn);
        "conv_transpose 2d explicit strides=mixed kernel_dilation=2 use_bias=False": (U3, U2), (Strided<(U2, U1)>, Photos, KernelDilation<U2>);
        "conv_transpose 2d same strides=3 kernel=1x2": (U1, U2), Strided<U3>;
        "conv_transpose 2d valid strides=3 kernel=2x1": (U2, U1), (Strided<U3>, Valid);
    }
    over_three_axes: Volume {
        "conv_transpose 3d same": (U2, U3, U2), ();
        "conv_transpose 3d same strides=2 transpose_kernel=True mask": (U2, U3, U2), (Strided<U2>, OutIn);
        "conv_transpose 3d same strides=mixed kernel_dilation=2 use_bias=False": (U2, U3, U2), (Strided<(U2, U1, U2)>, KernelDilation<U2>);
        "conv_transpose 3d valid": (U2, U3, U2), Valid;
        "conv_transpose 3d valid strides=2 transpose_kernel=True mask": (U2, U3, U2), (Strided<U2>, Valid, OutIn);
        "conv_transpose 3d valid strides=mixed kernel_dilation=2 use_bias=False": (U2, U3, U2), (Strided<(U2, U1, U2)>, Valid, KernelDilation<U2>);
        "conv_transpose 3d circular": (U2, U3, U2), Circular;
        "conv_transpose 3d circular strides=2 transpose_kernel=True mask": (U2, U3, U2), (Strided<U2>, Circular, OutIn);
        "conv_transpose 3d circular strides=mixed kernel_dilation=2 use_bias=False": (U2, U3, U2), (Strided<(U2, U1, U2)>, Circular, KernelDilation<U2>);
        "conv_transpose 3d explicit": (U2, U3, U2), Volumes;
        "conv_transpose 3d explicit strides=2 transpose_kernel=True mask": (U2, U3, U2), (Strided<U2>, Volumes, OutIn);
        "conv_transpose 3d explicit strides=mixed kernel_dilation=2 use_bias=False": (U2, U3, U2), (Strided<(U2, U1, U2)>, Volumes, KernelDilation<U2>);
        "conv_transpose 3d same strides=3 kernel=1x2x2": (U1, U2, U2), Strided<U3>;
        "conv_transpose 3d valid strides=3 kernel=2x1x2": (U2, U1, U2), (Strided<U3>, Valid);
    }
    a_kernel_longer_than_two_turns: Short {
        "conv_transpose 1d circular strides=1 kernel=8": (U8,), Circular;
        "conv_transpose 1d circular strides=1 transpose_kernel=True kernel=8": (U8,), (Circular, OutIn);
        "conv_transpose 1d circular strides=2 kernel=8": (U8,), (Strided<U2>, Circular);
        "conv_transpose 1d circular strides=2 transpose_kernel=True kernel=8": (U8,), (Strided<U2>, Circular, OutIn);
    }
}

#[test]
fn every_transposed_convolution_of_the_golden_is_compared() {
    assert_eq!(count("windows", "conv_transpose "), 3 * 14 + 4);
}

/// The same layers over a runtime axis, also of length 0.
#[test]
fn a_runtime_axis_is_kept() {
    fn keep<P: ConvTransposeOptions<U2, U4>>(name: &'static str)
    where
        ConvTranspose<U2, U4, (U3,), P>:
            Layer<Tensor![Batch, Time, 2], Output = Tensor![Batch, Time, 4]>,
    {
        check::<shape![Batch, Time, 2], shape![Batch, Time, 4], (U3,), P>(name);
        let empty = nnx::array::Array::new(Vec::<f32>::new(), &[2, 0, 2]).expect("nothing");
        let start = KernelOptions::default();
        let layer = ConvTranspose::<U2, U4, (U3,), P>::with(&start, &mut Rngs::new(0));
        let y = layer.infer(Tensor::try_from(empty).expect("the shape"));
        assert_eq!(*y.dims(), [2, 0, 4]);
    }
    keep::<Same>("conv_transpose 1d same");
    keep::<Circular>("conv_transpose 1d circular");
}

/// An empty input: the output has the size that its type states, and is zero.
#[test]
fn an_empty_axis_gives_the_size_that_its_type_says() {
    let layer = ConvTranspose::<U2, U4, (U5,), (Strided<U2>, Valid)>::init(&mut Rngs::new(0));
    let y: Tensor![3, 3, 4] = layer.infer(Tensor::<shape![3, 0, 2]>::zeros());
    assert_eq!(y.to_vec(), [0.0; 36]);
}

/// The halving of a convolution undone, of sizes that are parameters.
#[test]
fn a_decoder_of_any_size() {
    fn decode<H: Size, W: Size>(
        double: &ConvTranspose<U3, U2, (U3, U3), Strided<U2>>,
        x: Tensor![1, H, W, 3],
    ) -> Tensor<(U1, Product<H, U2>, Product<W, U2>, U2)> {
        double.infer(x)
    }
    let double = Init::init(&mut Rngs::new(0));
    let y = decode(&double, Tensor::<shape![1, 4, 5, 3]>::ones());
    assert_eq!(*y.dims(), [1, 8, 10, 2]);
}
