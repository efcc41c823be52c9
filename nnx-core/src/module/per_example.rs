//! The gradient of each example of a batch.

mod members;

use super::streams::split_streams;
use super::tuples::for_each_tuple;
use super::value::Value;
use super::{
    Entry, Evaluation, Filter, Loss, Module, Pass, State, Visitor, VisitorMut, evaluate, kind,
    state_of,
};
use crate::Error;
use crate::array::{Array, Element, ShapeError};
use crate::ops::DynTensor;
use crate::size::{Dim, U1};
use crate::tensor::Tensor;

/// A batch that is taken apart into examples: a tensor whose first axis is the batch, or a tuple of such tensors.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a batch of examples",
    label = "expected a tensor whose first axis is the batch, or a tuple of them, such as images and labels"
)]
pub trait Examples {
    /// One example: the same tensors with a first axis of size 1.
    type Example;
    #[doc(hidden)]
    fn sizes(&self, sizes: &mut Vec<usize>);
    #[doc(hidden)]
    fn example(&self, index: usize) -> Self::Example;
    /// All examples, as members of the `vmap` number `level`.
    #[doc(hidden)]
    fn every_example(&self, level: u64) -> Self::Example;
}

macro_rules! batch {
    ($($axis:ident)*) => {
        impl<Batch: Dim, $($axis: Dim,)* E: Element> Examples for Tensor<(Batch, $($axis,)*), E> {
            type Example = Tensor<(U1, $($axis,)*), E>;
            fn sizes(&self, sizes: &mut Vec<usize>) {
                sizes.push(self.dims()[0]);
            }
            fn example(&self, index: usize) -> Self::Example {
                Tensor::trusted(self.clone().into_dyn().slice(0, index, 1))
            }
            fn every_example(&self, level: u64) -> Self::Example {
                let all = self.clone().into_dyn();
                let dims = all.dims().insert_axis(1, 1);
                Tensor::trusted(DynTensor::each_of(level, all.reshape(&dims)))
            }
        }
    };
}
batch!();
batch!(A);
batch!(A B);
batch!(A B C);
batch!(A B C D);
batch!(A B C D F);

macro_rules! tuple {
    ($($batch:ident $index:tt)+) => {
        impl<$($batch: Examples),+> Examples for ($($batch,)+) {
            type Example = ($($batch::Example,)+);
            fn sizes(&self, sizes: &mut Vec<usize>) {
                $(self.$index.sizes(sizes);)+
            }
            fn example(&self, index: usize) -> Self::Example {
                ($(self.$index.example(index),)+)
            }
            fn every_example(&self, level: u64) -> Self::Example {
                ($(self.$index.every_example(level),)+)
            }
        }
    };
}
for_each_tuple!(tuple);

/// The losses and the gradients of the examples of a batch: see [`per_example_grads`].
#[derive(Debug, Clone)]
pub struct ExampleGradients<V> {
    /// The loss of each example, or a pair of it and the auxiliary value.
    pub values: Vec<V>,
    /// The gradients, each with the examples as its first axis: of a kernel (In, Out) it is (B, In, Out).
    pub gradients: State,
}

impl<V> ExampleGradients<V> {
    /// The gradient of one example, with the shapes of the variables.
    ///
    /// # Panics
    /// If there are not as many examples.
    #[must_use]
    #[track_caller]
    pub fn example(&self, index: usize) -> State {
        let examples = self.values.len();
        assert!(index < examples, "example {index} of {examples}: examples are counted from 0");
        self.gradients.map(|_, entry| {
            let row = entry.array.narrow(0, index, 1);
            row.reshape(&entry.array.dims()[1..])
        })
    }
}

