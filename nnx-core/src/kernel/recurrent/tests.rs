//! Sequences against the formulas, one unit at a time, and their gradients against finite differences.

use super::*;
use crate::kernel::Float;
use crate::kernel::threads::with_threads;

/// Values in [-1, 1) that look random.
fn values<E: Float>(count: usize, seed: usize) -> Vec<E> {
    let value = |i: usize| ((i * 7919 + seed * 104_729) % 2003) as f64 / 1001.5 - 1.0;
    (0..count).map(|i| E::from_f64(value(i * i % 65_537 + i))).collect()
}

/// The operands of a sequence.
struct Operands<E> {
    sizes: Sizes,
    x: Vec<E>,
    carry: Vec<E>,
    weights: Vec<E>,
    bias: Option<Vec<E>>,
}

impl<E: Float> Operands<E> {
    fn new(sizes: Sizes, has_bias: bool) -> Self {
        let Sizes { cell, time, batch, hidden } = sizes;
        let scale = E::from_f64(1.0 / (hidden as f64).sqrt());
        Self {
            sizes,
            x: values(time * batch * sizes.columns(), 1),
            carry: values(cell.carries() * batch * hidden, 2),
            weights: values(hidden * sizes.columns(), 3)
                .into_iter()
                .map(|w: E| w * scale)
                .collect(),
            bias: has_bias.then(|| values(sizes.columns(), 4)),
        }
    }

    fn parts(&self, saves: bool) -> usize {
        self.sizes.cell.carries() + if saves { Cell::SAVED } else { 0 }
    }

    fn forward(&self, saves: bool) -> Vec<E> {
        self.forward_by(saves, None)
    }

    fn forward_by(&self, saves: bool, packed: Option<&Packed<E>>) -> Vec<E> {
        let nan = E::from_f64(f64::NAN);
        let mut out = vec![nan; self.parts(saves) * self.sizes.time * self.sizes.step()];
        let Self { x, carry, weights, bias, .. } = self;
        let bias = bias.as_deref();
        forward(self.sizes, Inputs { x, carry, weights, bias, packed }, &mut out);
        out
    }

    /// The gradients of x, of the carry, and of the projections of the outputs.
    fn backward(&self, states: &[E], dy: &[E]) -> [Vec<E>; 3] {
        let nan = |count| vec![E::from_f64(f64::NAN); count];
        let gru = self.sizes.cell == Cell::Gru;
        let mut all = [nan(self.x.len()), nan(self.carry.len()), nan(self.x.len())];
        let [x, carry, projection] = &mut all;
        let gradients = Gradients { x, carry, projection: gru.then_some(&mut projection[..]) };
        backward(self.sizes, [&self.carry, &self.weights], states, dy, gradients);
        if !gru {
            all[2] = all[0].clone();
        }
        all
    }

    /// The carries by the formulas.
    fn reference(&self) -> Vec<f64> {
        let Sizes { cell, time, batch, hidden } = self.sizes;
        let (step, columns) = (batch * hidden, self.sizes.columns());
        let mut out = vec![0.0; cell.carries() * time * step];
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let mut carry: Vec<f64> = self.carry.iter().map(|x| x.to_f64()).collect();
        for t in 0..time {
            let before = carry.clone();
            for (row, j) in (0..batch).flat_map(|row| (0..hidden).map(move |j| (row, j))) {
                let last = |part: usize, j: usize| before[part * step + row * hidden + j];
                let h = |gate: usize| -> f64 {
                    let column = gate * hidden + j;
                    let bias = self.bias.as_ref().map_or(0.0, |bias| bias[column].to_f64());
                    let product = (0..hidden).map(|k| {
                        last(cell.carries() - 1, k) * self.weights[k * columns + column].to_f64()
                    });
                    product.sum::<f64>() + bias
                };
                let x =
                    |gate: usize| self.x[(t * batch + row) * columns + gate * hidden + j].to_f64();
                let at = row * hidden + j;
                match cell {
                    Cell::Lstm => {
                        let [i, f, o] = [0, 1, 3].map(|gate| sigmoid(h(gate) + x(gate)));
                        let c = f * last(0, j) + i * (h(2) + x(2)).tanh();
                        (carry[at], carry[step + at]) = (c, o * c.tanh());
                    }
                    Cell::Gru => {
                        let [r, z] = [0, 1].map(|gate| sigmoid(h(gate) + x(gate)));
                        let n = (x(2) + r * h(2)).tanh();
                        carry[at] = (1.0 - z) * n + z * last(0, j);
                    }
                }
            }
            for part in 0..cell.carries() {
                let to = &mut out[(part * time + t) * step..][..step];
                to.copy_from_slice(&carry[part * step..][..step]);
            }
        }
        out
    }
}

