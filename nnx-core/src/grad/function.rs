//! Vector-Jacobian and Jacobian-vector products of functions, custom gradients, and rematerialization.

use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Tape, operations};
use crate::array::{Array, ShapeError};
use crate::ops::{
    Backward, Batching, DynTensor, Keeps, Members, Operation, Role, Signature, next_id,
    one_of_gradients,
};

/// A function from tensors to a tensor, which may run several times.
pub(crate) type Function = dyn Fn(Vec<DynTensor>) -> DynTensor + Send + Sync;
/// A gradient rule: from the inputs, the output and the output's gradient to the gradients of the inputs.
pub(crate) type GradientRule =
    dyn Fn(Vec<DynTensor>, DynTensor, DynTensor) -> Vec<DynTensor> + Send + Sync;

/// A recorded run of a function, for vector-Jacobian products (the function that `jax.vjp` returns).
#[derive(Debug)]
pub(crate) struct Pullback {
    tape: Tape,
    leaves: Vec<DynTensor>,
    value: DynTensor,
}

impl Pullback {
    /// Runs and records a function: its value, and its vector-Jacobian product.
    pub(crate) fn record(
        f: impl FnOnce(Vec<DynTensor>) -> DynTensor,
        inputs: Vec<DynTensor>,
    ) -> (DynTensor, Self) {
        let tape = Tape::new();
        let leaves: Vec<DynTensor> = inputs.into_iter().map(|input| tape.leaf(input)).collect();
        let value = f(leaves.clone());
        (tape.without_own_record(value.clone()), Self { tape, leaves, value })
    }

    /// The vector-Jacobian product: the gradients of `Σ value · cotangent` with respect to the inputs.
    pub(crate) fn vjp(&self, cotangent: DynTensor) -> Vec<DynTensor> {
        let leaves: Vec<&DynTensor> = self.leaves.iter().collect();
        let found = self.tape.gradients(self.value.clone(), cotangent, &leaves);
        let or_zero = |(leaf, found): (&DynTensor, Option<DynTensor>)| {
            found.unwrap_or_else(|| leaf.full_like(0.0))
        };
        self.leaves.iter().zip(found).map(or_zero).collect()
    }
}

/// The value of a function, and its Jacobian-vector product with the tangents of its inputs (`jax.jvp`).
///
/// It needs no forward-mode rules. The vector-Jacobian product `Jᵀ u` is linear in `u`, so the gradient of
/// `tᵀ (Jᵀ u)` with respect to `u` is `J t`: reverse mode, twice.
pub(crate) fn jvp(
    f: impl FnOnce(Vec<DynTensor>) -> DynTensor,
    inputs: Vec<DynTensor>,
    tangents: Vec<DynTensor>,
) -> (DynTensor, DynTensor) {
    let (value, pullback) = Pullback::record(f, inputs);
    let along = |cotangents: Vec<DynTensor>| {
        let [cotangent] = &cotangents[..] else { unreachable!("one was given") };
        let product = pullback.vjp(cotangent.clone()).into_iter();
        let products =
            product.zip(tangents).map(|(product, tangent)| (product * tangent).sum_all());
        products.reduce(|a, b| a + b).unwrap_or_else(|| cotangent.full_like(0.0).sum_all())
    };
    let (total, second) = Pullback::record(along, vec![value.full_like(0.0)]);
    let tangent = second.vjp(total.full_like(1.0)).remove(0);
    (value, tangent)
}

/// An operation that wraps a function of the user and a gradient rule for it (`jax.custom_vjp`).
struct RecordedFunction {
    name: &'static str,
    keeps: Keeps,
    /// The value of the function, computed before the operation is applied; `forward` returns it.
    value: Mutex<Option<DynTensor>>,
    signature: Signature,
    forward: Arc<Function>,
    rule: Arc<GradientRule>,
}

