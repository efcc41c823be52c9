//! Convolution with windows of 3 × 3 that step over each pixel, by minimal filtering F(2 × 2, 3 × 3)
//! (Winograd 1980; Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks").
//!
//! A tile of 2 × 2 outputs sees 4 × 4 pixels. Of the pixels `d` of an input channel and the kernel `g` of a pair
//! of channels,
//!
//! ```text
//! y = Aᵀ [ Σ over channels of (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//!
//!      1  0 -1  0         1   0   0
//! Bᵀ = 0  1  1  0    G =  ½   ½   ½    Aᵀ = 1  1  1  0
//!      0 -1  1  0         ½  -½   ½         0  1 -1 -1
//!      0  1  0 -1         0   0   1
//! ```
//!
//! What is in brackets are 16 products of matrices, one for each place of the 4 × 4: (tiles × input channels)
//! times (input channels × output channels). They take 16 multiply-adds for four outputs, where windows
//! take 36. The gradient of the input is such a convolution too, with the kernel turned around; that of the
//! kernel is the transpose of this one, `Gᵀ [ Σ over tiles of (Bᵀ d B) ⊙ (A dy Aᵀ) ] G`.
//!
//! **Error.** An element of `Bᵀ d B` is a sum of 4 pixels, an element of `G g Gᵀ` at most 9/4 of the largest tap,
//! and an output a sum of 9 places. So with `X` and `K` the largest pixel of a tile and tap of a channel,
//! and chains of `t` additions,
//!
//! ```text
//! |error| <= (t + 12) ε 81 Σ over channels of X K
//! ```
//!
//! where windows have `(9 t + 1) ε 9 Σ X K`. On ordinary numbers the errors of both are of one size.
//!
//! **What isn't finite.** The transforms take differences, of which infinities make NaN. Where a result
//! isn't finite all is computed again by windows, so that infinities and NaN stand where these have them.

mod forward;
mod images;
mod kernel_gradient;
mod matrices;
#[cfg(test)]
mod tests;
mod transform;

use std::cell::Cell;

use self::forward::Forward;
use self::images::Images;
use self::kernel_gradient::KernelGradient;
use self::transform::Steps;
use super::bands::Bands;
use super::{Channels, Geometry, input_gradient};
use crate::kernel::level::Level;
use crate::kernel::scratch::Scratch;

/// Places of a transformed tile.
const PLACES: usize = 16;
/// Channels on each side under which transforms cost more than they save.
const CHANNELS: usize = 16;
/// Tiles under which the transform of the kernel costs more than it saves, and numbers of a tap for each of
/// them: those of a large kernel come from far memory.
const TILES: usize = 16;
const TAP: usize = 8192;
/// Tiles under which windows compute the kernel's gradient. A tap whose products are all 0 has a gradient of 0
/// there, and one of rounding errors here, of which Adam makes full steps. In sums over many positions such
/// taps are rare.
const GRADIENT_TILES: usize = 512;
/// Transformed numbers of a block of tiles: with the kernel's they stay in the second-level cache.
const BLOCK: usize = 128 * 1024;

/// What is computed: a direction of the convolution.
#[derive(Debug, Clone, Copy)]
pub enum Tiled<'a, E> {
    /// The outputs of `x` and `k`.
    Forward { x: &'a [E], k: &'a [E], bias: Option<&'a [E]> },
    /// The input's gradient of `dy` and `k`.
    InputGradient { dy: &'a [E], k: &'a [E] },
    /// The kernel's gradient of `x` and `dy`.
    KernelGradient { x: &'a [E], dy: &'a [E] },
}

impl<E> Tiled<'_, E> {
    /// How many numbers the images have that tiles give or, of the kernel's gradient, are given.
    fn outputs(&self, out: usize) -> usize {
        match self {
            Self::KernelGradient { dy, .. } => dy.len(),
            _ => out,
        }
    }
}

/// Computes a direction where tiles serve it. Gives whether it has: if not, `out` holds anything.
pub(crate) fn vectors(g: &Geometry, c: &Channels, what: Tiled<'_, f32>, out: &mut [f32]) -> bool {
    let least = match what {
        Tiled::KernelGradient { .. } => GRADIENT_TILES,
        Tiled::Forward { .. } | Tiled::InputGradient { .. } => TILES.max(c.input * c.output / TAP),
    };
    at(Level::chosen(), g, c, what, least, out)
}

