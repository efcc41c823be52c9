//! The gradient of a convolution with respect to its input (a transposed convolution), as a gather GEMM.
//!
//! `t` is an index into the padded image along one axis, so that `t - pad_before` is the pixel. Output
//! position `p` reads the pixel with kernel tap `q` if `t = p s + q d`, for a stride `s` and a dilation
//! `d`. So the pixels fall into `s` phases per axis, by the remainder `r = t % s`: all pixels of a phase
//! use the same taps, those with `q d % s = r`, and tap `q` takes the gradient of position
//!
//! ```text
//! p = (t - r) / s + (r - q d) / s
//! ```
//!
//! The first summand depends on the pixel alone (a row of the product), the second one on the tap alone (an
//! index along k). So each phase is one gather GEMM, without multiplications by inserted zeros.

use super::bands::{Bands, with};
use super::boxes::Region;
use super::{Channels, Geometry, Lanes, PART, Tiled, dot, places, planes};
use crate::kernel::indexed::{Indexed, Start, Term};
use crate::kernel::{Float, strided};

/// Input channels below which SIMD vectors along them would be nearly empty.
const NARROW: usize = 8;

/// `dx`, gathered from `dy`.
pub(crate) fn input_gradient<E: Float>(
    g: &Geometry,
    c: &Channels,
    dy: &[E],
    k: &[E],
    dx: &mut [E],
) {
    if dx.is_empty() || dy.is_empty() || k.is_empty() {
        return dx.fill(E::ZERO);
    }
    let lanes = Lanes::of(c);
    if !lanes.lanewise && lanes.input < NARROW {
        return planes::input_gradient(g, c, dy, k, dx);
    }
    if E::tiled_convolution(g, c, Tiled::InputGradient { dy, k }, dx) {
        return;
    }
    let output = g.output.iter().product::<usize>() * c.output;
    let bands = Bands::of(g.input, output, dy.len() / output);
    let kernel = if lanes.lanewise {
        k.to_vec()
    } else {
        transposed(k.chunks_exact(lanes.input * c.output), [lanes.input, c.output])
    };
    let window = g.window.iter().product::<usize>();
    let cost = window * lanes.output * lanes.input / g.stride.iter().product::<usize>();
    bands.split(dx, c.input, PART / cost.max(1), &|index, dx, buffer| {
        let (image, first, length) = bands.band(index);
        let first = with([0; 3], bands.axis, first);
        let sizes = with(g.input, bands.axis, length);
        let origin: [usize; 3] = std::array::from_fn(|axis| first[axis] + g.low[axis]);
        let region = region(g, origin, sizes);
        let dy = region.of(&dy[image * output..][..output], g.output, c.output, buffer);
        for r in places(g.stride) {
            let phase = Phase::of(g, origin, sizes, r);
            phase.add(g, c, &lanes, &region, dy, &kernel, dx);
        }
    });
}

/// The taps of a kernel, each a matrix (input, output), transposed to (output, input).
pub(super) fn transposed<'a, E: Float>(
    taps: impl ExactSizeIterator<Item = &'a [E]>,
    [input, output]: [usize; 2],
) -> Vec<E> {
    let mut transposed = vec![E::ZERO; taps.len() * input * output];
    for (tap, out) in taps.zip(transposed.chunks_exact_mut(input * output)) {
        strided::transpose(tap, output, out);
    }
    transposed
}

/// `floor(a / b)`.
fn below(a: isize, b: usize) -> isize {
    a.div_euclid(b.cast_signed())
}

/// The smallest `(t - r) / s` of any pixel from `t` on.
fn first_quotient(g: &Geometry, t: usize, axis: usize) -> isize {
    below(t.cast_signed() - (g.stride[axis] - 1).cast_signed(), g.stride[axis])
}

