//! Arrays: memory and strided views, with a shape and an element type that are known at run time.
//!
//! An [`Array`] is a strided view of a shared buffer, as in NumPy or PyTorch. Clones, transposes, slices
//! and broadcasts share the buffer. A shared buffer is never written to (copy on write).

mod access;
mod allocation;
mod axes;
mod bf16;
mod buffer;
mod bytes;
mod derived;
mod dims;
mod display;
pub(crate) mod dtype;
mod error;
mod memory;
mod pool;
mod slice_assign;
mod storage;
mod trace;
mod view;

pub(crate) use allocation::check_allocation;
pub(crate) use axes::sort_by_key;
pub(crate) use derived::{Derived, without_derived};
pub(crate) use dims::product;
pub use dims::{Dims, MAX_RANK};
pub use dtype::{DType, Element};
pub(crate) use error::OrPanic;
pub use error::ShapeError;
pub use memory::peak_bytes;
pub(crate) use trace::Trace;
pub use view::Array;

pub(crate) use crate::kernel::bf16::Bf16;
/// Kernel functions that `io` needs to read files into arrays; it may not import the kernels themselves.
#[cfg(all(feature = "safetensors", unix))]
pub(crate) use crate::kernel::map::Map;
#[cfg(feature = "safetensors")]
pub(crate) use crate::kernel::parallel::for_chunks;
pub(crate) use crate::kernel::scratch;