/// `f64` goes by windows alone.
pub(crate) fn none(_: &Geometry, _: &Channels, _: Tiled<'_, f64>, _: &mut [f64]) -> bool {
    false
}

/// The direction at a level, where there are so many tiles at least.
fn at(
    level: Level,
    g: &Geometry,
    c: &Channels,
    what: Tiled<'_, f32>,
    least: usize,
    out: &mut [f32],
) -> bool {
    let narrow = c.input.min(c.output) < CHANNELS || c.groups != 1;
    let steps = g.window != [1, 3, 3] || g.stride != [1; 3] || g.dilation != [1; 3];
    let deep = g.input[0] != 1 || g.output[0] != 1 || g.low[0] != 0;
    if narrow || steps || deep || g.low[1].max(g.low[2]) > 2 {
        return false;
    }
    let (tiled, c) = match what {
        Tiled::InputGradient { .. } => transposed(g, c),
        Tiled::Forward { .. } | Tiled::KernelGradient { .. } => (*g, *c),
    };
    let image = tiled.output.iter().product::<usize>() * c.output;
    let tiles = Tiles::of(&tiled, &c, what.outputs(out.len()) / image);
    if tiles.count * tiles.across < least {
        return false;
    }
    let low = [tiled.low[1], tiled.low[2]];
    let inputs = |numbers| Images { level, numbers, sizes: tiled.input, channels: c.input, low };
    match what {
        Tiled::Forward { x, k, bias } => {
            Forward { level, tiles, x: inputs(x), bias, channels: c.output }.compute(k, out)
        }
        Tiled::InputGradient { dy, k } => {
            // From the last tap to the first; `c` has input and output turned around already.
            let taps = k.chunks_exact(c.input * c.output).rev();
            let k = &input_gradient::transposed(taps, [c.output, c.input]);
            Forward { level, tiles, x: inputs(dy), bias: None, channels: c.output }.compute(k, out)
        }
        Tiled::KernelGradient { x, dy } => {
            let (sizes, channels) = (tiled.output, c.output);
            let dy = Images { level, numbers: dy, sizes, channels, low: [0; 2] };
            KernelGradient { level, tiles, x: inputs(x), dy }.compute(out)
        }
    }
}

/// The convolution that the input's gradient is.
fn transposed(g: &Geometry, c: &Channels) -> (Geometry, Channels) {
    let low = [0, 2 - g.low[1], 2 - g.low[2]];
    let g = Geometry { input: g.output, output: g.input, low, ..*g };
    (g, Channels { input: c.output, output: c.input, ..*c })
}

/// The tiles of all images. Those of a band lie side by side; some bands are a block.
struct Tiles {
    /// Two lines of outputs each.
    bands: Bands,
    /// All bands of all images.
    count: usize,
    /// Tiles of a band.
    across: usize,
    /// Bands of a block.
    block: usize,
}

impl Tiles {
    fn of(g: &Geometry, c: &Channels, images: usize) -> Self {
        let [_, height, width] = g.output;
        let (count, across) = (height.div_ceil(2), width.div_ceil(2));
        let bands = Bands { axis: 1, length: 2, extent: height, line: width, count };
        let block = (BLOCK / (PLACES * (c.input + c.output))).clamp(32, 128) / across.max(1);
        Self { bands, count: images * count, across, block: block.max(1) }
    }

    /// From a place of the transformed tiles of a block, of `channels` channels, to the next: not a
    /// multiple of a page, since lines at such steps drive each other out of the nearest cache.
    fn place_step(&self, channels: usize) -> usize {
        (self.block * self.across * channels).next_multiple_of(16) + 16
    }
}

/// The steps of matrices of 4 × 4 places, which are `place` apart, of items of `size` numbers.
fn places(size: usize, place: usize) -> Steps {
    Steps { item: size, row: 4 * place, column: place }
}

thread_local! {
    /// Memory for transformed kernels, and for blocks of tiles.
    static KERNEL: Scratch = const { Cell::new(Vec::new()) };
    static BLOCKS: Scratch = const { Cell::new(Vec::new()) };
}
