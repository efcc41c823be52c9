//! The steps of a program as lines of text. A block that repeats is written once:
//!
//! ```text
//! repeat 64 times {
//!   %38 = layer_norm_affine %0,%62..%1612 %1,%13..%757 %2,%14..%758: (2, 5, 8) f32
//!   %39 = linear %38 %3,%15..%759 %4,%16..%760: (2, 5, 24) f32
//!   ..
//! } gives %1637
//! ```
//!
//! What a repetition computes has the number that it has in the first one. What it reads from elsewhere is written once if it is
//! always the same, and else by the numbers in the first, the second and the last repetition: `%0,%62..%1612` is
//! carried, as the block computes `%62`. An integer of an operation that grows is `0..63`, the first and the last one.
//! `gives` lists what is read behind the block.

use std::fmt;

use super::repeated::{Block, Node, results};
use super::text::{Named, Typed, label, parameters};
use super::{Output, Program};

/// Writes a line: takes its indent, the steps that it stands for, one for each repetition, and the text.
type WriteLine<'a> = &'a mut dyn FnMut(usize, &[usize], &str) -> fmt::Result;

/// Makes lines of the steps of a program.
pub(super) struct Lines<'a> {
    program: &'a Program,
    /// For each value, the step that computes it, and the last one that reads it.
    made_by: Vec<Option<usize>>,
    last_readers: Vec<Option<usize>>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(program: &'a Program) -> Self {
        let (made_by, last_readers) = (program.producers(), program.last_readers());
        Self { program, made_by, last_readers }
    }

    /// Writes the lines of some nodes, within these blocks, the outermost first.
    pub(super) fn write<'n>(
        &self,
        nodes: &'n [Node],
        around: &mut Vec<&'n Block>,
        line: WriteLine<'_>,
    ) -> fmt::Result {
        let indent = 2 * around.len();
        for node in nodes {
            match node {
                Node::Step(step) => {
                    let all = around.iter().fold(vec![*step], |steps, block| {
                        let shifts = (0..block.times).map(|repetition| repetition * block.length);
                        let shifted = |shift: usize| steps.iter().map(move |step| step + shift);
                        shifts.flat_map(shifted).collect()
                    });
                    line(indent, &all, &self.step(*step, around))?;
                }
                Node::Repeat(block) => {
                    line(indent, &[], &format!("repeat {} times {{", block.times))?;
                    around.push(block);
                    self.write(&block.body, around, line)?;
                    around.pop();
                    line(indent, &[], &format!("}}{}", self.results(block)))?;
                }
            }
        }
        Ok(())
    }

    /// A step: `%3 = linear %0 %1 %2: (4, 2) f32`.
    fn step(&self, index: usize, around: &[&Block]) -> String {
        let step = &self.program.steps[index];
        let outputs: Vec<String> = step.outputs().map(|value| format!("%{value}")).collect();
        let mut text = format!("{} = {}", outputs.join(" "), label(&*step.operation));
        for operand in 0..step.inputs.len() {
            text += &format!(" {}", self.operand(index, operand, around));
        }
        text += &format!(": {}", Typed(self.program, step.output));
        let last: usize = around.iter().map(|block| block.to_last()).sum();
        let of = |index: usize| parameters(&*self.program.steps[index].operation);
        if let Some(parameters) = of(index) {
            let ranges =
                of(index + last).map_or(parameters.clone(), |last| ranges(&parameters, &last));
            text += &format!("  # {ranges}");
        }
        text
    }

    /// An operand: `%3`, or `%3,%7..%43`, if it is another one in each repetition.
    fn operand(&self, index: usize, operand: usize, around: &[&Block]) -> String {
        let at = |shift: usize| &self.program.steps[index + shift].inputs[operand];
        let first = at(0);
        for block in around.iter().rev() {
            let second = at(block.length);
            if let (Output::Value(first), Output::Value(second)) = (first, second) {
                let made = self.made_by[*first].filter(|step| block.once().contains(step));
                if made.is_some_and(|step| self.made_by[*second] == Some(step + block.length)) {
                    break;
                }
            }
            let is_same = |repetition: usize| match (first, at(repetition * block.length)) {
                (Output::Constant(_), Output::Constant(_)) => true,
                (Output::Value(first), Output::Value(other)) => first == other,
                _ => false,
            };
            if !(0..block.times).all(is_same) {
                let last: usize = around.iter().map(|block| block.to_last()).sum();
                return format!("{},{}..{}", Named(first), Named(second), Named(at(last)));
            }
        }
        Named(first).to_string()
    }

    /// The values of a block that are read behind it: ` gives %1637`.
    fn results(&self, block: &Block) -> String {
        let results = results(self.program, block, &self.last_readers);
        let result =
            |(numbers, is_collected): &(Vec<usize>, bool)| match (is_collected, &numbers[..]) {
                (true, [first, second, .., last]) => format!(" %{first},%{second}..%{last}"),
                (_, numbers) => numbers.last().map(|last| format!(" %{last}")).unwrap_or_default(),
            };
        let listed: String = results.iter().map(result).collect();
        if listed.is_empty() { listed } else { format!(" gives{listed}") }
    }
}

/// A text with `0..63` in place of the integers that differ from those of another text.
fn ranges(first: &str, last: &str) -> String {
    let (first, last) = (tokens(first), tokens(last));
    if first.len() != last.len() {
        return first.concat();
    }
    let token = |(first, last): (&&str, &&str)| match first == last {
        true => (*first).to_owned(),
        false => format!("{first}..{last}"),
    };
    first.iter().zip(&last).map(token).collect()
}

/// The runs of digits and signs of a text, and what is between them.
fn tokens(text: &str) -> Vec<&str> {
    let is_of_number = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
    text.as_bytes()
        .chunk_by(|a, b| is_of_number(a) == is_of_number(b))
        .scan(0, |start, run| {
            let token = &text[*start..*start + run.len()];
            *start += run.len();
            Some(token)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn integers_that_differ_are_ranges() {
        let of = |start: usize| format!("Slice {{ axis: 1, start: {start}, length: 16 }}");
        assert_eq!(ranges(&of(0), &of(112)), "Slice { axis: 1, start: 0..112, length: 16 }");
        assert_eq!(ranges("Tril { k: -10 }", "Tril { k: 1 }"), "Tril { k: -10..1 }");
        assert_eq!(ranges("Tril { k: 1 }", "Tril { k: -10 }"), "Tril { k: 1..-10 }");
        assert_eq!(ranges("é 0.5", "é 0.5"), "é 0.5");
        assert_eq!(ranges("Exp", "Powf(2)"), "Exp");
    }
}
