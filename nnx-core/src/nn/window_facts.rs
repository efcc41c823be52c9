//! What convolutions and pools cost and how far they see, as constants.

use super::{AvgPool, Conv, MaxPool, MinPool};
use crate::module::{Cost, Extent, Layer, ReceptiveField};
use crate::size::{Axes, ForEach, Grouping, Size, U1, WindowShape};
use crate::tensor::Real;

/// The sizes of a window.
const fn sizes<K: WindowShape>() -> [usize; 3] {
    [K::Depth::USIZE, K::Height::USIZE, K::Width::USIZE]
}

/// Elements under a window.
const fn area<K: WindowShape>() -> u64 {
    let [depth, height, width] = sizes::<K>();
    (depth * height * width) as u64
}

/// Of depth, height and width the last ones.
const fn last<const RANK: usize>(sizes: [usize; 3]) -> [usize; RANK] {
    let (mut axes, mut axis) = ([1; RANK], 0);
    while axis < RANK {
        axes[axis] = sizes[3 - RANK + axis];
        axis += 1;
    }
    axes
}

/// Sizes for each axis as values.
const fn each<T: ForEach<R>, R>() -> [usize; 3] {
    [T::Depth::USIZE, T::Height::USIZE, T::Width::USIZE]
}

/// From the first element to the last of a window with the dilation `D`.
const fn reach<K: WindowShape, D: ForEach<K::Rank>>() -> [usize; 3] {
    let (size, step) = (sizes::<K>(), each::<D, K::Rank>());
    [(size[0] - 1) * step[0] + 1, (size[1] - 1) * step[1] + 1, (size[2] - 1) * step[2] + 1]
}

#[diagnostic::do_not_recommend]
impl<X: Extent, In, Out, K, T, P, D, G, L, E> Cost<X> for Conv<In, Out, K, T, P, D, G, L, E>
where
    In: Size,
    Out: Size,
    K: WindowShape,
    G: Grouping<In, Out>,
    E: Real,
    Self: Layer<X, Output: Extent>,
{
    // A product and a sum for each weight of a channel, and a sum for the bias.
    const FLOPS: u64 = (2 * area::<K>() * G::In::USIZE as u64 + 1)
        * <<Self as Layer<X>>::Output as Extent>::ELEMENTS;
    const ACTIVATION_BYTES: u64 = X::BYTES + <<Self as Layer<X>>::Output as Extent>::BYTES;
}

#[diagnostic::do_not_recommend]
impl<const RANK: usize, In, Out, K, T, P, D, G, E> ReceptiveField<RANK>
    for Conv<In, Out, K, T, P, D, G, U1, E>
where
    In: Size,
    Out: Size,
    K: WindowShape<Rank = Axes<RANK>>,
    T: ForEach<Axes<RANK>>,
    D: ForEach<Axes<RANK>>,
    G: Grouping<In, Out>,
    E: Real,
{
    const FIELD: [usize; RANK] = last(reach::<K, D>());
    const STRIDE: [usize; RANK] = last(each::<T, Axes<RANK>>());
}

macro_rules! pools {
    ($($pool:ident, |$x:ident, $y:ident, $area:ident| $flops:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<X: Extent, K: WindowShape, T, P> Cost<X> for $pool<K, T, P>
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
        impl<const RANK: usize, K, T, P> ReceptiveField<RANK> for $pool<K, T, P>
        where
            K: WindowShape<Rank = Axes<RANK>>,
            T: ForEach<Axes<RANK>>,
        {
            const FIELD: [usize; RANK] = last(sizes::<K>());
            const STRIDE: [usize; RANK] = last(each::<T, Axes<RANK>>());
        }
    )* };
}
pools! {
    MaxPool, |x, y, area| area * y;
    // The maximum of the negatives, negated.
    MinPool, |x, y, area| x + (area + 1) * y;
    // A sum and a quotient.
    AvgPool, |x, y, area| (area + 1) * y;
}
