//! Channels of a kernel: groups, and the order of the input and output channels.

use crate::size::{DivisibleBy, Positive, Quotient, Size, U1, assert_divides_in};

/// One group: each output channel depends on all input channels.
#[derive(Debug, Clone, Copy)]
pub struct Ungrouped;
/// `G` groups: each output channel depends on the input channels of its own group only (Flax's
/// `feature_group_count`, PyTorch's `groups`).
#[derive(Debug, Clone, Copy)]
pub struct Grouped<G>(std::marker::PhantomData<G>);

/// Each channel is a group of its own, in a convolution with the same number of input and output channels. It
/// is `Grouped<In>`, also if `In` is a parameter.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::Conv, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, Depthwise, Size, U3, U8};
///
/// fn blur<C: Size>(x: Tensor![Batch, 9, 9, C]) -> Tensor![Batch, 9, 9, C] {
///     Conv::<C, C, (U3, U3), Depthwise>::init(&mut Rngs::new(0)).infer(x)
/// }
/// let x: Tensor![Batch, 9, 9, 8] = Tensor::from_vec(vec![0.5; 2 * 9 * 9 * 8])?;
/// assert_eq!(*blur::<U8>(x).dims(), [2, 9, 9, 8]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Depthwise;

/// The message of a check that `cargo build` makes.
const CHANNELS: &str = "a convolution can't cut {0} channels into {1} groups";

/// How the channels of a convolution are grouped: [`Ungrouped`], [`Grouped`] or [`Depthwise`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't group `{In}` input channels and `{Out}` output channels of a convolution",
    label = "expected `Ungrouped`, or `Grouped<G>` where `G` divides both",
    note = "where the sizes are parameters, write the bounds `In: DivisibleBy<G>`, `Out: DivisibleBy<G>` and `G: Positive`",
    note = "where they are computed from parameters, write `Grouped<AtBuild<G>>`, which `cargo build` checks"
)]
pub trait Grouping<In: Size, Out: Size>: 'static {
    /// Input channels of one group.
    type In: Size;
    /// The number of groups.
    const GROUPS: usize;
}
impl<In: Size, Out: Size> Grouping<In, Out> for Ungrouped {
    type In = In;
    const GROUPS: usize = 1;
}
#[diagnostic::do_not_recommend]
impl<In: Size> Grouping<In, In> for Depthwise {
    type In = U1;
    const GROUPS: usize = In::USIZE;
}
#[diagnostic::do_not_recommend]
impl<In: DivisibleBy<G>, Out: DivisibleBy<G>, G: Positive> Grouping<In, Out> for Grouped<G> {
    type In = Quotient<In, G>;
    const GROUPS: usize = {
        let () = <G as Positive>::CHECKED;
        assert_divides_in::<In, G>(CHANNELS);
        assert_divides_in::<Out, G>(CHANNELS);
        G::USIZE
    };
}

/// The order of a kernel `(.., In, Out)` of a transposed convolution.
#[derive(Debug, Clone, Copy)]
pub struct InOut;
/// The order of a kernel `(.., Out, In)` of a transposed convolution, reversed along its spatial axes. It is
/// the kernel of the convolution of which this is the transpose (Flax's `transpose_kernel=True`; PyTorch's,
/// except for the layout).
#[derive(Debug, Clone, Copy)]
pub struct OutIn;

/// The order of the channels in the kernel of a transposed convolution: [`InOut`] or [`OutIn`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an order of the channels in a kernel",
    label = "expected `InOut` or `OutIn`"
)]
pub trait KernelOrder<In: Size, Out: Size>: 'static {
    /// The second to last axis.
    type First: Size;
    /// The last axis.
    type Second: Size;
    /// Whether the kernel is that of the convolution of which this is the transpose.
    const TRANSPOSED: bool;
}
impl<In: Size, Out: Size> KernelOrder<In, Out> for InOut {
    type First = In;
    type Second = Out;
    const TRANSPOSED: bool = false;
}
impl<In: Size, Out: Size> KernelOrder<In, Out> for OutIn {
    type First = Out;
    type Second = In;
    const TRANSPOSED: bool = true;
}
