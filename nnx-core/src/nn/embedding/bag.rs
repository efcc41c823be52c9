//! Sums, means and maxima of embeddings.

use super::default_start;
use crate::array::{DType, OrPanic as _};
use crate::module::{Layer, Param, Pass};
use crate::nn::cost::costs;
use crate::nn::lengths;
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::rules::{Append, LastAxis};
use crate::size::{Dim, Shape, Size};
use crate::tensor::{Label, Real, Tensor};

pub use crate::ops::BagMode;

/// A lookup table whose rows are joined over a bag of indices: the sum, the mean or the maximum of embeddings. `(.., T)`
/// of `i32` in `0..Vocabulary` gives `(.., Features)`.
///
/// Bags of different lengths are given in two forms: padded with their lengths, to [`padded`](Self::padded), or one
/// behind the other with their offsets, to [`at_offsets`](Self::at_offsets). An empty bag gives zeros in all modes, as in
/// PyTorch.
///
/// | | |
/// |---|---|
/// | variables | `embedding` (Vocabulary, Features), normal with std √(1 / Features) |
/// | Flax | none: `nnx.Embed`, and a sum |
/// | PyTorch | `nn.EmbeddingBag(vocabulary, features, mode="mean")`, which is initialized with std 1 |
///
/// ```
/// use nnx_core::{Tensor, axis, module::{Init, Layer, Pass}, nn::{BagMode, EmbeddingBag}, random::Rngs};
/// use nnx_core::{size::{U2, U10}, tensor::Tensor};
///
/// let mut bags = EmbeddingBag::<U10, U2>::init(&mut Rngs::new(0)).mode(BagMode::Sum);
/// bags.embedding.replace(Tensor::<(U10, U2)>::ones());
/// assert_eq!(bags.infer(Tensor::from([[1, 2, 4], [5, 4, 3]])).to_vec(), [3.0; 4]);
///
/// let pass = &Pass::eval();
/// let lengths = Tensor::from([3, 1]);
/// let padded = bags.padded(Tensor::from([[1, 2, 4], [5, 0, 0]]), &lengths, pass);
/// assert_eq!(padded.to_vec(), [3.0, 3.0, 1.0, 1.0]);
///
/// axis!(Words);
/// let words: Tensor![Words; i32] = Tensor::from_vec(vec![1, 2, 4, 5])?;
/// let same = bags.at_offsets(words, &Tensor::from([0, 3]), pass);
/// assert_eq!(same.to_vec(), padded.to_vec());
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&default_start::<Features>(), rngs))]
pub struct EmbeddingBag<Vocabulary: Size, Features: Size, E: Real = f32> {
    /// The table (Vocabulary, Features).
    pub embedding: Param<(Vocabulary, Features), E>,
    #[module(skip)]
    mode: BagMode,
}

impl<Vocabulary: Size, Features: Size, E: Real> EmbeddingBag<Vocabulary, Features, E> {
    /// A layer that takes the mean, whose table is initialized by `initializer`.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(initializer: &dyn Initializer, rngs: &mut Rngs) -> Self {
        Self { embedding: Param::drawn(initializer, rngs), mode: BagMode::Mean }
    }

    /// Sets how the rows of a bag are joined.
    #[must_use]
    pub fn mode(self, mode: BagMode) -> Self {
        Self { mode, ..self }
    }

    /// Bags `(B, T)`, of which the first `lengths[b]` indices of row b count: `(B, Features)`. Indices after them may
    /// be any. (PyTorch's layer takes a matrix, too, of bags that are all of length T but for indices `padding_idx`.)
    ///
    /// ```
    /// use nnx_core::{Tensor, module::{Init, Pass}, nn::EmbeddingBag, random::Rngs, size::{U2, U9}, tensor::Tensor};
    ///
    /// let layer = EmbeddingBag::<U9, U2>::init(&mut Rngs::new(0));
    /// let bags: Tensor![2, 3; i32] = Tensor::from([[4, 1, 1], [2, 0, 0]]);
    /// let lengths: Tensor![2; i32] = Tensor::from([3, 1]);
    /// let y: Tensor![2, 2] = layer.padded(bags, &lengths, &Pass::eval());
    /// assert_eq!(y.to_vec()[2..], layer.embedding.value().to_vec()[4..6]);
    /// ```
    ///
    /// # Panics
    /// If a length is negative or exceeds T, if there isn't one for each bag, or an index is outside `0..Vocabulary`.
    #[must_use]
    #[track_caller]
    pub fn padded<S: PaddedBags<Features>, I: Label, J: Label>(
        &self,
        indices: Tensor<S, I>,
        lengths: &Tensor<(S::Batch,), J>,
        pass: &Pass,
    ) -> Tensor<S::Output, E> {
        let (batch, time) = (indices.dims()[0], indices.dims()[1]);
        let lengths = lengths::checked(lengths.clone().into_dyn(), batch, time).cast(DType::I64);
        let starts = bounds(batch, 0, time);
        let ends = starts.clone() + lengths;
        Tensor::trusted(self.joined(indices.into_dyn(), [starts, ends], pass))
    }

    /// Concatenated bags, `(N,)`: bag b is the indices from `offsets[b]` to the next offset, or to the end.
    /// `(B,)` offsets give `(B, Features)`.
    ///
    /// In a recorded program, and in a `vmap` whose members have offsets of their own, indices before the first offset are in
    /// no bag. Each run checks that the offsets ascend.
    ///
    /// # Panics
    /// If the offsets don't begin with 0, don't ascend, or exceed N, or if an index is outside `0..Vocabulary`.
    #[must_use]
    #[track_caller]
    pub fn at_offsets<N: Dim, B: Dim, I: Label, J: Label>(
        &self,
        indices: Tensor<(N,), I>,
        offsets: &Tensor<(B,), J>,
        pass: &Pass,
    ) -> Tensor<(B, Features), E> {
        let (count, bags) = (indices.dims()[0], offsets.dims()[0]);
        let starts = offsets.clone().into_dyn().cast(DType::I64);
        if !starts.is_traced() && !starts.is_batched() {
            check_offsets(starts.array().contiguous().slice(), count);
        }
        let last = bags.min(1);
        let next = starts.clone().slice(0, last, bags - last);
        let ends = DynTensor::concat(vec![next, bounds(last, count, 0)], 0).or_panic();
        Tensor::trusted(self.joined(indices.into_dyn(), [starts, ends], pass))
    }

    /// One row for each bag, given by its start and its end among the indices.
    #[track_caller]
    fn joined(&self, indices: DynTensor, bounds: [DynTensor; 2], pass: &Pass) -> DynTensor {
        let count = indices.dims().elements();
        self.embedding.get(pass).into_dyn().embedding_bag(
            indices.reshape(&[count]),
            bounds,
            self.mode,
        )
    }
}

