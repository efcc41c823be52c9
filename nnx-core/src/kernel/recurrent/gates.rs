//! The elementwise part of a step, for the units of a block. Loops are over the units of one row, which are contiguous.
//! All operands are in L1, except those of the whole sequence.

use std::ops::Range;

use super::{Cell, Columns, Sizes};
use crate::kernel::level::Level;
use crate::kernel::{Float, Kernel, Simd, vectorize_wide};

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

/// Prefetches the projections of the input that [`forward`] reads. They are far apart, and in no cache that is near.
pub(super) fn prefetch<E: Float>(sizes: Sizes, units: &Range<usize>, x: &[E]) {
    Level::active().run(Prefetch { sizes, units, x });
}

struct Prefetch<'a, E> {
    sizes: Sizes,
    units: &'a Range<usize>,
    x: &'a [E],
}

impl<E: Float> Kernel for Prefetch<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        const LINE: usize = 64;
        for runs in self.x.chunks_exact(self.sizes.hidden) {
            for unit in self.units.clone().step_by(LINE / size_of::<E>()) {
                simd.prefetch(runs[unit..].as_ptr().cast());
            }
        }
    }
}

/// Of some examples, `rows`: writes the carry after a step to the first matrices of `columns`, and the parts saved for
/// backward to the others, if there are any. `z` holds the projections of their previous output and is overwritten; `x`
/// holds those of the input, (batch, gates · hidden).
pub(super) fn forward<E: Float>(
    sizes: Sizes,
    units: &Units,
    rows: Range<usize>,
    z: &mut [E],
    x: &[E],
    before: &[&[E]],
    columns: &mut Columns<'_, E>,
) {
    let Sizes { cell, hidden, .. } = sizes;
    let (count, width) = (units.all.len(), sizes.columns());
    vectorize_wide::<E, _>(
        #[inline(always)]
        || {
            for (z, row) in z.chunks_exact_mut(cell.gates() * count).zip(rows) {
                let x = |gate: usize| &x[row * width + gate * hidden + units.all.start..][..count];
                let before = |part: usize| &before[part][row * hidden + units.all.start..][..count];
                match cell {
                    Cell::Lstm => {
                        let [c, h, saved @ ..] = &mut columns[..] else { unreachable!("c and h") };
                        let [c, h] = [c, h].map(|part| &mut part.row(row)[units.own.clone()]);
                        for gate in [0, 1, 3] {
                            activate(&mut z[gate * count..][..count], x(gate), sigmoid_or_0);
                        }
                        activate(&mut z[2 * count..][..count], x(2), E::tanh);
                        let [i, f, g, o] = quarters(z, count);
                        cells(c, h, [f, before(0)], [i, g], o);
                        for (saved, gate) in saved.iter_mut().zip([i, f, g, o]) {
                            saved.row(row)[units.own.clone()].copy_from_slice(gate);
                        }
                    }
                    Cell::Gru => {
                        let [h, saved @ ..] = &mut columns[..] else { unreachable!("h") };
                        let h = &mut h.row(row)[units.own.clone()];
                        for gate in [0, 1] {
                            activate(&mut z[gate * count..][..count], x(gate), sigmoid_or_0);
                        }
                        let (gates, projection) = z.split_at_mut(2 * count);
                        let (reset, update) = gates.split_at_mut(count);
                        if let Some(saved) = saved.first_mut() {
                            saved.row(row)[units.own.clone()].copy_from_slice(reset);
                        }
                        candidates(reset, projection, x(2));
                        let candidate = reset;
                        between(h, update, [candidate, before(0)]);
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

// Each loop is a function of its slices, from which the compiler knows that they don't overlap, and has no index: then it
// has no checks, and is vectorized.

/// `1 / (1 + e^-x)`: the bits of [`sigmoid`](crate::kernel::elementary::sigmoid) where the result is a normal number, else 0.
/// A gate that is so nearly closed may be closed, and `e^-x` takes fewer steps where no result is subnormal.
#[inline(always)]
fn sigmoid_or_0<E: Float>(x: E) -> E {
    let e = (-x.abs()).exp_to_0();
    let above = if x < E::ZERO { e } else { E::ONE };
    above / (E::ONE + e)
}

/// `z = f(z + x)`.
#[inline(always)]
fn activate<E: Float>(z: &mut [E], x: &[E], f: impl Fn(E) -> E) {
    z.iter_mut().zip(x).for_each(|(z, &x)| *z = f(*z + x));
}

/// `c = f last + i g, h = o tanh(c)`.
#[inline(always)]
fn cells<E: Float>(c: &mut [E], h: &mut [E], [f, last]: [&[E]; 2], [i, g]: [&[E]; 2], o: &[E]) {
    let terms = f.iter().zip(last).zip(i.iter().zip(g));
    for (((c, h), ((&f, &last), (&i, &g))), &o) in c.iter_mut().zip(h).zip(terms).zip(o) {
        let cell = f * last + i * g;
        (*c, *h) = (cell, o * cell.tanh());
    }
}

/// `r = tanh(x + r projection)`.
#[inline(always)]
fn candidates<E: Float>(r: &mut [E], projection: &[E], x: &[E]) {
    let terms = projection.iter().zip(x);
    r.iter_mut().zip(terms).for_each(|(r, (&projection, &x))| *r = (x + *r * projection).tanh());
}

/// `h = (1 - update) candidate + update last`.
#[inline(always)]
fn between<E: Float>(h: &mut [E], update: &[E], [candidate, last]: [&[E]; 2]) {
    let terms = candidate.iter().zip(last);
    h.iter_mut().zip(update).zip(terms).for_each(|((h, &update), (&candidate, &last))| {
        *h = (E::ONE - update) * candidate + update * last;
    });
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
                        let states = [0, 2, 3, 4, 5].map(at);
                        let into = [dh, gradient(0), gradient(1)];
                        lstm_gradients(count, states, before(0), into, dc, di, df, dg, d_o);
                    }
                    Cell::Gru => {
                        let [carried, dr, du, dn, pr, pu, pn] = &mut columns[..] else {
                            unreachable!("dh and the gradients of two projections to three gates")
                        };
                        let [carried, dr, du, dn, pr, pu, pn] = [carried, dr, du, dn, pr, pu, pn]
                            .map(|part| &mut part.row(row)[units.own.clone()]);
                        let states = [1, 2, 3, 4].map(at);
                        let into = [dh, gradient(0)];
                        gru_gradients(count, states, before(0), into, carried, dr, du, dn, pn);
                        pr.copy_from_slice(dr);
                        pu.copy_from_slice(du);
                    }
                }
            }
        },
    );
}

/// The gradients of `count` units of an LSTM, from the states after the step, the cell before it, and the gradients of h
/// by the next step, and of c and h. `dc` is that of the cell after the step, and becomes that of the cell before it.
#[inline(always)]
#[allow(
    clippy::too_many_arguments,
    reason = "in an array, slices may overlap for all the compiler knows"
)]
fn lstm_gradients<E: Float>(
    count: usize,
    states: [&[E]; 5],
    last: &[E],
    into: [&[E]; 3],
    dc: &mut [E],
    di: &mut [E],
    df: &mut [E],
    dg: &mut [E],
    d_o: &mut [E],
) {
    let [c, i, f, g, o] = states.map(|x| &x[..count]);
    let ([dh, to_c, to_h], last) = (into.map(|x| &x[..count]), &last[..count]);
    let (dc, d_o) = (&mut dc[..count], &mut d_o[..count]);
    let (di, df, dg) = (&mut di[..count], &mut df[..count], &mut dg[..count]);
    let one = E::ONE;
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

/// The gradients of `count` units of a GRU, from the states after the step, the output before it, and the gradients of
/// h. `carried` is the part of the gradient that doesn't flow through a projection.
#[inline(always)]
#[allow(
    clippy::too_many_arguments,
    reason = "in an array, slices may overlap for all the compiler knows"
)]
fn gru_gradients<E: Float>(
    count: usize,
    states: [&[E]; 4],
    last: &[E],
    into: [&[E]; 2],
    carried: &mut [E],
    dr: &mut [E],
    du: &mut [E],
    dn: &mut [E],
    pn: &mut [E],
) {
    let [r, u, n, projection] = states.map(|x| &x[..count]);
    let ([dh, to_h], last) = (into.map(|x| &x[..count]), &last[..count]);
    let (carried, dr, du) = (&mut carried[..count], &mut dr[..count], &mut du[..count]);
    let (dn, pn) = (&mut dn[..count], &mut pn[..count]);
    let one = E::ONE;
    for j in 0..count {
        let dh = dh[j] + carried[j] + to_h[j];
        let d = dh * (one - u[j]) * (one - n[j] * n[j]);
        dn[j] = d;
        pn[j] = d * r[j];
        dr[j] = d * projection[j] * r[j] * (one - r[j]);
        du[j] = dh * (last[j] - n[j]) * u[j] * (one - u[j]);
        carried[j] = dh * u[j];
    }
}
