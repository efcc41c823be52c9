//! Steps that no output needs are left out.

use super::Memo;
use crate::array::ShapeError;
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    let mut needed = vec![false; program.values.len()];
    let mark = |operands: &[Output], needed: &mut [bool]| {
        for value in operands.iter().filter_map(Output::value) {
            needed[value] = true;
        }
    };
    mark(&program.results(), &mut needed);
    for step in program.steps.iter().rev() {
        if step.outputs().any(|output| needed[output]) {
            mark(&step.inputs, &mut needed);
        }
    }
    program.retain_steps(|_, step| step.outputs().any(|output| needed[output]));
    Ok(())
}
