//! An expression of elementwise functions, computed block by block: a block stays in the L1 cache from the first function to
//! the last, so that memory is read and written once.
//!
//! ```text
//! for each block of the output
//!     for each function
//!         register = function(register or block of an input, ..)
//!     block of the output = the last register
//! ```
//!
//! The functions are the loops of the single operations, compiled once: an expression has the bits of these operations.

use std::cell::Cell;
use std::fmt::Debug;

use super::broadcast::Broadcast;
use super::elementwise::BLOCK as L1_BLOCK;
use super::finish::PostOps;
use super::parallel;
use super::scratch::{Scratch, with_scratch};

/// Elements of a block: registers and blocks of inputs fit in L1 together.
const BLOCK: usize = L1_BLOCK / 2;

/// An elementwise function, as the loop of its operation.
pub(crate) trait BlockFunction: Debug + Send + Sync {
    /// Whether both orders of two operands give the same bits, unless both are NaN.
    fn commutes(&self) -> bool {
        false
    }
    /// `x[i] = f(x[i])`, or `x[i] = f(x[i], y[i])`. A function of one operand gets an empty `y`.
    fn update(&self, x: &mut [f32], y: &[f32]);
}

/// An operand of a function of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// An input of the expression.
    Input(usize),
    /// A block in L1. Register 0 is the block of the output, which holds the base at first.
    Register(usize),
}

/// A function of an expression: `to = function(first, second)`. `to` may be the register of the first operand, and isn't that
/// of the second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) function: &'a dyn BlockFunction,
    pub(crate) first: Place,
    pub(crate) second: Option<Place>,
    pub(crate) to: usize,
}

/// An expression and its inputs.
#[derive(Debug)]
pub(crate) struct ExpressionKernel<'a> {
    pub(crate) calls: List<Call<'a>, MOST_CALLS>,
    pub(crate) inputs: List<(&'a [f32], Broadcast), MOST_INPUTS>,
    /// Registers besides the block of the output.
    pub(crate) registers: usize,
    /// The register that holds the result in the end.
    pub(crate) result: usize,
}

thread_local! {
    static SCRATCH: Scratch = const { Cell::new(Vec::new()) };
}

impl ExpressionKernel<'_> {
    /// Updates all of `out`, which holds the base, with all threads.
    pub(crate) fn update(&self, out: &mut [f32]) {
        parallel::elements(out, |range, out| self.chunk(range.start, None, out));
    }

    /// As `update`, with the base in an array of its own.
    pub(crate) fn map(&self, base: &[f32], out: &mut [f32]) {
        assert_eq!(base.len(), out.len(), "expression: lengths differ");
        parallel::elements(out, |range, out| {
            self.chunk(range.start, Some(&base[range.clone()]), out);
        });
    }

    /// The elements from `offset` on, of a part of the base, on this thread.
    pub(crate) fn write(&self, offset: usize, base: &[f32], out: &mut [f32]) {
        assert_eq!(base.len(), out.len(), "expression: lengths differ");
        self.chunk(offset, Some(base), out);
    }

    /// The elements from `offset` on. A base that is elsewhere is copied block by block.
    fn chunk(&self, offset: usize, base: Option<&[f32]>, out: &mut [f32]) {
        let needed = (self.registers + self.inputs.len()) * BLOCK;
        with_scratch(&SCRATCH, needed, |scratch| {
            let (registers, blocks) = scratch.split_at_mut(self.registers * BLOCK);
            let (mut held, each) = ([usize::MAX; MOST_INPUTS], self.block());
            for (index, out) in out.chunks_mut(each).enumerate() {
                let start = index * each;
                if let Some(base) = base {
                    out.copy_from_slice(&base[start..start + out.len()]);
                }
                self.run_block(offset + start, out, registers, blocks, &mut held);
            }
        });
    }

    /// Elements of a block: whole rows of an input that is broadcast along rows, if they are short.
    fn block(&self) -> usize {
        let row = self.inputs.iter().find_map(|(_, how)| match how {
            Broadcast::Row(width) if width <= BLOCK => Some(BLOCK / width * width),
            _ => None,
        });
        row.unwrap_or(BLOCK)
    }

    /// The functions on one block.
    fn run_block(
        &self,
        start: usize,
        out: &mut [f32],
        registers: &mut [f32],
        blocks: &mut [f32],
        held: &mut [usize],
    ) {
        let length = out.len();
        for (index, (input, how)) in self.inputs.iter().enumerate() {
            let block = &mut blocks[index * BLOCK..][..length];
            fill(block, start, input, how, &mut held[index]);
        }
        let input = |index: usize| match self.inputs.get(index) {
            (all, Broadcast::None) => &all[start..start + length],
            _ => &blocks[index * BLOCK..][..length],
        };
        for call in self.calls.iter() {
            let (to, others) = separate(out, registers, call.to, length);
            match call.first {
                Place::Register(from) if from == call.to => {}
                Place::Register(from) => to.copy_from_slice(others.get(from)),
                Place::Input(index) => to.copy_from_slice(input(index)),
            }
            let second = match call.second {
                None => &[],
                Some(Place::Register(from)) => others.get(from),
                Some(Place::Input(index)) => input(index),
            };
            call.function.update(to, second);
        }
        if self.result > 0 {
            out.copy_from_slice(&registers[(self.result - 1) * BLOCK..][..length]);
        }
    }
}

