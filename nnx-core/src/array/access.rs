//! The elements of an array, for reading and for writing.

use super::dtype::{Sealed, for_stored};
use super::{Array, DType, Element, ShapeError};
use crate::kernel::strided;

impl Array {
    /// The same elements, contiguous in row-major order. Shares the buffer if the array is contiguous already.
    #[must_use]
    #[track_caller]
    pub fn contiguous(&self) -> Self {
        self.outside_programs();
        if self.is_contiguous() {
            let strides = self.dims.strides();
            return Self { strides, ..self.clone() };
        }
        for_stored!(self.dtype(), E => {
            let source = E::unwrap(&self.buffer).expect("the dtype is the buffer's");
            Self::build(self.dims, |out: &mut [E]| {
                strided::gather(source, self.offset, &self.dims, &self.strides, out);
            })
        })
    }

    /// The elements in row-major order without a copy, if the array is contiguous and its elements are of this type
    /// (`as_slice` in ndarray).
    ///
    /// ```
    /// use nnx_core::array::Array;
    ///
    /// let array = Array::new(vec![1.0f32, 2.0, 3.0, 4.0], &[2, 2])?;
    /// assert_eq!(array.narrow(0, 1, 1).as_slice::<f32>(), Some(&[3.0, 4.0][..]));
    /// assert_eq!(array.transpose(0, 1).as_slice::<f32>(), None);
    /// assert_eq!(array.as_slice::<f64>(), None);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Panics
    /// While a program is recorded that computes the array.
    #[must_use]
    #[track_caller]
    pub fn as_slice<E: Element>(&self) -> Option<&[E]> {
        (self.dtype() == E::DTYPE && self.is_contiguous()).then(|| self.slice())
    }

    /// The elements of a contiguous array.
    ///
    /// # Panics
    /// If the array isn't contiguous or has a different type: operations ensure both before.
    #[track_caller]
    pub(crate) fn slice<E: Sealed>(&self) -> &[E] {
        assert!(self.is_contiguous(), "a kernel was given a strided view");
        &self.elements_from_first::<E>()[..self.elements()]
    }

    /// The buffer from the view's first element on, for kernels that take strides.
    #[track_caller]
    pub(crate) fn elements_from_first<E: Sealed>(&self) -> &[E] {
        let elements = E::unwrap(&self.outside_programs().buffer)
            .unwrap_or_else(|| panic!("a kernel for {} was given {}", E::STORED, self.dtype()));
        &elements[self.offset.min(elements.len())..]
    }

    /// The elements for writing, if the array is contiguous, no other array shares its buffer, and that isn't a file.
    #[track_caller]
    pub(crate) fn unique_mut<E: Sealed>(&mut self) -> Option<&mut [E]> {
        self.outside_programs();
        let elements = self.elements();
        if self.offset != 0 || !self.is_contiguous() {
            return None;
        }
        let buffer = E::unwrap_mut(&mut self.buffer)?.get_mut()?;
        (buffer.is_own() && buffer.len() == elements).then_some(&mut **buffer)
    }

    /// The elements for writing; copies them first if another array shares them (copy on write).
    #[track_caller]
    pub(crate) fn make_mut<E: Sealed>(&mut self) -> &mut [E] {
        if self.unique_mut::<E>().is_none() {
            *self = self.copy::<E>();
        }
        self.unique_mut::<E>().expect("the copy has one owner")
    }

    /// A contiguous copy in a buffer of its own.
    #[track_caller]
    pub(crate) fn copy<E: Sealed>(&self) -> Self {
        let source = self.contiguous();
        Self::build(self.dims, |out: &mut [E]| out.copy_from_slice(source.slice()))
    }

    /// A copy of the elements in row-major order; those of bf16 are read as `f32`.
    ///
    /// # Errors
    /// If the array has a different element type.
    ///
    /// # Panics
    /// While a program is recorded that computes the array.
    #[track_caller]
    pub fn to_vec<E: Element>(&self) -> Result<Vec<E>, ShapeError> {
        let read = if E::DTYPE == DType::F32 { self.widened() } else { self.clone() };
        read.expect_dtype(E::DTYPE)?;
        Ok(read.contiguous().slice::<E>().to_vec())
    }
}
