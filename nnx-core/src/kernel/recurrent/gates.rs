//! The elementwise part of a step, for the units of a block: 16 of one row at a time, in arrays of that size, which
//! become registers. What they read and write is in L1, but for the operands of the whole sequence.

use std::ops::Range;

use super::{Cell, Columns, Sizes};
use crate::kernel::elementary::sigmoid;
use crate::kernel::{Float, vectorize_wide};

/// Units that are computed together.
const UNITS: usize = 16;

/// Values of units. Those that a block doesn't have are 0.
type Values<E> = [E; UNITS];

/// The units of a block: those of the cell, and where they are in the matrices of the task.
#[derive(Debug, Clone)]
pub(super) struct Units {
    pub(super) all: Range<usize>,
    pub(super) own: Range<usize>,
}

/// What a step reads, each (batch, hidden).
pub(super) struct Step<'a, E> {
    /// The parts of the carry before the step.
    pub(super) before: &'a [&'a [E]],
    /// The parts of the carry after the step, and what was saved.
    pub(super) after: &'a [&'a [E]],
    /// The gradients of the parts of the carry after the step.
    pub(super) gradients: &'a [&'a [E]],
}

#[inline(always)]
fn load<E: Float>(from: &[E]) -> Values<E> {
    match from.first_chunk() {
        Some(values) => *values,
        None => std::array::from_fn(|i| from.get(i).copied().unwrap_or(E::ZERO)),
    }
}

#[inline(always)]
fn store<E: Float>(values: &Values<E>, to: &mut [E]) {
    match to.first_chunk_mut() {
        Some(to) => *to = *values,
        None => to.copy_from_slice(&values[..to.len()]),
    }
}

#[inline(always)]
fn map<E: Float, const N: usize>(inputs: [&Values<E>; N], f: impl Fn([E; N]) -> E) -> Values<E> {
    let mut out = [E::ZERO; UNITS];
    for (j, out) in out.iter_mut().enumerate() {
        *out = f(inputs.map(|values| values[j]));
    }
    out
}

/// The carry after a step, written to the first matrices of `columns`, and what the gradient needs, written to the
/// others if there are any. `z` holds the projections of the last output; `x` those of the input, (batch, gates ·
/// hidden).
pub(super) fn forward<E: Float>(
    sizes: Sizes,
    units: &Units,
    z: &[E],
    x: &[E],
    before: &[&[E]],
    columns: &mut Columns<'_, E>,
) {
    let Sizes { cell, batch, hidden, .. } = sizes;
    let (count, width) = (units.all.len(), sizes.columns());
    vectorize_wide::<E, _>(
        #[inline(always)]
        || {
            for (row, first) in
                (0..batch).flat_map(|row| (0..count).step_by(UNITS).map(move |first| (row, first)))
            {
                let some = UNITS.min(count - first);
                let at = units.all.start + first;
                let z =
                    |gate: usize| load(&z[(row * cell.gates() + gate) * count + first..][..some]);
                let x = |gate: usize| load(&x[row * width + gate * hidden + at..][..some]);
                let last = load(&before[0][row * hidden + at..][..some]);
                let sum = |gate| map([&z(gate), &x(gate)], |[z, x]| z + x);
                let gate = |gate| map([&sum(gate)], |[x]| sigmoid(x));
                let mut write = |part: usize, values: &Values<E>| {
                    if let Some(matrix) = columns.get_mut(part) {
                        store(values, &mut matrix.row(row)[units.own.start + first..][..some]);
                    }
                };
                match cell {
                    Cell::Lstm => {
                        let (i, f, o) = (gate(0), gate(1), gate(3));
                        let g = map([&sum(2)], |[x]| x.tanh());
                        let c = map([&f, &last, &i, &g], |[f, last, i, g]| f * last + i * g);
                        let h = map([&o, &c], |[o, c]| o * c.tanh());
                        let all = [&c, &h, &i, &f, &g, &o];
                        all.into_iter().enumerate().for_each(|(part, values)| write(part, values));
                    }
                    Cell::Gru => {
                        let (r, u, p) = (gate(0), gate(1), z(2));
                        let n = map([&x(2), &r, &p], |[x, r, p]| (x + r * p).tanh());
                        let h = map([&u, &n, &last], |[u, n, last]| (E::ONE - u) * n + u * last);
                        let all = [&h, &r, &u, &n, &p];
                        all.into_iter().enumerate().for_each(|(part, values)| write(part, values));
                    }
                }
            }
        },
    );
}

