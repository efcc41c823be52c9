//! Macros for costs and receptive fields as constants, at the foot of each layer's file. The costs are the values that
//! `summary_of_pass` counts when a model runs.

pub(super) use crate::module::derive_support::larger;
use crate::size::{ForEach, Shape, Size, WindowShape};

/// Implements [`Cost`](crate::module::Cost). `$flops` is the number of operations for `$x` elements of input and `$y`
/// elements of output. `$bytes` is the number of bytes in use at one time for `$x` bytes of input and `$y` bytes of
/// output.
macro_rules! costs {
    ($([$($generics:tt)*] $layer:ty, |$x:ident, $y:ident| $flops:expr, $bytes:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<X: crate::module::Extent, $($generics)*> crate::module::Cost<X> for $layer
        where
            Self: crate::module::Layer<X, Output: crate::module::Extent>,
        {
            const FLOPS: u64 = {
                use crate::module::{Extent, Layer};
                let ($x, $y) = (X::ELEMENTS, <Self as Layer<X>>::Output::ELEMENTS);
                let _ = ($x, $y);
                $flops
            };
            const ACTIVATION_BYTES: u64 = {
                use crate::module::{Extent, Layer};
                let ($x, $y) = (X::BYTES, <Self as Layer<X>>::Output::BYTES);
                let _ = ($x, $y);
                $bytes
            };
        }
    )* };
}
pub(super) use costs;

/// Implements [`ReceptiveField`](crate::module::ReceptiveField) for layers whose output at a position depends on the
/// input at that position alone.
macro_rules! pointwise {
    ($([$($generics:tt)*] $layer:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<const RANK: usize, $($generics)*> crate::module::ReceptiveField<RANK> for $layer {
            const FIELD: [usize; RANK] = [1; RANK];
            const STRIDE: [usize; RANK] = [1; RANK];
        }
    )* };
}
pub(super) use pointwise;

/// The kernel size along depth, height and width.
pub(super) const fn kernel_size<K: WindowShape>() -> [usize; 3] {
    [K::Depth::USIZE, K::Height::USIZE, K::Width::USIZE]
}

/// The number of elements in a window.
pub(super) const fn kernel_area<K: WindowShape>() -> u64 {
    let [depth, height, width] = kernel_size::<K>();
    (depth * height * width) as u64
}

/// The last `RANK` of the values for depth, height and width.
pub(super) const fn last_axes<const RANK: usize>(sizes: [usize; 3]) -> [usize; RANK] {
    let (mut axes, mut axis) = ([1; RANK], 0);
    while axis < RANK {
        axes[axis] = sizes[3 - RANK + axis];
        axis += 1;
    }
    axes
}

/// The values of an option with a size for each axis, such as strides, along depth, height and width.
pub(super) const fn each_axis<T: ForEach<R>, R>() -> [usize; 3] {
    [T::Depth::USIZE, T::Height::USIZE, T::Width::USIZE]
}

/// The effective kernel size `(k - 1) d + 1` along each axis, for the dilation `D`.
pub(super) const fn effective_kernel_size<K: WindowShape, D: ForEach<K::Rank>>() -> [usize; 3] {
    let (size, step) = (kernel_size::<K>(), each_axis::<D, K::Rank>());
    [(size[0] - 1) * step[0] + 1, (size[1] - 1) * step[1] + 1, (size[2] - 1) * step[2] + 1]
}

/// The size of an axis, counted from the last if `index` is negative; 1 for a runtime axis.
pub(super) const fn axis_size<S: Shape>(index: isize) -> u64 {
    let index =
        if index < 0 { S::AXES.len().strict_add_signed(index) } else { index.cast_unsigned() };
    match S::AXES[index] {
        Some(size) => size as u64,
        None => 1,
    }
}

/// The largest of several values.
pub(super) const fn largest(values: &[u64]) -> u64 {
    let (mut most, mut i) = (0, 0);
    while i < values.len() {
        most = larger(most, values[i]);
        i += 1;
    }
    most
}
