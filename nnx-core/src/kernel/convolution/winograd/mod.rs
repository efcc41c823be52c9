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
//! largest kernel point, and an output is a sum of 9 positions. Let `X` and `K` be the largest pixel of a tile and
//! point of a channel, and `t` the length of the longest chain of additions. Then
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
mod kernel_gradient;
mod matrices;
#[cfg(test)]
mod tests;
mod tile_transforms;
mod transform;

use std::cell::Cell;

use self::forward::Forward;
use self::kernel_gradient::KernelGradient;
use self::tile_transforms::TiledImages;
use self::transform::Strides;
use super::bands::Bands;
use super::{ConvShape, Geometry, input_gradient};
use crate::kernel::aligned::Aligned;
use crate::kernel::finish::Finish;
use crate::kernel::level::Level;
use crate::kernel::parallel::num_threads;
use crate::kernel::scratch::Scratch;

/// Positions of a transformed tile: 4 × 4.
const POSITIONS: usize = 16;
/// The least numbers of input and output channels: with fewer, the transforms cost more than they save.
const MIN_CHANNELS: usize = 16;
/// The least number of tiles: with fewer, the kernel's transform costs more than it saves. A large kernel, whose
/// transform is read from main memory, also needs a tile for every `POINT_WEIGHTS_PER_TILE` weights of a point.
const MIN_TILES: usize = 16;
const POINT_WEIGHTS_PER_TILE: usize = 8192;
/// The least number of tiles for the kernel's gradient. If all products of a point are 0, the direct gradient is exactly
/// 0. Winograd's is a rounding error, which Adam would scale to a full step. Sums over many positions rarely have such
/// points.
const MIN_GRADIENT_TILES: usize = 512;
/// Transformed elements per block of tiles: together with the transformed kernel they stay in L2.
const BLOCK_ELEMENTS: usize = 128 * 1024;

/// If there are this many blocks of tiles for each thread, the threads needn't have equally many.
const BLOCKS_PER_THREAD: usize = 4;
/// The least number of tiles of a block that is made smaller to keep more threads busy: a GEMM of few rows is slow.
const MIN_BLOCK_TILES: usize = 8;

/// Which result is computed, with the operands that it needs.
#[derive(Debug, Clone, Copy)]
pub enum WinogradPass<'a, E> {
    /// The output, from `x` and the kernel.
    Forward { x: &'a [E], k: Weights<'a, E>, finish: Finish<'a, E> },
    /// The gradient of the input, from `dy` and `k`.
    InputGradient { dy: &'a [E], k: &'a [E] },
    /// The gradient of the kernel, from `x` and `dy`.
    KernelGradient { x: &'a [E], dy: &'a [E] },
}

/// The kernel of a convolution.
#[derive(Debug, Clone, Copy)]
pub enum Weights<'a, E> {
    /// 3 x 3 points.
    Points(&'a [E]),
    /// Transformed before: 16 positions.
    Transformed(&'a [E]),
}

impl<E> WinogradPass<'_, E> {
    /// The number of elements of all output images.
    fn outputs(&self, out: usize) -> usize {
        match self {
            Self::KernelGradient { dy, .. } => dy.len(),
            _ => out,
        }
    }
}

