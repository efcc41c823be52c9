//! The convolution's transpose with respect to an input of few channels: vectors along them would be nearly
//! empty. So what each window adds to the image is computed as a row of a matrix, a line of positions at a
//! time, and added where the window stands.

use super::bands::{Bands, with};
use super::{Channels, Geometry, PART, dot, places, seen};
use crate::kernel::Float;
use crate::kernel::product::{Layout, Output};

/// `dx`, to which windows are scattered.
pub(super) fn input_gradient<E: Float>(
    g: &Geometry,
    c: &Channels,
    dy: &[E],
    k: &[E],
    dx: &mut [E],
) {
    let region = seen(g, [0; 3], g.output);
    let steps = region.steps(c.input);
    let axis = Bands::of(g.output, 0, 1).axis;
    let line = with(g.output, axis, 1);
    let positions: Vec<usize> = places(line).map(|place| dot(place, g.stride, steps)).collect();
    let runs = runs(g, c, steps);
    let window = runs.iter().map(|run| run.length).sum::<usize>();
    let (inputs, outputs) = (c.input / c.groups, c.output / c.groups);
    let output = g.output.iter().product::<usize>() * c.output;
    let whole = Bands::of(g.input, 0, usize::MAX); // an image is one band
    let cost = g.output.iter().product::<usize>() * window * c.output / dx.len().max(1);
    whole.split(dx, c.input, PART / cost.max(1), &|index, dx, buffer| {
        buffer.clear();
        let around = region.size.iter().product::<usize>() * c.input;
        buffer.resize(around + positions.len() * window, E::ZERO);
        let (image, windows) = buffer.split_at_mut(around);
        let dy = &dy[index * output..][..output];
        for (number, dy) in dy.chunks_exact(positions.len() * c.output).enumerate() {
            let start = number * g.stride[axis] * steps[axis];
            for group in 0..c.groups {
                E::product(
                    [positions.len(), outputs, window],
                    Layout { data: &dy[group * outputs..], row: c.output, column: 1 },
                    Layout { data: &k[group * outputs..], row: 1, column: c.output },
                    None,
                    Output::new(windows, [positions.len(), window], window),
                );
                for (&position, mut row) in positions.iter().zip(windows.chunks_exact(window)) {
                    for run in &runs {
                        let (from, rest) = row.split_at(run.length);
                        let at = start + position + run.start + group * inputs;
                        let to = &mut image[at..][..run.length];
                        to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
                        row = rest;
                    }
                }
            }
        }
        inside(g, c, image, steps, dx);
    });
}

/// Elements of a window that stand side by side.
struct Run {
    start: usize,
    length: usize,
}

fn runs(g: &Geometry, c: &Channels, steps: [usize; 3]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let inputs = c.input / c.groups;
    for tap in places(g.window) {
        let start = dot(tap, g.dilation, steps);
        match runs.last_mut() {
            Some(run) if run.start + run.length == start => run.length += inputs,
            _ => runs.push(Run { start, length: inputs }),
        }
    }
    runs
}

/// Takes the image out of what surrounds it. Where no window reaches, it is 0.
fn inside<E: Float>(g: &Geometry, c: &Channels, around: &[E], steps: [usize; 3], dx: &mut [E]) {
    dx.fill(E::ZERO);
    let sizes: [usize; 3] = std::array::from_fn(|axis| {
        let size =
            (g.output[axis] - 1) * g.stride[axis] + (g.window[axis] - 1) * g.dilation[axis] + 1;
        size.saturating_sub(g.low[axis]).min(g.input[axis])
    });
    let lines = [g.input[1] * g.input[2] * c.input, g.input[2] * c.input, c.input];
    for place in places([sizes[0], sizes[1], 1]) {
        let from = dot(place, [1; 3], steps) + dot(g.low, [1; 3], steps);
        let to = dot(place, [1; 3], lines);
        dx[to..][..sizes[2] * c.input].copy_from_slice(&around[from..][..sizes[2] * c.input]);
    }
}
