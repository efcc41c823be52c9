//! Kernels: slices in, slices out. They know no shape, no tensor and no size type.
//!
//! Every kernel states the order of its additions, and that order depends on the lengths alone (of
//! convolutions also on whether all results are finite): on one processor the same input gives the same
//! bits on any number of threads. Between processors matrix
//! products of `f32` differ only by the fused multiply-add, which some lack: see `product`.
//!
//! The vector instructions that the processor has are found once. The environment variable
//! `NNX_CPU_LEVEL=scalar|avx2|avx512|neon` lowers the level for the whole process; a level that is unknown
//! or not there is refused with a panic.

#![allow(
    unsafe_code,
    reason = "one of the two homes of unsafe: calls that need a processor feature, operands of matrix products, tiles of images, and memory that may not be there"
)]

pub(crate) mod convolution;
pub(crate) mod elementary;
pub(crate) mod elementwise;
mod float;
pub(crate) mod index;
pub(crate) mod indexed;
mod level;
pub(crate) mod means;
pub(crate) mod memory;
pub(crate) mod parallel;
pub(crate) mod pool;
pub(crate) mod product;
pub(crate) mod reduce;
mod scratch;
pub(crate) mod softmax;
pub(crate) mod standardize;
pub(crate) mod strided;

pub use float::Float;
pub(crate) use level::{Kernel, Simd, vectorize, vectorize_small, vectorize_wide};
pub use memory::Zeroable;
