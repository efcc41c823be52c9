//! Rules for removing axes in ascending order, or leaving them with size 1.

use std::marker::PhantomData;

use super::{Axis, HasAxis};
use crate::size::bit::{Bit0, True};
use crate::size::dim::{Const, Dim, Size};
use crate::size::names::U1;
use crate::size::nat::Nat;
use crate::size::shape::Shape;

/// A shape from which the axes `A`, in ascending order, can be removed: `Axis<1>`, `(Axis<1>,)`,
/// `(Axis<1>, Axis<2>)`. With [`Keep`] around them they are left with size 1.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be reduced over `{A}`",
    label = "expected axes of this shape in ascending order, such as `(Axis<1>, Axis<2>)`"
)]
pub trait Reduce<A>: Shape {
    /// The shape without the axes, or with size 1 in their place.
    type Output: Shape;
    /// The indices of the axes.
    const INDICES: &'static [usize];
    /// Whether the axes are left with size 1.
    const KEPT: bool = false;
}
impl<S: HasAxis<I>, const I: usize> Reduce<Axis<I>> for S {
    type Output = S::Removed;
    const INDICES: &'static [usize] = &[I];
}
impl<S: HasAxis<I>, const I: usize> Reduce<(Axis<I>,)> for S {
    type Output = S::Removed;
    const INDICES: &'static [usize] = &[I];
}

/// Axes that a reduction leaves with size 1 (`keepdims=True` of NumPy and JAX, `keepdim=True` of PyTorch):
/// `Keep<Axis<1>>`, `Keep<(Axis<1>, Axis<2>)>`. The result broadcasts against the tensor.
///
/// ```
/// use nnx_core::{size::rules::{Axis, Keep}, tensor::Tensor};
///
/// let x = Tensor::from([[1.0, 3.0], [2.0, 6.0]]);
/// let shares = x.clone() / x.sum_axes::<Keep<Axis<1>>>();
/// assert_eq!(shares.to_vec(), [0.25, 0.75, 0.25, 0.75]);
/// ```
#[derive(Debug)]
pub struct Keep<A>(PhantomData<fn() -> A>);
impl<S: HasAxis<I>, const I: usize> Reduce<Keep<Axis<I>>> for S {
    type Output = S::Replaced<U1>;
    const INDICES: &'static [usize] = &[I];
    const KEPT: bool = true;
}
impl<S: HasAxis<I>, const I: usize> Reduce<Keep<(Axis<I>,)>> for S {
    type Output = S::Replaced<U1>;
    const INDICES: &'static [usize] = &[I];
    const KEPT: bool = true;
}

/// Axis `I`, followed by other axes.
macro_rules! several {
    ($($I:ident $J:ident $($K:ident)*;)*) => { $(
        impl<S, const $I: usize, const $J: usize, $(const $K: usize),*>
            Reduce<(Axis<$I>, Axis<$J>, $(Axis<$K>),*)> for S
        where
            S: Reduce<(Axis<$J>, $(Axis<$K>),*)>,
            (Axis<$I>, Axis<$J>): AscendingAxes,
            S::Output: HasAxis<$I>,
        {
            type Output = <S::Output as HasAxis<$I>>::Removed;
            const INDICES: &'static [usize] = &[$I, $J, $($K),*];
        }
        impl<S, const $I: usize, const $J: usize, $(const $K: usize),*>
            Reduce<Keep<(Axis<$I>, Axis<$J>, $(Axis<$K>),*)>> for S
        where
            S: Reduce<Keep<(Axis<$J>, $(Axis<$K>),*)>>,
            (Axis<$I>, Axis<$J>): AscendingAxes,
            S::Output: HasAxis<$I>,
        {
            type Output = <S::Output as HasAxis<$I>>::Replaced<U1>;
            const INDICES: &'static [usize] = &[$I, $J, $($K),*];
            const KEPT: bool = true;
        }
    )* };
}
several! { I J; I J K; I J K L; I J K L M; I J K L M N; I J K L M N O; I J K L M N O P; }

/// Guard: a pair of axes in ascending order.
pub trait AscendingAxes {}
impl<const I: usize, const J: usize> AscendingAxes for (Axis<I>, Axis<J>) where Axis<I>: Before<I, J>
{}
/// The condition of [`AscendingAxes`], with the message for the user.
#[diagnostic::on_unimplemented(
    message = "axes {I} and {J} aren't in ascending order",
    label = "write the axes in ascending order, each once"
)]
pub trait Before<const I: usize, const J: usize> {}
#[diagnostic::do_not_recommend]
impl<const I: usize, const J: usize> Before<I, J> for Axis<I>
where
    Const<I>: Size,
    Const<J>: Size,
    <<Const<I> as Dim>::Nat as Nat>::Below<<Const<J> as Dim>::Nat, Bit0>: True,
{
}
