//! Operators. The right operand broadcasts to the shape of the left operand, which is the shape of the result.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::{Operand, Real, Tensor};
use crate::array::Dims;
use crate::size::{BroadcastsTo, Shape};

impl<S: Shape, E> Tensor<S, E> {
    /// The right operand of an operator, broadcast to this tensor's sizes.
    ///
    /// # Panics
    /// If a runtime axis of `right` has another size than in this tensor. The compiler has checked all other
    /// axes.
    #[track_caller]
    pub(super) fn aligned<R: Shape, F: Operand<E>>(
        &self,
        right: Tensor<R, F>,
        operation: &str,
    ) -> Tensor<S, E> {
        check_runtime_axes::<R>(&self.dims(), &right.dims(), operation);
        Tensor::trusted(right.into_dyn().broadcast_to(&self.dims()))
    }
}

/// Panics if a runtime axis of `R`, the shape on the right, has different sizes on the two sides. The axes are
/// aligned at the last one.
#[track_caller]
pub(super) fn check_runtime_axes<R: Shape>(left: &Dims, right: &Dims, operation: &str) {
    check_other_axes::<R>(left, right, operation, usize::MAX);
}

/// The same check for all axes but that of index `except` of the right side.
#[track_caller]
pub(super) fn check_other_axes<R: Shape>(
    left: &Dims,
    right: &Dims,
    operation: &str,
    except: usize,
) {
    let new = left.len() - right.len();
    for (i, axis) in R::AXES.iter().enumerate() {
        let (left, right) = (left[new + i], right[i]);
        assert!(
            axis.is_some() || left == right || i == except,
            "`{operation}`: the axis `{}` is {left} on one side and {right} on the other; both tensors must come from the same batch",
            R::NAMES[i],
        );
    }
}

/// Panics if a runtime axis that both shapes have, at any index, has different sizes in them.
#[track_caller]
pub(super) fn check_shared_axes<S: Shape, R: Shape>(left: &Dims, right: &Dims, operation: &str) {
    for (i, &size) in left.iter().enumerate().filter(|&(i, _)| S::AXES[i].is_none()) {
        let other = (0..right.len()).find(|&j| R::TYPES[j] == S::TYPES[i] && right[j] != size);
        if let Some(j) = other {
            panic!(
                "`{operation}`: the axis `{}` is {size} on one side and {} on the other; both tensors must come from the same batch",
                S::NAMES[i],
                right[j],
            );
        }
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident $symbol:literal;)*) => { $(
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E, F: Operand<E>> $operator<Tensor<R, F>>
            for Tensor<S, E>
        {
            type Output = Self;
            #[track_caller]
            fn $method(self, right: Tensor<R, F>) -> Self {
                let right = self.aligned(right, $symbol);
                Self::trusted(self.into_dyn().$method(right.into_dyn()))
            }
        }
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E, F: Operand<E>> $operator<&Tensor<R, F>>
            for Tensor<S, E>
        {
            type Output = Self;
            #[track_caller]
            fn $method(self, right: &Tensor<R, F>) -> Self {
                self.$method(right.clone())
            }
        }
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E, F: Operand<E>> $operator<Tensor<R, F>>
            for &Tensor<S, E>
        {
            type Output = Tensor<S, E>;
            #[track_caller]
            fn $method(self, right: Tensor<R, F>) -> Tensor<S, E> {
                self.clone().$method(right)
            }
        }
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E, F: Operand<E>> $operator<&Tensor<R, F>>
            for &Tensor<S, E>
        {
            type Output = Tensor<S, E>;
            #[track_caller]
            fn $method(self, right: &Tensor<R, F>) -> Tensor<S, E> {
                self.clone().$method(right.clone())
            }
        }
    )* };
}
operators! { Add add "+"; Sub sub "-"; Mul mul "*"; Div div "/"; }

macro_rules! with_numbers {
    ($($number:ident)*) => { $(
        impl<S: Shape> Add<$number> for Tensor<S, $number> {
            type Output = Self;
            fn add(self, right: $number) -> Self {
                Self::trusted(self.into_dyn().add_scalar(f64::from(right)))
            }
        }
        impl<S: Shape> Sub<$number> for Tensor<S, $number> {
            type Output = Self;
            fn sub(self, right: $number) -> Self {
                self + -right
            }
        }
        impl<S: Shape> Mul<$number> for Tensor<S, $number> {
            type Output = Self;
            fn mul(self, right: $number) -> Self {
                Self::trusted(self.into_dyn().mul_scalar(f64::from(right)))
            }
        }
        impl<S: Shape> Div<$number> for Tensor<S, $number> {
            type Output = Self;
            fn div(self, right: $number) -> Self {
                let right = self.full_like(right);
                self / right
            }
        }
        impl<S: Shape> Add<Tensor<S, $number>> for $number {
            type Output = Tensor<S, $number>;
            fn add(self, right: Tensor<S, $number>) -> Tensor<S, $number> {
                right + self
            }
        }
        impl<S: Shape> Sub<Tensor<S, $number>> for $number {
            type Output = Tensor<S, $number>;
            fn sub(self, right: Tensor<S, $number>) -> Tensor<S, $number> {
                -right + self
            }
        }
        impl<S: Shape> Mul<Tensor<S, $number>> for $number {
            type Output = Tensor<S, $number>;
            fn mul(self, right: Tensor<S, $number>) -> Tensor<S, $number> {
                right * self
            }
        }
        impl<S: Shape> Div<Tensor<S, $number>> for $number {
            type Output = Tensor<S, $number>;
            fn div(self, right: Tensor<S, $number>) -> Tensor<S, $number> {
                right.full_like(self) / right
            }
        }
    )* };
}
with_numbers!(f32 f64);

impl<S: Shape, E: Real> Neg for Tensor<S, E> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::trusted(-self.into_dyn())
    }
}
