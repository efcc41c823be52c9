//! An embedding of indices.

use super::default_start;
use crate::array::ShapeError;
use crate::module::{Layer, Param, Pass};
use crate::nn::bounds::last_axis_is;
use crate::nn::cost::costs;
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::rules::{Append, LastAxis};
use crate::size::{Shape, Size};
use crate::tensor::{InputElement, Label, Real, Tensor};

/// A lookup table with a row for each index: `(..)` of `i32` or `i64` in `0..Vocabulary` gives `(.., Features)`.
///
/// | | |
/// |---|---|
/// | variables | `embedding` (Vocabulary, Features), normal with std √(1 / Features) |
/// | Flax | `nnx.Embed(vocabulary, features, rngs=rngs)`, which returns NaN for an index outside the table |
/// | PyTorch | `nn.Embedding(vocabulary, features)`, which is initialized with std 1 |
///
/// ```
/// use nnx_core::{module::{Init, Layer, Pass}, nn::Embed, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{U2, U3, U1000};
///
/// let words = Embed::<U1000, U3>::init(&mut Rngs::new(0));
/// let x: Tensor<(U2, U3)> = words.infer(Tensor::from([17, 999]));
/// // The same table as the last layer of a language model:
/// let logits: Tensor<(U2, U1000)> = words.attend(x, &Pass::eval());
///
/// let error = words.try_forward(Tensor::from([17, 1000]), &Pass::eval()).unwrap_err();
/// assert!(error.to_string().contains("`Embed` was given index 1000 at position 1, outside 0..1000"));
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&default_start::<Features>(), rngs))]
pub struct Embed<Vocabulary: Size, Features: Size, E: Real = f32> {
    /// The table (Vocabulary, Features).
    pub embedding: Param<(Vocabulary, Features), E>,
}

impl<Vocabulary: Size, Features: Size, E: Real> Embed<Vocabulary, Features, E> {
    /// A layer whose table is initialized by `initializer` (`embedding_init`).
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(initializer: &dyn Initializer, rngs: &mut Rngs) -> Self {
        Self { embedding: Param::drawn(initializer, rngs) }
    }

    /// As [`forward`](Layer::forward), but returns an error if an index is outside the table.
    ///
    /// # Errors
    /// If an index is outside `0..Vocabulary`. The error holds the index and its position.
    pub fn try_forward<S: Embedded<Features>, I: Label>(
        &self,
        indices: Tensor<S, I>,
        pass: &Pass,
    ) -> Result<Tensor<S::Output, E>, ShapeError> {
        let table = self.embedding.get(pass).into_dyn();
        let rows = table.try_gather(indices.into_dyn()).map_err(|error| match error {
            ShapeError::Index { index, position, size, .. } => {
                ShapeError::Index { operation: "Embed", index, position, size }
            }
            other => other,
        });
        Ok(Tensor::trusted(rows?))
    }

    /// `x Eᵀ`, the dot products with all rows of the table: `(.., Features)` gives `(.., Vocabulary)`.
    #[must_use]
    pub fn attend<S, F>(&self, query: Tensor<S, F>, pass: &Pass) -> Tensor<S::With<Vocabulary>, E>
    where
        S: LastAxis<Last: AttendFeatures<S, Features>>,
        F: InputElement<E>,
    {
        let table = self.embedding.get(pass).into_dyn();
        Tensor::trusted(query.into_dyn().matmul(table.swap_axes(0, 1)))
    }
}

impl<S, Vocabulary, Features, E: Real, I: Label> Layer<Tensor<S, I>>
    for Embed<Vocabulary, Features, E>
where
    S: Shape + Embedded<Features>,
    Vocabulary: Size,
    Features: Size,
{
    type Output = Tensor<S::Output, E>;

    /// # Panics
    /// If an index is outside `0..Vocabulary`. [`Embed::try_forward`] returns that as an error.
    #[track_caller]
    fn forward(&self, indices: Tensor<S, I>, pass: &mut Pass) -> Self::Output {
        match self.try_forward(indices, pass) {
            Ok(rows) => rows,
            Err(error) => panic!("{error}"),
        }
    }
}

/// A shape to which an axis `F` can be appended: the indices for `Embed`.
#[diagnostic::on_unimplemented(
    message = "`Embed` gives each index an axis of `{F}` features, but its input has shape `{Self}`",
    label = "expected indices of rank 0 to 7"
)]
pub trait Embedded<F>: Shape {
    /// The shape with `F` as a new last axis.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<S: Append<(F,)>, F> Embedded<F> for S {
    type Output = S::Output;
}

last_axis_is! {
    "Embed::attend" AttendFeatures
        "`Embed::attend` takes queries of `{I}` features, but these have shape `{S}`"
        "the last axis of the queries is that of the embeddings: `{I}`";
}

costs! {
    [V: Size, F: Size, E: Real] Embed<V, F, E>, |x, y| 0, x + y;
}
