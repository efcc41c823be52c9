//! Functions of one member, applied to all members of a batch at once.

use super::Tensor;
use crate::array::Element;
use crate::ops::{DynTensor, next_id};
use crate::size::Dim;
use crate::size::rules::{HasAxis, InsertAxis};

/// An input of [`vmap`] along the axis `B`: a tensor whose first axis is `B`, a [`Shared`] value, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no members along the axis `{B}`",
    label = "expected a tensor whose first axis is `{B}`, `Shared(..)`, or a tuple of them",
    note = "all inputs of `vmap` have their members along the same axis, the first one; `.move_axis::<1, 0>()` moves another there",
    note = "what is the same for all members is given as `Shared(x)`, or captured by the function"
)]
pub trait AlongMembers<B> {
    /// The input as one member has it: without the first axis.
    type Member;
    #[doc(hidden)]
    fn member_counts(&self, counts: &mut Vec<usize>);
    #[doc(hidden)]
    fn member_of(self, level: u64) -> Self::Member;
}

#[diagnostic::do_not_recommend]
impl<B: Dim, S: HasAxis<0, Axis = B>, E: Element> AlongMembers<B> for Tensor<S, E> {
    type Member = Tensor<S::Removed, E>;
    fn member_counts(&self, counts: &mut Vec<usize>) {
        counts.push(self.dims()[0]);
    }
    fn member_of(self, level: u64) -> Self::Member {
        Tensor::trusted(DynTensor::each_of(level, self.into_dyn()))
    }
}

/// An input of [`vmap`] that is the same for all members (`in_axes=None` in JAX, `in_dims=None` in PyTorch).
#[derive(Debug, Clone)]
pub struct Shared<T>(
    /// The value that each member gets.
    pub T,
);

#[diagnostic::do_not_recommend]
impl<B, T> AlongMembers<B> for Shared<T> {
    type Member = T;
    fn member_counts(&self, _: &mut Vec<usize>) {}
    fn member_of(self, _: u64) -> T {
        self.0
    }
}

/// A result of a function of one member: a tensor, or a tuple or an array of them. All members have it with `B` as its
/// first axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the result of each member of `{B}`",
    label = "expected a tensor of at most 7 axes, or a tuple or an array of tensors",
    note = "the members become the first axis of each tensor"
)]
pub trait MemberResult<B> {
    /// The results of all members.
    type All;
    #[doc(hidden)]
    fn all_members(self, level: u64, size: usize) -> Self::All;
}

#[diagnostic::do_not_recommend]
impl<B: Dim, S: InsertAxis<0>, E: Element> MemberResult<B> for Tensor<S, E> {
    type All = Tensor<S::Inserted<B>, E>;
    #[track_caller]
    fn all_members(self, level: u64, size: usize) -> Self::All {
        Tensor::trusted(self.into_dyn().all_of(level, size))
    }
}

#[diagnostic::do_not_recommend]
impl<B, R: MemberResult<B>, const N: usize> MemberResult<B> for [R; N] {
    type All = [R::All; N];
    #[track_caller]
    fn all_members(self, level: u64, size: usize) -> Self::All {
        self.map(|result| result.all_members(level, size))
    }
}

