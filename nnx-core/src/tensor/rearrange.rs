//! The same elements in a different order, or several times; axes moved and removed.

use super::Tensor;
use crate::array::Element;
use crate::ops::PadMode;
use crate::size::rules::{HasAxis, MoveAxis, Squeeze, SwapAxes};
use crate::size::{Product, Shape, Size, Sum};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// The elements of the axis `I` in reverse order (`jnp.flip`, `torch.flip`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.flip::<1>().to_vec(), [2.0, 1.0, 4.0, 3.0]);
    /// ```
    #[must_use]
    #[doc(alias("reverse", "fliplr", "flipud"))]
    pub fn flip<const I: usize>(self) -> Self
    where
        S: HasAxis<I>,
    {
        Tensor::trusted(self.into_dyn().flip(I))
    }

    /// The elements of the axis `I` moved by `shift`; those that leave at one end enter at the other (`jnp.roll`,
    /// `torch.roll`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.clone().roll::<0>(1).to_vec(), [3.0, 1.0, 2.0]);
    /// assert_eq!(x.roll::<0>(-1).to_vec(), [2.0, 3.0, 1.0]);
    /// ```
    #[must_use]
    #[doc(alias("fftshift", "ifftshift"))]
    pub fn roll<const I: usize>(self, shift: isize) -> Self
    where
        S: HasAxis<I>,
    {
        Tensor::trusted(self.into_dyn().roll(I, shift))
    }

    /// Each element of the axis `I`, repeated `N` times in a row (`jnp.repeat`, `torch.repeat_interleave`).
    ///
    /// ```
    /// use nnx_core::{size::U2, tensor::Tensor};
    ///
    /// let x = Tensor::from([1.0, 2.0]);
    /// assert_eq!(x.repeat::<0, U2>().to_vec(), [1.0, 1.0, 2.0, 2.0]);
    /// ```
    #[must_use]
    #[doc(alias = "repeat_interleave")]
    pub fn repeat<const I: usize, N: Size>(self) -> Tensor<S::Replaced<Product<S::Axis, N>>, E>
    where
        S: HasAxis<I>,
    {
        Tensor::trusted(self.into_dyn().repeat(I, N::USIZE))
    }

    /// The axis `I`, repeated `N` times (`jnp.tile`, `torch.tile`).
    ///
    /// ```
    /// use nnx_core::{size::U2, tensor::Tensor};
    ///
    /// let x = Tensor::from([1.0, 2.0]);
    /// assert_eq!(x.tile::<0, U2>().to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// ```
    #[must_use]
    #[doc(alias = "repeat")]
    pub fn tile<const I: usize, N: Size>(self) -> Tensor<S::Replaced<Product<S::Axis, N>>, E>
    where
        S: HasAxis<I>,
    {
        Tensor::trusted(self.into_dyn().tile(I, N::USIZE))
    }

    /// The axis `I` with `Before` and `After` more elements at its ends (`jnp.pad`, `F.pad`).
    ///
    /// ```
    /// use nnx_core::{ops::PadMode, size::{U1, U2}, tensor::Tensor};
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.clone().pad::<0, U1, U2>(PadMode::Constant(0.0)).to_vec(), [0.0, 1.0, 2.0, 3.0, 0.0, 0.0]);
    /// assert_eq!(x.pad::<0, U1, U2>(PadMode::Reflect).to_vec(), [2.0, 1.0, 2.0, 3.0, 2.0, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If the axis has no elements and the mode isn't `Constant`.
    #[must_use]
    #[track_caller]
    pub fn pad<const I: usize, Before: Size, After: Size>(
        self,
        mode: PadMode,
    ) -> Tensor<S::Replaced<Sum<Sum<S::Axis, Before>, After>>, E>
    where
        S: HasAxis<I>,
    {
        Tensor::trusted(self.into_dyn().pad_with(I, Before::USIZE, After::USIZE, mode))
    }

    /// Removes the axis `I`, which is of size 1 (`jnp.squeeze`, `torch.squeeze`). The inverse of
    /// [`insert_axis`](Self::insert_axis).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let column: Tensor![2, 1] = Tensor::from([[1.0], [2.0]]);
    /// let x: Tensor![2] = column.squeeze::<1>();
    /// # let _ = x;
    /// ```
    #[must_use]
    pub fn squeeze<const I: usize>(self) -> Tensor<S::Removed, E>
    where
        S: Squeeze<I>,
    {
        let dims = self.dims().without_axis(I);
        Tensor::trusted(self.into_dyn().reshape(&dims))
    }

    /// Swaps the axes `I` and `J` (`jnp.swapaxes`, `torch.transpose`).
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 3, 4] = Tensor::from_vec(vec![0.0; 24])?;
    /// let y: Tensor![4, 3, Batch] = x.swap_axes::<0, 2>();
    /// # let _ = y;
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    #[doc(alias("swapaxes", "swapdims"))]
    pub fn swap_axes<const I: usize, const J: usize>(self) -> Tensor<S::Output, E>
    where
        S: SwapAxes<I, J>,
    {
        Tensor::trusted(self.into_dyn().swap_axes(I, J))
    }

    /// Moves the axis `I` to the index `J`; the others keep their order (`jnp.moveaxis`, `torch.movedim`).
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let channels_last: Tensor![Batch, 3, 4, 2] = Tensor::from_vec(vec![0.0; 24])?;
    /// let channels_first: Tensor![Batch, 2, 3, 4] = channels_last.move_axis::<3, 1>();
    /// # let _ = channels_first;
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    #[doc(alias("moveaxis", "movedim", "rollaxis"))]
    pub fn move_axis<const I: usize, const J: usize>(self) -> Tensor<S::Output, E>
    where
        S: MoveAxis<I, J>,
    {
        Tensor::trusted(self.into_dyn().move_axis(I, J))
    }
}
