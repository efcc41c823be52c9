//! Group normalization.

use super::masked::normalized_where;
use super::{NormOptions, affine};
use crate::array::product;
use crate::module::{Layer, Param, Pass};
use crate::nn::bounds::last_axis_is;
use crate::nn::cost::costs;
use crate::random::Rngs;
use crate::size::rules::LastAxis;
use crate::size::{BroadcastsTo, DivisibleBy, Positive, Shape, Size, U32, assert_divides_in};
use crate::tensor::{InputElement, Real, Tensor};

/// `y = (x - mean) / sqrt(variance + epsilon) scale + bias`, with the statistics of each example over the
/// spatial axes and each of `Groups` groups of consecutive features (Wu and He, 2018). The shape
/// `(B, .., Features)` doesn't change.
///
/// One group is layer normalization that includes the spatial axes. One group per feature is [`InstanceNorm`].
///
/// | | |
/// |---|---|
/// | variables | `scale` (Features,), ones; `bias` (Features,), zeros |
/// | Flax | `nnx.GroupNorm(features, num_groups=32, rngs=rngs)`, epsilon 1e-6 |
/// | PyTorch | `nn.GroupNorm(groups, features)`, with channels first and epsilon 1e-5 |
///
/// [`InstanceNorm`]: super::InstanceNorm
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::GroupNorm, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U4};
///
/// let norm = GroupNorm::<U4, U2>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 4] = Tensor::from_vec(vec![-7.0, 7.0, 0.0, 5.0])?;
/// let y: Vec<f32> = norm.infer(x).to_vec().into_iter().map(f32::round).collect();
/// assert_eq!(y, [-1.0, 1.0, -1.0, 1.0]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = {
    const { <Features as InGroups<Groups>>::CHECKED }
    Self::with(&NormOptions::default(), rngs)
})]
pub struct GroupNorm<Features: InGroups<Groups>, Groups: Size = U32, E: Real = f32> {
    /// The scale (Features,), if the layer has one.
    pub scale: Option<Param<(Features,), E>>,
    /// The bias (Features,), if the layer has one.
    pub bias: Option<Param<(Features,), E>>,
    epsilon: f64,
    groups: std::marker::PhantomData<fn() -> Groups>,
}

impl<Features: InGroups<Groups>, Groups: Size, E: Real> GroupNorm<Features, Groups, E> {
    /// A layer with the settings of `options`. The scale takes its random key from `rngs` first, then the bias.
    /// Epsilon is 1e-6 unless set.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &NormOptions, rngs: &mut Rngs) -> Self {
        const { <Features as InGroups<Groups>>::CHECKED }
        Self {
            scale: options.draw_scale(rngs),
            bias: options.draw_bias(rngs),
            epsilon: options.epsilon.unwrap_or(1e-6),
            groups: std::marker::PhantomData,
        }
    }
}

impl<Features: InGroups<Groups>, Groups: Size, E: Real> GroupNorm<Features, Groups, E> {
    /// As [`forward`](Layer::forward), with the statistics of the elements where `mask` is true (Flax's `mask=`). The
    /// mask broadcasts to `x`. All elements are normalized by these statistics; groups where the mask is true for none
    /// have mean and variance 0, where Flax has NaN.
    #[must_use]
    #[track_caller]
    pub fn forward_where<S, M, F>(
        &self,
        x: Tensor<S, F>,
        mask: &Tensor<M, bool>,
        pass: &mut Pass,
    ) -> Tensor<S, E>
    where
        S: BatchFirst + LastAxis<Last: GroupNormFeatures<S, Features>>,
        M: Shape + BroadcastsTo<S>,
        F: InputElement<E>,
    {
        let (dims, groups) = (x.dims(), Self::in_groups(&x.dims()));
        let mask = mask.clone().broadcast_like(&x).into_dyn().reshape(&groups);
        let affine = affine(&self.scale, &self.bias, pass).reshape(&groups[2..]);
        let x = x.into_dyn().reshape(&groups);
        let y = normalized_where(x, &mask, &[1, 3], true, self.epsilon, affine);
        Tensor::trusted(y.reshape(&dims))
    }

    /// The sizes (batch, space, groups, features of a group).
    fn in_groups(dims: &[usize]) -> [usize; 4] {
        let space = product(dims[1..dims.len() - 1].iter().copied());
        [dims[0], space, Groups::USIZE, Features::USIZE / Groups::USIZE]
    }
}

impl<S, Features, Groups: Size, E: Real, F: InputElement<E>> Layer<Tensor<S, F>>
    for GroupNorm<Features, Groups, E>
where
    S: BatchFirst + LastAxis<Last: GroupNormFeatures<S, Features>>,
    Features: InGroups<Groups>,
{
    type Output = Tensor<S, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        const { <Features as InGroups<Groups>>::CHECKED }
        let (dims, groups) = (x.dims(), Self::in_groups(&x.dims()));
        let affine = affine(&self.scale, &self.bias, pass).reshape(&groups[2..]);
        let x = x.into_dyn().reshape(&groups);
        Tensor::trusted(x.layer_norm(&[1, 3], self.epsilon, affine).reshape(&dims))
    }
}

/// Features that can be split into `G` groups of equal size, for `GroupNorm`.
#[diagnostic::on_unimplemented(
    message = "`GroupNorm` can't cut `{Self}` features into `{G}` groups",
    label = "the number of groups must divide the features",
    note = "the number of groups is the second parameter, 32 by default: `GroupNorm<.., U1>` has one",
    note = "where the sizes are parameters, write the bounds `C: DivisibleBy<{G}>` for the features `C`, and `{G}: Positive`",
    note = "where they are computed from parameters, write `GroupNorm<.., AtBuild<{G}>>`, which `cargo build` checks"
)]
pub trait InGroups<G: Size>: Size {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<G>, G: Positive> InGroups<G> for A {
    const CHECKED: () = {
        let () = <G as Positive>::CHECKED;
        assert_divides_in::<A, G>("`GroupNorm` can't cut {0} features into {1} groups");
    };
}

/// A shape `(batch, .., features)`, for a layer that normalizes each example on its own.
#[diagnostic::on_unimplemented(
    message = "a normalization of each example takes `(batch, .., features)`, but its input has shape `{Self}`",
    label = "expected a shape of rank 2 to 8",
    note = "`insert_axis::<0>()` makes one example a batch"
)]
pub trait BatchFirst: LastAxis {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Leading: LastAxis>> BatchFirst for S {}

last_axis_is! {
    "GroupNorm" GroupNormFeatures
        "`GroupNorm` takes `{I}` features, but its input has shape `{S}`"
        "write `GroupNorm<{Self}, ..>` if these are the features; they are the last axis, as in `(batch, height, width, {I})`";
}

costs! {
    [F: InGroups<G>, G: Size, E: Real] GroupNorm<F, G, E>, |x, y| 8 * y, x + y;
}
