//! Channels in another order.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Layer, Pass};
use crate::nn::cost::{costs, pointwise};
use crate::size::rules::LastAxis;
use crate::size::{DivisibleBy, Size, assert_divides_in};
use crate::tensor::{Real, Tensor};

/// Interleaves `Groups` groups of channels, the last axis: channel `g n + i` of the n in each group becomes channel
/// `i Groups + g`. Between grouped convolutions it lets each group see all others (Zhang et al., 2018). The output has
/// the shape of the input.
///
/// | | |
/// |---|---|
/// | Flax | none |
/// | PyTorch | `nn.ChannelShuffle(groups)`, whose channels are the second axis |
///
/// ```
/// use nnx_core::{module::Layer, nn::ChannelShuffle, size::U2, tensor::Tensor};
///
/// let y = ChannelShuffle::<U2>::new().infer(Tensor::from([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]));
/// assert_eq!(y.to_vec(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
/// ```
#[derive(crate::Module)]
pub struct ChannelShuffle<Groups>(PhantomData<fn() -> Groups>);
plain_layer!(ChannelShuffle<Groups>);

impl<S, Groups, E: Real> Layer<Tensor<S, E>> for ChannelShuffle<Groups>
where
    S: LastAxis<Last: ShuffledIn<Groups>>,
    Groups: Size,
{
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Tensor<S, E> {
        const { <S::Last as ShuffledIn<Groups>>::CHECKED }
        let (dims, groups) = (x.dims(), Groups::USIZE);
        let channels = dims[dims.len() - 1];
        let n = crate::array::product(dims[..dims.len() - 1].iter().copied());
        let grouped = x.into_dyn().reshape(&[n, groups, channels / groups.max(1)]);
        Tensor::trusted(grouped.swap_axes(1, 2).reshape(&dims))
    }
}

/// Channels that are a multiple of `Groups`: the last axis of the input of `ChannelShuffle`.
#[diagnostic::on_unimplemented(
    message = "`ChannelShuffle` can't divide `{Self}` channels into `{Groups}` groups",
    label = "expected a last axis that is a multiple of `{Groups}`",
    note = "where the sizes are parameters, write the bound `C: DivisibleBy<{Groups}>` for the channels `C`",
    note = "where they are computed from parameters, write `ChannelShuffle<AtBuild<{Groups}>>`, which `cargo build` checks"
)]
pub trait ShuffledIn<Groups> {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<C: DivisibleBy<G>, G: Size> ShuffledIn<G> for C {
    const CHECKED: () =
        assert_divides_in::<C, G>("`ChannelShuffle` can't divide {0} channels into {1} groups");
}

costs! {
    // A copy in a different order.
    [Groups] ChannelShuffle<Groups>, |x, y| 0, x + y;
}
pointwise! { [Groups] ChannelShuffle<Groups>; }
