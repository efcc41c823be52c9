//! [`Loss`]: the return value of a function that is differentiated.

use super::check_not_recorded;
use crate::Error;
use crate::ops::DynTensor;
use crate::tensor::{Real, Tensor};

/// The return value of a function that is differentiated: a scalar loss, a pair of the loss and anything
/// else (`has_aux` in JAX), or a `Result` of either.
#[diagnostic::on_unimplemented(
    message = "a loss is a tensor without axes, but this is `{Self}`",
    label = "expected `Tensor![]`, a pair of it and something else, or a `Result` of either",
    note = "a loss per example is reduced with `.mean()`"
)]
pub trait Loss {
    /// The loss as a scalar, or a pair of it and the other value.
    type Value;
    /// The same with the loss as a tensor: see [`loss_and_grad`](super::loss_and_grad).
    type Tensors;
    /// The tensor to differentiate, and the value to return with the gradients.
    #[doc(hidden)]
    #[track_caller]
    fn split(self) -> Result<(DynTensor, Self::Value), Error>;
    /// As `split`, with the loss as a tensor.
    #[doc(hidden)]
    fn split_tensors(self) -> Result<(DynTensor, Self::Tensors), Error>;
    /// As `split`, for a loss that stands for all `size` members of the `vmap` number `level`. `None` if the values of the
    /// members can't be told apart.
    #[doc(hidden)]
    fn split_members(
        self,
        _level: u64,
        _size: usize,
    ) -> Option<Result<(DynTensor, Vec<Self::Value>), Error>>
    where
        Self: Sized,
    {
        None
    }
    /// Whether `split_members` is implemented.
    #[doc(hidden)]
    const HAS_MEMBERS: bool = false;
}

impl<E: Real> Loss for Tensor<(), E> {
    type Value = E;
    type Tensors = Self;
    #[track_caller]
    fn split(self) -> Result<(DynTensor, E), Error> {
        let loss = self.into_dyn();
        check_not_recorded(&loss);
        let value = Tensor::<(), E>::trusted(loss.clone()).item();
        Ok((loss, value))
    }
    fn split_tensors(self) -> Result<(DynTensor, Self), Error> {
        let value = self.clone().stop_gradient();
        Ok((self.into_dyn(), value))
    }
    fn split_members(self, level: u64, size: usize) -> Option<Result<(DynTensor, Vec<E>), Error>> {
        let loss = self.into_dyn();
        let all = loss.clone().stop_gradient().all_of(level, size);
        Some(Ok((loss, all.array().to_vec().expect("the loss's own type"))))
    }
    const HAS_MEMBERS: bool = true;
}

impl<E: Real, A> Loss for (Tensor<(), E>, A) {
    type Value = (E, A);
    type Tensors = Self;
    fn split_tensors(self) -> Result<(DynTensor, Self), Error> {
        let (loss, value) = self.0.split_tensors()?;
        Ok((loss, (value, self.1)))
    }
    #[track_caller]
    fn split(self) -> Result<(DynTensor, (E, A)), Error> {
        let (loss, value) = Loss::split(self.0)?;
        Ok((loss, (value, self.1)))
    }
}

impl<L: Loss, X: Into<Error>> Loss for Result<L, X> {
    type Value = L::Value;
    type Tensors = L::Tensors;
    fn split_tensors(self) -> Result<(DynTensor, L::Tensors), Error> {
        self.map_err(Into::into)?.split_tensors()
    }
    #[track_caller]
    fn split(self) -> Result<(DynTensor, L::Value), Error> {
        self.map_err(Into::into)?.split()
    }
    fn split_members(
        self,
        level: u64,
        size: usize,
    ) -> Option<Result<(DynTensor, Vec<L::Value>), Error>> {
        match self {
            Ok(loss) => loss.split_members(level, size),
            Err(error) => Some(Err(error.into())),
        }
    }
    const HAS_MEMBERS: bool = L::HAS_MEMBERS;
}
