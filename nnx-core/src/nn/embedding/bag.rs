//! Sums, means and maxima of embeddings.

use super::default_start;
use crate::array::{Array, DType, Dims, Element, OrPanic as _, ShapeError};
use crate::module::{Layer, Param, Pass};
use crate::nn::cost::costs;
use crate::nn::lengths;
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::rules::{Append, LastAxis};
use crate::size::{Dim, Shape, Size};
use crate::tensor::{Label, Real, Tensor};

/// How an [`EmbeddingBag`] joins the rows of a bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BagMode {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// Their maximum. Rows that share it share its gradient equally, as in JAX; PyTorch gives all of it to the first.
    Max,
}

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
    /// be any.
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
        let lengths = lengths::read(lengths.clone().into_dyn(), batch, time);
        let starts = (0..batch).map(|row| row * time);
        Tensor::trusted(self.joined(&indices.into_dyn(), starts.zip(lengths).collect(), pass))
    }

    /// Concatenated bags, `(N,)`: bag b is the indices from `offsets[b]` to the next offset, or to the end.
    /// `(B,)` offsets give `(B, Features)`.
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
        let count = indices.dims()[0];
        let offsets = labels(offsets.array());
        let at = |&offset: &i64| usize::try_from(offset).unwrap_or(usize::MAX);
        let starts: Vec<usize> = offsets.iter().map(at).collect();
        let ends: Vec<usize> = starts.iter().skip(1).chain([&count]).copied().collect();
        let ascend = starts.iter().zip(&ends).all(|(start, end)| start <= end);
        assert!(
            ascend && starts.first().copied().unwrap_or(count) == 0,
            "the offsets of bags over {count} indices begin with 0, ascend, and are at most {count}; found \
             {offsets:?}"
        );
        let lengths = starts.iter().zip(&ends).map(|(start, end)| end - start);
        let bags = starts.iter().copied().zip(lengths).collect();
        Tensor::trusted(self.joined(&indices.into_dyn(), bags, pass))
    }

    /// One row for each bag, given by its start among the indices and its length.
    #[track_caller]
    fn joined(&self, indices: &DynTensor, bags: Vec<(usize, usize)>, pass: &Pass) -> DynTensor {
        let indices = labels(indices.array());
        let positions = bags.iter().flat_map(|&(start, length)| start..start + length);
        let outside =
            |&at: &usize| usize::try_from(indices[at]).map_or(true, |i| i >= Vocabulary::USIZE);
        if let Some(position) = positions.clone().find(outside) {
            let (index, size) = (indices[position], Vocabulary::USIZE);
            let error: Result<(), _> =
                Err(ShapeError::Index { operation: "EmbeddingBag", index, position, size });
            error.or_panic();
        }
        let table = self.embedding.get(pass).into_dyn();
        let lengths: Vec<usize> = bags.iter().map(|bag| bag.1).collect();
        if self.mode == BagMode::Max {
            return maxima(table, &indices, &bags);
        }
        let rows = table.gather(vector(positions.map(|at| indices[at]).collect()));
        let sums = rows.add_rows(vector(bag_of_each(&lengths)), bags.len());
        if self.mode == BagMode::Sum {
            return sums;
        }
        #[allow(clippy::cast_precision_loss, reason = "a bag is far below 2^53 long")]
        let counts = lengths.iter().map(|&length| E::from_f64(length.max(1) as f64)).collect();
        sums / DynTensor::from(Array::filled::<E>(counts, Dims::new(&[bags.len(), 1])))
    }
}

/// Indices of any integer type.
fn labels(array: &Array) -> Vec<i64> {
    let labels = DynTensor::from(array.clone()).cast(DType::I64);
    labels.array().to_vec().expect("they are i64 now")
}

/// The number of the bag of each index.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "rows are i32")]
fn bag_of_each(lengths: &[usize]) -> Vec<i32> {
    let bags = lengths.iter().enumerate();
    bags.flat_map(|(bag, &length)| std::iter::repeat_n(bag as i32, length)).collect()
}

/// The maxima over the rows of each bag, and zeros for empty bags. Shorter bags are filled up with their first index,
/// whose row is −∞ there.
fn maxima(table: DynTensor, indices: &[i64], bags: &[(usize, usize)]) -> DynTensor {
    let longest = bags.iter().map(|bag| bag.1).max().unwrap_or(0).max(1);
    let each = |&(start, length): &(usize, usize)| {
        (0..longest).map(move |i| if i < length { indices[start + i] } else { 0 })
    };
    let dims = Dims::new(&[bags.len(), longest]);
    let padded = Array::filled::<i64>(bags.iter().flat_map(each).collect(), dims);
    let counts = bags.iter().flat_map(|&(_, length)| (0..longest).map(move |i| i < length));
    let mask = Array::filled::<bool>(counts.collect(), Dims::new(&[bags.len(), longest, 1]));
    // The first row of an empty bag is 0, and its other rows are −∞, so that its maximum is 0.
    let empty = bags.iter().flat_map(|&(_, length)| {
        (0..longest).map(move |i| if length == 0 && i == 0 { 0.0 } else { f64::NEG_INFINITY })
    });
    let rows = table.gather(padded.into());
    let fill = Array::filled::<f64>(empty.collect(), Dims::new(&[bags.len(), longest, 1]));
    let fill = DynTensor::from(fill).cast(rows.dtype()).broadcast_to(&rows.dims());
    DynTensor::from(mask).broadcast_to(&rows.dims()).select(rows, fill).max(&[1])
}

fn vector<E: Element>(elements: Vec<E>) -> DynTensor {
    let dims = Dims::new(&[elements.len()]);
    Array::filled(elements, dims).into()
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
        let bags = (0..count).map(|bag| (bag * dims[last], dims[last])).collect();
        let rows = self.joined(&indices.into_dyn(), bags, pass);
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
    [V: Size, F: Size, E: Real] EmbeddingBag<V, F, E>, |x, y| x * F::USIZE as u64 + y,
        x + x / size_of::<i32>() as u64 * (F::USIZE * size_of::<E>()) as u64 + y;
}
