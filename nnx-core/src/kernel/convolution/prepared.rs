//! What a convolution computes from its kernel and its shape alone, once for many inputs: packed or transformed weights,
//! or the offsets of a gather GEMM. The bits are those of [`forward`](super::forward).

use super::winograd::{Weights, WinogradConv, WinogradPass, transformed, uses_transformed};
use super::{ConvShape, GatherIndices, gather, is_pointwise};
use crate::kernel::aligned::Aligned;
use crate::kernel::finish::Finish;
use crate::kernel::gemm::{MatrixRef, PackedMatrix, gemm_packed};

/// The kernel of a convolution, as the algorithm of its shape reads it.
pub(crate) enum PreparedKernel {
    /// 1 × 1: a GEMM.
    Packed(PackedMatrix),
    /// 3 × 3: the transformed kernel.
    Winograd(Aligned),
    /// Others: the kernel itself, read through lists of offsets.
    Gather(GatherIndices),
}

impl PreparedKernel {
    /// For `images` images. There is at least one, and the kernel isn't empty. `None` for a 1 × 1 convolution to one
    /// channel: its results are dot products.
    pub(crate) fn new(shape: &ConvShape, k: &[f32], images: usize) -> Option<Self> {
        if is_pointwise(shape) {
            let size = [shape.in_channels, shape.out_channels];
            let b = MatrixRef::row_major(k, shape.out_channels);
            return (shape.out_channels > 1).then(|| Self::Packed(PackedMatrix::new(b, size)));
        }
        Some(match transformed(shape, k, images) {
            Some(kernel) => Self::Winograd(kernel),
            None => Self::Gather(GatherIndices::new(shape, images)),
        })
    }

    /// What it depends on besides the kernel and the shape.
    pub(crate) fn depends_on(shape: &ConvShape, images: usize) -> String {
        match is_pointwise(shape) {
            true => String::new(),
            false if uses_transformed(shape, images) => "winograd".to_owned(),
            false => format!("{images} images"),
        }
    }

    /// The bytes that it takes besides the kernel.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Packed(packed) => packed.bytes(),
            Self::Winograd(kernel) => size_of_val(&**kernel),
            Self::Gather(indices) => {
                size_of_val(&*indices.positions) + size_of_val(&*indices.elements)
            }
        }
    }

    /// How the convolution is computed, in a word.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Packed(_) => "packed",
            Self::Winograd(_) => "winograd",
            Self::Gather(_) => "offsets",
        }
    }
}

/// [`forward`](super::forward) of as many images as the kernel was prepared for.
pub(crate) fn forward_prepared(
    shape: &ConvShape,
    x: &[f32],
    k: &[f32],
    prepared: &PreparedKernel,
    finish: Finish<'_, f32>,
    y: &mut [f32],
) {
    match prepared {
        PreparedKernel::Packed(packed) => {
            let rows = y.len() / shape.out_channels;
            gemm_packed(rows, MatrixRef::row_major(x, shape.in_channels), packed, finish, y);
        }
        PreparedKernel::Winograd(kernel) => {
            let transformed = Weights::Transformed(kernel);
            let pass = WinogradPass::Forward { x, k: transformed, finish };
            if !f32::winograd(shape, pass, y) {
                // Infinities and NaN are computed directly.
                gather(shape, &GatherIndices::new(shape, shape.images(y.len())), x, k, finish, y);
            }
        }
        PreparedKernel::Gather(indices) => gather(shape, indices, x, k, finish, y),
    }
}