/// A float type with a Winograd convolution.
pub trait WinogradConv: Sized {
    /// Computes a pass if Winograd's algorithm is faster than the direct convolution. Returns whether it
    /// did; if not, the contents of `out` are unspecified.
    #[doc(hidden)]
    fn winograd(shape: &ConvShape, pass: WinogradPass<'_, Self>, out: &mut [Self]) -> bool;
}

impl WinogradConv for f32 {
    fn winograd(shape: &ConvShape, pass: WinogradPass<'_, f32>, out: &mut [f32]) -> bool {
        let min_tiles = match pass {
            WinogradPass::KernelGradient { .. } => MIN_GRADIENT_TILES,
            WinogradPass::Forward { .. } | WinogradPass::InputGradient { .. } => min_tiles(shape),
        };
        run(Level::active(), shape, pass, min_tiles, out)
    }
}

impl WinogradConv for f64 {
    /// `f64` is always computed directly.
    fn winograd(_: &ConvShape, _: WinogradPass<'_, f64>, _: &mut [f64]) -> bool {
        false
    }
}

/// Whether the algorithm is for convolutions of this shape.
fn takes(shape: &ConvShape) -> bool {
    let g = &shape.geometry;
    let narrow = shape.in_channels.min(shape.out_channels) < MIN_CHANNELS || shape.groups != 1;
    let other_kernel = g.kernel_size != [1, 3, 3] || g.stride != [1; 3] || g.dilation != [1; 3];
    let deep = g.input[0] != 1 || g.output[0] != 1 || g.pad_before[0] != 0;
    !(narrow || other_kernel || deep || g.pad_before[1].max(g.pad_before[2]) > 2)
}

/// The tiles of an output or a gradient of the input, at least.
fn min_tiles(shape: &ConvShape) -> usize {
    MIN_TILES.max(shape.in_channels * shape.out_channels / POINT_WEIGHTS_PER_TILE)
}

/// Whether [`WinogradConv::winograd`] computes the outputs of `images` images.
pub(crate) fn uses_transformed(shape: &ConvShape, images: usize) -> bool {
    let enough = || {
        let tiles = TileGrid::new(shape, images);
        tiles.count * tiles.across >= min_tiles(shape)
    };
    takes(shape) && enough()
}

/// The transformed kernel, if [`WinogradConv::winograd`] computes the outputs of `images` images by it.
pub(crate) fn transformed(shape: &ConvShape, k: &[f32], images: usize) -> Option<Aligned> {
    if !uses_transformed(shape, images) {
        return None;
    }
    let size = shape.in_channels * shape.out_channels;
    let mut kernel = Aligned::zeroed(POSITIONS * size, "transformed weights");
    forward::transform_points(Level::active(), k, size, &mut kernel);
    Some(kernel)
}

/// The output of some images by a transformed kernel, however few tiles they have. Returns whether all of it is finite.
pub(crate) fn forward_transformed(
    shape: &ConvShape,
    x: &[f32],
    kernel: &[f32],
    finish: Finish<'_, f32>,
    y: &mut [f32],
) -> bool {
    let k = Weights::Transformed(kernel);
    run(Level::active(), shape, WinogradPass::Forward { x, k, finish }, 0, y)
}

/// Computes a pass at a level, if there are at least `min_tiles` tiles.
fn run(
    level: Level,
    shape: &ConvShape,
    pass: WinogradPass<'_, f32>,
    min_tiles: usize,
    out: &mut [f32],
) -> bool {
    if !takes(shape) {
        return false;
    }
    let shape = match pass {
        WinogradPass::InputGradient { .. } => &transposed(shape),
        WinogradPass::Forward { .. } | WinogradPass::KernelGradient { .. } => shape,
    };
    let tiled = &shape.geometry;
    let image = tiled.output.iter().product::<usize>() * shape.out_channels;
    let tiles = TileGrid::new(shape, pass.outputs(out.len()) / image);
    if tiles.count * tiles.across < min_tiles {
        return false;
    }
    let pad_before = [tiled.pad_before[1], tiled.pad_before[2]];
    let inputs = |values| TiledImages {
        level,
        values,
        sizes: tiled.input,
        channels: shape.in_channels,
        pad_before,
    };
    match pass {
        WinogradPass::Forward { x, k, finish } => {
            Forward { level, tiles, x: inputs(x), finish, channels: shape.out_channels }
                .compute(k, out)
        }
        WinogradPass::InputGradient { dy, k } => {
            // The points are read in reverse order; input and output are swapped in `shape` already.
            let points = k.chunks_exact(shape.in_channels * shape.out_channels).rev();
            let k = &input_gradient::transposed(points, [shape.out_channels, shape.in_channels]);
            let finish = Finish::NOTHING;
            Forward { level, tiles, x: inputs(dy), finish, channels: shape.out_channels }
                .compute(Weights::Points(k), out)
        }
        WinogradPass::KernelGradient { x, dy } => {
            let (sizes, channels) = (tiled.output, shape.out_channels);
            let dy = TiledImages { level, values: dy, sizes, channels, pad_before: [0; 2] };
            KernelGradient { level, tiles, x: inputs(x), dy }.compute(out)
        }
    }
}

/// The convolution that computes the gradient of the input.
fn transposed(shape: &ConvShape) -> ConvShape {
    let g = &shape.geometry;
    let pad_before = [0, 2 - g.pad_before[1], 2 - g.pad_before[2]];
    let geometry = Geometry { input: g.output, output: g.input, pad_before, ..*g };
    let (in_channels, out_channels) = (shape.out_channels, shape.in_channels);
    ConvShape { geometry, in_channels, out_channels, ..*shape }
}

/// The tiles of all images. The tiles of a band are a line of tiles; a block is some bands.
#[derive(Clone, Copy)]
struct TileGrid {
    /// Bands of two lines of outputs.
    bands: Bands,
    /// Bands of all images.
    count: usize,
    /// Tiles per band.
    across: usize,
    /// Bands per block.
    block: usize,
}

impl TileGrid {
    fn new(shape: &ConvShape, images: usize) -> Self {
        let [_, height, width] = shape.geometry.output;
        let (count, across) = (height.div_ceil(2), width.div_ceil(2));
        let bands = Bands { axis: 1, length: 2, extent: height, line: width, count };
        let block = (BLOCK_ELEMENTS / (POSITIONS * (shape.in_channels + shape.out_channels)))
            .clamp(32, 128)
            / across.max(1);
        Self { bands, count: images * count, across, block: block.max(1) }
    }

    /// Whether threads share the output channels of a convolution from its points: there are few tiles. If they shared the
    /// tiles, each would read what another one has transformed of the kernel, and with few tiles that takes longer than
    /// the products.
    fn by_channels(&self, channels: usize) -> bool {
        num_threads() > 1 && channels >= 2 * MIN_CHANNELS && self.count * self.across <= channels
    }

    /// If there are few blocks, they are made smaller, so that each thread gets equally many. The block size changes no
    /// bit of an output.
    fn shared(self) -> Self {
        let (threads, blocks) = (num_threads(), self.count.div_ceil(self.block));
        if threads == 1 || blocks >= BLOCKS_PER_THREAD * threads {
            return self;
        }
        let block = self.count.div_ceil(blocks.next_multiple_of(threads));
        let block = block.max(MIN_BLOCK_TILES.div_ceil(self.across.max(1))).min(self.block);
        Self { block, ..self }
    }

    /// The stride between the positions of the transformed tiles of a block, for `channels` channels. It isn't a
    /// multiple of the page size: cache lines at such strides would compete for the same sets of L1.
    fn position_stride(&self, channels: usize) -> usize {
        (self.block * self.across * channels).next_multiple_of(16) + 16
    }
}

/// The strides of 4 × 4 matrices whose positions are `position` apart, for items of `size` elements.
fn position_strides(size: usize, position: usize) -> Strides {
    Strides { item: size, row: 4 * position, column: position }
}

thread_local! {
    /// Scratch buffers for a transformed kernel and for a block of tiles.
    static KERNEL_SCRATCH: Scratch = const { Cell::new(Vec::new()) };
    static BLOCK_SCRATCH: Scratch = const { Cell::new(Vec::new()) };
}
