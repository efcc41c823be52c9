//! Layers whose windows reach over all of an outer axis, so that images are cut along an inner one. The last
//! piece is often shorter than the others. Each of these shapes once failed, and is a case of its own here.

use nnx_core::Tensor;
use nnx_core::array::{Array, DType};
use nnx_core::module::{Init, Layer, Path, value_and_grad};
use nnx_core::nn::{Conv, ConvTranspose};
use nnx_core::random::Rngs;
use nnx_core::size::{
    AxisWindow, Edge, Strided, Symmetric, U1, U2, U3, U4, U5, U8, U9, U16, U22, Valid,
};
use nnx_core::tensor::{Real, Tensor, value_and_gradient};

use super::cases::{Case, Random};

/// A window along an axis.
fn window(size: usize, stride: usize, edge: Edge) -> AxisWindow {
    AxisWindow { size, stride, dilation: 1, input_dilation: 1, edge }
}

/// The layer of a case. Sizes are (batch, axes.., channels).
fn case<const N: usize>(sizes: &[usize], outputs: usize, axes: [AxisWindow; N]) -> Case {
    let [batch, sizes @ .., inputs] = sizes else { panic!("batch and channels") };
    Case {
        dtype: DType::F32,
        bias: true,
        batch: *batch,
        sizes: sizes.to_vec(),
        channels: [*inputs, outputs],
        groups: 1,
        axes: axes.to_vec(),
        transposed: None,
    }
}

fn narrow<E: Real>(numbers: &[f64]) -> Vec<E> {
    numbers.iter().copied().map(E::from_f64).collect()
}

fn wide<E: Real>(array: &Array) -> Vec<f64> {
    array.to_vec::<E>().expect("the type of the layer").into_iter().map(E::to_f64).collect()
}

/// Compares a layer with loops: its output, and the gradients of input, kernel and bias.
macro_rules! check {
    ($layer:ty: $x:ty => $y:ty, $case:expr) => {
        check!($layer: $x => $y, $case, f32)
    };
    ($layer:ty: $x:ty => $y:ty, $case:expr, $element:ty) => {{
        let loops = Case::loops(&$case);
        let mut random = Random(3);
        let [x, k, dy] = [loops.x_dims(), loops.k_dims(), loops.y_dims()]
            .map(|dims| random.whole(dims.iter().product()));
        let bias = random.whole(loops.out_channels);
        let expected = loops.run(&x, &k, &bias, &dy);

        let mut layer: $layer = Init::init(&mut Rngs::new(0));
        layer.kernel.replace(Tensor::from_vec(narrow(&k)).expect("the kernel"));
        let of_layer = layer.bias.as_mut().expect("a bias");
        of_layer.replace(Tensor::from_vec(narrow(&bias)).expect("the bias"));
        let x: $x = Tensor::from_vec(narrow(&x)).expect("the input");
        let dy: $y = Tensor::from_vec(narrow(&dy)).expect("the output");

        assert_eq!(wide::<$element>(layer.infer(x.clone()).into_dyn().array()), expected.y, "y");
        let (_, dx) =
            value_and_gradient(|x| (layer.infer(x) * dy.clone()).sum(), x.clone());
        assert_eq!(wide::<$element>(dx.into_dyn().array()), expected.dx, "dx");
        let (_, gradients) = value_and_grad(&mut layer, |layer, pass| {
            (layer.forward(x.clone(), pass) * dy.clone()).sum()
        })
        .expect("gradients");
        for (name, expected) in [("kernel", expected.dk), ("bias", expected.dbias)] {
            let found = gradients.get(&Path::parse(name)).expect(name);
            assert_eq!(wide::<$element>(&found.array), expected, "the gradient of the {name}");
        }
    }};
}

#[test]
fn a_kernel_as_high_as_an_image_of_two_lines() {
    let layer = Conv::<U1, U1, (U2, U1), Valid>::init(&mut Rngs::new(0));
    let ones: Tensor![1, 2, 9, 1] = Tensor::from_vec(vec![1.0; 18]).expect("ones");
    let kernel = layer.kernel.value().to_vec();
    let y: Tensor![1, 1, 9, 1] = layer.infer(ones);
    assert_eq!(y.to_vec(), [kernel[0] + kernel[1]; 9]);
    check!(Conv<U1, U1, (U2, U1), Valid>: Tensor![1, 2, 9, 1] => Tensor![1, 1, 9, 1],
        case(&[1, 2, 9, 1], 1, [window(2, 1, Edge::Valid), window(1, 1, Edge::Valid)]));
}