macro_rules! tuple {
    ($($member:ident $index:tt)+) => {
        #[diagnostic::do_not_recommend]
        impl<B, $($member: AlongMembers<B>),+> AlongMembers<B> for ($($member,)+) {
            type Member = ($($member::Member,)+);
            fn member_counts(&self, counts: &mut Vec<usize>) {
                $(self.$index.member_counts(counts);)+
            }
            fn member_of(self, level: u64) -> Self::Member {
                ($(self.$index.member_of(level),)+)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<B, $($member: MemberResult<B>),+> MemberResult<B> for ($($member,)+) {
            type All = ($($member::All,)+);
            #[track_caller]
            fn all_members(self, level: u64, size: usize) -> Self::All {
                ($(self.$index.all_members(level, size),)+)
            }
        }
    };
}
tuple!(M0 0);
tuple!(M0 0 M1 1);
tuple!(M0 0 M1 1 M2 2);
tuple!(M0 0 M1 1 M2 2 M3 3);
tuple!(M0 0 M1 1 M2 2 M3 3 M4 4);
tuple!(M0 0 M1 1 M2 2 M3 3 M4 4 M5 5);

/// Applies a function of one member to all members of a batch, which are the first axis of each input and result
/// (`jax.vmap`, `torch.func.vmap`).
///
/// `f` runs once: within it a tensor stands for all members, and each operation runs on all of them by its
/// [batching rule](crate::ops::Operation::batching). Most operations have one that takes one call of a kernel: elementwise
/// functions, reductions, products, convolutions of several images by one kernel, softmax, norms, sorts, movements of
/// elements, decompositions of matrices. These run for one member after the other:
///
/// - convolutions where members have kernels of their own, and the gradient of a kernel
/// - draws whose keys differ, and `fold_in` and `split` of such keys (`categorical` also where the logits differ)
/// - `bincount`, `searchsorted`, `histogram`
/// - `ctc_loss`, `moments` (the statistics of a batch in training), and operations of your own without a rule
///
/// LSTM and GRU run step by step, and attention with the matrix of all scores, on all members at once.
///
/// Functions that read elements have no batching rule, and panic with their name: `to_vec`, `item`, `array`, `unique`,
/// `masked_select`, metrics, lengths of sequences, and the gradient of `ctc_loss` inside of `f`.
///
/// - Inputs: a tensor, a [`Shared`] value, or a tuple of up to six. `f` may capture tensors, which are shared.
/// - Results: a tensor, or a tuple or an array of them.
/// - Calls of `vmap` nest. Gradients flow through it, and `f` may compute gradients: those of each member.
/// - Random numbers drawn from one key are the same for all members, as in JAX.
///
/// ```
/// use nnx_core::{Tensor, size::{Batch, U2, U3}, tensor::{Shared, Tensor, gradient, vmap}};
///
/// let xs: Tensor![Batch, 3] = Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// let norms: Tensor![Batch] = vmap(|x: Tensor![3]| x.square().sum().sqrt(), xs.clone());
/// assert_eq!(norms.to_vec(), [14.0f32.sqrt(), 77.0f32.sqrt()]);
///
/// // One matrix for all members; the gradient of each member.
/// let w: Tensor![3, 2] = Tensor::ones();
/// let loss = |w: Tensor![3, 2], x: Tensor![3]| x.matmul(w).square().sum();
/// let grads: Tensor![Batch, 3, 2] =
///     vmap(|(w, x): (Tensor![3, 2], Tensor![3])| gradient(|w| loss(w, x), w), (Shared(w), xs));
/// assert_eq!(grads.to_vec()[..6], [12.0, 12.0, 24.0, 24.0, 36.0, 36.0]);
/// # Ok::<(), nnx_core::array::ShapeError>(())
/// ```
///
/// # Panics
/// If inputs have different numbers of members, or `f` does what has no batching rule.
#[track_caller]
#[doc(alias = "in_axes")]
#[doc(alias = "in_dims")]
pub fn vmap<B: Dim, X: AlongMembers<B>, R: MemberResult<B>>(
    f: impl FnOnce(X::Member) -> R,
    inputs: X,
) -> R::All {
    let mut counts = Vec::new();
    inputs.member_counts(&mut counts);
    let size = counts.first().copied().or(B::SIZE).unwrap_or(0);
    assert!(
        !counts.is_empty() && counts.iter().all(|&count| count == size),
        "`vmap` takes inputs with the same number of members along `{}`, at least one of which isn't `Shared`; found {counts:?}",
        B::NAME
    );
    let level = next_id();
    f(inputs.member_of(level)).all_members(level, size)
}
