//! Equally spaced values.

use super::Tensor;
use crate::array::Element;
use crate::ops::DynTensor;
use crate::size::rules::{LongVector, VectorOf};

/// A number at which a range begins, or its step.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a number at which a range begins or ends, or by which it goes on",
    label = "expected a number: `0`, `0.5`, or one of type `f32`, `f64`, `i32`, `i64`, `u32` or `u8`"
)]
pub trait RangeNumber: Copy {
    /// The number; of `i64` beyond 2⁵³ it is rounded.
    fn real(self) -> f64;
    /// The number, if its type is one of integers.
    fn whole(self) -> Option<i64> {
        None
    }
}
macro_rules! range_number {
    ($($whole:ident)*) => { $(
        #[diagnostic::do_not_recommend]
        impl RangeNumber for $whole {
            #[allow(clippy::cast_lossless, clippy::cast_precision_loss, reason = "as written above")]
            fn real(self) -> f64 {
                self as f64
            }
            fn whole(self) -> Option<i64> {
                Some(self.into())
            }
        }
    )* };
}
range_number!(i32 i64 u32 u8);
#[diagnostic::do_not_recommend]
impl RangeNumber for f64 {
    fn real(self) -> f64 {
        self
    }
}
#[diagnostic::do_not_recommend]
impl RangeNumber for f32 {
    fn real(self) -> f64 {
        self.into()
    }
}

/// The values of a range, of whole numbers where it can be.
#[track_caller]
fn range<E: Element>(length: usize, start: impl RangeNumber, step: impl RangeNumber) -> DynTensor {
    match (start.whole(), step.whole()) {
        (Some(start), Some(step)) if E::DTYPE.is_integer() => {
            DynTensor::arange_whole(length, start, step, E::DTYPE)
        }
        _ => DynTensor::arange(length, start.real(), step.real(), E::DTYPE),
    }
}

impl<S, E> Tensor<S, E> {
    /// `start`, `start + step`, `start + 2 step`, ..: `N` values (`jnp.arange`, `torch.arange`). A range of integers
    /// with integer `start` and `step` is computed in `i64`, where it wraps around; any other range is computed in f64.
    /// The values are then cast to `E`: values beyond the range of `E` are clamped to it.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![4] = Tensor::arange(0.5, 2);
    /// assert_eq!(x.to_vec(), [0.5, 2.5, 4.5, 6.5]);
    /// let positions: Tensor![3; i32] = Tensor::arange(0, 1);
    /// assert_eq!(positions.to_vec(), [0, 1, 2]);
    /// ```
    #[must_use]
    #[doc(alias("range", "iota"))]
    pub fn arange(start: impl RangeNumber, step: impl RangeNumber) -> Self
    where
        S: VectorOf,
        E: Element,
    {
        Self::trusted(range::<E>(S::LENGTH, start, step))
    }

    /// `N` equally spaced values from `start` to `stop`, both included (`jnp.linspace`, `torch.linspace`), computed in
    /// f64 and rounded to `E`: integers down, as in NumPy and JAX (PyTorch: towards zero).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![5] = Tensor::linspace(-1, 1);
    /// assert_eq!(x.to_vec(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    /// let x: Tensor![5; i32] = Tensor::linspace(-1, 1);
    /// assert_eq!(x.to_vec(), [-1, -1, 0, 0, 1]);
    /// ```
    #[must_use]
    pub fn linspace(start: impl RangeNumber, stop: impl RangeNumber) -> Self
    where
        S: VectorOf,
        E: Element,
    {
        Self::trusted(DynTensor::linspace(S::LENGTH, start.real(), stop.real(), E::DTYPE))
    }

    /// [`arange`](Tensor::arange) along a runtime axis of `length` elements.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Time, tensor::Tensor};
    ///
    /// let positions: Tensor![Time; i64] = Tensor::arange_of(3, i64::MAX - 2, 1);
    /// assert_eq!(positions.to_vec(), [i64::MAX - 2, i64::MAX - 1, i64::MAX]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn arange_of(length: usize, start: impl RangeNumber, step: impl RangeNumber) -> Self
    where
        S: LongVector,
        E: Element,
    {
        Self::trusted(range::<E>(length, start, step))
    }

    /// [`linspace`](Tensor::linspace) along a runtime axis of `length` elements.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Time, tensor::Tensor};
    ///
    /// let times: Tensor![Time] = Tensor::linspace_of(3, 0, 1);
    /// assert_eq!(times.to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn linspace_of(length: usize, start: impl RangeNumber, stop: impl RangeNumber) -> Self
    where
        S: LongVector,
        E: Element,
    {
        Self::trusted(DynTensor::linspace(length, start.real(), stop.real(), E::DTYPE))
    }
}
