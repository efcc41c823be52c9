//! A multilayer perceptron of any depth.

use std::marker::PhantomData;

use nnx_core::module::{
    Init, Layer, Module, ModuleVisitor, ParameterCount, Pass, Visitor, VisitorMut,
};
use nnx_core::nn::Linear;
use nnx_core::random::Rngs;
use nnx_core::size::{Dim, Fits, Positive, Size, U2, U3};
use nnx_core::{Module, Tensor};

/// `Layers` linear layers with relu in between: rows `(B, In)` to `(B, Out)`.
///
/// ```text
/// (B, In)       linear, relu   (B, Hidden)
/// (B, Hidden)   linear, relu   (B, Hidden)     Layers - 2 times
/// (B, Hidden)   linear         (B, Out)
/// ```
///
/// `Layers` is the number of linear layers. `U1` is a single layer from `In` to `Out`, without relu, where
/// the usual Flax code builds two layers. `U0` doesn't compile. `Mlp<U784, U256, U10>` of three layers has 269,322
/// parameters. The layers are `layers/0`, `layers/1`, ... From the same seed they have the same initial
/// weights as the Flax model.
///
/// Paper: Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, 1986.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, ParameterCount}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U1, U2, U8, U10, U256, U784};
/// use nnx_models::Mlp;
///
/// const _: () = assert!(Mlp::<U784, U256, U10>::PARAMETERS == 269_322);
/// let model = Mlp::<U784, U256, U10>::init(&mut Rngs::new(0));
/// let images: Tensor![Batch, 28, 28, 1] = Tensor::from_vec(vec![0.5; 2 * 28 * 28])?;
/// let logits: Tensor![Batch, 10] = model.infer(images.flatten());
///
/// // Of one layer, and of eight.
/// const _: () = assert!(Mlp::<U2, U256, U10, U1>::PARAMETERS == 2 * 10 + 10);
/// let deep = Mlp::<U2, U256, U10, U8>::init(&mut Rngs::new(0));
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// A depth of nothing is refused:
///
/// ```compile_fail,E0277
/// # use nnx_core::size::{U0, U10, U256, U784};
/// # use nnx_models::Mlp;
/// type Nothing = Mlp<U784, U256, U10, U0>;
/// # fn take(_: Nothing) {}
/// ```
#[derive(Debug, Clone, Module)]
pub struct Mlp<In: Size, Hidden: Size, Out: Size, Layers: Depth = U3> {
    /// The linear layers.
    pub layers: MlpLayers<In, Hidden, Out, Layers>,
}

impl<B: Dim, In: Size, Hidden: Size, Out: Size, Layers: Depth> Layer<Tensor![B, In]>
    for Mlp<In, Hidden, Out, Layers>
{
    type Output = Tensor![B, Out];

    fn forward(&self, x: Tensor![B, In], pass: &mut Pass) -> Self::Output {
        match &self.layers {
            MlpLayers::One { only, .. } => only.forward(x, pass),
            MlpLayers::More { first, hidden, last } => {
                last.forward(hidden_features(first, hidden, x, pass), pass)
            }
        }
    }
}

impl<In: Size, Hidden: Size, Out: Size, Layers: Depth> Mlp<In, Hidden, Out, Layers> {
    /// The input of the last layer: (B, In) to (B, Hidden). An `Mlp` of one layer has no hidden features, so
    /// the call doesn't compile.
    pub fn features<B: Dim>(&self, x: Tensor![B, In], pass: &mut Pass) -> Tensor![B, Hidden]
    where
        Layers: HiddenLayers,
    {
        match &self.layers {
            MlpLayers::More { first, hidden, .. } => hidden_features(first, hidden, x, pass),
            MlpLayers::One { .. } => unreachable!("an `Mlp` of one layer has a depth of `U1`"),
        }
    }

    /// The same hidden layers with a new last layer, such as one for other classes.
    #[must_use]
    pub fn with_head<Other: Size>(
        self,
        head: Linear<Hidden, Other>,
    ) -> Mlp<In, Hidden, Other, Layers>
    where
        Layers: HiddenLayers,
    {
        match self.layers {
            MlpLayers::More { first, hidden, .. } => {
                Mlp { layers: MlpLayers::More { first, hidden, last: head } }
            }
            MlpLayers::One { .. } => unreachable!("an `Mlp` of one layer has a depth of `U1`"),
        }
    }
}

