//! Finds blocks that repeat in a list of steps.
//!
//! A step is a **key** and **numbers**. Two steps with one key are the same operation on operands of the same shapes; the
//! numbers are what may differ: which values they read and compute, and integers of the operation, such as the start of
//! a slice. A block repeats if the keys do, and if each number stays the same or grows by the same amount from repetition
//! to repetition. The number of an operand may begin anywhere, as a value that is carried from one repetition to the next does,
//! or be any one of a value or a constant from outside, as the weights of layers are.
//!
//! ```text
//! for the longest period of 8, 64, 512 and 4096 items:
//!     from left to right, at each item:
//!         period = the distance to the next item with the same key, then to the one after it, ..
//!         times  = as often as the keys repeat, and all numbers are as above
//!         if that saves enough lines: shift the block until it carries the fewest values, and make it one item
//! ```
//!
//! A block that was found is an item of the next round, so that blocks of blocks are found: the layers of each time step.

use std::collections::HashMap;
use std::ops::Range;

use super::run::{MadeBy, Run};

/// A step, or a block that repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A step by its index.
    Step(usize),
    /// A block.
    Repeat(Block),
}

/// A block that repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The index of its first step.
    pub(crate) first: usize,
    /// The steps of one repetition.
    pub(crate) length: usize,
    pub(crate) times: usize,
    /// The first repetition.
    pub(crate) body: Vec<Node>,
}

impl Block {
    /// The steps of the first repetition.
    pub(crate) fn once(&self) -> Range<usize> {
        self.first..self.first + self.length
    }

    /// The steps of all repetitions.
    pub(crate) fn all(&self) -> Range<usize> {
        self.first..self.first + self.length * self.times
    }

    /// From a step of the first repetition to the same one of the last.
    pub(crate) fn to_last(&self) -> usize {
        (self.times - 1) * self.length
    }
}

/// What is compared: a step, or a block that was found.
#[derive(Debug)]
pub(crate) struct Item {
    key: usize,
    pub(super) numbers: Vec<(Kind, i64)>,
    node: Node,
    pub(super) steps: Range<usize>,
}

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A value that is computed, or an integer of an operation.
    Fixed,
    /// What is read: a value, or a constant by a number below 0.
    Operand,
}

/// A number in all repetitions.
#[derive(PartialEq, Eq, Hash)]
enum Growth {
    /// By as much each time.
    Even(i64),
    /// By as much each time, but for the first one.
    AfterFirst(i64),
    Any,
}

/// A block repeats as often, or it isn't folded.
pub(super) const LEAST_TIMES: usize = 3;
/// As many items are saved, or a block isn't folded.
const LEAST_SAVED: usize = 8;
/// The longest blocks of each round, in items.
const LONGEST: [usize; 4] = [8, 64, 512, 4096];
/// As many periods are tried at an item.
const MOST_PERIODS: usize = 32;
/// As many shifts of a block are tried.
const MOST_SHIFTS: usize = 64;
/// In each round, as many items are compared whose keys repeat: then what follows is left as it is.
const MOST_COMPARED: usize = 1 << 26;

impl Item {
    /// The step of this index.
    pub(crate) fn step(index: usize, key: usize, numbers: Vec<(Kind, i64)>) -> Self {
        Self { key, numbers, node: Node::Step(index), steps: index..index + 1 }
    }
}

/// The steps, with blocks in place of those that repeat. `made_by` has the step that computes each value.
pub(crate) fn find(items: Vec<Item>, made_by: MadeBy<'_>) -> Vec<Node> {
    let first = items.iter().map(|item| item.key + 1).max().unwrap_or(0);
    let mut finder = Finder { made_by, keys: HashMap::new(), first, left: 0 };
    let found = LONGEST.iter().fold(items, |items, longest| finder.round(items, *longest));
    found.into_iter().map(|item| item.node).collect()
}

struct Finder<'a> {
    made_by: MadeBy<'a>,
    /// The keys of blocks, which follow those of steps.
    keys: HashMap<BlockKey, usize>,
    first: usize,
    /// How many items may still be compared in this round.
    left: usize,
}

#[derive(PartialEq, Eq, Hash)]
struct BlockKey {
    times: usize,
    body: Vec<usize>,
    growths: Vec<Growth>,
}

