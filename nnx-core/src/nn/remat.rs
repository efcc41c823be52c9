//! Rematerialization: a layer that recomputes its activations in backward (gradient checkpointing).

use crate::module::{
    Cost, Layer, Module, ModuleVisitor, ParameterCount, Pass, ReceptiveField, Visitor, VisitorMut,
    forward_remat,
};
use crate::random::Rngs;
use crate::size::Shape;
use crate::tensor::{Inputs, Real, Tensor};

/// A layer that saves only its input for backward, and runs a second time to compute the gradient: less memory for
/// more time (gradient checkpointing; Chen et al., 2016).
///
/// A sequence of n layers saves the activations of all layers. With each layer in a `Remat` it saves one input per
/// layer, and the activations of one layer at a time. The results are the same: the second run samples the same
/// dropout masks, and running statistics are updated once. In evaluation, `Remat` just runs the layer.
///
/// The layer must be `Clone`, its input a tensor or a tuple of up to four tensors, its output a tensor.
///
/// | | |
/// |---|---|
/// | variables | those of the layer, at the same paths: checkpoints load with and without `Remat` |
/// | Flax | `nnx.remat(Layer)` |
/// | PyTorch | `torch.utils.checkpoint.checkpoint(layer, x)` |
///
/// ```
/// use nnx_core::module::{Init, Layer, value_and_grad};
/// use nnx_core::nn::{Linear, Remat, Sequential, Tanh};
/// use nnx_core::{random::Rngs, size::{U1, U3, U8}, tensor::Tensor};
///
/// type Block = Sequential<(Linear<U3, U8>, Tanh, Linear<U8, U3>)>;
/// let mut model = <(Remat<Block>, Remat<Block>, Linear<U3, U1>)>::init(&mut Rngs::new(0));
/// let (loss, gradients) = value_and_grad(&mut model, |model, pass| {
///     model.forward(Tensor::from([[1.0, 2.0, 3.0]]), pass).square().mean()
/// })?;
/// assert!(loss > 0.0 && gradients.len() == 10);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Remat<L> {
    /// The layer.
    pub layer: L,
}

impl<L> Remat<L> {
    /// Wraps `layer`.
    pub fn new(layer: L) -> Self {
        Self { layer }
    }
}

impl<L: Module> Module for Remat<L> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        self.layer.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.layer.visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        self.layer.visit_modules(visitor);
    }
}

impl<L: crate::module::Init> crate::module::Init for Remat<L> {
    fn init(rngs: &mut Rngs) -> Self {
        Self::new(L::init(rngs))
    }
}

impl<X, L, S, E> Layer<X> for Remat<L>
where
    X: Inputs,
    L: Layer<X, Output = Tensor<S, E>> + Module + Clone + Send + Sync + 'static,
    S: Shape,
    E: Real,
{
    type Output = Tensor<S, E>;

    fn forward(&self, x: X, pass: &mut Pass) -> Tensor<S, E> {
        match pass.is_training() {
            true => forward_remat(&self.layer, x, pass),
            false => self.layer.forward(x, pass),
        }
    }
}

// The constants describe an evaluation, in which `Remat` just calls the layer.
#[diagnostic::do_not_recommend]
impl<X, L: Cost<X>> Cost<X> for Remat<L>
where
    Self: Layer<X>,
{
    const FLOPS: u64 = L::FLOPS;
    const ACTIVATION_BYTES: u64 = L::ACTIVATION_BYTES;
}
#[diagnostic::do_not_recommend]
impl<const RANK: usize, L: ReceptiveField<RANK>> ReceptiveField<RANK> for Remat<L> {
    const FIELD: [usize; RANK] = L::FIELD;
    const STRIDE: [usize; RANK] = L::STRIDE;
}
#[diagnostic::do_not_recommend]
impl<L: ParameterCount> ParameterCount for Remat<L> {
    const PARAMETERS: usize = L::PARAMETERS;
    const PARAMETER_BYTES: usize = L::PARAMETER_BYTES;
}
