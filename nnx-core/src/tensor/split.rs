//! A tensor cut into several along an axis, and several concatenated.

use super::Tensor;
use crate::array::{Element, OrPanic as _};
use crate::ops::DynTensor;
use crate::size::rules::{Chunk, HasAxis, Unstack};
use crate::size::{Const, Product, Shape, Size};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// `N` tensors, the chunks of the axis `I` in order (`jnp.split`, `torch.chunk`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0, 4.0]]);
    /// let [a, b] = x.chunk::<1, 2>();
    /// assert_eq!((a.to_vec(), b.to_vec()), (vec![1.0, 2.0], vec![3.0, 4.0]));
    /// ```
    #[must_use]
    pub fn chunk<const I: usize, const N: usize>(self) -> [Tensor<S::Output, E>; N]
    where
        S: Chunk<I, N>,
    {
        const { S::CHECKED };
        let length = self.dims()[I] / N.max(1);
        let whole = self.into_dyn();
        std::array::from_fn(|i| Tensor::trusted(whole.clone().slice(I, i * length, length)))
    }

    /// `N` tensors, the elements of the axis `I` in order; the axis is removed (`jnp.unstack`, `torch.unbind`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let [a, b] = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).unstack::<0, 2>();
    /// assert_eq!((a.to_vec(), b.to_vec()), (vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]));
    /// ```
    #[must_use]
    #[doc(alias = "unbind")]
    pub fn unstack<const I: usize, const N: usize>(self) -> [Tensor<S::Output, E>; N]
    where
        S: Unstack<I, N>,
    {
        let whole = self.into_dyn();
        let dims = whole.dims().without_axis(I);
        std::array::from_fn(|i| Tensor::trusted(whole.clone().slice(I, i, 1).reshape(&dims)))
    }

    /// `N` tensors of one shape, concatenated along the axis `I` (`jnp.concatenate`, `torch.cat`). For two of
    /// different sizes: [`concat`](Self::concat).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::concat_all::<0, 3>([1.0, 2.0, 3.0].map(|x| Tensor::from([x])));
    /// assert_eq!(x.to_vec(), [1.0, 2.0, 3.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the tensors.
    #[must_use]
    #[track_caller]
    #[doc(alias("concatenate", "cat"))]
    pub fn concat_all<const I: usize, const N: usize>(
        tensors: [Self; N],
    ) -> Tensor<S::Replaced<Product<S::Axis, Const<N>>>, E>
    where
        S: HasAxis<I>,
        Const<N>: Size,
    {
        if let [first, others @ ..] = &tensors[..] {
            for other in others {
                let dims = [first.dims(), other.dims()];
                super::arithmetic::check_runtime_axes::<S>(&dims[0], &dims[1], "concat_all");
            }
        }
        let tensors = tensors.map(Self::into_dyn);
        Tensor::trusted(DynTensor::concat(tensors.into(), I).or_panic())
    }
}
