//! FLOPs, bytes of activations and receptive fields, as constants of a layer or a sequence of layers.

use super::Layer;
use super::tuples::for_each_tuple;
use crate::array::Element;
use crate::size::{Nat, Shape};
use crate::tensor::Tensor;

/// The cost of one forward pass of a layer or a sequence of layers on an `X` in evaluation mode, as constants. A runtime
/// axis counts as 1: if the first axis is `Batch`, the constants are the cost of one example.
///
/// Layers implement it, and so do tuples, arrays, [`Sequential`](crate::nn::Sequential) and structs with
/// `#[module(sequential)]`. The compiler can't look into a forward pass that is written by hand:
/// [`summary_of_pass`](super::summary_of_pass) counts that one at run time.
///
/// ```
/// use nnx_core::{Tensor, module::Cost, nn::{Linear, Relu}, size::{Batch, U10, U128, U784}};
///
/// type Mlp = (Linear<U784, U128>, Relu, Linear<U128, U10>);
/// type Images = Tensor![Batch, 784];
///
/// // Two operations for each weight, one for each bias and for each element of the ReLU.
/// const _: () = assert!(<Mlp as Cost<Images>>::FLOPS == 2 * 101_632 + 138 + 128);
/// // The first layer has 784 input elements and 128 output elements, of four bytes each.
/// const _: () = assert!(<Mlp as Cost<Images>>::ACTIVATION_BYTES == 4 * (784 + 128));
/// ```
#[diagnostic::on_unimplemented(
    message = "the compiler doesn't know what `{Self}` costs on `{X}`",
    label = "the cost of this is known when it runs",
    note = "layers and chains of them have a cost that the compiler knows: tuples, arrays, `#[module(sequential)]`",
    note = "`summary_of_pass(&model, x)` counts any forward pass when it runs"
)]
pub trait Cost<X>: Layer<X> {
    /// Floating-point operations; a multiply-add counts as two, an elementary function as one.
    const FLOPS: u64;
    /// Peak bytes of activations: the input and the output of a layer, or one of them if the layer works in
    /// place. The input counts, since it is moved into the layer; variables don't count.
    const ACTIVATION_BYTES: u64;
}

/// The size of a tensor, from its type: a runtime axis counts as 1.
pub trait Extent {
    /// The number of elements.
    const ELEMENTS: u64;
    /// Their bytes.
    const BYTES: u64;
}
impl<S: Shape, E: Element> Extent for Tensor<S, E> {
    const ELEMENTS: u64 = <S::Count as Nat>::USIZE as u64;
    const BYTES: u64 = Self::ELEMENTS * size_of::<E>() as u64;
}

/// The receptive field of one output position in an image, a sequence or a volume with `RANK` spatial axes,
/// as constants.
///
/// Convolutions, pools and layers that work on each position alone implement it, and so do sequences of them.
///
/// ```
/// use nnx_core::{module::ReceptiveField, nn::{Conv, MaxPool, Relu}, size::{U1, U2, U3, U8, U16}};
///
/// type Net = (Conv<U1, U8, (U3, U3)>, Relu, MaxPool<(U2, U2)>, Conv<U8, U16, (U3, U3)>);
/// const _: () = assert!(<Net as ReceptiveField<2>>::FIELD[0] == 8);
/// const _: () = assert!(<Net as ReceptiveField<2>>::STRIDE[0] == 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no receptive field over {RANK} axes",
    label = "expected convolutions, pools and layers that work on each position alone",
    note = "a layer that mixes all positions, such as `Linear` after `Flatten`, sees everything"
)]
pub trait ReceptiveField<const RANK: usize> {
    /// The number of input positions, along each axis, that one output position depends on.
    const FIELD: [usize; RANK];
    /// The distance, along each axis of the input, between the receptive fields of two adjacent output
    /// positions.
    const STRIDE: [usize; RANK];
}

/// The receptive field of two layers: the field of the second covers `second` positions, which are `stride`
/// apart in the input and have a field of `first` each.
#[must_use]
pub const fn field_after<const RANK: usize>(
    first: [usize; RANK],
    stride: [usize; RANK],
    second: [usize; RANK],
) -> [usize; RANK] {
    let (mut field, mut axis) = (first, 0);
    while axis < RANK {
        field[axis] += (second[axis] - 1) * stride[axis];
        axis += 1;
    }
    field
}

/// The strides of two layers in a row: the products of both.
#[must_use]
pub const fn stride_after<const RANK: usize>(
    first: [usize; RANK],
    second: [usize; RANK],
) -> [usize; RANK] {
    let (mut stride, mut axis) = (first, 0);
    while axis < RANK {
        stride[axis] *= second[axis];
        axis += 1;
    }
    stride
}

/// The larger of two values.
#[must_use]
pub const fn larger(a: u64, b: u64) -> u64 {
    if a > b { a } else { b }
}

macro_rules! sequential {
    ($($layer:ident $index:tt)+) => {
        sequential!(@inputs [] X; $($layer)+);
    };
    // The input of a layer is the output of the layer before it.
    (@inputs [$($done:tt)*] $input:ty; $layer:ident $($rest:ident)*) => {
        sequential!(@inputs [$($done)* $layer ($input)] $layer::Output; $($rest)*);
    };
    (@inputs [$($layer:ident ($input:ty))+] $output:ty;) => {
        #[diagnostic::do_not_recommend]
        impl<X, $($layer: Cost<$input>),*> Cost<X> for ($($layer,)*) {
            const FLOPS: u64 = 0 $(+ $layer::FLOPS)*;
            const ACTIVATION_BYTES: u64 = {
                let mut most = 0;
                $(most = larger(most, $layer::ACTIVATION_BYTES);)*
                most
            };
        }
        #[diagnostic::do_not_recommend]
        impl<const RANK: usize, $($layer: ReceptiveField<RANK>),*> ReceptiveField<RANK>
            for ($($layer,)*)
        {
            const FIELD: [usize; RANK] = {
                let (field, stride) = ([1; RANK], [1; RANK]);
                $(
                    let field = field_after(field, stride, $layer::FIELD);
                    let stride = stride_after(stride, $layer::STRIDE);
                )*
                let _ = stride;
                field
            };
            const STRIDE: [usize; RANK] = {
                let stride = [1; RANK];
                $(let stride = stride_after(stride, $layer::STRIDE);)*
                stride
            };
        }
    };
}
for_each_tuple!(sequential);

#[diagnostic::do_not_recommend]
impl<X, L: Cost<X, Output = X>, const N: usize> Cost<X> for [L; N] {
    const FLOPS: u64 = N as u64 * L::FLOPS;
    const ACTIVATION_BYTES: u64 = if N == 0 { 0 } else { L::ACTIVATION_BYTES };
}

#[diagnostic::do_not_recommend]
impl<const RANK: usize, L: ReceptiveField<RANK>, const N: usize> ReceptiveField<RANK> for [L; N] {
    const FIELD: [usize; RANK] = {
        let (mut field, mut stride, mut layer) = ([1; RANK], [1; RANK], 0);
        while layer < N {
            field = field_after(field, stride, L::FIELD);
            stride = stride_after(stride, L::STRIDE);
            layer += 1;
        }
        field
    };
    const STRIDE: [usize; RANK] = {
        let (mut stride, mut layer) = ([1; RANK], 0);
        while layer < N {
            stride = stride_after(stride, L::STRIDE);
            layer += 1;
        }
        stride
    };
}
