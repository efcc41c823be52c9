//! Gradients with respect to variables, inputs and taps in one call, and Hessian-vector products.

use super::differentiate::refuse_bf16;
use super::tap::Capture;
use super::value::Value;
use super::{
    Captures, Entry, Filter, GradError, KindId, Loss, Module, Pass, Path, State, Visitor, compare,
    kind,
};
use crate::Error;
use crate::array::DType;
use crate::grad::Tape;
use crate::ops::DynTensor;
use crate::tensor::Inputs;

/// Gradients with respect to variables, inputs and taps: see [`value_and_gradients_of`].
#[derive(Debug, Clone)]
pub struct Gradients<X> {
    /// The gradients of the variables that the filter selects.
    pub params: State,
    /// The gradients of the inputs.
    pub inputs: X,
    /// The gradients of the taps. Those of values that depend on no selected variable and no input are missing, unless
    /// [`Pass::perturb`] returned them.
    pub taps: Captures,
    /// The values of all taps.
    pub captures: Captures,
}

/// The loss, and its gradients with respect to the variables that `filter` selects, to `inputs`, and to all taps of the
/// forward pass, in one backward pass (`nnx.value_and_grad` with `argnums` and `nnx.DiffState`, and `perturb`).
///
/// `inputs` is a floating-point tensor, a tuple of up to four, or `()`; `f` gets it after the model. The filter may select
/// nothing, [`Filter::nothing`], for gradients of inputs and taps alone. Otherwise it is
/// [`value_and_grad_of`](super::value_and_grad_of): a training pass, whose updates are written to the model at the end.
///
/// ```
/// use nnx_core::module::{Filter, Init, Layer, kind, value_and_gradients_of};
/// use nnx_core::{Tensor, nn::Linear, random::Rngs, size::{U2, U3}, tap, tensor::Tensor};
///
/// tap!(Features: Tensor![4, 2]);
///
/// let mut model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let x: Tensor![4, 3] = Tensor::ones();
/// let trained = Filter::kind::<kind::Param>();
/// let (loss, grads) = value_and_gradients_of(&trained, &mut model, x, |model, x, pass| {
///     let features = model.forward(x, pass);
///     pass.tap::<Features>(&features);
///     features.square().sum()
/// })?;
/// let features = &grads.captures.get::<Features>()[0];
/// let slope = &grads.taps.get::<Features>()[0];
/// assert_eq!(slope.to_vec(), (features.clone() * 2.0).to_vec());
/// let saliency: Tensor![4, 3] = grads.inputs.abs();
/// # assert!(loss > 0.0 && saliency.to_vec()[0] > 0.0 && grads.params.len() == 2);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// The first error of [`Pass::fail`], the error that `f` returned, or a [`GradError`] if the loss depends on nothing that
/// is differentiated. The model is unchanged then.
#[doc(alias = "argnums")]
#[doc(alias = "DiffState")]
pub fn value_and_gradients_of<M: Module + ?Sized, X: Inputs, L: Loss>(
    filter: &Filter,
    model: &mut M,
    inputs: X,
    f: impl FnOnce(&M, X, &mut Pass) -> L,
) -> Result<(L::Value, Gradients<X>), Error> {
    if let Some(part) = filter.missing_frozen(model) {
        return Err(GradError::NothingFrozen { filter: format!("{part:?}") }.into());
    }
    refuse_bf16(filter, model)?;
    let tape = Tape::new();
    let mut pass = Pass::train();
    let owned = filter.clone() & !Filter::kind::<kind::ReadOnly>();
    let variables = pass.track(model, &owned, &tape, &State::default());
    pass.freeze_selected(model, &filter.frozen());
    pass.capture = Some(Box::new(Capture::on(&tape)));
    let inputs: Vec<DynTensor> = inputs.into_list().into_iter().map(|x| tape.leaf(x)).collect();
    let result = f(model, X::from_list(&mut inputs.clone().into_iter()), &mut pass);
    pass.check()?;
    let (loss, value) = result.split()?;
    let captures = pass.captures(model);
    let found = backward(&tape, loss, &variables, &inputs, &captures)?;
    pass.commit(model)?;
    let gradients = Gradients {
        params: found.params,
        inputs: X::from_list(&mut found.inputs.into_iter()),
        taps: found.taps,
        captures: captures
            .replaced(|i| Some(tape.without_own_record(captures.iter().nth(i)?.tensor.clone()))),
    };
    Ok((value, gradients))
}