/// The output positions whose gradients the pixels from `origin` on take.
fn region(g: &Geometry, origin: [usize; 3], sizes: [usize; 3]) -> Region {
    let reach = |axis: usize| -((g.window[axis] - 1) * g.dilation[axis]).cast_signed();
    let start: [isize; 3] = std::array::from_fn(|axis| {
        first_quotient(g, origin[axis], axis) + below(reach(axis), g.stride[axis])
    });
    let size = std::array::from_fn(|axis| {
        let last = ((origin[axis] + sizes[axis] - 1) / g.stride[axis]).cast_signed();
        (last - start[axis] + 1).unsigned_abs()
    });
    Region { start, size }
}

/// The pixels of a band that share their remainders.
struct Phase {
    /// For each axis: the indices in the band with this remainder, and their quotients minus the first one.
    pixels: [Vec<(usize, usize)>; 3],
    /// For each axis: the taps of this remainder, and the output positions that they read for the first
    /// quotient, from the region's start on.
    taps: [Vec<(usize, usize)>; 3],
}

impl Phase {
    fn of(g: &Geometry, origin: [usize; 3], sizes: [usize; 3], r: [usize; 3]) -> Self {
        let region = region(g, origin, sizes);
        let pixels = std::array::from_fn(|axis| {
            let (s, first) = (g.stride[axis], first_quotient(g, origin[axis], axis));
            let quotient = |t: usize| (t / s).cast_signed() - first;
            (0..sizes[axis])
                .filter(|place| (origin[axis] + place) % s == r[axis])
                .map(|place| (place, quotient(origin[axis] + place).unsigned_abs()))
                .collect()
        });
        let taps = std::array::from_fn(|axis| {
            let (s, first) = (g.stride[axis], first_quotient(g, origin[axis], axis));
            (0..g.window[axis])
                .filter(|q| q * g.dilation[axis] % s == r[axis])
                .map(|q| {
                    let reach =
                        below(r[axis].cast_signed() - (q * g.dilation[axis]).cast_signed(), s);
                    (q, (first + reach - region.start[axis]).unsigned_abs())
                })
                .collect()
        });
        Self { pixels, taps }
    }

    /// Computes the pixels of this phase.
    #[allow(clippy::too_many_arguments, reason = "the shape of a convolution and its operands")]
    fn add<E: Float>(
        &self,
        g: &Geometry,
        c: &Channels,
        lanes: &Lanes,
        region: &Region,
        dy: &[E],
        kernel: &[E],
        dx: &mut [E],
    ) {
        let (steps, line) = (region.steps(c.output), [g.input[1] * g.input[2], g.input[2], 1]);
        let each = |lists: &[Vec<(usize, usize)>; 3]| -> Vec<[(usize, usize); 3]> {
            let sizes = std::array::from_fn(|axis| lists[axis].len());
            places(sizes).map(|at| std::array::from_fn(|axis| lists[axis][at[axis]])).collect()
        };
        let firsts = |triple: &[(usize, usize); 3]| triple.map(|pair| pair.0);
        let seconds = |triple: &[(usize, usize); 3]| triple.map(|pair| pair.1);
        let pixels = each(&self.pixels);
        let rows: Vec<usize> =
            pixels.iter().map(|pixel| dot(seconds(pixel), [1; 3], steps)).collect();
        let to: Vec<usize> =
            pixels.iter().map(|pixel| dot(firsts(pixel), [c.input; 3], line)).collect();
        let window = [g.window[1] * g.window[2], g.window[2], 1];
        let outputs = if lanes.lanewise { 1 } else { lanes.output };
        for (input, output) in lanes.groups() {
            let mut terms = Vec::new();
            for tap in each(&self.taps) {
                let number = dot(firsts(&tap), [1; 3], window);
                let a = dot(seconds(&tap), [1; 3], steps);
                for o in 0..outputs {
                    let b = if lanes.lanewise {
                        number * c.output
                    } else {
                        (number * c.output + output + o) * lanes.input
                    };
                    terms.push(Term { a: a + o, b });
                }
            }
            let product = Indexed {
                a: &dy[output..],
                b: kernel,
                rows: &rows,
                terms: &terms,
                columns: if lanes.lanewise { c.input } else { lanes.input },
                lanewise: lanes.lanewise,
            };
            E::indexed_product(product, &mut dx[input..], &to, Start::Zero);
        }
    }
}
