//! The gradient of a convolution with respect to its kernel, as a gather GEMM whose k dimension is the
//! output positions.

use super::{Channels, Geometry, PART, Tiled, Windows};
use crate::kernel::indexed::{Indexed, Start, Term};
use crate::kernel::{Float, parallel};

/// `dk`.
///
/// The bands of all images are split into at most 16 chunks, by their number alone. Each chunk sums its
/// bands in order, and the sums of the chunks are added in order.
pub(crate) fn kernel_gradient<E: Float>(
    g: &Geometry,
    c: &Channels,
    x: &[E],
    dy: &[E],
    dk: &mut [E],
) {
    if dk.is_empty() || dy.is_empty() || x.is_empty() {
        return dk.fill(E::ZERO);
    }
    if E::tiled_convolution(g, c, Tiled::KernelGradient { x, dy }, dk) {
        return;
    }
    let images = x.len() / (g.input.iter().product::<usize>() * c.input);
    let w = Windows::of(g, c, images);
    let positions: Vec<Term> =
        (w.positions.iter().enumerate()).map(|(i, &a)| Term { a, b: i * c.output }).collect();
    let elements: Vec<usize> = w.elements.iter().map(|element| element.a).collect();
    let to: Vec<usize> = w.elements.iter().map(|element| element.b).collect();
    let line = w.bands.line * c.output;
    let bands = images * w.bands.count;
    let per_part = bands.div_ceil(16).max(PART / (line * w.bands.length * to.len()).max(1)).max(1);
    let parts = bands.div_ceil(per_part);
    let per_part = bands.div_ceil(parts);
    let mut sums = vec![E::ZERO; if parts > 1 { parts * dk.len() } else { 0 }];
    let all = if parts > 1 { &mut sums[..] } else { &mut *dk };
    parallel::chunks(all, to.len() * c.output, true, &|part, sums| {
        let mut buffer = Vec::new();
        for index in part * per_part..((part + 1) * per_part).min(bands) {
            let a = w.seen(g, c, x, index, &mut buffer);
            let (image, first, length) = w.bands.band(index);
            let start = (image * w.bands.extent + first) * line;
            for (input, output) in w.lanes.groups() {
                let product = Indexed {
                    a: &a[input..],
                    b: &dy[start + output..],
                    rows: &elements,
                    terms: &positions[..length * w.bands.line],
                    columns: w.lanes.output,
                    lanewise: w.lanes.lanewise,
                };
                let first = index == part * per_part;
                let start = if first { Start::Zero } else { Start::Output };
                E::indexed_product(product, &mut sums[output..], &to, start);
            }
        }
    });
    if parts > 1 {
        let (first, rest) = sums.split_at(dk.len());
        dk.copy_from_slice(first);
        for sums in rest.chunks_exact(dk.len()) {
            dk.iter_mut().zip(sums).for_each(|(dk, &sum)| *dk += sum);
        }
    }
}
