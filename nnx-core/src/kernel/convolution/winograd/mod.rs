//! Winograd convolution, F(2 × 2, 3 × 3), for 3 × 3 kernels of stride 1 (Winograd 1980; Lavin and Gray
//! 2016, "Fast Algorithms for Convolutional Neural Networks").
//!
//! A tile of 2 × 2 outputs depends on 4 × 4 pixels `d`. With the kernel `g` of a pair of channels,
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
//! The bracket is 16 GEMMs, one for each position of the 4 × 4 tile: (tiles × input channels) times (input
//! channels × output channels). They take 16 multiplications for four outputs, where the direct convolution
//! takes 36. The gradient of the input is such a convolution too, with a flipped kernel. The gradient of
//! the kernel is the transposed algorithm, `Gᵀ [ Σ over tiles of (Bᵀ d B) ⊙ (A dy Aᵀ) ] G`.
//!
//! **Error.** An element of `Bᵀ d B` is a sum of 4 pixels, an element of `G g Gᵀ` is at most 9/4 of the
//! largest tap, and an output is a sum of 9 positions. Let `X` and `K` be the largest pixel of a tile and
//! tap of a channel, and `t` the length of the longest chain of additions. Then
//!
//! ```text
//! |error| <= (t + 12) ε 81 Σ over channels of X K
//! ```
//!
//! The bound of the direct convolution is `(9 t + 1) ε 9 Σ X K`. On ordinary values both errors are about
//! equal.
//!
//! **Infinities and NaN.** The transforms subtract, so infinities become NaN. If a result isn't finite, the
//! direct convolution computes everything again, so that infinities and NaN are the same as there.

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

/// Positions of a transformed tile: 4 × 4.
const PLACES: usize = 16;
/// Input and output channels below which the transforms cost more than they save.
const CHANNELS: usize = 16;
/// Tiles below which the kernel's transform costs more than it saves; also, a large kernel needs a tile for
/// each this many weights of a tap, because its transform is read from main memory.
const TILES: usize = 16;
const TAP: usize = 8192;
/// Tiles below which the kernel's gradient is computed directly. If all products of a tap are 0, the direct
/// gradient is exactly 0 while Winograd's is a rounding error, of which Adam makes a full step. Sums over
/// many positions rarely have such taps.
const GRADIENT_TILES: usize = 512;
/// Transformed elements of a block of tiles: with the transformed kernel they stay in L2.
const BLOCK: usize = 128 * 1024;

/// The result that is computed, with its operands.
#[derive(Debug, Clone, Copy)]
pub enum Tiled<'a, E> {
    /// The output, from `x` and `k`.
    Forward { x: &'a [E], k: &'a [E], bias: Option<&'a [E]> },
    /// The gradient of the input, from `dy` and `k`.
    InputGradient { dy: &'a [E], k: &'a [E] },
    /// The gradient of the kernel, from `x` and `dy`.
    KernelGradient { x: &'a [E], dy: &'a [E] },
}

impl<E> Tiled<'_, E> {
    /// The number of elements of all output images.
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
            // The taps in reverse order; `c` has input and output swapped already.
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

/// The convolution that computes the gradient of the input.
fn transposed(g: &Geometry, c: &Channels) -> (Geometry, Channels) {
    let low = [0, 2 - g.low[1], 2 - g.low[2]];
    let g = Geometry { input: g.output, output: g.input, low, ..*g };
    (g, Channels { input: c.output, output: c.input, ..*c })
}

/// The tiles of all images. The tiles of a band are a line of tiles; a block is some bands.
struct Tiles {
    /// Bands of two lines of outputs.
    bands: Bands,
    /// Bands of all images.
    count: usize,
    /// Tiles per band.
    across: usize,
    /// Bands per block.
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

    /// The stride between the positions of the transformed tiles of a block, for `channels` channels. It
    /// isn't a multiple of the page size, because cache lines at such strides compete for the same sets of
    /// L1.
    fn place_step(&self, channels: usize) -> usize {
        (self.block * self.across * channels).next_multiple_of(16) + 16
    }
}

/// The strides of 4 × 4 matrices whose positions are `position` apart, for items of `size` elements.
fn places(size: usize, place: usize) -> Steps {
    Steps { item: size, row: 4 * place, column: place }
}

thread_local! {
    /// Scratch buffers for a transformed kernel and for a block of tiles.
    static KERNEL: Scratch = const { Cell::new(Vec::new()) };
    static BLOCKS: Scratch = const { Cell::new(Vec::new()) };
}
