//! Batch norms that aren't in the weights before them become a subtraction, a multiplication and an addition, where these
//! can be fused with the step before or after. The bits are the same.

use super::Memo;
use crate::array::{DType, ShapeError};
use crate::ops::{RoleKind, Step, rescale_operations};
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    let chosen: Vec<bool> = {
        let graph = Neighbors { producers: program.producers(), readers: program.readers() };
        program.steps.iter().map(|step| graph.can_be_fused(program, step)).collect()
    };
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
            let term = Output::constant(term.broadcast(&signature.dims));
            let output = if index == last { step.output } else { program.add_value(signature) };
            steps.push(Step { operation, inputs: vec![x, term], output, update: None });
            x = Output::Value(output);
        }
    }
    program.steps = steps;
    Ok(())
}

/// Who computes and reads which value.
struct Neighbors {
    producers: Vec<Option<usize>>,
    readers: Vec<Vec<usize>>,
}

impl Neighbors {
    /// Whether this is a batch norm with constant terms that the step before it, or all steps after it, can be fused with.
    fn can_be_fused(&self, program: &Program, step: &Step) -> bool {
        let rescale = matches!(step.operation.role().0, RoleKind::Rescale);
        let constants = step.inputs[1..].iter().all(|term| term.value().is_none());
        if !rescale || !constants || program.values[step.output].dtype != DType::F32 {
            return false;
        }
        let elementwise = |index: usize| {
            let step = program.steps.get(index);
            step.is_some_and(|step| matches!(step.operation.role().0, RoleKind::Elementwise(_)))
        };
        let before = step.inputs[0].value().filter(|x| self.readers[*x].len() == 1);
        let before = before.and_then(|x| self.producers[x]).map(|index| &program.steps[index]);
        let fusible = |step: &Step| {
            let role = step.operation.role().0;
            matches!(role, RoleKind::Elementwise(_) | RoleKind::Product(_) | RoleKind::Rescale)
        };
        before.is_some_and(fusible)
            || self.readers[step.output].iter().all(|&reader| elementwise(reader))
    }
}
