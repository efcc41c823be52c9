//! Convolution of images in NDHWC order with kernels in DHWIO order. Two-dimensional images have a depth of
//! 1, one-dimensional ones a height of 1 as well.
//!
//! For each image `n`, output position `p` and output channel `o`:
//!
//! ```text
//! y[n, p, o] = Σ over (q, c) of  x[n, p s + q d - pad_before, c] k[q, c, o]
//! ```
//!
//! where the position `p` and the kernel tap `q` are triples (depth, height, width), and `s`, `d`,
//! `pad_before` (stride, dilation, padding) have an element for each axis.
//!
//! The output and both gradients are gather GEMMs (implicit GEMM, see [`super::gather_gemm`]): the operands
//! are addressed through offset lists, so no im2col matrix is written. Only a padded band of an image is
//! copied.
//!
//! | result | rows of the GEMM | k | columns |
//! |---|---|---|---|
//! | `y` | output positions | taps × input channels | output channels |
//! | `dk` | taps × input channels | output positions | output channels |
//! | `dx` | pixels | taps × output channels | input channels |
//!
//! In a depthwise convolution (`groups` = channels) columns are the channels, and rows and k have none.
//!
//! Special cases: 1 × 1 kernels are plain GEMMs; the gradient of an input of few channels has its SIMD
//! vectors along positions, see [`planes`]; 3 × 3 kernels of stride 1 with many channels use Winograd's
//! algorithm, see [`winograd`].

mod bands;
mod boxes;
mod input_gradient;
mod kernel_gradient;
mod planes;
pub(super) mod winograd;

use self::bands::{Bands, with};
use self::boxes::Region;
pub(crate) use self::input_gradient::input_gradient;
pub(crate) use self::kernel_gradient::kernel_gradient;
pub(crate) use self::winograd::Tiled;
use super::Float;
use super::indexed::{Indexed, Start, Term};
use super::product::{self, Layout};

/// The shape of a convolution or pooling along depth, height and width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    pub(crate) input: [usize; 3],
    pub(crate) output: [usize; 3],
    pub(crate) window: [usize; 3],
    pub(crate) stride: [usize; 3],
    pub(crate) dilation: [usize; 3],
    /// Padding before each axis; the padding after it follows from `output`.
    pub(crate) low: [usize; 3],
}

/// The channels of a convolution, in `groups` that don't mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) groups: usize,
}

/// FMAs per task: about 50 µs. Below that a second thread costs more than it saves.
const PART: usize = 2 << 20;

/// How the channels map to gather GEMMs.
struct Lanes {
    /// Gather GEMMs, one after the other.
    groups: usize,
    /// Input and output channels of one of them.
    input: usize,
    output: usize,
    /// Whether the channels are the columns of a single gather GEMM.
    lanewise: bool,
}

impl Lanes {
    /// The first input channel and the first output channel of each group.
    fn groups(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.groups).map(|group| (group * self.input, group * self.output))
    }

    fn of(c: &Channels) -> Self {
        if c.groups > 1 && c.groups == c.input && c.groups == c.output {
            return Self { groups: 1, input: 1, output: c.output, lanewise: true };
        }
        let (input, output) = (c.input / c.groups, c.output / c.groups);
        Self { groups: c.groups, input, output, lanewise: false }
    }
}

/// Whether this is a 1 × 1 convolution of stride 1: a plain GEMM of the image.
fn is_pointwise(g: &Geometry, c: &Channels) -> bool {
    g.window == [1; 3]
        && g.stride == [1; 3]
        && g.low == [0; 3]
        && g.input == g.output
        && c.groups == 1
}

/// All triples of indices below `sizes`, the last axis fastest.
fn places(sizes: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let [depth, height, width] = sizes;
    (0..depth).flat_map(move |z| (0..height).flat_map(move |y| (0..width).map(move |x| [z, y, x])))
}

/// `Σ a[i] b[i] c[i]`.
fn dot(a: [usize; 3], b: [usize; 3], c: [usize; 3]) -> usize {
    (0..3).map(|axis| a[axis] * b[axis] * c[axis]).sum()
}

