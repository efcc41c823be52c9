//! Reverse-mode differentiation, to any order.
//!
//! Each differentiation has a tape with a number; tapes nest. The tensors with respect to which it is taken
//! become leaves of the tape, and every operation that depends on a leaf is recorded. Gradient rules are made of
//! operations too, and those are recorded only if an outer tape tracks their inputs. So second derivatives
//! need no flag (such as PyTorch's `create_graph`), and a plain gradient records nothing in its backward pass.

mod backward;
mod cost;
mod function;

pub(crate) use backward::Tape;
pub(crate) use cost::operations;
#[cfg(test)]
pub(crate) use function::saved_elements;
pub(crate) use function::{Function, Pullback, jvp, recomputed, with_gradient};

use crate::ops::DynTensor;

/// The value of a function, and the gradients of the sum of its elements with respect to its inputs
/// (`jax.vjp` with ones).
///
/// An input that the value doesn't depend on has the gradient 0. The gradient of an input that is stored as bf16 is
/// of f32, as what is computed from it. Calls may be nested, for derivatives of higher
/// order.
///
/// ```
/// use nnx_core::{array::Array, grad::value_and_gradients, ops::DynTensor};
///
/// let x = DynTensor::from(Array::new(vec![1.0f64, 2.0], &[2])?);
/// let (y, gradients) = value_and_gradients(|[x]| &x * &x, [x]);
/// assert_eq!(y.array().to_vec::<f64>()?, [1.0, 4.0]);
/// assert_eq!(gradients[0].array().to_vec::<f64>()?, [2.0, 4.0]);
/// # Ok::<(), nnx_core::array::ShapeError>(())
/// ```
///
/// # Panics
/// If an input or the value isn't of floating-point type.
pub fn value_and_gradients<const N: usize>(
    f: impl FnOnce([DynTensor; N]) -> DynTensor,
    inputs: [DynTensor; N],
) -> (DynTensor, [DynTensor; N]) {
    let array = |tensors: Vec<DynTensor>| tensors.try_into().expect("as many as there are inputs");
    let (value, gradients) = value_and_gradients_of_all(|leaves| f(array(leaves)), inputs.into());
    (value, array(gradients))
}

/// [`value_and_gradients`] with a number of inputs known at run time.
pub(crate) fn value_and_gradients_of_all(
    f: impl FnOnce(Vec<DynTensor>) -> DynTensor,
    inputs: Vec<DynTensor>,
) -> (DynTensor, Vec<DynTensor>) {
    let float = |x: &DynTensor, what: &str| {
        let dtype = x.stored_signature().dtype;
        assert!(
            dtype.is_read_as_float(),
            "a gradient needs {what} of f32, f64 or bf16, found {dtype}"
        );
    };
    inputs.iter().for_each(|input| float(input, "inputs"));
    let tape = Tape::new();
    let leaves: Vec<DynTensor> = inputs.into_iter().map(|input| tape.leaf(input)).collect();
    let value = f(leaves.clone());
    float(&value, "a value");
    let seed = value.full_like(1.0);
    let result = tape.without_own_record(value.clone());
    let found = tape.gradients(value, seed, &leaves.iter().collect::<Vec<_>>());
    let or_zero = |(leaf, gradient): (&DynTensor, Option<DynTensor>)| {
        tape.without_own_record(gradient.unwrap_or_else(|| leaf.full_like(0.0)))
    };
    let gradients = leaves.iter().zip(found).map(or_zero).collect();
    (result, gradients)
}
