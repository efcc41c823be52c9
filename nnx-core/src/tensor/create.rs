//! Tensors from vectors of elements, and back.

use super::{Numeric, Tensor};
use crate::array::{Array, Dims, Element, ShapeError, product};
use crate::size::{Shape, StaticShape};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// Creates a tensor from its elements in row-major order. The size of one runtime axis follows from the
    /// number of elements.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let images: Tensor![Batch, 2, 2] = Tensor::from_vec(vec![0.5; 12])?;
    /// assert_eq!(*images.dims(), [3, 2, 2]);
    ///
    /// let error = <Tensor![Batch, 2, 2]>::from_vec(vec![0.5; 13]).unwrap_err();
    /// assert_eq!(error.to_string(),
    ///     "expected a multiple of 4 elements for shape (Batch, 2, 2), found 13");
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If the number of elements doesn't match the shape, or doesn't determine the sizes of the runtime axes:
    /// then use [`from_shape_vec`](Self::from_shape_vec).
    pub fn from_vec(elements: Vec<E>) -> Result<Self, ShapeError> {
        // If the product of the sizes overflows `usize`, it is replaced by the largest `usize`, of which only an empty
        // vector has a multiple of elements.
        let known = product(S::AXES.iter().flatten().copied());
        let wrong = |expected: String| {
            Err(ShapeError::Elements { shape: S::describe(), expected, found: elements.len() })
        };
        let runtime = match S::AXES.iter().filter(|axis| axis.is_none()).count() {
            0 if elements.len() != known => return wrong(known.to_string()),
            0 => 1,
            1 if known > 0 && elements.len().is_multiple_of(known) => elements.len() / known,
            1 if known > 0 => return wrong(format!("a multiple of {known}")),
            _ => {
                let (shape, count) = (S::describe(), elements.len());
                return Err(ShapeError::operands(
                    "from_vec",
                    format!(
                        "can't tell the runtime axes of {shape} from {count} elements: use `Tensor::from_shape_vec` with its sizes"
                    ),
                ));
            }
        };
        let dims: Dims = S::AXES.iter().map(|axis| axis.unwrap_or(runtime)).collect();
        Self::try_from(Array::new(elements, &dims)?)
    }

    /// Creates a tensor from its elements in row-major order and its sizes, for shapes with several runtime
    /// axes.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Batch, Time}, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, Time, 2] = Tensor::from_shape_vec(&[2, 3, 2], vec![0.5; 12])?;
    ///
    /// let error = <Tensor![Batch, Time, 2]>::from_shape_vec(&[2, 2, 3], vec![0.5; 12]).unwrap_err();
    /// assert_eq!(error.to_string(),
    ///     "expected a tensor of shape (Batch, Time, 2), found an array of shape (2, 2, 3): \
    ///      axis 2: expected 2, found 3");
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If the sizes don't match this shape, or the number of elements isn't their product.
    pub fn from_shape_vec(sizes: &[usize], elements: Vec<E>) -> Result<Self, ShapeError> {
        Self::try_from(Array::new(elements, sizes)?)
    }

    /// A copy of the elements in row-major order.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.transpose().to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias("tolist", "numpy"))]
    pub fn to_vec(&self) -> Vec<E> {
        self.vec_for("to_vec")
    }

    /// The elements for `reader`, which a panic within a `vmap` names.
    #[track_caller]
    fn vec_for(&self, reader: &str) -> Vec<E> {
        let array = self.value.array_for(reader);
        array.to_vec().expect("the element type is checked when a tensor is made")
    }

    /// A tensor of the same sizes in which each element is `value`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0]);
    /// assert_eq!(x.full_like(7.0).to_vec(), [7.0, 7.0]);
    /// ```
    #[must_use]
    pub fn full_like(&self, value: E) -> Self {
        Self::trusted(Array::full(value, &self.dims()).into())
    }
}

impl<S, E> Tensor<S, E> {
    /// A tensor in which each element is `value` (`jnp.full`).
    ///
    /// ```
    /// use nnx_core::{shape, tensor::Tensor};
    ///
    /// let x = Tensor::<shape![2]>::full(7.0);
    /// assert_eq!(x.to_vec(), [7.0, 7.0]);
    /// ```
    #[must_use]
    pub fn full(value: E) -> Self
    where
        S: StaticShape,
        E: Element,
    {
        let dims: Vec<usize> = S::AXES.iter().flatten().copied().collect();
        Self::trusted(Array::full(value, &dims).into())
    }

