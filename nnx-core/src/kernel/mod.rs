//! Kernels: the loops that compute. They take slices and know neither tensors nor shape types.
//!
//! Each kernel documents its summation order. The order depends on the lengths alone (in a convolution also
//! on whether all results are finite). So on one processor the same input gives the same bits on any number
//! of threads. On processors without FMA (the scalar level) the GEMM of `f32` rounds differently; see
//! `gemm`.
//!
//! The ISA level of the processor is detected once. The environment variable
//! `NNX_CPU_LEVEL=scalar|avx2|avx512|neon` selects a lower level for the whole process; a name that is
//! unknown, or a level that the processor lacks, is a panic.
//!
//! **To add a kernel**, write its file. If it is written for `f32` and `f64` separately, it has a trait in
//! that file, and a row in `kernels`.

#![allow(
    unsafe_code,
    reason = "the only module with unsafe code: instructions that a processor may lack, matrices and tiles addressed by pointers, and allocations that may fail"
)]

pub(crate) mod aligned;
pub(crate) mod along;
pub(crate) mod attention;
pub(crate) mod bags;
pub(crate) mod bf16;
pub(crate) mod broadcast;
#[cfg(feature = "safetensors")]
pub(crate) mod bytes;
pub(crate) mod convolution;
pub(crate) mod cross_entropy;
pub(crate) mod ctc;
pub(crate) mod elementary;
pub(crate) mod elementwise;
pub(crate) mod expression;
pub(crate) mod expression_rows;
#[cfg(feature = "fft")]
pub(crate) mod fft;
pub(crate) mod finish;
mod float;
pub(crate) mod fold;
pub(crate) mod gather_gemm;
pub(crate) mod gemm;
pub(crate) mod index;
pub(crate) mod integer;
mod kernels;
mod level;
#[cfg(feature = "linalg")]
pub(crate) mod linalg;
#[cfg(all(feature = "safetensors", unix))]
pub(crate) mod map;
pub(crate) mod means;
pub(crate) mod memory;
mod microkernel;
pub(crate) mod normalization;
pub(crate) mod p_norm;
pub(crate) mod parallel;
pub(crate) mod pooling;
pub(crate) mod position;
pub(crate) mod recurrent;
pub(crate) mod reduce;
pub(crate) mod scan;
pub(crate) mod scratch;
pub(crate) mod search;
pub(crate) mod select;
pub(crate) mod softmax;
pub(crate) mod softmax_columns;
pub(crate) mod sort;
pub(crate) mod sparsemax;
pub(crate) mod strided;
mod tiles;
mod tree;
mod words;

pub use float::Float;
pub use level::cpu_level;
pub(crate) use level::{Kernel, MAX_LANES, Simd, vectorize, vectorize_small, vectorize_wide};
pub use memory::Zeroable;
pub use parallel::threads;
