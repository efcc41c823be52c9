//! Layers whose types of input and output are known, and the type of the model isn't.

use std::marker::PhantomData;

use super::{ErasedModel, TensorType};
use crate::module::{Layer, Module, ModuleVisitor, Pass, Visitor, VisitorMut};

/// A layer from `X` to `Y` whose model type is erased: see [`ErasedModel::typed`].
#[derive(Debug)]
pub struct TypedModel<X, Y> {
    model: ErasedModel,
    shapes: PhantomData<fn(X) -> Y>,
}

impl<X: TensorType, Y: TensorType> TypedModel<X, Y> {
    /// A model of any type as a layer from `X` to `Y`: for a list of different layers.
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
        Self::unchecked(ErasedModel::new::<X>(model))
    }
}

impl<X, Y> TypedModel<X, Y> {
    /// The caller has checked that `X` and `Y` are the input and the output of the model.
    pub(super) fn unchecked(model: ErasedModel) -> Self {
        Self { model, shapes: PhantomData }
    }

    /// Erases the types of input and output as well.
    #[must_use]
    pub fn erase(self) -> ErasedModel {
        self.model
    }
}

impl<X, Y> Module for TypedModel<X, Y> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter_typed(self, Some((self.model.input(), self.model.output())));
        self.model.model.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.model.visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        // Visits the inner model, not the `ErasedModel`, which a visitor could replace by one of a different type.
        self.model.model.visit_modules(visitor);
    }
}

impl<X: TensorType, Y: TensorType> Layer<X> for TypedModel<X, Y> {
    type Output = Y;
    fn forward(&self, x: X, pass: &mut Pass) -> Y {
        let y = self.model.forward(x.into_dyn(), pass).and_then(Y::from_dyn);
        y.expect("both types were compared when the layer was made")
    }
}
