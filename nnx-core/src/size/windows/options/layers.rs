//! The options that each operation with windows, and its layer, accepts, and the settings that they read from them.

use super::WindowOptions;
use crate::size::windows::grouping::{Grouping, InOut, KernelOrder, Ungrouped};
use crate::size::windows::padding::{Same, Valid};
use crate::size::{Size, U1};

/// An option of [`Conv`](crate::nn::Conv), or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an option of a convolution",
    label = "expected `Strided<..>`, `KernelDilation<..>`, `InputDilation<..>`, a padding, or groups of channels",
    note = "a size says what it is: `Strided<U2>` are strides of 2, `KernelDilation<(U2, U1)>` a dilation for each axis",
    note = "paddings are `Same`, `Symmetric`, `Valid`, `Explicit`, `Circular`, `Reflect`, and `Causal` over one axis; groups are `Grouped<..>`, `Depthwise` and `Ungrouped`",
    note = "several options are one tuple in place of one option, in any order: `(Strided<U2>, Symmetric)`"
)]
pub trait ConvOption: WindowOptions {}

/// An option of [`ConvTranspose`](crate::nn::ConvTranspose), or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an option of a transposed convolution",
    label = "expected `Strided<..>`, `KernelDilation<..>`, a padding, or an order of the kernel's channels",
    note = "a size says what it is: `Strided<U2>` are strides of 2, `KernelDilation<(U2, U1)>` a dilation for each axis",
    note = "paddings are `Same`, `Valid`, `Circular` and `Explicit`; orders are `InOut` and `OutIn`",
    note = "several options are one tuple in place of one option, in any order: `(Strided<U2>, Valid)`"
)]
pub trait ConvTransposeOption: WindowOptions {}

/// An option of a pool, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an option of a pool",
    label = "expected `Strided<..>`, or the padding `Same`, `Symmetric`, `Valid` or `Explicit`",
    note = "a size says what it is: `Strided<U2>` are strides of 2, `Strided<(U2, U1)>` strides for each axis",
    note = "several options are one tuple in place of one option, in any order: `(Strided<U2>, Symmetric)`"
)]
pub trait PoolOption: WindowOptions {}

/// The settings of a convolution of `In` channels to `Out`, by its options: one [`ConvOption`], a tuple of
/// them, or `()` for the defaults. A function that is generic over a convolution's options has this bound.
///
/// ```
/// use nnx_core::size::{ConvOptions, Size, U1, U3, WindowShape};
/// use nnx_core::{module::Module, nn::Conv};
///
/// fn weights<In: Size, Out: Size, K: WindowShape, O: ConvOptions<In, Out>>(
///     conv: &Conv<In, Out, K, O>,
/// ) -> usize {
///     conv.kernel.value().dims().iter().product()
/// }
/// ```
pub trait ConvOptions<In: Size, Out: Size>: 'static {
    /// The strides, 1 by default.
    type Strides;
    /// The padding, [`Same`] by default.
    type Pad;
    /// The dilation of the window, 1 by default.
    type KernelDilation;
    /// The dilation of the input, 1 by default.
    type InputDilation;
    /// The groups of channels, [`Ungrouped`] by default.
    type Groups: Grouping<In, Out>;
}
impl<In: Size, Out: Size, O: ConvOption> ConvOptions<In, Out> for O
where
    O::Groups<Ungrouped>: Grouping<In, Out>,
{
    type Strides = O::Strides<U1>;
    type Pad = O::Pad<Same>;
    type KernelDilation = O::KernelDilation<U1>;
    type InputDilation = O::InputDilation<U1>;
    type Groups = O::Groups<Ungrouped>;
}

/// The settings of a transposed convolution of `In` channels to `Out`, by its options: one
/// [`ConvTransposeOption`], a tuple of them, or `()` for the defaults.
pub trait ConvTransposeOptions<In: Size, Out: Size>: 'static {
    /// The strides, 1 by default.
    type Strides;
    /// The padding, [`Same`] by default.
    type Pad;
    /// The dilation of the window, 1 by default.
    type KernelDilation;
    /// The order of the kernel's channels, [`InOut`] by default.
    type Order: KernelOrder<In, Out>;
}
impl<In: Size, Out: Size, O: ConvTransposeOption> ConvTransposeOptions<In, Out> for O
where
    O::Order<InOut>: KernelOrder<In, Out>,
{
    type Strides = O::Strides<U1>;
    type Pad = O::Pad<Same>;
    type KernelDilation = O::KernelDilation<U1>;
    type Order = O::Order<InOut>;
}

/// The settings of a pool over windows `K`, by its options: one [`PoolOption`], a tuple of them, or `()` for
/// the defaults.
pub trait PoolOptions<K>: 'static {
    /// The strides, by default the size of the window.
    type Strides;
    /// The padding, [`Valid`] by default.
    type Pad;
}
impl<K, O: PoolOption> PoolOptions<K> for O {
    type Strides = O::Strides<K>;
    type Pad = O::Pad<Valid>;
}