/// Sequences of both cells: one block and several, with a partial last block, few steps and many, one row and several.
fn all_sizes() -> Vec<Sizes> {
    let shapes =
        [[1, 1, 1], [2, 3, 5], [3, 1, 40], [4, 2, 33], [5, 3, 70], [6, 1, 96], [4, 4, 130]];
    let both = |[time, batch, hidden]: [usize; 3]| {
        [Cell::Lstm, Cell::Gru].map(|cell| Sizes { cell, time, batch, hidden })
    };
    shapes.into_iter().flat_map(both).collect()
}

#[test]
fn a_sequence_is_what_the_formulas_say() {
    for (i, sizes) in all_sizes().into_iter().enumerate() {
        let (wide, narrow) =
            (Operands::<f64>::new(sizes, i % 3 > 0), Operands::<f32>::new(sizes, i % 3 > 0));
        let expected = wide.reference();
        for (found, expected) in wide.forward(false).iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-12, "{sizes:?}: {found}, expected {expected}");
        }
        for (found, expected) in narrow.forward(false).iter().zip(&expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-4, "{sizes:?}: {found}, {expected}");
        }
        let carries = narrow.forward(false);
        assert_eq!(narrow.forward(true)[..carries.len()], carries, "{sizes:?}, and saved");
    }
}

