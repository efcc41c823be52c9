//! Batch norms that aren't in the weights before them become a subtraction, a multiplication and an addition, where these
//! can be fused with the step before or after. The bits are the same.

use super::Memo;
use crate::array::{DType, ShapeError};
use crate::ops::{RoleKind, Step, rescale_operations};
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    let (producers, readers) = (program.producers(), program.readers());
    let fusible = |index: usize| {
        let role = program.steps.get(index).map(|step| step.operation.role().0);
        matches!(role, Some(RoleKind::Elementwise(_) | RoleKind::Product(_) | RoleKind::Rescale))
    };
    let split = |index: usize, step: &Step| {
        let rescale = matches!(step.operation.role().0, RoleKind::Rescale);
        let constants = step.inputs[1..].iter().all(|term| term.value().is_none());
        let before = step.inputs[0].value().and_then(|x| producers[x]);
        let once = before.is_some_and(|before| readers[program.steps[before].output].len() == 1);
        let elementwise = |index: usize| {
            let step = program.steps.get(index);
            step.is_some_and(|step| matches!(step.operation.role().0, RoleKind::Elementwise(_)))
        };
        let after = readers[step.output].iter().all(|&reader| elementwise(reader));
        let _ = index;
        rescale
            && constants
            && program.values[step.output].dtype == DType::F32
            && (after || (once && before.is_some_and(fusible)))
    };
    let chosen: Vec<bool> =
        program.steps.iter().enumerate().map(|(index, step)| split(index, step)).collect();
    let mut steps = Vec::new();
    for (step, chosen) in std::mem::take(&mut program.steps).into_iter().zip(chosen) {
        if !chosen {
            steps.push(step);
            continue;
        }
        let signature = program.values[step.output];
        let mut inputs = step.inputs.into_iter();
        let mut x = inputs.next().expect("four inputs were checked");
        let operations = rescale_operations();
        let last = operations.len() - 1;
        for (index, (operation, term)) in operations.into_iter().zip(inputs).enumerate() {
            let Output::Constant(term) = term else { unreachable!("constants were checked") };
            let term = Output::Constant(term.broadcast(&signature.dims));
            let output = if index == last { step.output } else { program.add_value(signature) };
            steps.push(Step { operation, inputs: vec![x, term], output, update: None });
            x = Output::Value(output);
        }
    }
    program.steps = steps;
    Ok(())
}
