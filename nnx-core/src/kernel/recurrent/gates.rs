//! The elementwise part of a step, for the units of a block. Loops are over the units of one row, which are contiguous.
//! All operands are in L1, except those of the whole sequence.

use std::ops::Range;

use super::{Cell, Columns, Sizes};
use crate::kernel::elementary::sigmoid;
use crate::kernel::{Float, vectorize_wide};

/// The units of a block: their indices in the cell, and in the matrices of the task.
#[derive(Debug, Clone)]
pub(super) struct Units {
    pub(super) all: Range<usize>,
    pub(super) own: Range<usize>,
}

/// The inputs of a backward step, each (batch, hidden).
pub(super) struct Step<'a, E> {
    /// The parts of the carry before the step.
    pub(super) before: &'a [&'a [E]],
    /// The parts of the carry after the step, and the parts saved for backward.
    pub(super) after: &'a [&'a [E]],
    /// The gradients of the parts of the carry after the step.
    pub(super) gradients: &'a [&'a [E]],
}

/// Writes the carry after a step to the first matrices of `columns`, and the parts saved for backward to the others, if
/// there are any. `z` holds the projections of the previous output and is overwritten; `x` holds those of the input,
/// (batch, gates · hidden).
pub(super) fn forward<E: Float>(
    sizes: Sizes,
    units: &Units,
    z: &mut [E],
    x: &[E],
    before: &[&[E]],
    columns: &mut Columns<'_, E>,
) {
    let Sizes { cell, batch, hidden, .. } = sizes;
    let (count, width) = (units.all.len(), sizes.columns());
    vectorize_wide::<E, _>(
        #[inline(always)]
        || {
            for row in 0..batch {
                let z = &mut z[row * cell.gates() * count..][..cell.gates() * count];
                let x = |gate: usize| &x[row * width + gate * hidden + units.all.start..][..count];
                let before = |part: usize| &before[part][row * hidden + units.all.start..][..count];
                match cell {
                    Cell::Lstm => {
                        let [c, h, saved @ ..] = &mut columns[..] else { unreachable!("c and h") };
                        let [c, h] = [c, h].map(|part| &mut part.row(row)[units.own.clone()]);
                        (0..4).for_each(|gate| add(&mut z[gate * count..][..count], x(gate)));
                        z[..2 * count].iter_mut().for_each(|z| *z = sigmoid(*z));
                        z[2 * count..3 * count].iter_mut().for_each(|z| *z = z.tanh());
                        z[3 * count..].iter_mut().for_each(|z| *z = sigmoid(*z));
                        let [i, f, g, o] = quarters(z, count);
                        let last = before(0);
                        for j in 0..count {
                            c[j] = f[j] * last[j] + i[j] * g[j];
                        }
                        for j in 0..count {
                            h[j] = o[j] * c[j].tanh();
                        }
                        for (saved, gate) in saved.iter_mut().zip([i, f, g, o]) {
                            saved.row(row)[units.own.clone()].copy_from_slice(gate);
                        }
                    }
                    Cell::Gru => {
                        let [h, saved @ ..] = &mut columns[..] else { unreachable!("h") };
                        let h = &mut h.row(row)[units.own.clone()];
                        (0..2).for_each(|gate| add(&mut z[gate * count..][..count], x(gate)));
                        let (gates, projection) = z.split_at_mut(2 * count);
                        gates.iter_mut().for_each(|z| *z = sigmoid(*z));
                        let (reset, update) = gates.split_at_mut(count);
                        if let Some(saved) = saved.first_mut() {
                            saved.row(row)[units.own.clone()].copy_from_slice(reset);
                        }
                        let input = x(2);
                        for j in 0..count {
                            reset[j] = (input[j] + reset[j] * projection[j]).tanh();
                        }
                        let (candidate, last) = (reset, before(0));
                        for j in 0..count {
                            h[j] = (E::ONE - update[j]) * candidate[j] + update[j] * last[j];
                        }
                        let rest = [&*update, &*candidate, &*projection];
                        for (saved, values) in saved.iter_mut().skip(1).zip(rest) {
                            saved.row(row)[units.own.clone()].copy_from_slice(values);
                        }
                    }
                }
            }
        },
    );
}

#[inline(always)]
fn add<E: Float>(z: &mut [E], x: &[E]) {
    z.iter_mut().zip(x).for_each(|(z, &x)| *z += x);
}

#[inline(always)]
fn quarters<E>(z: &[E], count: usize) -> [&[E]; 4] {
    std::array::from_fn(|i| &z[i * count..][..count])
}

/// The gradients of a step. `dh` is the gradient of this step's output that comes from the projection of the next step.
/// The first matrix of `columns` receives the gradient of the previous carry that doesn't flow through the projection;
/// the next ones receive the gradients of the projections of the input, and for a GRU those of the previous output.
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
            for row in 0..batch {
                let dh = &dh[row * count..][..count];
                let at = |part: usize| &step.after[part][row * hidden + units.all.start..][..count];
                let before =
                    |part: usize| &step.before[part][row * hidden + units.all.start..][..count];
                let gradient =
                    |part: usize| &step.gradients[part][row * hidden + units.all.start..][..count];
                match cell {
                    Cell::Lstm => {
                        let [dc, di, df, dg, d_o] = &mut columns[..] else {
                            unreachable!("dc and the gradients of four gates")
                        };
                        let [dc, di, df, dg, d_o] =
                            [dc, di, df, dg, d_o].map(|part| &mut part.row(row)[units.own.clone()]);
                        let [c, i, f, g, o] = [0, 2, 3, 4, 5].map(at);
                        let (last, to_c, to_h) = (before(0), gradient(0), gradient(1));
                        for j in 0..count {
                            let t = c[j].tanh();
                            let dh = dh[j] + to_h[j];
                            let d = dc[j] + to_c[j] + dh * o[j] * (one - t * t);
                            di[j] = d * g[j] * i[j] * (one - i[j]);
                            df[j] = d * last[j] * f[j] * (one - f[j]);
                            dg[j] = d * i[j] * (one - g[j] * g[j]);
                            d_o[j] = dh * t * o[j] * (one - o[j]);
                            dc[j] = d * f[j];
                        }
                    }
                    Cell::Gru => {
                        let [carried, dr, du, dn, pr, pu, pn] = &mut columns[..] else {
                            unreachable!("dh and the gradients of two projections to three gates")
                        };
                        let [carried, dr, du, dn, pr, pu, pn] = [carried, dr, du, dn, pr, pu, pn]
                            .map(|part| &mut part.row(row)[units.own.clone()]);
                        let [r, u, n, projection] = [1, 2, 3, 4].map(at);
                        let (last, to_h) = (before(0), gradient(0));
                        for j in 0..count {
                            let dh = dh[j] + carried[j] + to_h[j];
                            let d = dh * (one - u[j]) * (one - n[j] * n[j]);
                            dn[j] = d;
                            pn[j] = d * r[j];
                            dr[j] = d * projection[j] * r[j] * (one - r[j]);
                            pr[j] = dr[j];
                            du[j] = dh * (last[j] - n[j]) * u[j] * (one - u[j]);
                            pu[j] = du[j];
                            carried[j] = dh * u[j];
                        }
                    }
                }
            }
        },
    );
}
