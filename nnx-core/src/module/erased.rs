//! Models whose type is known when the program runs.

use std::any::{Any, TypeId};
use std::fmt;
use std::marker::PhantomData;

use thiserror::Error as ThisError;

use super::{Layer, Module, Pass, Visitor, VisitorMut};
use crate::array::{Element, ShapeError};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::tensor::Tensor;

/// A typed tensor, as what goes into an erased model or comes out.
pub trait TensorType: Sized + 'static {
    /// Shape and element type, such as `(Batch, 28, 28, 1) f32`.
    fn describe() -> String;
    /// The tensor of this type, where shape and element type fit.
    ///
    /// # Errors
    /// If they don't, with both.
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

/// A model that isn't of the type that was asked for. The model is given back in it.
#[derive(Debug, ThisError)]
#[error("expected a model {expected}, found one {found}")]
pub struct ErasedError {
    expected: String,
    found: String,
    /// The model, as it was.
    pub model: Box<ErasedModel>,
}

/// A model behind a pointer, its type and its shapes known when the program runs: for a list or a map
/// of different models.
///
/// [`infer`](Self::infer) checks its input. The ways back are [`typed`](Self::typed), to a layer of known
/// shapes, and [`downcast`](Self::downcast), to the model itself; both are checked. It is a [`Module`]:
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
    model: Box<dyn Object>,
    input: (TypeId, String),
    output: (TypeId, String),
}

/// What is asked of a model behind the pointer.
trait Object: Module + Any + Send + Sync {
    fn run(&self, x: DynTensor, pass: &mut Pass) -> Result<DynTensor, ShapeError>;
}

/// A model with the type of its input, which `Object` can't name.
struct Applied<M, X>(M, PhantomData<fn(X)>);

impl<M: Module, X> Module for Applied<M, X> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
}

impl<X, M> Object for Applied<M, X>
where
    X: TensorType,
    M: Module + Layer<X, Output: TensorType> + Send + Sync + 'static,
{
    fn run(&self, x: DynTensor, pass: &mut Pass) -> Result<DynTensor, ShapeError> {
        Ok(self.0.forward(X::from_dyn(x)?, pass).into_dyn())
    }
}

impl ErasedModel {
    /// The model, applied to tensors of type `X`, without its type.
    pub fn new<X: TensorType>(
        model: impl Module + Layer<X, Output: TensorType> + Send + Sync + 'static,
    ) -> Self {
        fn described<X: TensorType>() -> (TypeId, String) {
            (TypeId::of::<X>(), X::describe())
        }
        fn output<X, M: Layer<X, Output: TensorType>>(_: &M) -> (TypeId, String) {
            described::<M::Output>()
        }
        let (input, output) = (described::<X>(), output::<X, _>(&model));
        Self { model: Box::new(Applied(model, PhantomData::<fn(X)>)), input, output }
    }

    /// What goes in, such as `(Batch, 28, 28, 1) f32`.
    #[must_use]
    pub fn input(&self) -> &str {
        &self.input.1
    }

    /// What comes out.
    #[must_use]
    pub fn output(&self) -> &str {
        &self.output.1
    }

    /// One run.
    ///
    /// # Errors
    /// If the input hasn't the shape or the element type that the model takes, with both.
    pub fn forward(&self, x: DynTensor, pass: &mut Pass) -> Result<DynTensor, ShapeError> {
        self.model.run(x, pass)
    }