#[test]
fn gradients_are_the_slopes() {
    for (i, sizes) in all_sizes().into_iter().enumerate() {
        let operands = Operands::<f64>::new(sizes, i % 2 == 0);
        let count = operands.parts(false) * sizes.time * sizes.step();
        let dy: Vec<f64> = values(count, 5);
        let [dx, dcarry, projection] = operands.backward(&operands.forward(true), &dy);
        // Finite differences along random directions, of all elements at once.
        let slope = |change: &dyn Fn(&mut Operands<f64>, f64)| {
            let loss = |epsilon: f64| -> f64 {
                let mut moved = Operands::<f64>::new(sizes, i % 2 == 0);
                change(&mut moved, epsilon);
                moved.forward(false).iter().zip(&dy).map(|(y, dy)| y * dy).sum()
            };
            (loss(1e-5) - loss(-1e-5)) / 2e-5
        };
        let along = |x: &[f64], direction: &[f64]| -> f64 {
            x.iter().zip(direction).map(|(x, direction)| x * direction).sum()
        };
        let shift = |x: &mut Vec<f64>, direction: &[f64], epsilon: f64| {
            x.iter_mut().zip(direction).for_each(|(x, direction)| *x += epsilon * direction);
        };
        let close = |what: &str, found: f64, expected: f64| {
            let bound = 1e-7 * (1.0 + expected.abs()) * (count as f64).sqrt();
            assert!((found - expected).abs() < bound, "{sizes:?}, {what}: {found}, {expected}");
        };
        let direction: Vec<f64> = values(dx.len(), 6);
        close("x", along(&dx, &direction), slope(&|at, e| shift(&mut at.x, &direction, e)));
        let direction: Vec<f64> = values(dcarry.len(), 7);
        let expected = slope(&|at, e| shift(&mut at.carry, &direction, e));
        close("carry", along(&dcarry, &direction), expected);
        if i % 2 == 0 {
            let direction: Vec<f64> = values(sizes.columns(), 8);
            let rows = projection.chunks_exact(sizes.columns());
            let found = rows.map(|row| along(row, &direction)).sum();
            let expected = slope(&|at, e| shift(at.bias.as_mut().expect("a bias"), &direction, e));
            close("bias", found, expected);
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let bits = |x: Vec<f32>| -> Vec<u32> { x.into_iter().map(f32::to_bits).collect() };
    for [time, batch, hidden] in [
        [5, 9, 200],
        [2, 20, 150],
        [6, 1, 300],
        [4, 16, 64],
        [7, 37, 40],
        [9, 4, 96],
        [3, 70, 33],
        // Weights that aren't packed, and examples that don't divide evenly.
        [3, 9, 64],
        [8, 9, 32],
        [3, 17, 64],
    ] {
        for cell in [Cell::Lstm, Cell::Gru] {
            let operands = Operands::<f32>::new(Sizes { cell, time, batch, hidden }, true);
            let run = |threads| {
                with_threads(threads, || {
                    let states = operands.forward(true);
                    let dy = values(operands.parts(false) * time * batch * hidden, 5);
                    let gradients = operands.backward(&states, &dy);
                    (bits(states), gradients.map(bits))
                })
            };
            let expected = run(1);
            for threads in [2, 3, 8] {
                assert!(run(threads) == expected, "{cell:?} {time} {batch} {hidden}, {threads}");
            }
        }
    }
}

/// Examples are shared in some of these sizes, units in others.
#[test]
fn threads_change_no_bit_of_random_sizes() {
    let pick = |n: usize, end: usize| {
        let x = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        1 + ((x ^ x >> 32) % end as u64) as usize
    };
    for case in 0..20 {
        let cell = if case % 2 == 0 { Cell::Lstm } else { Cell::Gru };
        let [time, batch, hidden] =
            [pick(3 * case, 5), pick(3 * case + 1, 50), pick(3 * case + 2, 130)];
        let operands = Operands::<f32>::new(Sizes { cell, time, batch, hidden }, case % 3 == 0);
        let run = |threads| {
            with_threads(threads, || {
                let states = operands.forward(true);
                let dy = values(operands.parts(false) * time * batch * hidden, 5);
                let gradients = operands.backward(&states, &dy);
                let bits = |x: &Vec<f32>| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                (bits(&states), gradients.each_ref().map(bits))
            })
        };
        let expected = run(1);
        let same = [2, 3, 7].into_iter().all(|threads| run(threads) == expected);
        assert!(same, "{cell:?} {time} {batch} {hidden}");
    }
}

#[test]
fn weights_that_were_packed_before_change_no_bit_and_serve_sequences_of_any_length() {
    let bits = |x: Vec<f32>| -> Vec<u32> { x.into_iter().map(f32::to_bits).collect() };
    for cell in [Cell::Lstm, Cell::Gru] {
        for hidden in [1, 31, 32, 33, 64, 70, 97, 130] {
            let sizes = Sizes { cell, time: 6, batch: 1, hidden };
            let of = |sizes| Operands::<f32>::new(sizes, true);
            let packed = packs(sizes).then(|| pack(sizes, &of(sizes).weights));
            assert_eq!(packed.is_some(), hidden > 32, "a single block is read in place");
            for (time, batch) in [(6, 1), (4, 3), (3, 2), (1, 1), (9, 17)] {
                let operands = of(Sizes { time, batch, ..sizes });
                for threads in [1, 2] {
                    with_threads(threads, || {
                        let found = bits(operands.forward_by(false, packed.as_ref()));
                        let same = found == bits(operands.forward(false));
                        assert!(same, "{cell:?} {hidden} {time} {batch}");
                    });
                }
            }
        }
        // Weights of other sizes are packed anew.
        let (small, large) = (
            Sizes { cell, time: 5, batch: 2, hidden: 40 },
            Sizes { cell, time: 5, batch: 2, hidden: 64 },
        );
        let operands = Operands::<f32>::new(large, false);
        let other = packs(small).then(|| pack(small, &Operands::<f32>::new(small, false).weights));
        let found = bits(operands.forward_by(true, other.as_ref()));
        assert!(found == bits(operands.forward(true)));
    }
}
