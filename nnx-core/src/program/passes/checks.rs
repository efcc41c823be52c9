//! Indices that an earlier step has checked aren't checked again: those of an embedding, for its gradient. A step that
//! can't fail lets the updates of parameters follow their gradients ([`updates`](super::updates)).

use std::collections::HashMap;
use std::sync::Arc;

use super::Memo;
use super::memo::OperandKey;
use crate::array::ShapeError;
use crate::ops::{Checked, RoleKind};
use crate::program::Program;

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    // For operands that are checked together, the number below which their indices are known to be.
    let mut known: HashMap<Vec<OperandKey>, usize> = HashMap::new();
    for index in 0..program.steps.len() {
        let step = &program.steps[index];
        let RoleKind::Indices(indices) = step.operation.role().0 else { continue };
        let end = indices.end(&program.input_signatures(step));
        let Some(checked) = step.inputs.get(indices.inputs()) else { continue };
        let keys = checked.iter().map(OperandKey::of).collect();
        let least = known.entry(keys).or_insert(usize::MAX);
        if *least <= end {
            program.steps[index].operation = Arc::new(Checked(Arc::clone(&step.operation)));
        } else {
            *least = end;
        }
    }
    Ok(())
}
