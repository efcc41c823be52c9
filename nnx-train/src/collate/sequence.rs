//! Sequences of different lengths, padded to the longest of a batch.

use std::fmt;
use std::marker::PhantomData;

use nnx_core::array::Element;
use nnx_core::ops::DynTensor;
use nnx_core::size::{Batch, Bit0, Const, Dim, Shape, Size, Time};
use nnx_core::tensor::{Tensor, Tensors};

use super::{Collate, Digest, elements};
use crate::DataError;

/// One step of a sequence: a number, or an array `[E; N]` of features.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a step of a sequence",
    label = "expected a number such as `f32` or `i32`, or an array `[f32; N]` of them"
)]
pub trait Row: Copy + Send + Sync + 'static {
    /// The type of its elements.
    type Element: Element;
    /// The shape of a batch of sequences of them, `(B, T)` or `(B, T, N)`.
    type Batched<T: Dim>: Shape;
    /// The number of elements.
    const ELEMENTS: usize;

    /// Its elements.
    fn elements(&self) -> &[Self::Element];
    /// Its elements, mutable.
    fn elements_mut(&mut self) -> &mut [Self::Element];
}

macro_rules! rows {
    ($($element:ident)*) => { $(
        impl Row for $element {
            type Element = $element;
            type Batched<T: Dim> = (Batch, T);
            const ELEMENTS: usize = 1;

            fn elements(&self) -> &[$element] {
                std::slice::from_ref(self)
            }
            fn elements_mut(&mut self) -> &mut [$element] {
                std::slice::from_mut(self)
            }
        }

        impl<const N: usize> Row for [$element; N]
        where
            Const<N>: Size,
        {
            type Element = $element;
            type Batched<T: Dim> = (Batch, T, Const<N>);
            const ELEMENTS: usize = N;

            fn elements(&self) -> &[$element] {
                self
            }
            fn elements_mut(&mut self) -> &mut [$element] {
                self
            }
        }
    )* };
}
rows!(f32 f64 i32 u32 u8 bool);

/// A sequence of numbers or of rows `[E; N]`, along the runtime axis `T`. Batches are [`Padded`] to their longest
/// sequence.
///
/// ```
/// use nnx_core::{Tensor, size::{Batch, Time}};
/// use nnx_train::{Collate, Sequence};
///
/// let padded = Sequence::collate(vec![Sequence::new(vec![1, 2, 3]), Sequence::new(vec![4])])?;
/// let tokens: Tensor![Batch, Time; i32] = padded.values;
/// assert_eq!(tokens.to_vec(), [1, 2, 3, 4, 0, 0]);
/// assert_eq!(padded.lengths.to_vec(), [3, 1]);
/// assert_eq!(padded.mask.to_vec(), [true, true, true, true, false, false]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
pub struct Sequence<X, T = Time> {
    rows: Vec<X>,
    axis: PhantomData<T>,
}

impl<X: Row> Sequence<X, Time> {
    /// A sequence of these rows along [`Time`].
    pub fn new(rows: Vec<X>) -> Self {
        Self::along(rows)
    }
}

impl<X: Row, T> Sequence<X, T> {
    /// A sequence along an axis of your own, such as that of the source of a translation.
    ///
    /// ```
    /// use nnx_core::axis;
    /// use nnx_train::Sequence;
    ///
    /// axis!(Source);
    /// let words = Sequence::<i32, Source>::along(vec![5, 3]);
    /// assert_eq!(words.len(), 2);
    /// ```
    pub fn along(rows: Vec<X>) -> Self {
        Self { rows, axis: PhantomData }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows.
    pub fn rows(&self) -> &[X] {
        &self.rows
    }

    /// The rows, mutable.
    pub(crate) fn rows_mut(&mut self) -> &mut [X] {
        &mut self.rows
    }

    /// The first `len` rows, or all if there are fewer.
    #[must_use]
    pub fn truncate(mut self, len: usize) -> Self {
        self.rows.truncate(len);
        self
    }
}

/// A batch of sequences, padded to the longest.
pub struct Padded<X: Row, T: Dim<IsKnown = Bit0> = Time> {
    /// The sequences, `(B, T)` or `(B, T, N)`. Shorter sequences are padded with zeros (or `false`).
    pub values: Tensor<X::Batched<T>, X::Element>,
    /// The length of each sequence, `(B,)`.
    pub lengths: Tensor<(Batch,), i32>,
    /// True within a sequence, false in its padding, `(B, T)`.
    pub mask: Tensor<(Batch, T), bool>,
}

impl<X: Row, T: Dim<IsKnown = Bit0>> Collate for Sequence<X, T> {
    type Batch = Padded<X, T>;

    fn collate(items: Vec<Self>) -> Result<Self::Batch, DataError> {
        let (batch, time) = (items.len(), items.iter().map(Self::len).max().unwrap_or(0));
        let mut values = Vec::with_capacity(batch * time * X::ELEMENTS);
        let mut mask = Vec::with_capacity(batch * time);
        for item in &items {
            for row in &item.rows {
                values.extend_from_slice(row.elements());
            }
            mask.resize(mask.len() + item.len(), true);
            mask.resize(mask.len() + time - item.len(), false);
            values.resize(mask.len() * X::ELEMENTS, X::Element::default());
        }
        let lengths: Vec<i32> = items.iter().map(|item| item.len() as i32).collect();
        let sizes = [batch, time, X::ELEMENTS];
        let rank = <X::Batched<T> as Shape>::AXES.len();
        Ok(Padded {
            values: Tensor::from_shape_vec(&sizes[..rank], values).expect("padded to one length"),
            lengths: elements::tensor(lengths, batch),
            mask: Tensor::from_shape_vec(&sizes[..2], mask).expect("padded to one length"),
        })
    }

    fn digest(&self, digest: &mut Digest) {
        digest.number(self.len() as u64);
        self.rows.iter().for_each(|row| digest.elements(row.elements()));
    }
}

/// A compiled model takes padded batches: the values, the lengths and the mask.
impl<X: Row, T: Dim<IsKnown = Bit0>> Tensors for Padded<X, T> {
    fn into_list(self, list: &mut Vec<DynTensor>) {
        self.values.into_list(list);
        self.lengths.into_list(list);
        self.mask.into_list(list);
    }

    fn from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Self {
        let values = Tensors::from_list(list);
        let lengths = Tensors::from_list(list);
        Self { values, lengths, mask: Tensors::from_list(list) }
    }
}

impl<X: Row, T: Dim<IsKnown = Bit0>> Clone for Padded<X, T> {
    fn clone(&self) -> Self {
        let Self { values, lengths, mask } = self;
        Self { values: values.clone(), lengths: lengths.clone(), mask: mask.clone() }
    }
}

impl<X: Row, T: Dim<IsKnown = Bit0>> fmt::Debug for Padded<X, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Padded({}, lengths {:?})", self.values.dims(), self.lengths.to_vec())
    }
}

impl<X: Clone, T> Clone for Sequence<X, T> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), axis: PhantomData }
    }
}

impl<X: fmt::Debug, T> fmt::Debug for Sequence<X, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sequence").field(&self.rows).finish()
    }
}

impl<X: PartialEq, T> PartialEq for Sequence<X, T> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}