/// A spatial filter over all electrodes, as in EEGNet.
#[test]
fn a_kernel_over_all_22_electrodes_of_an_electroencephalogram() {
    macro_rules! length {
        ($($length:literal)*) => { $(
            check!(Conv<U1, U8, (U22, U1), Valid>:
                Tensor![2, 22, $length, 1] => Tensor![2, 1, $length, 8],
                case(&[2, 22, $length, 1], 8,
                    [window(22, 1, Edge::Valid), window(1, 1, Edge::Valid)]));
        )* };
    }
    length!(20 50 100 125 250);
}

#[test]
fn kernels_as_high_as_the_image_with_steps_and_padding_along_the_width() {
    check!(Conv<U3, U4, (U5, U3), (Strided<(U1, U2)>, Valid)>: Tensor![3, 5, 27, 3] => Tensor![3, 1, 13, 4],
        case(&[3, 5, 27, 3], 4, [window(5, 1, Edge::Valid), window(3, 2, Edge::Valid)]));
    check!(Conv<U2, U4, (U9, U3), Strided<(U9, U1)>>: Tensor![1, 9, 33, 2] => Tensor![1, 1, 33, 4],
        case(&[1, 9, 33, 2], 4, [window(9, 9, Edge::Same), window(3, 1, Edge::Same)]));
    check!(Conv<U1, U2, (U3, U1), Symmetric>: Tensor![1, 1, 9, 1] => Tensor![1, 1, 9, 2],
        case(&[1, 1, 9, 1], 2, [window(3, 1, Edge::Symmetric), window(1, 1, Edge::Symmetric)]));
}

#[test]
fn windows_that_neither_overlap_nor_leave_pixels_out() {
    check!(Conv<U3, U16, (U4, U4), (Strided<U4>, Valid)>: Tensor![2, 8, 12, 3] => Tensor![2, 2, 3, 16],
        case(&[2, 8, 12, 3], 16, [window(4, 4, Edge::Valid), window(4, 4, Edge::Valid)]));
    check!(Conv<U9, U5, (U3, U2), (Strided<(U1, U2)>, Valid)>: Tensor![1, 5, 8, 9] => Tensor![1, 3, 4, 5],
        case(&[1, 5, 8, 9], 5, [window(3, 1, Edge::Valid), window(2, 2, Edge::Valid)]));
    // Pixels are left out.
    check!(Conv<U9, U5, (U3, U2), (Strided<(U1, U2)>, Valid)>: Tensor![1, 5, 9, 9] => Tensor![1, 3, 4, 5],
        case(&[1, 5, 9, 9], 5, [window(3, 1, Edge::Valid), window(2, 2, Edge::Valid)]));
}

#[test]
fn three_axes_of_which_a_depth_of_one_is_left() {
    let valid = |sizes: [usize; 3]| sizes.map(|size| window(size, 1, Edge::Valid));
    check!(Conv<U2, U3, (U4, U3, U3), Valid>:
        Tensor![2, 4, 11, 5, 2] => Tensor![2, 1, 9, 3, 3],
        case(&[2, 4, 11, 5, 2], 3, valid([4, 3, 3])));
    check!(Conv<U2, U3, (U2, U3, U1), Valid>:
        Tensor![1, 2, 3, 9, 2] => Tensor![1, 1, 1, 9, 3],
        case(&[1, 2, 3, 9, 2], 3, valid([2, 3, 1])));
}

#[test]
fn a_kernel_as_high_as_the_image_in_f64() {
    check!(Conv<U1, U2, (U2, U1), Valid, f64>:
        Tensor![1, 2, 9, 1; f64] => Tensor![1, 1, 9, 2; f64],
        case(&[1, 2, 9, 1], 2, [window(2, 1, Edge::Valid), window(1, 1, Edge::Valid)]), f64);
}

#[test]
fn the_gradient_of_a_kernel_of_3_x_3_over_three_lines() {
    check!(Conv<U16, U16, (U3, U3), Valid>:
        Tensor![2, 3, 39, 16] => Tensor![2, 1, 37, 16],
        case(&[2, 3, 39, 16], 16, [3, 3].map(|size| window(size, 1, Edge::Valid))));
}

#[test]
fn the_backward_pass_of_a_transposed_convolution_over_one_line() {
    let same = [4, 4].map(|size| window(size, 2, Edge::Same));
    check!(ConvTranspose<U2, U3, (U4, U4), Strided<U2>>: Tensor![1, 1, 9, 2] => Tensor![1, 2, 18, 3],
        Case { transposed: Some(false), ..case(&[1, 1, 9, 2], 3, same) });
}
