//! Softmax cross-entropy with integer labels, in one pass over the logits, and its gradient in another.

use super::attributes::{AttributeValue, attributes};
use super::index::{as_i32, check};
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float};
use super::pick::Pick;
use super::role::{Indices, Role, RoleKind};
use super::view::refuse;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, OrPanic as _, ShapeError};
use crate::kernel::cross_entropy::{self, ROW};

/// For each row of logits `(.., C)` with labels `(..)`, the elements of [`cross_entropy::ROW`]: `(.., 3)`. No gradient flows
/// through it.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct CrossEntropyRows;

impl Operation for CrossEntropyRows {
    attributes!();
    fn name(&self) -> &'static str {
        "softmax_cross_entropy"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        // The output has the shape that `pick` has; the logits must be floats.
        let picked = Pick.output(inputs)?;
        expect_float(self.name(), &inputs[..1])?;
        let rank = picked.dims.len();
        Ok(Signature { dims: picked.dims.insert_axis(rank, ROW), ..picked })
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        let dims = inputs[0].dims();
        check(self.name(), &inputs[1], dims[dims.len() - 1])
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Indices(self))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, labels) = (inputs[0].contiguous(), as_i32(&inputs[1]));
        let last = x.dims().len() - 1;
        let (width, dims) = (x.dims()[last], x.dims().with_axis(last, ROW));
        for_float!(x.dtype(), E => {
            Array::build(dims, |out: &mut [E]| {
                let rows = out.as_chunks_mut().0;
                cross_entropy::cross_entropy_rows(x.slice::<E>(), width, labels.slice(), rows);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(*self)
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    /// None: `CrossEntropy`, which is on the tape, counts them.
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

impl Indices for CrossEntropyRows {
    fn end(&self, inputs: &[Signature]) -> usize {
        inputs[0].dims.last().copied().unwrap_or(0)
    }
}

/// `-log_softmax(logits)[label]` of each row, for logits `(.., C)`, labels `(..)` and their [`CrossEntropyRows`].
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct CrossEntropy;

impl Operation for CrossEntropy {
    attributes!();
    fn name(&self) -> &'static str {
        "softmax_cross_entropy"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [x, labels, rows] = inputs else {
            return refuse(self.name(), "takes three inputs".to_owned());
        };
        let expected = CrossEntropyRows.output(&[*x, *labels])?;
        if *rows != expected {
            return refuse(self.name(), format!("takes rows {expected} of {x}, found {rows}"));
        }
        Ok(Signature { dims: labels.dims, dtype: x.dtype })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (rows, dims) = (inputs[2].contiguous(), inputs[1].dims());
        for_float!(rows.dtype(), E => {
            Array::build(dims, |out: &mut [E]| {
                let rows = rows.slice::<E>().as_chunks::<ROW>().0;
                out.iter_mut().zip(rows).for_each(|(out, row)| *out = row[0]);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(*self)
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let [x, labels, rows] = [0, 1, 2].map(|i: usize| at.inputs[i].clone());
        let inputs = [x, labels, at.gradient.clone(), rows];
        (index == 0).then(|| DynTensor::apply(CrossEntropyGradient, inputs))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per element: maximum, difference, exponential and sum.
        count_flops(inputs[0].elements(), 4)
    }
}

/// `g (softmax(x) - one_hot(labels))` of logits `x`, labels, a gradient `g` for each row, and their [`CrossEntropyRows`].
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct CrossEntropyGradient;

impl Operation for CrossEntropyGradient {
    attributes!();
    fn name(&self) -> &'static str {
        "softmax_cross_entropy_gradient"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [x, labels, g, found] = inputs else {
            return refuse(self.name(), "takes four inputs".to_owned());
        };
        let rows = CrossEntropyRows.output(&[*x, *labels])?;
        if *found != rows {
            return refuse(self.name(), format!("takes rows {rows} of {x}, found {found}"));
        }
        if *g != (Signature { dims: labels.dims, ..rows }) {
            let problem = format!("takes one number for each row of {x}, found {g}");
            return refuse(self.name(), problem);
        }
        Ok(*x)
    }
    // The rows were made of the same labels, but for a program that somebody wrote by hand.
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        CrossEntropyRows.check_values(inputs)
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Indices(self))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [x, g, rows] = [0, 2, 3].map(|i: usize| inputs[i].contiguous());
        let labels = as_i32(&inputs[1]);
        for_float!(x.dtype(), E => {
            Array::build(x.dims(), |out| {
                let (x, g, rows) = (x.slice::<E>(), g.slice(), rows.slice().as_chunks().0);
                cross_entropy::cross_entropy_gradient_rows(x, labels.slice(), rows, g, out);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(*self)
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

impl Indices for CrossEntropyGradient {
    fn end(&self, inputs: &[Signature]) -> usize {
        CrossEntropyRows.end(inputs)
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
        let inputs = [self.clone().stop_gradient(), labels.clone()];
        let rows = Self::try_apply(CrossEntropyRows, inputs)?;
        Self::try_apply(CrossEntropy, [self, labels, rows])
    }
}
