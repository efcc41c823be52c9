//! Images resized by interpolation, and channels rearranged into pixels.

use super::{Real, Tensor};
use crate::ops::Interpolation;
use crate::size::{PixelShuffled, PixelUnshuffled, Resized, Shape};

impl<S, E> Tensor<S, E> {
    /// Resizes the image to the spatial sizes `O`, whatever its own are, by linear, cubic or Lanczos interpolation with
    /// half-pixel centers. [`Interpolation`] has the formulas, and says which of PyTorch's and JAX's modes is which
    /// (`jax.image.resize`; `F.interpolate` with `align_corners=False`).
    ///
    /// A weight multiplies elements that are infinite or NaN, too: an output is NaN if one of its elements is, also where
    /// the weight is 0. The gradient is the transpose of the weights.
    ///
    /// ```
    /// use nnx_core::{Tensor, ops::Interpolation, size::{U1, U4}, tensor::Tensor};
    ///
    /// let x: Tensor![1, 2, 1] = Tensor::from([[[1.0], [5.0]]]);
    /// assert_eq!(x.resize::<(U4,)>(Interpolation::linear()).to_vec(), [1.0, 2.0, 4.0, 5.0]);
    ///
    /// let x: Tensor![1, 4, 1] = Tensor::from([[[0.0f32], [12.0], [12.0], [0.0]]]);
    /// let sharp = Interpolation::linear().antialias(false);
    /// assert_eq!(x.clone().resize::<(U1,)>(sharp).to_vec(), [12.0]);
    /// let smooth = x.resize::<(U1,)>(Interpolation::linear()).to_vec(); // weights 5, 7, 7, 5
    /// assert!((smooth[0] - 7.0).abs() < 1e-5);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    #[doc(alias = "interpolate")]
    pub fn resize<O>(self, interpolation: Interpolation) -> Tensor<S::Output, E>
    where
        S: Shape + Resized<O>,
        E: Real,
    {
        let axes = S::AXES.len() - 2;
        Tensor::trusted(self.into_dyn().resize(&S::SIZES[3 - axes..], interpolation))
    }

    /// Rearranges the channels of each pixel into a block of `F` pixels: `x.pixel_shuffle::<(U2, U2)>()` of
    /// `(B, H, W, 4 C)` is `(B, 2 H, 2 W, C)`. Channel `4 c + 2 i + j` is the pixel (i, j) of the block, of the output
    /// channel c, as in PyTorch's `nn.PixelShuffle`; TensorFlow's `depth_to_space` orders the channels by (i, j, c).
    ///
    /// ```
    /// use nnx_core::{Tensor, size::U2, tensor::Tensor};
    ///
    /// let x: Tensor![1, 1, 1, 4] = Tensor::from([1.0, 2.0, 3.0, 4.0]).reshape();
    /// let y: Tensor![1, 2, 2, 1] = x.pixel_shuffle::<(U2, U2)>();
    /// assert_eq!(y.to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "depth_to_space")]
    pub fn pixel_shuffle<F>(self) -> Tensor<S::Output, E>
    where
        S: Shape + PixelShuffled<F>,
        E: Real,
    {
        let axes = S::AXES.len() - 2;
        Tensor::trusted(self.into_dyn().pixel_shuffle(&S::FACTORS[3 - axes..]))
    }

    /// Rearranges the pixels of each block `F` into channels: the inverse of [`pixel_shuffle`](Self::pixel_shuffle)
    /// (`nn.PixelUnshuffle`).
    ///
    /// ```
    /// use nnx_core::{Tensor, size::U2, tensor::Tensor};
    ///
    /// let x: Tensor![1, 2, 4, 1] = Tensor::from([[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]).reshape();
    /// let y: Tensor![1, 1, 2, 4] = x.pixel_unshuffle::<(U2, U2)>();
    /// assert_eq!(y.to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "space_to_depth")]
    pub fn pixel_unshuffle<F>(self) -> Tensor<S::Output, E>
    where
        S: Shape + PixelUnshuffled<F>,
        E: Real,
    {
        let axes = S::AXES.len() - 2;
        Tensor::trusted(self.into_dyn().pixel_unshuffle(&S::FACTORS[3 - axes..]))
    }
}