/// The gradients of a step. `dh` is what flows to the output of this step from the projection of the next one. The
/// first matrix of `columns` is the gradient that flows to the carry beside the projection, from this step to the one
/// before; the next ones are the gradients of the projections of the input, and of a GRU those of the last output.
pub(super) fn backward<E: Float>(
    sizes: Sizes,
    units: &Units,
    dh: &[E],
    step: &Step<'_, E>,
    columns: &mut Columns<'_, E>,
) {
    let Sizes { cell, batch, hidden, .. } = sizes;
    let count = units.all.len();
    let one = E::ONE;
    vectorize_wide::<E, _>(
        #[inline(always)]
        || {
            for (row, first) in
                (0..batch).flat_map(|row| (0..count).step_by(UNITS).map(move |first| (row, first)))
            {
                let some = UNITS.min(count - first);
                let at = row * hidden + units.all.start + first;
                let of = |x: &[E]| load(&x[at..][..some]);
                let after = |part: usize| of(step.after[part]);
                let (last, to_first) = (of(step.before[0]), of(step.gradients[0]));
                let own = units.own.start + first;
                let carried = load(&columns[0].row(row)[own..][..some]);
                let dh = load(&dh[row * count + first..][..some]);
                let mut write = |part: usize, values: &Values<E>| {
                    store(values, &mut columns[part].row(row)[own..][..some]);
                };
                match cell {
                    Cell::Lstm => {
                        let [c, i, f, g, o] = [0, 2, 3, 4, 5].map(after);
                        let t = map([&c], |[c]| c.tanh());
                        let dh = map([&dh, &of(step.gradients[1])], |[dh, to_h]| dh + to_h);
                        let dc = map([&carried, &to_first], |[carried, to_c]| carried + to_c);
                        let d =
                            map([&dc, &dh, &o, &t], |[dc, dh, o, t]| dc + dh * o * (one - t * t));
                        write(1, &map([&d, &g, &i], |[d, g, i]| d * g * i * (one - i)));
                        write(2, &map([&d, &last, &f], |[d, last, f]| d * last * f * (one - f)));
                        write(3, &map([&d, &i, &g], |[d, i, g]| d * i * (one - g * g)));
                        write(4, &map([&dh, &t, &o], |[dh, t, o]| dh * t * o * (one - o)));
                        write(0, &map([&d, &f], |[d, f]| d * f));
                    }
                    Cell::Gru => {
                        let [r, u, n, p] = [1, 2, 3, 4].map(after);
                        let dh = map([&dh, &carried, &to_first], |[dh, carried, to_h]| {
                            dh + carried + to_h
                        });
                        let d = map([&dh, &u, &n], |[dh, u, n]| dh * (one - u) * (one - n * n));
                        let dr = map([&d, &p, &r], |[d, p, r]| d * p * r * (one - r));
                        let du = map([&dh, &last, &n, &u], |[dh, last, n, u]| {
                            dh * (last - n) * u * (one - u)
                        });
                        let of_gates = [&dr, &du, &d, &dr, &du, &map([&d, &r], |[d, r]| d * r)];
                        let all = of_gates.into_iter().enumerate();
                        all.for_each(|(part, values)| write(part + 1, values));
                        write(0, &map([&dh, &u], |[dh, u]| dh * u));
                    }
                }
            }
        },
    );
}
