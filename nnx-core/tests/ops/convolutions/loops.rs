//! Convolutions and their gradients as plain loops.
//!
//! An axis is a list of its terms: which output position takes which element of the kernel times which
//! element of the input. A convolution over several axes is a loop over one term of each.

use nnx_core::size::{AxisWindow, Edge};

/// A convolution along one axis: the sizes, and the terms of its sums.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) kernel: usize,
    /// The output position, the kernel element, and the input element.
    terms: Vec<[usize; 3]>,
}

/// The elements of a padded axis, by index. `None` is a zero.
type Line = Vec<Option<usize>>;

fn zeros(count: usize) -> Line {
    vec![None; count]
}

/// The elements with `count` zeros between any two of them.
fn spread(elements: &[Option<usize>], count: usize) -> Line {
    let mut line = Vec::new();
    for (i, &element) in elements.iter().enumerate() {
        if i > 0 {
            line.extend(zeros(count));
        }
        line.push(element);
    }
    line
}

/// Slides the window over the line.
fn slide(line: &[Option<usize>], window: &AxisWindow, stride: usize) -> (usize, Vec<[usize; 3]>) {
    let last = |position: usize| position * stride + (window.size - 1) * window.dilation;
    let positions = (0..).take_while(|&position| last(position) < line.len()).count();
    let mut terms = Vec::new();
    for position in 0..positions {
        for point in 0..window.size {
            if let Some(element) = line[position * stride + point * window.dilation] {
                terms.push([position, point, element]);
            }
        }
    }
    (positions, terms)
}

/// The index of the element at `place` of an axis that is mirrored at both ends, as in ABCDCBABCD.
fn mirrored(place: isize, length: usize) -> usize {
    let last = length.cast_signed() - 1;
    let mut place = place;
    while last > 0 && !(0..=last).contains(&place) {
        place = if place < 0 { -place } else { 2 * last - place };
    }
    if last == 0 { 0 } else { place.unsigned_abs() }
}

impl Axis {
    /// An axis of a convolution.
    pub(crate) fn of_convolution(window: &AxisWindow, input: usize) -> Self {
        let reach = (window.size - 1) * window.dilation + 1;
        let elements: Line = (0..input).map(Some).collect();
        let around = |front: usize, elements: &[Option<usize>], behind: usize| -> Line {
            [&zeros(front), elements, &zeros(behind)].concat()
        };
        let places =
            |front: usize, behind: usize| -front.cast_signed()..(input + behind).cast_signed();
        let (less, more) = ((reach - 1) / 2, reach / 2);
        let line = match window.edge {
            Edge::Valid => spread(&elements, window.input_dilation - 1),
            Edge::Zeros(front, behind) => {
                around(front, &spread(&elements, window.input_dilation - 1), behind)
            }
            Edge::Same => {
                // ceil(n / stride) positions; an odd element of padding is after the axis.
                let positions = input.div_ceil(window.stride);
                let missing = ((positions - 1) * window.stride + reach).saturating_sub(input);
                around(missing / 2, &elements, missing.div_ceil(2))
            }
            Edge::Symmetric => around(less, &elements, more),
            Edge::Causal => around(reach - 1, &elements, 0),
            Edge::Circular => places(less, more)
                .map(|place| Some(place.rem_euclid(input.cast_signed()).unsigned_abs()))
                .collect(),
            Edge::Reflect => places(less, more).map(|place| Some(mirrored(place, input))).collect(),
        };
        let (output, terms) = slide(&line, window, window.stride);
        Self { input, output, kernel: window.size, terms }
    }

    /// An axis of a transposed convolution: the input with zeros between its elements and around it, under a
    /// window that moves by 1 (`jax.lax.conv_transpose`).
    pub(crate) fn of_transposed(window: &AxisWindow, input: usize, flip: bool) -> Self {
        let reach = (window.size - 1) * window.dilation + 1;
        let stride = window.stride;
        let (front, behind) = match window.edge {
            Edge::Zeros(front, behind) => (front, behind),
            Edge::Same => {
                let both = reach + stride - 2;
                let front = if stride > reach - 1 { reach - 1 } else { both.div_ceil(2) };
                (front, both - front)
            }
            _ => {
                let both = reach + stride - 2 + reach.max(stride) - stride;
                (reach - 1, both + 1 - reach)
            }
        };
        let elements: Line = (0..input).map(Some).collect();
        let line = [zeros(front), spread(&elements, stride - 1), zeros(behind)].concat();
        let (mut output, mut terms) = slide(&line, window, 1);
        if window.edge == Edge::Circular {
            // The output is extended to whole periods around the valid positions; then the periods are summed.
            let period = input * stride;
            let missing = (period.cast_signed() - output.cast_signed())
                .rem_euclid(2 * period.cast_signed())
                .unsigned_abs();
            let front = if flip { missing / 2 } else { missing.div_ceil(2) };
            terms.iter_mut().for_each(|term| term[0] = (term[0] + front) % period);
            output = period;
        }
        if flip {
            terms.iter_mut().for_each(|term| term[1] = window.size - 1 - term[1]);
        }
        Self { input, output, kernel: window.size, terms }
    }
}