/// `first, first + step, ..`
fn bounds(length: usize, first: usize, step: usize) -> DynTensor {
    let number = |x: usize| i64::try_from(x).expect("positions in an array");
    DynTensor::arange_whole(length, number(first), number(step), DType::I64)
}

#[track_caller]
fn check_offsets(offsets: &[i64], count: usize) {
    let end = i64::try_from(count).expect("positions in an array");
    assert!(
        count == 0 || !offsets.is_empty(),
        "the offsets of bags over {count} indices are empty: they must begin with 0"
    );
    let mut before = 0;
    for (bag, &offset) in offsets.iter().enumerate() {
        assert!(
            bag > 0 || offset == 0,
            "the offsets of bags over {count} indices must begin with 0, found {offset}"
        );
        assert!(
            (before..=end).contains(&offset),
            "the offsets of bags over {count} indices ascend and are at most {count}, found {offset} at position {bag}, \
             after {before}"
        );
        before = offset;
    }
}

/// Bags without padding, of the indices along the last axis.
impl<S, Vocabulary, Features, E: Real, I: Label> Layer<Tensor<S, I>>
    for EmbeddingBag<Vocabulary, Features, E>
where
    S: BagIndices<Features>,
    Vocabulary: Size,
    Features: Size,
{
    type Output = Tensor<S::Output, E>;

    /// # Panics
    /// If an index is outside `0..Vocabulary`.
    #[track_caller]
    fn forward(&self, indices: Tensor<S, I>, pass: &mut Pass) -> Self::Output {
        let dims = indices.dims();
        let last = dims.len() - 1;
        let count = crate::array::product(dims[..last].iter().copied());
        let [starts, ends] = [0, dims[last]].map(|first| bounds(count, first, dims[last]));
        let rows = self.joined(indices.into_dyn(), [starts, ends], pass);
        Tensor::trusted(rows.reshape(&dims.with_axis(last, Features::USIZE)))
    }
}

/// A shape whose last axis is a bag of indices: the input of `EmbeddingBag`.
#[diagnostic::on_unimplemented(
    message = "`EmbeddingBag` joins the rows of the indices along the last axis, but its input has shape `{Self}`",
    label = "expected indices `(.., length of a bag)`"
)]
pub trait BagIndices<F>: Shape {
    /// The shape with `F` in place of the last axis.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Leading: Append<(F,)>>, F> BagIndices<F> for S {
    type Output = <S::Leading as Append<(F,)>>::Output;
}

/// Padded bags of indices, `(batch, time)`.
#[diagnostic::on_unimplemented(
    message = "`EmbeddingBag::padded` takes indices `(batch, time)`, but these have shape `{Self}`",
    label = "expected `(batch, time)`"
)]
pub trait PaddedBags<F>: Shape {
    /// The batch.
    type Batch: Dim;
    /// `(batch, F)`.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<B: Dim, T: Dim, F: Dim> PaddedBags<F> for (B, T) {
    type Batch = B;
    type Output = (B, F);
}

costs! {
    // For the default mode, the mean: each row that is looked up is added, and each sum is divided by the length.
    [V: Size, F: Size, E: Real] EmbeddingBag<V, F, E>, |x, y| x * F::USIZE as u64 + y, x + y;
}