/// The loss and the gradient of each example of a batch (`jax.vmap(jax.value_and_grad(f), in_axes=(None, 0))`; in PyTorch
/// `torch.func.vmap(grad(f), in_dims=(None, 0))`): for clipping each gradient (differential privacy), for the noise of
/// gradients, for the influence of examples.
///
/// `f` gets one example with a first axis of size 1, so that it is the function of a whole batch. It runs once: within it a
/// tensor stands for all examples, as in [`vmap`](crate::tensor::vmap), and operations run on all of them at once, a layer
/// as a product of batches. If it returns a pair, or reads elements of a tensor that depends on the example, it runs once for
/// each example instead (after the run that noticed it, if it reads elements): the numbers are the same, but for the last
/// digits. What `f` draws from a generator that isn't the model's is the same for all examples in one run.
///
/// - Random streams are [split](split_streams), so that examples have independent masks, and the streams of the model have
///   drawn once.
/// - Running statistics aren't updated. A [`BatchNorm`](crate::nn::BatchNorm) normalizes by the statistics of the single
///   example; [freeze](Filter::freezing) it to use the running ones.
///
/// A convolution has its kernel's gradient for one example after the other, either way.
///
/// ```
/// use nnx_core::module::{Filter, Init, Layer, kind, per_example_grads};
/// use nnx_core::{Tensor, nn::{Linear, softmax_cross_entropy}, random::Rngs, size::{Batch, U3, U4}, tensor::Tensor};
///
/// let mut model = Linear::<U4, U3>::init(&mut Rngs::new(0));
/// let images: Tensor![Batch, 4] = Tensor::from_vec(vec![0.5; 5 * 4])?;
/// let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![0, 1, 2, 1, 0])?;
/// let params = Filter::kind::<kind::Param>();
/// let found = per_example_grads(&params, &mut model, (images, labels), |model, (x, label), pass| {
///     softmax_cross_entropy(model.forward(x, pass), label).sum()
/// })?;
/// assert_eq!(found.values.len(), 5);
///
/// // The mean of the gradients, each clipped to a norm of 0.1.
/// let clipped = (0..5).map(|i| {
///     let grads = found.example(i);
///     let norm = grads.norm();
///     grads * (0.1 / norm).min(1.0)
/// });
/// let mean = clipped.reduce(|a, b| a + b).unwrap() * 0.2;
/// assert!(mean.norm() <= 0.1);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// As [`value_and_grad_of`](super::value_and_grad_of), for the first example that fails; if the inputs have different numbers
/// of examples, or none. The model is unchanged then.
#[doc(alias = "vmap")]
pub fn per_example_grads<M: Module + ?Sized, X: Examples, L: Loss>(
    filter: &Filter,
    model: &mut M,
    batch: X,
    f: impl Fn(&M, X::Example, &mut Pass) -> L,
) -> Result<ExampleGradients<L::Value>, Error> {
    let mut sizes = Vec::new();
    batch.sizes(&mut sizes);
    let examples = sizes[0];
    if examples == 0 || sizes.iter().any(|&size| size != examples) {
        let problem = format!(
            "takes inputs with the same number of examples, and at least one; found {sizes:?}"
        );
        return Err(ShapeError::operands("per_example_grads", problem).into());
    }
    let random = Filter::kind::<kind::RngState>();
    let before = state_of(&random, model);
    let streams = split_streams(model, examples);
    let frozen = random & filter.frozen();
    let one = |(index, streams): (usize, &State)| -> Result<_, Error> {
        let run = |model: &M, pass: &mut Pass| {
            draw_from(model, streams, pass, |array| array.into());
            f(model, batch.example(index), pass)
        };
        let Evaluation { value, gradients, .. } = evaluate(filter, model, &State::default(), run)?;
        Ok((value, gradients))
    };
    let found = members::at_once(filter, model, &batch, &streams, &f).unwrap_or_else(|| {
        let found: Result<Vec<_>, Error> = streams.iter().enumerate().map(one).collect();
        let (values, gradients): (Vec<_>, Vec<State>) = found?.into_iter().unzip();
        Ok(ExampleGradients { values, gradients: stacked(&gradients) })
    });
    let failed = found.is_err();
    model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
        if let Some(entry) = before.get(path).filter(|_| failed || frozen.selects(path, variable)) {
            let _ = variable.set_array(entry.array.clone());
        }
    }));
    found
}

/// Replaces the keys and counts of random streams in a pass.
fn draw_from<M: Module + ?Sized>(
    model: &M,
    streams: &State,
    pass: &mut Pass,
    value: impl Fn(Array) -> DynTensor,
) {
    let random = Filter::kind::<kind::RngState>();
    model.visit(&mut Visitor::new(&mut |path, variable| {
        if let Some(entry) = streams.get(path).filter(|_| random.selects(path, variable)) {
            pass.replace_value(variable.id(), Some(Value::Leaf(value(entry.array.clone()))));
        }
    }));
}

/// Stacks states along a new first axis.
fn stacked(states: &[State]) -> State {
    states[0].map(|path, entry| {
        let dims = entry.array.dims().insert_axis(0, 1);
        let row = |state: &State| -> DynTensor {
            let Entry { array, .. } = state.get(path).expect("gradients of one filter");
            Array::reshape(array, &dims).into()
        };
        let rows = states.iter().map(row).collect();
        DynTensor::concat(rows, 0).expect("of one shape").into_array()
    })
}
