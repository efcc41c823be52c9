//! The gradient of a convolution with respect to its kernel, as a gather GEMM whose k dimension is the
//! output positions.

use super::{Buffers, ConvShape, GatherIndices, Part, WinogradPass};
use crate::kernel::gather_gemm::{GatherOperands, Init, KOffset};
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, parallel};

/// The least number of FMAs of a chunk: the sums of each chunk cost one extra write and addition.
const MIN_FMAS_PER_CHUNK: usize = 1 << 19;

/// Computes `dk`.
///
/// The bands of all images are split into at most 16 chunks. The split depends only on the number of bands, each chunk
/// sums its bands in order, and the sums of the chunks are added in order: the result is deterministic.
pub(crate) fn kernel_gradient<E: Float>(shape: &ConvShape, x: &[E], dy: &[E], dk: &mut [E]) {
    if dk.is_empty() || dy.is_empty() || x.is_empty() {
        return dk.fill(E::ZERO);
    }
    if E::winograd(shape, WinogradPass::KernelGradient { x, dy }, dk) {
        return;
    }
    let images = x.len() / (shape.geometry.input.iter().product::<usize>() * shape.in_channels);
    let w = GatherIndices::new(shape, images);
    let positions: List<KOffset> = (w.positions.iter().enumerate())
        .map(|(i, &a)| KOffset { a, b: i * shape.out_channels })
        .collect();
    let elements: List<usize> = w.elements.iter().map(|element| element.a).collect();
    let out_offsets: List<usize> = w.elements.iter().map(|element| element.b).collect();
    let line = w.bands.line * shape.out_channels;
    let bands = images * w.bands.count;
    let per_chunk = bands
        .div_ceil(16)
        .max(MIN_FMAS_PER_CHUNK / (line * w.bands.length * out_offsets.len()).max(1))
        .max(1);
    let chunks = bands.div_ceil(per_chunk);
    let per_chunk = bands.div_ceil(chunks);
    let mut sums = scratch::filled(if chunks > 1 { chunks * dk.len() } else { 0 }, E::ZERO);
    let all = if chunks > 1 { &mut sums[..] } else { &mut *dk };
    parallel::for_chunks(all, out_offsets.len() * shape.out_channels, true, &|chunk, sums| {
        Buffers::with(|Buffers { packed, expanded }| {
            for index in chunk * per_chunk..((chunk + 1) * per_chunk).min(bands) {
                let region = w.input_region(shape, x, index, packed);
                let (image, first, length) = w.bands.band(index);
                let start = (image * w.bands.extent + first) * line;
                for part @ Part { output, columns, .. } in w.layout.parts() {
                    let operands = GatherOperands {
                        a: w.layout.elements(region, part, w.plane, expanded),
                        b: &dy[start + output..],
                        row_offsets: &elements,
                        k_offsets: &positions[..length * w.bands.line],
                        columns,
                        panel: None,
                        depthwise: w.layout.depthwise,
                    };
                    let first = index == chunk * per_chunk;
                    let init = if first { Init::Zero } else { Init::Output };
                    E::gather_gemm(operands, &mut sums[output..], &out_offsets, init);
                }
            }
        });
    });
    if chunks > 1 {
        let (first, rest) = sums.split_at(dk.len());
        dk.copy_from_slice(first);
        for sums in rest.chunks_exact(dk.len()) {
            dk.iter_mut().zip(sums).for_each(|(dk, &sum)| *dk += sum);
        }
    }
}
