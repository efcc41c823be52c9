//! Operators. The right operand broadcasts to the shape of the left operand, which is the shape of the result.
//!
//! Integers wrap, as in JAX: a result that overflows keeps its lowest bits, and the smallest integer is its own negative.
//! `/` rounds towards zero; by 0 it gives −1, or the largest value of a type without a sign (`lax.div`). `%` has the sign of
//! the left operand; by 0 it gives that operand (`lax.rem`). `floor_divide` and `remainder` are Python's.

use std::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign,
};

use super::{Numeric, Operand, Real, RightOperand, Tensor};
use crate::array::Dims;
use crate::size::{BroadcastsTo, Shape};

impl<S: Shape, E> Tensor<S, E> {
    /// The right operand of an operator, broadcast to this tensor's sizes.
    ///
    /// # Panics
    /// If a runtime axis of `right` has a different size than in this tensor. The compiler has checked all other
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

/// Checks that runtime axes have equal sizes, except axis `except` of the right side.
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
    ($($operator:ident $method:ident $assign:ident $assign_method:ident $symbol:literal;)*) => { $(
        /// Computed in place, if no other tensor shares the buffer.
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E, F: Operand<E>> $assign<Tensor<R, F>>
            for Tensor<S, E>
        {
            #[track_caller]
            fn $assign_method(&mut self, right: Tensor<R, F>) {
                let right = self.aligned(right, concat!($symbol, "="));
                self.value.$assign_method(right.into_dyn());
            }
        }
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E, F: Operand<E>> $assign<&Tensor<R, F>>
            for Tensor<S, E>
        {
            #[track_caller]
            fn $assign_method(&mut self, right: &Tensor<R, F>) {
                self.$assign_method(right.clone());
            }
        }
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
operators! {
    Add add AddAssign add_assign "+";
    Sub sub SubAssign sub_assign "-";
    Mul mul MulAssign mul_assign "*";
    Div div DivAssign div_assign "/";
    Rem rem RemAssign rem_assign "%";
}

macro_rules! with_numbers {
    ($($number:ident: $($operator:ident $method:ident $assign:ident $assign_method:ident)*;)*) => { $( $(
        impl<S: Shape> $operator<$number> for Tensor<S, $number> {
            type Output = Self;
            #[track_caller]
            fn $method(self, right: $number) -> Self {
                Self::trusted(self.into_dyn().$method(f64::from(right)))
            }
        }
        impl<S: Shape> $operator<Tensor<S, $number>> for $number {
            type Output = Tensor<S, $number>;
            #[track_caller]
            fn $method(self, right: Tensor<S, $number>) -> Tensor<S, $number> {
                Tensor::trusted(f64::from(self).$method(right.into_dyn()))
            }
        }
        impl<S: Shape> $assign<$number> for Tensor<S, $number> {
            #[track_caller]
            fn $assign_method(&mut self, right: $number) {
                self.value.$assign_method(f64::from(right));
            }
        }
    )* )* };
}
with_numbers! {
    f32: Add add AddAssign add_assign Sub sub SubAssign sub_assign Mul mul MulAssign mul_assign Div div DivAssign div_assign;
    f64: Add add AddAssign add_assign Sub sub SubAssign sub_assign Mul mul MulAssign mul_assign Div div DivAssign div_assign;
}

impl<S: Shape, E: Numeric> Neg for Tensor<S, E> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::trusted(-self.into_dyn())
    }
}

impl<S: Shape, E: Numeric> Neg for &Tensor<S, E> {
    type Output = Tensor<S, E>;
    fn neg(self) -> Tensor<S, E> {
        -self.clone()
    }
}

impl<S, E> Tensor<S, E> {
    /// `self + weight (end - self)`, elementwise: `self` at weight 0, `end` at weight 1 (`torch.lerp`). Both are
    /// broadcast to the shape of `self`, and may be numbers. JAX has none. An infinite start gives NaN, also at weight 0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([0.0, 10.0]);
    /// let y = x.lerp(Tensor::from([4.0, 20.0]), 0.25);
    /// assert_eq!(y.to_vec(), [1.0, 12.5]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis of `end` or of `weight` has a different size than in `self`.
    #[must_use]
    #[track_caller]
    pub fn lerp<O, W>(self, end: O, weight: W) -> Self
    where
        S: Shape,
        E: Real,
        O: RightOperand<S, E>,
        W: RightOperand<S, E>,
    {
        let dims = self.dims();
        let (end, weight) = (end.aligned_to(&dims, "lerp"), weight.aligned_to(&dims, "lerp"));
        Self::trusted(self.into_dyn().lerp(end, weight))
    }
}
