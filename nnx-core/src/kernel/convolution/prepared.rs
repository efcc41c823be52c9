//! What a convolution computes from its kernel and its shape alone, once for many inputs: packed or transformed weights,
//! or the offsets of a gather GEMM. The bits are those of [`forward`](super::forward).

use super::winograd::{Weights, WinogradConv, WinogradPass, transformed, uses_transformed};
use super::{ChannelLayout, ConvShape, GatherIndices, PackedRows, gather, is_pointwise};
use crate::kernel::aligned::Aligned;
use crate::kernel::finish::Finish;
use crate::kernel::gemm::{MatrixRef, PackedMatrix, gemm_packed};

/// The kernel of a convolution, as the algorithm of its shape reads it.
pub(crate) enum PreparedKernel {
    /// 1 × 1: a GEMM.
    Packed(PackedMatrix),
    /// 3 × 3: the transformed kernel.
    Winograd(Aligned),
    /// Others, if the kernel is large: its rows, packed.
    Rows(PackedRows),
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
            None if packs_rows(shape) => Self::Rows(PackedRows::new(k, shape.out_channels)),
            None => Self::Gather(GatherIndices::new(shape, images)),
        })
    }

    /// How the kernel is packed or transformed, which doesn't depend on the size and number of images; `None` for lists of offsets,
    /// which do.
    pub(crate) fn order(shape: &ConvShape, images: usize) -> Option<&'static str> {
        match is_pointwise(shape) {
            true => Some("packed"),
            false if uses_transformed(shape, images) => Some("transformed"),
            false if packs_rows(shape) => Some("packed rows"),
            false => None,
        }
    }

    /// The bytes that it takes besides the kernel.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Packed(packed) => packed.bytes(),
            Self::Winograd(kernel) => size_of_val(&**kernel),
            Self::Rows(rows) => size_of_val(rows.elements()),
            Self::Gather(indices) => {
                size_of_val(&*indices.positions) + size_of_val(&*indices.elements)
            }
        }
    }

    /// How the convolution is computed, in a word.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Packed(_) | Self::Rows(_) => "packed",
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
        PreparedKernel::Rows(rows) => gather_packed(shape, x, rows, finish, y),
        PreparedKernel::Gather(indices) => gather(shape, indices, x, k, finish, y),
    }
}

/// Whether the rows of the kernel are packed: one product has all channels, and they don't stay in L2.
fn packs_rows(shape: &ConvShape) -> bool {
    let layout = ChannelLayout::new([shape.in_channels, shape.out_channels], shape.groups);
    let points = shape.geometry.kernel_size.iter().product::<usize>();
    shape.groups == 1
        && !layout.depthwise
        && !layout.expands()
        && PackedRows::suits(points * shape.in_channels, shape.out_channels)
}

/// The convolution with packed rows, of any number of images.
pub(super) fn gather_packed(
    shape: &ConvShape,
    x: &[f32],
    rows: &PackedRows,
    finish: Finish<'_, f32>,
    y: &mut [f32],
) {
    let indices = GatherIndices::of_packed(shape, shape.images(y.len()), rows);
    gather(shape, &indices, x, rows.elements(), finish, y);
}

#[cfg(test)]
mod tests {
    use super::super::{Geometry, forward};
    use super::*;

    #[test]
    fn prepared_kernels_have_the_bits_of_forward() {
        let numbers = |count: usize| -> Vec<f32> {
            (0..count).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
        };
        // Input and output channels, the size, stride and padding of the kernel, and how it is computed.
        for (in_channels, out_channels, [size, stride, pad], algorithm) in [
            (8, 12, [1, 1, 0], "packed"),
            (16, 16, [3, 1, 1], "winograd"),
            (16, 16, [3, 2, 1], "offsets"),
            (96, 100, [3, 2, 1], "packed"),
            (300, 250, [1, 2, 0], "packed"),
        ] {
            let output = (9 + 2 * pad - size) / stride + 1;
            let geometry = Geometry {
                rank: 2,
                input: [1, 9, 9],
                output: [1, output, output],
                kernel_size: [1, size, size],
                stride: [1, stride, stride],
                dilation: [1; 3],
                pad_before: [0, pad, pad],
            };
            let shape = ConvShape { geometry, in_channels, out_channels, groups: 1 };
            let (k, bias) =
                (numbers(size * size * in_channels * out_channels), numbers(out_channels));
            let prepared = PreparedKernel::new(&shape, &k, 1).expect("several channels");
            assert_eq!(prepared.algorithm(), algorithm);
            for images in [1, 3] {
                // Lists of offsets are those of some number of images.
                let again = matches!(prepared, PreparedKernel::Gather(_))
                    .then(|| PreparedKernel::new(&shape, &k, images).expect("several channels"));
                let prepared = again.as_ref().unwrap_or(&prepared);
                let x = numbers(images * 81 * in_channels);
                let finish = Finish { bias: Some(&bias), post: None };
                let [mut y, mut expected] =
                    [(); 2].map(|()| vec![f32::NAN; images * output * output * out_channels]);
                forward(&shape, &x, &k, finish, &mut expected);
                forward_prepared(&shape, &x, &k, prepared, finish, &mut y);
                let bits = |y: &[f32]| y.iter().map(|y| y.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&y), bits(&expected), "{in_channels} to {out_channels}, {size}");
            }
        }
    }
}
