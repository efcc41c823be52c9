//! A strided view of a shared buffer.

use std::sync::Arc;

use super::allocation::{expect_allocation, out_of_memory};
use super::buffer::{Buffer, Shared};
use super::dtype::{Sealed, for_stored};
use super::storage::Storage;
use super::trace::Trace;
use super::{DType, Dims, Element, ShapeError};

/// An n-dimensional array: a strided view of a reference-counted buffer. Shape and element type are known at run time.
///
/// ```
/// use nnx_core::array::Array;
///
/// let array = Array::new(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3])?;
/// let column = array.transpose(0, 1).narrow(0, 1, 1);
/// assert_eq!(column.to_vec::<f32>()?, [2.0, 5.0]);
/// # Ok::<(), nnx_core::array::ShapeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Array {
    pub(super) buffer: Buffer,
    pub(super) offset: usize,
    pub(super) dims: Dims,
    pub(super) strides: Dims,
    /// Which value of a program the array is, while the program is recorded.
    pub(super) trace: Option<Arc<Trace>>,
}

impl Array {
    /// An array of these elements, in row-major order.
    ///
    /// # Errors
    /// If `elements` has a different length than the product of the sizes.
    pub fn new<E: Element>(elements: Vec<E>, sizes: &[usize]) -> Result<Self, ShapeError> {
        let dims = Dims::new(sizes);
        check_elements(elements.len(), dims)?;
        Ok(Self::filled(elements, dims))
    }

    /// [`new`](Self::new) for a caller that has checked the number of elements.
    pub(crate) fn filled<E: Sealed>(elements: Vec<E>, dims: Dims) -> Self {
        Self::stored(Storage::from(elements), dims)
    }

    /// An array whose elements `write` fills. It must write every element: their initial values are arbitrary.
    ///
    /// # Panics
    /// If there isn't enough memory.
    #[inline(always)]
    pub(crate) fn build<E: Sealed>(dims: Dims, write: impl FnOnce(&mut [E])) -> Self {
        Self::written(dims, &mut Some(write))
    }

    /// [`build`](Self::build), compiled once for each element type, and not for each caller.
    #[inline(never)]
    fn written<E: Sealed>(dims: Dims, writer: &mut dyn Writer<E>) -> Self {
        let mut elements = Self::allocate(dims);
        writer.write(Arc::get_mut(&mut elements).expect("it has one owner"));
        Self::shared(elements, dims)
    }

    /// The memory of a new array.
    fn allocate<E: Sealed>(dims: Dims) -> Arc<Storage<E>> {
        expect_allocation("array", dims, E::STORED);
        let elements = Storage::unspecified(dims.elements());
        elements.unwrap_or_else(|| out_of_memory(dims, E::STORED))
    }

    /// An array without elements.
    pub(crate) fn empty(dims: Dims, dtype: DType) -> Self {
        for_stored!(dtype, E => Self::filled(Vec::<E>::new(), dims))
    }

    pub(super) fn stored<E: Sealed>(elements: Storage<E>, dims: Dims) -> Self {
        Self::shared(Arc::new(elements), dims)
    }

    #[inline(never)]
    pub(super) fn shared<E: Sealed>(elements: Arc<Storage<E>>, dims: Dims) -> Self {
        assert_eq!(elements.len(), dims.elements(), "elements for an array of shape {dims}");
        let (buffer, strides) = (E::wrap(Shared::new(elements)), dims.strides());
        Self { buffer, offset: 0, dims, strides, trace: None }
    }

    /// An array filled with `value`: one element, broadcast.
    ///
    /// # Panics
    /// If the array has more bytes than a program can address.
    #[must_use]
    #[track_caller]
    pub fn full<E: Element>(value: E, sizes: &[usize]) -> Self {
        Self::repeated(value, Dims::new(sizes))
    }

    /// Zeros: one element, broadcast.
    #[track_caller]
    pub(crate) fn zeros(dtype: DType, dims: Dims) -> Self {
        for_stored!(dtype, E => Self::repeated(E::default(), dims))
    }

    #[track_caller]
    fn repeated<E: Sealed>(value: E, dims: Dims) -> Self {
        expect_allocation("full", dims, E::STORED);
        let one = Self::build(Dims::new(&[1]), |out| out.fill(value));
        Self { strides: dims.iter().map(|_| 0).collect(), dims, ..one }
    }

