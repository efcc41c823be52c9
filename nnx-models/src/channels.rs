//! The bound of blocks on the channels of their input, and its message.

use nnx_core::Tensor;
use nnx_core::size::{Dim, Size};
use nnx_core::tensor::Tensor;

/// The channels of an image of shape `S` for a block of `C` channels: they must be `C`.
#[diagnostic::on_unimplemented(
    message = "the block takes `{C}` channels, but its input has shape `{S}`",
    label = "the channels are `{Self}`, not `{C}`",
    note = "channels are the last axis: write `{Self}` as the block's channels, or give it an input of `{C}` channels"
)]
pub trait BlockChannels<S, C>: Size {}
#[diagnostic::do_not_recommend]
impl<S, C: Size> BlockChannels<S, C> for C {}

/// The image with the channels of the block, which the bound compares with its own.
pub(crate) fn of_block<B: Dim, H: Dim, W: Dim, C: Size, Own>(
    x: Tensor![B, H, W, Own],
) -> Tensor![B, H, W, C]
where
    Own: BlockChannels<(B, H, W, Own), C>,
{
    Tensor::try_from(x.into_dyn()).expect("the bound compares the channels")
}