impl Finder<'_> {
    /// Folds blocks of at most `longest` items.
    fn round(&mut self, items: Vec<Item>, longest: usize) -> Vec<Item> {
        let keys: Vec<usize> = items.iter().map(|item| item.key).collect();
        // For each item, the next one with its key.
        let mut next = vec![usize::MAX; keys.len()];
        let mut seen = HashMap::new();
        for (index, key) in keys.iter().enumerate().rev() {
            next[index] = seen.insert(*key, index).unwrap_or(usize::MAX);
        }
        self.left = MOST_COMPARED;
        let (mut runs, mut at) = (Vec::new(), 0);
        while at < items.len() {
            let run = self.run_at(&items, &keys, &next, at, longest);
            at = run.map_or(at + 1, |run| run.start + run.length * run.times);
            runs.extend(run);
        }
        let blocks: Vec<Item> = runs.iter().map(|run| self.block(&items, *run)).collect();
        let mut blocks = runs.iter().zip(blocks).peekable();
        let mut folded = Vec::new();
        let mut until = 0;
        for (index, item) in items.into_iter().enumerate() {
            if let Some((run, block)) = blocks.next_if(|(run, _)| run.start == index) {
                until = index + run.length * run.times;
                folded.push(block);
            }
            if index >= until {
                folded.push(item);
            }
        }
        folded
    }

    /// The block that begins at an item, or a little later.
    fn run_at(
        &mut self,
        items: &[Item],
        keys: &[usize],
        next: &[usize],
        at: usize,
        longest: usize,
    ) -> Option<Run> {
        let others = std::iter::successors(Some(next[at]), |other| next.get(*other).copied());
        for other in others.take(MOST_PERIODS) {
            let length = other.saturating_sub(at);
            if length > longest {
                return None;
            }
            // As many repetitions are folded. The others are looked at only if these repeat.
            let times = LEAST_TIMES.max(1 + LEAST_SAVED.div_ceil(length));
            let compared = length * (times - 1);
            if other + compared > keys.len() {
                return None;
            }
            if keys[at..][..compared] != keys[other..][..compared] {
                continue;
            }
            self.left = self.left.checked_sub(compared)?;
            let run = Run { start: at, length, times };
            if run.repetitions(items, self.made_by) == times {
                let (run, same) = self.whole(items, keys, run);
                return Some(self.shifted(items, run, same));
            }
        }
        None
    }

    /// A block with all its repetitions, of which `run` has some, and how many items have the key of the one a period later,
    /// at least in these repetitions. Looks at twice as many each time: the time is proportional to what is found.
    fn whole(&self, items: &[Item], keys: &[usize], mut run: Run) -> (Run, usize) {
        loop {
            let most = 2 * run.length * run.times;
            let later = &keys[run.start + run.length..];
            let pairs = keys[run.start..].iter().zip(later).take(most);
            let same = pairs.take_while(|(key, later)| key == later).count();
            let times = same / run.length + 1;
            run.times = Run { times, ..run }.repetitions(items, self.made_by);
            if run.times < times || same < most {
                return (run, same);
            }
        }
    }

    /// The block, begun later if it carries fewer values then: so layers begin at their input. `same` is of `whole`.
    fn shifted(&self, items: &[Item], run: Run, same: usize) -> Run {
        let slack = same - (run.times - 1) * run.length;
        let mut best = (run.carried(items, self.made_by), run);
        for shift in 1..=slack.min(run.length - 1).min(MOST_SHIFTS) {
            let shifted = Run { start: run.start + shift, ..run };
            let carried = shifted.carried(items, self.made_by);
            if carried < best.0 && shifted.repetitions(items, self.made_by) == run.times {
                best = (carried, shifted);
            }
        }
        best.1
    }

    /// A block as an item.
    fn block(&mut self, items: &[Item], run: Run) -> Item {
        let body = &items[run.start..][..run.length];
        let steps = body[0].steps.start..body[run.length - 1].steps.end;
        let (mut growths, mut numbers) = (Vec::new(), Vec::new());
        for (item, once) in body.iter().enumerate() {
            for number in 0..once.numbers.len() {
                let all: Vec<(Kind, i64)> =
                    (0..run.times).map(|at| run.number(items, at, item, number)).collect();
                let is_even = |from: usize| {
                    let steps =
                        all[from..].windows(2).map(|pair| pair[1].1.wrapping_sub(pair[0].1));
                    let by = all[from + 1].1.wrapping_sub(all[from].1);
                    steps.into_iter().all(|step| step == by).then_some(by)
                };
                let (growth, differing) = match (is_even(0), is_even(1)) {
                    (Some(by), _) => (Growth::Even(by), 1),
                    (_, Some(by)) => (Growth::AfterFirst(by), 2),
                    _ => (Growth::Any, all.len()),
                };
                growths.push(growth);
                numbers.extend(&all[..differing]);
            }
        }
        let key = BlockKey {
            times: run.times,
            body: body.iter().map(|item| item.key).collect(),
            growths,
        };
        let new = self.first + self.keys.len();
        let key = *self.keys.entry(key).or_insert(new);
        let block = Block {
            first: steps.start,
            length: steps.len(),
            times: run.times,
            body: body.iter().map(|item| item.node.clone()).collect(),
        };
        let steps = block.all();
        Item { key, numbers, node: Node::Repeat(block), steps }
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Kind, Node, find};

    /// Steps of one key.
    fn found(count: usize, number: impl Fn(usize) -> usize) -> Vec<Node> {
        let step = |at: usize| Item::step(at, 0, vec![(Kind::Fixed, number(at) as i64)]);
        find((0..count).map(step).collect(), &|_| None)
    }

    #[test]
    fn a_block_has_all_its_repetitions() {
        let times = |nodes: Vec<Node>| -> Vec<usize> {
            let times = |node: Node| match node {
                Node::Step(_) => 1,
                Node::Repeat(block) => block.times,
            };
            nodes.into_iter().map(times).collect()
        };
        assert_eq!(times(found(1001, |at| 3 * at)), [1001]);
        assert_eq!(times(found(1001, |at| at + 5 * usize::from(at >= 700))), [700, 301]);
        assert_eq!(times(found(9, |at| at)), [9]);
        assert_eq!(times(found(8, |at| at)), [1; 8]);
    }

    /// The time would be quadratic in the number of steps if each were compared with all behind it.
    #[test]
    fn many_steps_of_one_key_that_dont_repeat_take_little_time() {
        assert_eq!(found(50_000, |at| at * at).len(), 50_000);
    }
}
