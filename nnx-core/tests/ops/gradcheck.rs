//! Checks gradient rules against central differences in f64, first and second order.

use nnx_core::array::DType;
use nnx_core::grad::value_and_gradients;
use nnx_core::ops::DynTensor;

use crate::numbers::{Values, elements, tensor};

/// How far a gradient may lie from the difference quotient, relative to the larger of both and 1.
const TOLERANCE: f64 = 1e-7;
/// Half the widest step. The error of the difference quotient over four points is O(STEP^4).
const STEP: f64 = 1e-3;

/// The value, and the gradients of the sum of its elements, for a number of inputs known at run time.
pub(crate) fn gradients(
    f: impl Fn(Vec<DynTensor>) -> DynTensor,
    inputs: Vec<DynTensor>,
) -> (DynTensor, Vec<DynTensor>) {
    fn of<const N: usize>(
        f: impl Fn(Vec<DynTensor>) -> DynTensor,
        inputs: Vec<DynTensor>,
    ) -> (DynTensor, Vec<DynTensor>) {
        let inputs: [DynTensor; N] = inputs.try_into().expect("the caller counts the inputs");
        let (value, gradients) = value_and_gradients(|inputs| f(inputs.into()), inputs);
        (value, gradients.into())
    }
    match inputs.len() {
        1 => of::<1>(f, inputs),
        2 => of::<2>(f, inputs),
        3 => of::<3>(f, inputs),
        4 => of::<4>(f, inputs),
        5 => of::<5>(f, inputs),
        6 => of::<6>(f, inputs),
        n => panic!("no function of {n} inputs is checked"),
    }
}

/// Fixed numbers of the shape and type of `x`, to contract it with.
pub(crate) fn weights(x: &DynTensor, seed: usize) -> DynTensor {
    let dims = x.dims();
    tensor(Values::Between(-1.5, 1.5).take(dims.elements(), seed), &dims).cast(x.dtype())
}

/// `Σ output · w` as a function of the inputs and, last, of `w`.
pub(crate) fn contracted(
    f: impl Fn(Vec<DynTensor>) -> DynTensor,
) -> impl Fn(Vec<DynTensor>) -> DynTensor {
    move |mut inputs| {
        let weights = inputs.pop().expect("the weights");
        (f(inputs) * weights).sum_all()
    }
}

/// The gradient of [`contracted`], itself contracted with fixed numbers.
pub(crate) fn gradient_contracted(
    f: impl Fn(Vec<DynTensor>) -> DynTensor,
) -> impl Fn(Vec<DynTensor>) -> DynTensor {
    move |mut inputs| {
        let cotangent = inputs.pop().expect("the weights");
        let (_, gradients) = gradients(|inputs| &f(inputs) * &cotangent, inputs);
        let totals = gradients.into_iter().enumerate().map(|(i, gradient)| {
            let weights = weights(&gradient, 11 + i);
            (gradient * weights).sum_all()
        });
        totals.reduce(|sum, total| sum + total).expect("at least one input")
    }
}

/// Checks the gradients of `f` at `inputs`, and the gradients of those gradients, also along the
/// cotangent.
///
/// # Errors
/// Which gradient is off, where, what the rule says and what the differences say.
pub(crate) fn check(
    f: impl Fn(Vec<DynTensor>) -> DynTensor,
    inputs: &[DynTensor],
) -> Result<(), String> {
    let mut with_weights = inputs.to_vec();
    with_weights.push(weights(&f(inputs.to_vec()), 5));
    compare("gradient", contracted(&f), &with_weights)?;
    compare("gradient of the gradient", gradient_contracted(&f), &with_weights)
}

/// Checks the gradients of a function with one element as its value.
fn compare(
    what: &str,
    f: impl Fn(Vec<DynTensor>) -> DynTensor,
    inputs: &[DynTensor],
) -> Result<(), String> {
    let (_, found) = gradients(&f, inputs.to_vec());
    for (k, (input, found)) in inputs.iter().zip(&found).enumerate() {
        if found.signature() != input.signature() {
            return Err(format!(
                "{what} {k}: {} for an input {}",
                found.signature(),
                input.signature()
            ));
        }
        assert_eq!(input.dtype(), DType::F64, "differences are taken in f64");
        let at = elements(input);
        for (i, found) in elements(found).into_iter().enumerate() {
            let value = |step: f64| {
                let mut moved = at.clone();
                moved[i] += step;
                let mut inputs = inputs.to_vec();
                inputs[k] = tensor(moved, &input.dims());
                elements(&f(inputs))[0]
            };
            let difference = |step: f64| (value(step) - value(-step)) / (2.0 * step);
            let expected = (4.0 * difference(STEP) - difference(2.0 * STEP)) / 3.0;
            let scale = found.abs().max(expected.abs()).max(1.0);
            // Negated, so that NaN fails.
            let near = (found - expected).abs() <= TOLERANCE * scale;
            if !near {
                return Err(format!(
                    "{what} {k} at element {i}: {found}, by differences {expected}"
                ));
            }
        }
    }
    Ok(())
}
