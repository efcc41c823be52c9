//! The kernels that are written for each float type separately.

use super::convolution::{ConvolveRows, WinogradConv};
use super::gather_gemm::GatherGemm;
use super::gemm::{Gemm, GemmParts};

/// The kernels of a float type. Each trait is in the file of its kernel, with its implementations for `f32`
/// and `f64`. `Float` requires this trait, and no other crate can implement these: that seals `Float`.
pub trait Kernels: Gemm + GemmParts + GatherGemm + ConvolveRows + WinogradConv {}
impl<E: Gemm + GemmParts + GatherGemm + ConvolveRows + WinogradConv> Kernels for E {}