    /// A 0-dimensional array.
    #[must_use]
    pub fn scalar<E: Element>(value: E) -> Self {
        Self::full(value, &[])
    }

    /// A floating-point array filled with `value`: one element, broadcast.
    pub(crate) fn full_float(value: f64, dtype: DType, dims: &[usize]) -> Self {
        super::dtype::for_float!(dtype, E => Self::full(<E as crate::kernel::Float>::from_f64(value), dims))
    }

    /// Whether both are the same view of one buffer.
    pub(crate) fn is_same_view(&self, other: &Self) -> bool {
        let same =
            (self.offset, self.dims, self.strides) == (other.offset, other.dims, other.strides);
        same && self.buffer.is_same(&other.buffer)
    }

    /// The sizes of the axes.
    #[must_use]
    pub fn dims(&self) -> Dims {
        self.dims
    }

    /// The strides, in elements.
    pub(crate) fn strides(&self) -> Dims {
        self.strides
    }

    /// The element type.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.buffer.dtype()
    }

    /// The number of elements. PyTorch's `numel`.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.dims.elements()
    }

    /// Where the first element is in memory. Arrays with the same address, type, sizes and strides have the same elements.
    pub(crate) fn address(&self) -> usize {
        for_stored!(self.dtype(), E => self.elements_from_first::<E>().as_ptr().addr())
    }

    /// The bits of the only element in memory, if all elements of the array are this one: each axis has size 1 or
    /// stride 0.
    pub(crate) fn one_element(&self) -> Option<u64> {
        let still = |(&size, &stride): (&usize, &usize)| size == 1 || stride == 0;
        let one = self.elements() > 0 && self.dims.iter().zip(self.strides.iter()).all(still);
        one.then(|| {
            for_stored!(self.dtype(), E => {
                let mut bits = [0; 8];
                let element = &self.elements_from_first::<E>()[..1];
                let bytes = Self::filled(element.to_vec(), Dims::default()).to_le_bytes();
                bits[..bytes.len()].copy_from_slice(&bytes);
                u64::from_le_bytes(bits)
            })
        })
    }

    /// The bytes of the elements to which strides lead.
    pub(crate) fn own_bytes(&self) -> usize {
        let sizes = self.dims.iter().zip(self.strides.iter());
        let own = sizes.map(|(&size, &stride)| if stride == 0 { size.min(1) } else { size });
        own.product::<usize>() * self.dtype().bytes()
    }

    /// An error unless the elements are of type `expected`.
    pub(crate) fn expect_dtype(&self, expected: DType) -> Result<(), ShapeError> {
        match self.dtype() {
            found if found == expected => Ok(()),
            found => Err(ShapeError::DType { expected, found }),
        }
    }
}

/// A function that is called once. It is a trait and not a `dyn FnMut`, whose vtable has three functions to compile for
/// each closure.
trait Writer<E> {
    fn write(&mut self, out: &mut [E]);
}

impl<E, F: FnOnce(&mut [E])> Writer<E> for Option<F> {
    fn write(&mut self, out: &mut [E]) {
        if let Some(write) = self.take() {
            write(out);
        }
    }
}

/// An error unless there are as many elements as the sizes multiply to.
pub(super) fn check_elements(found: usize, dims: Dims) -> Result<(), ShapeError> {
    match dims.checked_elements() {
        Some(expected) if expected == found => Ok(()),
        expected => Err(ShapeError::Elements {
            shape: dims.to_string(),
            expected: expected.map_or("more than memory".to_owned(), |n| n.to_string()),
            found,
        }),
    }
}

impl Array {
    /// Whether type, shape and the bits of all elements are equal.
    pub(crate) fn same_bits(&self, other: &Self) -> bool {
        self.dtype() == other.dtype()
            && self.dims == other.dims
            && self.to_le_bytes() == other.to_le_bytes()
    }
}

impl PartialEq for Array {
    /// Whether type, shape and elements are equal (NaN isn't equal to itself).
    fn eq(&self, other: &Self) -> bool {
        self.dtype() == other.dtype()
            && self.dims == other.dims
            && for_stored!(self.dtype(), E => {
                self.contiguous().slice::<E>() == other.contiguous().slice::<E>()
            })
    }
}
