//! Conversion of an image to the height and width of another image, such as that of a skip connection.

use super::{Real, Tensor};
use crate::array::{Element, ShapeError};
use crate::size::Shape;
use crate::size::rules::SizesOf;

impl<S, E: Element> Tensor<S, E> {
    /// The same elements with the types of the spatial axes of `like`, whose sizes must be equal. It is one
    /// checked conversion for two paths that give the same height and width but not the same types. The
    /// channels stay.
    ///
    /// The types differ because the sizes may differ: a length that is halved, rounded up, and then doubled is
    /// larger than the original one if that was odd. So `Upsampled<CeilDiv<Height, U<2>>, U<2>>` isn't
    /// `Height`.
    ///
    /// | | |
    /// |---|---|
    /// | the image may be of a different size | [`resize_nearest_like`](Self::resize_nearest_like), [`crop_or_pad_like`](Self::crop_or_pad_like) |
    ///
    /// ```
    /// use nnx_core::{Tensor, axis, size::{Batch, U2}, tensor::Tensor};
    /// axis!(Length);
    ///
    /// fn skip(x: Tensor![Batch, Length, 1]) -> Result<Tensor![Batch, Length, 2], nnx_core::Error> {
    ///     let up = x.clone().max_pool::<(U2,)>().upsample::<(U2,)>();
    ///     Ok(up.try_like(&x)?.concat::<2, _>(x))
    /// }
    /// skip(Tensor::from_shape_vec(&[1, 4, 1], vec![0.5; 4])?)?;
    ///
    /// let odd = skip(Tensor::from_shape_vec(&[1, 5, 1], vec![0.5; 5])?).unwrap_err();
    /// assert_eq!(odd.to_string(),
    ///     "`try_like`: axis 1, `floor(Length / 2) * 2`: expected 5, as `Length` is there, found 4; \
    ///      `resize_nearest_like` or `crop_or_pad_like` bring one image to the size of the other");
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an axis other than the channels has a different size in `like`. The error names its index, its name, and
    /// both sizes.
    pub fn try_like<R, F>(self, like: &Tensor<R, F>) -> Result<Tensor<R::Output, E>, ShapeError>
    where
        S: Shape,
        R: SizesOf<S>,
    {
        let (found, expected) = (self.dims(), like.dims());
        let problem = |i: usize| {
            let name = |names: &[&str], size: usize| match names[i] {
                "" => size.to_string(),
                name => name.to_owned(),
            };
            format!(
                "axis {i}, `{}`: expected {}, as `{}` is there, found {}",
                name(S::NAMES, found[i]),
                expected[i],
                name(R::NAMES, expected[i]),
                found[i]
            )
        };
        let channels = found.len() - 1;
        let problems: Vec<String> =
            (0..channels).filter(|&i| found[i] != expected[i]).map(problem).collect();
        if problems.is_empty() {
            return Ok(Tensor::trusted(self.into_dyn()));
        }
        // Batches of different sizes have no such fix.
        let fix = match found[0] == expected[0] {
            true => {
                "`resize_nearest_like` or `crop_or_pad_like` bring one image to the size of the other"
            }
            false => "both tensors must come from the same batch",
        };
        let problem = format!("{}; {fix}", problems.join("; "));
        Err(ShapeError::Lengths { operation: "try_like", problem })
    }

    /// Resizes the image to the height and width of another, whatever its own are: each output element is the
    /// nearest input element, as in [`resize_nearest`](Self::resize_nearest). It works for runtime axes and for
    /// sizes, so also in code that is generic over `H: Dim`.
    ///
    /// ```
    /// use nnx_core::{Tensor, axis, size::{Batch, U2}, tensor::Tensor};
    /// axis!(Length);
    ///
    /// let x: Tensor![Batch, Length, 1] = Tensor::from_shape_vec(&[1, 3, 1], vec![1.0, 2.0, 4.0])?;
    /// let up: Tensor![Batch, Length, 1] = x.clone().max_pool::<(U2,)>().resize_nearest_like(&x);
    /// assert_eq!(up.to_vec(), [2.0; 3]);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If a spatial axis is empty but isn't empty in `like`, or if the batches differ.
    #[must_use]
    #[track_caller]
    pub fn resize_nearest_like<R, F>(self, like: &Tensor<R, F>) -> Tensor<R::Output, E>
    where
        S: Shape,
        R: SizesOf<S>,
        E: Real,
    {
        let sizes = spatial::<S, E, R, F>("resize_nearest_like", &self, like);
        Tensor::trusted(self.into_dyn().resize_nearest(&sizes))
    }

    /// Crops the image to the height and width of another where it is larger, and pads it with zeros where it
    /// is smaller: equally on both sides, with an odd element at the end (`tf.image.resize_with_crop_or_pad`;
    /// U-Nets in PyTorch write `F.pad` on a skip connection).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![1, 4, 1] = Tensor::from([[[1.0], [2.0], [3.0], [4.0]]]);
    /// let (small, large) = (Tensor::<_, f32>::from([[[0.0]; 1]]), Tensor::from([[[0.0]; 7]]));
    /// assert_eq!(x.clone().crop_or_pad_like(&small).to_vec(), [2.0]);
    /// assert_eq!(x.crop_or_pad_like(&large).to_vec(), [0.0, 1.0, 2.0, 3.0, 4.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If the batches differ.
    #[must_use]
    #[track_caller]
    pub fn crop_or_pad_like<R, F>(self, like: &Tensor<R, F>) -> Tensor<R::Output, E>
    where
        S: Shape,
        R: SizesOf<S>,
        E: Real,
    {
        let sizes = spatial::<S, E, R, F>("crop_or_pad_like", &self, like);
        let cropped = sizes.iter().enumerate().fold(self.into_dyn(), |x, (i, &size)| {
            let length = x.dims()[i + 1];
            match length.checked_sub(size) {
                None | Some(0) => x,
                Some(more) => x.slice(i + 1, more / 2, size),
            }
        });
        let dims = cropped.dims();
        let missing = sizes.iter().enumerate().filter_map(|(i, &size)| {
            let missing = size.checked_sub(dims[i + 1]).filter(|&missing| missing > 0)?;
            Some((i + 1, [missing / 2, missing.div_ceil(2)]))
        });
        let mut missing = missing.peekable();
        Tensor::trusted(match missing.peek() {
            Some(_) => cropped.pad_axes(missing, 0.0),
            None => cropped,
        })
    }
}

/// The sizes of the spatial axes of `like`.
#[track_caller]
fn spatial<S: Shape, E, R: Shape, F>(
    operation: &str,
    x: &Tensor<S, E>,
    like: &Tensor<R, F>,
) -> Vec<usize> {
    let dims = like.dims();
    let batch = x.dims()[0];
    assert!(
        batch == dims[0],
        "`{operation}`: the axis `{}` is {batch} on one side and {} on the other; both tensors must come from the same batch",
        S::NAMES[0],
        dims[0],
    );
    dims[1..dims.len() - 1].to_vec()
}
