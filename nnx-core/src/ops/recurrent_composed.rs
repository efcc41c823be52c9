//! Recurrent cells composed of other operations, step by step: within a `vmap`, and for gradients of gradients.

use super::DynTensor;
use super::recurrent::no_steps;
use crate::array::OrPanic as _;
use crate::kernel::recurrent::Cell;

/// The values of a step: the carry before and after it, and the values that its gradient needs.
struct Step {
    before: Vec<DynTensor>,
    after: Vec<DynTensor>,
    saved: [DynTensor; 4],
}

/// Splits `(batch, N hidden)` into N tensors `(batch, hidden)`.
pub(crate) fn split<const N: usize>(x: &DynTensor) -> [DynTensor; N] {
    let hidden = x.dims()[1] / N;
    std::array::from_fn(|i| x.clone().slice(1, i * hidden, hidden))
}

/// Element `index` of the first axis.
fn at(x: &DynTensor, index: usize) -> DynTensor {
    let rest = x.dims().without_axis(0);
    x.clone().slice(0, index, 1).reshape(&rest)
}

fn stacked(parts: Vec<DynTensor>) -> DynTensor {
    let rows = parts.into_iter().map(DynTensor::stacked_row).collect();
    DynTensor::concat(rows, 0).or_panic()
}

fn one_minus(x: &DynTensor) -> DynTensor {
    (-x.clone()).add_scalar(1.0)
}

/// `s (1 - s)`, the slope of a sigmoid whose value is s.
fn slope(s: &DynTensor) -> DynTensor {
    s * &one_minus(s)
}

/// `1 - t²`, the slope of a tanh whose value is t.
fn tanh_slope(t: &DynTensor) -> DynTensor {
    one_minus(&t.clone().square())
}

fn step(cell: Cell, x: &DynTensor, before: Vec<DynTensor>, weights: &[DynTensor]) -> Step {
    let last = before[cell.carries() - 1].clone();
    let h = last.clone().linear(weights[0].clone(), weights.get(1).cloned());
    match cell {
        Cell::Lstm => {
            let [i, f, g, o] = split(&(&h + x));
            let [i, f, o] = [i, f, o].map(DynTensor::sigmoid);
            let g = g.tanh();
            let c = &f * &before[0] + &i * &g;
            let h = &o * &c.clone().tanh();
            Step { before, after: vec![c, h], saved: [i, f, g, o] }
        }
        Cell::Gru => {
            let ([xr, xz, xn], [hr, hz, hn]) = (split(x), split(&h));
            let (r, z) = ((xr + hr).sigmoid(), (xz + hz).sigmoid());
            let n = (xn + &r * &hn).tanh();
            let h = one_minus(&z) * n.clone() + &z * &last;
            Step { before, after: vec![h], saved: [r, z, n, hn] }
        }
    }
}

fn steps(cell: Cell, inputs: &[DynTensor]) -> Vec<Step> {
    let [x, carry, weights @ ..] = inputs else { unreachable!("three or four inputs") };
    let mut before: Vec<DynTensor> = (0..cell.carries()).map(|part| at(carry, part)).collect();
    let one = |t| {
        let step = step(cell, &at(x, t), before.clone(), weights);
        before.clone_from(&step.after);
        step
    };
    (0..x.dims()[0]).map(one).collect()
}

/// The carries after all steps, (parts, time, batch, hidden).
pub(super) fn composed(cell: Cell, inputs: &[DynTensor]) -> DynTensor {
    let steps = steps(cell, inputs);
    if steps.is_empty() {
        let [_, batch, hidden] = *inputs[1].dims() else { unreachable!("three axes") };
        return no_steps(cell.carries(), inputs[0].dtype(), [batch, hidden]);
    }
    let part = |part: usize| stacked(steps.iter().map(|step| step.after[part].clone()).collect());
    stacked((0..cell.carries()).map(part).collect())
}

/// The gradients with respect to all inputs, for the gradient `g` of the carries.
pub(super) fn composed_gradients(
    cell: Cell,
    inputs: &[DynTensor],
    g: &DynTensor,
) -> Vec<Option<DynTensor>> {
    let steps = steps(cell, inputs);
    let to_weights =
        |h: &DynTensor, gates: &DynTensor| h.clone().swap_axes(0, 1).matmul(gates.clone());
    let transposed = inputs[2].clone().swap_axes(0, 1);
    let parts: Vec<DynTensor> = (0..cell.carries()).map(|part| at(g, part)).collect();
    // The gradient that flows from later steps to the carry after this step.
    let mut later: Vec<Option<DynTensor>> = vec![None; cell.carries()];
    let (mut dx, mut dweights, mut dbias): (_, Option<DynTensor>, Option<DynTensor>) =
        (Vec::new(), None, None);
    let plus = |sum: Option<DynTensor>, term: DynTensor| match sum {
        Some(sum) => sum + term,
        None => term,
    };
    for (t, Step { before, after, saved }) in steps.iter().enumerate().rev() {
        let flowing = parts.iter().zip(&later);
        let flowing: Vec<DynTensor> =
            flowing.map(|(part, later)| plus(later.clone(), at(part, t))).collect();
        let last = &before[cell.carries() - 1];
        let concat = |parts| DynTensor::concat(parts, 1).or_panic();
        let h = &flowing[cell.carries() - 1];
        let (gates, projections, rest) = match (cell, saved) {
            (Cell::Lstm, [i, f, g, o]) => {
                let t = after[0].clone().tanh();
                let c = flowing[0].clone() + h * &(o * &tanh_slope(&t));
                let gates = concat(vec![
                    &c * &(g * &slope(i)),
                    &c * &(&before[0] * &slope(f)),
                    &c * &(i * &tanh_slope(g)),
                    h * &(&t * &slope(o)),
                ]);
                (gates.clone(), gates, &c * f)
            }
            (Cell::Gru, [r, z, n, hn]) => {
                let dn = h * &(one_minus(z) * tanh_slope(n));
                let dr = &dn * &(hn * &slope(r));
                let dz = h * &((last - n) * slope(z));
                let gates = concat(vec![dr.clone(), dz.clone(), dn.clone()]);
                (gates, concat(vec![dr, dz, &dn * r]), h * z)
            }
        };
        let through = projections.clone().matmul(transposed.clone());
        later = match cell {
            Cell::Lstm => vec![Some(rest), Some(through)],
            Cell::Gru => vec![Some(through + rest)],
        };
        dweights = Some(plus(dweights, to_weights(last, &projections)));
        dbias = Some(plus(dbias, projections.sum(&[0])));
        dx.push(gates);
    }
    dx.reverse();
    let carry: Option<Vec<DynTensor>> = later.into_iter().collect();
    let dx = (!dx.is_empty()).then(|| stacked(dx));
    let mut gradients = vec![dx, carry.map(stacked), dweights];
    if inputs.len() == 4 {
        gradients.push(dbias);
    }
    gradients
}
