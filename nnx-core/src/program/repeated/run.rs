//! A run of items whose keys repeat, and how often their numbers do: see `find`.

use std::ops::Range;

use super::find::{Item, Kind, LEAST_TIMES};

/// The step that computes a value.
pub(super) type MadeBy<'a> = &'a dyn Fn(i64) -> Option<usize>;

/// A block of items.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) times: usize,
}

impl Run {
    /// A number of an item in a repetition.
    pub(super) fn number(
        self,
        items: &[Item],
        repetition: usize,
        item: usize,
        number: usize,
    ) -> (Kind, i64) {
        items[self.start + repetition * self.length + item].numbers[number]
    }

    /// How often the numbers of a block repeat, whose keys do.
    pub(super) fn repetitions(self, items: &[Item], made_by: MadeBy<'_>) -> usize {
        let mut times = self.times;
        for item in 0..self.length {
            for number in 0..items[self.start + item].numbers.len() {
                let values = (0..times).map(|at| self.number(items, at, item, number).1);
                times = match self.number(items, 0, item, number).0 {
                    Kind::Fixed => even(values),
                    Kind::Operand => self.reads(items, made_by, values),
                };
                if times < LEAST_TIMES {
                    return times;
                }
            }
        }
        times
    }

    /// In how many repetitions an operand is read as in the second one: from outside, from the same repetition or from the one
    /// before.
    fn reads(
        self,
        items: &[Item],
        made_by: MadeBy<'_>,
        values: impl Iterator<Item = i64> + Clone,
    ) -> usize {
        let steps = self.steps(items);
        // The repetition that computes a value; none if it is from outside.
        let made_in = |value: i64| {
            let step = made_by(value).filter(|step| *step >= steps.start)?;
            Some((step - steps.start) / steps.len())
        };
        let mut made = values.clone().map(made_in);
        let (first, second) = (made.next().flatten(), made.next().flatten());
        let as_second = made.zip(2..).take_while(|(made, at)| match second {
            None => made.is_none(),
            Some(second) => *made == Some(second + at - 1),
        });
        let times = 2 + as_second.count();
        match (first, second) {
            (None, None) => times,
            (None, Some(0)) => times.min(1 + even(values.skip(1))),
            (Some(0), Some(1)) => times.min(even(values)),
            // Now from outside, now from within; or first from the same repetition, then from the one before.
            _ => 1,
        }
    }

    /// The steps of the first repetition.
    fn steps(self, items: &[Item]) -> Range<usize> {
        items[self.start].steps.start..items[self.start + self.length].steps.start
    }

    /// The number of values that the second repetition reads of the first.
    pub(super) fn carried(self, items: &[Item], made_by: MadeBy<'_>) -> usize {
        let steps = self.steps(items);
        let second = &items[self.start + self.length..][..self.length];
        let numbers = second.iter().flat_map(|item| &item.numbers);
        let mut read: Vec<i64> = numbers
            .filter(|(kind, value)| {
                *kind == Kind::Operand && made_by(*value).is_some_and(|step| steps.contains(&step))
            })
            .map(|(_, value)| *value)
            .collect();
        read.sort_unstable();
        read.dedup();
        read.len()
    }
}

/// The number of integers from the first one on that grow by the same amount.
fn even(mut values: impl Iterator<Item = i64>) -> usize {
    let (Some(first), Some(second)) = (values.next(), values.next()) else { return 1 };
    let (by, mut last) = (second.wrapping_sub(first), second);
    let grows = |value: &i64| value.wrapping_sub(std::mem::replace(&mut last, *value)) == by;
    2 + values.take_while(grows).count()
}