impl PostOps<f32> for ExpressionKernel<'_> {
    fn run(&self, offset: usize, out: &mut [f32]) {
        self.chunk(offset, None, out);
    }
}

/// The most inputs of an expression.
pub(crate) const MOST_INPUTS: usize = 16;
/// The most functions of an expression: registers of more would not fit in L1.
pub(crate) const MOST_CALLS: usize = 24;

/// Up to `N` items, without an allocation.
#[derive(Debug)]
pub(crate) struct List<T, const N: usize> {
    items: [Option<T>; N],
    length: usize,
}

impl<T: Copy, const N: usize> FromIterator<T> for List<T, N> {
    /// Panics with more than `N` items.
    fn from_iter<I: IntoIterator<Item = T>>(from: I) -> Self {
        let mut list = Self { items: [None; N], length: 0 };
        for item in from {
            list.items[list.length] = Some(item);
            list.length += 1;
        }
        list
    }
}

impl<T: Copy, const N: usize> List<T, N> {
    fn len(&self) -> usize {
        self.length
    }

    fn iter(&self) -> impl Iterator<Item = T> {
        self.items.iter().map_while(|item| *item)
    }

    fn get(&self, index: usize) -> T {
        self.items[index].expect("an item of the list")
    }
}

/// The registers of a block but one.
struct Others<'a> {
    /// The block of the output, unless that is the one.
    out: Option<&'a [f32]>,
    before: &'a [f32],
    /// Registers from `first` on.
    after: &'a [f32],
    first: usize,
    length: usize,
}

impl<'a> Others<'a> {
    fn get(&self, register: usize) -> &'a [f32] {
        match register {
            0 => self.out.expect("a function isn't given the register that it writes"),
            _ if register < self.first => &self.before[(register - 1) * BLOCK..][..self.length],
            _ => &self.after[(register - self.first) * BLOCK..][..self.length],
        }
    }
}

/// Register `to`, and the others.
fn separate<'a>(
    out: &'a mut [f32],
    registers: &'a mut [f32],
    to: usize,
    length: usize,
) -> (&'a mut [f32], Others<'a>) {
    if to == 0 {
        return (out, Others { out: None, before: &[], after: registers, first: 1, length });
    }
    let (before, rest) = registers.split_at_mut((to - 1) * BLOCK);
    let (own, after) = rest.split_at_mut(BLOCK);
    (&mut own[..length], Others { out: Some(out), before, after, first: to + 1, length })
}

