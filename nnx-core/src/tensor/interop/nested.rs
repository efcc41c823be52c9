//! Tensors from nested vectors, and back; elements as a slice.

use crate::array::{Array, Element, ShapeError};
use crate::size::Shape;
use crate::tensor::Tensor;

/// An element, or a vector of vectors of elements, of any depth.
pub trait Nested<E> {
    /// Appends the elements in row-major order. `sizes[axis..]` are the sizes found so far, 0 or more of them.
    ///
    /// # Errors
    /// If vectors of one axis differ in length.
    fn append(
        self,
        axis: usize,
        sizes: &mut Vec<usize>,
        out: &mut Vec<E>,
    ) -> Result<(), ShapeError>;
}

impl<E: Element> Nested<E> for E {
    fn append(self, _: usize, _: &mut Vec<usize>, out: &mut Vec<E>) -> Result<(), ShapeError> {
        out.push(self);
        Ok(())
    }
}

impl<E: Element, T: Nested<E>> Nested<E> for Vec<T> {
    fn append(
        self,
        axis: usize,
        sizes: &mut Vec<usize>,
        out: &mut Vec<E>,
    ) -> Result<(), ShapeError> {
        let (found, expected) = (self.len(), *sizes.get(axis).unwrap_or(&self.len()));
        if found != expected {
            let problem = format!(
                "can't make axis {axis} of vectors of different lengths: the first has {expected}, another one {found}"
            );
            return Err(ShapeError::operands("Tensor::try_from", problem));
        }
        if sizes.len() == axis {
            sizes.push(found);
        }
        self.into_iter().try_for_each(|item| item.append(axis + 1, sizes, out))
    }
}

impl<S: Shape, E: Element, T: Nested<E>> TryFrom<Vec<T>> for Tensor<S, E> {
    type Error = ShapeError;

    /// A tensor from a vector, or from vectors in vectors, one level for each axis.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let rows = vec![vec![1.0, 2.0], vec![3.0, 4.0], vec![5.0, 6.0]];
    /// let x: Tensor![Batch, 2; f64] = Tensor::try_from(rows)?;
    /// assert_eq!(*x.dims(), [3, 2]);
    ///
    /// let ragged = vec![vec![1.0, 2.0], vec![3.0]];
    /// let error = <Tensor![Batch, 2; f64]>::try_from(ragged).unwrap_err();
    /// assert!(error.to_string().ends_with("the first has 2, another one 1"), "{error}");
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If vectors of one axis differ in length, or the sizes aren't those of the shape.
    fn try_from(nested: Vec<T>) -> Result<Self, ShapeError> {
        let (mut sizes, mut elements) = (Vec::new(), Vec::new());
        nested.append(0, &mut sizes, &mut elements)?;
        if elements.is_empty() {
            // If an axis is empty, the data don't tell the sizes of the axes after it: they are those of the shape.
            let known = S::AXES.iter().skip(sizes.len()).map(|axis| axis.unwrap_or(0));
            sizes.extend(known);
        }
        let (expected, found) = (S::AXES.len(), sizes.len());
        if found != expected {
            let shape = S::describe();
            let vectors = "Vec<".repeat(expected);
            let problem = format!(
                "makes a tensor of shape {shape} of vectors nested {expected} deep, one level for each axis, but these are \
                 nested {found} deep: pass a `{vectors}{}{}`",
                E::DTYPE,
                ">".repeat(expected)
            );
            return Err(ShapeError::operands("Tensor::try_from", problem));
        }
        Self::try_from(Array::new(elements, &sizes)?)
    }
}

/// Nested vectors of elements in row-major order, one level for each axis.
trait Rows<E> {
    fn rows(elements: &[E], sizes: &[usize]) -> Self;
}
impl<E: Element> Rows<E> for Vec<E> {
    fn rows(elements: &[E], _: &[usize]) -> Self {
        elements.to_vec()
    }
}
impl<E: Element, T> Rows<E> for Vec<Vec<T>>
where
    Vec<T>: Rows<E>,
{
    fn rows(elements: &[E], sizes: &[usize]) -> Self {
        let row: usize = sizes[1..].iter().product();
        (0..sizes[0]).map(|i| Vec::rows(&elements[i * row..][..row], &sizes[1..])).collect()
    }
}

macro_rules! vectors {
    () => { E };
    ($axis:ident $($rest:ident)*) => { Vec<vectors!($($rest)*)> };
}
macro_rules! into_vectors {
    ($($($axis:ident)*;)*) => { $(
        impl<$($axis,)* E: Element> From<Tensor<($($axis,)*), E>> for vectors!($($axis)*)
        where
            ($($axis,)*): Shape,
        {
            fn from(tensor: Tensor<($($axis,)*), E>) -> Self {
                Rows::rows(&tensor.to_vec(), &tensor.dims())
            }
        }
    )* };
}
into_vectors! { A; A B; A B C; A B C D; A B C D F; A B C D F G; A B C D F G H; A B C D F G H I; }

impl<S: Shape, E: Element> Tensor<S, E> {
    /// The elements in row-major order without a copy, or `None` where they aren't in that order in memory: in the
    /// views that `permute`, `transpose`, `slice` and `broadcast_to` return, and in weights that are stored as bf16
    /// ([`to_bf16`](crate::module::to_bf16)).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.as_slice(), Some(&[1.0, 2.0, 3.0, 4.0][..]));
    /// assert_eq!(x.transpose().as_slice(), None);
    /// ```
    #[must_use]
    pub fn as_slice(&self) -> Option<&[E]> {
        let array = self.array();
        (array.is_contiguous() && array.dtype() == E::DTYPE).then(|| array.slice())
    }
}
