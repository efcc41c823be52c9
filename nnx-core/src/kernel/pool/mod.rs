//! Pooling over images in NDHWC order. Two-dimensional images have a depth of 1, one-dimensional ones a
//! height of 1 too.

use super::Float;
use super::convolution::Geometry;
use super::{parallel, vectorize};

/// Which elements of an image each position of the output covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    /// Those under a window that moves by steps.
    Window(Geometry),
    /// On each axis of `input`, the elements from `floor(i input / output)` to
    /// `ceil((i + 1) input / output)` for the position `i`.
    Adaptive {
        /// Sizes of the image.
        input: [usize; 3],
        /// Positions on each axis.
        output: [usize; 3],
    },
}

impl Cover {
    /// Sizes of an image.
    pub(crate) fn input(&self) -> [usize; 3] {
        match self {
            Self::Window(g) => g.input,
            Self::Adaptive { input, .. } => *input,
        }
    }

    /// Positions on each axis.
    pub(crate) fn output(&self) -> [usize; 3] {
        match self {
            Self::Window(g) => g.output,
            Self::Adaptive { output, .. } => *output,
        }
    }

    /// The elements of an axis that position `out` covers.
    #[inline]
    pub(crate) fn covered(
        &self,
        axis: usize,
        out: usize,
    ) -> impl Iterator<Item = usize> + Clone + use<> {
        // First element that may be covered, by how much it lies in front of the axis, how many there
        // are and how far apart.
        let (start, low, count, step, size) = match self {
            Self::Window(g) => {
                (out * g.stride[axis], g.low[axis], g.window[axis], g.dilation[axis], g.input[axis])
            }
            Self::Adaptive { input, output } => {
                let start = out * input[axis] / output[axis];
                let end = ((out + 1) * input[axis]).div_ceil(output[axis]);
                (start, 0, end - start, 1, input[axis])
            }
        };
        (0..count).filter_map(move |k| (start + k * step).checked_sub(low).filter(|&i| i < size))
    }

    /// Elements of one image.
    fn image(&self, channels: usize) -> usize {
        self.input().iter().product::<usize>() * channels
    }

    /// Lines of windows along the width of one image, and elements of such a line.
    fn lines(&self, channels: usize) -> (usize, usize) {
        let [depth, height, width] = self.output();
        (depth * height, width * channels)
    }

    /// Where the lines of an image start that line `index` of the windows covers.
    #[inline]
    fn covered_lines(
        &self,
        channels: usize,
        index: usize,
    ) -> impl Iterator<Item = usize> + Clone + use<> {
        let ([_, height, width], [_, rows, _]) = (self.input(), self.output());
        let ys = self.covered(1, index % rows);
        self.covered(0, index / rows)
            .flat_map(move |z| ys.clone().map(move |y| (z * height + y) * width * channels))
    }
}

/// `out[b, p, c]` = the maximum of the elements that `p` covers; padding counts as −∞.
pub(crate) fn max<E: Float>(cover: &Cover, channels: usize, x: &[E], out: &mut [E]) {
    each_line(cover, channels, out, |b, index, line| {
        line.fill(E::NEG_INFINITY);
        fold(cover, channels, &x[b * cover.image(channels)..], index, line, |out, x| {
            if x > out || x.is_nan() { x } else { out }
        });
    });
}

/// The position of a window that sees padding alone.
const NOWHERE: u32 = u32::MAX;

/// Where the first maxima of one line of windows stand.
struct Maxima<E> {
    values: Vec<E>,
    /// Positions within the image. They have the width of an `f32`, so that both are compared and
    /// chosen in the same vector lanes.
    positions: Vec<u32>,
}

impl<E: Float> Maxima<E> {
    fn new(cover: &Cover, channels: usize) -> Self {
        let (_, line) = cover.lines(channels);
        assert!(
            u32::try_from(cover.image(channels)).is_ok_and(|last| last < NOWHERE),
            "max pooling takes images of less than 2^32 elements"
        );
        Self { values: vec![E::NEG_INFINITY; line], positions: vec![NOWHERE; line] }
    }

