//! A plan whose inputs and outputs have types: for programs that were read from a file.

use std::fmt;
use std::marker::PhantomData;

use crate::array::scratch::{self, List};
use crate::array::{Array, ShapeError};
use crate::ops::{DynTensor, Signature};
use crate::program::{Plan, Program};
use crate::tensor::Tensors;

/// A [`Plan`] from tensors `X` to tensors `Y`: what [`Compiled`](super::Compiled) is of a model, it is of a program, such as
/// one that was read from a file. The model's type isn't needed.
///
/// A program is for the sizes that were recorded. `X` and `Y` are compared with them once, when the plan is made. Any number of
/// threads may run one plan at once.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, TypedPlan, compile}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U3};
///
/// let model = compile::<Tensor![Batch, 3], _>(Linear::<U3, U2>::init(&mut Rngs::new(0)));
/// let x = <Tensor![Batch, 3]>::ones_of(&[4]);
/// let program = model.program(x.clone())?;
///
/// let linear = TypedPlan::<Tensor![Batch, 3], Tensor![Batch, 2]>::new(&program)?;
/// assert_eq!(linear.infer(x.clone())?, model.infer(x));
///
/// let other = linear.infer(<Tensor![Batch, 3]>::ones_of(&[5])).unwrap_err().to_string();
/// assert!(other.contains("was recorded for inputs of shape (4, 3) of f32, found (5, 3) of f32"), "{other}");
/// let wrong = TypedPlan::<Tensor![Batch, 3], Tensor![Batch, 7]>::new(&program).unwrap_err().to_string();
/// assert!(wrong.starts_with("`program` has outputs that aren't `Tensor<"), "{wrong}");
/// # Ok::<(), nnx_core::Error>(())
/// ```
pub struct TypedPlan<X, Y> {
    plan: Plan,
    types: PhantomData<fn(X) -> Y>,
}

impl<X: Tensors, Y: Tensors> TypedPlan<X, Y> {
    /// Plans a program, with all rewrites.
    ///
    /// # Errors
    /// If the program has other inputs than `X` or other outputs than `Y`, or takes variables, as a recorded step does. If a step
    /// that depends on no input isn't defined for its values.
    pub fn new(program: &Program) -> Result<Self, ShapeError> {
        check_types::<X, Y>(program)?;
        Ok(Self { plan: Plan::new(program)?, types: PhantomData })
    }

    /// The output for `x`.
    ///
    /// # Errors
    /// If a runtime axis has another size than when the program was recorded, or an operation isn't defined for a value, such as
    /// an index outside of an axis.
    pub fn infer(&self, x: X) -> Result<Y, ShapeError> {
        let mut outputs = self.plan.run_list(&mut arrays_of(x, "TypedPlan::infer"))?;
        Y::try_from_list(&mut outputs.drain(..).map(DynTensor::from))
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// The arrays of tensors that `function` was given.
pub(crate) fn arrays_of(x: impl Tensors, function: &'static str) -> List<Array> {
    let mut inputs: List<DynTensor> = scratch::list();
    x.into_list(&mut inputs);
    inputs.drain(..).map(|x| x.array_for(function).clone()).collect()
}

/// An error unless a program takes `X` and returns `Y`.
pub(crate) fn check_types<X: Tensors, Y: Tensors>(program: &Program) -> Result<(), ShapeError> {
    if program.variables().any(|variable| variable.array.is_none()) {
        let problem = "is a recorded step, which takes variables: run it by `Plan::run_step`";
        return Err(ShapeError::operands("program", problem));
    }
    fits::<X>("inputs", program.inputs().iter().filter_map(|input| program.value(*input)))?;
    fits::<Y>("outputs", program.results().iter().map(|output| program.signature(output)))
}

/// An error unless these are the shapes and types of the tensors `T`.
fn fits<T: Tensors>(what: &str, found: impl Iterator<Item = Signature>) -> Result<(), ShapeError> {
    let found: Vec<Signature> = found.collect();
    // One element each, whatever the shape.
    let mut list =
        found.iter().map(|signature| Array::zeros(signature.dtype, signature.dims).into());
    let problem = match T::try_from_list(&mut list) {
        Ok(_) if list.next().is_none() => return Ok(()),
        Ok(_) => format!("it has {}", found.len()),
        Err(error) => error.to_string(),
    };
    let type_name = super::short_name(std::any::type_name::<T>());
    Err(ShapeError::operands("program", format!("has {what} that aren't `{type_name}`: {problem}")))
}

impl<X, Y> fmt::Debug for TypedPlan<X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedPlan").field(&self.plan).finish()
    }
}
