//! The windows of images as vectors, and their sum back into images.

use super::windows::{Positions, check_windows};
use super::{Real, Tensor};
use crate::array::Element;
use crate::size::rules::FoldedFrom;
use crate::size::{ConvOptions, Product, Shape, Size, Spatial, WindowShape, Windowed};

/// The elements of a window `K` over `C` channels: the product of its sizes and the channels.
pub type WindowElements<K, C> = Product<
    Product<
        Product<<K as WindowShape>::Depth, <K as WindowShape>::Height>,
        <K as WindowShape>::Width,
    >,
    C,
>;
/// The shape of the windows `K` of an image `S` with `C` channels, as vectors.
pub type Unfolded<S, C, K, O> = Positions<
    S,
    K,
    <O as ConvOptions<C, C>>::Strides,
    <O as ConvOptions<C, C>>::Pad,
    <O as ConvOptions<C, C>>::KernelDilation,
    WindowElements<K, C>,
    <O as ConvOptions<C, C>>::InputDilation,
>;

impl<S, E> Tensor<S, E> {
    /// The elements of each window `K` of images `(batch, .., C)` as a vector: `(batch, windows.., points · C)`, in the order
    /// of the window's points, and for each point its channels (im2col: `lax.conv_general_dilated_patches`, PyTorch's
    /// `F.unfold`). `O` are the options of the layer `Conv`, and the windows are those of its convolution: the product
    /// with a kernel `(.., C, Out)`, reshaped to `(points · C, Out)`, is the convolution.
    ///
    /// JAX and PyTorch have the channels before the points, and PyTorch has one axis for all windows, after the elements.
    ///
    /// Cost: an element of the result for each element of each window: overlapping windows copy the image several
    /// times.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{U3, Valid}, tensor::Tensor};
    ///
    /// let x: Tensor![1, 5, 1] = Tensor::from([1.0, 2.0, 3.0, 4.0, 5.0]).reshape();
    /// let rows: Tensor![1, 3, 3] = x.unfold::<(U3,), Valid, _>();
    /// assert_eq!(rows.to_vec(), [1.0, 2.0, 3.0, 2.0, 3.0, 4.0, 3.0, 4.0, 5.0]);
    /// ```
    ///
    /// # Panics
    /// If the padding is `Valid` or `Explicit`, and a runtime axis with its padding is shorter than the window.
    #[must_use]
    #[track_caller]
    #[doc(alias("im2col", "conv_general_dilated_patches", "extract_patches"))]
    pub fn unfold<K, O, C>(self) -> Tensor<Unfolded<S, C, K, O>, E>
    where
        S: Spatial<K::Rank, Channels = C>
            + Windowed<K, O::Strides, O::Pad, O::KernelDilation, O::InputDilation>,
        K: WindowShape,
        O: ConvOptions<C, C>,
        C: Size,
        E: Element,
    {
        let windows =
            <S as Windowed<K, O::Strides, O::Pad, O::KernelDilation, O::InputDilation>>::WINDOWS;
        check_windows(S::AXES, S::NAMES, "unfold", windows, &self.dims());
        Tensor::trusted(self.into_dyn().unfold(windows))
    }

    /// The windows of images put back where [`unfold`](Self::unfold) took them from, and added where they overlap
    /// (col2im: PyTorch's `F.fold`). The result has the shape of `image`, whose elements aren't read. It is the
    /// gradient of `unfold`.
    ///
    /// Cost: one addition for each element of the windows.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{U3, Valid}, tensor::Tensor};
    ///
    /// let x: Tensor![1, 5, 1] = Tensor::from([1.0, 2.0, 3.0, 4.0, 5.0]).reshape();
    /// let rows = x.clone().unfold::<(U3,), Valid, _>();
    /// // Each element times the number of windows that hold it.
    /// assert_eq!(rows.fold::<(U3,), Valid, _, _, _>(&x).to_vec(), [1.0, 4.0, 9.0, 8.0, 5.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis isn't the one that `unfold` gives for `image`.
    #[must_use]
    #[track_caller]
    #[doc(alias = "col2im")]
    pub fn fold<K, O, C, I, F>(self, image: &Tensor<I, F>) -> Tensor<I, E>
    where
        I: Spatial<K::Rank, Channels = C>
            + Windowed<K, O::Strides, O::Pad, O::KernelDilation, O::InputDilation>,
        S: Shape,
        Unfolded<I, C, K, O>: FoldedFrom<S>,
        K: WindowShape,
        O: ConvOptions<C, C>,
        C: Size,
        E: Real,
    {
        let windows =
            <I as Windowed<K, O::Strides, O::Pad, O::KernelDilation, O::InputDilation>>::WINDOWS;
        check_windows(I::AXES, I::NAMES, "fold", windows, &image.dims());
        Tensor::trusted(self.into_dyn().fold(windows, &image.dims()))
    }
}
