//! The inverse of flattening.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Layer, Pass};
use crate::nn::cost::costs;
use crate::size::Shape;
use crate::size::rules::{Append, LastAxis, Reshape, Sizes};
use crate::tensor::{Real, Tensor};

/// The last axis as several axes: `(.., N)` gives `(.., Sizes)` for up to three sizes whose product is N. The inverse of
/// [`Flatten`](super::Flatten), for `Sequential`; elsewhere write [`Tensor::reshape`].
///
/// | | |
/// |---|---|
/// | Flax | `x.reshape(..)` |
/// | PyTorch | `nn.Unflatten(-1, (8, 8, 3))` |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::{Linear, Unflatten}, random::Rngs};
/// use nnx_core::{size::{Batch, U2, U3, U4, U24}, tensor::Tensor};
///
/// let decoder = <(Linear<U4, U24>, Unflatten<(U4, U3, U2)>)>::init(&mut Rngs::new(0));
/// let code: Tensor![Batch, 4] = Tensor::from_vec(vec![1.0; 8])?;
/// let image: Tensor![Batch, 4, 3, 2] = decoder.infer(code);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(crate::Module)]
pub struct Unflatten<Axes>(PhantomData<fn() -> Axes>);
plain_layer!(Unflatten<Axes>);

impl<S, O, Axes, E: Real> Layer<Tensor<S, E>> for Unflatten<Axes>
where
    S: LastAxis<Leading: Append<Axes::Shape, Output = O>> + Reshape<O>,
    O: Shape,
    Axes: Sizes,
{
    type Output = Tensor<O, E>;

    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.reshape()
    }
}

costs! {
    [Axes] Unflatten<Axes>, |x, y| 0, x;
}