/// Writes the elements of a broadcast input from `start` on. `held` is where in a row the elements start that the block
/// holds already: they stay for the next one.
fn fill(block: &mut [f32], start: usize, input: &[f32], how: Broadcast, held: &mut usize) {
    match how {
        Broadcast::None => {}
        Broadcast::Scalar if *held == 0 => {}
        Broadcast::Scalar => {
            block.fill(input[0]);
            *held = 0;
        }
        Broadcast::Row(width) => {
            let (at, whole) = (start % width, block.len());
            if *held == at {
                return;
            }
            let mut done = 0;
            while done < whole {
                let from = (at + done) % width;
                let length = (width - from).min(whole - done);
                block[done..done + length].copy_from_slice(&input[from..from + length]);
                done += length;
            }
            *held = at;
        }
        Broadcast::Column(width) => {
            let mut done = 0;
            while done < block.len() {
                let (row, column) = ((start + done) / width, (start + done) % width);
                let length = (width - column).min(block.len() - done);
                block[done..done + length].fill(input[row]);
                done += length;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x + 1`, and `x - 2 y`.
    #[derive(Debug)]
    struct Increment;
    impl BlockFunction for Increment {
        fn update(&self, x: &mut [f32], _: &[f32]) {
            x.iter_mut().for_each(|x| *x += 1.0);
        }
    }
    #[derive(Debug)]
    struct MinusTwice;
    impl BlockFunction for MinusTwice {
        fn update(&self, x: &mut [f32], y: &[f32]) {
            x.iter_mut().zip(y).for_each(|(x, y)| *x -= 2.0 * y);
        }
    }

    fn values(count: usize) -> Vec<f32> {
        (0..count).map(|i| (i * 31 % 97) as f32).collect()
    }

    /// `y - 2 (base + 1)`, where `y` is `base - 2 input`.
    fn kernel(input: &[f32], how: Broadcast) -> ExpressionKernel<'_> {
        let (base, other) = (Place::Register(0), Place::Register(1));
        let calls = [
            Call { function: &MinusTwice, first: base, second: Some(Place::Input(0)), to: 1 },
            Call { function: &Increment, first: base, second: None, to: 0 },
            Call { function: &MinusTwice, first: other, second: Some(base), to: 1 },
        ];
        ExpressionKernel {
            calls: calls.into_iter().collect(),
            inputs: [(input, how)].into_iter().collect(),
            registers: 1,
            result: 1,
        }
    }

    #[test]
    fn blocks_of_all_lengths_and_broadcasts_equal_the_formula() {
        for (rows, width) in [(1, 1), (3, 5), (7, 512), (2, 513), (70, 64), (1, 3000), (40, 1000)] {
            let (base, count) = (values(rows * width), rows * width);
            let input = values(count);
            let broadcasts: [(Broadcast, &dyn Fn(usize) -> f32); 4] = [
                (Broadcast::None, &|i| input[i]),
                (Broadcast::Scalar, &|_| input[0]),
                (Broadcast::Row(width), &|i| input[i % width]),
                (Broadcast::Column(width), &|i| input[i / width]),
            ];
            for (how, element) in broadcasts {
                let kernel = kernel(&input, how);
                let formula = |i: usize| base[i] - 2.0 * element(i) - 2.0 * (base[i] + 1.0);
                let expected: Vec<f32> = (0..count).map(formula).collect();
                let (mut mapped, mut updated) = (vec![f32::NAN; count], base.clone());
                kernel.map(&base, &mut mapped);
                kernel.update(&mut updated);
                assert_eq!(mapped, expected, "{rows} x {width}, {how:?}");
                assert_eq!(updated, expected, "{rows} x {width}, {how:?}, in place");
                // Parts of an output that start anywhere.
                let (from, mut part) = (count / 3, base[count / 3..].to_vec());
                kernel.run(from, &mut part);
                assert_eq!(part, expected[from..], "{rows} x {width}, {how:?}, from {from}");
            }
        }
    }
}