    /// Looks for the maxima of line `index` of the windows.
    fn find(&mut self, cover: &Cover, channels: usize, image: &[E], index: usize) {
        self.values.fill(E::NEG_INFINITY);
        self.positions.fill(NOWHERE);
        let windows =
            self.values.chunks_exact_mut(channels).zip(self.positions.chunks_exact_mut(channels));
        vectorize(|| {
            for (j, (values, positions)) in windows.enumerate() {
                for line in cover.covered_lines(channels, index) {
                    for w in cover.covered(2, j) {
                        let start = line + w * channels;
                        let (x, mut new) = (&image[start..][..channels], start as u32);
                        for ((&x, value), position) in
                            x.iter().zip(&mut *values).zip(&mut *positions)
                        {
                            let larger = x > *value || (x.is_nan() && !value.is_nan());
                            let better = larger || *position == NOWHERE;
                            *value = if better { x } else { *value };
                            *position = if better { new } else { *position };
                            new += 1;
                        }
                    }
                }
            }
        });
    }
}

/// `out[b, p, c] = y[..]` where `x` has the first maximum of what `p` covers.
pub(crate) fn pick<E: Float>(cover: &Cover, channels: usize, x: &[E], y: &[E], out: &mut [E]) {
    let image = cover.image(channels);
    each_line(cover, channels, out, |b, index, line| {
        let mut maxima = Maxima::new(cover, channels);
        maxima.find(cover, channels, &x[b * image..][..image], index);
        for (out, &position) in line.iter_mut().zip(&maxima.positions) {
            *out = if position == NOWHERE { E::ZERO } else { y[b * image + position as usize] };
        }
    });
}

/// The transpose of [`pick`]: each element of `dy` is added to the position of the first maximum.
pub(crate) fn scatter<E: Float>(cover: &Cover, channels: usize, x: &[E], dy: &[E], dx: &mut [E]) {
    let (image, (lines, line)) = (cover.image(channels), cover.lines(channels));
    if image == 0 {
        return;
    }
    parallel::chunks(dx, image, dy.len() > 16 * 1024, &|b, dx| {
        dx.fill(E::ZERO);
        let mut maxima = Maxima::new(cover, channels);
        for index in 0..lines {
            maxima.find(cover, channels, &x[b * image..][..image], index);
            for (&position, &dy) in maxima.positions.iter().zip(&dy[(b * lines + index) * line..]) {
                if position != NOWHERE {
                    dx[position as usize] += dy;
                }
            }
        }
    });
}

/// `out[b, p, c]` = the sum of the elements that `p` covers; padding counts as 0.
pub(crate) fn sum<E: Float>(cover: &Cover, channels: usize, x: &[E], out: &mut [E]) {
    each_line(cover, channels, out, |b, index, line| {
        line.fill(E::ZERO);
        fold(cover, channels, &x[b * cover.image(channels)..], index, line, |out, x| out + x);
    });
}

/// The transpose of [`sum`]: each element of `dy` is added to every element that its position covers.
pub(crate) fn spread<E: Float>(cover: &Cover, channels: usize, dy: &[E], dx: &mut [E]) {
    let (image, (lines, length)) = (cover.image(channels), cover.lines(channels));
    if image == 0 {
        return;
    }
    parallel::chunks(dx, image, dy.len() > 16 * 1024, &|b, dx| {
        dx.fill(E::ZERO);
        for index in 0..lines {
            let dy = &dy[(b * lines + index) * length..][..length];
            for line in cover.covered_lines(channels, index) {
                for (j, dy) in dy.chunks_exact(channels).enumerate() {
                    for w in cover.covered(2, j) {
                        let start = line + w * channels;
                        for (dx, &dy) in dx[start..][..channels].iter_mut().zip(dy) {
                            *dx += dy;
                        }
                    }
                }
            }
        }
    });
}

/// Folds all elements that line `index` of the windows covers in an image into the line.
#[inline(always)]
fn fold<E: Float>(
    cover: &Cover,
    channels: usize,
    image: &[E],
    index: usize,
    line: &mut [E],
    combine: impl Fn(E, E) -> E,
) {
    for start in cover.covered_lines(channels, index) {
        for (j, out) in line.chunks_exact_mut(channels).enumerate() {
            for w in cover.covered(2, j) {
                for (out, &x) in out.iter_mut().zip(&image[start + w * channels..][..channels]) {
                    *out = combine(*out, x);
                }
            }
        }
    }
}

/// Calls `work(batch, line within the image, line)` for each line of windows.
fn each_line<E: Float>(
    cover: &Cover,
    channels: usize,
    out: &mut [E],
    work: impl Fn(usize, usize, &mut [E]) + Sync + Send,
) {
    let (lines, length) = cover.lines(channels);
    parallel::rows(out, length, |first, part| {
        vectorize(
            #[inline(always)]
            || {
                for (r, line) in part.chunks_exact_mut(length).enumerate() {
                    work((first + r) / lines, (first + r) % lines, line);
                }
            },
        );
    });
}
