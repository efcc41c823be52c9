//! A tensor cut into several along an axis, and several concatenated.

use super::Tensor;
use crate::array::{Element, OrPanic as _};
use crate::ops::DynTensor;
use crate::size::rules::{Chunk, HasAxis, InsertAxis, Unstack};
use crate::size::{Const, Product, Quotient, Shape, Size};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// `N` tensors, the chunks of the axis `I` in order (`jnp.split`, `torch.chunk`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0, 4.0]]);
    /// let [a, b] = x.chunk::<1, 2>();
    /// assert_eq!((a.to_vec(), b.to_vec()), (vec![1.0, 2.0], vec![3.0, 4.0]));
    /// ```
    #[must_use]
    pub fn chunk<const I: usize, const N: usize>(
        self,
    ) -> [Tensor<S::Replaced<Quotient<S::Axis, Const<N>>>, E>; N]
    where
        S: Chunk<I, N>,
        Const<N>: Size,
    {
        const { S::CHECKED };
        let length = self.dims()[I] / N.max(1);
        let whole = self.into_dyn();
        std::array::from_fn(|i| Tensor::trusted(whole.clone().slice(I, i * length, length)))
    }

    /// `N` tensors, the elements of the axis `I` in order; the axis is removed (`jnp.unstack`, `torch.unbind`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let [a, b] = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).unstack::<0, 2>();
    /// assert_eq!((a.to_vec(), b.to_vec()), (vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]));
    /// ```
    #[must_use]
    #[doc(alias = "unbind")]
    pub fn unstack<const I: usize, const N: usize>(self) -> [Tensor<S::Removed, E>; N]
    where
        S: Unstack<I, N>,
    {
        let whole = self.into_dyn();
        let dims = whole.dims().without_axis(I);
        std::array::from_fn(|i| Tensor::trusted(whole.clone().slice(I, i, 1).reshape(&dims)))
    }

    /// An array of tensors of one shape, concatenated along the axis `I` (`jnp.concatenate`, `torch.cat`). For two of
    /// different sizes: [`concat`](Self::concat).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::concat_all::<0>([1.0, 2.0, 3.0].map(|x| Tensor::from([x])));
    /// assert_eq!(x.to_vec(), [1.0, 2.0, 3.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the tensors.
    #[must_use]
    #[track_caller]
    #[doc(alias("concatenate", "cat"))]
    pub fn concat_all<const I: usize>(tensors: impl Concatenate<I, Output = Self>) -> Self {
        tensors.concatenate()
    }

    /// An array of tensors of one shape, along a new axis at index `I` (`jnp.stack`).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let [x, y] = [Tensor::from([1.0, 2.0, 3.0]), Tensor::from([4.0, 5.0, 6.0])];
    /// let rows: Tensor![2, 3] = Tensor::stack::<0>([x.clone(), y.clone()]);
    /// let columns: Tensor![3, 2] = Tensor::stack::<1>([x, y]);
    /// assert_eq!(rows.to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// assert_eq!(columns.to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the tensors.
    #[must_use]
    #[track_caller]
    #[doc(alias = "column_stack")]
    pub fn stack<const I: usize>(tensors: impl Stack<I, Output = Self>) -> Self {
        tensors.stack()
    }
}

/// An array of tensors of one shape, which can be stacked along a new axis of index `I`. Their number is the size of that
/// axis. The result is a type of the array, not of [`Tensor::stack`], so that one mistake is one message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be stacked",
    label = "expected an array of tensors of one shape: `[x, y]`",
    note = "their number is a part of the result's type; tensors of a `Vec` become a batch by `Tensor::batch`"
)]
pub trait Stack<const I: usize> {
    /// The tensor that they become.
    type Output;
    /// Stacks them.
    #[track_caller]
    fn stack(self) -> Self::Output;
}
impl<const I: usize, const N: usize, S: InsertAxis<I>, E: Element> Stack<I> for [Tensor<S, E>; N]
where
    Const<N>: Size,
{
    type Output = Tensor<S::Inserted<Const<N>>, E>;
    #[track_caller]
    fn stack(self) -> Self::Output {
        check_runtime_axes(&self, "stack");
        let widened = self.map(|tensor| tensor.insert_axis::<I>().into_dyn());
        Tensor::trusted(DynTensor::concat(widened.into(), I).or_panic())
    }
}

/// An array of tensors of one shape, which can be concatenated along the axis of index `I`: see [`Stack`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be concatenated",
    label = "expected an array of tensors of one shape: `[x, y]`",
    note = "their number is a part of the result's type; two tensors of different sizes are `x.concat::<{I}, _>(y)`"
)]
pub trait Concatenate<const I: usize> {
    /// The tensor that they become.
    type Output;
    /// Concatenates them.
    #[track_caller]
    fn concatenate(self) -> Self::Output;
}
impl<const I: usize, const N: usize, S: HasAxis<I>, E: Element> Concatenate<I> for [Tensor<S, E>; N]
where
    Const<N>: Size,
{
    type Output = Tensor<S::Replaced<Product<S::Axis, Const<N>>>, E>;
    #[track_caller]
    fn concatenate(self) -> Self::Output {
        check_runtime_axes(&self, "concat_all");
        let tensors = self.map(Tensor::into_dyn);
        Tensor::trusted(DynTensor::concat(tensors.into(), I).or_panic())
    }
}

/// Panics if a runtime axis has different sizes in the tensors.
#[track_caller]
fn check_runtime_axes<S: Shape, E: Element>(tensors: &[Tensor<S, E>], operation: &str) {
    if let [first, others @ ..] = tensors {
        for other in others {
            super::arithmetic::check_runtime_axes::<S>(&first.dims(), &other.dims(), operation);
        }
    }
}
