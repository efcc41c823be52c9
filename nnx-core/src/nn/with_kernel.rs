//! Layers whose kernel `WeightNorm` and `SpectralNorm` may reparametrize.

use super::{Conv, ConvTranspose, Linear};
use crate::module::Param;
use crate::size::rules::LastAxis;
use crate::size::{
    ConvOptions, ConvTransposeOptions, Grouping, KernelOrder, Size, StaticShape, WindowShape,
};
use crate::tensor::Real;

/// A layer with a kernel whose last axis is the output features. [`WeightNorm`] and [`SpectralNorm`] wrap
/// such layers.
///
/// [`WeightNorm`]: super::WeightNorm
/// [`SpectralNorm`]: super::SpectralNorm
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no kernel that a layer around it could normalize",
    label = "expected a layer with a kernel, such as `Linear` or `Conv`",
    note = "for a layer of your own write `impl WithKernel for` it"
)]
pub trait WithKernel {
    /// The shape of the kernel.
    type Shape: StaticShape + LastAxis<Last: Size>;
    /// The type of the kernel's elements.
    type Element: Real;
    /// The kernel.
    fn kernel(&self) -> &Param<Self::Shape, Self::Element>;
}

/// The output features of a layer with a kernel: the last axis of the kernel.
pub(super) type Out<L> = <<L as WithKernel>::Shape as LastAxis>::Last;

impl<In: Size, Out: Size, E: Real> WithKernel for Linear<In, Out, E> {
    type Shape = (In, Out);
    type Element = E;
    fn kernel(&self) -> &Param<(In, Out), E> {
        &self.kernel
    }
}

impl<In, Out, K, O, E> WithKernel for Conv<In, Out, K, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape,
    O: ConvOptions<In, Out>,
    E: Real,
{
    type Shape = K::Weights<<O::Groups as Grouping<In, Out>>::In, Out>;
    type Element = E;
    fn kernel(&self) -> &Param<Self::Shape, E> {
        &self.kernel
    }
}

impl<In, Out, K, O, E> WithKernel for ConvTranspose<In, Out, K, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape,
    O: ConvTransposeOptions<In, Out>,
    E: Real,
{
    type Shape = K::Weights<
        <O::Order as KernelOrder<In, Out>>::First,
        <O::Order as KernelOrder<In, Out>>::Second,
    >;
    type Element = E;
    fn kernel(&self) -> &Param<Self::Shape, E> {
        &self.kernel
    }
}