impl Debug for RecordedFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Operation for RecordedFunction {
    fn name(&self) -> &'static str {
        self.name
    }
    fn output(&self, _: &[Signature]) -> Result<Signature, ShapeError> {
        Ok(self.signature)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner).take();
        let again = || (self.forward)(inputs.iter().map(|x| x.clone().into()).collect());
        value.unwrap_or_else(again).into_array()
    }
    fn may_panic(&self) -> bool {
        true
    }
    /// The operations of the function and of its rule widen what they don't read as it is, so that no copy of f32 is saved.
    fn reads_bf16(&self, _: &[Signature], _: usize) -> bool {
        true
    }
    /// Applies function and gradient rule, which are those of one member, to all members of a `vmap`.
    fn batching(&self, members: &Members<'_>) -> Batching {
        let (size, batched) = (members.size, members.batched.to_vec());
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner).take();
        let value = value.map(|value| value.all_of(members.level, size));
        let (f, rule) = (Arc::clone(&self.forward), Arc::clone(&self.rule));
        let which = batched.clone();
        let forward: Arc<Function> = Arc::new(move |inputs| {
            let level = next_id();
            f(of_each(level, inputs, &which)).all_of(level, size)
        });
        let rule: Arc<GradientRule> = Arc::new(move |inputs, output, gradient| {
            let level = next_id();
            let [output, gradient] = [output, gradient].map(|x| DynTensor::each_of(level, x));
            let found = rule(of_each(level, inputs, &batched), output, gradient).into_iter();
            let all = |(x, batched): (DynTensor, &bool)| {
                let all = x.all_of(level, size);
                if *batched { all } else { all.sum(&[0]) }
            };
            found.zip(&batched).map(all).collect()
        });
        let value = value.unwrap_or_else(|| forward(members.inputs.to_vec()));
        let signature = value.signature();
        let (name, keeps, value) = (self.name, self.keeps, Mutex::new(Some(value)));
        let all = Self { name, keeps, value, signature, forward, rule };
        let all = DynTensor::try_apply_all(all, members.inputs.to_vec());
        Batching::Computed(all.expect("a function's value has its own shape"))
    }
    fn keeps(&self) -> Keeps {
        self.keeps
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        one_of_gradients(self, at, index)
    }
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        let found = (self.rule)(at.inputs.to_vec(), at.output.clone(), at.gradient.clone());
        Some(
            found
                .into_iter()
                .zip(wanted)
                .map(|(gradient, wanted)| wanted.then_some(gradient))
                .collect(),
        )
    }
    fn role(&self) -> Role<'_> {
        Role::OPAQUE
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Counted on the tape of a run on zeros.
        let tape = Tape::new();
        let zeros = |x: &Signature| Array::zeros(x.dtype, x.dims);
        let leaves = inputs.iter().map(|x| tape.leaf(zeros(x).into())).collect();
        let counts = operations(&(self.forward)(leaves));
        counts.iter().fold(0, |sum, (flops, _)| sum.saturating_add(*flops))
    }
}

/// The inputs of one member of a `vmap`.
fn of_each(level: u64, inputs: Vec<DynTensor>, batched: &[bool]) -> Vec<DynTensor> {
    let one = |(x, batched): (DynTensor, &bool)| match batched {
        true => DynTensor::each_of(level, x),
        false => x,
    };
    inputs.into_iter().zip(batched).map(one).collect()
}

/// Runs a function as one operation with a custom gradient rule (`jax.custom_vjp`).
///
/// # Panics
/// If the function captures a tensor that is being differentiated: gradients flow to its inputs alone.
#[track_caller]
pub(crate) fn with_gradient(
    name: &'static str,
    forward: Arc<Function>,
    rule: Box<GradientRule>,
    inputs: Vec<DynTensor>,
) -> DynTensor {
    let value =
        untracked(name, forward(inputs.iter().cloned().map(DynTensor::stop_gradient).collect()));
    apply_function(name, Keeps::BOTH, value, forward, rule, inputs)
}