/// [`Gradients`] with the gradients of the inputs as a list, so that it is compiled once and not for each model.
struct Found {
    params: State,
    inputs: Vec<DynTensor>,
    taps: Captures,
}

fn backward(
    tape: &Tape,
    loss: DynTensor,
    variables: &[(Path, KindId, DynTensor)],
    inputs: &[DynTensor],
    captures: &Captures,
) -> Result<Found, Error> {
    let leaves: Vec<&DynTensor> = variables.iter().map(|(_, _, leaf)| leaf).chain(inputs).collect();
    let places: Vec<&DynTensor> = captures.iter().map(|value| &value.tensor).collect();
    let seed = loss.full_like(1.0);
    let (found, at_taps) = tape.gradients_at(loss, seed, &leaves, &places);
    if found.iter().chain(&at_taps).all(Option::is_none) {
        return Err(GradError::NothingConnected {
            variables: variables.len(),
            inputs: inputs.len(),
            taps: places.len(),
        }
        .into());
    }
    let or_zero = |x: &DynTensor, gradient: Option<DynTensor>| {
        tape.without_own_record(gradient.unwrap_or_else(|| x.full_like(0.0)))
    };
    let mut found = leaves.iter().zip(found).map(|(leaf, gradient)| or_zero(leaf, gradient));
    let params = variables.iter().zip(found.by_ref()).map(|((path, kind, _), gradient)| {
        (path.clone(), Entry { kind: *kind, array: gradient.into_array() })
    });
    let params = params.collect();
    let inputs = found.collect();
    let taps = captures
        .replaced(|i| tape.tracks(places[i]).then(|| or_zero(places[i], at_taps[i].clone())));
    Ok(Found { params, inputs, taps })
}

/// A loss with its gradient, and the product of its Hessian with a vector: see [`hessian_vector_product`].
#[derive(Debug, Clone)]
pub struct HessianVector<V> {
    /// The loss, or a pair of it and the auxiliary value.
    pub value: V,
    /// The gradient of the loss.
    pub gradient: State,
    /// The Hessian of the loss times the vector.
    pub product: State,
}