    /// A run in evaluation mode.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn infer(&self, x: DynTensor) -> Result<DynTensor, ShapeError> {
        self.forward(x, &mut Pass::eval())
    }

    /// The model as a layer from `X` to `Y`.
    ///
    /// # Errors
    /// If it takes or gives something else, with both and the model.
    pub fn typed<X: TensorType, Y: TensorType>(self) -> Result<TypedModel<X, Y>, ErasedError> {
        if (self.input.0, self.output.0) == (TypeId::of::<X>(), TypeId::of::<Y>()) {
            return Ok(TypedModel { model: self, shapes: PhantomData });
        }
        let arrow = |input: &str, output: &str| format!("from {input} to {output}");
        Err(ErasedError {
            expected: arrow(&X::describe(), &Y::describe()),
            found: arrow(self.input(), self.output()),
            model: Box::new(self),
        })
    }

    /// The model itself, where it is an `M` that was erased for inputs of type `X`.
    ///
    /// # Errors
    /// If it isn't, with both and the model.
    pub fn downcast<X: 'static, M: 'static>(self) -> Result<M, ErasedError> {
        if (*self.model).type_id() != TypeId::of::<Applied<M, X>>() {
            let expected = format!("of type {}", std::any::type_name::<M>());
            let found = format!("from {} to {} of another type", self.input(), self.output());
            return Err(ErasedError { expected, found, model: Box::new(self) });
        }
        let model: Box<dyn Any> = self.model;
        let applied = model.downcast::<Applied<M, X>>().expect("the type was asked for");
        Ok(applied.0)
    }
}

impl Module for ErasedModel {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.model.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.model.visit_mut(visitor);
    }
}

impl fmt::Debug for ErasedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErasedModel from {} to {}", self.input(), self.output())
    }
}

/// A layer from `X` to `Y`, the type of its model erased: see [`ErasedModel::typed`].
#[derive(Debug)]
pub struct TypedModel<X, Y> {
    model: ErasedModel,
    shapes: PhantomData<fn(X) -> Y>,
}

impl<X: TensorType, Y: TensorType> TypedModel<X, Y> {
    /// The model as a layer from `X` to `Y`, whatever its type: for a list of different layers.
    ///
    /// ```
    /// use nnx_core::{Tensor, module::{Init, Layer, TypedModel, parameters}, nn::{Linear, Relu}};
    /// use nnx_core::{random::Rngs, size::{Batch, U2}, tensor::Tensor};
    ///
    /// type Wide = Tensor![Batch, 2];
    /// let dense = Linear::<U2, U2>::init(&mut Rngs::new(0));
    /// let layers: Vec<TypedModel<Wide, Wide>> = vec![TypedModel::new(dense), TypedModel::new(Relu)];
    /// let y: Wide = layers.infer(Tensor::from_vec(vec![1.0; 6])?);
    /// assert_eq!(parameters(&layers), 2 * 2 + 2);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    pub fn new(model: impl Module + Layer<X, Output = Y> + Send + Sync + 'static) -> Self {
        Self { model: ErasedModel::new::<X>(model), shapes: PhantomData }
    }
}

impl<X, Y> TypedModel<X, Y> {
    /// The model without its shapes.
    #[must_use]
    pub fn erase(self) -> ErasedModel {
        self.model
    }
}

impl<X, Y> Module for TypedModel<X, Y> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.model.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.model.visit_mut(visitor);
    }
}

impl<X: TensorType, Y: TensorType> Layer<X> for TypedModel<X, Y> {
    type Output = Y;
    fn forward(&self, x: X, pass: &mut Pass) -> Y {
        let y = self.model.forward(x.into_dyn(), pass).and_then(Y::from_dyn);
        y.expect("both types were compared when the layer was made")
    }
}

/// Holds for no `dyn Layer`: its text says what to write instead.
#[diagnostic::on_unimplemented(
    message = "`dyn Layer` is no module: nothing leads to the variables behind it",
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
            // Nobody calls these: the rule holds for no type.
            fn visit(&self, _: &mut Visitor<'_>) {}
            fn visit_mut(&mut self, _: &mut VisitorMut<'_>) {}
        }
    )* };
}
closed! {
    dyn Layer<X, Output = Y>;
    dyn Layer<X, Output = Y> + Send;
    dyn Layer<X, Output = Y> + Send + Sync;
}
