//! FLOPs, activation bytes and receptive fields of convolutions and pools, as constants.

use super::{AvgPool, Conv, MaxPool, MinPool};
use crate::module::{Cost, Extent, Layer, ReceptiveField};
use crate::size::{Axes, ConvOptions, ForEach, Grouping, PoolOptions, Size, U1, WindowShape};
use crate::tensor::Real;

/// The kernel size along depth, height and width.
const fn sizes<K: WindowShape>() -> [usize; 3] {
    [K::Depth::USIZE, K::Height::USIZE, K::Width::USIZE]
}

/// The number of elements in a window.
const fn area<K: WindowShape>() -> u64 {
    let [depth, height, width] = sizes::<K>();
    (depth * height * width) as u64
}

/// The last `RANK` of the values for depth, height and width.
const fn last<const RANK: usize>(sizes: [usize; 3]) -> [usize; RANK] {
    let (mut axes, mut axis) = ([1; RANK], 0);
    while axis < RANK {
        axes[axis] = sizes[3 - RANK + axis];
        axis += 1;
    }
    axes
}

/// The values of an option with a size for each axis, such as strides, along depth, height and width.
const fn each<T: ForEach<R>, R>() -> [usize; 3] {
    [T::Depth::USIZE, T::Height::USIZE, T::Width::USIZE]
}

/// The effective kernel size `(k - 1) d + 1` along each axis, for the dilation `D`.
const fn reach<K: WindowShape, D: ForEach<K::Rank>>() -> [usize; 3] {
    let (size, step) = (sizes::<K>(), each::<D, K::Rank>());
    [(size[0] - 1) * step[0] + 1, (size[1] - 1) * step[1] + 1, (size[2] - 1) * step[2] + 1]
}

#[diagnostic::do_not_recommend]
impl<X: Extent, In, Out, K, O, E> Cost<X> for Conv<In, Out, K, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape,
    O: ConvOptions<In, Out>,
    E: Real,
    Self: Layer<X, Output: Extent>,
{
    // A multiplication and an addition for each weight of an output channel, and an addition for the bias.
    const FLOPS: u64 = (2 * area::<K>() * <O::Groups as Grouping<In, Out>>::In::USIZE as u64 + 1)
        * <<Self as Layer<X>>::Output as Extent>::ELEMENTS;
    const ACTIVATION_BYTES: u64 = X::BYTES + <<Self as Layer<X>>::Output as Extent>::BYTES;
}

#[diagnostic::do_not_recommend]
impl<const RANK: usize, In, Out, K, O, E> ReceptiveField<RANK> for Conv<In, Out, K, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape<Rank = Axes<RANK>>,
    O: ConvOptions<
            In,
            Out,
            Strides: ForEach<Axes<RANK>>,
            KernelDilation: ForEach<Axes<RANK>>,
            InputDilation = U1,
        >,
    E: Real,
{
    const FIELD: [usize; RANK] = last(reach::<K, O::KernelDilation>());
    const STRIDE: [usize; RANK] = last(each::<O::Strides, Axes<RANK>>());
}

macro_rules! pools {
    ($($pool:ident, |$x:ident, $y:ident, $area:ident| $flops:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<X: Extent, K: WindowShape, O: PoolOptions<K>> Cost<X> for $pool<K, O>
        where
            Self: Layer<X, Output: Extent>,
        {
            const FLOPS: u64 = {
                let ($x, $y) = (X::ELEMENTS, <<Self as Layer<X>>::Output as Extent>::ELEMENTS);
                let ($area, _) = (area::<K>(), $x);
                $flops
            };
            const ACTIVATION_BYTES: u64 = X::BYTES + <<Self as Layer<X>>::Output as Extent>::BYTES;
        }

        #[diagnostic::do_not_recommend]
        impl<const RANK: usize, K, O> ReceptiveField<RANK> for $pool<K, O>
        where
            K: WindowShape<Rank = Axes<RANK>>,
            O: PoolOptions<K, Strides: ForEach<Axes<RANK>>>,
        {
            const FIELD: [usize; RANK] = last(sizes::<K>());
            const STRIDE: [usize; RANK] = last(each::<O::Strides, Axes<RANK>>());
        }
    )* };
}
pools! {
    MaxPool, |x, y, area| area * y;
    // Computed as the negated maximum of the negated input.
    MinPool, |x, y, area| x + (area + 1) * y;
    // A sum and a division.
    AvgPool, |x, y, area| (area + 1) * y;
}
