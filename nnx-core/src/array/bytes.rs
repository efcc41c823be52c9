//! Arrays as bytes, for files and for bitwise comparison.

#[cfg(feature = "safetensors")]
use std::io;
#[cfg(feature = "safetensors")]
use std::sync::Arc;

use super::dtype::for_stored;
#[cfg(feature = "safetensors")]
use super::storage::Storage;
use super::view::check_elements;
use super::{Array, DType, Dims, ShapeError};
use crate::kernel::bf16::Bf16;
#[cfg(feature = "safetensors")]
use crate::kernel::bytes::FileElement as _;

impl Array {
    /// The elements in row-major order, as little-endian bytes; a boolean is 0 or 1.
    #[must_use]
    pub fn to_le_bytes(&self) -> Vec<u8> {
        let array = self.contiguous();
        for_stored!(self.dtype(), E => {
            let mut bytes = Vec::with_capacity(array.elements() * self.dtype().bytes());
            array.slice::<E>().iter().for_each(|element| element.write(&mut bytes));
            bytes
        })
    }

    /// Writes the elements in row-major order, as little-endian bytes. An array that isn't contiguous is copied first.
    #[cfg(feature = "safetensors")]
    pub(crate) fn write_le_bytes(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let array = self.contiguous();
        for_stored!(self.dtype(), E => {
            E::with_bytes(array.slice::<E>(), |bytes| out.write_all(bytes))
        })
    }

    /// An array of elements that `read(offset, out)` reads as little-endian bytes, for large arrays on several threads,
    /// straight into the array's memory. `None` if a boolean is neither 0 nor 1.
    ///
    /// # Errors
    /// The error of `read`, or if there isn't enough memory.
    #[cfg(feature = "safetensors")]
    pub(crate) fn read_le_bytes(
        dtype: DType,
        dims: Dims,
        read: crate::kernel::bytes::ReadBytes<'_, io::Error>,
    ) -> io::Result<Option<Self>> {
        for_stored!(dtype, E => {
            let mut elements = Storage::<E>::unspecified(dims.elements())
                .ok_or(io::ErrorKind::OutOfMemory)?;
            let to = Arc::get_mut(&mut elements).expect("it has one owner");
            let valid = E::read_le(to, read)?;
            Ok(valid.then(|| Self::shared(elements, dims)))
        })
    }

    /// An array whose elements are those of a mapped file, from byte `offset` on, without a copy. `None` if the bytes
    /// can't be used as elements directly: see [`Mapped::new`](crate::kernel::map::Mapped::new).
    #[cfg(all(feature = "safetensors", unix))]
    pub(crate) fn mapped(
        dtype: DType,
        dims: Dims,
        map: &std::sync::Arc<crate::kernel::map::Map>,
        offset: usize,
    ) -> Option<Self> {
        for_stored!(dtype, E => {
            let elements = crate::kernel::map::Mapped::<E>::new(map, offset, dims.elements())?;
            Some(Self::stored(Storage::mapped(elements), dims))
        })
    }

    /// The inverse of [`to_le_bytes`](Self::to_le_bytes).
    ///
    /// # Errors
    /// If the number of bytes doesn't fill the shape, or a boolean is neither 0 nor 1.
    pub fn from_le_bytes(dtype: DType, bytes: &[u8], sizes: &[usize]) -> Result<Self, ShapeError> {
        let size = dtype.bytes();
        if !bytes.len().is_multiple_of(size) {
            return Err(ShapeError::Elements {
                shape: Dims::new(sizes).to_string(),
                expected: format!("a multiple of {size} bytes for {dtype}"),
                found: bytes.len(),
            });
        }
        for_stored!(dtype, E => {
            // Not collected into an `Option<Vec>`: that grows by doubling, and would keep the surplus.
            let mut elements: Vec<E> = Vec::with_capacity(bytes.len() / size);
            for bytes in bytes.chunks_exact(size) {
                elements.push(E::read(bytes).ok_or_else(|| {
                    ShapeError::operands("from_le_bytes", "takes booleans as 0 or 1, found another byte")
                })?);
            }
            let dims = Dims::new(sizes);
            check_elements(elements.len(), dims)?;
            Ok(Self::filled(elements, dims))
        })
    }
}

/// Elements as little-endian bytes.
trait LittleEndian: Sized {
    fn write(&self, bytes: &mut Vec<u8>);
    /// `None` if the bytes aren't a valid element.
    fn read(bytes: &[u8]) -> Option<Self>;
}
macro_rules! little_endian {
    ($($number:ident)*) => { $(
        impl LittleEndian for $number {
            fn write(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self::from_le_bytes)
            }
        }
    )* };
}
little_endian!(f32 f64 i32 i64 u32 u8);
impl LittleEndian for Bf16 {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_bits().to_le_bytes());
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self::from_bits(u16::from_le_bytes(bytes)))
    }
}
impl LittleEndian for bool {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}
