//! Models behind a pointer, whose types of input and output are checked at run time.

use std::any::{Any, TypeId};
use std::fmt;
use std::marker::PhantomData;

use thiserror::Error as ThisError;

use super::{Layer, Module, ModuleVisitor, Pass, Visitor, VisitorMut};
use crate::array::{Element, ShapeError};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::tensor::Tensor;

mod typed;

pub use typed::TypedModel;

/// A typed tensor: the input or the output of an erased model.
pub trait TensorType: Sized + 'static {
    /// Shape and element type, such as `(Batch, 28, 28, 1) f32`.
    fn describe() -> String;
    /// Converts a tensor to this type.
    ///
    /// # Errors
    /// If shape or element type differ. The error has the expected and the found ones.
    fn from_dyn(tensor: DynTensor) -> Result<Self, ShapeError>;
    /// The tensor without its type.
    fn into_dyn(self) -> DynTensor;
}

impl<S: Shape, E: Element> TensorType for Tensor<S, E> {
    fn describe() -> String {
        format!("{} {}", S::describe(), E::DTYPE)
    }
    fn from_dyn(tensor: DynTensor) -> Result<Self, ShapeError> {
        Self::try_from(tensor)
    }
    fn into_dyn(self) -> DynTensor {
        Self::into_dyn(self)
    }
}

/// A model that isn't of the expected type. The error returns the model.
#[derive(Debug, ThisError)]
#[error("expected a model {expected}, found one {found}")]
pub struct ErasedError {
    expected: String,
    found: String,
    /// The model, unchanged.
    pub model: Box<ErasedModel>,
}

/// A model behind a pointer, with runtime shapes: for a list or a map of different models.
///
/// [`infer`](Self::infer) checks the input. [`typed`](Self::typed) makes a layer with static shapes of it,
/// and [`downcast`](Self::downcast) returns the model itself; both check the types. It is a [`Module`]:
/// states, filters, saving and printing work as on the model inside.
///
/// ```
/// use nnx_core::{Tensor, module::{ErasedModel, Init, Layer}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::{array::Array, size::{Batch, U2, U3}};
///
/// let model = Linear::<U2, U3>::init(&mut Rngs::new(0));
/// let erased = ErasedModel::new::<Tensor![Batch, 2]>(model);
/// let y = erased.infer(Array::new(vec![1.0f32; 8], &[4, 2])?.into())?;
/// assert_eq!(*y.dims(), [4, 3]);
///
/// let error = erased.infer(Array::new(vec![1.0f32; 8], &[2, 4])?.into()).unwrap_err();
/// assert_eq!(error.to_string(),
///     "expected a tensor of shape (Batch, 2), found an array of shape (2, 4): \
///      axis 1: expected 2, found 4");
///
/// let layer = erased.typed::<Tensor![Batch, 2], Tensor![Batch, 3]>()?;
/// let y: Tensor![Batch, 3] = layer.infer(Tensor::from_vec(vec![1.0; 8])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ErasedModel {
    model: Box<dyn DynModel>,
    input: (TypeId, String),
    output: (TypeId, String),
}

/// A model behind a pointer, with its forward pass on runtime shapes.
trait DynModel: Module + Any + Send + Sync {
    fn run(&self, x: DynTensor, pass: &mut Pass) -> Result<DynTensor, ShapeError>;
}

/// A model with the type of its input, which a `dyn DynModel` can't name.
struct WithInput<M, X>(M, PhantomData<fn(X)>);

impl<M: Module, X> Module for WithInput<M, X> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        self.0.visit_modules(visitor);
    }
}

impl<X, M> DynModel for WithInput<M, X>
where
    X: TensorType,
    M: Module + Layer<X, Output: TensorType> + Send + Sync + 'static,
{
    fn run(&self, x: DynTensor, pass: &mut Pass) -> Result<DynTensor, ShapeError> {
        Ok(self.0.forward(X::from_dyn(x)?, pass).into_dyn())
    }
}