/// The offset lists of a band of output positions, into their input region.
struct Windows {
    lanes: Lanes,
    bands: Bands,
    /// The first element of the window of each position.
    positions: Vec<usize>,
    /// For each element of a window: its offset from there, and the offset of its row of the kernel.
    elements: Vec<Term>,
}

impl Windows {
    fn of(g: &Geometry, c: &Channels, images: usize) -> Self {
        let lanes = Lanes::of(c);
        let bands = Bands::of(g.output, g.input.iter().product::<usize>() * c.input, images);
        let band = with(g.output, bands.axis, bands.length);
        let steps = seen(g, [0; 3], band).steps(c.input);
        let positions = places(band).map(|place| dot(place, g.stride, steps)).collect();
        let mut elements = Vec::new();
        for (number, tap) in places(g.window).enumerate() {
            for channel in 0..lanes.input {
                let a = dot(tap, g.dilation, steps) + channel;
                elements.push(Term { a, b: (number * lanes.input + channel) * c.output });
            }
        }
        Self { lanes, bands, positions, elements }
    }

    /// The input region of band `index`, packed.
    fn seen<'a, E: Float>(
        &self,
        g: &Geometry,
        c: &Channels,
        x: &'a [E],
        index: usize,
        buffer: &'a mut Vec<E>,
    ) -> &'a [E] {
        let (image, first, length) = self.bands.band(index);
        let axis = self.bands.axis;
        let region =
            |length: usize| seen(g, with([0; 3], axis, first), with(g.output, axis, length));
        // The strides of a region follow from its sizes along all axes but the outermost, and the offset
        // lists use those of a full band. If the region has more than one index along an axis outside of
        // the split one, a shorter last band would change the strides: it gets the region of a full band.
        let region = match region(length) {
            region if region.size[..axis].iter().all(|&size| size == 1) => region,
            _ => region(self.bands.length),
        };
        let size = g.input.iter().product::<usize>() * c.input;
        region.of(&x[image * size..][..size], g.input, c.input, buffer)
    }
}

/// The region of the input that the windows of some output positions read.
fn seen(g: &Geometry, first: [usize; 3], positions: [usize; 3]) -> Region {
    let start =
        |axis: usize| (first[axis] * g.stride[axis]).cast_signed() - g.low[axis].cast_signed();
    let size = |axis: usize| {
        (positions[axis] - 1) * g.stride[axis] + (g.window[axis] - 1) * g.dilation[axis] + 1
    };
    Region { start: std::array::from_fn(start), size: std::array::from_fn(size) }
}

/// `y = x * k + bias`; the bias, if any, has an element for each output channel.
pub(crate) fn forward<E: Float>(
    g: &Geometry,
    c: &Channels,
    x: &[E],
    k: &[E],
    bias: Option<&[E]>,
    y: &mut [E],
) {
    if y.is_empty() {
        return;
    }
    if k.is_empty() || x.is_empty() {
        return match bias {
            None => y.fill(E::ZERO),
            Some(bias) => y.chunks_exact_mut(c.output).for_each(|y| y.copy_from_slice(bias)),
        };
    }
    if is_pointwise(g, c) {
        let size = [y.len() / c.output, c.input, c.output];
        let (a, b) = (Layout::rows_of(x, c.input), Layout::rows_of(k, c.output));
        return product::product(size, a, b, bias, y);
    }
    if E::tiled_convolution(g, c, Tiled::Forward { x, k, bias }, y) {
        return;
    }
    let images = y.len() / (g.output.iter().product::<usize>() * c.output);
    let w = Windows::of(g, c, images);
    let to: Vec<usize> = (0..w.positions.len()).map(|i| i * c.output).collect();
    let cost = w.elements.len() * w.lanes.output;
    w.bands.split(y, c.output, PART / cost.max(1), &|index, y, buffer| {
        let a = w.seen(g, c, x, index, buffer);
        let rows = &w.positions[..y.len() / c.output];
        for (input, output) in w.lanes.groups() {
            let product = Indexed {
                a: &a[input..],
                b: &k[output..],
                rows,
                terms: &w.elements,
                columns: w.lanes.output,
                lanewise: w.lanes.lanewise,
            };
            let start = Start::bias(bias.map(|bias| &bias[output..][..w.lanes.output]));
            E::indexed_product(product, &mut y[output..], &to[..rows.len()], start);
        }
    });
}
