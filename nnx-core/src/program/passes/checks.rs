//! Indices that an earlier step has checked aren't checked again: those of an embedding, for its gradient. A step that
//! can't fail lets the updates of parameters follow their gradients ([`updates`](super::updates)).

use std::collections::HashMap;
use std::sync::Arc;

use super::Memo;
use crate::array::ShapeError;
use crate::ops::{Checked, RoleKind};
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    // For each value, the number below which its elements are known to be.
    let mut known: HashMap<usize, usize> = HashMap::new();
    for index in 0..program.steps.len() {
        let step = &program.steps[index];
        let RoleKind::Indices(indices) = step.operation.role().0 else { continue };
        let end = indices.end(&program.input_signatures(step));
        let Some(Output::Value(value)) = step.inputs.get(indices.input()) else { continue };
        let least = known.entry(*value).or_insert(usize::MAX);
        if *least <= end {
            program.steps[index].operation = Arc::new(Checked(Arc::clone(&step.operation)));
        } else {
            *least = end;
        }
    }
    Ok(())
}