    /// A tensor of zeros.
    ///
    /// ```
    /// use nnx_core::{shape, tensor::Tensor};
    ///
    /// let x: Tensor<shape![2]> = Tensor::zeros();
    /// assert_eq!(x.to_vec(), [0.0, 0.0]);
    /// ```
    #[must_use]
    #[doc(alias("empty", "empty_like"))]
    pub fn zeros() -> Self
    where
        S: StaticShape,
        E: Numeric,
    {
        Self::full(E::default())
    }

    /// A tensor of ones.
    ///
    /// ```
    /// use nnx_core::{shape, tensor::Tensor};
    ///
    /// let x: Tensor<shape![2]> = Tensor::ones();
    /// assert_eq!(x.to_vec(), [1.0, 1.0]);
    /// ```
    #[must_use]
    pub fn ones() -> Self
    where
        S: StaticShape,
        E: Numeric,
    {
        Self::full(E::from(1u8))
    }
}

impl<S: Shape, E: Element> Tensor<S, E> {
    /// A tensor in which each element is `value`, of a shape with runtime axes: their sizes, in order, are `runtime`
    /// (`jnp.full`, `torch.full`).
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Batch, Time}, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, Time, 2; i32] = Tensor::full_of(&[3, 4], 7);
    /// assert_eq!(*x.dims(), [3, 4, 2]);
    /// ```
    ///
    /// # Panics
    /// If there isn't a size for each runtime axis, or two sizes of one axis differ.
    #[must_use]
    #[track_caller]
    pub fn full_of(runtime: &[usize], value: E) -> Self {
        let mut given = runtime.iter().copied();
        let dims: Dims = S::AXES.iter().filter_map(|axis| axis.or_else(|| given.next())).collect();
        let axes = S::AXES.iter().filter(|axis| axis.is_none()).count();
        let shape = S::describe();
        assert!(
            runtime.len() == axes,
            "shape {shape} takes the sizes of its runtime axes, {axes} in number; found {}",
            Dims::new(runtime)
        );
        if let Some(problem) = S::mismatch(&dims) {
            panic!("the sizes {dims} don't fit the shape {shape}: {problem}");
        }
        Self::trusted(Array::full(value, &dims).into())
    }

    /// A tensor of zeros of a shape with runtime axes, whose sizes, in order, are `runtime`.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 2] = Tensor::zeros_of(&[3]);
    /// assert_eq!(x.to_vec(), [0.0; 6]);
    /// ```
    ///
    /// # Panics
    /// As [`full_of`](Self::full_of).
    #[must_use]
    #[track_caller]
    pub fn zeros_of(runtime: &[usize]) -> Self
    where
        E: Numeric,
    {
        Self::full_of(runtime, E::default())
    }

    /// A tensor of ones of a shape with runtime axes, whose sizes, in order, are `runtime`.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 2] = Tensor::ones_of(&[3]);
    /// assert_eq!(x.to_vec(), [1.0; 6]);
    /// ```
    ///
    /// # Panics
    /// As [`full_of`](Self::full_of).
    #[must_use]
    #[track_caller]
    pub fn ones_of(runtime: &[usize]) -> Self
    where
        E: Numeric,
    {
        Self::full_of(runtime, E::from(1u8))
    }

    /// A tensor of zeros of the same sizes (`jnp.zeros_like`, `torch.zeros_like`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([1.0, 2.0]).zeros_like().to_vec(), [0.0, 0.0]);
    /// ```
    #[must_use]
    pub fn zeros_like(&self) -> Self
    where
        E: Numeric,
    {
        self.full_like(E::default())
    }

    /// A tensor of ones of the same sizes (`jnp.ones_like`, `torch.ones_like`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([3, 2]).ones_like().to_vec(), [1, 1]);
    /// ```
    #[must_use]
    pub fn ones_like(&self) -> Self
    where
        E: Numeric,
    {
        self.full_like(E::from(1u8))
    }
}

impl<E: Element> Tensor<(), E> {
    /// The only element of a tensor without axes.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0]);
    /// assert_eq!(x.sum().item(), 3.0);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "is_nonzero")]
    pub fn item(&self) -> E {
        self.vec_for("item")[0]
    }
}

impl<E: Element> From<E> for Tensor<(), E> {
    fn from(element: E) -> Self {
        Self::trusted(Array::scalar(element).into())
    }
}
