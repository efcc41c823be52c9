//! The scale and the shift of a batch norm go into the weights of the product before it:
//!
//! ```text
//! (x W + b - mean) factor + bias  =  x (W factor) + ((b - mean) factor + bias)
//! ```
//!
//! New weights are computed in f64 and rounded once.

use std::sync::Arc;

use super::Memo;
use crate::array::{Array, DType, Dims, ShapeError};
use crate::ops::{RoleKind, Step, ValueId};
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, memo: &Memo) -> Result<(), ShapeError> {
    let (producers, readers) = (program.producers(), program.readers());
    let mut replaced = vec![false; program.steps.len()];
    for index in 0..program.steps.len() {
        let Some(norm) = Norm::of(program, index) else { continue };
        let Some(before) = producers[norm.x].filter(|_| readers[norm.x].len() == 1) else {
            continue;
        };
        if let Some(product) = norm.into_product(program, &program.steps[before], memo) {
            program.steps[index] = Step { output: program.steps[index].output, ..product };
            replaced[before] = true;
        }
    }
    program.retain_steps(|index, _| !replaced[index]);
    Ok(())
}

/// A batch norm of features along the last axis, with constant terms.
struct Norm {
    x: ValueId,
    mean: Array,
    factor: Array,
    bias: Array,
}

impl Norm {
    fn of(program: &Program, index: usize) -> Option<Self> {
        let step = &program.steps[index];
        if !matches!(step.operation.role().0, RoleKind::Rescale) {
            return None;
        }
        let [
            Output::Value(x),
            Output::Constant(mean),
            Output::Constant(factor),
            Output::Constant(bias),
        ] = &step.inputs[..]
        else {
            return None;
        };
        let plain = mean.dims().len() == 1 && mean.dtype() == DType::F32;
        plain.then(|| Self {
            x: *x,
            mean: Array::clone(mean),
            factor: Array::clone(factor),
            bias: Array::clone(bias),
        })
    }

    /// The step before the norm with other weights, if it is a product with constant weights.
    fn into_product(self, program: &Program, step: &Step, memo: &Memo) -> Option<Step> {
        let RoleKind::Product(product) = step.operation.role().0 else { return None };
        let (Output::Constant(weights), own_bias) = (&step.inputs[1], step.inputs.get(2)) else {
            return None;
        };
        if !product.takes(&program.input_signatures(step)) {
            return None;
        }
        let Self { mean, factor, bias, .. } = self;
        let terms = match own_bias {
            None => vec![mean, factor.clone(), bias],
            Some(Output::Constant(own)) => vec![mean, factor.clone(), bias, Array::clone(own)],
            Some(Output::Value(_)) => return None,
        };
        let weights =
            memo.derived("weights before a norm", vec![Array::clone(weights), factor], scaled);
        let bias = memo.derived("bias before a norm", terms, shifted);
        Some(Step {
            operation: Arc::from(product.with_bias()),
            inputs: vec![step.inputs[0].clone(), Output::constant(weights), Output::constant(bias)],
            output: step.output,
            update: None,
        })
    }
}

/// The elements of f32, in order.
fn elements(array: &Array) -> Vec<f64> {
    array.widened().contiguous().slice::<f32>().iter().map(|&x| f64::from(x)).collect()
}

#[allow(clippy::cast_possible_truncation, reason = "rounded once")]
fn rounded(elements: impl Iterator<Item = f64>, dims: Dims) -> Array {
    Array::filled(elements.map(|x| x as f32).collect(), dims)
}

/// Weights times the factor of each feature.
fn scaled(inputs: Vec<Array>) -> Array {
    let (weights, factor) = (elements(&inputs[0]), elements(&inputs[1]));
    let scaled = weights.iter().zip(factor.iter().cycle()).map(|(weight, factor)| weight * factor);
    rounded(scaled, inputs[0].dims())
}

/// `(own bias - mean) factor + bias`.
fn shifted(inputs: Vec<Array>) -> Array {
    let [mean, factor, bias] = [0, 1, 2].map(|i: usize| elements(&inputs[i]));
    let own = inputs.get(3).map_or_else(|| vec![0.0; mean.len()], elements);
    let shifted = (0..mean.len()).map(|i| (own[i] - mean[i]) * factor[i] + bias[i]);
    rounded(shifted, inputs[0].dims())
}
