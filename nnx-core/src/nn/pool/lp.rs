//! Power-average pooling.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Cost, Extent, Layer, Pass, ReceptiveField};
use crate::nn::cost::{each_axis, kernel_area, kernel_size, last_axes};
use crate::ops::Comparison;
use crate::size::{Axes, ForEach, PoolOptions, Spatial, WindowShape, Windowed};
use crate::tensor::{Pooled, Real, Tensor};

/// The p-norm of each window `K`: `y = (Σ xᵖ)^(1 / p)`; `(B, .., C)` gives `(B, positions.., C)`. Options and defaults
/// are those of [`MaxPool`](super::MaxPool); padding counts as 0. With p = 1 it is the sum, for large p it nears the
/// maximum of positive elements.
///
/// Elements count with their sign, not by their absolute value: as of PyTorch's layer, "power-average" says more than
/// "norm". A negative element gives NaN if p isn't an integer; if p is odd a negative sum does, unless p is 1. A large
/// p overflows: in `f32` 10 to the power of p = 100 is infinite, and so is the result.
///
/// Where the sum is 0 and p above 1 the gradient is 0. For p below 1 it is infinite at an element that is 0, or NaN where
/// the whole sum is 0, as in PyTorch.
///
/// Cost: a power of each element, a sum of each window, and a root of each output.
///
/// | | |
/// |---|---|
/// | Flax | none |
/// | PyTorch | `nn.LPPool1d(p, kernel_size)`, `2d`, `3d`, with channels first and without padding |
///
/// ```
/// use nnx_core::{module::Layer, nn::LpPool, size::U2, tensor::Tensor};
///
/// let x = Tensor::from([[[3.0], [4.0], [0.0], [0.0]]]);
/// assert_eq!(LpPool::<(U2,)>::new(2.0).infer(x).to_vec(), [5.0, 0.0]);
/// ```
#[doc(alias("LPPool1d", "LPPool2d", "LPPool3d"))]
#[derive(crate::Module)]
#[module(init = Self::new(2.0))]
pub struct LpPool<K, Options = ()> {
    p: f64,
    window: PhantomData<fn() -> (K, Options)>,
}

impl<K, O> LpPool<K, O> {
    /// A layer of this norm. (The derived `init` uses 2, the Euclidean norm.)
    ///
    /// # Panics
    /// If p isn't a finite number above 0.
    #[must_use]
    #[track_caller]
    pub fn new(p: f64) -> Self {
        assert!(
            p > 0.0 && p.is_finite(),
            "the p of `LpPool` is a finite number above 0; found {p}. `MaxPool` is its limit for large p"
        );
        Self { p, window: PhantomData }
    }
}
impl<K, O> Clone for LpPool<K, O> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}
impl<K, O> fmt::Debug for LpPool<K, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LpPool(p: {})", self.p)
    }
}

impl<S, K, O, E> Layer<Tensor<S, E>> for LpPool<K, O>
where
    // Both bounds as in `MaxPool`.
    S: Spatial<K::Rank> + Windowed<K, O::Strides, O::Pad>,
    K: WindowShape,
    O: PoolOptions<K>,
    E: Real,
{
    type Output = Tensor<Pooled<S, K, O>, E>;

    #[track_caller]
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        let windows = x.windows::<K, O>("lp_pool");
        let x = x.into_dyn();
        if self.p == 1.0 {
            return Tensor::trusted(x.sum_pool(windows));
        }
        let euclidean = self.p == 2.0;
        let powers = if euclidean { x.square() } else { x.powf(self.p) };
        let sums = powers.sum_pool(windows);
        // A root has no gradient at 0: those sums are 1 in it, and 0 again behind it.
        let zeros = sums.full_like(0.0);
        let is_zero = sums.clone().stop_gradient().compare(Comparison::Equal, zeros.clone());
        let safe = is_zero.clone().select(zeros.full_like(1.0), sums);
        let roots = if euclidean { safe.sqrt() } else { safe.powf(1.0 / self.p) };
        Tensor::trusted(is_zero.select(zeros, roots))
    }
}

#[diagnostic::do_not_recommend]
impl<X: Extent, K: WindowShape, O: PoolOptions<K>> Cost<X> for LpPool<K, O>
where
    Self: Layer<X, Output: Extent>,
{
    // Those of the default, p = 2: squares, sums of windows and roots.
    const FLOPS: u64 =
        X::ELEMENTS + (kernel_area::<K>() + 1) * <<Self as Layer<X>>::Output as Extent>::ELEMENTS;
    const ACTIVATION_BYTES: u64 = X::BYTES + <<Self as Layer<X>>::Output as Extent>::BYTES;
}

#[diagnostic::do_not_recommend]
impl<const RANK: usize, K, O> ReceptiveField<RANK> for LpPool<K, O>
where
    K: WindowShape<Rank = Axes<RANK>>,
    O: PoolOptions<K, Strides: ForEach<Axes<RANK>>>,
{
    const FIELD: [usize; RANK] = last_axes(kernel_size::<K>());
    const STRIDE: [usize; RANK] = last_axes(each_axis::<O::Strides, Axes<RANK>>());
}
