//! Whole sequences of LSTM and GRU cells, forward and backward.
//!
//! The projections of the inputs of all steps, `x W + b`, are computed before, in one GEMM. A step is then the
//! projection of the previous output, `h U`, and the gates:
//!
//! ```text
//! LSTM   i, f, o = sigmoid(h U + x), g = tanh(h U + x)    c' = f c + i g,   h' = o tanh(c')
//! GRU    r, z = sigmoid(h U + x),  n = tanh(x + r (h U))  h' = (1 - z) n + z h
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `forward` | the steps from first to last |
//! | `backward` | from last to first: the gradients of the projections and of the first carry |
//! | `packing` | the recurrent weights, copied once a sequence, or once for many, into the order in which steps read them |
//! | `gates` | the elementwise part of a step, of some units of one row |
//!
//! Units are split into blocks. A task computes some blocks of a step: for each, the GEMM of all of its gates, and
//! then the gates while the products are in the L1 cache. Threads share the examples of the batch, and run all steps alone.
//! If there are too few examples, they share the blocks: a step is one parallel region, in which each thread takes the
//! same blocks as in the last step, so their weights stay in its L2 cache.

mod backward;
mod forward;
mod gates;
mod packing;
#[cfg(test)]
mod tests;

pub(crate) use backward::{Gradients, backward};
pub(crate) use forward::{Inputs, forward, pack, packs};
pub(crate) use packing::Packed;

use std::ops::Range;

use super::gemm::MatrixMut;
use super::parallel::{self, num_threads};
use super::scratch::{self, List};

/// A gated cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Gates i, f, g, o; the carry is c and h.
    Lstm,
    /// Gates r, z, n; the carry is h.
    Gru,
}

impl Cell {
    /// The number of gates. The weights have `hidden` columns for each gate.
    pub(crate) const fn gates(self) -> usize {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }

    /// The number of arrays in the carry. The last one is the output.
    pub(crate) const fn carries(self) -> usize {
        match self {
            Self::Lstm => 2,
            Self::Gru => 1,
        }
    }

    /// The number of parts saved for backward: the values of the gates, and the projection that the reset gate of a GRU
    /// multiplies.
    pub(crate) const SAVED: usize = 4;
}

/// The sizes of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) cell: Cell,
    pub(crate) time: usize,
    pub(crate) batch: usize,
    pub(crate) hidden: usize,
}

impl Sizes {
    /// The number of elements of one part of a carry: (batch, hidden).
    fn step(self) -> usize {
        self.batch * self.hidden
    }

    /// The number of columns of the weights.
    pub(crate) fn columns(self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// The examples of each task that runs all steps. Examples don't depend on each other, so that threads which share them
    /// don't wait for each other, nor read what the other has written, in any step. A task has one example only if the batch
    /// has: a product of one row is a GEMV, whose order of summation may be another one.
    fn examples(self) -> impl Iterator<Item = Range<usize>> {
        let work = self.time * self.step() * self.columns() / MIN_FMAS_PER_TASK;
        let tasks = num_threads().min(work).min(self.batch / MIN_ROWS_PER_TASK).max(1);
        (0..tasks).map(move |task| task * self.batch / tasks..(task + 1) * self.batch / tasks)
    }

    /// How many tasks compute the blocks of a step.
    fn tasks(self, blocks: usize) -> usize {
        let fmas = self.step() * self.columns();
        num_threads().min(fmas / MIN_FMAS_PER_TASK).min(blocks).max(1)
    }
}

/// The least number of examples of a task that runs all steps: with fewer, reading the weights takes as long as the FMAs.
const MIN_ROWS_PER_TASK: usize = 4;

/// The least number of FMAs per task: about 3 µs, several times the cost of a parallel region.
const MIN_FMAS_PER_TASK: usize = 1 << 17;

/// The output matrices of one task: some columns of each output of a step.
type Columns<'a, E> = List<MatrixMut<'a, E>>;

/// Splits the columns of `outputs` at the `cuts`, and calls `work(task, columns)` for each task. An output that is made
/// of `runs` equal runs of columns, such as one for each gate, gives `runs` matrices: the same columns of each run.
fn for_tasks<'a, E: Send + 'a>(
    outputs: impl IntoIterator<Item = (MatrixMut<'a, E>, usize)>,
    cuts: &[usize],
    work: &(dyn Fn(usize, &mut Columns<'a, E>) + Sync),
) {
    let mut tasks: List<Columns<'a, E>> = (1..cuts.len()).map(|_| scratch::list()).collect();
    for (output, runs) in outputs {
        let (mut rest, width) = (output, cuts[cuts.len() - 1]);
        debug_assert_eq!(rest.columns(), runs * width);
        for _ in 0..runs {
            for (cut, task) in cuts.windows(2).zip(&mut tasks) {
                let (columns, after) = rest.split_columns(cut[1] - cut[0]);
                task.push(columns);
                rest = after;
            }
        }
    }
    parallel::for_chunks(&mut tasks, 1, true, &|task, columns| work(task, &mut columns[0]));
}
