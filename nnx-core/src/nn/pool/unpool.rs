//! Maxima put back where they were.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Layer, Pass};
use crate::size::{Resized, Shape};
use crate::tensor::{Label, Real, Tensor};

/// [`Tensor::max_unpool`] as a layer: a pair of values and indices, each `(B, .., C)`, gives images of the spatial sizes
/// `O`, `(B, O.., C)`, which are 0 elsewhere. Values and indices are those of [`Tensor::max_pool_with_indices`]. Decoders
/// that mirror an encoder undo its pools by it (Noh et al., 2015).
///
/// Cost: a copy of each value into an image of zeros.
///
/// | | |
/// |---|---|
/// | Flax | none |
/// | PyTorch | `nn.MaxUnpool1d`, `2d`, `3d`, whose size is that of the window unless `output_size` says otherwise |
///
/// ```
/// use nnx_core::{Tensor, module::Layer, nn::MaxUnpool, size::{Batch, U2, U4}, tensor::Tensor};
///
/// let x: Tensor![Batch, 4, 4, 3] = Tensor::from_vec((0..96u8).map(f32::from).collect())?;
/// let (y, indices) = x.max_pool_with_indices::<(U2, U2), ()>();
/// let back: Tensor![Batch, 4, 4, 3] = MaxUnpool::<(U4, U4)>::new().infer((y, indices));
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Panics
/// `forward`, if an index is outside the image.
#[doc(alias("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"))]
#[derive(crate::Module)]
pub struct MaxUnpool<O>(PhantomData<fn() -> O>);
plain_layer!(MaxUnpool<O>);

impl<S, O, E, I> Layer<(Tensor<S, E>, Tensor<S, I>)> for MaxUnpool<O>
where
    S: Shape + Resized<O>,
    E: Real,
    I: Label,
{
    type Output = Tensor<S::Output, E>;

    #[track_caller]
    fn forward(&self, (x, indices): (Tensor<S, E>, Tensor<S, I>), _: &mut Pass) -> Self::Output {
        x.max_unpool::<O, I>(indices)
    }
}
