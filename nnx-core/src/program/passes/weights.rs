//! Constant weights are packed or transformed once, in the order in which the kernels of their products read them.

use std::any::Any;
use std::sync::Arc;

use super::Memo;
use crate::array::{DType, ShapeError};
use crate::ops::{Expression, Fused, FusedProduct, RoleKind, Step};
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, memo: &Memo) -> Result<(), ShapeError> {
    for index in 0..program.steps.len() {
        if let Some(fused) = prepare(program, &program.steps[index], memo) {
            program.steps[index].operation = Arc::new(fused);
        }
    }
    Ok(())
}

/// The step's operation with prepared weights.
fn prepare(program: &Program, step: &Step, memo: &Memo) -> Option<Fused> {
    let fused = (&*step.operation as &dyn Any).downcast_ref::<Fused>();
    let (operation, inputs, expression) = match fused {
        Some(Fused { product, expression, .. }) => {
            let product = product.as_ref()?;
            (&product.operation, product.inputs, expression.clone())
        }
        None => (&step.operation, step.inputs.len(), Expression::default()),
    };
    let RoleKind::Product(product) = operation.role().0 else { return None };
    let signatures = program.input_signatures(step);
    let (x, Output::Constant(weights)) = (signatures[0], step.inputs.get(1)?) else { return None };
    let output = program.values[step.output];
    let empty = x.elements() == 0 || output.elements() == 0;
    if !product.takes(&signatures[..inputs]) || x.dtype != DType::F32 || empty {
        return None;
    }
    if !product.reads_prepared(&x, weights) {
        return None;
    }
    let compute = |weights: &crate::array::Array| product.prepare(&x, weights);
    let prepared = match product.order(&x) {
        Some(order) => memo.prepared(order, weights, compute)?,
        None => Arc::new(compute(weights)?),
    };
    let product =
        FusedProduct { operation: Arc::clone(operation), inputs, prepared: Some(prepared) };
    Some(Fused { product: Some(product), expression, elements: output.elements(), consumer: None })
}
