//! The functions that [`einsum!`](crate::einsum) expands to. The expansion has checked the shapes.

use std::any::TypeId;

use super::Tensor;
use crate::array::{Element, OrPanic as _};
use crate::ops::DynTensor;
use crate::size::Shape;

/// A runtime axis: its type, its name and its size.
type RuntimeAxis = (TypeId, &'static str, usize);

/// An operand of [`einsum!`](crate::einsum): a tensor without its shape type, but for its runtime axes.
#[derive(Debug)]
pub struct ContractedOperand {
    value: DynTensor,
    runtime: Vec<RuntimeAxis>,
}

impl<S: Shape, E> From<Tensor<S, E>> for ContractedOperand {
    fn from(x: Tensor<S, E>) -> Self {
        let value = x.into_dyn();
        let axes = S::TYPES.iter().zip(S::NAMES).zip(value.dims().to_vec()).zip(S::AXES);
        let runtime = axes.filter(|(_, size)| size.is_none());
        let runtime = runtime.map(|(((kind, name), size), _)| (*kind, *name, size)).collect();
        Self { value, runtime }
    }
}

/// The contraction of operands by an equation; [`einsum!`](crate::einsum) checks their shapes before.
///
/// ```
/// use nnx_core::{Tensor, tensor::{ContractedOperand, Tensor, contracted}};
///
/// let x = ContractedOperand::from(Tensor::from([1.0_f32, 2.0]));
/// let sum: Tensor![] = contracted("i->", vec![x]);
/// assert_eq!(sum.item(), 3.0);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in two operands, or the result isn't of the shape `O`.
#[must_use]
#[track_caller]
pub fn contracted<O: Shape, E: Element>(
    equation: &str,
    operands: Vec<ContractedOperand>,
) -> Tensor<O, E> {
    check_runtime_axes(&operands);
    let operands = operands.into_iter().map(|operand| operand.value).collect();
    let result = DynTensor::einsum(equation, operands).or_panic();
    Tensor::try_from(result).or_panic()
}

#[track_caller]
fn check_runtime_axes(operands: &[ContractedOperand]) {
    let axes = || {
        let each = operands.iter().enumerate();
        each.flat_map(|(i, operand)| operand.runtime.iter().map(move |axis| (i + 1, axis)))
    };
    for (j, (kind, name, size)) in axes() {
        if let Some((i, (_, _, first))) = axes().find(|(_, axis)| axis.0 == *kind) {
            assert!(
                first == size,
                "`einsum`: the axis `{name}` is {first} in operand {i} and {size} in operand {j}; \
                 all operands must come from the same batch"
            );
        }
    }
}