/// The value of a function, which runs again in the backward pass, so that its intermediate results needn't be
/// saved (`jax.checkpoint`, `torch.utils.checkpoint`).
#[track_caller]
pub(crate) fn recomputed(
    name: &'static str,
    value: DynTensor,
    forward: Arc<Function>,
    inputs: Vec<DynTensor>,
) -> DynTensor {
    let again = Arc::clone(&forward);
    let rule = move |inputs: Vec<DynTensor>, _, gradient| {
        let is_float = |x: &&DynTensor| x.dtype().is_float();
        let f = |floats: Vec<DynTensor>| again(in_place_of_floats(&inputs, floats));
        let floats = inputs.iter().filter(is_float).cloned().collect();
        let found = Pullback::record(f, floats).1.vjp(gradient);
        in_place_of_floats(&inputs, found)
    };
    apply_function(name, Keeps::INPUTS, untracked(name, value), forward, Box::new(rule), inputs)
}

/// `inputs` with the floating-point tensors replaced by `floats`, in order. Integers have no gradient and stay as they
/// are.
fn in_place_of_floats(inputs: &[DynTensor], floats: Vec<DynTensor>) -> Vec<DynTensor> {
    let mut floats = floats.into_iter();
    let one = |x: &DynTensor| match x.dtype().is_float() {
        true => floats.next().expect("one for each floating-point tensor"),
        false => x.clone(),
    };
    inputs.iter().map(one).collect()
}

/// `value`, after a check that it is on no tape: its function captured no tracked tensor.
#[track_caller]
fn untracked(name: &str, value: DynTensor) -> DynTensor {
    assert!(
        !value.is_tracked(),
        "`{name}`: the function captures a tensor that is being differentiated, to which no gradient would \
         flow; give it as an input, or a `stop_gradient()` of it if that is meant"
    );
    value
}

fn apply_function(
    name: &'static str,
    keeps: Keeps,
    value: DynTensor,
    forward: Arc<Function>,
    rule: Box<GradientRule>,
    inputs: Vec<DynTensor>,
) -> DynTensor {
    let signature = value.signature();
    if value.is_traced() && !value.is_batched() {
        // A program that is being recorded already contains the operations of the function, so it needs no step that
        // calls the function. The node on the tape holds the gradient rule.
        if !inputs.iter().any(DynTensor::is_tracked) {
            return value;
        }
        let again = Mutex::new(None);
        let operation =
            RecordedFunction { name, keeps, value: again, signature, forward, rule: rule.into() };
        let saved =
            (DynTensor::saved_inputs(&operation, &inputs), keeps.output.then(|| value.clone()));
        return value.recorded(saved, Arc::new(operation));
    }
    let value = Mutex::new(Some(value));
    let operation = RecordedFunction { name, keeps, value, signature, forward, rule: rule.into() };
    DynTensor::try_apply_all(operation, inputs).expect("a function's value has its own shape")
}

/// The number of elements that a tape saves for backward; a shared buffer counts once.
#[cfg(test)]
pub(crate) fn saved_elements(output: &DynTensor) -> usize {
    use std::collections::HashMap;
    let mut seen = std::collections::HashSet::new();
    let mut memory: HashMap<*const f32, usize> = HashMap::new();
    let mut waiting: Vec<_> = output.node().cloned().into_iter().collect();
    while let Some(node) = waiting.pop() {
        let Some(origin) = node.origin.as_ref().filter(|_| seen.insert(node.id)) else { continue };
        let inputs = origin.inputs.iter().map(DynTensor::array);
        let arrays = inputs.chain(origin.output.iter().map(DynTensor::array));
        for array in arrays.filter(|array| array.dtype().is_float()) {
            let elements = array.elements_from_first::<f32>();
            // A broadcast view of one element takes no memory.
            if elements.len() > 1 {
                memory.insert(elements.as_ptr(), elements.len());
            }
        }
        waiting.extend(origin.inputs.iter().filter_map(DynTensor::node).cloned());
    }
    memory.values().sum()
}
