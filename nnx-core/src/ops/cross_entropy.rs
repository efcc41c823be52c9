//! Softmax cross-entropy with integer labels, in one pass over the logits, and its gradient in another.

use std::sync::{Mutex, PoisonError};

use super::index::{as_i32, check};
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float};
use super::pick::Pick;
use super::view::refuse;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, OrPanic as _, ShapeError};
use crate::kernel::Float;
use crate::kernel::cross_entropy::{self, SAVED};

/// `-log_softmax(logits)[label]` of each row, for logits `(.., C)` and labels `(..)`.
#[derive(Debug, Default)]
struct CrossEntropy {
    /// Saved by the forward pass for the gradient: two values for each row.
    saved: Mutex<Option<Array>>,
}

impl Operation for CrossEntropy {
    fn name(&self) -> &'static str {
        "softmax_cross_entropy"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        // The output has the shape that `pick` has; the logits must be floats.
        let picked = Pick.output(inputs)?;
        expect_float(self.name(), &inputs[..1])?;
        Ok(picked)
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        let dims = inputs[0].dims();
        check(self.name(), &inputs[1], dims[dims.len() - 1])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, labels) = (inputs[0].contiguous(), as_i32(&inputs[1]));
        let width = x.dims()[x.dims().len() - 1];
        for_float!(x.dtype(), E => {
            let mut rows = vec![(<E as Float>::ZERO, [<E as Float>::ZERO; SAVED]); labels.elements()];
            cross_entropy::cross_entropy_rows(x.slice::<E>(), width, labels.slice(), &mut rows);
            let saved = rows.iter().flat_map(|(_, saved)| saved).copied().collect();
            let saved = Array::filled::<E>(saved, Dims::new(&[rows.len(), SAVED]));
            *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(saved);
            Array::filled(rows.iter().map(|(value, _)| *value).collect(), labels.dims())
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        // A new operation, because each one saves values of its own inputs.
        Batching::leading(Self::default())
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut inputs = at.inputs.iter().chain([&at.gradient]);
        // While a program is recorded, the saved values can't be used: they would become constants of the program.
        if inputs.clone().any(DynTensor::is_traced)
            || (saved.is_none() && inputs.any(DynTensor::is_batched))
        {
            return (index == 0).then(|| composed_gradient(at));
        }
        // If there are no rows, `forward` didn't run and saved nothing.
        let none = || Array::empty(Dims::new(&[0, SAVED]), at.inputs[0].dtype());
        let saved = saved.unwrap_or_else(none).into();
        let inputs = [at.inputs[0].clone(), at.inputs[1].clone(), at.gradient.clone(), saved];
        (index == 0).then(|| DynTensor::apply(CrossEntropyGradient, inputs))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per element: maximum, difference, exponential and sum.
        count_flops(inputs[0].elements(), 4)
    }
}

/// `g (softmax(x) - one_hot(labels))`, composed of other operations. It is used within a `vmap`, where the forward pass
/// saves nothing for a single member, and while a program is recorded.
fn composed_gradient(at: &Backward<'_>) -> DynTensor {
    let [x, labels, g] = [&at.inputs[0], &at.inputs[1], &at.gradient].map(DynTensor::clone);
    let classes = x.dims()[x.rank() - 1];
    let ones = g.dims().insert_axis(g.rank(), 1);
    x.softmax() * g.clone().reshape(&ones) - g.put(labels, classes)
}

/// `g (softmax(x) - one_hot(labels))` of logits `x`, labels, a gradient `g` for each row, and the values that the
/// forward pass has saved.
#[derive(Debug, Clone, Copy)]
struct CrossEntropyGradient;

impl Operation for CrossEntropyGradient {
    fn name(&self) -> &'static str {
        "softmax_cross_entropy_gradient"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [x, labels, g, _] = inputs else {
            return refuse(self.name(), "takes four inputs".to_owned());
        };
        let loss = CrossEntropy::default().output(&[*x, *labels])?;
        if *g != loss {
            let problem = format!("takes one number for each row of {x}, found {g}");
            return refuse(self.name(), problem);
        }
        Ok(*x)
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        Pick.check_values(&inputs[..2])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [x, g, saved] = [0, 2, 3].map(|i: usize| inputs[i].contiguous());
        let labels = as_i32(&inputs[1]);
        for_float!(x.dtype(), E => {
            Array::build(x.dims(), |out| {
                let (x, g, saved) = (x.slice::<E>(), g.slice(), saved.slice());
                cross_entropy::cross_entropy_gradient_rows(x, labels.slice(), saved, g, out);
            })
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        // The saved values are functions of x. The gradient with respect to x includes theirs.
        let ([x, labels, g, _], outer) = (at.inputs, &at.gradient) else {
            unreachable!("`output` takes four inputs");
        };
        match index {
            // g p (outer - Σ p outer), with p = softmax(x)
            0 => {
                let ones = g.dims().insert_axis(g.rank(), 1);
                Some(
                    &x.clone().softmax().softmax_gradient(outer, x.rank() - 1)
                        * &g.clone().reshape(&ones),
                )
            }
            // Σ outer (p - one_hot)
            2 => {
                let expected = (outer * &x.clone().softmax()).sum(&[x.rank() - 1]);
                Some(&expected - &outer.clone().pick(labels.clone()))
            }
            _ => None,
        }
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per element: difference, exponential and product.
        count_flops(inputs[0].elements(), 3)
    }
}

impl DynTensor {
    /// `-log_softmax(self)[label]` over the last axis: logits `(.., C)` and labels `(..)` of `i32` or `i64` to `(..)`
    /// (`optax.softmax_cross_entropy_with_integer_labels`, PyTorch's `cross_entropy` without reduction).
    ///
    /// # Panics
    /// If a label is out of range; [`try_softmax_cross_entropy`](Self::try_softmax_cross_entropy) returns that
    /// as an error.
    #[must_use]
    #[track_caller]
    pub fn softmax_cross_entropy(self, labels: Self) -> Self {
        self.try_softmax_cross_entropy(labels).or_panic()
    }

    /// As [`softmax_cross_entropy`](Self::softmax_cross_entropy).
    ///
    /// # Errors
    /// If a label is out of range: the label and its position.
    pub fn try_softmax_cross_entropy(self, labels: Self) -> Result<Self, ShapeError> {
        Self::try_apply(CrossEntropy::default(), [self, labels])
    }
}