impl ErasedModel {
    /// Erases the type of a model that is applied to tensors of type `X`.
    pub fn new<X: TensorType>(
        model: impl Module + Layer<X, Output: TensorType> + Send + Sync + 'static,
    ) -> Self {
        fn id_and_text<X: TensorType>() -> (TypeId, String) {
            (TypeId::of::<X>(), X::describe())
        }
        fn output<X, M: Layer<X, Output: TensorType>>(_: &M) -> (TypeId, String) {
            id_and_text::<M::Output>()
        }
        let (input, output) = (id_and_text::<X>(), output::<X, _>(&model));
        Self { model: Box::new(WithInput(model, PhantomData::<fn(X)>)), input, output }
    }

    /// Shape and element type of the input, such as `(Batch, 28, 28, 1) f32`.
    #[must_use]
    pub fn input(&self) -> &str {
        &self.input.1
    }

    /// Shape and element type of the output.
    #[must_use]
    pub fn output(&self) -> &str {
        &self.output.1
    }

    /// The forward pass.
    ///
    /// # Errors
    /// If the input doesn't have the shape and the element type of [`input`](Self::input).
    pub fn forward(&self, x: DynTensor, pass: &mut Pass) -> Result<DynTensor, ShapeError> {
        self.model.run(x, pass)
    }

    /// The forward pass in evaluation mode.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn infer(&self, x: DynTensor) -> Result<DynTensor, ShapeError> {
        self.forward(x, &mut Pass::eval())
    }

    /// The model as a layer from `X` to `Y`.
    ///
    /// # Errors
    /// If its input or its output has a different type. The error names both types, and returns the model.
    pub fn typed<X: TensorType, Y: TensorType>(self) -> Result<TypedModel<X, Y>, ErasedError> {
        if (self.input.0, self.output.0) == (TypeId::of::<X>(), TypeId::of::<Y>()) {
            return Ok(TypedModel::unchecked(self));
        }
        let arrow = |input: &str, output: &str| format!("from {input} to {output}");
        Err(ErasedError {
            expected: arrow(&X::describe(), &Y::describe()),
            found: arrow(self.input(), self.output()),
            model: Box::new(self),
        })
    }

    /// The model itself, if it is an `M` that was erased for inputs of type `X`.
    ///
    /// # Errors
    /// If it isn't. The error names both types, and returns the model.
    pub fn downcast<X: 'static, M: 'static>(self) -> Result<M, ErasedError> {
        if (*self.model).type_id() != TypeId::of::<WithInput<M, X>>() {
            let expected = format!("of type {}", std::any::type_name::<M>());
            let found = format!("from {} to {} of another type", self.input(), self.output());
            return Err(ErasedError { expected, found, model: Box::new(self) });
        }
        let model: Box<dyn Any> = self.model;
        let with_input = model.downcast::<WithInput<M, X>>().expect("the type was asked for");
        Ok(with_input.0)
    }
}

impl Module for ErasedModel {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter_typed(self, Some((self.input(), self.output())));
        self.model.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.model.visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        self.model.visit_modules(visitor);
    }
}

impl fmt::Debug for ErasedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErasedModel from {} to {}", self.input(), self.output())
    }
}

/// A bound that no type satisfies. rustc prints its message for a field of type `dyn Layer`: what to write instead.
#[diagnostic::on_unimplemented(
    message = "`dyn Layer` is no module: its variables can't be visited",
    label = "variables in here would neither be trained nor saved",
    note = "write `nnx::module::TypedModel<X, Y>` in place of `Box<dyn Layer<X, Output = Y>>`: it holds any layer from `X` to `Y`, made by `TypedModel::new(layer)`"
)]
pub trait Open {}

macro_rules! closed {
    ($($type:ty;)*) => { $(
        impl<X, Y> Module for $type
        where
            Self: Open,
        {
            // Never called, since no type is `Open`.
            fn visit(&self, _: &mut Visitor<'_>) {}
            fn visit_mut(&mut self, _: &mut VisitorMut<'_>) {}
            fn visit_modules(&mut self, _: &mut ModuleVisitor<'_>)
            where
                Self: 'static,
            {
            }
        }
    )* };
}
closed! {
    dyn Layer<X, Output = Y>;
    dyn Layer<X, Output = Y> + Send;
    dyn Layer<X, Output = Y> + Send + Sync;
}