/// The product `H v` of the Hessian of a loss with a vector, without the Hessian: `H v = ∇(∇loss · v)`
/// (`jax.jvp(jax.grad(f), (params,), (vector,))`; Pearlmutter, 1994). It costs a few times as much as a gradient.
///
/// `vector` has the variables that `filter` selects, such as a gradient. `f` runs in a training pass, which isn't committed:
/// neither running statistics nor random streams of the model change.
///
/// ```
/// use nnx_core::module::{Filter, Param, hessian_vector_product, state};
/// use nnx_core::{size::U2, tensor::Tensor};
///
/// // The Hessian of p₀³ + p₁² is diagonal: 6 p₀ and 2.
/// let model = Param::<(U2,)>::new(Tensor::from([5.0, 7.0]));
/// let found = hessian_vector_product(&Filter::everything(), &model, &state(&model), |p, pass| {
///     (p.get(pass) * Tensor::from([1.0, 0.0])).powf(3.0).sum()
///         + (p.get(pass) * Tensor::from([0.0, 1.0])).square().sum()
/// })?;
/// let numbers = |state: &nnx_core::module::State| -> Vec<f32> {
///     state.iter().next().unwrap().1.array.to_vec().unwrap()
/// };
/// assert_eq!(numbers(&found.gradient), [3.0 * 25.0, 2.0 * 7.0]);
/// assert_eq!(numbers(&found.product), [6.0 * 5.0 * 5.0, 2.0 * 7.0]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// As [`value_and_grad_of`](super::value_and_grad_of), and if `vector` doesn't have the paths, shapes and element types of
/// the selected variables.
#[doc(alias = "hvp")]
#[doc(alias = "vhp")]
pub fn hessian_vector_product<M: Module + ?Sized, L: Loss>(
    filter: &Filter,
    model: &M,
    vector: &State,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<HessianVector<L::Value>, Error> {
    if let Some(part) = filter.missing_frozen(model) {
        return Err(GradError::NothingFrozen { filter: format!("{part:?}") }.into());
    }
    refuse_bf16(filter, model)?;
    let (outer, inner) = (Tape::new(), Tape::new());
    let mut pass = Pass::train();
    let mut leaves: Vec<(Path, KindId, [DynTensor; 2])> = Vec::new();
    model.visit(&mut Visitor::new(&mut |path, variable| {
        let is_float = variable.array().dtype().is_float();
        if is_float && !variable.is_read_only() && filter.selects(path, variable) {
            let first = outer.leaf(variable.array().clone().into());
            let second = inner.leaf(first.clone());
            pass.replace_value(variable.id(), Some(Value::Leaf(second.clone())));
            leaves.push((path.clone(), variable.kind(), [first, second]));
        }
    }));
    pass.freeze_selected(model, &filter.frozen());
    if leaves.is_empty() {
        return Err(GradError::NothingSelected { filter: format!("{filter:?}") }.into());
    }
    let entry = |kind: KindId, x: &DynTensor| Entry { kind, array: x.array().clone() };
    let state_of_leaves: State =
        leaves.iter().map(|(path, kind, [leaf, _])| (path.clone(), entry(*kind, leaf))).collect();
    compare(&state_of_leaves, vector).map_err(|error| error.with_header(OTHER_VECTOR))?;
    let result = f(model, &mut pass);
    pass.check()?;
    let (loss, value) = result.split()?;
    let (gradient, product) = products(&outer, &inner, loss, &leaves, vector)?;
    Ok(HessianVector { value, gradient, product })
}

/// The gradient, and the gradient of its product with the vector. Compiled once, not for each model.
fn products(
    outer: &Tape,
    inner: &Tape,
    loss: DynTensor,
    leaves: &[(Path, KindId, [DynTensor; 2])],
    vector: &State,
) -> Result<(State, State), Error> {
    let second: Vec<&DynTensor> = leaves.iter().map(|(_, _, [_, leaf])| leaf).collect();
    let seed = loss.full_like(1.0);
    let gradients = inner.gradients(loss, seed, &second);
    if gradients.iter().all(Option::is_none) {
        return Err(GradError::Unconnected { variables: leaves.len() }.into());
    }
    let or_zero = |(leaf, gradient): (&&DynTensor, Option<DynTensor>)| {
        inner.without_own_record(gradient.unwrap_or_else(|| leaf.full_like(0.0)))
    };
    let gradients: Vec<DynTensor> = second.iter().zip(gradients).map(or_zero).collect();
    // Summed in f64, because some variables may be f32 and others f64.
    let along = |(gradient, (path, ..)): (&DynTensor, &(Path, KindId, _))| {
        let along = vector.get(path).expect("compared above").array.clone();
        (gradient.clone() * DynTensor::from(along)).sum_all().cast(DType::F64)
    };
    let total = gradients.iter().zip(leaves).map(along).reduce(|a, b| a + b).expect("a leaf");
    let first: Vec<&DynTensor> = leaves.iter().map(|(_, _, [leaf, _])| leaf).collect();
    let seed = total.full_like(1.0);
    let rows = outer.gradients(total, seed, &first);
    let state = |tensors: Vec<DynTensor>| {
        let entries = leaves.iter().zip(tensors).map(|((path, kind, _), x)| {
            (path.clone(), Entry { kind: *kind, array: x.into_array() })
        });
        entries.collect()
    };
    let rows = rows
        .into_iter()
        .zip(&first)
        .map(|(row, leaf)| outer.without_own_record(row.unwrap_or_else(|| leaf.full_like(0.0))));
    let rows = rows.collect();
    let gradients = gradients.into_iter().map(|x| outer.without_own_record(x)).collect();
    Ok((state(gradients), state(rows)))
}

const OTHER_VECTOR: &str = "the vector doesn't have the variables that the filter selects:";