/// A convolution over up to three axes.
#[derive(Debug, Clone)]
pub(crate) struct Loops {
    pub(crate) batch: usize,
    pub(crate) axes: Vec<Axis>,
    pub(crate) in_channels: usize,
    pub(crate) out_channels: usize,
    pub(crate) groups: usize,
    /// Kernels are (.., Out, In), not (.., In / groups, Out).
    pub(crate) out_in: bool,
}

/// Sums in `f64`, which are exact for whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sums {
    pub(crate) y: Vec<f64>,
    /// Gradients of `Σ y dy`.
    pub(crate) dx: Vec<f64>,
    pub(crate) dk: Vec<f64>,
    pub(crate) dbias: Vec<f64>,
}

impl Loops {
    pub(crate) fn x_dims(&self) -> Vec<usize> {
        let sizes = self.axes.iter().map(|axis| axis.input);
        [self.batch].into_iter().chain(sizes).chain([self.in_channels]).collect()
    }

    pub(crate) fn y_dims(&self) -> Vec<usize> {
        let sizes = self.axes.iter().map(|axis| axis.output);
        [self.batch].into_iter().chain(sizes).chain([self.out_channels]).collect()
    }

    pub(crate) fn k_dims(&self) -> Vec<usize> {
        let channels = match self.out_in {
            true => [self.out_channels, self.in_channels],
            false => [self.in_channels / self.groups, self.out_channels],
        };
        self.axes.iter().map(|axis| axis.kernel).chain(channels).collect()
    }

    /// The number of multiply-adds for the batch.
    pub(crate) fn products(&self) -> usize {
        let terms: usize = self.axes.iter().map(|axis| axis.terms.len()).product();
        self.batch * terms * self.in_channels / self.groups * self.out_channels
    }

    /// The output and all gradients.
    pub(crate) fn run(&self, x: &[f64], k: &[f64], bias: &[f64], dy: &[f64]) -> Sums {
        let mut sums = Sums {
            y: dy.iter().enumerate().map(|(i, _)| bias[i % self.out_channels]).collect(),
            dx: vec![0.0; x.len()],
            dk: vec![0.0; k.len()],
            dbias: vec![0.0; bias.len()],
        };
        for (i, dy) in dy.iter().enumerate() {
            sums.dbias[i % self.out_channels] += dy;
        }
        for image in 0..self.batch {
            self.each_term(0, [image, 0, image], &mut |at| self.channels(at, x, k, dy, &mut sums));
        }
        sums
    }

    /// Calls `work` with the pixel of y, the element of the window and the pixel of x of each term.
    fn each_term(&self, axis: usize, [y, k, x]: [usize; 3], work: &mut impl FnMut([usize; 3])) {
        let Some(of) = self.axes.get(axis) else { return work([y, k, x]) };
        for &[position, point, element] in &of.terms {
            let at = [y * of.output + position, k * of.kernel + point, x * of.input + element];
            self.each_term(axis + 1, at, work);
        }
    }

    /// Calls a function for all channels of a term.
    fn channels(&self, at: [usize; 3], x: &[f64], k: &[f64], dy: &[f64], sums: &mut Sums) {
        let [inputs, outputs] = [self.in_channels, self.out_channels].map(|c| c / self.groups);
        let [y_pixel, point, x_pixel] = at;
        for o in 0..self.out_channels {
            let y_at = y_pixel * self.out_channels + o;
            for i in 0..inputs {
                let x_at = x_pixel * self.in_channels + o / outputs * inputs + i;
                let k_at = match self.out_in {
                    true => (point * self.out_channels + o) * inputs + i,
                    false => (point * inputs + i) * self.out_channels + o,
                };
                sums.y[y_at] += x[x_at] * k[k_at];
                sums.dx[x_at] += dy[y_at] * k[k_at];
                sums.dk[k_at] += dy[y_at] * x[x_at];
            }
        }
    }
}
