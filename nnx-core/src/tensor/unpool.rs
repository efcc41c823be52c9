//! The maxima of windows with where they are, and their way back into an image.

use super::{Label, Pooled, Real, Tensor};
use crate::size::{PoolOptions, Resized, Shape, Windowed};

impl<S, E> Tensor<S, E> {
    /// [`max_pool_with`](Self::max_pool_with), and the index of each maximum in its image, for
    /// [`max_unpool`](Self::max_unpool): the spatial axes are counted as one, `h W + w`, channels and images apart. The
    /// first of equal maxima counts. A window of padding alone has the index -1. Indices have no gradient.
    ///
    /// PyTorch: `F.max_pool2d(x, .., return_indices=True)`.
    ///
    /// Cost: that of a pool, which writes indices, too. The gradient needs the indices alone, and not the images.
    ///
    /// ```
    /// use nnx_core::{size::U2, tensor::Tensor};
    ///
    /// let x = Tensor::from([[[1.0], [4.0], [3.0], [3.0]]]);
    /// let (y, indices) = x.max_pool_with_indices::<(U2,), ()>();
    /// assert_eq!((y.to_vec(), indices.to_vec()), (vec![4.0, 3.0], vec![1, 2]));
    /// ```
    ///
    /// # Panics
    /// If the padding is `Valid` or `Explicit`, and a runtime axis with its padding is shorter than the window.
    #[must_use]
    #[track_caller]
    #[doc(alias = "return_indices")]
    pub fn max_pool_with_indices<K, O>(
        self,
    ) -> (Tensor<Pooled<S, K, O>, E>, Tensor<Pooled<S, K, O>, i32>)
    where
        S: Windowed<K, O::Strides, O::Pad>,
        O: PoolOptions<K>,
        E: Real,
    {
        let windows = self.windows::<K, O>("max_pool_with_indices");
        let (maxima, indices) = self.into_dyn().max_pool_with_indices(windows);
        (Tensor::trusted(maxima), Tensor::trusted(indices))
    }

    /// Values `(B, .., C)` in images of zeros of the spatial sizes `O`, at the indices that
    /// [`max_pool_with_indices`](Self::max_pool_with_indices) gives: `(B, O.., C)`. Where windows overlap and have the same
    /// maximum, the value of the last one stays, and has the gradient.
    ///
    /// PyTorch: `F.max_unpool2d(x, indices, .., output_size=..)`.
    ///
    /// Cost: the images are written, then the values to their places.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{U2, U5}, tensor::Tensor};
    ///
    /// let x = Tensor::from([[[1.0], [4.0], [3.0], [2.0], [9.0]]]);
    /// let (y, indices) = x.max_pool_with_indices::<(U2,), ()>();
    /// let back: Tensor![1, 5, 1] = y.max_unpool::<(U5,), _>(indices);
    /// assert_eq!(back.to_vec(), [0.0, 4.0, 3.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If an index is outside the image, or runtime axes of values and indices differ.
    #[must_use]
    #[track_caller]
    pub fn max_unpool<O, I>(self, indices: Tensor<S, I>) -> Tensor<S::Output, E>
    where
        S: Shape + Resized<O>,
        I: Label,
        E: Real,
    {
        let rank = S::AXES.len() - 2;
        let sizes = &S::SIZES[3 - rank..];
        Tensor::trusted(self.into_dyn().max_unpool(indices.into_dyn(), sizes))
    }
}
