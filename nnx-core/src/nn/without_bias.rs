//! Layers without a bias, as a type.

use std::ops::{Deref, DerefMut};

use super::{Bilinear, Conv, ConvTranspose, KernelOptions, Linear, LinearGeneral};
use crate::module::derive_support::LayerInput;
use crate::module::{
    Cost, Extent, Init, Layer, Module, ModuleVisitor, ParameterCount, Pass, ReceptiveField,
    Visitor, VisitorMut,
};
use crate::random::Rngs;
use crate::size::rules::Sizes;
use crate::size::{ConvOptions, ConvTransposeOptions, Size, StaticShape, WindowShape};
use crate::tensor::Real;

/// The layer `L` without a bias: `WithoutBias<Linear<U64, U64>>`.
///
/// Its variables have the paths of those of `L`, and `PARAMETERS` doesn't count a bias. A layer
/// made by `L::with(&KernelOptions::default().without_bias(), rngs)` computes the same. But its type doesn't say
/// whether it has a bias, so the compiler counts one.
///
/// | | |
/// |---|---|
/// | Flax | `nnx.Linear(.., use_bias=False)`, `nnx.Conv(.., use_bias=False)` |
/// | PyTorch | `nn.Linear(.., bias=False)`, `nn.Conv2d(.., bias=False)`, `nn.Bilinear(.., bias=False)` |
///
/// ```
/// use nnx_core::module::{Init, Layer, ParameterCount};
/// use nnx_core::{nn::{Linear, WithoutBias}, random::Rngs, size::{U2, U3}, tensor::Tensor};
///
/// const _: () = assert!(WithoutBias::<Linear<U2, U3>>::PARAMETERS == 6);
///
/// let layer = WithoutBias::<Linear<U2, U3>>::init(&mut Rngs::new(0));
/// assert_eq!(layer.infer(Tensor::from([0.0, 0.0])).to_vec(), [0.0; 3]);
/// assert!(layer.bias.is_none());
/// ```
#[derive(Debug, Clone)]
pub struct WithoutBias<L: OptionalBias>(L);

impl<L: OptionalBias> WithoutBias<L> {
    /// A layer with a kernel initialized by `options`.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &KernelOptions, rngs: &mut Rngs) -> Self {
        Self(L::start(&options.clone().without_bias(), rngs))
    }
}

/// A layer whose bias is optional.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no bias that could be left out",
    label = "expected `Linear`, `LinearGeneral`, `Bilinear`, `Conv` or `ConvTranspose`"
)]
pub trait OptionalBias: Sized {
    /// The number of elements of the bias.
    const BIAS: usize;
    /// The number of bytes of the bias.
    const BIAS_BYTES: usize;
    /// A layer with weights initialized by `options`.
    fn start(options: &KernelOptions, rngs: &mut Rngs) -> Self;
}

macro_rules! optional_bias {
    ($([$($generics:tt)*] $layer:ty, $bias:expr;)*) => { $(
        impl<$($generics)*, E: Real> OptionalBias for $layer {
            const BIAS: usize = $bias;
            const BIAS_BYTES: usize = Self::BIAS * size_of::<E>();
            fn start(options: &KernelOptions, rngs: &mut Rngs) -> Self {
                Self::with(options, rngs)
            }
        }
    )* };
}
optional_bias! {
    [In: Size, Out: Size] Linear<In, Out, E>, Out::USIZE;
    [In: Sizes, Out: Sizes] LinearGeneral<In, Out, E>, <Out::Shape as StaticShape>::ELEMENTS;
    [First: Size, Second: Size, Out: Size] Bilinear<First, Second, Out, E>, Out::USIZE;
    [In: Size, Out: Size, K: WindowShape, O: ConvOptions<In, Out>] Conv<In, Out, K, O, E>, Out::USIZE;
    [In: Size, Out: Size, K: WindowShape, O: ConvTransposeOptions<In, Out>]
        ConvTranspose<In, Out, K, O, E>, Out::USIZE;
}

impl<L: OptionalBias> Deref for WithoutBias<L> {
    type Target = L;
    fn deref(&self) -> &L {
        &self.0
    }
}
impl<L: OptionalBias> DerefMut for WithoutBias<L> {
    fn deref_mut(&mut self) -> &mut L {
        &mut self.0
    }
}

impl<L: Module + OptionalBias> Module for WithoutBias<L> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        self.0.visit_modules(visitor);
    }
}

impl<L: OptionalBias> Init for WithoutBias<L> {
    fn init(rngs: &mut Rngs) -> Self {
        Self::with(&KernelOptions::default(), rngs)
    }
}

impl<X: LayerInput<L>, L: OptionalBias> Layer<X> for WithoutBias<L> {
    type Output = X::Output;
    fn forward(&self, x: X, pass: &mut Pass) -> X::Output {
        x.feed(&self.0, pass)
    }
}

#[diagnostic::do_not_recommend]
impl<L: ParameterCount + OptionalBias> ParameterCount for WithoutBias<L> {
    const PARAMETERS: usize = L::PARAMETERS - L::BIAS;
    const PARAMETER_BYTES: usize = L::PARAMETER_BYTES - L::BIAS_BYTES;
}

#[diagnostic::do_not_recommend]
impl<X, L: Cost<X> + Layer<X, Output: Extent> + OptionalBias> Cost<X> for WithoutBias<L> {
    // The bias that is left out would cost an addition for each element of the output.
    const FLOPS: u64 = L::FLOPS - <L as Layer<X>>::Output::ELEMENTS;
    const ACTIVATION_BYTES: u64 = L::ACTIVATION_BYTES;
}

#[diagnostic::do_not_recommend]
impl<const RANK: usize, L: ReceptiveField<RANK> + OptionalBias> ReceptiveField<RANK>
    for WithoutBias<L>
{
    const FIELD: [usize; RANK] = L::FIELD;
    const STRIDE: [usize; RANK] = L::STRIDE;
}
