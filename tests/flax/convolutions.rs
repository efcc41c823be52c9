//! The layer `Conv` over its options, against `jax.lax.conv_general_dilated`: kernels, padding, strides,
//! dilation and groups. The types compute the sizes that come out; a golden of a different shape isn't read.

use nnx::nn::KernelOptions;
use nnx::size::{ConvOptions, Windowed};
use nnx::tensor::{ConvPositions, gradient};

use nnx::prelude::*;

use crate::golden::{Errors, Golden};

type Photos = shape![2, 7, 6, 4];

/// Output and gradients of one convolution, in units of their largest element. JAX's own f32 is up to
/// 4e-7 off its f64.
struct Case<'a> {
    golden: &'a Golden,
    kernel: &'a str,
    output: Errors,
    gradients: Errors,
}

impl Case<'_> {
    fn compare<Out, H, W, O>(&mut self, options: &str)
    where
        Out: Size,
        H: Size,
        W: Size,
        O: ConvOptions<U4, Out>,
        Photos: Windowed<(H, W), O::Strides, O::Pad, O::KernelDilation, O::InputDilation>,
    {
        let Self { golden, kernel, output, gradients } = self;
        let name = |what: &str| format!("conv/{kernel} {options}/{what}");
        let mut layer = Conv::<U4, Out, (H, W), O>::with(
            &KernelOptions::default().without_bias(),
            &mut Rngs::new(0),
        );
        layer.kernel.replace(golden.tensor(&format!("conv/kernel {kernel}")));
        let photos: Tensor<Photos> = golden.tensor("conv/image");
        let expected: Tensor<ConvPositions<Photos, U4, Out, (H, W), O>> =
            golden.tensor(&name("output"));
        let cotangent: Tensor<ConvPositions<Photos, U4, Out, (H, W), O>> =
            golden.tensor(&name("cotangent"));

        let found = layer.infer(photos.clone());
        output.compare(&name("output"), &found.to_vec(), &expected.to_vec());

        let slope = gradient(|x| (layer.infer(x) * &cotangent).sum(), photos.clone());
        let expected = golden.numbers(&name("gradient 0"));
        gradients.compare(&name("gradient 0"), &slope.to_vec(), &expected);

        let of_kernel =
            grad(&mut layer, |layer, pass| (layer.forward(photos, pass) * cotangent).sum());
        let of_kernel = of_kernel.expect("a gradient");
        let (_, entry) = of_kernel.iter().next().expect("the kernel's");
        let expected = golden.numbers(&name("gradient 1"));
        gradients.compare(
            &name("gradient 1"),
            &entry.array.to_vec::<f32>().expect("f32"),
            &expected,
        );
    }
}

/// All paddings, strides and dilations of one kernel.
macro_rules! kernels {
    ($($test:ident: $name:literal, $out:ty, ($h:ty, $w:ty), $groups:ty;)*) => { $(
        #[test]
        fn $test() {
            let golden = Golden::open("ops");
            let mut case = Case {
                golden: &golden,
                kernel: $name,
                output: Errors::of(concat!($name, " outputs"), 1e-6),
                gradients: Errors::of(concat!($name, " gradients"), 1e-6),
            };
            kernels!(@paddings case, $out, $h, $w, $groups;
                "SAME" Same, "VALID" Valid, "explicit" Explicit<(U2, U1), (U0, U3)>);
        }
    )* };
    (@paddings $case:ident, $out:ty, $h:ty, $w:ty, $groups:ty; $($name:literal $pad:ty),*) => { $(
        $case.compare::<$out, $h, $w, (Strided<U1>, $pad, KernelDilation<U1>, $groups)>(concat!($name, " stride=1 dilation=1"));
        $case.compare::<$out, $h, $w, (Strided<U1>, $pad, KernelDilation<U2>, $groups)>(concat!($name, " stride=1 dilation=2"));
        $case.compare::<$out, $h, $w, (Strided<U2>, $pad, KernelDilation<U1>, $groups)>(concat!($name, " stride=2 dilation=1"));
        $case.compare::<$out, $h, $w, (Strided<U2>, $pad, KernelDilation<U2>, $groups)>(concat!($name, " stride=2 dilation=2"));
    )* };
}
kernels! {
    three_by_three_in_every_window_is_that_of_jax: "3x3 groups=1", U8, (U3, U3), Ungrouped;
    two_groups_in_every_window_are_those_of_jax: "3x3 groups=2", U8, (U3, U3), Grouped<U2>;
    as_many_groups_as_channels_in_every_window_are_those_of_jax: "3x3 groups=4", U8, (U3, U3), Grouped<U4>;
    an_even_kernel_that_is_not_square_in_every_window_is_that_of_jax: "2x3 groups=1", U3, (U2, U3), Ungrouped;
    a_kernel_of_one_element_in_every_window_is_that_of_jax: "1x1 groups=1", U5, (U1, U1), Ungrouped;
}

#[test]
fn every_convolution_of_the_golden_is_compared() {
    let outputs =
        Golden::open("ops").names("conv/").into_iter().filter(|name| name.ends_with("/output"));
    assert_eq!(outputs.count(), 5 * 3 * 2 * 2);
}

#[test]
fn one_group_written_out_is_the_ungrouped_layer() {
    let golden = Golden::open("ops");
    let mut case = Case {
        golden: &golden,
        kernel: "3x3 groups=1",
        output: Errors::of("one group", 1e-6),
        gradients: Errors::of("one group's gradients", 1e-6),
    };
    case.compare::<U8, U3, U3, (Strided<U2>, Grouped<U1>)>("SAME stride=2 dilation=1");
}

/// `conv` has a bias of zeros here, and adds a bias of its own to every position.
#[test]
fn the_bias_is_added_to_each_channel() {
    let golden = Golden::open("ops");
    let photos: Tensor<Photos> = golden.tensor("conv/image");
    let mut layer = Conv::<U4, U5, (U1, U1)>::init(&mut Rngs::new(0));
    layer.kernel.replace(golden.tensor("conv/kernel 1x1 groups=1"));
    let plain = layer.infer(photos.clone()).to_vec();
    let bias = [1.0, -2.0, 3.0, -4.0, 0.5];
    layer.bias.as_mut().expect("a bias by default").replace(Tensor::from(bias));
    let shifted = layer.infer(photos).to_vec();
    for (i, (plain, shifted)) in plain.iter().zip(shifted).enumerate() {
        assert_eq!(plain + bias[i % 5], shifted, "element {i}");
    }
}