/// All layers but the last, each followed by relu.
fn hidden_features<B: Dim, In: Size, Hidden: Size>(
    first: &Linear<In, Hidden>,
    hidden: &[Linear<Hidden, Hidden>],
    x: Tensor![B, In],
    pass: &mut Pass,
) -> Tensor![B, Hidden] {
    let mut x = first.forward(x, pass).relu();
    for layer in hidden {
        x = layer.forward(x, pass).relu();
    }
    x
}

/// The number of linear layers of an [`Mlp`]: at least one.
#[diagnostic::on_unimplemented(
    message = "an `Mlp` can't have `{Self}` layers: it has at least one",
    label = "expected `U1`, which is one linear layer from `In` to `Out`, or more"
)]
pub trait Depth: Size {}
#[diagnostic::do_not_recommend]
impl<N: Positive> Depth for N {}

/// The number of linear layers of an [`Mlp`] that has hidden features: at least two.
#[diagnostic::on_unimplemented(
    message = "an `Mlp` of `{Self}` layers has no hidden features",
    label = "expected `U2` layers or more"
)]
pub trait HiddenLayers: Depth {}
#[diagnostic::do_not_recommend]
impl<N: Depth + Fits<U2>> HiddenLayers for N {}

/// The layers of an [`Mlp`], numbered from the input on. `Layers` decides which of the two types it is, so only an
/// `Mlp` creates one.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "a few hundred bytes, once in a model")]
pub enum MlpLayers<In: Size, Hidden: Size, Out: Size, Layers> {
    /// One layer, without relu.
    #[non_exhaustive]
    One {
        /// The only layer.
        only: Linear<In, Out>,
        /// How many layers there are: `U1`.
        count: PhantomData<Layers>,
    },
    /// Two layers or more, with relu in between.
    #[non_exhaustive]
    More {
        /// The first layer.
        first: Linear<In, Hidden>,
        /// The layers between the first and the last.
        hidden: Vec<Linear<Hidden, Hidden>>,
        /// The last layer, the head.
        last: Linear<Hidden, Out>,
    },
}

impl<In: Size, Hidden: Size, Out: Size, Layers: Size> Init for MlpLayers<In, Hidden, Out, Layers> {
    fn init(rngs: &mut Rngs) -> Self {
        match Layers::USIZE {
            1 => Self::One { only: Linear::init(rngs), count: PhantomData },
            layers => Self::More {
                first: Linear::init(rngs),
                hidden: (2..layers).map(|_| Linear::init(rngs)).collect(),
                last: Linear::init(rngs),
            },
        }
    }
}

impl<In: Size, Hidden: Size, Out: Size, Layers> Module for MlpLayers<In, Hidden, Out, Layers> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        match self {
            Self::One { only, .. } => visitor.index(0, only),
            Self::More { first, hidden, last } => {
                visitor.index(0, first);
                hidden.iter().zip(1..).for_each(|(layer, index)| visitor.index(index, layer));
                visitor.index(hidden.len() + 1, last);
            }
        }
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        match self {
            Self::One { only, .. } => visitor.index(0, only),
            Self::More { first, hidden, last } => {
                visitor.index(0, first);
                hidden.iter_mut().zip(1..).for_each(|(layer, index)| visitor.index(index, layer));
                visitor.index(hidden.len() + 1, last);
            }
        }
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        match self {
            Self::One { only, .. } => visitor.index(0, only),
            Self::More { first, hidden, last } => {
                visitor.index(0, first);
                hidden.iter_mut().zip(1..).for_each(|(layer, index)| visitor.index(index, layer));
                visitor.index(hidden.len() + 1, last);
            }
        }
    }
}

/// A depth that is a type is counted by the compiler.
impl<In: Size, Hidden: Size, Out: Size, Layers: Size> ParameterCount
    for MlpLayers<In, Hidden, Out, Layers>
{
    const PARAMETERS: usize = match Layers::USIZE {
        1 => Linear::<In, Out>::PARAMETERS,
        layers => {
            Linear::<In, Hidden>::PARAMETERS
                + (layers - 2) * Linear::<Hidden, Hidden>::PARAMETERS
                + Linear::<Hidden, Out>::PARAMETERS
        }
    };
    const PARAMETER_BYTES: usize = Self::PARAMETERS * size_of::<f32>();
}
