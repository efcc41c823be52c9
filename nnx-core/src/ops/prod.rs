//! Products over axes.

use super::attributes::{AttributeValue, attributes};
use super::batching::behind_members;
use super::operation::{Keeps, Operation, Signature};
use super::reduce::{blocks, fold_integers, reduced_numbers, remaining_dims};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, OrPanic as _, ShapeError};
use crate::kernel::fold::{Product, fold};
use crate::kernel::integer::IntegerFold;

/// The product over axes.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Prod(#[attribute(name = "axes")] Dims);

impl Operation for Prod {
    attributes!();
    fn name(&self) -> &'static str {
        "prod"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        reduced_numbers("prod", inputs, &self.0)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        if inputs[0].dtype().is_integer() {
            return fold_integers(IntegerFold::Product, &inputs[0], &self.0);
        }
        let dims = remaining_dims(&inputs[0].dims(), &self.0);
        let (x, block) = blocks(&inputs[0], &self.0);
        for_float!(x.dtype(), E => {
            Array::build(dims, |out| fold(Product, x.slice::<E>(), block, out))
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self(behind_members(&self.0)))
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    /// For each element, the product of all other elements, without a division: it is right where elements are 0.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let dims = at.inputs[0].dims();
        let others = (0..dims.len()).filter(|i| !self.0.contains(i));
        let order: Dims = others.chain(self.0.iter().copied()).collect();
        let moved: Dims = order.iter().map(|&axis| dims[axis]).collect();
        let rows = at.inputs[0].clone().rows_of(&self.0);
        let last = rows.rank() - 1;
        let kept = at.gradient.dims();
        let gradient = at.gradient.clone().reshape(&kept.insert_axis(last, 1));
        let gradient = product_gradient(rows, gradient);
        let mut back = order;
        order.iter().enumerate().for_each(|(to, &from)| back[from] = to);
        Some(gradient.reshape(&moved).permute(&back))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

/// The gradient of the product of each row of `x`, by a tree: each level multiplies the first half of the level below
/// by its second half. An odd last element goes up as it is.
fn product_gradient(x: DynTensor, gradient: DynTensor) -> DynTensor {
    let axis = x.rank() - 1;
    let length = |x: &DynTensor| x.dims()[axis];
    let halves = |x: &DynTensor| {
        let half = length(x) / 2;
        [x.clone().slice(axis, 0, half), x.clone().slice(axis, half, half)]
    };
    // After the two halves there may be an odd element.
    let odd = |x: &DynTensor, length: usize, half: usize| {
        (length % 2 == 1).then(|| x.clone().slice(axis, half, 1))
    };
    let joined = |parts: Vec<DynTensor>| DynTensor::concat(parts, axis).or_panic();
    if length(&x) == 0 {
        return x;
    }
    let mut levels = vec![x];
    while let Some(top) = levels.last().filter(|top| length(top) > 1) {
        let [a, b] = halves(top);
        let last = odd(top, length(top), length(top) - 1);
        levels.push(joined([a * b].into_iter().chain(last).collect()));
    }
    levels.pop();
    levels.into_iter().rev().fold(gradient, |gradient, level| {
        let half = length(&level) / 2;
        let [a, b] = halves(&level);
        let of_pairs = gradient.clone().slice(axis, 0, half);
        let last = odd(&gradient, length(&level), half);
        joined([&of_pairs * &b, &of_pairs * &a].into_iter().chain(last).collect())
    })
}

impl DynTensor {
    /// The product over axes, given in ascending order; 1 over an empty axis. The gradient is the product of all other
    /// elements, also where some of them are 0. That of integers has their type and wraps.
    #[must_use]
    #[track_caller]
    pub fn prod(self, axes: &[usize]) -> Self {
        Self::apply(Prod(Dims::new(axes)), [self])
    }
}
