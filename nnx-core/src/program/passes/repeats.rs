//! The same operation on the same inputs is computed once.

use std::collections::HashMap;

use super::Memo;
use super::memo::{OperandKey, text_of};
use crate::array::ShapeError;
use crate::ops::ValueId;
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    let mut same: Vec<ValueId> = (0..program.values.len()).collect();
    let mut found = HashMap::new();
    let mut left = Vec::new();
    for mut step in std::mem::take(&mut program.steps) {
        step.inputs.iter_mut().for_each(|input| replace(input, &same));
        if step.update.is_none()
            && let Some(text) = text_of(&*step.operation)
        {
            let keys: Vec<OperandKey> = step.inputs.iter().map(OperandKey::of).collect();
            let first = *found.entry((text, keys)).or_insert(step.output);
            if first != step.output {
                same[step.output] = first;
                continue;
            }
        }
        left.push(step);
    }
    program.steps = left;
    program.results_mut().for_each(|output| replace(output, &same));
    Ok(())
}

fn replace(operand: &mut Output, same: &[ValueId]) {
    if let Output::Value(value) = operand {
        *value = same[*value];
    }
}
